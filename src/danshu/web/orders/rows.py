"""Orders as a card or a table row shows them: everything read in a constant number of statements for a whole page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from danshu.fulfilment import couriers
from danshu.fulfilment.models import Parcel
from danshu.orders.models import Order, OrderLine
from danshu.orders.states import OPEN, Fulfilment, Issue, Payment, Refund

SHOWN = (  # of an order, for a card or a table row; half its columns, a third of the time to read them
    "no", "shop", "platform", "payment", "fulfilment", "refund", "issues", "is_held", "is_urgent", "paid_at", "ship_by", "updated_at",
    "paid_fen", "buyer_message", "seller_memo", "flag", "tags", "receiver_name", "province", "city", "district", "merge_hash",
    "courier_code", "merged_into", "kind_count", "item_count", "is_ready",
)  # fmt: skip
SILENT = timedelta(hours=48)  # shipped and no sign of life for so long: somebody should ask the courier

TONES: dict[str, str] = {
    Fulfilment.WAITING: "amber",
    Fulfilment.PRINTED: "violet",
    Fulfilment.CHECKED: "violet",
    Fulfilment.SHIPPED: "green",
    Fulfilment.DELIVERED: "green",
    Fulfilment.CANCELLED: "grey",
}
ISSUE_TONES: dict[Issue, str] = {
    Issue.UNMAPPED: "rose",
    Issue.SHORT: "rose",
    Issue.ADDRESS: "rose",
    Issue.REFUNDING: "rose",
    Issue.LATE_JOINER: "violet",
    Issue.CHANGED: "violet",
    Issue.REJECTED: "rose",
    Issue.BLOCKED: "amber",
}  # NO_COURIER is said by the courier column itself
_SUFFIXES = ("特别行政区", "维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "省", "市")


@dataclass(frozen=True, slots=True)
class Item:
    name: str
    spec: str
    picture: str
    quantity: int
    is_short: bool = False


@dataclass(frozen=True, slots=True)
class Tag:
    tone: str
    text: str | Promise


@dataclass(frozen=True, slots=True)
class Step:
    """The next thing a pair of hands does with the order, as the card's button and the swipe offer it."""

    to: str  # the board's column
    icon: str
    verb: str | Promise
    moved: str | Promise
    tone: str
    permission: str


STEPS: dict[str, Step] = {
    Fulfilment.WAITING: Step("printed", "printer", gettext_lazy("打印"), gettext_lazy("移到「已打印」"), "violet", "ship.print"),
    Fulfilment.PRINTED: Step("shipped", "truck", gettext_lazy("发货"), gettext_lazy("移到「已发货」"), "green", "ship.send"),
    Fulfilment.CHECKED: Step("shipped", "truck", gettext_lazy("发货"), gettext_lazy("移到「已发货」"), "green", "ship.send"),
}


