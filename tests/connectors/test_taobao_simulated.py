"""The adapter of Taobao and Tmall before the simulated platform: what the platform holds for true is what the house hears."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from danshu.channels import registry
from danshu.channels.connecting import Basis, ListingKey, RefundAnswer, Refusal, ShopInfo, StockUpdate, Stream
from danshu.channels.connector_errors import BadAnswer, CredentialsExpired, RateLimited, Refused, TemporaryFailure
from danshu.channels.contract import Payment, Refund, RefundKind, RefundState
from danshu_simulator import goods, ordering, refunding
from danshu_simulator.things import OrderStatus, RefundStatus
from danshu_simulator.things import RefundKind as Kind
from tests.connectors.facing import Facing, at, order_told, order_truth, refund_told, refund_truth, same

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
PLATFORM = "taobao"


def told(facing, order):
    """TOP names the property before a spec, no time limit of an order that was just paid, and one end for all orders."""
    true = order_truth(order)
    for line in true["lines"]:
        line["spec"] = f"规格:{line['spec']}" if line["sku_id"] else ""
    incoming = facing.order(order.no)
    assert incoming.finished_at == (true["finished_at"] or at(order.closed_ms))
    same(order_told(incoming), true, but=("ship_by", "finished_at"))
    return incoming


def two_lines(facing, **more):
    wanted = [
        ordering.Wanted(2, merchant_code="SIM-001-2", discount_fen=150, platform_discount_fen=70),
        ordering.Wanted(1, merchant_code="SIM-002-1"),
    ]
    return ordering.place(facing.world, facing.shop.key, wanted, **{"is_paid": True} | more)


def sent(facing, *wanted):
    order = facing.buy(*wanted)
    return ordering.ship(facing.world, facing.shop.key, order.no, courier="SF", waybill_no="SF7712345678901")


def test_the_check_says_whose_shop_it_is_and_wrong_secrets_what_is_wrong(facing):
    assert facing.connector.check(facing.access()) == ShopInfo(facing.shop.number, facing.shop.name)
    with pytest.raises(Refused, match="25"):
        facing.connector.check(facing.access(app_secret="x"))
    with pytest.raises(CredentialsExpired):
        facing.connector.check(facing.access(access_token="x"))


def test_orders_are_the_same_from_payment_to_receipt(facing):
    order = two_lines(facing, freight_fen=600, message="尽快发货，谢谢", is_paid=False)
    told(facing, order)
    ordering.pay(facing.world, facing.shop.key, order.no)
    incoming = told(facing, order)
    assert (incoming.receiver.masked, incoming.receiver.merge_key) == (True, order.receiver.key)
    ordering.remark(facing.world, facing.shop.key, order.no, memo="送贺卡", flag="red")
    told(facing, order)
    ordering.ship(facing.world, facing.shop.key, order.no, courier="SF", waybill_no="SF7712345678901")
    told(facing, order)
    ordering.receive(facing.world, facing.shop.key, order.no)
    told(facing, order)


def test_the_only_line_of_an_order_and_its_freight(facing):
    """TOP writes the whole payment there, freight included, until it has been paid."""
    told(facing, facing.buy(is_paid=False, freight_fen=500))
    told(facing, facing.buy(("SIM-002-1", 3), freight_fen=500))
    (plain,) = ordering.put_up(facing.world, facing.shop.key, [goods.NewItem("杯", (goods.NewSku("CUP", "", 990, 5),), has_variants=False)])
    told(facing, ordering.place(facing.world, facing.shop.key, [ordering.Wanted(item_id=plain.item_id)]))


def test_orders_end(facing):
    never = facing.buy(is_paid=False)
    facing.pass_time(1900)
    assert told(facing, never).payment == Payment.UNPAID
    back = facing.buy(freight_fen=500)
    refunding.refund_at_once(facing.world, facing.shop.key, back.no)
    assert facing.order(back.no).refund == Refund.REFUNDED
    held = facing.buy()
    ordering.review(facing.world, facing.shop.key, held.no)
    assert (facing.order(held.no).payment, facing.order(held.no).is_blocked) == (Payment.PAID, True)
    fetched = facing.connector.fetch(facing.access(), Stream.ORDERS, ["4000000000000000009"])
    assert fetched[0].is_unknown


def test_lists_bring_every_row(facing):
    assert facing.listed() == facing.listed(Stream.REFUNDS) == []
    made = {facing.buy(is_paid=False).no for _ in range(99)}
    assert sorted(row.no for row in facing.listed()) == sorted(made)
    by_creation = facing.span(basis=Basis.CREATED, back=timedelta(minutes=5))
    assert {row.no for row in facing.listed(basis=Basis.CREATED, span=by_creation)} == made


def test_receivers_are_decrypted(facing):
    order, moved = facing.buy(), facing.buy()
    bodies = [facing.body(order.no), facing.body(moved.no)]
    ordering.change_address(facing.world, facing.shop.key, moved.no)
    plain, nothing = facing.connector.decrypt(facing.access(), bodies)
    who = order.receiver
    assert (plain.name, plain.phone, plain.address) == (who.name, who.phone, f"{who.town}{who.address}")
    assert nothing is None  # its oaid has passed


def test_parcels_are_told_once_and_changed(facing):
    order = facing.buy()
    ship, access = facing.connector.ship, facing.access()
    assert ship(access, facing.shipment(order)).refusal is None
    assert (order.status, order.parcels[0].courier, order.parcels[0].waybill_no) == (OrderStatus.SHIPPED, "SF", "SF7712345678901")
    assert ship(access, facing.shipment(order)).refusal is None  # told already
    other = facing.shipment(order, courier="zto", waybill_no="78900000001")
    assert ship(access, other).refusal == Refusal.REJECTED
    changed = dataclasses.replace(other, is_change=True, old_waybill_no="SF7712345678901")
    assert ship(access, changed).refusal is None
    assert ship(access, changed).refusal is None
    assert (order.parcels[0].courier, order.parcels[0].waybill_no) == ("ZTO", "78900000001")
    assert ship(access, dataclasses.replace(other, platform_no="1")).refusal == Refusal.UNKNOWN_ITEM
    assert ship(access, facing.shipment(facing.buy(is_paid=False))).refusal == Refusal.REJECTED


def test_parts_are_told(facing):
    order = two_lines(facing)
    first, second = order.lines
    ship, access = facing.connector.ship, facing.access()
    assert ship(access, facing.shipment(order, lines=[(first.oid, 2)], is_last=False)).refusal is None
    assert order.status == OrderStatus.PART_SHIPPED
    told(facing, order)
    assert ship(access, facing.shipment(order, waybill_no="SF2000000001", lines=[(second.oid, 1)])).refusal is None
    assert (order.status, [one.contents for one in order.parcels]) == (OrderStatus.SHIPPED, [{first.oid: 2}, {second.oid: 1}])
    changed = facing.shipment(order, waybill_no="SF2000000002", lines=[(second.oid, 1)], is_change=True, old_waybill_no="SF2000000001")
    assert ship(access, changed).refusal is None
    assert [one.waybill_no for one in order.parcels] == ["SF7712345678901", "SF2000000002"]
    told(facing, order)


def test_stock_is_told_and_read_back(facing):
    (plain,) = ordering.put_up(facing.world, facing.shop.key, [goods.NewItem("杯", (goods.NewSku("CUP", "", 990, 5),), has_variants=False)])
    keys, unknown = facing.keys(), [ListingKey("1", "2"), ListingKey(facing.keys()[0].item_id, "3")]
    results = facing.connector.push_stock(facing.access(), [StockUpdate(one, at) for at, one in enumerate(keys + unknown)])
    assert [result.refusal for result in results] == [None] * len(keys) + [Refusal.UNKNOWN_ITEM] * 2
    shown = facing.connector.read_stock(facing.access(), keys + unknown)
    assert [one.quantity for one in shown] == [*range(len(keys)), None, None]
    assert facing.connector.read_stock(facing.access(), unknown[:1])[0].quantity is None
    assert plain.skus[0].stock == len(keys) - 1


def answer(facing, refund, *, agrees=True, reason="同意", access=None):
    access = access or facing.access()
    body = facing.connector.fetch(access, Stream.REFUNDS, [refund.no])[0].body
    facing.connector.answer_refund(access, RefundAnswer(refund.no, refund.order_no, agrees, reason, body=body))


def test_refunds_are_seen_and_agreed_to(facing):
    early = refunding.ask(facing.world, facing.shop.key, facing.buy().no, reason="拍错了")
    order = sent(facing, ("SIM-002-1", 2))
    back = refunding.ask(facing.world, facing.shop.key, order.no, kind=Kind.RETURN)
    rows = {row.no for row in facing.listed(Stream.REFUNDS)}
    assert rows == {early.no, back.no}
    for one in (early, back):
        same(refund_told(facing.refund(one.no, one.order_no)), refund_truth(one))
    assert facing.refund(early.no, early.order_no).is_before_shipping
    assert facing.order(order.no).refund == Refund.REQUESTED
    answer(facing, early)
    assert early.status == RefundStatus.DONE
    answer(facing, back)
    same(refund_told(facing.refund(back.no, back.order_no)), refund_truth(back))
    refunding.send_back(facing.world, facing.shop.key, back.no, waybill_no="SF9")
    same(refund_told(facing.refund(back.no, back.order_no)), refund_truth(back))
    answer(facing, back)
    assert back.status == RefundStatus.DONE
    same(refund_told(facing.refund(back.no, back.order_no)), refund_truth(back))
    with pytest.raises(Refused):
        answer(facing, back)


def test_refunds_of_several_lines_are_several(facing):
    order = two_lines(facing)
    refunding.ask(facing.world, facing.shop.key, order.no)
    seen = [facing.refund(row.no, order.no) for row in facing.listed(Stream.REFUNDS)]
    assert {one.oids for one in seen} == {(line.oid,) for line in order.lines}
    assert sum(one.amount_fen for one in seen) == order.to_pay_fen


def test_refunds_are_refused(facing):
    early = refunding.ask(facing.world, facing.shop.key, facing.buy().no)
    with pytest.raises(Refused, match="未发货"):
        answer(facing, early, agrees=False, reason="已经发货了")
    late = refunding.ask(facing.world, facing.shop.key, sent(facing).no)
    answer(facing, late, agrees=False, reason="已经发货了")
    assert (late.status, late.refuse_reason) == (RefundStatus.REFUSED, "已经发货了")
    same(refund_told(facing.refund(late.no, late.order_no)), refund_truth(late))


def test_a_code_from_the_sellers_phone_is_left_to_a_person(facing):
    facing.shop.options["sms_from_fen"] = 1
    refund = refunding.ask(facing.world, facing.shop.key, facing.buy().no)
    with pytest.raises(Refused, match="验证短信"):
        answer(facing, refund)
    assert refund.status == RefundStatus.ASKED


def test_an_exchange_is_seen_and_left_to_a_person(facing):
    wish = refunding.ask(facing.world, facing.shop.key, sent(facing).no, kind=Kind.EXCHANGE)
    with pytest.raises(Refused, match="千牛"):
        answer(facing, wish)
    refunding.answer(facing.world, facing.shop.key, wish.no, agrees=True)
    refunding.send_back(facing.world, facing.shop.key, wish.no, waybill_no="9")
    refunding.answer(facing.world, facing.shop.key, wish.no, agrees=True)  # other goods are to be sent
    seen = facing.refund(wish.no, wish.order_no)
    assert (seen.kind, seen.state) == (RefundKind.EXCHANGE, RefundState.AGREED)


def test_a_tmall_shop(simulator):
    facing = Facing(simulator, PLATFORM, options={"is_tmall": True})
    access = dataclasses.replace(facing.access(), platform="tmall")
    assert registry.load("tmall") is facing.connector
    early = refunding.ask(facing.world, facing.shop.key, facing.buy().no)
    answer(facing, early, access=access)
    assert early.status == RefundStatus.DONE
    back = refunding.ask(facing.world, facing.shop.key, sent(facing).no, kind=Kind.RETURN)
    answer(facing, back, access=access)
    assert back.status == RefundStatus.WAITING_RETURN
    refunding.send_back(facing.world, facing.shop.key, back.no, waybill_no="SF9")
    answer(facing, back, access=access)
    assert back.status == RefundStatus.DONE
    assert facing.connector.push_stock(access, [StockUpdate(ListingKey("1", "2"), 7)])[0].refusal == Refusal.UNKNOWN_ITEM


def test_access_is_granted_and_prolonged(facing):
    asked = facing.connector.authorize_url(facing.access(), redirect="http://127.0.0.1:9/back", state="s1")
    back = parse_qs(urlsplit(httpx.get(asked).headers["location"]).query)
    assert back["state"] == ["s1"]
    grant = facing.connector.exchange(facing.access(), code=back["code"][0], redirect="http://127.0.0.1:9/back")
    assert (grant.access_token, grant.platform_shop_id, grant.platform_shop_name) == (
        facing.shop.access_token, facing.shop.number, facing.shop.name,
    )  # fmt: skip
    renewed = facing.connector.refresh(facing.access())
    assert renewed.access_token == facing.shop.access_token != grant.access_token
    assert abs(renewed.expires_at.timestamp() * 1000 - facing.shop.token_ends_ms) < 60_000
    with pytest.raises(CredentialsExpired):
        facing.connector.refresh(facing.access(refresh_token="old"))
    with pytest.raises(CredentialsExpired):
        facing.connector.check(facing.access(access_token=grant.access_token))
    assert facing.connector.check(facing.access()).name == facing.shop.name


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
    facing.strike("reset_after", "offline.send")
    with pytest.raises(TemporaryFailure):
        facing.connector.ship(facing.access(), facing.shipment(order))
    assert order.status == OrderStatus.SHIPPED
    assert facing.connector.ship(facing.access(), facing.shipment(order)).refusal is None
