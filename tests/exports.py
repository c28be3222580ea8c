"""Writes the export files of the platforms as sellers get them: believable orders (`sales`), each platform's own header, words, quirks
and encoding (`rows`, `write`). The suite, the journeys and the bench use it; it shares no code with what reads the files."""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import xlsxwriter

from tests.export_headers import HEADERS

Cells = dict[str, str]


@dataclass(frozen=True)
class Item:
    title: str
    spec: str
    code: str
    price: Decimal
    quantity: int = 1
    item_id: str = "754299529443"
    sku_id: str = "1240000000001"
    discount: Decimal = Decimal(0)

    @property
    def total(self) -> Decimal:
        return self.price * self.quantity

    @property
    def paid(self) -> Decimal:
        return self.total - self.discount


@dataclass(frozen=True)
class Sale:
    """One order, before a platform writes it down. `state`: unpaid, paid, shipped, done, closed, refunding, refunded."""

    no: str
    state: str
    items: tuple[Item, ...]
    placed: datetime
    name: str = "王小婷"
    phone: str = "18612342290"
    place: tuple[str, str, str, str] = ("广东省", "深圳市", "南山区", "粤海街道")
    detail: str = "科技园南路 88 号 3 栋 501"
    freight: Decimal = Decimal(0)
    message: str = ""
    memo: str = ""
    flag: str = ""
    courier: str = ""
    waybill: str = ""
    nick: str = "tb6120034"
    line_nos: tuple[str, ...] = field(default=())

    @property
    def paid(self) -> Decimal:
        return sum((item.paid for item in self.items), Decimal(0)) + self.freight

    @property
    def goods(self) -> Decimal:
        return sum((item.total for item in self.items), Decimal(0))

    @property
    def discount(self) -> Decimal:
        return sum((item.discount for item in self.items), Decimal(0))

    def at(self, hours: float) -> str:
        return (self.placed + timedelta(hours=hours)).strftime("%Y-%m-%d %H:%M:%S")

    @property
    def is_paid(self) -> bool:
        return self.state not in {"unpaid", "closed"}

    @property
    def is_shipped(self) -> bool:
        return self.state in {"shipped", "done", "refunding"} and bool(self.waybill)

    @property
    def address(self) -> str:
        return " ".join(self.place) + self.detail


WORDS = {
    "taobao": {"unpaid": "等待买家付款", "paid": "买家已付款，等待卖家发货", "shipped": "卖家已发货，等待买家确认", "done": "交易成功",
               "closed": "交易关闭", "refunding": "卖家已发货，等待买家确认", "refunded": "交易关闭"},
    "jd": {"unpaid": "等待付款", "paid": "等待出库", "shipped": "等待确认收货", "done": "完成", "closed": "(删除)等待出库",
           "refunding": "(锁定)等待出库", "refunded": "(删除)等待出库"},
    "pdd": {"unpaid": "待付款", "paid": "待发货", "shipped": "已发货，待签收", "done": "已收货", "closed": "已取消",
            "refunding": "已发货，待签收", "refunded": "未发货，退款成功"},
    "douyin": {"unpaid": "待支付", "paid": "待发货", "shipped": "已发货", "done": "已完成", "closed": "已关闭", "refunding": "已发货",
               "refunded": "已关闭"},
    "kuaishou": {"unpaid": "待付款", "paid": "待发货", "shipped": "已发货", "done": "交易成功", "closed": "交易关闭",
                 "refunding": "已发货", "refunded": "交易关闭"},
    "xiaohongshu": {"unpaid": "待付款", "paid": "待发货", "shipped": "待收货", "done": "已完成", "closed": "已取消",
                    "refunding": "待收货", "refunded": "已关闭"},
    "channels": {"unpaid": "待付款", "paid": "待发货", "shipped": "待收货", "done": "已完成", "closed": "已取消", "refunding": "待收货",
                 "refunded": "已取消"},
    "youzan": {"unpaid": "待付款", "paid": "待发货", "shipped": "已发货", "done": "交易完成", "closed": "交易关闭", "refunding": "已发货",
               "refunded": "交易关闭"},
}  # fmt: skip
PLATFORM = {
    "taobao_2017": "taobao", "taobao_2018": "taobao", "taobao_2021": "taobao", "taobao_2022": "taobao",
    "taobao_detail_old": "taobao", "taobao_detail_2023": "taobao", "jd": "jd", "pdd": "pdd", "douyin": "douyin",
    "douyin_custom": "douyin", "douyin_refunds": "douyin", "kuaishou": "kuaishou", "xiaohongshu": "xiaohongshu",
    "channels": "channels", "youzan": "youzan",
}  # fmt: skip
"""How each platform hands its file out: suffix and encoding."""
MANNERS = {
    "taobao_2017": ("csv", "gbk"), "taobao_2018": ("csv", "gbk"), "taobao_2021": ("xlsx", ""), "taobao_2022": ("xlsx", ""),
    "taobao_detail_old": ("csv", "gbk"), "taobao_detail_2023": ("xlsx", ""), "jd": ("csv", "gb2312"), "pdd": ("csv", "utf-8"),
    "douyin": ("csv", "utf-8-sig"), "douyin_custom": ("csv", "utf-8-sig"), "douyin_refunds": ("xlsx", ""),
    "kuaishou": ("xlsx", ""), "xiaohongshu": ("xlsx", ""), "channels": ("xlsx", ""), "youzan": ("csv", "utf-8"),
}  # fmt: skip


