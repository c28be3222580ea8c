"""Platforms hear of parcels once each, and what they say themselves is what counts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from danshu.audit.models import Entry
from danshu.channels import registry
from danshu.channels.connecting import Refusal, ShipResult
from danshu.channels.connector_errors import CredentialsExpired, RateLimited, Refused, TemporaryFailure
from danshu.channels.models import ShopConnection
from danshu.core import clock, jobs
from danshu.flows import dispatch
from danshu.flows.tests.fake_platform import Platform
from danshu.fulfilment import confirmations
from danshu.fulfilment import operations as fulfilment
from danshu.fulfilment import queries as parcels
from danshu.fulfilment.models import Confirmation, Parcel, ShipFile, ShipFileParcel, ShopDispatch
from danshu.fulfilment.operations import ship_files
from danshu.fulfilment.tests import making
from danshu.fulfilment.tests.making import BY, NOW
from danshu.orders import operations as orders
from danshu.orders.models import Order

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def traveller(monkeypatch):
    """The clock stands still until it is moved."""
    at = [NOW]
    monkeypatch.setattr(clock, "now", lambda: at[0])
    return lambda seconds: at.append(at.pop() + timedelta(seconds=seconds))


@pytest.fixture
def shop():
    made = making.shop()
    ShopConnection.objects.create(shop=made, state="connected", hook_key="x")
    return made


@pytest.fixture
def platform_that(monkeypatch):
    def made(**changes):
        fake = Platform(**changes)
        monkeypatch.setattr(registry, "load", lambda _code: fake)
        return fake

    return made


@pytest.fixture
def platform(platform_that, shop):
    return platform_that()


def packed(order=None, waybill="78912206330393", **given):
    """A parcel that is ready to leave."""
    return making.parcel(making.stocked(order or making.order()), waybill, state="checked", **given)


def leave(*some, at=None):
    report = fulfilment.ship([parcel.pk for parcel in some], by=BY, now=at or clock.now())
    assert report.refused == ()


def states():
    return list(Confirmation.objects.order_by("pk").values_list("state", flat=True))


def beat(traveller, seconds=10):
    """Time goes on, the clock's job looks, and all jobs run."""
    traveller(seconds)
    dispatch.keep_up()
    jobs.drain()


class TestOneParcel:
    def test_it_is_told_and_then_confirmed_by_what_the_platform_says(self, platform, traveller):
        parcel = packed()
        leave(parcel)
        jobs.drain()
        (said,) = platform.calls
        assert (said.platform_no, said.courier, said.courier_name, said.waybill_no) == (
            parcel.order.platform_no, "zto", "中通快递", "78912206330393",
        )  # fmt: skip
        assert (said.codes["cainiao"], said.lines, said.is_last, said.is_change) == ("ZTO", (), True, False)
        one = Confirmation.objects.get()
        assert (one.state, one.told_at, one.confirmed_at) == ("told", NOW, None)
        beat(traveller)
        one.refresh_from_db()
        assert (one.state, one.confirmed_at, one.retry_at) == ("confirmed", clock.now(), None)
        verbs = Entry.objects.filter(target_id=parcel.order_id).values_list("verb", flat=True)
        assert {"parcel.told", "parcel.confirmed"} <= {*verbs}
        beat(traveller, 9999)
        assert (len(platform.calls), len(platform.fetched)) == (1, 1)

    def test_taken_is_not_confirmed_while_the_platform_does_not_show_it(self, platform, traveller):
        platform.is_slow = True
        leave(packed())
        jobs.drain()
        for _minute in range(29):
            beat(traveller, 60)
        assert (states(), confirmations.troubles(None, now=clock.now()).count()) == (["told"], 0)
        beat(traveller, 120)
        assert confirmations.troubles(None, now=clock.now()).count() == 1
        assert len(platform.fetched) < 12
        platform.is_slow = False
        beat(traveller, 600)
        assert (states(), confirmations.troubles(None, now=clock.now()).count()) == (["confirmed"], 0)

    def test_another_number_at_the_platform_is_no_confirmation_and_says_so(self, platform, traveller):
        leave(packed())
        jobs.drain()
        parcel = Parcel.objects.get()
        platform.parcels[parcel.order.platform_no][0] = making_other(platform, parcel)
        beat(traveller)
        one = Confirmation.objects.get()
        assert (one.state, one.error_code) == ("told", "other_waybill")
        assert "YT999" in one.error

    def test_a_shop_that_is_not_connected_tells_nothing(self, platform, shop):
        ShopConnection.objects.update(state="none")
        leave(packed())
        jobs.drain()
        assert (states(), platform.calls, parcels.untold_counts(None)) == ([], [], {shop.pk: 1})

    def test_a_platform_that_hears_nothing_has_its_file(self, platform_that, shop):
        platform = platform_that(can_ship=False)
        leave(packed())
        jobs.drain()
        assert (states(), platform.calls) == ([], [])

    def test_an_order_of_our_own_has_no_number_that_a_platform_knows(self, platform):
        leave(packed(making.order(source="manual")))
        jobs.drain()
        assert states() == []

    def test_one_that_carries_no_number_is_not_told(self, platform):
        parcel = packed(making.order(courier="self"), waybill="", courier_code="self")
        leave(parcel)
        jobs.drain()
        assert states() == []


