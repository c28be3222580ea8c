"""Cards of the paste page: what was read in a chat, as forms with the doubtful fields left to a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from danshu.accounts.models import User
from danshu.catalogue import guessing
from danshu.catalogue.guessing import Guess
from danshu.channels import chat
from danshu.channels.chat import ChatOrder, Found, Span, Why
from danshu.channels.contract import Payment, Receiver
from danshu.core import clock
from danshu.orders import queries
from danshu.orders.models import Order
from danshu.orders.operations import Draft, DraftLine
from danshu.orders.queries import Alike
from danshu.stock import queries as stock
from danshu.web import typed
from danshu.web.orders import forms as entry
from danshu.web.orders.forms import Want

MOST = 50  # cards of one page; the rest follows when these are done
ALIKE_FOR = timedelta(hours=24)
READ = ("name", "phone", "province", "city", "district", "address", "paid", "remark")
TEXTS = {
    Why.MISSING: gettext_lazy("没有找到，请填写。"),
    Why.GLUED: gettext_lazy("姓名和地址连在一起，分不清从哪里断开。"),
    Why.ODD_NAME: gettext_lazy("不一定是收件人的姓名。"),
    Why.SEVERAL: gettext_lazy("找到不止一个，请确认用哪个。"),
    Why.DIGITS: gettext_lazy("位数不对或被遮住了，请问买家。"),
    Why.HOTLINE: gettext_lazy("这是服务热线，不是个人电话。"),
    Why.FORMER: gettext_lazy("旧地名，已经拆分到几个区。"),
    Why.NAMESAKE: gettext_lazy("几个地方都叫这个名字。"),
    Why.MISMATCH: gettext_lazy("省市区对不上。"),
    Why.SHORTENED: gettext_lazy("写的是简称，可能只是路名或小区名。"),
    Why.ZONE: gettext_lazy("开发区不是行政区，请写所在的区县。"),
    Why.MEASURE: gettext_lazy("写的是斤、打之类，请换算成件数。"),
    Why.UNSAID: gettext_lazy("没有写明，请确认。"),
    Why.LOOSE: gettext_lazy("分不清是上一单还是下一单的，请确认。"),
}


class CardForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("收件人"), max_length=40)
    phone = forms.CharField(label=gettext_lazy("电话"), max_length=40)
    province = forms.CharField(label=gettext_lazy("省"), max_length=20)
    city = forms.CharField(label=gettext_lazy("市"), max_length=30, required=False)
    district = forms.CharField(label=gettext_lazy("区县"), max_length=30, required=False)
    address = forms.CharField(label=gettext_lazy("详细地址"), max_length=200)
    payment = forms.ChoiceField(
        label=gettext_lazy("付款"), initial=Payment.PAID.value,
        choices=[
            (Payment.PAID.value, gettext_lazy("已付款")),
            (Payment.UNPAID.value, gettext_lazy("待付款")),
            (Payment.COD.value, gettext_lazy("货到付款")),
        ],
    )  # fmt: skip
    paid = forms.CharField(label=gettext_lazy("实付（元）"), max_length=20, required=False)
    remark = forms.CharField(label=gettext_lazy("买家备注"), max_length=500, required=False)

    def clean_paid(self) -> int | None:
        text = self.cleaned_data.get("paid", "").strip()
        return entry.amount(text) if text else None

    def clean_phone(self) -> str:
        phone: str = self.cleaned_data["phone"]
        if "*" in phone:
            raise forms.ValidationError(_("带星号的是遮住的信息，不能寄。请写完整的。"))
        return phone


@dataclass(slots=True)
class Slot:
    """A field of the card with what makes it doubtful and what it may be instead."""

    bound: forms.BoundField
    is_doubtful: bool = False
    guesses: tuple[str, ...] = ()
    listed: str = ""  # the id of the list that holds them

    @property
    def css(self) -> str:
        return "orders-doubt" if self.is_doubtful else ""


@dataclass(frozen=True, slots=True)
class Option:
    code: str
    label: str


@dataclass(slots=True)
class Row(Want):
    """A line of goods: the words it was read from, the SKUs they may mean, and what was typed (`Want`)."""

    words: str = ""
    options: list[Option] = field(default_factory=list)
    choice: str = ""
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the source: `tone` green for what was taken, amber for what is doubtful, empty for the rest."""

    text: str
    tone: str = ""


@dataclass(slots=True)
class Card:
    at: int
    order: ChatOrder
    form: CardForm
    rows: list[Row]
    source: list[Piece]
    slots: dict[str, Slot] = field(default_factory=dict)
    alike: list[Alike] = field(default_factory=list)
    twin: int | None = None
    is_picked: bool = True
    error: str = ""

    @property
    def number(self) -> int:
        return self.at + 1

    @property
    def seen(self) -> str:
        return ",".join(str(each.order_id) for each in self.alike)

    @property
    def doubts(self) -> int:
        return sum(slot.is_doubtful for slot in self.slots.values()) + sum(bool(row.doubt) for row in self.rows)


