"""Orders that a shop's own site hands over: each one that can be saved is, the others say why not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from danshu.catalogue.models import Sku
from danshu.channels import registry
from danshu.channels.models import Shop
from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.orders.arrival import Arrived, Intake
from danshu.orders.operations import create_manual, ingest_fresh
from danshu.orders.operations.create_manual import Draft
from danshu.stock.operations import ShortError

ROUNDS = 5


@transaction.atomic
def create_each(drafts: Sequence[Draft], *, by: Actor, now: datetime) -> list[int | DomainError]:
    """Save what can be saved and lock its stock. Returns, aligned, the order's id or the reason, and leaves nothing of the refused ones.

    Reasons are those of `create_manual`, and "shop.not_found", "shop.closed", "shop.connected" for shops whose platform brings its
    orders itself. "stock.short" names per order what is left of each of its goods: earlier orders of the batch come first.
    """
    skus = create_manual.goods_of(drafts)
    by_shop: dict[int, list[int]] = {}
    for at, draft in enumerate(drafts):
        by_shop.setdefault(draft.shop_id, []).append(at)
    shops = {shop.pk: shop for shop in Shop.objects.filter(pk__in=by_shop).order_by("pk").select_for_update(no_key=True)}
    found: dict[int, int | DomainError] = {}
    for shop_id, places in sorted(by_shop.items()):
        shop = shops.get(shop_id)
        refused = _against(shop)
        if shop is None or refused is not None:
            found.update({at: refused for at in places if refused})
        else:
            found.update(zip(places, _of_shop(shop, [drafts[at] for at in places], skus, by=by, now=now), strict=True))
    if saved := [one for one in found.values() if isinstance(one, int)]:
        create_manual.note_created(saved, by=by, now=now)
    return [found[at] for at in range(len(drafts))]


def _against(shop: Shop | None) -> DomainError | None:
    if shop is None:
        return DomainError(_("没有这家店铺，或者这个令牌看不到它。请检查 shop_id。"), "shop.not_found")
    if not shop.is_active:
        return DomainError(_("店铺「%s」已停用，不收新订单。请先启用。") % shop.name, "shop.closed")
    if not registry.takes_orders(shop.platform):
        return DomainError(_("店铺「%s」的订单由平台同步进来，不能从接口建单。请用自有店。") % shop.name, "shop.connected")
    return None


def _of_shop(shop: Shop, drafts: Sequence[Draft], skus: dict[int, Sku], *, by: Actor, now: datetime) -> list[int | DomainError]:
    found: dict[int, int | DomainError] = {}
    arrived: dict[int, Arrived] = {}
    for at, draft in enumerate(drafts):
        try:
            arrived[at] = create_manual.arrived(draft, skus, now)
        except DomainError as error:
            found[at] = error
    places = list(arrived)
    for at, refused in create_manual.refusals(shop, [arrived[at] for at in places]).items():
        found[places[at]] = refused
    intake = Intake(shop, drafts[0].source, None, now)
    for _round in range(ROUNDS):  # what is short goes; without it the rest finds its goods, unless others took them meanwhile
        places = [at for at in arrived if at not in found]
        try:
            with transaction.atomic():
                placed = ingest_fresh.place(intake, [arrived[at] for at in places], by=by, strict=True)
        except ShortError as error:
            found |= {places[at]: _short(error, skus) for at, skus in error.places.items()}
        else:
            return [found[at] if at in found else placed.order_ids[places.index(at)] for at in range(len(drafts))]
    busy = DomainError(_("这几款商品正被很多订单同时抢，这一单没有保存。请马上再试一次。"), "stock.busy")
    return [found.get(at, busy) for at in range(len(drafts))]


def _short(error: ShortError, skus: list[dict[str, Any]]) -> DomainError:
    goods = "；".join(_("%(sku)s 还剩 %(left)d 件，要 %(wanted)d 件") % one for one in skus)
    text = _("库存不足：%(goods)s。这一单没有保存。请减少数量，或先入库。") % {"goods": goods}
    return DomainError(text, error.code, details={"skus": skus})
