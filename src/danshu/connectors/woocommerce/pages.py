"""Pages that stay whole while the shop goes on.

Lists are asked for in the order of ids, which never changes. Between two pages an order may be changed: then it leaves the span (its
moment is a later one), those behind it move up, and one may slip from the next page to the one that was read. The total shrinks exactly
then; so each page is asked with what the last one knew, and where the total shrank, earlier pages are read again until one is reached
that was known. Orders that enter are found again by the next span.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from danshu.connectors.woocommerce.client import unreadable

Ask = Callable[[int], tuple[list[Any], httpx.Headers]]  # page number → rows and headers


def read(ask: Ask, cursor: str) -> tuple[list[Any], int, str]:
    """Rows that were not read before, the total, and the next cursor (`number:last id:total`), "" after the last page."""
    number, last, known = _parts(cursor)
    rows, headers = ask(number)
    total, pages = count(headers, "x-wp-total"), count(headers, "x-wp-totalpages")
    back = number
    while total < known and back > 1 and not any(_id(row) <= last for row in rows):
        back -= 1
        rows = ask(back)[0] + rows
    fresh = {_id(row): row for row in rows if _id(row) > last}
    ordered = [fresh[no] for no in sorted(fresh)]
    following = f"{number + 1}:{max([last, *fresh])}:{total}" if number < pages else ""
    return ordered, total, following


def count(headers: httpx.Headers, name: str) -> int:
    """[D] Totals stand in headers of every list; a list without them is not WooCommerce's."""
    written = headers.get(name, "")
    if not (written.isascii() and written.isdigit()) or len(written) > 12:
        raise unreadable(name)
    return int(written)


def _parts(cursor: str) -> tuple[int, int, int]:
    if not cursor:
        return 1, 0, 0
    number, last, known = cursor.split(":")
    return int(number), int(last), int(known)


def _id(row: dict[str, Any]) -> int:
    no = row.get("id")
    if isinstance(no, bool) or not isinstance(no, int) or no < 1:
        raise unreadable("id")
    return no