@dataclass(slots=True)
class Row:
    order: Order
    items: list[Item] = field(default_factory=list)
    waybill_no: str = ""
    courier_code: str = ""
    is_silent: bool = False
    merged_count: int = 0  # orders that travel with this one
    mergeable_count: int = 0  # waiting orders of the same person and address, this one included
    now: datetime | None = None

    @property
    def first(self) -> Item | None:
        return self.items[0] if self.items else None

    @property
    def is_many(self) -> bool:
        return len(self.items) > 1

    @property
    def thumbs(self) -> list[Item]:
        return self.items[:3]

    @property
    def name(self) -> str:
        return self.items[0].name if self.items else _("没有明细")

    @property
    def more(self) -> str:
        return _("等 %(n)s 款") % {"n": self.kind_count} if self.kind_count > 1 else ""

    @property
    def title(self) -> str:
        return f"{self.name} {self.more}".rstrip()

    @property
    def pieces(self) -> str:
        return ngettext("共 %(n)s 件", "共 %(n)s 件", self.item_count) % {"n": self.item_count}

    @property
    def message(self) -> str:
        text = self.order.buyer_message
        return text if len(text) <= 90 else text[:89] + "…"

    @property
    def who(self) -> str:
        return " · ".join(filter(None, (self.order.receiver_name, self.place, self.courier if self.is_open else "")))

    @property
    def waybill_said(self) -> str:
        return self.waybill_no or (_("待填运单号") if self.is_open else "")

    @property
    def url(self) -> str:
        return reverse("orders-detail", args=[self.order.no])

    @property
    def move_label(self) -> str:
        return _("移动 %(no)s") % {"no": self.order.short_no}

    @property
    def pick_label(self) -> str:
        return _("选择 %(no)s") % {"no": self.order.short_no}

    @property
    def open_label(self) -> str:
        return _("看详情")

    @property
    def assign_label(self) -> str:
        return _("分配快递")

    @property
    def refund_name(self) -> str:
        return _("退款待处理")

    @property
    def note_names(self) -> tuple[str, str]:
        return _("买家备注"), _("卖家备注")

    @property
    def others(self) -> str:
        return _("、").join(item.name for item in self.items[1:])

    @property
    def kind_count(self) -> int:
        return max(self.order.kind_count, len(self.items)) if self.merged_count else self.order.kind_count or len(self.items)

    @property
    def item_count(self) -> int:
        return sum(item.quantity for item in self.items) or self.order.item_count

    @property
    def is_open(self) -> bool:
        return self.order.fulfilment in OPEN

    @property
    def is_refunding(self) -> bool:
        return self.order.refund == Refund.REQUESTED

    @property
    def deadline(self) -> datetime | None:
        return self.order.ship_by if self.is_open and self.order.payment in {Payment.PAID, Payment.COD} else None

    @property
    def is_late(self) -> bool:
        return bool(self.deadline and self.now and self.deadline < self.now)

    @property
    def tone(self) -> str:
        return TONES.get(self.order.fulfilment, "grey")

    @property
    def state(self) -> str | Promise:
        if self.is_open and self.order.payment in {Payment.UNPAID, Payment.DEPOSIT}:
            return self.order.get_payment_display()
        return self.order.get_fulfilment_display()

    @property
    def courier(self) -> str:
        return short_courier(self.courier_code or self.order.courier_code)

    @property
    def place(self) -> str:
        """`杭州`, or the district of a city that is its own province: as people on the packing table say it."""
        city = short_place(self.order.city)
        return self.order.district if city in {"", short_place(self.order.province), "市辖区", "县"} and self.order.district else city

    @property
    def region(self) -> str:
        return " ".join(filter(None, (short_place(self.order.province), self.place)))

    @property
    def step(self) -> Step | None:
        may = self.order.is_ready and not self.is_refunding and not self.order.is_held  # an order that is not paid is not printed
        return STEPS.get(self.order.fulfilment) if may else None

    @property
    def tags(self) -> list[Tag]:
        return list(_tags(self))


def _tags(row: Row) -> Iterable[Tag]:
    """The most pressing first: cards show two."""
    order = row.order
    signs: list[tuple[object, str, str]] = [
        (row.is_late, "rose", _("超时")),
        (order.is_urgent, "rose", _("加急")),
        (order.is_held, "grey", _("挂起")),
    ]
    signs += [(order.issues & issue, tone, _issue_text(issue, row)) for issue, tone in ISSUE_TONES.items()]
    signs += [
        (row.is_refunding and not order.issues & Issue.REFUNDING, "rose", _("退款中")),
        (row.merged_count, "sky", _("合单 %(count)s") % {"count": row.merged_count + 1}),
        (not row.merged_count and row.mergeable_count > 1, "sky", _("可合 %(count)s") % {"count": row.mergeable_count}),
        (row.is_silent, "rose", _("48 小时无轨迹")),
    ]
    yield from (Tag(tone, text) for stands, tone, text in signs if stands)
    yield from (Tag("sky", str(text)) for text in order.tags)


def _issue_text(issue: Issue, row: Row) -> str:
    short = sum(item.is_short for item in row.items)
    return f"{issue.label} {short}" if issue is Issue.SHORT and short else str(issue.label)


def short_courier(code: str) -> str:
    """`中通快递` → `中通`: the name people say, where the table knows one."""
    courier = couriers.get(code)
    if courier is None:
        return code
    chinese = [alias for alias in courier.aliases if not alias.isascii()]
    return min([courier.name, *chinese[:1]], key=len)


