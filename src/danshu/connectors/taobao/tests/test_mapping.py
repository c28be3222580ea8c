"""TOP's trades and refunds, one by one, against values worked out by hand."""

import copy
import json
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from danshu.channels.connector_errors import BadPayload
from danshu.channels.contract import IncomingParcel, Payment, Progress, Receiver, Refund, RefundKind, RefundState
from danshu.connectors.taobao import CONNECTOR
from danshu.connectors.taobao.tests.conftest import load

TRADES, REFUNDS = load("trades.json"), load("refunds.json")
SAMPLES = Path(__file__).resolve().parents[6] / "shared" / "samples"


def at(year, month, day, hour=0, minute=0, second=0):
    return datetime(year, month, day, hour, minute, second, tzinfo=timezone(timedelta(hours=8)))


def order(name):
    return CONNECTOR.order(TRADES[name])


W, PS, S, D, C = Progress.WAITING, Progress.PART_SHIPPED, Progress.SHIPPED, Progress.DELIVERED, Progress.CLOSED
NONE, ASKED, PART, BACK = Refund.NONE, Refund.REQUESTED, Refund.PARTIAL, Refund.REFUNDED


@pytest.mark.parametrize(
    ("name", "payment", "progress", "refund", "lines"),
    [
        ("paid, masked", Payment.PAID, W, NONE, [NONE]),
        ("three lines, a gift, shares", Payment.PAID, W, NONE, [NONE, NONE, NONE]),
        ("waits for payment", Payment.UNPAID, W, NONE, [NONE]),
        ("TRADE_NO_CREATE_PAY", Payment.UNPAID, W, NONE, [NONE]),
        ("PAY_PENDING", Payment.UNPAID, W, NONE, [NONE]),
        ("WAIT_PRE_AUTH_CONFIRM", Payment.UNPAID, W, NONE, [NONE]),
        ("PAID_FORBID_CONSIGN", Payment.PAID, W, NONE, [NONE]),
        ("deposit not paid", Payment.UNPAID, W, NONE, [NONE]),
        ("deposit paid, balance not", Payment.DEPOSIT, W, NONE, [NONE]),
        ("deposit and balance paid", Payment.PAID, W, NONE, [NONE]),
        ("part shipped, one line refunding", Payment.PAID, PS, ASKED, [NONE, ASKED]),
        ("shipped in two parcels", Payment.PAID, S, NONE, [NONE, NONE, NONE]),
        ("finished, part of the money back", Payment.PAID, D, PART, [PART, NONE]),
        ("one line closed, the other to send", Payment.PAID, W, PART, [BACK, NONE]),
        ("closed after payment", Payment.PAID, C, BACK, [BACK]),
        ("closed before payment", Payment.UNPAID, C, NONE, [NONE]),
        ("cash on delivery", Payment.COD, W, NONE, [NONE]),
        ("cash on delivery, signed", Payment.COD, D, NONE, [NONE]),
        ("cipher text", Payment.PAID, W, NONE, [NONE]),
        ("a county under a province", Payment.PAID, W, NONE, [NONE]),
        ("a dearer price after all", Payment.PAID, W, NONE, [NONE]),
    ],
)
def test_where_a_trade_stands(name, payment, progress, refund, lines):
    found = order(name)
    assert (found.payment, found.progress, found.refund) == (payment, progress, refund)
    assert [line.refund for line in found.lines] == lines
    assert found.status_text == TRADES[name]["status"]
    assert found.is_blocked == (name == "PAID_FORBID_CONSIGN")


def test_every_payload_is_looked_at():
    table = next(mark for mark in test_where_a_trade_stands.pytestmark if mark.name == "parametrize").args[1]
    assert {row[0] for row in table} == set(TRADES)


@pytest.mark.parametrize(
    ("name", "goods", "freight", "discount", "paid", "lines"),
    [
        ("paid, masked", 19900, 800, 990, 19710, [18910]),
        ("three lines, a gift, shares", 13985, 600, 1000, 13585, [11123, 1862, 0]),
        ("waits for payment", 19900, 1200, 0, 21100, [19900]),
        ("deposit paid, balance not", 59900, 0, 5000, 54900, [54900]),
        ("part shipped, one line refunding", 39800, 0, 19900, 19900, [9900, 10000]),
        ("a dearer price after all", 19900, 0, -2000, 21900, [21900]),
    ],
)
def test_money_adds_up(name, goods, freight, discount, paid, lines):
    found = order(name)
    assert (found.goods_fen, found.freight_fen, found.discount_fen, found.paid_fen) == (goods, freight, discount, paid)
    assert [line.paid_fen for line in found.lines] == lines
    assert goods + freight - discount == paid == sum(lines) + freight


