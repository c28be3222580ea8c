"""Pinduoduo's adapter before the simulated platform: what the platform holds for true is what the house hears, field by field."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from danshu.channels.connecting import Basis, ListingKey, Page, RefundAnswer, Refusal, ShopInfo, Span, StockUpdate, Stream
from danshu.channels.connector_errors import BadAnswer, CredentialsExpired, RateLimited, Refused, TemporaryFailure
from danshu.channels.contract import Payment, Progress, Refund
from danshu_simulator import ordering, refunding
from danshu_simulator.fronts.pdd_after_sales import ADDRESS
from danshu_simulator.things import RefundKind
from tests.connectors.facing import order_told, order_truth, refund_told, refund_truth, same

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
PLATFORM = "pdd"


def told(facing, order, *, but=()):
    """One order is one waybill here and its lines have no numbers of their own."""
    true = order_truth(order)
    for position, line in enumerate(true["lines"], 1):
        line["oid"] = str(position)
    incoming = facing.order(order.no)
    same(order_told(incoming), true, but=but)
    return incoming


def test_the_check_says_whose_shop_it_is_and_wrong_secrets_what_is_wrong(facing):
    assert facing.connector.check(facing.access()) == ShopInfo(facing.shop.number, facing.shop.name)
    with pytest.raises(Refused, match="20004"):
        facing.connector.check(facing.access(client_secret="x"))
    with pytest.raises(CredentialsExpired):
        facing.connector.check(facing.access(access_token="x"))


def test_orders_are_the_same_from_payment_to_receipt(facing):
    order = facing.buy(("SIM-001-1", 3), freight_fen=800, message="发顺丰")
    incoming = told(facing, order)
    assert (incoming.receiver.cipher, incoming.receiver.merge_key) == (True, order.receiver.key)
    digest = incoming.digest()
    assert facing.order(order.no).digest() == digest
    facing.pass_time(5)
    ordering.remark(facing.world, facing.shop.key, order.no, memo="已留言", flag="blue")
    told(facing, order)
    ordering.ship(facing.world, facing.shop.key, order.no, courier="44", waybill_no="SF1")
    incoming = told(facing, order)
    assert (incoming.receiver.cipher, incoming.receiver.masked) == (False, True)
    assert incoming.digest() != digest
    ordering.receive(facing.world, facing.shop.key, order.no)
    told(facing, order)


def test_discounts_add_up(facing):
    order = ordering.place(
        facing.world,
        facing.shop.key,
        [ordering.Wanted(2, merchant_code="SIM-001-1", discount_fen=333, platform_discount_fen=77)],
        is_paid=True,
        freight_fen=1,
    )
    incoming = told(facing, order)
    assert incoming.paid_fen == incoming.goods_fen + incoming.freight_fen - incoming.discount_fen
    assert sum(line.paid_fen for line in incoming.lines) == incoming.paid_fen - incoming.freight_fen


def test_an_order_in_review_is_blocked_and_nothing_of_it_is_shipped(facing):
    ordering.change_shop(facing.world, facing.shop.key, options={"review_minutes": 30})
    order = facing.buy()
    incoming = facing.order(order.no)
    assert (incoming.payment, incoming.is_blocked, incoming.receiver.cipher) == (Payment.PAID, True, False)
    result = facing.connector.ship(facing.access(), facing.shipment(order))
    assert (result.refusal, "审核" in result.message) == (Refusal.REJECTED, True)
    facing.pass_time(1801)
    assert told(facing, order).is_blocked is False
    assert facing.connector.ship(facing.access(), facing.shipment(order)).refusal is None


def test_lists_reach_every_order_by_change_and_by_deal(facing):
    numbers = [facing.buy().no for _ in range(5)]
    facing.buy(is_paid=False)
    facing.pass_time(200)
    rows = facing.listed()
    assert sorted(row.no for row in rows) == sorted(numbers)
    assert all(row.modified_at == facing.order(row.no).modified_at for row in rows)
    assert sorted(row.no for row in facing.listed(basis=Basis.CREATED)) == sorted(numbers)


def test_a_span_that_is_too_long_or_too_new_is_refused_and_not_empty(facing):
    facing.pass_time(200)
    good = facing.span()
    for bad in (Span(good.start - timedelta(minutes=30), good.end), Span(good.start, good.end + timedelta(minutes=2))):
        with pytest.raises(Refused):
            facing.connector.list_page(facing.access(), Stream.ORDERS, bad, Page(wants_total=True))


def test_an_unknown_order_is_said_to_be_unknown(facing):
    (fetched,) = facing.connector.fetch(facing.access(), Stream.ORDERS, ["261120-000000000000000"])
    assert (fetched.body, fetched.is_unknown) == (None, True)


def test_a_parcel_is_told_told_again_and_its_number_changed(facing):
    order = facing.buy()
    ship = facing.connector.ship
    assert ship(facing.access(), facing.shipment(order)).refusal is None
    told(facing, order)
    assert ship(facing.access(), facing.shipment(order)).refusal is None  # the platform has exactly this already
    assert ship(facing.access(), facing.shipment(order, waybill_no="SF2")).refusal == Refusal.REJECTED
    change = facing.shipment(order, courier="zto", waybill_no="ZT3", is_change=True, old_waybill_no="SF7712345678901")
    assert ship(facing.access(), change).refusal is None
    assert (order.parcels[0].waybill_no, order.parcels[0].courier) == ("ZT3", "115")
    told(facing, order)


def test_further_parcels_stand_beside_the_first(facing):
    order = facing.buy(("SIM-001-1", 2))
    first = facing.shipment(order, lines=[(order.lines[0].oid, 1)], is_last=False)
    assert facing.connector.ship(facing.access(), first).refusal is None
    second = facing.shipment(order, courier="zto", waybill_no="ZT2", lines=[(order.lines[0].oid, 1)])
    assert facing.connector.ship(facing.access(), second).refusal is None
    assert facing.connector.ship(facing.access(), second).refusal is None
    assert [one.waybill_no for one in facing.order(order.no).parcels] == ["SF7712345678901", "ZT2"]


def test_a_lost_answer_to_a_parcel_is_found_out(facing):
    order = facing.buy()
    facing.strike("time_out_after", "online.send")
    with pytest.raises(TemporaryFailure):
        facing.connector.ship(facing.access(), facing.shipment(order))
    assert facing.connector.ship(facing.access(), facing.shipment(order)).refusal is None
    assert len(order.parcels) == 1


def test_a_wish_for_money_stops_the_parcel(facing):
    order = facing.buy()
    facing.feel(refund_race=1)
    result = facing.connector.ship(facing.access(), facing.shipment(order))
    assert (result.refusal, "售后" in result.message) == (Refusal.REJECTED, True)
    assert facing.order(order.no).refund == Refund.REQUESTED


def test_stock_is_told_and_read_back_and_one_bad_listing_blocks_no_other(facing):
    keys = facing.keys()
    told = [(keys[0], 7), (ListingKey("1", "2"), 5), (keys[1], 0), (ListingKey(keys[2].item_id, "9"), 5)]
    updates = [StockUpdate(key, quantity) for key, quantity in told]
    results = facing.connector.push_stock(facing.access(), updates)
    assert [one.refusal for one in results] == [None, Refusal.UNKNOWN_ITEM, None, Refusal.UNKNOWN_ITEM]
    shown = facing.connector.read_stock(facing.access(), [one.key for one in updates])
    assert [one.quantity for one in shown] == [7, None, 0, None]


@pytest.mark.parametrize("kind", [RefundKind.REFUND, RefundKind.RETURN, RefundKind.EXCHANGE])
def test_refunds_are_the_same_in_the_list_and_alone_in_every_state(facing, kind):
    order = facing.buy(("SIM-001-1", 2))
    ordering.ship(facing.world, facing.shop.key, order.no, courier="44", waybill_no="SF1")
    wish = refunding.ask(facing.world, facing.shop.key, order.no, kind=kind, amount_fen=1234 if kind != RefundKind.EXCHANGE else None)
    for step in ("asked", "agreed", "sent_back", "done"):
        if step == "agreed":
            refunding.answer(facing.world, facing.shop.key, wish.no, agrees=True)
        if step == "sent_back" and kind != RefundKind.REFUND:
            refunding.send_back(facing.world, facing.shop.key, wish.no, waybill_no="SF9")
        if step == "done" and kind != RefundKind.REFUND:
            refunding.answer(facing.world, facing.shop.key, wish.no, agrees=True)
        facing.pass_time(240)
        # an exchange that came back still waits for the seller, and one whose goods are to be sent is agreed to
        but = {"state"} if kind == RefundKind.EXCHANGE and step == "sent_back" else set()
        (row,) = facing.listed(Stream.REFUNDS)
        same(refund_told(facing.connector.refund(row.body)), refund_truth(wish), but=but)
        same(refund_told(facing.refund(wish.no, order.no)), refund_truth(wish), but=but)


def test_refusals_and_withdrawals_are_seen(facing):
    for end in ("refused", "closed"):
        order = facing.buy()
        wish = refunding.ask(facing.world, facing.shop.key, order.no)
        if end == "refused":
            refunding.answer(facing.world, facing.shop.key, wish.no, agrees=False, reason="已发货")
        else:
            refunding.take_back(facing.world, facing.shop.key, wish.no)
        same(refund_told(facing.refund(wish.no, order.no)), refund_truth(wish))
        assert facing.order(order.no).refund == (Refund.REQUESTED if end == "refused" else Refund.NONE)


def answer(facing, wish, **more):
    body = facing.connector.fetch_refund(facing.access(), wish.no, wish.order_no).body
    facing.connector.answer_refund(facing.access(), RefundAnswer(wish.no, wish.order_no, body=body, **more))


def test_a_refund_before_shipping_is_agreed_to_and_closes_the_order(facing):
    order = facing.buy()
    wish = refunding.ask(facing.world, facing.shop.key, order.no)
    answer(facing, wish, agrees=True, reason="同意")
    incoming = facing.order(order.no)
    assert (wish.status, incoming.progress, incoming.refund) == ("done", Progress.CLOSED, Refund.REFUNDED)
    with pytest.raises(Refused):
        answer(facing, wish, agrees=True, reason="同意")


def test_goods_come_back_first_and_then_the_money_goes(facing):
    order = facing.buy()
    ordering.ship(facing.world, facing.shop.key, order.no, courier="44", waybill_no="SF1")
    wish = refunding.ask(facing.world, facing.shop.key, order.no, kind=RefundKind.RETURN)
    with pytest.raises(Refused):
        answer(facing, wish, agrees=True, reason="请寄回")
    answer(facing, wish, agrees=True, reason="请寄回", address_id=str(ADDRESS))
    assert wish.status == "waiting_return"
    refunding.send_back(facing.world, facing.shop.key, wish.no, waybill_no="SF9")
    answer(facing, wish, agrees=True, reason="收到")
    assert wish.status == "done"


def test_receivers_are_decrypted_while_the_order_waits(facing):
    waiting, gone = facing.buy(), facing.buy()
    ordering.ship(facing.world, facing.shop.key, gone.no, courier="44", waybill_no="SF1")
    plain, nothing = facing.connector.decrypt(facing.access(), [facing.body(waiting.no), facing.body(gone.no)])
    who = waiting.receiver
    assert (plain.name, plain.phone, plain.address) == (who.name, who.phone, f"{who.town}{who.address}")
    assert nothing is None


def test_access_is_granted_renewed_and_ends(facing):
    connector = facing.connector
    url = connector.authorize_url(facing.access(), redirect="http://127.0.0.1:9/back", state="s1")
    back = parse_qs(urlsplit(httpx.get(url).headers["location"]).query)
    assert back["state"] == ["s1"]
    grant = connector.exchange(facing.access(access_token=""), code=back["code"][0], redirect="http://127.0.0.1:9/back")
    assert (grant.access_token, grant.platform_shop_id) == (facing.shop.access_token, facing.shop.number)
    renewed = connector.refresh(facing.access())
    assert renewed.access_token == facing.shop.access_token != grant.access_token
    for old in ({"code": back["code"][0]}, {"code": "x"}):
        with pytest.raises((Refused, CredentialsExpired)):
            connector.exchange(facing.access(), redirect="", **old)
    ordering.expire_token(facing.world, facing.shop.key, with_refresh=True)
    with pytest.raises(CredentialsExpired):
        connector.check(facing.access())
    with pytest.raises((Refused, CredentialsExpired)) as failed:
        connector.refresh(facing.access())
    assert not failed.value.is_passing


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        ("rate_limited", RateLimited),
        ("expired", CredentialsExpired),
        ("system_error", TemporaryFailure),
        ("http_502", TemporaryFailure),
        ("time_out", TemporaryFailure),
        ("reset", TemporaryFailure),
        ("garbage", BadAnswer),
        ("truncated", BadAnswer),
        ("empty", BadAnswer),
    ],
)
def test_what_goes_wrong_is_never_an_empty_list(facing, trouble, kind):
    facing.buy()
    facing.pass_time(200)
    facing.strike(trouble)
    with pytest.raises(kind):
        facing.connector.list_page(facing.access(), Stream.ORDERS, facing.span(), Page(wants_total=True))
    assert len(facing.listed()) == 1
