"""The list of shops and the bar at the top say how every shop stands with its platform."""

from __future__ import annotations

from datetime import timedelta

import pytest

from danshu.channels import connections
from danshu.channels.connecting import Grant
from danshu.channels.connector_errors import CredentialsExpired
from danshu.channels.models import DayCount, RawPayload, Shop, ShopConnection, StreamCursor
from danshu.channels.operations import connecting, granting
from danshu.channels.tests.fake_platform import VALUES
from danshu.core import clock
from danshu.core.actor import SYSTEM
from danshu.web.settings.standing import delay
from danshu.web.settings.tests.platform import put_in, shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def adapter(monkeypatch):
    return put_in(monkeypatch)


def connected(name="木屿官网", days=None, number=""):
    """A shop whose platform granted access, for so many days."""
    one, now = shop(name), clock.now()
    connecting.connect(one.pk, VALUES, by=SYSTEM, now=now)
    ends = None if days is None else now + timedelta(days=days, hours=1)
    granting.grant(one.pk, Grant("T1", "R1", ends, ends, number, name), by=SYSTEM, now=now)
    Shop.objects.filter(pk=one.pk).update(last_intake_at=now)
    StreamCursor.objects.filter(shop=one.pk).update(until=now, succeeded_at=now, lag_seconds=7)
    return one


def refuse(one):
    seen = connections.access(Shop.objects.get(pk=one.pk))
    granting.refused(one.pk, CredentialsExpired("过期了"), seen=seen, now=clock.now())


def count(one, platform, ours, missing=0):
    day = connections.yesterday(clock.now())
    DayCount.objects.create(
        shop=one, day=day, platform_count=platform, our_count=ours, missing_count=missing, checked_at=clock.now()
    )  # fmt: skip


def line(client):
    [row] = client.get("/settings/shops/").context["rows"]
    return row["standing"]


def test_a_shop_without_a_connection_lives_from_files(owner, client_of, adapter):
    shop()
    page = client_of(owner).get("/settings/shops/").content.decode()
    assert "文件导入" in page
    assert "可以用接口连接" in page


def test_a_platform_without_an_adapter_offers_no_connection(owner, client_of):
    shop(platform="youzan")
    assert (line(client_of(owner)).word.text, line(client_of(owner)).verb) == ("文件导入", "")
    Shop.objects.update(platform="sandbox")
    assert (line(client_of(owner)).word.text, line(client_of(owner)).verb) == ("不用连接", "")


def test_a_connected_shop_says_how_it_runs(owner, client_of, adapter):
    one = connected(days=58)
    count(one, 412, 412)
    said = line(client_of(owner))
    assert (said.word.tone, said.word.text, said.detail, said.lag) == ("green", "已连接", "授权还有 58 天", "晚 7 秒")
    assert (said.day.tone, said.day.text) == ("green", "昨日 412/412")


@pytest.mark.parametrize(("days", "text"), [(7, "授权还有 7 天"), (1, "授权还有 1 天"), (0, "授权一天内到期")])
def test_an_authorisation_that_ends_soon_is_amber(owner, client_of, adapter, days, text):
    connected(days=days)
    assert (line(client_of(owner)).word.tone, line(client_of(owner)).word.text) == ("amber", text)


def test_a_refused_shop_leads_to_a_new_authorisation(owner, client_of, adapter):
    one = connected()
    refuse(one)
    client = client_of(owner)
    said, page = line(client), client.get("/settings/shops/").content.decode()
    assert (said.word.tone, said.word.text, said.verb) == ("rose", "授权失效", "重新授权")
    assert f'href="/settings/shops/{one.pk}/connect/"' in page


@pytest.mark.parametrize(
    ("numbers", "tone", "text"),
    [((412, 412, 3), "sky", "少 3 单，已补拉"), ((412, 410, 3), "amber", "还少 2 单"), ((0, 0), "green", "昨日 0/0")],
)
def test_what_the_sentinel_counted(owner, client_of, adapter, numbers, tone, text):
    count(connected(), *numbers)
    day = line(client_of(owner)).day
    assert (day.tone, day.text) == (tone, text)


def test_what_goes_wrong_stands_beside_the_state(owner, client_of, adapter):
    one, client = connected(), client_of(owner)
    StreamCursor.objects.update(until=clock.now() - timedelta(hours=1))
    assert line(client).detail == "正在追赶，有些单还没到"
    RawPayload.objects.create(shop=one, stream="orders", no="P1", state="quarantined")
    assert line(client).detail == "1 单没能入库，要人看"
    StreamCursor.objects.filter(stream="orders").update(failures=2, error="网络不通。")
    assert line(client).detail == "网络不通。"


@pytest.mark.parametrize(("seconds", "text"), [(0, "0 秒"), (59, "59 秒"), (61, "1分"), (7300, "2时01分")])
def test_delays(seconds, text):
    assert delay(seconds) == text


def test_the_list_costs_the_same_for_one_and_fifty_connected_shops(owner, client_of, adapter, same_queries):
    client = client_of(owner)
    count(connected(days=30), 4, 4)
    client.get("/settings/shops/")

    def look():
        client.get("/settings/shops/")

    first = same_queries(look, look)
    for i in range(50):
        one = connected(f"店 {i}", days=i)
        count(one, 4, 4)
        if i % 3:
            refuse(one)
    assert same_queries(look, look) == first


# --- the bar at the top


def bar(client):
    page = client.get("/me/").content.decode()
    at = page.index('id="sync"')
    return page[page.rindex("<", 0, at) : page.index("</span></", at)]


def test_a_refused_shop_turns_the_bar_rose_and_leads_there(owner, client_of, adapter):
    connected("好好的店")
    one = connected()
    refuse(one)
    said = bar(client_of(owner))
    assert "sync tone-rose" in said
    assert f'href="/settings/shops/{one.pk}/connect/"' in said
    assert "木屿官网 要重新授权" in said


def test_several_refused_shops_are_counted(owner, client_of, adapter):
    for name in ("甲", "乙", "丙"):
        refuse(connected(name))
    said = bar(client_of(owner))
    assert "甲 等 3 店要重新授权" in said
    assert 'title="甲、乙、丙"' in said


def test_who_may_not_look_after_shops_gets_no_link(picker, client_of, adapter):
    refuse(connected())
    said = bar(client_of(picker))
    assert "href" not in said
    assert "要重新授权" in said


def test_a_person_of_one_shop_hears_of_that_shop_only(operator, client_of, adapter):
    mine = connected("自己的")
    refuse(connected("别家"))
    operator.shop_ids = [mine.pk]
    operator.save()
    assert "别家" not in bar(client_of(operator))


def test_a_shop_that_is_closed_is_silent_by_right(owner, client_of, adapter):
    one = connected()
    connected("开着的")
    refuse(one)
    Shop.objects.filter(pk=one.pk).update(is_active=False)
    assert "sync tone-green" in bar(client_of(owner))


def test_the_bar_costs_the_same_for_one_and_fifty(owner, client_of, adapter, same_queries):
    client = client_of(owner)
    connected()
    client.get("/me/")

    def look():
        client.get("/me/")

    first = same_queries(look, look)
    for i in range(50):
        refuse(connected(f"店 {i}"))
    assert same_queries(look, look) == first
    assert ShopConnection.objects.filter(state="refused").count() == 50
