"""Kuaishou's adapter before the simulated platform: what the platform holds for true is what the house hears."""

from __future__ import annotations

import base64
import dataclasses
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from danshu.channels.connecting import Basis, Call, ListingKey, Pointer, Refusal, ShopInfo, StockUpdate, Stream
from danshu.channels.connector_errors import BadAnswer, BadCall, CredentialsExpired, RateLimited, Refused, TemporaryFailure
from danshu.channels.contract import Payment, Progress, Refund, RefundState
from danshu_simulator import ordering, refunding
from danshu_simulator.fronts.kuaishou_bodies import open_id
from danshu_simulator.tests.conftest import Listener
from danshu_simulator.things import OrderStatus, RefundKind, RefundStatus
from tests.connectors.facing import order_told, order_truth, refund_told, refund_truth, same

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
PLATFORM = "kuaishou"
KEY = base64.b64encode(bytes(range(16))).decode()


def told(facing, order):
    """What the platform gives of a price is in what the seller gets; moments are whole milliseconds."""
    true = order_truth(order)
    true["paid_fen"] += order.platform_discount_fen
    true["discount_fen"] -= order.platform_discount_fen
    true["lines"][0]["paid_fen"] += order.platform_discount_fen
    incoming = facing.order(order.no)
    same(_seconds(order_told(incoming)), true)
    return incoming


def _seconds(values):
    return {name: value.replace(microsecond=0) if isinstance(value, datetime) else value for name, value in values.items()}


def ask(facing, order, **more):
    return refunding.ask(facing.world, facing.shop.key, order.no, **more)


def sent(facing, order):
    ordering.ship(facing.world, facing.shop.key, order.no, courier="4", waybill_no="SF7712345678901")
    return order


def test_the_check_says_whose_shop_it_is_and_wrong_secrets_what_is_wrong(facing):
    assert facing.connector.check(facing.access()) == ShopInfo(open_id(facing.shop), facing.shop.name)
    with pytest.raises(Refused, match="签名"):
        facing.connector.check(facing.access(sign_secret="x"))
    with pytest.raises(CredentialsExpired):
        facing.connector.check(facing.access(access_token="x"))
    facing.shop.options["is_revoked"] = True
    with pytest.raises(CredentialsExpired, match="REVOKED"):
        facing.connector.check(facing.access())


def test_orders_are_the_same_from_the_basket_to_receipt(facing):
    wanted = [
        ordering.Wanted(2, merchant_code="SIM-001-2", discount_fen=150, platform_discount_fen=70),
        ordering.Wanted(1, merchant_code="SIM-002-1"),
    ]
    order = ordering.place(facing.world, facing.shop.key, wanted, freight_fen=600, message="尽快发货，谢谢")
    told(facing, order)
    other = facing.world.order(facing.shop.key, order.more["paid_with"][0])
    ordering.pay(facing.world, facing.shop.key, order.no)
    incoming = told(facing, order)
    told(facing, other)
    assert (incoming.receiver.masked, incoming.receiver.merge_key) == (True, order.receiver.key)
    ordering.remark(facing.world, facing.shop.key, order.no, memo="送贺卡", flag="red")
    told(facing, order)
    sent(facing, order)
    told(facing, order)
    ordering.receive(facing.world, facing.shop.key, order.no)
    told(facing, order)
    never = facing.buy(is_paid=False)
    facing.pass_time(1900)
    assert told(facing, never).payment == Payment.UNPAID
    assert facing.connector.fetch(facing.access(), Stream.ORDERS, ["1"])[0].is_unknown


def test_lists_bring_every_row(facing):
    assert facing.listed() == facing.listed(Stream.REFUNDS) == []
    for _ in range(51):
        facing.buy(("SIM-001-1", 1), ("SIM-002-1", 1))  # an order each
    made = set(facing.world.books[facing.shop.key].orders)
    rows = facing.listed()
    assert sorted(row.no for row in rows) == sorted(made)
    assert all(facing.connector.order(row.body).platform_no == row.no for row in rows)
    facing.pass_time(7200)
    assert facing.listed() == []
    ordering.urge(facing.world, facing.shop.key, rows[7].no)
    assert [row.no for row in facing.listed()] == [rows[7].no]
    by_creation = facing.span(basis=Basis.CREATED, back=timedelta(hours=4))
    assert {row.no for row in facing.listed(basis=Basis.CREATED, span=by_creation)} == made


def test_lists_that_move_and_repeat_lose_nothing(facing):
    for code in ("SIM-001-1", "SIM-002-1"):
        for _ in range(60):
            facing.buy((code, 1))
    made = set(facing.world.books[facing.shop.key].orders)
    facing.feel(duplicates=1, shuffles=1, moves=1)
    assert {row.no for row in facing.listed()} == made


def test_receivers_are_decrypted(facing):
    orders = [facing.buy() for _ in range(40)]  # more cipher texts than one question takes
    bodies = [facing.body(order.no) for order in orders]
    for order, plain in zip(orders, facing.connector.decrypt(facing.access(), bodies), strict=True):
        who = order.receiver
        assert (plain.name, plain.phone, plain.address) == (who.name, who.phone, who.town + who.address)
        assert (plain.district, plain.merge_key) == (who.district, who.key)


