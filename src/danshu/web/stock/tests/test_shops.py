"""What shops show: rules, the reckoning of a SKU, the table of drifts, and saying it again."""

import pytest

from danshu.audit.models import Entry
from danshu.channels.models import Offer, OfferRule
from danshu.core import clock, jobs
from danshu.flows import stock_sync
from danshu.flows.tests.sync_world import compare, listing, shelf, shop, shown
from danshu.stock.tests.goods import sku

pytestmark = pytest.mark.django_db


def test_the_page_of_a_sku_reckons_every_shop_step_by_step(boss, towel):
    """7 can be sold: 40 % of 7 is 2.8, so 2; a shop without an adapter shows its number too, to be typed in by hand."""
    near, far = shop("近店"), shop("远店", platform="youzan")
    listing(near, towel)
    listing(far, towel, quantity=2)
    boss.post(f"/stock/shops/{near.pk}/", {"mode": "share", "percent": "40", "is_pushed": "on"})
    page = boss.get(f"/stock/shops/sku/{towel.pk}/").text
    for said in ("按比例 40%，向下取整", "近店", "远店", "平台上一件含 2 件", "请按这个数在平台后台手工改", "总库存"):
        assert said in page
    assert page.count("这家店显示") == 2


def test_a_bundle_shows_its_scarcest_part(boss, towel):
    pair = sku("PAIR", parts={towel: 2, sku("SOAP"): 1})
    assert "组合装能卖的套数由最缺的子件决定：0 套" in boss.get(f"/stock/shops/sku/{pair.pk}/").text


def test_a_rule_reaches_the_shop(boss, towel):
    where = shop()
    one = listing(where, towel)
    compare()
    assert shown(one) == [7]
    answer = boss.post(f"/stock/shops/{where.pk}/", {"mode": "shared", "cap": "5", "stale_minutes": "30", "is_pushed": "on"})
    assert answer.status_code == 302
    jobs.drain()
    compare()
    assert shown(one) == [5]
    where.refresh_from_db()
    assert where.settings["stale_minutes"] == 30
    assert Entry.objects.filter(verb="offers.ruled").count() == 2


def test_a_listing_may_have_a_rule_of_its_own_and_give_it_up(boss, towel):
    where = shop()
    one = listing(where, towel)
    address = f"/stock/shops/{where.pk}/listing/{one.pk}/"
    boss.post(address, {"mode": "quota", "quota": "3"})
    assert OfferRule.objects.get().is_pushed is False
    assert "定额 3，已卖 0，还能给 3" in boss.get(f"/stock/shops/sku/{towel.pk}/").text
    assert "跟随店铺规则" in boss.get(address).text
    boss.post(address, {"drop": "1"})
    assert OfferRule.objects.count() == 0


def test_a_rule_that_makes_no_sense_comes_back_with_what_was_typed(boss, towel):
    where = shop()
    answer = boss.post(f"/stock/shops/{where.pk}/", {"mode": "share", "percent": "140"})
    assert answer.status_code == 422
    assert 'value="140"' in answer.text
    assert OfferRule.objects.count() == 0


def test_the_table_of_drifts_shows_ours_the_said_and_the_platforms(boss, towel):
    where = shop()
    one = listing(where, towel)
    assert "都对得上" in boss.get("/stock/shops/").text
    shelf(where).behave(refuse=[one.platform_item_id])
    compare()
    page = boss.get("/stock/shops/").text
    for said in ("演练店不收这个商品的库存", "MY-TW-1", "再推", "第 1 次没成"):
        assert said in page
    shelf(where).behave()
    assert boss.post("/stock/shops/push/", {"listing": one.pk}).status_code == 302
    jobs.drain()
    assert shown(one) == [7]
    assert "都对得上" in boss.get("/stock/shops/").text
    assert Entry.objects.filter(verb="offers.pushed_again").count() == 1


def test_saying_it_again_puts_right_what_we_believed_was_right(boss, towel):
    where = shop()
    one = listing(where, towel)
    compare()
    shelf(where).drift(stock_sync.key_of(one), 80)
    boss.post("/stock/shops/push/", {"listing": one.pk})
    jobs.drain()
    assert shown(one) == [7]


def test_a_silent_shop_is_announced(boss, towel):
    where = shop(stale_minutes=30)
    listing(where, towel)
    where.last_intake_at = clock.now().replace(year=2020)
    where.save()
    stock_sync.watch_streams()
    page = boss.get("/stock/shops/").text
    assert "正按保守数推送" in page
    assert "断流" in page


def test_people_see_the_shops_that_are_theirs(operator, client_of, towel):
    mine, other = shop("我的店"), shop("别家店")
    listing(mine, towel)
    theirs = listing(other, towel)
    operator.shop_ids = [mine.pk]
    operator.save()
    client = client_of(operator)
    for address in ("/stock/shops/?v=all", f"/stock/shops/sku/{towel.pk}/"):
        page = client.get(address).text
        assert "我的店" in page
        assert "别家店" not in page
    assert client.get(f"/stock/shops/{other.pk}/").status_code == 404
    client.post("/stock/shops/push/", {"listing": theirs.pk})
    assert not Offer.objects.filter(listing_id=theirs.pk).exists()


def test_who_may_only_look_gets_no_buttons(viewer, client_of, towel):
    one = listing(shop(), towel)
    compare()
    page = client_of(viewer).get("/stock/shops/?v=all").text
    assert 'action="/stock/shops/push/"' not in page
    assert f'href="/stock/shops/{one.shop_id}/"' not in page
    assert client_of(viewer).post("/stock/shops/push/", {"listing": one.pk}).status_code == 403


def test_one_row_and_fifty_cost_the_same(boss, towel, same_queries):
    where = shop()
    listing(where, towel)
    compare()
    one = list(Offer.objects.all())
    boss.get("/stock/shops/?v=all")

    def few():
        boss.get("/stock/shops/?v=all")
        boss.get(f"/stock/shops/sku/{towel.pk}/")

    counted = same_queries(few, few)
    for n in range(40):
        listing(where if n % 2 else shop(f"店 {n}"), towel, name=f"N{n}")
    compare()
    assert Offer.objects.count() == 40 + len(one)
    assert same_queries(few, few) == counted