def _mask(name: str) -> str:
    return name[0] + "*" * (len(name) - 1)


def _mask_phone(phone: str) -> str:
    return f"{phone[:3]}****{phone[-4:]}"


def _taobao_list(code: str, sale: Sale) -> list[Cells]:
    old = code in {"taobao_2017", "taobao_2018"}
    refund = sale.paid if sale.state == "refunded" else Decimal(0)
    row = {
        "订单编号": f'="{sale.no}"' if old else sale.no, "买家会员名": sale.nick, "买家支付宝账号": "143248****@qq.com",
        "买家应付货款": f"{sale.paid - sale.freight}", "买家应付邮费": f"{sale.freight:.2f}", "买家支付积分": "0",
        "总金额": f"{sale.paid}", "返点积分": "0", "买家实际支付金额": f"{sale.paid if sale.is_paid else 0}",
        "买家实际支付积分": "0", "订单状态": WORDS["taobao"][sale.state], "买家留言": sale.message, "收货人姓名": sale.name,
        "收货地址": f"{sale.address}(518000)" if old else sale.address, "运送方式": "快递", "联系电话": "",
        "联系手机": f"'{sale.phone}" if old else sale.phone, "订单创建时间": sale.at(0),
        "订单付款时间": sale.at(0.01) if sale.is_paid else "", "宝贝标题": "，".join(item.title for item in sale.items),
        "宝贝种类": str(len(sale.items)), "物流单号": f"No:{sale.waybill}" if sale.is_shipped else "",
        "物流公司": sale.courier if sale.is_shipped else "", "订单备注": f"'{sale.memo}" if sale.memo and old else sale.memo,
        "宝贝总数量": str(sum(item.quantity for item in sale.items)), "店铺Id": "0", "店铺名称": "木由家居旗舰店",
        "订单关闭原因": "订单未关闭" if sale.state not in {"closed", "refunded"} else "买家取消", "卖家服务费": "0",
        "买家服务费": "0元", "是否手机订单": "手机订单", "特权订金订单id": '=""' if old else "", "退款金额": f"{refund:.2f}",
        "打款商家金额": f"{sale.paid}元", "确认收货时间": sale.at(90) if sale.state == "done" else "",
        "发货时间": sale.at(20) if sale.is_shipped else "", "商家备忘": sale.memo,
    }  # fmt: skip
    return [row]


