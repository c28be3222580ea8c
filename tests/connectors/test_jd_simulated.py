"""JD's adapter before the simulated platform: what the platform holds for true is what the house hears."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from danshu.channels.connecting import Basis, ListingKey, RefundAnswer, Refusal, ShopInfo, StockUpdate, Stream
from danshu.channels.connector_errors import BadAnswer, CredentialsExpired, RateLimited, Refused, TemporaryFailure
from danshu.channels.contract import Payment, Progress, Refund, RefundState
from danshu_simulator import ordering, refunding
from danshu_simulator.things import OrderStatus, RefundStatus
from tests.connectors.facing import at, order_told, order_truth, refund_told, refund_truth, same

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
PLATFORM = "jd"


def told(facing, order):
    """JD has no sub-orders, writes the spec behind the title and provinces without 省, and gives no time limit."""
    true = order_truth(order)
    for position, line in enumerate(true["lines"], 1):
        line |= {"oid": str(position), "title": f"{line['title']} {line['spec']}", "spec": ""}
    true["place"][0] = true["place"][0].removesuffix("省").removesuffix("自治区").removesuffix("壮族").removesuffix("维吾尔")
    incoming = facing.order(order.no)
    assert incoming.finished_at == (true["finished_at"] or at(order.closed_ms))
    same(order_told(incoming), true, but=("ship_by", "finished_at"))
    return incoming


def ask(facing, order, **more):
    return refunding.ask(facing.world, facing.shop.key, order.no, **more)


def test_the_check_says_whose_shop_it_is_and_wrong_secrets_what_is_wrong(facing):
    assert facing.connector.check(facing.access()) == ShopInfo(facing.shop.number, facing.shop.name)
    with pytest.raises(Refused, match="无效签名"):
        facing.connector.check(facing.access(app_secret="x"))
    with pytest.raises(CredentialsExpired):
        facing.connector.check(facing.access(access_token="x"))


def test_orders_are_the_same_from_payment_to_receipt(facing):
    wanted = [
        ordering.Wanted(2, merchant_code="SIM-001-2", discount_fen=150, platform_discount_fen=70),
        ordering.Wanted(1, merchant_code="SIM-002-1"),
    ]
    order = ordering.place(facing.world, facing.shop.key, wanted, is_paid=True, freight_fen=600, message="尽快发货，谢谢")
    incoming = told(facing, order)
    assert (incoming.receiver.cipher, incoming.receiver.merge_key) == (True, order.receiver.key)
    ordering.remark(facing.world, facing.shop.key, order.no, memo="送贺卡", flag="red")
    told(facing, order)
    ordering.ship(facing.world, facing.shop.key, order.no, courier="467", waybill_no="SF7712345678901")
    told(facing, order)
    ordering.receive(facing.world, facing.shop.key, order.no)
    told(facing, order)


def test_orders_that_must_not_go(facing):
    asked, held = facing.buy(), facing.buy()
    ask(facing, asked)
    assert (told(facing, asked).refund, facing.order(asked.no).status_text) == (Refund.REQUESTED, "已锁定")
    ordering.review(facing.world, facing.shop.key, held.no)
    assert (facing.order(held.no).payment, facing.order(held.no).is_blocked) == (Payment.PAID, True)
    for order in (asked, held):
        assert facing.connector.ship(facing.access(), facing.shipment(order)).refusal == Refusal.REJECTED
    refunding.answer(facing.world, facing.shop.key, asked.refund_nos[0], agrees=True)
    assert facing.order(asked.no).progress == Progress.CLOSED
    assert facing.connector.fetch(facing.access(), Stream.ORDERS, ["1"])[0].is_unknown


def test_lists_bring_every_row(facing):
    assert facing.listed() == facing.listed(Stream.REFUNDS) == []
    made = {facing.buy().no for _ in range(99)}
    never = facing.buy(is_paid=False)
    assert sorted(row.no for row in facing.listed()) == sorted(made)
    facing.pass_time(1900)
    assert never.status == OrderStatus.CLOSED
    assert never.no in {row.no for row in facing.listed(span=facing.span(back=timedelta(minutes=5)))}
    by_creation = facing.span(basis=Basis.CREATED, back=timedelta(hours=2))
    assert {row.no for row in facing.listed(basis=Basis.CREATED, span=by_creation)} == made | {never.no}


def test_parcels_are_told_once(facing):
    order = facing.buy()
    ship, access = facing.connector.ship, facing.access()
    assert ship(access, facing.shipment(order)).refusal is None
    assert (order.status, order.parcels[0].courier, order.parcels[0].waybill_no) == (OrderStatus.SHIPPED, "467", "SF7712345678901")
    assert ship(access, facing.shipment(order)).refusal is None  # told already
    other = facing.shipment(order, courier="zto", waybill_no="78900000001")
    assert ship(access, other).refusal == Refusal.REJECTED
    assert ship(access, dataclasses.replace(other, platform_no="1")).refusal == Refusal.UNKNOWN_ITEM
    assert not facing.connector.abilities.can_ship_parts


def test_stock_is_told_and_read_back(facing):
    keys, unknown = facing.keys(), [ListingKey("1", "2"), ListingKey(facing.keys()[0].item_id)]
    results = facing.connector.push_stock(facing.access(), [StockUpdate(one, number) for number, one in enumerate(keys + unknown)])
    assert [result.refusal for result in results] == [None] * len(keys) + [Refusal.UNKNOWN_ITEM] * 2
    shown = facing.connector.read_stock(facing.access(), keys + unknown)
    assert [one.quantity for one in shown] == [*range(len(keys)), None, None]


def answer(facing, refund, *, agrees=True, reason=""):
    facing.connector.answer_refund(facing.access(), RefundAnswer(refund.no, refund.order_no, agrees, reason))


def seen(facing, refund):
    """JD says nothing of pieces, and of a change what was asked or answered."""
    incoming = facing.refund(refund.no, refund.order_no)
    same(refund_told(incoming), refund_truth(refund), but=("quantity", "modified_at"))
    return incoming


def test_cancellations_are_seen_and_answered(facing):
    first, second, third = (ask(facing, facing.buy(), reason="拍错了") for _ in range(3))
    assert {row.no for row in facing.listed(Stream.REFUNDS)} == {first.no, second.no, third.no}
    assert seen(facing, first).is_before_shipping
    answer(facing, first)
    assert (first.status, seen(facing, first).state) == (RefundStatus.DONE, RefundState.DONE)
    answer(facing, second, agrees=False, reason="已经打包")
    assert (second.status, second.refuse_reason) == (RefundStatus.REFUSED, "已经打包")
    assert seen(facing, second).state == RefundState.REFUSED
    refunding.take_back(facing.world, facing.shop.key, third.no)
    assert seen(facing, third).state == RefundState.CLOSED
    with pytest.raises(Refused, match="已审核"):
        answer(facing, first)
    assert facing.connector.fetch(facing.access(), Stream.REFUNDS, ["1"])[0].is_unknown


def test_an_answer_given_later_is_found(facing):
    wish = ask(facing, facing.buy())
    facing.pass_time(7200)
    assert facing.listed(Stream.REFUNDS) == []
    refunding.answer(facing.world, facing.shop.key, wish.no, agrees=True)
    assert [row.no for row in facing.listed(Stream.REFUNDS)] == [wish.no]
    other = ask(facing, facing.buy())
    facing.pass_time(7200)
    refunding.answer(facing.world, facing.shop.key, other.no, agrees=False)
    assert [row.no for row in facing.listed(Stream.REFUNDS)] == [other.no]


def test_what_a_buyer_withdraws_after_a_refusal_is_as_old_as_the_refusal(facing):
    """It stands in neither list, and asked for by its number it still says when it was answered: no older than what is known."""
    wish = ask(facing, facing.buy())
    facing.pass_time(60)
    refunding.answer(facing.world, facing.shop.key, wish.no, agrees=False, reason="已经发出")
    refused = seen(facing, wish)
    facing.pass_time(7200)
    refunding.take_back(facing.world, facing.shop.key, wish.no)
    closed = seen(facing, wish)
    assert facing.listed(Stream.REFUNDS) == []
    assert (refused.state, closed.state) == (RefundState.REFUSED, RefundState.CLOSED)
    assert closed.modified_at == refused.modified_at > closed.asked_at


def test_access_is_granted_and_prolonged(facing):
    asked = facing.connector.authorize_url(facing.access(), redirect="http://127.0.0.1:9/back", state="s1")
    back = parse_qs(urlsplit(httpx.get(asked).headers["location"]).query)
    assert back["state"] == ["s1"]
    grant = facing.connector.exchange(facing.access(), code=back["code"][0], redirect="http://127.0.0.1:9/back")
    assert (grant.access_token, grant.platform_shop_id) == (facing.shop.access_token, facing.shop.number)
    with pytest.raises(Refused, match="code"):
        facing.connector.exchange(facing.access(), code="x", redirect="")
    assert facing.connector.refresh(facing.access()).access_token == grant.access_token  # too early: nothing happens
    facing.pass_time(364 * 86_400 + 60)
    renewed = facing.connector.refresh(facing.access())
    assert renewed.access_token == facing.shop.access_token != grant.access_token
    facing.pass_time(366 * 86_400)
    with pytest.raises(CredentialsExpired):
        facing.connector.refresh(facing.access())


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


def test_a_parcel_whose_answer_was_lost_is_told_once(facing):
    order = facing.buy()
    facing.strike("reset_after", "shipment")
    with pytest.raises(TemporaryFailure):
        facing.connector.ship(facing.access(), facing.shipment(order))
    assert order.status == OrderStatus.SHIPPED
    assert facing.connector.ship(facing.access(), facing.shipment(order)).refusal is None
