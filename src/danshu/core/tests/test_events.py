"""Facts and those who answer them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import transaction

from danshu.core import clock, events, jobs, reactions
from danshu.core.events import Event
from danshu.core.models import EventRow, FailedReaction

pytestmark = pytest.mark.django_db


@dataclass(frozen=True, slots=True)
class TeaServed(Event):
    cups: tuple[int, ...]
    kind: str = "green"


@dataclass(frozen=True, slots=True)
class TeaSpilled(Event):
    cup: int


drunk: list[list[int]] = []
washed: list[int] = []
poison: set[int] = set()
broken: list[str] = []


def drink(batch):
    drunk.append([cup for event in batch for cup in event.cups])
    if broken or any(cup in poison for event in batch for cup in event.cups):
        raise RuntimeError("bitter")


def wash(batch):
    washed.extend(cup for event in batch for cup in event.cups)


@pytest.fixture(autouse=True)
def wired(monkeypatch):
    monkeypatch.setattr(reactions, "REACTIONS", dict(reactions.REACTIONS))
    monkeypatch.setattr(reactions, "_of_event", dict(reactions._of_event))
    for kept in (drunk, washed, poison, broken):
        kept.clear()
    events.on(TeaServed, drink, name="drink")
    events.on(TeaServed, wash, name="wash")
    events.on(TeaSpilled, events.pages_only)


def run_everything():
    for hours in range(1, 12):
        jobs.drain(now=clock.now() + timedelta(hours=hours), raising=False)


def test_a_fact_is_written_with_the_change_and_reaches_every_reaction():
    with transaction.atomic():
        events.publish(TeaServed((1, 2)))
    row = EventRow.objects.get()
    assert (row.kind, row.payload) == ("core.TeaServed", {"cups": [1, 2], "kind": "green"})
    jobs.drain()
    assert drunk == [[1, 2]]
    assert washed == [1, 2]


def test_nothing_happened_when_the_transaction_rolls_back():
    with pytest.raises(RuntimeError), transaction.atomic():  # noqa: PT012 - the rollback is the point
        events.publish(TeaServed((1,)))
        raise RuntimeError
    assert EventRow.objects.count() == 0
    assert jobs.drain() == 0


def test_facts_published_together_reach_a_reaction_as_one_batch():
    events.publish(TeaServed((1,)), TeaSpilled(9), TeaServed((2,)))
    assert jobs.drain() == 2, "one job per reaction, none for facts that only pages listen to"
    assert drunk == [[1, 2]]


def test_publishing_costs_the_same_for_1_and_for_50(django_assert_max_num_queries):
    counts = []
    for size in (1, 50):
        with django_assert_max_num_queries(6) as captured:
            events.publish(*(TeaServed((n,)) for n in range(size)))
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_a_fact_comes_back_as_it_was():
    event = TeaServed((3, 4), "oolong")
    events.publish(event)
    assert reactions.decode(EventRow.objects.get()) == event


def test_a_fact_of_an_older_version_is_still_understood():
    row = EventRow(kind="core.TeaServed", payload={"cups": [1], "sugar": True}, at=clock.now())
    assert reactions.decode(row) == TeaServed((1,))


def test_one_poisonous_fact_holds_nobody_up_and_is_set_aside():
    poison.add(13)
    events.publish(*(TeaServed((n,)) for n in range(40)))
    jobs.drain(raising=False)
    digested = {cup for batch in drunk if 13 not in batch for cup in batch}
    assert digested == set(range(40)) - {13}, "all others are through in the first run"
    assert sorted(washed) == list(range(40)), "and the other reaction never noticed"
    run_everything()
    failure = FailedReaction.objects.get()
    assert failure.event.payload["cups"] == [13]
    assert "bitter" in failure.error
    assert failure.attempts == 7
    assert jobs.dead().count() == 0


def test_the_retry_button_hands_the_fact_over_again_and_crosses_it_off():
    poison.add(1)
    events.publish(TeaServed((1,)))
    run_everything()
    poison.clear()
    (failure,) = reactions.failures()
    assert reactions.retry([failure.pk]) == 1
    jobs.drain()
    assert drunk[-1] == [1]
    assert list(reactions.failures()) == []


def test_a_fact_that_fails_again_stays_on_the_list():
    poison.add(1)
    events.publish(TeaServed((1,)))
    run_everything()
    (failure,) = reactions.failures()
    reactions.retry([failure.pk])
    run_everything()
    assert [again.pk for again in reactions.failures()] == [failure.pk]


def test_a_failure_can_be_put_away():
    poison.add(1)
    events.publish(TeaServed((1,)))
    run_everything()
    (failure,) = reactions.failures()
    assert reactions.dismiss([failure.pk], now=clock.now()) == 1
    assert list(reactions.failures()) == []


def test_when_the_world_is_broken_the_batch_waits_instead_of_being_torn_apart():
    broken.append("no network")
    events.publish(*(TeaServed((n,)) for n in range(500)))
    jobs.drain(raising=False)
    assert len(drunk) < 30
    broken.clear()
    drunk.clear()
    jobs.drain(now=clock.now() + timedelta(seconds=6))
    assert sorted(cup for batch in drunk for cup in batch) == list(range(500))


def test_a_fact_must_be_plain():
    with pytest.raises(TypeError):
        events.publish(TeaServed((object(),)))
