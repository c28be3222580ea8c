"""Our own goods: make, change, switch on and off; bundles and their parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from danshu.audit import operations as audit
from danshu.catalogue import guards
from danshu.catalogue.codes import clean, loose
from danshu.catalogue.models import BundlePart, Sku
from danshu.catalogue.operations.mapping import rematch
from danshu.core import bulk
from danshu.core.actor import Actor
from danshu.core.errors import DomainError

MOST_FEN = 10**12


@dataclass(frozen=True, slots=True)
class SkuDraft:
    """All of one SKU; `id` None makes a new one. `parts` (base SKU id, quantity) makes it a bundle; None leaves parts as they are."""

    code: str
    name: str
    id: int | None = None
    spec: str = ""
    barcode: str = ""
    cost_fen: int = 0
    weight_g: int = 0
    shelf: str = ""
    tags: tuple[str, ...] = ()
    picture: str = ""
    safety_stock: int = 0
    is_active: bool = True
    parts: tuple[tuple[int, int], ...] | None = None
    custom: Mapping[str, object] = field(default_factory=dict)


FIELDS = (
    "code", "loose_code", "name", "spec", "barcode", "cost_fen", "weight_g", "shelf", "tags", "picture",
    "safety_stock", "is_bundle", "is_active", "custom", "updated_at",
)  # fmt: skip
SHOWN = ("code", "name", "spec", "barcode", "cost_fen", "weight_g", "shelf", "tags", "safety_stock", "is_active")


def save_skus(drafts: Sequence[SkuDraft], *, by: Actor, now: datetime) -> list[int]:
    """Make or change SKUs; returns their ids, aligned. Waiting platform items of the same code find their SKU at once.

    Refused with a code: no code or name (`sku.incomplete`), a code that is taken (`sku.code_taken`), numbers below zero
    (`sku.number`), parts that are bundles, the bundle itself or none (`sku.parts`), a bundle of what has stock (`sku.has_stock`).
    """
    if not drafts:
        return []
    with transaction.atomic():
        before = Sku.objects.select_for_update().in_bulk([draft.id for draft in drafts if draft.id])
        _check(drafts, before)
        _check_parts(drafts)
        _check_bundling(drafts, before)
        new = [draft for draft in drafts if draft.id is None]
        made = bulk.insert(Sku, (*FIELDS, "created_at"), [(*_values(d, None, now), now) for d in new], returning=("code", "id"))
        old = [draft for draft in drafts if draft.id is not None]
        bulk.update(Sku, ["id"], FIELDS, [(d.id, *_values(d, before[d.id], now)) for d in old if d.id])
        ids = dict(made)
        saved = [draft.id or ids[clean(draft.code)] for draft in drafts]
        _set_parts(dict(zip(saved, drafts, strict=True)))
        audit.record([_deed(pk, draft, before.get(pk)) for pk, draft in zip(saved, drafts, strict=True)], by=by, now=now)
        if any(_names_changed(draft, before.get(draft.id or 0)) for draft in drafts):
            rematch(by=by, now=now)
    return saved


def switch_skus(sku_ids: Sequence[int], *, is_active: bool, by: Actor, now: datetime) -> int:
    """Put goods on or off sale. They keep their stock, their mappings and their past."""
    with transaction.atomic():
        found = Sku.objects.filter(pk__in=sku_ids).exclude(is_active=is_active)
        labels = dict(found.values_list("pk", "code"))
        Sku.objects.filter(pk__in=labels).update(is_active=is_active, updated_at=now)
        verb = "sku.activated" if is_active else "sku.deactivated"
        audit.record([audit.Deed(verb, "sku", pk, code) for pk, code in labels.items()], by=by, now=now)
    return len(labels)


def _values(draft: SkuDraft, before: Sku | None, now: datetime) -> tuple[object, ...]:
    code = clean(draft.code)
    is_bundle = bool(draft.parts) if draft.parts is not None else bool(before and before.is_bundle)
    return (
        code, loose(code), draft.name.strip()[:120], draft.spec.strip()[:120], draft.barcode.strip()[:40], draft.cost_fen,
        draft.weight_g, draft.shelf.strip()[:30], list(draft.tags), draft.picture or (before.picture if before else ""),
        draft.safety_stock, is_bundle, draft.is_active, dict(draft.custom) or (before.custom if before else {}), now,
    )  # fmt: skip


def _check(drafts: Sequence[SkuDraft], before: Mapping[int, Sku]) -> None:
    codes: dict[str, int | None] = {}
    for draft in drafts:
        code = clean(draft.code)
        if not code or not draft.name.strip():
            raise DomainError(_("商家编码和名称都要填。"), "sku.incomplete")
        if draft.id is not None and draft.id not in before:
            raise DomainError(_("商品 %(code)s 已经不在了，请刷新页面。") % {"code": code}, "sku.gone")
        if min(draft.cost_fen, draft.weight_g, draft.safety_stock) < 0 or draft.cost_fen > MOST_FEN:
            raise DomainError(_("%(code)s：成本、重量和安全库存不能是负数。") % {"code": code}, "sku.number")
        if code in codes:
            raise DomainError(_("编码 %(code)s 在这一批里出现了两次。") % {"code": code}, "sku.code_taken")
        codes[code] = draft.id
    for code, pk in Sku.objects.filter(code__in=codes).values_list("code", "pk"):
        if codes[code] != pk:
            raise DomainError(_("编码 %(code)s 已经有商品在用，请换一个。") % {"code": code}, "sku.code_taken")


def _check_parts(drafts: Sequence[SkuDraft]) -> None:
    bundles = [draft for draft in drafts if draft.parts]
    if not bundles:
        return
    part_ids = {part_id for draft in bundles for part_id, _n in draft.parts or ()}
    parts = Sku.objects.in_bulk(part_ids)
    used = set(BundlePart.objects.filter(part__in=[d.id for d in bundles if d.id]).values_list("part", flat=True))
    for draft in bundles:
        ids = [part_id for part_id, _n in draft.parts or ()]
        if any(quantity < 1 for _part, quantity in draft.parts or ()) or len(set(ids)) < len(ids):
            raise DomainError(_("组合装 %(code)s：每个子件写一行，数量至少 1。") % {"code": draft.code}, "sku.parts")
        if draft.id in used or draft.id in ids or any(pk not in parts or parts[pk].is_bundle for pk in ids):
            raise DomainError(_("组合装 %(code)s：子件只能是单品，不能是组合装或它自己。") % {"code": draft.code}, "sku.parts")


def _check_bundling(drafts: Sequence[SkuDraft], before: Mapping[int, Sku]) -> None:
    """A single item becomes a bundle only while nothing of it lies on a shelf or is promised: a bundle has no stock of its own."""
    turning = {draft.id: draft for draft in drafts if draft.id and draft.parts and not before[draft.id].is_bundle}
    reasons = guards.against_bundling(turning) if turning else {}
    for pk, reason in reasons.items():
        told = _("%(code)s 不能改成组合装：%(why)s。请先把库存调到 0、把订单发完，或另建一个组合装。")
        raise DomainError(told % {"code": turning[pk].code, "why": reason}, "sku.has_stock")


def _set_parts(drafts: Mapping[int, SkuDraft]) -> None:
    told = {pk: draft.parts for pk, draft in drafts.items() if draft.parts is not None}
    if told:
        BundlePart.objects.filter(bundle__in=told).delete()
        rows = [(pk, part_id, quantity) for pk, parts in told.items() for part_id, quantity in parts]
        bulk.insert(BundlePart, ("bundle_id", "part_id", "quantity"), rows)


def _names_changed(draft: SkuDraft, before: Sku | None) -> bool:
    return before is None or (before.code, before.barcode) != (clean(draft.code), draft.barcode.strip())


def _deed(pk: int, draft: SkuDraft, before: Sku | None) -> audit.Deed:
    if before is None:
        return audit.Deed("sku.created", "sku", pk, clean(draft.code))
    changes = {}
    for name in SHOWN:
        old, new = getattr(before, name), getattr(draft, name)
        if (list(new) if name == "tags" else new) != old:
            changes[name] = [old, list(new) if name == "tags" else new]
    return audit.Deed("sku.changed", "sku", pk, clean(draft.code), changes)
