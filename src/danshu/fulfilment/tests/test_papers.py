"""Papers: every code is read back from the rendered page at 203 dpi, every text fits."""

from __future__ import annotations

import ctypes
from collections import Counter
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from danshu.core.errors import DomainError
from danshu.fulfilment.papers import codes, draw, fonts, pick
from danshu.fulfilment.papers.content import Box, Item, Job
from danshu.fulfilment.papers.fitting import ELLIPSIS, fit_block, fit_line
from danshu.fulfilment.papers.handover import Taken
from danshu.fulfilment.papers.handover import draw as draw_handover
from danshu.fulfilment.papers.sheet import LEAST_CODE_MM, MM, SIZES
from tests.chance import examples

DPI = 203
ITEMS = (
    Item("C-01-3", "MB-01", "桌面分格收纳盒", "雾紫 大号", 1, 2990),
    Item("A-02-10", "MJ-2", "竹纤维毛巾三条装", "米白+灰绿", 2, 3990),
)
BOX = Box(
    order_no="261122-0379",
    platform_nos=["3190220633039318222"],
    shop="木屿家居旗舰店",
    courier="中通快递",
    waybill_no="78912206330393",
    name="黄*明",
    phone="176****9034",
    address="湖南省长沙市岳麓区麓谷街道****",
    sender="木屿家居 0571-88882210 杭州余杭",
    sold=ITEMS,
    picked=ITEMS,
    buyer_message="马克杯请多包一层气泡膜",
    seller_memo="老客，送香片一片",
)
LONG = "新疆维吾尔自治区克孜勒苏柯尔克孜自治州阿克陶县克孜勒陶乡" + "阿依拉其村三组文化广场东侧第二排平房" * 4 + "88-12 号"


def job(*papers: str, size: str = "100x180", boxes: tuple[Box, ...] = (BOX,), **more: object) -> Job:
    return Job("B-0313", "2026-11-22", papers, size, boxes, len(boxes), **more)


def pages(one: Job) -> list[tuple[Counter[tuple[str, str]], str]]:
    """(codes read at 203 dpi, text) of each page."""
    target = BytesIO()
    count = draw.batch(target, one)
    found = []
    with pypdfium2.PdfDocument(target.getvalue()) as pdf:
        assert len(pdf) == count
        for page in pdf:
            picture = page.render(scale=DPI / 72, grayscale=True).to_pil()
            read = Counter((str(code.format), code.text) for code in zxingcpp.read_barcodes(picture))
            text = page.get_textpage()
            found.append((read, text.get_text_bounded().replace("\r\n", "\n")))
            text.close()
            page.close()
    return found


@pytest.mark.parametrize("size", SIZES)
def test_a_label_has_both_numbers_as_bars_and_squares(size: str) -> None:
    ((read, text),) = pages(job("label", size=size))
    assert read == Counter(
        [("Code 128", "78912206330393"), ("Code 128", "261122-0379"), ("QR Code", "261122-0379"), ("QR Code", "78912206330393")]
    )
    for words in ("中通快递", "送货标签", "78912206330393", "黄*明", "176****9034", "C-01-3", "桌面分格收纳盒", "×2", "共 3 件"):
        assert words in text


@pytest.mark.parametrize("size", ["100x180", "76x130"])
@pytest.mark.parametrize("number", ["JDVA12345678901-1-1-", "SF123456789012345", "DPK123456789012", "EA123456789CN", "YT1234567890123"])
def test_every_shape_of_number_is_read_back(size: str, number: str) -> None:
    ((read, _text),) = pages(job("label", size=size, boxes=(replace(BOX, waybill_no=number),)))
    assert {("Code 128", number), ("QR Code", number)} <= set(read)


def test_without_a_waybill_the_label_shows_only_the_order() -> None:
    ((read, _text),) = pages(job("label", boxes=(replace(BOX, waybill_no=""),)))
    assert read == Counter([("Code 128", "261122-0379"), ("QR Code", "261122-0379")])


@pytest.mark.parametrize("size", SIZES)
def test_a_slip_shows_the_order_code_and_what_was_bought(size: str) -> None:
    ((read, text),) = pages(job("slip", size=size))
    assert read == Counter([("Code 128", "261122-0379"), ("QR Code", "261122-0379")])
    for words in ("发货单", "3190220633039318222", "78912206330393", "合计 2 款 3 件", "马克杯请多包一层气泡膜", "老客，送香片一片"):
        assert words in text


