"""总 − 锁定 − 缓冲 = 可售, and from there what each listing of each shop shows. Reads only; a constant number of statements.

Where a shop's order stream is silent, its listings may have sold pieces that we have not heard of. What it usually sells in such a
time comes off the pool for every shop, and for the silent shop itself at least the buffer does:

    unseen = ⌈pieces it sold in the 24 hours before it fell silent × seconds of silence ÷ 86,400⌉
    pool   = Σ over its warehouses of max(0, on hand − locked − buffer) − Σ unseen of all silent shops, never below 0
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q, Sum

from danshu.catalogue import queries as catalogue
from danshu.catalogue.models import BundlePart, Listing, Sku
from danshu.channels import allotment, offers, registry
from danshu.channels.allotment import Allotment, Terms
from danshu.channels.models import OfferRule, Shop
from danshu.orders.models import OrderLine
from danshu.stock.models import Balance

WINDOW = timedelta(hours=24)
Parts = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Number:
    """What one listing shows and why. `sellable` counts all warehouses, `here` those the rule allows, in pieces of the SKU;
    `unseen` is what silent shops took off `here`."""

    listing: Listing
    shop: Shop
    rule: OfferRule
    is_own_rule: bool  # an override of this listing
    sellable: int
    here: int
    unseen: int
    sold: int  # off the quota
    silent_since: datetime | None
    allotment: Allotment

    @property
    def number(self) -> int:
        return self.allotment.number


@dataclass(frozen=True, slots=True)
class _Free:
    """Free pieces per base SKU and warehouse, and the buffers behind them."""

    places: dict[int, dict[int, int]]
    buffers: dict[int, int]

    def of(self, warehouses: Sequence[int], parts: Parts) -> dict[int, int]:
        """Base SKU → free pieces in these warehouses, in all where none is named."""
        return {
            sku_id: sum(n for place, n in self.places.get(sku_id, {}).items() if not warehouses or place in warehouses)
            for sku_id, _each in parts
        }


def affected(sku_ids: Iterable[int]) -> set[int]:
    """The SKUs and the bundles that hold them."""
    wanted = set(sku_ids)
    return wanted | set(BundlePart.objects.filter(part__in=wanted).values_list("bundle_id", flat=True))


def numbers(sku_ids: Iterable[int], *, now: datetime) -> dict[int, Number]:
    """Listing → number, for every listing of these SKUs in any open shop. Shares are cut over all of them, so a SKU's listings are
    always reckoned together."""
    return {number.listing.pk: number for number in _reckoned(_listings(sku_ids), now)}


def offered(shop: Shop, sku_ids: Iterable[int], *, now: datetime) -> dict[int, int]:
    """SKU → how many pieces the shop may show of it: what its first listing shows, and by the shop's own rule what it would show where it
    lists the SKU nowhere. For shops whose programs ask us; a closed shop may show nothing."""
    wanted = set(sku_ids)
    if not shop.is_active:
        return dict.fromkeys(wanted, 0)
    listings = _listings(wanted)
    listed = {listing.sku_id for listing in listings if listing.shop_id == shop.pk}
    guests = [Listing(pk=-sku_id, shop=shop, sku_id=sku_id, quantity=1) for sku_id in sorted(wanted - listed)]  # never saved
    found: dict[int, int] = {}
    for number in _reckoned([*listings, *guests], now):
        if number.shop.pk == shop.pk:
            found.setdefault(number.listing.sku_id or 0, number.number * (number.listing.quantity or 1))
    return found


def _listings(sku_ids: Iterable[int]) -> list[Listing]:
    """With their shops and SKUs, each read once however many listings it has."""
    found = list(Listing.objects.filter(sku__in=set(sku_ids), is_ignored=False, shop__is_active=True).order_by("sku_id", "shop_id", "pk"))
    shops = Shop.objects.in_bulk({listing.shop_id for listing in found})
    goods = Sku.objects.in_bulk({listing.sku_id for listing in found if listing.sku_id})
    for listing in found:
        listing.shop, listing.sku = shops[listing.shop_id], goods[listing.sku_id or 0]
    return found


def _reckoned(listings: Sequence[Listing], now: datetime) -> list[Number]:
    """All the listings of some SKUs with their numbers."""
    goods = [pk for pk in dict.fromkeys(listing.sku_id for listing in listings) if pk]
    parts_of = dict(zip(goods, catalogue.explode([(pk, 1) for pk in goods]), strict=True)) if goods else {}
    base = {sku_id for parts in parts_of.values() for sku_id, _each in parts}
    free = _free(base)
    unseen = _unseen(base, now)
    rules = offers.rules({listing.shop_id for listing in listings})
    sold = _sold(listings, rules)
    by_sku: dict[int, list[_Claim]] = defaultdict(list)
    for listing in listings:
        own = rules.get((listing.shop_id, listing.pk))
        rule = own or rules.get((listing.shop_id, 0)) or OfferRule(shop_id=listing.shop_id)
        by_sku[listing.sku_id or 0].append(_Claim(listing, rule, own is not None, offers.silent_since(listing.shop, now=now)))
    return [number for sku_id, claims in by_sku.items() for number in _numbers(claims, parts_of[sku_id], free, unseen, sold)]


@dataclass(frozen=True, slots=True)
class _Claim:
    listing: Listing
    rule: OfferRule
    is_own_rule: bool
    silent_since: datetime | None


def _numbers(claims: Sequence[_Claim], parts: Parts, free: _Free, unseen: Mapping[int, int], sold: Mapping[int, int]) -> list[Number]:
    whole = allotment.sets(parts, free.of((), parts))
    pools, heres = [], []
    for claim in claims:
        here = free.of(claim.rule.warehouse_ids, parts)
        less = {pk: max(unseen.get(pk, 0), free.buffers.get(pk, 0) if claim.silent_since else 0) for pk in here}
        heres.append(allotment.sets(parts, here))
        pools.append(allotment.sets(parts, {pk: n - less[pk] for pk, n in here.items()}))
    terms = [_terms(claim, sold.get(claim.listing.pk, 0)) for claim in claims]
    return [
        Number(
            claim.listing, claim.listing.shop, claim.rule, claim.is_own_rule, whole, here, here - pool,
            sold.get(claim.listing.pk, 0), claim.silent_since, allotted,
        )
        for claim, here, pool, allotted in zip(claims, heres, pools, allotment.allot(list(zip(pools, terms, strict=True))), strict=True)
    ]  # fmt: skip


def _terms(claim: _Claim, sold: int) -> Terms:
    rule = claim.rule
    left = max(0, rule.quota - sold)
    return Terms(rule.mode, rule.percent, left, rule.keep, rule.stop_line, rule.cap, claim.listing.quantity or 1)


def _free(base: set[int]) -> _Free:
    found = _Free(defaultdict(dict), defaultdict(int))
    rows = Balance.objects.filter(sku__in=base, warehouse__is_active=True)
    for sku_id, place, left, buffer in rows.values_list("sku", "warehouse", F("on_hand") - F("locked") - F("buffer"), "buffer"):
        found.places[sku_id][place] = max(0, left)
        found.buffers[sku_id] += buffer
    return found


def _unseen(base: set[int], now: datetime) -> dict[int, int]:
    """Base SKU → pieces that silent shops have probably sold since we heard of them last."""
    silent = [(shop, since) for shop in silent_shops() if (since := offers.silent_since(shop, now=now))]
    if not silent or not base:
        return {}
    makers = list(BundlePart.objects.filter(part__in=base).values_list("bundle_id", "part_id", "quantity"))
    when = Q()
    for shop, since in silent:
        when |= Q(order__shop=shop, order__placed_at__gt=since - WINDOW, order__placed_at__lte=since)
    lines = OrderLine.objects.filter(when, sku__in=base | {bundle for bundle, _part, _each in makers}).exclude(
        order__fulfilment="cancelled"
    )
    pieces: dict[tuple[int, int], int] = defaultdict(int)
    for shop_id, sku_id, count in lines.values_list("order__shop", "sku").annotate(count=Sum("sku_quantity")).order_by():
        if sku_id in base:
            pieces[shop_id, sku_id] += count
        for bundle, part, each in makers:
            if bundle == sku_id:
                pieces[shop_id, part] += count * each
    gaps = {shop.pk: int((now - since).total_seconds()) for shop, since in silent}
    unseen: dict[int, int] = defaultdict(int)
    for (shop_id, sku_id), count in pieces.items():
        unseen[sku_id] += allotment.held_back(count, int(WINDOW.total_seconds()), gaps[shop_id])
    return unseen


def silent_shops() -> list[Shop]:
    """Shops that could fall silent: those with an adapter."""
    return [shop for shop in Shop.objects.filter(is_active=True, platform__in=list(registry.CONNECTORS)) if offers.stale_limit(shop)]


def _sold(listings: Sequence[Listing], rules: Mapping[tuple[int, int], OfferRule]) -> dict[int, int]:
    """Listing → pieces that are off its quota: its own sales where it has a quota of its own, else its shop's of that SKU."""
    quotas = {}
    for listing in listings:
        rule = rules.get((listing.shop_id, listing.pk)) or rules.get((listing.shop_id, 0))
        if rule and rule.mode == OfferRule.Mode.QUOTA and rule.quota_from:
            quotas[listing.pk] = (listing, rule, rule.quota_from)
    if not quotas:
        return {}
    lines = OrderLine.objects.filter(
        order__shop__in={listing.shop_id for listing, _rule, _since in quotas.values()},
        sku__in={listing.sku_id for listing, _rule, _since in quotas.values()},
        order__placed_at__gte=min(since for _listing, _rule, since in quotas.values()),
    ).exclude(order__fulfilment="cancelled")
    rows = list(lines.values_list("order__shop", "sku", "listing", "order__placed_at", "sku_quantity"))
    return {
        pk: sum(
            count for shop_id, sku_id, listing_id, at, count in rows
            if shop_id == listing.shop_id and sku_id == listing.sku_id and at >= since and (not rule.listing_id or listing_id == pk)
        )
        for pk, (listing, rule, since) in quotas.items()
    }  # fmt: skip
