"""Orders and refunds of Pinduoduo, in our words: every state, every quirk, to the fen."""

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
from danshu.connectors.pdd import CONNECTOR
from tests.chance import examples

PAYLOADS = Path(__file__).parents[1] / "payloads"
ORDERS, REFUNDS = load(PAYLOADS / "orders.json"), load(PAYLOADS / "refunds.json")
NAME = "~AgAAAAEtn0k3w1wq7ACW0d1C2b3Zq9Xv4l7hN8y5pQo=~c0RlTm9Q~0~~"
PHONE = "$aXk3Lm9Tq1Zs$AgAAAAEtn0k4w1wq7ADp2f6Yc8Rj0Vb5mK3xTz7uWeA=$0$$"
ADDRESS = "~AgAAAAEtn0k5w1wq7AH6sPz0b1dQxG9hJ4cK8mW2rV5tY7uN3eL6oR0iS1aD~Zm9vYmFyYmF6cXV4~0~~"


def at(day, hour, minute, second=0):
    return datetime(2026, 11, day, hour, minute, second, tzinfo=UTC)


PLACE = {"province": "浙江省", "city": "杭州市", "district": "余杭区", "merge_key": "oa-7f31c2d9"}
SEALED = Receiver(NAME, PHONE, address=ADDRESS, cipher=True, **PLACE)
MASKED = Receiver("周*宁", "1*********7", address="青莲路**号**栋", masked=True, **PLACE)
TEA = IncomingLine(
    "1", "龙井茶礼盒 250克", 2, spec="明前,250克", item_id="512000348761", sku_id="1488000227315", merchant_code="TEA-250",
    picture="https://img.example.com/tea.jpg", price_fen=2290, paid_fen=3990,
)  # fmt: skip
WAITING = IncomingOrder(
    "261120-418203967150284", (TEA,), SEALED, Payment.PAID, Progress.WAITING, Refund.NONE, "待发货",
    placed_at=at(20, 1, 29, 41), paid_at=at(20, 1, 30, 2), modified_at=at(20, 1, 31, 10), ship_by=at(22, 1, 30, 5),
    goods_fen=4580, discount_fen=590, paid_fen=3990, is_blocked=False,
)  # fmt: skip
UNPAID = replace(WAITING, receiver=MASKED, payment=Payment.UNPAID, status_text="未成交")
BLOCKED = replace(UNPAID, payment=Payment.PAID, is_blocked=True)
SHIPPED = replace(
    WAITING, receiver=MASKED, progress=Progress.SHIPPED, status_text="已发货待签收", shipped_at=at(20, 10, 2, 33),
    modified_at=at(20, 10, 2, 34), parcels=(IncomingParcel("85", "YT7712345678901"),),
)  # fmt: skip


def with_refund(order, refund, words, **changes):
    return replace(order, refund=refund, lines=tuple(replace(one, refund=refund) for one in order.lines), status_text=words, **changes)


EXPECTED = {
    "waiting": WAITING,
    "phone_in_contact_mobile": WAITING,
    "memo_and_flag": replace(WAITING, seller_memo="易碎，多包一层", flag="green", buyer_message="周末别送"),
    "shipped": SHIPPED,
    "two_parcels": replace(SHIPPED, parcels=(IncomingParcel("85", "YT7712345678901"), IncomingParcel("115", "75312345678902"))),
    "signed": replace(
        SHIPPED, progress=Progress.DELIVERED, status_text="已签收", finished_at=at(23, 4, 0, 1), modified_at=at(23, 4, 0, 2)
    ),
    "no_mask_at_all": replace(SHIPPED, receiver=Receiver(**PLACE)),
    "plain_receiver": replace(WAITING, receiver=Receiver("测试甲", "13800000001", address="青莲路1号", **PLACE)),
    "deposit_unpaid": replace(UNPAID, paid_at=None),
    "deposit_paid": replace(UNPAID, payment=Payment.DEPOSIT),
    "deposit_settled": WAITING,
    "gift": replace(
        WAITING,
        lines=(TEA, IncomingLine("2", "茶漏", 1, item_id="512000990001", sku_id="1488000990002", merchant_code="GIFT-1", is_gift=True)),
    ),
    "risk_review": replace(BLOCKED, receiver=Receiver(**PLACE), status_text="审核中"),
    "grouping": BLOCKED,
    "grouping_unpaid": replace(UNPAID, paid_at=None),
    "group_failed": replace(BLOCKED, is_blocked=False, progress=Progress.CLOSED, status_text="拼团失败"),
    "cancelled": replace(BLOCKED, is_blocked=False, progress=Progress.CLOSED, status_text="已取消"),
    "state_unknown": replace(WAITING, status_text="未成交", is_blocked=True),
    "refund_asked": with_refund(WAITING, Refund.REQUESTED, "待发货，售后处理中"),
    "refund_moving": with_refund(WAITING, Refund.REQUESTED, "待发货，退款中"),
    "refunded_unshipped": with_refund(WAITING, Refund.REFUNDED, "未发货，退款成功", receiver=MASKED, progress=Progress.CLOSED),
    "refunded_shipped": with_refund(SHIPPED, Refund.REFUNDED, "已发货待签收，退款成功"),
    "two_things": replace(
        WAITING,
        lines=(
            IncomingLine("1", "甲", 1, item_id="1", sku_id="11", merchant_code="A", price_fen=3333, paid_fen=3333),
            IncomingLine("2", "乙", 2, item_id="2", merchant_code="B", price_fen=3334, paid_fen=6667),
        ),
        goods_fen=10000, discount_fen=0, freight_fen=1, paid_fen=10001,
    ),
    "with_postage": replace(WAITING, freight_fen=1000, paid_fen=4990),
}  # fmt: skip


