"""What careful people make of 209 messages, against what the reader makes of them."""

from __future__ import annotations

import pytest

from danshu.channels.chat.tests.corpus_check import CASES, Score, score


@pytest.fixture(scope="module")
def result() -> Score:
    return score()


def test_the_corpus_is_large_enough_to_say_something():
    assert len(CASES) >= 150
    assert len({case["text"] for case in CASES}) == len(CASES)


def test_nothing_that_is_filled_in_is_wrong(result):
    assert result.silent == []


@pytest.mark.parametrize("part", ["name", "phone", "province", "city", "district", "address", "goods", "quantity"])
def test_best_guesses_are_right(result, part):
    assert result.right[part] / result.asked[part] >= 0.95, [line for line in result.missed if f": {part} " in line]


@pytest.mark.parametrize(("part", "share"), [("name", 0.9), ("phone", 0.95), ("district", 0.95), ("address", 0.95)])
def test_most_fields_need_no_person(result, part, share):
    assert result.filled[part] / result.asked[part] >= share


def test_persons_and_houses_are_invented_apart():
    """No two cases share a phone, so that a case that leaks into another one shows."""
    phones = [order["phone"].removeprefix("?") for case in CASES for order in case["orders"] if order.get("phone", "").strip("?")]
    assert len(phones) == len(set(phones))
