"""`messages`: the English of every text, one catalogue per room."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from danshu.cli import catalogues


class Command(BaseCommand):
    help = "Bring the message catalogues in step with the code and list what has no English yet."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--room", help="only this room: orders, web, web/orders …")
        parser.add_argument("--check", action="store_true", help="change nothing; end with an error when something is missing")
        parser.add_argument("--compile", action="store_true", help="only write the .mo files that are older than their .po")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["compile"]:
            self.stdout.write(f"{catalogues.compile_all()} catalogues compiled.")
            return
        room = options["room"]
        if not options["check"]:
            self.stdout.write(f"{catalogues.merge(room)} texts added.")
            catalogues.compile_all()
        findings = catalogues.check(room)
        for title, lines in vars(findings).items():
            for line in lines:
                self.stdout.write(f"{title}: {line}")
        if findings and options["check"]:
            raise CommandError("The catalogues are not complete: run `messages` and fill in the English.")
