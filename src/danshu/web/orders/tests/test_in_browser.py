"""The pages in a real browser: accessible in every dress, moved by hand and by key, and usable without scripts."""

from __future__ import annotations

import pytest

from danshu.orders.models import Order
from tests.browser import until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),  # the live stream outlives its test's database
]


@pytest.mark.looks
@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_axe_finds_nothing(house, owner, page_of, axe, phone):
    (order,) = house.place(1, codes=("MY-MG-1", "MY-LP-1"), buyer_message="请多包一层", flag="red", hours=-2)
    house.place(2, same_person=True)
    page = page_of(owner, phone=phone)
    for url in (
        "/board/",
        "/orders/",
        "/orders/?flag=red",
        f"/orders/?open={order.no}",
        f"/orders/{order.no}/?tab=log",
        "/orders/new/",
        f"/orders/{order.no}/split/",
        f"/orders/{order.no}/receiver/",
    ):
        page.goto(url)
        assert axe(page) == [], url


def test_fourteen_rows_are_on_a_desk(house, owner, page_of):
    house.place(20)
    page = page_of(owner)
    page.goto("/orders/")
    heights = page.eval_on_selector_all("#rows tr", "rows => rows.map(row => row.getBoundingClientRect())")
    foot = page.locator(".orders-foot").bounding_box()["y"]
    assert len([row for row in heights if row["top"] < foot - 8]) >= 14
    assert heights[0]["height"] <= 49.5


def test_a_card_moves_by_its_button_and_goes_back_by_the_toast(house, picker, page_of):
    (order,) = house.place()
    page = page_of(picker)
    page.goto("/board/")
    page.locator(".oc").hover()
    page.locator(".oc .quick > button").click()
    page.locator(f"#col-printed [data-no='{order.no}']").wait_for()
    page.locator("ds-toast form button").click()
    page.locator(f"#col-todo [data-no='{order.no}']").wait_for()


def test_a_card_is_dragged_to_the_next_column(house, picker, page_of):
    (order,) = house.place()
    page = page_of(picker)
    page.goto("/board/")
    until(page, "window.Sortable && document.querySelector('ds-kanban').sorts")
    card, target = page.locator(".oc .g").bounding_box(), page.locator("#col-printed .list").bounding_box()
    page.mouse.move(card["x"] + 60, card["y"] + 10)
    page.mouse.down()
    page.mouse.move(card["x"] + 120, card["y"] + 30, steps=4)
    page.mouse.move(target["x"] + 60, target["y"] + 60, steps=12)
    page.mouse.up()
    page.locator("ds-toast").wait_for()
    assert Order.objects.get(pk=order.pk).fulfilment == "printed"


def test_rows_are_ticked_opened_and_walked_by_keys(house, owner, page_of):
    house.place(3)
    page = page_of(owner)
    page.goto("/orders/")
    assert not page.locator("#bar").is_visible()
    page.keyboard.press("j")
    page.locator("#rows tr.cur").wait_for()
    page.keyboard.press("x")
    page.locator("#bar").wait_for()
    assert "1 单" in page.locator("#bar").inner_text()
    assert "¥58.00" in page.locator("#bar").inner_text()
    page.locator("#rows tr").nth(1).locator(".orders-who").click()
    page.locator("ds-drawer").wait_for()
    assert "open=" in page.url
    page.keyboard.press("Escape")
    page.locator("ds-drawer").wait_for(state="detached")
    assert "open=" not in page.url


def test_what_stands_in_the_drawer_works(house, owner, page_of):
    (order,) = house.place()
    page = page_of(owner)
    page.goto("/orders/")
    page.locator("#rows .orders-who").click()
    page.locator("ds-drawer summary", has_text="挂起").click()
    page.locator("ds-drawer [name=reason]").fill("等补货")
    page.locator("ds-drawer .menu button", has_text="挂起").click()
    page.locator("ds-drawer button", has_text="解除挂起").wait_for()
    assert Order.objects.get(pk=order.pk).is_held
    assert f"open={order.no}" in page.url
    page.locator("ds-drawer a[data-close]").click()
    page.locator("ds-drawer").wait_for(state="detached")
    assert "open=" not in page.url


def test_the_days_work_goes_without_scripts(house, operator, page_of):
    first, second = house.place(2)
    page = page_of(operator, javascript=False)
    page.goto("/board/")
    page.locator(f"#card-{first.pk} .quick > button").click(force=True)
    assert Order.objects.get(pk=first.pk).fulfilment == "printed"
    page.goto("/orders/")
    page.locator(f"#row-{second.pk} .cb").check()
    page.locator("#bar details summary", has_text="挂起").click()
    page.locator("#bar [name=reason]").fill("等补货")
    page.locator("#bar button[formaction='/orders/bulk/hold/']").click()
    assert Order.objects.get(pk=second.pk).is_held


def test_a_long_press_ticks_a_card_of_the_phone_and_taps_go_on(house, owner, page_of):
    first, second = house.place(2)
    page = page_of(owner, phone=True)
    page.goto("/orders/")
    assert page.locator(f"#row-{first.pk} .cb").is_visible()
    finger = page.context.new_cdp_session(page)
    box = page.locator(f"#row-{first.pk} .orders-who").bounding_box()
    point = {"x": box["x"] + 20, "y": box["y"] + box["height"] / 2}
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    page.wait_for_selector(f"#row-{first.pk} .cb:checked")
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.locator("#bar").wait_for()
    assert page.locator("ds-drawer").count() == 0
    page.locator(f"#row-{second.pk} .orders-who").tap()
    page.wait_for_selector(f"#row-{second.pk} .cb:checked")
    assert page.locator("ds-drawer").count() == 0
    page.locator(f"#row-{first.pk} .cb").tap()
    page.locator(f"#row-{second.pk} .cb").tap()
    page.locator("#bar").wait_for(state="hidden")


def test_the_last_deed_is_taken_back_by_a_key_and_search_is_found_by_one(house, owner, page_of):
    (order,) = house.place()
    page = page_of(owner)
    page.goto(f"/orders/{order.no}/")
    page.keyboard.press("Control+k")
    until(page, "document.activeElement.id === 'search'")
    page.keyboard.press("Escape")
    page.locator("[name=tag]").fill("易碎")
    page.get_by_role("button", name="加标签").click()
    page.locator("ds-toast form button").wait_for()
    assert Order.objects.get(pk=order.pk).tags == ["易碎"]
    page.keyboard.press("t")
    page.keyboard.press("Control+z")
    page.locator("[name=remove]").wait_for(state="detached")
    assert page.url.endswith(f"/orders/{order.no}/")
    assert Order.objects.get(pk=order.pk).tags == []


def test_a_receiver_is_corrected_without_scripts(house, owner, page_of):
    (order,) = house.place()
    page = page_of(owner, javascript=False)
    page.goto(f"/orders/?v=open&open={order.no}")
    page.get_by_role("link", name="改收件信息").click()
    page.get_by_role("button", name="填入完整信息再改").click()
    assert page.locator("[name=phone]").input_value() == "13800130001"
    page.locator("[name=district]").fill("西湖区")
    page.get_by_role("button", name="保存收件信息").click()
    assert f"open={order.no}" in page.url
    assert Order.objects.get(pk=order.pk).district == "西湖区"
