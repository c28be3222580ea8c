"""The stories of shops, items and orders: every way the world changes, but for refunds."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from danshu_simulator import numbering, people
from danshu_simulator.goods import NewItem
from danshu_simulator.things import OPEN_REFUNDS, Item, Line, Order, OrderStatus, Parcel, Receiver, Shop, Sku
from danshu_simulator.world import Impossible, World

UNPAID_MINUTES = 30
SHIP_HOURS = 48
RECEIVE_DAYS = 10  # then the platform takes the goods for received
CODE_MINUTES = 10


@dataclass(frozen=True)
class Wanted:
    """What a buyer puts into the basket: by the platform's SKU, or by the seller's code."""

    quantity: int = 1
    sku_id: str = ""
    item_id: str = ""
    merchant_code: str = ""
    discount_fen: int = 0
    platform_discount_fen: int = 0
    oid: str = ""  # of an order that is older than the world


@dataclass(frozen=True)
class Past:
    """What stands fixed of an order that is older than the world. `paid_ms` 0: it is not paid yet."""

    no: str
    placed_ms: int
    paid_ms: int = 0
    nick: str = ""


# --- shops -------------------------------------------------------------------------------------------------------------------


def open_shop(world: World, platform: str, *, name: str = "", key: str = "", **given: Any) -> Shop:
    """A shop whose app is authorised already. `given` overrides what is invented: app_key, app_secret, access_token, refresh_token, number,
    callback, options."""
    if platform not in numbering.TRAITS:
        raise Impossible("unknown", f"no platform {platform}; there are {', '.join(numbering.PLATFORMS)}")
    with world.changing():
        n = world.count(f"shop/{platform}")
        key = key or f"{platform}-{n}"
        if key in world.shops:
            raise Impossible("taken", f"there is a shop {key}")
        rng, traits, now = world.chance("shop"), numbering.TRAITS[platform], world.now()
        number = numbering.form(traits.shop, n, now, rng)
        shop = Shop(
            key=key,
            platform=platform,
            name=name or f"{platform} 演练店 {n}",
            number=number,
            app_key=f"{rng.getrandbits(48):012x}",
            app_secret=f"{rng.getrandbits(128):032x}",
            access_token=f"at{rng.getrandbits(120):030x}",
            refresh_token=f"rt{rng.getrandbits(120):030x}",
            token_ends_ms=now + traits.token_seconds * 1000,
            refresh_ends_ms=now + traits.refresh_seconds * 1000,
        )
        world.put_shop(replace(shop, **{name: value for name, value in given.items() if value}))
        return world.shops[key]


def change_shop(world: World, key: str, **changes: Any) -> Shop:
    with world.changing():
        shop = world.shop(key)
        for name, value in changes.items():
            if not hasattr(shop, name) or name in {"key", "platform"}:
                raise Impossible("unknown", f"a shop has no {name}")
            setattr(shop, name, value)
        world.put_shop(shop)
        if changes.get("callback"):
            world.tell(key, "shop.callback_set", key)
        return shop


def grant_code(world: World, key: str) -> str:
    """The seller says yes on the platform's page: a code that can be exchanged once."""
    with world.changing():
        shop = world.shop(key)
        code = secrets.token_hex(12)
        shop.codes[code] = world.now() + CODE_MINUTES * 60_000
        world.put_shop(shop)
        return code


def take_code(world: World, app_key: str, code: str) -> Shop | None:
    """The shop whose code this is; a code works once and not for long."""
    with world.changing():
        for shop in world.shops.values():
            if shop.app_key == app_key and code in shop.codes:
                is_good = shop.codes.pop(code) >= world.now()
                world.put_shop(shop)
                return shop if is_good else None
    return None


def renew_token(world: World, key: str, *, keeps_refresh: bool = False, seconds: int = 0) -> Shop:
    """New tokens; the old ones end at once."""
    with world.changing():
        shop, traits, now = world.shop(key), numbering.TRAITS[world.shop(key).platform], world.now()
        shop.access_token = f"at{secrets.token_hex(15)}"
        shop.token_ends_ms = now + (seconds or traits.token_seconds) * 1000
        if not keeps_refresh:
            shop.refresh_token = f"rt{secrets.token_hex(15)}"
            shop.refresh_ends_ms = now + traits.refresh_seconds * 1000
        world.put_shop(shop)
        return shop


