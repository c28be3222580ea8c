"""Orders of every status and with every quirk, beside what they must become; values are written by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from danshu.channels.connector_errors import BadPayload
from danshu.channels.contract import IncomingLine, IncomingOrder, IncomingParcel, Payment, Progress, Receiver, Refund
from danshu.connectors.channels_shop import CONNECTOR
from danshu.connectors.channels_shop.tests.conftest import payload

T = datetime(2026, 1, 1, 0, 0, tzinfo=UTC)


def at(seconds):
    return T + timedelta(seconds=seconds)


MASKED = Receiver("林**", "183****2807", "福建省", "福州市", "罗源县", "****", masked=True, merge_key="e258ec6c3333e0acb97d3e0bc875758c")
CUP = IncomingLine(
    "2000000011", "青瓷马克杯", 2, "颜色:天青;容量:350ml", "10000000000011", "2000000011", "CUP-BLUE", "",
    "https://img.example/cup.jpg", price_fen=4990, paid_fen=8980,
)  # fmt: skip
MAT = IncomingLine(
    "2000000012", "竹杯垫", 1, "", "10000000000012", "2000000012", "MAT-01", "",
    "https://img.example/mat.jpg", price_fen=1200, paid_fen=1020,
)  # fmt: skip
WAITING = IncomingOrder(
    platform_no="3700000000000000020",
    lines=(CUP, MAT),
    receiver=MASKED,
    payment=Payment.PAID,
    progress=Progress.WAITING,
    status_text="待发货",
    placed_at=T,
    paid_at=at(60),
    modified_at=at(7200),
    ship_by=at(86400),
    buyer_message="请发顺丰",
    seller_memo="老客户",
    goods_fen=11180,
    freight_fen=600,
    discount_fen=1180,
    paid_fen=10600,
    is_blocked=False,
)
PLAIN = replace(WAITING, buyer_message="", seller_memo="")
SF = IncomingParcel("顺丰速运", "SF1000000000001")
YTO = IncomingParcel("YTO", "YT1000000000002")
EXPECTED = {
    "waiting": WAITING,
    "unpaid": replace(PLAIN, platform_no="3700000000000000010", payment=Payment.UNPAID, status_text="待付款", paid_at=None, ship_by=None),
    "gift_not_taken": replace(
        PLAIN, platform_no="3700000000000000012", status_text="礼物待收下", is_blocked=True, receiver=Receiver()
    ),
    "group_not_full": replace(PLAIN, platform_no="3700000000000000013", status_text="凑单中", is_blocked=True),
    "virtual_number": replace(
        PLAIN,
        platform_no="3700000000000000022",
        receiver=replace(MASKED, name="林小北", phone="132123457749-1234", address="凤山镇新街8号", masked=False),
    ),
    "part_shipped": replace(
        PLAIN,
        platform_no="3700000000000000021",
        progress=Progress.PART_SHIPPED,
        status_text="部分发货",
        shipped_at=at(36000),
        parcels=(SF,),
    ),
    "shipped": replace(
        PLAIN, platform_no="3700000000000000030", progress=Progress.SHIPPED, status_text="待收货", shipped_at=at(40000), parcels=(SF, YTO)
    ),
    "done_part_refunded": replace(
        PLAIN,
        platform_no="3700000000000000100",
        lines=(CUP, replace(MAT, refund=Refund.REFUNDED)),
        progress=Progress.DELIVERED,
        refund=Refund.PARTIAL,
        status_text="已完成",
        shipped_at=at(40000),
        finished_at=at(400000),
        parcels=(SF, YTO),
    ),
    "oversold": replace(PLAIN, platform_no="3700000000000000190", progress=Progress.CLOSED, refund=Refund.REFUNDED, status_text="超卖取消"),
    "all_refunded": replace(
        PLAIN,
        platform_no="3700000000000000200",
        lines=(replace(CUP, refund=Refund.REFUNDED), replace(MAT, refund=Refund.REFUNDED)),
        progress=Progress.CLOSED,
        refund=Refund.REFUNDED,
        status_text="全部售后，已取消",
    ),
    "cancelled": replace(
        PLAIN, platform_no="3700000000000000250", payment=Payment.UNPAID, progress=Progress.CLOSED, status_text="已取消", paid_at=None
    ),
    "refunding": replace(
        PLAIN, platform_no="3700000000000000023", lines=(replace(CUP, refund=Refund.REQUESTED), MAT), refund=Refund.REQUESTED
    ),
    "pay_later": replace(PLAIN, platform_no="3700000000000000024", status_text="待发货（先用后付）"),
    "lottery": replace(
        PLAIN,
        platform_no="3700000000000000025",
        lines=(replace(CUP, paid_fen=0), replace(MAT, paid_fen=0)),
        status_text="待发货（抽奖 0 元单）",
        paid_at=T,
        freight_fen=0,
        discount_fen=11180,
        paid_fen=0,
    ),
    "points": replace(
        PLAIN,
        platform_no="3700000000000000026",
        lines=(replace(CUP, paid_fen=0), replace(MAT, paid_fen=0)),
        status_text="待发货（积分兑换）",
        paid_at=T,
        freight_fen=0,
        discount_fen=0,
        paid_fen=0,
    ),
    # ids as numbers, a gift of the same SKU, no line amounts (10001 fen by 9980 : 1200 : 0), changed freight, a presale, nothing to send
    "mixed": replace(
        PLAIN,
        platform_no="3700000000000000027",
        lines=(
            replace(CUP, paid_fen=8928),
            replace(MAT, paid_fen=1073),
            replace(CUP, oid="2000000011#2", title="赠品 青瓷马克杯", quantity=1, price_fen=0, paid_fen=0, is_gift=True),
        ),
        receiver=Receiver(phone="18300002807"),
        ship_by=at(864000),
        freight_fen=0,
        discount_fen=1179,
        paid_fen=10001,
    ),
}
ORDERS = payload("orders")


def test_every_payload_has_its_expectation():
    assert set(EXPECTED) == set(ORDERS)


@pytest.mark.parametrize("name", EXPECTED)
def test_orders(name):
    assert CONNECTOR.order(ORDERS[name]) == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED)
def test_the_same_body_says_the_same(name):
    assert CONNECTOR.order(ORDERS[name]).digest() == CONNECTOR.order(payload("orders")[name]).digest()


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ({"status": 50}, "50"),
        ({"status": None}, "订单状态"),
        ({"order_id": ""}, "order_id"),
        ({"order_id": 1.5}, "order_id"),
        ({"order_detail": {}}, "没有商品"),
        ({"order_detail": []}, "order_detail"),
        ({"create_time": 99999999999}, "create_time"),
        ({"update_time": "昨天"}, "update_time"),
        ({"order_detail": {"product_infos": [{"product_id": "1", "sku_id": "2", "sku_cnt": 0}]}}, "没有数量"),
        ({"order_detail": {"product_infos": [{"sku_id": "2", "sku_cnt": 1}]}}, "product_id"),
        ({"order_detail": {"product_infos": [{"product_id": "1", "sku_cnt": 1, "sale_price": -5}]}}, "sale_price"),
    ],
)
def test_bodies_that_cannot_be_understood_say_why(change, because):
    with pytest.raises(BadPayload, match=because):
        CONNECTOR.order({**ORDERS["waiting"], **change})


def test_text_that_no_database_keeps_is_mended():
    body = payload("orders")["waiting"]
    body["order_detail"]["ext_info"]["customer_notes"] = "快\x00点\ud83d"
    assert CONNECTOR.order(body).buyer_message == "快点?"
