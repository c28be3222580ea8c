"""A single item becomes a bundle only while nothing of it lies here or is promised."""

import pytest

from danshu.catalogue import operations as catalogue
from danshu.catalogue.operations import SkuDraft
from danshu.core.errors import DomainError
from danshu.stock import operations as stock
from danshu.stock.tests.goods import CLERK, NOW, demand, fill, reserve, sku, warehouse

pytestmark = pytest.mark.django_db


def bundle(*items, part):
    catalogue.save_skus([SkuDraft(item.code, item.name, id=item.pk, parts=((part.pk, 2),)) for item in items], by=CLERK, now=NOW)


def refused(item, part):
    with pytest.raises(DomainError) as error:
        bundle(item, part=part)
    item.refresh_from_db()
    assert not item.is_bundle
    assert error.value.code == "sku.has_stock"
    return error.value.message


def test_what_has_stock_stays_single():
    towel, part = sku("TOWEL"), sku("PART")
    fill(warehouse(), {towel: 4})
    assert "还有 4 件库存" in refused(towel, part)


def test_what_is_promised_stays_single_and_what_is_free_may_turn():
    towel, part = sku("TOWEL"), sku("PART")
    place = warehouse()
    fill(place, {towel: 4})
    reserve(demand(1, towel, 4))
    assert "有订单锁着 4 件" in refused(towel, part)
    stock.release([1001], by=CLERK, now=NOW)
    stock.adjust([stock.Piece(towel.pk, place.pk, -4)], by=CLERK, now=NOW, reason="清空")
    bundle(towel, part=part)
    towel.refresh_from_db()
    assert towel.is_bundle


def test_fifty_cost_as_many_statements_as_two(same_queries):
    part = sku("PART")
    items = [sku(f"T{i}") for i in range(52)]
    same_queries(lambda: bundle(*items[:2], part=part), lambda: bundle(*items[2:], part=part))
