"""Built-in views, pages and counts; people's own views."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench import load
from danshu.accounts.models import User
from danshu.boards import builtin, operations, queries
from danshu.boards.operations import ViewDraft
from danshu.channels.models import Shop
from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.fulfilment.models import Parcel
from danshu.orders.models import Order
from danshu.orders.states import Issue
from danshu.orders.tests.conftest import NOW

CLERK = Actor(7, "小林")


@pytest.fixture
def make(db):
    shop = Shop.objects.create(name="a", platform="taobao", created_at=NOW)
    count = iter(range(10_000))

    def made(**more):
        n = next(count)
        plain = {"payment": "paid", "ship_by": NOW + timedelta(days=3), "placed_at": NOW, "created_at": NOW, "updated_at": NOW}
        return Order.objects.create(no=f"n{n}", shop=shop, platform="taobao", platform_no=str(n), **(plain | more))

    return made


def shown(slug):
    view = builtin.view(slug)
    found = queries.selection(Order.objects.all(), view.criteria, now=NOW)
    return [order.no for order in queries.page(found, view.ordering).rows]


def test_each_view_shows_its_orders(make):
    soon = make(ship_by=NOW + timedelta(hours=2))
    short = make(issues=Issue.SHORT)
    held = make(is_held=True)
    unpaid = make(payment="unpaid", ship_by=None)
    pair = [make(merge_hash="x"), make(merge_hash="x")]
    make(fulfilment="cancelled", issues=Issue.SHORT)
    gone = make(fulfilment="shipped", shipped_at=NOW - timedelta(hours=30))
    fresh = make(fulfilment="shipped", shipped_at=NOW - timedelta(hours=3))
    for order in (gone, fresh):
        Parcel.objects.create(order=order, state="shipped", shipped_at=order.shipped_at, created_at=NOW)
    assert shown("open") == [o.no for o in (*reversed(pair), unpaid, held, short, soon)]
    assert shown("to-ship") == [o.no for o in (soon, short, *pair)]
    assert shown("due-today") == [soon.no]
    assert shown("mergeable") == [o.no for o in pair]
    assert shown("short") == shown("issues") == [short.no]
    assert shown("no-trace") == [gone.no]


def test_after_sales_wins_on_the_board(make):
    todo, printed = make(), make(fulfilment="printed")
    shipped = make(fulfilment="shipped", shipped_at=NOW)
    after = [make(refund="requested"), make(refund="requested", fulfilment="shipped", shipped_at=NOW)]
    make(payment="unpaid")
    make(merged_into=todo)
    assert [shown(column.slug) for column in builtin.COLUMNS] == [[todo.no], [printed.no], [shipped.no], [o.no for o in reversed(after)]]


@pytest.mark.parametrize("slug", [view.slug for view in (*builtin.VIEWS, *builtin.COLUMNS)])
def test_pages_follow_each_other_without_gap_count_or_offset(make, slug):
    for i in range(7):
        make(merge_hash="x", issues=3, ship_by=NOW + timedelta(hours=i // 3))
        make(fulfilment="printed", ship_by=NOW + timedelta(hours=i // 2))
        order = make(fulfilment="shipped", shipped_at=NOW - timedelta(hours=30 + i // 3), refund="none")
        Parcel.objects.create(order=order, state="shipped", shipped_at=order.shipped_at, created_at=NOW)
        make(refund="requested")
    view = builtin.view(slug)
    found = queries.selection(Order.objects.all(), view.criteria, now=NOW)
    whole = [order.no for order in queries.page(found, view.ordering, size=100).rows]
    seen, after = [], ""
    with CaptureQueriesContext(connection) as captured:
        while True:
            page = queries.page(found, view.ordering, after=after, size=3)
            seen += [order.no for order in page.rows]
            after = page.next
            if not after:
                break
    assert seen == whole
    assert len(whole) >= 7 or slug == "due-today"
    assert not [q for q in captured.captured_queries if "OFFSET" in q["sql"] or "COUNT(" in q["sql"]]


def test_counts_stop_at_their_cap_and_are_kept(make):
    for _ in range(4):
        make()
    found = {"open": Order.objects.filter(is_open=True)}
    assert str(queries.capped_counts("t1", found, cap=3)["open"]) == "3+"
    with CaptureQueriesContext(connection) as captured:
        assert str(queries.capped_counts("t1", found, cap=3)["open"]) == "3+"
    assert len(captured) == 0


def test_views_are_saved_changed_and_thrown_away_by_their_owner(db):
    User.objects.create(pk=7, username="a", name="小林", created_at=NOW)
    tree = {"all": [{"field": "order.flag", "op": "is", "value": "red"}]}
    mine, shared = operations.create_views(
        [ViewDraft("红旗", tree), ViewDraft("大家的", tree, "ship_by", is_shared=True)], by=CLERK, now=NOW
    )
    operations.update_views({shared: ViewDraft("团队", tree, is_shared=True)}, by=Actor(8, "b"), now=NOW)
    assert [view.name for view in queries.saved_views(User(pk=8))] == ["团队"]
    assert queries.find_view(mine, User(pk=7)).criteria == tree
    for call in (
        lambda: operations.delete_views([mine], by=Actor(8, "b"), now=NOW),
        lambda: operations.create_views([ViewDraft("", tree)], by=CLERK, now=NOW),
    ):
        with pytest.raises(DomainError):
            call()
    assert operations.delete_views([mine, shared], by=CLERK, now=NOW) == 2


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_first_pages_read_an_index_at_100_000_orders():
    """No view sorts or scans the table."""
    load.fill_to(100_000)
    for view in (*builtin.VIEWS, *builtin.COLUMNS):
        if view.slug == "mergeable":  # rows are few and sorted after they are found
            continue
        found = queries.selection(Order.objects.all(), view.criteria, now=NOW)
        with CaptureQueriesContext(connection) as captured:
            queries.page(found, view.ordering)
        plan = explain(captured[0]["sql"])
        assert "SCAN orders_order |" not in plan + " |", (view.slug, plan)
        assert "TEMP B-TREE" not in plan, (view.slug, plan)
        assert "Seq Scan on orders_order" not in plan, (view.slug, plan)


def explain(sql):
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            return " | ".join(row[3] for row in cursor.fetchall())
        cursor.execute(f"EXPLAIN {sql}")
        return " | ".join(row[0] for row in cursor.fetchall())
