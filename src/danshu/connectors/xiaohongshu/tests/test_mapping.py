"""Orders of every status and with every quirk, beside what they must become; values are written by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from danshu.channels.connector_errors import BadPayload
from danshu.channels.contract import IncomingLine, IncomingOrder, IncomingParcel, Payment, Progress, Receiver, Refund
from danshu.connectors.xiaohongshu import CONNECTOR
from danshu.connectors.xiaohongshu.tests.conftest import payload

T = datetime(2026, 1, 1, 0, 0, tzinfo=UTC)


def at(seconds):
    return T + timedelta(seconds=seconds)


SKU, MAT_SKU = "sku0000000000000000000011", "sku0000000000000000000012"
CUP = IncomingLine(
    SKU, "青瓷马克杯", 2, "天青", "item000000000000000000001", SKU, "CUP-BLUE", "6900000000011",
    "https://img.example/cup.jpg", price_fen=4990, paid_fen=8980,
)  # fmt: skip
MAT = IncomingLine(MAT_SKU, "竹杯垫", 1, "", MAT_SKU, MAT_SKU, "MAT-01", price_fen=1020, paid_fen=1020)
REGION = Receiver(province="江苏省", city="苏州市", district="相城区", merge_key="addr-1")
PLAIN = IncomingOrder(
    platform_no="",
    lines=(CUP, MAT),
    receiver=REGION,
    payment=Payment.PAID,
    progress=Progress.WAITING,
    status_text="待发货",
    placed_at=T,
    paid_at=at(60),
    modified_at=at(7200.5),
    ship_by=at(172800),
    goods_fen=11000,
    freight_fen=600,
    discount_fen=1000,
    paid_fen=10600,
    is_blocked=False,
)
YTO = (IncomingParcel("yuantong", "YT1000000000002"),)
CIPHER = replace(REGION, name="#bmFtZQ==#Y2lwaGVy1#2##", phone="#cGhvbmU=#Y2lwaGVy2#3##", address="#YWRkcg==#Y2lwaGVy3#1##", cipher=True)
EXPECTED = {
    "unpaid": replace(PLAIN, platform_no="P700000000000000001", payment=Payment.UNPAID, status_text="待付款", paid_at=None, ship_by=None),
    "being_checked": replace(PLAIN, platform_no="P700000000000000002", status_text="已支付处理中", is_blocked=True),
    "at_customs": replace(PLAIN, platform_no="P700000000000000003", status_text="清关中"),
    "waiting": replace(PLAIN, platform_no="P700000000000000004", receiver=CIPHER, buyer_message="请尽快", seller_memo="老客户", flag="red"),
    "waiting_plain": replace(
        PLAIN,
        platform_no="P700000000000000014",
        receiver=replace(REGION, name="王小二", phone="13800000000", address="元和街道人民路1号"),
        flag="purple",
    ),
    "part_shipped": replace(
        PLAIN,
        platform_no="P700000000000000005",
        progress=Progress.PART_SHIPPED,
        status_text="部分发货",
        shipped_at=at(36000),
        parcels=(IncomingParcel("SF", "SF1000000000001"),),
    ),
    "shipped": replace(
        PLAIN, platform_no="P700000000000000006", progress=Progress.SHIPPED, status_text="待收货", shipped_at=at(36000), parcels=YTO
    ),
    "done": replace(
        PLAIN,
        platform_no="P700000000000000007",
        lines=(CUP, replace(MAT, refund=Refund.REFUNDED)),
        progress=Progress.DELIVERED,
        refund=Refund.PARTIAL,
        status_text="已完成",
        shipped_at=at(36000),
        finished_at=at(400000),
        parcels=YTO,
    ),
    "closed_refunded": replace(
        PLAIN, platform_no="P700000000000000008", progress=Progress.CLOSED, refund=Refund.REFUNDED, status_text="已关闭"
    ),
    "cancelled": replace(
        PLAIN, platform_no="P700000000000000009", payment=Payment.UNPAID, progress=Progress.CLOSED, status_text="已取消", paid_at=None
    ),
    "exchanging": replace(
        PLAIN,
        platform_no="P700000000000000010",
        progress=Progress.SHIPPED,
        refund=Refund.REQUESTED,
        status_text="换货申请中",
        shipped_at=at(36000),
    ),
    "refunding": replace(
        PLAIN, platform_no="P700000000000000024", lines=(replace(CUP, refund=Refund.REQUESTED), MAT), refund=Refund.REQUESTED
    ),
    "cancel_asked": replace(PLAIN, platform_no="P700000000000000025", refund=Refund.REQUESTED),
    # no totals at the order, and the cup once more as a gift that is a bundle of two parts
    "old": replace(
        PLAIN,
        platform_no="P700000000000000026",
        lines=(
            CUP,
            MAT,
            replace(CUP, oid=f"{SKU}#2", quantity=1, price_fen=0, paid_fen=0, is_gift=True, merchant_code="", barcode=""),
        ),
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
    ("number", "refund"),
    [
        (1, Refund.NONE),
        (2, Refund.REQUESTED),
        (3, Refund.PARTIAL),
        (4, Refund.NONE),
        (5, Refund.NONE),
        (6, Refund.REQUESTED),
        (7, Refund.NONE),
    ],
)
def test_every_after_sales_status(number, refund):
    assert CONNECTOR.order({**ORDERS["waiting"], "orderAfterSalesStatus": number}).refund == refund


@pytest.mark.parametrize(
    ("flag", "colour"), [(0, ""), (1, "grey"), (2, "red"), (3, "yellow"), (4, "green"), (5, "blue"), (6, "purple"), (9, "")]
)
def test_every_flag(flag, colour):
    assert CONNECTOR.order({**ORDERS["waiting"], "sellerRemarkFlag": flag}).flag == colour


def test_masked_receivers_are_marked():
    told = {"receiverName": "王**", "receiverPhone": "138****0000", "receiverAddress": "**路1号"}
    receiver = CONNECTOR.order({**ORDERS["waiting"], "receiverInfo": told}).receiver
    assert (receiver.masked, receiver.cipher, receiver.name) == (True, False, "王**")


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ({"orderStatus": 11}, "11"),
        ({"orderStatus": None}, "订单状态"),
        ({"orderId": None}, "orderId"),
        ({"skuList": []}, "没有商品"),
        ({"skuList": {}}, "skuList"),
        ({"createdTime": 10**14}, "createdTime"),
        ({"updateTime": "昨天"}, "updateTime"),
        ({"skuList": [{"skuId": "1", "skuQuantity": 0}]}, "没有数量"),
        ({"skuList": [{"skuQuantity": 1}]}, "skuId"),
        ({"totalPayAmount": -1}, "totalPayAmount"),
        ({"receiverInfo": "王小二"}, "receiverInfo"),
    ],
)
def test_bodies_that_cannot_be_understood_say_why(change, because):
    with pytest.raises(BadPayload, match=because):
        CONNECTOR.order({**ORDERS["waiting"], **change})
