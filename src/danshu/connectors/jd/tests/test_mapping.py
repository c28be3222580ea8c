"""JD's orders and requests, one by one, against values worked out by hand."""

import copy
import json
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from danshu.channels.connector_errors import BadPayload
from danshu.channels.contract import IncomingParcel, Payment, Progress, Receiver, Refund, RefundKind, RefundState
from danshu.connectors.jd import CONNECTOR
from danshu.connectors.jd.tests.conftest import load

ORDERS, REQUESTS = load("orders.json"), load("requests.json")
SAMPLES = Path(__file__).resolve().parents[6] / "shared" / "samples"


def at(year, month, day, hour=0, minute=0, second=0):
    return datetime(year, month, day, hour, minute, second, tzinfo=timezone(timedelta(hours=8)))


def order(name):
    return CONNECTOR.order(ORDERS[name])


W, S, D, C = Progress.WAITING, Progress.SHIPPED, Progress.DELIVERED, Progress.CLOSED


@pytest.mark.parametrize(
    ("name", "payment", "progress", "refund"),
    [
        ("paid, masked", Payment.PAID, W, Refund.NONE),
        ("three lines, a gift, coupons", Payment.PAID, W, Refund.NONE),
        ("not paid", Payment.UNPAID, W, Refund.NONE),
        ("WAIT_SELLER_DELIVERY", Payment.PAID, W, Refund.NONE),
        ("WAIT_SEND_CODE", Payment.PAID, W, Refund.NONE),
        ("PAUSE", Payment.PAID, W, Refund.NONE),
        ("POP_ORDER_PAUSE", Payment.PAID, W, Refund.NONE),
        ("locked, the buyer asks to cancel", Payment.PAID, W, Refund.REQUESTED),
        ("shipped in three parcels of two couriers", Payment.PAID, S, Refund.NONE),
        ("SEND_TO_DISTRIBUTION_CENER", Payment.PAID, S, Refund.NONE),
        ("DISTRIBUTION_CENTER_RECEIVED", Payment.PAID, S, Refund.NONE),
        ("RECEIPTS_CONFIRM", Payment.PAID, D, Refund.NONE),
        ("finished", Payment.PAID, D, Refund.NONE),
        ("cancelled after payment", Payment.PAID, C, Refund.NONE),
        ("cancelled before payment", Payment.UNPAID, C, Refund.NONE),
        ("cash on delivery", Payment.COD, W, Refund.NONE),
        ("cipher text", Payment.PAID, W, Refund.NONE),
        ("a child of a split order", Payment.PAID, W, Refund.NONE),
    ],
)
def test_where_an_order_stands(name, payment, progress, refund):
    found = order(name)
    assert (found.payment, found.progress, found.refund) == (payment, progress, refund)
    assert found.is_blocked == (name in {"PAUSE", "POP_ORDER_PAUSE"})


def test_every_payload_is_looked_at():
    table = next(mark for mark in test_where_an_order_stands.pytestmark if mark.name == "parametrize").args[1]
    assert {row[0] for row in table} == set(ORDERS)


@pytest.mark.parametrize(
    ("name", "goods", "freight", "discount", "paid", "lines"),
    [
        ("paid, masked", 19900, 600, 0, 20500, [19900]),
        # 119.80 − 9.80 = 110.00 and 20.05 are left; 120.00 was paid for both: 110/130.05 of it is 101.4994…, 20.05/130.05 is 18.5005…
        ("three lines, a gift, coupons", 13985, 0, 1985, 12000, [10150, 1850, 0]),
        ("shipped in three parcels of two couriers", 19800, 0, 0, 19800, [19800]),
    ],
)
def test_money_adds_up(name, goods, freight, discount, paid, lines):
    found = order(name)
    assert (found.goods_fen, found.freight_fen, found.discount_fen, found.paid_fen) == (goods, freight, discount, paid)
    assert [line.paid_fen for line in found.lines] == lines
    assert goods + freight - discount == paid == sum(lines) + freight


