"""A platform's export of 100,000 rows, beside the bare reading of the same file and the bare insertion of as many orders."""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import python_calamine
import xlsxwriter

from bench import raw
from bench.incoming import SKUS, Seller
from bench.intake import driver
from bench.measure import Row, Spent, backend_pid, spent
from danshu.channels.models import ImportBatch
from danshu.core import clock
from danshu.core.actor import SYSTEM
from danshu.flows import intake

ROWS = int(os.environ.get("DANSHU_BENCH_FILE_ROWS", "100000"))
LINES = 2  # rows of an order, as in the raw limit
BATCH = 500
HEADER = [
    "主订单编号", "子订单编号", "选购商品", "商品规格", "商品数量", "商品ID", "商家编码", "商品单价", "订单应付金额", "运费",
    "优惠总金额", "平台优惠", "商家优惠", "支付方式", "收件人", "收件人手机号", "省", "市", "区", "街道",
    "详细地址", "买家留言", "订单提交时间", "旗帜颜色", "商家备注", "支付完成时间", "订单状态", "承诺发货时间", "售后状态",
]  # fmt: skip
STREETS = ("文轩路 27 号麓谷企业广场", "龙岗大道 8288 号大运软件小镇", "中关村南大街 5 号院", "徐家汇路 610 号日月光中心")
PLACES = (("湖南省", "长沙市", "岳麓区"), ("广东省", "深圳市", "龙岗区"), ("北京市", "北京市", "海淀区"), ("上海市", "上海市", "黄浦区"))


def import_xlsx(_sizes: list[int]) -> Iterator[Row]:
    """Seconds from the file to the last order saved with its stock locked; preview, confirmation and recognition included."""
    seller = Seller.make()
    orders = ROWS // LINES
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "抖店订单.xlsx"
        _write(path, orders)
        reading, inserting = _bare_read(path), _bare_insert(folder, orders)
        with spent(backend_pid()) as ours:
            batch = intake.import_at_once(path, shop_id=seller.shop_id, by=SYSTEM, now=clock.now())
    _refuse_half_done(batch.pk, orders)
    limit = reading.wall + inserting.wall
    parts = f"bare read {reading.wall:.1f} s + insert {inserting.wall:.1f} s"
    note = f"{parts} ({reading.cpu + inserting.cpu:.1f} s cpu); ours {ours.cpu:.1f} s cpu"
    yield Row(ROWS, ours.wall, "s", limit, ours.cpu * 1000 / orders, note)


def _write(path: Path, orders: int) -> None:
    dice = random.Random(7)
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("订单")
        sheet.write_row(0, 0, HEADER)
        for n in range(orders * LINES):
            sheet.write_row(n + 1, 0, _cells(n // LINES, n % LINES, dice.randrange(1, SKUS + 1)))


def _cells(order: int, line: int, sku: int) -> list[str]:
    at = clock.local(clock.now()) - timedelta(seconds=order)
    placed, paid, due = (moment.strftime("%Y-%m-%d %H:%M:%S") for moment in (at, at + timedelta(minutes=1), at + timedelta(days=2)))
    no, place = f"69{order:017d}", PLACES[order % 4]
    return [
        no, f"{no[:-1]}{line}", f"手作陶瓷马克杯 {sku}", "雾蓝 380ml", "1", f"35{sku:012d}", f"S{sku}", "58.00", "55.00",
        "0.00", "3.00", "0.00", "3.00", "微信", f"{'赵钱孙李'[order % 4]}小{'明芳强'[order % 3]}", f"176{order:08d}", *place, "中心街道",
        f"{STREETS[order % 4]} {order % 97 + 1} 号楼 {order % 30 + 1} 层", "请多包一层" if order % 3 == 0 else "-", placed, "-", "-", paid,
        "待发货", due, "-",
    ]  # fmt: skip


def _bare_read(path: Path) -> Spent:
    """Every cell once, nothing made of it."""
    with spent() as result:
        for row in python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).iter_rows():
            for _cell in row:
                pass
    return result


def _bare_insert(folder: str, orders: int) -> Spent:
    limit, source = driver(folder), raw.RawOrders()
    batches = [source.batch(BATCH) for _ in range(orders // BATCH)]
    with spent(limit.pid) as result:
        for each in batches:
            limit.save(*each)
    return result


def _refuse_half_done(batch_id: int, orders: int) -> None:
    batch = ImportBatch.objects.get(pk=batch_id)
    if batch.state != ImportBatch.State.DONE or batch.new_count != orders:
        raise SystemExit(f"{batch.new_count} of {orders} orders came in: {batch.state} {batch.error} {batch.rejects[:2]}")
