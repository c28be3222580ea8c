"""How much a shop should leave unshown: what the other shops sell before this one is told of it.

    keep of a shop = Σ over the other shops: the most pieces that one sold within any (its pull lag + this shop's push lag)

Pull lag: from a sale until we know it; push lag: from then until this shop's platform took the number; both at the 95th percentile of the
last 7 days, over which the sales are looked at too. What the shop sells itself needs no buffer: its platform counts that at once.

It is kept back per shop and SKU (`OfferRule.keep`), not as the warehouse's buffer: pieces behind that are never sold, not even to the
order that comes late, which is what they would be for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F

from danshu.catalogue.models import BundlePart, Listing
from danshu.channels import offers
from danshu.channels.models import OfferRule, Shop, StockPush
from danshu.channels.operations import offer_rules
from danshu.channels.operations.offer_rules import RuleDraft
from danshu.core.actor import Actor
from danshu.flows.stock_sync import label
from danshu.orders.models import Order, OrderLine

WINDOW = timedelta(days=7)
LONGEST_LAG = timedelta(hours=24)  # older than that is history that was imported, not a sale that was late
SAMPLE = 3000
MOST_SALES = 10_000
USUAL_PUSH = 4  # seconds, where nothing was pushed yet: what the engine promises


@dataclass(frozen=True, slots=True)
class Other:
    """A shop that sells the same goods: the most pieces it sold within any `lag` seconds."""

    shop: Shop
    pieces: int
    lag: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    shop: Shop
    listing_ids: tuple[int, ...]
    now_kept: int
    others: tuple[Other, ...]
    keep: int


def busiest(sales: Sequence[tuple[datetime, int]], lag: int) -> int:
    """The most pieces sold within any `lag` seconds, of sales in the order of their moments."""
    most = held = first = 0
    for at, pieces in sales:
        held += pieces
        while (at - sales[first][0]).total_seconds() > lag:
            held -= sales[first][1]
            first += 1
        most = max(most, held)
    return most


def suggestions(sku_id: int, *, now: datetime) -> list[Suggestion]:
    """One for each shop that sells the SKU; a constant number of statements."""
    listings = list(
        Listing.objects.filter(sku=sku_id, is_ignored=False, shop__is_active=True).select_related("shop").order_by("shop_id", "pk")
    )
    shops = {listing.shop_id: listing.shop for listing in listings}
    rules = offers.rules(shops)
    sales, pulls, pushes = _sales(sku_id, now), _pulls(now), _pushes(now)
    sellers = {**Shop.objects.in_bulk(sales.keys() - shops.keys()), **shops}
    found = []
    for shop_id, shop in shops.items():
        push = pushes.get(shop_id, USUAL_PUSH)
        lags = {pk: pulls.get(pk, 0) + push for pk in sorted(sales) if pk != shop_id and pk in sellers}
        others = tuple(Other(sellers[pk], busiest(sales[pk], lag), lag) for pk, lag in lags.items())
        ids = tuple(listing.pk for listing in listings if listing.shop_id == shop_id)
        rule = rules.get((shop_id, ids[0])) or rules.get((shop_id, 0))
        found.append(Suggestion(shop, ids, rule.keep if rule else 0, others, sum(other.pieces for other in others)))
    return found


def apply(sku_id: int, shop_ids: Sequence[int], *, by: Actor, now: datetime) -> int:
    """Keep back what is suggested: each listing of the SKU in these shops gets its shop's rule, or its own, with that number."""
    chosen = [one for one in suggestions(sku_id, now=now) if one.shop.pk in set(shop_ids)]
    keeps = {pk: one.keep for one in chosen for pk in one.listing_ids}
    listings = list(Listing.objects.filter(pk__in=keeps).select_related("sku").order_by("pk"))
    rules = offers.rules({listing.shop_id for listing in listings})
    drafts = [_draft(listing, rules, keeps[listing.pk]) for listing in listings]
    return len(offer_rules.set_rules(drafts, by=by, now=now)) if drafts else 0


def _draft(listing: Listing, rules: Mapping[tuple[int, int], OfferRule], keep: int) -> RuleDraft:
    rule = rules.get((listing.shop_id, listing.pk)) or rules.get((listing.shop_id, 0)) or OfferRule()
    return RuleDraft(
        listing.shop_id, listing.pk, rule.mode, rule.percent, rule.quota, keep, rule.cap, rule.stop_line,
        tuple(rule.warehouse_ids), rule.is_pushed, label(listing),
    )  # fmt: skip


def _sales(sku_id: int, now: datetime) -> dict[int, list[tuple[datetime, int]]]:
    """Shop → (moment, pieces of the SKU, bundles included) of its latest sales, the oldest first."""
    each = {sku_id: 1, **dict(BundlePart.objects.filter(part=sku_id).values_list("bundle_id", "quantity"))}
    lines = OrderLine.objects.filter(sku__in=each, order__placed_at__gte=now - WINDOW, order__placed_at__lte=now)
    rows = lines.order_by("-order__placed_at").values_list("order__shop", "order__placed_at", "sku", "sku_quantity")[:MOST_SALES]
    sales: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
    for shop_id, at, sku, count in reversed(rows):
        sales[shop_id].append((at, count * each[sku or sku_id]))
    return sales


def _pulls(now: datetime) -> dict[int, int]:
    late = Order.objects.filter(created_at__gte=now - WINDOW, placed_at__gte=F("created_at") - LONGEST_LAG, placed_at__lte=F("created_at"))
    return _slowest(late.order_by("-pk").values_list("shop", "placed_at", "created_at")[:SAMPLE])


def _pushes(now: datetime) -> dict[int, int]:
    taken = StockPush.objects.filter(at__gte=now - WINDOW, is_taken=True).order_by("-at")
    return _slowest(taken.values_list("shop", "wanted_at", "at")[:SAMPLE])


def _slowest(rows: Iterable[tuple[int, datetime, datetime]]) -> dict[int, int]:
    """Shop → seconds at the 95th percentile, rounded up."""
    waits: dict[int, list[float]] = defaultdict(list)
    for shop_id, start, end in rows:
        waits[shop_id].append((end - start).total_seconds())
    return {pk: int(-(-sorted(found)[min(len(found) - 1, len(found) * 95 // 100)] // 1)) for pk, found in waits.items()}
