"""Cards and rows as HTML, drawn once per state of an order: pages put them together and seldom have to draw one again.

What a card shows is its key, so a kept one is never stale: the order's last change, its lines, parcel, partners, the minute (for the
countdown), the language and what the reader may see. Nothing of a session is in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from danshu.core import clock
from danshu.web.orders.rows import Row

KEPT = 3000
OPEN = "\x02open\x02"  # stands in a kept row where the address of this list belongs


@dataclass(frozen=True, slots=True)
class _Drawing:
    template: str
    key: tuple[Any, ...]
    row: Row = field(compare=False)
    context: dict[str, Any] = field(compare=False)


def cards(rows: Iterable[Row], *, column: str, moves: Sequence[tuple[str, str]], may_amounts: bool) -> list[SafeString]:
    """Order cards of one column. `moves` are (column, label) that the reader may move a card to."""
    targets = {slug for slug, _label in moves}
    context = {"moves": [move for move in moves if move[0] != column], "targets": targets, "may_amounts": may_amounts}
    return [_draw("orders/_order_card.html", row, (column, tuple(targets), may_amounts), context) for row in rows]


def lines(rows: Iterable[Row], *, may_amounts: bool, may_print: bool, print_action: str, open_base: str) -> list[SafeString]:
    """Rows of the list. `open_base` is the list's address, to which an order's number is added."""
    context = {"may_amounts": may_amounts, "may_print": may_print, "print_action": print_action, "open_base": OPEN}
    drawn = [_draw("orders/_row.html", row, (may_amounts, may_print, print_action), context) for row in rows]
    return [mark_safe(html.replace(OPEN, open_base)) for html in drawn]  # noqa: S308 -- `open_base` is escaped by its maker


def _draw(template: str, row: Row, seen_by: tuple[Any, ...], context: dict[str, Any]) -> SafeString:
    order = row.order
    minute = int(clock.now().timestamp()) // 60 if row.deadline else 0
    key = (
        order.pk, order.updated_at, order.fulfilment, order.shop_id, tuple(row.items), row.waybill_no, row.courier_code, row.is_silent,
        row.merged_count, row.mergeable_count, row.is_late, minute, get_language(), clock.business_day(clock.now()), *seen_by,
    )  # fmt: skip
    return _html(_Drawing(template, key, row, context))


@lru_cache(maxsize=KEPT)
def _html(drawing: _Drawing) -> SafeString:
    html = get_template(drawing.template).render({"row": drawing.row, "order": drawing.row.order, **drawing.context})
    return mark_safe(html)  # noqa: S308 -- what the template engine made