def expire_token(world: World, key: str, *, with_refresh: bool = False) -> Shop:
    """The token ends now; with `with_refresh` a person has to authorise again."""
    ends = {"token_ends_ms": world.now() - 1} | ({"refresh_ends_ms": world.now() - 1} if with_refresh else {})
    return change_shop(world, key, **ends)


# --- items -------------------------------------------------------------------------------------------------------------------


def put_up(world: World, shop_key: str, items: Sequence[NewItem]) -> list[Item]:
    with world.changing():
        shop, made = world.shop(shop_key), []
        for new in items:
            numbers = [(sku.sku_id or world.number(shop, "sku")) if new.has_variants else "" for sku in new.skus]
            skus = [
                Sku(number, sku.merchant_code, sku.spec, sku.price_fen, sku.stock, 0, sku.barcode)
                for number, sku in zip(numbers, new.skus, strict=True)
            ]
            made.append(Item(shop.key, new.item_id or world.number(shop, "item"), new.title, skus, new.picture))
            world.put_item(made[-1])
        return made


def set_stock(world: World, shop_key: str, item_id: str, sku_id: str, quantity: int, *, by: str = "api") -> int:
    """What buyers see from now on; returns it. `by` "api" or "shop" (somebody typed it into the platform's pages)."""
    with world.changing():
        book = world.books[world.shop(shop_key).key]
        sku = book.skus.get((item_id, sku_id))
        if not sku:
            raise Impossible("unknown", f"no SKU {item_id}/{sku_id}")
        if quantity < 0:
            raise Impossible("negative")
        before, sku.stock = sku.stock, quantity
        world.put_item(book.items[item_id])
        world.tell(shop_key, "stock.set", item_id, sku_id=sku_id, quantity=quantity, before=before, by=by)
        return quantity


# --- orders ------------------------------------------------------------------------------------------------------------------


def place(
    world: World,
    shop_key: str,
    wanted: Sequence[Wanted],
    *,
    is_paid: bool = False,
    receiver: Receiver | None = None,
    message: str = "",
    freight_fen: int = 0,
    past: Past | None = None,
) -> Order:
    """A buyer orders. What is not in stock as the platform shows it cannot be ordered: raises `Impossible("sold_out")`. Where an order
    is of one thing, the first of several is returned; paying it pays all."""
    with world.changing():
        shop, book, rng = world.shop(shop_key), world.books[world.shop(shop_key).key], world.chance("buyer")
        found: list[tuple[Item, Sku, Wanted]] = []
        asked: dict[int, int] = {}
        for want in wanted:
            hit = book.find_sku(sku_id=want.sku_id, item_id=want.item_id, merchant_code=want.merchant_code)
            if not hit:
                raise Impossible("unknown", f"no SKU for {want}")
            asked[id(hit[1])] = asked.get(id(hit[1]), 0) + want.quantity
            if want.quantity < 1 or asked[id(hit[1])] > hit[1].stock:
                raise Impossible("sold_out", f"{hit[1].merchant_code}: {hit[1].stock} left")
            if hit[1].price_fen * want.quantity < want.discount_fen + want.platform_discount_fen:
                raise Impossible("discount", "a line cannot cost less than nothing")
            found.append((*hit, want))
        for item, sku, want in found:
            sku.stock -= want.quantity
            sku.sold += want.quantity
            world.put_item(item)
        who, nick, buyer_id = receiver or people.receiver(rng), people.nick(rng), f"o{rng.getrandbits(100):025x}"
        buyer = (who, (past and past.nick) or nick, buyer_id)
        baskets = [[one] for one in found] if numbering.TRAITS[shop.platform].line_orders else [found]
        orders = [_write(world, shop, basket, buyer, past.no if past and basket is baskets[0] else "") for basket in baskets]
        for order in orders:
            order.buyer_message, order.placed_ms = message, past.placed_ms if past else order.placed_ms
        orders[0].freight_fen = freight_fen
        if len(orders) > 1:
            orders[0].more["paid_with"] = [order.no for order in orders[1:]]
        if is_paid or (past and past.paid_ms):
            pay(world, shop_key, orders[0].no, at_ms=past.paid_ms if past else 0)
        return orders[0]


