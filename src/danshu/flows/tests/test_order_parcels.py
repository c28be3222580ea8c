"""A cancelled order lets its parcels go."""

from datetime import UTC, datetime

import pytest

from danshu.channels.contract import IncomingLine, IncomingOrder, Payment, Receiver
from danshu.channels.models import Shop
from danshu.core import jobs
from danshu.core.actor import SYSTEM
from danshu.fulfilment import operations as fulfilment
from danshu.fulfilment.models import Parcel
from danshu.orders import operations as orders
from danshu.orders.models import Order

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
HOME = Receiver("王小婷", "18612342290", "浙江省", "杭州市", "余杭区", "文一西路 969 号")


@pytest.mark.django_db
def test_cancelling_gives_the_parcel_up_and_reopening_opens_another():
    shop = Shop.objects.create(name="木野家居", platform="taobao", created_at=NOW, courier_code="zto")
    word = IncomingOrder("A1", (IncomingLine("1", "杯子", 1),), payment=Payment.PAID, receiver=HOME)
    orders.ingest(shop.pk, [word], source="file", by=SYSTEM, now=NOW)
    order = Order.objects.get()
    fulfilment.open_parcels([order.pk], by=SYSTEM, now=NOW)
    orders.cancel([order.pk], by=SYSTEM, now=NOW)
    jobs.drain()
    assert list(Parcel.objects.values_list("state", flat=True)) == ["void"]
    orders.reopen([order.pk], by=SYSTEM, now=NOW)
    fulfilment.open_parcels([order.pk], by=SYSTEM, now=NOW)
    jobs.drain()
    assert list(Parcel.objects.order_by("sequence").values_list("state", flat=True)) == ["void", "open"]