def _taobao_detail(code: str, sale: Sale) -> list[Cells]:
    rows = []
    for n, item in enumerate(sale.items):
        rows.append(
            {
                "订单编号": f'="{sale.no}"', "主订单编号": sale.no, "子订单编号": _line_no(sale, n), "标题": item.title,
                "商品标题": item.title, "价格": f"{item.price}", "商品价格": f"{item.price}", "购买数量": str(item.quantity),
                "外部系统编号": item.code.rsplit("-", 1)[0], "商品属性": item.spec, "套餐信息": "", "备注": "",
                "订单状态": WORDS["taobao"][sale.state], "商家编码": item.code, "买家应付货款": f"{item.paid}",
                "买家实付金额": f"{item.paid if sale.is_paid else 0}",
                "退款状态": {"refunding": "买家已经申请退款，等待卖家同意", "refunded": "退款成功"}.get(sale.state, "没有申请退款"),
                "退款金额": f"{item.paid if sale.state == 'refunded' else 0}", "订单创建时间": sale.at(0),
                "订单付款时间": sale.at(0.01) if sale.is_paid else "",
            }
        )  # fmt: skip
    return rows


def _line_no(sale: Sale, index: int) -> str:
    return sale.line_nos[index] if sale.line_nos else f"{sale.no[:-2]}{index + 1:02d}" if len(sale.items) > 1 else sale.no


def _jd(_code: str, sale: Sale) -> list[Cells]:
    return [
        {
            "订单号": sale.no, "商品ID": item.sku_id, "商品名称": f"{item.title} {item.spec}", "订购数量": str(item.quantity),
            "支付方式": "在线支付", "下单时间": sale.at(0), "京东价": f"{item.price}", "订单金额": f"{sale.goods}",
            "结算金额": f"{sale.goods - sale.discount}", "余额支付": "0", "应付金额": f"{sale.paid}",
            "订单状态": WORDS["jd"][sale.state], "订单类型": "SOP", "下单帐号": "jd_4f2e", "客户姓名": sale.name,
            "客户地址": "".join(sale.place) + sale.detail, "联系电话": sale.phone, "订单备注": sale.message,
            "商家备注": sale.memo, "商家备注等级（等级1-5为由高到低）": {"red": "1", "yellow": "2", "green": "3"}.get(sale.flag, ""),
            "运费金额": f"{sale.freight}", "付款确认时间": sale.at(0.01) if sale.is_paid else "",
            "订单完成时间": sale.at(90) if sale.state == "done" else "", "货号": item.code.rsplit("-", 1)[0], "商家SKUID": item.code,
        }
        for item in sale.items
    ]  # fmt: skip


def _pdd(_code: str, sale: Sale) -> list[Cells]:
    (item,) = sale.items
    return [
        {
            "订单成交时间": sale.at(0.01) if sale.is_paid else "", "商品": item.title, "订单号": sale.no,
            "订单状态": WORDS["pdd"][sale.state], "商品总价(元)": f"{sale.goods}", "邮费(元)": f"{sale.freight}",
            "店铺优惠折扣(元)": f"{sale.discount}", "平台优惠折扣(元)": "0", "多多支付立减金额(元)": "0",
            "用户实付金额(元)": f"{sale.paid}", "商家实收金额(元)": f"{sale.paid}", "商品数量(件)": str(item.quantity),
            "发货时间": sale.at(20) if sale.is_shipped else "", "确认收货时间": sale.at(90) if sale.state == "done" else "",
            "商品id": item.item_id, "商品规格": item.spec, "样式ID": item.sku_id, "商家编码-规格维度": item.code,
            "商家编码-商品维度": item.code.rsplit("-", 1)[0], "商家备注": sale.memo,
            "售后状态": {"refunding": "退款中", "refunded": "退款成功"}.get(sale.state, "无售后或售后取消"),
            "快递单号": sale.waybill if sale.is_shipped else "", "快递公司": sale.courier if sale.is_shipped else "",
        }
    ]  # fmt: skip


