"""What the terminal tells: doctor, check, orders."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from danshu.audit.models import Entry
from danshu.catalogue.models import Sku
from danshu.channels.contract import Receiver
from danshu.channels.models import Shop
from danshu.cli import doctor
from danshu.core import clock
from danshu.orders import receiver
from danshu.orders.models import Order, OrderLine
from danshu.stock.models import Balance, Reservation, Warehouse

pytestmark = pytest.mark.django_db
NOW = clock.now()


@pytest.fixture(autouse=True)
def chinese(monkeypatch):
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def mug():
    return Sku.objects.create(code="MUG", loose_code="MUG", name="杯子", created_at=NOW, updated_at=NOW)


@pytest.fixture
def shops():
    return [Shop.objects.create(name=name, platform="taobao", created_at=NOW) for name in ("海边小店", "山上小店")]


def order(shop, number, *, placed_at=NOW) -> Order:
    who = Receiver(name="王小婷", phone="18612342290", province="浙江省", city="杭州市", district="西湖区", address="文一西路 969 号")
    sealed = dict(zip(receiver.COLUMNS, receiver.columns(shop.pk, who), strict=True))
    made = Order.objects.create(
        no=f"261122-{number:04}", shop=shop, platform="taobao", platform_no=f"P{number}", placed_at=placed_at,
        created_at=NOW, updated_at=NOW, paid_fen=1290, issues=3, **sealed,
    )  # fmt: skip
    OrderLine.objects.create(order=made, oid="1", title="马克杯", quantity=2, price_fen=645, paid_fen=1290)
    return made


def told(*words: str, code: int | None = None) -> str:
    out = io.StringIO()
    if code is None:
        call_command(*words, stdout=out)
    else:
        with pytest.raises(SystemExit) as ended:
            call_command(*words, stdout=out)
        assert ended.value.code == code
    return out.getvalue()


def test_orders_come_as_lines_with_masked_receivers(shops):
    order(shops[0], 1)
    (line,) = map(json.loads, told("orders", "--json").splitlines())
    assert (line["no"], line["shop"], line["issues"]) == ("261122-0001", "海边小店", ["unmapped", "short"])
    assert line["receiver"]["phone"] == "186****2290"
    assert (line["lines"][0]["title"], line["lines"][0]["quantity"], line["lines"][0]["sku"]) == ("马克杯", 2, None)
    assert Entry.objects.count() == 0


def test_revealing_is_written_down(shops):
    order(shops[0], 1)
    (line,) = map(json.loads, told("orders", "--json", "--reveal").splitlines())
    assert (line["receiver"]["name"], line["receiver"]["phone"], line["receiver"]["address"]) == (
        "王小婷",
        "18612342290",
        "文一西路 969 号",
    )
    assert list(Entry.objects.values_list("verb", "actor_name")) == [("people.revealed", "terminal")]


def test_orders_of_a_shop_and_of_a_time(shops):
    order(shops[0], 1, placed_at=clock.day_bounds(clock.business_day(NOW))[0].replace(year=2025))
    order(shops[0], 2)
    order(shops[1], 3)
    assert [json.loads(line)["no"] for line in told("orders", "--shop", "海边小店", "--since", "2026-01-01").splitlines()] == [
        "261122-0002"
    ]
    assert [json.loads(line)["no"] for line in told("orders", "--until", "2026-01-01T08:00").splitlines()] == ["261122-0001"]
    with pytest.raises(CommandError, match="海边小店"):
        call_command("orders", "--shop", "没有")
    with pytest.raises(CommandError, match="2026-11-01"):
        call_command("orders", "--since", "昨天")


def test_one_and_fifty_orders_cost_the_same_statements(shops, statements):
    order(shops[0], 1)
    few = len(statements(lambda: told("orders")))
    for number in range(2, 51):
        order(shops[0], number)
    assert len(statements(lambda: told("orders"))) == few


def test_books_that_agree(mug):
    assert "没有差异" in told("check")
    assert json.loads(told("check", "stock", "--json")) == {"check": "stock", "ok": True, "findings": []}


def test_a_difference_is_told_and_repaired(mug):
    place = Warehouse.objects.create(name="主仓")
    Balance.objects.create(sku=mug, warehouse=place, on_hand=7)
    assert "在库 7（流水 0）" in told("check", "stock", code=1)
    hold = {"sku": mug, "warehouse": place, "quantity": 2, "state": "held", "kind": "paid"}
    Reservation.objects.create(**hold, owner_id=1, demand_id=1, label="1122-0001", created_at=NOW)
    assert "订单 1122-0001" in told("check", "stock", code=1)
    Reservation.objects.all().delete()
    assert "修复了 1 条" in told("check", "stock", "--repair")
    assert Balance.objects.get().on_hand == 0
    assert "没有差异" in told("check", "stock")


def test_the_doctor_names_what_is_wrong_and_what_helps(monkeypatch):
    findings = {finding.name: finding for finding in doctor.examine()}
    assert findings["Python"].is_well
    assert findings["数据库"].is_well
    assert findings["数据结构"].is_well
    assert findings["密钥"].is_well
    assert not findings["后台任务"].is_well  # no worker runs beside the tests
    assert "→" in told("doctor", code=1)


def test_a_key_that_others_can_read_is_told(settings, tmp_path):
    settings.DATA = tmp_path
    (tmp_path / "secret.key").write_text("x")
    (tmp_path / "secret.key").chmod(0o644)
    found = next(finding for finding in doctor.examine() if finding.name == "密钥")
    assert not found.is_well
    assert found.advice == f"chmod 600 {tmp_path / 'secret.key'}"