def test_a_whole_order():
    found = order("paid, masked")
    assert found.platform_no == "287900000001"
    assert found.receiver == Receiver("王*", "138****0000", "浙江", "杭州市", "余杭区", "仓前街道文***", masked=True, merge_key="jdOaid-1")
    assert (found.buyer_nick, found.buyer_message, found.seller_memo, found.flag) == ("jd_****7", "放门口", "先发", "red")
    assert (found.placed_at, found.paid_at) == (at(2026, 11, 20, 9, 15, 2), at(2026, 11, 20, 9, 16, 40))
    assert found.modified_at == at(2026, 11, 20, 9, 16, 41)
    assert (found.shipped_at, found.finished_at, found.ship_by, found.parcels) == (None, None, None, ())
    assert found.status_text == "等待出库"
    line = found.lines[0]
    assert (line.oid, line.title, line.quantity, line.price_fen) == ("1", "棉麻四件套 米白 1.8m", 1, 19900)
    assert (line.item_id, line.sku_id, line.merchant_code) == ("10020665900001", "10054887700001", "MX-01-W")


def test_positions_gifts_and_codes():
    lines = order("three lines, a gift, coupons").lines
    assert [line.oid for line in lines] == ["1", "2", "3"]
    assert [line.is_gift for line in lines] == [False, False, True]
    assert [line.merchant_code for line in lines] == ["MX-01-W", "MX-01", "XB"]
    assert [line.quantity for line in lines] == [2, 1, 1]


def test_parcels_and_the_end():
    assert order("shipped in three parcels of two couriers").parcels == (
        IncomingParcel("467", "SF1400011122233"),
        IncomingParcel("467", "SF1400011122244"),
        IncomingParcel("1499", "78900001112224"),
    )
    found = order("finished")
    assert (found.shipped_at, found.finished_at) == (at(2026, 11, 21, 14), at(2026, 11, 25, 8))


def test_receivers_in_cipher_and_none_at_all():
    cipher = order("cipher text").receiver
    assert (cipher.cipher, cipher.masked, cipher.phone) == (True, True, "136*******5")
    assert cipher.address == ORDERS["cipher text"]["consigneeInfo"]["fullAddress"]
    assert order("WAIT_SEND_CODE").receiver == Receiver()


# --- requests ---------------------------------------------------------------------------------------------------------------

A = RefundState
MONEY, GOODS = RefundKind.REFUND_ONLY, RefundKind.RETURN


@pytest.mark.parametrize(
    ("status", "state", "kind", "is_before"),
    [
        ("0", A.ASKED, MONEY, True), ("1", A.AGREED, MONEY, True), ("2", A.REFUSED, MONEY, True), ("3", A.DONE, MONEY, True),
        ("4", A.REFUSED, MONEY, True), ("5", A.AGREED, MONEY, True), ("6", A.AGREED, MONEY, False), ("7", A.AGREED, MONEY, False),
        ("8", A.ASKED, MONEY, False), ("9", A.DONE, MONEY, True), ("10", A.ASKED, MONEY, False), ("11", A.CLOSED, MONEY, True),
        ("16", A.WAITING_RETURN, GOODS, False), ("17", A.WAITING_RETURN, GOODS, False), ("18", A.CLOSED, MONEY, True),
        ("19", A.ASKED, MONEY, True), ("27", A.AGREED, MONEY, False), ("answered", A.AGREED, MONEY, True),
    ],
)  # fmt: skip
def test_where_a_request_stands(status, state, kind, is_before):
    found = CONNECTOR.refund(REQUESTS[status])
    assert (found.state, found.kind, found.is_before_shipping) == (state, kind, is_before)
    assert (found.platform_no, found.amount_fen, found.oids) == ("287900000008", 19900, ())


