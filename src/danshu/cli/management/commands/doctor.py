"""`doctor`: what is well on this machine, what is not, and what to do."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from danshu.cli import doctor, speech


class Command(BaseCommand):
    help = "Examine this installation. Ends with 1 when something is not well."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        speech.listen()
        is_well = True
        for finding in doctor.examine():
            is_well &= finding.is_well
            self.stdout.write(f"{'✓' if finding.is_well else '✗'} {finding.name}: {finding.said}")
            if not finding.is_well and finding.advice:
                self.stdout.write(f"    → {finding.advice}")
        if not is_well:
            raise SystemExit(1)
