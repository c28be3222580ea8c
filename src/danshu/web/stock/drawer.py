"""One SKU beside the list: how 可售 comes about, what shops show of it, its ledger, what was pushed, and who holds pieces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from danshu.catalogue.models import Sku
from danshu.channels import offers as channel_offers
from danshu.channels.models import Shop, ShopConnection, ShopSync
from danshu.core import clock
from danshu.flows import reallocation
from danshu.orders import queries as orders
from danshu.stock import queries as stock
from danshu.stock.models import LedgerEntry
from danshu.web import typed
from danshu.web.access import StaffRequest
from danshu.web.stock import rows
from danshu.web.stock.shops_steps import summary, told_steps
from danshu.web.stock.showing import Showing, Told, failure, platform_name, showing, visible

TABS = ("shops", "pushes", "locks")
SIZE = 40
TONES = {
    "lock": "amber", "release": "green", "expire": "green", "ship": "grey", "unship": "sky", "receive": "green", "opening": "green",
    "return": "green", "adjust": "violet", "count": "violet", "move_in": "sky", "move_out": "sky", "repair": "rose",
    "expect": "sky", "arrive": "green", "send": "sky", "lose": "rose", "call_off": "grey", "shift": "violet",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Failure:
    """A shop that does not take the SKU's number. `shown`: what buyers see, empty where nobody knows; `again`: when it is tried next;
    `is_refused`: only a person can help, by authorising the shop anew; `zero_id`: the listing that can be set to 0, None for several."""

    shop: Shop
    said: str
    platform: str
    shown: str
    wanted: str
    reason: str
    again: datetime | None
    listing_ids: list[int]
    is_refused: bool
    zero_id: int | None


def drawer(request: StaffRequest) -> dict[str, Any] | None:
    """`?open=<code>` says of which SKU, `?tab=` one of `TABS` what stands in it, else the ledger; `?before=` goes on in the ledger."""
    code = request.GET.get("open", "")
    sku = Sku.objects.filter(code=code).first() if code else None
    if sku is None:
        return None
    (line,) = stock.overview([sku], now=clock.now())
    shown = showing([sku.pk], visible(request.user), now=clock.now()).get(sku.pk, Showing())
    tab = request.GET.get("tab", "")
    head: dict[str, Any] = {
        "sku": sku, "line": rows.row(line), "shown": shown, "tab": tab if tab in TABS else "ledger", "presale": stock.presale(sku.pk),
        "failures": _failures(shown), "shop_count": len({one.shop.pk for one in shown.told}),
    }  # fmt: skip
    fill = {"shops": _shops, "pushes": _pushes, "locks": _locks}.get(tab, _ledger)
    return head | fill(request, sku, shown)


def _shops(_request: StaffRequest, _sku: Sku, shown: Showing) -> dict[str, Any]:
    return {"numbers": told_steps(shown.told)}


def _pushes(request: StaffRequest, sku: Sku, _shown: Showing) -> dict[str, Any]:
    found = channel_offers.pushes(sku.pk, visible(request.user), size=SIZE)
    return {"pushes": [{"row": push, "took": round((push.at - push.wanted_at).total_seconds(), 1)} for push in found]}


def _locks(request: StaffRequest, sku: Sku, _shown: Showing) -> dict[str, Any]:
    waiting = reallocation.waiting(sku.pk, orders.scope(request.user)) if request.user.may("orders.view") else []
    return {"promises": stock.promises(sku.pk), "locks": stock.locks(sku.pk), "waiting": waiting}


def _ledger(request: StaffRequest, sku: Sku, shown: Showing) -> dict[str, Any]:
    entries = stock.ledger(sku.pk, before=typed.number(request.GET.get("before", "")), size=SIZE + 1)
    rules = {summary(one.number.rule) for one in shown.told}
    return {
        "entries": [_entry(entry) for entry in entries[:SIZE]], "older": entries[SIZE - 1].pk if len(entries) > SIZE else None,
        "rule": rules.pop() if len(rules) == 1 else "",
    }  # fmt: skip


def _failures(shown: Showing) -> list[Failure]:
    """Two statements where a shop fails, none where all is well."""
    by_shop: dict[int, list[Told]] = {}
    for one in shown.failed:
        by_shop.setdefault(one.shop.pk, []).append(one)
    if not by_shop:
        return []
    syncs = ShopSync.objects.in_bulk(by_shop)
    refused = set(ShopConnection.objects.filter(pk__in=by_shop, state=ShopConnection.State.REFUSED).values_list("pk", flat=True))
    return [_failure(ones, syncs.get(pk), is_refused=pk in refused) for pk, ones in by_shop.items()]


def _failure(ones: list[Told], sync: ShopSync | None, *, is_refused: bool) -> Failure:
    first, offers = ones[0], [one.offer for one in ones if one.offer]
    reason = next((offer.error for offer in offers if offer.error), "") or (sync.error if sync else "") or _("平台不认这家店的授权了。")
    times = [*(offer.retry_at for offer in offers), sync.paused_until if sync else None]
    again = None if is_refused else max((moment for moment in times if moment), default=None)
    return Failure(
        first.shop, failure(first.shop), platform_name(first.shop), "" if first.shown is None else rows.grouped(first.shown), first.count,
        reason, again, [one.number.listing.pk for one in ones], is_refused,
        first.number.listing.pk if len(ones) == 1 and first.number.number else None,
    )  # fmt: skip


def _entry(entry: LedgerEntry) -> dict[str, Any]:
    """What moved: pieces on the shelf where they did, else locked ones."""
    said = []
    if entry.on_hand_delta:
        said.append(_("总 %(n)+d") % {"n": entry.on_hand_delta})
    if entry.locked_delta:
        said.append(_("锁定 %(n)+d") % {"n": entry.locked_delta})
    for word, delta in (
        (_("次品 %(n)+d"), entry.defective_delta), (_("待检 %(n)+d"), entry.inspecting_delta),
        (_("采购在途 %(n)+d"), entry.incoming_delta), (_("调拨在途 %(n)+d"), entry.in_transit_delta),
    ):  # fmt: skip
        if delta:
            said.append(word % {"n": delta})
    return {
        "row": entry, "tone": TONES.get(entry.kind, "grey"), "said": " · ".join(said), "change": entry.on_hand_delta - entry.locked_delta,
        "left": rows.grouped(entry.on_hand_after - entry.locked_after),
    }  # fmt: skip
