"""A platform that tells on a line, from its buyer to our rows: kept before it is acknowledged, nothing lost or doubled, whatever breaks."""

from __future__ import annotations

import time
from datetime import timedelta
from random import Random

import pytest

from danshu.channels import connections, registry
from danshu.channels.connecting import Grant
from danshu.channels.models import AppLine, RawPayload, Shop, ShopConnection
from danshu.channels.operations import connecting, granting, listening
from danshu.core import clock, jobs
from danshu.core.actor import SYSTEM
from danshu.core.errors import DomainError
from danshu.flows import listening as lines
from danshu.flows import receiving
from danshu.orders.models import Order, Refund
from danshu_simulator import goods, ordering, refunding
from danshu_simulator.moods import Mood

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


class House:
    """Our side of one or more shops of one app, with the line in our own hands: no worker runs and no list is read."""

    def __init__(self, simulator):
        self.simulator, self.world = simulator, simulator.world
        self.shops = []

    def open(self, **given):
        theirs = ordering.open_shop(self.world, "pdd", **given)
        ordering.put_up(self.world, theirs.key, goods.invented(3, Random(7), stock=500))
        ours = Shop.objects.create(name=f"店{theirs.number}", platform="pdd", created_at=clock.now())
        values = {"client_id": theirs.app_key, "client_secret": theirs.app_secret}
        connecting.connect(ours.pk, values, by=SYSTEM, now=clock.now(), reach_days=0, gateway=self.simulator.gateway("pdd"))
        grant = Grant(theirs.access_token, theirs.refresh_token, None, None, theirs.number, theirs.name)
        granting.grant(ours.pk, grant, by=SYSTEM, now=clock.now())
        jobs.drain()
        self.shops.append((ours.pk, theirs))
        return ours.pk, theirs

    def buy(self, theirs, **more):
        return ordering.place(self.world, theirs.key, [ordering.Wanted(1, merchant_code="SIM-001-1")], **{"is_paid": True} | more)

    def feel(self, theirs, **mood):
        with self.world.changing():
            self.world.put_mood(theirs.key, Mood.load(mood))

    def listener(self):
        ((key, accesses),) = listening.wanted().items()
        lease = listening.take(key, now=clock.now())
        assert lease is not None
        return lines.Listener(key, registry.listening("pdd"), lease, accesses)

    def listen(self, until, *, patience=20.0, listener=None):
        """Hold the line, and work as a worker would beside it, until it is so."""
        listener = listener or self.listener()
        end, keep, seen = time.monotonic() + patience, listener._keep, []

        def look():
            keep()
            jobs.drain()
            seen.append(until())
            if seen[-1] or time.monotonic() > end:
                listener.stop()

        listener._keep = look
        listener.run()
        assert seen[-1]


