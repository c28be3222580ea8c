"""Streams are read window by window: nothing is lost, nothing known is fetched twice, one bad order holds up nobody."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from danshu.channels import payloads
from danshu.channels.connecting import Fetched, Grant, Paging, Span, Stream
from danshu.channels.connector_errors import BadAnswer, RateLimited, Refused, TemporaryFailure
from danshu.channels.models import RawPayload, Shop, ShopConnection, StreamCursor
from danshu.channels.operations import connecting, granting, pulling, streams
from danshu.channels.operations import payloads as shelf
from danshu.channels.tests.fake_platform import VALUES, Adapter, Platform, install
from danshu.core import clock
from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.core.models import EventRow

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
BY = Actor(None, "小雅")
MINUTE = timedelta(minutes=1)


@dataclass
class Rejected:
    platform_no: str
    reason: str = "数据库不接受"
    code: str = "order.refused"


@dataclass
class Report:
    new: int = 0
    updated: int = 0
    rejects: list = field(default_factory=list)


@dataclass
class Book:
    """Saving, for tests of reading: what came, in order, and what it refuses."""

    saved: dict = field(default_factory=dict)
    refuses: set = field(default_factory=set)
    breaks: set = field(default_factory=set)
    batches: list = field(default_factory=list)

    def __call__(self, shop_id, incoming, *, by, now):
        report = Report()
        if any(one.platform_no in self.breaks for one in incoming):
            raise ArithmeticError("a mistake of ours")
        self.batches.append(len(incoming))
        for one in incoming:
            if one.platform_no in self.refuses:
                report.rejects.append(Rejected(one.platform_no))
            else:
                report.updated += one.platform_no in self.saved
                report.new += one.platform_no not in self.saved
                self.saved[one.platform_no] = one.seller_memo
        return report


@pytest.fixture
def time():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def platform(monkeypatch, time):
    platform = Platform()
    platform.adapter = Adapter(platform)
    install(monkeypatch, platform.adapter)
    return platform


@pytest.fixture
def shop(platform):
    made = Shop.objects.create(name="木屿官网", platform="own", created_at=NOW)
    connecting.connect(made.pk, VALUES, by=BY, now=NOW, reach_days=0)
    return made


@pytest.fixture
def book():
    return Book()


def pull(shop, book, time=None, seconds=0):
    if time:
        time.shift(timedelta(seconds=seconds))
    return pulling.pull(shop.pk, Stream.ORDERS, save=book)


def cursor(shop, stream="orders"):
    return StreamCursor.objects.get(shop=shop, stream=stream)


def raw(no):
    return RawPayload.objects.get(no=no)


def test_what_changed_is_saved_and_its_body_kept_sealed(shop, platform, book, time):
    time.shift(MINUTE)
    platform.change("P1", buyer="王小婷")
    pull(shop, book, time, 30)
    assert book.saved == {"P1": "1"}
    kept = raw("P1")
    assert payloads.body(kept) == platform.rows[Stream.ORDERS]["P1"]
    assert "王小婷".encode() not in bytes(kept.body)
    assert (kept.state, kept.failures, kept.retry_at) == ("taken", 0, None)
    assert (cursor(shop).until, cursor(shop).succeeded_at, cursor(shop).new_count) == (clock.now(), clock.now(), 1)
    assert cursor(shop).next_at == clock.now() + timedelta(seconds=30)


def test_a_quiet_platform_counts_as_heard_from(shop, platform, book, time):
    pull(shop, book, time, 600)
    shop.refresh_from_db()
    assert (shop.last_intake_at, shop.heard_until) == (clock.now(), clock.now())


def test_what_is_known_is_neither_fetched_nor_saved_again(shop, platform, book, time):
    platform.names_only = True
    for n in range(5):
        platform.change(f"P{n}")
    pull(shop, book, time, 30)
    assert platform.count("fetch") == 3, "two numbers a call"
    pull(shop, book, time, 30)
    assert (platform.count("fetch"), book.batches) == (3, [3, 2])
    platform.change("P2")
    pull(shop, book, time, 30)
    assert (platform.count("fetch"), book.saved["P2"]) == (4, "2")


def test_a_change_within_the_second_that_was_fetched_is_not_missed(shop, platform, book, time):
    """The platform's moments have whole seconds: two changes of one look alike in its list."""
    platform.names_only = True
    platform.change("P1")
    pull(shop, book, time, 0.3)
    pull(shop, book, time, 0.3)
    platform.change("P1", at=NOW)
    assert platform.rows[Stream.ORDERS]["P1"]["modified"] == NOW.timestamp()
    pull(shop, book, time, 30)
    assert book.saved == {"P1": "2"}


