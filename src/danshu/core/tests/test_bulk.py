"""Bulk writes mean the same on both databases."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.apps import apps
from django.db import DataError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from danshu.core import bulk
from danshu.core.models import EventRow, FailedReaction, Preference, RateBucket, Run

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 24, 12, 30, 15, 123456, tzinfo=UTC)
RUN = [
    "kind",
    "title",
    "state",
    "total",
    "done",
    "failed",
    "results",
    "summary",
    "arguments",
    "result_url",
    "actor_id",
    "actor_name",
    "created_at",
    "finished_at",
]


def run_row(title: str, **changes: object) -> list[object]:
    values: dict[str, object] = {
        "kind": "k", "title": title, "state": "waiting", "total": 3, "done": 0, "failed": 0,
        "results": [{"label": "茶", "ok": True}], "summary": {"a": None}, "arguments": {}, "result_url": "",
        "actor_id": None, "actor_name": "", "created_at": NOON, "finished_at": None,
    }  # fmt: skip
    values.update(changes)
    return [values[name] for name in RUN]


few_or_many = pytest.mark.parametrize("beside", [0, 10], ids=["few", "many"])  # a handful travels in another way than a batch


@few_or_many
def test_values_arrive_as_a_model_would_write_them(beside):
    others = [run_row("others")] * beside
    bulk.insert(Run, RUN, [run_row("一"), run_row('quote " \\ {,} NULL', actor_id=2**40, finished_at=NOON), *others])
    first, second = Run.objects.exclude(title="others").order_by("id")
    assert (first.title, first.results, first.summary, first.finished_at) == ("一", [{"label": "茶", "ok": True}], {"a": None}, None)
    assert (second.title, second.actor_id, second.created_at, second.finished_at) == ('quote " \\ {,} NULL', 2**40, NOON, NOON)


@few_or_many
def test_booleans_bytes_and_fractions(beside):
    others = [[f"c{n}", 2, NOON] for n in range(beside)]
    bulk.insert(RateBucket, ["name", "tokens", "filled_at"], [["a", 1, NOON], ["b", 0.5, NOON], *others])
    assert list(RateBucket.objects.order_by("name").values_list("tokens", flat=True)) == [1.0, 0.5] + [2.0] * beside
    columns = [
        "username",
        "name",
        "role",
        "shop_ids",
        "is_active",
        "language",
        "theme",
        "density",
        "shortcuts",
        "created_at",
        "password",
        "last_login",
    ]
    people = apps.get_model("accounts", "User")  # a table with flags: the kernel has none
    more = [[f"b{n}", "B", "owner", [], True, "zh-hans", "auto", "dense", False, NOON, "!", NOON] for n in range(beside)]
    bulk.insert(people, columns, [["a", "A", "owner", [1, 2], False, "zh-hans", "auto", "dense", True, NOON, "!", None], *more])
    user = people.objects.get(username="a")
    assert (user.shop_ids, user.is_active, user.shortcuts, user.last_login) == ([1, 2], False, True, None)


def test_a_choice_is_written_as_its_value():
    bulk.insert(Run, RUN, [run_row("a", state=Run.State.DONE), run_row("b", state="failed")])
    assert list(Run.objects.order_by("title").values_list("state", flat=True)) == ["done", "failed"]
    bulk.update(Run, ["title"], ["state"], [["a", Run.State.FAILED]])
    assert Run.objects.get(title="a").state == "failed"


def test_rows_come_back_on_request_as_the_orm_would_give_them():
    rows = bulk.insert(Run, RUN, [run_row(str(n)) for n in range(120)], returning=["title", "id", "created_at", "results"])
    assert sorted(int(title) for title, *_rest in rows) == list(range(120))
    title, pk, created_at, results = rows[0]
    assert Run.objects.get(pk=pk).title == title
    assert created_at == NOON
    assert results == [{"label": "茶", "ok": True}]


def test_ids_come_back_with_their_own_rows():
    for size in (40, 1, 30):
        rows = bulk.insert(Run, RUN, [run_row(f"{size}/{n}") for n in range(size)], returning=["id", "title"])
        assert dict(rows) == dict(Run.objects.filter(title__startswith=f"{size}/").values_list("pk", "title"))
        Run.objects.order_by("-pk").first().delete()  # a number once given is not given again


def test_more_rows_than_one_statement_of_sqlite_can_carry():
    rows = bulk.insert(Run, RUN, [run_row(str(n)) for n in range(5000)], returning=["id"])
    assert len(rows) == Run.objects.count() == 5000


def test_no_rows_are_no_statement(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert bulk.insert(Run, RUN, [], returning=["id"]) == []
        assert bulk.update(Run, ["id"], ["title"], []) == 0


def test_duplicates_are_skipped_and_do_not_come_back():
    bulk.insert(Preference, ["name", "value", "changed_at"], [["a", 1, NOON]])
    rows = bulk.insert(Preference, ["name", "value", "changed_at"], [["a", 2, NOON], ["b", 3, NOON]], conflict=(), returning=["name"])
    assert rows == [("b",)]
    assert Preference.objects.get(name="a").value == 1


def test_duplicates_can_be_overwritten():
    bulk.insert(Preference, ["name", "value", "changed_at"], [["a", 1, NOON]])
    bulk.insert(Preference, ["name", "value", "changed_at"], [["a", {"x": 2}, NOON]], conflict=["name"], update=["value"])
    assert Preference.objects.get(name="a").value == {"x": 2}


def test_a_duplicate_that_was_not_expected_refuses_the_batch():
    bulk.insert(Preference, ["name", "value", "changed_at"], [["a", 1, NOON]])
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.insert(Preference, ["name", "value", "changed_at"], [["b", 1, NOON], ["a", 2, NOON]])
    assert Preference.objects.count() == 1


def test_a_foreign_key_is_named_either_way():
    (pk,) = bulk.insert(EventRow, ["kind", "payload", "at"], [["k", {}, NOON]], returning=["id"])[0]
    columns = ["reaction", "event", "error", "attempts", "failed_at", "resolved_at"]
    bulk.insert(FailedReaction, columns, [["r", pk, "", 1, NOON, None]])
    columns[1] = "event_id"
    bulk.insert(FailedReaction, columns, [["s", pk, "", 1, NOON, None]])
    assert FailedReaction.objects.filter(event_id=pk).count() == 2


def test_columns_that_are_not_there_are_named():
    with pytest.raises(LookupError, match="Run has no column tea"):
        bulk.insert(Run, ["tea"], [["x"]])
    with pytest.raises(ValueError, match="hold 2 values"):
        bulk.insert(Run, ["title"], [["x", "y"]])


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite keeps no lengths")
@few_or_many
def test_text_that_is_too_long_is_refused_and_not_cut(beside):
    with pytest.raises(DataError), transaction.atomic():
        bulk.insert(Run, RUN, [run_row("x" * 201), *[run_row("others")] * beside])


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite takes the character")
@few_or_many
def test_a_character_that_the_database_does_not_take_is_refused(beside):
    with pytest.raises(DataError), transaction.atomic():
        bulk.insert(Run, RUN, [run_row("x\0y"), *[run_row("others")] * beside])


def test_update_sets_and_adds_and_counts():
    ids = [pk for (pk,) in bulk.insert(Run, RUN, [run_row(str(n)) for n in range(3)], returning=["id"])]
    changed = bulk.update(
        Run, ["id"], ["title", "summary"], [[ids[0], "new", {"n": 1}, 5], [ids[2], "also", {}, 7], [10**9, "none", {}, 1]], add=["done"]
    )
    assert changed == 2
    rows = Run.objects.in_bulk(ids)
    assert [(rows[pk].title, rows[pk].done) for pk in ids] == [("new", 5), ("1", 0), ("also", 7)]
    assert rows[ids[0]].summary == {"n": 1}
    bulk.update(Run, ["pk"], ["done", "finished_at"], [[ids[0], -2, NOON]], add=["done"])
    rows[ids[0]].refresh_from_db()
    assert (rows[ids[0]].done, rows[ids[0]].finished_at) == (3, NOON)


def test_update_by_two_keys():
    events = [pk for (pk,) in bulk.insert(EventRow, ["kind", "payload", "at"], [["k", {}, NOON]] * 2, returning=["id"])]
    columns = ["reaction", "event", "error", "attempts", "failed_at", "resolved_at"]
    bulk.insert(FailedReaction, columns, [[name, pk, "", 1, NOON, None] for name in "ab" for pk in events])
    rows = [["a", events[0], "here"], ["b", events[1], "there"]]
    assert bulk.update(FailedReaction, ["reaction", "event"], ["error"], rows) == 2
    changed = FailedReaction.objects.exclude(error="").order_by("reaction")
    assert list(changed.values_list("reaction", "event_id", "error")) == [tuple(row) for row in rows]


@pytest.mark.parametrize("returning", [(), ("id",)])
def test_a_batch_is_a_constant_number_of_statements(returning):
    counts = []
    for size in (1, 50):
        with CaptureQueriesContext(connection) as captured:
            bulk.insert(Run, RUN, [run_row(str(n)) for n in range(size)], returning=returning)
        counts.append(len([q for q in captured if "INSERT" in q["sql"]]))
    assert counts == [1, 1]
