"""The same orders, however the file was bent on its way: columns moved, left out, renamed; the header further down; rows merged,
scattered, pasted twice; every encoding. And cells that must be refused, loudly."""

import random
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from danshu.channels.files import cells, recognise, statuses
from danshu.channels.files.addresses import parse, place
from danshu.channels.files.translate import BadOrder, Translation
from danshu.core import tables
from danshu.core.tables import Book, Sheet
from tests import exports
from tests.chance import examples

ORDER_FILES = [code for code in exports.FORMATS if code != "douyin_refunds"]


def book_of(grid):
    clean = [[tables.plain(cell) for cell in row] for row in grid]
    return Book("csv", "utf-8", [Sheet("", lambda: iter(clean))])


def results(book):
    layout = recognise.recognise(book)
    sheet = next(sheet for sheet in book.sheets if sheet.name == layout.sheet)
    translation = Translation(layout)
    return [outcome.result for outcome in translation.orders(sheet, translation.survey(sheet).scattered)]


def good(book):
    found = results(book)
    assert [each for each in found if isinstance(each, BadOrder)] == []
    return found


def refused(book):
    return [each for each in results(book) if isinstance(each, BadOrder)]


@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(code=st.sampled_from(ORDER_FILES), order=st.randoms(use_true_random=False), seed=st.integers(1, 50))
def test_columns_in_any_order(code, order, seed):
    grid = exports.table(code, exports.sales(code, 6, seed=seed))
    at = list(range(len(grid[0])))
    order.shuffle(at)
    assert good(book_of([[row[i] for i in at] for row in grid])) == good(book_of(grid))


RENAMES = [
    lambda name: f" {name} ", lambda name: name.replace("订单", "订单 "), lambda name: f"【{name}】", lambda name: f"{name}：",
    lambda name: f"*{name}", lambda name: name.replace("(", "（").replace(")", "）"), lambda name: f"{name}（必填）",
    lambda name: name + "(元)" if name.endswith(("金额", "货款", "邮费", "单价", "运费")) else name,
]  # fmt: skip


@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(code=st.sampled_from(ORDER_FILES), renames=st.lists(st.sampled_from(RENAMES), min_size=1, max_size=80))
def test_names_with_brackets_spaces_stars_and_colons(code, renames):
    grid = exports.table(code, exports.sales(code, 4))
    header = [renames[i % len(renames)](name) for i, name in enumerate(grid[0])]
    assert good(book_of([header, *grid[1:]])) == good(book_of(grid))


@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(code=st.sampled_from(ORDER_FILES), keep=st.randoms(use_true_random=False))
def test_columns_that_nobody_needs_may_be_missing(code, keep):
    grid = exports.table(code, exports.sales(code, 6))
    layout = recognise.recognise(book_of(grid))
    used = {column.index for column in layout.columns if column.meaning}
    kept = sorted(used | {i for i in range(len(grid[0])) if keep.random() < 0.4})
    thinner = book_of([[row[i] for i in kept] for row in grid])
    assert recognise.recognise(thinner).platform == layout.platform
    assert good(thinner) == good(book_of(grid))


@pytest.mark.parametrize("code", ORDER_FILES)
def test_the_header_may_stand_in_the_third_row_of_the_second_sheet(code):
    grid = exports.table(code, exports.sales(code, 5))
    notes = [["订单导出", "导出时间：2026-11-22"], [""]]
    plain = [[tables.plain(cell) for cell in row] for row in [*notes, *grid]]
    book = Book("xlsx", "", [Sheet("说明", lambda: iter([["本表由平台导出", "请勿修改"]])), Sheet("数据", lambda: iter(plain))])
    layout = recognise.recognise(book)
    assert (layout.sheet, layout.header_row) == ("数据", 2)
    assert good(book) == good(book_of(grid))


@pytest.mark.parametrize("code", ORDER_FILES)
@pytest.mark.parametrize(
    ("suffix", "encoding"), [("csv", "utf-8"), ("csv", "utf-8-sig"), ("csv", "gb18030"), ("tsv", "utf-16"), ("xlsx", "")]
)
def test_any_container_says_the_same(tmp_path, code, suffix, encoding):
    sales = exports.sales(code, 5)
    path = exports.write(tmp_path, code, sales, suffix=suffix, encoding=encoding)
    assert good(tables.read(path)) == good(book_of(exports.table(code, sales)))


