"""Settings are typed, and a bad value is refused by the variable's name."""

from __future__ import annotations

from pathlib import Path

import pytest

from danshu.config import env
from danshu.config.env import BadSettingError


def test_a_missing_or_empty_variable_means_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DANSHU_X", " ")
    assert env.integer("DANSHU_X", 7, least=1, most=9) == 7
    monkeypatch.delenv("DANSHU_X")
    assert env.text("DANSHU_X", "here") == "here"


@pytest.mark.parametrize(("raw", "value"), [("1", True), ("ON", True), ("no", False), ("False", False)])
def test_flags_are_said_in_several_ways(monkeypatch: pytest.MonkeyPatch, raw: str, value: bool) -> None:
    monkeypatch.setenv("DANSHU_X", raw)
    assert env.flag("DANSHU_X", default=not value) is value


@pytest.mark.parametrize(
    ("read", "raw"),
    [
        (lambda: env.flag("DANSHU_X", default=False), "perhaps"),
        (lambda: env.integer("DANSHU_X", 7, least=1, most=9), "10"),
        (lambda: env.integer("DANSHU_X", 7, least=1, most=9), "seven"),
        (lambda: env.bind("DANSHU_X", "127.0.0.1:8000"), "8000"),
        (lambda: env.bind("DANSHU_X", "127.0.0.1:8000"), "127.0.0.1:99999"),
        (lambda: env.database("DANSHU_X", Path("x")), "mysql://root@localhost/danshu"),
        (lambda: env.database("DANSHU_X", Path("x")), "postgresql://localhost:port/danshu"),
        (lambda: env.folder("DANSHU_X", Path("x")), __file__),
    ],
)
def test_a_bad_value_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch, read: object, raw: str) -> None:
    monkeypatch.setenv("DANSHU_X", raw)
    with pytest.raises(BadSettingError, match=r"DANSHU_X=.* is not usable: expected "):
        read()  # type: ignore[operator]  # a function of the table


def test_a_postgresql_address_becomes_django_s_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DANSHU_X", "postgresql://d%40n:p%2Fw@db.local:5433/danshu")
    found = env.database("DANSHU_X", Path("x"))
    assert [found[key] for key in ("USER", "PASSWORD", "HOST", "PORT", "NAME")] == ["d@n", "p/w", "db.local", "5433", "danshu"]


def test_a_postgresql_socket_stands_in_the_query(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DANSHU_X", "postgresql:///danshu?host=/run/postgresql&user=shop")
    found = env.database("DANSHU_X", Path("x"))
    assert (found["HOST"], found["USER"], found["NAME"]) == ("/run/postgresql", "shop", "danshu")


def test_without_an_address_the_database_is_a_file_that_survives_a_power_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DANSHU_X", raising=False)
    found = env.database("DANSHU_X", Path("data/danshu.sqlite3"))
    assert found["NAME"] == "data/danshu.sqlite3"
    assert "synchronous=FULL" in found["OPTIONS"]["init_command"]
