"""Encrypted backups: the database, the key file and the files, packed (tar), compressed (zstd), sealed (age).

A backup is a tar of two parts that ordinary tools open too: `key.age`, a fresh age identity sealed with the passphrase, and
`archive.tar.zst.age`, sealed for that identity. With recipients instead of a passphrase there is no `key.age`.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, cast

import pyrage
import zstandard
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils.translation import gettext as _

from danshu import __version__
from danshu.accounts import queries as accounts
from danshu.core.errors import DomainError

SEALED, KEY, MANIFEST, SECRET = "archive.tar.zst.age", "key.age", "manifest.json", "secret.key"
DUMPS = {"sqlite": "danshu.sqlite3", "postgresql": "danshu.dump"}


@dataclass(frozen=True, slots=True)
class Lock:
    """What seals a backup: a passphrase, or age recipients (`age1…`)."""

    passphrase: str = ""
    recipients: tuple[str, ...] = ()


def pack(target: Path, lock: Lock, *, now: datetime) -> int:
    """Write a backup to `target` (mode 0600) and return its size in bytes. The server may go on working meanwhile."""
    with _workbench() as bench:
        _dump(bench / DUMPS[connection.vendor])
        (bench / SECRET).write_text(b64encode(settings.KEYRING.root).decode())
        manifest = {"danshu": __version__, "made_at": now.isoformat(), "database": connection.vendor}
        (bench / MANIFEST).write_text(json.dumps(manifest))
        packed = bench / "archive"
        squeezer = zstandard.ZstdCompressor(level=6, threads=-1)
        with packed.open("wb") as raw, squeezer.stream_writer(raw) as thin, tarfile.open(fileobj=cast("IO[bytes]", thin), mode="w|") as tar:
            for name in (MANIFEST, SECRET, DUMPS[connection.vendor]):
                tar.add(bench / name, name)
            if Path(settings.MEDIA_ROOT).exists():
                tar.add(settings.MEDIA_ROOT, "files")
        (bench / DUMPS[connection.vendor]).unlink()
        _seal(packed, bench, lock)
        half = target.with_suffix(f"{target.suffix}.part")
        half.touch(mode=0o600)
        with tarfile.open(half, "w") as tar:
            for name in (KEY, SEALED):
                if (bench / name).exists():
                    tar.add(bench / name, name)
        half.replace(target)
    return target.stat().st_size


def unpack(source: Path, *, passphrase: str = "", identity: str = "") -> dict[str, str]:
    """Put a backup into this installation, which has to be empty. Returns its manifest.

    Raises `DomainError`: `backup.not_empty`, `backup.unreadable`, `backup.sealed` (wrong passphrase or identity),
    `backup.other_database`, `backup.other_key`.
    """
    if _has_content():
        raise DomainError(
            _("这里已经有数据，恢复会盖掉它。请把 DANSHU_DATA 指到一个空文件夹（PostgreSQL：一个空的库）再恢复。"), "backup.not_empty"
        )
    with _workbench() as bench:
        _open(source, bench, passphrase, identity)
        manifest = cast("dict[str, str]", json.loads((bench / MANIFEST).read_text()))
        if manifest["database"] != connection.vendor:
            raise DomainError(
                _("这份备份来自 %(from)s，这里用的是 %(to)s。请用同一种数据库恢复。")
                % {"from": manifest["database"], "to": connection.vendor},
                "backup.other_database",
            )
        _restore_key((bench / SECRET).read_text())
        _load(bench / DUMPS[connection.vendor])
        if (bench / "files").exists():
            Path(settings.MEDIA_ROOT).parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(OSError):
                Path(settings.MEDIA_ROOT).rmdir()
            os.renames(bench / "files", settings.MEDIA_ROOT)
    call_command("migrate", verbosity=0, interactive=False)
    return manifest


@contextlib.contextmanager
def _workbench() -> Iterator[Path]:
    """A folder on the data's own disk that nobody else may read, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=settings.DATA) as folder:
        yield Path(folder)


def _dump(target: Path) -> None:
    if connection.vendor == "postgresql":
        _postgres("pg_dump", "--format=custom", "--no-owner", f"--file={target}")
        return
    source = sqlite3.connect(connection.settings_dict["NAME"])
    copy = sqlite3.connect(target)
    with contextlib.closing(source), contextlib.closing(copy):
        source.backup(copy)