def test_a_list_without_moments_is_fetched_as_long_as_it_names_a_number(shop, platform, book, time):
    platform.names_only, platform.tells_modified = True, False
    platform.change("P1")
    for _ in range(3):
        pull(shop, book, time, 30)
    assert (platform.count("fetch"), book.batches) == (3, [1]), "equal bodies are saved once"


def test_a_week_is_read_in_spans_that_the_platform_takes(shop, platform, book, time):
    StreamCursor.objects.update(until=NOW - timedelta(days=2), since=NOW - timedelta(days=2))
    for n in range(40):
        platform.change(f"P{n}", at=NOW - timedelta(hours=n + 1))
    pull(shop, book)
    assert len(book.saved) == 40
    assert cursor(shop).until == NOW
    assert platform.count("list") < 110, "windows of the past do not overlap"


def test_a_backlog_is_read_in_runs_and_goes_on_where_it_stood(shop, platform, book, time):
    StreamCursor.objects.update(until=NOW - timedelta(days=1))
    platform.before = lambda _name: time.shift(timedelta(seconds=20))
    pull(shop, book)
    first = cursor(shop)
    assert NOW - timedelta(days=1) < first.until < NOW
    assert first.next_at <= clock.now(), "due at once"
    for _ in range(60):
        pull(shop, book)
    assert cursor(shop).until > NOW


def test_reading_goes_no_further_back_than_the_platform_reaches(shop, platform, book):
    StreamCursor.objects.update(until=NOW - timedelta(days=400))
    assert pulling.window(cursor(shop), platform.adapter.abilities.streams[Stream.ORDERS], now=NOW)[0].start == (
        NOW - timedelta(days=90) + pulling.EDGE
    )


def test_a_lagging_list_is_read_only_as_far_as_it_is_complete(shop, platform, book, time):
    platform.adapter.reads(lag=timedelta(minutes=3))
    pull(shop, book, time, 600)
    assert cursor(shop).until == clock.now() - timedelta(minutes=3)


def test_rows_that_turn_up_late_are_found_by_the_overlap(shop, platform, book, time):
    platform.hides = {"P1"}
    platform.change("P1")
    pull(shop, book, time, 60)
    assert book.saved == {}
    platform.hides = set()
    pull(shop, book, time, 120)
    assert book.saved == {"P1": "1"}


@pytest.mark.parametrize("skew", [-60, 60])
def test_a_clock_that_is_wrong_loses_nothing(shop, platform, book, time, skew):
    platform.skew = timedelta(seconds=skew)
    for n in range(10):
        time.shift(timedelta(seconds=17))
        platform.change(f"P{n}")
        pull(shop, book, time, 13)
    pull(shop, book, time, 100)
    assert len(book.saved) == 10


def test_our_own_clock_that_jumps_back_moves_no_cursor(shop, platform, book, time):
    pull(shop, book, time, 3600)
    until = cursor(shop).until
    time.move_to(NOW)
    pull(shop, book)
    assert cursor(shop).until == until
    assert cursor(shop).next_at <= NOW + timedelta(seconds=30)


# --- what goes wrong ------------------------------------------------------------------------------------------------------------


def failing(platform, error, *, only="", times=99):
    left = [times]

    def fail(name):
        if (not only or name == only) and left[0] > 0:
            left[0] -= 1
            raise error

    platform.before = fail


@pytest.mark.parametrize(
    ("error", "code", "least", "most"),
    [
        (TemporaryFailure("no answer"), "connector.temporary", 3, 5),
        (BadAnswer("no list"), "connector.bad_answer", 3, 5),
        (RateLimited("slowly", wait=77), "connector.rate_limited", 77, 77),
        (Refused("no permission"), "connector.refused", 450, 600),
        (DomainError("no way there", "http.unreachable"), "http.unreachable", 3, 5),
        (KeyError("list"), "connector.temporary", 3, 5),
    ],
)
def test_an_error_is_never_no_orders(shop, platform, book, time, error, code, least, most):
    pull(shop, book, time, 30)
    before = cursor(shop)
    failing(platform, error)
    pull(shop, book, time, 30)
    after = cursor(shop)
    assert (after.until, after.succeeded_at, after.failures, after.error_code) == (before.until, before.succeeded_at, 1, code)
    assert least <= (after.next_at - clock.now()).total_seconds() <= most
    assert after.busy_until is None
    assert Shop.objects.get(pk=shop.pk).last_intake_at == before.succeeded_at
    platform.before = lambda _name: None
    pull(shop, book, time, 30)
    assert (cursor(shop).failures, cursor(shop).error_code, cursor(shop).error) == (0, "", "")
    assert EventRow.objects.filter(kind="channels.StreamsChanged").count() == 2, "when it began and when it ended"


