"""Many requests at the same moment: the last pieces are sold once, and the same request is one deed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from danshu.orders.models import Order

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(count, work):
    def each(at):
        try:
            return work(at)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(each, range(count)))


def test_the_last_pieces_are_sold_once(house, program, settings):
    settings.API_RATE = 1000
    some = [program() for _ in range(4)]
    answers = at_once(16, lambda at: some[at % 4].post("/orders", house.order(("MUG", 1 + at % 2), number=f"N{at}")))
    sold = sum(answer.json()["lines"][0]["quantity"] for answer in answers if answer.status_code == 201)
    refused = [answer.json()["code"] for answer in answers if answer.status_code != 201]
    assert house.left() == (10, sold)
    assert sold in {9, 10}  # one piece may be left for those who want two
    assert set(refused) == {"stock.short"}
    assert Order.objects.count() == 16 - len(refused)


def test_the_same_request_many_times_is_one_order(house, program, settings):
    settings.API_RATE = 1000
    some = program()
    answers = at_once(8, lambda _at: some.post("/orders", house.order(number="W-1"), key="same"))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert Order.objects.count() == 1
    assert house.left() == (10, 1)
    assert sum("Idempotency-Replayed" in answer for answer in answers) == 7