def test_no_payload_is_without_its_expectation():
    assert EXPECTED.keys() == ORDERS.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_orders_in_our_words(name):
    assert CONNECTOR.order(ORDERS[name]) == EXPECTED[name]


@pytest.mark.parametrize(
    "name",
    ["risk_review", "grouping", "grouping_unpaid", "deposit_unpaid", "deposit_paid", "cancelled", "refunded_unshipped", "state_unknown"],
)
def test_nothing_that_the_platform_holds_looks_ready_to_ship(name):
    order = CONNECTOR.order(ORDERS[name])
    assert order.is_blocked or (order.payment, order.progress) != (Payment.PAID, Progress.WAITING)


@pytest.mark.parametrize(
    "harm",
    [
        {"order_sn": ""}, {"order_sn": None}, {"item_list": []}, {"item_list": "x"}, {"pay_amount": 39.9}, {"pay_amount": "三十九"},
        {"pay_time": "yesterday"}, {"item_list": [{"goods_id": 1, "goods_count": 0}]},
    ],
)  # fmt: skip
def test_orders_that_cannot_be_understood_are_named(harm):
    with pytest.raises(BadPayload):
        CONNECTOR.order(ORDERS["waiting"] | harm)


# --- refunds ---

ASKED = IncomingRefund(
    "88130042219", "261120-418203967150284", RefundKind.REFUND_ONLY, RefundState.ASKED, amount_fen=3990, quantity=2, reason="不想要了",
    status_text="买家申请退款，待商家处理", asked_at=at(20, 2, 0), modified_at=at(20, 2, 1),
)  # fmt: skip


def kind(which, state, words):
    has_money = which in {RefundKind.REFUND_ONLY, RefundKind.RETURN}
    return replace(ASKED, kind=which, state=state, status_text=words, amount_fen=3990 if has_money else 0)


MONEY, BACK, SWAP, FIX = RefundKind.REFUND_ONLY, RefundKind.RETURN, RefundKind.EXCHANGE, RefundKind.REPAIR
EXPECTED_REFUNDS = {
    "asked": ASKED,
    "return_asked": kind(BACK, RefundState.ASKED, "退货退款，待商家处理"),
    "return_travelling": kind(BACK, RefundState.WAITING_RETURN, "已同意退货退款，待用户发货"),
    "return_came_back": replace(
        kind(BACK, RefundState.RETURNED, "退货退款，待商家处理"), return_courier="顺丰速运", return_waybill_no="SF1390000000001"
    ),
    "money_moving": kind(MONEY, RefundState.AGREED, "商家同意退款，退款中"),
    "money_moving_by_platform": kind(MONEY, RefundState.AGREED, "平台同意退款，退款中"),
    "refused": kind(MONEY, RefundState.REFUSED, "驳回退款，待买家处理"),
    "platform_looks": kind(MONEY, RefundState.ASKED, "平台处理中"),
    "platform_closed": kind(MONEY, RefundState.CLOSED, "平台拒绝退款，退款关闭"),
    "done": kind(MONEY, RefundState.DONE, "退款成功"),
    "withdrawn": kind(MONEY, RefundState.CLOSED, "买家撤销"),
    "late": kind(MONEY, RefundState.CLOSED, "买家逾期未处理，退款失败"),
    "too_late": kind(MONEY, RefundState.CLOSED, "买家逾期，超过有效期"),
    "exchange_asked": kind(SWAP, RefundState.ASKED, "换货补寄待商家处理"),
    "exchange_travelling": kind(SWAP, RefundState.WAITING_RETURN, "换货补寄待用户处理"),
    "exchange_done": kind(SWAP, RefundState.DONE, "换货补寄成功"),
    "exchange_failed": kind(SWAP, RefundState.CLOSED, "换货补寄失败"),
    "exchange_to_confirm": kind(SWAP, RefundState.AGREED, "换货补寄待用户确认完成"),
    "repair_asked": kind(FIX, RefundState.ASKED, "待商家同意维修"),
    "repair_travelling": kind(FIX, RefundState.WAITING_RETURN, "待用户确认发货"),
    "repair_closed": kind(FIX, RefundState.CLOSED, "维修关闭"),
    "repair_done": kind(FIX, RefundState.DONE, "维修成功"),
    "repair_to_receive": kind(FIX, RefundState.AGREED, "待用户确认收货"),
    "refuse_at_door": kind(MONEY, RefundState.AGREED, "已同意拒收退款，待用户拒收"),
    "resend_to_ship": kind(RefundKind.RESEND, RefundState.AGREED, "补寄待商家发货"),
    "recall": kind(MONEY, RefundState.AGREED, "待商家召回"),
    "unknown_state": kind(MONEY, RefundState.ASKED, "99"),
    "single_query": replace(ASKED, is_before_shipping=True, answer_by=at(21, 14, 0)),
}


def test_no_refund_is_without_its_expectation():
    assert EXPECTED_REFUNDS.keys() == REFUNDS.keys()


@pytest.mark.parametrize("name", EXPECTED_REFUNDS)
def test_refunds_in_our_words(name):
    assert CONNECTOR.refund(REFUNDS[name]) == EXPECTED_REFUNDS[name]


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
    assert all(line.quantity > 0 for line in order.lines)
    order.digest()


@settings(max_examples=examples(300), deadline=None)
@given(body=mutated(list(REFUNDS.values())))
def test_refunds_that_went_wrong_raise_nothing_else(body):
    try:
        refund = CONNECTOR.refund(body)
    except BadPayload:
        return
    assert refund.refund_no
    assert refund.platform_no
