"""`restore`: an encrypted backup back into an empty installation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from danshu.cli import archives, speech
from danshu.cli.management.commands.backup import passphrase
from danshu.core.errors import DomainError


class Command(BaseCommand):
    help = "Restore a backup into an empty data folder (or an empty PostgreSQL database). Stop the server first."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", type=Path)
        parser.add_argument("--identity", type=Path, help="a file with the age secret key (AGE-SECRET-KEY-…)")
        parser.add_argument(
            "--passphrase-file", type=Path, help="a file whose first line is the passphrase (else DANSHU_BACKUP_PASSPHRASE, else asked)"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        speech.listen()
        identity, secret = "", ""
        if options["identity"]:
            lines = options["identity"].read_text(encoding="utf-8").splitlines()
            identity = next((line.strip() for line in lines if line.startswith("AGE-SECRET-KEY-")), "")
        else:
            secret = passphrase(options["passphrase_file"], is_new=False)
        try:
            manifest = archives.unpack(options["source"], passphrase=secret, identity=identity)
        except DomainError as error:
            raise speech.refuse(error) from None
        self.stdout.write(
            _("恢复好了：%(when)s 的备份。现在可以启动：./danshu start") % {"when": manifest["made_at"][:16].replace("T", " ")}
        )
