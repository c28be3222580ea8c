"""The platform's own sample, where it lies beside the project: what its document prints must become what a person reads in it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from danshu.channels.connecting import Stream
from danshu.channels.contract import IncomingLine, IncomingOrder, IncomingParcel, Payment, Progress, Receiver
from danshu.connectors.xiaohongshu import CONNECTOR

ROOT = Path(__file__).resolve().parents[5]
SAMPLES = next((p for p in (ROOT.parent / "shared/samples", ROOT.parent.parent / "shared/samples") if p.is_dir()), None)
pytestmark = pytest.mark.skipif(SAMPLES is None, reason="the samples do not lie beside this project")
T = datetime(2022, 1, 1, tzinfo=UTC)


def test_the_order_of_the_document(shop, platform):
    answer = json.loads((SAMPLES / "xiaohongshu_order_getOrderDetail.json").read_text(encoding="utf-8"))["response"]
    platform.answer("order.getOrderDetail", answer)
    [fetched] = CONNECTOR.fetch(shop, Stream.ORDERS, ["123456"])
    assert CONNECTOR.order(fetched.body) == IncomingOrder(
        platform_no="123456",
        lines=(
            IncomingLine(
                oid="sku123",
                title="商品名称",
                quantity=10,
                spec="规格",
                item_id="sku123",
                sku_id="sku123",
                merchant_code="erp123",
                barcode="123456",
                picture="image.jpg",
                price_fen=100,
                paid_fen=900,
            ),
        ),
        receiver=Receiver(),
        payment=Payment.PAID,
        is_blocked=True,
        progress=Progress.WAITING,
        status_text="已支付处理中",
        placed_at=T,
        paid_at=T,
        shipped_at=T,
        finished_at=T,
        modified_at=T,
        ship_by=T,
        goods_fen=1000,
        freight_fen=50,
        discount_fen=100,
        paid_fen=900,
        parcels=(IncomingParcel("company123", "tracking123"),),
    )
