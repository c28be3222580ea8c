"""`backup`: everything that cannot be made again, in one encrypted file."""

from __future__ import annotations

import getpass
import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from danshu.cli import archives, speech
from danshu.core import clock
from danshu.core.errors import DomainError


class Command(BaseCommand):
    help = "Write an encrypted backup of the database, the key file and the files. The server may keep running."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("target", nargs="?", default=".", type=Path, help="a file, or a folder that gets danshu-DATE.backup")
        parser.add_argument(
            "--recipient", action="append", default=[], help="an age public key (age1…) instead of a passphrase; may be repeated"
        )
        parser.add_argument(
            "--passphrase-file", type=Path, help="a file whose first line is the passphrase (else DANSHU_BACKUP_PASSPHRASE, else asked)"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        speech.listen()
        now = clock.now()
        target: Path = options["target"]
        if target.is_dir():
            target = target / f"danshu-{clock.local(now):%Y%m%d-%H%M%S}.backup"
        lock = archives.Lock(recipients=tuple(options["recipient"]))
        if not lock.recipients:
            lock = archives.Lock(passphrase=passphrase(options["passphrase_file"], is_new=True))
        try:
            size = archives.pack(target, lock, now=now)
        except DomainError as error:
            raise speech.refuse(error) from None
        self.stdout.write(
            _("备份好了：%(path)s（%(size).1f MB）。口令或私钥请另存，没有它谁也打不开。") % {"path": target, "size": size / 1e6}
        )


def passphrase(file: Path | None, *, is_new: bool) -> str:
    """From a file, from the environment, or asked for (twice when it is new)."""
    if file:
        found = file.read_text(encoding="utf-8").splitlines()[0].strip()
    else:
        found = os.environ.get("DANSHU_BACKUP_PASSPHRASE", "") or getpass.getpass(_("备份口令："))
        if is_new and not os.environ.get("DANSHU_BACKUP_PASSPHRASE") and getpass.getpass(_("再输一次：")) != found:
            raise CommandError(_("两次输入的口令不一样。请重来一次。"))
    if is_new and len(found) < 12:
        raise CommandError(_("口令太短：至少 12 个字符。"))
    return found
