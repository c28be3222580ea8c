"""What happens in a stretch of a simulated day: opening the shops, a stretch of work, and telling all we know at the end."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.db.models import Sum
from django.urls import resolve

from danshu.catalogue import operations as catalogue
from danshu.catalogue.models import Listing
from danshu.catalogue.operations import SkuDraft, Want
from danshu.channels import connections, registry
from danshu.channels.connecting import Stream
from danshu.channels.models import Offer, OfferRule, RawPayload, Shop, ShopConnection, StreamCursor
from danshu.channels.operations import connecting, granting, offer_rules, shops
from danshu.channels.operations.offer_rules import RuleDraft
from danshu.channels.operations.taking import SETTLED
from danshu.core import clock, http
from danshu.core.actor import SYSTEM
from danshu.core.errors import DomainError
from danshu.core.jobs import engines, ticking
from danshu.core.models import JobError
from danshu.flows import after_sales, dispatch, stock_sync_numbers
from danshu.fulfilment import operations as fulfilment
from danshu.fulfilment.models import Confirmation, Parcel
from danshu.orders import receiver
from danshu.orders.models import Order, Refund
from danshu.stock import operations as stock
from danshu.stock import queries
from danshu.stock.models import LedgerEntry, Reservation
from danshu.stock.operations.warehouses import WarehouseDraft, save_warehouses
from tests.journeys.platforms import Impossible, control
from tests.journeys.stretches import ROUNDS, chance, door, drain

KEYS = {"client_id", "app_key", "app_id", "consumer_key"}  # how adapters call the simulator's app_key
SECRETS = {"client_secret", "app_secret", "consumer_secret", "sign_secret"}
RINGING = {"webhook_secret": "ring-me-up", "push_token": "token7", "push_key": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"}
RINGING |= {"message_key": "MDEyMzQ1Njc4OWFiY2RlZg=="}
RULES: tuple[dict[str, Any], ...] = (
    {},
    {"mode": "share", "percent": 60},
    {"keep": 3},
    {"cap": 25},
    {"stop_line": 4},
    {"mode": "quota"},  # as large as the order says
)
Shift = Callable[[float], None]


@cache
def application() -> Any:
    return get_wsgi_application()


def warm_up() -> None:
    """What children would else read one by one."""
    application()
    resolve("/hooks/1/key/")
    engines.engine()
    for platform in registry.CONNECTORS:
        registry.load(platform)
    with suppress(DomainError):  # nobody is there; what a call and a second try need is read now, also whose certificates count
        http.Client("warm-up", attempts=2).request("GET", "http://127.0.0.1:9/")


# --- the first hour ------------------------------------------------------------------------------------------------------------


def found(order: dict[str, Any], _shift: Shift) -> None:
    """Shops on both sides, goods in the house, rules of what each shop shows, access granted as a seller grants it."""
    now, url = clock.now(), order["url"]
    (place,) = save_warehouses([WarehouseDraft("杭州仓")], by=SYSTEM, now=now)
    drafts = [shops.ShopDraft(f"木屿 {platform}", platform, courier_code="zto", warehouse_id=place) for platform in order["platforms"]]
    ours = shops.open_shops(drafts, by=SYSTEM, now=now)
    codes: set[str] = set()
    for shop, rule in zip(ours, RULES, strict=False):
        theirs = control(url, "POST", "/shops", {"platform": shop.platform, "key": shop.platform, **order["shops"].get(shop.platform, {})})
        items = control(url, "POST", f"/shops/{shop.platform}/items", {"count": order["items"], "stock": 0})["items"]
        codes |= {sku["merchant_code"] for item in items for sku in item["skus"]}
        _know(shop, items)
        _connect(shop, theirs, order)
        own = {"quota": order["quota"]} if rule.get("mode") == "quota" else {}
        offer_rules.set_rules([RuleDraft(shop.pk, **rule, **own)], by=SYSTEM, now=now)
    skus = catalogue.save_skus([SkuDraft(code=code, name=code) for code in sorted(codes)], by=SYSTEM, now=now)
    stock.open_stock([stock.Piece(pk, place, order["on_hand"]) for pk in skus], by=SYSTEM, now=now)
    ticking.set_up()


def _know(shop: Shop, items: list[dict[str, Any]]) -> None:
    wants = [
        Want(item["item_id"], sku["sku_id"], sku["merchant_code"], sku["barcode"], item["title"], sku["spec"])
        for item in items
        for sku in item["skus"]
    ]
    catalogue.resolve(shop.pk, wants, now=clock.now())


def _connect(shop: Shop, theirs: dict[str, Any], order: dict[str, Any]) -> None:
    connector, now, url = registry.load(shop.platform), clock.now(), order["url"]
    assert connector is not None
    names = {field.name for field in connector.fields}
    values = dict.fromkeys(names & KEYS, theirs["app_key"]) | dict.fromkeys(names & SECRETS, theirs["app_secret"])
    values |= {name: RINGING[name] for name in names & RINGING.keys()}
    values |= {"site": "https://shop.example.com"} if "site" in names else {}
    connecting.connect(shop.pk, values, by=SYSTEM, now=now, reach_days=0, gateway=f"{url}/{shop.platform}")
    if connector.abilities.can_authorize:
        _authorise(shop, url)
    else:
        connecting.test(shop.pk, now=now)
    if connector.abilities.can_receive:
        key = ShopConnection.objects.get(pk=shop.pk).hook_key
        ring = {"url": f"http://127.0.0.1:{order['port']}/hooks/{shop.pk}/{key}/"}
        ring |= {"secret": RINGING["webhook_secret"], "token": RINGING["push_token"], "aes_key": RINGING["push_key"]}
        ring |= {"key": RINGING["message_key"]}
        control(url, "PATCH", f"/shops/{shop.platform}", {"callback": ring})


# --- a stretch -----------------------------------------------------------------------------------------------------------------


def stretch(order: dict[str, Any], shift: Shift) -> None:
    engine: Any = engines.engine()
    engine.recover(clock.now())
    with door(order["port"], application()):
        shift(order["at_ms"] / 1000 - clock.now().timestamp())
        control(order["url"], "POST", "/pushes/flush")
        passed = 0
        for at in ROUNDS:
            shift(at - passed)
            passed = at
            ticking.tick()
            drain((lambda: _people(order)) if at == ROUNDS[1] else None)


def _people(order: dict[str, Any]) -> None:
    """Somebody looks after shops that rest, packs most of what can go, and answers buyers."""
    for connection in ShopConnection.objects.filter(state="refused").select_related("shop"):
        _authorise(connection.shop, order["url"])
    if order["is_open"]:
        refused = Confirmation.objects.filter(state="refused").values_list("pk", flat=True)
        dispatch.tell_again(list(refused), by=SYSTEM, now=clock.now())
        _pack(chance(order, "pack"), order["share"])
        _answer(chance(order, "answer"), order["url"])


def _authorise(shop: Shop, url: str) -> None:
    """A platform whose answer to a refresh was lost has ended the access that we have: a person grants it anew on the platform's page, or
    tries the keys again where these are all that there is."""
    connector = registry.load(shop.platform)
    assert connector is not None
    if not connector.abilities.can_authorize:
        with suppress(DomainError):  # as below
            connecting.test(shop.pk, now=clock.now())
        return
    code = control(url, "POST", f"/shops/{shop.platform}/code")["code"]
    with suppress(DomainError):  # the interface may fail: the next stretch tries again
        granted = connector.exchange(connections.access(Shop.objects.get(pk=shop.pk)), code=code, redirect="http://127.0.0.1:9/back")
        granting.grant(shop.pk, granted, by=SYSTEM, now=clock.now())


def _pack(rng: Random, share: float) -> None:
    ready = Order.objects.filter(is_ready=True, is_held=False, fulfilment="waiting").order_by("pk")
    chosen = [pk for pk in ready.values_list("pk", flat=True)[:2000] if rng.random() < share]
    some = Order.objects.filter(pk__in=chosen, item_count__gt=1, parcels=None).order_by("pk")
    for order in some:
        if registry.abilities(order.platform).can_ship_parts and rng.random() < 0.15:
            _divide(order, rng)
    ids = fulfilment.open_parcels(chosen, by=SYSTEM, now=clock.now())
    waiting = Parcel.objects.filter(pk__in=ids, waybill_no="").exclude(state__in=["shipped", "void"])
    numbers = [fulfilment.Number(pk, f"7891{pk:010d}", "zto") for pk in waiting.values_list("pk", flat=True)]
    fulfilment.set_waybills(numbers, source="typed", by=SYSTEM, now=clock.now())
    fulfilment.ship([pk for pk in ids if rng.random() < 0.9], by=SYSTEM, now=clock.now())


def _divide(order: Order, rng: Random) -> None:
    """A line of its own travels alone, where there are several."""
    lines = [line for line in order.lines.order_by("pk") if line.refund == "none" and line.sku_id]
    if len(lines) > 1:
        line = rng.choice(lines)
        with suppress(DomainError):
            fulfilment.add_parcel(order.pk, {line.pk: line.sku_quantity}, by=SYSTEM, now=clock.now())


def _answer(rng: Random, url: str) -> None:
    for refund in Refund.objects.filter(state__in=["asked", "returned"]).select_related("shop").order_by("pk")[:200]:
        told = rng.random()
        if told > 0.8:
            continue
        agrees = told < 0.6
        if after_sales.can_answer(refund.shop):
            with suppress(DomainError):  # said by the platform, or to be said again
                after_sales.answer(refund.pk, agrees=agrees, reason="" if agrees else "已经发出，请拒收", by=SYSTEM)
        else:
            with suppress(Impossible):
                path = f"/shops/{refund.shop.platform}/refunds/{refund.refund_no}/answer"
                control(url, "POST", path, {"agrees": agrees, "reason": "" if agrees else "已经发出"})


# --- the end of the day ------------------------------------------------------------------------------------------------------------


def rest(order: dict[str, Any], shift: Shift) -> None:
    """A stretch, and what is still under way after it."""
    stretch(order, shift)
    Path(order["into"]).write_text(json.dumps(_unread(order["url"]) + _undone(), ensure_ascii=False))


def _unread(url: str) -> list[str]:
    """Streams that do not reach beyond the platform's last change, by as much as it may take to show one."""
    truth, last = control(url, "GET", "/truth"), dict[tuple[str, str], int]()
    for stream in (Stream.ORDERS, Stream.REFUNDS):
        for one in truth[stream.value]:
            key = one["shop"], stream.value
            last[key] = max(last.get(key, 0), one["updated_ms"])
    found = []
    for cursor in StreamCursor.objects.select_related("shop"):
        changed = datetime.fromtimestamp(last.get((cursor.shop.platform, cursor.stream), 0) / 1000, UTC)
        if cursor.failures or cursor.until < changed + SETTLED:
            found.append(f"{cursor.shop.platform} {cursor.stream}: until {cursor.until}, changed {changed}, {cursor.failures} failures")
    return found


