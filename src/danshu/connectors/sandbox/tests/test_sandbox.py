"""The sandbox keeps the contract, also when it is told to misbehave."""

import pytest

from danshu.channels.connecting import ListingKey, Refusal, ShopAccess, StockUpdate
from danshu.channels.connector_errors import CredentialsExpired, RateLimited, TemporaryFailure
from danshu.connectors.sandbox import CONNECTOR

SHOP = ShopAccess(7, "sandbox", "演练店")
CUP, PLATE = ListingKey("1", "a"), ListingKey("2")


@pytest.fixture
def sandbox():
    return CONNECTOR


def push(sandbox, *pairs):
    return [one.refusal for one in sandbox.push_stock(SHOP, [StockUpdate(key, n) for key, n in pairs])]


def read(sandbox, *keys):
    return [one.quantity for one in sandbox.read_stock(SHOP, keys)]


def test_numbers_that_were_said_are_shown(sandbox):
    assert push(sandbox, (CUP, 5), (PLATE, 0)) == [None, None]
    push(sandbox, (CUP, 4))
    assert read(sandbox, PLATE, CUP, ListingKey("3")) == [0, 4, None]
    assert [number for _key, number, _at in sandbox.shelf(7).said()] == [5, 0, 4]


def test_one_bad_listing_never_blocks_the_others(sandbox):
    """A bundle that makes a whole batch fail leaves every other listing with yesterday's number."""
    sandbox.shelf(7).behave(refuse=["1"], unknown=["9"])
    assert push(sandbox, (CUP, 5), (PLATE, 3), (ListingKey("9"), 1)) == [Refusal.REJECTED, None, Refusal.UNKNOWN_ITEM]
    assert read(sandbox, CUP, PLATE) == [None, 3]


@pytest.mark.parametrize(
    ("manner", "error"), [("rate_limited", RateLimited), ("expired", CredentialsExpired), ("timeout", TemporaryFailure)]
)
def test_calls_that_fail_change_nothing(sandbox, manner, error):
    sandbox.shelf(7).behave(fail=manner, wait=30)
    with pytest.raises(error) as refused:
        push(sandbox, (CUP, 5))
    assert getattr(refused.value, "wait", 30) == 30
    sandbox.shelf(7).behave()
    assert read(sandbox, CUP) == [None]


def test_numbers_drift_when_somebody_types_into_the_platform(sandbox):
    push(sandbox, (CUP, 5))
    sandbox.shelf(7).drift(CUP, 80)
    assert read(sandbox, CUP) == [80]


def test_credentials_never_show_in_a_message():
    assert "secret" not in repr(ShopAccess(1, "sandbox", "店", credentials="secret"))
