"""The pages of shops and their platforms: in a browser on desk and phone, read by axe, and in English without a Chinese word of ours."""

from __future__ import annotations

from datetime import timedelta

import pytest

from danshu.channels.models import RawPayload, Shop, StreamCursor
from danshu.core import clock
from danshu.web.settings.tests.platform import put_in, shop
from danshu.web.settings.tests.test_standing import connected, count, refuse
from tests.journeys.test_english import chinese_on

WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def trouble(runs, ends):
    """Something of everything that can go wrong."""
    for no, state in (("P1", "quarantined"), ("P2", "quarantined"), ("P3", "waiting")):
        RawPayload.objects.create(shop=ends, stream="orders", no=no, state=state, failures=3, error="Unreadable.", retry_at=clock.now())
    StreamCursor.objects.filter(shop=ends, stream="orders").update(failures=2, error="No answer.", next_at=clock.now() + timedelta(hours=1))
    StreamCursor.objects.filter(shop=runs, stream="refunds").update(paused_at=clock.now())


@pytest.fixture
def pages(monkeypatch, owner):
    """All of them with something to show: one shop runs, one ends soon, one is refused, one is new, one has no adapter."""
    put_in(monkeypatch, can_push_stock=True, can_ship=True, can_answer_refunds=True)
    runs, ends, over = connected("Runs", days=58), connected("Ends", days=2), connected("Over")
    count(runs, 412, 412)
    count(ends, 96, 94, 3)
    refuse(over)
    Shop.objects.filter(pk=over.pk).update(last_intake_at=clock.now())
    fresh, bare = shop("Fresh"), shop("Bare", "manual")
    at = [f"/settings/shops/{one.pk}/connect/" for one in (runs, ends, over, fresh, bare)]
    trouble(runs, ends)
    runs_at = [f"/settings/shops/{one.pk}/health/" for one in (runs, ends, over, fresh)]
    return ["/settings/shops/", "/today/", *at, *runs_at, f"{at[0]}end/", f"{at[0]}address/", f"/settings/shops/{runs.pk}/"]


@pytest.mark.django_db
def test_no_page_in_english_shows_a_chinese_word_of_ours(pages, owner, client_of):
    owner.language, owner.name = "en", "Owner"
    owner.save()
    client = client_of(owner)
    data = ("过期了", "快递", "杭州仓", "。", "速运", "邮政", "京东", "德邦", "极兔", "中通", "圆通", "申通", "韵达", "顺丰")
    found = {path: [text for text in chinese_on(client, path) if not any(word in text for word in data)] for path in pages}
    assert {path: texts for path, texts in found.items() if texts} == {}


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.looks
@pytest.mark.django_db(transaction=True)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # the live stream outlives its test's database
@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_they_fit_and_read_well(pages, owner, page_of, axe, phone):
    page = page_of(owner, phone=phone)
    wrong = []
    for path in pages:
        page.goto(path)
        page.evaluate("() => document.querySelectorAll('details:not([class*=menu])').forEach(one => one.open = true)")
        wrong += [f"{path}: {line}" for line in axe(page)]
        wrong += [f"{path} is {wider} px too wide"] if (wider := page.evaluate(WIDER)) > 0 else []
    assert wrong == [], "\n".join(wrong)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_without_javascript_a_shop_is_connected_all_the_same(monkeypatch, owner, page_of):
    put_in(monkeypatch, can_authorize=False, can_refresh=False)
    one = shop()
    page = page_of(owner, javascript=False)
    page.goto(f"/settings/shops/{one.pk}/connect/")
    page.get_by_label("App Key").fill("K1")
    page.get_by_label("App Secret").fill("shh-1")
    page.get_by_role("button", name="保存并测试").click()
    assert page.get_by_text("连得上，平台上的店名是「木屿旗舰店」。").is_visible()
    page.get_by_role("link", name="断开").click()
    page.get_by_role("button", name="断开").click()
    assert page.get_by_text("文件导入").first.is_visible()
