"""The documents' own samples, where they lie beside the project."""

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from danshu.channels.connecting import Page, ShopAccess, Span, Stream
from danshu.channels.connector_errors import Refused
from danshu.channels.contract import IncomingLine, IncomingOrder, IncomingParcel, IncomingRefund, Payment, Progress, Receiver, Refund
from danshu.channels.contract import RefundKind as Kind
from danshu.channels.contract import RefundState as State
from danshu.channels.tests.pretending import Pretender
from danshu.connectors.pdd import CONNECTOR
from danshu.connectors.pdd.signing import sign
from danshu.core import clock

SAMPLES = Path(__file__).resolve().parents[6] / "shared" / "samples"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples do not lie beside the project")


def sample(name):
    return json.loads((SAMPLES / name).read_text(encoding="utf-8"), parse_float=Decimal)


def test_the_signature_of_the_document():
    vector = next(one for one in sample("sign_vectors.json") if one["name"] == "pdd_md5")
    assert sign(vector["input"]["params"], vector["input"]["client_secret"]) == vector["signature"]


def test_the_order_of_the_document():
    """Every value is a placeholder: its moments ("1") are none, its gift is no piece, and its deposit is paid while the rest is not."""
    (body,) = sample("pdd_order_list_get.json")["response"]["order_list_get_response"]["order_list"]
    bought = IncomingLine(
        "1", "1", 1, spec="1", item_id="1", sku_id="1", merchant_code="1", picture="1", price_fen=100, paid_fen=0
    )  # the order's 1 yuan is its postage
    assert CONNECTOR.order(body) == IncomingOrder(
        "1", (bought,), Receiver("1", "1", "1", "1", "1", "1", merge_key="str"), Payment.DEPOSIT, Progress.WAITING, Refund.NONE, "待发货",
        buyer_message="1", seller_memo="1", flag="red", goods_fen=100, freight_fen=100, discount_fen=100, paid_fen=100,
        is_blocked=False,
        parcels=(IncomingParcel("1", "1"), IncomingParcel("", "str")),
    )  # fmt: skip


def test_the_refund_of_the_document():
    (body,) = sample("pdd_refund_list_increment_get.json")["response"]["refund_increment_get_response"]["refund_list"]
    found = CONNECTOR.refund(body)
    told = clock.from_platform(datetime(2019, 3, 3, 19, 23, 24))
    assert found == IncomingRefund(
        "1", "190228-355530178612389", Kind.REFUND_ONLY, State.ASKED, amount_fen=100, quantity=1, reason="不想要了", status_text="1",
        asked_at=told, modified_at=told, return_courier="str", return_waybill_no="1",
    )  # fmt: skip


@pytest.mark.django_db
def test_the_error_of_the_document(monkeypatch):
    Pretender(monkeypatch).says(sample("pdd_error.json")["response"])
    shop = ShopAccess(7, "pdd", "店", credentials={"access_token": "t"})
    with pytest.raises(Refused, match="10001"):
        CONNECTOR.list_page(shop, Stream.ORDERS, Span(clock.now(), clock.now()), Page())
