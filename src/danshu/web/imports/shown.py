"""What the import pages show of a layout and of an import's end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from danshu.channels.files.formats import known
from danshu.channels.files.recognise import Layout, column_keys
from danshu.channels.files.vocabulary import MEANINGS
from danshu.channels.models import ImportBatch

GROUPS: dict[str, str | Promise] = {
    "order": gettext_lazy("订单"),
    "line": gettext_lazy("商品"),
    "receiver": gettext_lazy("收件人"),
    "money": gettext_lazy("金额"),
    "parcel": gettext_lazy("快递"),
}
MEANING_GROUPS = [
    (GROUPS[group], [(key, meaning.label) for key, meaning in members])
    for group, members in groupby(
        sorted(MEANINGS.items(), key=lambda item: list(GROUPS).index(item[1].group)), key=lambda item: item[1].group
    )
]
SURE = 0.9
SHOWN_REASONS = 200


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """One line of the mapping table. `tone` green (sure), amber (please look), grey (not imported)."""

    key: str
    name: str
    sample: str
    meaning: str
    percent: int
    tone: str


def columns(layout: Layout) -> list[ColumnRow]:
    """Doubtful columns first, then the used ones, then the rest, each in the file's order."""
    rows = []
    for key, column in zip(column_keys(layout.columns), layout.columns, strict=True):
        tone = "grey" if not column.meaning else "green" if column.confidence >= SURE else "amber"
        sample = " · ".join(column.samples[:2])
        rows.append(ColumnRow(key, column.name, sample, column.meaning, round(column.confidence * 100), tone))
    return sorted(rows, key=lambda row: ("amber", "green", "grey").index(row.tone))


def reasons(batch: ImportBatch) -> dict[str, Any]:
    """The refused orders, most frequent reason first, and the first of them row by row."""
    counts = Counter(each["code"] for each in batch.rejects)
    rows = sorted(batch.rejects, key=lambda each: (-counts[each["code"]], each["row"]))
    return {"rows": rows[:SHOWN_REASONS], "more": max(0, batch.reject_count - SHOWN_REASONS)}


def elsewhere(kind: str) -> dict[str, str] | None:
    """Files that other pages take: where, and what the button says."""
    names = {
        "waybills": ("shipping-waybills", _("这像是快递单号表。"), _("去导入运单号")),
        "products": ("products-import", _("这像是商品资料。"), _("去导入商品")),
        "stock": ("stock-import", _("这像是库存表。"), _("去导入库存")),
    }
    if kind not in names:
        return None
    name, text, action = names[kind]
    fallback = {"waybills": "shipping-print", "products": "products-list", "stock": "stock-list"}[kind]
    for url_name in (name, fallback):
        try:
            return {"text": text, "action": action, "url": reverse(url_name)}
        except NoReverseMatch:
            continue
    return {"text": text, "action": action, "url": ""}


def size(count: int) -> str:
    return f"{count / 1048576:.1f} MB" if count >= 1048576 else f"{max(1, count // 1024)} KB"


def format_name(layout: Layout) -> str:
    return str(known(layout.format).name)


def used(layout: Layout) -> str:
    """`18 列里用到 14 列`."""
    count = sum(bool(column.meaning) for column in layout.columns)
    return _("%(total)d 列里用到 %(used)d 列") % {"total": len(layout.columns), "used": count}