def _douyin(_code: str, sale: Sale) -> list[Cells]:
    rows = []
    for n, item in enumerate(sale.items):
        rows.append(
            {
                "主订单编号": f"\t{sale.no}", "子订单编号": f"\t{_line_no(sale, n)}", "选购商品": f"\t{item.title}",
                "商品规格": item.spec, "商品数量": str(item.quantity), "商品ID": f"\t{item.item_id}", "商家编码": f"\t{item.code}",
                "商品单价": f"{item.price}", "订单应付金额": f"{item.paid + (sale.freight if n == 0 else 0):.2f}",
                "运费": f"{sale.freight if n == 0 else 0:.2f}", "优惠总金额": f"{item.discount:.2f}", "平台优惠": "0.00",
                "商家优惠": f"{item.discount:.2f}", "支付方式": "微信", "收件人": f"##{sale.name}Kx8==##",
                "收件人手机号": f"$${sale.phone[-4:]}aQ==$$", "省": sale.place[0], "市": sale.place[1], "区": sale.place[2],
                "街道": sale.place[3], "详细地址": "##9fKx2mQ==##", "买家留言": sale.message or "-", "订单提交时间": sale.at(0),
                "旗帜颜色": {"red": "红", "green": "绿"}.get(sale.flag, "-"), "商家备注": sale.memo or "-",
                "订单完成时间": sale.at(90) if sale.state == "done" else "-", "支付完成时间": sale.at(0.01) if sale.is_paid else "-",
                "订单状态": WORDS["douyin"][sale.state], "承诺发货时间": sale.at(48),
                "售后状态": {"refunding": "退款中", "refunded": "退款成功"}.get(sale.state, "-"),
                "发货时间": sale.at(20) if sale.is_shipped else "-",
            }
        )  # fmt: skip
    return rows


def _douyin_refunds(_code: str, sale: Sale) -> list[Cells]:
    if sale.state not in {"refunding", "refunded"}:
        return []
    done = sale.state == "refunded"
    return [
        {
            "售后单号": f"148{sale.no[-15:]}", "订单号": sale.no, "商品单号": _line_no(sale, n), "商品名称": item.title,
            "商品ID": item.item_id, "应付金额（元）": f"{item.paid}", "售后类型": "仅退款", "退商品金额（元）": f"{item.paid}",
            "售后状态": "退款成功" if done else "待商家处理", "售后申请时间": sale.at(30), "商家编码": item.code,
        }
        for n, item in enumerate(sale.items)
    ]  # fmt: skip


def _kuaishou(_code: str, sale: Sale) -> list[Cells]:
    (item,) = sale.items
    return [
        {
            "订单号": sale.no, "订单创建时间": sale.at(0), "订单支付时间": sale.at(0.01) if sale.is_paid else "",
            "订单状态": WORDS["kuaishou"][sale.state], "实付款": f"¥{sale.paid:,.2f}", "快递费": f"{sale.freight}",
            "店铺优惠": f"{sale.discount}", "平台补贴": "0", "成交数量": str(item.quantity), "买家留言": sale.message,
            "订单备注": sale.memo, "旗帜颜色": {"red": "红色", "green": "绿色"}.get(sale.flag, ""),
            "售后状态": {"refunding": "售后中", "refunded": "售后成功"}.get(sale.state, ""), "预售/承诺发货时间": sale.at(48),
            "商品名称": item.title, "商品ID": item.item_id, "商品规格": item.spec, "SKU编码": item.code, "商品单价": f"{item.price}",
            "收货人姓名": _mask(sale.name), "收货人电话": _mask_phone(sale.phone), "收货地址-省": sale.place[0],
            "收货地址-市": sale.place[1], "收货地址-区": sale.place[2], "收货地址-街道": sale.place[3],
            "收货地址": "".join(sale.place) + "****", "发货时间": sale.at(20) if sale.is_shipped else "",
            "快递公司": sale.courier if sale.is_shipped else "", "快递单号": sale.waybill if sale.is_shipped else "",
        }
    ]  # fmt: skip


