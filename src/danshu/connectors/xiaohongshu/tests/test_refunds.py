"""After-sales of every status and kind, beside what they must become: yuan here, fen with us."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from danshu.channels.connector_errors import BadPayload
from danshu.channels.contract import IncomingRefund, RefundKind, RefundState
from danshu.connectors.xiaohongshu import CONNECTOR
from danshu.connectors.xiaohongshu.tests.conftest import payload

T = datetime(2026, 1, 1, 0, 0, tzinfo=UTC)
SKU, MAT_SKU = "sku0000000000000000000011", "sku0000000000000000000012"
REFUNDS = payload("refunds")
ASKED = IncomingRefund(
    refund_no="R7000000000000001",
    platform_no="P700000000000000006",
    kind=RefundKind.REFUND_ONLY,
    state=RefundState.ASKED,
    oids=(SKU,),
    amount_fen=4490,
    quantity=1,
    reason="质量问题",
    status_text="待审核",
    asked_at=T + timedelta(seconds=500000),
    modified_at=T + timedelta(seconds=500600),
    answer_by=T + timedelta(seconds=700000),
)
EXPECTED = {
    "asked": ASKED,
    "returned": replace(
        ASKED, refund_no="R7000000000000002", kind=RefundKind.RETURN, state=RefundState.RETURNED, status_text="待商家收货",
        return_courier="圆通速递", return_waybill_no="YT2000000000009",
    ),
    "exchange": replace(
        ASKED, refund_no="R7000000000000003", kind=RefundKind.EXCHANGE, state=RefundState.AGREED, amount_fen=0,
        status_text="换货待商家发货", answer_by=None,
    ),
    "paid_back": replace(  # 44.90 were asked for, 40.00 went back, and a float says 40.000000000000004
        ASKED, refund_no="R7000000000000004", kind=RefundKind.RETURN, state=RefundState.DONE, amount_fen=4000, status_text="已完成",
        oids=(SKU, MAT_SKU), quantity=3, answer_by=None,
    ),
    "before_shipping": replace(
        ASKED, refund_no="R7000000000000005", state=RefundState.DONE, amount_fen=10600, status_text="已完成", oids=(), quantity=0,
        is_before_shipping=True, reason="杯口有缺", answer_by=None,
    ),
}  # fmt: skip


def changed(**change):
    return {**REFUNDS["asked"], "afterSaleInfo": REFUNDS["asked"]["afterSaleInfo"] | change}


@pytest.mark.parametrize("name", REFUNDS)
def test_refunds(name):
    assert CONNECTOR.refund(REFUNDS[name]) == EXPECTED[name]


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (1, RefundState.ASKED), (2, RefundState.WAITING_RETURN), (3, RefundState.RETURNED), (4, RefundState.DONE), (5, RefundState.CLOSED),
        (6, RefundState.CLOSED), (9, RefundState.REFUSED), (9001, RefundState.REFUSED), (11, RefundState.AGREED), (12, RefundState.AGREED),
        (13, RefundState.AGREED), (14, RefundState.REFUSED),
    ],
)  # fmt: skip
def test_every_status(status, state):
    assert CONNECTOR.refund(changed(status=status)).state == state


@pytest.mark.parametrize(
    ("number", "kind"),
    [(1, RefundKind.RETURN), (2, RefundKind.EXCHANGE), (3, RefundKind.REFUND_ONLY), (4, RefundKind.REFUND_ONLY),
     (5, RefundKind.REFUND_ONLY), (6, RefundKind.REFUND_ONLY)],
)  # fmt: skip
def test_every_kind(number, kind):
    assert CONNECTOR.refund(changed(returnType=number)).kind == kind


@pytest.mark.parametrize(
    ("yuan", "fen"), [(Decimal("0.1"), 10), (12, 1200), ("12.34", 1234), (Decimal("25.200000000000003"), 2520), (None, 0), ("", 0)]
)
def test_yuan_becomes_fen(yuan, fen):
    assert CONNECTOR.refund(changed(expectedRefundAmountYuan=yuan)).amount_fen == fen


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ({"status": 99}, "99"),
        ({"returnType": 0}, "售后类型"),
        ({"returnsId": ""}, "returnsId"),
        ({"expectedRefundAmountYuan": Decimal("0.001")}, "expectedRefundAmountYuan"),
        ({"expectedRefundAmountYuan": -1}, "expectedRefundAmountYuan"),
        ({"expectedRefundAmountYuan": 4.5}, "expectedRefundAmountYuan"),  # a float: whoever read this JSON lost money on the way
        ({"skus": [{"appliedCount": 1}]}, "skuId"),
    ],
)
def test_after_sales_that_cannot_be_understood_say_why(change, because):
    with pytest.raises(BadPayload, match=because):
        CONNECTOR.refund(changed(**change))
