"""The rows of one order → an `IncomingOrder`, or the reason why not. A bad row takes its whole order with it: never half an order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.utils.translation import gettext as _

from danshu.channels.contract import IncomingLine, IncomingOrder, IncomingParcel, Payment, Progress, Receiver, Refund
from danshu.channels.files import addresses, amounts, cells, statuses
from danshu.channels.files.cells import BadCell
from danshu.channels.files.formats import known
from danshu.channels.files.groups import Group, Reader, Survey, Values
from danshu.channels.files.recognise import Layout
from danshu.channels.files.vocabulary import PRODUCT
from danshu.core import clock
from danshu.core.tables import Row

ORDER_NO = re.compile(r"[A-Za-z0-9][\w\-./#@]{0,63}", re.ASCII)
WAYBILL = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{5,39}")
TIMES_COUNT = re.compile(r"\s*[(（]?[x×*X]\s*(\d{1,4})[件个]?[)）]?$")
JOINT = re.compile(r"[;；]")
JOINED = (
    "title",
    "spec",
    "quantity",
    "merchant_code",
    "line_no",
    "item_id",
    "sku_id",
    "price",
    "barcode",
    "after_sale",
)
EXCHANGE = re.compile(r"换货|补寄|补发|维修")
AMOUNTS = ("goods_total", "freight", "discount_total", "payable", "paid")
WEIGHT = {Refund.NONE: 0, Refund.PARTIAL: 1, Refund.REFUNDED: 2, Refund.REQUESTED: 3}
TIMES = ("placed_at", "paid_at", "shipped_at", "finished_at")


@dataclass(frozen=True, slots=True)
class BadOrder:
    """An order that was not taken: its number, a stable code and a sentence for the person."""

    platform_no: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the rows (numbered as the spreadsheet shows them) of one order came to."""

    rows: tuple[int, ...]
    result: IncomingOrder | BadOrder


