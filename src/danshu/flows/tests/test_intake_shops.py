"""Whole streams into real orders: whatever changes, breaks and dies on the way, our set is the platform's in the end."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from danshu.audit.models import Entry
from danshu.channels import connections, offers
from danshu.channels.connecting import Call, Paging, Stream
from danshu.channels.connector_errors import BadCall, TemporaryFailure
from danshu.channels.models import DayCount, RawPayload, Shop, ShopConnection, StreamCursor
from danshu.channels.operations import connecting, payloads, pulling, streams
from danshu.channels.tests.fake_platform import VALUES, Adapter, Killed, Platform, install
from danshu.core import clock, jobs
from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.core.models import EventRow, Run
from danshu.flows import intake_runs, intake_shops, receiving
from danshu.orders.models import Order, Refund
from tests.chance import examples

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
BY = Actor(None, "小雅")


def connected(adapter, monkeypatch, **terms):
    install(monkeypatch, adapter)
    shop = Shop.objects.create(name="木屿官网", platform="own", created_at=clock.now())
    connecting.connect(shop.pk, VALUES, by=BY, now=clock.now(), **{"reach_days": 0} | terms)
    return shop


@pytest.fixture
def time():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def platform(time):
    return Platform()


@pytest.fixture
def shop(platform, monkeypatch):
    platform.adapter = Adapter(platform)
    return connected(platform.adapter, monkeypatch)


def beat(time, seconds=0):
    """Time goes on, then the engine looks once and all its jobs run."""
    time.shift(timedelta(seconds=seconds))
    intake_shops.read_streams()
    jobs.drain()


def ours():
    return dict(Order.objects.values_list("platform_no", "seller_memo"))


def theirs(platform):
    return {no: str(row["version"]) for no, row in platform.rows[Stream.ORDERS].items()}


# --- the property -------------------------------------------------------------------------------------------------------------------


class OverError(Exception):
    """Ends an example: nothing of it stays."""


MOVES = st.one_of(
    st.tuples(st.just("change"), st.integers(0, 11)),
    st.tuples(st.just("message"), st.integers(0, 11)),
    st.tuples(st.just("pull"), st.sampled_from(["", "kill", "fail", "save", "saved"]), st.integers(1, 6), st.integers(0, 11)),
    st.tuples(st.just("wanted"), st.sampled_from(["", "kill", "fail", "save", "saved"]), st.integers(1, 3), st.integers(0, 11)),
    st.tuples(st.just("time"), st.sampled_from([0.4, 1, 7, 40, 400])),
)


class World:
    """A platform and a shop, and somebody who breaks things at a chosen moment."""

    def __init__(self, platform, shop, time):
        self.platform, self.shop, self.time = platform, shop, time
        self.trouble, self.left, self.touched = "", 0, 0
        platform.before = self.asked

    def asked(self, _name):
        """Between two questions the platform changes something, and the worker may break off."""
        self.time.shift(timedelta(seconds=0.3))
        if self.left == 0 or self.trouble not in {"", "kill", "fail"}:
            return
        self.left -= 1
        if self.left == 0:
            self.platform.change(f"P{self.touched}")
            if self.trouble == "kill":
                raise Killed
            if self.trouble == "fail":
                raise TemporaryFailure("no answer")

    def save(self, shop_id, incoming, /, *, by, now):
        if self.trouble == "save":
            raise Killed
        report = intake_shops.save_orders(shop_id, incoming, by=by, now=now)
        if self.trouble == "saved":
            raise Killed
        return report

    def run(self, work, trouble, call, touched):
        self.trouble, self.left, self.touched = trouble, call, touched
        with suppress(Killed):
            work()
        self.trouble, self.left = "", 0
        StreamCursor.objects.update(next_at=clock.now())

    def pull(self, trouble="", call=0, touched=0):
        self.run(lambda: pulling.pull(self.shop.pk, Stream.ORDERS, save=self.save), trouble, call, touched)

    def wanted(self, trouble="", call=0, touched=0):
        self.run(lambda: pulling.pull_wanted(self.shop.pk, Stream.ORDERS, save=self.save), trouble, call, touched)

    def message(self, n):
        payloads.want(self.shop.pk, Stream.ORDERS, [f"P{n}"], now=clock.now())

    def move(self, name, *terms):
        if name == "time":
            self.time.shift(timedelta(seconds=terms[0]))
        elif name == "change":
            self.platform.change(f"P{terms[0]}")
        else:
            getattr(self, name)(*terms)


@settings(max_examples=examples(40), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    moves=st.lists(MOVES, min_size=3, max_size=22), how=st.sampled_from(list(Paging)), names_only=st.booleans(), repeats=st.booleans(),
    tells=st.booleans(), skew=st.sampled_from([0, 0, -90, 90]), most=st.sampled_from([0, 4]),
)  # fmt: skip
def test_whatever_happens_our_set_is_the_platforms_in_the_end(moves, how, names_only, repeats, tells, skew, most):
    with pytest.MonkeyPatch.context() as patch, time_machine.travel(NOW, tick=False) as time, suppress(OverError), transaction.atomic():
        platform = Platform(
            skew=timedelta(seconds=skew), names_only=names_only, repeats=repeats, tells_modified=tells, newest_first=how is Paging.BACKWARD
        )
        adapter = Adapter(platform)
        adapter.reads(paging=how, most_rows=most)
        world = World(platform, connected(adapter, patch), time)
        for move in moves:
            world.move(*move)
            time.shift(timedelta(seconds=0.1))
        for _ in range(6):
            time.shift(timedelta(minutes=3))
            world.pull()
            world.wanted()
        assert ours() == theirs(platform)
        known = RawPayload.objects.filter(body__isnull=False)
        assert {raw.no: raw.state for raw in known} == dict.fromkeys(theirs(platform), "taken")
        assert Order.objects.count() == len(theirs(platform)), "none stands twice"
        raise OverError


# --- the clock's work -----------------------------------------------------------------------------------------------------------------


def test_orders_and_refunds_come_by_themselves(shop, platform, time):
    platform.change("P1")
    platform.change("R1", Stream.REFUNDS)
    beat(time, 30)
    assert ours() == {"P1": "1"}
    assert list(Refund.objects.values_list("refund_no", "platform_no")) == [("R1", "P1")]
    assert Order.objects.get().source == "api"
    beat(time, 2)
    assert platform.count("list") == 2, "nothing is due yet"
    platform.change("P1")
    beat(time, 30)
    assert ours() == {"P1": "2"}


def test_a_shop_that_fails_holds_up_no_other(shop, platform, time):
    other = Shop.objects.create(name="二店", platform="own", created_at=NOW)
    connecting.connect(other.pk, VALUES, by=BY, now=NOW, reach_days=0)
    listing = platform.adapter.list_page

    def half(access, *question):
        if access.shop_id == shop.pk:
            raise TemporaryFailure("down")
        return listing(access, *question)

    platform.adapter.list_page = half
    platform.change("P9")
    beat(time, 30)
    assert list(Order.objects.values_list("shop_id", "platform_no")) == [(other.pk, "P9")]
    assert dict(StreamCursor.objects.filter(stream="orders").values_list("shop_id", "failures")) == {shop.pk: 1, other.pk: 0}


def test_a_backlog_leaves_a_thread_free(shop, platform, time, settings):
    settings.WORKER_THREADS = 2
    other = Shop.objects.create(name="二店", platform="own", created_at=NOW)
    connecting.connect(other.pk, VALUES, by=BY, now=NOW, reach_days=0)
    lease = streams.take(other.pk, Stream.ORDERS, now=clock.now())
    platform.change("P1")
    beat(time, 5)
    assert ours() == {}
    lease.let_go()
    beat(time, 5)
    assert ours() == {"P1": "1"}


def test_tokens_are_prolonged_ahead_of_their_end(platform, time, monkeypatch):
    platform.life = timedelta(hours=2)
    connected(Adapter(platform, can_refresh=True), monkeypatch)
    beat(time)
    assert platform.count("refresh") == 1
    beat(time, 80 * 60)
    assert platform.count("refresh") == 1
    beat(time, 20 * 60)
    assert platform.count("refresh") == 2


def test_people_hear_of_access_that_ends(shop, time):
    ShopConnection.objects.update(expires_at=NOW + timedelta(days=2))
    intake_shops.watch_access()
    assert [event.payload["days"] for event in EventRow.objects.filter(kind="channels.ShopAuthorisationsEnding")] == [3]


def test_a_quiet_night_is_no_silence_and_a_dead_stream_is_one(shop, platform, time):
    beat(time, 3600)
    shop.refresh_from_db()
    assert offers.silent_since(shop, now=clock.now()) is None
    heard = shop.heard_until

    def down(_name):
        raise TemporaryFailure("down")

    platform.before = down
    beat(time, 3600)
    shop.refresh_from_db()
    assert offers.silent_since(shop, now=clock.now()) == heard


# --- messages ---------------------------------------------------------------------------------------------------------------------------


def call(numbers, sign="shh-1"):
    return Call("POST", {}, {"sign": sign}, numbers.encode())


def receive(shop, numbers, *, key="", sign="shh-1"):
    key = key or ShopConnection.objects.get(pk=shop.pk).hook_key
    return receiving.receive_call(shop.pk, key, call(numbers, sign), now=clock.now())


def test_what_a_message_names_is_fetched_at_once(shop, platform, time):
    platform.change("P1")
    assert receive(shop, "P1,P1").body == b'{"code":0}'
    receive(shop, "P1")
    jobs.drain()
    assert ours() == {"P1": "1"}
    assert platform.calls == ["fetch"], "three messages, one call"
    assert ShopConnection.objects.get().last_hook_at == NOW


def test_a_message_ahead_of_the_interface_is_tried_again(shop, platform, time):
    platform.hides = {"P1"}
    platform.change("P1")
    receive(shop, "P1")
    jobs.drain()
    assert ours() == {}
    platform.hides = set()
    time.shift(timedelta(seconds=3))
    StreamCursor.objects.update(next_at=NOW + timedelta(days=1))
    beat(time)
    assert ours() == {"P1": "1"}


def test_a_call_that_is_not_the_platforms_changes_nothing(shop, platform):
    for wrong in ({"key": "guess"}, {"sign": "guess"}):
        with pytest.raises(BadCall):
            receive(shop, "P1", **wrong)
    with pytest.raises(BadCall):
        receiving.receive_call(shop.pk + 99, "guess", call("P1"), now=NOW)
    key = ShopConnection.objects.get().hook_key
    connecting.disconnect(shop.pk, by=BY, now=NOW)
    with pytest.raises(BadCall):
        receive(shop, "P1", key=key)
    assert RawPayload.objects.count() == 0


def test_one_number_and_fifty_cost_a_message_the_same(shop, same_queries):
    same_queries(lambda: receive(shop, "A1"), lambda: receive(shop, ",".join(f"B{n}" for n in range(50))))


# --- the sentinel -----------------------------------------------------------------------------------------------------------------------


def miss(platform, shop, *numbers, at):
    """Orders that the stream does not show: the platform's list by change forgot them."""
    for no in numbers:
        platform.change(no, at=at)
        platform.rows[Stream.ORDERS][no]["modified"] = 0