def test_a_whole_trade():
    found = order("paid, masked")
    assert found.platform_no == "3350012345678901234"
    assert found.receiver == Receiver(
        name="王**", phone="1**********", province="浙江省", city="杭州市", district="余杭区", address="仓前街道文***号", masked=True,
        merge_key="1NFqzT3xKfH8wAbC",
    )  # fmt: skip
    assert (found.buyer_nick, found.buyer_message, found.seller_memo, found.flag) == ("t**7", "请放门口", "先发这单", "yellow")
    assert found.placed_at == at(2026, 11, 20, 9, 15, 2)
    assert found.paid_at == at(2026, 11, 20, 9, 16, 40)
    assert found.modified_at == at(2026, 11, 20, 9, 16, 41)
    assert (found.shipped_at, found.finished_at, found.parcels, found.has_lines) == (None, None, (), True)
    assert found.ship_by == at(2026, 11, 22, 9, 16, 40)
    line = found.lines[0]
    assert (line.oid, line.title, line.quantity, line.spec) == ("3350012345678901234", "棉麻四件套", 1, "颜色分类:米白;尺寸:1.8m")
    assert (line.item_id, line.sku_id, line.merchant_code) == ("680012345601", "5012345678901", "MX-01-W")
    assert (line.price_fen, line.picture, line.is_gift) == (19900, "https://img.example.com/mx01.jpg", False)


def test_gifts_codes_of_items_and_the_earliest_limit():
    found = order("three lines, a gift, shares")
    assert [line.is_gift for line in found.lines] == [False, False, True]
    assert [line.merchant_code for line in found.lines] == ["MX-01-W", "ZT-2", "XB"]
    assert [line.sku_id for line in found.lines] == ["5012345678901", "", "5012345678999"]
    assert [line.quantity for line in found.lines] == [2, 1, 1]
    assert found.ship_by == at(2026, 11, 22, 18)


def test_limits_that_are_days_and_those_that_are_over():
    assert order("part shipped, one line refunding").ship_by == at(2026, 11, 22, 23, 59, 59)
    assert order("deposit and balance paid").ship_by == at(2026, 12, 5, 23, 59, 59)
    assert order("shipped in two parcels").ship_by is None


def test_parcels_once_each():
    assert order("shipped in two parcels").parcels == (
        IncomingParcel("中通快递", "78900001112224"),
        IncomingParcel("顺丰速运", "SF1400011122233"),
    )


def test_receivers_in_cipher_and_of_counties():
    cipher = order("cipher text").receiver
    assert (cipher.cipher, cipher.masked, cipher.merge_key) == (True, False, "")
    assert (cipher.name, cipher.address) == ("~AbCdEfGh12==~1~", "~ZmFrZWFkZHJlc3M=~1~")
    county = order("a county under a province").receiver
    assert (county.province, county.city, county.district, county.phone) == ("河南省", "济源市", "", "0391-66****12")


@pytest.mark.parametrize(
    ("flag", "expected"), [(0, ""), (1, "red"), (2, "yellow"), (3, "green"), (4, "blue"), ("5", "purple"), (9, ""), (None, "")]
)
def test_flags(flag, expected):
    assert CONNECTOR.order(TRADES["paid, masked"] | {"seller_flag": flag}).flag == expected


@pytest.mark.parametrize(
    ("name", "kind", "state", "is_before", "quantity"),
    [
        ("money before shipping", RefundKind.REFUND_ONLY, RefundState.ASKED, True, 1),
        ("return asked", RefundKind.RETURN, RefundState.ASKED, False, 1),
        ("WAIT_BUYER_RETURN_GOODS", RefundKind.RETURN, RefundState.WAITING_RETURN, False, 1),
        ("goods on their way back", RefundKind.RETURN, RefundState.RETURNED, False, 1),
        ("SELLER_REFUSE_BUYER", RefundKind.REFUND_ONLY, RefundState.REFUSED, True, 1),
        ("CLOSED", RefundKind.REFUND_ONLY, RefundState.CLOSED, True, 1),
        ("SUCCESS", RefundKind.REFUND_ONLY, RefundState.DONE, False, 0),
    ],
)
def test_where_a_refund_stands(name, kind, state, is_before, quantity):
    found = CONNECTOR.refund(REFUNDS[name])
    assert (found.kind, found.state, found.is_before_shipping, found.quantity) == (kind, state, is_before, quantity)
    assert (found.platform_no, found.oids, found.amount_fen) == ("3350012345678901700", ("3350012345678901702",), 10000)