def short_place(name: str) -> str:
    """`浙江省` → `浙江`, `杭州市` → `杭州`."""
    for suffix in _SUFFIXES:
        if name.endswith(suffix) and len(name) > len(suffix) + 1:
            return name[: -len(suffix)]
    return name


def lean(found: QuerySet[Order, Order], ordering: Sequence[str] = ()) -> QuerySet[Order, Order]:
    """The orders with nothing but what rows show and the ordering needs; a shop is read once, not with each of its orders."""
    names = {name.lstrip("-") for name in ordering}
    return found.only(*SHOWN, *sorted(names.difference(SHOWN))).prefetch_related("shop")


def load(orders: Sequence[Order], *, now: datetime) -> list[Row]:
    """Rows in the given order. Four statements, whatever the number of orders: lines, parcels, merged orders, merge candidates."""
    rows = {order.pk: Row(order, now=now) for order in orders}
    _load_items(rows, _load_merged(rows))
    _load_parcels(rows)
    _load_candidates(rows)
    return [rows[order.pk] for order in orders]


def _load_merged(rows: dict[int, Row]) -> list[int]:
    """All orders whose lines the rows show: their own, and those that travel with them."""
    ids = dict.fromkeys(rows)
    for pk, head in Order.objects.filter(merged_into__in=rows).order_by().values_list("pk", "merged_into_id"):
        rows[head].merged_count += 1
        ids[pk] = None
    return list(ids)


def _load_items(rows: dict[int, Row], order_ids: list[int]) -> None:
    """Lines of the rows, and of merged orders also on their head's row."""
    lines = (
        OrderLine.objects.filter(order_id__in=order_ids)
        .order_by("order_id", "id")
        .values("order_id", "order__merged_into_id", "title", "spec", "quantity", "is_short", "sku__name", "sku__spec", "sku__picture")
    )
    for line in lines:
        item = item_of(line)
        own, head = rows.get(line["order_id"]), rows.get(line["order__merged_into_id"] or 0)
        for row in (own, head):
            if row is not None:
                row.items.append(item)


def item_of(line: Mapping[str, Any]) -> Item:
    """Our own name where the line is mapped, else the platform's."""
    mapped = bool(line["sku__name"])
    return Item(
        name=line["sku__name"] if mapped else line["title"],
        spec=line["sku__spec"] if mapped else line["spec"],
        picture=line["sku__picture"] or "",
        quantity=line["quantity"],
        is_short=line["is_short"],
    )


def _load_parcels(rows: dict[int, Row]) -> None:
    heads: dict[int, list[Row]] = {}
    for pk, row in rows.items():
        heads.setdefault(row.order.merged_into_id or pk, []).append(row)
    parcels = Parcel.objects.filter(order_id__in=heads).exclude(state=Parcel.State.VOID).order_by("order_id", "-sequence")
    for parcel in parcels.values("order_id", "waybill_no", "courier_code", "shipped_at", "traced_at"):
        for row in heads[parcel["order_id"]]:
            row.waybill_no = parcel["waybill_no"] or row.waybill_no
            row.courier_code = parcel["courier_code"] or row.courier_code
            if row.now and parcel["shipped_at"] and not parcel["traced_at"]:
                row.is_silent = row.order.fulfilment == Fulfilment.SHIPPED and parcel["shipped_at"] < row.now - SILENT


def _load_candidates(rows: dict[int, Row]) -> None:
    waiting: dict[str, list[Row]] = {}
    for row in rows.values():
        if row.order.fulfilment == Fulfilment.WAITING and row.order.merge_hash and not row.order.merged_into_id:
            waiting.setdefault(row.order.merge_hash, []).append(row)
    counts = mergeable().filter(merge_hash__in=waiting).order_by().values_list("merge_hash").annotate(n=Count("id"))
    for merge_hash, count in counts:
        for row in waiting[merge_hash]:
            row.mergeable_count = count


def mergeable() -> QuerySet[Order, Order]:
    """Orders that may still share a parcel with others of the same person; `is_open` says so to the index of merge hashes."""
    waiting = Q(is_open=True, is_ready=True, fulfilment=Fulfilment.WAITING, payment=Payment.PAID)
    return Order.objects.filter(waiting, is_held=False, refund__in=[Refund.NONE, Refund.PARTIAL])
