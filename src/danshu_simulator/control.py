"""/_control/: how tests and people steer the simulator. JSON in, JSON out; 400 with `error` and `code` for what the world forbids.

    GET    /                                         what there is: platforms, shops, the clock
    POST   /shops                                    {platform, name?, key?, app_key?, app_secret?, access_token?, number?, options?}
    GET    /shops            GET /shops/KEY          with the credentials of its app
    PATCH  /shops/KEY                                {name, access_token, callback{url, …}, options …}
    POST   /shops/KEY/code                           an authorisation code, as if the seller had said yes
    POST   /shops/KEY/expire                         {with_refresh?}: the token ends now
    POST   /shops/KEY/items                          {count, stock?, code?} invented, or {items: [{title, has_variants?, item_id?,
                                                     skus: [{merchant_code, spec, price_fen, stock, sku_id?}]}]}
    POST   /shops/KEY/stock                          {item_id, sku_id, quantity}: typed into the platform's own pages
    POST   /shops/KEY/orders                         {lines: [{merchant_code | sku_id, quantity, discount_fen?}], is_paid?, message?,
                                                     freight_fen?, receiver?, past?{no, placed_ms, paid_ms}},
                                                     or {count} invented
    POST   /shops/KEY/orders/NO/DEED                 pay, review {is_on?}, close, address {receiver?}, remark {memo?, flag?}, urge, receive,
                                                     ship {courier, waybill_no, contents?}, refund {kind?, pieces?, amount_fen?, reason?},
                                                     refund-at-once {pieces?, amount_fen?}
    POST   /shops/KEY/refunds/NO/DEED                answer {agrees, reason?}, send-back {waybill_no}, send-again {waybill_no},
                                                     insist {amount_fen?}, take-back
    PUT    /shops/KEY/mood   GET /shops/KEY/mood     `moods.Mood`, whole
    POST   /shops/KEY/strikes                        {trouble, call?, times?}: meets the next calls
    PUT    /shops/KEY/life   DELETE /shops/KEY/life  `life.Habits`: buyers come, or come no more; {at_once: true}: and those
                                                     there are do nothing that they planned
    POST   /clock                                    {advance: seconds} and/or {set: ms} and/or {speed}
    POST   /pushes/flush                             until every message has arrived; GET /pushes what became of them
    GET    /lines            DELETE /lines           which apps hold a line open; all lines break
    GET    /truth?shop=KEY                           see `truth`
    GET    /events?after=SEQ                         what happened, oldest first
    GET    /calls            DELETE /calls           how often each call came, and what became of it
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Protocol

from danshu_simulator import goods, life, moods, ordering, refunding, truth
from danshu_simulator.exchange import Exchange
from danshu_simulator.fronts.front import Front
from danshu_simulator.pushing import Pusher, is_here
from danshu_simulator.things import Receiver, RefundKind, dump
from danshu_simulator.web import Answer, Request, said
from danshu_simulator.world import Impossible, World

Given = dict[str, Any]


class Steered(Protocol):
    """What is steered: a `simulator.Simulator`."""

    world: World
    life: life.Life
    fronts: dict[str, Front]
    exchange: Exchange
    pusher: Pusher


def answer(simulator: Steered, request: Request) -> Answer:
    for method, pattern, run in ROUTES:
        match = re.fullmatch(pattern, request.path)
        if match and method == request.method:
            try:
                given = json.loads(request.body) if request.body else {}
                return said(run(simulator, {**request.query, **given}, *match.groups()))
            except Impossible as error:
                return said({"error": str(error), "code": error.code}, status=404 if error.code == "unknown" else 400)
            except (ValueError, TypeError, KeyError) as error:
                return said({"error": f"{type(error).__name__}: {error}", "code": "bad_request"}, status=400)
    return said({"error": f"no {request.method} {request.path} here: see control.py", "code": "unknown"}, status=404)


def _overview(simulator: Steered, _given: Given) -> Any:
    world = simulator.world
    return {"platforms": sorted(simulator.fronts), "shops": sorted(world.shops), "clock": _clock_now(simulator)}


# --- shops -------------------------------------------------------------------------------------------------------------------


def _open_shop(simulator: Steered, given: Given) -> Any:
    _check_callback(given)
    return vars(ordering.open_shop(simulator.world, given.pop("platform"), **given))


def _shops(simulator: Steered, _given: Given) -> Any:
    with simulator.world.lock:
        return {"shops": [vars(shop) for shop in simulator.world.shops.values()]}


def _shop(simulator: Steered, _given: Given, key: str) -> Any:
    return vars(simulator.world.shop(key))


def _change_shop(simulator: Steered, given: Given, key: str) -> Any:
    _check_callback(given)
    return vars(ordering.change_shop(simulator.world, key, **given))


def _check_callback(given: Given) -> None:
    url = (given.get("callback") or {}).get("url")
    if url and not is_here(url):
        raise ValueError(f"messages are sent to this machine alone, not to {url}")


def _code(simulator: Steered, _given: Given, key: str) -> Any:
    return {"code": ordering.grant_code(simulator.world, key)}


def _expire(simulator: Steered, given: Given, key: str) -> Any:
    return vars(ordering.expire_token(simulator.world, key, with_refresh=bool(given.get("with_refresh"))))


def _items(simulator: Steered, given: Given, key: str) -> Any:
    if "count" in given:
        rng = simulator.world.chance("goods")
        new = goods.invented(int(given["count"]), rng, stock=int(given.get("stock", 1000)), code=str(given.get("code", "SIM")))
    else:
        new = [
            goods.NewItem(
                item["title"], tuple(goods.NewSku(**sku) for sku in item["skus"]), bool(item.get("has_variants", True)),
                item_id=str(item.get("item_id", "")),
            )
            for item in given["items"]
        ]
    return {"items": [json.loads(dump(item)) for item in ordering.put_up(simulator.world, key, new)]}


def _stock(simulator: Steered, given: Given, key: str) -> Any:
    sku_id, quantity = given.get("sku_id", ""), int(given["quantity"])
    return {"shown": ordering.set_stock(simulator.world, key, given["item_id"], sku_id, quantity, by="shop")}


# --- orders and refunds --------------------------------------------------------------------------------------------------------


def _place(simulator: Steered, given: Given, key: str) -> Any:
    world = simulator.world
    if "count" in given:
        with world.changing():
            habits = simulator.life.habits(key) or life.Habits()
            is_paid = bool(given.get("is_paid", True))
            placed = [ordering.place(world, key, _fill(world, key, habits), is_paid=is_paid) for _ in range(int(given["count"]))]
        return {"orders": [order.no for order in placed]}
    wanted = [ordering.Wanted(**line) for line in given.pop("lines")]
    if "past" in given:
        given["past"] = ordering.Past(**given["past"])
    return truth.order(ordering.place(world, key, wanted, **_with_receiver(given)))


def _fill(world: World, key: str, habits: life.Habits) -> list[ordering.Wanted]:
    basket = life.basket(world, key, habits, world.chance("basket"))
    if not basket:
        raise Impossible("sold_out", "nothing is in stock here")
    return basket


def _with_receiver(given: Given) -> Given:
    return {**given, "receiver": Receiver(**given["receiver"])} if given.get("receiver") else given


def _deed(simulator: Steered, given: Given, key: str, no: str, deed: str) -> Any:
    world = simulator.world
    if deed in {"refund", "refund-at-once"}:
        if "kind" in given:
            given["kind"] = RefundKind(given["kind"])
        story = refunding.ask if deed == "refund" else refunding.refund_at_once
        return truth.refund(story(world, key, no, **given))
    stories: dict[str, Callable[..., Any]] = {
        "pay": ordering.pay,
        "review": ordering.review,
        "close": ordering.close,
        "address": ordering.change_address,
        "remark": ordering.remark,
        "urge": ordering.urge,
        "ship": ordering.ship,
        "receive": ordering.receive,
    }
    if deed not in stories:
        raise Impossible("unknown", f"no deed {deed}; there are {', '.join(stories)}, refund, refund-at-once")
    return truth.order(stories[deed](world, key, no, **_with_receiver(given)))


def _refund_deed(simulator: Steered, given: Given, key: str, no: str, deed: str) -> Any:
    stories: dict[str, Callable[..., Any]] = {
        "answer": refunding.answer,
        "send-back": refunding.send_back,
        "send-again": refunding.send_again,
        "insist": refunding.insist,
        "take-back": refunding.take_back,
    }
    if deed not in stories:
        raise Impossible("unknown", f"no deed {deed}; there are {', '.join(stories)}")
    return truth.refund(stories[deed](simulator.world, key, no, **given))


# --- moods, life, time, looking -------------------------------------------------------------------------------------------------


def _set_mood(simulator: Steered, given: Given, key: str) -> Any:
    world = simulator.world
    with world.changing():
        world.put_mood(world.shop(key).key, moods.Mood.load(given))
    return vars(world.mood(key))


def _mood(simulator: Steered, _given: Given, key: str) -> Any:
    return vars(simulator.world.mood(simulator.world.shop(key).key))


def _strike(simulator: Steered, given: Given, key: str) -> Any:
    world = simulator.world
    strike = vars(moods.Strike(moods.Trouble(given.pop("trouble")), **given))
    with world.changing():
        mood = world.mood(world.shop(key).key)
        mood.strikes.append(strike)
        world.put_mood(key, mood)
    return vars(mood)


def _live(simulator: Steered, given: Given, key: str) -> Any:
    habits = life.Habits.load(given)
    simulator.life.start(key, habits)
    return vars(habits)


def _rest(simulator: Steered, given: Given, key: str) -> Any:
    simulator.life.stop(key, at_once=bool(given.get("at_once")))
    return {}


def _clock(simulator: Steered, given: Given) -> Any:
    world = simulator.world
    with world.lock:
        if "set" in given or "speed" in given:
            world.clock.set(int(given.get("set", world.clock.now())), speed=given.get("speed"))
            world.keep_clock()
    deeds = world.advance(float(given["advance"])) if "advance" in given else 0
    return {**_clock_now(simulator), "deeds": deeds}


def _clock_now(simulator: Steered) -> Given:
    clock = simulator.world.clock
    return {"now_ms": clock.now(), "speed": clock.speed, "is_real": clock.is_real, "planned": len(simulator.world.agenda)}


def _flush(simulator: Steered, _given: Given) -> Any:
    return {"tries": simulator.pusher.flush()}


def _pushes(simulator: Steered, _given: Given) -> Any:
    return {"pushes": [vars(sent) for sent in list(simulator.pusher.sent)]}


def _lines(simulator: Steered, _given: Given) -> Any:
    return {"lines": [{"platform": platform, "app_key": app} for platform, app in simulator.pusher.lines.apps()]}


def _cut_lines(simulator: Steered, _given: Given) -> Any:
    return {"cut": simulator.pusher.lines.cut()}


def _truth(simulator: Steered, given: Given) -> Any:
    return truth.all_of(simulator.world, given.get("shop", ""))


def _events(simulator: Steered, given: Given) -> Any:
    rows = simulator.world.events(int(given.get("after", 0)))
    names = ("seq", "at_ms", "shop", "kind", "no")
    return {"events": [{**dict(zip(names, row, strict=False)), "more": json.loads(row[5])} for row in rows]}


def _calls(simulator: Steered, _given: Given) -> Any:
    return {"calls": simulator.exchange.counts.all()}


def _clear_calls(simulator: Steered, _given: Given) -> Any:
    simulator.exchange.counts.clear()
    return {}


SHOP = r"/shops/([^/]+)"
ROUTES: tuple[tuple[str, str, Callable[..., Any]], ...] = (
    ("GET", r"/?", _overview),
    ("POST", r"/shops", _open_shop),
    ("GET", r"/shops", _shops),
    ("GET", SHOP, _shop),
    ("PATCH", SHOP, _change_shop),
    ("POST", SHOP + r"/code", _code),
    ("POST", SHOP + r"/expire", _expire),
    ("POST", SHOP + r"/items", _items),
    ("POST", SHOP + r"/stock", _stock),
    ("POST", SHOP + r"/orders", _place),
    ("POST", SHOP + r"/orders/([^/]+)/([a-z-]+)", _deed),
    ("POST", SHOP + r"/refunds/([^/]+)/([a-z-]+)", _refund_deed),
    ("GET", SHOP + r"/mood", _mood),
    ("PUT", SHOP + r"/mood", _set_mood),
    ("POST", SHOP + r"/strikes", _strike),
    ("PUT", SHOP + r"/life", _live),
    ("DELETE", SHOP + r"/life", _rest),
    ("POST", r"/clock", _clock),
    ("POST", r"/pushes/flush", _flush),
    ("GET", r"/pushes", _pushes),
    ("GET", r"/lines", _lines),
    ("DELETE", r"/lines", _cut_lines),
    ("GET", r"/truth", _truth),
    ("GET", r"/events", _events),
    ("GET", r"/calls", _calls),
    ("DELETE", r"/calls", _clear_calls),
)
