"""1,000 送货标签: ours beside reportlab's bare drawing of the same codes and texts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from io import BytesIO
from statistics import median

import zxingcpp
from reportlab.pdfgen.canvas import Canvas

from bench.measure import Row, spent
from danshu.fulfilment.papers import codes, draw, fonts
from danshu.fulfilment.papers.content import Box, Item, Job
from danshu.fulfilment.papers.fitting import Line
from danshu.fulfilment.papers.sheet import MM, SIZES, Sheet

COUNT = 1000
ROUNDS = 5
STREETS = ("麓谷街道文轩路 27 号麓谷企业广场", "龙岗大道 8288 号大运软件小镇", "中关村南大街 5 号院", "徐家汇路 610 号日月光中心")
GOODS = ("桌面分格收纳盒", "竹纤维毛巾三条装", "手作陶瓷马克杯", "大豆蜡香薰蜡烛", "水洗亚麻抱枕")


def labels(_sizes: list[int]) -> Iterator[Row]:
    """Seconds for 1,000 labels of 100 × 180 mm with two Code 128 and two QR codes each."""
    fonts.ready()
    job = Job("B-0313", "2026-11-22", ["label"], "100x180", [_box(n) for n in range(COUNT)], COUNT)
    drawn = _recorded(job)
    ours, bare, cpu = [], [], []
    for _ in range(ROUNDS):
        _forget()
        with spent() as used:
            draw.batch(BytesIO(), job)
        ours.append(used.wall)
        cpu.append(used.cpu)
        bare.append(_timed(drawn))
    yield Row(COUNT, median(ours), "s", median(bare), median(cpu) * 1000 / COUNT, note=f"{COUNT / median(ours):,.0f} labels/s")


def _box(n: int) -> Box:
    things = tuple(
        Item(f"{'ABC'[k % 3]}-{(n + k) % 20:02d}-{k + 1}", f"SKU-{(n + k) % 200:03d}", GOODS[(n + k) % 5], "雾紫 大号", 1 + k)
        for k in range(1 + n % 4)
    )
    return Box(
        order_no=f"261122-{n:04d}", platform_nos=[f"31902206330{n:07d}"], shop="木屿家居旗舰店", courier="中通快递",
        waybill_no=f"7891220633{n:04d}", name=f"{'赵钱孙李'[n % 4]}小{'明芳强'[n % 3]}", phone=f"176{n:08d}",
        address=f"湖南省长沙市岳麓区{STREETS[n % 4]} {n} 号楼 {n % 30 + 1} 层", sender="木屿家居 0571-88882210 杭州余杭仓",
        sold=things, picked=things, buyer_message="马克杯请多包一层气泡膜" if n % 3 == 0 else "",
    )  # fmt: skip


def _forget() -> None:
    codes.code128.cache_clear()
    codes.qr.cache_clear()


Drawn = tuple[list[tuple[float, float, Line, str]], list[tuple[str, str]]]


def _recorded(job: Job) -> list[Drawn]:
    """What each label puts on its page: texts with place, size and face; codes."""
    pages: list[Drawn] = []

    class Recording(Sheet):
        def code128(self, x: float, y: float, width: float, height: float, content: str) -> None:
            self.seen.append(("1d", content))
            super().code128(x, y, width, height, content)

        def qr(self, x: float, y: float, side: float, content: str) -> None:
            self.seen.append(("2d", content))
            super().qr(x, y, side, content)

        @property
        def seen(self) -> list[tuple[str, str]]:
            return self.__dict__.setdefault("_seen", [])

        def finish(self) -> None:
            pages.append((list(self._texts), list(self.seen)))

    kept, draw.Sheet = draw.Sheet, Recording  # type: ignore[misc]  # for the length of this recording
    try:
        draw.batch(BytesIO(), job)
    finally:
        draw.Sheet = kept  # type: ignore[misc]  # as it was
    return pages


def _timed(pages: list[Drawn]) -> float:
    """reportlab alone: `drawString` for each text where we put it, one rectangle path per code as zxing-cpp gives it. No fitting,
    no layout, no order."""
    start = time.perf_counter()
    canvas = Canvas(BytesIO(), pagesize=tuple(side * MM for side in SIZES["100x180"]), pageCompression=1)
    for texts, drawn in pages:
        for x, y, line, face in texts:
            canvas.setFont(face, line.size)
            canvas.drawString(x, y, line.text)
        for place, (kind, content) in enumerate(drawn):
            _code(canvas, kind, content, 40 + 110 * (place % 2), 300 - 90 * (place // 2))
        canvas.showPage()
    canvas.save()
    return time.perf_counter() - start


def _code(canvas: Canvas, kind: str, content: str, left: float, bottom: float) -> None:
    form = zxingcpp.BarcodeFormat.Code128 if kind == "1d" else zxingcpp.BarcodeFormat.QRCode
    view = memoryview(zxingcpp.create_barcode(content, form).to_image(scale=1, add_quiet_zones=False))
    high, wide = view.shape[0], view.shape[1]
    raw, path = view.tobytes(), canvas.beginPath()
    for y in range(1 if kind == "1d" else high):
        row = raw[y * wide : (y + 1) * wide]
        at = row.find(b"\x00")
        while at >= 0:
            end = row.find(b"\xff", at)
            end = wide if end < 0 else end
            path.rect(left + at * 0.7, bottom - y * 0.7, (end - at) * 0.7, 40 if kind == "1d" else 0.7)
            at = row.find(b"\x00", end)
    canvas.drawPath(path, stroke=0, fill=1)
