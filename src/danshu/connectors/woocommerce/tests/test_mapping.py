"""Translation: values worked out by hand from `payloads/` and from the documents' own sample."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

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
from danshu.connectors.woocommerce.connector import CONNECTOR
from danshu.connectors.woocommerce.tests.site import payloads
from tests.chance import examples

SAMPLES = Path(__file__).resolve().parents[6] / "shared" / "samples" / "woocommerce_orders_list.json"
ORDERS, REFUNDS = payloads("orders"), payloads("refunds")


def test_every_field_of_an_order():
    line = IncomingLine(
        oid="315", title="竹编收纳筐", quantity=2, spec="尺寸:大号;颜色:原色", item_id="93", sku_id="931",
        merchant_code="ZB-L-01", picture="https://shop.example.com/basket.jpg", price_fen=3590, paid_fen=6780,
    )  # fmt: skip
    assert CONNECTOR.order(ORDERS["completed"]) == IncomingOrder(
        platform_no="1003", lines=(line,), receiver=Receiver("沈河", "13800000001", "浙江省", "杭州市", address="西湖区蒋村街道1幢2单元"),
        payment=Payment.PAID, progress=Progress.SHIPPED, status_text="已完成", placed_at=datetime(2026, 11, 29, 9, 50, tzinfo=UTC),
        paid_at=datetime(2026, 11, 29, 9, 51, tzinfo=UTC), shipped_at=datetime(2026, 11, 30, 0, 53, 19, tzinfo=UTC),
        modified_at=datetime(2026, 11, 29, 9, 51, 40, tzinfo=UTC), buyer_message="周末送",
        goods_fen=7180, freight_fen=600, discount_fen=400, paid_fen=7380, is_blocked=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "payment", "progress", "refund", "word"),
    [
        ("pending", Payment.UNPAID, Progress.WAITING, Refund.NONE, "待付款"),
        ("processing", Payment.PAID, Progress.WAITING, Refund.NONE, "处理中"),
        ("on-hold", Payment.UNPAID, Progress.WAITING, Refund.NONE, "保留"),
        ("completed", Payment.PAID, Progress.SHIPPED, Refund.NONE, "已完成"),
        ("cancelled", Payment.UNPAID, Progress.CLOSED, Refund.NONE, "已取消"),
        ("refunded", Payment.PAID, Progress.CLOSED, Refund.REFUNDED, "已退款"),
        ("failed", Payment.UNPAID, Progress.WAITING, Refund.NONE, "失败"),
        ("trash", Payment.PAID, Progress.CLOSED, Refund.NONE, "已删除"),
        ("cod", Payment.COD, Progress.WAITING, Refund.NONE, "处理中"),
        ("processing_by_hand", Payment.PAID, Progress.WAITING, Refund.NONE, "处理中"),
        ("on_hold_paid", Payment.PAID, Progress.WAITING, Refund.NONE, "保留"),
        ("refunded_after_shipping", Payment.PAID, Progress.SHIPPED, Refund.REFUNDED, "已退款"),
        ("partly_refunded", Payment.PAID, Progress.WAITING, Refund.PARTIAL, "处理中"),
        ("wholly_refunded", Payment.PAID, Progress.WAITING, Refund.REFUNDED, "处理中"),
        ("of_a_plugin", Payment.PAID, Progress.WAITING, Refund.NONE, "wc-packed"),
        ("first_parcel_told", Payment.PAID, Progress.PART_SHIPPED, Refund.NONE, "处理中"),
        ("completed_by_us", Payment.PAID, Progress.SHIPPED, Refund.NONE, "已完成"),
    ],
)
def test_where_an_order_stands(name, payment, progress, refund, word):
    order = CONNECTOR.order(ORDERS[name])
    assert (order.payment, order.progress, order.refund, order.status_text) == (payment, progress, refund, word)


def test_lines_freight_and_tax_add_up_to_the_total():
    order = CONNECTOR.order(ORDERS["with_tax"])
    assert [
        (line.title, line.spec, line.sku_id, line.merchant_code, line.price_fen, line.paid_fen, line.picture) for line in order.lines
    ] == [
        ("Woo Single #1", "", "", "", 323, 645, ""),
        ("Ship Your Idea – Black", "color:black", "23", "Bar3", 1290, 1290, "https://shop.example.com/basket.jpg"),
    ]
    assert (order.goods_fen, order.freight_fen, order.discount_fen, order.paid_fen) == (1935, 1000, 0, 2935)


def test_more_than_two_places_are_rounded():
    order = CONNECTOR.order(ORDERS["three_places"])
    assert (order.paid_fen, order.lines[0].price_fen, order.lines[0].paid_fen) == (1001, 334, 1001)


@pytest.mark.parametrize(
    ("name", "receiver"),
    [
        ("billing_only", Receiver("沈河", "13800000001", "浙江省", "杭州市", address="西湖区蒋村街道1幢2单元")),
        ("province_in_words", Receiver("沈河", "13800000001", "浙江省", "杭州市", address="西湖区蒋村街道1幢2单元")),
        ("abroad", Receiver("John Doe", "(555) 555-5555", "CA", "San Francisco", address="969 Market, Floor 2, 94103, US")),
        ("without_address", Receiver()),
    ],
)
def test_receivers(name, receiver):
    assert CONNECTOR.order(ORDERS[name]).receiver == receiver


def test_a_product_that_was_deleted_has_no_number():
    line = CONNECTOR.order(ORDERS["deleted_product"]).lines[0]
    assert (line.item_id, line.sku_id, line.merchant_code, line.title) == ("", "", "", "竹编收纳筐 - 大号, 原色")


def test_a_line_without_pieces_is_none():
    assert [line.oid for line in CONNECTOR.order(ORDERS["one_line_taken_out"]).lines] == ["315"]


def test_what_we_told_of_parcels_comes_back():
    assert CONNECTOR.order(ORDERS["completed_by_us"]).parcels == (IncomingParcel("顺丰速运", "SF1400000000001"),)
    assert CONNECTOR.order(ORDERS["foreign_parcels"]).parcels == ()


@pytest.mark.parametrize(
    "name",
    ["cart", "without_status", "without_lines", "lines_missing", "without_number", "half_a_piece", "words_for_money", "words_for_a_moment"],
)
def test_an_order_that_cannot_be_understood_is_refused(name):
    with pytest.raises(BadPayload) as refused:
        CONNECTOR.order(ORDERS[name])
    assert refused.value.code == "connector.payload"


def test_every_field_of_a_refund():
    at = datetime(2026, 11, 30, 10, tzinfo=UTC)
    assert CONNECTOR.refund(REFUNDS["of_a_line"]) == IncomingRefund(
        refund_no="726", platform_no="1024", kind=RefundKind.REFUND_ONLY, state=RefundState.DONE, oids=("315",), amount_fen=3390,
        quantity=1, reason="少一只", status_text="已退款", asked_at=at, modified_at=at,
    )  # fmt: skip


def test_a_refund_of_an_amount_names_no_line():
    refund = CONNECTOR.refund(REFUNDS["of_an_amount"])
    assert (refund.oids, refund.amount_fen, refund.quantity) == ((), 1000, 0)


@pytest.mark.parametrize("name", ["without_order", "words_for_money"])
def test_a_refund_that_cannot_be_understood_is_refused(name):
    with pytest.raises(BadPayload):
        CONNECTOR.refund(REFUNDS[name])


def test_the_documents_own_sample():
    if not SAMPLES.exists():
        pytest.skip("samples lie beside the project, not in it")
    first, second = json.loads(SAMPLES.read_text("utf-8"), parse_float=Decimal)["response"]
    order = CONNECTOR.order(first)
    assert (order.platform_no, order.payment, order.progress, order.refund) == ("727", Payment.PAID, Progress.WAITING, Refund.NONE)
    assert (order.goods_fen, order.freight_fen, order.discount_fen, order.paid_fen) == (1935, 1000, 0, 2935)
    assert [(line.oid, line.item_id, line.sku_id, line.merchant_code, line.quantity, line.spec, line.paid_fen) for line in order.lines] == [
        ("315", "93", "", "", 2, "", 645), ("316", "22", "23", "Bar3", 1, "color:black;size:M Test", 1290),
    ]  # fmt: skip
    assert order.lines[1].title == "Ship Your Idea – Color: Black, Size: M Test"
    assert order.receiver == Receiver("John Doe", "(555) 555-5555", "CA", "San Francisco", address="969 Market, 94103, US")
    assert (order.placed_at, order.paid_at) == (
        datetime(2017, 3, 22, 19, 28, 2, tzinfo=UTC), datetime(2017, 3, 22, 19, 28, 8, tzinfo=UTC),
    )  # fmt: skip
    order = CONNECTOR.order(second)
    assert (order.platform_no, order.payment, order.progress, order.refund) == ("723", Payment.PAID, Progress.SHIPPED, Refund.PARTIAL)
    assert (order.goods_fen, order.freight_fen, order.paid_fen) == (2900, 1000, 3900)
    assert (order.paid_at, order.shipped_at) == (None, datetime(2017, 3, 21, 19, 54, 51, tzinfo=UTC))


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
