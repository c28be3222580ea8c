"""The scan check at the packing table: each beep is right, wrong or one too many; the last right one closes the parcel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from danshu.audit.operations import Deed, record
from danshu.catalogue.codes import loose
from danshu.catalogue.models import Sku
from danshu.core import events
from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.fulfilment import checks, contents
from danshu.fulfilment.contents import Contents, Need
from danshu.fulfilment.models import Parcel, Scan
from danshu.orders import operations as orders
from danshu.orders.events import OrdersChanged


@dataclass(frozen=True, slots=True)
class Tick:
    """One thing of the parcel and how many of it were scanned."""

    need: Need
    done: int

    @property
    def left(self) -> int:
        return max(0, self.need.quantity - self.done)


@dataclass(frozen=True, slots=True)
class ScanResult:
    """`verdict`: right, wrong, too_many, unknown, done (right, and nothing is left)."""

    verdict: str
    message: str
    ticks: Sequence[Tick]

    @property
    def left(self) -> int:
        return sum(tick.left for tick in self.ticks)


def progress(found: Contents) -> list[Tick]:
    """What was scanned of a parcel so far; one statement."""
    counted = _counted(found.parcel.pk)
    return [Tick(need, counted.get(_key(need), 0)) for need in found.needs]


def scan(parcel_id: int, code: str, *, quantity: int = 1, by: Actor, now: datetime) -> ScanResult:
    """Take one beep: a barcode or a SKU code of what is in the hand, `quantity` pieces at once.

    Wrong and surplus beeps are kept too, for the numbers of the evening. Raises `DomainError`: "scan.missing" (no such parcel),
    "scan.state" (void or gone), and the code of the reason when the order may not be packed now (held, cancelled, refunding).
    """
    with transaction.atomic():
        found = _opened(parcel_id)
        code = code.strip()[:80]
        ticks = progress(found)
        matching = [tick for tick in ticks if _answers(tick.need, code)]
        tick = next((t for t in matching if t.left >= quantity), None)
        sku = None if matching else _sku(code)
        sku_id = matching[0].need.sku_id if matching else sku.pk if sku else None
        Scan.objects.create(
            parcel=found.parcel, code=_key((tick or matching[0]).need) if matching else code, sku_id=sku_id,
            quantity=quantity, is_right=tick is not None, at=now, actor_id=by.id, actor_name=by.name,
        )  # fmt: skip
        if tick is None:
            return _wrong(ticks, matching, code, sku)
        ticks = [Tick(t.need, t.done + quantity) if t is tick else t for t in ticks]
        if any(t.left for t in ticks):
            return ScanResult("right", _name(tick.need), ticks)
        _close(found, by=by, now=now)
    return ScanResult("done", _("这单齐了，已复核。"), ticks)


def force_check(parcel_id: int, reason: str, *, by: Actor, now: datetime) -> None:
    """Close a check by hand: needs a reason, is counted and written down. Raises `DomainError("scan.reason")` without one.

    It also sends a parcel whose buyer asks for a refund, checked or not, until there is news of the request.
    """
    reason = reason.strip()[:120]
    if len(reason) < 2:
        raise DomainError(_("强制通过要写明原因，例如「条码破损，人工核对」。"), "scan.reason")
    with transaction.atomic():
        found = _opened(parcel_id, despite_refund=True)
        at = now if any(map(checks.is_refunding, found.orders)) else None
        Parcel.objects.filter(pk=parcel_id).update(is_forced=True, force_reason=reason, refund_forced_at=at)
        left = sum(tick.left for tick in progress(found))
        head = found.orders[0]
        record([Deed("parcel.forced", "order", head.pk, head.no, {"left": left}, reason)], by=by, now=now)
        _close(found, by=by, now=now)


def restart(parcel_id: int, *, by: Actor, now: datetime) -> None:
    """Begin the check of a parcel again: what was scanned no longer counts."""
    with transaction.atomic():
        found = _opened(parcel_id, again=True)
        Scan.objects.filter(parcel_id=parcel_id, is_right=True).update(is_right=False)
        Parcel.objects.filter(pk=parcel_id, state=Parcel.State.CHECKED).update(
            state=Parcel.State.PRINTED, checked_at=None, checked_by="", is_forced=False, force_reason="", refund_forced_at=None
        )
        head = found.orders[0]
        record([Deed("parcel.recheck", "order", head.pk, head.no)], by=by, now=now)
        events.publish(OrdersChanged((head.pk,), "check"))


def _opened(parcel_id: int, *, again: bool = False, despite_refund: bool = False) -> Contents:
    rows = Parcel.objects.select_for_update(of=("self",)).select_related("order", "warehouse").filter(pk=parcel_id)
    parcel = rows.first()
    if parcel is None:
        raise DomainError(_("找不到这个包裹，可能已被撤销。请重新扫单号。"), "scan.missing")
    found = contents.of([parcel])[parcel.pk]
    again = again or (despite_refund and any(map(checks.is_refunding, found.orders)))
    fixed = {Parcel.State.VOID, Parcel.State.SHIPPED} | (set() if again else {Parcel.State.CHECKED})
    if parcel.state in fixed:
        told = _("%(order)s 的包裹%(state)s，不用再复核。") % {
            "order": parcel.order.short_no,
            "state": parcel.get_state_display(),
        }
        raise DomainError(told, "scan.state")
    against = {"held", "cancelled", "refunding", "refunded"}
    codes = [checks.of_order(order, despite_refund=despite_refund) for order in found.orders]
    stopped = next((code for code in codes if code in against), "")
    if stopped:
        told = _("%(order)s 先别打包：%(why)s。") % {"order": parcel.order.short_no, "why": checks.REASONS[stopped]}
        raise DomainError(told, f"scan.{stopped}")
    return found


def _key(need: Need) -> str:
    """What right scans of a need are stored under."""
    return (f"sku:{need.sku_id}" if need.sku_id else f"code:{need.code or need.name}")[:80]


def _counted(parcel_id: int) -> Mapping[str, int]:
    rows = Scan.objects.filter(parcel_id=parcel_id, is_right=True).values_list("code").annotate(n=Sum("quantity"))
    return dict(rows.values_list("code", "n"))


def _answers(need: Need, code: str) -> bool:
    same = {text for text in (need.code, need.barcode) if text}
    return code in same or (bool(loose(code)) and loose(code) in {loose(text) for text in same})


def _sku(code: str) -> Sku | None:
    if not code:
        return None
    return Sku.objects.filter(Q(code=code) | Q(barcode=code) | Q(loose_code=loose(code))).order_by("id").first()


def _name(need: Need) -> str:
    return f"{need.name} {need.spec}".strip()


def _wrong(ticks: Sequence[Tick], matching: Sequence[Tick], code: str, sku: Sku | None) -> ScanResult:
    if matching:
        told = _("多了：%(thing)s 只要 %(count)s 件。") % {
            "thing": _name(matching[0].need),
            "count": matching[0].need.quantity,
        }
        return ScanResult("too_many", told, ticks)
    wanted = next((_name(tick.need) for tick in ticks if tick.left), "")
    if sku is None:
        told = _("不认识 %(code)s，这单还要 %(wanted)s。") % {"code": code, "wanted": wanted}
        return ScanResult("unknown", told, ticks)
    scanned = f"{sku.name} {sku.spec}".strip()
    told = _("刚扫的是 %(scanned)s，这单还要 %(wanted)s。") % {"scanned": scanned, "wanted": wanted}
    return ScanResult("wrong", told, ticks)


def _close(found: Contents, *, by: Actor, now: datetime) -> None:
    parcel, head = found.parcel, found.orders[0]
    Parcel.objects.filter(pk=parcel.pk).update(state=Parcel.State.CHECKED, checked_at=now, checked_by=by.name)
    record([Deed("parcel.checked", "order", head.pk, head.no)], by=by, now=now)
    unchecked = Parcel.objects.filter(order=head, state__in=[Parcel.State.OPEN, Parcel.State.PRINTED])
    if not unchecked.exists():
        orders.mark_checked([order.pk for order in found.orders], by=by, now=now)
    else:
        events.publish(OrdersChanged((head.pk,), "check"))
