"""The export files we know. Adding one: an entry here, its header in `tests/exports.py` (see `docs/recipes/add-an-export-format.md`).

`marks` are column names that only this format has (they tell the platform); `never` are column names that rule a format out. `own` says
what a common name means in this format (an empty meaning: not imported). `amounts` says whether the order's amounts stand per `line` or
are the whole order's on each row (`order`), where the file itself does not tell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from danshu.channels.files.vocabulary import normal


@dataclass(frozen=True)
class Format:
    code: str
    platform: str
    name: str | Promise
    marks: tuple[str, ...]
    own: dict[str, str] = field(default_factory=dict)
    amounts: str = "order"
    has_lines: bool = True  # False: orders without their lines
    has_orders: bool = True  # False: lines (or refunds) without the order's receiver and amounts
    unique: str = ""  # `product`: one row per product of an order, so a repeated one replaces; `row`: identical rows are one
    order_no: str = ""  # how this platform's order numbers look
    file_words: tuple[str, ...] = ()
    never: tuple[str, ...] = ()

    def own_meanings(self) -> dict[str, str]:
        return {normal(name): meaning for name, meaning in self.own.items()}


FORMATS: dict[str, Format] = {
    f.code: f
    for f in (
        Format(
            "taobao_list", "taobao", _("淘宝订单报表"),
            ("买家支付宝账号", "买家应付货款", "买家应付邮费", "买家支付积分", "返点积分", "买家实际支付积分", "宝贝种类",
             "卖家服务费", "买家服务费", "店铺Id", "打款商家金额", "集分宝抵扣", "天猫卡券抵扣", "是否是O2O交易", "订单关闭原因",
             "特权订金订单id", "分阶段订单信息", "宝贝总数量", "修改后的收货地址", "运送方式", "买家会员名"),
            {"宝贝标题": "titles", "订单备注": "seller_memo", "主订单编号": "", "买家应付货款": "goods_total", "总金额": "payable",
             "订单编号": "order_no"},
            has_lines=False, order_no=r"\d{15,19}", file_words=("ExportOrderList",),
            never=("子订单编号",),
        ),
        Format(
            "taobao_detail", "taobao", _("淘宝宝贝报表"), ("外部系统编号", "套餐信息", "联系方式备注"),
            {"套餐信息": "", "备注": "", "买家实付金额": "line_paid", "买家应付货款": "line_paid", "退款金额": "line_refund",
             "联系方式备注": "", "支付单号": "", "订单编号": "order_no", "主订单编号": "order_no"},
            has_orders=False, order_no=r"\d{15,19}", file_words=("ExportOrderDetail", "宝贝明细", "宝贝报表"),
        ),
        Format(
            "jd", "jd", _("京东订单"),
            ("下单帐号", "京东价", "订购数量", "货号", "商家备注等级（等级1-5为由高到低）", "送装服务", "余额支付", "商家SKUID",
             "是否为品牌商订单", "是否为toplife订单", "普通发票纳税编号", "付款确认时间", "客户姓名", "客户地址", "增值税发票", "结算金额"),
            {"商品ID": "sku_id", "订单备注": "buyer_message", "商家备注": "seller_memo", "订单金额": "goods_total",
             "应付金额": "paid", "结算金额": "paid"},
            unique="row", order_no=r"\d{9,13}",
        ),
        Format(
            "pdd", "pdd", _("拼多多订单"),
            ("样式ID", "多多支付立减金额(元)", "商家编码-规格维度", "商家编码-商品维度", "店铺优惠折扣(元)", "平台优惠折扣(元)",
             "订单成交时间", "商家实收金额(元)", "用户实付金额(元)", "是否抽奖或0元试用", "是否顺丰包邮"),
            {"订单成交时间": "paid_at", "用户实付金额": "paid", "商家实收金额": "paid"},
            unique="product", order_no=r"\d{6}-\d{9,17}", file_words=("拼多多", "pdd", "orders_export"),
        ),
        Format(
            "douyin", "douyin", _("抖音订单"),
            ("选购商品", "达人优惠", "鲁班落地页ID", "所属门店ID", "流量体裁", "是否安心购", "红包抵扣", "降价类优惠",
             "平台实际承担优惠金额", "商家实际承担优惠金额", "达人实际承担优惠金额", "商家改价", "APP渠道", "车型", "发货主体",
             "收件人手机号", "订单提交时间", "支付完成时间"),
            {"商家优惠": "discount_part", "达人优惠": "discount_part", "支付优惠": "", "商品ID": "item_id"},
            amounts="line", order_no=r"[4-9]\d{17,19}", file_words=("抖店", "抖音", "douyin"),
            never=("退商品金额（元）", "售后单号"),
        ),
        Format(
            "douyin_refunds", "douyin", _("抖音售后单"),
            ("售后单号", "商品单号", "退运费金额（元）", "退支付优惠（元）", "退税费金额（元）", "是否极速退款", "协商记录", "换货商品信息",
             "退商品金额（元）", "售后申请时间", "自动处理截止时间", "是否拒签后退款"),
            {"订单备注": "", "商家编码": "merchant_code", "应付金额": "line_paid", "商品发货状态": "", "支付优惠": "", "门店名称": "",
             "退货发货时间": "", "发货物流单号": ""},
            has_orders=False, order_no=r"[4-9]\d{17,19}",
        ),
        Format(
            "kuaishou", "kuaishou", _("快手订单"),
            ("CPS达人ID", "CPS达人昵称", "快赚客ID", "快赚客昵称", "赠品订单号", "活动订单编号", "主播补贴", "混资活动优惠", "团长ID",
             "国补/类国补/消费券", "订单载体", "授权推广者ID", "预估推广佣金", "收货地址-省", "收货地址-市", "成交数量"),
            {"订单备注": "seller_memo", "SKU编码": "merchant_code"},
            unique="product", order_no=r"\d{13,19}", file_words=("快手", "kuaishou"),
        ),
        Format(
            "xiaohongshu", "xiaohongshu", _("小红书订单"),
            ("小红书编码", "SKU件数", "SKU规格", "SKU名称", "规格ID", "大头笔/Paint Marker", "集包地/Express Extend 1", "区域编码",
             "支付渠道优惠(元)", "SKU商家改价(元)", "包裹备注标记", "包裹备注信息", "运费模版名称", "物流方案名称"),
            {"小红书编码": "", "商品总价": "goods_total", "用户应付金额": "paid",
             "商家应收金额(元)（支付金额）": "paid", "包裹总运费": "freight", "商品名称": "title"},
            amounts="line", unique="row", order_no=r"P\d{15,20}", file_words=("小红书", "xiaohongshu"),
        ),
        Format(
            "channels", "channels", _("视频号订单"),
            ("商品编码(平台)", "带货账号类型", "带货账号昵称", "带货费用渠道", "打标颜色", "商品编码(自定义)", "SKU编码(自定义)",
             "商品实际价格(总共)", "商品平台券优惠", "技术服务费", "订单完成结算时间", "礼物单号", "商品已退款金额",
             "商品平均运费", "定制预览图", "商品发货", "商品售后"),
            {"订单实际支付金额": "paid", "订单实际收款金额": "paid", "商品平台券优惠": "", "技术服务费": "",
             "商品改价": "", "商品已退款金额": "line_refund"},
            unique="row", order_no=r"37\d{15,18}", file_words=("视频号", "微信小店"),
        ),
        Format(
            "youzan", "youzan", _("有赞订单"),
            ("归属店铺", "销售渠道", "推广方式", "订单星级", "买家是否会员", "下单网点", "收银员", "销售导购", "专属导购", "桌号",
             "挂账主体", "订单抵用积分数", "订单佣金类型", "分销员所属店铺", "订单风险标签", "全部商品名称", "团长订单", "订单实收金额"),
            {"全部商品名称": "titles", "商品种类数": "kind_count", "商品金额合计": "goods_total", "应收订单金额": "payable",
             "订单实付金额": "paid", "订单实收金额": "paid",
             "订单退款状态": "after_sale", "支付优惠合计": "discount_part"},
            order_no=r"E\d{15,24}", file_words=("有赞", "youzan"),
        ),
    )
}  # fmt: skip

MARKS: dict[str, list[str]] = {}
for _format in FORMATS.values():
    for _mark in _format.marks:
        MARKS.setdefault(normal(_mark), []).append(_format.code)

GENERIC = Format("generic", "", _("自定义表格"), ())
ORDER_NO_SHAPES = [
    (re.compile(r"\d{6}-\d{9,17}"), "pdd"),
    (re.compile(r"P\d{15,20}"), "xiaohongshu"),
    (re.compile(r"E\d{18,24}"), "youzan"),
    (re.compile(r"37\d{17}"), "channels"),
    (re.compile(r"69\d{17}"), "douyin"),
]


def known(code: str) -> Format:
    """The format of that code; the generic one for an unknown code."""
    return FORMATS.get(code, GENERIC)