def test_waits_grow_and_have_an_end():
    passing, lasting = TemporaryFailure("x"), Refused("x")
    assert [round(max(streams.wait_after(n, passing) for _ in range(3000)) / 5) for n in range(9)] == [1, 2, 4, 8, 16, 32, 64, 120, 120]
    assert 4 * 3600 < streams.wait_after(99, lasting) <= streams.LONGEST_REST


def test_an_order_that_cannot_be_understood_holds_up_nobody_and_is_set_aside_after_three_tries(shop, platform, book, time):
    platform.change("P1")
    platform.change("BAD", poison=True)
    platform.change("BUG", bug=True)
    pull(shop, book, time, 30)
    assert (book.saved, cursor(shop).until, cursor(shop).failures) == ({"P1": "1"}, clock.now(), 0)
    assert (raw("BAD").state, raw("BAD").failures, raw("BAD").error) == ("waiting", 1, "看不懂这张单。")
    assert "KeyError" in raw("BUG").error
    assert payloads.body(raw("BAD"))["poison"] is True
    for _ in range(3):
        time.shift(timedelta(minutes=20))
        pulling.pull_wanted(shop.pk, Stream.ORDERS, save=book)
    assert (raw("BAD").state, raw("BAD").failures, raw("BAD").retry_at) == ("quarantined", 3, None)
    [told] = [event.payload for event in EventRow.objects.filter(kind="channels.PayloadsQuarantined")]
    assert told == {"shop_id": shop.pk, "stream": "orders", "numbers": ["BAD", "BUG"]}
    pull(shop, book, time, 30)
    assert raw("BAD").failures == 3, "it rests until a person or the platform changes something"


def test_what_was_set_aside_comes_in_when_the_platform_changes_it_or_a_person_retries(shop, platform, book, time):
    for no in ("BAD", "WORSE"):
        platform.change(no, poison=True)
    pull(shop, book, time, 30)
    RawPayload.objects.update(state="quarantined", failures=3, retry_at=None)
    time.shift(MINUTE)
    platform.change("BAD", poison=False)
    pull(shop, book, time, 30)
    assert (book.saved, raw("BAD").state, raw("BAD").failures) == ({"BAD": "2"}, "taken", 0)
    platform.rows[Stream.ORDERS]["WORSE"]["poison"] = False
    assert shelf.retry([raw("WORSE").pk, raw("BAD").pk], by=BY, now=clock.now()) == [(shop.pk, "orders")]
    assert raw("BAD").state == "taken"
    pulling.pull_wanted(shop.pk, Stream.ORDERS, save=book)
    assert (book.saved["WORSE"], raw("WORSE").state) == ("1", "taken")


def test_what_the_platform_tells_no_single_body_of_is_tried_again_as_it_came(shop, platform, book, time):
    """Pinduoduo's refunds: only its list tells them."""
    platform.change("P1")
    platform.change("BAD", poison=True)
    pull(shop, book, time, 30)
    platform.adapter.fetch = lambda _access, _stream, numbers: [Fetched(no, message="只按订单号查") for no in numbers]
    time.shift(timedelta(minutes=2))
    pulling.pull_wanted(shop.pk, Stream.ORDERS, save=book)
    assert (raw("BAD").state, raw("BAD").failures, raw("BAD").error) == ("waiting", 2, "看不懂这张单。")
    order = platform.adapter.order
    platform.adapter.order = lambda body: order({**body, "poison": False})
    time.shift(timedelta(minutes=20))
    pulling.pull_wanted(shop.pk, Stream.ORDERS, save=book)
    assert (raw("BAD").state, set(book.saved)) == ("taken", {"P1", "BAD"})


