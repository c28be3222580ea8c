"""The packing table: plain forms first, phones and scanners on top."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.urls import reverse

from danshu.core import jobs
from danshu.fulfilment import operations as fulfilment
from danshu.fulfilment.models import Parcel, Scan
from danshu.fulfilment.tests import making
from danshu.fulfilment.tests.making import BY, NOW
from danshu.web.shipping.tests.test_pages import page, person, queries_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _files(settings: object, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def parcel() -> Parcel:
    order = making.order(
        {making.sku("TOWEL", name="竹纤维毛巾", barcode="6901234567892"): 2, making.sku("MUG", name="马克杯", spec="380ml"): 1},
        buyer_message="马克杯请多包一层", paid_fen=123456,
    )  # fmt: skip
    fulfilment.print_papers(order_ids=[order.pk], by=BY, now=NOW)
    jobs.drain()
    Parcel.objects.update(waybill_no="78912206330393")
    return Parcel.objects.select_related("order").get()


def beep(client: object, parcel: Parcel, code: str, **more: object) -> object:
    return client.post(reverse("shipping-scan-parcel", args=[parcel.pk]), {"code": code, **more})


def test_any_number_of_the_paper_opens_the_parcel(parcel: Parcel) -> None:
    client, target = person("warehouse"), reverse("shipping-scan-parcel", args=[parcel.pk])
    for code in ("78912206330393", "0393", parcel.order.no, parcel.order.platform_no):
        assert client.get(reverse("shipping-scan"), {"code": code})["Location"] == target
    assert client.get(reverse("shipping-scan-code", args=[parcel.order.no]))["Location"] == target
    assert "没有这个单号" in page(client, "shipping-scan", code="777")


def test_the_whole_check_without_javascript(parcel: Parcel) -> None:
    client = person("warehouse")
    html = page(client, "shipping-scan-parcel", parcel.pk)
    assert "还差 3 件" in html
    assert "马克杯请多包一层" in html
    assert "1,234.56" not in html
    assert "****" not in html  # no phone, not even masked
    html = beep(client, parcel, "6901234567892").content.decode()
    assert "还差 2 件" in html
    assert 'data-result="right"' in html
    wrong = beep(client, parcel, "NOPE").content.decode()
    assert "拿错了" in wrong
    assert 'data-result="wrong"' in wrong
    assert "马克杯请多包一层" in wrong
    assert "拿多了" in beep(client, parcel, "TOWEL", quantity="2").content.decode()
    beep(client, parcel, "TOWEL")
    answer = beep(client, parcel, "mug")
    assert answer["Location"] == reverse("shipping-scan") + f"?done={parcel.pk}"
    html = client.get(answer["Location"]).content.decode()
    assert 'data-result="done"' in html
    assert "今天 1 单" in html
    parcel.refresh_from_db()
    assert parcel.state == "checked"


def test_htmx_gets_only_the_part(parcel: Parcel) -> None:
    answer = person().post(reverse("shipping-scan-parcel", args=[parcel.pk]), {"code": "MUG"}, headers={"HX-Request": "true"})
    html = answer.content.decode()
    assert html.lstrip().startswith("<ds-scan")
    assert "HX-Request" in answer["Vary"]


def test_the_paper_s_own_number_is_no_item_and_another_paper_opens_its_parcel(parcel: Parcel) -> None:
    client = person()
    assert beep(client, parcel, "78912206330393").status_code == 200
    assert not Scan.objects.exists()
    other = making.parcel(waybill_no="78912206330999")
    assert beep(client, parcel, "78912206330999")["Location"] == reverse("shipping-scan-parcel", args=[other.pk])


def test_force_needs_permission_and_reason(parcel: Parcel) -> None:
    client = person("warehouse")
    force = reverse("shipping-force", args=[parcel.pk])
    assert client.post(force, {"reason": ""}).status_code == 422
    client.post(force, {"reason": "条码破损"})
    parcel.refresh_from_db()
    assert (parcel.state, parcel.force_reason) == ("checked", "条码破损")
    assert "强制 1" in page(client, "shipping-scan")
    client.post(reverse("shipping-recheck", args=[parcel.pk]))
    parcel.refresh_from_db()
    assert parcel.state == "printed"


def test_scans_made_offline_keep_their_time(parcel: Parcel) -> None:
    beep(person(), parcel, "MUG", at="2026-11-22T05:00:00Z")
    assert Scan.objects.get().at.isoformat() == "2026-11-22T05:00:00+00:00"


def test_a_parcel_of_another_shop_is_not_found(parcel: Parcel) -> None:
    other = making.shop("乙")
    client = person("warehouse", [other.pk])
    assert client.get(reverse("shipping-scan-parcel", args=[parcel.pk])).status_code == 404
    assert "没有这个单号" in page(client, "shipping-scan", code="78912206330393")


def test_many_items_cost_as_many_statements_as_one() -> None:
    client = person()
    few, many = making.parcel(), making.parcel(making.order({making.sku(f"S{n}"): 1 for n in range(50)}))
    one = queries_of(lambda: page(client, "shipping-scan-parcel", few.pk))
    assert queries_of(lambda: page(client, "shipping-scan-parcel", many.pk)) == one