def test_what_the_stream_missed_in_the_last_hours_is_found(shop, platform, time):
    time.shift(timedelta(hours=2))
    platform.change("P1")
    beat(time)
    miss(platform, shop, "P2", "P3", at=NOW + timedelta(hours=1))
    beat(time, 600)
    assert set(ours()) == {"P1"}
    intake_shops.compare_recent()
    jobs.drain()
    assert set(ours()) == {"P1", "P2", "P3"}
    [found] = EventRow.objects.filter(kind="channels.MissedOrdersFound")
    assert found.payload == {"shop_id": shop.pk, "missing": 2, "filled": 2}
    intake_shops.compare_recent()
    jobs.drain()
    assert EventRow.objects.filter(kind="channels.MissedOrdersFound").count() == 1


def test_yesterday_is_counted_once_and_shown(shop, platform, time):
    morning = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
    miss(platform, shop, *[f"P{n}" for n in range(5)], at=morning)
    platform.change("BAD", at=morning, poison=True)
    platform.change("TODAY")
    intake_shops.count_yesterday()
    jobs.drain()
    day = DayCount.objects.get()
    assert (day.day, day.platform_count, day.our_count, day.missing_count) == (date(2026, 11, 21), 6, 5, 6)
    [health] = connections.health([shop.pk], now=clock.now())
    assert (health.yesterday, health.tone) == (day, "amber")
    calls = len(platform.calls)
    intake_shops.count_yesterday()
    jobs.drain()
    assert len(platform.calls) == calls
    platform.rows[Stream.ORDERS]["BAD"]["poison"] = False
    intake_shops.retry_payloads([RawPayload.objects.get(no="BAD").pk], by=BY, now=clock.now())
    jobs.drain()
    intake_shops.count_shop(shop.pk, "2026-11-21")
    assert DayCount.objects.values_list("our_count", flat=True).get() == 6