def making_other(platform, parcel):
    from dataclasses import replace  # noqa: PLC0415 - one use

    return replace(platform.parcels[parcel.order.platform_no][0], waybill_no="YT999")


class TestSeveral:
    def test_merged_orders_are_told_by_their_own_numbers(self, platform, traveller):
        head = making.stocked(making.order())
        member = making.stocked(making.order({making.sku("B"): 1}, merged_into=head))
        leave(making.parcel(head, "78912206330393", state="checked"))
        jobs.drain()
        assert [said.platform_no for said in platform.calls] == [head.platform_no, member.platform_no]
        beat(traveller)
        assert states() == ["confirmed", "confirmed"]

    def test_two_parcels_of_one_order_are_told_by_their_lines_the_last_one_last(self, platform, traveller):
        order = making.stocked(making.order({making.sku("A"): 3, making.sku("B"): 1}))
        first = making.parcel(order, "78912206330393", state="checked")
        second = fulfilment.add_parcel(order.pk, {order.lines.get(merchant_code="A").pk: 2}, by=BY, now=NOW)
        Parcel.objects.filter(pk=second.pk).update(waybill_no="78912206330394")
        leave(first)
        jobs.drain()
        leave(second)
        jobs.drain()
        assert len(platform.calls) == 1  # not within a second of each other
        beat(traveller)
        told = [(said.waybill_no, sorted((line.oid[-1], line.quantity) for line in said.lines), said.is_last) for said in platform.calls]
        assert told == [("78912206330393", [("1", 1), ("2", 1)], False), ("78912206330394", [("1", 2)], True)]
        beat(traveller)
        assert states() == ["confirmed", "confirmed"]

    def test_calls_about_one_order_keep_their_distance(self, platform, traveller):
        order = making.stocked(making.order({making.sku("A"): 2}))
        first = making.parcel(order, "78912206330393", state="checked")
        second = fulfilment.add_parcel(order.pk, {order.lines.get().pk: 1}, by=BY, now=NOW)
        Parcel.objects.filter(pk=second.pk).update(waybill_no="78912206330394")
        leave(first, second)
        jobs.drain()
        assert len(platform.calls) == 1
        beat(traveller, 3)
        assert len(platform.calls) == 2

    def test_parts_of_a_split_order_speak_of_the_platforms_one_number(self, platform, traveller):
        order = making.stocked(making.order({making.sku("A"): 1, making.sku("B"): 1}))
        (part_id,) = orders.split(order.pk, [[(order.lines.get(merchant_code="B").pk, 1)]], by=BY, now=NOW)
        leave(making.parcel(order, "78912206330393", state="checked"))
        jobs.drain()
        beat(traveller)
        assert states() == ["confirmed"]  # the platform shows a part as shipped
        leave(making.parcel(Order.objects.get(pk=part_id), "78912206330394", state="checked"))
        jobs.drain()
        assert [(said.platform_no, len(said.lines), said.is_last) for said in platform.calls] == [
            (order.platform_no, 1, False), (order.platform_no, 1, True),
        ]  # fmt: skip

    def test_where_an_order_takes_one_number_the_others_are_left_to_a_person(self, platform_that, shop, traveller):
        platform = platform_that(can_ship_parts=False)
        order = making.stocked(making.order({making.sku("A"): 2}))
        first = making.parcel(order, "78912206330393", state="checked")
        second = fulfilment.add_parcel(order.pk, {order.lines.get().pk: 1}, by=BY, now=NOW)
        Parcel.objects.filter(pk=second.pk).update(waybill_no="78912206330394")
        leave(first, second)
        jobs.drain()
        beat(traveller)
        assert [(said.waybill_no, said.lines, said.is_last) for said in platform.calls] == [("78912206330393", (), True)]
        other = Confirmation.objects.get(parcel=second)
        assert (other.state, other.error_code) == ("refused", "parts")
        assert "78912206330393" in other.error
        assert "78912206330394" in other.error


