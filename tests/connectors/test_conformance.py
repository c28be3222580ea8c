"""What every adapter keeps, whatever its platform: the contract of `channels/connecting.py`, against the simulated platforms."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random

import pytest

from danshu import connectors
from danshu.channels import registry
from danshu.channels.connecting import (
    Abilities,
    Basis,
    Call,
    Connector,
    ListingKey,
    RefundAnswer,
    Refusal,
    Span,
    StockUpdate,
    Stream,
)
from danshu.channels.connector_errors import BadAnswer, BadCall, ConnectorError, CredentialsExpired, RateLimited, TemporaryFailure
from danshu.channels.contract import Payment, Progress, RefundState
from danshu.channels.listening import Listening
from danshu.channels.operations import paging
from danshu.core import sockets
from danshu.core.errors import DomainError
from danshu_simulator import fronts, ordering, refunding
from danshu_simulator.clock import Clock, real_ms
from danshu_simulator.simulator import Simulator
from danshu_simulator.tests.conftest import Listener
from tests.connectors.facing import FRONTS, Facing

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
KNOWN = fronts.load()
PLATFORMS = [platform for platform in registry.CONNECTORS if FRONTS.get(platform, platform) in KNOWN]
FOLDERS = sorted(set(registry.CONNECTORS.values()))
METHODS = {  # what an ability promises
    "can_push_stock": ["push_stock"],
    "can_read_stock": ["read_stock"],
    "can_ship": ["ship"],
    "can_answer_refunds": ["answer_refund"],
    "can_decrypt": ["decrypt"],
    "can_receive": ["receive"],
    "can_authorize": ["authorize_url", "exchange"],
    "can_refresh": ["refresh"],
}
ON_LINES = ["app", "subscribe", "line", "beat", "hear"]  # what `can_listen` promises
CALLBACKS = {  # what a shop's callback is told, and the credentials that go with it
    "channels": ({"token": "t0ken", "aes_key": "k" * 43}, {"push_token": "t0ken", "push_key": "k" * 43}),
    "woocommerce": ({"secret": "h00k"}, {"webhook_secret": "h00k"}),
    "kuaishou": ({"key": "AAECAwQFBgcICQoLDA0ODw=="}, {"message_key": "AAECAwQFBgcICQoLDA0ODw=="}),
}
ONE_LINE = {"kuaishou"}  # an order there is of one listing
NOWHERE = ListingKey("900000000", "900000001")


@pytest.fixture(scope="module")
def simulators():
    """One for each platform, whose time stands."""
    now, running = real_ms(), {}

    def of(platform):
        if platform not in running:
            running[platform] = Simulator(seed=7, clock=Clock(now, now, speed=0))
            running[platform].start()
        return running[platform]

    yield of
    for simulator in running.values():
        simulator.stop()


@pytest.fixture(params=PLATFORMS)
def facing(request, simulators):
    return Facing(simulators(request.param), request.param, stock=500)


def can(facing, *names):
    return all(getattr(facing.connector.abilities, name) for name in names)


def read(facing, stream, span):
    """As the engine reads: everything of a span, whatever the paging."""
    ask = partial(facing.connector.list_page, facing.access(), stream)
    return [row for portion in paging.read(ask, facing.connector.abilities.streams[stream], span) for row in portion.rows]


def pieces(facing, first=2):  # of an order that can leave in two parts
    return [("SIM-001-1", 2)] if facing.platform in ONE_LINE else [("SIM-001-1", first), ("SIM-002-1", 1)]


def several(facing):
    """Orders in every state that buyers and sellers make."""
    key, world = facing.shop.key, facing.world
    plain = facing.buy(*pieces(facing), freight_fen=600, message="请轻放")
    shipped, finished, refunded = facing.buy(), facing.buy(("SIM-002-2", 1)), facing.buy()
    for order in (shipped, finished):
        assert facing.connector.ship(facing.access(), facing.shipment(order, waybill_no=f"SF77{order.no[-6:]:0>11}")).refusal is None
    ordering.receive(world, key, finished.no)
    refunding.refund_at_once(world, key, refunded.no)
    return [plain, shipped, finished, refunded]


# --- access -----------------------------------------------------------------------------------------------------------------


def tried(connector, access):
    connector.check(access)
    connector.refresh(access)  # where calls bear no secret, renewals do


def test_the_check_works_and_what_is_wrong_with_credentials_is_said_for_good(facing):
    connector, right = facing.connector, facing.access()
    assert isinstance(connector.check(right).platform_shop_id, str)
    for field in connector.fields:
        if field.is_secret and field.is_required:
            with pytest.raises(ConnectorError) as failed:
                tried(connector, facing.access(**{field.name: "wrong"}))
            assert not failed.value.is_passing
            assert not any(secret in str(failed.value) for secret in (facing.shop.app_secret, facing.shop.access_token))
    if can(facing, "can_refresh"):
        with pytest.raises(CredentialsExpired):
            connector.check(facing.access(access_token="wrong"))


def test_what_goes_wrong_is_an_error_with_the_right_bit_and_never_nothing(facing):
    facing.buy()
    facing.pass_time(200)
    span = facing.span()
    kinds = {
        "rate_limited": RateLimited,
        "system_error": TemporaryFailure,
        "http_500": TemporaryFailure,
        "http_502": TemporaryFailure,
        "time_out": TemporaryFailure,
        "reset_after": TemporaryFailure,
        "garbage": BadAnswer,
        "truncated": BadAnswer,
        "empty": BadAnswer,
        "expired": CredentialsExpired,
    }
    for trouble, kind in kinds.items():
        facing.strike(trouble)
        with pytest.raises(ConnectorError) as failed:
            read(facing, Stream.ORDERS, span)
        assert (trouble, type(failed.value), failed.value.is_passing) == (trouble, kind, trouble != "expired")
    assert len(read(facing, Stream.ORDERS, span)) == 1


# --- orders -----------------------------------------------------------------------------------------------------------------


def is_id(value):
    return isinstance(value, str) and value == value.strip()


def check_order(incoming):
    """What a translated order always is."""
    assert is_id(incoming.platform_no)
    assert incoming.platform_no
    assert incoming.lines
    for line in incoming.lines:
        assert all(is_id(value) for value in (line.oid, line.item_id, line.sku_id, line.merchant_code))
        assert (line.quantity >= 1, line.paid_fen >= 0, bool(line.title)) == (True, True, True)
    assert len({line.oid for line in incoming.lines}) == len(incoming.lines)
    amounts = [incoming.goods_fen, incoming.freight_fen, incoming.discount_fen, incoming.paid_fen]
    assert all(type(amount) is int for amount in [*amounts, *(line.paid_fen for line in incoming.lines)])
    assert incoming.goods_fen + incoming.freight_fen - incoming.discount_fen == incoming.paid_fen
    assert sum(line.paid_fen for line in incoming.lines) == incoming.paid_fen - incoming.freight_fen
    moments = (incoming.placed_at, incoming.paid_at, incoming.shipped_at, incoming.finished_at, incoming.modified_at, incoming.ship_by)
    assert all(moment is None or moment.utcoffset() is not None for moment in moments)
    assert incoming.placed_at
    assert incoming.modified_at


def test_every_order_is_listed_fetched_and_translated(facing):
    orders = several(facing)
    facing.pass_time(200)
    listed = {row.no: row for row in read(facing, Stream.ORDERS, facing.span())}
    assert listed.keys() == {order.no for order in orders}
    for start in range(0, len(orders), facing.connector.abilities.fetch_size):
        numbers = [order.no for order in orders[start : start + facing.connector.abilities.fetch_size]]
        fetched = facing.connector.fetch(facing.access(), Stream.ORDERS, numbers)
        assert [one.no for one in fetched] == numbers
        for one in fetched:
            incoming, again = facing.connector.order(one.body), facing.order(one.no)
            check_order(incoming)
            assert incoming.platform_no == one.no
            assert incoming.digest() == again.digest()
            row = listed[one.no]
            assert row.modified_at in {None, incoming.modified_at}
            if row.body is not None and facing.connector.order(row.body).has_lines:
                assert facing.connector.order(row.body).digest() == incoming.digest()
    plain, shipped, finished, refunded = [facing.order(order.no) for order in orders]
    assert (plain.progress, plain.payment, plain.paid_fen) == (Progress.WAITING, Payment.PAID, orders[0].to_pay_fen)
    assert [line.quantity for line in plain.lines] == [count for _code, count in pieces(facing)]
    assert (shipped.progress, shipped.parcels[0].waybill_no) == (Progress.SHIPPED, orders[1].parcels[0].waybill_no)
    arrived = Progress.SHIPPED if facing.platform == "woocommerce" else Progress.DELIVERED  # it has no state for what arrived
    assert (finished.progress, refunded.progress) == (arrived, Progress.CLOSED)


def test_an_unknown_number_is_said_to_be_unknown(facing):
    no = facing.buy().no
    (fetched,) = facing.connector.fetch(facing.access(), Stream.ORDERS, [no[:-6] + "000000"])
    assert (fetched.body, fetched.is_unknown) == (None, True)


def test_a_translation_changes_with_the_order_and_only_then(facing):
    order = facing.buy(("SIM-001-1", 2))
    before = facing.order(order.no).digest()
    assert facing.order(order.no).digest() == before
    facing.pass_time(5)
    ordering.remark(facing.world, facing.shop.key, order.no, memo="已留言")
    after = facing.order(order.no)
    assert after.seller_memo == ("" if facing.platform == "woocommerce" else "已留言")  # its remarks stand in no order
    assert after.digest() != before


def test_everything_is_reached_while_rows_move_come_twice_and_out_of_order(facing):
    reading = facing.connector.abilities.streams[Stream.ORDERS]
    orders = [facing.buy().no for _ in range(reading.page_size + 30)]
    facing.pass_time(200)
    first = facing.span()
    facing.pass_time(2)  # what changes while we read belongs to the next span
    facing.feel(duplicates=0.7, shuffles=0.7, moves=0.7)
    seen = {row.no for row in read(facing, Stream.ORDERS, first)}
    facing.pass_time(200)
    facing.feel()
    seen |= {row.no for row in read(facing, Stream.ORDERS, Span(first.end - timedelta(seconds=1), facing.span().end))}
    assert seen == set(orders)


def test_what_was_placed_can_be_counted_where_the_adapter_says_so(facing):
    if not facing.connector.abilities.streams[Stream.ORDERS].can_list_created:
        with pytest.raises(ConnectorError):
            read(facing, Stream.ORDERS, facing.span(basis=Basis.CREATED))
        return
    orders = [facing.buy().no for _ in range(3)]
    facing.pass_time(200)
    assert {row.no for row in read(facing, Stream.ORDERS, facing.span(basis=Basis.CREATED))} == set(orders)


def test_receivers_in_cipher_can_be_read_where_the_adapter_says_so(facing):
    order = facing.buy()
    body = facing.body(order.no)
    who, told = order.receiver, facing.connector.order(body).receiver
    assert (who.city in told.city or told.city in who.city, bool(told.city)) == (True, True)
    if can(facing, "can_decrypt"):
        (plain,) = facing.connector.decrypt(facing.access(), [body])
        assert (plain.name, plain.phone, plain.address.endswith(who.address)) == (who.name, who.phone, True)
        assert (plain.cipher, plain.masked) == (False, False)
        assert who.phone not in repr(told) or not told.cipher


# --- stock and parcels ---------------------------------------------------------------------------------------------------------


def test_stock_is_read_back_as_told_and_an_unknown_listing_blocks_no_other(facing):
    if not can(facing, "can_push_stock", "can_read_stock"):
        pytest.fail("every simulated platform takes stock")
    rng, keys = Random(7), facing.keys()
    rng.shuffle(keys)
    updates = [StockUpdate(key, rng.randrange(50)) for key in keys]
    updates.insert(2, StockUpdate(NOWHERE, 5))
    size, results, shown = facing.connector.abilities.batch_size, [], []
    for start in range(0, len(updates), size):
        part = updates[start : start + size]
        results += facing.connector.push_stock(facing.access(), part)
        shown += facing.connector.read_stock(facing.access(), [one.key for one in part])
    assert [one.key for one in results] == [one.key for one in shown] == [one.key for one in updates]
    assert [one.refusal for one in results] == [Refusal.UNKNOWN_ITEM if one.key == NOWHERE else None for one in updates]
    assert [one.quantity for one in shown] == [None if one.key == NOWHERE else one.quantity for one in updates]


def test_a_parcel_is_told_once_however_often_it_is_tried(facing):
    order, ship = facing.buy(("SIM-001-1", 2), ("SIM-002-1", 1)), facing.connector.ship
    shipment = facing.shipment(order)
    assert ship(facing.access(), shipment).refusal is None
    incoming = facing.order(order.no)
    assert (incoming.progress, [one.waybill_no for one in incoming.parcels]) == (Progress.SHIPPED, [shipment.waybill_no])
    assert ship(facing.access(), shipment).refusal is None
    assert len(order.parcels) == 1
    if can(facing, "can_change_waybill"):
        change = facing.shipment(order, waybill_no="SF7798765432100", is_change=True, old_waybill_no=shipment.waybill_no)
        assert ship(facing.access(), change).refusal is None
        assert ship(facing.access(), change).refusal is None
        assert [one.waybill_no for one in facing.order(order.no).parcels] == ["SF7798765432100"]


def test_parts_of_an_order_leave_one_by_one_where_the_adapter_says_so(facing):
    if not can(facing, "can_ship_parts"):
        assert facing.platform == "jd"
        return
    order, ship = facing.buy(*pieces(facing, first=1)), facing.connector.ship
    one, two = order.lines[0], order.lines[-1]
    first = facing.shipment(order, lines=[(one.oid, 1)], is_last=False)
    second = facing.shipment(order, courier="zto", waybill_no="75300000000002", lines=[(two.oid, 1)])
    for shipment in (first, first, second, second):
        assert ship(facing.access(), shipment).refusal is None
    incoming = facing.order(order.no)
    assert (incoming.progress, {parcel.waybill_no for parcel in incoming.parcels}) == (
        Progress.SHIPPED,
        {first.waybill_no, second.waybill_no},
    )


def test_nobody_ships_what_nobody_paid(facing):
    order = facing.buy(is_paid=False)
    result = facing.connector.ship(facing.access(), facing.shipment(order))
    assert (result.refusal, bool(result.message), order.parcels) == (Refusal.REJECTED, True, [])


# --- refunds ----------------------------------------------------------------------------------------------------------------


def test_requests_are_listed_read_again_and_answered(facing):
    if not can(facing, "can_answer_refunds"):
        assert facing.platform in {"woocommerce", "kuaishou"}
        return
    order = facing.buy(("SIM-001-1", 1))
    wish = refunding.ask(facing.world, facing.shop.key, order.no, reason="不想要了")
    facing.pass_time(200)
    (row,) = [row for row in read(facing, Stream.REFUNDS, facing.span(stream=Stream.REFUNDS)) if row.no == wish.no]
    body = row.body or facing.connector.fetch_refund(facing.access(), wish.no, order.no).body
    incoming = facing.connector.refund(body)
    assert (incoming.refund_no, incoming.platform_no, incoming.amount_fen) == (wish.no, order.no, wish.amount_fen)
    assert (incoming.state, incoming.asked_at.utcoffset() is not None) == (RefundState.ASKED, True)
    alone = facing.refund(wish.no, order.no)
    assert (alone.digest(), alone.digest()) == (facing.refund(wish.no, order.no).digest(), alone.digest())
    assert (alone.amount_fen, alone.state, alone.kind) == (incoming.amount_fen, incoming.state, incoming.kind)
    answer = RefundAnswer(wish.no, order.no, agrees=True, reason="同意", body=body)
    facing.connector.answer_refund(facing.access(), answer)
    assert wish.status == "done"
    assert facing.refund(wish.no, order.no).state == RefundState.DONE
    with pytest.raises(ConnectorError) as failed:
        facing.connector.answer_refund(facing.access(), answer)
    assert not failed.value.is_passing


# --- being called -------------------------------------------------------------------------------------------------------------


def test_messages_point_at_what_happened_and_forged_ones_are_refused(facing):
    if not can(facing, "can_receive"):
        return
    (callback, credentials), listener = CALLBACKS.get(facing.platform, ({}, {})), Listener()
    listener.body = b'{"result":1}' if facing.platform == "kuaishou" else listener.body
    ordering.change_shop(facing.world, facing.shop.key, callback={"url": listener.url, **callback})
    order = facing.buy()
    facing.simulator.pusher.flush()
    listener.server.shutdown()
    listener.server.server_close()
    whose = facing.connector.check(facing.access()).platform_shop_id
    access, numbers = facing.access(**credentials, platform_shop_id=whose), set()
    for headers, body, query in listener.came:
        call = Call("POST", query, headers, body, "/hook")
        numbers |= {pointer.no for pointer in facing.connector.receive(access, call).pointers}
        spoilt = body[::-1] if facing.platform == "kuaishou" else body  # its messages are sealed, not signed
        forged = Call("POST", dict.fromkeys(query, "x"), dict.fromkeys(headers, "x"), spoilt, "/hook")
        with pytest.raises(BadCall):
            facing.connector.receive(access, forged)
    assert order.no in numbers


def test_a_line_tells_what_happened_until_it_is_acknowledged(facing):
    if not can(facing, "can_listen"):
        return
    connector, access, lines = facing.connector, facing.access(), facing.simulator.pusher.lines
    connector.subscribe(access)
    order = facing.buy()
    for time in ("told", "told again", "acknowledged"):
        with sockets.connect(connector.line(access).url) as line:
            line.send(connector.beat())
            heard = []
            while not any(one.pointers for one in heard):
                frames = line.receive(wait=20)
                assert frames
                heard += [connector.hear(frame) for frame in frames]
            (told,) = [one for one in heard if one.pointers]
            assert [pointer.no for pointer in told.pointers] == [order.no]
            assert (told.platform_shop_id, told.is_odd, bool(told.receipt)) == (facing.shop.number, False, True)
            if time == "acknowledged":
                line.send(told.receipt)
                facing.simulator.pusher.flush()
            lines.cut()
    assert [sent.is_taken for sent in facing.simulator.pusher.sent if sent.about.endswith(order.no)] == [False, False, True]
    with pytest.raises(DomainError) as refused, sockets.connect(connector.line(facing.access(client_secret="wrong")).url):
        pass
    assert refused.value.code == "socket.refused"


# --- what every adapter's folder has ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("platform", registry.CONNECTORS)
def test_abilities_and_methods_agree(platform):
    connector = registry.load(platform)
    abilities, kind = connector.abilities, type(connector)

    def has(method):
        return getattr(kind, method) is not getattr(Connector, method)

    for ability, methods in METHODS.items():
        assert [(method, has(method)) for method in methods] == [(method, getattr(abilities, ability)) for method in methods]
    assert isinstance(connector, Listening) == abilities.can_listen
    assert not abilities.can_listen or all(getattr(kind, method) is not getattr(Listening, method) for method in ON_LINES)
    for stream, method in ((Stream.ORDERS, "order"), (Stream.REFUNDS, "refund")):
        assert (stream, has(method)) == (stream, stream in abilities.streams or stream in abilities.told)
    assert has("list_page") == bool(abilities.streams)
    assert has("fetch") == bool(abilities.streams or abilities.told)
    assert abilities.can_ship or not (abilities.can_ship_parts or abilities.can_change_waybill)
    for reading in abilities.streams.values():
        assert timedelta() < reading.span <= reading.reach
        assert (reading.page_size > 0, reading.overlap < reading.span) == (True, True)


@pytest.mark.parametrize("folder", FOLDERS)
def test_an_adapter_says_where_its_rules_come_from_and_has_bodies_to_show(folder):
    root = Path(connectors.__path__[0]) / folder
    if registry.load(next(code for code, name in registry.CONNECTORS.items() if name == folder)).abilities.streams:
        assert "not confirmed" in (root / "README.md").read_text(encoding="utf-8").lower()
        assert list((root / "payloads").glob("*.json"))
    assert list((root / "tests").glob("test_*.py"))


def test_no_adapter_is_left_out():
    missing = [platform for platform in registry.CONNECTORS if FRONTS.get(platform, platform) not in KNOWN]
    assert set(missing) <= {"sandbox", "own", "kuaishou"}
    assert isinstance(registry.abilities("nowhere"), Abilities)
