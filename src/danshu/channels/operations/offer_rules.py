"""What each shop may show of the stock, and what one listing may show instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from danshu.audit import operations as audit
from danshu.audit.operations import Deed
from danshu.channels.events import OfferRulesChanged
from danshu.channels.models import OfferRule, Shop
from danshu.core import events
from danshu.core.actor import Actor
from danshu.core.errors import DomainError

MOST = 10_000_000
FIELDS = ("mode", "percent", "quota", "quota_from", "keep", "cap", "stop_line", "warehouse_ids", "is_pushed", "changed_at")


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """A rule as its form says it. `listing_id` 0 is the shop's own; `label` is what a person calls the listing."""

    shop_id: int
    listing_id: int = 0
    mode: str = "shared"
    percent: int = 100
    quota: int = 0
    keep: int = 0
    cap: int | None = None
    stop_line: int = 0
    warehouse_ids: tuple[int, ...] = ()
    is_pushed: bool = True
    label: str = ""


def set_rules(drafts: Sequence[RuleDraft], *, by: Actor, now: datetime) -> list[OfferRule]:
    """Set the rules, aligned with the drafts. A new quota counts sales from now on; an unchanged one goes on counting.
    Raises `offer.mode`, `offer.percent`, `offer.number`."""
    for draft in drafts:
        _check(draft)
    with transaction.atomic():
        shops = Shop.objects.in_bulk({draft.shop_id for draft in drafts})
        known = {(rule.shop_id, rule.listing_id): rule for rule in OfferRule.objects.select_for_update().filter(shop__in=shops)}
        rules, deeds = [], []
        for draft in drafts:
            before = known.get((draft.shop_id, draft.listing_id))
            rule = _rule(draft, before, now)
            rules.append(rule)
            changes = _changes(before, rule)
            kind, target, label = ("listing", draft.listing_id, draft.label) if draft.listing_id else ("shop", draft.shop_id, "")
            deeds.append(Deed("offers.ruled", kind, target, label or shops[draft.shop_id].name, changes))
        OfferRule.objects.bulk_create(rules, update_conflicts=True, unique_fields=["shop", "listing_id"], update_fields=FIELDS)
        audit.record(deeds, by=by, now=now)
        events.publish(OfferRulesChanged(tuple(sorted(shops))))
    return rules


def drop_rules(listings: Sequence[tuple[int, str]], *, by: Actor, now: datetime) -> int:
    """These listings (id, what a person calls them) follow their shops' rules again. Returns how many had one of their own."""
    labels = dict(listings)
    with transaction.atomic():
        found = list(OfferRule.objects.select_for_update().filter(listing_id__in=labels.keys() - {0}).order_by("pk"))
        OfferRule.objects.filter(pk__in=[rule.pk for rule in found]).delete()
        audit.record([Deed("offers.unruled", "listing", rule.listing_id, labels[rule.listing_id]) for rule in found], by=by, now=now)
        if found:
            events.publish(OfferRulesChanged(tuple(sorted({rule.shop_id for rule in found}))))
    return len(found)


def set_stale_limits(limits: Sequence[tuple[int, int]], *, by: Actor, now: datetime) -> None:
    """(shop, minutes): how long its order stream may be silent before its numbers become conservative; 0 = never."""
    if any(not 0 <= minutes <= 7 * 24 * 60 for _shop_id, minutes in limits):
        raise DomainError(_("断流时限要在 0 到 10,080 分钟之间；0 表示不看。"), "offer.stale_limit")
    minutes_of = dict(limits)
    with transaction.atomic():
        shops = list(Shop.objects.select_for_update().filter(pk__in=minutes_of).order_by("pk"))
        moved = [shop for shop in shops if shop.settings.get("stale_minutes") != minutes_of[shop.pk]]
        deeds = []
        for shop in moved:
            old = shop.settings.get("stale_minutes")
            shop.settings = {**shop.settings, "stale_minutes": minutes_of[shop.pk]}
            deeds.append(Deed("offers.ruled", "shop", shop.pk, shop.name, {"stale_minutes": [old, minutes_of[shop.pk]]}))
        Shop.objects.bulk_update(moved, ["settings"])
        audit.record(deeds, by=by, now=now)


def _rule(draft: RuleDraft, before: OfferRule | None, now: datetime) -> OfferRule:
    quota_from = None
    if draft.mode == OfferRule.Mode.QUOTA:
        goes_on = before is not None and before.mode == OfferRule.Mode.QUOTA and before.quota == draft.quota
        quota_from = before.quota_from if before is not None and goes_on else now
    return OfferRule(
        shop_id=draft.shop_id, listing_id=draft.listing_id, mode=draft.mode, percent=draft.percent, quota=draft.quota,
        quota_from=quota_from, keep=draft.keep, cap=draft.cap, stop_line=draft.stop_line,
        warehouse_ids=sorted(set(draft.warehouse_ids)), is_pushed=draft.is_pushed, changed_at=now,
    )  # fmt: skip


def _changes(before: OfferRule | None, after: OfferRule) -> dict[str, Any]:
    old = before or OfferRule()
    names = [name for name in FIELDS if name not in {"changed_at", "quota_from"}]
    return {name: [getattr(old, name), getattr(after, name)] for name in names if getattr(old, name) != getattr(after, name)}


def _check(draft: RuleDraft) -> None:
    if draft.mode not in OfferRule.Mode.values:
        raise DomainError(_("没有这种可售方式。请选共享、按比例或定额。"), "offer.mode")
    if not 0 <= draft.percent <= 100:
        raise DomainError(_("比例要在 0 到 100 之间。"), "offer.percent")
    numbers = [draft.quota, draft.keep, draft.stop_line, *([] if draft.cap is None else [draft.cap])]
    if any(not 0 <= number <= MOST for number in numbers):
        raise DomainError(_("件数要是 0 到 10,000,000 之间的整数。"), "offer.number")