class TestTrouble:
    def test_a_refusal_stays_with_its_reason_until_a_person_tells_it_again(self, platform, traveller):
        platform.answers = [ShipResult("", Refusal.REJECTED, "订单正在退款，不能发货")]
        leave(packed())
        jobs.drain()
        beat(traveller, 9999)
        one = Confirmation.objects.get()
        assert (one.state, one.error, len(platform.calls)) == ("refused", "订单正在退款，不能发货", 1)
        assert dispatch.tell_again([one.pk], by=BY, now=clock.now()) == 1
        jobs.drain()
        beat(traveller)
        assert (states(), len(platform.calls)) == (["confirmed"], 2)

    def test_a_call_that_is_refused_for_good_is_the_same(self, platform):
        platform.answers = [Refused("应用没有发货权限")]
        leave(packed())
        jobs.drain()
        assert list(Confirmation.objects.values_list("state", "error_code")) == [("refused", "connector.refused")]

    @pytest.mark.parametrize("no", [ShipResult("", Refusal.REJECTED, "订单已发货，不能重复发货"), Refused("订单已发货，不能重复发货")])
    def test_a_no_after_an_answer_that_was_lost_may_mean_that_it_is_told_already(self, platform, traveller, no):
        platform.dies, platform.is_slow = TemporaryFailure("没有按时回答"), True
        leave(packed())
        jobs.drain()
        platform.answers = [no]
        beat(traveller, 60)
        assert (states(), len(platform.calls)) == (["waiting"], 2)
        platform.is_slow = False
        beat(traveller, 300)
        assert (states(), len(platform.calls)) == (["confirmed"], 2)

    def test_what_may_pass_is_tried_again_later_and_later(self, platform, traveller):
        platform.answers = [ShipResult("", Refusal.TEMPORARY, "系统繁忙")] * 4
        leave(packed())
        jobs.drain()
        gaps = []
        for _time in range(4):
            gaps.append((Confirmation.objects.get().retry_at - clock.now()).total_seconds())
            beat(traveller, gaps[-1])
        assert (gaps, states()) == ([10, 40, 160, 640], ["told"])

    def test_an_outage_rests_the_shop_and_holds_up_no_other_parcel_for_good(self, platform, traveller):
        platform.answers = [TemporaryFailure("连不上")]
        first, second = packed(), packed(making.order({making.sku("B"): 1}), "78912206330394")
        leave(first, second)
        jobs.drain()
        assert (len(platform.calls), ShopDispatch.objects.get().error) == (1, "连不上")
        beat(traveller)
        beat(traveller)
        assert (states(), ShopDispatch.objects.get().error) == (["confirmed", "confirmed"], "")

    def test_a_shop_that_is_asked_for_patience_waits(self, platform, traveller):
        platform.answers = [RateLimited("太频繁", wait=90)]
        leave(packed())
        jobs.drain()
        beat(traveller, 60)
        assert len(platform.calls) == 1
        beat(traveller, 60)
        assert len(platform.calls) == 2

    def test_access_that_ran_out_rests_the_shop_until_it_is_renewed(self, platform, traveller):
        platform.answers = [CredentialsExpired("授权过期")]
        leave(packed())
        jobs.drain()
        assert (states(), ShopConnection.objects.get().state) == (["waiting"], "refused")
        beat(traveller, 60)
        assert len(platform.calls) == 1
        ShopConnection.objects.update(state="connected")
        beat(traveller, 60)
        beat(traveller)
        assert states() == ["confirmed"]

    def test_an_adapters_own_mistake_holds_up_nobody_else(self, platform, traveller):
        platform.answers = [KeyError("x")]
        leave(packed(), packed(making.order({making.sku("B"): 1}), "78912206330394"))
        jobs.drain()
        beat(traveller)
        beat(traveller)
        assert (states(), len(platform.calls)) == (["confirmed", "confirmed"], 3)

    @pytest.mark.parametrize("shows", [True, False])
    def test_a_worker_that_dies_between_call_and_note_confirms_it_once(self, platform, traveller, shows):
        """The platform shows it already: nothing is told twice. It does not show it yet: telling it again is taken as known."""
        platform.is_slow = not shows
        platform.dies = KeyboardInterrupt()
        parcel = packed()
        leave(parcel)
        with pytest.raises(KeyboardInterrupt):
            dispatch.note_shipped([dispatch.ParcelsShipped((parcel.pk,))]) or dispatch.tell_shop(parcel.order.shop_id)
        ShopDispatch.objects.update(busy_until=None)
        assert (states(), Confirmation.objects.get().attempts) == (["waiting"], 1)
        jobs.drain()
        platform.is_slow = False
        beat(traveller)
        assert states() == ["confirmed"]
        assert len(platform.calls) == (1 if shows else 2)
        assert len(platform.parcels[parcel.order.platform_no]) == 1

    def test_the_same_fact_twice_tells_once(self, platform, traveller):
        parcel = packed()
        leave(parcel)
        for _time in range(2):
            dispatch.note_shipped([dispatch.ParcelsShipped((parcel.pk,))])
            jobs.drain()
        beat(traveller)
        assert (states(), len(platform.calls)) == (["confirmed"], 1)

    def test_a_call_that_got_no_answer_is_looked_up_before_it_is_told_again(self, platform, traveller):
        """Killed, cut off, timed out: all the same to us. The platform has it."""
        platform.dies = TemporaryFailure("没有按时回答")
        leave(packed())
        jobs.drain()
        assert (states(), Confirmation.objects.get().error) == (["waiting"], "没有按时回答")
        beat(traveller)
        assert (states(), len(platform.calls), Confirmation.objects.get().error) == (["confirmed"], 1, "")

    def test_a_worker_that_dies_keeps_the_shop_for_its_lease_only(self, platform, traveller, shop):
        leave(packed())
        ShopDispatch.objects.create(shop=shop, busy_until=clock.now() + timedelta(seconds=100))
        jobs.drain()
        assert platform.calls == []
        beat(traveller, 101)
        assert len(platform.calls) == 1


