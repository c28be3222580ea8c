"""Stock reaches the shops: facts are gathered, numbers reckoned, what differs is said to the platforms. See docs/mechanisms/stock-sync.md.

Locking a piece must cost nothing more because shops are told of it, so nobody is woken by the fact itself: `keep_up` looks once a
second for what moved. Numbers are reckoned while the offers are locked, so of two workers the later one always knows more.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from danshu.catalogue import queries as catalogue
from danshu.catalogue.events import ListingsMapped
from danshu.catalogue.models import Listing
from danshu.channels import connections, offers, registry
from danshu.channels.connecting import Connector, ListingKey, StockUpdate
from danshu.channels.connector_errors import ConnectorError, TemporaryFailure
from danshu.channels.events import OfferRulesChanged
from danshu.channels.models import Offer, OfferRule, Shop
from danshu.channels.operations import offers as writing
from danshu.channels.operations import syncs
from danshu.channels.operations.offers import Said
from danshu.core import clock, jobs
from danshu.core.actor import Actor
from danshu.core.models import Schedule
from danshu.flows import stock_sync_facts, stock_sync_numbers
from danshu.flows.stock_sync_numbers import Number

log = logging.getLogger(__name__)
ROUNDS = 400  # calls in one run: a shop with more to say goes on with the next beat
COMPARED = 500  # listings reckoned at a time
COMPARISON = "compare-stock"  # the clock of the full one


@jobs.job(retries=jobs.MOST_CUTS, priority=8)
def keep_up() -> None:
    """What moved since the last beat is gathered; what is ripe, and what crosses zero, is wanted; shops that lag get a worker."""
    now = clock.now()
    stock_sync_facts.absorb(now=now)
    gathered(now=now)
    for shop_id in writing.shops_due(now=now):
        push_shop.using(dedupe=f"push-stock:{shop_id}").enqueue(shop_id=shop_id)


def gathered(*, now: datetime) -> int:
    """Numbers of SKUs that waited 2 seconds; at once those that come to 0 (also by a stop line) or leave it. Returns how many listings
    are to be said."""
    waiting = syncs.waiting()
    if not waiting:
        return 0
    ripe = [sku_id for sku_id, (_since, due_at) in waiting.items() if due_at <= now]
    since = {pk: moved for pk, (moved, _due_at) in waiting.items()}
    with transaction.atomic():
        syncs.done_waiting(ripe)
        return len(_want(_listings(stock_sync_numbers.affected(waiting)), now=now, since=since, ripe=stock_sync_numbers.affected(ripe)))


def _listings(sku_ids: Iterable[int]) -> list[Listing]:
    """Listings of these SKUs in shops that take numbers."""
    found = Listing.objects.filter(offers.is_pushed("shop__"), sku__in=set(sku_ids), is_ignored=False)
    return [listing for listing in found.order_by("pk") if listing.platform_item_id]


def _want(
    listings: Sequence[Listing], *, now: datetime, since: dict[int, datetime] | None = None, ripe: set[int] | None = None
) -> dict[int, tuple[Number, Offer]]:
    """Reckon these listings and say what they should show; part of the caller's transaction. With `ripe`, only listings of those SKUs
    and those that cross zero. Returns the due ones."""
    if not listings:
        return {}
    held = writing.hold([(listing.pk, listing.shop_id) for listing in listings], now=now)
    found = stock_sync_numbers.numbers({listing.sku_id for listing in listings if listing.sku_id}, now=now)
    writing.drop([pk for pk in held if pk not in found or not found[pk].rule.is_pushed])
    numbers = {
        pk: found[pk].number
        for pk, offer in held.items()
        if pk in found and found[pk].rule.is_pushed and (ripe is None or found[pk].listing.sku_id in ripe or _crosses(offer, found[pk]))
    }
    moved = {pk: at for pk in numbers if (at := _since(found[pk].listing, since or {}))}
    return {pk: (found[pk], held[pk]) for pk in writing.want(held, numbers, now=now, since=moved)}


def _crosses(offer: Offer, number: Number) -> bool:
    """To 0 or from it: buyers must not wait for the others of the batch."""
    shown = offers.known(offer)
    return shown is not None and (shown == 0) != (number.number == 0)


def _since(listing: Listing, since: dict[int, datetime]) -> datetime | None:
    """When the listing's number moved: with its SKU, or for a bundle with any of its parts, of which the first is as good."""
    if not since or listing.sku_id is None:
        return None
    return since.get(listing.sku_id) or min(since.values())


