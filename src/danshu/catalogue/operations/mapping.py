"""对码: say which SKU a platform item is. What a person says is remembered and wins over every rule."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from danshu.audit import operations as audit
from danshu.catalogue import matching
from danshu.catalogue.events import ListingsMapped
from danshu.catalogue.models import Listing, Sku
from danshu.core import bulk, events
from danshu.core.actor import Actor
from danshu.core.errors import DomainError

REMATCHED = 20_000  # newest unmapped listings looked at when a code changes


def map_listings(listing_ids: Sequence[int], *, sku_id: int, quantity: int = 1, by: Actor, now: datetime) -> int:
    """These platform items are `quantity` pieces of the SKU; so are the unmapped ones with the same merchant code in any shop.

    Returns how many listings were mapped; publishes `ListingsMapped`.
    """
    if not 1 <= quantity <= 10_000:
        raise DomainError(_("一个平台商品里的件数要是 1 到 10,000。"), "mapping.quantity")
    sku = Sku.objects.filter(pk=sku_id).first()
    if sku is None:
        raise DomainError(_("选的商品已经不在了，请刷新后重选。"), "mapping.sku_gone")
    values = {"sku": sku, "quantity": quantity, "mapped_by": Listing.MappedBy.HAND, "is_ignored": False}
    return _decide(listing_ids, values, "listing.mapped", sku.code, by=by, now=now)


def ignore_listings(listing_ids: Sequence[int], *, by: Actor, now: datetime) -> int:
    """These need no goods (运费链接, 补差价): their lines stop being an exception. Publishes `ListingsMapped`."""
    return _decide(
        listing_ids, {"sku": None, "mapped_by": Listing.MappedBy.NONE, "is_ignored": True}, "listing.ignored", "", by=by, now=now
    )


def unmap_listings(listing_ids: Sequence[int], *, by: Actor, now: datetime) -> int:
    """Back to the queue. Publishes `ListingsMapped`."""
    values = {"sku": None, "mapped_by": Listing.MappedBy.NONE, "is_ignored": False, "quantity": 1}
    return _decide(listing_ids, values, "listing.unmapped", "", by=by, now=now, with_siblings=False)


def _decide(
    listing_ids: Sequence[int], values: dict[str, Any], verb: str, label: str, *, by: Actor, now: datetime, with_siblings: bool = True
) -> int:
    with transaction.atomic():
        named = list(Listing.objects.select_for_update().filter(pk__in=listing_ids).order_by("pk"))
        ids = {listing.pk for listing in named}
        if codes := {listing.merchant_code for listing in named if listing.merchant_code and with_siblings}:
            ids |= set(Listing.objects.filter(merchant_code__in=codes, sku=None, is_ignored=False).values_list("pk", flat=True))
        Listing.objects.filter(pk__in=ids).update(**values)
        audit.record(
            [audit.Deed(verb, "listing", row.pk, row.title or row.merchant_code, {"sku": label} if label else {}) for row in named],
            by=by, now=now,
        )  # fmt: skip
        if ids:
            events.publish(ListingsMapped(tuple(sorted(ids))))
    return len(ids)


def rematch(*, by: Actor, now: datetime) -> int:  # noqa: ARG001 -- the shape of every write
    """Codes changed: look again at the unmapped listings, newest first. Returns how many found their SKU."""
    with transaction.atomic():
        waiting = list(
            Listing.objects.filter(sku=None, is_ignored=False)
            .order_by("-seen_at")
            .values_list("pk", "merchant_code", "barcode")[:REMATCHED]
        )
        hits = matching.match([(code, barcode) for _pk, code, barcode in waiting])
        found = [(row[0], hit.sku_id, hit.mapped_by) for row, hit in zip(waiting, hits, strict=True) if hit.sku_id]
        bulk.update(Listing, ["id"], ["sku_id", "mapped_by"], found)
        if found:
            events.publish(ListingsMapped(tuple(sorted(pk for pk, *_rest in found))))
    return len(found)
