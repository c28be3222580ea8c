"""`prepare`: everything between installed packages and a server that can start; what is done already costs nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from danshu.cli import catalogues


class Command(BaseCommand):
    help = "Compile the translations, bring the database up to date, collect static files, greet the first owner."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        catalogues.compile_all()
        call_command("migrate", verbosity=0, interactive=False)
        self._collect(settings.PACKAGE / "static" / ".built", Path(settings.STATIC_ROOT) / ".collected")
        call_command("demo" if settings.DEMO else "welcome", stdout=self.stdout)

    @staticmethod
    def _collect(built: Path, collected: Path) -> None:
        """Compressed and named by content, once per build. The papers' fonts are read from the package and stay out."""
        mark = built.read_text() if built.exists() else json.dumps({"built": "by hand"})
        if not collected.exists() or collected.read_text() != mark:
            call_command("collectstatic", verbosity=0, interactive=False, clear=True, ignore_patterns=["fonts", ".built"])
            collected.write_text(mark)
