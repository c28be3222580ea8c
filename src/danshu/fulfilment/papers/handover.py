"""交接单: what one courier takes away today, on A4, with a place to sign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from django.utils.translation import gettext as _

from danshu.fulfilment.papers.sheet import BOLD, SIZES, Sheet, columns, open_paper

ROWS = 40  # a page
STEP = 5.9  # mm


@dataclass(frozen=True, slots=True)
class Taken:
    waybill_no: str
    order_no: str
    shop: str
    city: str
    pieces: int


def draw(target: BinaryIO, *, courier: str, day: str, house: str, taken: Sequence[Taken]) -> int:
    """Draw the list; returns the number of pages."""
    paper = open_paper(target, "A4", f"{courier} {day}")
    pages = [taken[start : start + ROWS] for start in range(0, len(taken), ROWS)] or [[]]
    for number, rows in enumerate(pages):
        sheet = Sheet(paper, SIZES["A4"], SIZES["A4"], (0, 0))
        _head(sheet, courier, day, house, number, len(pages))
        _table(sheet, rows, number * ROWS)
        _foot(sheet, len(taken), sum(one.pieces for one in taken))
        sheet.finish()
        paper.showPage()
    paper.save()
    return len(pages)


def _head(sheet: Sheet, courier: str, day: str, house: str, page: int, pages: int) -> None:
    sheet.text(12, 15, _("快递交接单") + f" · {courier}", 120, size=18, least=10, face=BOLD)
    sheet.text(198, 15, f"{day}  {page + 1} / {pages}", 60, size=11, align="right")
    if house:
        sheet.text(12, 21, house, 186, size=9)
    sheet.rule(24, left=12, right=198, thick=0.4)


def _table(sheet: Sheet, rows: Sequence[Taken], before: int) -> None:
    cells = columns((12, 56, 34, 44, 26, 14), 12)
    heads = (_("序"), _("运单号"), _("订单号"), _("店铺"), _("到达城市"), _("件数"))
    for title, (x, room) in zip(heads, cells, strict=True):
        sheet.text(x, 29, title, room - 1, size=9, face=BOLD)
    sheet.rule(31, left=12, right=198, thick=0.2)
    y = 31.0
    for number, row in enumerate(rows, start=before + 1):
        texts = (str(number), row.waybill_no, row.order_no, row.shop, row.city, str(row.pieces))
        for text, (x, room) in zip(texts, cells, strict=True):
            sheet.text(
                x,
                y + 4.2,
                text,
                room - 1.5,
                size=9.5,
                least=6,
                face=BOLD if text == row.waybill_no else "NotoSansSC-Regular",
            )
        y += STEP
        sheet.rule(y, left=12, right=198, thick=0.1)


def _foot(sheet: Sheet, parcels: int, pieces: int) -> None:
    told = _("合计 %(parcels)s 个包裹，%(pieces)s 件商品") % {"parcels": parcels, "pieces": pieces}
    sheet.text(12, 276, told, 90, size=11, face=BOLD)
    sheet.text(12, 287, _("发件方签字：") + "____________________", 90, size=11)
    sheet.text(108, 287, _("揽收员签字：") + "____________________", 90, size=11)