def test_what_saving_refuses_waits_with_its_reason(shop, platform, book, time):
    book.refuses = {"P2"}
    for n in range(1, 4):
        platform.change(f"P{n}")
    pull(shop, book, time, 30)
    assert set(book.saved) == {"P1", "P3"}
    assert (raw("P2").state, raw("P2").error_code, raw("P2").error) == ("waiting", "order.refused", "数据库不接受")


def test_saving_that_breaks_over_one_order_saves_the_others(shop, platform, book, time):
    book.breaks = {"P3"}
    for n in range(7):
        platform.change(f"P{n}")
    pull(shop, book, time, 30)
    assert set(book.saved) == {f"P{n}" for n in range(7)} - {"P3"}
    assert (raw("P3").state, raw("P3").error_code) == ("waiting", "engine.broken")
    assert "a mistake of ours" not in raw("P3").error


def test_a_number_that_alone_cannot_be_fetched_is_noted(shop, platform, book, time):
    platform.names_only = True
    for n in range(4):
        platform.change(f"P{n}")
    fetch = platform.adapter.fetch

    def refusing(access, stream, numbers):
        if "P2" in numbers:
            raise Refused("this order is special")
        return fetch(access, stream, numbers)

    platform.adapter.fetch = refusing
    pull(shop, book, time, 30)
    assert set(book.saved) == {"P0", "P1", "P3"}
    assert (raw("P2").state, raw("P2").body, raw("P2").error) == ("waiting", None, "this order is special")
    assert cursor(shop).until == clock.now()


def test_when_nothing_can_be_fetched_the_platform_is_at_fault_but_not_for_ever(shop, platform, book, time):
    platform.names_only = True
    platform.change("P1")
    platform.change("P2")
    failing(platform, Refused("no permission"), only="fetch")
    for failures in range(1, pulling.PATIENCE + 1):
        pull(shop, book, time, 1)
        assert (cursor(shop).failures, RawPayload.objects.count()) == (failures, 0)
    pull(shop, book, time, 1)
    assert (cursor(shop).failures, RawPayload.objects.filter(state="waiting").count()) == (0, 2)


def test_wanted_numbers_wait_while_the_platform_does_not_answer_and_lose_no_try(shop, platform, book, time):
    platform.change("P1")
    platform.change("P2")
    shelf.want(shop.pk, Stream.ORDERS, ["P1", "P2"], now=clock.now())
    failing(platform, TemporaryFailure("down"))
    pulling.pull_wanted(shop.pk, Stream.ORDERS, save=book)
    assert set(RawPayload.objects.values_list("failures", flat=True)) == {0}
    assert all(at > clock.now() for at in RawPayload.objects.values_list("retry_at", flat=True))
    platform.before = lambda _name: None
    time.shift(timedelta(seconds=20))
    pulling.pull_wanted(shop.pk, Stream.ORDERS, save=book)
    assert set(book.saved) == {"P1", "P2"}


# --- messages ---------------------------------------------------------------------------------------------------------------------


def test_a_message_that_is_faster_than_the_interface_is_asked_again_within_seconds(shop, platform, book, time):
    platform.hides = {"P1"}
    platform.change("P1")
    shelf.want(shop.pk, Stream.ORDERS, ["P1"], now=clock.now())
    waits = []
    for _ in range(3):
        pulling.pull_wanted(shop.pk, Stream.ORDERS, save=book)
        waits.append((raw("P1").retry_at - clock.now()).total_seconds())
        time.move_to(raw("P1").retry_at)
    assert waits == [3, 9, 27]
    platform.hides = set()
    pulling.pull_wanted(shop.pk, Stream.ORDERS, save=book)
    assert (book.saved, raw("P1").state, raw("P1").asks) == ({"P1": "1"}, "taken", 0)


def test_a_number_that_the_platform_never_knows_is_set_aside_in_the_end(shop, platform, book, time):
    shelf.want(shop.pk, Stream.ORDERS, ["GHOST"], now=clock.now())
    for _ in range(shelf.MOST_ASKS + 1):
        pulling.pull_wanted(shop.pk, Stream.ORDERS, save=book)
        time.shift(timedelta(minutes=10))
    assert (raw("GHOST").state, raw("GHOST").error_code, raw("GHOST").retry_at) == ("quarantined", shelf.UNKNOWN, None)


