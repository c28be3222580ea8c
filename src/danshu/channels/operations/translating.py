"""Bodies that are here are translated again: after an upgrade that understands more, or for what an adapter got wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from danshu.audit import operations as audit
from danshu.audit.operations import Deed
from danshu.channels.connecting import Stream
from danshu.channels.models import RawPayload
from danshu.channels.operations import pulling
from danshu.channels.operations.payloads import Piece, piece_of
from danshu.channels.operations.taking import BATCH, Save, Taken
from danshu.core import clock, jobs
from danshu.core.actor import Actor


def chosen(
    shop_id: int, stream: Stream, *, numbers: Sequence[str] | None = None, start: datetime | None = None, end: datetime | None = None
) -> QuerySet[RawPayload]:
    """Bodies of a shop's stream: all, those of the given numbers, or those that the platform changed in [start, end)."""
    found = RawPayload.objects.filter(shop=shop_id, stream=stream.value, body__isnull=False)
    found = found if numbers is None else found.filter(no__in=numbers)
    found = found if start is None else found.filter(modified_at__gte=start)
    return found if end is None else found.filter(modified_at__lt=end)


def translate_again(
    found: QuerySet[RawPayload], *, save: Save, by: Actor, tick: pulling.Tick = clock.now, said: Callable[[Taken], None] | None = None
) -> Taken:
    """Translate what `chosen` found and save it as if it had just come; no network. What the rooms above know already in newer words
    stays. `said` hears of every part. Safe to run again and to stop anywhere."""
    taken = Taken()
    for shop_id, stream, pieces in _parts(found):
        place = pulling.desk(shop_id, stream)
        taker = place.taker(save, by=by, tick=tick)
        taker.is_again = True
        part = taker.store(pieces)
        taken.add(part)
        jobs.progressed()
        if said is not None:
            said(part)
    return taken


def note(shop_id: int, name: str, count: int, *, by: Actor, now: datetime) -> None:
    """A person had a shop's bodies translated again: written down once, when it begins."""
    with transaction.atomic():
        audit.record([Deed("payloads.translated_again", "shop", shop_id, name, {"count": [0, count]})], by=by, now=now)


def _parts(found: QuerySet[RawPayload]) -> Iterator[tuple[int, Stream, list[Piece]]]:
    last = 0
    while rows := list(found.filter(pk__gt=last).order_by("pk")[:BATCH]):
        last = rows[-1].pk
        yield rows[0].shop_id, Stream(rows[0].stream), [piece_of(row) for row in rows]