def _xiaohongshu(_code: str, sale: Sale) -> list[Cells]:
    return [
        {
            "订单号": sale.no, "订单状态": WORDS["xiaohongshu"][sale.state],
            "售后状态": {"refunding": "售后处理中", "refunded": "售后完成"}.get(sale.state, "无售后"), "收件人姓名": _mask(sale.name),
            "收件人电话": _mask_phone(sale.phone), "收件人地址": "*****", "省": sale.place[0], "市": sale.place[1],
            "区": sale.place[2], "小红书编码": "XHS0001", "条形码": "6901234567892", "规格ID": item.sku_id,
            "SKU名称": f"{item.title} {item.spec}",
            "SKU规格": item.spec, "SKU件数": str(item.quantity), "是否为赠品": "否", "商品总价(元)": f"{item.total}",
            "用户应付金额(元)": f"{item.paid + (sale.freight if n == 0 else 0)}", "店铺优惠(元)": f"{item.discount}", "平台优惠(元)": "0",
            "商家应收金额(元)（支付金额）": f"{item.paid + (sale.freight if n == 0 else 0)}", "支付方式": "支付宝",
            "支付时间": sale.at(0.01) if sale.is_paid else "", "包裹总运费(元)": f"{sale.freight if n == 0 else 0}",
            "快递公司": sale.courier if sale.is_shipped else "", "快递单号": sale.waybill if sale.is_shipped else "",
            "订单创建时间": sale.at(0), "承诺发货时间": sale.at(48), "订单发货时间": sale.at(20) if sale.is_shipped else "",
            "订单完成时间": sale.at(90) if sale.state == "done" else "", "用户备注": sale.message,
            "包裹备注标记": {"red": "红旗", "green": "绿旗"}.get(sale.flag, ""), "包裹备注信息": sale.memo, "店铺名称": "木由家居",
            "商家编码": item.code, "商品ID": item.item_id, "商品名称": item.title,
        }
        for n, item in enumerate(sale.items)
    ]  # fmt: skip


def _channels(_code: str, sale: Sale) -> list[Cells]:
    """The order's own cells stand on the first line only."""
    rows = []
    for n, item in enumerate(sale.items):
        row = {
            "商品名称": item.title, "商品编码(平台)": item.item_id, "商品编码(自定义)": item.code.rsplit("-", 1)[0],
            "SKU编码(自定义)": item.code, "商品属性": item.spec, "商品价格(单件)": f"{item.price}",
            "商品实际价格(单件)": f"{item.paid / item.quantity:.2f}", "商品实际价格(总共)": f"{item.paid}", "商品数量": str(item.quantity),
            "商品发货": "已发货" if sale.is_shipped else "未发货",
            "商品售后": {"refunding": "用户申请退款", "refunded": "退款成功"}.get(sale.state, "无"),
            "商品已退款金额": f"{item.paid if sale.state == 'refunded' else 0}",
        }  # fmt: skip
        if n == 0:
            row |= {
                "订单号": sale.no, "订单下单时间": sale.at(0), "订单发货时间": sale.at(20) if sale.is_shipped else "",
                "订单确认收货时间": sale.at(90) if sale.state == "done" else "", "订单状态": WORDS["channels"][sale.state],
                "收件人姓名": sale.name, "收件人地址": sale.place[3] + sale.detail, "省": sale.place[0], "市": sale.place[1],
                "区": sale.place[2], "收件人手机": sale.phone, "买家备注": sale.message, "商家备注": sale.memo,
                "打标颜色": {"red": "红色", "green": "绿色"}.get(sale.flag, ""), "商品总价": f"{sale.goods}",
                "订单实际支付金额": f"{sale.paid}", "订单实际收款金额": f"{sale.paid}", "订单运费": f"{sale.freight}",
                "商品优惠": f"{sale.discount}", "跨店优惠": "0", "支付方式": "微信支付",
                "支付时间": sale.at(0.01) if sale.is_paid else "", "物流公司": sale.courier if sale.is_shipped else "",
                "快递单号": sale.waybill if sale.is_shipped else "",
            }  # fmt: skip
        rows.append(row)
    return rows