def test_a_count_that_failed_is_made_up_for(shop, platform):
    def down(_name):
        raise TemporaryFailure("down")

    platform.before = down
    intake_shops.count_yesterday()
    jobs.drain()
    assert DayCount.objects.count() == 0
    platform.before = lambda _name: None
    intake_shops.count_yesterday()
    jobs.drain()
    assert DayCount.objects.get().platform_count == 0


def test_platforms_that_cannot_list_by_creation_are_not_counted(shop, platform):
    platform.adapter.reads(can_list_created=False)
    intake_shops.count_yesterday()
    intake_shops.compare_recent()
    jobs.drain()
    assert (DayCount.objects.count(), platform.calls) == (0, [])


# --- what no list tells of ---------------------------------------------------------------------------------------------------------


def states():
    return dict(Refund.objects.values_list("refund_no", "state"))


def withdrawn_unseen(platform, no):
    """As JD does it: the buyer takes a request back, and no list of it names that moment."""
    platform.rows[Stream.REFUNDS][no]["state"] = "closed"


def test_a_request_that_was_withdrawn_unseen_is_asked_for_again(shop, platform, time):
    platform.adapter.reads(Stream.REFUNDS, lists_changes=False)
    platform.change("R1", Stream.REFUNDS)
    platform.change("R2", Stream.REFUNDS)
    beat(time, 30)
    beat(time, 600)
    withdrawn_unseen(platform, "R1")
    beat(time, 600)
    assert states() == {"R1": "asked", "R2": "asked"}
    intake_shops.ask_for_living()
    beat(time)
    assert states() == {"R1": "closed", "R2": "asked"}
    fetched = platform.count("fetch")
    intake_shops.ask_for_living()  # only of the one that may still change
    beat(time)
    assert platform.count("fetch") == fetched + 1


