"""First pages and search through the whole of Django (middleware, permissions, templates), beside the bare SQL of the same rows."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator

from django.conf import settings
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from bench import load
from bench.measure import Row, backend_pid, middle, percentile, spent, times
from danshu.accounts.models import User
from danshu.core import clock

ROUNDS = 60
RAW_LIST = (
    "SELECT * FROM orders_order WHERE fulfilment IN ('waiting','printed','checked') ORDER BY id DESC LIMIT 50",
    "SELECT * FROM orders_orderline WHERE order_id IN ({ids})",
)
RAW_BOARD = tuple(
    part
    for fulfilment in ("waiting", "printed", "shipped")
    for part in (
        f"SELECT * FROM orders_order WHERE fulfilment = '{fulfilment}' ORDER BY ship_by, id LIMIT 30",
        "SELECT * FROM orders_orderline WHERE order_id IN ({ids})",
    )
)
FORBIDDEN = re.compile(r"(?i)\bOFFSET\b|\bcount\(\*\)")


def list_first_page(sizes: list[int]) -> Iterator[Row]:
    yield from _pages(sizes, "/orders/", RAW_LIST)


def board_first_page(sizes: list[int]) -> Iterator[Row]:
    yield from _pages(sizes, "/board/", RAW_BOARD)


def search(sizes: list[int]) -> Iterator[Row]:
    """By our number, the platform's, the last four digits of a phone, a full phone and a waybill number, in turn."""
    for size in _filled(sizes):
        words = load.search_words()
        yield from _measure(size, [f"/search/?q={word}" for word in words.values()], _raw_search)


def _pages(sizes: list[int], url: str, statements: tuple[str, ...]) -> Iterator[Row]:
    for size in _filled(sizes):
        yield from _measure(size, [url], lambda: _raw_page(statements))


def _filled(sizes: list[int]) -> Iterator[int]:
    """Grow the database to each size in turn."""
    for size in sorted(sizes):
        load.fill_to(size)
        yield size


def _measure(size: int, urls: list[str], raw: Callable[[], None]) -> Iterator[Row]:
    client = _signed_in()
    for url in urls:
        _refuse_slow_statements(client, url)
    raws = times(raw, ROUNDS)
    client.get(urls[0])
    milliseconds = []
    with spent(backend_pid()) as used:
        for i in range(ROUNDS):
            start = time.perf_counter()
            answer = client.get(urls[i % len(urls)])
            milliseconds.append((time.perf_counter() - start) * 1000)
            if answer.status_code not in {200, 302}:
                raise SystemExit(f"{urls[i % len(urls)]} answered {answer.status_code}")
    note = f"p95 {percentile(milliseconds, 0.95):.1f} ms"
    yield Row(size, middle(milliseconds), "ms", middle(raws), used.cpu * 1000 / ROUNDS, note)


def _signed_in() -> Client:
    user = User.objects.filter(username="bench").first()
    if user is None:
        user = User(username="bench", name="李建明", role="owner", created_at=clock.now())
        user.set_unusable_password()
        user.save()
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def _refuse_slow_statements(client: Client, url: str) -> None:
    with CaptureQueriesContext(connection) as captured, override_settings(DEBUG=settings.DEBUG):
        client.get(url)
    guilty = [query["sql"] for query in captured.captured_queries if FORBIDDEN.search(query["sql"])]
    if guilty:
        raise SystemExit(f"{url} counts or skips rows: {guilty[0][:300]}")


def _raw_page(statements: tuple[str, ...]) -> None:
    with connection.cursor() as cursor:
        ids = "NULL"
        for statement in statements:
            cursor.execute(statement.format(ids=ids))
            rows = cursor.fetchall()
            ids = ",".join(str(row[0]) for row in rows) or "NULL"


def _raw_search() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM orders_order WHERE platform_no = %s", [load.search_words()["platform_no"]])
        cursor.fetchall()
