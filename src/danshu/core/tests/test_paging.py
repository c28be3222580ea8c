"""Pages by key: walking forwards and back shows every row once, in order, whatever the order is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import F
from django.template import Context, Template

from danshu.core.errors import DomainError
from danshu.core.models import Run
from danshu.core.paging import CappedCount, capped_count, neighbours, page

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
ORDERINGS = [
    ["-id"],
    ["id"],
    ["total", "id"],
    ["total", "-id"],
    ["-total", "id"],
    ["finished_at", "id"],
    ["-finished_at", "-id"],
    ["finished_at", "-total", "id"],
]


@pytest.fixture
def runs():
    return Run.objects.bulk_create(
        Run(
            kind="k", title=str(n), total=n % 4, created_at=NOON,
            finished_at=None if n % 3 == 0 else NOON + timedelta(hours=n % 5),
        )
        for n in range(47)
    )  # fmt: skip


def everything(ordering):
    def key(run):
        parts = []
        for name in ordering:
            value = getattr(run, name.lstrip("-"))
            sign = -1 if name.startswith("-") else 1
            number = value.timestamp() if isinstance(value, datetime) else value
            parts.append((1, 0) if number is None else (0, sign * number))
        return parts

    return [run.pk for run in sorted(Run.objects.all(), key=key)]


@pytest.mark.parametrize("ordering", ORDERINGS, ids=",".join)
def test_walking_to_the_end_and_back_shows_every_row_once(runs, ordering):
    expected = everything(ordering)
    seen, cursor, pages = [], "", []
    while True:
        shown = page(Run.objects.all(), ordering, cursor, 10)
        pages.append([run.pk for run in shown.rows])
        seen += pages[-1]
        if not shown.next:
            break
        cursor = shown.next
    assert seen == expected
    assert len(pages) == 5
    back = [pages[-1]]
    while shown.previous:
        shown = page(Run.objects.all(), ordering, shown.previous, 10)
        back.append([run.pk for run in shown.rows])
    assert back[::-1] == pages
    assert shown.next


def test_a_page_is_one_statement(runs, django_assert_num_queries):
    cursor = page(Run.objects.all(), ["-id"], size=10).next
    with django_assert_num_queries(1):
        page(Run.objects.all(), ["-id"], cursor, 10)


def test_values_rows_and_annotations_page_too(runs):
    rows = Run.objects.annotate(double=F("total") * 2).values("id", "double")
    first = page(rows, ["-double", "id"], size=20)
    second = page(rows, ["-double", "id"], first.next, 20)
    assert [row["double"] for row in first.rows + second.rows] == sorted((r.total * 2 for r in runs), reverse=True)[:40]


def test_an_empty_list_has_no_pages():
    shown = page(Run.objects.all(), ["-id"])
    assert (shown.rows, shown.next, shown.previous) == ([], "", "")


@pytest.mark.parametrize("cursor", ["x", "n", "n%%%", "nbnVsbA", "nW10", "nWzEsMl0", "pW3siYSI6MX1d", "nW3sidCI6IngifV0", "nW1tdXQ"])
def test_a_broken_cursor_is_said_and_not_raised_as_a_fault(runs, cursor):
    with pytest.raises(DomainError) as refused:
        page(Run.objects.all(), ["-id"], cursor)
    assert refused.value.code == "paging.cursor"


def test_a_count_stops_at_its_cap(runs):
    count = capped_count(Run.objects.all(), cap=20)
    assert (count, str(count), count.is_more) == (20, "20+", True)
    count = capped_count(Run.objects.all(), cap=47)
    assert (count, str(count), count.is_more) == (47, "47", False)


def test_a_capped_count_shows_its_cap_in_templates_too(runs):
    count = capped_count(Run.objects.all(), cap=20)
    text = "{{ n }} {% if n %}some{% endif %} {% if n > 19 %}many{% endif %} {% if none %}wrong{% endif %}"
    context = Context({"n": count, "none": capped_count(Run.objects.none())})
    assert Template(text).render(context).strip() == "20+ some many"
    assert (f"{CappedCount(1000, is_more=True):,}", f"{CappedCount(1234):,}", int(count)) == ("1,000+", "1,234", 20)


@pytest.mark.parametrize("ordering", ORDERINGS)
def test_each_row_knows_the_one_before_and_the_one_after_it(runs, ordering):
    known = Run.objects.in_bulk()
    rows = [known[pk] for pk in everything(ordering)]
    for place, row in enumerate(rows):
        before, after = neighbours(Run.objects.all(), ordering, row)
        assert before == (rows[place - 1] if place else None)
        assert after == (rows[place + 1] if place + 1 < len(rows) else None)


def test_a_row_that_is_not_in_the_list_has_neighbours_all_the_same(runs):
    apart = Run.objects.order_by("id")[10]
    before, after = neighbours(Run.objects.exclude(pk=apart.pk), ["-id"], apart)
    assert (before.pk, after.pk) == (apart.pk + 1, apart.pk - 1)
