"""Facts become messages: each once, for those who want it and see the shop, masked unless the owner says otherwise."""

from __future__ import annotations

import json

import pytest
from standardwebhooks import Webhook as Reference

from danshu.audit.models import Entry
from danshu.catalogue.models import Listing
from danshu.channels.contract import Payment, Receiver
from danshu.channels.events import PayloadsQuarantined, ShopAuthorisationsEnding, ShopAuthorisationsRefused
from danshu.channels.models import Shop
from danshu.channels.operations import offer_rules
from danshu.channels.operations.offer_rules import RuleDraft
from danshu.core import clock, events, jobs, preferences
from danshu.core.actor import Actor
from danshu.core.models import EventRow
from danshu.flows import shipments, webhooks
from danshu.notify import operations as notify
from danshu.notify import queries
from danshu.notify.kinds import KINDS
from danshu.notify.models import Delivery
from danshu.notify.tests.conftest import hook_of, site
from danshu.orders import operations as orders
from danshu.orders.models import Order
from danshu.orders.operations import Draft, DraftLine
from danshu.stock import operations as stock
from danshu.stock.tests.goods import fill, sku, warehouse

__all__ = ["hook_of", "site"]
pytestmark = pytest.mark.django_db
CLERK = Actor(None, "小林")
HOME = Receiver("王小婷", "18612342290", "浙江省", "杭州市", "余杭区", "文一西路 969 号 3 幢")


class World:
    def __init__(self):
        self.shop = Shop.objects.create(name="官网", platform="own", courier_code="zto", created_at=clock.now())
        self.other = Shop.objects.create(name="小程序", platform="own", created_at=clock.now())
        self.place, self.cup, self.mat = warehouse(), sku("CUP"), sku("MAT")
        self.set = sku("SET", parts={self.cup: 1, self.mat: 1})
        fill(self.place, {self.cup: 100, self.mat: 100})

    def order(self, count=1, shop=None, thing=None, **more):
        draft = Draft((shop or self.shop).pk, (DraftLine((thing or self.cup).pk, 1),), HOME, **more)
        return orders.create_each([draft] * count, by=CLERK, now=clock.now())

    def told(self):
        """(kind, subject) of the messages so far."""
        webhooks.keep_up()
        return list(Delivery.objects.order_by("pk").values_list("kind", "subject"))


@pytest.fixture
def world(db):
    return World()


def bodies():
    return [json.loads(queries.body_of(one)) for one in Delivery.objects.order_by("pk")]


def test_an_orders_life_is_told(world, hook_of):
    hook_of(*[kind for kind in KINDS if kind != "stock.changed"])
    world.told()
    [order_id] = world.order(payment=Payment.UNPAID)
    now = clock.now()
    orders.pay([order_id], by=CLERK, now=now)
    shipments.ship_each([shipments.Shipping(order_id, "zto", "78901234567890")], by=CLERK, now=now)
    [gone] = world.order()
    orders.cancel([gone], by=CLERK, now=now)
    no, other = (Order.objects.get(pk=pk).no for pk in (order_id, gone))
    assert sorted(world.told()) == sorted(
        [("order.placed", no), ("order.paid", no), ("order.shipped", no), ("shipment.shipped", no), ("order.placed", other),
         ("order.paid", other), ("order.cancelled", other)]
    )  # fmt: skip
    parcel = next(one for one in bodies() if one["type"] == "shipment.shipped")["data"]["shipment"]
    assert (parcel["waybill_no"], parcel["courier"]) == ("78901234567890", "zto")


def test_each_fact_is_told_once_however_often_it_is_read(world, hook_of):
    hook_of("order.placed")
    world.told()
    world.order(3)
    assert len(world.told()) == 3
    assert len(world.told()) == 3
    preferences.put(webhooks.MARK, {"id": 0, "seen": []}, by=CLERK, now=clock.now())  # as after a crash, and worse
    assert len(world.told()) == 3


def test_what_happened_before_somebody_listened_is_not_told(world, hook_of):
    world.order()
    assert world.told() == []
    hook, _key = hook_of("order.placed")
    assert world.told() == []
    [second] = world.order()
    assert [subject for _kind, subject in world.told()] == [Order.objects.get(pk=second).no]
    notify.switch([hook.pk], on=False, by=CLERK, now=clock.now())
    webhooks.keep_up()
    world.order()
    notify.switch([hook.pk], on=True, by=CLERK, now=clock.now())
    assert len(world.told()) == 1


def test_a_webhook_hears_of_its_shops_and_its_kinds(world, hook_of):
    mine, _key = hook_of("order.placed", shop_ids=(world.shop.pk,))
    paid, _key = hook_of("order.paid")
    world.told()
    world.order()
    world.order(shop=world.other)
    world.told()
    assert Delivery.objects.filter(webhook=mine).count() == 1
    assert set(Delivery.objects.filter(webhook=paid).values_list("kind", flat=True)) == {"order.paid"}


def test_people_are_masked_unless_the_owner_marked_the_webhook(world, hook_of):
    hook_of("order.placed")
    world.told()
    world.order()
    world.told()
    assert "18612342290" not in json.dumps(bodies())
    assert bodies()[0]["data"]["order"]["receiver"]["phone"] == "186****2290"
    assert not Entry.objects.filter(verb="people.revealed").exists()
    hook_of("order.placed", is_plain=True)
    world.order()
    world.told()
    assert [one["data"]["order"]["receiver"]["phone"] for one in bodies()[1:]] == ["186****2290", "18612342290"]
    assert Entry.objects.get(verb="people.revealed").actor_name == "Webhook · 官网"


