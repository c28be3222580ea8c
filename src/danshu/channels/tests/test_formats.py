"""Every export format the platforms hand out, read right: expected orders are written by hand, not computed."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from danshu.channels.files import recognise
from danshu.channels.files.translate import BadOrder, Translation
from danshu.core import tables
from tests import exports
from tests.export_headers import HEADERS
from tests.exports import Item, Sale

MUG = Item("手作陶瓷马克杯", "雾蓝 380ml", "MY-MG-0412", Decimal("59.00"), 2, "754299529001", "1240000000001", Decimal(5))
MAT = Item("硅藻泥吸水地垫", "浅灰 / 40×60", "MY-MT-4060", Decimal("39.90"), 1, "754299529002", "1240000000002")
AT = datetime(2026, 11, 20, 10, 0, 0)


def moment(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai")) if text else None


def read(path):
    """(layout, orders) of a file; a bad order fails the test."""
    book = tables.read(path)
    layout = recognise.recognise(book, file_name=path.name)
    sheet = next(sheet for sheet in book.sheets if sheet.name == layout.sheet)
    translation = Translation(layout)
    survey = translation.survey(sheet)
    results = [outcome.result for outcome in translation.orders(sheet, survey.scattered)]
    assert [result for result in results if isinstance(result, BadOrder)] == []
    assert survey.orders == len(results)
    return layout, results


PAID = Sale("{no}1", "paid", (MUG, MAT), AT, freight=Decimal(8), message="请发顺丰", memo="老客户", flag="red")
SENT = Sale("{no}2", "shipped", (MAT,), AT, courier="中通快递", waybill="78120001234567")
BACK = Sale("{no}3", "refunded", (MAT,), AT)
DONE = Sale("{no}4", "done", (MAT,), AT, courier="中通快递", waybill="78120001234568")
DUE = Sale("{no}5", "unpaid", (MAT,), AT)
GONE = Sale("{no}6", "closed", (MAT,), AT)


def fixed(code, head):
    single = code in {"pdd", "kuaishou", "youzan"}
    sales = [replace(PAID, items=(MUG,)) if single else PAID, SENT, BACK, DONE, DUE, GONE]
    if code == "youzan":
        sales[0] = replace(sales[0], items=(MUG, MAT))
    return [replace(sale, no=sale.no.format(no=head)) for sale in sales]


def state(order):
    return (order.payment.value, order.progress.value, order.refund.value)


def times(order):
    return (order.placed_at, order.paid_at, order.shipped_at, order.finished_at)


def money(order):
    return (order.goods_fen, order.freight_fen, order.discount_fen, order.paid_fen)


def goods(order):
    return [(x.oid, x.title, x.spec, x.quantity, x.merchant_code, x.price_fen, x.paid_fen, x.refund.value) for x in order.lines]


PLACED, PAID_AT = moment("2026-11-20 10:00:00"), moment("2026-11-20 10:00:36")
SHIPPED_AT, DONE_AT = moment("2026-11-21 06:00:00"), moment("2026-11-24 04:00:00")
PLAIN = ("王小婷", "18612342290", "广东省", "深圳市", "南山区", "粤海街道科技园南路 88 号 3 栋 501", False, False)

STATES = [
    ("paid", "waiting", "none"), ("paid", "shipped", "none"), ("paid", "closed", "refunded"), ("paid", "delivered", "none"),
    ("unpaid", "waiting", "none"), ("unpaid", "closed", "none"),
]  # fmt: skip


def whole(receiver):
    return (
        receiver.name, receiver.phone, receiver.province, receiver.city, receiver.district, receiver.address, receiver.masked,
        receiver.cipher,
    )  # fmt: skip


@pytest.mark.parametrize("code", ["taobao_2017", "taobao_2018", "taobao_2021", "taobao_2022"])
def test_taobao_order_lists_of_all_years(tmp_path, code):
    layout, orders = read(exports.write(tmp_path, code, fixed(code, "351531314732935")))
    assert (layout.platform, layout.format, layout.kind, layout.missing) == ("taobao", "taobao_list", "orders", ())
    assert [order.platform_no for order in orders] == [f"351531314732935{n}" for n in range(1, 7)]
    assert [state(order) for order in orders] == STATES
    assert money(orders[0]) == (15290, 800, 0, 16090)
    assert [money(order)[3] for order in orders[1:]] == [3990, 3990, 3990, 3990, 0]
    assert all(not order.lines and not order.has_lines for order in orders)
    late = code == "taobao_2022"
    finished = None if code == "taobao_2017" else DONE_AT
    assert times(orders[0]) == (PLACED, PAID_AT, None, None)
    assert times(orders[3]) == (PLACED, PAID_AT, SHIPPED_AT if late else None, finished)
    assert times(orders[4]) == (PLACED, None, None, None)
    assert {whole(order.receiver) for order in orders} == {PLAIN}
    assert (orders[0].buyer_nick, orders[0].buyer_message, orders[0].seller_memo) == ("tb6120034", "请发顺丰", "老客户")
    assert [(p.courier, p.waybill_no) for p in orders[1].parcels] == [("中通快递", "78120001234567")]
    assert orders[0].parcels == ()
    assert layout.shop_name == "木由家居旗舰店"


def test_taobao_item_list_old(tmp_path):
    layout, orders = read(exports.write(tmp_path, "taobao_detail_old", fixed("taobao_detail_old", "351531314732935")))
    assert (layout.platform, layout.format) == ("taobao", "taobao_detail")
    assert goods(orders[0]) == [
        ("1", "手作陶瓷马克杯", "雾蓝 380ml", 2, "MY-MG-0412", 5900, 11800, "none"),
        ("2", "硅藻泥吸水地垫", "浅灰 / 40×60", 1, "MY-MT-4060", 3990, 3990, "none"),
    ]
    assert [state(order)[:2] for order in orders] == [
        ("paid", "waiting"), ("paid", "shipped"), ("unpaid", "closed"), ("paid", "delivered"), ("unpaid", "waiting"), ("unpaid", "closed"),
    ]  # fmt: skip
    assert {whole(order.receiver) for order in orders} == {("", "", "", "", "", "", False, False)}


def test_taobao_item_list_since_2023(tmp_path):
    layout, orders = read(exports.write(tmp_path, "taobao_detail_2023", fixed("taobao_detail_2023", "351531314732935")))
    assert (layout.platform, layout.format) == ("taobao", "taobao_detail")
    assert goods(orders[0]) == [
        ("3515313147329301", "手作陶瓷马克杯", "雾蓝 380ml", 2, "MY-MG-0412", 5900, 11300, "none"),
        ("3515313147329302", "硅藻泥吸水地垫", "浅灰 / 40×60", 1, "MY-MT-4060", 3990, 3990, "none"),
    ]
    assert [state(order) for order in orders] == STATES
    assert times(orders[0])[:2] == (PLACED, PAID_AT)


def test_jd(tmp_path):
    layout, orders = read(exports.write(tmp_path, "jd", fixed("jd", "2891234567")))
    assert (layout.platform, layout.format) == ("jd", "jd")
    assert [order.platform_no for order in orders] == [f"2891234567{n}" for n in range(1, 7)]
    assert goods(orders[0]) == [
        ("1", "手作陶瓷马克杯 雾蓝 380ml", "", 2, "MY-MG-0412", 5900, 11426, "none"),
        ("2", "硅藻泥吸水地垫 浅灰 / 40×60", "", 1, "MY-MT-4060", 3990, 3864, "none"),
    ]
    assert [line.sku_id for line in orders[0].lines] == ["1240000000001", "1240000000002"]
    assert money(orders[0]) == (15790, 800, 0, 16090)
    assert [state(order)[:2] for order in orders] == [
        ("paid", "waiting"), ("paid", "shipped"), ("paid", "closed"), ("paid", "delivered"), ("unpaid", "waiting"), ("unpaid", "closed"),
    ]  # fmt: skip
    assert times(orders[3]) == (PLACED, PAID_AT, None, DONE_AT)
    assert {whole(order.receiver) for order in orders} == {PLAIN}
    assert (orders[0].buyer_message, orders[0].seller_memo, orders[0].flag, orders[0].buyer_nick) == (
        "请发顺丰",
        "老客户",
        "red",
        "jd_4f2e",
    )


def test_pdd(tmp_path):
    layout, orders = read(exports.write(tmp_path, "pdd", fixed("pdd", "261120-41883029117")))
    assert (layout.platform, layout.format) == ("pdd", "pdd")
    assert goods(orders[0]) == [("1", "手作陶瓷马克杯", "雾蓝 380ml", 2, "MY-MG-0412", 5900, 11300, "none")]
    assert (orders[0].lines[0].item_id, orders[0].lines[0].sku_id) == ("754299529001", "1240000000001")
    assert money(orders[0]) == (11800, 800, 500, 12100)
    assert [state(order) for order in orders][:2] == STATES[:2]
    assert state(orders[2])[1:] == ("closed", "refunded")
    assert times(orders[1]) == (PAID_AT, PAID_AT, SHIPPED_AT, None)
    assert orders[4].placed_at == moment("2026-11-20 00:00:00")  # the day in the number
    assert [(p.courier, p.waybill_no) for p in orders[3].parcels] == [("中通快递", "78120001234568")]
    assert orders[0].seller_memo == "老客户"


@pytest.mark.parametrize("code", ["douyin", "douyin_custom"])
def test_douyin(tmp_path, code):
    layout, orders = read(exports.write(tmp_path, code, fixed(code, "691792676882364375")))
    assert (layout.platform, layout.format) == ("douyin", "douyin")
    assert [order.platform_no for order in orders] == [f"691792676882364375{n}" for n in range(1, 7)]
    assert [line.oid for line in orders[0].lines] == ["69179267688236437" + "01", "69179267688236437" + "02"]
    assert [line.paid_fen for line in orders[0].lines] == [11300, 3990]
    assert orders[0].paid_fen == 16090
    if code == "douyin":
        assert [line.price_fen for line in orders[0].lines] == [5900, 3990]
        assert money(orders[0]) == (15790, 800, 500, 16090)
        assert [state(order) for order in orders] == STATES
        assert times(orders[3]) == (PLACED, PAID_AT, SHIPPED_AT, DONE_AT)
        assert orders[0].ship_by == moment("2026-11-22 10:00:00")
        assert (orders[0].flag, orders[0].buyer_message, orders[0].seller_memo) == ("red", "请发顺丰", "老客户")
        assert whole(orders[0].receiver) == (
            "##王小婷Kx8==##", "$$2290aQ==$$", "广东省", "深圳市", "南山区", "##9fKx2mQ==##", False, True,
        )  # fmt: skip
    else:
        assert whole(orders[0].receiver) == ("##王小婷Kx8==##", "$$2290aQ==$$", "", "", "", "##9fKx2mQ==##", False, True)
        assert [order.progress.value for order in orders] == [wanted[1] for wanted in STATES]


def test_douyin_after_sales(tmp_path):
    layout, orders = read(exports.write(tmp_path, "douyin_refunds", fixed("douyin_refunds", "691792676882364375")))
    assert (layout.platform, layout.kind) == ("douyin", "refunds")
    assert [(order.platform_no, [line.refund.value for line in order.lines]) for order in orders] == [("6917926768823643753", ["refunded"])]


def test_kuaishou(tmp_path):
    layout, orders = read(exports.write(tmp_path, "kuaishou", fixed("kuaishou", "26112000123456")))
    assert (layout.platform, layout.format) == ("kuaishou", "kuaishou")
    assert goods(orders[0]) == [("1", "手作陶瓷马克杯", "雾蓝 380ml", 2, "MY-MG-0412", 5900, 11300, "none")]
    assert money(orders[0]) == (11800, 800, 500, 12100)
    assert [state(order) for order in orders] == STATES
    assert times(orders[3]) == (PLACED, PAID_AT, SHIPPED_AT, None)
    assert whole(orders[0].receiver) == ("王**", "186****2290", "广东省", "深圳市", "南山区", "粤海街道****", True, False)
    assert (orders[0].flag, orders[0].buyer_message, orders[0].seller_memo) == ("red", "请发顺丰", "老客户")
    assert orders[0].ship_by == moment("2026-11-22 10:00:00")
    assert [(p.courier, p.waybill_no) for p in orders[1].parcels] == [("中通快递", "78120001234567")]


def test_xiaohongshu(tmp_path):
    layout, orders = read(exports.write(tmp_path, "xiaohongshu", fixed("xiaohongshu", "P71234567890123456")))
    assert (layout.platform, layout.format, layout.sheet) == ("xiaohongshu", "xiaohongshu", "订单信息")
    assert goods(orders[0]) == [
        ("1", "手作陶瓷马克杯", "雾蓝 380ml", 2, "MY-MG-0412", 5900, 11300, "none"),
        ("2", "硅藻泥吸水地垫", "浅灰 / 40×60", 1, "MY-MT-4060", 3990, 3990, "none"),
    ]
    assert money(orders[0]) == (15790, 800, 500, 16090)
    assert [state(order) for order in orders] == STATES
    assert times(orders[3]) == (PLACED, PAID_AT, SHIPPED_AT, DONE_AT)
    assert whole(orders[0].receiver) == ("王**", "186****2290", "广东省", "深圳市", "南山区", "*****", True, False)
    assert (orders[0].flag, orders[0].buyer_message, orders[0].seller_memo) == ("red", "请发顺丰", "老客户")
    assert orders[0].lines[0].barcode == "6901234567892"


def test_wechat_channels_with_blank_following_lines(tmp_path):
    layout, orders = read(exports.write(tmp_path, "channels", fixed("channels", "371234567890123456")))
    assert (layout.platform, layout.format) == ("channels", "channels")
    assert goods(orders[0]) == [
        ("1", "手作陶瓷马克杯", "雾蓝 380ml", 2, "MY-MG-0412", 5900, 11300, "none"),
        ("2", "硅藻泥吸水地垫", "浅灰 / 40×60", 1, "MY-MT-4060", 3990, 3990, "none"),
    ]
    assert [line.item_id for line in orders[0].lines] == ["754299529001", "754299529002"]
    assert money(orders[0]) == (15790, 800, 500, 16090)
    assert [state(order) for order in orders] == STATES
    assert times(orders[3]) == (PLACED, PAID_AT, SHIPPED_AT, DONE_AT)
    assert {whole(order.receiver) for order in orders} == {PLAIN}
    assert (orders[0].flag, orders[0].buyer_message, orders[0].seller_memo) == ("red", "请发顺丰", "老客户")


def test_youzan(tmp_path):
    layout, orders = read(exports.write(tmp_path, "youzan", fixed("youzan", "E2026112010000000000123")))
    assert (layout.platform, layout.format) == ("youzan", "youzan")
    assert [(line.title, line.quantity) for line in orders[0].lines] == [("手作陶瓷马克杯", 1), ("硅藻泥吸水地垫", 1)]
    assert money(orders[0]) == (15790, 800, 500, 16090)
    assert goods(orders[1]) == [("1", "硅藻泥吸水地垫", "", 1, "", 3990, 3990, "none")]
    assert [state(order) for order in orders] == STATES
    assert times(orders[3])[3] == DONE_AT
    assert {whole(order.receiver) for order in orders} == {PLAIN}


def test_every_format_we_know_of_is_recognised_without_a_row(tmp_path):
    wanted = {code: exports.PLATFORM[code] for code in HEADERS}
    found = {}
    for code in HEADERS:
        path = exports.write(tmp_path, code, [])
        found[code] = recognise.recognise(tables.read(path), file_name="下载.csv").platform
    assert found == wanted


SAMPLES = next(
    (parent.parent / "shared/samples/export_headers" for parent in Path(__file__).parents if (parent / "pyproject.toml").exists()),
    Path("none"),
)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the collected header rows are not on this machine")
def test_collected_header_rows_are_the_ones_we_write():
    names = {
        "taobao_ExportOrderList_2017": "taobao_2017", "taobao_ExportOrderList_2018": "taobao_2018",
        "taobao_ExportOrderList_2021": "taobao_2021", "taobao_ExportOrderList_2022plus": "taobao_2022",
        "taobao_ExportOrderDetailList_old": "taobao_detail_old", "taobao_baobei_detail_2023plus": "taobao_detail_2023",
        "jd_order_export_2018": "jd", "pdd_order_export_2025": "pdd", "douyin_order_export_2026a": "douyin",
        "douyin_order_export_custom_sample": "douyin_custom", "douyin_aftersale_export": "douyin_refunds",
        "kuaishou_order_export_2026": "kuaishou", "xiaohongshu_order_export_2026": "xiaohongshu",
        "weixin_channels_order_export_2026": "channels", "youzan_order_export_2026": "youzan",
    }  # fmt: skip
    for file in sorted(SAMPLES.glob("*.csv")):
        header, *_rows = tables.read(file).sheets[0].rows
        assert header == [name.strip() for name in HEADERS[names[file.stem]]]
        layout, _orders = read(file)
        assert layout.platform == exports.PLATFORM[names[file.stem]]