# --- saying it ------------------------------------------------------------------------------------------------------------


@jobs.job(retries=jobs.MOST_CUTS, priority=7)
def push_shop(shop_id: int) -> None:
    """Say everything that is due for one shop, call by call, and alone: of two numbers the later one must arrive later."""
    shop = Shop.objects.get(pk=shop_id)
    connector = registry.load(shop.platform)
    if connector is None or not offers.pushed_ids([shop_id]) or not syncs.take(shop_id, now=clock.now()):
        return
    try:
        for _round in range(ROUNDS):
            if not _push(shop, connector):
                break
            syncs.keep(shop_id, now=clock.now())
    except ConnectorError as error:
        syncs.stumbled(shop_id, error, now=clock.now())
    except Exception as error:  # an adapter's own mistake: this shop rests and shows it, the other shops go on
        log.exception("Pushing stock of shop %d broke", shop_id)
        syncs.stumbled(shop_id, TemporaryFailure(f"{type(error).__name__}: {error}"), now=clock.now())
    finally:
        syncs.let_go(shop_id)


def _push(shop: Shop, connector: Connector) -> bool:
    """One call. False when nothing is due any more."""
    now = clock.now()
    ids = writing.due(shop.pk, now=now, size=connector.abilities.batch_size)
    if not ids:
        return False
    with transaction.atomic():
        listings = list(Listing.objects.filter(pk__in=ids, sku__isnull=False, is_ignored=False).order_by("pk"))
        writing.drop(sorted(set(ids) - {listing.pk for listing in listings}))
        due = _want(listings, now=now)
    if not due:
        return True
    asked = [(number, offer, StockUpdate(key_of(number.listing), number.number)) for number, offer in due.values()]
    results = connector.push_stock(connections.access(shop), [update for _number, _offer, update in asked])
    said = [
        Said(offer, number.listing.sku_id or 0, update.quantity, result)
        for (number, offer, update), result in zip(asked, results, strict=True)
    ]
    with transaction.atomic():
        writing.note_pushed(said, now=clock.now())
        syncs.answered(shop.pk)
    return True


def key_of(listing: Listing) -> ListingKey:
    return ListingKey(listing.platform_item_id, listing.platform_sku_id)


def push_again(listing_ids: Sequence[int], *, by: Actor, now: datetime) -> int:
    """A person wants these listings said again, whatever we think the platform shows. Returns how many there are."""
    with transaction.atomic():
        found = list(Listing.objects.filter(pk__in=listing_ids, sku__isnull=False, is_ignored=False).select_related("sku").order_by("pk"))
        writing.hold([(listing.pk, listing.shop_id) for listing in found], now=now)
        shop_ids = writing.push_again([(listing.pk, label(listing)) for listing in found], by=by, now=now)
        syncs.resume(shop_ids)
        push_shop.using(dedupe=lambda arguments: f"push-stock:{arguments['shop_id']}").enqueue_many([{"shop_id": pk} for pk in shop_ids])
    return len(found)


def label(listing: Listing) -> str:
    """What people call a listing: our code where it has one, and the platform's title."""
    code = listing.sku.code if listing.sku else listing.merchant_code
    return f"{code} {listing.title or listing.spec}".strip()[:80]


# --- looking at everything ------------------------------------------------------------------------------------------------


@jobs.job(retries=jobs.MOST_CUTS)
def compare_all() -> None:
    """Every shop is compared from end to end: whatever was missed on the way is found here."""
    shop_ids = [shop.pk for shop in offers.pushed_shops()]
    compare_shop.using(dedupe=lambda arguments: f"compare-stock:{arguments['shop_id']}").enqueue_many([{"shop_id": pk} for pk in shop_ids])


def next_comparison() -> datetime | None:
    """When all is compared next; None before a worker ran for the first time."""
    return Schedule.objects.filter(name=COMPARISON).values_list("next_run_at", flat=True).first()


