"""Eight processes fight for the same goods at the same moment; exactly what is there is won, whoever dies on the way.

`DANSHU_CONTENTION_RUNS=20` repeats each fight so often.
"""

import contextlib
import os
import pickle
import random
import signal
import time
import traceback

import pytest
from django.db import connection, connections
from django.db.models import Sum

from danshu.core.errors import DomainError
from danshu.stock import operations as stock
from danshu.stock import queries
from danshu.stock.models import LedgerEntry, Reservation
from danshu.stock.tests.goods import CLERK, NOW, counters, fill, sku, warehouse

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
PROCESSES = 8
RUNS = range(int(os.environ.get("DANSHU_CONTENTION_RUNS", "1")))


@pytest.fixture(params=RUNS)
def towel(request):
    return sku("TW")


def fight(*stories, victim=None):
    """What the stories said, each told by a process with connections of its own; the one numbered `victim` is killed on the way."""
    connections.close_all()
    start = time.monotonic() + 0.15
    fighters = [_fork(number, story, start) for number, story in enumerate(stories)]
    if victim is not None:
        time.sleep(0.15 + random.uniform(0.02, 0.25))
        os.kill(fighters[victim][0], signal.SIGKILL)
    said = []
    for pid, pipe in fighters:
        with os.fdopen(pipe, "rb") as file:
            answer = file.read()
        os.waitpid(pid, 0)
        said.append(pickle.loads(answer) if answer else None)
    assert not [text for text in said if isinstance(text, str)], said
    return said


def _fork(number, story, start):
    reader, writer = os.pipe()
    if pid := os.fork():
        os.close(writer)
        return pid, reader
    try:
        # None that it was born with: once a browser has begun, this thread of the parent keeps two, and closes the one it sees.
        with contextlib.suppress(AttributeError):
            del connections["default"]
        connection.ensure_connection()
        random.seed(os.getpid())
        time.sleep(max(0, start - time.monotonic()))
        answer = story(number)
    except BaseException:  # noqa: BLE001 -- told to the parent, which fails
        answer = traceback.format_exc()
    try:
        connection.close()
        os.write(writer, pickle.dumps(answer))
    finally:
        os._exit(0)


def buyers(wants, *, strict=False):
    """A story: each want (SKU, quantity) is another order; it says how many pieces or sets were won."""

    def story(number):
        won = 0
        for i, (sku_id, quantity) in enumerate(wants):
            key = number * 10_000 + i + 1
            try:
                won += stock.reserve([stock.Demand(key, key, sku_id, quantity)], by=CLERK, now=NOW, strict=strict)[0].held
            except DomainError as error:
                if error.code != "stock.short":
                    raise
        return won

    return story


def assert_exact(item, on_hand, locked=None):
    """All of it is locked, once, and every book says so."""
    expected = on_hand if locked is None else locked
    assert counters(item) == (on_hand, expected)
    assert (Reservation.objects.filter(sku=item, state="held").aggregate(n=Sum("quantity"))["n"] or 0) == expected
    assert (LedgerEntry.objects.filter(sku=item).aggregate(n=Sum("locked_delta"))["n"] or 0) == expected
    assert queries.check() == []


def test_fifty_buyers_of_one_piece(towel):
    fill(warehouse(), {towel: 1})
    shares = [7, 7, 6, 6, 6, 6, 6, 6]
    assert sum(fight(*[buyers([(towel.pk, 1)] * share) for share in shares])) == 1
    assert_exact(towel, 1)


@pytest.mark.parametrize("strict", [True, False], ids=["refused", "saved"])
def test_four_hundred_attempts_at_a_hundred_pieces(towel, strict):
    fill(warehouse(), {towel: 100})
    assert sum(fight(*[buyers([(towel.pk, 1)] * 50, strict=strict)] * PROCESSES)) == 100
    assert_exact(towel, 100)
    assert LedgerEntry.objects.filter(kind="lock").count() == 100


def test_bundles_and_singles_of_one_component(towel):
    mug = sku("MG")
    gift = sku("GIFT", parts={towel: 2, mug: 1})
    fill(warehouse(), {towel: 100, mug: 500})
    singles, gifts = [(towel.pk, 1)] * 50, [(gift.pk, 1)] * 50
    won = fight(*[buyers(singles), buyers(gifts)] * 4)
    assert sum(won[::2]) + 2 * sum(won[1::2]) == 100
    assert_exact(towel, 100)
    assert counters(mug) == (500, sum(won[1::2]))


def test_two_warehouses(towel):
    first, second = warehouse("杭州仓", 1), warehouse("义乌仓", 2)
    fill(first, {towel: 63})
    fill(second, {towel: 37})
    assert sum(fight(*[buyers([(towel.pk, quantity) for quantity in (3, 2, 1, 1)] * 13)] * PROCESSES)) == 100
    assert_exact(towel, 100)


def test_a_count_during_the_sale(towel):
    place = warehouse()
    fill(place, {towel: 100})

    def counter(_number):
        refused = 0
        for counted in (101, 40, 130, 20, 120):
            time.sleep(0.02)
            try:
                stock.count([stock.Count(towel.pk, place.pk, counted)], by=CLERK, now=NOW, is_forced=counted == 20)
            except DomainError as error:
                if error.code != "stock.count_below_locked":
                    raise
                refused += 1
        return refused

    fight(counter, *[buyers([(towel.pk, 1)] * 50)] * (PROCESSES - 1))
    on_hand, locked = counters(towel)
    assert on_hand == 120
    assert_exact(towel, 120, locked)
    buyers([(towel.pk, 1)] * 130)(99)
    assert_exact(towel, 120)


def test_kill_9_in_the_middle(towel):
    gift = sku("GIFT", parts={towel: 2})
    fill(warehouse("杭州仓", 1), {towel: 50})
    fill(warehouse("义乌仓", 2), {towel: 50})
    fight(*[buyers([(gift.pk if i % 3 == 0 else towel.pk, 1) for i in range(80)])] * PROCESSES, victim=3)
    assert_exact(towel, 100)