def _youzan(_code: str, sale: Sale) -> list[Cells]:
    return [
        {
            "订单号": sale.no, "销售渠道": "网店", "归属店铺": "木由家居", "订单类型": "普通订单", "订单状态": WORDS["youzan"][sale.state],
            "订单来源": "商家小程序", "订单创建时间": sale.at(0), "买家付款时间": sale.at(0.01) if sale.is_paid else "",
            "交易成功时间": sale.at(90) if sale.state == "done" else "", "付款方式": "微信支付", "商品金额合计": f"{sale.goods:.2f}",
            "运费": f"{sale.freight:.2f}", "店铺优惠合计": f"{sale.discount}", "应收订单金额": f"{sale.paid:.2f}",
            "订单实付金额": f"{sale.paid:.2f}", "支付优惠合计": "0.00", "订单实收金额": f"{sale.paid:.2f}",
            "全部商品名称": ";".join(item.title for item in sale.items), "商品种类数": str(len(sale.items)), "收货人省份": "广东",
            "收货人城市": "深圳", "收货人地区": sale.place[2], "详细收货地址/提货地址": sale.place[3] + sale.detail,
            "收货人/提货人": sale.name,
            "收货人手机号/提货人手机号": sale.phone, "买家备注": sale.message, "买家昵称": sale.nick,
            "订单退款状态": {"refunding": "退款中", "refunded": "全额退款"}.get(sale.state, ""),
            "订单已退款金额": f"{sale.paid if sale.state == 'refunded' else 0}", "商家订单备注": sale.memo, "团长订单": "否",
            "订单风险标签": "——",
        }
    ]  # fmt: skip


_WRITERS = {
    "jd": _jd, "pdd": _pdd, "douyin": _douyin, "douyin_custom": _douyin, "douyin_refunds": _douyin_refunds, "kuaishou": _kuaishou,
    "xiaohongshu": _xiaohongshu, "channels": _channels, "youzan": _youzan,
    **dict.fromkeys(("taobao_2017", "taobao_2018", "taobao_2021", "taobao_2022"), _taobao_list),
    **dict.fromkeys(("taobao_detail_old", "taobao_detail_2023"), _taobao_detail),
}  # fmt: skip
FORMATS = tuple(_WRITERS)


def rows(code: str, sales: list[Sale]) -> list[Cells]:
    """The rows of a file of that format: header name (stripped) → cell."""
    return [row for sale in sales for row in _WRITERS[code](code, sale)]


def table(code: str, sales: list[Sale]) -> list[list[str]]:
    """Header and rows as the platform orders them."""
    header = HEADERS[code]
    return [header, *([row.get(name.strip(), "") for name in header] for row in rows(code, sales))]


def write(
    folder: Path, code: str, sales: list[Sale], *, name: str = "", suffix: str = "", encoding: str = "", grid: list[list[str]] | None = None
) -> Path:
    """Write the file in the platform's manner (or another suffix and encoding); `grid` replaces header and rows."""
    usual_suffix, usual_encoding = MANNERS[code]
    suffix = suffix or usual_suffix
    path = folder / f"{name or code}.{suffix}"
    cells = grid or table(code, sales)
    if suffix == "xlsx":
        _write_xlsx(path, cells)
    else:
        with path.open("w", encoding=encoding or usual_encoding or "utf-8", newline="") as file:
            csv.writer(file, delimiter="\t" if suffix == "tsv" else ",").writerows(cells)
    return path


def _write_xlsx(path: Path, cells: list[list[str]]) -> None:
    """Amounts and counts as numbers, all else as text, as the platforms do."""
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet("订单信息")
    for r, row in enumerate(cells):
        for c, cell in enumerate(row):
            plain = cell.replace(".", "", 1)
            if r and plain.isdigit() and len(plain) < 9:
                sheet.write_number(r, c, float(cell))
            elif cell:
                sheet.write_string(r, c, cell)
    book.close()