def cards(text: str, data: QueryDict | None, user: User, done: set[int]) -> tuple[list[Card], int, chat.Reading]:
    """The next cards of the paste, how many more there are behind them, and all that was read. `data` None: fresh from the text.

    A fixed number of statements for any number of cards.
    """
    reading = chat.read(text)
    waiting = [at for at in range(len(reading.orders)) if at not in done]
    found = [_card(text, at, reading.orders[at], data) for at in waiting[:MOST]]
    _offer(found, data)
    _compare(found, user)
    if data is None:
        for card in found:
            card.is_picked = not card.doubts and not card.alike and card.twin is None and any(row.code or row.choice for row in card.rows)
    return found, len(waiting) - len(found), reading


def _card(text: str, at: int, order: ChatOrder, data: QueryDict | None) -> Card:
    form = CardForm(data, prefix=f"o{at}", initial={name: order.parts[name].sure for name in READ})
    card = Card(at, order, form, [], _source(text, order))
    for name in READ:
        card.slots[name] = _slot(form, name, order.parts[name], data)
    if data is not None:
        card.is_picked = str(at) in data.getlist("pick")
        card.rows = _typed_rows(at, data)
    return card


def _slot(form: CardForm, name: str, found: Found, data: QueryDict | None) -> Slot:
    is_optional = not form.fields[name].required and not found.value
    if found.is_sure or is_optional or (data is not None and data.get(f"{form.prefix}-{name}", "").strip()):
        return Slot(form[name])
    why = TEXTS[found.why or Why.UNSAID]
    guessed = _("、").join(_("「%s」") % guess for guess in found.guesses[:4])
    field = form.fields[name]
    field.help_text = _("%(why)s可能是%(guesses)s。") % {"why": why, "guesses": guessed} if guessed else str(why)
    listed = f"id_{form.prefix}-{name}-guesses" if found.guesses else ""
    if listed:
        field.widget.attrs["list"] = listed
    return Slot(form[name], is_doubtful=True, guesses=found.guesses, listed=listed)


def _source(text: str, order: ChatOrder) -> list[Piece]:
    """The order's own lines, each sign with the tone of the value that it gave."""
    tones: dict[int, str] = {}
    goods = [found for each in order.goods for found in (each.text, each.quantity)]
    for found in sorted((*order.parts.values(), *goods), key=lambda found: not found.is_sure):
        for start, end in found.spans:
            tones |= dict.fromkeys(range(start, end), "green" if found.is_sure else "amber")
    pieces: list[Piece] = []
    for line in order.lines:
        pieces += _pieces(text, line, tones)
        pieces.append(Piece("\n"))
    return pieces[:-1]


def _pieces(text: str, line: Span, tones: dict[int, str]) -> list[Piece]:
    pieces, start = [], line.start
    for at in range(line.start, line.end + 1):
        if at == line.end or tones.get(at, "") != tones.get(start, ""):
            if at > start:
                pieces.append(Piece(text[start:at], tones.get(start, "")))
            start = at
    return pieces


def _typed_rows(at: int, data: QueryDict) -> list[Row]:
    """The rows as they were sent; a typed code goes before a chosen one."""
    columns = [data.getlist(f"o{at}-{name}") for name in ("words", "choice", "code", "quantity", "price")]
    rows = []
    for words, choice, code, quantity, price in zip(*columns, strict=False):
        rows.append(Row(code.strip(), quantity.strip(), price.strip(), words=words.strip()[:200], choice=choice.strip()))
    return [row for row in rows[: entry.MOST_ROWS] if row.words or row.choice or row.code or row.quantity not in {"", "1"}]


def _offer(found: Sequence[Card], data: QueryDict | None) -> None:
    """SKUs for the words, with what is left of each. Words of which no goods were made may name goods too."""
    if data is None:
        for card in found:
            card.rows = [_read_row(goods) for goods in card.order.goods]
            if not card.rows:
                card.rows = [
                    Row(words=piece.text.strip(), doubt=_("没有写件数。"))
                    for piece in card.source
                    if not piece.tone and len(piece.text.strip()) > 1
                ]
    rows = [row for card in found for row in card.rows]
    guesses = guessing.guess([row.words for row in rows])
    left = stock.sellable({guess.sku_id for some in guesses for guess in some})
    for row, some in zip(rows, guesses, strict=True):
        row.options = [_option(guess, left[guess.sku_id]) for guess in some]
        if data is None and some and some[0].is_sure:
            row.choice = some[0].code
            if (typed.number(row.quantity) or 0) > left[some[0].sku_id]:
                row.doubt = row.doubt or _("库存只剩 %(n)d 件。") % {"n": left[some[0].sku_id]}
        elif data is None and row.words:
            row.doubt = row.doubt or _("请选商品。")
    for card in found:
        card.rows = [row for row in card.rows if data is not None or row.quantity or row.options] + [Row()]


