"""Taking a print back: parcels wait for papers again, and papers that are not drawn yet are not made for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from danshu.audit.operations import Deed, record
from danshu.core import bulk
from danshu.core.actor import Actor
from danshu.fulfilment.models import Parcel, PrintBatch, PrintBatchParcel, Scan
from danshu.fulfilment.operations.printing import draw_in_background

UNDRAWN = Q(batch__state=PrintBatch.State.WAITING, batch__ready_at=None)


def withdraw_papers(order_ids: Sequence[int], *, by: Actor, now: datetime) -> int:
    """For orders that go back to waiting: their parcels go back to 待打印 and leave every batch that is still to be drawn.

    A batch that is left with no parcel is not drawn; the others are drawn without them. Numbers stay on the parcels, and so does the
    count of prints, so that a second paper says 补打. Returns how many parcels went back; an order without parcels changes nothing.
    """
    with transaction.atomic():
        mine = Q(order__in=order_ids) | Q(order__merged__in=order_ids)
        ids = list(Parcel.objects.filter(mine).exclude(state__in=[Parcel.State.SHIPPED, Parcel.State.VOID]).values_list("pk", flat=True))
        leave_batches(ids)
        parcels = list(Parcel.objects.filter(pk__in=ids).select_for_update(of=("self",)).select_related("order").order_by("id"))
        back = [parcel for parcel in parcels if parcel.state != Parcel.State.OPEN]
        Parcel.objects.filter(pk__in=[parcel.pk for parcel in back]).update(
            state=Parcel.State.OPEN, printed_at=None, checked_at=None, checked_by="", is_forced=False, force_reason=""
        )
        Scan.objects.filter(parcel__in=[parcel.pk for parcel in back], is_right=True).update(is_right=False)
        record([Deed("parcel.withdrawn", "order", parcel.order_id, parcel.order.no) for parcel in back], by=by, now=now)
    return len(back)


def leave_batches(parcel_ids: Sequence[int]) -> None:
    """The batches are locked, before any parcel as the job does it.

    A job that is drawing one now finds it changed when it is done, and its drawing does not count.
    """
    found = PrintBatch.objects.filter(
        pk__in=PrintBatchParcel.objects.filter(UNDRAWN, parcel__in=parcel_ids).values("batch"),
        state=PrintBatch.State.WAITING, ready_at=None,
    )  # fmt: skip
    batches = list(found.select_for_update(of=("self",)).order_by("id"))
    members = list(PrintBatchParcel.objects.filter(batch__in=batches).order_by("batch", "position"))
    PrintBatchParcel.objects.filter(pk__in=[member.pk for member in members]).delete()
    gone, stay = set(parcel_ids), []
    counts = {batch.pk: 0 for batch in batches}
    for member in members:
        if member.parcel_id in gone:
            continue
        counts[member.batch_id] += 1
        stay.append(
            PrintBatchParcel(batch_id=member.batch_id, parcel_id=member.parcel_id, position=counts[member.batch_id], reprint=member.reprint)
        )
    PrintBatchParcel.objects.bulk_create(stay)
    waiting, failed, told = PrintBatch.State.WAITING, PrintBatch.State.FAILED, _("这批的订单都退回了待处理，或者包裹作废了，没有要打印的。")
    rows = [(pk, count, waiting if count else failed, "" if count else told) for pk, count in counts.items()]
    bulk.update(PrintBatch, ("id",), ("parcel_count", "state", "error"), rows, lock=False)
    draw_in_background.enqueue_many([{"batch_id": pk} for pk, count in counts.items() if count])
