"""Fixtures of the whole suite: one person of each role, equal statement counts, a browser; files apart, no network."""

from __future__ import annotations

import gc
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import translation

from tests import chance, fresh, offline
from tests.browser import axe, browser, page_of, shot
from tests.counting import same_queries, statements

__all__ = ["axe", "browser", "page_of", "same_queries", "shot", "statements"]

DATABASE = {"db", "transactional_db", "live_server"}  # the fixtures, one of which every test that touches it stands on
LONGEST = (
    "test_every_shop", "test_pages_look_right", "test_listening", "test_laws", "test_whole_day", "test_backup", "test_killed",
    "test_schema", "test_serve", "test_looks", "test_without_javascript", "test_in_browser",
)  # fmt: skip
NO_JOBS = "TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE"  # Django empties only what a model of ours manages
NUMBERS = itertools.count()
SERVERS = {"live_server", "simulator", "listener"}
gc.disable()  # until everything is collected: nothing of that becomes garbage
offline.install()
chance.install()


@pytest.fixture(autouse=True)
def _apart(request: pytest.FixtureRequest, settings: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Files of a test in a folder of its own, made when there are any, and the house's language whatever the last page was asked in."""
    translation.activate(settings.LANGUAGE_CODE)
    has_own = "tmp_path" in request.fixturenames
    folder = request.getfixturevalue("tmp_path") if has_own else tmp_path_factory.getbasetemp() / f"test-{next(NUMBERS)}"
    settings.MEDIA_ROOT = folder / "files"
    settings.WATCH_FOLDER = folder / "inbox"


@pytest.fixture(autouse=True)
def _no_jobs_of_others(request: pytest.FixtureRequest) -> None:
    """A test whose transactions are real begins with empty queues, whatever a process or a thread of another test put there at last."""
    marker = request.node.get_closest_marker("django_db")
    is_real = {"transactional_db", "live_server"} & set(request.fixturenames) or (marker and marker.kwargs.get("transaction"))
    if is_real and connection.vendor == "postgresql":
        request.getfixturevalue("transactional_db")
        with connection.cursor() as cursor:
            cursor.execute(NO_JOBS)


def _person(role: str, called: str) -> Any:
    @pytest.fixture(name=called)
    def person(db: None) -> Any:
        from tests import people  # noqa: PLC0415 - models can be imported only now

        return people.make(role)

    return person


owner = _person("owner", "owner")
operator = _person("operations", "operator")
picker = _person("warehouse", "picker")
service = _person("service", "service")
viewer = _person("viewer", "viewer")


@pytest.fixture
def client_of(db: None) -> Any:
    """`client_of(user)`: a browser without JavaScript in which the person is signed in."""
    from tests import people  # noqa: PLC0415 - models can be imported only now

    return people.client_of


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Live streams of closed pages may hold sessions when the suite ends, and open new ones; PostgreSQL drops no database in use."""
    with pytest.MonkeyPatch.context() as patched:
        if connection.vendor == "postgresql":
            patched.setattr(type(connection.ops), "sql_flush", _flush(type(connection.ops).sql_flush))
        with django_db_blocker.unblock():
            is_made = connection.settings_dict["NAME"] != settings.REAL_DATABASE  # not when no chosen test needs one
            if is_made:
                fresh.keep()
        yield
    if is_made:
        with django_db_blocker.unblock():
            fresh.forget()
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock():
            connection.close()
            _shut(connection.settings_dict["NAME"])


def _flush(truncated: Any) -> Any:
    """For the class: once a browser has begun, a worker's thread keeps two connections, and uses now one and now the other."""
    return lambda self, style, tables, **how: [*(_emptied(tables) or truncated(self, style, tables, **how)), NO_JOBS]


def _emptied(tables: Sequence[str]) -> list[str]:
    """How the few rows of a test are removed in 30 ms; TRUNCATE, made for many, takes 450 ms for so many tables."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT SUM(pg_relation_size(oid)) < 2000000 FROM pg_class WHERE relname = ANY(%s)", [list(tables)])
        is_little = cursor.fetchone()[0]
    return [f"DELETE FROM {connection.ops.quote_name(table)}" for table in tables] if is_little else []  # noqa: S608 - tables of our own models


def _shut(database: str) -> None:
    with connection._nodb_cursor() as cursor:  # noqa: SLF001 - from outside, as Django drops it
        cursor.execute(f"ALTER DATABASE {connection.ops.quote_name(database)} WITH ALLOW_CONNECTIONS false")
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database])


@pytest.hookimpl(trylast=True)  # when `-m` and `-k` have chosen
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests of browsers, of servers in threads and of processes that are killed depend on the machine's speed: a failed one is tried once
    more, and said so.
    What no database has a part in is tried once, on SQLite. What takes long begins first: no worker is alone with it at the end."""
    for item in items:
        is_shaky = item.get_closest_marker("browser") or item.get_closest_marker("slow") or not SERVERS.isdisjoint(_fixtures(item))
        if is_shaky and not item.get_closest_marker("flaky"):
            item.add_marker(pytest.mark.flaky(reruns=1))
    if connection.vendor == "postgresql":
        once = {item for item in items if _is_the_same_on_either(item)}
        config.hook.pytest_deselected(items=list(once))
        items[:] = [item for item in items if item not in once]
    items[:] = _dealt(items, getattr(config, "workerinput", {}).get("workercount", 1))


def _dealt(items: list[pytest.Item], hands: int) -> list[pytest.Item]:
    """Every worker is given an equal length of this list, and the tail of another's when it is through with its own. So each length begins
    with a share of the files that take long, the longest first."""
    long = [item for item in items if any(map(item.get_closest_marker, ("slow", "browser")))]
    long.sort(key=lambda item: LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST))
    files = [list(group) for _path, group in itertools.groupby(long, key=lambda item: item.path)]
    known = set(long)
    rest = [item for item in items if item not in known]
    dealt: list[pytest.Item] = []
    for hand in range(hands):
        share = [item for file in files[hand::hands] for item in file]
        length = max(0, (len(items) - len(dealt)) // (hands - hand) - len(share))
        dealt += share + rest[:length]
        rest = rest[length:]
    return dealt + rest


def pytest_collection_finish(session: pytest.Session) -> None:
    """What is loaded by now stays until the end: the collector walks around it, and seldom. It took a tenth of the suite's time."""
    gc.freeze()
    gc.set_threshold(200_000, 20, 1_000)
    gc.enable()


def _fixtures(item: pytest.Item) -> Sequence[str]:
    return getattr(item, "fixturenames", ())


def _is_the_same_on_either(item: pytest.Item) -> bool:
    """What pages look like, and every test that asks for no database: pytest-django lets it near none. Processes that it starts might
    have one of their own; those tests are slow and run on both."""
    if item.get_closest_marker("looks"):
        return True
    asks = not DATABASE.isdisjoint(_fixtures(item)) or item.get_closest_marker("django_db")
    return not asks and not item.get_closest_marker("slow")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Chosen tests may all be of this kind; that a choice fits nothing at all is said by SQLite's run."""
    if connection.vendor == "postgresql" and session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
        session.exitstatus = pytest.ExitCode.OK