def _write(world: World, shop: Shop, basket: list[tuple[Item, Sku, Wanted]], buyer: tuple[Receiver, str, str], no: str) -> Order:
    now, no = world.now(), no or world.number(shop, "order")
    lines = [_line(world, shop, no if len(basket) == 1 else "", *one) for one in basket]
    receiver, nick, buyer_id = buyer
    order = Order(shop.key, no, nick, buyer_id, receiver, lines, placed_ms=now, updated_ms=now)
    world.put_order(order)
    world.tell(shop.key, "order.placed", no)
    world.plan(now + UNPAID_MINUTES * 60_000, "close_unpaid", shop=shop.key, no=no)
    return order


def _line(world: World, shop: Shop, only_of: str, item: Item, sku: Sku, want: Wanted) -> Line:
    """The only line of an order bears its number, where lines have numbers of the same kind."""
    own = only_of if only_of and shop.platform != numbering.ONE_COUNT else ""
    oid = want.oid or own or world.number(shop, "line")
    line = Line(oid, item.item_id, sku.sku_id, sku.merchant_code, item.title, sku.spec, item.picture, want.quantity, sku.price_fen)
    line.discount_fen, line.platform_discount_fen = want.discount_fen, want.platform_discount_fen
    return line


def pay(world: World, shop_key: str, no: str, *, at_ms: int = 0) -> Order:
    """`at_ms`: when it was paid, if not now."""
    with world.changing():
        order = world.order(shop_key, no)
        if order.status != OrderStatus.UNPAID:
            raise Impossible("not_unpaid", order.status)
        order.status, order.paid_ms = OrderStatus.PAID, at_ms or world.now()
        order.ship_by_ms = order.paid_ms + SHIP_HOURS * 3_600_000
        world.put_order(order)
        world.tell(shop_key, "order.paid", no)
        if minutes := world.shop(shop_key).options.get("review_minutes"):
            review(world, shop_key, no)
            world.plan(world.now() + int(minutes * 60_000), "end_review", shop=shop_key, no=no)
        for other in order.more.pop("paid_with", []):
            if world.order(shop_key, other).status == OrderStatus.UNPAID:
                pay(world, shop_key, other, at_ms=at_ms)
        return order


def review(world: World, shop_key: str, no: str, *, is_on: bool = True) -> Order:
    """The platform looks at an order before it may be shipped (风控审核), or has looked. Only fronts whose platform tells it show it."""
    with world.changing():
        order = world.order(shop_key, no)
        if order.status != OrderStatus.PAID:
            raise Impossible("not_paid", order.status)
        order.more["in_review"] = is_on
        world.put_order(order)
        world.tell(shop_key, "order.reviewed", no, is_on=is_on)
        return order


def close(world: World, shop_key: str, no: str, *, reason: str = "买家未付款") -> Order:
    """An unpaid order ends and its goods can be bought again; a paid one ends by refunds."""
    with world.changing():
        order, book = world.order(shop_key, no), world.books[shop_key]
        if order.status != OrderStatus.UNPAID:
            raise Impossible("not_unpaid", order.status)
        order.status, order.closed_ms, order.close_reason = OrderStatus.CLOSED, world.now(), reason
        for line in order.lines:
            sku = book.skus[line.item_id, line.sku_id]
            sku.stock += line.quantity
            sku.sold -= line.quantity
            world.put_item(book.items[line.item_id])
        world.put_order(order)
        world.tell(shop_key, "order.closed", no)
        return order


def change_address(world: World, shop_key: str, no: str, receiver: Receiver | None = None) -> Order:
    """Without `receiver` the same person moves to an invented place."""
    with world.changing():
        order = world.order(shop_key, no)
        if order.status not in {OrderStatus.UNPAID, OrderStatus.PAID}:
            raise Impossible("already_shipped", order.status)
        order.receiver = receiver or people.receiver(world.chance("address"), of=order.receiver)
        world.put_order(order)
        world.tell(shop_key, "order.address_changed", no)
        return order