class Translation:
    """One file, one layout. `rows` of the sheet are handed in anew for each pass."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.format = known(layout.format)
        self.reader = Reader(layout)
        self.has_products = bool(self.reader.meanings & PRODUCT) and self.format.has_lines
        self.is_refunds = layout.kind == "refunds"

    def survey(self, rows: Iterable[Row]) -> Survey:
        return self.reader.survey(rows)

    def orders(self, rows: Iterable[Row], scattered: Mapping[str, int], *, skip: int = 0) -> Iterator[Outcome]:
        """All orders of the file, in a fixed sequence; the first `skip` are passed over without reading their cells."""
        for index, group in enumerate(self.reader.groups(rows, scattered)):
            if index >= skip:
                yield Outcome(tuple(number for number, _values, _row in group.rows), self.order(group))

    def order(self, group: Group) -> IncomingOrder | BadOrder:
        try:
            return _Order(self, group).build()
        except BadCell as bad:
            no = group.rows[0][1].get("order_no", "")
            return BadOrder(no, bad.code, str(bad))


class _Order:
    """The making of one order."""

    def __init__(self, translation: Translation, group: Group) -> None:
        self.by = translation
        self.group = group
        self.states = dict.fromkeys(values["status"] for _number, values, _row in group.rows if "status" in values)
        self.words = "/".join(self.states)
        self.first: Values = group.rows[0][1] if len(group.rows) == 1 else {}
        for _number, values, _row in reversed(group.rows) if len(group.rows) > 1 else ():
            self.first |= values  # the first filled row wins

    def build(self) -> IncomingOrder:
        no = self._number()
        times = {name: self._moment(name) for name in TIMES}
        payment, progress = self._state(times)
        lines, priced = self._lines(progress)
        money = amounts.settle(
            [self._amounts(values, row) for _n, values, row in self.group.rows], priced,
            per_line=self.by.format.amounts == "line", is_unpaid=payment == Payment.UNPAID and progress != Progress.CLOSED,
        )  # fmt: skip
        lines = [
            _copy(line, oid=line.oid or str(position), price_fen=price, paid_fen=paid)
            for position, (line, price, paid) in enumerate(zip(lines, money.prices, money.lines, strict=True), 1)
        ]
        return IncomingOrder(
            platform_no=no, lines=tuple(lines), receiver=self._receiver(), payment=payment, progress=progress,
            refund=self._refund(lines, money.paid), status_text=self.words[:60],
            placed_at=times["placed_at"] or times["paid_at"] or self._day_of(no),
            paid_at=times["paid_at"], shipped_at=times["shipped_at"], finished_at=times["finished_at"],
            modified_at=self._soft_moment("modified_at"), ship_by=self._soft_moment("ship_by"),
            buyer_nick=self.first.get("buyer_nick", "")[:80], buyer_message=self.first.get("buyer_message", ""),
            seller_memo=self.first.get("seller_memo", ""), flag=cells.flag(self.first.get("flag", "")),
            goods_fen=money.goods, freight_fen=money.freight, discount_fen=money.discount, paid_fen=money.paid,
            parcels=self._parcels(), has_lines=self.by.has_products,
        )  # fmt: skip

    def _number(self) -> str:
        if not self.group.is_numbered:
            raise BadCell(_("这一行没有订单号。请补上平台订单号；合并单元格的续行要紧跟在它的订单下面。"), "order_no.missing")
        raw = self.first["order_no"]
        no = cells.identifier(raw, "order_no")
        if not ORDER_NO.fullmatch(no):
            raise BadCell(_("订单号「%(no)s」不像平台订单号。请核对这一格。") % {"no": no[:80]}, "order_no.unreadable")
        if self.by.layout.zeroed and len(no) >= 17 and set(no[15:]) == {"0"}:
            raise BadCell(
                _(
                    "订单号「%(no)s」末尾全是 0：Excel 只保留 15 位数字，后面的已经丢失，无法还原。"
                    "请重新从平台导出，不要用 Excel 打开后另存。"
                )
                % {"no": no},
                "id.rounded",
            )
        return no

    def _moment(self, name: str) -> datetime | None:
        return cells.moment(self.first.get(name, ""))

    def _soft_moment(self, name: str) -> datetime | None:
        """A time that may also hold words (`48 小时内发货`): then it says nothing."""
        try:
            return self._moment(name)
        except BadCell:
            return None

    def _day_of(self, no: str) -> datetime | None:
        """Pinduoduo's numbers begin with the day: `260401-…`."""
        if self.by.layout.platform != "pdd" or not re.match(r"\d{6}-", no):
            return None
        try:
            return clock.from_platform(datetime.combine(date(2000 + int(no[:2]), int(no[2:4]), int(no[4:6])), time()))
        except ValueError:
            return None

    # state

    def _state(self, times: Mapping[str, datetime | None]) -> statuses.State:
        states = []
        for word in self.states:
            state = statuses.of_order(word) or self._state_by_times(times)
            if state is None:
                raise BadCell(
                    _("订单状态「%(word)s」不认识。请把它改成 待付款、待发货、已发货、交易成功 或 交易关闭。") % {"word": word[:30]},
                    "status.unknown",
                )
            states.append(state)
        if not states:
            states = [self._state_by_times(times) or self._state_without_words()]
        payment, progress = _together(states)
        if progress == Progress.CLOSED:
            payment = Payment.PAID if times["paid_at"] else Payment.UNPAID
        elif payment == Payment.PAID and not times["paid_at"] and "货到付款" in self.first.get("pay_method", ""):
            payment = Payment.PAID if progress == Progress.DELIVERED else Payment.COD
        return payment, progress

    def _state_by_times(self, times: Mapping[str, datetime | None]) -> statuses.State | None:
        if times["finished_at"]:
            return statuses.DONE
        if times["shipped_at"] or "waybill_no" in self.first:
            return statuses.SHIPPED
        return statuses.TO_SHIP if times["paid_at"] else None

    def _state_without_words(self) -> statuses.State:
        return statuses.UNPAID if {"placed_at", "paid_at"} <= self.by.reader.meanings else statuses.TO_SHIP

    def _refund(self, lines: Sequence[IncomingLine], paid: int) -> Refund:
        words = self.words
        if statuses.asks_refund(words):
            return Refund.REQUESTED
        said = [line.refund for line in lines] or [statuses.of_refund(self.first.get("after_sale", ""))]
        if Refund.REQUESTED in said:
            return Refund.REQUESTED
        if all(refund == Refund.REFUNDED for refund in said) or "退款成功" in words:
            return Refund.REFUNDED
        if Refund.PARTIAL in said or Refund.REFUNDED in said:
            return Refund.PARTIAL
        refunded = cells.amount(self.first.get("refunded", "")) or 0
        if refunded > 0:
            return Refund.REFUNDED if refunded >= paid else Refund.PARTIAL
        return Refund.NONE

    # lines

    def _lines(self, progress: Progress) -> tuple[list[IncomingLine], list[amounts.LineCells]]:
        lines: dict[str, tuple[IncomingLine, amounts.LineCells]] = {}
        if not self.by.has_products:
            return [], []
        for row, (number, values, _row) in enumerate(self.group.rows):
            for part in _parts(values):
                if not part.keys() & PRODUCT and len(self.group.rows) > 1:
                    continue
                try:
                    line, priced = self._line(part, row, progress)
                except BadCell as bad:
                    if len(self.group.rows) == 1:
                        raise
                    raise BadCell(_("第 %(row)d 行：%(reason)s") % {"row": number, "reason": bad}, bad.code) from None
                key = self._line_key(line, part, len(lines))
                if self.by.is_refunds and key in lines and WEIGHT[lines[key][0].refund] > WEIGHT[line.refund]:
                    continue  # several requests for one line: an open or granted one counts more than a closed one
                lines[key] = line, priced
        return [line for line, _priced in lines.values()], [priced for _line, priced in lines.values()]

    def _line(self, values: Values, row: int, progress: Progress) -> tuple[IncomingLine, amounts.LineCells]:
        ids = {name: cells.identifier(values.get(name, ""), name) for name in ("line_no", "item_id", "sku_id", "merchant_code", "barcode")}
        title = values.get("title") or values.get("spec") or ids["merchant_code"] or ids["sku_id"] or ids["item_id"]
        if not title:
            raise BadCell(_("这一行没有商品：标题、编码和平台 ID 都是空的。请补上其中一个。"), "product.missing")
        pieces = 1 if self.by.is_refunds else cells.quantity(values.get("quantity", ""))
        if pieces is None:
            if "quantity" in self.by.reader.meanings:
                raise BadCell(_("这一行没有件数。请补上购买数量。"), "quantity.missing")
            pieces = 1
        refund = self._line_refund(values, progress)
        price = cells.amount(values.get("price", ""))
        line = IncomingLine(
            oid=ids["line_no"], title=title[:300], quantity=pieces, spec=_spec(values)[:200], item_id=ids["item_id"],
            sku_id=ids["sku_id"], merchant_code=ids["merchant_code"], barcode=ids["barcode"],
            picture=values.get("picture", ""), price_fen=price or 0, refund=refund,
            is_gift=cells.is_yes(values.get("is_gift", "")),
        )  # fmt: skip
        return line, amounts.LineCells(price, pieces, cells.amount(values.get("line_paid", "")), row)

    def _line_refund(self, values: Values, progress: Progress) -> Refund:
        refund = statuses.of_refund(values.get("after_sale", ""))
        if "ticket_kind" in values and EXCHANGE.search(values["ticket_kind"]):
            return Refund.NONE
        if refund == Refund.REFUNDED:
            back, paid = cells.amount(values.get("line_refund", "")), cells.amount(values.get("line_paid", ""))
            return Refund.PARTIAL if back and paid and back < paid else Refund.REFUNDED
        state = statuses.of_order(values["status"]) if "status" in values else None
        if refund == Refund.NONE and state is not None and state[1] == Progress.CLOSED != progress:
            return Refund.REFUNDED  # a line closed in an order that goes on
        return refund

    def _line_key(self, line: IncomingLine, values: Values, position: int) -> str:
        if line.oid:
            return line.oid
        if self.by.format.unique == "product":
            return f"{line.item_id}|{line.sku_id}|{line.merchant_code}|{line.title}|{line.spec}"
        if self.by.format.unique == "row":
            return repr(sorted(values.items()))
        return str(position)

    def _amounts(self, values: Values, row: Row) -> amounts.Cells:
        read: amounts.Cells = {name: cells.amount(values[name]) for name in AMOUNTS if name in values}
        for name, columns in self.by.reader.sums.items():
            parts = [cells.amount(row[index]) for index in columns if index < len(row)]
            filled = [abs(part) for part in parts if part is not None]
            read[name] = sum(filled) if filled else None
        return read

    # receiver and parcels

    def _receiver(self) -> Receiver:
        first = self.first
        name, phone = first.get("receiver_name", ""), first.get("receiver_phone", "")
        if phone.startswith(("+86", "86-", "86 ")):
            phone = phone[3:].lstrip("- ")
        written = first.get("new_address") or first.get("address", "")
        street = first.get("street", "")
        cipher = any(cells.is_cipher(value) for value in (name, phone, written))
        if "province" in first or "city" in first:
            place = addresses.place(first.get("province", ""), first.get("city", ""), first.get("district", ""), written)
        elif cells.is_cipher(written):
            place = addresses.Place("", "", first.get("district", ""), written)
        else:
            place = addresses.parse(written)
        detail = place.detail
        if street and not cells.is_cipher(detail) and not detail.startswith(street):
            detail = street + detail
        masked = any("*" in value for value in (name, phone, detail))
        return Receiver(
            name[:200], phone[:200], place.province[:20], place.city[:30], place.district[:30], detail,
            masked=masked, cipher=cipher, merge_key=first.get("merge_key", ""),
        )  # fmt: skip

    def _parcels(self) -> tuple[IncomingParcel, ...]:
        found: dict[str, str] = {}
        for _number, values, _row in self.group.rows:
            raw = values.get("waybill_no", "")
            if not raw:
                continue
            cells.identifier(raw, "waybill_no")
            couriers = [part.strip() for part in re.split(r"[;；,，、]", values.get("courier", ""))]
            for index, part in enumerate(re.split(r"[;；,，、\s/]+", re.sub(r"(?i)\bno[:：]", "", raw))):
                if WAYBILL.fullmatch(part):
                    found.setdefault(part, couriers[min(index, len(couriers) - 1)])
        return tuple(IncomingParcel(courier, waybill) for waybill, courier in found.items())


