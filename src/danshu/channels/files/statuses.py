"""The platforms' words for the state of an order → our axes. Exact words first, then what the words contain; an unknown word is
never guessed at (the caller falls back on the times, or refuses)."""

from __future__ import annotations

import re
from functools import lru_cache

from danshu.channels.contract import Payment, Progress, Refund

State = tuple[Payment, Progress]

UNPAID: State = (Payment.UNPAID, Progress.WAITING)
DEPOSIT: State = (Payment.DEPOSIT, Progress.WAITING)
COD: State = (Payment.COD, Progress.WAITING)
TO_SHIP: State = (Payment.PAID, Progress.WAITING)
PART: State = (Payment.PAID, Progress.PART_SHIPPED)
SHIPPED: State = (Payment.PAID, Progress.SHIPPED)
DONE: State = (Payment.PAID, Progress.DELIVERED)
CLOSED: State = (Payment.UNPAID, Progress.CLOSED)

WORDS: dict[str, State] = {
    # Taobao
    "等待买家付款": UNPAID,
    "买家已付款，等待卖家发货": TO_SHIP,
    "卖家部分发货": PART,
    "卖家已发货，等待买家确认": SHIPPED,
    "买家已签收，货到付款专用": DONE,
    "交易成功": DONE,
    "交易关闭": CLOSED,
    "定金已付，尾款未付": DEPOSIT,
    # Pinduoduo
    "待发货": TO_SHIP,
    "已发货，待签收": SHIPPED,
    "已签收": DONE,
    "已收货": DONE,
    "已取消": CLOSED,
    "未发货，退款成功": CLOSED,
    "已发货，退款成功": (Payment.PAID, Progress.SHIPPED),
    "已收货，退款成功": DONE,
    "已取消，退款成功": CLOSED,
    # Douyin, Kuaishou, Xiaohongshu, WeChat Channels, Youzan
    "待支付": UNPAID,
    "待付款": UNPAID,
    "待付尾款": DEPOSIT,
    "备货中": TO_SHIP,
    "待配货": TO_SHIP,
    "处理中": TO_SHIP,
    "待接单": TO_SHIP,
    "待成团": TO_SHIP,
    "部分发货": PART,
    "部分支付": DEPOSIT,
    "已发货": SHIPPED,
    "待收货": SHIPPED,
    "已完成": DONE,
    "交易完成": DONE,
    "已关闭": CLOSED,
    # JD
    "等待付款": UNPAID,
    "等待出库": TO_SHIP,
    "等待发货": TO_SHIP,
    "暂停": TO_SHIP,
    "等待确认收货": SHIPPED,
    "完成": DONE,
    "锁定": TO_SHIP,
}
RULES: list[tuple[re.Pattern[str], State]] = [
    (re.compile(r"^[(（]?删除[)）]?|^已删除|作废"), CLOSED),
    (re.compile(r"取消申请|申请取消"), TO_SHIP),
    (re.compile(r"关闭|取消|未付款超时|超时未|全部商品售后"), CLOSED),
    (re.compile(r"未发货.*退款成功|退款完成|退款成功|已退款"), CLOSED),
    (re.compile(r"货到付款.*(待|等待)|货到付款$"), COD),
    (re.compile(r"尾款|定金已付|已付定金|订金"), DEPOSIT),
    (re.compile(r"(待|等待|未)(买家)?(付款|支付)|未付"), UNPAID),
    (re.compile(r"部分(发货|出库)"), PART),
    (
        re.compile(r"交易成功|已完成|交易完成|订单完成|已收货|已签收|确认收货(?<!等待确认收货)$|妥投|^成功$|^完成$"),
        DONE,
    ),
    (
        re.compile(r"(待|等待)(买家)?(确认)?(收货|签收|确认)|已发货|卖家已发货|已出库|运输中|配送中|派送中|已揽收|待自提"),
        SHIPPED,
    ),
    (
        re.compile(r"(待|等待|未)(卖家|商家)?(发货|出库|配货|备货|处理)|备货|已付款|已支付|已审核|待打单|拼团中|清关"),
        TO_SHIP,
    ),
]
NO_REFUND = re.compile(r"^(无|没有|未)|关闭|取消|撤销|拒绝|驳回|正常|失败|不可|未申请|换货|补寄|补发|维修")
PART_REFUND = re.compile(r"部分退")
REFUNDED = re.compile(r"成功|完成|已退款|已全额退|全额退款|全部退款|完结|已到账")
ASKING = re.compile(r"中|待|申请|处理|等待|同意|退款|退货|售后|协商|仲裁")


@lru_cache(maxsize=2048)
def of_order(words: str) -> State | None:
    """(payment, progress) of an order's state in words; None for words we do not know. `(锁定)等待出库` → as without the mark."""
    plain = re.sub(r"\s+", "", words).replace(",", "，").strip("，。")
    if plain in WORDS:
        return WORDS[plain]
    unlocked = re.sub(r"^[(（](锁定|暂停|未绑定)[)）]", "", plain)
    if unlocked != plain and unlocked in WORDS:
        return WORDS[unlocked]
    for pattern, state in RULES:
        if pattern.search(plain):
            return state
    return None


@lru_cache(maxsize=2048)
def is_locked(words: str) -> bool:
    """JD writes `(锁定)…` while a buyer's cancellation waits for an answer."""
    return re.match(r"^\s*[(（]?锁定", words) is not None


@lru_cache(maxsize=2048)
def asks_refund(words: str) -> bool:
    """An order's state that says itself that a refund waits for an answer."""
    return is_locked(words) or re.search(r"退款中|申请退款", words) is not None


@lru_cache(maxsize=2048)
def of_refund(words: str) -> Refund:
    """The refund of a line or an order in words; words that say nothing about one are `NONE`."""
    plain = re.sub(r"\s+", "", words)
    if not plain or plain in {"-", "--"}:
        return Refund.NONE
    if PART_REFUND.search(plain):
        return Refund.PARTIAL
    if REFUNDED.search(plain) and not re.search(r"换货|补寄|补发|维修|取消|关闭", plain):
        return Refund.REFUNDED
    if NO_REFUND.search(plain):
        return Refund.NONE
    return Refund.REQUESTED if ASKING.search(plain) else Refund.NONE