@pytest.mark.parametrize("code", ["jd", "douyin", "xiaohongshu", "taobao_detail_2023"])
def test_lines_of_one_order_apart_merged_or_pasted_twice(code):
    sales = exports.sales(code, 8, seed=3)
    grid = exports.table(code, sales)
    wanted = {order.platform_no: order for order in good(book_of(grid))}
    rows = grid[1:]
    random.Random(5).shuffle(rows)
    scattered = good(book_of([grid[0], *rows]))
    assert len(scattered) == len(wanted)
    assert {o.platform_no: sorted(line.title for line in o.lines) for o in scattered} == {
        no: sorted(line.title for line in order.lines) for no, order in wanted.items()
    }
    assert {o.platform_no: o.paid_fen for o in scattered} == {no: order.paid_fen for no, order in wanted.items()}
    if code != "taobao_detail_2023":
        twice = good(book_of([*grid, *grid[1:]]))
        assert {o.platform_no: len(o.lines) for o in twice} == {no: len(o.lines) for no, o in wanted.items()}


@pytest.mark.parametrize("code", ["jd", "xiaohongshu"])
def test_merged_cells_leave_blanks_under_the_first_line(code):
    sales = [sale for sale in exports.sales(code, 20, seed=7) if len(sale.items) > 1]
    grid = exports.table(code, sales)
    of_order = {"订单号", "订单状态", "客户姓名", "收件人姓名", "下单时间", "订单创建时间", "订单金额", "应付金额", "结算金额", "运费金额",
                "付款确认时间", "支付时间"}  # fmt: skip
    order_level = [i for i, name in enumerate(grid[0]) if name in of_order]
    merged, last = [grid[0]], ""
    for row in grid[1:]:
        number = row[grid[0].index("订单号")]
        merged.append(["" if i in order_level and number == last else cell for i, cell in enumerate(row)])
        last = number
    found = good(book_of(merged))
    assert [order.platform_no for order in found] == [sale.no for sale in sales]
    pieces = [[item.quantity for item in sale.items] for sale in sales]
    assert [[line.quantity for line in order.lines] for order in found] == pieces
    assert [order.paid_fen for order in found] == [int(sale.paid * 100) for sale in sales]


def small(**row):
    usual = {"订单编号": "A-1", "商品名称": "雪平锅", "数量": "2", "单价": "10", "实付金额": "20.00",
             "订单状态": "待发货", "收货人": "王小婷", "手机": "18612342290", "收货地址": "北京朝阳区三环到四环之间建国路88号",
             "下单时间": "2026-11-20 10:00:00"}  # fmt: skip
    rows = [usual | row]
    return book_of([list(usual), *[[row.get(name, "") for name in usual] for row in rows]])


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ({"订单编号": "6.91793E+18"}, "id.scientific"),
        ({"数量": "两件"}, "quantity.unreadable"),
        ({"数量": ""}, "quantity.missing"),
        ({"实付金额": "约二十"}, "amount.unreadable"),
        ({"订单状态": "在路上啦"}, "status.unknown"),
        ({"下单时间": "昨天"}, "moment.unreadable"),
        ({"商品名称": ""}, "product.missing"),
        ({"订单编号": "订单一"}, "order_no.unreadable"),
    ],
)
def test_a_bad_cell_says_what_happened_and_what_to_do(cell, code):
    (bad,) = refused(small(**cell))
    assert bad.code == code
    assert bad.reason.endswith("。")
    assert "请" in bad.reason


def test_a_bad_line_takes_its_whole_order_with_it():
    sales = [replace(sale, no=f"69179267688236437{n:02d}") for n, sale in enumerate(exports.sales("douyin", 30))]
    grid = exports.table("douyin", sales)
    numbers = [row[0].strip() for row in grid]
    twice = next(no for no in numbers[1:] if numbers.count(no) > 1)
    grid[max(i for i, no in enumerate(numbers) if no == twice)][4] = "?"
    found = results(book_of(grid))
    assert [bad.platform_no for bad in found if isinstance(bad, BadOrder)] == [twice]
    assert len(found) == 30


