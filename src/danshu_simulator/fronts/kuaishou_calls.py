"""Kuaishou's calls about orders, and how every call answers: `result` 1, or an error's number with `error_msg`, under HTTP 200.

Lists go by a cursor that says where the next page begins; "nomore" ends them.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from danshu_simulator import ordering
from danshu_simulator.fronts import kuaishou_bodies as bodies
from danshu_simulator.fronts.front import Call, Run, whole_number
from danshu_simulator.things import Order, Refund
from danshu_simulator.web import Answer, Refuse, said

Body = dict[str, Any]
Row = TypeVar("Row", Order, Refund)
DAY_MS = 86_400_000
BAD, REJECTED, DELIVERY, SIGN, DENIED, REVOKED, UNKNOWN_CALL = 2001, 21, 11, 28, 100200102, 24, 3
QPS, SYSTEM = 802001, 2
NO_MORE = "nomore"
LARGEST_PAGE, MOST_WORDS, LONGEST_NOTE = 50, 100, 200
ORDER_SPAN_MS, REACH_MS, CREATED_REACH_MS = 7 * DAY_MS, 90 * DAY_MS, 240 * DAY_MS


# --- answers and parameters ----------------------------------------------------------------------------------------------------


def failed(number: int, why: str, **more: object) -> Answer:
    return said({"result": number, "error_msg": why, "requestId": "0", **more})


def done(data: object = None, **beside: object) -> Answer:
    body: Body = {"result": 1, "code": "1", "msg": "success", "error_msg": "SUCCESS", "requestId": "0", "sub_msg": "", "sub_code": ""}
    return said(body | beside | ({} if data is None else {"data": data}))


def bad(name: str, why: str = "无效") -> Refuse:
    return Refuse(failed(BAD, f"{name}{why}"))


def number(call: Call, name: str, default: int | None = None, *, low: int = 0, high: int = 2**63 - 1) -> int:
    """A parameter that is a number, or text of digits."""
    raw = call.args.get(name)
    if raw in (None, "") and default is not None:
        return default
    value = whole_number(raw)
    if value is None or not low <= value <= high:
        raise bad(name)
    return value


def text(call: Call, name: str, *, most: int = 200) -> str:
    value = call.args.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > most:
        raise bad(name)
    return value.strip()


def one_of(call: Call, name: str, allowed: Sequence[int], default: int | None = None) -> int:
    value = number(call, name, default)
    if value not in allowed:
        raise bad(name)
    return value


def rows_of(call: Call, name: str, *, most: int = 100) -> list[Mapping[str, Any]]:
    rows = call.args.get(name)
    if not isinstance(rows, list) or not 0 < len(rows) <= most or not all(isinstance(row, Mapping) for row in rows):
        raise bad(name)
    return rows


def own_order(call: Call, no: int) -> Order:
    """As it is, not as a lagging interface shows it."""
    order = call.world.books[call.owner.key].orders.get(str(no))
    if not order:
        raise Refuse(failed(REJECTED, "order operation reject"))
    return order


def next_page(rows: list[Row], cursor: str, size: int, *, by: str, newest_first: bool) -> tuple[list[Row], str]:
    """The rows behind the cursor, and the cursor of the page after."""

    def place(row: Row) -> tuple[int, str]:
        return getattr(row, by), row.no

    ordered = sorted(rows, key=place, reverse=newest_first)
    if cursor:
        behind = _opened(cursor)
        ordered = [row for row in ordered if (place(row) < behind if newest_first else place(row) > behind)]
    page = ordered[:size]
    if len(ordered) <= size:
        return page, NO_MORE
    return page, base64.b64encode(json.dumps(place(page[-1])).encode()).decode()


def _opened(cursor: str) -> tuple[int, str]:
    try:
        moment, no = json.loads(base64.b64decode(cursor, validate=True))
        return int(moment), str(no)
    except (ValueError, TypeError):
        raise bad("cursor") from None


# --- orders --------------------------------------------------------------------------------------------------------------------


def list_orders(call: Call) -> Answer:
    """A week at most, of the last 90 days; by change only what was placed in the last 240."""
    view, size = one_of(call, "orderViewStatus", [*bodies.VIEWS], 1), number(call, "pageSize", 20, low=1, high=LARGEST_PAGE)
    newest_first, by_change = one_of(call, "sort", (1, 2), 1) == 1, one_of(call, "queryType", (1, 2), 1) == 2
    cps = one_of(call, "cpsType", (0, 1, 2), 0)
    start, end = number(call, "beginTime"), number(call, "endTime")
    if start < call.now_ms - REACH_MS:
        raise bad("beginTime", "不能早于90天前")
    if end <= start or end - start > ORDER_SPAN_MS:
        raise bad("endTime")
    cursor = call.args.get("cursor")
    if not isinstance(cursor, str):
        raise bad("cursor")
    by = "updated_ms" if by_change else "placed_ms"
    rows = call.orders(start_ms=start, end_ms=end, by=by, is_later_page=bool(cursor))
    rows = [row for row in rows if bodies.STATUSES[row.status] in bodies.VIEWS[view] and row.placed_ms >= call.now_ms - CREATED_REACH_MS]
    page, following = next_page(rows if cps != 2 else [], cursor, size, by=by, newest_first=newest_first)
    listed = [bodies.with_refunds(call.world, row, bodies.order(call.owner, row)) for row in call.disturb(page)]
    return done({"cursor": following, "orderList": listed, "pageSize": size, "beginTime": start, "endTime": end})


def get_order(call: Call) -> Answer:
    order = call.order(str(number(call, "oid", low=1)))
    if not order:
        raise Refuse(failed(REJECTED, "order operation reject"))
    return done(bodies.with_refunds(call.world, order, bodies.order(call.owner, order, in_detail=True)))


def decrypt(call: Call) -> Answer:
    """Each word has its own fate; `errorCode` 1 is well. The results stand beside `data`."""
    return done(batchDecryptResultList=[_decrypted(call, one) for one in rows_of(call, "batchDecryptList", most=MOST_WORDS)])


def _decrypted(call: Call, one: Mapping[str, Any]) -> Body:
    shop, biz, sealed = call.owner, str(one.get("bizId", "")), str(one.get("encryptedData", ""))
    row: Body = {"bizId": biz, "encryptedData": sealed, "decryptedData": ""}
    order = call.world.books[shop.key].orders.get(biz)
    if not order:
        return {**row, "errorCode": REJECTED, "errorMsg": "order operation reject"}
    plain = bodies.unseal(shop, sealed)
    if plain not in {order.receiver.name, order.receiver.phone, order.receiver.address}:
        return {**row, "errorCode": BAD, "errorMsg": "密文与订单不匹配"}
    return {**row, "decryptedData": plain, "errorCode": 1, "errorMsg": "SUCCESS"}


def add_note(call: Call) -> Answer:
    """A note stands beside those before it; a flag of 0 takes the flag away."""
    no, note = number(call, "orderId", low=1), text(call, "note", most=LONGEST_NOTE)
    flag = one_of(call, "flag", (0, *bodies.FLAGS), 0) if "flag" in call.args else None
    order = own_order(call, no)
    with call.world.changing():
        if order.seller_memo:
            order.more.setdefault("notes", []).append(order.seller_memo)
        ordering.remark(call.world, order.shop, order.no, memo=note, flag=None if flag is None else bodies.FLAGS.get(flag, ""))
    return done()


def seller(call: Call) -> Answer:
    shop = call.owner
    return done({"openId": bodies.open_id(shop), "sellerId": int(shop.number), "name": shop.name, "sex": "U", "head": "", "bigHead": ""})


CALLS: dict[str, Run] = {
    "open.order.cursor.list": list_orders,
    "open.order.detail": get_order,
    "open.order.decrypt.batch": decrypt,
    "open.seller.order.note.add": add_note,
    "open.user.seller.get": seller,
}
