"""How a shop runs, on its page: what is shown of each stream, what was set aside, what was missing, and what a person does about it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from danshu.audit.models import Entry
from danshu.channels import connections
from danshu.channels.connecting import Stream
from danshu.channels.models import DayCount, RawPayload, StreamCursor
from danshu.channels.operations import streams
from danshu.core import clock, jobs
from danshu.core.models import Run
from danshu.orders.models import Order
from danshu.web.settings.tests.platform import put_in, shop
from danshu.web.settings.tests.test_standing import connected, count, refuse

pytestmark = pytest.mark.django_db


@pytest.fixture
def adapter(monkeypatch):
    return put_in(monkeypatch)


@pytest.fixture
def one(adapter):
    return connected(days=30)


@pytest.fixture
def client(owner, client_of):
    return client_of(owner)


def at(one, rest=""):
    return f"/settings/shops/{one.pk}/health/{rest}"


def page(client, one):
    return client.get(at(one)).content.decode()


def stuck(one, no="P1", state="quarantined", stream="orders"):
    return RawPayload.objects.create(
        shop=one, stream=stream, no=no, state=state, failures=3, error="看不懂这张单。", error_code="connector.payload"
    )


def cursor(one, stream="orders"):
    return StreamCursor.objects.get(shop=one, stream=stream)


@pytest.mark.parametrize(("person", "status"), [("owner", 200), ("operator", 200), ("picker", 403), ("service", 403), ("viewer", 403)])
def test_who_may_look(person, status, client_of, request, one):
    assert client_of(request.getfixturevalue(person)).get(at(one)).status_code == status


def test_other_peoples_shops_are_not_there(operator, client_of, one):
    operator.shop_ids = [shop("自己的").pk]
    operator.save()
    client = client_of(operator)
    assert client.get(at(one)).status_code == 404
    for rest in ("stream/", "span/", "numbers/", "day/", "retry/"):
        assert client.post(at(one, rest)).status_code == 404


def test_a_shop_that_was_never_connected_says_where_to_begin(client, adapter):
    assert "这家店没有连接平台" in page(client, shop())
    assert "这家店没有连接平台" in page(client, shop("手工", "manual"))


def test_a_stream_that_runs(client, one):
    shown = client.get(at(one))
    [orders, refunds] = shown.context["rows"]
    assert (orders.name, orders.word.text, orders.lag, orders.next) == ("订单", "正常", "7 秒", "")
    assert refunds.name == "售后"
    assert "调用额度" in shown.content.decode()
    assert "授权到" in shown.content.decode()


def test_a_stream_that_fails_says_why_and_what_happens_next(client, one):
    later = clock.now() + timedelta(minutes=5)
    StreamCursor.objects.filter(stream="orders").update(failures=2, error="网络不通。", next_at=later)
    [orders, _refunds] = client.get(at(one)).context["rows"]
    assert (orders.word.tone, orders.word.text, orders.error) == ("amber", "连续 2 次没读成", "网络不通。")
    assert orders.next.endswith("再试，单不会漏")
    StreamCursor.objects.filter(stream="orders").update(until=clock.now() - timedelta(hours=1), next_at=clock.now())
    [orders, _refunds] = client.get(at(one)).context["rows"]
    assert (orders.word.tone, orders.next) == ("rose", "马上再试，单不会漏")


def test_a_refused_shop_leads_to_its_authorisation(client, one):
    refuse(one)
    shown = page(client, one)
    assert "平台不再接受授权" in shown
    assert f'class="btn sm pri end" href="/settings/shops/{one.pk}/connect/"' in shown
    assert "马上读" not in shown
    assert "停着" in shown
    assert "连接以后才能补拉" in shown


def test_a_stream_is_paused_and_goes_on_where_it_stood(client, one, adapter):
    stood = cursor(one).until
    said = client.post(at(one, "stream/"), {"stream": "orders", "act": "pause"}, follow=True).content.decode()
    assert "已暂停" in said
    assert (one.pk, "orders") not in streams.due(now=clock.now())
    assert streams.take(one.pk, Stream.ORDERS, now=clock.now()) is None
    assert streams.take(one.pk, Stream.REFUNDS, now=clock.now())
    client.post(at(one, "stream/"), {"stream": "orders", "act": "resume"})
    assert (one.pk, "orders") in streams.due(now=clock.now())
    assert cursor(one).until == stood
    assert [entry.verb for entry in Entry.objects.filter(verb__startswith="shop.stream").order_by("pk")] == [
        "shop.stream_paused",
        "shop.stream_resumed",
    ]


def test_a_stream_is_read_at_once(client, one, adapter):
    StreamCursor.objects.update(next_at=clock.now() + timedelta(hours=1), failures=3)
    adapter.platform.change("P1")
    client.post(at(one, "stream/"), {"stream": "orders", "act": "now"})
    jobs.drain()
    assert adapter.platform.calls.count("list") >= 1
    assert cursor(one).failures == 0


@pytest.mark.parametrize("said", [{}, {"stream": "nothing", "act": "pause"}])
def test_a_stream_that_is_none_is_refused(client, one, said):
    assert client.post(at(one, "stream/"), said).status_code == 422


def test_what_was_set_aside_is_listed_without_its_body(client, one):
    stuck(one)
    stuck(one, "P2", "waiting")
    stuck(shop("别家"), "P3")
    shown = page(client, one)
    assert "看不懂这张单。" in shown
    assert "试过 3 次，等人看" in shown
    assert "自动重试中" in shown
    assert "P3" not in shown


def test_one_is_tried_again_and_comes_in(client, one, adapter):
    adapter.platform.change("P1")
    payload = stuck(one)
    said = client.post(at(one, "retry/"), {"payload": payload.pk}, follow=True).content.decode()
    assert "1 单马上再向平台要一次。" in said
    jobs.drain()
    assert Order.objects.get().platform_no == "P1"
    assert Entry.objects.get(verb="payloads.retried").target_label == "木屿官网"


def test_all_are_tried_again_and_nobody_elses(client, one, adapter):
    stuck(one, "P1")
    stuck(one, "P2")
    waits = stuck(one, "P3", "waiting")
    other = stuck(shop("别家"), "P4")
    client.post(at(one, "retry/"), {"all": "1"})
    assert set(RawPayload.objects.filter(state="quarantined").values_list("pk", flat=True)) == {other.pk}
    waits.refresh_from_db()
    assert waits.retry_at is None
    assert client.post(at(one, "retry/"), {"payload": other.pk}).status_code == 422


def test_the_sentinel_shows_a_fortnight_and_counts_a_day_again(client, one, adapter):
    yesterday = connections.yesterday(clock.now())
    noon = clock.day_bounds(yesterday)[0] + timedelta(hours=10)
    for no in ("P1", "P2"):
        adapter.platform.change(no, created=int(noon.timestamp()))
    count(one, 2, 0, 2)
    rows = client.get(at(one)).context["days"]
    assert (len(rows), rows[0].day, rows[0].word.text) == (7, yesterday, "还少 2 单")  # as far back as it was read
    assert rows[1].word.text == "没有核对"
    StreamCursor.objects.update(since=clock.now() - timedelta(days=60))
    assert len(client.get(at(one)).context["days"]) == 14
    went = client.post(at(one, "day/"), {"day": yesterday.isoformat()})
    run = Run.objects.get(kind="intake.count")
    assert went.url == f"/jobs/{run.pk}/"
    jobs.drain()
    run.refresh_from_db()
    assert (run.state, run.failed, run.results[0]["message"]) == ("done", 0, "平台 2 单，这里 2 单；核对前少 2 单")
    assert DayCount.objects.get().our_count == 2
    assert Order.objects.count() == 2
    assert Entry.objects.filter(verb="shop.span_pulled").exists()


@pytest.mark.parametrize("day", ["", "nonsense", "2001-01-01", "2099-01-01"])
def test_a_day_that_cannot_be_counted_is_refused(client, one, day):
    assert client.post(at(one, "day/"), {"day": day}).status_code == 422
    assert not Run.objects.exists()


def test_a_shop_of_today_is_counted_from_tomorrow_on(client, one):
    StreamCursor.objects.update(since=clock.now())
    assert "从明天起" in page(client, one)


def test_a_day_whose_count_breaks_off_says_so(client, one, adapter):
    adapter.is_nice = False
    client.post(at(one, "day/"), {"day": connections.yesterday(clock.now()).isoformat()})
    jobs.drain()
    run = Run.objects.get()
    assert (run.state, run.results[0]["message"]) == ("failed", "The platform says no.")
    assert not DayCount.objects.exists()


def test_a_platform_that_lists_nothing_by_creation_is_not_counted(client, one, adapter):
    adapter.reads(can_list_created=False)
    assert "没法核对" in page(client, one)
    assert client.post(at(one, "day/"), {"day": connections.yesterday(clock.now()).isoformat()}).status_code == 422


def test_numbers_are_fetched_while_one_waits(client, one, adapter):
    for no in ("P1", "P2"):
        adapter.platform.change(no)
    said = client.post(at(one, "numbers/"), {"stream": "orders", "numbers": "P1，P2\nP1"}, follow=True).content.decode()
    assert "拉好了：新增 2，更新 0，没有变化 0。" in said
    assert Order.objects.count() == 2


def test_numbers_that_do_not_come_are_named_with_the_reason(client, one, adapter):
    adapter.platform.change("P1")
    answer = client.post(at(one, "numbers/"), {"stream": "orders", "numbers": "P1 P9"})
    assert answer.status_code == 422
    assert "P9 · 平台说没有这个单号。" in answer.content.decode()
    assert Order.objects.count() == 1


@pytest.mark.parametrize("numbers", ["", " ".join(f"P{i}" for i in range(21))])
def test_none_and_too_many_numbers_are_refused(client, one, adapter, numbers):
    assert client.post(at(one, "numbers/"), {"stream": "orders", "numbers": numbers}).status_code == 422
    assert adapter.platform.calls == []


def span(start, end, **more):
    moments = {name: f"{clock.local(moment):%Y-%m-%dT%H:%M}" for name, moment in (("start", start), ("end", end))}
    return {"stream": "orders", "basis": "modified", **moments, **more}


def test_a_span_is_pulled_in_a_run(client, one, adapter):
    now = clock.now()
    adapter.platform.change("P1", at=now - timedelta(hours=2))
    went = client.post(at(one, "span/"), span(now - timedelta(hours=3), now - timedelta(hours=1)))
    run = Run.objects.get()
    assert went.url == f"/jobs/{run.pk}/"
    jobs.drain()
    run.refresh_from_db()
    assert (run.state, Order.objects.get().platform_no) == ("done", "P1")
    assert client.get(went.url).status_code == 200


@pytest.mark.parametrize(("start", "end"), [(1, 2), (24 * 40, 0), (24 * 200, 24 * 190)])
def test_a_span_that_makes_no_sense_is_said_beside_the_form(client, one, start, end):
    now = clock.now()
    answer = client.post(at(one, "span/"), span(now - timedelta(hours=start), now - timedelta(hours=end)))
    assert answer.status_code == 422
    assert "补拉的时间段要在" in answer.content.decode()
    assert client.post(at(one, "span/"), {"stream": "orders"}).status_code == 422


def test_a_shop_that_is_disconnected_pulls_nothing(client, one, adapter):
    refuse(one)
    now = clock.now()
    assert client.post(at(one, "span/"), span(now - timedelta(hours=2), now)).status_code == 422
    assert client.post(at(one, "numbers/"), {"stream": "orders", "numbers": "P1"}).status_code == 422
    assert adapter.platform.calls == []


def test_the_page_costs_the_same_for_one_and_fifty(client, one, same_queries):
    stuck(one)
    count(one, 1, 1)
    look = lambda: client.get(at(one))  # noqa: E731 - a name would say no more
    look()
    first = same_queries(look, look)
    for i in range(50):
        stuck(one, f"X{i}", "waiting" if i % 2 else "quarantined")
        connected(f"店 {i}")
    for back in range(2, 40):
        day = connections.yesterday(clock.now()) - timedelta(days=back)
        DayCount.objects.create(shop=one, day=day, platform_count=9, our_count=9, missing_count=0, checked_at=clock.now())
    assert same_queries(look, look) == first
    assert "下一页" in page(client, one)
