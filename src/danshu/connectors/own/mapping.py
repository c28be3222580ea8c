"""What a message tells in our words. `data` is the JSON that `POST /api/v1/orders` takes, whole in every message, so that one that was
lost is made up for by the next."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from danshu.channels.connecting import Body
from danshu.channels.connector_errors import BadPayload
from danshu.channels.contract import IncomingLine, IncomingOrder, Payment, Progress, Receiver

CREATED, UPDATED, CANCELLED = "order.created", "order.updated", "order.cancelled"
KINDS = frozenset({CREATED, UPDATED, CANCELLED})
FLAGS = ("", "red", "yellow", "green", "blue", "purple")
ORDER = frozenset({"shop_id", "number", "payment", "receiver", "lines", "freight_fen", "discount_fen", "paid_fen", "buyer_nick",
                   "buyer_message", "seller_memo", "flag"})  # fmt: skip
RECEIVER = frozenset({"name", "phone", "province", "city", "district", "address"})
LINE = frozenset({"sku", "quantity", "price_fen", "is_gift"})
MOST_LINES = 200
MOST_PIECES = 1_000_000
MOST_FEN = 10**11
MOST_GOODS = 2**53
LARGEST_ID = 2**53 - 1
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
ZONED = re.compile(r"\d{4}-\d\d-\d\d[Tt ].*([Zz]|[+-]\d\d:?\d\d)", re.ASCII)


def order(body: Body) -> IncomingOrder:
    """Raises `BadPayload`, which names the place and never the value."""
    kind, at, data = body.get("type"), _moment(body), _object(body, "data", ORDER)
    lines = _lines(data)
    goods = sum(line.paid_fen for line in lines)
    freight, discount = _fen(data, "freight_fen"), _fen(data, "discount_fen")
    if goods > MOST_GOODS:
        raise _wrong("data.lines", _("合计的金额大得不可能"))
    shop_of(body)
    payment = Payment(_one_of(data, "payment", ("unpaid", "paid", "cod"), "paid"))
    is_new = kind == CREATED
    return IncomingOrder(
        _text(data, "number", 64, 1), lines, _receiver(data), payment, Progress.CLOSED if kind == CANCELLED else Progress.WAITING,
        placed_at=at if is_new else None, paid_at=at if is_new and payment is Payment.PAID else None, modified_at=at,
        buyer_nick=_text(data, "buyer_nick", 80), buyer_message=_text(data, "buyer_message", 2000),
        seller_memo=_text(data, "seller_memo", 2000), flag=_one_of(data, "flag", FLAGS, ""), goods_fen=goods, freight_fen=freight,
        discount_fen=discount, paid_fen=goods + freight - discount if data.get("paid_fen") is None else _fen(data, "paid_fen"),
    )  # fmt: skip


def shop_of(body: Body) -> int | None:
    """The shop that the order names; it need not, for the address says it."""
    data = _object(body, "data", ORDER)
    return None if data.get("shop_id") is None else _whole(data, "shop_id", 1, LARGEST_ID, 0, "data")


def _receiver(data: Body) -> Receiver:
    to, where = _object(data, "receiver", RECEIVER, "data"), "data.receiver"
    return Receiver(
        _text(to, "name", 60, 1, where), _text(to, "phone", 40, 5, where), _text(to, "province", 20, 2, where),
        _text(to, "city", 30, 0, where), _text(to, "district", 30, 0, where), _text(to, "address", 300, 1, where),
    )  # fmt: skip


def _lines(data: Body) -> tuple[IncomingLine, ...]:
    found = data.get("lines")
    if not isinstance(found, list) or not 1 <= len(found) <= MOST_LINES:
        raise _wrong("data.lines", _("要有 1 到 %d 行商品") % MOST_LINES)
    return tuple(_line(one, at) for at, one in enumerate(found))


def _line(one: object, at: int) -> IncomingLine:
    """Lines have no numbers of their own: their place is one, as with orders that are made by the API."""
    where = f"data.lines.{at}"
    line = _known(one, LINE, where)
    sku, is_gift = _text(line, "sku", 80, 1, where), line.get("is_gift", False)
    if not isinstance(is_gift, bool):
        raise _wrong(f"{where}.is_gift", _("要是 true 或 false"))
    quantity, price = _whole(line, "quantity", 1, MOST_PIECES, 0, where), _whole(line, "price_fen", 0, MOST_FEN, 0, where)
    return IncomingLine(
        str(at + 1), sku, quantity, merchant_code=sku, price_fen=price, paid_fen=price * quantity, is_gift=is_gift
    )  # fmt: skip


# --- values ------------------------------------------------------------------------------------------------------------------


def _object(body: Body, key: str, names: Collection[str], where: str = "") -> Body:
    return _known(body.get(key), names, f"{where}.{key}" if where else key)


def _known(value: object, names: Collection[str], where: str) -> Body:
    """An object without unknown names: those are typing errors."""
    if not isinstance(value, Mapping):
        raise _wrong(where, _("要是一个 JSON 对象"))
    if unknown := sorted(value.keys() - set(names)):
        raise _wrong(f"{where}.{unknown[0][:40]}", _("没有这个字段"))
    return value


def _text(body: Body, key: str, most: int, least: int = 0, where: str = "data") -> str:
    value = body.get(key, "")
    said = value.strip() if isinstance(value, str) else None
    if said is None or not least <= len(said) <= most or "\0" in said:
        raise _wrong(f"{where}.{key}", _("要是 %(least)d 到 %(most)d 个字符的文字") % {"least": least, "most": most})
    return said


def _whole(body: Body, key: str, least: int, most: int, default: int, where: str) -> int:
    value: Any = body.get(key, default)
    is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    if not is_number or not least <= value <= most or value != int(value):
        raise _wrong(f"{where}.{key}", _("要是 %(least)d 到 %(most)d 之间的整数") % {"least": least, "most": most})
    return int(value)


def _fen(data: Body, key: str) -> int:
    return _whole(data, key, 0, MOST_FEN, 0, "data")


def _one_of(data: Body, key: str, values: Collection[str], default: str) -> str:
    value = data.get(key, default)
    if not isinstance(value, str) or value not in values:
        raise _wrong(f"data.{key}", _("只能是 %s") % "、".join(each or "“”" for each in values))
    return value


def _moment(body: Body) -> datetime:
    """When it happened: of two messages about one order the later one counts, in whatever order they come."""
    said = body.get("timestamp")
    try:
        at = datetime.fromisoformat(said) if isinstance(said, str) and ZONED.fullmatch(said) else None
        if at is not None and EARLIEST <= at <= LATEST:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise _wrong("timestamp", _("要是事情发生的时刻，带时区，例如 2026-11-22T12:00:00+08:00"))


def _wrong(where: str, why: str) -> BadPayload:
    return BadPayload(_("消息里的 %(where)s 不对：%(why)s。什么都没有做。") % {"where": where, "why": why})