def remark(world: World, shop_key: str, no: str, *, memo: str | None = None, flag: str | None = None) -> Order:
    """The seller's remark and flag. On some platforms the time of change does not move."""
    with world.changing():
        order = world.order(shop_key, no)
        order.seller_memo = order.seller_memo if memo is None else memo
        order.flag = order.flag if flag is None else flag
        world.put_order(order, moves=numbering.TRAITS[world.shop(shop_key).platform].remark_moves)
        world.tell(shop_key, "order.memo_changed", no)
        return order


def urge(world: World, shop_key: str, no: str) -> Order:
    """Something small changes, and the order's time of change with it."""
    with world.changing():
        order = world.order(shop_key, no)
        order.more["urges"] = int(order.more.get("urges", 0)) + 1
        world.put_order(order)
        return order


def ship(
    world: World, shop_key: str, no: str, *, courier: str, waybill_no: str, contents: dict[str, int] | None = None, courier_name: str = ""
) -> Order:
    """One parcel. Without `contents` it holds everything that is not shipped and not refunded."""
    with world.changing():
        order = world.order(shop_key, no)
        if order.status not in {OrderStatus.PAID, OrderStatus.PART_SHIPPED}:
            codes = {OrderStatus.UNPAID: "not_paid", OrderStatus.CLOSED: "closed"}
            raise Impossible(codes.get(order.status, "already_shipped"), order.status)
        left = {line.oid: line.quantity - line.shipped for line in order.lines if not line.is_refunded}
        inside = {oid: pieces for oid, pieces in (left if contents is None else contents).items() if pieces}
        if not inside or any(oid not in left for oid in inside):
            raise Impossible("unknown_line", f"{order.no}: {inside}")
        if any(not 0 < pieces <= left[oid] for oid, pieces in inside.items()):
            raise Impossible("already_shipped", f"left {left}, wanted {inside}")
        for line in order.lines:
            line.shipped += inside.get(line.oid, 0)
        now = world.now()
        order.parcels.append(Parcel(courier, courier_name, waybill_no, now, inside))
        is_last = all(line.shipped >= line.quantity or line.is_refunded for line in order.lines)
        order.status = OrderStatus.SHIPPED if is_last else OrderStatus.PART_SHIPPED
        order.shipped_ms = now
        world.put_order(order)
        world.tell(shop_key, "order.shipped", no, waybill_no=waybill_no)
        if is_last:
            world.plan(now + RECEIVE_DAYS * 86_400_000, "receive", shop=shop_key, no=no)
        return order


def change_waybill(world: World, shop_key: str, no: str, *, courier: str, waybill_no: str, old_waybill_no: str = "") -> Order:
    """Another number for a parcel; without `old_waybill_no` for the only one."""
    with world.changing():
        order = world.order(shop_key, no)
        parcels = [parcel for parcel in order.parcels if old_waybill_no in {"", parcel.waybill_no}]
        if order.status not in {OrderStatus.PART_SHIPPED, OrderStatus.SHIPPED} or len(parcels) != 1:
            raise Impossible("no_parcel", f"{no}: {len(parcels)} parcels {old_waybill_no}")
        parcels[0].old_waybill_nos.append(parcels[0].waybill_no)
        parcels[0].waybill_no, parcels[0].courier = waybill_no, courier
        world.put_order(order)
        world.tell(shop_key, "order.waybill_changed", no, waybill_no=waybill_no)
        return order


def receive(world: World, shop_key: str, no: str) -> Order:
    """The buyer has the goods, or the platform's days have run out."""
    with world.changing():
        order = world.order(shop_key, no)
        if order.status != OrderStatus.SHIPPED or any(line.refund in OPEN_REFUNDS for line in order.lines):
            raise Impossible("not_shipped", order.status)
        order.status, order.finished_ms = OrderStatus.FINISHED, world.now()
        world.put_order(order)
        world.tell(shop_key, "order.finished", no)
        return order


def tell_stories(world: World) -> None:
    """What platforms do by themselves."""
    world.stories["close_unpaid"] = lambda about: _drop(close(world, about["shop"], about["no"]))
    world.stories["end_review"] = lambda about: _drop(review(world, about["shop"], about["no"], is_on=False))
    world.stories["receive"] = lambda about: _drop(receive(world, about["shop"], about["no"]))


def _drop(_done: object) -> None:
    return None
