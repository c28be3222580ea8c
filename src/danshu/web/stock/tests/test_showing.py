"""What the stock list and its drawer say of the shops: each one's number, and whether its platform has it."""

import re
from datetime import timedelta
from html import unescape

import pytest

from danshu.audit.models import Entry
from danshu.channels.models import Offer, OfferRule, Shop, ShopConnection, ShopSync
from danshu.channels.operations.offer_rules import RuleDraft, set_rules
from danshu.core import clock, jobs
from danshu.core.models import Schedule
from danshu.flows import stock_sync
from danshu.flows.tests.sync_world import compare, listing, shelf, ship_in, shop
from danshu.stock.models import Warehouse
from danshu.stock.tests.goods import CLERK, demand, fill, reserve, sku, warehouse
from danshu.web.stock.showing import CELLS, showing

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(towel):
    return Warehouse.objects.get()


def told(item):
    return showing([item.pk], Shop.objects.all(), now=clock.now())[item.pk]


def text(page):
    """The words of a page as a person reads them, cell by cell."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def rule(where, one=None, **terms):
    set_rules([RuleDraft(where.pk, one.pk if one else 0, **terms)], by=CLERK, now=clock.now())


def stumbles(item, place, how):
    """A shop that showed the right number, and answers no call any more when five pieces come."""
    where = shop()
    listing(where, item)
    compare()
    shelf(where).behave(fail=how)
    ship_in(place, item, 5)
    compare()
    return where


def test_a_line_says_what_each_shop_shows_and_that_all_of_them_do(boss, towel):
    near, far = shop("近店"), shop("远店")
    listing(near, towel)
    listing(far, towel)
    rule(far, mode="share", percent=40)
    compare()
    said = text(boss.get("/stock/").text)
    assert "练 7 练 2 2 / 2 店铺 刚刚" in said
    assert "已分配到 2 店" in said


def test_a_shop_with_several_listings_shows_from_where_to_where(towel):
    where = shop()
    listing(where, towel, name="A")
    listing(where, towel, name="B", quantity=2)
    (cell,) = told(towel).cells
    assert cell.number == "3–7"


def test_what_a_platform_refuses_is_said_on_the_line_counted_and_found(boss, towel):
    near, far = shop("近店"), shop("远店")
    bad = listing(near, towel)
    listing(far, towel)
    other = sku("FINE", name="好好的")
    fill(Warehouse.objects.get(), {other: 3})
    listing(far, other)
    shelf(near).behave(refuse=[bad.platform_item_id])
    compare()
    page = boss.get("/stock/?v=failed").text
    assert "演练店推送失败" in page
    assert "再试" in text(page)
    assert "推送失败 1" in text(page)
    assert "好好的" not in page
    shelf(near).behave()
    boss.post("/stock/shops/push/", {"listing": bad.pk})
    jobs.drain()
    assert "推送失败 0" in text(boss.get("/stock/").text)
    assert told(towel).pushed.said == "2 / 2 店铺"


def test_several_shops_that_fail_are_counted(towel):
    for name in ("近店", "远店"):
        where = shop(name)
        one = listing(where, towel)
        shelf(where).behave(refuse=[one.platform_item_id])
    compare()
    assert told(towel).pushed.said == "2 店推送失败"


def test_a_shop_whose_platform_takes_nothing_fails_with_all_it_has_to_say(boss, towel, place):
    stumbles(towel, place, "expired")
    assert told(towel).pushed.said == "演练店推送失败"
    assert [one.said for one in told(towel).failed] == ["显示 7"]
    drawer = text(boss.get("/stock/?open=MY-TW-1").text)
    assert "平台仍显示 7，应为 12。原因：演练店的授权过期了。请重新授权，然后再推。" in drawer
    assert "1 失败" in drawer


def test_a_platform_that_is_busy_once_has_not_failed(towel, place):
    where = stumbles(towel, place, "rate_limited")
    assert told(towel).pushed.said == "正在推送 0 / 1"
    ShopSync.objects.filter(pk=where.pk).update(failures=3)
    assert told(towel).pushed.said == "演练店推送失败"


def test_a_shop_that_must_be_authorised_again_leads_there(boss, towel, place):
    where = shop()
    listing(where, towel)
    compare()
    ShopConnection.objects.create(shop=where, state="refused", hook_key="k")
    Offer.objects.update(is_due=True)
    page = boss.get("/stock/?open=MY-TW-1").text
    assert f'href="/settings/shops/{where.pk}/connect/"' in page
    assert "重新授权" in page


def test_a_number_on_its_way_says_so(towel, place):
    near, far = shop("近店"), shop("远店")
    listing(near, towel)
    listing(far, towel)
    rule(far, cap=3)
    compare()
    assert told(towel).pushed.said == "2 / 2 店铺"
    ship_in(place, towel, 5)
    assert told(towel).pushed.said == "正在推送 1 / 2"  # the shop that never shows more than 3 shows 3 already


def test_a_listing_that_nobody_compared_yet_waits_for_the_next_round(towel):
    listing(shop(), towel)
    assert told(towel).pushed.said == "等待下一轮"


def test_what_is_sold_out_is_off_everywhere(towel):
    listing(shop(), towel)
    reserve(demand(9, towel, 7))
    compare()
    assert told(towel).pushed.said == "已置 0 · 停售"


def test_shops_that_nobody_can_tell_are_kept_by_hand(boss, towel):
    listing(shop("有赞店", platform="youzan"), towel)
    assert told(towel).pushed.said == "手工改"
    assert "赞 7 手工改" in text(boss.get("/stock/").text)
    assert "店铺接上平台后，变动即时推" in boss.get("/stock/").text


def test_a_rule_may_say_not_to_tell_a_shop(towel):
    where = shop()
    listing(where, towel)
    rule(where, is_pushed=False)
    compare()
    assert told(towel).pushed.said == "不推送"


def test_a_line_has_room_for_four_shops_and_what_failed_is_among_them(towel):
    shops = [shop(f"店 {n}") for n in range(6)]
    ones = [listing(where, towel) for where in shops]
    for n, where in enumerate(shops):
        rule(where, cap=7 - n)
    shelf(shops[5]).behave(refuse=[ones[5].platform_item_id])
    compare()
    shown = told(towel)
    assert [cell.number for cell in shown.cells] == ["7", "6", "5", "2"]
    assert (len(shown.cells), shown.more, shown.cells[-1].is_failed) == (CELLS, 2, True)


def test_people_see_the_shops_that_are_theirs(operator, client_of, towel):
    mine, other = shop("我的店"), shop("别家店", platform="youzan")
    listing(mine, towel)
    listing(other, towel)
    compare()
    operator.shop_ids = [mine.pk]
    operator.save()
    client = client_of(operator)
    for address in ("/stock/", "/stock/?open=MY-TW-1", "/stock/?open=MY-TW-1&tab=shops", "/stock/?open=MY-TW-1&tab=pushes"):
        page = client.get(address).text
        assert "我的店" in page
        assert "别家店" not in page
    assert "已分配到 1 店" in page


def test_the_drawer_reckons_each_shop_and_lists_what_was_said(boss, towel):
    where = shop("近店")
    listing(where, towel)
    rule(where, mode="share", percent=40)
    compare()
    first = text(boss.get("/stock/?open=MY-TW-1").text)
    assert "按比例 40%" in first
    assert "近店 2 已同步" in first
    assert "按比例 40%，向下取整" in boss.get("/stock/?open=MY-TW-1&tab=shops").text
    pushes = text(boss.get("/stock/?open=MY-TW-1&tab=pushes").text)
    assert re.search(r"近店 2 成功 [\d.]+ 秒", pushes)


def test_a_failing_listing_is_set_to_nothing_with_one_button_and_may_follow_its_shop_again(boss, towel, place):
    where = shop("近店")
    one = listing(where, towel)
    rule(where, mode="share", percent=50, stop_line=1)
    compare()
    shelf(where).behave(refuse=[one.platform_item_id])
    ship_in(place, towel, 4)
    compare()
    page = boss.get("/stock/?open=MY-TW-1").text
    assert "先把演练店置 0" in page
    address = f"/stock/shops/{where.pk}/listing/{one.pk}/"
    assert boss.post(address, {"zero": "1", "next": "/stock/?open=MY-TW-1"}).url == "/stock/?open=MY-TW-1"
    own = OfferRule.objects.get(listing_id=one.pk)
    assert (own.mode, own.percent, own.stop_line, own.cap) == ("share", 50, 1, 0)
    assert told(towel).told[0].number.number == 0
    assert Entry.objects.filter(verb="offers.ruled", target_kind="listing").count() == 1
    boss.post(address, {"drop": "1"})
    assert told(towel).told[0].number.number == 5


def test_who_may_only_look_gets_no_buttons(viewer, client_of, towel):
    where = shop()
    one = listing(where, towel)
    shelf(where).behave(refuse=[one.platform_item_id])
    compare()
    page = client_of(viewer).get("/stock/?open=MY-TW-1").text
    assert "推送失败" in page
    assert "<form method=\"post\"" not in page.split("ds-drawer", 1)[1].split("</ds-drawer", 1)[0]


def test_the_head_says_when_all_is_compared_next(boss, towel):
    listing(shop(), towel)
    Schedule.objects.create(name=stock_sync.COMPARISON, next_run_at=clock.now() + timedelta(minutes=4, seconds=10.9))
    assert "4 分 10 秒" in boss.get("/stock/").text
    Schedule.objects.update(next_run_at=clock.now() - timedelta(seconds=1))
    assert "正在核对" in boss.get("/stock/").text


def test_warehouses_stand_side_by_side_while_there_are_few(boss, towel):
    warehouse("义乌仓")
    said = text(boss.get("/stock/").text)
    assert "杭州仓 / 义乌仓" in said
    assert "10 / 0" in said
    assert "杭州仓 10 · 义乌仓 0" in said  # the pieces of the whole house
    for name in ("广州仓", "成都仓"):
        warehouse(name)
    said = text(boss.get("/stock/").text)
    assert "各仓" in said
    assert "4 个仓库" in said


def test_a_tag_narrows_the_list(boss, towel):
    type(towel).objects.filter(pk=towel.pk).update(tags=["浴室"])
    fill(Warehouse.objects.get(), {sku("CUP", name="马克杯"): 1})
    page = boss.get("/stock/?tag=浴室").text
    assert "竹纤维毛巾" in page
    assert "马克杯" not in page
    assert "没有符合的商品" in boss.get("/stock/?tag=厨房").text


def test_one_row_and_fifty_in_many_shops_cost_the_same(boss, towel, same_queries):
    near, far = shop("近店"), shop("远店")
    bad = listing(near, towel)
    listing(far, towel)
    shelf(near).behave(refuse=[bad.platform_item_id])
    compare()

    def look():
        for tab in ("", "shops", "pushes", "locks"):
            boss.get(f"/stock/?open=MY-TW-1&tab={tab}")

    look()
    counted = same_queries(look, look)
    goods = {sku(f"S{n:02}"): 3 for n in range(49)}
    fill(Warehouse.objects.get(), goods)
    refused = [listing(where, item).platform_item_id for item in goods for where in (near, far)]
    shelf(near).behave(refuse=[bad.platform_item_id, *refused])
    compare()
    assert same_queries(look, look) == counted