@pytest.fixture
def house(simulator, monkeypatch):
    monkeypatch.setattr(lines, "BREATH", 0.1)
    monkeypatch.setattr(lines, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(lines, "LONGEST_PAUSE", 0.2)
    monkeypatch.setattr(lines.connection, "close", lambda: None)  # a thread's own connection is here the test's
    return House(simulator)


def ours():
    return set(Order.objects.values_list("platform_no", flat=True))


def test_a_connected_shop_is_told_of_and_a_disconnected_one_has_no_line(house):
    shop_id, theirs = house.open()
    assert house.world.shop(theirs.key).options["is_told"]
    connection = ShopConnection.objects.get(pk=shop_id)
    assert (connection.subscribed_at is not None, connection.subscribe_error) == (True, "")
    assert [key.app for key in listening.wanted()] == [theirs.app_key]
    connecting.disconnect(shop_id, by=SYSTEM, now=clock.now())
    assert listening.wanted() == {}


def test_a_shop_that_was_connected_before_we_listened_is_asked_for_within_the_hour(house):
    _shop_id, theirs = house.open()
    ShopConnection.objects.update(subscribed_at=None)
    ordering.change_shop(house.world, theirs.key, options={})
    receiving.ask_again_to_be_told()
    jobs.drain()
    assert house.world.shop(theirs.key).options["is_told"]
    house.world.shop(theirs.key).options.clear()
    receiving.ask_again_to_be_told()
    assert jobs.drain() == 0  # it is told of already


def test_a_shop_with_a_typed_token_learns_its_number_for_messages_name_it_by_that(house, simulator):
    theirs = ordering.open_shop(house.world, "pdd")
    ours = Shop.objects.create(name="茶铺", platform="pdd", created_at=clock.now())
    values = {"client_id": theirs.app_key, "client_secret": theirs.app_secret, "access_token": theirs.access_token}
    connecting.connect(ours.pk, values, by=SYSTEM, now=clock.now(), reach_days=0, gateway=simulator.gateway("pdd"))
    jobs.drain()
    connection = ShopConnection.objects.get(pk=ours.pk)
    assert (connection.platform_shop_id, connection.subscribed_at is not None) == (theirs.number, True)


def test_a_platform_that_does_not_want_to_tell_says_why_and_orders_come_all_the_same(house, simulator):
    theirs = ordering.open_shop(house.world, "pdd")
    house.feel(theirs, strikes=[{"trouble": "system_error", "call": "pmc.user.permit", "times": 99}])
    ours = Shop.objects.create(name="茶铺", platform="pdd", created_at=clock.now())
    values = {"client_id": theirs.app_key, "client_secret": theirs.app_secret}
    connecting.connect(ours.pk, values, by=SYSTEM, now=clock.now(), reach_days=0, gateway=simulator.gateway("pdd"))
    granting.grant(ours.pk, Grant(theirs.access_token, theirs.refresh_token, None, None, theirs.number), by=SYSTEM, now=clock.now())
    for _try in range(6):
        jobs.drain(now=clock.now() + timedelta(hours=1), raising=False)
    connection = ShopConnection.objects.get(pk=ours.pk)
    assert (connection.subscribed_at, bool(connection.subscribe_error)) == (None, True)
    assert connection.state == ShopConnection.State.CONNECTED
    assert jobs.dead().count() == 0


def test_an_order_paid_changed_and_given_back_is_known_by_messages_alone(house):
    shop_id, theirs = house.open()
    order = house.buy(theirs)
    house.listen(lambda: ours() == {order.no})
    wish = refunding.ask(house.world, theirs.key, order.no)
    house.listen(lambda: Refund.objects.filter(refund_no=wish.no, platform_no=order.no).exists())
    assert Order.objects.get().refund == "requested"
    refunding.answer(house.world, theirs.key, wish.no, agrees=True)
    house.listen(lambda: Refund.objects.get().state == "done" and Order.objects.get().refund == "refunded")
    assert Order.objects.get().fulfilment == "cancelled"
    assert ShopConnection.objects.get(pk=shop_id).last_hook_at is not None
    sent = house.simulator.pusher.sent
    assert {one.about for one in sent} == {one.about for one in sent if one.is_taken}


def test_shops_of_one_app_share_a_line_and_each_gets_its_own(house):
    first_id, first = house.open()
    second_id, second = house.open(app_key=first.app_key, app_secret=first.app_secret)
    one, two = house.buy(first), house.buy(second)
    house.listen(lambda: len(ours()) == 2)
    assert dict(Order.objects.values_list("platform_no", "shop_id")) == {one.no: first_id, two.no: second_id}
    assert AppLine.objects.count() == 1


def test_messages_of_shops_that_are_not_ours_are_let_go(house):
    _id, theirs = house.open()
    stranger = ordering.open_shop(house.world, "pdd", app_key=theirs.app_key, app_secret=theirs.app_secret, options={"is_told": True})
    ordering.put_up(house.world, stranger.key, goods.invented(1, Random(7), stock=5))
    house.buy(stranger)
    house.listen(lambda: any(sent.is_taken for sent in house.simulator.pusher.sent))
    assert not RawPayload.objects.exists()


def test_what_was_not_acknowledged_comes_again_and_doubles_nothing(house, monkeypatch):
    _id, theirs = house.open()
    order, real, had = house.buy(theirs), receiving.note_heard, []

    def dies_once(*args, **more):
        had.append(1)
        if len(had) == 1:
            raise DomainError("the process dies here", "test")
        if len(had) == 2:
            real(*args, **more)
            raise DomainError("and here, after the commit and before the receipt", "test")
        real(*args, **more)

    monkeypatch.setattr(receiving, "note_heard", dies_once)
    house.listen(lambda: any(sent.is_taken for sent in house.simulator.pusher.sent), patience=30)
    assert len(had) >= 3
    house.listen(lambda: ours() == {order.no})
    assert (Order.objects.count(), RawPayload.objects.filter(stream="orders").count()) == (1, 1)


def test_a_line_that_breaks_all_the_time_loses_nothing(house):
    _id, theirs = house.open()
    strikes = [{"trouble": trouble, "call": "line/"} for _time in range(3) for trouble in ("reset", "reset_after", "garbage")]
    house.feel(theirs, strikes=strikes, push_repeated=0.3, push_reordered=0.3, push_late_seconds=0.05)
    numbers = {house.buy(theirs).no for _ in range(20)}
    house.listen(lambda: ours() == numbers, patience=90)
    assert Order.objects.count() == 20
    assert {sent.status for sent in house.simulator.pusher.sent} == {0, 200}
    assert AppLine.objects.get().odd_count == 3
    assert house.world.mood(theirs.key).strikes == []


def test_an_interface_that_lags_behind_its_messages_is_asked_again(house):
    _id, theirs = house.open()
    house.feel(theirs, lag_seconds=30)
    order = house.buy(theirs)
    house.listen(lambda: RawPayload.objects.filter(no=order.no, asks=1).exists())
    house.world.advance(31)
    house.feel(theirs)
    RawPayload.objects.update(retry_at=clock.now() - timedelta(seconds=2))
    receiving.enqueue_wanted(_id, "orders")
    jobs.drain()
    assert ours() == {order.no}


def test_a_wrong_secret_is_said_and_the_right_one_of_another_shop_is_tried(house):
    first_id, first = house.open()
    connecting.connect(first_id, {"client_secret": "wrong"}, by=SYSTEM, now=clock.now(), reach_days=0)
    listener = house.listener()
    error = listener._try()
    assert error.code == "socket.refused"
    listening.broke(listener._lease, error)
    (health,) = connections.health([first_id], now=clock.now())
    assert (health.line.is_standing, "401" in health.line.error) == (False, True)
    listener._let_go()
    house.open(app_key=first.app_key, app_secret=first.app_secret)
    house.listen(lambda: AppLine.objects.get().opened_at is not None)


def test_one_process_alone_holds_a_line_until_it_dies(house):
    house.open()
    ((key, _shops),) = listening.wanted().items()
    now = clock.now()
    first = listening.take(key, now=now)
    assert listening.take(key, now=now) is None
    assert first.keep(now=now + timedelta(seconds=25))
    assert listening.take(key, now=now + timedelta(seconds=40)) is None
    second = listening.take(key, now=now + timedelta(seconds=60))
    assert second is not None
    assert not first.keep(now=now + timedelta(seconds=61))
    listening.opened(second, now=now)
    listening.broke(first, DomainError("too late", "test"))
    first.let_go()
    assert AppLine.objects.get().opened_at == now
    second.let_go()
    assert listening.take(key, now=now) is not None


def test_the_shops_health_says_how_its_line_stands(house):
    shop_id, _theirs = house.open()
    (health,) = connections.health([shop_id], now=clock.now())
    assert not health.line.is_standing
    listener = house.listener()
    house.listen(lambda: connections.health([shop_id], now=clock.now())[0].line.is_standing, listener=listener)
    (health,) = connections.health([shop_id], now=clock.now())
    assert (health.line.is_standing, health.line.heard_at is not None) == (False, True)


def test_a_silent_line_is_given_up(house, monkeypatch):
    house.open()
    monkeypatch.setattr(type(house.simulator.fronts["pdd"]), "beat", lambda *_args: b"")
    listener = house.listener()
    monkeypatch.setattr("danshu.connectors.pdd.messages.SILENCE", timedelta(seconds=0.5))
    monkeypatch.setattr(type(house.simulator.pusher.lines), "serve", silent(type(house.simulator.pusher.lines).serve))
    error = listener._try()
    assert error.code == "socket.silent"
    listener._let_go()


def silent(serve):
    """The platform's side holds the line and says nothing."""

    def hold(self, line, request, _beat):
        line.say = lambda _text: True
        return serve(self, line, request, lambda _text: b"")

    return hold
