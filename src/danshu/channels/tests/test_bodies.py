"""Values of platforms' bodies: exact, or refused."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from danshu.channels import bodies
from danshu.channels.connector_errors import BadPayload


@pytest.mark.parametrize("nothing", [{}, {"x": None}, {"x": ""}])
def test_absent_null_and_empty_are_the_same_nothing(nothing):
    assert (bodies.text(nothing, "x"), bodies.number(nothing, "x"), bodies.yuan(nothing, "x"), bodies.moment(nothing, "x")) == (
        "",
        0,
        0,
        None,
    )
    assert (bodies.item(nothing, "x"), bodies.items(nothing, "x")) == ({}, [])


@pytest.mark.parametrize(
    ("read", "value", "found"),
    [
        (bodies.text, " 茶\x00 ", "茶"),
        (bodies.text, 4781320682406083640, "4781320682406083640"),
        (bodies.identity, 0, ""),
        (bodies.needed, 12, "12"),
        (bodies.number, "12", 12),
        (bodies.number, Decimal("2.0"), 2),
        (bodies.pieces, "3", 3),
        (bodies.fen, 10**12, 10**12),
        (bodies.yuan, Decimal("0.1"), 10),
        (bodies.yuan, "1,299.90", 129990),
        (bodies.yuan, 12, 1200),
        (bodies.moment, "2026-11-20 09:30:00", datetime(2026, 11, 20, 1, 30, tzinfo=UTC)),
        (bodies.moment, "1795140000", datetime(2026, 11, 20, 2, 0, tzinfo=UTC)),
        (bodies.moment, 1795140000, datetime(2026, 11, 20, 2, 0, tzinfo=UTC)),
        (bodies.moment, 0, None),
        (bodies.moment, "1970-01-01 08:00:00", None),
        (bodies.moment, "0000-00-00 00:00:00", None),
        (bodies.items, [{"a": 1}, {}], [{"a": 1}]),
        (bodies.listed, [1, {}], [1, {}]),
        (bodies.digits, 35184372088832001, "35184372088832001"),
        (bodies.millis, 1795140000250, datetime(2026, 11, 20, 2, 0, 0, 250_000, tzinfo=UTC)),
        (bodies.millis, "0", None),
    ],
)
def test_values_in_all_their_clothes(read, value, found):
    assert read({"x": value}, "x") == found


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (bodies.text, 0.5),
        (bodies.text, True),
        (bodies.text, []),
        (bodies.text, "x" * 20_001),
        (bodies.text, Decimal("1E+999999999")),
        (bodies.needed, ""),
        (bodies.number, "12a"),
        (bodies.number, "٣"),
        (bodies.number, Decimal("1.5")),
        (bodies.number, True),
        (bodies.number, 2**31),
        (bodies.number, Decimal("NaN")),
        (bodies.fen, "51.00"),
        (bodies.fen, Decimal("51.0")),
        (bodies.pieces, 0),
        (bodies.pieces, -1),
        (bodies.yuan, 0.1),
        (bodies.yuan, Decimal("0.001")),
        (bodies.yuan, "九元"),
        (bodies.yuan, Decimal("Infinity")),
        (bodies.moment, "2026-13-01 00:00:00"),
        (bodies.moment, 1795140000000),
        (bodies.item, []),
        (bodies.items, {}),
        (bodies.items, [1]),
        (bodies.listed, {}),
        (bodies.digits, "12a"),
        (bodies.digits, "٣"),
        (bodies.digits, ""),
        (bodies.digits, "9" * 33),
        (bodies.millis, 10**14),
        (bodies.millis, "yesterday"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_its_name(read, value):
    with pytest.raises(BadPayload) as refused:
        read({"amount": value}, "amount")
    assert "amount" in str(refused.value)


@pytest.mark.parametrize(
    ("value", "is_no"), [(False, True), ("false", True), (0, True), ("0", True), (True, False), ("", False), (None, False)]
)
def test_no_in_all_its_clothes(value, is_no):
    assert bodies.is_no(value) is is_no


@pytest.mark.parametrize("read", [bodies.text, bodies.number, bodies.fen, bodies.digits, bodies.millis])
def test_numbers_too_long_to_write_are_refused(read):
    with pytest.raises(BadPayload):
        read({"x": 10**4400}, "x")


def test_the_first_moment_that_says_something_counts():
    found = bodies.millis({"a": 0, "b": 1795140000000, "c": 1}, "a", "b", "c")
    assert found == datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
