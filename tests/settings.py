"""Danshu's settings as the suite runs them: a data folder that is thrown away, quick password hashes, no compressed static files.

What the environment of the person who runs the suite says is not heard, except for the database.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_HEARD = {
    "DANSHU_API_EXAMPLES", "DANSHU_CONTENTION_RUNS", "DANSHU_DATABASE_URL", "DANSHU_CHROMIUM", "DANSHU_SHOPS_KILLS", "DANSHU_SHOPS_ORDERS",
    "DANSHU_SHOTS",
}  # fmt: skip
if "DANSHU_TEST_DATA" not in os.environ:  # the first process of a run; those it starts inherit what it decides here
    for _name in [name for name in os.environ if name.startswith("DANSHU_") and name not in _HEARD]:
        del os.environ[_name]
    os.environ["DANSHU_TEST_DATA"] = os.environ["DANSHU_DATA"] = tempfile.mkdtemp(prefix="danshu-test-")
    atexit.register(shutil.rmtree, os.environ["DANSHU_TEST_DATA"], ignore_errors=True)

from danshu.config.settings import *  # noqa: E402, F403 - the environment had to be cleaned first
from danshu.config.settings import DATA, DATABASES, ON_POSTGRES, STORAGES  # noqa: E402 - same

PASSWORD_HASHERS = ["tests.people.QuickArgon2"]
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
ALLOWED_HOSTS = ["*"]
WHITENOISE_AUTOREFRESH = True  # else a missing STATIC_ROOT is a warning, and warnings are errors

REAL_DATABASE = DATABASES["default"]["NAME"]  # the suite puts the name of its own there
if not ON_POSTGRES:
    # A file, as in real life: threads and the browser's server need connections of their own. No fsync: nobody pulls this plug.
    DATABASES["default"]["TEST"] = {"NAME": str(Path(DATA) / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] = DATABASES["default"]["OPTIONS"]["init_command"].replace(
        "synchronous=FULL", "synchronous=OFF"
    )
