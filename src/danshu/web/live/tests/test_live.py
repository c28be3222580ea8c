"""What happens reaches open pages: whose it is, once, and without a gap after a reconnect."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from danshu.accounts.models import User
from danshu.channels.models import Shop
from danshu.core import clock, events, reactions
from danshu.core.events import RunsChanged
from danshu.core.models import EventRow
from danshu.fulfilment.events import ParcelsShipped
from danshu.fulfilment.models import Parcel
from danshu.orders.events import OrdersChanged, OrdersPlaced
from danshu.orders.models import Order
from danshu.stock.events import StockChanged
from danshu.web.live import hub, kinds, pages
from danshu.web.live.hub import Hub, Listener
from danshu.web.live.kinds import Message, Scope

pytestmark = [pytest.mark.django_db, pytest.mark.urls("danshu.web.live.urls")]

LOOK = Hub._look


def person(role: str = "owner", shop_ids: tuple[int, ...] = ()) -> User:
    return User.objects.create(username=f"{role}{shop_ids}", name="李", role=role, shop_ids=list(shop_ids), created_at=clock.now())


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def order_of(shop: Shop, number: str) -> Order:
    return Order.objects.create(
        no=number, shop=shop, platform="taobao", platform_no=number, placed_at=clock.now(), created_at=clock.now(), updated_at=clock.now()
    )


@pytest.fixture
def shops():
    return [Shop.objects.create(name=name, platform="taobao", created_at=clock.now()) for name in ("木屿", "别家")]


@pytest.fixture(autouse=True)
def short(monkeypatch):
    """Streams that end at once, and a hub that waits to be asked: its thread would not see the test's transaction."""
    monkeypatch.setattr(pages, "LASTS", 0.2)
    monkeypatch.setattr(pages, "HEARTBEAT", 0.05)
    monkeypatch.setattr(Hub, "_look", lambda self, floor: None)
    yield
    pages.HUB._listeners.clear()
    pages.HUB._thread = None


def lines(response) -> list[dict[str, str]]:
    blocks = b"".join(response.streaming_content).decode().strip().split("\n\n")
    return [dict(line.split(": ", 1) for line in block.splitlines() if ": " in line) for block in blocks]


def test_a_stream_opens_with_the_newest_fact_and_ends_by_itself():
    events.publish(OrdersChanged((1,), "flag"))
    response = browser(person()).get("/live/")
    assert response.headers["Content-Type"].startswith("text/event-stream")
    assert response.headers["Cache-Control"].startswith("no-cache")
    assert response.headers["X-Accel-Buffering"] == "no"
    first, *rest = lines(response)
    assert first["event"] == "ready"
    assert int(first["id"]) == EventRow.objects.get().pk
    assert all(line == {"": "still here"} for line in rest)
    assert len(pages.HUB) == 0


def test_after_a_reconnect_what_was_missed_comes_first():
    events.publish(OrdersChanged((1,), "flag"))
    seen = hub.newest_id()
    events.publish(OrdersChanged((2,), "flag"), OrdersChanged((3, 2), "memo"), StockChanged((7,)), RunsChanged((5,)))
    response = browser(person()).get("/live/", headers={"Last-Event-ID": str(seen)})
    _ready, *missed = [line for line in lines(response) if "event" in line]
    assert [(line["event"], json.loads(line["data"])["ids"]) for line in missed] == [
        ("orders.OrdersChanged", [2, 3]),
        ("stock.StockChanged", [7]),
        ("core.RunsChanged", [5]),
    ]
    assert {int(line["id"]) for line in missed} == {hub.newest_id()}


def test_who_missed_too_much_is_told_to_look_anew(monkeypatch):
    monkeypatch.setattr(hub, "MOST_AT_ONCE", 3)
    events.publish(*(OrdersChanged((n,), "flag") for n in range(5)))
    first = EventRow.objects.order_by("id").first().pk
    response = browser(person()).get("/live/", headers={"Last-Event-ID": str(first)})
    assert lines(response)[0]["event"] == "behind"


def test_when_all_streams_are_taken_the_page_is_sent_to_polling(settings):
    settings.LIVE_STREAMS = 0
    assert browser(person()).get("/live/").status_code == 204


def test_a_browser_that_went_away_frees_its_place():
    response = browser(person()).get("/live/")
    next(iter(response.streaming_content))
    assert len(pages.HUB) == 1
    response.close()
    assert len(pages.HUB) == 0


