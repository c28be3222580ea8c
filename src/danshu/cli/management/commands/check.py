"""`check`: do stock, ledger and events agree?"""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from danshu.cli import checks, speech
from danshu.core import clock


class Command(BaseCommand):
    help = "Recompute what is cached and look for what stands aside. Ends with 1 when something differs."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "names", nargs="*", metavar="NAME", choices=[*checks.CHECKS, []], help=f"of: {' '.join(checks.CHECKS)} (default: all)"
        )
        parser.add_argument("--repair", action="store_true", help="repair stock counters from the ledger and the reservations")
        parser.add_argument("--json", action="store_true", help="one JSON object per check")

    def handle(self, *_args: Any, **options: Any) -> None:
        speech.listen()
        found = {name: list(checks.CHECKS[name]()) for name in options["names"] or checks.CHECKS}
        for name, lines in found.items():
            self._tell(name, lines, as_json=options["json"])
        if options["repair"] and found.get("stock"):
            count = checks.repair_stock(clock.now())
            self.stdout.write(_("修复了 %d 条库存。") % count)
            found["stock"] = list(checks.CHECKS["stock"]())
        if any(found.values()):
            raise SystemExit(1)

    def _tell(self, name: str, lines: list[str], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({"check": name, "ok": not lines, "findings": lines}, ensure_ascii=False))
            return
        self.stdout.write(f"{'✓' if not lines else '✗'} {name}: {_('没有差异') if not lines else _('%d 处') % len(lines)}")
        for line in lines:
            self.stdout.write(f"    {line}")