def _undone() -> list[str]:
    jobs = sum(state.ready + state.scheduled + state.running for state in engines.engine().states(clock.now()))
    counts = {
        "jobs": jobs,
        "numbers to ask for": RawPayload.objects.filter(retry_at__isnull=False).count(),
        "parcels to tell of, or to look at": Confirmation.objects.filter(retry_at__isnull=False).count(),
        "stock numbers to say": Offer.objects.filter(is_due=True).count(),
        "shops without access": ShopConnection.objects.exclude(state="connected").count(),
    }
    return [f"{count} {what}" for what, count in counts.items() if count]


# --- what we know ----------------------------------------------------------------------------------------------------------------


def result(order: dict[str, Any], _shift: Shift) -> None:
    Path(order["into"]).write_text(json.dumps(_all(), ensure_ascii=False, default=str))


def _all() -> dict[str, Any]:
    now = clock.now()
    listings = list(Listing.objects.filter(sku__isnull=False).select_related("shop"))
    numbers = stock_sync_numbers.numbers({listing.sku_id for listing in listings if listing.sku_id}, now=now)
    return {
        "orders": [_order(one) for one in Order.objects.prefetch_related("lines", "parcels", "confirmations").order_by("pk")],
        "refunds": [_refund(one) for one in Refund.objects.select_related("shop").order_by("pk")],
        "stock": {f"{one.shop.platform}/{one.platform_item_id}/{one.platform_sku_id}": numbers[one.pk].number for one in listings},
        "silent": sorted({number.shop.platform for number in numbers.values() if number.silent_since}),
        "due": Offer.objects.filter(is_due=True).count(),
        "differences": [str(one) for one in queries.check()],
        "payloads": [
            [one.shop.platform, one.stream, one.no, one.state, one.error_code, one.error]
            for one in RawPayload.objects.exclude(state="taken").select_related("shop")
        ],
        "dead": [[one.name, one.arguments, one.error[-1500:]] for one in JobError.objects.all()],
        "confirmations": [
            [one.shop.platform, one.platform_no, one.waybill_no, one.state, one.error_code, one.error]
            for one in Confirmation.objects.select_related("shop").order_by("pk")
        ],
        "connections": {one.shop.platform: [one.state, one.error_code, one.error] for one in ShopConnection.objects.select_related("shop")},
        "held": Reservation.objects.filter(state="held").aggregate(n=Sum("quantity"))["n"] or 0,
        "shipped_pieces": -(LedgerEntry.objects.filter(kind="ship").aggregate(n=Sum("on_hand_delta"))["n"] or 0),
        "rules": OfferRule.objects.count(),
    }


