"""The kernel's plain parts: keys, sealed text, money, days, states, errors, log lines."""

from __future__ import annotations

import logging
import stat
from base64 import b64encode
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from danshu.core import clock, keys, logs, money, secrets, states
from danshu.core.errors import DomainError

text = st.text(st.characters(codec="utf-8"))


def test_the_key_file_is_made_once_and_for_us_alone(tmp_path):
    path = tmp_path / "deep" / "secret.key"
    first = keys.load(path)
    assert keys.load(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [kept.name for kept in path.parent.iterdir()] == ["secret.key"]


def test_every_purpose_has_a_key_of_its_own():
    ring = keys.Keyring(b"r" * 32)
    assert len({ring.derive("a"), ring.derive("b"), ring.index_key}) == 3


def test_hosts_can_share_a_key_by_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("DANSHU_SECRET_KEY", b64encode(b"k" * 32).decode())
    assert keys.load(tmp_path / "none").root == b"k" * 32
    assert not (tmp_path / "none").exists()
    monkeypatch.setenv("DANSHU_SECRET_KEY", "short")
    with pytest.raises(SystemExit, match="DANSHU_SECRET_KEY"):
        keys.load(tmp_path / "none")


@given(text)
def test_sealed_text_opens_again_and_never_looks_the_same(plain):
    sealed = secrets.seal(plain, "receiver")
    assert secrets.unseal(sealed, "receiver") == plain
    assert secrets.unseal(memoryview(sealed), "receiver") == plain
    assert secrets.seal(plain, "receiver") != sealed


@pytest.mark.parametrize("spoil", [lambda s: s[:-1] + bytes([s[-1] ^ 1]), lambda s: s[:10], lambda s: b""])
def test_a_touched_seal_does_not_open(spoil):
    with pytest.raises(DomainError) as refused:
        secrets.unseal(spoil(secrets.seal("茶", "receiver")), "receiver")
    assert refused.value.code == "secrets.unreadable"


def test_a_seal_does_not_open_for_another_purpose():
    with pytest.raises(DomainError):
        secrets.unseal(secrets.seal("茶", "receiver"), "credentials")


@given(text, text)
def test_blind_indexes_find_equal_text_only(one, other):
    assert (secrets.blind(one, "phone") == secrets.blind(other, "phone")) == (one == other)
    assert (secrets.blind(one, "phone") == "") == (one == "")
    assert not one or secrets.blind(one, "phone") != secrets.blind(one, "address")


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("¥1,299.90", 129990),
        ("23.00元", 2300),
        (" 0.1 ", 10),
        (Decimal("0.10"), 10),
        (12, 1200),
        ("-3.5", -350),
        ("￥0", 0),
        ("1，000", 100000),
    ],
)
def test_amounts_are_read_as_people_write_them(written, amount):
    assert money.fen(written) == amount


@pytest.mark.parametrize("written", ["", "x", "1.005", 0.1, "NaN", "Infinity", "1e40", "1.2.3"])
def test_what_is_no_amount_is_refused(written):
    with pytest.raises(ValueError):
        money.fen(written)


@given(st.integers(-(10**15), 10**15))
def test_an_amount_survives_being_shown(amount):
    assert money.fen(money.text(amount)) == amount
    assert money.fen(money.yuan(amount)) == amount


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=30))
def test_a_shared_amount_adds_up_and_nobody_is_more_than_a_fen_off(total, weights):
    parts = money.split(total, weights)
    assert sum(parts) == total
    whole = sum(weights)
    assert whole == 0 or all(abs(part * whole - total * weight) < whole for part, weight in zip(parts, weights, strict=True))


def test_days_are_cut_where_the_seller_says(settings):
    settings.DAY_CUT_HOUR = 4
    night = clock.from_platform(datetime(2026, 11, 24, 3, 59, 59))
    assert clock.business_day(night) == date(2026, 11, 23)
    start, end = clock.day_bounds(date(2026, 11, 23))
    assert start <= night < end
    assert clock.business_day(end) == date(2026, 11, 24)
    assert clock.day_bounds(date(2026, 11, 1), date(2026, 11, 30))[1] == clock.from_platform(datetime(2026, 12, 1, 4))


@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)))
def test_every_moment_lies_in_its_business_day(moment):
    start, end = clock.day_bounds(clock.business_day(moment))
    assert start <= moment < end


def test_platforms_speak_shanghai():
    assert clock.from_platform(datetime(2026, 11, 24, 8)) == datetime(2026, 11, 24, tzinfo=UTC)
    assert clock.local(datetime(2026, 11, 24, 20, tzinfo=UTC)).hour == 4


MOVES = {"open": frozenset({"shipped", "void"}), "shipped": frozenset({"open"})}


def test_a_move_is_in_the_table_or_refused_by_name():
    states.check(MOVES, "open", "shipped", label="包裹 1")
    with pytest.raises(DomainError, match="包裹 1") as refused:
        states.check(MOVES, "void", "open", label="包裹 1")
    assert refused.value.code == "state.not_allowed"
    assert refused.value.details == {"before": "void", "after": "open"}


def test_an_error_carries_a_sentence_a_code_and_plain_values():
    error = DomainError("库存不足", "stock.short", details={"left": 3})
    assert (str(error), error.code, error.details) == ("库存不足", "stock.short", {"left": 3})


@pytest.mark.parametrize(
    ("line", "kept", "gone"),
    [
        ("buyer 13812345678 called", "138****5678", "12345"),
        ("app_secret=abc123&x=1", "app_secret=***", "abc123"),
        ('{"access_token": "t0k3n"}', "access_token", "t0k3n"),
        ("order 1122-0379 of 2026", "order 1122-0379 of 2026", "***"),
    ],
)
def test_log_lines_hold_no_phones_and_no_credentials(line, kept, gone):
    record = logging.LogRecord("danshu", logging.INFO, "", 0, "%s", (line,), None)
    shown = logs.LineFormatter().format(record)
    assert kept in shown
    assert gone not in shown
