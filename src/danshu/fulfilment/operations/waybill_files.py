"""Numbers from the export of the courier's or platform's printing program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from danshu.core import clock, tables
from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.fulfilment import columns, couriers, waybills
from danshu.fulfilment.checks import REASONS
from danshu.fulfilment.models import Parcel
from danshu.fulfilment.operations.parcels import open_parcels
from danshu.fulfilment.operations.waybills import Answer, Number, set_waybills
from danshu.orders.models import Order
from danshu.orders.queries import SHORT_NO
from danshu.orders.states import Fulfilment


@dataclass(frozen=True, slots=True)
class Bad:
    """A row that was not used: its number in the file (1 = first row), its cells, and why."""

    row: int
    reason: str
    cells: Sequence[str]


@dataclass(slots=True)
class ImportReport:
    """What a file of numbers did. `answers` are the parcels that got one, with their warnings; `rejects` are in the file's order."""

    answers: list[Answer] = field(default_factory=list)
    rejects: list[Bad] = field(default_factory=list)
    header: Sequence[str] = ()  # the cells over the columns, as the file has them

    @property
    def warned(self) -> list[Answer]:
        return [answer for answer in self.answers if answer.warnings]


@dataclass(frozen=True, slots=True)
class _Row:
    row: int
    order: str
    number: str
    courier: str
    cells: Sequence[str]


def import_waybills(path: Path, *, shop_ids: Sequence[int] | None = None, by: Actor, now: datetime) -> ImportReport:
    """Read a table with order and waybill columns (courier if there is one) and put the numbers on the orders' parcels.

    Orders are found by our number or the platform's, within `shop_ids` (None = all shops). Several numbers for one order go to its
    parcels in turn; a number too many is refused. Raises `DomainError("waybills.columns")` when the columns cannot be told.
    """
    report = ImportReport()
    rows = _rows(path, report)
    with transaction.atomic():
        found = _orders({row.order for row in rows}, shop_ids, now)
        head_ids = [order.merged_into_id or order.pk for order in found.values()]
        open_parcels(head_ids, by=by, now=now)
        numbers, lines = _plan(rows, found, _parcels(head_ids), report)
        for answer, row in zip(set_waybills(numbers, source="file", by=by, now=now), lines, strict=True):
            if answer.ok:
                report.answers.append(answer)
            else:
                report.rejects.append(Bad(row.row, answer.reason, row.cells))
    report.rejects.sort(key=lambda bad: bad.row)
    return report


def _rows(path: Path, report: ImportReport) -> list[_Row]:
    for sheet in tables.read(path).sheets:
        layout = columns.find(sheet.head(columns.LOOK_AT + 1))
        if layout is not None:
            report.header = sheet.head(layout.header + 1)[-1]
            return [row for row in _data(sheet, layout, report) if row is not None]
    raise DomainError(
        _("没找到订单号和运单号两列。请确认表头里有「订单号」和「快递单号」（或运单号、物流单号），再导入一次。"),
        "waybills.columns",
    )


def _data(sheet: tables.Sheet, layout: columns.Layout, report: ImportReport) -> list[_Row | None]:
    found: list[_Row | None] = []
    for number, cells in enumerate(sheet):
        if number < layout.data or not any(cell.strip() for cell in cells):
            continue
        order, waybill = _cell(cells, layout.order), _cell(cells, layout.waybill)
        courier = _cell(cells, layout.courier) if layout.courier is not None else ""
        damaged = any(isinstance(cell, tables.Damaged) or waybills.is_mangled(cell) for cell in (order, waybill))
        reason = ""
        if damaged:
            reason = _("单号被表格软件改成了科学计数，末几位已经丢失。请把这列设为文本后重新导出。")
        elif not order:
            reason = _("没有订单号。")
        elif not waybill:
            reason = _("没有运单号。")
        if reason:
            report.rejects.append(Bad(number + 1, reason, cells))
            found.append(None)
        else:
            found.append(_Row(number + 1, tables.plain(order), waybill, courier, cells))
    return found


def _cell(cells: Sequence[str], place: int) -> str:
    return cells[place] if place < len(cells) else ""


def _orders(numbers: set[str], shop_ids: Sequence[int] | None, now: datetime) -> dict[str, Order]:
    """Number as written in the file → order; our own short form (`1122-0379`) counts too."""
    scope = Order.objects.all() if shop_ids is None else Order.objects.filter(shop__in=shop_ids)
    year = clock.local(now).year % 100
    short = [f"{some:02d}{number}" for number in numbers if SHORT_NO.fullmatch(number) for some in (year - 1, year)]
    rows = scope.filter(Q(platform_no__in=numbers) | Q(no__in=[*numbers, *short])).order_by("-id")
    found: dict[str, Order] = {}
    for order in rows:
        if order.short_no in numbers:
            found.setdefault(order.short_no, order)  # of two years, the newer one
        for number in (order.platform_no, order.no):
            if number in numbers:
                found[number] = order
    return found


def _parcels(head_ids: Sequence[int]) -> dict[int, list[Parcel]]:
    found: dict[int, list[Parcel]] = {}
    for parcel in Parcel.objects.filter(order__in=head_ids).exclude(state=Parcel.State.VOID).order_by("order_id", "sequence"):
        found.setdefault(parcel.order_id, []).append(parcel)
    return found


def _plan(
    rows: Sequence[_Row], found: dict[str, Order], parcels: dict[int, list[Parcel]], report: ImportReport
) -> tuple[list[Number], list[_Row]]:
    numbers: list[Number] = []
    lines: list[_Row] = []
    used: dict[int, list[str]] = {}  # head -> numbers given so far
    for row in rows:
        order = found.get(row.order)
        if order is None:
            report.rejects.append(Bad(row.row, _("找不到订单 %(order)s。请先导入这单。") % {"order": row.order}, row.cells))
            continue
        head = order.merged_into_id or order.pk
        given = used.setdefault(head, [])
        number = waybills.clean(row.number)
        if number in given:
            continue  # the export has a row per item
        boxes = parcels.get(head, [])
        if not boxes:  # none is opened for orders that were cancelled or have left without us
            code = "cancelled" if order.fulfilment == Fulfilment.CANCELLED else "gone"
            report.rejects.append(Bad(row.row, str(REASONS[code]), row.cells))
            continue
        if len(given) >= len(boxes):
            told = _("订单 %(order)s 只有 %(count)s 个包裹，多出来的单号没有用上。要分箱请先加包裹。")
            report.rejects.append(Bad(row.row, told % {"order": row.order, "count": len(boxes)}, row.cells))
            continue
        code = couriers.find(row.courier) if row.courier else waybills.recognise(number)
        numbers.append(Number(boxes[len(given)].pk, number, code))
        lines.append(row)
        given.append(number)
    return numbers, lines
