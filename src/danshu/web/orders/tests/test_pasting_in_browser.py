"""聊天下单 under hands: pasted, looked at, corrected, confirmed; on a desk, on a phone and without scripts."""

from __future__ import annotations

import pytest

from danshu.channels.models import Shop
from danshu.core import clock
from danshu.orders.models import Order
from danshu.orders.receiver import plain
from danshu.stock.models import Balance

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),  # the live stream outlives its test's database
]
TEXT = """小雨 2026/5/1 12:30
雾蓝马克杯两个
收件人 李小雨 13800010001
浙江杭州余杭区文一西路969号3幢502
不要发中通，转账 ¥116
阿梅 2026/5/1 12:41
北京市朝阳区富康路姚家园3楼马小云13800010002
毛巾四条，小夜灯一个
老陈 2026/5/1 12:52
在吗，那个雾蓝的还有吗
陈大文 13800010003 广东省东莞市虎门镇运河北路84号 竹纤维毛巾3条"""
WIDTHS = pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])


@pytest.fixture
def wechat(house):
    return Shop.objects.create(name="木屿私域", platform="wechat", created_at=clock.now())


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@WIDTHS
def test_a_paste_becomes_orders(house, wechat, owner, page_of, axe, shot, phone):
    Balance.objects.filter(sku=house.towel).update(on_hand=5)
    page = page_of(owner, phone=phone)
    where = "phone" if phone else "desk"
    page.goto("/orders/")
    shot(page, f"paste-list-{where}")
    page.locator("a[href='/orders/paste/']:visible").click()
    assert axe(page) == []
    assert fits(page)
    shot(page, f"paste-{where}")
    page.locator("[name=text]").fill(TEXT)
    page.get_by_role("button", name="识别订单").click()
    page.locator(".orders-pasted").first.wait_for()
    assert page.locator(".orders-pasted").count() == 3
    assert axe(page) == []
    assert fits(page)
    shot(page, f"pasted-{where}")
    second = page.locator(".orders-pasted").nth(1)
    second.scroll_into_view_if_needed()
    shot(page, f"pasted-second-{where}")
    assert page.locator("[name='o1-name']").input_value() == ""
    assert "3楼马小云" in second.locator("mark.tone-amber").all_inner_texts()[0] + second.inner_text()
    page.locator("[name='o1-name']").fill("马小云")
    page.locator("[name='o1-address']").fill("富康路姚家园3楼")
    page.locator("[name='o1-choice']").nth(1).select_option("")
    page.locator("[name='o1-quantity']").nth(1).fill("")
    second.locator("[name=pick]").check()
    page.get_by_role("button", name="建勾选的订单").click()
    page.locator(".orders-pasted .note.tone-rose").wait_for()
    assert Order.objects.count() == 2
    assert page.locator(".orders-pasted").count() == 1
    assert "还剩 1 件" in page.locator(".orders-pasted .note.tone-rose").inner_text()
    assert axe(page) == []
    shot(page, f"pasted-refused-{where}")
    page.locator("[name='o2-quantity']").first.fill("1")
    page.get_by_role("button", name="建勾选的订单").click()
    page.wait_for_url("**/orders/*/")
    assert {plain(order).name for order in Order.objects.all()} == {"李小雨", "马小云", "陈大文"}
    assert set(Order.objects.values_list("source", flat=True)) == {"paste"}


def test_it_goes_without_scripts(house, wechat, owner, page_of):
    page = page_of(owner, javascript=False)
    page.goto("/orders/paste/")
    page.locator("[name=text]").fill(TEXT)
    page.get_by_role("button", name="识别订单").click()
    page.get_by_role("button", name="改文字").click()
    assert page.locator("[name=text]").input_value() == TEXT
    page.get_by_role("button", name="识别订单").click()
    page.get_by_role("button", name="建勾选的订单").click()
    assert page.locator(".orders-pasted").count() == 1
    assert Order.objects.count() == 2
