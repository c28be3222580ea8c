"""Labels that people write before a value: 收件人, 电话, 地址 …"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_WORDS = {
    "sender": "寄件人 发件人 寄方 寄件方 发货人 寄件电话 寄件地址 发件电话 发件地址 寄件人电话 寄件人地址 发件人电话 退货地址",
    "name": "收件人姓名 收货人姓名 收件人名字 收件人名 收货姓名 收件姓名 客户姓名 买家姓名 收件人 收货人 收方 姓名 名字 联系人 收件 "
    "收货 name 收件方 提货人",
    "phone": (
        "收件人手机号码 收件人手机号 收件人电话 收货人电话 收货人手机号 收件人手机 收件电话 收货电话 手机号码 联系电话 联系方式 "
        "电话号码 联系手机 手机号 手机 电话 "
        "tel phone mobile 备用电话 座机 固定电话 固话"
    ),
    "region": "所在地区 所在区域 收货地区 所在城市 所在省市 省市区县 省市区 省份 地区 城市 区县 省 市 区",
    "address": "收件人地址 收货人地址 收货地址 收件地址 详细地址 邮寄地址 快递地址 寄送地址 街道地址 送货地址 家庭住址 地址 住址 "
    "address addr",
    "goods": "下单商品 购买商品 商品名称 产品名称 订购商品 商品信息 商品 产品 货品 宝贝 品名 名称 款式 款号 货号 订购 购买 下单 "
    "要的款式 要的款 想要的 要的 订单内容",
    "spec": "商品规格 颜色分类 规格 型号 尺码 尺寸 颜色 口味",
    "quantity": "购买数量 商品数量 订购数量 数量 件数 份数",
    "paid": "实付金额 付款金额 订单金额 实付款 实付 金额 合计 总价 总金额 货款 转账金额",
    "remark": "买家留言 买家备注 订单备注 客户备注 备注 留言 附言 特殊要求 要求 注意 注",
    "zip": "邮政编码 邮编",
    "other": "身份证号码 身份证号 身份证 微信昵称 微信名 微信号 微信 昵称 旺旺 群昵称 订单编号 订单号 单号 下单时间 付款时间 快递 "
    "日期 时间",
}
KINDS = {word: kind for kind, words in _WORDS.items() for word in words.split()}
BARE = {"name", "phone", "address", "remark", "sender"}  # may stand before a value without any sign: 电话13800000000
_ONE_SIGN = {"省", "市", "区", "注"}
_SPACED = {
    "收件人": r"收[ ]?件[ ]?人",
    "收货人": r"收[ ]?货[ ]?人",
    "姓名": r"姓[ ]{0,4}名",
    "电话": r"电[ ]{0,4}话",
    "地址": r"地[ ]{0,4}址",
    "手机": r"手[ ]{0,4}机",
}
_ANY = "|".join(_SPACED.get(word, re.escape(word)) for word in sorted(KINDS, key=lambda word: -len(word)))
LABEL = re.compile(
    rf"(?:(?<=[\s,，;；。、|/(\[【①-⑳])|^|(?<=[\d号室楼栋层幢座]))[\[【(]?(?P<word>{_ANY}|收|电|址|名)[\]】)]?(?P<tie>[ "
    rf"\t]{{0,3}}[:=][ \t]*|[\]】][ \t]*|[ \t]+(?=\S)|(?=\S))",
    re.IGNORECASE,
)
_SHORT_KINDS = {"收": "name", "名": "name", "电": "phone", "址": "address"}
_PHONE_FOLLOWS = re.compile(r"[ \t]*(?:\+|\(0|\d{3})")


@dataclass(frozen=True, slots=True)
class Label:
    """`start` … `end` is the label with its colon; `value_end` is where the next label or the line begins or ends."""

    kind: str
    word: str
    start: int
    end: int
    value_end: int


def is_label(text: str) -> bool:
    word = re.sub(r"\s", "", text.strip("[]【】() ")).lower()
    return word in KINDS or word in _SHORT_KINDS


def labels(text: str, start: int, end: int) -> list[Label]:
    """The labels of one line, left to right."""
    found = list(_labels(text, start, end))
    return [
        Label(kind, word, at, after, found[place + 1][2] if place + 1 < len(found) else end)
        for place, (kind, word, at, after) in enumerate(found)
    ]


def _labels(text: str, start: int, end: int) -> Iterator[tuple[str, str, int, int]]:
    for match in LABEL.finditer(text[start:end]):
        word = re.sub(r"\s", "", match["word"]).lower()
        kind = _SHORT_KINDS.get(word) or KINDS[word]
        tie, after = match["tie"], start + match.end()
        signed = ":" in tie or "=" in tie or "】" in match[0] or "]" in match[0]
        if not signed and (word in _SHORT_KINDS or word in _ONE_SIGN or kind not in BARE):
            continue
        if not signed and kind == "phone" and not _PHONE_FOLLOWS.match(text, match.start() + start + len(match["word"])):
            continue
        if (
            not signed
            and kind in {"name", "sender"}
            and not tie.strip(" \t")
            and not tie
            and word not in {"收件人", "收货人", "姓名", "寄件人", "发件人", "联系人"}
        ):
            continue
        if not signed and kind in {"address", "remark"} and match.start() > 0 and not tie:
            continue
        yield kind, word, start + match.start(), after