def test_numbers_that_a_spreadsheet_rounded_and_saved_as_text():
    grid = exports.table("douyin", exports.sales("douyin", 6))
    for row in grid[1:]:
        row[0] = row[0].strip()[:15] + "0000"
    assert {bad.code for bad in refused(book_of(grid))} == {"id.rounded"}


def test_money_and_numbers_as_people_write_them():
    assert [cells.amount(text) for text in ("¥1,299.90", "23.00元", "１２", "-", "", "￥5", "0.005", "1，2".replace("，", ","))] == [
        129990, 2300, 1200, None, None, 500, 1, 1200,
    ]  # fmt: skip
    assert [cells.quantity(text) for text in ("2", "2.0", "x3", "4件", "")] == [2, 2, 3, 4, None]
    assert {str(cells.moment(text)) for text in ("2026-11-22 10:19:00", "2026/11/22 10:19", "2026年11月22日 10:19:00", "1795313940")} == {
        "2026-11-22 10:19:00+08:00", "2026-11-22 02:19:00+00:00",
    }  # fmt: skip
    assert cells.moment("46348.5").isoformat() == "2026-11-22T12:00:00+08:00"
    assert cells.moment("0000-00-00 00:00:00") is None


def test_states_in_words():
    said = {
        words: statuses.of_order(words) for words in ("买家已付款,等待卖家发货", "(锁定)等待出库", "已取消，退款成功", "部分发货", "不知道")
    }
    assert [state and state[1].value for state in said.values()] == ["waiting", "waiting", "closed", "part_shipped", None]
    assert [statuses.of_refund(w).value for w in ("无售后", "售后关闭", "退款成功", "待商家处理", "部分退款", "换货成功", "-")] == [
        "none", "none", "refunded", "requested", "partial", "none", "none",
    ]  # fmt: skip


def test_addresses_in_one_cell():
    assert parse("广东省 广州市 越秀区 黄花岗街道********(510180)") == ("广东省", "广州市", "越秀区", "黄花岗街道********")
    assert parse("北京朝阳区三环到四环之间建国路88号") == ("北京市", "北京市", "朝阳区", "三环到四环之间建国路88号")
    assert parse("杭州市余杭区文一西路969号") == ("浙江省", "杭州市", "余杭区", "文一西路969号")
    assert parse("湖北省 省直辖县级行政区划 潜江市 园林街道1号") == ("湖北省", "潜江市", "", "园林街道1号")
    assert parse("新疆伊犁伊宁市解放路") == ("新疆维吾尔自治区", "伊犁哈萨克自治州", "伊宁市", "解放路")
    assert parse("海外 东京都") == ("", "", "", "海外 东京都")
    assert place("广西", "南宁", "青秀", "广西南宁青秀民族大道1号") == ("广西壮族自治区", "南宁市", "青秀区", "民族大道1号")


def test_several_products_joined_in_one_row():
    grid = [["主订单编号", "选购商品", "商品数量", "商家编码", "订单应付金额", "订单状态", "订单提交时间"],
            ["6917926768823643751", "杯子;盘子", "1;2", "A;B", "50", "待发货", "2026-11-20 10:00:00"]]  # fmt: skip
    (order,) = good(book_of(grid))
    assert [(line.title, line.quantity, line.merchant_code) for line in order.lines] == [("杯子", 1, "A"), ("盘子", 2, "B")]
    assert order.paid_fen == 5000 == sum(line.paid_fen for line in order.lines)


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        (["运单号", "订单号", "收件人姓名", "收件电话", "快递公司"], "waybills"),
        (["商家编码", "商品名称", "规格", "成本价", "条码", "重量"], "products"),
        (["SKU编码", "可用库存", "仓库"], "stock"),
        (["你好", "世界"], "unknown"),
    ],
)
def test_files_that_other_pages_take_are_known(header, kind):
    assert recognise.recognise(book_of([header, ["1"] * len(header)])).kind == kind