def test_an_order_that_is_here_and_that_the_platform_forgot_stays_taken(shop, platform, book, time):
    platform.change("P1")
    pull(shop, book, time, 30)
    platform.rows[Stream.ORDERS].clear()
    shelf.want(shop.pk, Stream.ORDERS, ["P1"], now=clock.now())
    for _ in range(shelf.MOST_ASKS + 1):
        pulling.pull_wanted(shop.pk, Stream.ORDERS, save=book)
        time.shift(timedelta(minutes=10))
    assert (raw("P1").state, raw("P1").retry_at, raw("P1").asks) == ("taken", None, 0)


def test_numbers_that_one_worker_took_are_nobody_elses_until_it_is_dead(shop, platform, book, time):
    platform.change("P1")
    shelf.want(shop.pk, Stream.ORDERS, ["P1"], now=clock.now())
    assert shelf.claim(shop.pk, Stream.ORDERS, now=clock.now(), most=9) == ["P1"]
    assert shelf.claim(shop.pk, Stream.ORDERS, now=clock.now(), most=9) == []
    time.shift(shelf.CLAIM)
    pulling.pull_wanted(shop.pk, Stream.ORDERS, save=book)
    assert (book.saved, raw("P1").retry_at) == ({"P1": "1"}, None)


def test_a_message_that_comes_while_its_number_is_fetched_is_not_forgotten(shop, platform, book, time):
    platform.change("P1")
    shelf.want(shop.pk, Stream.ORDERS, ["P1"], now=clock.now())
    fetch, said = platform.adapter.fetch, []

    def fetching(access, stream, numbers):
        answer = fetch(access, stream, numbers)
        if not said:
            time.shift(MINUTE)
            platform.change("P1")
            shelf.want(shop.pk, Stream.ORDERS, ["P1"], now=clock.now())
            said.append(numbers)
            time.shift(MINUTE)
        return answer

    platform.adapter.fetch = fetching
    pulling.pull_wanted(shop.pk, Stream.ORDERS, save=book)
    assert (book.saved, raw("P1").retry_at) == ({"P1": "2"}, None)


def test_numbers_settle_where_the_interface_knows_of_changes_later_than_its_messages(shop, platform, book, time):
    platform.adapter.abilities = replace(platform.adapter.abilities, message_lag=timedelta(seconds=1))
    platform.change("P1")
    shelf.want(shop.pk, Stream.ORDERS, ["P1"], now=clock.now())
    pulling.pull_wanted(shop.pk, Stream.ORDERS, save=book)
    assert (book.saved, shelf.settling_since(shop.pk, Stream.ORDERS, now=clock.now())) == ({}, NOW)
    time.shift(timedelta(seconds=1))
    pulling.pull_wanted(shop.pk, Stream.ORDERS, save=book)
    assert (book.saved, shelf.settling_since(shop.pk, Stream.ORDERS, now=clock.now())) == ({"P1": "1"}, None)


def test_a_refund_that_was_named_with_its_order_is_asked_for_by_both_numbers(shop, platform, time):
    platform.change("R1", Stream.REFUNDS)
    asked, saved = [], []

    def fetch_refund(_access, refund_no, platform_no):
        asked.append((refund_no, platform_no))
        return Fetched(refund_no, platform.rows[Stream.REFUNDS][refund_no])

    def save(_shop_id, incoming, *, by, now):
        saved.extend(one.refund_no for one in incoming)
        return Report(new=len(incoming))

    platform.adapter.fetch_refund = fetch_refund
    shelf.want(shop.pk, Stream.REFUNDS, ["R1"], now=clock.now(), orders={"R1": "P1"})
    shelf.want(shop.pk, Stream.REFUNDS, ["R1"], now=clock.now())  # a message without it takes nothing away
    pulling.pull_wanted(shop.pk, Stream.REFUNDS, save=save)
    assert (asked, saved) == ([("R1", "P1")], ["R1"])


def test_an_older_body_that_arrives_later_changes_nothing(shop, platform, book, time):
    platform.change("P1")
    listing = platform.adapter.list_page

    def slow(access, stream, span, page):
        answer = listing(access, stream, span, page)
        time.shift(MINUTE)
        platform.change("P1")
        pulling.pull_numbers(shop.pk, Stream.ORDERS, ["P1"], save=book)
        return answer

    platform.adapter.list_page = slow
    pull(shop, book, time, 30)
    assert book.saved == {"P1": "2"}
    assert payloads.body(raw("P1"))["version"] == 2