def test_a_whole_refund():
    found = CONNECTOR.refund(REFUNDS["goods on their way back"])
    assert (found.refund_no, found.reason, found.status_text) == ("99000011112222", "不想要了", "WAIT_SELLER_CONFIRM_GOODS")
    assert (found.return_courier, found.return_waybill_no) == ("圆通速递", "YT1234567890123")
    assert (found.asked_at, found.modified_at) == (at(2026, 11, 21, 14, 55), at(2026, 11, 21, 14, 55, 1))
    assert found.answer_by == at(2026, 11, 23, 14, 55)
    assert CONNECTOR.refund(REFUNDS["SELLER_REFUSE_BUYER"]).answer_by is None


# --- what cannot be understood ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"status": "TRADE_ON_THE_MOON"}, {"status": None}, {"orders": None}, {"orders": {"order": []}}, {"orders": {"order": {}}},
        {"tid": None, "tid_str": None}, {"payment": "free"}, {"payment": "1.005"}, {"created": "yesterday"}, {"receiver_name": ["王"]},
    ],
)  # fmt: skip
def test_nonsense_is_said_and_never_guessed(change):
    with pytest.raises(BadPayload):
        CONNECTOR.order(TRADES["paid, masked"] | change)


@pytest.mark.parametrize("number", [0, -1, "two", Decimal("1.5"), None, 10**9])
def test_impossible_quantities(number):
    body = copy.deepcopy(TRADES["paid, masked"])
    body["orders"]["order"][0]["num"] = number
    with pytest.raises(BadPayload):
        CONNECTOR.order(body)


@pytest.mark.parametrize("change", [{"status": "LOST"}, {"refund_id": ""}, {"tid": None}, {"refund_fee": "x"}, {"modified": "2026"}])
def test_nonsense_in_refunds(change):
    with pytest.raises(BadPayload):
        CONNECTOR.refund(REFUNDS["CLOSED"] | change)


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


@given(data=st.data(), name=st.sampled_from(sorted(TRADES)))
def test_spoiled_trades_are_understood_or_refused(data, name):
    with suppress(BadPayload):
        CONNECTOR.order(spoil(TRADES[name], data)).digest()


@given(data=st.data(), name=st.sampled_from(sorted(REFUNDS)))
def test_spoiled_refunds_are_understood_or_refused(data, name):
    with suppress(BadPayload):
        assert CONNECTOR.refund(spoil(REFUNDS[name], data)).refund_no


# --- real bodies ------------------------------------------------------------------------------------------------------------


def sample(name):
    path = SAMPLES / name
    if not path.exists():
        pytest.skip("the collected samples do not lie beside the project")
    return json.loads(path.read_text(encoding="utf-8"))["response"]["trade_fullinfo_get_response"]["trade"]


def test_a_real_trade_that_was_closed():
    found = CONNECTOR.order(sample("taobao_trade_fullinfo_closed.json"))
    assert (found.platform_no, found.progress, found.payment, found.refund) == ("452790065331038", C, Payment.UNPAID, NONE)
    assert (found.goods_fen, found.freight_fen, found.discount_fen, found.paid_fen) == (8800, 0, 7420, 1380)
    assert (found.flag, found.seller_memo) == ("red", "已催 小强 11.11")
    assert found.placed_at == at(2013, 11, 10, 14, 22, 38)
    assert found.finished_at == at(2013, 11, 13, 14, 24, 1)
    assert (found.receiver.name, found.receiver.phone, found.receiver.masked) == ("屈**", "1389289****", True)
    line = found.lines[0]
    assert (line.oid, line.quantity, line.price_fen, line.paid_fen) == ("452790065331038", 1, 8800, 1380)
    assert (line.item_id, line.sku_id, line.merchant_code) == ("35223917483", "33395009470", "TX324A0212")


def test_a_real_trade_that_came_to_its_end():
    found = CONNECTOR.order(sample("taobao_trade_fullinfo_finished.json"))
    assert (found.platform_no, found.progress, found.payment) == ("518073718172548", D, Payment.PAID)
    assert (found.goods_fen, found.discount_fen, found.paid_fen) == (7600, 0, 7600)
    assert found.parcels == (IncomingParcel("顺丰速运", "550281136794"),)
    assert (found.paid_at, found.shipped_at) == (at(2014, 1, 15, 21, 40, 24), at(2014, 1, 17, 15, 31, 7))
    line = found.lines[0]
    assert (line.quantity, line.price_fen, line.paid_fen, line.merchant_code) == (2, 3800, 7600, "")
