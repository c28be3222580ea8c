"""Doudian's adapter before the simulated platform: what the platform holds for true is what the house hears, field by field."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from danshu.channels.connecting import (
    Basis,
    Call,
    ListingKey,
    Page,
    Pointer,
    RefundAnswer,
    Refusal,
    ShopInfo,
    StockUpdate,
    Stream,
)
from danshu.channels.connector_errors import BadAnswer, BadCall, CredentialsExpired, RateLimited, Refused, TemporaryFailure
from danshu.channels.contract import Payment, Progress, Refund
from danshu_simulator import ordering, refunding
from danshu_simulator.fronts.douyin_after_sales import ADDRESS
from danshu_simulator.tests.conftest import Listener
from danshu_simulator.things import RefundKind
from tests.connectors.facing import order_told, order_truth, refund_told, refund_truth, same

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
PLATFORM = "douyin"


def told(facing, order, *, but=()):
    """Variants are told with the name of what varies."""
    true = order_truth(order)
    for line in true["lines"]:
        line["spec"] = f"规格:{line['spec']}"
    incoming = facing.order(order.no)
    same(order_told(incoming), true, but=but)
    return incoming


def two_lines(facing, **more):
    return facing.buy(("SIM-001-1", 2), ("SIM-002-1", 1), **more)


def test_the_check_says_whose_shop_it_is_and_wrong_secrets_what_is_wrong(facing):
    facing.buy()
    assert facing.connector.check(facing.access()) == ShopInfo(facing.shop.number, facing.shop.name)
    with pytest.raises(Refused, match="40003"):
        facing.connector.check(facing.access(app_secret="x"))
    with pytest.raises(CredentialsExpired):
        facing.connector.check(facing.access(access_token="x"))


def test_orders_are_the_same_from_the_basket_to_receipt(facing):
    order = facing.buy(("SIM-001-1", 3), is_paid=False, freight_fen=800, message="发顺丰")
    told(facing, order)
    ordering.pay(facing.world, facing.shop.key, order.no)
    incoming = told(facing, order)
    assert (incoming.receiver.cipher, incoming.receiver.merge_key) == (True, order.receiver.key)
    digest = incoming.digest()
    assert facing.order(order.no).digest() == digest
    facing.pass_time(5)
    ordering.remark(facing.world, facing.shop.key, order.no, memo="已留言", flag="red")
    told(facing, order)
    ordering.ship(facing.world, facing.shop.key, order.no, courier="shunfeng", waybill_no="SF1")
    assert told(facing, order).digest() != digest
    ordering.receive(facing.world, facing.shop.key, order.no)
    told(facing, order)


def test_orders_that_nobody_pays_are_closed(facing):
    order = facing.buy(is_paid=False)
    ordering.close(facing.world, facing.shop.key, order.no)
    told(facing, order)


def test_discounts_of_several_lines_add_up(facing):
    wanted = [
        ordering.Wanted(2, merchant_code="SIM-001-1", discount_fen=333, platform_discount_fen=77),
        ordering.Wanted(1, merchant_code="SIM-002-1", platform_discount_fen=1),
    ]
    order = ordering.place(facing.world, facing.shop.key, wanted, is_paid=True, freight_fen=1)
    incoming = told(facing, order)
    assert incoming.paid_fen == incoming.goods_fen + incoming.freight_fen - incoming.discount_fen
    assert sum(line.paid_fen for line in incoming.lines) == incoming.paid_fen - incoming.freight_fen


def test_an_order_in_review_is_blocked_and_nothing_of_it_is_shipped(facing):
    ordering.change_shop(facing.world, facing.shop.key, options={"review_minutes": 90})
    order = facing.buy()
    assert (facing.order(order.no).payment, facing.order(order.no).is_blocked) == (Payment.PAID, True)
    result = facing.connector.ship(facing.access(), facing.shipment(order))
    assert (result.refusal, "审核" in result.message) == (Refusal.REJECTED, True)
    facing.pass_time(5401)
    assert told(facing, order).is_blocked is False
    assert facing.connector.ship(facing.access(), facing.shipment(order)).refusal is None


def test_lists_reach_every_order_by_change_and_by_creation(facing):
    numbers = [facing.buy().no for _ in range(5)]
    rows = facing.listed()
    assert sorted(row.no for row in rows) == sorted(numbers)
    assert all(facing.connector.order(row.body) == facing.order(row.no) for row in rows)
    assert sorted(row.no for row in facing.listed(basis=Basis.CREATED)) == sorted(numbers)


def test_an_unknown_order_is_said_to_be_unknown(facing):
    (fetched,) = facing.connector.fetch(facing.access(), Stream.ORDERS, ["6900000000000000000"])
    assert (fetched.body, fetched.is_unknown) == (None, True)


def test_a_parcel_is_told_told_again_and_its_number_changed(facing):
    order = two_lines(facing)
    ship = facing.connector.ship
    assert ship(facing.access(), facing.shipment(order)).refusal is None
    told(facing, order)
    assert ship(facing.access(), facing.shipment(order)).refusal is None  # the platform has exactly this already
    assert ship(facing.access(), facing.shipment(order, waybill_no="SF2")).refusal == Refusal.REJECTED
    change = facing.shipment(order, courier="zto", waybill_no="ZT3", is_change=True, old_waybill_no="SF7712345678901")
    assert ship(facing.access(), change).refusal is None
    assert ship(facing.access(), change).refusal is None
    assert (order.parcels[0].waybill_no, order.parcels[0].courier) == ("ZT3", "zhongtong")
    told(facing, order)


def test_an_order_leaves_in_parts_and_one_of_them_gets_another_number(facing):
    order = two_lines(facing)
    one, two = order.lines
    ship = facing.connector.ship
    first = facing.shipment(order, lines=[(one.oid, 1)], is_last=False)
    assert ship(facing.access(), first).refusal is None
    assert ship(facing.access(), first).refusal is None
    incoming = told(facing, order)
    assert incoming.progress == Progress.PART_SHIPPED
    second = facing.shipment(order, courier="zto", waybill_no="ZT2", lines=[(one.oid, 1), (two.oid, 1)])
    assert ship(facing.access(), second).refusal is None
    told(facing, order)
    change = facing.shipment(order, waybill_no="SF9", is_change=True, old_waybill_no="ZT2", lines=[(one.oid, 1), (two.oid, 1)])
    assert ship(facing.access(), change).refusal is None
    assert [parcel.waybill_no for parcel in order.parcels] == ["SF7712345678901", "SF9"]
    told(facing, order)


def test_a_part_of_an_order_that_has_left_in_part_gets_another_number(facing):
    order = two_lines(facing)
    first = facing.shipment(order, lines=[(order.lines[0].oid, 1)], is_last=False)
    assert facing.connector.ship(facing.access(), first).refusal is None
    change = facing.shipment(order, waybill_no="SF9", is_change=True, old_waybill_no=first.waybill_no, lines=[(order.lines[0].oid, 1)])
    assert facing.connector.ship(facing.access(), change).refusal is None
    assert [parcel.waybill_no for parcel in order.parcels] == ["SF9"]


def test_a_lost_answer_to_a_parcel_is_found_out(facing):
    order = two_lines(facing)
    for lines in ((), [(order.lines[0].oid, 1)]):
        other = two_lines(facing) if lines else order
        inside = [(other.lines[0].oid, 1)] if lines else ()
        facing.strike("reset_after", "logisticsAdd")
        with pytest.raises(TemporaryFailure):
            facing.connector.ship(facing.access(), facing.shipment(other, lines=inside))
        assert facing.connector.ship(facing.access(), facing.shipment(other, lines=inside)).refusal is None
        assert len(other.parcels) == 1


def test_a_wish_for_money_stops_the_parcel(facing):
    order = facing.buy()
    facing.feel(refund_race=1)
    result = facing.connector.ship(facing.access(), facing.shipment(order))
    assert (result.refusal, "退款申请" in result.message) == (Refusal.REJECTED, True)
    assert facing.order(order.no).refund == Refund.REQUESTED


def test_stock_is_told_and_read_back_and_one_bad_listing_blocks_no_other(facing):
    keys = facing.keys()
    numbers = [(keys[0], 7), (ListingKey("1", "2"), 5), (keys[1], 0), (ListingKey(keys[0].item_id, "9"), 5), (keys[-1], 4)]
    results = facing.connector.push_stock(facing.access(), [StockUpdate(key, quantity) for key, quantity in numbers])
    assert [one.refusal for one in results] == [None, Refusal.UNKNOWN_ITEM, None, Refusal.UNKNOWN_ITEM, None]
    shown = facing.connector.read_stock(facing.access(), [key for key, _quantity in numbers])
    assert [one.quantity for one in shown] == [7, None, 0, None, 4]


@pytest.mark.parametrize("kind", [RefundKind.REFUND, RefundKind.RETURN, RefundKind.EXCHANGE])
def test_refunds_are_the_same_in_the_list_and_alone_in_every_state(facing, kind):
    order = two_lines(facing)
    ordering.ship(facing.world, facing.shop.key, order.no, courier="shunfeng", waybill_no="SF1")
    money = {} if kind == RefundKind.EXCHANGE else {"amount_fen": 1234}
    wish = refunding.ask(facing.world, facing.shop.key, order.no, kind=kind, pieces={order.lines[0].oid: 1}, **money)
    for step in ("asked", "agreed", "sent_back", "done"):
        if step == "agreed":
            refunding.answer(facing.world, facing.shop.key, wish.no, agrees=True)
        if step == "sent_back" and kind != RefundKind.REFUND:
            refunding.send_back(facing.world, facing.shop.key, wish.no, waybill_no="SF9")
        if step == "done" and kind != RefundKind.REFUND:
            refunding.answer(facing.world, facing.shop.key, wish.no, agrees=True)
        (row,) = facing.listed(Stream.REFUNDS)
        incoming = facing.connector.refund(row.body)
        same(refund_told(incoming), refund_truth(wish))
        assert (incoming.oids, incoming.is_before_shipping) == ((order.lines[0].oid,), False)
        assert facing.refund(wish.no, order.no) == incoming


@pytest.mark.parametrize("end", ["refused", "refused_after_return", "closed"])
def test_refusals_and_withdrawals_are_seen(facing, end):
    order, key = facing.buy(), facing.shop.key
    kind = RefundKind.RETURN if end == "refused_after_return" else RefundKind.REFUND
    if kind == RefundKind.RETURN:
        ordering.ship(facing.world, key, order.no, courier="shunfeng", waybill_no="SF1")
    wish = refunding.ask(facing.world, key, order.no, kind=kind)
    if end == "refused_after_return":
        refunding.answer(facing.world, key, wish.no, agrees=True)
        refunding.send_back(facing.world, key, wish.no, waybill_no="SF9")
    if end == "closed":
        refunding.take_back(facing.world, key, wish.no)
    else:
        refunding.answer(facing.world, key, wish.no, agrees=False, reason="已发货")
    same(refund_told(facing.refund(wish.no, order.no)), refund_truth(wish))
    assert facing.order(order.no).refund == (Refund.NONE if end == "closed" else Refund.REQUESTED)


def answer(facing, wish, **more):
    body = facing.connector.fetch_refund(facing.access(), wish.no, wish.order_no).body
    facing.connector.answer_refund(facing.access(), RefundAnswer(wish.no, wish.order_no, body=body, **more))


def test_a_refund_before_shipping_is_agreed_to_and_closes_the_order(facing):
    order = two_lines(facing, freight_fen=600)
    wish = refunding.ask(facing.world, facing.shop.key, order.no)
    assert facing.refund(wish.no, order.no).is_before_shipping
    with pytest.raises(Refused):
        answer(facing, wish, agrees=False, reason="已发货")
    answer(facing, wish, agrees=True, reason="同意")
    incoming = facing.order(order.no)
    assert (wish.status, incoming.progress, incoming.refund) == ("done", Progress.CLOSED, Refund.REFUNDED)
    with pytest.raises(Refused):
        answer(facing, wish, agrees=True, reason="同意")


def test_part_of_an_order_is_refunded_before_it_leaves(facing):
    order = two_lines(facing)
    refunding.refund_at_once(facing.world, facing.shop.key, order.no, pieces={order.lines[1].oid: 1})
    incoming = facing.order(order.no)
    assert [line.refund for line in incoming.lines] == [Refund.NONE, Refund.REFUNDED]
    assert (incoming.refund, incoming.progress) == (Refund.PARTIAL, Progress.WAITING)


def test_goods_come_back_first_and_then_the_money_goes_or_not(facing):
    for is_good in (True, False):
        order = facing.buy()
        ordering.ship(facing.world, facing.shop.key, order.no, courier="shunfeng", waybill_no="SF1")
        wish = refunding.ask(facing.world, facing.shop.key, order.no, kind=RefundKind.RETURN)
        with pytest.raises(Refused):
            answer(facing, wish, agrees=True, reason="请寄回")
        answer(facing, wish, agrees=True, reason="请寄回", address_id=str(ADDRESS))
        assert wish.status == "waiting_return"
        refunding.send_back(facing.world, facing.shop.key, wish.no, waybill_no="SF9")
        answer(facing, wish, agrees=is_good, reason="商品影响二次销售")
        assert wish.status == ("done" if is_good else "refused")


def test_an_answer_to_a_request_that_changed_meanwhile_is_refused(facing):
    order = facing.buy(("SIM-001-1", 2))
    ordering.ship(facing.world, facing.shop.key, order.no, courier="shunfeng", waybill_no="SF1")
    wish = refunding.ask(facing.world, facing.shop.key, order.no)
    old = facing.connector.fetch_refund(facing.access(), wish.no, order.no).body
    facing.pass_time(5)
    refunding.insist(facing.world, facing.shop.key, wish.no, amount_fen=1)
    for no in (wish.no, "7100000000000000000"):
        with pytest.raises(Refused):
            facing.connector.answer_refund(facing.access(), RefundAnswer(no, order.no, agrees=True, reason="同意", body=old))
    assert wish.status == "asked"


def test_receivers_are_decrypted_with_extensions_where_phones_are_virtual(facing):
    order = facing.buy()
    (plain,) = facing.connector.decrypt(facing.access(), [facing.body(order.no)])
    who = order.receiver
    assert (plain.name, plain.phone, plain.address.endswith(who.address)) == (who.name, who.phone, True)
    ordering.change_shop(facing.world, facing.shop.key, options={"is_virtual": True})
    (virtual,) = facing.connector.decrypt(facing.access(), [facing.body(order.no)])
    assert virtual.phone == f"184{who.phone[3:]}-{who.phone[-4:]}"


def test_access_is_granted_renewed_and_ends(facing):
    connector, world = facing.connector, facing.world
    ordering.change_shop(world, facing.shop.key, options={"service_id": "77", "redirect_uri": "http://127.0.0.1:9/back"})
    url = connector.authorize_url(facing.access(service_id="77"), redirect="http://127.0.0.1:9/back", state="s1")
    back = parse_qs(urlsplit(httpx.get(url).headers["location"]).query)
    assert back["state"] == ["s1"]
    grant = connector.exchange(facing.access(access_token=""), code=back["code"][0], redirect="")
    assert (grant.access_token, grant.platform_shop_id) == (facing.shop.access_token, facing.shop.number)
    with pytest.raises((Refused, CredentialsExpired)):
        connector.exchange(facing.access(), code=back["code"][0], redirect="")
    assert connector.refresh(facing.access()).access_token == grant.access_token  # nothing happens so early
    facing.pass_time(7 * 86_400 - 1800)
    renewed = connector.refresh(facing.access())
    assert renewed.access_token == facing.shop.access_token != grant.access_token
    own = connector.refresh(facing.access(refresh_token="", shop_id=facing.shop.number))
    assert own.access_token == facing.shop.access_token
    ordering.expire_token(world, facing.shop.key, with_refresh=True)
    for call in (connector.check, connector.refresh):
        with pytest.raises(CredentialsExpired):
            call(facing.access())


def test_messages_point_at_what_happened_and_others_are_not_believed(facing):
    listener = Listener()
    listener.body = b'{"code":0,"msg":"success"}'
    ordering.change_shop(facing.world, facing.shop.key, callback={"url": listener.url})
    order = facing.buy()
    wish = refunding.ask(facing.world, facing.shop.key, order.no)
    facing.simulator.pusher.flush()
    listener.server.shutdown()
    listener.server.server_close()
    heard = [facing.connector.receive(facing.access(), Call("POST", {}, headers, body)) for headers, body, _query in listener.came]
    about_order = (Pointer(Stream.ORDERS, order.no),)
    about_wish = (Pointer(Stream.REFUNDS, wish.no), *about_order)
    assert [received.pointers for received in heard] == [(), about_order, about_order, about_wish]
    assert all((received.status, b'"code":0' in received.body) == (200, True) for received in heard)
    headers, body, _query = listener.came[-1]
    for bad in (Call("POST", {}, headers, body + b" "), Call("POST", {}, {}, body)):
        with pytest.raises(BadCall):
            facing.connector.receive(facing.access(), bad)


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
    facing.strike(trouble)
    with pytest.raises(kind):
        facing.connector.list_page(facing.access(), Stream.ORDERS, facing.span(), Page(wants_total=True))
    assert len(facing.listed()) == 1
