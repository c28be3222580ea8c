"""Decisions about platform items cost the same for one as for fifty."""

from datetime import UTC, datetime

import pytest

from danshu.catalogue import operations as catalogue
from danshu.catalogue.models import Listing, Sku
from danshu.catalogue.operations import Want
from danshu.channels.models import Shop
from danshu.core.actor import Actor

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
BY = Actor(None, "小方")


@pytest.fixture
def towel():
    return Sku.objects.create(code="TOWEL", loose_code="TOWEL", name="毛巾", created_at=NOW, updated_at=NOW)


@pytest.fixture
def listing_ids():
    shop = Shop.objects.create(name="木野家居", platform="taobao", created_at=NOW)
    wants = [Want(f"i{n}", f"s{n}", f"C{n}", "", f"平台商品 {n}", "", "") for n in range(51)]
    catalogue.resolve(shop.pk, wants, now=NOW)
    return list(Listing.objects.order_by("pk").values_list("pk", flat=True))


def test_mapping_fifty_costs_as_many_statements_as_one(towel, listing_ids, same_queries):
    def work(ids):
        return lambda: catalogue.map_listings(ids, sku_id=towel.pk, by=BY, now=NOW)

    same_queries(work(listing_ids[:1]), work(listing_ids[1:]))
    assert Listing.objects.filter(sku=towel).count() == 51


def test_ignoring_fifty_costs_as_many_statements_as_one(listing_ids, same_queries):
    def work(ids):
        return lambda: catalogue.ignore_listings(ids, by=BY, now=NOW)

    same_queries(work(listing_ids[:1]), work(listing_ids[1:]))
    assert Listing.objects.filter(is_ignored=True).count() == 51
