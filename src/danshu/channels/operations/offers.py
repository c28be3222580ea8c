"""The numbers of listings: what they should show, what was said to the platform, what it answered and what it showed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, F, Q, Value, When

from danshu.audit import operations as audit
from danshu.audit.operations import Deed
from danshu.channels.connecting import PushResult, Refusal
from danshu.channels.events import OffersPushed
from danshu.channels.models import Offer, Shop, StockPush
from danshu.channels.offers import known
from danshu.core import bulk, database, events
from danshu.core.actor import Actor

FIRST_WAIT = {Refusal.TEMPORARY: 10, Refusal.REJECTED: 60, Refusal.UNKNOWN_ITEM: 300}  # seconds; four times as long after each failure
LONGEST_WAIT = 3600
KEPT = timedelta(days=30)
WRITTEN = ("listing_id", "shop_id", "wanted", "wanted_at", "is_due", "failures")
LOGGED = ("shop_id", "listing_id", "sku_id", "quantity", "before", "is_taken", "error", "wanted_at", "at")


@dataclass(frozen=True, slots=True)
class Said:
    """One number that went to a platform, and the answer."""

    offer: Offer
    sku_id: int
    quantity: int
    result: PushResult


def hold(listings: Sequence[tuple[int, int]], *, now: datetime) -> dict[int, Offer]:
    """The offers of these (listing, shop), made where there is none, locked for the caller's transaction in one order."""
    bulk.insert(Offer, WRITTEN, [(listing_id, shop_id, 0, now, False, 0) for listing_id, shop_id in sorted(listings)], conflict=())
    ids = [listing_id for listing_id, _shop_id in listings]
    return {offer.listing_id: offer for offer in Offer.objects.select_for_update().filter(listing_id__in=ids).order_by("listing_id")}


def want(
    offers: Mapping[int, Offer], numbers: Mapping[int, int], *, now: datetime, since: Mapping[int, datetime] | None = None
) -> list[int]:
    """Set what held offers should show; those whose platform shows something else are due. `since` says from when a number is
    right, now where it names none. Returns the due listings. Statements: one, however many."""
    rows, due = [], []
    for listing_id, number in numbers.items():
        offer = offers[listing_id]
        is_due = known(offer) != number
        if number != offer.wanted or is_due != offer.is_due:
            moved = number != offer.wanted or offer.pushed is None
            offer.wanted_at = (since or {}).get(listing_id, now) if moved else offer.wanted_at
            offer.wanted, offer.is_due = number, is_due
            rows.append((listing_id, number, offer.wanted_at, is_due))
        if is_due:
            due.append(listing_id)
    bulk.update(Offer, ["listing_id"], ["wanted", "wanted_at", "is_due"], rows, lock=False)
    return due


def note_pushed(said: Sequence[Said], *, now: datetime) -> int:
    """Write down what a platform answered. What it took and is still wanted is done; what it refused waits, longer each time.
    Returns how many it took. Four statements and an event, however many."""
    if not said:
        return 0
    rows, log = [], []
    for one in said:
        offer, refusal = one.offer, one.result.refusal
        taken = refusal is None
        error = one.result.message[:200] if refusal else ""
        failures = 0 if refusal is None else offer.failures + 1
        retry_at = None if refusal is None else now + timedelta(seconds=min(LONGEST_WAIT, FIRST_WAIT[refusal] * 4 ** min(failures - 1, 8)))
        pushed, pushed_at = (one.quantity, now) if taken else (offer.pushed, offer.pushed_at)
        drift = None if taken else offer.drift_since or offer.wanted_at
        rows.append((offer.listing_id, pushed, pushed_at, drift, str(refusal or ""), error, failures, retry_at))
        log.append((offer.shop_id, offer.listing_id, one.sku_id, one.quantity, known(offer), taken, error, offer.wanted_at, now))
    columns = ["pushed", "pushed_at", "drift_since", "error_code", "error", "failures", "retry_at"]
    with database.joined():
        _lock([row[0] for row in rows])
        bulk.update(Offer, ["listing_id"], columns, rows, lock=False)
        bulk.insert(StockPush, LOGGED, log)
        taken_ids = [one.offer.listing_id for one in said if one.result.refusal is None]
        still = Case(When(wanted=F("pushed"), then=Value(False)), default=Value(True))
        Offer.objects.filter(listing_id__in=taken_ids).update(is_due=still)
        events.publish(OffersPushed(tuple(sorted({one.offer.shop_id for one in said}))))
    return len(taken_ids)


