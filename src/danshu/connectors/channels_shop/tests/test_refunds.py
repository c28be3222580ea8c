"""After-sales of every status and kind, beside what they must become."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from danshu.channels.connector_errors import BadPayload
from danshu.channels.contract import IncomingRefund, RefundKind, RefundState
from danshu.connectors.channels_shop import CONNECTOR
from danshu.connectors.channels_shop.tests.conftest import payload

T = datetime(2026, 1, 1, 0, 0, tzinfo=UTC)
REFUNDS = payload("refunds")
ASKED = IncomingRefund(
    refund_no="2000000000000001",
    platform_no="3700000000000000030",
    kind=RefundKind.REFUND_ONLY,
    state=RefundState.ASKED,
    oids=("2000000011",),
    amount_fen=4490,
    quantity=1,
    reason="质量问题",
    status_text="商家受理中",
    asked_at=T + timedelta(seconds=500000),
    modified_at=T + timedelta(seconds=500600),
    answer_by=T + timedelta(seconds=700000),
)
EXPECTED = {
    "asked": ASKED,
    "returned": replace(
        ASKED,
        refund_no="2000000000000002",
        kind=RefundKind.RETURN,
        state=RefundState.RETURNED,
        status_text="待商家收货",
        answer_by=None,  # 86400 seconds are left since a moment that nobody knows
        return_courier="圆通速递",
        return_waybill_no="YT2000000000009",
    ),
    "exchange": replace(
        ASKED, refund_no="2000000000000003", kind=RefundKind.EXCHANGE, state=RefundState.DONE, amount_fen=0, status_text="换货完成",
        answer_by=None,
    ),
    "resend": replace(
        ASKED, refund_no="2000000000000004", kind=RefundKind.RESEND, state=RefundState.AGREED, amount_fen=0, status_text="待用户收货",
        answer_by=None,
    ),
    "before_shipping": replace(
        ASKED, refund_no="2000000000000005", state=RefundState.DONE, amount_fen=8980, quantity=2, is_before_shipping=True,
        reason="杯口有缺", status_text="退款完成", answer_by=None,
    ),
}  # fmt: skip
STATES = {
    RefundState.ASKED: ["MERCHANT_PROCESSING"],
    RefundState.WAITING_RETURN: ["USER_WAIT_RETURN"],
    RefundState.RETURNED: ["MERCHANT_WAIT_RECEIPT"],
    RefundState.REFUSED: [
        "MERCHANT_REJECT_REFUND", "MERCHANT_REJECT_RETURN", "MERCHANT_REJECT_EXCHANGE", "MERCHANT_REJECT_RESHIP",
        "USER_WAIT_CONFIRM_UPDATE", "PLATFORM_PROCESSING",
    ],
    RefundState.AGREED: [
        "MERCHANT_OVERDUE_REFUND", "PLATFORM_REFUNDING", "PLATFORM_REFUND_FAIL", "USER_WAIT_CONFIRM",
        "USER_WAIT_HANDLE_MERCHANT_AFTER_SALE", "WAIT_PACKAGE_INTERCEPT", "USER_WAIT_RECEIPT",
    ],
    RefundState.DONE: [
        "MERCHANT_REFUND_SUCCESS", "MERCHANT_REFUND_SUCC", "MERCHANT_RETURN_SUCCESS", "MERCHANT_RETURN_SUCC", "MERCHANT_EXCHANGE_SUCCESS",
    ],
    RefundState.CLOSED: [
        "USER_CANCELD", "USER_CANCELED", "USER_CANCELLED", "RETURN_CLOSED", "MERCHANT_FAIL", "MERCHANT_REFUND_RETRY_FAIL",
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", REFUNDS)
def test_refunds(name):
    assert CONNECTOR.refund(REFUNDS[name]) == EXPECTED[name]


@pytest.mark.parametrize(("state", "status"), [(state, status) for state, names in STATES.items() for status in names])
def test_every_status(state, status):
    assert CONNECTOR.refund({**REFUNDS["asked"], "status": status}).state == state


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ({"status": "NEW_STATUS"}, "NEW_STATUS"),
        ({"type": "REPAIR"}, "REPAIR"),
        ({"order_id": None}, "order_id"),
        ({"refund_info": {"amount": -1}}, "amount"),
        ({"product_info": "杯"}, "product_info"),
    ],
)
def test_after_sales_that_cannot_be_understood_say_why(change, because):
    with pytest.raises(BadPayload, match=because):
        CONNECTOR.refund({**REFUNDS["asked"], **change})
