"""Danshu's settings, without waiting for the disk: processes are killed here, no plug is pulled."""

from danshu.config.settings import *  # noqa: F403 - all of them
from danshu.config.settings import DATABASES, ON_POSTGRES

if not ON_POSTGRES:
    DATABASES["default"]["OPTIONS"]["init_command"] = DATABASES["default"]["OPTIONS"]["init_command"].replace(
        "synchronous=FULL", "synchronous=OFF"
    )
