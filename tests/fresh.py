"""The database as the migrations leave it, for installations of their own that tests begin: copied, not migrated again.

Who copies it is marked `django_db`: then it is there.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from django.conf import settings
from django.db import connection

NAME = f"danshu_fresh_{os.getpid()}"


def keep() -> None:
    """Before the first test writes anything."""
    tested = connection.settings_dict["NAME"]
    connection.close()  # PostgreSQL copies no database in use
    if settings.ON_POSTGRES:
        forget()  # of a run that was killed
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {NAME} TEMPLATE {connection.ops.quote_name(tested)}")
    else:
        with closing(sqlite3.connect(tested)) as file:
            file.execute("VACUUM INTO ?", [str(_file())])


def forget() -> None:
    if settings.ON_POSTGRES:
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")


def into(folder: Path) -> None:
    """SQLite: what an installation in this data folder finds."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "danshu.sqlite3").write_bytes(_file().read_bytes())


def _file() -> Path:
    return Path(os.environ["DANSHU_TEST_DATA"]) / f"{NAME}.sqlite3"
