"""The board and the list under hands: dragged, swiped, walked by keys, and changed by somebody else meanwhile."""

from __future__ import annotations

import pytest

from danshu.core import clock
from danshu.orders import operations as orders
from danshu.orders.models import Order
from tests.browser import until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),  # the live stream outlives its test's database
]


def state(order: Order) -> str:
    return Order.objects.get(pk=order.pk).fulfilment


def drag(page, order, column):
    """Take the card by its number, as people do, and drop it on the column."""
    until(page, "window.Sortable && document.querySelector('ds-kanban').sorts")
    card = page.locator(f".oc[data-no='{order.no}'] .no").bounding_box()
    target = page.locator(f"#col-{column} .list").bounding_box()
    page.mouse.move(card["x"] + 10, card["y"] + 8)
    page.mouse.down()
    page.mouse.move(card["x"] + 60, card["y"] + 30, steps=4)
    page.mouse.move(target["x"] + 60, target["y"] + 60, steps=12)
    page.mouse.up()


def swipe(page, order, far):
    """A finger on the card moves to the right by `far` px, rests (a throw would swallow the next tap) and is lifted."""
    card = page.locator(f".oc[data-no='{order.no}']").bounding_box()
    touch = page.context.new_cdp_session(page)
    x, y = card["x"] + 100, card["y"] + 24
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 13):
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x + far * step / 12, "y": y}]})
        page.wait_for_timeout(15)
    page.wait_for_timeout(150)
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_a_card_dragged_by_its_number_goes_back_by_the_toast(house, picker, page_of):
    (order,) = house.place()
    page = page_of(picker)
    page.goto("/board/")
    drag(page, order, "printed")
    page.locator(f"#col-printed [data-no='{order.no}']").wait_for()
    undo = page.locator("ds-toast form button")
    undo.wait_for()
    assert state(order) == "printed"
    undo.click()
    page.locator(f"#col-todo [data-no='{order.no}']").wait_for()
    assert state(order) == "waiting"


def test_a_swipe_moves_a_card_and_the_toast_takes_it_back(house, picker, page_of):
    (order,) = house.place()
    page = page_of(picker, phone=True)
    page.goto("/board/")
    page.locator("ds-swipe .oc").wait_for()
    swipe(page, order, 60)  # too short to mean it
    page.wait_for_timeout(300)
    assert state(order) == "waiting"
    swipe(page, order, 140)
    undo = page.locator("ds-toast form button")
    undo.wait_for()
    assert state(order) == "printed"
    undo.tap()
    page.locator(f"#col-todo [data-no='{order.no}']").wait_for()
    assert state(order) == "waiting"


def test_the_board_in_another_window_follows(house, owner, picker, page_of):
    order, *_rest = house.place(40)  # more than one page: the button for more is there as well
    theirs, mine = page_of(owner), page_of(picker)
    theirs.goto("/board/")
    until(theirs, "document.querySelector('ds-live').source?.readyState === 1")
    mine.goto("/board/")
    card = mine.locator(f"#col-todo .oc[data-no='{order.no}']")
    card.hover()
    card.locator(".quick > button").click()
    mine.locator("ds-toast").wait_for()
    theirs.locator(f"#col-printed [data-no='{order.no}']").wait_for(timeout=6000)


def test_a_ticked_row_stays_under_the_hand(house, owner, picker, page_of):
    first, _second = house.place(2)
    theirs, mine = page_of(owner), page_of(picker)
    theirs.goto("/orders/")
    until(theirs, "document.querySelector('ds-live').source?.readyState === 1")
    theirs.locator("#rows .cb").first.check()
    row = theirs.locator(f"#row-{first.pk}").element_handle()
    mine.goto("/board/")
    card = mine.locator(f"#col-todo .oc[data-no='{first.no}']")
    card.hover()
    card.locator(".quick > button").click()
    mine.locator("ds-toast").wait_for()
    offer = theirs.locator(".fresh[role=status]")
    offer.wait_for(timeout=6000)
    assert row.evaluate("row => row.isConnected && row.textContent.includes('待处理')")
    offer.locator("button").click()
    theirs.locator(f"#row-{first.pk}", has_text="已打印").wait_for()


def test_an_open_drawer_follows_what_somebody_else_does_and_the_list_beside_it_too(house, owner, operator, page_of):
    (order,) = house.place()
    page = page_of(owner)
    page.goto(f"/orders/?open={order.no}")
    until(page, "document.querySelector('ds-live').source?.readyState === 1")
    orders.hold([order.pk], reason="等补货", until=None, by=operator.actor, now=clock.now())
    page.locator("ds-drawer button", has_text="解除挂起").wait_for()
    page.locator("#rows", has_text="挂起").wait_for()
    assert page.locator("ds-drawer").count() == 1


def test_j_and_k_walk_x_ticks_and_enter_opens(house, owner, page_of):
    house.place(3)
    page = page_of(owner)
    page.goto("/orders/")
    rows = page.locator("#rows tr")
    for at in (1, 2):  # one after the other: a burst of keys is a scanner
        page.keyboard.press("j")
        page.locator(f"#rows tr:nth-child({at}).cur").wait_for()
    page.keyboard.press("x")
    page.locator("#rows tr:nth-child(2) .cb:checked").wait_for()
    page.keyboard.press("k")
    page.locator("#rows tr:nth-child(1).cur").wait_for()
    assert [row.locator(".cb").is_checked() for row in rows.all()] == [False, True, False]
    page.keyboard.press("Enter")
    page.locator("ds-drawer").wait_for()
    assert f"open={rows.first.get_attribute('data-no')}" in page.url
