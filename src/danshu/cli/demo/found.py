"""Open the demo's business: people, warehouse, couriers, shops, goods with pictures, and what is on the shelves."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from danshu.accounts import operations as accounts
from danshu.accounts.operations.invites import Draft
from danshu.accounts.permissions import Role
from danshu.catalogue import files as pictures
from danshu.catalogue import operations as catalogue
from danshu.channels.models import Shop
from danshu.channels.operations import shops
from danshu.cli.demo import FULL, SEED, Size
from danshu.cli.demo.goods import Good, bundles, goods, picture
from danshu.cli.demo.sales import SHOPS, Sale, sales
from danshu.core import clock
from danshu.core.actor import Actor
from danshu.fulfilment import operations as fulfilment
from danshu.stock import operations as stock
from danshu.stock.operations.warehouses import WarehouseDraft, save_warehouses

PEOPLE = (
    (Role.OWNER, "demo", "李建明"),
    (Role.OPERATIONS, "xiaoya", "小雅"),
    (Role.WAREHOUSE, "ajie", "阿杰"),
    (Role.SERVICE, "xiaomei", "小美"),
    (Role.VIEWER, "laozhou", "老周"),
)
HOUSE = "木屿家居 · 杭州"
CHAT = "木屿会员群"  # whoever tries the demo pastes the first order into it
RUNS_OUT = timedelta(hours=20)  # how long ago the short goods sold out
PASSWORD = "danshu-demo-2026"  # noqa: S105 - printed at the start; the demo listens on this machine only


@dataclass(frozen=True, slots=True)
class Founded:
    """`shops` by name; `deliveries`: days before today → the goods that arrive on that morning."""

    shops: dict[str, Shop]
    deliveries: dict[int, list[stock.Piece]]


def found(now: datetime, today: datetime, size: Size = FULL) -> Founded:
    """Everything that stands before the first order, opened at `now`. `today` is when the days of the demo end."""
    owner = _people(now)
    warehouses = save_warehouses(
        [
            WarehouseDraft(
                "杭州仓", priority=1, sender_name="木屿家居", sender_phone="0571-88002210", sender_address="浙江省杭州市余杭区良渚街道 8 号"
            ),
            WarehouseDraft(
                "义乌仓",
                priority=2,
                sender_name="木屿家居",
                sender_phone="0579-85002210",
                sender_address="浙江省金华市义乌市稠江街道 21 号",
            ),
        ],
        by=owner,
        now=now,
    )
    for position, code in enumerate(sorted({shop.courier for shop in SHOPS})):
        fulfilment.save_courier(code, adapter="elsewhere", position=position, by=owner, now=now)
    fulfilment.save_printer(fulfilment.PrinterDraft("仓库 1 号机", "100x180", is_default=True), by=owner, now=now)
    made = shops.open_shops(
        [shops.ShopDraft(s.name, s.platform, courier_code=s.courier, warehouse_id=warehouses[0], ship_hours=s.ship_hours) for s in SHOPS],
        by=owner,
        now=now,
    )
    shops.open_shops([shops.ShopDraft(CHAT, "wechat", courier_code="zto", warehouse_id=warehouses[0], ship_hours=48)], by=owner, now=now)
    deliveries = _fill_shelves(warehouses, owner, now, _Need.of(today, size))
    return Founded({shop.name: shop for shop in made}, deliveries)


def _people(now: datetime) -> Actor:
    token = accounts.first_invite(now)
    assert token is not None, "the demo opens in an empty house"
    role, username, name = PEOPLE[0]
    owner = accounts.accept(token, username=username, name=name, password=PASSWORD, now=now)
    accounts.name_house(HOUSE, by=owner.actor, now=now)
    for role, username, name in PEOPLE[1:]:
        _invite, token = accounts.invite([Draft(role)], by=owner.actor, now=now)[0]
        accounts.accept(token, username=username, name=name, password=PASSWORD, now=now)
    return owner.actor


@dataclass(frozen=True, slots=True)
class _Need:
    """Pieces of each code that the demo will sell: `by[k]` until the end of the k-th third, `early` until the short goods run out."""

    size: Size
    by: tuple[Counter[str], ...]
    early: Counter[str]

    @classmethod
    def of(cls, today: datetime, size: Size) -> _Need:
        all_sales = list(sales(clock.local(today).date(), today, SEED, size))
        thirds = [today - timedelta(days=size.days * (3 - k) / 3) for k in (1, 2)]
        by = tuple(_sold(all_sales, moment) for moment in (*thirds, today))
        return cls(size, by, _sold(all_sales, today - RUNS_OUT))


def _sold(all_sales: Sequence[Sale], before: datetime) -> Counter[str]:
    parts = {bundle.code: bundle.parts for bundle in bundles()}
    counts: Counter[str] = Counter()
    for sale in all_sales:
        if sale.order.placed_at and sale.order.placed_at < before:
            for line in sale.order.lines:
                for code, quantity in parts.get(line.merchant_code, ((line.merchant_code, 1),)):
                    counts[code] += quantity * line.quantity
    return counts


def _fill_shelves(warehouses: list[int], owner: Actor, now: datetime, need: _Need) -> dict[int, list[stock.Piece]]:
    """Goods, bundles of them, and what is on the shelves on the first day; returns what arrives later, always before it is needed.

    A few goods run out in the last hours: nobody ordered them in time.
    """
    dice = random.Random(SEED + 2)  # noqa: S311 - believable, not secret
    kinds = goods()[: need.size.goods]
    ids = dict(zip((good.code for good in kinds), catalogue.save_skus([_draft(good) for good in kinds], by=owner, now=now), strict=True))
    catalogue.save_skus([_draft(bundle, ids) for bundle in bundles()], by=owner, now=now)
    opening: list[stock.Piece] = []
    deliveries: dict[int, list[stock.Piece]] = {}
    early, late = need.size.days * 3 // 4, need.size.days * 5 // 12  # each a while before the second and the third third begin
    for good in kinds:
        sku_id, code = ids[good.code], good.code
        if good.rank % 29 == 5:
            opening.append(stock.Piece(sku_id, warehouses[0], max(need.early[code], 1)))
            continue
        spare = round(need.by[2][code] * dice.uniform(0.06, 0.5)) + dice.randrange(2, 90)
        opening.append(stock.Piece(sku_id, warehouses[0], need.by[0][code] + spare // 2 + 1))
        arriving = [(early, need.by[1][code] - need.by[0][code]), (late, need.by[2][code] - need.by[1][code] + spare // 3)]
        if dice.random() < 0.08:
            arriving.append((dice.choice((1, 2, 4, 6)), dice.randrange(2, 8) * 10))
        for back, quantity in arriving:
            if quantity:
                deliveries.setdefault(back, []).append(stock.Piece(sku_id, warehouses[0], quantity))
        if dice.random() < 0.4:
            opening.append(stock.Piece(sku_id, warehouses[1], dice.randrange(10, 80)))
    stock.open_stock(opening, by=owner, now=now, reason="开账")
    return deliveries


def _draft(good: Good, ids: Mapping[str, int] | None = None) -> catalogue.SkuDraft:
    parts = tuple((ids[code], quantity) for code, quantity in good.parts) if ids else None
    return catalogue.SkuDraft(
        code=good.code,
        name=good.name,
        spec=good.spec,
        barcode=good.barcode,
        cost_fen=good.cost_fen,
        weight_g=good.weight_g,
        shelf=good.shelf,
        tags=good.tags,
        picture=pictures.keep_drawing(picture(good)),
        safety_stock=0 if parts else max(4, 40 - good.rank),
        parts=parts,
    )
