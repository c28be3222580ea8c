"""How far an order and its parcels are, as steps and moments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from danshu.fulfilment.models import Confirmation, Parcel
from danshu.fulfilment.queries import IN_HOUSE
from danshu.orders.models import Order
from danshu.orders.states import Fulfilment, Payment
from danshu.web.orders.rows import Row, short_courier

PARCEL_TONES = {
    Parcel.State.OPEN: "amber",
    Parcel.State.PRINTED: "violet",
    Parcel.State.CHECKED: "violet",
    Parcel.State.SHIPPED: "green",
    Parcel.State.VOID: "grey",
}
TOLD_TONES: dict[str, str] = {"waiting": "amber", "told": "amber", "confirmed": "green", "refused": "rose"}


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    state: str = ""  # done, now or nothing
    at: datetime | None = None
    deadline: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    text: str
    at: datetime
    tone: str = "grey"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What the platform was told of the parcel, and whether it has it. `number` where several orders lie in it."""

    tone: str
    state_name: str | Promise
    number: str
    waybill_no: str
    at: datetime | None
    error: str


@dataclass(frozen=True, slots=True)
class Box:
    """A parcel as the tracking tab shows it."""

    pk: int
    sequence: int
    is_here: bool  # it has not left and can be given up
    tone: str
    state_name: str | Promise
    courier: str
    waybill_no: str
    is_forced: bool
    moments: list[Moment] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)


def steps(order: Order, row: Row, parcels: Sequence[Parcel]) -> list[Step]:
    """已付款 → 待打印 → 打包复核 → 揽收 → 签收; exactly one is `now` unless the order ended."""
    is_paid = order.payment in {Payment.PAID, Payment.COD}
    traced = min((p.traced_at for p in parcels if p.traced_at), default=None)
    done = [
        (_("已付款") if is_paid else _("待付款"), is_paid, order.paid_at),
        (_("已打印") if order.printed_at else _("待打印"), bool(order.printed_at or order.shipped_at), order.printed_at),
        (_("打包复核"), bool(order.checked_at or order.shipped_at), order.checked_at),
        (_("揽收") if traced or not order.shipped_at else _("已发货"), bool(order.shipped_at), traced or order.shipped_at),
        (_("签收"), order.fulfilment == Fulfilment.DELIVERED, order.finished_at),
    ]
    if order.fulfilment == Fulfilment.CANCELLED:
        done = [part for part in done if part[1]]
        return [*(Step(name, "done", at) for name, _ok, at in done), Step(_("已取消"), "now", order.cancelled_at)]
    current = next((i for i, (_name, ok, _at) in enumerate(done) if not ok), len(done))
    return [
        Step(name, "done" if ok else "now" if i == current else "", at if ok else None, row.deadline if i == current and i else None)
        for i, (name, ok, at) in enumerate(done)
    ]


def boxes(parcels: Sequence[Parcel]) -> list[Box]:
    """Parcels with what their platforms were told of them; one statement."""
    told: dict[int, list[Confirmation]] = {}
    for one in Confirmation.objects.filter(parcel__in=parcels).order_by("pk"):
        told.setdefault(one.parcel_id, []).append(one)
    return [parcel(box, told.get(box.pk, [])) for box in parcels]


def parcel(box: Parcel, told: Sequence[Confirmation] = ()) -> Box:
    return Box(
        pk=box.pk,
        sequence=box.sequence,
        is_here=box.state in IN_HOUSE,
        tone=PARCEL_TONES.get(Parcel.State(box.state), "grey"),
        state_name=box.get_state_display(),
        courier=short_courier(box.courier_code),
        waybill_no=box.waybill_no,
        is_forced=box.is_forced,
        moments=_moments(box),
        told=[_told(one, is_one_of_several=len(told) > 1) for one in told],
    )


def _told(one: Confirmation, *, is_one_of_several: bool) -> Told:
    number = one.platform_no if is_one_of_several else ""
    return Told(
        TOLD_TONES[one.state], one.get_state_display(), number, one.waybill_no, one.confirmed_at or one.told_at or one.created_at, one.error
    )


def _moments(box: Parcel) -> list[Moment]:
    """What is known of the way, newest first."""
    again = box.print_count - 1
    reprints = ngettext("补打 %(count)s 次", "补打 %(count)s 次", again) % {"count": again} if again > 0 else ""
    checker = _("强制通过：%(reason)s") % {"reason": box.force_reason} if box.is_forced else box.checked_by
    told = [
        (_("快递有了第一条轨迹"), box.traced_at, "green", ""),
        (_("发货"), box.shipped_at, "green", ""),
        (_("复核通过"), box.checked_at, "rose" if box.is_forced else "violet", checker),
        (_("打印"), box.printed_at, "violet", reprints),
        (_("建包裹"), box.created_at, "grey", _taken_back(box)),
    ]
    return [Moment(text, at, tone, note) for text, at, tone, note in told if at]


def _taken_back(box: Parcel) -> str:
    """A parcel whose print was taken back has no print moment; its papers are counted on, so that a new one says 补打."""
    if box.printed_at or not box.print_count:
        return ""
    return ngettext("打印过 %(count)s 次，已退回，再打算补打", "打印过 %(count)s 次，已退回，再打算补打", box.print_count) % {
        "count": box.print_count
    }