def test_prices_stand_on_a_slip_only_when_switched_on() -> None:
    box = replace(BOX, paid_fen=10970)
    ((_, hidden),) = pages(job("slip", boxes=(box,)))
    ((_, shown),) = pages(job("slip", boxes=(box,), shows_prices=True))
    assert "29.90" not in hidden
    assert "109.70" not in hidden
    assert "29.90" in shown
    assert "实付 109.70 元" in shown


def test_a_long_slip_goes_on_over_pages_with_every_line_once() -> None:
    many = tuple(Item("", f"CODE-{n:03d}", f"第{n}款", "", 1) for n in range(1, 46))
    texts = [text for _read, text in pages(job("slip", boxes=(replace(BOX, sold=many),)))]
    assert len(texts) > 2
    assert [sum(f"CODE-{n:03d}" in text for text in texts) for n in range(1, 46)] == [1] * 45
    assert ["接下页" in text for text in texts] == [True] * (len(texts) - 1) + [False]


def test_the_pick_list_sums_the_batch_by_shelf_path() -> None:
    other = replace(BOX, order_no="261122-0380", picked=(Item("A-02-2", "X", "蜡烛", "", 1), ITEMS[1]))
    ((_, text),) = pages(job("pick", boxes=(BOX, other)))
    assert text.index("A-02-2") < text.index("A-02-10") < text.index("C-01-3")
    assert "×4" in text
    assert "1×2 2×2" in text
    assert sorted(["B-1", "A-10", "", "A-2", "A-2-1"], key=pick.shelf_key) == ["A-2", "A-2-1", "A-10", "B-1", ""]


def test_a_reprint_says_so_on_label_and_slip() -> None:
    for read, text in pages(job("slip", "label", boxes=(replace(BOX, reprint=2),))):
        assert "补打 2" in text, read


def test_after_a_jam_positions_go_on_where_they_were() -> None:
    two = pages(Job("B-0313", "2026-11-22", ["label"], "100x180", [BOX, BOX], 38, first=24))
    assert [("24 / 38" in two[0][1]), ("25 / 38" in two[1][1])] == [True, True]


def test_two_labels_share_an_a4_sheet() -> None:
    sheets = pages(job("label", size="A4", boxes=tuple(replace(BOX, order_no=f"261122-000{n}") for n in range(3))))
    assert [sum(kind == "Code 128" for kind, _ in read.elements()) for read, _ in sheets] == [4, 2]


def test_nothing_looks_like_an_electronic_waybill() -> None:
    for _, text in pages(job("slip", "pick", "label")):
        assert not any(word in text for word in ("三段码", "集包地", "大头笔"))
    assert "不是快递电子面单" in pages(job("label"))[0][1]


def test_only_pure_black_is_used() -> None:
    target = BytesIO()
    draw.batch(target, job("slip", "pick", "label"))
    with pypdfium2.PdfDocument(target.getvalue()) as pdf:
        colours = set()
        for page in pdf:
            for thing in page.get_objects():
                colours.add(_fill(thing))
            page.close()
    assert colours == {(0, 0, 0, 255)}


def _fill(thing: pypdfium2.PdfObject) -> tuple[int, ...]:
    parts = [ctypes.c_uint() for _ in range(4)]
    assert pypdfium2.raw.FPDFPageObj_GetFillColor(thing.raw, *(ctypes.byref(part) for part in parts))
    return tuple(part.value for part in parts)


def test_bars_are_high_enough_and_made_of_whole_dots() -> None:
    target = BytesIO()
    draw.batch(target, job("label"))
    with pypdfium2.PdfDocument(target.getvalue()) as pdf:
        page = pdf[0]
        bounds = [thing.get_bounds() for thing in page.get_objects()]
        page.close()
    bars = [(right - left, top - bottom) for left, bottom, right, top in bounds if right - left > 25 * MM and top - bottom > 5 * MM]
    assert len([wide for wide, high in bars if wide / high > 1.5]) == 2
    assert all(high >= LEAST_CODE_MM * MM for _wide, high in bars)
    assert codes.dots_for(123, 10, 10 * MM) == codes.LEAST_DOTS