def test_orders_that_must_not_go(facing):
    asked, held = facing.buy(), facing.buy()
    ask(facing, asked)
    ordering.review(facing.world, facing.shop.key, held.no)
    assert told(facing, asked).refund == Refund.REQUESTED
    assert "不允许发货" in told(facing, held).status_text
    for order in (asked, held):
        assert facing.connector.ship(facing.access(), facing.shipment(order)).refusal == Refusal.REJECTED
    refunding.answer(facing.world, facing.shop.key, asked.refund_nos[0], agrees=True)
    closed = facing.order(asked.no)
    assert (closed.progress, closed.refund, closed.payment) == (Progress.CLOSED, Refund.REFUNDED, Payment.PAID)


# --- parcels -------------------------------------------------------------------------------------------------------------------


def test_parcels_are_told_once_and_changed(facing):
    order, access, ship = facing.buy(), facing.access(), facing.connector.ship
    assert ship(access, facing.shipment(order)).refusal is None
    assert (order.status, order.parcels[0].courier, order.parcels[0].waybill_no) == (OrderStatus.SHIPPED, "4", "SF7712345678901")
    assert ship(access, facing.shipment(order)).refusal is None  # told already
    change = facing.shipment(order, courier="zto", waybill_no="78900000001", is_change=True, old_waybill_no="SF7712345678901")
    for _ in range(2):
        assert ship(access, change).refusal is None
    assert [(one.courier, one.waybill_no) for one in order.parcels] == [("9", "78900000001")]
    assert ship(access, facing.shipment(order, waybill_no="SF7712345678902")).refusal is None  # a further parcel
    assert [one.waybill_no for one in order.parcels] == ["78900000001", "SF7712345678902"]
    second = dataclasses.replace(change, waybill_no="78900000002", old_waybill_no="SF7712345678902")
    assert ship(access, second).refusal is None
    assert [one.waybill_no for one in order.parcels] == ["78900000001", "78900000002"]
    told(facing, order)
    assert ship(access, dataclasses.replace(facing.shipment(order), platform_no="1")).refusal == Refusal.UNKNOWN_ITEM
    assert ship(access, facing.shipment(facing.buy(), waybill_no="?")).refusal == Refusal.REJECTED


def test_orders_leave_in_parts(facing):
    order, access, ship = facing.buy(("SIM-001-1", 3)), facing.access(), facing.connector.ship
    oid = facing.order(order.no).lines[0].oid
    first = facing.shipment(order, lines=[(oid, 1)], is_last=False)
    assert ship(access, first).refusal is None
    assert told(facing, order).progress == Progress.PART_SHIPPED
    assert ship(access, first).refusal is None  # told already
    assert ship(access, facing.shipment(order, waybill_no="SF2222222222", lines=[(oid, 3)], is_last=True)).refusal == Refusal.REJECTED
    assert ship(access, facing.shipment(order, waybill_no="SF2222222222", lines=[(oid, 2)], is_last=True)).refusal is None
    assert told(facing, order).progress == Progress.SHIPPED


@pytest.mark.parametrize("lines", [False, True])
def test_a_parcel_whose_answer_was_lost_is_told_once(facing, lines):
    order = facing.buy(("SIM-001-1", 2))
    facing.strike("reset_after", "deliver")
    shipment = facing.shipment(order, lines=[(order.no, 1)] if lines else (), is_last=not lines)
    with pytest.raises(TemporaryFailure):
        facing.connector.ship(facing.access(), shipment)
    assert facing.connector.ship(facing.access(), shipment).refusal is None
    assert len(order.parcels) == 1


# --- stock ---------------------------------------------------------------------------------------------------------------------


def test_stock_is_told_and_read_back(facing):
    keys, access = facing.keys(), facing.access()
    unknown = [ListingKey("1", "2"), ListingKey(keys[0].item_id, "2"), ListingKey(keys[0].item_id)]
    for base in (0, 150):
        updates = [StockUpdate(one, base + number) for number, one in enumerate(keys + unknown)]
        refusals = [result.refusal for result in facing.connector.push_stock(access, updates)]
        assert refusals == [None] * len(keys) + [Refusal.UNKNOWN_ITEM] * 3
        shown = facing.connector.read_stock(access, keys + unknown)
        assert [one.quantity for one in shown] == [*range(base, base + len(keys)), None, None, None]


def test_a_stock_answer_that_was_lost_counts_once(facing):
    key, access = facing.keys()[0], facing.access()
    facing.strike("reset_after", "stock.update")
    (result,) = facing.connector.push_stock(access, [StockUpdate(key, 130)])
    assert result.refusal == Refusal.TEMPORARY
    assert facing.connector.push_stock(access, [StockUpdate(key, 130)])[0].refusal is None
    assert facing.connector.read_stock(access, [key])[0].quantity == 130