def _read_row(goods: chat.Goods) -> Row:
    row = Row(quantity=goods.quantity.sure, words=goods.text.value)
    if not goods.quantity.is_sure:
        row.doubt = str(TEXTS[goods.quantity.why or Why.UNSAID])
        if goods.quantity.value:
            row.doubt += _("可能是 %(n)s 件。") % {"n": goods.quantity.value}
    return row


def _option(guess: Guess, left: int) -> Option:
    name = f"{guess.name} {guess.spec}".strip()
    return Option(guess.code, _("%(name)s · %(code)s · 可售 %(n)d") % {"name": name, "code": guess.code, "n": left})


def _compare(found: Sequence[Card], user: User) -> None:
    """Orders of the last 24 hours, and earlier cards, with the same phone and the same goods."""
    wanted_rows = [row for card in found for row in wants(card)]
    skus = entry.known(wanted_rows)
    asked = []
    for card in found:
        sku_ids = {sku.pk for row in wants(card) if (sku := skus.get(row.code.upper())) is not None}
        asked.append((str(card.form["phone"].value() or ""), sku_ids))
    recent = queries.alike(asked, queries.scope(user), since=clock.now() - ALIKE_FOR)
    earlier: dict[tuple[str, int], int] = {}
    for card, (phone, sku_ids), same in zip(found, asked, recent, strict=True):
        card.alike = same
        card.twin = next((earlier[phone, sku_id] for sku_id in sorted(sku_ids) if phone and (phone, sku_id) in earlier), None)
        for sku_id in sku_ids:
            earlier.setdefault((phone, sku_id), card.number)


def wants(card: Card) -> list[Want]:
    """The rows that name goods, with the code that counts."""
    return [Want(row.code or row.choice, row.quantity or "", row.price) for row in card.rows if row.code or row.choice]


def drafted(picked: Sequence[Card], shop_id: int, once: str, told: dict[int, set[int]]) -> list[tuple[Card, Draft]]:
    """Drafts of the cards that are complete; what is wrong is written on the others. Two statements at most.

    `once` names this paste: a form that is sent twice makes each order once. `told`: by card, the orders alike that the person has seen.
    """
    skus = entry.known([row for card in picked for row in wants(card)])
    ready = []
    for card in picked:
        lines = _lines(card, skus)
        is_valid = card.form.is_valid()
        fresh = [each for each in card.alike if each.order_id not in told.get(card.at, set())]
        if fresh:
            numbers = _("、").join(each.short_no for each in fresh)
            card.error = _("刚才已有同样电话、同样商品的订单 %(no)s。确实要再建一单，就再点一次。") % {"no": numbers}
        elif not is_valid:
            card.error = _("还有没填好的地方，见下面标出来的。")
        elif not lines and not card.error:
            card.error = _("还没有填商品。至少写一行商家编码和件数。")
        elif not card.error:
            ready.append((card, _draft(card, lines, shop_id, once)))
    return ready


def _lines(card: Card, skus: dict[str, Any]) -> list[DraftLine]:
    typed_rows = wants(card)
    lines = entry.lines(typed_rows, skus)
    named = [row for row in card.rows if row.code or row.choice]
    for row, want in zip(named, typed_rows, strict=True):
        row.error = want.error
    for row in card.rows:
        if row.words and row not in named and row.quantity:
            row.error = _("请选商品，或把这一行的件数清空。")
    if any(row.error for row in card.rows):
        card.error = _("还有没填好的地方，见下面标出来的。")
        return []
    return lines


def _draft(card: Card, lines: list[DraftLine], shop_id: int, once: str) -> Draft:
    said: dict[str, Any] = card.form.cleaned_data
    paid: int | None = said["paid"]
    only = lines[0]
    if paid is not None and len(lines) == 1 and not only.price_fen and paid % only.quantity == 0:
        lines = [DraftLine(only.sku_id, only.quantity, paid // only.quantity)]
    receiver = Receiver(*(said[name] for name in ("name", "phone", "province", "city", "district", "address")))
    return Draft(
        shop_id, tuple(lines), receiver, platform_no=number(once, card.at), payment=Payment(said["payment"]),
        buyer_nick=card.order.nick[:80], buyer_message=said["remark"], paid_fen=paid, source=Order.Source.PASTE,
    )  # fmt: skip


def number(once: str, at: int) -> str:
    """The number that a pasted order has in its shop: the same for the same card of the same paste."""
    return f"P{once}-{at + 1}"


def told(data: QueryDict, at: Sequence[int]) -> dict[int, set[int]]:
    return {each: set(typed.numbers(data.get(f"o{each}-seen", "").split(","))) for each in at}