GOODS = (
    ("硅藻泥吸水地垫 家用浴室防滑", "浅灰 / 40×60", "MY-MT-4060", "39.90"), ("手作陶瓷马克杯", "雾蓝 380ml", "MY-MG-0412", "59.00"),
    ("大豆蜡香薰蜡烛", "白茶 180g", "MY-CD-0180", "79.80"), ("软底家居拖鞋", "豆沙 38-39", "MY-SL-3839", "29.90"),
    ("原木抽纸盒", "胡桃木", "MY-BX-0021", "88.00"), ("日式雪平锅 不锈钢", "18cm", "MY-PT-0018", "129.00"),
)  # fmt: skip
PEOPLE = ("陈建国", "李婷", "欧阳雪梅", "张伟", "刘佳怡", "赵一鸣", "孙丽", "周子轩")
PLACES = (
    ("广东省", "深圳市", "南山区", "粤海街道"), ("浙江省", "杭州市", "余杭区", "五常街道"), ("北京市", "北京市", "朝阳区", "望京街道"),
    ("四川省", "成都市", "武侯区", "石羊街道"), ("江苏省", "苏州市", "吴中区", "木渎镇"), ("湖北省", "武汉市", "洪山区", "珞南街道"),
)  # fmt: skip
STATES = ("paid", "paid", "paid", "shipped", "shipped", "done", "done", "unpaid", "closed", "refunding", "refunded")


def number(platform: str, index: int, day: datetime) -> str:
    """An order number in the platform's shape."""
    return {
        "taobao": f"35153{index:014d}", "jd": f"2{index:011d}", "pdd": f"{day:%y%m%d}-{index:015d}", "douyin": f"69179{index:014d}",
        "kuaishou": f"26{index:014d}", "xiaohongshu": f"P7{index:017d}", "channels": f"37{index:017d}",
        "youzan": f"E{day:%Y%m%d%H%M%S}{index:010d}",
    }[platform]  # fmt: skip


def sales(code: str, count: int, *, seed: int = 1, start: int = 1, until: datetime | None = None) -> list[Sale]:
    """Believable orders of one platform, the same for the same seed."""
    chance = random.Random(f"{code}{seed}")
    platform = PLATFORM[code]
    until = until or datetime(2026, 11, 22, 21, 0)
    most = 1 if code in {"pdd", "kuaishou", "youzan"} else 3
    made = []
    for index in range(start, start + count):
        placed = until - timedelta(minutes=chance.randrange(60 * 24 * 20), seconds=chance.randrange(60))
        items = tuple(
            Item(
                title,
                spec,
                code_,
                Decimal(price),
                chance.choice((1, 1, 1, 2, 3)),
                str(754299529000 + n),
                str(1240000000000 + n),
                Decimal(chance.choice((0, 0, 5))),
            )
            for n, (title, spec, code_, price) in sorted(chance.sample(list(enumerate(GOODS)), chance.randint(1, most)))
        )
        state = chance.choice(STATES)
        gone = state in {"shipped", "done", "refunding"}
        made.append(
            Sale(
                number(platform, index * 7 + 1, placed), state, items, placed, name=chance.choice(PEOPLE),
                phone=f"13{chance.randrange(10**9):09d}",
                place=chance.choice(PLACES), detail=f"{chance.choice('花园中山解放和平')}路 {chance.randrange(1, 400)} 号",
                freight=Decimal(chance.choice((0, 0, 0, 8))), message=chance.choice(("", "", "", "请发顺丰", "送人的，包好一点")),
                memo=chance.choice(("", "", "", "老客户，送小样")), courier="中通快递" if gone else "",
                waybill=f"7812{chance.randrange(10**10):010d}" if gone else "", nick=f"tb{chance.randrange(10**7)}",
            )
        )  # fmt: skip
    return made
