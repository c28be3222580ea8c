"""A shop is connected, authorised, prolonged, refused; secrets stay secret; of all processes one refreshes."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from danshu.audit.models import Entry
from danshu.channels import connections
from danshu.channels.connecting import Abilities, Grant, Reading, Stream
from danshu.channels.connector_errors import CredentialsExpired, Refused, TemporaryFailure
from danshu.channels.models import RawPayload, Shop, ShopConnection, StreamCursor
from danshu.channels.operations import connecting, granting
from danshu.channels.tests.fake_platform import VALUES, Adapter, Platform, install
from danshu.core import clock, http
from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.core.models import EventRow

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
BY = Actor(None, "小雅")
State = ShopConnection.State


@pytest.fixture
def time():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def adapter(monkeypatch, time):
    made = Adapter(Platform(life=timedelta(days=30)), can_refresh=True)
    install(monkeypatch, made)
    return made


@pytest.fixture
def shop(adapter):
    return Shop.objects.create(name="木屿官网", platform="own", created_at=NOW)


def connect(shop, values=VALUES, **terms):
    return connecting.connect(shop.pk, values, by=BY, now=clock.now(), **terms)


def grant(shop, granted, **terms):
    return granting.grant(shop.pk, granted, by=BY, now=clock.now())


def seen(shop):
    return connections.access(Shop.objects.get(pk=shop.pk))


def row(shop):
    return ShopConnection.objects.get(pk=shop.pk)


def told(kind):
    return [event.payload for event in EventRow.objects.filter(kind=f"channels.{kind}").order_by("pk")]


def test_what_was_typed_is_sealed_and_only_its_names_are_written_down(shop):
    connect(shop)
    stored = Shop.objects.get(pk=shop.pk)
    assert seen(shop).credentials == VALUES
    assert b"shh-1" not in bytes(stored.credentials)
    assert "shh-1" not in repr(seen(shop))
    entry = Entry.objects.get(verb="shop.connected")
    assert entry.changes == {"fields": ["", "app_key、app_secret"]}
    assert connections.typed(stored) == {"app_key": "K1", "app_secret": True}


def test_an_empty_secret_keeps_the_one_before(shop):
    connect(shop)
    connect(shop, {"app_key": "K2", "app_secret": ""})
    assert seen(shop).credentials == {"app_key": "K2", "app_secret": "shh-1"}


def test_missing_and_unknown_fields_are_refused_whole(shop):
    for values in ({"app_key": "K"}, {**VALUES, "cookie": "x"}):
        with pytest.raises(DomainError) as error:
            connect(shop, values)
        assert error.value.code == "connection.field"
    assert Shop.objects.get(pk=shop.pk).credentials is None
    assert StreamCursor.objects.count() == 0


def test_a_platform_without_adapter_cannot_be_connected(shop):
    Shop.objects.filter(pk=shop.pk).update(platform="manual")
    with pytest.raises(DomainError) as error:
        connect(shop)
    assert error.value.code == "connection.unable"


def test_reading_begins_as_far_back_as_said_or_as_the_platform_answers(shop, adapter):
    adapter.reads(Stream.REFUNDS, reach=timedelta(days=2))
    connect(shop, reach_days=30)
    assert dict(StreamCursor.objects.values_list("stream", "until")) == {
        "orders": NOW - timedelta(days=30), "refunds": NOW - timedelta(days=2),
    }  # fmt: skip
    with pytest.raises(DomainError):
        connect(shop, reach_days=91)


def test_a_shop_that_is_connected_again_goes_on_where_it_stood(shop):
    connect(shop)
    StreamCursor.objects.update(until=NOW, failures=4, error_code="x", next_at=NOW + timedelta(hours=1))
    connecting.disconnect(shop.pk, by=BY, now=NOW)
    assert (row(shop).state, Shop.objects.get(pk=shop.pk).credentials) == (State.NONE, None)
    connect(shop)
    assert set(StreamCursor.objects.values_list("until", "failures", "error_code", "next_at")) == {(NOW, 0, "", NOW)}


def test_a_page_of_the_platform_must_grant_access_first(shop, adapter):
    adapter.abilities = Abilities(streams=adapter.abilities.streams, can_authorize=True)
    assert connect(shop).state == State.NONE
    assert StreamCursor.objects.count() == 0
    grant(shop, Grant("T1", "R1", NOW + timedelta(days=1), platform_shop_id="S1", platform_shop_name="木屿旗舰店"))
    assert (row(shop).state, row(shop).platform_shop_name) == (State.CONNECTED, "木屿旗舰店")
    assert seen(shop).credentials == {**VALUES, "access_token": "T1", "refresh_token": "R1", "platform_shop_id": "S1"}
    assert StreamCursor.objects.count() == 2
    assert "T1" not in str(list(Entry.objects.values_list("changes", "note")))


def test_another_shop_of_the_platform_is_not_mixed_in(shop):
    connect(shop)
    grant(shop, Grant("T1", platform_shop_id="S1"))
    with pytest.raises(DomainError) as error:
        grant(shop, Grant("T9", platform_shop_id="S9"))
    assert (error.value.code, seen(shop).credentials["access_token"]) == ("connection.other_shop", "T1")
    twin = Shop.objects.create(name="木屿二店", platform="own", created_at=NOW)
    connect(twin)
    with pytest.raises(DomainError) as error:
        connecting.test(twin.pk, now=NOW)
    assert error.value.code == "connection.shop_taken"
    connecting.disconnect(shop.pk, by=BY, now=NOW)
    assert connecting.test(twin.pk, now=NOW).name == "木屿旗舰店"


def test_a_test_says_whose_credentials_they_are_and_what_is_wrong(shop, adapter):
    connect(shop)
    assert connecting.test(shop.pk, now=NOW).platform_shop_id == "S1"

    def fail(_name):
        raise Refused("IP not in white list", "connector.ip")

    adapter.platform.before = fail
    with pytest.raises(Refused):
        connecting.test(shop.pk, now=NOW)
    assert (row(shop).error_code, row(shop).state) == ("connector.ip", State.CONNECTED)


def test_a_token_is_prolonged_before_it_ends(shop, adapter, time):
    connect(shop)
    assert granting.refreshes_due(now=NOW) == [shop.pk], "the first one is fetched too"
    assert granting.refresh(shop.pk, now=NOW)
    assert (row(shop).refresh_at, seen(shop).credentials["access_token"]) == (NOW + timedelta(days=29), "T2")
    assert granting.refreshes_due(now=NOW + timedelta(days=28)) == []
    assert granting.refreshes_due(now=NOW + timedelta(days=29)) == [shop.pk]


def test_a_token_that_comes_back_unchanged_is_asked_for_again_after_half_of_its_time(shop, adapter, time):
    connect(shop)
    granting.refresh(shop.pk, now=NOW)
    time.move_to(NOW + timedelta(days=29))
    ends, same = row(shop).expires_at, seen(shop).credentials["access_token"]
    adapter.refresh = lambda _shop: Grant(same, "R2", ends)
    assert granting.refresh(shop.pk, now=clock.now())
    assert row(shop).refresh_at == NOW + timedelta(days=29, hours=12)


def test_of_two_processes_one_refreshes_and_the_other_gets_its_token(shop, adapter):
    adapter.platform.kills_tokens = True
    connect(shop)
    grant(shop, Grant("T1", "R1", NOW + timedelta(hours=1)))
    before, second = seen(shop), []

    def meanwhile(name):
        if name == "refresh" and not second:
            with pytest.raises(TemporaryFailure) as error:
                granting.refresh(shop.pk, now=NOW, seen=before)
            second.append(error)

    adapter.platform.before = meanwhile
    assert granting.refresh(shop.pk, now=NOW, seen=before)
    assert len(second) == 1
    assert granting.refresh(shop.pk, now=NOW, seen=before), "it is there already"
    assert adapter.platform.count("refresh") == 1
    assert row(shop).state == State.CONNECTED


def test_a_process_that_died_while_refreshing_is_followed_by_another(shop):
    connect(shop)
    ShopConnection.objects.update(refreshing_until=NOW + granting.LEASE)
    assert granting.refreshes_due(now=NOW) == []
    with pytest.raises(TemporaryFailure):
        granting.refresh(shop.pk, now=NOW)
    assert granting.refreshes_due(now=NOW + granting.LEASE) == [shop.pk]
    assert granting.refresh(shop.pk, now=NOW + granting.LEASE)


def test_passing_trouble_while_refreshing_is_no_refusal(shop, adapter):
    connect(shop)

    def fail(_name):
        raise TemporaryFailure("no answer")

    adapter.platform.before = fail
    with pytest.raises(TemporaryFailure):
        granting.refresh(shop.pk, now=NOW)
    assert (row(shop).state, row(shop).refresh_at, row(shop).refreshing_until) == (State.CONNECTED, NOW + granting.AGAIN, None)


def test_a_refusal_is_said_once_and_a_person_ends_it(shop):
    connect(shop)
    error = CredentialsExpired("token expired")
    assert granting.refused(shop.pk, error, seen=seen(shop), now=NOW)
    assert not granting.refused(shop.pk, error, seen=seen(shop), now=NOW)
    assert told("ShopAuthorisationsRefused") == [{"shop_ids": [shop.pk]}]
    assert (row(shop).state, row(shop).refused_at, row(shop).error) == (State.REFUSED, NOW, "token expired")
    grant(shop, Grant("T1"))
    assert (row(shop).state, row(shop).refused_at, row(shop).error) == (State.CONNECTED, None, "")


def test_a_refusal_of_older_credentials_is_no_refusal(shop):
    connect(shop)
    old = seen(shop)
    grant(shop, Grant("T1"))
    assert not granting.refused(shop.pk, CredentialsExpired("old"), seen=old, now=NOW)
    assert row(shop).state == State.CONNECTED


def refuse(access):
    raise CredentialsExpired(f"{access.credentials['access_token']} has ended")


def test_new_access_that_is_not_taken_at_once_is_the_platforms_own_trouble_the_first_time(shop):
    connect(shop)
    grant(shop, Grant("T0", "R0"))
    for _time in range(2):
        with pytest.raises(TemporaryFailure):
            granting.call(shop.pk, refuse)
        assert (row(shop).state, row(shop).error_code) == (State.CONNECTED, granting.DOUBTED)
        assert granting.call(shop.pk, lambda access: access.credentials["access_token"])
        granting.call_answered(shop.pk, now=NOW)
        assert (row(shop).error_code, row(shop).error) == ("", "")
    with pytest.raises(TemporaryFailure):
        granting.call(shop.pk, refuse)
    with pytest.raises(CredentialsExpired):
        granting.call(shop.pk, refuse)
    assert (row(shop).state, len(told("ShopAuthorisationsRefused"))) == (State.REFUSED, 1)


def test_people_hear_7_3_and_1_days_before_the_end_once_each(shop, adapter, time):
    adapter.abilities = Abilities(streams=adapter.abilities.streams, can_authorize=True)
    connect(shop)
    grant(shop, Grant("T1", expires_at=NOW + timedelta(days=10)))
    heard = []
    for hour in range(0, 240, 6):
        heard += [(hour / 24, level) for level in granting.alert(now=NOW + timedelta(hours=hour))]
    assert heard == [(3, 7), (7, 3), (9, 1)]
    assert [payload["days"] for payload in told("ShopAuthorisationsEnding")] == [7, 3, 1]
    assert row(shop).state == State.EXPIRING
    time.move_to(NOW + timedelta(days=9))
    grant(shop, Grant("T2", expires_at=clock.now() + timedelta(days=30)))
    assert granting.alert(now=clock.now()) == {}
    assert row(shop).state == State.CONNECTED


def test_what_is_prolonged_by_itself_alerts_nobody(shop, adapter):
    adapter.platform.life = timedelta(hours=2)
    connect(shop)
    granting.refresh(shop.pk, now=NOW)
    ShopConnection.objects.update(refresh_expires_at=None)
    assert granting.alert(now=NOW) == {}


def test_the_address_of_the_webhook_is_secret_and_can_be_renewed(shop):
    connect(shop)
    before = row(shop).hook_key
    assert len(before) >= 40
    assert connecting.renew_hook_key(shop.pk, by=BY, now=NOW) not in {before, ""}


def test_health_tells_how_a_shop_stands(shop, adapter):
    [none] = connections.health(None, now=NOW)
    assert (none.tone, none.streams, none.ends_at) == ("grey", (), None)
    connect(shop)
    StreamCursor.objects.update(until=NOW - timedelta(minutes=1))
    [well] = connections.health([shop.pk], now=NOW)
    assert (well.tone, [stream.stream for stream in well.streams], well.quota) == ("green", [Stream.ORDERS, Stream.REFUNDS], 1.0)
    [late] = connections.health([shop.pk], now=NOW + timedelta(minutes=15))
    assert (late.tone, late.streams[0].is_late) == ("amber", True)
    RawPayload.objects.create(shop=shop, stream="orders", no="P9", state="quarantined")
    [stuck] = connections.health([shop.pk], now=NOW)
    assert (stuck.tone, stuck.quarantined, stuck.streams[0].quarantined) == ("amber", 1, 1)
    granting.refused(shop.pk, CredentialsExpired("no"), seen=seen(shop), now=NOW)
    assert connections.health([shop.pk], now=NOW)[0].tone == "red"


def test_the_bucket_shows_how_many_calls_are_left(shop, adapter):
    adapter.abilities = Abilities(streams={Stream.ORDERS: Reading(timedelta(days=1), timedelta(days=9), 50)}, rate=1, burst=4)
    connect(shop)
    for _ in range(3):
        http.take_token(seen(shop).connection, rate=1, burst=4)
    assert connections.health([shop.pk], now=NOW)[0].quota == 0.25
    assert connections.health([shop.pk], now=NOW + timedelta(seconds=1))[0].quota == 0.5


def test_one_shop_and_fifty_cost_the_same(shop, adapter, same_queries, statements):
    connect(shop)
    for n in range(49):
        connect(Shop.objects.create(name=f"店{n}", platform="own", created_at=NOW))
    ids = list(Shop.objects.values_list("pk", flat=True))
    same_queries(lambda: connections.health(ids[:1], now=NOW), lambda: connections.health(ids, now=NOW))
    ShopConnection.objects.update(expires_at=NOW + timedelta(days=2), refresh_expires_at=NOW + timedelta(days=2))
    ShopConnection.objects.filter(pk__in=ids[1:]).update(state="refused")
    first = len(statements(lambda: granting.alert(now=NOW)))
    ShopConnection.objects.filter(pk__in=ids[1:]).update(state="connected")
    assert len(statements(lambda: granting.alert(now=NOW))) == first
    assert ShopConnection.objects.filter(state="expiring", alerted_days=3).count() == 50