def test_single_numbers_take_the_urgent_lane_and_streams_do_not(shop, platform, book, time):
    seen = []
    enter = platform.adapter._enter
    platform.adapter._enter = lambda access, name: (seen.append((name, access.is_urgent)), enter(access, name))
    platform.change("P1")
    pull(shop, book, time, 30)
    pulling.pull_numbers(shop.pk, Stream.ORDERS, ["P1"], save=book)
    assert seen == [("list", False), ("fetch", True)]
    lanes = [platform.adapter.client(pulling.desk(shop.pk, Stream.ORDERS, is_urgent=urgent).access).floor for urgent in (True, False)]
    assert lanes == [0, 4]


def test_a_span_is_read_again_beside_the_stream(shop, platform, book, time):
    for n in range(9):
        platform.change(f"P{n}", at=NOW - timedelta(days=2, minutes=20 * n))
    before = cursor(shop).until
    parts = []
    span = Span(NOW - timedelta(days=3), NOW - timedelta(days=1))
    taken = pulling.pull_span(shop.pk, Stream.ORDERS, span, save=book, by=BY, said=parts.append)
    assert (taken.new, len(book.saved), sum(part.new for part in parts), cursor(shop).until) == (9, 9, 9, before)


# --- leases and access -----------------------------------------------------------------------------------------------------------


def test_one_worker_at_a_time_reads_a_stream(shop, platform, book, time):
    lease = streams.take(shop.pk, Stream.ORDERS, now=clock.now())
    assert pull(shop, book) is None
    assert streams.due(now=clock.now()) == [(shop.pk, "refunds")]
    time.shift(streams.LEASE)
    assert pull(shop, book) is not None, "the first one died"
    assert not lease.keep(now=clock.now())
    lease.let_go()


def test_a_worker_that_was_overtaken_stops_and_frees_nothing(shop, platform, book, time):
    platform.adapter.reads(paging=Paging.BACKWARD)
    for n in range(9):
        platform.change(f"P{n}")
    others = []

    def late(_name):
        if len(platform.calls) == 2:
            time.shift(streams.LEASE)
            others.append(streams.take(shop.pk, Stream.ORDERS, now=clock.now()))

    platform.before = late
    pull(shop, book, time, 30)
    assert cursor(shop).busy_until == others[0].until
    assert (cursor(shop).failures, platform.count("list")) == (0, 2)


def test_access_that_ended_is_prolonged_once_and_the_window_read_again(shop, platform, book, time):
    platform.adapter.abilities = platform.adapter.abilities.__class__(streams=platform.adapter.abilities.streams, can_refresh=True)
    granting.grant(shop.pk, Grant("T0", "R0"), by=BY, now=NOW)
    platform.change("P1")
    pull(shop, book, time, 30)
    assert (book.saved, platform.count("refresh"), cursor(shop).failures) == ({"P1": "1"}, 1, 0)
    assert ShopConnection.objects.get().state == "connected"


def test_access_that_nobody_can_prolong_rests_the_shop_until_a_person_acts(shop, platform, book, time):
    granting.grant(shop.pk, Grant("T0"), by=BY, now=NOW)
    platform.change("P1")
    pull(shop, book, time, 30)
    connection = ShopConnection.objects.get()
    assert (connection.state, cursor(shop).error_code) == ("refused", "connector.credentials_expired")
    assert EventRow.objects.filter(kind="channels.ShopAuthorisationsRefused").count() == 1
    time.shift(timedelta(days=1))
    assert streams.due(now=clock.now()) == []
    assert pull(shop, book) is None
    granting.grant(shop.pk, Grant("T1"), by=BY, now=clock.now())
    assert (shop.pk, "orders") in streams.due(now=clock.now())
    while cursor(shop).until < clock.now():
        pull(shop, book)
    assert book.saved == {"P1": "1"}


def test_refunds_come_first(shop):
    assert streams.due(now=NOW) == [(shop.pk, "refunds"), (shop.pk, "orders")]


def test_one_row_and_fifty_cost_the_same(shop, platform, book, time, same_queries):
    platform.adapter.reads(page_size=100)

    def work(count, tag):
        def run():
            time.shift(MINUTE)
            for n in range(count):
                platform.change(f"{tag}{n}")
            pull(shop, book, time, 1)

        return run

    work(1, "W")()
    time.shift(timedelta(minutes=10))
    work(1, "X")()
    same_queries(work(1, "A"), work(50, "B"))
    assert len(book.saved) == 53
