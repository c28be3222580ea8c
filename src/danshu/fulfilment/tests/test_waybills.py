"""Numbers on parcels: recognised when certain, doubted when odd, never blocked."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from danshu.channels.contract import Receiver
from danshu.core.errors import DomainError
from danshu.fulfilment import couriers, waybills
from danshu.fulfilment import operations as fulfilment
from danshu.fulfilment.models import CourierSetting, NumberRange, Parcel
from danshu.fulfilment.operations.ranges import HouseRanges
from danshu.fulfilment.tests import making
from danshu.fulfilment.tests.making import BY, NOW

ELSEWHERE = Receiver(name="赵云", phone="13911112222", province="河北省", city="石家庄市", district="正定县", address="子龙路 1 号")


@pytest.mark.parametrize(
    ("number", "courier"),
    [
        ("SF1234567890123", "sf"), ("78912206330393", "zto"), ("YT1234567890123", "yto"), ("771234567890123", "sto"),
        ("YD123456789012", "yunda"), ("JT1234567890123", "jt"), ("JDVA12345678901", "jd"), ("JD0123456789012", "jd"),
        ("JDVA12345678901-1-1-", "jd"), ("DPK123456789012", "dbkd"), ("EA123456789CN", "ems"), ("ZJS123456789012", "zjs"),
        ("123456789012", ""), ("4612345678901", ""), ("A123456789012", ""), ("", ""),
    ],
)  # fmt: skip
def test_only_strong_numbers_name_their_courier(number: str, courier: str) -> None:
    assert waybills.recognise(number) == courier


def test_twelve_digits_only_suggest() -> None:
    assert {"sf", "ane", "ymdd", "ztoky"} <= set(waybills.suggest("123456789012"))


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("中通", "zto"), ("中通快递（月结）", "zto"), ("ZTO", "zto"), ("顺丰标快", "sf"), ("极兔", "jt"), ("中国邮政", ""), ("邮政", ""),
        ("京东物流", "jd"), ("京东物流快运", "jdky"), ("德邦物流", "dbwl"), ("德邦", "dbkd"), ("没听过的快递", ""), ("", ""),
    ],
)  # fmt: skip
def test_couriers_are_found_by_any_spelling(written: str, code: str) -> None:
    assert couriers.find(written) == code


def test_codes_are_never_shared_between_systems() -> None:
    assert couriers.from_system("douyin", "debangwuliu") == "dbkd"
    assert couriers.from_system("kuaidi100", "debangwuliu") == "dbwl"
    assert couriers.from_system("kuaidi100", "shunfeng-none") == ""


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [(" 7891 2206 3303 93\t", "78912206330393"), ("'yt1234567890123", "YT1234567890123"), ('="SF123"', "SF123"), ("ＪＴ１２", "JT12")],
)
def test_numbers_are_cleaned(raw: str, cleaned: str) -> None:
    assert waybills.clean(raw) == cleaned


@pytest.mark.django_db
class TestTyped:
    def type(self, parcel: Parcel, number: str, courier: str = "") -> fulfilment.Answer:
        (answer,) = fulfilment.set_waybills([fulfilment.Number(parcel.pk, number, courier)], source="typed", by=BY, now=NOW)
        return answer

    def test_a_good_number_has_no_warning_and_names_a_missing_courier(self) -> None:
        parcel = making.parcel(making.order(courier=""))
        answer = self.type(parcel, "7891 2206 3303 93")
        parcel.refresh_from_db()
        assert (answer.ok, answer.warnings) == (True, ())
        assert (parcel.waybill_no, parcel.courier_code, parcel.waybill_source) == ("78912206330393", "zto", "typed")

    def test_a_number_of_another_courier_is_saved_with_a_warning(self) -> None:
        parcel = making.parcel()
        assert self.type(parcel, "YT1234567890123").warnings == ("courier.mismatch",)
        parcel.refresh_from_db()
        assert (parcel.waybill_no, parcel.courier_code, parcel.warnings) == ("YT1234567890123", "zto", ["courier.mismatch"])

    def test_an_odd_length_an_unknown_courier_and_a_mangled_number_warn(self) -> None:
        parcel = making.parcel()
        assert self.type(parcel, "12").warnings == ("number.shape",)
        assert self.type(parcel, "12", "nobody").warnings == ("courier.unknown",)
        assert self.type(parcel, "7.73E+14").warnings == ("number.mangled",)

    def test_one_number_on_two_addresses_warns_but_one_receiver_may_share(self) -> None:
        self.type(making.parcel(), "78912206330393")
        assert self.type(making.parcel(), "78912206330393").warnings == ()
        assert self.type(making.parcel(making.order(to=ELSEWHERE)), "78912206330393").warnings == ("number.two_addresses",)

    def test_two_rows_of_one_batch_are_compared_too(self) -> None:
        here, there = making.parcel(), making.parcel(making.order(to=ELSEWHERE))
        numbers = [fulfilment.Number(one.pk, "78912206330393") for one in (here, there)]
        answers = fulfilment.set_waybills(numbers, source="scanned", by=BY, now=NOW)
        assert [answer.warnings for answer in answers] == [("number.two_addresses",)] * 2

    def test_a_number_that_left_before_is_reused_and_after_a_month_stale(self) -> None:
        making.parcel(waybill_no="78912206330393", state="shipped", shipped_at=NOW - timedelta(days=40))
        assert self.type(making.parcel(), "78912206330393").warnings == ("number.reused", "number.stale")

    def test_a_parcel_that_left_keeps_its_number(self) -> None:
        parcel = making.parcel(waybill_no="78912206330393", state="shipped", shipped_at=NOW)
        answer = self.type(parcel, "78912206330394")
        assert (answer.ok, answer.waybill_no) == (False, "78912206330393")
        assert "已经发货" in answer.reason

    def test_an_empty_number_takes_it_away(self) -> None:
        parcel = making.parcel(waybill_no="78912206330393")
        assert self.type(parcel, "").warnings == ()
        parcel.refresh_from_db()
        assert (parcel.waybill_no, parcel.waybill_source) == ("", "")

    def test_many_numbers_cost_as_many_statements_as_one(self) -> None:
        def statements(n: int) -> int:
            parcels = [making.parcel() for _ in range(n)]
            numbers = [fulfilment.Number(one.pk, f"7891220633{one.pk:04d}") for one in parcels]
            with CaptureQueriesContext(connection) as seen:
                fulfilment.set_waybills(numbers, source="typed", by=BY, now=NOW)
            return len(seen)

        assert statements(1) == statements(50)


@pytest.mark.django_db
class TestRanges:
    def block(self, first: str = "YT1000000000001", last: str = "YT1000000000003") -> NumberRange:
        CourierSetting.objects.get_or_create(code="yto", defaults={"adapter": "number_range"})
        return fulfilment.add_range("yto", first, last, by=BY, now=NOW)

    def test_numbers_come_in_order_and_a_numbered_parcel_keeps_its_own(self) -> None:
        self.block()
        parcels = [making.parcel(making.order(courier="yto")).pk for _ in range(2)]
        first = fulfilment.take_numbers(parcels, by=BY, now=NOW)
        again = fulfilment.take_numbers(parcels, by=BY, now=NOW)
        assert [answer.waybill_no for answer in first] == ["YT1000000000001", "YT1000000000002"]
        assert [answer.waybill_no for answer in again] == [answer.waybill_no for answer in first]

    def test_the_end_of_a_block_goes_on_in_the_next_and_then_says_so(self) -> None:
        self.block("YT0000000000009", "YT0000000000009")
        self.block("YT2000000000001", "YT2000000000001")
        parcels = [making.parcel(making.order(courier="yto")).pk for _ in range(3)]
        answers = fulfilment.take_numbers(parcels, by=BY, now=NOW)
        assert [answer.waybill_no for answer in answers] == ["YT0000000000009", "YT2000000000001", ""]
        assert "号段用完了" in answers[2].reason

    def test_a_rolled_back_transaction_gives_its_numbers_back(self) -> None:
        self.block()
        with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012 - what fails is the rest of a transaction
            assert HouseRanges().take("yto", 2) == ["YT1000000000001", "YT1000000000002"]
            raise ZeroDivisionError
        assert HouseRanges().take("yto", 1) == ["YT1000000000001"]

    def test_a_courier_printed_elsewhere_has_no_numbers_to_give(self) -> None:
        (answer,) = fulfilment.take_numbers([making.parcel().pk], by=BY, now=NOW)
        assert (answer.ok, "别处打单" in answer.reason) == (False, True)

    def test_without_a_courier_nothing_is_taken(self) -> None:
        (answer,) = fulfilment.take_numbers([making.parcel(making.order(courier="")).pk], by=BY, now=NOW)
        assert answer.reason == "没有选快递"

    @pytest.mark.parametrize(
        ("first", "last", "code"),
        [
            ("YT1", "YT10", "range.form"), ("YT0000000000005", "YT0000000000001", "range.form"), ("AB1", "CD2", "range.form"),
            ("YT1000000000003", "YT1000000000009", "range.overlap"),
        ],
    )  # fmt: skip
    def test_bad_blocks_are_refused(self, first: str, last: str, code: str) -> None:
        self.block()
        with pytest.raises(DomainError) as refused:
            fulfilment.add_range("yto", first, last, by=BY, now=NOW)
        assert refused.value.code == code

    def test_many_parcels_cost_as_many_statements_as_one(self) -> None:
        self.block("YT3000000000001", "YT3000000000999")

        def statements(n: int) -> int:
            parcels = [making.parcel(making.order(courier="yto")).pk for _ in range(n)]
            with CaptureQueriesContext(connection) as seen:
                fulfilment.take_numbers(parcels, by=BY, now=NOW)
            return len(seen)

        assert statements(1) == statements(50)


@pytest.mark.django_db
class TestFiles:
    def file(self, folder: Path, text: str, encoding: str = "gb18030") -> Path:
        path = folder / "导出.csv"
        path.write_bytes(text.encode(encoding))
        return path

    def test_an_export_fills_numbers_by_meaning_of_its_columns(self, tmp_path: Path) -> None:
        one, two = making.order(courier=""), making.order()
        path = self.file(
            tmp_path, f"打印时间,运单号码,物流公司,订单编号\n2026,78912206330393,中通,{one.platform_no}\n,SF1234567890123,,{two.no}\n"
        )
        report = fulfilment.import_waybills(path, by=BY, now=NOW)
        assert report.rejects == []
        found = {p.order_id: (p.waybill_no, p.courier_code, p.warnings) for p in Parcel.objects.all()}
        assert found == {one.pk: ("78912206330393", "zto", []), two.pk: ("SF1234567890123", "sf", [])}

    def test_bad_rows_come_back_with_reasons_and_the_rest_is_used(self, tmp_path: Path) -> None:
        one = making.order()
        rows = f"9999,78912206330391\n{one.platform_no},7.89E+13\n{one.platform_no},78912206330393\n,1\n{one.platform_no},\n"
        report = fulfilment.import_waybills(self.file(tmp_path, "订单号,快递单号\n" + rows), by=BY, now=NOW)
        assert [(bad.row, bad.reason[:6]) for bad in report.rejects] == [
            (2, "找不到订单 "), (3, "单号被表格软"), (5, "没有订单号。"), (6, "没有运单号。"),
        ]  # fmt: skip
        assert Parcel.objects.get().waybill_no == "78912206330393"

    def test_a_row_per_item_counts_once_and_a_second_number_needs_a_second_parcel(self, tmp_path: Path) -> None:
        one = making.order()
        text = "订单号,快递单号\n" + "".join(f"{one.platform_no},{n}\n" for n in ("78912206330393", "78912206330393", "78912206330394"))
        report = fulfilment.import_waybills(self.file(tmp_path, text), by=BY, now=NOW)
        assert [bad.row for bad in report.rejects] == [4]

    def test_our_short_number_counts_and_what_has_left_without_us_opens_no_parcel(self, tmp_path: Path) -> None:
        one, gone = making.order(), making.order(fulfilment="shipped", shipped_at=NOW)
        text = f"订单号,快递单号\n{one.short_no},78912206330393\n{gone.platform_no},78912206330394\n"
        report = fulfilment.import_waybills(self.file(tmp_path, text), by=BY, now=NOW)
        assert [bad.reason for bad in report.rejects] == ["已经发货"]
        assert list(Parcel.objects.values_list("order", "waybill_no")) == [(one.pk, "78912206330393")]

    def test_a_table_without_the_columns_says_what_is_needed(self, tmp_path: Path) -> None:
        with pytest.raises(DomainError) as refused:
            fulfilment.import_waybills(self.file(tmp_path, "姓名,金额\n王,3\n"), by=BY, now=NOW)
        assert refused.value.code == "waybills.columns"

    def test_orders_of_other_shops_are_not_found(self, tmp_path: Path) -> None:
        one = making.order()
        path = self.file(tmp_path, f"订单号,快递单号\n{one.platform_no},78912206330393\n")
        assert len(fulfilment.import_waybills(path, shop_ids=[], by=BY, now=NOW).rejects) == 1