def _parts(values: Values) -> list[Values]:
    """Rows whose product cells hold several values joined by `;` (`杯子;盘子`, `1;2`) → one part per product."""
    if "titles" in values:
        return _named(values)
    if not JOINT.search(values.get("quantity", "")) and not JOINT.search(values.get("line_no", "")):
        return [values]
    split = {name: [part.strip() for part in JOINT.split(values[name])] for name in JOINED if name in values}
    count = max(len(split.get("quantity", ())), len(split.get("line_no", ())))
    if count < 2:
        return [values]
    whole = {name: value for name, value in values.items() if name not in split or len(split[name]) not in {1, count}}
    parts: list[Values] = []
    for index in range(count):
        own = {name: given[index if len(given) == count else 0] for name, given in split.items() if len(given) in {1, count}}
        parts.append({**whole, **{name: value for name, value in own.items() if value not in cells.NULLS}})
        parts[-1].pop("line_paid", None)
    return parts


def _named(values: Values) -> list[Values]:
    """All products of an order in one cell, with no numbers beside them (Youzan): one piece each, or as many as the name says
    (`草莓蛋糕 x2`)."""
    names = [values["titles"]]
    if values.get("kind_count", "1") != "1":
        names = [name.strip() for name in re.split(r"[;；,，、\n]", values["titles"]) if name.strip()]
    parts = []
    for name in names:
        match = TIMES_COUNT.search(name)
        title = name[: match.start()].strip() if match else name
        parts.append({**values, "title": title or name, "quantity": match.group(1) if match else "1"})
    return parts


def _together(states: Sequence[statuses.State]) -> statuses.State:
    """The order's state from its lines': closed lines do not count while others go on; some shipped, some not = part shipped."""
    going = [state for state in states if state[1] != Progress.CLOSED] or list(states)
    progresses = {progress for _payment, progress in going}
    if len(progresses) == 1:
        return going[0]
    if Progress.WAITING in progresses or Progress.PART_SHIPPED in progresses:
        return Payment.PAID, Progress.PART_SHIPPED
    return Payment.PAID, Progress.SHIPPED


def _spec(values: Values) -> str:
    spec = values.get("spec", "")
    return "" if spec in {"无规格", "默认", "默认规格", "无"} else spec


def _copy(line: IncomingLine, *, oid: str, price_fen: int, paid_fen: int) -> IncomingLine:
    return IncomingLine(
        oid, line.title, line.quantity, line.spec, line.item_id, line.sku_id, line.merchant_code, line.barcode, line.picture,
        price_fen, paid_fen, line.refund, line.is_gift,
    )  # fmt: skip
