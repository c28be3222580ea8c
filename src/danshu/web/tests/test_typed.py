"""Whatever stands in an address or a form: pages say no or leave it out, they never break."""

from __future__ import annotations

import pytest
from django.test import Client

from danshu.fulfilment.tests import making
from danshu.web import typed
from danshu.web.orders import counting
from tests import people

pytestmark = pytest.mark.django_db
ODD = ["²", "9" * 30, "9" * 5000, "0001-01-01", "9999-12-31", "2026-13-45T00:00:00Z", "a\x00b", "😀'\"<>%"]
READS = [
    "/board/?shop=", "/board/?platform=", "/orders/?from=", "/orders/?to=", "/orders/?q=", "/search/?q=", "/print/?ids=", "/print/?order=",
    "/print/handover/?day=", "/print/handover/zto.pdf?day=", "/reports/daily/?first=", "/settings/audit/?who=", "/settings/audit/?from=",
    "/scan/?code=", "/sign-in/?next=",
]  # fmt: skip
WRITES = [
    ("/print/reprint/", "parcel"), ("/print/start/", "id"), ("/print/ship/", "parcel"), ("/scan/parcel/{parcel}/", "quantity"),
    ("/scan/parcel/{parcel}/", "at"), ("/import/", "shop"), ("/products/switch/", "sku"), ("/products/mapping/", "listing"),
    ("/me/language/", "next"),
]  # fmt: skip


@pytest.fixture
def boss() -> Client:
    return people.client_of(people.make("owner"))


@pytest.mark.parametrize("address", READS)
def test_no_address_breaks_a_page(boss: Client, address: str) -> None:
    making.order()
    path, _mark, name = address.removesuffix("=").partition("?")
    for odd in ODD:
        assert boss.get(path, {name: odd}).status_code < 500, odd


@pytest.mark.parametrize(("path", "name"), WRITES)
def test_no_form_breaks_a_page(boss: Client, path: str, name: str) -> None:
    parcel = making.parcel()
    for odd in ODD:
        assert boss.post(path.format(parcel=parcel.pk), {name: odd, "code": "X"}).status_code < 500, odd


def test_numbers_and_days_of_this_world_are_read_as_people_write_them() -> None:
    assert (typed.number(" 12 "), typed.number("１２"), typed.number("-1"), typed.number("9" * 19)) == (12, 12, None, None)
    assert typed.numbers(["3", "x", "3", "1"]) == [3, 1]
    assert (str(typed.day("2026-11-22")), typed.day("1999-12-31"), typed.day("2026-02-30")) == ("2026-11-22", None, None)
    assert (typed.moment("2026-11-22T08:00:00Z") is None, typed.moment("9999-12-31T23:59")) == (False, None)


def test_counts_of_an_owner_are_never_those_of_somebody_with_less_to_see() -> None:
    """An owner who was asked in for one shop still sees all; whoever shares that list of shops must not share his numbers."""
    shop_id = making.shop().pk
    one, other = people.make("owner", shop_ids=[shop_id]), people.make("operations", shop_ids=[shop_id])
    assert counting.owner(one) != counting.owner(other)