def test_where_lists_name_every_change_nothing_is_asked_twice(shop, platform, time):
    platform.change("R1", Stream.REFUNDS)
    beat(time, 30)
    intake_shops.ask_for_living()
    beat(time)
    assert platform.count("fetch") == 0


def test_asking_for_fifty_costs_the_statements_of_one(shop, platform, time, statements):
    platform.adapter.reads(Stream.REFUNDS, lists_changes=False)
    platform.change("R0", Stream.REFUNDS)
    beat(time, 30)
    of_one = len(statements(intake_shops.ask_for_living))
    for number in range(1, 50):
        platform.change(f"R{number}", Stream.REFUNDS)
    beat(time, 30)
    assert len(statements(intake_shops.ask_for_living)) == of_one
    assert RawPayload.objects.filter(retry_at__isnull=False).count() == 50


# --- what a person wants -------------------------------------------------------------------------------------------------------------


def test_a_person_fetches_numbers_and_hears_what_did_not_come(shop, platform):
    platform.change("P1")
    taken = intake_shops.fetch_now(shop.pk, Stream.ORDERS, [" P1 ", "P1", "NONE"], by=BY)
    assert (taken.new, list(taken.failed), ours()) == (1, ["NONE"], {"P1": "1"})
    for numbers, code in (([" "], "intake.no_numbers"), ([str(n) for n in range(21)], "intake.too_many")):
        with pytest.raises(DomainError) as error:
            intake_shops.fetch_now(shop.pk, Stream.ORDERS, numbers, by=BY)
        assert error.value.code == code