class TestBack:
    def test_what_comes_back_before_it_was_told_is_not_told(self, platform, traveller):
        platform.answers = []
        parcel = packed()
        leave(parcel)
        dispatch.note_shipped([dispatch.ParcelsShipped((parcel.pk,))])
        assert states() == ["waiting"]
        fulfilment.unship([parcel.pk], by=BY, now=NOW)
        jobs.drain()
        assert (states(), platform.calls) == ([], [])

    def test_the_same_number_again_is_not_told_again(self, platform, traveller):
        parcel = packed()
        leave(parcel)
        jobs.drain()
        fulfilment.unship([parcel.pk], by=BY, now=clock.now())
        leave(parcel)
        jobs.drain()
        beat(traveller)
        assert (states(), len(platform.calls)) == (["confirmed"], 1)

    def other_number(self, parcel, number="78912206330394"):
        fulfilment.unship([parcel.pk], by=BY, now=clock.now())
        Parcel.objects.filter(pk=parcel.pk).update(waybill_no=number)
        leave(parcel)
        jobs.drain()

    def test_another_number_after_it_was_told_is_a_change(self, platform, traveller):
        parcel = packed()
        leave(parcel)
        jobs.drain()
        traveller(10)
        self.other_number(parcel)
        beat(traveller)
        beat(traveller)
        said = platform.calls[-1]
        assert (said.is_change, said.old_waybill_no, said.waybill_no) == (True, "78912206330393", "78912206330394")
        assert (states(), len(platform.calls)) == (["confirmed"], 2)

    def test_where_numbers_cannot_be_changed_a_person_is_told_what_to_do(self, platform_that, shop, traveller):
        platform = platform_that(can_change_waybill=False)
        parcel = packed()
        leave(parcel)
        jobs.drain()
        self.other_number(parcel)
        one = Confirmation.objects.get()
        assert (one.state, one.error_code, len(platform.calls)) == ("refused", "change", 1)
        assert "78912206330393" in one.error
        assert "78912206330394" in one.error

    def test_a_parcel_that_was_told_and_given_up_is_replaced_by_the_next(self, platform, traveller):
        parcel = packed()
        leave(parcel)
        jobs.drain()
        fulfilment.unship([parcel.pk], by=BY, now=clock.now())
        fulfilment.void_parcels([parcel.pk], by=BY, now=clock.now())
        again = making.parcel(Order.objects.get(), "78912206330395", state="checked")
        leave(again)
        jobs.drain()
        said = platform.calls[-1]
        assert (said.is_change, said.old_waybill_no, Confirmation.objects.count()) == (True, "78912206330393", 1)