@pytest.mark.parametrize("size", SIZES)
def test_the_longest_texts_stay_inside_the_page(size: str) -> None:
    monster = "超长商品名称" * 30
    box = replace(
        BOX, name="阿不都热依木·买买提吐尔逊江" * 3, address=LONG, shop=monster, sender=LONG, buyer_message=monster * 3,
        seller_memo=LONG, picked=tuple(Item("A-01-1", f"C{n}", monster, monster, 999) for n in range(60)), sold=ITEMS * 2,
        platform_nos=["3190220633039318222"] * 9,
    )  # fmt: skip
    target = BytesIO()
    draw.batch(target, job("label", "slip", "pick", size=size, boxes=(box,), shows_prices=True))
    with pypdfium2.PdfDocument(target.getvalue()) as pdf:
        for page in pdf:
            wide, high = page.get_size()
            for thing in page.get_objects():
                left, bottom, right, top = thing.get_bounds()
                assert left >= -0.5
                assert bottom >= -0.5
                assert right <= wide + 0.5
                assert top <= high + 0.5
            page.close()
    assert any("另有" in text for _, text in pages(job("label", size=size, boxes=(box,))))


@given(st.text(max_size=120), st.floats(30, 300), st.floats(8, 20))
@settings(max_examples=examples(150), deadline=None)
def test_a_fitted_line_never_runs_over(text: str, width: float, size: float) -> None:
    line = fit_line(text, width, size=size, least=6)
    assert fonts.widths(fonts.REGULAR).of(line.text) * line.size / 1000 <= width + 0.01
    assert 6 <= line.size <= size


@given(st.text(alphabet="中文地址街道，。（）号A1-9 ", max_size=200), st.floats(40, 250), st.floats(12, 80))
@settings(max_examples=examples(150), deadline=None)
def test_a_fitted_block_never_runs_over(text: str, width: float, height: float) -> None:
    lines = fit_block(text, width, height, size=12, least=6)
    table = fonts.widths(fonts.REGULAR)
    assert all(table.of(line.text.rstrip()) * line.size / 1000 <= width + 0.01 for line in lines)
    assert len(lines) <= 1 or sum(line.size * 1.25 for line in lines) <= height + 0.01


def test_text_shrinks_first_and_is_cut_last() -> None:
    assert fit_line("黄小明", 100, size=12, least=6).size == 12
    tight = fit_line("黄小明黄小明黄小明", 60, size=12, least=6)
    assert (tight.text, tight.size) == ("黄小明黄小明黄小明", 6.5)
    assert fit_line("黄小明" * 9, 60, size=12, least=6).text.endswith(ELLIPSIS)
    assert fit_line("老\U0001f9a4板\n好", 200, size=12, least=6).text == "老□板 好"


def test_a_missing_font_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "__file__", str(tmp_path / "a" / "b" / "c" / "fonts.py"))
    with pytest.raises(DomainError) as missing:
        fonts._file("NotoSansSC-Nowhere")
    assert missing.value.code == "papers.font_missing"
    assert "./danshu start" in missing.value.message


def test_the_test_page_moves_with_the_offset() -> None:
    def left(offset: int) -> float:
        target = BytesIO()
        draw.test_page(target, name="1 号机", size="100x180", offset_x=offset, offset_y=0)
        with pypdfium2.PdfDocument(target.getvalue()) as pdf:
            page = pdf[0]
            edge = min(thing.get_bounds()[0] for thing in page.get_objects())
            page.close()
        return edge

    assert left(15) - left(0) == pytest.approx(1.5 * MM, abs=0.05)


def test_a_handover_list_has_every_number_and_a_place_to_sign() -> None:
    target = BytesIO()
    rows = [Taken(f"789122063303{n:02d}", f"1122-{n:04d}", "木屿家居", "长沙市", 2) for n in range(55)]
    assert draw_handover(target, courier="中通快递", day=date(2026, 11, 22).isoformat(), house="余杭仓", taken=rows) == 2
    with pypdfium2.PdfDocument(target.getvalue()) as pdf:
        text = "".join(page.get_textpage().get_text_bounded() for page in pdf)
    assert all(row.waybill_no in text for row in rows)
    assert "合计 55 个包裹，110 件商品" in text
    assert "揽收员签字" in text