ORDER = (
    "platform", "platform_no", "payment", "fulfilment", "refund", "progress", "issues", "placed_at", "paid_at", "ship_by", "shipped_at",
    "finished_at", "modified_at", "goods_fen", "freight_fen", "discount_fen", "paid_fen", "buyer_message", "seller_memo", "flag",
    "province", "city", "district",
)  # fmt: skip
LINE = ("oid", "title", "spec", "merchant_code", "quantity", "price_fen", "paid_fen", "refund", "is_short", "sku_quantity")
REFUND = (
    "refund_no", "platform_no", "kind", "state", "oids", "amount_fen", "quantity", "reason", "asked_at", "modified_at", "return_waybill_no",
)  # fmt: skip


def _order(one: Order) -> dict[str, Any]:
    to = receiver.plain(one)
    return {name: getattr(one, name) for name in ORDER} | {
        "receiver": [to.kind, to.name, to.phone, to.address],
        "lines": [{name: getattr(line, name) for name in LINE} for line in sorted(one.lines.all(), key=lambda line: line.pk)],
        "parcels": [[parcel.waybill_no, parcel.state] for parcel in one.parcels.all()],
        "told": [[each.waybill_no, each.state] for each in one.confirmations.all()],
    }


def _refund(one: Refund) -> dict[str, Any]:
    return {name: getattr(one, name) for name in REFUND} | {"platform": one.shop.platform, "has_order": one.order_id is not None}
