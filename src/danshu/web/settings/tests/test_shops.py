"""Shops in the settings."""

import pytest

from danshu.channels.models import Shop
from danshu.core import clock

FORM = {"name": "木屿家居", "platform": "taobao", "courier_code": "", "warehouse_id": "", "ship_hours": "48", "unpaid_minutes": "30"}


def _shop(name="木屿家居"):
    return Shop.objects.create(name=name, platform="pdd", created_at=clock.now())


@pytest.mark.parametrize(("person", "status"), [("owner", 200), ("operator", 200), ("picker", 403), ("service", 403), ("viewer", 403)])
def test_who_may_see_shop_settings(person, status, client_of, request):
    assert client_of(request.getfixturevalue(person)).get("/settings/shops/").status_code == status


def test_a_shop_is_made_from_the_form(operator, client_of):
    page = client_of(operator).post("/settings/shops/new/", FORM, follow=True).content.decode()
    assert Shop.objects.get().platform == "taobao"
    assert "店铺「木屿家居」建好了" in page


def test_from_the_first_day_it_leads_back_there(owner, client_of):
    assert client_of(owner).post("/settings/shops/new/", {**FORM, "next": "setup"}).url == "/setup/"


def test_a_name_that_is_taken_is_said_beside_the_field(owner, client_of):
    _shop()
    answer = client_of(owner).post("/settings/shops/new/", FORM)
    assert answer.status_code == 422
    assert "已经有一家店叫「木屿家居」" in answer.content.decode()


def test_the_platform_of_a_shop_cannot_be_changed(owner, client_of):
    shop = _shop()
    client_of(owner).post(f"/settings/shops/{shop.pk}/", {**FORM, "ship_hours": "24"})
    shop.refresh_from_db()
    assert (shop.platform, shop.ship_hours) == ("pdd", 24)


def test_closing_a_shop_can_be_taken_back(owner, client_of):
    shop, client = _shop(), client_of(owner)
    page = client.post(f"/settings/shops/{shop.pk}/active/", {"active": "0"}, follow=True).content.decode()
    shop.refresh_from_db()
    assert not shop.is_active
    assert "撤销" in page
    client.post(f"/settings/shops/{shop.pk}/active/")
    shop.refresh_from_db()
    assert shop.is_active


def test_other_peoples_shops_are_not_there(operator, client_of):
    mine, other = _shop(), _shop("别家")
    operator.shop_ids = [mine.pk]
    operator.save()
    client = client_of(operator)
    assert "别家" not in client.get("/settings/shops/").content.decode()
    assert client.get(f"/settings/shops/{other.pk}/").status_code == 404
    assert client.post(f"/settings/shops/{other.pk}/active/", {"active": "0"}).status_code == 404


def test_the_list_costs_the_same_for_one_and_fifty(owner, client_of, statements):
    _shop()
    client = client_of(owner)
    few = statements(lambda: client.get("/settings/shops/"))
    for i in range(50):
        _shop(f"店 {i}")
    assert len(statements(lambda: client.get("/settings/shops/"))) == len(few)


@pytest.mark.parametrize(("person", "first"), [("owner", "/settings/shops/"), ("picker", "/me/"), ("viewer", "/me/")])
def test_settings_begin_with_what_the_person_may(person, first, client_of, request):
    assert client_of(request.getfixturevalue(person)).get("/settings/").url == first
