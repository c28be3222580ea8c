"""Orders and after-sales of Doudian, in our words: every state, every quirk, to the fen."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings

from danshu.channels.connector_errors import BadPayload
from danshu.channels.contract import (
    IncomingLine,
    IncomingOrder,
    IncomingParcel,
    IncomingRefund,
    Payment,
    Progress,
    Receiver,
    Refund,
    RefundKind,
    RefundState,
)
from danshu.channels.tests.pretending import load, mutated
from danshu.connectors.douyin import CONNECTOR
from tests.chance import examples

PAYLOADS = Path(__file__).parents[1] / "payloads"
ORDERS, AFTERSALES = load(PAYLOADS / "orders.json"), load(PAYLOADS / "aftersales.json")
NAME = "##c2VhbGVkLW5hbWU0dGVzdA+/==*CgYIASAHKAESPgo8dGVzdGluZw==#1##"
PHONE = "$$c2VhbGVkLXBob25lNHRlc3Q+/==*CgYIASAHKAESPgo8dGVzdGluZw==$1$$"
ADDRESS = "##c2VhbGVkLWFkZHJlc3M0dGVzdA+/==*CgYIASAHKAESPgo8dGVzdGluZw==#1##"
NO, LINE = "6936400000000000017", "6936400000000000017"


def at(day, hour, minute, second=0):
    return datetime(2026, 11, day, hour, minute, second, tzinfo=UTC)


BUYER = "1@#b3Blbi1pZC00LXRlc3RzLWFsb25l 浙江省 杭州市 余杭区 仓前街道"
PLACE = {"province": "浙江省", "city": "杭州市", "district": "余杭区"}
SEALED = Receiver(NAME, PHONE, address=ADDRESS, cipher=True, merge_key=BUYER, **PLACE)
MUG = IncomingLine(
    LINE, "陶瓷马克杯", 2, spec="颜色:白色;容量:350ml", item_id="3660207428038974464", sku_id="3410716076201730", merchant_code="MUG-W",
    picture="https://img.example.com/mug.jpg", price_fen=2500, paid_fen=4600,
)  # fmt: skip
DISH = IncomingLine(
    "6936400000000000018", "陶瓷碟", 1, item_id="3660207428038974465", sku_id="3410716076201731", merchant_code="DISH", price_fen=1000,
    paid_fen=900,
)  # fmt: skip
PAD = IncomingLine(
    "6936400000000000019", "杯垫", 1, spec="圆形", item_id="3660207428038974999", sku_id="3410716076201999", merchant_code="PAD-1",
    is_gift=True,
)  # fmt: skip
WAITING = IncomingOrder(
    NO, (MUG,), SEALED, Payment.PAID, Progress.WAITING, Refund.NONE, "备货中", placed_at=at(20, 1, 29, 41), paid_at=at(20, 1, 30, 2),
    modified_at=at(20, 1, 31, 10), ship_by=at(22, 1, 30, 5), goods_fen=5000, freight_fen=500, discount_fen=400, paid_fen=5100,
    is_blocked=False,
)  # fmt: skip
PARCEL = IncomingParcel("圆通速递", "YT7712345678901")
SHIPPED = replace(
    WAITING, progress=Progress.SHIPPED, status_text="已发货", shipped_at=at(20, 10, 2, 33), modified_at=at(20, 10, 2, 34), parcels=(PARCEL,)
)
CANCELLED = replace(WAITING, progress=Progress.CLOSED, status_text="已关闭")
UNPAID = replace(WAITING, payment=Payment.UNPAID, status_text="待支付")


def with_refund(order, refund, **changes):
    return replace(order, refund=refund, lines=tuple(replace(one, refund=refund) for one in order.lines), **changes)


EXPECTED = {
    "waiting": WAITING,
    "detail_in_text": WAITING,
    "address_id": replace(WAITING, receiver=replace(SEALED, merge_key="oaid-9")),
    "memo_and_flag": replace(WAITING, seller_memo="易碎", flag="red", buyer_message="周末别送"),
    "memo_without_flag": replace(WAITING, seller_memo="易碎", flag="grey"),
    "masked": replace(
        WAITING, receiver=Receiver("周*", "138****0017", address="仓前街道文一西路***号", masked=True, merge_key=BUYER, **PLACE)
    ),
    "plain": replace(WAITING, receiver=Receiver("测试甲", "13800000001", address="仓前街道文一西路1号", merge_key=BUYER, **PLACE)),
    "nothing_told": replace(WAITING, receiver=Receiver()),
    "unpaid": replace(UNPAID, paid_at=None),
    "deposit": replace(UNPAID, payment=Payment.DEPOSIT),
    "deposit_by_phase": replace(UNPAID, payment=Payment.DEPOSIT),
    "review": replace(WAITING, status_text="已支付", is_blocked=True),
    "state_unknown": replace(WAITING, status_text="77", is_blocked=True),
    "cod": replace(WAITING, payment=Payment.COD, paid_at=None),
    "part_shipped": replace(
        SHIPPED, lines=(MUG, DISH), progress=Progress.PART_SHIPPED, status_text="部分发货", goods_fen=6000,
        parcels=(IncomingParcel("yuantong", "YT7712345678901"),),
    ),
    "shipped": SHIPPED,
    "finished": replace(
        SHIPPED, progress=Progress.DELIVERED, status_text="已完成", finished_at=at(23, 4, 0, 1), modified_at=at(23, 4, 0, 2)
    ),
    "cancelled_unpaid": replace(CANCELLED, payment=Payment.UNPAID, paid_at=None),
    "refunded_before": with_refund(CANCELLED, Refund.REFUNDED),
    "refunded_after": with_refund(SHIPPED, Refund.REFUNDED, progress=Progress.CLOSED, status_text="已关闭"),
    "refunded_at_last": with_refund(SHIPPED, Refund.REFUNDED, progress=Progress.CLOSED, status_text="已关闭"),
    "refund_asked": with_refund(WAITING, Refund.REQUESTED),
    "refund_refused": with_refund(SHIPPED, Refund.REQUESTED),
    "request_closed": WAITING,
    "exchange_running": with_refund(SHIPPED, Refund.REQUESTED),
    "exchange_done": SHIPPED,
    "price_care": with_refund(SHIPPED, Refund.PARTIAL),
    "one_of_two_refunded": replace(
        WAITING, lines=(replace(MUG, refund=Refund.REFUNDED), DISH), goods_fen=6000, refund=Refund.PARTIAL
    ),
    "gift": replace(WAITING, lines=(MUG, PAD)),
}  # fmt: skip


def test_no_payload_is_without_its_expectation():
    assert EXPECTED.keys() == ORDERS.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_orders_in_our_words(name):
    assert CONNECTOR.order(ORDERS[name]) == EXPECTED[name]


def test_lists_and_details_say_the_same():
    """Numbers in one, text in the other: an order that was fetched after it was listed has not changed."""
    assert CONNECTOR.order(ORDERS["waiting"]).digest() == CONNECTOR.order(ORDERS["detail_in_text"]).digest()


@pytest.mark.parametrize(
    ("stars", "flag"), [(0, ""), (1, "purple"), (2, "blue"), (3, "green"), (4, "yellow"), (5, "red"), ("5", "red"), (9, "")]
)
def test_flags(stars, flag):
    assert CONNECTOR.order(ORDERS["waiting"] | {"seller_remark_stars": stars}).flag == flag


@pytest.mark.parametrize(
    "name", ["unpaid", "deposit", "deposit_by_phase", "review", "state_unknown", "cancelled_unpaid", "refunded_before"]
)
def test_nothing_that_the_platform_holds_looks_ready_to_ship(name):
    order = CONNECTOR.order(ORDERS[name])
    assert order.is_blocked or order.payment not in {Payment.PAID, Payment.COD} or order.progress != Progress.WAITING


@pytest.mark.parametrize(
    "harm",
    [
        {"order_id": ""}, {"order_id": 0}, {"sku_order_list": []}, {"sku_order_list": None}, {"pay_amount": "51.00"}, {"pay_amount": 0.5},
        {"create_time": "soon"}, {"post_addr": "浙江"}, {"sku_order_list": [{"order_id": "1", "item_num": 0}]},
        {"sku_order_list": [{"item_num": 1}]},
    ],
)  # fmt: skip
def test_orders_that_cannot_be_understood_are_named(harm):
    with pytest.raises(BadPayload):
        CONNECTOR.order(ORDERS["waiting"] | harm)


# --- after-sales ---

ASKED = IncomingRefund(
    "6986853269519810001", "6936400000000000001", RefundKind.REFUND_ONLY, RefundState.ASKED, oids=(LINE,), amount_fen=2300, quantity=1,
    reason="不想要了", status_text="待商家处理", asked_at=at(20, 2, 0), modified_at=at(20, 2, 1), answer_by=at(22, 2, 0),
)  # fmt: skip


def kind(which, state, words):
    has_money = which in {RefundKind.REFUND_ONLY, RefundKind.RETURN}
    return replace(ASKED, kind=which, state=state, status_text=words, reason="", amount_fen=2300 if has_money else 0)


MONEY, BACK, SWAP = RefundKind.REFUND_ONLY, RefundKind.RETURN, RefundKind.EXCHANGE
EXPECTED_REFUNDS = {
    "asked": ASKED,
    "asked_before_shipping": replace(ASKED, is_before_shipping=True),
    "return_asked": replace(ASKED, kind=BACK),
    "return_travelling": kind(BACK, RefundState.WAITING_RETURN, "待买家退货"),
    "return_came_back": replace(
        kind(BACK, RefundState.RETURNED, "待商家二次同意"), return_courier="顺丰速运", return_waybill_no="SF1390000000001"
    ),
    "return_refused": kind(BACK, RefundState.REFUSED, "拒绝退货"),
    "refused": kind(MONEY, RefundState.REFUSED, "拒绝售后申请"),
    "closed": kind(MONEY, RefundState.CLOSED, "售后关闭"),
    "money_moving": kind(MONEY, RefundState.AGREED, "售后成功"),
    "money_failed": kind(MONEY, RefundState.AGREED, "售后成功"),
    "done": kind(MONEY, RefundState.DONE, "售后成功"),
    "exchange_asked": replace(kind(SWAP, RefundState.ASKED, "待商家同意")),
    "exchange_came_back": kind(SWAP, RefundState.RETURNED, "待商家二次同意"),
    "exchange_to_ship": kind(SWAP, RefundState.AGREED, "待商家发货"),
    "exchange_shipped": kind(SWAP, RefundState.AGREED, "换货待买家收货"),
    "exchange_done": kind(SWAP, RefundState.DONE, "换货成功"),
    "price_care": replace(kind(MONEY, RefundState.DONE, "售后成功"), amount_fen=100),
    "resend": kind(RefundKind.RESEND, RefundState.AGREED, "待商家发货"),
    "repair": kind(RefundKind.REPAIR, RefundState.ASKED, "待商家同意"),
    "unknown_state": kind(MONEY, RefundState.ASKED, "88"),
    "whole_order": replace(ASKED, oids=()),
    "quoted": ASKED,
}


def test_no_aftersale_is_without_its_expectation():
    assert EXPECTED_REFUNDS.keys() == AFTERSALES.keys()


@pytest.mark.parametrize("name", EXPECTED_REFUNDS)
def test_aftersales_in_our_words(name):
    assert CONNECTOR.refund(AFTERSALES[name]) == EXPECTED_REFUNDS[name]


@pytest.mark.parametrize("harm", [{"aftersale_info": {}}, {"aftersale_info": None}, {"aftersale_info": []}, {"order_info": "x"}])
def test_aftersales_that_cannot_be_understood_are_named(harm):
    with pytest.raises(BadPayload):
        CONNECTOR.refund(AFTERSALES["asked"] | harm)


# --- what goes wrong on the way ---


@settings(max_examples=examples(400), deadline=None)
@given(body=mutated(list(ORDERS.values())))
def test_orders_that_went_wrong_raise_nothing_else(body):
    try:
        order = CONNECTOR.order(body)
    except BadPayload:
        return
    assert order.platform_no
    assert order.lines
    assert all(line.oid and line.quantity > 0 for line in order.lines)
    order.digest()


@settings(max_examples=examples(300), deadline=None)
@given(body=mutated(list(AFTERSALES.values())))
def test_aftersales_that_went_wrong_raise_nothing_else(body):
    try:
        refund = CONNECTOR.refund(body)
    except BadPayload:
        return
    assert refund.refund_no
    assert refund.platform_no
