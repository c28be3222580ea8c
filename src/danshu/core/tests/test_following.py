"""Following facts: none lost, none twice, whenever it stops."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from danshu.core import following
from danshu.core.models import EventRow

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def happened(name, at=NOW, pk=None):
    return EventRow.objects.create(pk=pk, kind="test.Thing", payload={"name": name}, at=at)


def seen(now=NOW):
    found = []
    following.follow("test.mark", ["test.Thing"], found.extend, now=now)
    return [payload["name"] for _pk, _kind, payload, _at in found]


def test_what_was_before_the_first_look_is_history():
    happened("old")
    assert seen() == []
    happened("new")
    EventRow.objects.create(kind="test.Other", payload={"name": "other"}, at=NOW)
    assert seen() == ["new"]
    assert seen() == []


def test_a_fact_that_shows_late_under_a_smaller_id_is_read():
    seen()
    happened("second", pk=1002)
    assert seen() == ["second"]
    happened("first", pk=1001)  # its transaction ended later
    assert seen() == ["first"]
    assert seen(NOW + following.SETTLED * 2) == []
    happened("third", pk=1003, at=NOW + timedelta(minutes=2))
    assert seen(NOW + timedelta(minutes=2)) == ["third"]


def test_facts_whose_reader_fails_are_handed_over_again():
    seen()
    happened("once")

    def fail(_facts):
        raise OSError

    with pytest.raises(OSError):
        following.follow("test.mark", ["test.Thing"], fail, now=NOW)
    assert seen() == ["once"]


def test_long_silence_is_read_in_pages(monkeypatch):
    monkeypatch.setattr(following, "PAGE", 3)
    seen()
    for i in range(8):
        happened(i)
    assert seen() == list(range(8))