def _lock(listing_ids: Sequence[int]) -> None:
    """In the one order in which everybody locks offers."""
    list(Offer.objects.select_for_update().filter(listing_id__in=listing_ids).order_by("listing_id").values_list("pk"))


def note_shown(shown: Sequence[tuple[int, int | None]], *, now: datetime) -> list[int]:
    """(listing, number) as read from the platform just now; None = it knows no such listing. Returns the listings that show another
    number than they should: they are due, and stand in the table of drifts from now on."""
    numbers = dict(shown)
    with database.joined():
        offers = list(Offer.objects.select_for_update().filter(listing_id__in=numbers).order_by("listing_id"))
        rows, off = [], []
        for offer in offers:
            number = numbers[offer.listing_id]
            if offer.pushed_at is not None and offer.pushed_at > now:
                continue  # said something after this was read
            differs = number != offer.wanted
            drift = (offer.drift_since or now) if differs and offer.pushed is not None else (offer.drift_since if differs else None)
            rows.append((offer.listing_id, number, now, drift, differs))
            if differs:
                off.append(offer.listing_id)
        bulk.update(Offer, ["listing_id"], ["shown", "read_at", "drift_since", "is_due"], rows, lock=False)
    return off


def push_again(listings: Sequence[tuple[int, str]], *, by: Actor, now: datetime) -> list[int]:
    """A person wants these listings (id, what a person calls them) said again, at once, whatever we think the platform shows.
    Returns their shops, which are not paused any more."""
    labels = dict(listings)
    with database.joined():
        found = list(Offer.objects.select_for_update().filter(listing_id__in=labels).order_by("listing_id"))
        ids = [offer.listing_id for offer in found]
        Offer.objects.filter(listing_id__in=ids).update(is_due=True, retry_at=None, failures=0, shown=None, read_at=now)
        shop_ids = sorted({offer.shop_id for offer in found})
        audit.record([Deed("offers.pushed_again", "listing", pk, labels[pk]) for pk in ids], by=by, now=now)
    return shop_ids


def due(shop_id: int, *, now: datetime, size: int) -> list[int]:
    """The listings of a shop to be said next: those that must stop selling first."""
    waiting = Offer.objects.filter(shop=shop_id, is_due=True).filter(Q(retry_at=None) | Q(retry_at__lte=now))
    return list(waiting.order_by("wanted", "wanted_at", "listing_id").values_list("listing_id", flat=True)[:size])


def shops_due(*, now: datetime) -> list[int]:
    """Open shops with something to say that nobody is at, and whose platform did not ask for patience."""
    waiting = Offer.objects.filter(is_due=True).filter(Q(retry_at=None) | Q(retry_at__lte=now)).values("shop")
    free = Q(shopsync=None) | (
        (Q(shopsync__busy_until=None) | Q(shopsync__busy_until__lte=now))
        & (Q(shopsync__paused_until=None) | Q(shopsync__paused_until__lte=now))
    )
    return list(Shop.objects.filter(free, pk__in=waiting, is_active=True).order_by("pk").values_list("pk", flat=True))


def drop(listing_ids: Sequence[int]) -> int:
    """These listings are nobody's to push any more: not mapped, ignored, or switched off by a rule."""
    return Offer.objects.filter(listing_id__in=listing_ids, is_due=True).update(is_due=False, drift_since=None, retry_at=None)


def forget_pushes(*, now: datetime) -> int:
    """The log is kept for 30 days."""
    return StockPush.objects.filter(at__lt=now - KEPT).delete()[0]
