"""Make a SKU straight from what a platform calls it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from danshu.catalogue.models import Listing, Sku
from danshu.catalogue.operations.mapping import map_listings
from danshu.catalogue.operations.skus import SkuDraft, save_skus
from danshu.core.actor import Actor


def make_skus(listing_ids: Sequence[int], *, by: Actor, now: datetime) -> list[int]:
    """One new SKU for each of these unmapped platform items, named after it, and mapped to it; returns the new ids.

    Items that share a merchant code share the SKU. An item without a code gets `NEW-<number>`.
    """
    with transaction.atomic():
        listings = Listing.objects.select_for_update().filter(pk__in=listing_ids, sku=None).order_by("pk")
        drafts: dict[str, SkuDraft] = {}
        codeless: dict[str, int] = {}
        for listing in listings:
            code = listing.merchant_code or f"NEW-{listing.pk}"
            if not listing.merchant_code:
                codeless[code] = listing.pk
            name = (listing.title or listing.merchant_code or code)[:120]
            drafts.setdefault(code, SkuDraft(code, name, spec=listing.spec, barcode=listing.barcode, picture=_own(listing.picture)))
        taken = set(Sku.objects.filter(code__in=drafts).values_list("code", flat=True))
        fresh = {code: draft for code, draft in drafts.items() if code not in taken}
        made = save_skus(list(fresh.values()), by=by, now=now)
        for code, sku_id in zip(fresh, made, strict=True):
            if code in codeless:  # those with a code were matched by it
                map_listings([codeless[code]], sku_id=sku_id, by=by, now=now)
    return made


def _own(picture: str) -> str:
    """Platforms' pictures stay on their servers: our pages may load nothing from there."""
    return picture if picture.startswith("/") else ""
