"""发货单: the customer's copy. Prices stand on it only when the switch says so."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from danshu.core import money
from danshu.fulfilment.papers.content import Box, Item, Job
from danshu.fulfilment.papers.sheet import BOLD, Sheet, columns


def pages(sheet_height: float, scale: float, box: Box) -> list[Sequence[Item]]:
    """The items of each page: the first page has the head, all have room for the foot."""
    step = _step(scale)
    first = max(1, int((sheet_height - _head_height(scale) - _FOOT * scale) / step))
    later = max(1, int((sheet_height - (22 + _FOOT) * scale) / step))
    split = [box.sold[:first]]
    rest = box.sold[first:]
    while rest:
        split.append(rest[:later])
        rest = rest[later:]
    return split


_FOOT = 34.0


def _step(scale: float) -> float:
    return 7.0 * scale


def _head_height(scale: float) -> float:
    return 66.0 * scale if scale >= 1 else 22 * scale + 40


def draw(sheet: Sheet, job: Job, box: Box, position: int, page: int, split: list[Sequence[Item]]) -> None:
    scale = 1.0 if sheet.width >= 100 else sheet.width / 100
    edge = 12.0 if sheet.width > 150 else 4.0 * scale
    right = sheet.width - edge
    y = _head(sheet, job, box, position, edge, right, scale)
    if page == 0:
        y = _who(sheet, job, box, y, edge, right, scale)
    y = _table(sheet, job, split[page], y, edge, right, scale)
    if page == len(split) - 1:
        _foot(sheet, job, box, y, edge, right, scale)
    else:
        sheet.text(right, sheet.height - 6 * scale, _("接下页"), 40, size=9 * scale, align="right")


def _head(sheet: Sheet, job: Job, box: Box, position: int, edge: float, right: float, scale: float) -> float:
    wide = right - edge
    y = 11 * scale
    sheet.text(edge, y, _("发货单") + f" · {box.shop}", wide * 0.62, size=16 * scale, least=8, face=BOLD)
    mark = f"{job.batch_no} #{position}"
    if box.part:
        mark += "  " + _("第 %(part)s 包") % {"part": box.part}
    if box.reprint:
        mark += "  " + _("补打 %(count)s") % {"count": box.reprint}
    sheet.text(
        right,
        y,
        mark,
        wide * 0.38,
        size=10 * scale,
        least=6,
        align="right",
        face=BOLD if box.reprint else "NotoSansSC-Regular",
    )
    sheet.rule(y + 3 * scale, left=edge, right=right, thick=0.4)
    return y + 4 * scale


def _who(sheet: Sheet, job: Job, box: Box, y: float, edge: float, right: float, scale: float) -> float:
    wide = right - edge
    bars = min(wide * 0.66, 70.0)
    sheet.code128(edge, y + 1, bars, 12.5, box.order_no)
    sheet.text(edge + bars / 2, y + 14.2 + 3.4 * scale, box.order_no, bars, size=10 * scale, face=BOLD, align="center")
    side = min(20.0, right - edge - bars)
    sheet.qr(right - side, y, side, box.order_no)
    y += 20
    numbers = _("平台单号：") + "、".join(box.platform_nos)
    sheet.text(edge, y + 4 * scale, numbers, wide * 0.68, size=9 * scale, least=6)
    sheet.text(right, y + 4 * scale, job.day, wide * 0.3, size=9 * scale, least=6, align="right")
    sent = " ".join(part for part in (box.courier, box.waybill_no) if part)
    sheet.text(edge, y + 9 * scale, _("快递：") + (sent or _("未填")), wide, size=9.5 * scale, least=6)
    sheet.text(
        edge,
        y + 14.4 * scale,
        _("收件：") + f"{box.name}  {box.phone}".strip(),
        wide,
        size=10.5 * scale,
        least=7,
        face=BOLD,
    )
    sheet.block(edge, y + 16 * scale, box.address, wide, 10 * scale, size=9.5 * scale, least=6)
    y += 27 * scale
    sheet.rule(y, left=edge, right=right)
    return y


def _table(sheet: Sheet, job: Job, items: Sequence[Item], y: float, edge: float, right: float, scale: float) -> float:
    wide = right - edge
    shares = [0.2, 0.5, 0.12, 0.18] if job.shows_prices else [0.22, 0.64, 0.14]
    heads = [_("编码"), _("商品"), _("数量"), *([_("单价")] if job.shows_prices else [])]
    cells = columns([wide * share for share in shares], edge)
    for index, (title, (x, room)) in enumerate(zip(heads, cells, strict=True)):
        number = index > 1
        sheet.text(
            x + room if number else x,
            y + 5 * scale,
            title,
            room - 1,
            size=8.5 * scale,
            face=BOLD,
            align="right" if number else "left",
        )
    y += 6.4 * scale
    sheet.rule(y, left=edge, right=right, thick=0.2)
    for item in items:
        name = (_("赠品") + " " if item.is_gift else "") + f"{item.title} {item.spec}".strip()
        x, room = cells[0]
        sheet.text(x, y + 5 * scale, item.code, room - 1.5, size=9 * scale, least=6)
        x, room = cells[1]
        sheet.block(x, y + 0.8 * scale, name, room - 1.5, _step(scale) - 0.8 * scale, size=9.5 * scale, least=6)
        x, room = cells[2]
        sheet.text(x + room, y + 5 * scale, f"×{item.quantity}", room - 1, size=11 * scale, face=BOLD, align="right")
        if job.shows_prices:
            x, room = cells[3]
            sheet.text(x + room, y + 5 * scale, money.text(item.price_fen), room - 1, size=9.5 * scale, align="right")
        y += _step(scale)
    sheet.rule(y + 0.6, left=edge, right=right, thick=0.2)
    return y + 1


def _foot(sheet: Sheet, job: Job, box: Box, y: float, edge: float, right: float, scale: float) -> None:
    wide = right - edge
    total = _("合计 %(kinds)s 款 %(count)s 件") % {
        "kinds": len(box.sold),
        "count": sum(item.quantity for item in box.sold),
    }
    sheet.text(edge, y + 5.4 * scale, total, wide * 0.6, size=10 * scale, face=BOLD)
    if job.shows_prices:
        paid = _("实付 %(amount)s 元") % {"amount": money.text(box.paid_fen)}
        sheet.text(right, y + 5.4 * scale, paid, wide * 0.4, size=10 * scale, face=BOLD, align="right")
    y += 7 * scale
    for label, text in ((_("买家留言："), box.buyer_message), (_("备注："), box.seller_memo)):
        if text.strip():
            y += sheet.block(edge, y, label + text, wide, 10.5 * scale, size=9.5 * scale, least=6) + 0.8 * scale
