"""Giving parcels up and importing numbers cost the same for two as for fifty."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from danshu.fulfilment import operations as fulfilment
from danshu.fulfilment.models import Parcel
from danshu.fulfilment.tests import making
from danshu.fulfilment.tests.making import BY, NOW
from danshu.orders.models import Order

pytestmark = pytest.mark.django_db


def test_giving_parcels_up(same_queries: Callable[..., int]) -> None:
    ids = fulfilment.open_parcels([making.order().pk for _ in range(52)], by=BY, now=NOW)
    same_queries(lambda: fulfilment.void_parcels(ids[:2], by=BY, now=NOW), lambda: fulfilment.void_parcels(ids[2:], by=BY, now=NOW))
    assert not Parcel.objects.exclude(state="void").exists()


def test_importing_numbers(same_queries: Callable[..., int], tmp_path: Path) -> None:
    made = [making.order() for _ in range(52)]

    def table(name: str, some: list[Order]) -> Path:
        rows = [f"{order.platform_no},中通快递,789122063{order.pk:05d}" for order in some]
        path = tmp_path / name
        path.write_text("\n".join(["订单编号,快递公司,运单号", *rows]), encoding="utf-8")
        return path

    few, many = table("few.csv", made[:2]), table("many.csv", made[2:])
    same_queries(lambda: fulfilment.import_waybills(few, by=BY, now=NOW), lambda: fulfilment.import_waybills(many, by=BY, now=NOW))
    assert Parcel.objects.exclude(waybill_no="").count() == 52
