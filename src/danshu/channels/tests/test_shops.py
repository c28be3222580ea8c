"""Shops open, change and close."""

import pytest

from danshu.audit.models import Entry
from danshu.channels.models import Shop
from danshu.channels.operations import shops
from danshu.channels.operations.shops import ShopDraft
from danshu.core import clock
from danshu.core.errors import DomainError


def test_a_shop_is_made_as_it_was_said(owner):
    [shop] = shops.open_shops([ShopDraft(" 木屿家居 ", "taobao", "zto", None, 24, 15)], by=owner.actor, now=clock.now())
    shop.refresh_from_db()
    assert (shop.name, shop.platform, shop.courier_code, shop.ship_hours, shop.unpaid_minutes) == ("木屿家居", "taobao", "zto", 24, 15)


@pytest.mark.parametrize(
    ("draft", "code"),
    [
        (ShopDraft("", "taobao"), "shop.name"),
        (ShopDraft("店", "amazon"), "shop.platform"),
        (ShopDraft("店", "taobao", ship_hours=0), "shop.hours"),
        (ShopDraft("店", "taobao", unpaid_minutes=0), "shop.minutes"),
        (ShopDraft("有了", "taobao"), "shop.name_taken"),
    ],
)
def test_a_shop_that_makes_no_sense_is_refused(owner, draft, code):
    shops.open_shops([ShopDraft("有了", "pdd")], by=owner.actor, now=clock.now())
    with pytest.raises(DomainError) as error:
        shops.open_shops([draft], by=owner.actor, now=clock.now())
    assert error.value.code == code
    assert Shop.objects.count() == 1


def test_a_change_keeps_the_platform_and_writes_what_changed(owner):
    [shop] = shops.open_shops([ShopDraft("木屿", "taobao")], by=owner.actor, now=clock.now())
    shops.change(shop.pk, ShopDraft("木屿", "pdd", "yto", ship_hours=72), by=owner.actor, now=clock.now())
    shop.refresh_from_db()
    assert (shop.platform, shop.courier_code, shop.ship_hours) == ("taobao", "yto", 72)
    assert Entry.objects.get(verb="shop.changed").changes == {"courier_code": ["", "yto"], "ship_hours": [48, 72]}


def test_a_closed_shop_opens_again(owner):
    [shop] = shops.open_shops([ShopDraft("木屿", "taobao")], by=owner.actor, now=clock.now())
    shops.set_active([shop.pk], active=False, by=owner.actor, now=clock.now())
    assert not Shop.objects.get().is_active
    assert shops.set_active([shop.pk], active=False, by=owner.actor, now=clock.now()) == []
    shops.set_active([shop.pk], active=True, by=owner.actor, now=clock.now())
    assert Shop.objects.get().is_active


def test_fifty_shops_cost_the_statements_of_one(owner, same_queries):
    many = [ShopDraft(f"店 {i}", "pdd") for i in range(50)]
    same_queries(
        lambda: shops.open_shops([ShopDraft("一家", "pdd")], by=owner.actor, now=clock.now()),
        lambda: shops.open_shops(many, by=owner.actor, now=clock.now()),
    )
