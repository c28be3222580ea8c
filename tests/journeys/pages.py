"""What the journeys in a browser share: pages without a live stream, and a small business."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from danshu.accounts.models import User
from danshu.catalogue import operations as catalogue
from danshu.catalogue.operations import SkuDraft
from danshu.channels.contract import IncomingLine, IncomingOrder, Payment, Receiver
from danshu.channels.models import ImportBatch, Shop
from danshu.channels.operations import shops
from danshu.core import clock, jobs
from danshu.core.actor import Actor
from danshu.flows import intake
from danshu.fulfilment import operations as fulfilment
from danshu.orders import operations as orders
from danshu.stock import operations as stock
from danshu.stock.operations.warehouses import WarehouseDraft, save_warehouses
from tests import exports

ON_HAND = 1000


@dataclass(frozen=True)
class Business:
    """Shops by platform, SKU ids by code, the warehouse."""

    shops: dict[str, Shop]
    skus: dict[str, int]
    warehouse: int


def open_business(owner: User, *, platforms: tuple[str, ...] = ("taobao", "pdd", "douyin"), latin: bool = False) -> Business:
    """A warehouse, a courier, a printer, one shop a platform, the goods of `tests.exports` with a thousand pieces each. `latin`: with
    names in Latin letters, so that whatever is Chinese on a page is the program's own."""
    by, now = owner.actor, clock.now()
    (house,) = save_warehouses([WarehouseDraft("North" if latin else "杭州仓", sender_name="Danshu" if latin else "木屿家居",
                                               sender_phone="0571-88002210", sender_address="1 Road" if latin else "杭州余杭")],
                               by=by, now=now)  # fmt: skip
    fulfilment.save_courier("zto", adapter="elsewhere", by=by, now=now)
    fulfilment.save_printer(fulfilment.PrinterDraft("P1", "100x180", is_default=True), by=by, now=now)
    drafts = [shops.ShopDraft(f"{'Shop' if latin else '木屿'} {code}", code, courier_code="zto", warehouse_id=house) for code in platforms]
    opened = shops.open_shops(drafts, by=by, now=now)
    goods = [(code, code if latin else title, "" if latin else spec) for title, spec, code, _price in exports.GOODS]
    drafted = [SkuDraft(code=c, name=n, spec=s, shelf=f"A-{i:02d}", barcode=f"69012345678{i:02d}") for i, (c, n, s) in enumerate(goods)]
    ids = catalogue.save_skus(drafted, by=by, now=now)
    stock.open_stock([stock.Piece(pk, house, ON_HAND) for pk in ids], by=by, now=now)
    return Business({shop.platform: shop for shop in opened}, {c: pk for (c, _n, _s), pk in zip(goods, ids, strict=True)}, house)


def sale(platform: str, n: int, placed: datetime, *goods: tuple[int, int], unknown: bool = False, **more: Any) -> exports.Sale:
    """A paid order of `goods` (place in `exports.GOODS`, pieces); `unknown`: its first thing has a code nobody knows."""
    items = []
    for place, quantity in goods:
        title, spec, code, price = exports.GOODS[place]
        items.append(exports.Item(title, spec, code, Decimal(price), quantity, str(754299529000 + place), str(1240000000000 + place)))
    if unknown:
        first = items[0]
        items[0] = exports.Item("奶油风香薰灯（新品）", "奶白", "XP-2601", first.price, first.quantity, "699000000001", "599000000001")
    number = exports.number(platform, n, placed)
    return exports.Sale(number, "paid", tuple(items), placed, name=f"陈建{'一二三四五六七八九十'[n % 10]}", phone=f"138{n:08d}",
                        detail=f"科技园南路 {n} 号", **more)  # fmt: skip


def quiet(page: Any) -> Any:
    """The page without live stream (it would outlive its test's database); what the browser calls an error is in `page.complaints`,
    but for refused forms: 422 is an answer."""
    page.context.route("**/live/**", _no_news)
    page.set_default_timeout(60_000)  # a busy machine is no defect
    page.complaints = []

    def heard(said: Any) -> None:
        if said.type == "error" and "status of 422" not in said.text:
            page.complaints.append(f"{page.url}: {said.text}")

    page.on("console", heard)
    return page