# --- refunds -------------------------------------------------------------------------------------------------------------------


def seen(facing, refund):
    """Pieces are told of goods that come back."""
    incoming = facing.refund(refund.no, refund.order_no)
    same(_seconds(refund_told(incoming)), refund_truth(refund), but={"quantity"} if refund.kind == RefundKind.REFUND else ())
    return incoming


def test_refunds_are_seen(facing):
    money = ask(facing, facing.buy(), reason="拍错了")
    goods = ask(facing, sent(facing, facing.buy(("SIM-001-1", 2))), kind=RefundKind.RETURN)
    other = ask(facing, sent(facing, facing.buy()), kind=RefundKind.EXCHANGE)
    rows = {row.no: row for row in facing.listed(Stream.REFUNDS)}
    assert set(rows) == {money.no, goods.no, other.no}
    assert [rows[refund.no].body is None for refund in (money, goods, other)] == [False, True, True]  # too little is said of goods
    assert facing.connector.refund(rows[money.no].body) == facing.refund(money.no, money.order_no)
    for refund in (money, goods, other):
        seen(facing, refund)
    refunding.answer(facing.world, facing.shop.key, money.no, agrees=True)
    assert seen(facing, money).state == RefundState.DONE
    refunding.answer(facing.world, facing.shop.key, other.no, agrees=False, reason="已使用")
    assert seen(facing, other).state == RefundState.REFUSED
    refunding.answer(facing.world, facing.shop.key, goods.no, agrees=True)
    assert seen(facing, goods).state == RefundState.WAITING_RETURN
    refunding.send_back(facing.world, facing.shop.key, goods.no, waybill_no="SF99")
    assert seen(facing, goods).state == RefundState.RETURNED
    refunding.take_back(facing.world, facing.shop.key, other.no)
    assert seen(facing, other).state == RefundState.CLOSED
    assert facing.connector.fetch(facing.access(), Stream.REFUNDS, ["1"])[0].is_unknown
    assert not facing.connector.abilities.can_answer_refunds
    assert goods.status == RefundStatus.RETURNED


# --- access and messages -------------------------------------------------------------------------------------------------------


def test_access_is_granted_and_prolonged(facing):
    asked = facing.connector.authorize_url(facing.access(), redirect="http://127.0.0.1:9/back", state="s1")
    back = parse_qs(urlsplit(httpx.get(asked).headers["location"]).query)
    assert back["state"] == ["s1"]
    grant = facing.connector.exchange(facing.access(), code=back["code"][0], redirect="http://127.0.0.1:9/back")
    assert (grant.access_token, grant.platform_shop_id) == (facing.shop.access_token, open_id(facing.shop))
    with pytest.raises(Refused, match="code"):
        facing.connector.exchange(facing.access(), code=back["code"][0], redirect="")
    before = facing.access()
    facing.pass_time(86_400)
    renewed = facing.connector.refresh(before)
    assert renewed.refresh_token == facing.shop.refresh_token != grant.refresh_token
    assert abs((grant.refresh_expires_at - renewed.refresh_expires_at) - timedelta(days=1)) < timedelta(seconds=5)
    assert facing.connector.check(before).name  # the old token lives on
    with pytest.raises(CredentialsExpired, match="discarded"):
        facing.connector.refresh(before)
    facing.pass_time(180 * 86_400)
    with pytest.raises(CredentialsExpired):
        facing.connector.refresh(facing.access())


def test_messages_say_what_to_pull(facing):
    access = facing.access(message_key=KEY, platform_shop_id=open_id(facing.shop))
    listener = Listener()
    listener.body = b'{"result":1}'
    ordering.change_shop(facing.world, facing.shop.key, callback={"url": listener.url, "key": KEY})
    order = facing.buy()
    refund = ask(facing, order)
    facing.simulator.pusher.flush()
    heard = [facing.connector.receive(access, Call("POST", {}, headers, body)) for headers, body, _query in listener.came]
    about_order, about_wish = (Pointer(Stream.ORDERS, order.no),), (Pointer(Stream.REFUNDS, refund.no),)
    assert [received.pointers for received in heard] == [(), about_order, about_order, about_wish]
    assert {(received.status, received.body) for received in heard} == {(200, b'{"result":1}')}
    headers, body, _query = listener.came[-1]
    other = dataclasses.replace(access, credentials=dict(access.credentials) | {"message_key": base64.b64encode(bytes(16)).decode()})
    with pytest.raises(BadCall):
        facing.connector.receive(other, Call("POST", {}, headers, body))


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        ("rate_limited", RateLimited),
        ("expired", CredentialsExpired),
        ("system_error", TemporaryFailure),
        ("http_502", TemporaryFailure),
        ("reset", TemporaryFailure),
        ("garbage", BadAnswer),
        ("truncated", BadAnswer),
        ("empty", BadAnswer),
    ],
)
def test_troubles_are_told_apart_and_are_no_empty_list(facing, trouble, error):
    facing.buy()
    facing.strike(trouble)
    with pytest.raises(error):
        facing.listed()
