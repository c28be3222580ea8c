"""Words of a chat → the SKU that is meant."""

from datetime import UTC, datetime

import pytest

from danshu.catalogue.codes import loose
from danshu.catalogue.guessing import guess
from danshu.catalogue.models import Listing, Sku
from danshu.channels.models import Shop

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
GOODS = [
    ("MY-MG-1", "手作陶瓷马克杯", "雾蓝"), ("MY-MG-2", "手作陶瓷马克杯", "奶白"), ("MY-TW-1", "竹纤维毛巾", "雾蓝"),
    ("MY-LP-1", "蘑菇小夜灯", ""),
    ("MY-AP-L", "亚麻围裙", "燕麦 L"), ("MY-AP-XL", "亚麻围裙", "燕麦 XL"), ("MY-BW-1", "日式饭碗", "奶白"),
]  # fmt: skip


@pytest.fixture
def skus():
    made = [
        Sku.objects.create(code=code, loose_code=loose(code), name=name, spec=spec, created_at=NOW, updated_at=NOW)
        for code, name, spec in GOODS
    ]
    return {sku.code: sku for sku in made}


def best(text, **how):
    (found,) = guess([text], **how)
    return (found[0].code, found[0].is_sure) if found else None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("MY-MG-1", "MY-MG-1"), ("my mg 2", "MY-MG-2"), ("要MY-TW-1那个", "MY-TW-1"), ("雾蓝马克杯", "MY-MG-1"),
        ("马克杯（奶白）", "MY-MG-2"), ("蘑菇灯", "MY-LP-1"), ("毛巾", "MY-TW-1"), ("亚麻围裙 XL", "MY-AP-XL"),
        ("围裙 燕麦 L", "MY-AP-L"), ("饭碗", "MY-BW-1"),
    ],
)  # fmt: skip
def test_what_names_one_thing_is_sure(skus, text, code):
    assert best(text) == (code, True)


@pytest.mark.parametrize(
    ("text", "among"),
    [
        ("马克杯", {"MY-MG-1", "MY-MG-2"}),
        ("雾蓝", {"MY-MG-1", "MY-TW-1"}),
        ("围裙", {"MY-AP-L", "MY-AP-XL"}),
    ],
)
def test_what_fits_two_is_left_to_a_person_with_both(skus, text, among):
    (found,) = guess([text])
    assert not any(each.is_sure for each in found)
    assert {each.code for each in found[:2]} == among


@pytest.mark.parametrize("text", ["", "   ", "保温壶", "🙂"])
def test_what_nobody_sells_finds_nothing(skus, text):
    assert best(text) is None


def test_a_colour_that_is_not_there_is_not_taken_for_another(skus):
    (found,) = guess(["红色马克杯"])
    assert not any(each.is_sure for each in found)


def test_a_listings_title_is_a_name_too(skus):
    shop, other = (Shop.objects.create(name=name, platform="taobao", created_at=NOW) for name in ("木屿家居", "木屿好物"))
    Listing.objects.create(
        shop=shop, key="item:1/sku:1", title="北欧风蘑菇台灯卧室床头氛围灯", sku=skus["MY-LP-1"], seen_at=NOW, created_at=NOW
    )
    assert best("氛围灯", shop_ids=[shop.pk]) == ("MY-LP-1", True)
    assert best("床头氛围", shop_ids=[other.pk]) is None


def test_goods_no_longer_sold_are_not_offered(skus):
    Sku.objects.filter(code="MY-LP-1").update(is_active=False)
    assert best("蘑菇小夜灯") is None


def test_fifty_texts_cost_as_many_statements_as_one(skus, same_queries):
    assert same_queries(lambda: guess(["雾蓝马克杯"]), lambda: guess([f"雾蓝马克杯 {n}" for n in range(50)])) == 2
