"""One shop of the simulator with our adapter before it, and what has to be the same on both sides."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from danshu.channels import registry
from danshu.channels.connecting import Basis, ListingKey, Page, Paging, Shipment, ShippedLine, ShopAccess, Span, Stream
from danshu.channels.contract import Payment, Progress, RefundKind, RefundState
from danshu.fulfilment import couriers
from danshu_simulator import goods, ordering, truth
from danshu_simulator.moods import Mood

KEYS = {"client_id", "app_key", "app_id", "consumer_key"}  # how fields call the simulator's app_key
SECRETS = {"client_secret", "app_secret", "consumer_secret", "sign_secret"}
FRONTS = {"tmall": "taobao"}  # adapters that share a platform
MOST_PAGES = 50


class Facing:
    def __init__(self, simulator, platform, *, count=3, stock=100, **given):
        self.simulator, self.world, self.platform = simulator, simulator.world, platform
        self.front = FRONTS.get(platform, platform)
        self.connector = registry.load(platform)
        self.shop = ordering.open_shop(self.world, self.front, **given)
        ordering.put_up(self.world, self.shop.key, goods.invented(count, Random(7), stock=stock))

    # --- our side ---

    def access(self, **instead):
        """The shop's own credentials, by the names that the adapter gives them."""
        fields = {field.name for field in self.connector.fields}
        own = dict.fromkeys(fields & KEYS, self.shop.app_key) | dict.fromkeys(fields & SECRETS, self.shop.app_secret)
        own |= {"access_token": self.shop.access_token, "refresh_token": self.shop.refresh_token, "platform_shop_id": self.shop.number}
        gateway = self.simulator.gateway(self.front)
        return ShopAccess(1, self.platform, self.shop.name, credentials=own | instead, gateway=gateway, is_urgent=True)

    def span(self, *, back=timedelta(minutes=20), stream=Stream.ORDERS, basis=Basis.MODIFIED):
        """What an engine would ask now: up to now less the lag of the list."""
        reading = self.connector.abilities.streams[stream]
        end = datetime.fromtimestamp(self.world.now() // 1000, UTC) + timedelta(seconds=0 if reading.lag else 1) - reading.lag
        return Span(end - min(back, reading.span), end, basis)

    def listed(self, stream=Stream.ORDERS, *, basis=Basis.MODIFIED, span=None):
        """Every row of a span, read as the adapter says it is to be read."""
        span, paging = span or self.span(stream=stream, basis=basis), self.connector.abilities.streams[stream].paging
        access, rows = self.access(), []
        if paging == Paging.BACKWARD:
            first = self.connector.list_page(access, stream, span, Page(1, wants_total=True))
            pages = -(-(first.total or 0) // self.connector.abilities.streams[stream].page_size)
            for number in range(pages, 0, -1):
                rows += self.connector.list_page(access, stream, span, Page(number)).rows
            return rows
        page = Page(1, wants_total=True)
        for number in range(2, MOST_PAGES):
            found = self.connector.list_page(access, stream, span, page)
            rows += found.rows
            if not found.has_more:
                return rows
            page = Page(number, cursor=found.cursor)
        raise AssertionError("a list without an end")

    def body(self, no):
        (fetched,) = self.connector.fetch(self.access(), Stream.ORDERS, [no])
        assert fetched.body is not None, fetched
        return fetched.body

    def order(self, no):
        return self.connector.order(self.body(no))

    def refund(self, no, order_no):
        fetched = self.connector.fetch_refund(self.access(), no, order_no)
        assert fetched.body is not None, fetched
        return self.connector.refund(fetched.body)

    def shipment(self, order, *, courier="sf", waybill_no="SF7712345678901", lines=(), **more):
        known = couriers.table()[courier]
        inside = tuple(
            ShippedLine(one.oid, ListingKey(one.item_id, one.sku_id), pieces) for one, pieces in ((order.line(oid), n) for oid, n in lines)
        )
        return Shipment(order.no, courier, known.name, waybill_no, codes=known.codes, lines=inside, **more)

    def keys(self):
        items = self.world.books[self.shop.key].items.values()
        return [ListingKey(item.item_id, sku.sku_id) for item in items for sku in item.skus]

    # --- the other side ---

    def buy(self, *wanted, **more):
        """An order, paid unless it is said otherwise; of (code, quantity) pairs."""
        lines = [ordering.Wanted(quantity, merchant_code=code) for code, quantity in wanted or [("SIM-001-1", 1)]]
        return ordering.place(self.world, self.shop.key, lines, **{"is_paid": True} | more)

    def feel(self, **mood):
        with self.world.changing():
            self.world.put_mood(self.shop.key, Mood.load({"hang_seconds": 0.1, "slow_seconds": 0.1} | mood))

    def strike(self, trouble, call="", times=1):
        self.feel(strikes=[{"trouble": trouble, "call": call, "times": times}])

    def pass_time(self, seconds):
        self.world.advance(seconds)


def at(ms):
    """The platform's second; None = not yet."""
    return datetime.fromtimestamp(ms // 1000, UTC) if ms else None


PROGRESS = {
    "unpaid": Progress.WAITING,
    "paid": Progress.WAITING,
    "part_shipped": Progress.PART_SHIPPED,
    "shipped": Progress.SHIPPED,
    "finished": Progress.DELIVERED,
    "closed": Progress.CLOSED,
}
KINDS = {"refund": RefundKind.REFUND_ONLY, "return": RefundKind.RETURN, "exchange": RefundKind.EXCHANGE, "resend": RefundKind.RESEND}
STATES = {
    "asked": RefundState.ASKED,
    "waiting_return": RefundState.WAITING_RETURN,
    "returned": RefundState.RETURNED,
    "waiting_resend": RefundState.AGREED,
    "refused": RefundState.REFUSED,
    "done": RefundState.DONE,
    "closed": RefundState.CLOSED,
}


def order_truth(order):
    """What is so, field by field; leave out with `but` what a platform does not tell."""
    plain = truth.order(order)
    return {
        "platform_no": plain["no"],
        "payment": Payment.PAID if plain["paid_ms"] else Payment.UNPAID,
        "progress": PROGRESS[plain["status"]],
        "placed_at": at(plain["placed_ms"]),
        "paid_at": at(plain["paid_ms"]),
        "shipped_at": at(plain["shipped_ms"]),
        "finished_at": at(plain["finished_ms"]),
        "modified_at": at(plain["updated_ms"]),
        "ship_by": at(plain["ship_by_ms"]),
        "buyer_message": plain["buyer_message"],
        "seller_memo": plain["seller_memo"],
        "flag": plain["flag"],
        "goods_fen": plain["goods_fen"],
        "freight_fen": plain["freight_fen"],
        "discount_fen": plain["discount_fen"] + plain["platform_discount_fen"],
        "paid_fen": plain["to_pay_fen"],
        "place": [plain["receiver"][name] for name in ("province", "city", "district")],
        "parcels": [one["waybill_no"] for one in plain["parcels"]],
        "lines": [
            {
                "oid": one["oid"],
                "item_id": one["item_id"],
                "sku_id": one["sku_id"],
                "merchant_code": one["merchant_code"],
                "title": one["title"],
                "spec": one["spec"],
                "quantity": one["quantity"],
                "price_fen": one["price_fen"],
                "paid_fen": one["paid_fen"],
            }
            for one in plain["lines"]
        ],
    }


def order_told(incoming):
    names = [name for name in order_truth_names() if name not in {"place", "parcels", "lines"}]
    line_names = ("oid", "item_id", "sku_id", "merchant_code", "title", "spec", "quantity", "price_fen", "paid_fen")
    return {name: getattr(incoming, name) for name in names} | {
        "place": [getattr(incoming.receiver, name) for name in ("province", "city", "district")],
        "parcels": [one.waybill_no for one in incoming.parcels],
        "lines": [{name: getattr(line, name) for name in line_names} for line in incoming.lines],
    }


def order_truth_names():
    return (
        "platform_no", "payment", "progress", "placed_at", "paid_at", "shipped_at", "finished_at", "modified_at", "ship_by",
        "buyer_message", "seller_memo", "flag", "goods_fen", "freight_fen", "discount_fen", "paid_fen", "place", "parcels", "lines",
    )  # fmt: skip


def refund_truth(refund):
    has_money = refund.kind in {"refund", "return"}
    return {
        "refund_no": refund.no,
        "platform_no": refund.order_no,
        "kind": KINDS[refund.kind],
        "state": STATES[refund.status],
        "amount_fen": refund.amount_fen if has_money else 0,
        "quantity": sum(refund.pieces.values()),
        "reason": refund.reason,
        "asked_at": at(refund.created_ms),
        "modified_at": at(refund.updated_ms),
        "return_waybill_no": refund.waybill_no,
    }


def refund_told(incoming):
    names = ("refund_no", "platform_no", "kind", "state", "amount_fen", "quantity", "reason", "asked_at", "modified_at")
    return {name: getattr(incoming, name) for name in (*names, "return_waybill_no")}


def same(told, true, *, but=()):
    """Both without what a platform does not tell; the difference is what pytest shows."""
    assert {name: value for name, value in told.items() if name not in but} == {
        name: value for name, value in true.items() if name not in but
    }
