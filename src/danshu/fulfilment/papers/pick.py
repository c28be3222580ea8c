"""拣货单: one list for the whole batch, each SKU once, in the order a person walks the shelves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from danshu.fulfilment.papers.content import Box, Job, shelf_key
from danshu.fulfilment.papers.sheet import BOLD, Sheet, columns


@dataclass(slots=True)
class Want:
    shelf: str
    code: str
    name: str
    quantity: int
    slots: list[str]  # "3×2": box 3 gets two


def gather(boxes: Sequence[Box], first: int) -> list[Want]:
    """All boxes' things, summed per code, with the positions of the boxes that get them."""
    wants: dict[tuple[str, str], Want] = {}
    for position, box in enumerate(boxes, start=first):
        for item in box.picked:
            name = f"{item.title} {item.spec}".strip()
            want = wants.setdefault((item.code, name), Want(item.shelf, item.code, name, 0, []))
            want.quantity += item.quantity
            want.slots.append(f"{position}×{item.quantity}")
    return sorted(wants.values(), key=lambda want: (shelf_key(want.shelf), want.code))


def rows_per_page(height: float, scale: float) -> int:
    return max(1, int((height - 34 * scale) / (9.0 * scale)))


def draw(sheet: Sheet, job: Job, wants: Sequence[Want], page: int, count: int) -> None:
    scale = 1.0 if sheet.width >= 100 else sheet.width / 100
    edge = 12.0 if sheet.width > 150 else 4.0 * scale
    right = sheet.width - edge
    wide = right - edge
    sheet.text(edge, 10 * scale, _("拣货单") + f" · {job.batch_no}", wide * 0.6, size=15 * scale, least=8, face=BOLD)
    sheet.text(right, 10 * scale, f"{job.day}  {page + 1} / {count}", wide * 0.4, size=9 * scale, least=6, align="right")
    told = _("第 %(first)s–%(last)s 单") % {"first": job.first, "last": job.first + len(job.boxes) - 1}
    sheet.text(edge, 15.4 * scale, told, wide, size=9 * scale, least=6)
    y = 18 * scale
    sheet.rule(y, left=edge, right=right, thick=0.4)
    cells = columns([wide * share for share in (0.17, 0.6, 0.11, 0.12)], edge)
    heads = (_("库位"), _("商品"), _("件数"), _("拣到"))
    for index, (title, (x, room)) in enumerate(zip(heads, cells, strict=True)):
        sheet.text(
            x + (room if index > 1 else 0),
            y + 5 * scale,
            title,
            room - 1,
            size=8.5 * scale,
            face=BOLD,
            align="right" if index > 1 else "left",
        )
    y += 6.4 * scale
    for want in wants:
        _row(sheet, want, y, cells, scale)
        y += 9.0 * scale
        sheet.rule(y, left=edge, right=right, thick=0.15)


def _row(sheet: Sheet, want: Want, y: float, cells: list[tuple[float, float]], scale: float) -> None:
    x, room = cells[0]
    sheet.text(x, y + 5.6 * scale, want.shelf or _("无库位"), room - 1.5, size=11 * scale, least=6, face=BOLD)
    x, room = cells[1]
    sheet.text(x, y + 4.2 * scale, f"{want.name}", room - 1.5, size=9.5 * scale, least=6.5)
    told = f"{want.code}   # {' '.join(want.slots)}"
    sheet.text(x, y + 8 * scale, told, room - 1.5, size=7.5 * scale, least=5.5)
    x, room = cells[2]
    sheet.text(x + room, y + 6 * scale, f"×{want.quantity}", room, size=13 * scale, least=7, face=BOLD, align="right")
    x, room = cells[3]
    side = 4.6 * scale
    left, top = x + room - side, y + 2.2 * scale
    for at_x, at_y, w, h in (
        (left, top, side, 0.25),
        (left, top + side, side, 0.25),
        (left, top, 0.25, side),
        (left + side, top, 0.25, side + 0.25),
    ):
        sheet.box(at_x, at_y, w, h)
