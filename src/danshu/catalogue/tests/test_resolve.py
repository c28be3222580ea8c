"""Which SKU is meant by what a platform calls it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from danshu.catalogue import operations as catalogue
from danshu.catalogue.codes import clean, loose
from danshu.catalogue.models import Listing
from danshu.catalogue.operations import SkuDraft, Want
from danshu.channels.models import Shop
from danshu.core.actor import Actor
from danshu.core.models import EventRow

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
BY = Actor(None, "小方")


@pytest.fixture
def shop():
    return Shop.objects.create(name="木屿家居", platform="taobao", created_at=NOW)


def sku(code, **more):
    return catalogue.save_skus([SkuDraft(code, "毛巾", **more)], by=BY, now=NOW)[0]


def ask(shop, *wants, now=NOW):
    return catalogue.resolve(shop.pk, wants, now=now)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("my-tw 1137", "MYTW1137"), ("MY＿TW１１３７", "MYTW1137"), (" a.b/c ", "ABC"), ("---", ""), ("\u200bX1", "X1"), ("'0012", "0012")],
)
def test_loose_codes_forget_case_spaces_and_separators(written, meant):
    assert loose(written) == meant


def test_clean_codes_keep_what_counts():
    assert clean(" 'MY-TW 1 ") == "MY-TW 1"


def test_exact_then_loose_then_barcode(shop):
    exact, other, third = sku("A-1"), sku("B-2"), sku("C-3", barcode="6901234000013")
    answers = ask(
        shop, Want(merchant_code="A-1"), Want(merchant_code="b 2"), Want(title="x", barcode="6901234000013"), Want(merchant_code="nobody"),
    )  # fmt: skip
    assert [answer.sku_id for answer in answers] == [exact, other, third, None]
    assert list(Listing.objects.order_by("id").values_list("mapped_by", flat=True)) == ["exact", "loose", "barcode", ""]


def test_a_code_that_could_be_two_skus_is_nobodys(shop):
    sku("AB-1")
    sku("A-B1")
    assert ask(shop, Want(merchant_code="ab1"))[0].sku_id is None


def test_one_listing_however_often_it_is_seen(shop):
    first = ask(shop, Want(item_id="7", sku_id="8", title="毛巾"), Want(item_id="7", sku_id="8"))
    second = ask(shop, Want(item_id="7", sku_id="8", title="毛巾 新标题"))
    assert {answer.listing_id for answer in [*first, *second]} == {first[0].listing_id}
    assert Listing.objects.count() == 1


def test_a_hand_mapping_wins_over_codes_and_is_remembered_under_weaker_names(shop):
    wrong, right = sku("A-1"), sku("B-2")
    (by_code,) = ask(shop, Want(merchant_code="A-1"))
    catalogue.map_listings([by_code.listing_id], sku_id=right, quantity=2, by=BY, now=NOW)
    answers = ask(shop, Want(merchant_code="A-1"), Want(item_id="7", sku_id="8", merchant_code="A-1"))
    assert [(answer.sku_id, answer.quantity) for answer in answers] == [(right, 2), (right, 2)]
    assert wrong not in {answer.sku_id for answer in answers}


def test_ignored_items_stay_ignored_under_another_id(shop):
    (freight,) = ask(shop, Want(title="运费补差价"))
    catalogue.ignore_listings([freight.listing_id], by=BY, now=NOW)
    assert ask(shop, Want(item_id="9", sku_id="1", title="运费补差价"))[0].is_ignored


def test_another_shop_is_another_memory(shop):
    other = Shop.objects.create(name="分店", platform="pdd", created_at=NOW)
    right = sku("B-2")
    (mine,) = ask(shop, Want(title="毛巾", spec="米白"))
    catalogue.map_listings([mine.listing_id], sku_id=right, by=BY, now=NOW)
    assert ask(other, Want(title="毛巾", spec="米白"))[0].sku_id is None


def test_an_item_id_without_a_sku_id_knows_its_specs_apart(shop):
    white, blue = ask(shop, Want(item_id="7", spec="白"), Want(item_id="7", spec="蓝"))
    assert white.listing_id != blue.listing_id


def test_a_corrected_code_on_the_platform_is_followed(shop):
    right = sku("B-2")
    assert ask(shop, Want(item_id="7", sku_id="8", merchant_code="TYPO"))[0].sku_id is None
    assert ask(shop, Want(item_id="7", sku_id="8", merchant_code="B-2"))[0].sku_id == right
    assert ask(shop, Want(item_id="7", sku_id="8", merchant_code="UNKNOWN"))[0].sku_id == right


def test_a_new_sku_finds_the_items_that_waited_for_it(shop):
    (waiting,) = ask(shop, Want(merchant_code="NEW-9"))
    made = sku("new 9")
    assert Listing.objects.get(pk=waiting.listing_id).sku_id == made
    assert EventRow.objects.filter(kind="catalogue.ListingsMapped").count() == 1


def test_an_own_sku_is_made_from_a_listing(shop):
    answers = ask(shop, Want(merchant_code="P-1", title="杯子", spec="蓝"), Want(title="盘子"))
    made = catalogue.make_skus([answer.listing_id for answer in answers], by=BY, now=NOW)
    assert len(made) == 2
    assert [answer.sku_id for answer in ask(shop, Want(merchant_code="P-1"), Want(title="盘子"))] == made


def test_seen_at_moves_by_half_days(shop):
    ask(shop, Want(title="毛巾"))
    ask(shop, Want(title="毛巾"), now=NOW + timedelta(hours=1))
    assert Listing.objects.get().seen_at == NOW
    ask(shop, Want(title="毛巾"), now=NOW + timedelta(hours=13))
    assert Listing.objects.get().seen_at == NOW + timedelta(hours=13)


def test_the_number_of_statements_does_not_grow(shop):
    def statements(count):
        wants = [Want(item_id=f"{count}", sku_id=f"{count}-{i}", merchant_code=f"K{count}-{i}", title="t") for i in range(count)]
        with CaptureQueriesContext(connection) as seen:
            ask(shop, *wants)
            ask(shop, *wants)
        return len(seen)

    assert statements(1) == statements(50) == statements(600)