def test_a_person_pulls_a_span_and_watches(shop, platform):
    at = NOW - timedelta(days=3)
    for n in range(7):
        platform.change(f"P{n}", at=at)
    platform.change("BAD", at=at, poison=True)
    run = intake_runs.pull_span(shop.pk, Stream.ORDERS, at - timedelta(hours=1), at + timedelta(hours=1), by=BY, now=NOW)
    jobs.drain()
    run = Run.objects.get(pk=run.pk)
    assert (run.state, run.done, run.failed, len(ours())) == ("done", 8, 1, 7)
    assert run.summary == {"rows": 8, "new": 7, "updated": 0, "failed": 1}
    assert run.results[0]["label"] == "BAD"
    assert Entry.objects.filter(verb="shop.span_pulled").count() == 1


@pytest.mark.parametrize(("start", "end"), [(2, 3), (100, 99), (40, 1)])
def test_a_span_that_the_platform_cannot_answer_is_refused(shop, start, end):
    with pytest.raises(DomainError) as error:
        intake_runs.pull_span(shop.pk, Stream.ORDERS, NOW - timedelta(days=start), NOW - timedelta(days=end), by=BY, now=NOW)
    assert error.value.code == "intake.span"


def test_a_span_that_breaks_off_says_why(shop, platform):
    def down(_name):
        raise TemporaryFailure("down")

    platform.before = down
    run = intake_runs.pull_span(shop.pk, Stream.ORDERS, NOW - timedelta(days=1), NOW, by=BY, now=NOW)
    jobs.drain()
    run = Run.objects.get(pk=run.pk)
    assert (run.state, run.results[0]["message"]) == ("failed", "down")


def test_stored_bodies_are_translated_again_without_the_platform(shop, platform, time):
    for n in range(4):
        platform.change(f"P{n}")
    platform.change("BAD", poison=True)
    beat(time, 30)
    calls = len(platform.calls)
    understand, platform.adapter.order = platform.adapter.order, lambda body: understand({**body, "poison": False, "version": 7})
    run = intake_runs.translate_again(shop.pk, Stream.ORDERS, by=BY, now=clock.now())
    jobs.drain()
    run = Run.objects.get(pk=run.pk)
    assert (run.state, run.done, run.summary["new"], run.summary["updated"]) == ("done", 5, 1, 4)
    assert set(ours().values()) == {"7"}
    assert set(RawPayload.objects.values_list("state", flat=True)) == {"taken"}
    assert len(platform.calls) == calls
    some = intake_runs.translate_again(
        shop.pk, Stream.ORDERS, by=BY, now=clock.now(), numbers=["P1"], start=NOW, end=NOW + timedelta(days=1)
    )
    assert some.total == 1


def test_a_person_reads_at_once(shop, platform, time):
    beat(time, 30)
    platform.change("P1")
    time.shift(timedelta(seconds=1))
    intake_shops.pull_now([shop.pk], now=clock.now())
    jobs.drain()
    assert ours() == {"P1": "1"}