def _no_news(route: Any) -> None:
    if "poll" in route.request.url:
        route.fulfill(json={"last": 0, "behind": False, "events": []})
    else:
        route.fulfill(content_type="text/event-stream", body="retry: 600000\nevent: ready\ndata: {}\n\n")


def download(page: Any, selector: str, folder: Path) -> Path:
    with page.expect_download() as coming:
        page.locator(selector).first.click()
    path = folder / coming.value.suggested_filename
    coming.value.save_as(path)
    return path


def place_orders(business: Business, count: int, *, latin: bool = False, platform: str = "taobao", known: bool = True) -> list[int]:
    """Paid orders as a platform tells them, by number; every fourth has two things and a message."""
    now = clock.now()
    codes = list(business.skus)
    made = []
    for n in range(count):
        things = codes[n % 6 :][: 2 if n % 4 == 0 else 1]
        lines = tuple(
            IncomingLine(f"{n}-{i}", code if latin else f"平台标题 {code}", 1, merchant_code=code if known else f"NEW-{n}",
                         price_fen=5800, paid_fen=5800)
            for i, code in enumerate(things)
        )  # fmt: skip
        to = Receiver(f"Buyer {n}", f"13800{n:06d}", "ZJ", "HZ", "YH", f"{n} Road") if latin else Receiver(
            f"王小{n}", f"13800{n:06d}", "浙江省", "杭州市", "余杭区", f"文一西路 {n} 号"
        )  # fmt: skip
        made.append(
            IncomingOrder(
                exports.number(platform, n + 1 + 100 * (not known), now), lines, payment=Payment.PAID, placed_at=now - timedelta(hours=2),
                paid_at=now - timedelta(hours=1, minutes=n % 50), ship_by=now + timedelta(hours=n % 40 - 1), receiver=to,
                buyer_message=("wrap well" if latin else "请多包一层气泡膜") if n % 4 == 0 else "",
                goods_fen=5800 * len(lines), paid_fen=5800 * len(lines),
            )
        )  # fmt: skip
    report = orders.ingest(business.shops[platform].pk, made, source="api", by=Actor(None, "Platform" if latin else "平台"), now=now)
    assert report.new == count, report.rejects
    return list(report.new_ids)


@dataclass(frozen=True)
class Life:
    """What stands in a house where some work is done: order and parcel ids by how far they have come."""

    waiting: list[int]
    printed: list[int]
    shipped: list[int]
    batch: int
    file: int


def live(business: Business, owner: User, folder: Path, *, latin: bool = False) -> Life:
    """Orders in every state, a print batch, waybills, shipped parcels, an import that waits and one that is done, a ship file."""
    by, now = owner.actor, clock.now()
    ids = place_orders(business, 16, latin=latin)
    place_orders(business, 2, latin=latin, platform="douyin", known=False)
    parcels = fulfilment.open_parcels(ids[:8], by=by, now=now)
    fulfilment.set_waybills([fulfilment.Number(pk, f"7891{pk:010d}", "zto") for pk in parcels[:6]], source="file", by=by, now=now)
    batch = fulfilment.print_papers(parcels, papers=["label", "pick"], by=by, now=now)
    jobs.drain()
    fulfilment.ship(parcels[:3], by=by, now=now)
    day = clock.local(now).replace(tzinfo=None, microsecond=0) - timedelta(hours=2)
    path = exports.write(folder, "pdd", [sale("pdd", n, day, (n % 6, 1)) for n in range(1, 4)], name="orders")
    intake.preview(path, shop_id=business.shops["pdd"].pk, by=by, now=now)
    intake.import_file(path, shop_id=business.shops["pdd"].pk, by=by, now=now)
    jobs.drain()
    return Life(ids[8:], parcels[3:], parcels[:3], batch.pk, int(ImportBatch.objects.latest("pk").pk))
