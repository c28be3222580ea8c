"""The drill: a house burns down, and comes back from one file. On whichever database the suite is given."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
import uuid
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from tests import fresh

pytestmark = [pytest.mark.slow, pytest.mark.django_db]  # the old house is a copy of its database
ROOT = Path(__file__).resolve().parents[4]
PASSPHRASE = "the sea is far away"
FOUND = """
from datetime import datetime, UTC
from django.conf import settings
from danshu.channels.models import Shop
from danshu.core import secrets
from tests import people
people.make("owner")
Shop.objects.create(name="海边小店", platform="taobao", created_at=datetime.now(UTC), credentials=secrets.seal("app-key", "shop"))
settings.MEDIA_ROOT.mkdir(parents=True, exist_ok=True)
(settings.MEDIA_ROOT / "mug.txt").write_text("杯子")
"""
LOOK = """
from django.conf import settings
from danshu.accounts.models import User
from danshu.channels.models import Shop
from danshu.core import secrets
shop = Shop.objects.get()
print(User.objects.get().username, shop.name, secrets.unseal(shop.credentials, "shop"), (settings.MEDIA_ROOT / "mug.txt").read_text())
"""


class House:
    """An installation of its own: a data folder, and on PostgreSQL a database."""

    def __init__(self, folder: Path, *, is_migrated: bool = False) -> None:
        self.folder = folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DANSHU_")}
        self.env = {**kept, "DANSHU_DATA": str(folder), "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
        self.env |= {"DANSHU_BACKUP_PASSPHRASE": PASSPHRASE, "DJANGO_SETTINGS_MODULE": "danshu.config.settings", "LANG": "zh_CN.UTF-8"}
        self.database = ""
        if settings.ON_POSTGRES:
            its = connection.settings_dict
            self.database = f"house_{uuid.uuid4().hex[:12]}"
            self.server = f"postgresql://{its['USER']}:{its['PASSWORD']}@{its['HOST']}:{its['PORT']}"
            self._on_server(f'CREATE DATABASE "{self.database}"' + (f" TEMPLATE {fresh.NAME}" if is_migrated else ""))
            self.env["DANSHU_DATABASE_URL"] = f"{self.server}/{self.database}"
        elif is_migrated:
            fresh.into(folder)

    def _on_server(self, sql: str) -> None:
        with psycopg.connect(f"{self.server}/postgres", autocommit=True) as server:
            server.execute(sql)

    def close(self) -> None:
        if self.database:
            self._on_server(f'DROP DATABASE IF EXISTS "{self.database}" WITH (FORCE)')

    def run(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "danshu.cli", *words]
        return subprocess.run(command, env={**self.env, **env}, cwd=ROOT, capture_output=True, text=True, check=False)

    def do(self, *words: str) -> str:
        done = self.run(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()


@pytest.fixture
def houses(tmp_path):
    built = []

    def build(name: str) -> House:
        built.append(House(tmp_path / name))
        return built[-1]

    yield build
    for house in built:
        house.close()


@pytest.fixture(scope="module")
def old(django_db_setup, tmp_path_factory):
    """The house that is backed up; nothing here changes it."""
    house = House(tmp_path_factory.mktemp("backed_up") / "old", is_migrated=True)
    house.do("shell", "--no-imports", "-c", FOUND)
    yield house
    house.close()


@pytest.fixture(scope="module")
def night(old, tmp_path_factory):
    """Its backup, and what was said: to turn the passphrase into a key takes a second."""
    backup = tmp_path_factory.mktemp("night") / "night.backup"
    return backup, old.do("backup", str(backup))


def test_everything_comes_back_from_one_file(old, night, houses, tmp_path):
    backup, said = night
    assert "备份好了" in said
    assert backup.stat().st_mode & 0o777 == 0o600
    assert "海边小店".encode() not in backup.read_bytes()
    new = houses("new")
    assert "恢复好了" in new.do("restore", str(backup))
    assert new.do("shell", "--no-imports", "-c", LOOK) == "owner 海边小店 app-key 杯子"
    assert (tmp_path / "new" / "secret.key").read_text() == (old.folder / "secret.key").read_text()


def test_a_backup_opens_for_nobody_else_and_never_covers_data(old, night, houses, tmp_path):
    backup = tmp_path / "night.backup"
    backup.write_bytes(night[0].read_bytes())
    assert "backup.not_empty" in old.run("restore", str(backup)).stderr
    new = houses("new")
    assert "backup.sealed" in new.run("restore", str(backup), DANSHU_BACKUP_PASSPHRASE="another passphrase").stderr
    backup.write_bytes(backup.read_bytes()[:5000])
    assert "backup." in new.run("restore", str(backup)).stderr
    assert not list((tmp_path / "new").glob(".backup-*"))


def test_a_backup_for_a_public_key_needs_no_passphrase(old, houses, tmp_path):
    import pyrage  # noqa: PLC0415 - this test only

    identity = pyrage.x25519.Identity.generate()
    (tmp_path / "age.txt").write_text(f"# created\n{identity}\n")
    old.do("backup", str(tmp_path / "b"), "--recipient", str(identity.to_public()))
    houses("new").do("restore", str(tmp_path / "b"), "--identity", str(tmp_path / "age.txt"))


def test_a_short_passphrase_is_refused(old, tmp_path):
    assert "12" in old.run("backup", str(tmp_path / "b"), DANSHU_BACKUP_PASSPHRASE="short").stderr


@pytest.mark.parametrize("name", ["../stranger.txt", "/tmp/stranger.txt"])
def test_a_file_that_reaches_out_of_its_folder_is_no_backup(houses, tmp_path, name):
    backup = tmp_path / "night.backup"
    with tarfile.open(backup, "w") as tar:
        entry = tarfile.TarInfo(name)
        entry.size = 5
        tar.addfile(entry, io.BytesIO(b"hello"))
    assert "backup.unreadable" in houses("new").run("restore", str(backup)).stderr
    assert not list(tmp_path.rglob("stranger.txt"))
    assert not Path("/tmp/stranger.txt").exists()
