"""Which SKU is meant by what a platform calls an item: known listings first, then codes and barcodes; the unknown is written down."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from danshu.catalogue import matching, rows
from danshu.catalogue.codes import clean, title_hash
from danshu.catalogue.models import Listing
from danshu.core import bulk, database

SEEN_AGAIN = timedelta(hours=12)  # `seen_at` need not be finer; writing it for each batch would cost more than the lookup


class Want(NamedTuple):
    """One order line's name for its goods, as the file or the platform gives it; everything may be empty."""

    item_id: str = ""
    sku_id: str = ""
    merchant_code: str = ""
    barcode: str = ""
    title: str = ""
    spec: str = ""
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Resolved:
    """`sku_id` is None while nobody knows; `quantity` pieces of it are in one platform item; ignored items need no goods."""

    listing_id: int
    sku_id: int | None
    quantity: int
    is_ignored: bool


class Known(NamedTuple):
    id: int
    key: str
    merchant_code: str
    title_hash: str
    sku_id: int | None
    quantity: int
    is_ignored: bool
    mapped_by: str
    is_stale: bool


def key_of(want: Want) -> str:
    """The strongest name we have: ids of the platform, else the merchant code, else title and spec.

    An item id alone names several specs, so the spec joins it. Nothing at all gives the key of an empty title, one a shop.
    """
    if want.sku_id and want.sku_id != "0":
        return f"item:{want.item_id}/sku:{want.sku_id}"[:160]
    if want.item_id:
        return f"item:{want.item_id}/spec:{title_hash(want.spec, '') or '-'}"
    if code := clean(want.merchant_code):
        return f"code:{code}"
    return f"title:{title_hash(want.title, want.spec)}"


def resolve(shop_id: int, wants: Sequence[Want], *, now: datetime) -> list[Resolved]:
    """Say for each want which listing and SKU it is, aligned with `wants`; unknown listings are created.

    A mapping made by hand wins over everything, also when another file knows the same item by a weaker name only. The number of
    statements does not depend on the number of wants.
    """
    firsts: dict[str, Want] = {}
    keys = [key_of(want) for want in wants]
    for key, want in zip(keys, wants, strict=True):
        firsts.setdefault(key, want)
    if not firsts:
        return []
    with database.joined():
        known = _by_key(shop_id, firsts, now)
        fresh = {key: want for key, want in firsts.items() if key not in known}
        if fresh:
            _create(shop_id, fresh, now)
            known = _by_key(shop_id, firsts, now)
        if _follow_codes(firsts, known):
            known = _by_key(shop_id, firsts, now)
        if stale := [row.id for row in known.values() if row.is_stale]:
            Listing.objects.filter(pk__in=stale).update(seen_at=now)
    answers = {key: Resolved(row.id, row.sku_id, row.quantity, row.is_ignored) for key, row in known.items()}
    return [answers[key] for key in keys]


COLUMNS = "id, key, merchant_code, title_hash, sku_id, quantity, is_ignored, mapped_by"


def _by_key(shop_id: int, keys: Iterable[str], now: datetime) -> dict[str, Known]:
    found = database.fetch(
        f"SELECT {COLUMNS}, seen_at < %s FROM catalogue_listing WHERE shop_id = %s AND {rows.among('key', 'text')}",  # noqa: S608 -- our own fragments
        [rows.moment(now - SEEN_AGAIN), shop_id, rows.listed(keys)],
    )
    return {row[1]: _known(row) for row in found}


def _known(row: tuple[Any, ...]) -> Known:
    pk, key, code, title, sku_id, quantity, is_ignored, mapped_by, is_stale = row
    return Known(pk, key, code, title, sku_id, quantity, bool(is_ignored), mapped_by, bool(is_stale))


def _create(shop_id: int, fresh: dict[str, Want], now: datetime) -> None:
    """Write the unknown down, mapped as well as we can: what a person said about the same thing under another name, then codes."""
    told = _told(shop_id, fresh.values())
    found = matching.match([(clean(want.merchant_code), want.barcode) for want in fresh.values()])
    listings = []
    for (key, want), hit in zip(fresh.items(), found, strict=True):
        code, title = clean(want.merchant_code), title_hash(want.title, want.spec)
        elder = told.get(f"code:{code}") if code else told.get(f"title:{title}")
        sku_id, mapped_by, quantity, is_ignored = (
            (elder.sku_id, elder.mapped_by, elder.quantity, elder.is_ignored) if elder else (*hit, 1, False)
        )
        listings.append((
            shop_id, key[:160], want.item_id[:64], want.sku_id[:64], code, want.barcode.strip()[:40], want.title[:300], title,
            want.spec[:200], want.picture if len(want.picture) <= 300 else "", sku_id, mapped_by, quantity, is_ignored, now, now,
        ))  # fmt: skip
    bulk.insert(Listing, WRITTEN, listings, conflict=("shop", "key"))  # another intake may know them by now


WRITTEN = (
    "shop_id", "key", "platform_item_id", "platform_sku_id", "merchant_code", "barcode", "title", "title_hash",
    "spec", "picture", "sku_id", "mapped_by", "quantity", "is_ignored", "seen_at", "created_at",
)  # fmt: skip


def _told(shop_id: int, wants: Iterable[Want]) -> dict[str, Known]:
    """What people decided in this shop for the same merchant code, or for the same title where one side has no code.

    Two decisions that contradict each other count as none.
    """
    codes, titles = set(), set()
    for want in wants:
        codes.add(clean(want.merchant_code))
        titles.add(title_hash(want.title, want.spec))
    found = database.fetch(
        f"SELECT {COLUMNS}, 0 FROM catalogue_listing WHERE shop_id = %s AND (mapped_by = 'hand' OR is_ignored)"  # noqa: S608 -- our own fragments
        f" AND ({rows.among('merchant_code', 'text')} OR {rows.among('title_hash', 'text')}) ORDER BY id",
        [shop_id, rows.listed(codes - {""}), rows.listed(titles - {""})],
    )
    told: dict[str, Known] = {}
    torn: set[str] = set()
    for row in map(_known, found):
        for name in (f"code:{row.merchant_code}", f"title:{row.title_hash}"):
            elder = told.setdefault(name, row)
            if (elder.sku_id, elder.quantity, elder.is_ignored) != (row.sku_id, row.quantity, row.is_ignored):
                torn.add(name)
    return {name: row for name, row in told.items() if name not in torn}


def _follow_codes(wants: dict[str, Want], known: dict[str, Known]) -> bool:
    """The seller corrected a merchant code on the platform: the listing follows, unless a person mapped or ignored it."""
    changed = [
        (known[key], want) for key, want in wants.items()
        if clean(want.merchant_code) not in {"", known[key].merchant_code}
        and known[key].mapped_by != Listing.MappedBy.HAND and not known[key].is_ignored
    ]  # fmt: skip
    if not changed:
        return False
    hits = matching.match([(clean(want.merchant_code), "") for _, want in changed])
    updates = []
    for (row, want), hit in zip(changed, hits, strict=True):
        keep = hit.sku_id is None and row.sku_id is not None  # a code we do not know is no reason to forget the goods
        sku_id, mapped_by = (row.sku_id, row.mapped_by) if keep else hit
        updates.append((row.id, clean(want.merchant_code), sku_id, mapped_by))
    bulk.update(Listing, ["id"], ["merchant_code", "sku_id", "mapped_by"], updates)
    return True