@jobs.job(retries=jobs.MOST_CUTS)
def compare_shop(shop_id: int) -> None:
    """Reckon all listings of a shop, read back what the platform shows, and have said what differs from either."""
    shop = Shop.objects.get(pk=shop_id)
    connector = registry.load(shop.platform)
    if connector is None or not offers.pushed_ids([shop_id]):
        return
    ids = list(Listing.objects.filter(shop=shop_id, sku__isnull=False, is_ignored=False).order_by("pk").values_list("pk", flat=True))
    writing.drop(list(Offer.objects.filter(shop=shop_id, is_due=True).exclude(listing_id__in=ids).values_list("listing_id", flat=True)))
    rules = offers.rules([shop_id])
    try:
        for start in range(0, len(ids), COMPARED):
            listings = _told(Listing.objects.filter(pk__in=ids[start : start + COMPARED]).order_by("pk"), rules)
            with transaction.atomic():
                _want(listings, now=clock.now())
            if connector.abilities.can_read_stock:
                _read_back(shop, connector, listings)
    except ConnectorError as error:
        syncs.stumbled(shop_id, error, now=clock.now())
        return
    syncs.compared(shop_id, now=clock.now())
    push_shop.using(dedupe=f"push-stock:{shop_id}").enqueue(shop_id=shop_id)


def _told(listings: Iterable[Listing], rules: dict[tuple[int, int], OfferRule]) -> list[Listing]:
    """Those that have a name on the platform, and no rule that says not to push."""
    found = []
    for listing in listings:
        rule = rules.get((listing.shop_id, listing.pk)) or rules.get((listing.shop_id, 0))
        if listing.platform_item_id and (rule is None or rule.is_pushed):
            found.append(listing)
    return found


def _read_back(shop: Shop, connector: Connector, listings: Sequence[Listing]) -> None:
    size = connector.abilities.batch_size
    for start in range(0, len(listings), size):
        batch = listings[start : start + size]
        asked_at = clock.now()
        shown = connector.read_stock(connections.access(shop), [key_of(listing) for listing in batch])
        answers = [(listing.pk, one.quantity) for listing, one in zip(batch, shown, strict=True)]
        with transaction.atomic():
            writing.note_shown(answers, now=asked_at)


@jobs.job(retries=jobs.MOST_CUTS)
def watch_streams() -> None:
    """Shops that bring no orders for too long get conservative numbers, lower as the silence goes on, until they bring some."""
    now = clock.now()
    since = {shop.pk: offers.silent_since(shop, now=now) for shop in offers.pushed_shops()}
    with transaction.atomic():
        moved = syncs.set_stale(since)
        gather_shops(sorted({*moved, *[pk for pk, silent in since.items() if silent]}), now=now)


def gather_shops(shop_ids: Sequence[int], *, now: datetime) -> None:
    """Reckon all that these shops sell."""
    if shop_ids:
        _gather(Listing.objects.filter(shop__in=shop_ids, sku__isnull=False).values_list("sku_id", flat=True).distinct(), now)


def _gather(sku_ids: Iterable[int], now: datetime) -> None:
    """Bundles wait as their parts, for that is what stock facts name."""
    parts = catalogue.explode([(sku_id, 1) for sku_id in sku_ids])
    syncs.gather({sku_id: now for each in parts for sku_id, _quantity in each})


@jobs.job(retries=jobs.MOST_CUTS)
def forget_pushes() -> None:
    writing.forget_pushes(now=clock.now())


# --- facts that are rare enough to wake somebody ----------------------------------------------------------------------------


def follow_rules(events: Sequence[OfferRulesChanged]) -> None:
    """What a person changed about a shop shows in it within seconds."""
    gather_shops(sorted({shop_id for event in events for shop_id in event.shop_ids}), now=clock.now())


def follow_mapping(events: Sequence[ListingsMapped]) -> None:
    """A listing that is other goods now shows their number."""
    ids = {listing_id for event in events for listing_id in event.listing_ids}
    _gather(Listing.objects.filter(pk__in=ids, sku__isnull=False).values_list("sku_id", flat=True).distinct(), clock.now())
