"""`import [--shop NAME] [--json] FILE…`: export files into orders, from the terminal."""  # noqa: N999 - the file names the command

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from danshu.channels.models import ImportBatch, Shop
from danshu.core import clock
from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.flows import intake

BY = Actor(None, "命令行")
SHOWN = 20


class Command(BaseCommand):
    help = "Import export files of the platforms. Prints per file what came of it; exit code 1 when a file could not be read."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--shop", default="", help="name of the shop; without it, it is guessed from the file")
        parser.add_argument("--json", action="store_true", help="one JSON object per file and line")

    def handle(self, *_args: Any, **options: Any) -> None:
        shop_id = _shop_id(options["shop"])
        results = [_import(path, shop_id) for path in options["files"]]
        for result in results:
            self.stdout.write(json.dumps(result, ensure_ascii=False) if options["json"] else _said(result))
        if failed := [result for result in results if result["error"]]:
            raise CommandError(f"{len(failed)} of {len(results)} files were not imported.", returncode=1)


def _shop_id(name: str) -> int | None:
    if not name:
        return None
    found = Shop.objects.filter(name=name).values_list("pk", flat=True).first()
    if found is None:
        names = ", ".join(Shop.objects.order_by("name").values_list("name", flat=True)) or "none yet"
        raise CommandError(f"There is no shop named {name}. Shops: {names}.")
    return found


def _import(path: Path, shop_id: int | None) -> dict[str, Any]:
    try:
        batch = intake.import_at_once(path, shop_id=shop_id, by=BY, now=clock.now())
    except (DomainError, OSError) as error:
        return {**_result(path, ImportBatch()), "error": str(error), "code": getattr(error, "code", "file.missing")}
    while batch.state == ImportBatch.State.RUNNING:  # a worker was quicker
        time.sleep(0.2)
        batch.refresh_from_db()
    return {**_result(path, batch), "error": batch.error, "code": "import.failed" if batch.error else ""}


def _result(path: Path, batch: ImportBatch) -> dict[str, Any]:
    return {
        "file": str(path),
        "shop": batch.shop.name if batch.shop else "",
        "platform": batch.platform,
        "encoding": batch.encoding,
        "batch": batch.pk,
        "orders": batch.order_count,
        "new": batch.new_count,
        "updated": batch.updated_count,
        "unchanged": batch.unchanged_count,
        "refused": [
            {"rows": each["rows"], "order_no": each["no"], "code": each["code"], "reason": each["reason"]} for each in batch.rejects
        ],
    }


def _said(result: dict[str, Any]) -> str:
    if result["error"]:
        return f"{result['file']}: {result['error']} ({result['code']})"
    source = f"{result['file']}: {result['platform']}, {result['encoding']}, {result['shop']}"
    counts = f"{result['new']} new, {result['updated']} updated, {result['unchanged']} unchanged, {len(result['refused'])} refused"
    lines = [f"{source}: {counts}"]
    lines += [f"  row {each['rows'][0]} {each['order_no']}: {each['reason']} ({each['code']})" for each in result["refused"][:SHOWN]]
    if len(result["refused"]) > SHOWN:
        lines.append(f"  and {len(result['refused']) - SHOWN} more; --json lists all")
    return "\n".join(lines)
