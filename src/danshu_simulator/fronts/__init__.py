"""The fronts: one module for each platform, found by name.

How to add one. Write `fronts/<platform>.py` with a class under `Front` (`fronts/front.py`) and `FRONT = ThatClass()`, and name the
module in `MODULES` below. The server takes `http://127.0.0.1:PORT/<platform>/…` to it, the rest being the platform's own. Each call goes

    authorize(world, request)   only the page on which a seller says yes: `ordering.grant_code`, then `redirect(…)`; else None
    read(world, request)        name the call, find the shop by token or app key (`find_shop`), unpack parameters; judge nothing
        – here the shop's mood may strike: `trouble(…)` says it in the platform's words –
    verify(call)                signature, time stamp (`call.is_timely`), token, permission, by code of our own; never by our connectors'
    run(call)                   check parameters as strictly as the platform, ask or change the world, answer in its shape

and any of them ends a call with `raise Refuse(answer)`. What a front uses:

    reading     call.orders(start_ms=…, end_ms=…, by="updated_ms", is_later_page=…), call.refunds(…): oldest first; sort as the platform
                does. call.page(rows, number, size) or call.disturb(rows) for one page. call.order(no), call.refund(no): one.
                Never `world.books[…].orders` for reading: the mood's lag, stale rows and moving pages are in these.
    changing    ordering.ship, change_waybill, remark, set_stock …; refunding.answer …; each raises `Impossible(code)`, to be said in the
                platform's words. A call that ships sets `call.more["ships"] = order_no` in `read`, for refund races.
    tokens      ordering.take_code, renew_token; `shop.token_ends_ms` against `call.now_ms`.
    pushes      messages(world, shop, event): the signed messages of an event (`things.Event` lists the kinds) to `shop.callback["url"]`;
                retries: seconds after which an untaken one is sent again; is_taken(…): what counts as received.
    lines       has_lines, where messages go over WebSockets that apps open: line(world, request) judges who opens one, beat(…) answers
                signs of life, and a message names its app (`Message.line`). `pdd_messages.py` shows it.

Order, item and shop numbers come from `numbering.TRAITS`. `woocommerce.py` shows REST, `xiaohongshu.py` one gateway with signed methods,
`channels.py` tokens and encrypted pushes. Tests stand in `tests/test_<platform>.py` and use the platform's documented samples, never our
connectors.
"""

from __future__ import annotations

from importlib import import_module

from danshu_simulator.fronts.front import Front

MODULES = (
    "channels",
    "douyin",
    "jd",
    "kuaishou",
    "pdd",
    "taobao",
    "woocommerce",
    "xiaohongshu",
)


def load() -> dict[str, Front]:
    fronts: dict[str, Front] = {}
    for name in MODULES:
        front: Front = import_module(f"danshu_simulator.fronts.{name}").FRONT
        fronts[front.platform] = front
    return fronts
