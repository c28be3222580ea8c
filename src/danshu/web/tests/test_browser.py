"""The frame in a real browser: no axe violation in light and dark, wide and narrow; nothing breaks the page's policy; the elements work."""

from datetime import UTC, datetime, timedelta

import pytest

from danshu.channels.models import Shop
from danshu.core import clock

# As a scanner types: all keys at once, then Enter.
SCAN = """code => [...code, "Enter"].forEach(key => document.body.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true})))"""
# What would be fetched, by the element that asks, and how many milliseconds from now.
HEAR = """() => {
  const began = Date.now();
  window.asked = [];
  window.htmx.ajax = (verb, path, how) => asked.push(`${how.source.id} ${Date.now() - began}`);
}"""
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
PAGES = [
    "/me/",
    "/dev/ui/",
    "/setup/",
    "/jobs/",
    "/settings/shops/",
    "/settings/shops/new/",
    "/settings/people/",
    "/settings/people/invite/",
    "/settings/audit/",
    "/settings/system/",
]

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop():
    return Shop.objects.create(name="木屿家居", platform="taobao", created_at=clock.now())


@pytest.fixture
def page_of(browser, client_of, live_server):
    """A page of the signed-in person; what the browser complains about is collected in `complaints`."""
    opened = []

    def of(person, *, width=1440, height=900):
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme="light", reduced_motion="reduce", base_url=live_server.url
        )
        cookie = client_of(person).cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        context.route("**/live/**", _no_news)  # a stream would outlive the test's database
        page = context.new_page()
        page.complaints = []
        page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        opened.append(context)
        return page

    yield of
    for context in opened:
        context.close()


def _no_news(route):
    if "poll" in route.request.url:
        route.fulfill(json={"last": 0, "behind": False, "events": []})
    else:
        route.fulfill(content_type="text/event-stream", body="retry: 600000\nevent: ready\ndata: {}\n\n")


@pytest.mark.looks
@pytest.mark.parametrize("width", [390, 1440])
def test_every_page_can_be_used_by_everybody(width, owner, shop, page_of, axe):
    page = page_of(owner, width=width)
    for path in PAGES:
        page.goto(path)
        assert axe(page) == [], path
    assert page.complaints == []


@pytest.mark.looks
def test_a_strip_of_links_begins_where_its_reader_is(owner, page_of):
    page = page_of(owner, width=390)
    page.goto("/settings/system/")
    here = page.locator(".settings-nav [aria-current]").bounding_box()
    assert here["x"] >= 0
    assert here["x"] + here["width"] <= 390


def test_a_flood_of_facts_is_a_refresh_soon_and_then_one_every_two_seconds(owner, shop, page_of):
    page = page_of(owner)
    page.clock.install(time=NOON)
    page.goto("/settings/shops/")
    page.clock.pause_at(NOON + timedelta(hours=1))
    page.evaluate(HEAR)
    for _tenth in range(10):
        page.evaluate("document.querySelector('ds-live').tell('channels.ShopsConnected', ['1'])")
        page.clock.run_for(100)
    assert page.evaluate("asked") == ["sync 400", "shops 400"]
    page.clock.run_for(2000)
    page.clock.run_for(10_000)
    assert page.evaluate("asked") == ["sync 400", "shops 400", "sync 2400", "shops 2400"]


def test_an_act_says_so_and_is_taken_back(owner, shop, page_of):
    page = page_of(owner)
    page.goto("/settings/shops/")
    page.click("button[name=active]")
    page.click("ds-toast form button")
    page.wait_for_selector("text=店铺「木屿家居」启用了")
    shop.refresh_from_db()
    assert shop.is_active


def test_a_dangerous_act_asks_in_a_dialog_and_escape_leaves_it(owner, picker, page_of):
    page = page_of(owner)
    page.goto("/settings/people/")
    page.click("a[data-ask]")
    page.wait_for_selector("dialog[open] >> text=停用 阿杰 的账号？")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog[open]", state="hidden")
    picker.refresh_from_db()
    assert picker.is_active


def test_keys_lead_and_a_scanner_searches(owner, page_of):
    page = page_of(owner)
    page.goto("/me/")
    page.keyboard.press("?")
    page.wait_for_selector("#keys[open]")
    page.keyboard.press("Escape")
    page.evaluate(SCAN, "78912206334471")
    page.wait_for_url("**/search/?q=78912206334471")


def test_keys_rest_while_somebody_types(owner, page_of):
    page = page_of(owner)
    page.goto("/me/")
    page.fill("#id_name", "")
    page.type("#id_name", "g?b")
    page.wait_for_timeout(200)
    assert page.input_value("#id_name") == "g?b"
    assert page.query_selector("#keys[open]") is None