def test_a_whole_request():
    found = CONNECTOR.refund(REQUESTS["answered"])
    assert (found.refund_no, found.reason, found.status_text) == ("30001000001", "不想要了", "1")
    assert (found.asked_at, found.modified_at) == (at(2026, 11, 20, 10), at(2026, 11, 20, 11, 30))
    assert CONNECTOR.refund(REQUESTS["0"]).modified_at == at(2026, 11, 20, 10)


# --- what cannot be understood ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"orderState": "ON_THE_MOON"}, {"orderState": None}, {"itemInfoList": None}, {"itemInfoList": []}, {"itemInfoList": [3]},
        {"orderId": ""}, {"orderPayment": "free"}, {"freightPrice": "0.005"}, {"modified": "soon"}, {"consigneeInfo": "王"},
        {"couponDetailList": "none"}, {"couponDetailList": [{"skuId": "1", "couponPrice": {}}]},
    ],
)  # fmt: skip
def test_nonsense_is_said_and_never_guessed(change):
    with pytest.raises(BadPayload):
        CONNECTOR.order(ORDERS["paid, masked"] | change)


@pytest.mark.parametrize("change", [{"status": 99}, {"id": None}, {"orderId": None}, {"applyRefundSum": "19.5"}, {"applyRefundSum": -1}])
def test_nonsense_in_requests(change):
    with pytest.raises(BadPayload):
        CONNECTOR.refund(REQUESTS["0"] | change)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)


def spoil(body, data):
    """A value somewhere in the body becomes something else, or goes."""
    body = copy.deepcopy(body)
    holder = body
    while True:
        key = data.draw(st.sampled_from(sorted(holder) if isinstance(holder, dict) else range(len(holder))))
        deeper = holder[key]
        if isinstance(deeper, dict | list) and deeper and data.draw(st.booleans()):
            holder = deeper
        elif isinstance(holder, dict) and data.draw(st.booleans()):
            del holder[key]
            return body
        else:
            holder[key] = data.draw(JUNK)
            return body


@given(data=st.data(), name=st.sampled_from(sorted(ORDERS)))
def test_spoiled_orders_are_understood_or_refused(data, name):
    with suppress(BadPayload):
        CONNECTOR.order(spoil(ORDERS[name], data)).digest()


@given(data=st.data(), name=st.sampled_from(sorted(REQUESTS)))
def test_spoiled_requests_are_understood_or_refused(data, name):
    with suppress(BadPayload):
        assert CONNECTOR.refund(spoil(REQUESTS[name], data)).refund_no


# --- a real body ------------------------------------------------------------------------------------------------------------


def test_a_real_order():
    path = SAMPLES / "jd_pop_order_row.json"
    if not path.exists():
        pytest.skip("the collected samples do not lie beside the project")
    answer = json.loads(path.read_text(encoding="utf-8"))["response"]["jingdong_pop_order_search_responce"]
    found = CONNECTOR.order(answer["searchorderinfo_result"]["orderInfoList"][0])
    assert (found.platform_no, found.progress, found.payment, found.refund) == ("249786309732", W, Payment.PAID, Refund.NONE)
    assert (found.goods_fen, found.freight_fen, found.discount_fen, found.paid_fen) == (100, 0, 0, 100)
    assert (found.placed_at, found.paid_at) == (at(2022, 7, 16, 16, 37, 38), at(2022, 7, 16, 16, 38, 32))
    assert (found.shipped_at, found.modified_at) == (None, at(2022, 7, 16, 16, 38, 32))
    assert (found.receiver.province, found.receiver.city, found.receiver.district) == ("广东", "广州市", "海珠区")
    assert (found.receiver.cipher, found.receiver.masked, found.receiver.phone) == (True, True, "136*******5")
    line = found.lines[0]
    assert (line.oid, line.quantity, line.price_fen, line.paid_fen) == ("1", 1, 100, 100)
    assert (line.item_id, line.sku_id, line.merchant_code) == ("10020665903516", "10054887745652", "testjd4206151136003")
