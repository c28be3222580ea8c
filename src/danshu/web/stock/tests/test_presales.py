"""The quota of a presale is a form in the drawer."""

import pytest

from danshu.stock.models import Presale
from danshu.stock.tests.goods import demand, reserve

pytestmark = pytest.mark.django_db
FORM = {"quota": "20", "promised_on": "2026-12-12", "is_open": "on"}


def test_a_presale_is_opened_and_shows_who_waits(clerk, towel):
    assert clerk.post(f"/stock/{towel.pk}/presale/", FORM).status_code == 302
    reserve(demand(7, towel, 12))
    drawer = clerk.get("/stock/?open=MY-TW-1&tab=locks").text
    for said in ("预售 12 / 20 件，2026-12-12 前发货", "预售等货", "1122-0007"):
        assert said in drawer


def test_a_presale_is_stopped_and_keeps_what_it_sold(clerk, towel):
    clerk.post(f"/stock/{towel.pk}/presale/", FORM)
    reserve(demand(7, towel, 12))
    clerk.post(f"/stock/{towel.pk}/presale/", {"quota": "12", "promised_on": "2026-12-12"})
    found = Presale.objects.get()
    assert (found.taken, found.quota, found.is_open) == (12, 12, False)
    assert clerk.post(f"/stock/{towel.pk}/presale/", FORM | {"quota": "11"}).status_code == 422


@pytest.mark.parametrize("wrong", [{"quota": "x"}, {"quota": "-1"}, {"promised_on": "下周"}])
def test_what_is_no_number_or_day_changes_nothing(clerk, towel, wrong):
    assert clerk.post(f"/stock/{towel.pk}/presale/", FORM | wrong).status_code == 422
    assert not Presale.objects.exists()


def test_who_only_reads_presells_nothing(viewer, client_of, towel):
    assert client_of(viewer).post(f"/stock/{towel.pk}/presale/", FORM).status_code == 403
