"""送货标签: who gets the box, its codes, what is inside. A label of the house, for own delivery and for the packing table."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from danshu.fulfilment.papers.content import Box, Item, Job
from danshu.fulfilment.papers.sheet import BOLD, Sheet


def draw(sheet: Sheet, job: Job, box: Box, position: int) -> None:
    """On any sheet from 76 × 130 mm up."""
    scale = min(sheet.width / 100, 1.0)
    edge, right = 4.0 * scale, sheet.width - 4.0 * scale
    y = _head(sheet, job, box, position, edge, right, scale)
    y = _codes(sheet, box, y, edge, right, scale)
    y = _receiver(sheet, box, y, edge, right, scale)
    _contents(sheet, job, box, y, edge, right, scale)
    sheet.text(edge, sheet.height - 3 * scale, _("自用标签，不是快递电子面单"), right - edge, size=7 * scale, least=5)


def _head(sheet: Sheet, job: Job, box: Box, position: int, edge: float, right: float, scale: float) -> float:
    y = 9 * scale
    wide = right - edge
    sheet.text(edge, y, box.courier or _("未选快递"), wide * 0.6, size=17 * scale, least=8, face=BOLD)
    mark = f"{position} / {job.total}"
    if box.part:
        mark = _("第 %(part)s 包") % {"part": box.part} + "  " + mark
    if box.reprint:
        mark = _("补打 %(count)s") % {"count": box.reprint} + "  " + mark
    sheet.text(
        right,
        y,
        mark,
        wide * 0.4,
        size=11 * scale,
        least=6,
        align="right",
        face=BOLD if box.reprint else "NotoSansSC-Regular",
    )
    sheet.text(edge, y + 4.6 * scale, _("送货标签") + f" · {box.shop}", wide, size=8.5 * scale, least=6)
    sheet.rule(y + 6.2 * scale, left=edge, right=right, thick=0.4)
    return y + 6.6 * scale


def _codes(sheet: Sheet, box: Box, y: float, edge: float, right: float, scale: float) -> float:
    """The waybill's bars over the full width, the order's bars beside the two QR codes."""
    wide = right - edge
    if box.waybill_no:
        high = max(12.0, 15 * scale)
        sheet.code128(edge, y + 2, wide, high, box.waybill_no)
        sheet.text(edge + wide / 2, y + high + 2 + 4 * scale, box.waybill_no, wide, size=11 * scale, face=BOLD, align="center")
        y += high + 2 + 5.4 * scale
        sheet.rule(y, left=edge, right=right)
    side = 22.0 if scale == 1 else 16.0
    squares = [box.order_no, *([box.waybill_no] if box.waybill_no else [])]
    bars = wide - side * len(squares)
    sheet.code128(edge, y + 2, bars, 12.5, box.order_no)
    sheet.text(edge + bars / 2, y + 14.5 + 3.8 * scale, box.order_no, bars, size=10 * scale, face=BOLD, align="center")
    for index, content in enumerate(squares):
        x = edge + bars + side * index
        sheet.qr(x, y + 0.6, side, content)
        caption = _("订单") if index == 0 else _("运单")
        sheet.text(x + side / 2, y + side + 1.6 * scale, caption, side, size=7 * scale, least=5, align="center")
    y += max(side, 20.0) + 2.4 * scale
    sheet.rule(y, left=edge, right=right, thick=0.4)
    return y + 0.4


def _receiver(sheet: Sheet, box: Box, y: float, edge: float, right: float, scale: float) -> float:
    left = edge + 9 * scale
    wide = right - left
    sheet.text(edge, y + 6.4 * scale, _("收"), 8 * scale, size=16 * scale, face=BOLD)
    sheet.text(left, y + 6.2 * scale, f"{box.name}  {box.phone}".strip(), wide, size=14 * scale, least=8, face=BOLD)
    took = sheet.block(left, y + 8 * scale, box.address, wide, 18.5 * scale, size=12.5 * scale, least=7)
    y += 8 * scale + max(took, 8 * scale) + 1.2 * scale
    if box.sender:
        sheet.text(edge, y + 4 * scale, _("寄"), 8 * scale, size=10 * scale, face=BOLD)
        sheet.text(left, y + 4 * scale, box.sender, wide, size=9 * scale, least=6)
        y += 5.6 * scale
    sheet.rule(y, left=edge, right=right, thick=0.4)
    return y + 0.4


def _contents(sheet: Sheet, job: Job, box: Box, y: float, edge: float, right: float, scale: float) -> None:
    wide = right - edge
    bottom = sheet.height - 7 * scale
    head = ngettext("共 %(count)s 件", "共 %(count)s 件", box.pieces) % {"count": box.pieces} + f" · {job.batch_no}"
    sheet.text(edge, y + 5 * scale, head, wide, size=10 * scale, least=7, face=BOLD)
    y += 6.4 * scale
    remarks = [text for text in (box.buyer_message, box.seller_memo) if text.strip()]
    if remarks:
        took = sheet.block(edge, y, _("备注：") + " / ".join(remarks), wide, 13 * scale, size=10.5 * scale, least=6.5, face=BOLD)
        y += took + 1 * scale
    items(sheet, box.picked, y, bottom, edge, right, scale)


def items(sheet: Sheet, things: Sequence[Item], y: float, bottom: float, edge: float, right: float, scale: float) -> None:
    """Shelf, thing, quantity, a line each, as many as fit; the last line counts the rest."""
    step = 5.4 * scale
    rows = max(1, int((bottom - y) / step))
    shown = things if len(things) <= rows else things[: rows - 1]
    shelf_wide, count_wide = 16 * scale, 12 * scale
    for item in shown:
        y += step
        sheet.text(edge, y, item.shelf, shelf_wide - 1, size=9.5 * scale, least=6, face=BOLD)
        name = f"{item.title} {item.spec}".strip()
        sheet.text(edge + shelf_wide, y, name, right - edge - shelf_wide - count_wide, size=9.5 * scale, least=7)
        sheet.text(right, y, f"×{item.quantity}", count_wide, size=11 * scale, face=BOLD, align="right")
    if len(shown) < len(things):
        rest = things[len(shown) :]
        words = {"kinds": len(rest), "count": sum(item.quantity for item in rest)}
        sheet.text(
            edge,
            y + step,
            _("另有 %(kinds)s 款 %(count)s 件，见拣货单") % words,
            right - edge,
            size=9.5 * scale,
            least=6,
        )