class TestFiles:
    def file_of(self, shop, *some):
        made = ShipFile.objects.create(shop=shop, path="x", file_name="x", created_at=NOW)
        ShipFileParcel.objects.bulk_create([ShipFileParcel(ship_file=made, parcel=parcel) for parcel in some])

    def test_what_is_told_by_itself_stands_in_no_file(self, platform, shop, traveller):
        leave(packed())
        jobs.drain()
        for _state in ("told", "confirmed"):
            assert (ship_files.untold(shop.pk).count(), parcels.untold_counts(None)) == (0, {})
            beat(traveller)

    def test_what_the_platform_refused_may_go_by_file(self, platform, shop, settings, tmp_path):
        settings.MEDIA_ROOT = tmp_path
        type(shop).objects.update(platform="pdd")
        platform.answers = [ShipResult("", Refusal.REJECTED, "不行")]
        leave(packed())
        jobs.drain()
        assert ship_files.untold(shop.pk).count() == 1
        fulfilment.make_ship_files(shop.pk, by=BY, now=clock.now())
        assert (states(), ship_files.untold(shop.pk).count()) == ([], 0)

    def test_what_a_file_told_is_not_told_again_unless_a_person_wants_it(self, platform, shop):
        parcel = packed()
        leave(parcel)
        self.file_of(shop, parcel)
        jobs.drain()
        assert (states(), platform.calls) == ([], [])
        assert dispatch.tell_parcels([parcel.pk], by=BY, now=clock.now()) == 1
        jobs.drain()
        assert (states(), len(platform.calls)) == (["told"], 1)

    def test_a_person_may_leave_it_to_files(self, platform, shop, traveller):
        platform.answers = [ShipResult("", Refusal.TEMPORARY, "系统繁忙")]
        leave(packed())
        jobs.drain()
        assert fulfilment.leave_to_files([Confirmation.objects.get().pk], by=BY, now=clock.now()) == 1
        beat(traveller, 60)
        assert (states(), len(platform.calls), ship_files.untold(shop.pk).count()) == ([], 1, 1)


class TestCosts:
    def shipped(self, count):
        made = [making.parcel(making.order(), f"7891220633{n:04d}", state="shipped", shipped_at=NOW) for n in range(count)]
        return [parcel.pk for parcel in made]

    def test_writing_down_costs_the_same_for_one_and_for_fifty(self, platform, shop, same_queries):
        ids = self.shipped(51)

        def work(some):
            return lambda: fulfilment.expect(some, shop_ids=[shop.pk], now=NOW)

        same_queries(work(ids[:1]), work(ids[1:]))
        Parcel.objects.update(waybill_no="YT1")
        same_queries(work(ids[:1]), work(ids[1:]))

    def test_what_people_do_costs_the_same_for_one_and_for_fifty(self, platform, shop, same_queries):
        fulfilment.expect(self.shipped(51), shop_ids=[shop.pk], now=NOW)
        ids = list(Confirmation.objects.order_by("pk").values_list("pk", flat=True))
        same_queries(lambda: fulfilment.retry(ids[:1], by=BY, now=NOW), lambda: fulfilment.retry(ids[1:], by=BY, now=NOW))
        same_queries(lambda: fulfilment.leave_to_files(ids[:1], by=BY, now=NOW), lambda: fulfilment.leave_to_files(ids[1:], by=BY, now=NOW))

    def test_looking_costs_the_same_for_one_and_for_fifty(self, platform_that, shop, same_queries):
        platform = platform_that(fetch_size=50)
        fulfilment.expect(self.shipped(51), shop_ids=[shop.pk], now=NOW)
        Confirmation.objects.update(state="told", told_at=NOW)
        for one in Confirmation.objects.all():
            platform.parcels[one.platform_no] = [confirmations.plan(one).shipment]
        told = list(Confirmation.objects.order_by("pk").select_related("order"))
        same_queries(lambda: dispatch._look_at(shop, platform, told[:1]), lambda: dispatch._look_at(shop, platform, told[1:]))
        assert set(states()) == {"confirmed"}

    def test_what_pages_ask_costs_the_same_for_one_shop_and_for_many(self, platform, shop, same_queries):
        for n in range(6):
            at = making.shop(f"店 {n}")
            fulfilment.expect([making.parcel(making.order(at=at), "1", state="shipped", shipped_at=NOW).pk], shop_ids=[at.pk], now=NOW)
        ids = list(Confirmation.objects.values_list("shop", flat=True))
        same_queries(lambda: confirmations.standings(ids[:1], now=NOW), lambda: confirmations.standings(ids, now=NOW))
