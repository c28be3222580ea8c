"""A small shop to tell stories about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from danshu.catalogue.models import Sku
from danshu.channels.contract import IncomingLine, IncomingOrder, IncomingRefund, Payment, Receiver, RefundKind, RefundState
from danshu.channels.models import ImportBatch, Shop
from danshu.core.actor import Actor
from danshu.core.models import EventRow
from danshu.orders import operations as orders
from danshu.orders.models import Order
from danshu.stock import operations as stock
from danshu.stock.models import Balance, Warehouse
from danshu.stock.operations import Piece

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
LATER = timedelta(minutes=5)
CLERK = Actor(7, "小林")
HOME = Receiver("王小婷", "18612342290", "浙江省", "杭州市", "余杭区", "文一西路 969 号 3 幢")


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def clerk():
    return CLERK


@pytest.fixture
def house(db):
    """A shop, a warehouse, three SKUs with ten pieces each: MUG, MAT, LAMP."""
    shop = Shop.objects.create(name="木野家居", platform="taobao", created_at=NOW, courier_code="zto")
    warehouse = Warehouse.objects.create(name="杭州仓")
    skus = {}
    for code in ("MUG", "MAT", "LAMP"):
        skus[code] = Sku.objects.create(code=code, loose_code=code, name=f"商品 {code}", created_at=NOW, updated_at=NOW)
    stock.open_stock([Piece(sku.pk, warehouse.pk, 10) for sku in skus.values()], by=CLERK, now=NOW)
    return SimpleNamespace(shop=shop, warehouse=warehouse, skus=skus)


def line(code="MUG", quantity=1, oid="", **more):
    return IncomingLine(
        oid or f"o-{code}",
        f"标题 {code}",
        quantity,
        merchant_code=code,
        item_id=f"i-{code}",
        sku_id=f"s-{code}",
        paid_fen=1000 * quantity,
        **more,
    )


def incoming(number="A1", *lines, **more):
    given = {
        "payment": Payment.PAID, "placed_at": NOW - timedelta(hours=2), "paid_at": NOW - timedelta(hours=1), "receiver": HOME,
        "paid_fen": 3000, "goods_fen": 3000,
    }  # fmt: skip
    return replace(IncomingOrder(number, tuple(lines) or (line(),)), **(given | more))


def asked(no="R1", order="A1", state=RefundState.ASKED, at=0, **more):
    given = {"kind": RefundKind.REFUND_ONLY, "modified_at": NOW + at * LATER, "amount_fen": 3000, "is_before_shipping": True}
    return IncomingRefund(refund_no=no, platform_no=order, state=state, **(given | more))


@pytest.fixture
def take(house):
    """Take orders in and say what became of them."""

    def taken(*some, at=NOW, batch=None):
        return orders.ingest(house.shop.pk, some, source="file", batch_id=batch, by=CLERK, now=at)

    return taken


@pytest.fixture
def hear(house):
    def heard(*some, at=NOW):
        return orders.ingest_refunds(house.shop.pk, some, by=CLERK, now=at)

    return heard


@pytest.fixture
def order_of():
    return lambda number="A1": Order.objects.get(platform_no=number)


@pytest.fixture
def left(house):
    """(on hand, locked) of a SKU."""
    return lambda code="MUG": Balance.objects.values_list("on_hand", "locked").get(sku=house.skus[code])


@pytest.fixture
def batch(house):
    return ImportBatch.objects.create(shop=house.shop, file_name="a.xlsx", path="a", sha256="0", created_at=NOW)


@pytest.fixture
def told():
    """Names of the facts published so far."""
    return lambda: [kind.split(".")[-1] for kind in EventRow.objects.order_by("id").values_list("kind", flat=True)]
