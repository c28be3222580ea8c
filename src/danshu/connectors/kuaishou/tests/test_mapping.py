"""Translation: values worked out by hand from `payloads/`."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings

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
)  # fmt: skip
from danshu.channels.tests.pretending import mutated
from danshu.connectors.kuaishou.connector import CONNECTOR
from danshu.connectors.kuaishou.tests.platform import payloads
from tests.chance import examples

ORDERS, REFUNDS = payloads("orders"), payloads("refunds")
MASKED = Receiver("沈*", "138****0001", "浙江省", "杭州市", "西湖区", "****1幢2单元", masked=True, merge_key="OA-7f3e")


def test_every_field_of_an_order():
    line = IncomingLine(
        oid="2607602240240201", title="竹编收纳筐", quantity=2, spec="大号;原色", item_id="21122311903819", sku_id="158419190357914",
        merchant_code="ZB-L-01", picture="https://img.example.com/basket.jpg", price_fen=3590, paid_fen=6780,
    )  # fmt: skip
    assert CONNECTOR.order(ORDERS["paid"]) == IncomingOrder(
        platform_no="2607602240240201", lines=(line,), receiver=MASKED, payment=Payment.PAID, progress=Progress.WAITING,
        status_text="已付款", placed_at=datetime(2026, 11, 29, 9, 50, tzinfo=UTC), paid_at=datetime(2026, 11, 29, 9, 51, tzinfo=UTC),
        modified_at=datetime(2026, 11, 29, 9, 51, 40, tzinfo=UTC), ship_by=datetime(2026, 12, 1, 9, 50, tzinfo=UTC),
        buyer_nick="小河弯弯", buyer_message="周末送", seller_memo="加一层纸；老客户", flag="red",
        goods_fen=7180, freight_fen=600, discount_fen=400, paid_fen=7380, is_blocked=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "payment", "progress", "refund", "word"),
    [
        ("unpaid", Payment.UNPAID, Progress.WAITING, Refund.NONE, "待付款"),
        ("paid", Payment.PAID, Progress.WAITING, Refund.NONE, "已付款"),
        ("risky", Payment.PAID, Progress.WAITING, Refund.NONE, "已付款（平台暂不允许发货）"),
        ("may_not_ship", Payment.PAID, Progress.WAITING, Refund.NONE, "已付款（平台暂不允许发货）"),
        ("refunding", Payment.PAID, Progress.WAITING, Refund.REQUESTED, "已付款"),
        ("refund_refused_by_platform", Payment.PAID, Progress.WAITING, Refund.NONE, "已付款"),
        ("shipped", Payment.PAID, Progress.SHIPPED, Refund.NONE, "已发货"),
        ("part_shipped", Payment.PAID, Progress.PART_SHIPPED, Refund.NONE, "已发货"),
        ("gift_not_shipped", Payment.PAID, Progress.PART_SHIPPED, Refund.NONE, "已发货"),
        ("partly_refunded", Payment.PAID, Progress.SHIPPED, Refund.PARTIAL, "已发货"),
        ("exchanged", Payment.PAID, Progress.SHIPPED, Refund.NONE, "已发货"),
        ("signed", Payment.PAID, Progress.DELIVERED, Refund.NONE, "已签收"),
        ("finished", Payment.PAID, Progress.DELIVERED, Refund.NONE, "订单成功"),
        ("closed_unpaid", Payment.UNPAID, Progress.CLOSED, Refund.NONE, "订单失败"),
        ("closed_refunded", Payment.PAID, Progress.CLOSED, Refund.REFUNDED, "订单失败"),
        ("ids_as_text", Payment.PAID, Progress.WAITING, Refund.NONE, "已付款"),
    ],
)
def test_where_an_order_stands(name, payment, progress, refund, word):
    order = CONNECTOR.order(ORDERS[name])
    assert (order.payment, order.progress, order.refund, order.status_text) == (payment, progress, refund, word)
    assert order.lines[0].refund == refund
    assert order.is_blocked == (name in {"risky", "may_not_ship"})


def test_moments_of_the_way():
    order = CONNECTOR.order(ORDERS["finished"])
    assert order.shipped_at == datetime(2026, 11, 30, 0, 53, 19, 123000, tzinfo=UTC)
    assert order.finished_at == datetime(2026, 12, 2, 8, 26, 40, tzinfo=UTC)
    unpaid = CONNECTOR.order(ORDERS["unpaid"])
    assert (unpaid.paid_at, unpaid.shipped_at, unpaid.finished_at) == (None, None, None)


def test_a_gift_is_a_line_with_a_number_of_its_own_and_costs_nothing():
    order = CONNECTOR.order(ORDERS["with_gift"])
    assert [(line.oid, line.title, line.quantity, line.is_gift, line.price_fen, line.paid_fen) for line in order.lines] == [
        ("2607602240240206", "竹编收纳筐", 2, False, 3590, 6780),
        ("2607602240240207", "竹签一包", 1, True, 0, 0),
    ]
    assert (order.goods_fen, order.paid_fen) == (7180, 7380)


def test_parcels_without_a_number_are_none():
    assert CONNECTOR.order(ORDERS["two_parcels"]).parcels == (
        IncomingParcel("4", "SF1400000000001"),
        IncomingParcel("6", "YT0000000000002"),
    )


def test_numbers_as_text_are_the_same_order():
    order = CONNECTOR.order(ORDERS["ids_as_text"])
    assert (order.platform_no, order.paid_fen) == ("2607602240240601", 7380)
    assert (order.lines[0].sku_id, order.lines[0].quantity) == ("158419190357914", 2)


@pytest.mark.parametrize(
    ("name", "receiver"),
    [
        ("plain_address", Receiver("沈河", "13800000001", "浙江省", "杭州市", "西湖区", "蒋村街道1幢2单元", merge_key="OA-7f3e")),
        (
            "cipher_only",
            Receiver("##c2hlbg==##", "##MTM4##", "浙江省", "杭州市", "西湖区", "##YWRkcg==##", cipher=True, merge_key="OA-7f3e"),
        ),
        ("no_address", Receiver()),
    ],
)
def test_receivers(name, receiver):
    assert CONNECTOR.order(ORDERS[name]).receiver == receiver


def test_a_thing_without_variants_has_no_sku():
    line = CONNECTOR.order(ORDERS["without_sku"]).lines[0]
    assert (line.item_id, line.sku_id, line.merchant_code) == ("21122311903819", "", "")


@pytest.mark.parametrize(
    "name",
    ["status_unknown", "status_new", "without_goods", "without_number", "no_pieces", "text_for_money", "gift_by_number_only"],
)
def test_an_order_that_cannot_be_understood_is_refused(name):
    with pytest.raises(BadPayload) as refused:
        CONNECTOR.order(ORDERS[name])
    assert refused.value.code == "connector.payload"


def test_every_field_of_a_refund():
    assert CONNECTOR.refund(REFUNDS["10"]) == IncomingRefund(
        refund_no="31002607602010", platform_no="2607602240240204", kind=RefundKind.REFUND_ONLY, state=RefundState.ASKED,
        oids=("2607602240240204",), amount_fen=6780, reason="拍错了", status_text="买家仅退款申请",
        asked_at=datetime(2026, 11, 29, 11, tzinfo=UTC), modified_at=datetime(2026, 11, 29, 11, 16, 40, tzinfo=UTC),
        answer_by=datetime(2026, 12, 1, 10, 13, 20, tzinfo=UTC),
    )  # fmt: skip


def test_the_detail_says_what_comes_back_and_how():
    came = CONNECTOR.refund(REFUNDS["40_detail"])
    assert (came.quantity, came.return_courier, came.return_waybill_no) == (1, "4", "SF7712345678902")
    flat = {name: value for name, value in REFUNDS["40_detail"].items() if name != "logisticsInfo"} | {"expressNo": "SF1", "expressCode": 9}
    assert (CONNECTOR.refund(flat).return_courier, CONNECTOR.refund(flat).return_waybill_no) == ("9", "SF1")


@pytest.mark.parametrize(
    ("name", "kind", "state", "amount", "waits_for_us"),
    [
        ("10", RefundKind.REFUND_ONLY, RefundState.ASKED, 6780, True),
        ("11", RefundKind.RETURN, RefundState.ASKED, 6780, True),
        ("12", RefundKind.REFUND_ONLY, RefundState.REFUSED, 6780, False),
        ("20", RefundKind.REFUND_ONLY, RefundState.REFUSED, 6780, False),
        ("21", RefundKind.RETURN, RefundState.REFUSED, 6780, False),
        ("22", RefundKind.RETURN, RefundState.WAITING_RETURN, 6780, False),
        ("30", RefundKind.RETURN, RefundState.WAITING_RETURN, 6780, False),
        ("40", RefundKind.RETURN, RefundState.RETURNED, 6780, True),
        ("45", RefundKind.EXCHANGE, RefundState.AGREED, 0, False),
        ("50", RefundKind.REFUND_ONLY, RefundState.AGREED, 6780, False),
        ("60", RefundKind.REFUND_ONLY, RefundState.DONE, 6780, False),
        ("70", RefundKind.REFUND_ONLY, RefundState.CLOSED, 6780, False),
        ("refused_by_seller", RefundKind.REFUND_ONLY, RefundState.REFUSED, 6780, False),
        ("resend", RefundKind.RESEND, RefundState.ASKED, 0, True),
        ("repair", RefundKind.REPAIR, RefundState.ASKED, 0, True),
    ],
)
def test_where_a_refund_stands(name, kind, state, amount, waits_for_us):
    refund = CONNECTOR.refund(REFUNDS[name])
    assert (refund.kind, refund.state, refund.amount_fen, refund.answer_by is not None) == (kind, state, amount, waits_for_us)


def test_a_reason_in_words_counts_where_none_was_chosen():
    assert CONNECTOR.refund(REFUNDS["reason_in_words_only"]).reason == "想换颜色"


@pytest.mark.parametrize("name", ["way_unknown", "status_unknown", "without_order"])
def test_a_refund_that_cannot_be_understood_is_refused(name):
    with pytest.raises(BadPayload):
        CONNECTOR.refund(REFUNDS[name])


@settings(max_examples=examples(400), deadline=None, suppress_health_check=list(HealthCheck))
@given(mutated(list(ORDERS.values())), mutated(list(REFUNDS.values())))
def test_translation_raises_nothing_but_bad_payload(order, refund):
    for translate, body, made in ((CONNECTOR.order, order, IncomingOrder), (CONNECTOR.refund, refund, IncomingRefund)):
        try:
            found = translate(body)
        except BadPayload:
            continue
        assert isinstance(found, made)
        if isinstance(found, IncomingOrder):
            assert found.lines
            assert len(found.digest()) == 32
