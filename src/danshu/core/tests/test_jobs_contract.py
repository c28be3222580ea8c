"""What a job may rely on. The same sentences hold on both engines: the suite runs on whichever database it is given."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import translation

from danshu.core import clock, jobs
from danshu.core.jobs import engines
from danshu.core.jobs.registry import JOBS
from danshu.core.jobs.tickets import wait_before
from danshu.core.models import JobError

pytestmark = pytest.mark.django_db
ran: list[object] = []


@jobs.job(queue="test", retries=2, backoff=10)
def note(word: str = "", **more: object) -> None:
    ran.append(word)


@jobs.job(queue="test", retries=2, backoff=10)
def fail(word: str = "") -> None:
    ran.append(word)
    raise RuntimeError("the printer is on fire")


@jobs.job(queue="test", retries=2, backoff=10)
def fail_in_the_database() -> None:
    with connection.cursor() as cursor:
        ran.append("db")
        cursor.execute("SELECT nothing FROM nowhere")


@jobs.job(queue="test")
def enqueue_and_break() -> None:
    with transaction.atomic():
        note.enqueue(word="never")
        raise RuntimeError("after the enqueue")


@jobs.job(queue="test")
def enqueue_twin() -> None:
    ran.append(note.using(dedupe="twin").enqueue(word="twin") is not None)


@jobs.job(queue="test", retries=3)
def do_a_part(left: list[int]) -> None:
    ran.append(left)
    if left:
        raise jobs.RetryWith({"left": left[1:]}, RuntimeError("not all"))


@jobs.job(queue="test")
def say_language() -> None:
    ran.append(translation.get_language())


@pytest.fixture(autouse=True)
def fresh():
    ran.clear()
    yield
    ran.clear()


def soon() -> datetime:
    """When the first retry of the jobs here is due and the second is not."""
    return clock.now() + timedelta(seconds=11)


def in_hours(hours: float) -> datetime:
    return clock.now() + timedelta(hours=hours)


def test_an_enqueued_job_runs_once_with_its_arguments():
    assert isinstance(note.enqueue(word="茶"), int)
    assert jobs.drain() == 1
    assert ran == ["茶"]
    assert jobs.drain() == 0


def test_called_directly_it_just_runs():
    note(word="now")
    assert ran == ["now"]
    assert jobs.drain() == 0


def test_a_transaction_that_rolls_back_enqueues_nothing():
    with pytest.raises(RuntimeError), transaction.atomic():  # noqa: PT012 - the rollback is the point
        note.enqueue(word="never")
        raise RuntimeError
    assert jobs.drain() == 0


def test_a_job_that_rolls_back_enqueues_nothing_either():
    enqueue_and_break.enqueue()
    jobs.drain(raising=False)
    assert ran == []


def test_a_batch_returns_one_id_per_job_in_order():
    ids = note.enqueue_many([{"word": str(n)} for n in range(5)])
    assert ids == sorted(ids)
    assert len(set(ids)) == 5
    jobs.drain()
    assert ran == ["0", "1", "2", "3", "4"]


def test_an_empty_batch_is_no_work():
    assert note.enqueue_many([]) == []


def test_enqueueing_costs_the_same_for_1_and_for_50(django_assert_max_num_queries):
    counts = []
    for size in (1, 50):
        with django_assert_max_num_queries(4) as captured:
            note.enqueue_many([{"word": str(n)} for n in range(size)])
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_a_second_job_with_the_same_key_is_left_out_while_one_waits():
    with transaction.atomic():
        assert note.using(dedupe="k").enqueue(word="first") is not None
        assert note.using(dedupe="k").enqueue(word="second") is None
        assert note.enqueue(word="third") is not None, "the surrounding transaction is usable"
    jobs.drain()
    assert ran == ["first", "third"]


def test_duplicates_inside_a_batch_fall_out_alone():
    ids = note.using(dedupe=lambda a: f"k{a['word']}").enqueue_many([{"word": "a"}, {"word": "b"}, {"word": "a"}])
    assert [pk is not None for pk in ids] == [True, True, False]


def test_after_the_run_the_key_is_free_again():
    note.using(dedupe="k").enqueue(word="first")
    jobs.drain()
    assert note.using(dedupe="k").enqueue(word="second") is not None


def test_while_one_runs_another_with_its_key_may_wait():
    enqueue_twin.using(dedupe="twin").enqueue()
    jobs.drain()
    assert ran == [True, "twin"]


def test_a_failing_job_gives_way_to_its_waiting_twin():
    fail.using(dedupe="k").enqueue(word="first")
    (claimed,) = engines.engine().claim(1, clock.now())
    assert fail.using(dedupe="k").enqueue(word="second") is not None
    outcome = jobs.execution.execute(claimed)
    engines.engine().finish([(claimed, outcome)], clock.now())
    jobs.drain(raising=False)
    jobs.drain(now=soon(), raising=False)
    assert ran == ["first", "second", "second"], "the first was absorbed: nothing is stuck, nothing runs twice as often"


def test_higher_priority_first_then_the_order_of_enqueueing():
    note.enqueue(word="b")
    note.using(priority=-5).enqueue(word="z")
    note.using(priority=10).enqueue(word="a")
    note.enqueue(word="c")
    jobs.drain()
    assert ran == ["a", "b", "c", "z"]


def test_run_after_is_never_early():
    note.using(run_after=timedelta(hours=1)).enqueue(word="later")
    note.using(run_after=in_hours(2)).enqueue(word="much later")
    assert jobs.drain() == 0
    assert jobs.drain(now=in_hours(1.5)) == 1
    assert jobs.drain(now=in_hours(2.5)) == 1
    assert ran == ["later", "much later"]


def test_a_failing_job_is_retried_with_growing_pauses_and_then_dead():
    fail.enqueue(word="x")
    with pytest.raises(RuntimeError, match="on fire"):
        jobs.drain()
    assert jobs.drain() == 0, "not at once"
    assert jobs.drain(now=soon(), raising=False) == 1
    assert jobs.drain(now=in_hours(1), raising=False) == 1
    assert jobs.drain(now=in_hours(9)) == 0
    error = JobError.objects.get()
    assert error.name == fail.name
    assert error.arguments == {"word": "x"}
    assert error.attempts == 3
    assert "the printer is on fire" in error.error
    assert "Traceback" in error.error


def test_pauses_grow_fourfold_with_jitter_up_to_an_hour():
    for attempts, full in ((1, 5), (2, 20), (3, 80), (9, 3600)):
        waits = {wait_before(attempts, 5) for _ in range(50)}
        assert full / 2 <= min(waits) <= max(waits) <= full
        assert len(waits) > 10


def test_an_error_of_the_database_is_retried_like_any_other():
    fail_in_the_database.enqueue()
    jobs.drain(raising=False)
    jobs.drain(now=soon(), raising=False)
    assert ran == ["db", "db"]
    assert JobError.objects.count() == 0


def test_a_job_may_do_a_part_and_leave_the_rest_for_the_retry():
    do_a_part.enqueue(left=[1, 2])
    jobs.drain(raising=False)
    jobs.drain(now=in_hours(1), raising=False)
    jobs.drain(now=in_hours(2))
    assert ran == [[1, 2], [2], []]


def test_a_job_that_nobody_knows_is_dead_at_once_and_said_so():
    note.enqueue(word="x")
    known = JOBS.pop(note.name)
    try:
        jobs.drain(raising=False)
    finally:
        JOBS[note.name] = known
    assert note.name in JobError.objects.get().error


def test_a_waiting_job_can_be_cancelled_a_running_one_not():
    pk = note.enqueue(word="x")
    assert jobs.cancel(pk) is True
    assert jobs.cancel(pk) is False
    assert jobs.drain() == 0
    note.enqueue(word="y")
    (claimed,) = engines.engine().claim(1, clock.now())
    assert jobs.cancel(claimed.id) is False


def test_a_dead_job_can_be_run_again_once():
    fail.enqueue(word="x")
    jobs.drain(now=in_hours(9), raising=False)
    (error,) = jobs.dead()
    assert jobs.retry_dead([error.pk], now=clock.now()) == 1
    assert jobs.retry_dead([error.pk], now=clock.now()) == 0
    assert list(jobs.dead()) == []
    jobs.drain(raising=False)
    assert len(ran) == 4


def test_what_was_cut_short_runs_again_and_counts_as_a_failure():
    note.enqueue(word="x")
    engine = engines.engine()
    for _ in range(2):
        assert len(engine.claim(1, in_hours(1))) == 1
        assert engine.recover(clock.now()) == 1
    assert engine.claim(1, in_hours(1))[0].ticket.attempts == 2
    assert engine.recover(clock.now()) == 1
    assert jobs.drain(now=in_hours(9)) == 0, "a job that ends its worker every time does not go on for ever"
    assert "worker ended" in JobError.objects.get().error


def test_a_job_that_gets_on_survives_any_number_of_cuts():
    engine = engines.engine()
    note.enqueue(word="x")
    for _ in range(9):
        (claimed,) = engine.claim(1, in_hours(1))
        if claimed.ticket.attempts:
            engine.forgive(claimed.id)
        assert engine.recover(clock.now()) == 1
    jobs.drain(now=in_hours(1))
    assert ran == ["x"]


def test_progress_makes_earlier_failures_not_count():
    seen = []

    def get_on_once() -> None:
        seen.append(jobs.current().failed_before)
        if len(seen) == 2:
            jobs.progressed()
            assert jobs.current().failed_before == 0
        raise RuntimeError

    working = jobs.job(retries=1)(get_on_once)
    working.enqueue()
    jobs.drain(now=in_hours(1), raising=False)
    assert seen == [0, 1, 1]
    assert jobs.dead().count() == 1


def test_a_job_that_gives_up_is_dead_at_once():
    def give_up() -> None:
        raise jobs.GiveUp("no use") from ValueError("the reason")

    hopeless = jobs.job(retries=5)(give_up)
    hopeless.enqueue()
    jobs.drain(raising=False)
    (error,) = jobs.dead()
    assert "the reason" in error.error
    assert error.attempts == 1


@pytest.mark.parametrize(
    "bad", [datetime(2026, 1, 1), float("nan"), "a\0b", (1, 2), {1, 2}, {1: "a"}, b"x", object()], ids=lambda b: type(b).__name__
)
def test_arguments_that_json_cannot_carry_are_refused_where_they_are_enqueued(bad):
    with pytest.raises((TypeError, ValueError)):
        note.enqueue(word=bad)


def test_the_language_of_the_person_travels_with_the_job():
    with translation.override("en"):
        say_language.enqueue()
    say_language.enqueue()
    jobs.drain()
    assert ran == ["en", "zh-hans"]


def test_the_job_knows_its_attempt():
    seen = []

    def look() -> None:
        attempt = jobs.current()
        seen.append((attempt.failed_before, attempt.is_last))
        raise RuntimeError

    looking = jobs.job(retries=1)(look)
    looking.enqueue()
    jobs.drain(raising=False)
    jobs.drain(now=in_hours(1), raising=False)
    assert seen == [(0, False), (1, True)]
    assert jobs.current() is None


def test_the_overview_tells_what_waits_and_since_when():
    note.enqueue_many([{}, {}, {}])
    note.using(run_after=timedelta(days=1)).enqueue()
    engines.engine().claim(1, clock.now())
    (state,) = jobs.overview()
    assert (state.queue, state.ready, state.scheduled, state.running) == ("test", 2, 1, 1)
    assert clock.now() - timedelta(minutes=1) < state.oldest <= clock.now()


def test_what_ended_long_ago_is_forgotten():
    fail.enqueue(word="x")
    jobs.drain(now=in_hours(9), raising=False)
    assert jobs.prune(now=clock.now()) == 0
    assert jobs.prune(now=clock.now() + timedelta(days=31)) >= 1
    assert len(jobs.dead()) == 1, "but not what nobody has looked after"


def test_operational_errors_are_no_special_case():
    @jobs.job(retries=1)
    def gone() -> None:
        raise OperationalError("server closed the connection")

    gone.enqueue()
    jobs.drain(raising=False)
    assert JobError.objects.count() == 0