def test_a_stream_that_nobody_reads_frees_its_place_too():
    response = browser(person()).get("/live/")
    assert len(pages.HUB) == 1
    response.close()
    assert len(pages.HUB) == 0


def test_polling_tells_the_same():
    client = browser(person())
    last = client.get("/live/poll/").json()["last"]
    events.publish(OrdersPlaced((4, 5), 1))
    answer = client.get(f"/live/poll/?after={last}").json()
    assert [(event["kind"], event["ids"]) for event in answer["events"]] == [("orders.OrdersPlaced", [4, 5])]
    assert client.get(f"/live/poll/?after={answer['last']}").json()["events"] == []


@pytest.mark.parametrize("nonsense", ["x", "-1", "1e9", "9" * 40])
def test_nonsense_instead_of_a_place_means_now(nonsense):
    assert browser(person()).get("/live/poll/", {"after": nonsense}).json()["events"] == []


def test_strangers_hear_nothing(settings):
    settings.LOGIN_URL = "/sign-in/"
    assert Client().get("/live/").status_code == 302
    assert Client().get("/live/poll/").status_code == 302


def test_people_of_one_shop_hear_of_its_orders_only(shops):
    ours, theirs = order_of(shops[0], "1"), order_of(shops[1], "2")
    parcels = [Parcel.objects.create(order=order, created_at=clock.now()) for order in (ours, theirs)]
    client = browser(person("operations", (shops[0].pk,)))
    last = client.get("/live/poll/").json()["last"]
    events.publish(
        OrdersChanged((ours.pk, theirs.pk), "flag"), ParcelsShipped(tuple(p.pk for p in parcels)), OrdersPlaced((theirs.pk,), shops[1].pk)
    )
    heard = {event["kind"]: event["ids"] for event in client.get(f"/live/poll/?after={last}").json()["events"]}
    assert heard == {"orders.OrdersChanged": [ours.pk], "fulfilment.ParcelsShipped": [parcels[0].pk]}


def test_a_role_hears_of_what_it_may_see():
    scope = Scope.of(person("viewer"))
    assert "orders.OrdersChanged" in scope.kinds
    nobody = Scope(frozenset({"core.RunsChanged"}), None)
    assert nobody.narrow([Message(1, "orders.OrdersChanged", (1,)), Message(2, "core.RunsChanged", (2,))]) == [
        Message(2, "core.RunsChanged", (2,))
    ]


def test_a_fact_about_too_many_names_none():
    assert kinds.body(Message(1, "k", tuple(range(501)))) == {"ids": []}
    assert kinds.body(Message(1, "k", (1,))) == {"ids": [1]}


def test_the_hub_tells_every_fact_once_even_late_ones():
    listener = Listener(Scope(frozenset(kinds.PERMISSIONS), None))
    events.publish(StockChanged((1,)))
    floor = hub.newest_id()
    late = floor + 1
    EventRow.objects.create(id=late + 1, kind="stock.StockChanged", payload={"sku_ids": [2]}, at=clock.now())
    seen: dict[int, float] = {}
    assert Hub._tell([listener], seen, floor) == floor
    assert [message.ids for message in listener.wait(0)] == [(2,)]
    EventRow.objects.create(id=late, kind="stock.StockChanged", payload={"sku_ids": [3]}, at=clock.now())
    Hub._tell([listener], seen, floor)
    Hub._tell([listener], seen, floor)
    assert [message.ids for message in listener.wait(0)] == [(3,)]
    for pk in seen:
        seen[pk] -= 60
    assert Hub._tell([listener], seen, floor) == late + 1
    assert seen == {}


@pytest.mark.django_db(transaction=True)
def test_the_thread_ends_at_once_when_the_last_listener_leaves(monkeypatch):
    monkeypatch.setattr(Hub, "_look", LOOK)
    monkeypatch.setattr(hub, "LOOK_EVERY", 60)
    open_hub, listeners = Hub(), [Listener(Scope(frozenset(), None)) for _ in range(2)]
    assert all(open_hub.join(one, most=2) for one in listeners)
    thread = open_hub._thread
    open_hub.leave(listeners[0])
    assert thread.is_alive()
    open_hub.leave(listeners[1])
    thread.join(10)
    assert not thread.is_alive()
    assert open_hub.join(listeners[0], most=1)
    assert open_hub._thread is not thread
    open_hub.close()
    assert (len(open_hub), open_hub._thread) == (0, None)


def test_every_kind_that_pages_hear_of_exists():
    assert set(kinds.PERMISSIONS) <= set(reactions._classes)
