"""How pages show what platforms were told, and what people do about it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from danshu.channels import registry
from danshu.channels.connecting import Refusal, ShipResult
from danshu.channels.models import ShopConnection
from danshu.core import clock, jobs
from danshu.flows import dispatch
from danshu.flows.tests.fake_platform import Platform
from danshu.fulfilment import operations as fulfilment
from danshu.fulfilment.models import Confirmation
from danshu.fulfilment.tests import making
from danshu.fulfilment.tests.making import BY

pytestmark = pytest.mark.django_db
WHY = "订单正在退款，不能发货"


@pytest.fixture
def shop():
    made = making.shop()
    ShopConnection.objects.create(shop=made, state="connected", hook_key="x")
    return made


@pytest.fixture
def platform(monkeypatch, shop):
    fake = Platform()
    monkeypatch.setattr(registry, "load", lambda _code: fake)
    return fake


def shipped(waybill="78912206330393", thing="MB-01"):
    parcel = making.parcel(making.stocked(making.order({making.sku(thing): 1})), waybill, state="checked")
    assert fulfilment.ship([parcel.pk], by=BY, now=clock.now()).refused == ()
    jobs.drain()
    return parcel


@pytest.fixture
def refused(platform):
    platform.answers = [ShipResult("", Refusal.REJECTED, WHY)]
    return shipped()


def test_a_shop_shows_what_waits_what_was_told_and_what_was_refused(refused, shop, owner, client_of, platform):
    shipped("78912206330394", "B")
    text = client_of(owner).get("/print/files/").text
    for said in ("自动回传", "等平台确认 1", "没有接受 1", WHY, refused.order.short_no, "再回传", "改用文件"):
        assert said in text


def test_telling_it_again(refused, shop, owner, client_of):
    client = client_of(owner)
    one = Confirmation.objects.get()
    assert "正在再次回传" in client.post(f"/print/files/{shop.pk}/again/", {"id": one.pk}, follow=True).text
    jobs.drain()
    one.refresh_from_db()
    assert one.state == "told"
    assert WHY not in client.get("/print/files/").text


def test_all_of_a_shop_at_once(platform, shop, owner, client_of):
    platform.answers = [ShipResult("", Refusal.REJECTED, WHY)] * 2
    shipped()
    shipped("78912206330394", "B")
    client = client_of(owner)
    assert "全部再来一次" in client.get("/print/files/").text
    client.post(f"/print/files/{shop.pk}/again/")
    jobs.drain()
    assert set(Confirmation.objects.values_list("state", flat=True)) <= {"told", "confirmed"}


def test_leaving_it_to_a_file_and_taking_it_back(refused, shop, owner, client_of):
    client = client_of(owner)
    page = client.post(f"/print/files/{shop.pk}/again/", {"id": Confirmation.objects.get().pk, "by": "file"}, follow=True).text
    for said in ("1 个包裹改用文件回传", "待回传 1 个", "自动回传这 1 个"):
        assert said in page
    assert "1 个包裹正在回传" in client.post(f"/print/files/{shop.pk}/tell/", follow=True).text
    assert "没有能回传的包裹" in client.post(f"/print/files/{shop.pk}/tell/", follow=True).text


def test_a_shop_that_lost_its_connection_says_so(platform, shop, owner, client_of):
    parcel = making.parcel(making.stocked(making.order()), "78912206330393", state="checked")
    fulfilment.ship([parcel.pk], by=BY, now=clock.now())
    dispatch.note_shipped([dispatch.ParcelsShipped((parcel.pk,))])
    ShopConnection.objects.update(state="none")
    assert "店铺没有连接，这些包裹回传不了" in client_of(owner).get("/print/files/").text


def test_what_took_too_long_stands_on_today_and_at_the_handover(platform, shop, owner, client_of):
    platform.is_slow = True
    shipped()
    client = client_of(owner)
    pages = ("/today/", "/print/handover/")
    for url in pages:
        assert "平台还不知道已发货" not in client.get(url).text
    Confirmation.objects.update(told_at=clock.now() - timedelta(minutes=31))
    for url in pages:
        text = client.get(url).text
        assert "1 个包裹" in text
        assert "平台还不知道已发货" in text
        assert "/print/files/" in text


def test_the_orders_page_shows_what_its_platform_knows(refused, platform, owner, client_of):
    text = client_of(owner).get(f"/orders/{refused.order.no}/?tab=tracking").text
    assert "平台没有接受" in text
    assert WHY in text
    other = shipped("78912206330394", "B")
    assert "已回传，等平台确认" in client_of(owner).get(f"/orders/{other.order.no}/?tab=tracking").text


@pytest.mark.parametrize(("role", "status"), [("owner", 302), ("picker", 302), ("service", 403), ("viewer", 403)])
def test_who_may_tell(refused, shop, client_of, request, role, status):
    client = client_of(request.getfixturevalue(role))
    assert client.post(f"/print/files/{shop.pk}/again/").status_code == status
    assert client.post(f"/print/files/{shop.pk}/tell/").status_code == status
