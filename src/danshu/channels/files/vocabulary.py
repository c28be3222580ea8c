"""What a column can mean, and the names platforms and sellers give it. One entry per meaning; `formats` overrides where a platform
uses a common name for something of its own.

Names are compared after `normal()`: full and half width, case, brackets, spaces, units and decorations do not matter.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

UNIT = re.compile(r"[(\[【「<](?:单位[:：]?)?(?:元|人民币|rmb|cny|¥|件|个|套|kg|千克|公斤|g|克)[)\]】」>]")
NOTE = re.compile(r"[(\[【「<](?:必填|选填|非必填|不可修改|可修改|勿改|示例|例|\*|文本|文本格式)[)\]】」>]")
DECORATION = re.compile(r"[\s()\[\]【】「」『』<>《》{}*#:：\"'`‘’“”_/\\·.,，、;；|~!?\ufeff\u200b-]+")
TRAILING_UNIT = re.compile(r"(?<=[额费价款惠])(?:元)$|(?<=数量|件数)(?:件|个)$")


@dataclass(frozen=True, slots=True)
class Meaning:
    """`names` go from the best to the least; several columns of one meaning are read in this order, the first filled one wins —
    unless `adds_up`: then they are summed. `pattern` finds names that are not in the list, with less confidence."""

    label: str | Promise
    group: str  # order, line, receiver, money, parcel
    names: tuple[str, ...]
    pattern: str = ""
    adds_up: bool = False
    is_id: bool = False


@lru_cache(maxsize=4096)
def normal(name: str) -> str:
    """`订单 编号（必填）` → `订单编号`; `商品总价(元)` → `商品总价`; `SKU编码（自定义）` → `sku编码自定义`."""
    text = unicodedata.normalize("NFKC", name).casefold()
    text = NOTE.sub("", UNIT.sub("", text))
    return TRAILING_UNIT.sub("", DECORATION.sub("", text))


MEANINGS: dict[str, Meaning] = {
    # the order
    "order_no": Meaning(
        _("订单号"), "order",
        ("主订单编号", "主订单号", "订单编号", "订单号", "平台订单号", "平台单号", "交易编号", "交易号", "订单id", "orderno",
         "orderid", "ordernumber", "order", "tid", "网店订单号", "原始单号", "线上订单号", "店铺订单号", "销售单号", "订单sn"),
        r"^(?!.*(支付|退款|售后|赠品|活动|特权|子订单|渠道|交易单号|备注|时间|状态|来源|类型|金额)).{0,4}(订单|交易|单据)(编号|号|号码|id)$",
        is_id=True,
    ),
    "status": Meaning(_("订单状态"), "order", ("订单状态", "交易状态", "状态", "发货状态", "订单当前状态", "orderstatus", "status")),
    "placed_at": Meaning(
        _("下单时间"), "order",
        ("订单创建时间", "下单时间", "订单提交时间", "订单下单时间", "创建时间", "拍下时间", "成交时间", "订单时间", "下单日期",
         "订单日期", "createdat", "orderdate"),
        r"(下单|创建|拍下|提交)(时间|日期)$",
    ),
    "paid_at": Meaning(
        _("付款时间"), "order",
        ("订单付款时间", "支付完成时间", "付款时间", "支付时间", "订单支付时间", "买家付款时间", "付款确认时间", "订单成交时间",
         "付款日期", "paidat"),
        r"^(?!.*(定金|预售)).*(付款|支付)(完成|确认)?(时间|日期)$",
    ),
    "shipped_at": Meaning(
        _("发货时间"), "order", ("发货时间", "订单发货时间", "商品发货时间", "出库时间", "发货日期"),
        r"^(?!.*(承诺|最晚|预约|建议|开始|截止|剩余|预计)).*发货(时间|日期)$",
    ),
    "finished_at": Meaning(
        _("完成时间"), "order",
        ("确认收货时间", "订单完成时间", "交易成功时间", "订单确认收货时间", "收货时间", "签收时间", "完成时间", "交易完成时间"),
    ),
    "ship_by": Meaning(
        _("发货截止"), "order",
        ("承诺发货时间", "预售承诺发货时间", "最晚发货时间", "发货截止时间", "应发货时间", "订单最晚发货时间", "要求发货时间",
         "发货时效截止"),
        r"(最晚|截止).*发货|发货.*截止",
    ),
    "modified_at": Meaning(_("更新时间"), "order", ("更新时间", "最后修改时间", "修改时间", "订单更新时间")),
    "buyer_nick": Meaning(
        _("买家昵称"), "order",
        ("买家会员名", "买家昵称", "下单帐号", "下单账号", "买家旺旺", "买家id", "用户昵称", "客户昵称", "会员名", "买家账号",
         "买家", "旺旺", "用户编号"),
    ),
    "buyer_message": Meaning(
        _("买家留言"), "order",
        ("买家留言", "买家备注", "用户备注", "客户留言", "顾客留言", "买家订单备注", "用户留言", "客户备注", "留言"),
    ),
    "seller_memo": Meaning(
        _("卖家备注"), "order",
        ("商家备忘", "商家备注", "卖家备注", "商家订单备注", "卖家备忘", "包裹备注信息", "订单备注", "客服备注", "店铺备注",
         "备忘", "备注"),
    ),
    "flag": Meaning(
        _("旗标"), "order",
        ("旗帜颜色", "打标颜色", "卖家旗帜", "旗帜", "插旗", "旗标", "备注旗帜", "包裹备注标记", "商家备注等级",
         "商家备注等级等级15为由高到低", "订单标记颜色"),
    ),
    "after_sale": Meaning(
        _("售后状态"), "line",
        ("售后状态", "退款状态", "商品售后", "订单退款状态", "售后退款状态", "退货退款状态", "退款售后状态"),
    ),
    "shop_name": Meaning(_("店铺名称"), "order", ("店铺名称", "归属店铺", "店铺", "所属店铺", "网店名称", "门店名称")),
    "pay_method": Meaning(_("支付方式"), "order", ("支付方式", "付款方式", "支付类型")),
    # the line
    "line_no": Meaning(
        _("子订单号"), "line", ("子订单编号", "子订单号", "商品单号", "商品单id", "子单号", "子订单id", "订单明细编号", "oid"),
        is_id=True,
    ),
    "title": Meaning(
        _("商品标题"), "line",
        ("商品名称", "宝贝标题", "商品标题", "选购商品", "商品", "标题", "宝贝名称", "sku名称", "全部商品名称", "货品名称",
         "品名", "产品名称", "产品", "商品信息", "货品标题", "宝贝", "title", "productname"),
        r"^(?!.*(编码|数量|id|规格|价|额|类|种)).*(商品|宝贝|货品|产品)(名称|标题|名)$",
    ),
    "titles": Meaning(_("全部商品标题"), "order", ()),
    "spec": Meaning(
        _("规格"), "line",
        ("商品规格", "商品属性", "规格", "sku规格", "规格名称", "颜色尺码", "颜色分类", "规格型号", "商品型号", "型号", "销售属性",
         "规格属性", "套餐信息"),
    ),
    "quantity": Meaning(
        _("件数"), "line",
        ("商品数量", "购买数量", "订购数量", "成交数量", "sku件数", "数量", "件数", "宝贝数量", "商品件数", "购买件数", "下单数量",
         "货品数量", "qty", "quantity"),
        r"^(?!.*(总|种类)).*(数量|件数)$",
    ),
    "item_id": Meaning(
        _("平台商品 ID"), "line",
        ("商品id", "宝贝id", "平台商品id", "商品编码平台", "spuid", "numiid", "goodsid", "productid", "itemid"),
        is_id=True,
    ),
    "sku_id": Meaning(_("平台规格 ID"), "line", ("样式id", "规格id", "skuid", "平台规格id", "skuid平台"), is_id=True),
    "merchant_code": Meaning(
        _("商家编码"), "line",
        ("sku编码自定义", "商家编码规格维度", "商家编码", "商家skuid", "sku编码", "规格编码", "商家编码商品维度", "货号",
         "商品编码自定义", "外部系统编号", "商品编码", "货品编码", "外部编码", "商家sku", "商家编号", "外部商品编码",
         "商品编号", "货品编号", "sku", "merchantcode"),
        is_id=True,
    ),
    "barcode": Meaning(
        _("条形码"), "line", ("条形码", "条码", "商品条码", "商品69码", "69码", "国际码", "barcode", "upc", "ean"), is_id=True
    ),
    "picture": Meaning(_("图片"), "line", ("商品图片", "主图", "图片", "图片链接", "商品主图")),
    "is_gift": Meaning(_("是否赠品"), "line", ("是否为赠品", "是否赠品", "赠品")),
    "line_sent": Meaning(_("商品发货"), "line", ("商品发货", "商品发货状态")),
    # the receiver
    "receiver_name": Meaning(
        _("收件人"), "receiver",
        ("收件人姓名", "收货人姓名", "收件人", "收货人", "客户姓名", "收货人提货人", "收货人名称", "收件人名称", "姓名",
         "收货人提货人姓名", "联系人", "consignee", "receiver"),
        r"^(收件|收货)(人|方)?(姓名|名字|名称)$",
    ),
    "receiver_phone": Meaning(
        _("收件手机"), "receiver",
        ("联系手机", "收件人手机号", "收件人手机", "收件人电话", "收货人电话", "收货人手机号", "收货人手机号提货人手机号",
         "收货人手机", "联系电话", "手机号", "手机", "电话", "手机号码", "联系方式", "收件电话", "收货电话", "收货手机",
         "收件手机", "收件人联系方式", "phone", "mobile"),
        r"^(收件|收货)人?.{0,2}(手机|电话)(号|号码)?$",
    ),
    "province": Meaning(_("省"), "receiver", ("省", "收货地址省", "收货人省份", "省份", "收货省份", "收件省", "收货省", "收件人省",
         "收件人省份")),
    "city": Meaning(_("市"), "receiver", ("市", "收货地址市", "收货人城市", "城市", "收货城市", "收件市", "收货市", "收件人市",
         "收件人城市")),
    "district": Meaning(
        _("区"), "receiver",
        ("区", "收货地址区", "收货人地区", "区县", "收货区县", "地区", "收件区", "收货区", "县区", "收件人区", "收件人区县", "区域"),
    ),
    "street": Meaning(_("街道"), "receiver", ("街道", "收货地址街道", "街道乡镇", "乡镇", "镇街道", "收件人街道")),
    "new_address": Meaning(_("改后的地址"), "receiver", ("修改后的收货地址",)),
    "address": Meaning(
        _("地址"), "receiver",
        ("收货地址", "收件人地址", "客户地址", "详细地址", "详细收货地址提货地址", "收货人地址", "地址", "收件地址", "详细收货地址",
         "收货详细地址", "收件人详细地址", "联系地址", "配送地址", "address"),
        r"^(?!.*(省|市|区|街道|仓库|退货|修改|时段|是否|门店)).*(收货|收件|详细|配送).{0,4}地址$",
    ),
    "merge_key": Meaning(_("合单标识"), "receiver", ("oaid", "openaddressid", "收件人id", "合单标识")),
    # money
    "goods_total": Meaning(
        _("商品总额"), "money",
        ("商品总价", "买家应付货款", "商品金额合计", "订单金额", "商品总金额", "商品金额", "货款", "商品小计", "商品合计"),
    ),
    "freight": Meaning(
        _("运费"), "money", ("运费", "邮费", "买家应付邮费", "快递费", "订单运费", "运费金额", "包裹总运费", "配送费", "邮资")
    ),
    "discount_total": Meaning(_("优惠合计"), "money", ("优惠总金额", "优惠合计", "优惠金额", "总优惠", "优惠", "折扣", "优惠总额")),
    "discount_part": Meaning(
        _("优惠（相加）"), "money",
        ("店铺优惠折扣", "平台优惠折扣", "多多支付立减", "多多支付立减金额", "店铺优惠合计", "支付优惠合计", "店铺优惠", "平台优惠",
         "平台补贴", "主播补贴", "混资活动优惠", "支付优惠", "支付渠道优惠", "商品优惠", "跨店优惠", "积分抵扣"),
        adds_up=True,
    ),
    "payable": Meaning(
        _("应付金额"), "money",
        ("订单应付金额", "应付金额", "用户应付金额", "应收订单金额", "应付总额", "总金额", "订单总金额", "订单总价", "总价", "金额",
         "合计", "合计金额"),
        r"^(?!.*(退|优惠|支付方式)).*应付.{0,2}(金额|总额)$",
    ),
    "paid": Meaning(
        _("实付金额"), "money",
        ("用户实付金额", "买家实际支付金额", "订单实际支付金额", "订单实付金额", "实付款", "实付金额", "买家实付金额", "实际支付金额",
         "商家应收金额支付金额", "结算金额", "支付金额", "实收金额", "商家实收金额", "付款金额", "实付", "成交金额", "订单实收金额"),
        r"^(?!.*(退|优惠|定金|订金)).*(实付|实收|实际支付|支付)(金额|款|总额)$",
    ),
    "refunded": Meaning(_("退款金额"), "money", ("退款金额", "订单已退款金额", "商品已退款金额", "已退款金额", "退款总额")),
    "price": Meaning(
        _("单价"), "line",
        ("商品单价", "京东价", "商品价格单件", "商品价格", "单价", "价格", "宝贝单价", "宝贝价格", "售价", "成交单价", "price"),
    ),
    "line_paid": Meaning(
        _("商品实付"), "line", ("商品实际价格总共", "商品实付金额", "商品实付", "子订单实付金额", "分摊金额", "商品成交金额")
    ),
    "order_pieces": Meaning(_("宝贝总数量"), "order", ("宝贝总数量", "商品总数量", "总数量", "总件数")),
    "kind_count": Meaning(_("商品种类数"), "order", ("宝贝种类", "商品种类数", "商品种类")),
    # the parcel
    "courier": Meaning(
        _("快递公司"), "parcel",
        ("快递公司", "物流公司", "物流公司名称", "快递", "承运商", "快递公司名称", "配送公司", "发货快递", "courier"),
    ),
    "waybill_no": Meaning(
        _("运单号"), "parcel",
        ("快递单号", "物流单号", "运单号", "物流编号", "快递编号", "运单编号", "面单号", "发货单号", "包裹单号", "trackingno",
         "trackingnumber"),
        r"^(?!.*(退|换)).*(快递|物流|运单)(单)?号$", is_id=True,
    ),
    # the after-sales file
    "ticket_no": Meaning(_("售后单号"), "order", ("售后单号", "售后编号", "退款编号", "退款单号", "售后单编号"), is_id=True),
    "ticket_kind": Meaning(_("售后类型"), "order", ("售后类型",)),
    "line_refund": Meaning(_("退商品金额"), "money", ("退商品金额", "申请退款金额", "退款商品金额")),
}  # fmt: skip

NAMES: dict[str, tuple[str, int]] = {
    normal(name): (key, rank) for key, meaning in reversed(MEANINGS.items()) for rank, name in enumerate(meaning.names)
}
PATTERNS: list[tuple[re.Pattern[str], str]] = [(re.compile(m.pattern), key) for key, m in MEANINGS.items() if m.pattern]
# A file of orders must have an order number, and a product or an amount.
PRODUCT = frozenset({"title", "titles", "merchant_code", "sku_id", "item_id", "barcode"})
AMOUNT = frozenset({"paid", "payable", "goods_total", "line_paid"})


def guess(name: str) -> tuple[str, int, float]:
    """(meaning, rank among its names, confidence 0 … 1) of a column name; ("", 0, 0.0) when it says nothing to us."""
    key = normal(name)
    if key in NAMES:
        return (*NAMES[key], 1.0)
    without_notes = normal(re.sub(r"[(\[【（].*?[)\]】）]", "", unicodedata.normalize("NFKC", name)))
    if without_notes in NAMES:
        return (*NAMES[without_notes], 0.9)
    for pattern, meaning in PATTERNS:
        if key and pattern.search(key):
            return meaning, 90, 0.7
    return "", 0, 0.0