def _load(dump: Path) -> None:
    connection.close()
    if connection.vendor == "postgresql":
        _postgres("pg_restore", "--clean", "--if-exists", "--no-owner", "--exit-on-error", str(dump))
        return
    name = connection.settings_dict["NAME"]
    for suffix in ("-wal", "-shm"):
        Path(f"{name}{suffix}").unlink(missing_ok=True)
    dump.replace(name)


def _postgres(program: str, *words: str) -> None:
    its: dict[str, Any] = connection.settings_dict
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
    env = {**os.environ, **{name: str(its[key]) for name, key in names.items() if its[key]}}
    try:
        subprocess.run(  # noqa: S603 - a fixed program with our own words
            [program, f"--dbname={its['NAME']}", *words], env=env, check=True, capture_output=True, text=True
        )
    except FileNotFoundError:
        raise DomainError(_("找不到 %s。请安装 PostgreSQL 的客户端程序（postgresql-client）。") % program, "backup.no_client") from None
    except subprocess.CalledProcessError as error:
        raise DomainError(
            _("%(program)s 没有成功：%(said)s") % {"program": program, "said": error.stderr.strip()}, "backup.failed"
        ) from None


def _seal(packed: Path, bench: Path, lock: Lock) -> None:
    identity = pyrage.x25519.Identity.generate()
    recipients: Sequence[Any] = [identity.to_public()]
    if lock.recipients:
        try:
            recipients = [pyrage.x25519.Recipient.from_str(text) for text in lock.recipients]
        except pyrage.RecipientError:
            raise DomainError(_("收件公钥不对：要 age1 开头的一行。"), "backup.recipient") from None
    else:
        (bench / KEY).write_bytes(pyrage.passphrase.encrypt(str(identity).encode(), lock.passphrase))
    with packed.open("rb") as reader, (bench / SEALED).open("wb") as writer:
        pyrage.encrypt_io(reader, writer, recipients)
    packed.unlink()


def _open(source: Path, bench: Path, passphrase: str, identity: str) -> None:
    try:
        with tarfile.open(source) as tar:
            _unpack(tar, bench)
        if (bench / KEY).exists():
            identity = pyrage.passphrase.decrypt((bench / KEY).read_bytes(), passphrase).decode()
        with (bench / SEALED).open("rb") as sealed, (bench / "archive").open("wb") as opened:
            pyrage.decrypt_io(sealed, opened, [pyrage.x25519.Identity.from_str(identity)])
        reader = zstandard.ZstdDecompressor().stream_reader
        with (bench / "archive").open("rb") as raw, reader(raw) as plain, tarfile.open(fileobj=plain, mode="r|") as tar:
            _unpack(tar, bench)
    except (pyrage.DecryptError, pyrage.IdentityError):
        raise DomainError(_("打不开这份备份：口令或密钥不对。请核对后再试。"), "backup.sealed") from None
    except (OSError, tarfile.TarError, zstandard.ZstdError):
        raise DomainError(_("读不了这份备份：文件不完整，或者不是单枢的备份。"), "backup.unreadable") from None


def _unpack(tar: tarfile.TarFile, bench: Path) -> None:
    """Plain files and folders below `bench`. Python 3.11 has `filter="data"` only from 3.11.4 on, and Debian 12 comes with 3.11.2."""
    for member in tar:
        place = (bench / member.name).resolve()
        if not place.is_relative_to(bench.resolve()) or not (member.isdir() or member.isreg()):
            raise tarfile.ExtractError(member.name)
        if member.isdir():
            place.mkdir(parents=True, exist_ok=True)
        elif content := tar.extractfile(member):
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("wb") as writer:
                shutil.copyfileobj(content, writer)


def _restore_key(text: str) -> None:
    if text.strip() == b64encode(settings.KEYRING.root).decode():
        return
    if os.environ.get("DANSHU_SECRET_KEY", "").strip():
        raise DomainError(_("DANSHU_SECRET_KEY 和备份里的密钥不同，恢复后数据打不开。请先改成备份时的密钥。"), "backup.other_key")
    path = Path(settings.DATA) / SECRET
    path.touch(mode=0o600)
    path.write_text(text)


def _has_content() -> bool:
    if "accounts_user" not in connection.introspection.table_names():
        return False
    return accounts.has_people()
