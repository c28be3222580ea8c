"""What a message tells, and that nothing else than its own errors comes of any message."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from danshu.channels.connector_errors import BadPayload
from danshu.channels.contract import IncomingLine, IncomingOrder, Payment, Progress, Receiver
from danshu.connectors.own import mapping

AT = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
HOME = {
    "name": "王小婷",
    "phone": "18612342290",
    "province": "浙江省",
    "city": "杭州市",
    "district": "余杭区",
    "address": "文一西路 969 号",
}
DATA = {
    "shop_id": 1, "number": "W-1", "payment": "paid", "receiver": HOME, "freight_fen": 600, "discount_fen": 100, "buyer_nick": "小婷",
    "lines": [{"sku": "MUG", "quantity": 2, "price_fen": 2500}, {"sku": "MAT", "quantity": 1, "is_gift": True}],
    "buyer_message": "轻放", "seller_memo": "老客", "flag": "red",
}  # fmt: skip


def message(kind="order.created", timestamp="2026-11-22T12:00:00+08:00", **data):
    return {"type": kind, "timestamp": timestamp, "data": {**DATA, **data}}


def test_a_new_order_as_it_is_told():
    assert mapping.order(message()) == IncomingOrder(
        "W-1",
        (
            IncomingLine("1", "MUG", 2, merchant_code="MUG", price_fen=2500, paid_fen=5000),
            IncomingLine("2", "MAT", 1, merchant_code="MAT", is_gift=True),
        ),
        Receiver("王小婷", "18612342290", "浙江省", "杭州市", "余杭区", "文一西路 969 号"),
        Payment.PAID, Progress.WAITING, placed_at=AT, paid_at=AT, modified_at=AT, buyer_nick="小婷", buyer_message="轻放",
        seller_memo="老客", flag="red", goods_fen=5000, freight_fen=600, discount_fen=100, paid_fen=5500,
    )  # fmt: skip


def test_a_change_says_when_it_was_and_not_when_the_order_was_placed():
    told = mapping.order(message("order.updated", payment="cod", paid_fen=5000))
    assert (told.placed_at, told.paid_at, told.modified_at) == (None, None, AT)
    assert (told.payment, told.paid_fen) == (Payment.COD, 5000)


def test_a_cancelled_order_is_closed():
    assert mapping.order(message("order.cancelled")).progress is Progress.CLOSED


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        (message(timestamp="2026-11-22T12:00:00"), "timestamp"), (message(timestamp="yesterday"), "timestamp"),
        (message(timestamp=1764000000), "timestamp"), (message(timestamp="1970-01-01T00:00:00Z"), "timestamp"),
        (message(number=""), "data.number"), (message(number="x" * 65), "data.number"), (message(number=7), "data.number"),
        (message(numbr="W-1"), "data.numbr"), (message(lines=[]), "data.lines"), (message(lines=[{"sku": "MUG"}]), "data.lines.0.quantity"),
        (message(lines=[{"sku": "MUG", "quantity": True}]), "data.lines.0.quantity"), (message(lines=["MUG"]), "data.lines.0"),
        (message(lines=[{"sku": "MUG", "quantity": 10**6, "price_fen": 10**11}]), "data.lines"),
        (message(lines=[{"sku": "MUG", "quantity": 1, "is_gift": "no"}]), "data.lines.0.is_gift"),
        (message(receiver={**HOME, "phone": "1"}), "data.receiver.phone"), (message(receiver=None), "data.receiver"),
        (message(payment="deposit"), "data.payment"), (message(flag="pink"), "data.flag"), (message(freight_fen=-1), "data.freight_fen"),
        (message(shop_id="1"), "data.shop_id"), (message(seller_memo="a\0b"), "data.seller_memo"), ({"type": "order.created"}, "timestamp"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_its_place_and_not_by_its_value(wrong, place):
    with pytest.raises(BadPayload, match=f" {place} "):
        mapping.order(wrong)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["sku", "quantity", "name", "x"]), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(["type", "timestamp", "data", *DATA]), VALUES)
def test_one_odd_value_is_an_error_of_its_own_or_the_order_that_it_says(name, value):
    odd = {**message(), name: value} if name in {"type", "timestamp", "data"} else message(**{name: value})
    try:
        told = mapping.order(odd)
    except BadPayload:
        return
    assert told.platform_no == odd["data"]["number"].strip()
    assert sum(line.quantity for line in told.lines) == sum(line["quantity"] for line in odd["data"]["lines"])
