"""What shops show of some SKUs: each listing's number, whether its platform has it, and the same of a whole SKU in a word."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from danshu.accounts import queries as accounts
from danshu.accounts.models import User
from danshu.channels import offers as channel_offers
from danshu.channels import shops
from danshu.channels.models import Offer, Shop
from danshu.channels.platforms import PLATFORMS
from danshu.flows.stock_sync_numbers import Number, numbers
from danshu.web.stock.rows import grouped

CELLS = 4  # shops that a line of the list has room for
URGENCY = ("failed", "running", "waiting", "done", "off", "by_hand")


@dataclass(frozen=True, slots=True)
class Told:
    """One listing. `state`: done (its platform shows the number), failed (it takes no number), running (on its way), waiting (for the
    next round), off (a rule says not to tell it), by_hand (it cannot be told: a person types the number in)."""

    number: Number
    offer: Offer | None
    state: str
    width: int = 0  # of its bar, percent of the SKU's greatest number

    @property
    def shop(self) -> Shop:
        return self.number.shop

    @property
    def count(self) -> str:
        return grouped(self.number.number)

    @property
    def shown(self) -> int | None:
        """What buyers see, as far as we know."""
        return channel_offers.known(self.offer) if self.offer else None

    @property
    def tone(self) -> str:
        return "rose" if self.state == "failed" else "brand"

    @property
    def said(self) -> str:
        """How its platform stands to the number, in a word."""
        words = {
            "done": _("已同步"), "running": _("正在推送"), "waiting": _("等下一轮"), "off": _("不推送"), "by_hand": _("手工改"),
            "failed": _("推送失败") if self.shown is None else _("显示 %s") % grouped(self.shown),
        }  # fmt: skip
        return words[self.state]


@dataclass(frozen=True, slots=True)
class Cell:
    """One shop in a line of the list: `110`, or `40–80` where its listings differ."""

    shop: Shop
    number: str
    is_failed: bool


@dataclass(frozen=True, slots=True)
class Pushed:
    """How telling the shops of a SKU stands. `at`: when a platform was told or looked at last; where one fails, since when it shows a wrong
    number, or with `is_next` when it is tried again."""

    tone: str
    icon: str
    said: str
    at: datetime | None = None
    is_next: bool = False


@dataclass(frozen=True, slots=True)
class Showing:
    """A SKU in all shops that somebody may see. `cells` are those a line has room for, `more` how many shops it has not."""

    told: tuple[Told, ...] = ()
    cells: tuple[Cell, ...] = ()
    more: int = 0
    pushed: Pushed | None = None

    @property
    def failed(self) -> list[Told]:
        return [one for one in self.told if one.state == "failed"]


def visible(user: User) -> QuerySet[Shop]:
    """The shops that somebody may see, closed ones too."""
    return shops.visible(accounts.shops_of(user))


def showing(sku_ids: Sequence[int], seen: QuerySet[Shop], *, now: datetime) -> dict[int, Showing]:
    """SKU → how it shows; SKUs that none of the `seen` shops lists are left out. A constant number of statements."""
    mine = set(seen.values_list("pk", flat=True))
    found = [number for number in numbers(sku_ids, now=now).values() if number.shop.pk in mine]
    offers = {offer.listing_id: offer for offer in Offer.objects.filter(listing_id__in=[number.listing.pk for number in found])}
    failing = set(channel_offers.failing().filter(listing_id__in=list(offers)).values_list("listing_id", flat=True))
    pushed = channel_offers.pushed_ids(mine)
    by_sku: dict[int, list[Told]] = defaultdict(list)
    greatest: dict[int, int] = defaultdict(int)
    for number in found:
        greatest[number.listing.sku_id or 0] = max(greatest[number.listing.sku_id or 0], number.number)
    for number in found:
        sku_id, offer = number.listing.sku_id or 0, offers.get(number.listing.pk)
        state = _state(number, offer, is_told=number.shop.pk in pushed, is_failing=number.listing.pk in failing)
        by_sku[sku_id].append(Told(number, offer, state, 100 * number.number // (greatest[sku_id] or 1)))
    return {sku_id: _together(told) for sku_id, told in by_sku.items()}


def _state(number: Number, offer: Offer | None, *, is_told: bool, is_failing: bool) -> str:
    if not (is_told and number.listing.platform_item_id):
        return "by_hand"
    if not number.rule.is_pushed:
        return "off"
    if is_failing:
        return "failed"
    if offer is None:
        return "waiting"
    return "running" if offer.is_due or offer.wanted != number.number else "done"


def _together(told: Sequence[Told]) -> Showing:
    by_shop: dict[int, list[Told]] = defaultdict(list)
    for one in sorted(told, key=lambda one: (-one.number.number, one.shop.pk, one.number.listing.pk)):
        by_shop[one.shop.pk].append(one)
    cells = [_cell(ones) for ones in by_shop.values()]
    roomy = sorted(cells, key=lambda cell: not cell.is_failed)[:CELLS]  # what failed is always among them
    return Showing(
        tuple(one for ones in by_shop.values() for one in ones), tuple(cell for cell in cells if cell in roomy), len(cells) - len(roomy),
        _pushed(list(by_shop.values())),
    )  # fmt: skip


def _cell(ones: Sequence[Told]) -> Cell:
    counts = sorted({one.number.number for one in ones})
    return Cell(ones[0].shop, "–".join(grouped(count) for count in dict.fromkeys((counts[0], counts[-1]))), _worst(ones) == "failed")


def _worst(ones: Sequence[Told]) -> str:
    states = {one.state for one in ones}
    return next(state for state in URGENCY if state in states)


def _pushed(shops: Sequence[Sequence[Told]]) -> Pushed:
    """The most urgent of what its shops say, with the last moment that a platform was told or looked at."""
    states = [_worst(ones) for ones in shops]
    told = [one for ones in shops for one in ones if one.state not in {"off", "by_hand"}]
    at = max((moment for one in told if one.offer for moment in (one.offer.pushed_at, one.offer.read_at) if moment), default=None)
    total = len(states) - states.count("by_hand") - states.count("off")
    done = {"done": states.count("done"), "total": total}
    if failed := [ones for ones, state in zip(shops, states, strict=True) if state == "failed"]:
        offers = [one.offer for ones in failed for one in ones if one.state == "failed" and one.offer]
        again = min((offer.retry_at for offer in offers if offer.retry_at), default=None)
        since = min(offer.wanted_at for offer in offers)
        return Pushed("rose", "alert-triangle", _failure(failed), again or since, is_next=again is not None)
    if "running" in states:
        return Pushed("sky", "refresh", _("正在推送 %(done)d / %(total)d") % done, at)
    if "waiting" in states:
        return Pushed("grey", "clock", _("等待下一轮"), at)
    if not total:
        return Pushed("grey", "", _("手工改") if "by_hand" in states else _("不推送"))
    if not any(one.number.number for one in told):
        return Pushed("green", "check", _("已置 0 · 停售"), at)
    return Pushed("green", "check", ngettext("%(done)d / %(total)d 店铺", "%(done)d / %(total)d 店铺", total) % done, at)


def _failure(failed: Sequence[Sequence[Told]]) -> str:
    if len(failed) > 1:
        return ngettext("%d 店推送失败", "%d 店推送失败", len(failed)) % len(failed)
    return failure(failed[0][0].shop)


def failure(shop: Shop) -> str:
    return _("%s推送失败") % platform_name(shop)


def platform_name(shop: Shop) -> str:
    known = PLATFORMS.get(shop.platform)
    return str(known.name) if known else shop.platform
