"""From open parcel to the truck: open, print, check, ship, back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pypdfium2
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from danshu.audit.models import Entry
from danshu.core import jobs
from danshu.core.errors import DomainError
from danshu.core.models import Run
from danshu.fulfilment import operations as fulfilment
from danshu.fulfilment import queries
from danshu.fulfilment.models import Parcel, ParcelLine, PrintBatch, Printer, Scan
from danshu.fulfilment.operations import printing
from danshu.fulfilment.tests import making
from danshu.fulfilment.tests.making import BY, NOW
from danshu.orders.models import Order
from danshu.orders.states import Fulfilment, Issue, Payment, Refund
from danshu.stock.models import Balance, Reservation

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _files(settings: object, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def statements(work: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as seen:
        work()
    return len(seen)


def opened(*orders: Order) -> list[int]:
    return fulfilment.open_parcels([order.pk for order in orders], by=BY, now=NOW)


def printed(*orders: Order, **more: object) -> PrintBatch:
    batch = fulfilment.print_papers(order_ids=[order.pk for order in orders], by=BY, now=NOW, **{"papers": ["label"], **more})
    jobs.drain()
    batch.refresh_from_db()
    return batch


def words(batch: PrintBatch, root: Path) -> list[str]:
    with pypdfium2.PdfDocument((root / batch.path).read_bytes()) as pdf:
        return [page.get_textpage().get_text_bounded() for page in pdf]


class TestParcels:
    def test_opening_twice_opens_once(self) -> None:
        order = making.order(courier="sf")
        assert opened(order) == opened(order)
        assert Parcel.objects.get().courier_code == "sf"

    def test_merged_orders_share_the_head_s_parcel(self) -> None:
        head = making.order()
        child = making.order(merged_into=head)
        assert opened(child) == opened(head)
        assert Parcel.objects.get().order == head

    def test_a_second_parcel_takes_pieces_and_leaves_the_rest(self) -> None:
        order = making.order({making.sku("A"): 3, making.sku("B"): 1})
        opened(order)
        line = order.lines.get(merchant_code="A")
        extra = fulfilment.add_parcel(order.pk, {line.pk: 2}, by=BY, now=NOW)
        assert extra.sequence == 2
        inside = {p.sequence: dict(p.contents.values_list("line__merchant_code", "quantity")) for p in Parcel.objects.all()}
        assert inside == {1: {"A": 1, "B": 1}, 2: {"A": 2}}

    @pytest.mark.parametrize("count", [0, 4, 5])
    def test_a_second_parcel_is_neither_empty_nor_everything(self, count: int) -> None:
        order = making.order({making.sku("A"): 4})
        opened(order)
        with pytest.raises(DomainError) as refused:
            fulfilment.add_parcel(order.pk, {order.lines.get().pk: count}, by=BY, now=NOW)
        assert refused.value.code == "parcel.contents"

    def test_a_void_parcel_gives_its_pieces_back(self) -> None:
        order = making.order({making.sku("A"): 3})
        opened(order)
        extra = fulfilment.add_parcel(order.pk, {order.lines.get().pk: 1}, by=BY, now=NOW)
        assert fulfilment.void_parcels([extra.pk], by=BY, now=NOW) == 1
        assert not ParcelLine.objects.exclude(parcel=extra).exists()  # the first holds everything again

    def test_a_parcel_that_left_cannot_be_void(self) -> None:
        parcel = making.parcel(state="shipped", shipped_at=NOW)
        with pytest.raises(DomainError) as refused:
            fulfilment.void_parcels([parcel.pk], by=BY, now=NOW)
        assert refused.value.code == "parcel.shipped"

    def test_many_orders_cost_as_many_statements_as_one(self) -> None:
        one, many = [making.order()], [making.order() for _ in range(50)]
        assert statements(lambda: opened(*one)) == statements(lambda: opened(*many))


class TestPrinting:
    def test_a_batch_is_sorted_by_courier_then_shelf_and_marks_orders(self, settings: object) -> None:
        far = making.order({making.sku("FAR", shelf="B-10"): 1})
        near = making.order({making.sku("NEAR", shelf="B-2"): 1})
        sf = making.order({making.sku("NEAR"): 1}, courier="sf")
        batch = printed(far, near, sf, papers=["label", "slip", "pick"])
        assert [m.parcel.order_id for m in queries.members(batch)] == [sf.pk, near.pk, far.pk]
        assert (batch.state, batch.papers, batch.no) == ("ready", ["pick", "slip", "label"], f"B-{batch.pk:04d}")
        assert set(Order.objects.values_list("fulfilment", flat=True)) == {"printed"}
        assert set(Parcel.objects.values_list("state", "print_count")) == {("printed", 1)}
        assert len(words(batch, settings.MEDIA_ROOT)) == 1 + 3 + 3

    def test_what_cannot_be_printed_is_left_out_with_its_reason(self) -> None:
        good = making.order()
        bad = {
            "no_courier": making.order(courier=""),
            "short": making.order(issues=Issue.SHORT),
            "held": making.order(is_held=True),
            "unmapped": making.order(issues=Issue.UNMAPPED),
            "refunding": making.order(refund=Refund.REQUESTED),
            "changed": making.order(issues=Issue.CHANGED),
            "unpaid": making.order(payment=Payment.UNPAID),
            "cancelled": making.order(fulfilment=Fulfilment.CANCELLED),
            "address": making.order(issues=Issue.ADDRESS),
            "blocked": making.order(issues=Issue.BLOCKED),
        }
        batch = printed(good, *bad.values())
        assert {one["order"]: one["code"] for one in batch.left_out} == {order.short_no: code for code, order in bad.items()}
        assert batch.parcel_count == 1
        assert all(one["reason"] for one in batch.left_out)

    def test_one_bad_order_of_a_box_keeps_the_box_back(self) -> None:
        head = making.order()
        making.order(merged_into=head, refund=Refund.REQUESTED)
        with pytest.raises(DomainError) as refused:
            printed(head)
        assert refused.value.code == "print.nothing"
        assert refused.value.details["left_out"][0]["code"] == "refunding"

    def test_a_changed_order_is_printed_when_somebody_looked(self) -> None:
        assert printed(making.order(issues=Issue.CHANGED), accept_changed=True).parcel_count == 1

    def test_a_reprint_is_counted_and_marked(self, settings: object) -> None:
        order = making.order()
        printed(order)
        for times in (1, 2):
            batch = fulfilment.reprint(opened(order), papers=["label"], by=BY, now=NOW)
            jobs.drain()
            batch.refresh_from_db()
            assert f"补打 {times}" in words(batch, settings.MEDIA_ROOT)[0]
        assert Parcel.objects.get().print_count == 3

    def test_after_a_jam_the_batch_goes_on_with_the_same_numbers(self, settings: object) -> None:
        batch = printed(*(making.order() for _ in range(5)))
        numbers = list(Parcel.objects.order_by("id").values_list("waybill_no", "print_count"))
        fulfilment.continue_batch(batch.pk, 4, by=BY, now=NOW)
        jobs.drain()
        batch.refresh_from_db()
        pages = words(batch, settings.MEDIA_ROOT)
        assert [("4 / 5" in pages[0]), ("5 / 5" in pages[1]), len(pages), "补打" in pages[0]] == [True, True, 2, False]
        assert list(Parcel.objects.order_by("id").values_list("waybill_no", "print_count")) == numbers
        with pytest.raises(DomainError) as refused:
            fulfilment.continue_batch(batch.pk, 6, by=BY, now=NOW)
        assert refused.value.code == "print.position"

    def test_receivers_are_masked_unless_the_batch_is_plain_and_that_is_written_down(self, settings: object) -> None:
        order = making.order()
        (masked,) = words(printed(order), settings.MEDIA_ROOT)
        assert "17612349034" not in masked
        assert not Entry.objects.filter(verb="people.revealed").exists()
        (plain,) = words(printed(order, plain=True), settings.MEDIA_ROOT)
        assert "17612349034" in plain
        assert Entry.objects.get(verb="people.revealed").target_id == order.pk

    def test_the_printer_decides_size_offset_and_switches(self) -> None:
        draft = fulfilment.PrinterDraft("1 号机", "76x130", offset_x=-12, is_plain=True, shows_prices=True, is_default=True)
        printer = fulfilment.save_printer(draft, by=BY, now=NOW)
        batch = printed(making.order(), printer_id=printer.pk)
        assert (batch.size, batch.is_plain, batch.shows_prices) == ("76x130", True, True)

    def test_a_pick_list_alone_does_not_mark_anything(self) -> None:
        printed(making.order(), papers=["pick"])
        assert Order.objects.get().fulfilment == "waiting"
        assert Parcel.objects.get().print_count == 0

    def test_an_order_cancelled_while_the_pdf_is_drawn_stays_cancelled(self) -> None:
        order = making.order()
        batch = fulfilment.print_papers(order_ids=[order.pk], by=BY, now=NOW)
        Order.objects.update(fulfilment="cancelled")
        jobs.drain()
        batch.refresh_from_db()
        assert (batch.state, Order.objects.get().fulfilment) == ("ready", "cancelled")

    def test_a_parcel_without_number_follows_the_order_s_new_courier(self) -> None:
        order = making.order(courier="zto")
        opened(order)
        Order.objects.update(courier_code="sf")
        printed(order)
        assert Parcel.objects.get().courier_code == "sf"

    def test_wrong_wishes_are_refused(self) -> None:
        order = making.order()
        for wish, code in (({"papers": []}, "print.papers"), ({"size": "A5"}, "print.size")):
            with pytest.raises(DomainError) as refused:
                fulfilment.print_papers(order_ids=[order.pk], by=BY, now=NOW, **wish)
            assert refused.value.code == code

    def test_old_papers_are_swept(self, settings: object) -> None:
        batch = printed(making.order())
        assert printing.sweep(NOW + timedelta(days=8)) == 1
        assert not (settings.MEDIA_ROOT / batch.path).exists()

    def test_many_orders_cost_as_many_statements_as_one(self) -> None:
        def costs(n: int) -> tuple[int, int]:
            orders = [making.order({making.sku(f"S{k}"): 1 for k in range(2)}) for _ in range(n)]
            batch: list[PrintBatch] = []
            press = lambda: batch.append(fulfilment.print_papers(order_ids=[o.pk for o in orders], by=BY, now=NOW))  # noqa: E731 - a short name for this test alone
            return statements(press), statements(lambda: printing.draw_papers(batch[0].pk, now=NOW))

        assert costs(1) == costs(50)


class TestChecking:
    def ready(self, things: dict[object, int]) -> Parcel:
        order = making.order(things)
        printed(order)
        return Parcel.objects.get(order=order)

    def beep(self, parcel: Parcel, code: str, quantity: int = 1) -> fulfilment.ScanResult:
        return fulfilment.scan(parcel.pk, code, quantity=quantity, by=BY, now=NOW)

    def test_each_item_is_counted_until_the_parcel_is_checked(self) -> None:
        parcel = self.ready({making.sku("A", barcode="6901234567892"): 2, making.sku("B"): 1})
        assert [self.beep(parcel, code).verdict for code in ("6901234567892", "b", "A")] == ["right", "right", "done"]
        parcel.refresh_from_db()
        assert (parcel.state, parcel.checked_by, parcel.order.fulfilment) == ("checked", "李建明", "checked")

    def test_a_wrong_item_is_named_and_kept(self) -> None:
        parcel = self.ready({making.sku("MUG-380", name="马克杯", spec="380ml"): 1})
        making.sku("MUG-280", name="马克杯", spec="280ml", barcode="690280")
        result = self.beep(parcel, "690280")
        assert (result.verdict, result.left) == ("wrong", 1)
        assert "280ml" in result.message
        assert "380ml" in result.message
        assert Scan.objects.get().is_right is False

    def test_one_too_many_and_unknown_codes_are_refused(self) -> None:
        parcel = self.ready({making.sku("A"): 1, making.sku("B"): 1})
        verdicts = [self.beep(parcel, code).verdict for code in ("A", "A", "ZZZ")]
        assert verdicts == ["right", "too_many", "unknown"]
        assert self.beep(parcel, "B").verdict == "done"

    def test_several_pieces_at_once(self) -> None:
        parcel = self.ready({making.sku("A"): 12})
        assert [self.beep(parcel, "A", 10).verdict, self.beep(parcel, "A", 3).verdict, self.beep(parcel, "A", 2).verdict] == [
            "right", "too_many", "done",
        ]  # fmt: skip

    def test_a_bundle_is_checked_by_its_parts(self) -> None:
        bundle = making.bundle("SET", {making.sku("A"): 2, making.sku("B"): 1})
        parcel = self.ready({bundle: 1})
        assert [self.beep(parcel, code).verdict for code in ("SET", "A", "A", "B")] == ["wrong", "right", "right", "done"]

    def test_merged_orders_are_checked_together(self) -> None:
        head = making.order({making.sku("A"): 1})
        child = making.order({making.sku("A"): 1}, merged_into=head)
        printed(head)
        parcel = Parcel.objects.get()
        assert [self.beep(parcel, "A").verdict for _ in range(2)] == ["right", "done"]
        child.refresh_from_db()
        assert child.fulfilment == "checked"

    def test_force_needs_a_reason_and_is_counted(self) -> None:
        parcel = self.ready({making.sku("A"): 1})
        with pytest.raises(DomainError) as refused:
            fulfilment.force_check(parcel.pk, " ", by=BY, now=NOW)
        assert refused.value.code == "scan.reason"
        fulfilment.force_check(parcel.pk, "条码破损", by=BY, now=NOW)
        parcel.refresh_from_db()
        assert (parcel.state, parcel.is_forced, parcel.force_reason) == ("checked", True, "条码破损")
        assert queries.checked_on(NOW.date(), None) == queries.CheckCount(1, 1)
        assert Entry.objects.get(verb="parcel.forced").note == "条码破损"

    def test_a_check_can_begin_again(self) -> None:
        parcel = self.ready({making.sku("A"): 1})
        self.beep(parcel, "A")
        fulfilment.restart(parcel.pk, by=BY, now=NOW)
        assert self.beep(parcel, "A").verdict == "done"

    def test_a_held_or_refunding_order_is_not_packed(self) -> None:
        parcel = self.ready({making.sku("A"): 1})
        Order.objects.update(refund=Refund.REQUESTED)
        with pytest.raises(DomainError) as refused:
            self.beep(parcel, "A")
        assert refused.value.code == "scan.refunding"

    def test_the_last_four_digits_open_a_parcel_in_the_house(self) -> None:
        parcel = self.ready({making.sku("A"): 1})
        Parcel.objects.update(waybill_no="78912206330393")
        order = parcel.order
        for text in ("0393", "78912206330393", order.no, order.short_no, order.platform_no):
            assert [one.pk for one in queries.find_parcels(text, None)] == [parcel.pk], text
        assert queries.find_parcels("0393", []) == []
        assert queries.find_parcels("9999", None) == []


class TestShipping:
    def parcel(self, **given: object) -> Parcel:
        order = making.stocked(making.order({making.sku("A"): 2}, **given))
        return making.parcel(order, waybill_no=f"789122063{order.pk:05d}")

    def test_stock_leaves_and_the_order_moves(self) -> None:
        parcel = self.parcel()
        report = fulfilment.ship([parcel.pk], by=BY, now=NOW)
        assert (report.shipped, report.refused) == ((parcel.pk,), ())
        parcel.refresh_from_db()
        assert (parcel.state, parcel.shipped_at, parcel.order.fulfilment) == ("shipped", NOW, "shipped")
        assert list(Balance.objects.values_list("on_hand", "locked")) == [(0, 0)]
        assert Reservation.objects.get().state == "consumed"

    def test_what_may_not_leave_is_refused_and_holds_up_nobody(self) -> None:
        good = self.parcel()
        bad = {
            "no_waybill": making.parcel(self.parcel().order),
            "held": self.parcel(is_held=True),
            "refunding": self.parcel(refund=Refund.REQUESTED),
            "gone": making.parcel(waybill_no="1", state="shipped", shipped_at=NOW),
            "void": making.parcel(waybill_no="1", state="void"),
            "short": self.parcel(issues=Issue.SHORT),
        }
        Parcel.objects.filter(pk=bad["no_waybill"].pk).update(waybill_no="")
        report = fulfilment.ship([good.pk, *(one.pk for one in bad.values())], by=BY, now=NOW)
        assert report.shipped == (good.pk,)
        assert {one.parcel_id: one.code for one in report.refused} == {one.pk: code for code, one in bad.items()}

    def test_own_delivery_needs_no_number(self) -> None:
        parcel = making.parcel(making.stocked(making.order(courier="self")))
        assert fulfilment.ship([parcel.pk], by=BY, now=NOW).shipped == (parcel.pk,)

    def test_an_order_has_left_when_its_last_parcel_has(self) -> None:
        parcel = self.parcel()
        extra = fulfilment.add_parcel(parcel.order_id, {parcel.order.lines.get().pk: 1}, by=BY, now=NOW)
        Parcel.objects.filter(pk=extra.pk).update(waybill_no="78912206330394")
        fulfilment.ship([parcel.pk], by=BY, now=NOW)
        assert Order.objects.get().fulfilment == "waiting"
        fulfilment.ship([extra.pk], by=BY, now=NOW)
        assert Order.objects.get().fulfilment == "shipped"

    def test_merged_orders_leave_together(self) -> None:
        head = making.stocked(making.order({making.sku("A"): 1}))
        child = making.stocked(making.order({making.sku("B"): 1}, merged_into=head))
        fulfilment.ship([making.parcel(head, waybill_no="78912206330393").pk], by=BY, now=NOW)
        child.refresh_from_db()
        assert child.fulfilment == "shipped"
        assert set(Reservation.objects.values_list("state", flat=True)) == {"consumed"}

    def test_a_shipping_can_be_taken_back_for_ten_minutes(self) -> None:
        parcel = self.parcel()
        fulfilment.ship([parcel.pk], by=BY, now=NOW)
        assert fulfilment.unship([parcel.pk], by=BY, now=NOW + timedelta(minutes=9)) == 1
        parcel.refresh_from_db()
        assert (parcel.state, parcel.shipped_at, parcel.order.fulfilment) == ("open", None, "waiting")
        assert list(Balance.objects.values_list("on_hand", "locked")) == [(2, 2)]
        fulfilment.ship([parcel.pk], by=BY, now=NOW)
        with pytest.raises(DomainError) as refused:
            fulfilment.unship([parcel.pk], by=BY, now=NOW + timedelta(minutes=11))
        assert refused.value.code == "ship.too_late"

    def test_many_at_once_run_in_the_background_with_a_result_each(self) -> None:
        parcels = [self.parcel() for _ in range(3)]
        bad = making.parcel()
        run = fulfilment.ship_many([*(one.pk for one in parcels), bad.pk], by=BY, now=NOW)
        jobs.drain()
        run = Run.objects.get(pk=run.pk)
        assert (run.state, run.done, run.failed, run.summary) == ("done", 4, 1, {"shipped": 3})

    def test_many_parcels_cost_as_many_statements_as_one(self) -> None:
        def cost(n: int, work: Callable[[list[int]], object]) -> int:
            ids = [self.parcel().pk for _ in range(n)]
            if work is back:
                fulfilment.ship(ids, by=BY, now=NOW)
            return statements(lambda: work(ids))

        def away(ids: list[int]) -> object:
            return fulfilment.ship(ids, by=BY, now=NOW)

        def back(ids: list[int]) -> object:
            return fulfilment.unship(ids, by=BY, now=NOW)

        assert cost(1, away) == cost(50, away)
        assert cost(2, back) == cost(50, back)  # one line alone asks stock by a shorter way

    def test_the_handover_list_holds_what_left_today(self) -> None:
        parcel = self.parcel()
        fulfilment.ship([parcel.pk], by=BY, now=NOW)
        with pypdfium2.PdfDocument(fulfilment.handover("zto", NOW.date())) as pdf:
            text = pdf[0].get_textpage().get_text_bounded()
        assert parcel.waybill_no in text
        assert "中通快递" in text
        assert queries.taken_counts(NOW.date(), None) == [("zto", 1)]


class TestSettings:
    def test_only_one_printer_is_the_default_and_names_are_unique(self) -> None:
        for name in ("1 号机", "2 号机"):
            fulfilment.save_printer(fulfilment.PrinterDraft(name, "A4", is_default=True), by=BY, now=NOW)
        assert list(Printer.objects.filter(is_default=True).values_list("name", flat=True)) == ["2 号机"]
        for draft, code in (
            (fulfilment.PrinterDraft("1 号机", "A4"), "printer.name"),
            (fulfilment.PrinterDraft("3", "A5"), "printer.size"),
            (fulfilment.PrinterDraft("3", "A4", offset_x=201), "printer.offset"),
        ):
            with pytest.raises(DomainError) as refused:
                fulfilment.save_printer(draft, by=BY, now=NOW)
            assert refused.value.code == code

    def test_a_courier_is_saved_with_a_known_adapter(self) -> None:
        assert fulfilment.save_courier("zto", adapter="number_range", by=BY, now=NOW).adapter == "number_range"
        for code, adapter, error in (("nobody", "elsewhere", "courier.unknown"), ("zto", "os.path", "courier.adapter")):
            with pytest.raises(DomainError) as refused:
                fulfilment.save_courier(code, adapter=adapter, by=BY, now=NOW)
            assert refused.value.code == error

    def test_a_removed_printer_leaves_its_batches(self) -> None:
        printer = fulfilment.save_printer(fulfilment.PrinterDraft("1", "A4"), by=BY, now=NOW)
        batch = printed(making.order(), printer_id=printer.pk)
        fulfilment.remove_printer(printer.pk, by=BY, now=NOW)
        batch.refresh_from_db()
        assert batch.printer is None