def test_stock_is_gathered_and_bundles_move_with_their_parts(world, hook_of):
    hook_of("stock.changed")
    world.told()
    for _ in range(5):
        world.order(2)
    assert len(world.told()) == 1
    levels = {one["sku"]: one["sellable"] for one in bodies()[0]["data"]["levels"]}
    assert levels == {"CUP": 90, "SET": 90}


def test_many_goods_are_told_in_parts(world, hook_of):
    hook_of("stock.changed")
    world.told()
    many = [sku(f"T{i:03d}") for i in range(150)]
    stock.receive([stock.Piece(one.pk, world.place.pk, 1) for one in many], by=CLERK, now=clock.now())
    assert len(world.told()) == 2
    assert sum(len(one["data"]["levels"]) for one in bodies()) == 150


def test_a_big_import_is_told_in_parts(world, hook_of, monkeypatch):
    monkeypatch.setattr(webhooks, "LETTERS", 7)
    monkeypatch.setattr(webhooks, "FACTS", 2)
    hook_of("order.placed", "order.paid")
    world.told()
    for _ in range(3):
        world.order(10)
    assert len(world.told()) == 60
    assert len(world.told()) == 60


def test_telling_fifty_costs_the_statements_of_one(world, hook_of, same_queries):
    hook_of("order.placed", "stock.changed")
    hook_of("order.paid", "shipment.shipped", is_plain=True)
    world.told()
    world.order()
    world.told()

    def tell(count):
        last = EventRow.objects.order_by("-pk").values_list("pk", flat=True).first()
        world.order(count)
        found = EventRow.objects.filter(pk__gt=last, kind__in=webhooks.FOLLOWED).order_by("pk")
        facts = list(found.values_list("pk", "kind", "payload", "at"))
        hooks = queries.listening()
        return lambda: webhooks.tell(facts, hooks, now=clock.now())

    same_queries(tell(2), tell(50))


def test_from_the_order_to_the_receivers_door(world, hook_of, site):
    _hook, key = hook_of("order.placed")
    webhooks.keep_up()
    world.order(2)
    webhooks.keep_up()
    jobs.drain()
    assert [Reference(key).verify(body, headers)["type"] for headers, body in site.came] == ["order.placed"] * 2


def test_a_program_of_one_shop_is_told_what_that_shop_may_show(world, hook_of):
    """Three pieces are never shown there, whatever the pool holds; who hears of several shops gets no such number."""
    offer_rules.set_rules([RuleDraft(world.shop.pk, keep=3)], by=CLERK, now=clock.now())
    mine, _key = hook_of("stock.changed", shop_ids=(world.shop.pk,))
    everybody, _key = hook_of("stock.changed")
    world.told()
    world.order()
    world.told()
    told = {hook: {one["sku"]: one["offered"] for one in levels_of(hook)} for hook in (mine, everybody)}
    assert told == {mine: {"CUP": 96, "SET": 96}, everybody: {"CUP": None, "SET": None}}


def test_a_changed_rule_is_told_to_the_program_of_that_shop_alone(world, hook_of):
    Listing.objects.create(
        shop=world.shop, key="item:1", sku=world.cup, quantity=1, title="杯", seen_at=clock.now(), created_at=clock.now()
    )
    mine, _key = hook_of("stock.changed", shop_ids=(world.shop.pk,))
    other, _key = hook_of("stock.changed", shop_ids=(world.other.pk,))
    world.told()
    offer_rules.set_rules([RuleDraft(world.shop.pk, cap=7)], by=CLERK, now=clock.now())
    world.told()
    assert [(one["sku"], one["offered"]) for one in levels_of(mine)] == [("CUP", 7)]
    assert levels_of(other) == []


def test_a_shop_that_needs_a_person_is_told_of(world, hook_of):
    """Access that ends in three days, access that was refused, an order that could not be read: each to those who hear of that shop."""
    hook_of("shop.access_ending", "shop.access_refused", "shop.quarantined", shop_ids=(world.shop.pk,))
    world.told()
    events.publish(
        ShopAuthorisationsEnding((world.shop.pk, world.other.pk), 3),
        ShopAuthorisationsRefused((world.shop.pk,)),
        PayloadsQuarantined(world.shop.pk, "orders", ("A-1", "A-2")),
    )
    assert world.told() == [("shop.access_ending", "官网"), ("shop.access_refused", "官网"), ("shop.quarantined", "官网")]
    ending, _refused, quarantined = (one["data"] for one in bodies())
    assert ending == {"shop": {"id": world.shop.pk, "name": "官网", "platform": "own"}, "days": 3}
    assert quarantined["numbers"] == ["A-1", "A-2"]


def levels_of(hook):
    """What its messages said about levels, in their order."""
    messages = [json.loads(queries.body_of(one)) for one in Delivery.objects.filter(webhook=hook).order_by("pk")]
    return [level for message in messages for level in message["data"]["levels"]]


def test_nobody_listens_nobody_pays(world, statements):
    world.order()
    assert len(statements(webhooks.keep_up)) <= 2
