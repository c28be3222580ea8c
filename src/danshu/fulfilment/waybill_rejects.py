"""The rows of a waybill file that were not used, as a file to mend and import again: same columns, and 原因 behind them.

They name orders, so each file is for the person who imported it alone, and none stays for long.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from danshu.core import tables
from danshu.core.actor import Actor
from danshu.fulfilment.operations.waybill_files import ImportReport

FOLDER = "waybills"


def keep(report: ImportReport, *, by: Actor) -> str:
    """Write the refused rows. Returns the token under which `by` finds them again; "" when all rows were used."""
    if not report.rejects:
        return ""
    token = secrets.token_hex(8)
    target = _path(token, by)
    target.parent.mkdir(parents=True, exist_ok=True)
    tables.write_xlsx(target, {_("没有用上的行"): _rows(report)}, text_columns=report.header)
    target.chmod(0o600)
    return token


def kept(token: str, *, by: Actor) -> Path | None:
    """The file of a token; None for others' tokens and for files that are gone."""
    path = _path(token, by) if re.fullmatch(r"[0-9a-f]{16}", token) else None
    return path if path and path.is_file() else None


def sweep(before: datetime) -> int:
    """Delete files older than a moment. Returns how many."""
    folder = Path(settings.MEDIA_ROOT) / FOLDER
    old = [file for file in (folder.iterdir() if folder.is_dir() else ()) if file.stat().st_mtime < before.timestamp()]
    for file in old:
        file.unlink(missing_ok=True)
    return len(old)


def _path(token: str, by: Actor) -> Path:
    return Path(settings.MEDIA_ROOT) / FOLDER / f"{by.id or 0}-{token}.xlsx"


def _rows(report: ImportReport) -> Iterator[Sequence[str]]:
    yield [*report.header, _("原因")]
    for bad in report.rejects:
        yield [*bad.cells, *[""] * (len(report.header) - len(bad.cells)), bad.reason]
