"""Blocks of numbers: each number leaves once, for ever."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from danshu.audit.operations import Deed, record
from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.fulfilment import couriers, waybills
from danshu.fulfilment.models import NumberRange


class HouseRanges:
    """The blocks in the database, behind `contract.Ranges`.

    The block's row is locked and moved on in the caller's transaction: two people never get one number, and when the
    transaction rolls back the numbers are free again, so no gap is left either.
    """

    def take(self, courier_code: str, count: int) -> list[str]:
        blocks = NumberRange.objects.select_for_update().filter(courier_code=courier_code, next__lte=F("last")).order_by("id")
        numbers: list[str] = []
        for block in blocks:
            some = min(count - len(numbers), block.last - block.next + 1)
            if some <= 0:
                break
            numbers.extend(f"{block.prefix}{block.next + step:0{block.width}d}" for step in range(some))
            NumberRange.objects.filter(pk=block.pk).update(next=F("next") + some)
        return numbers


def add_range(courier_code: str, first_no: str, last_no: str, *, by: Actor, now: datetime) -> NumberRange:
    """Add the block from `first_no` to `last_no`, as the branch wrote it on the receipt (`YT1234500001` … `YT1234500500`).

    Raises `DomainError`: "range.courier", "range.form" (different beginnings or lengths), "range.overlap".
    """
    if couriers.get(courier_code) is None:
        raise DomainError(_("请先选一家快递。"), "range.courier")
    prefix, first, last, width = _ends(waybills.clean(first_no), waybills.clean(last_no))
    with transaction.atomic():
        clash = NumberRange.objects.filter(courier_code=courier_code, prefix=prefix, width=width, first__lte=last, last__gte=first)
        if clash.exists():
            raise DomainError(_("这段号和已有的号段重叠，会取到同一个号。请核对首号和末号。"), "range.overlap")
        block = NumberRange.objects.create(
            courier_code=courier_code, prefix=prefix, width=width, first=first, last=last, next=first, created_at=now
        )
        changes = {"first": first_no, "last": last_no}
        record([Deed("range.added", "courier", None, couriers.name(courier_code), changes)], by=by, now=now)
    return block


def _ends(first_no: str, last_no: str) -> tuple[str, int, int, int]:
    width = 0
    while width < len(first_no) and first_no[-1 - width].isdigit() and width < 18:
        width += 1
    prefix = first_no[: len(first_no) - width]
    tail = last_no[len(prefix) :]
    fits = width and last_no.startswith(prefix) and len(tail) == width and tail.isdigit()
    if not fits or int(tail) < int(first_no[len(prefix) :]) or len(prefix) > 10:
        raise DomainError(_("首号和末号要一样长、开头相同，末号不小于首号。请照号段单上的写法填。"), "range.form")
    return prefix, int(first_no[len(prefix) :]), int(tail), width
