"""A small world for the tests of pushing: a sandbox shop with listings, a shelf with goods, a clock that moves."""

from datetime import UTC, datetime, timedelta

from danshu.catalogue.models import Listing, Sku
from danshu.channels import registry
from danshu.channels.connecting import ListingKey
from danshu.channels.models import Offer, Shop
from danshu.core import clock, jobs
from danshu.flows import stock_sync
from danshu.stock import operations as stock
from danshu.stock.tests.goods import CLERK

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def shop(name: str = "演练一店", platform: str = "sandbox", **settings) -> Shop:
    return Shop.objects.create(name=name, platform=platform, settings=settings, created_at=NOW, last_intake_at=NOW)


def listing(where: Shop, item: Sku, *, quantity: int = 1, name: str = "") -> Listing:
    item_id = name or f"I{where.pk}-{item.pk}"
    return Listing.objects.create(
        shop=where, key=f"item:{item_id}/sku:1", platform_item_id=item_id, platform_sku_id="1", sku=item, quantity=quantity,
        title=item.name, mapped_by="hand", seen_at=NOW, created_at=NOW,
    )  # fmt: skip


def shelf(where: Shop):
    """The platform's own memory of the shop."""
    return registry.load("sandbox").shelf(where.pk)


def shown(*listings: Listing) -> list[int | None]:
    """What buyers see on the platform."""
    return [shelf(one.shop).show([ListingKey(one.platform_item_id, one.platform_sku_id)])[0] for one in listings]


def offer(one: Listing) -> Offer:
    return Offer.objects.get(listing_id=one.pk)


def beat(traveller, seconds: float = 0) -> None:
    """Time goes on, then the push engine looks once and all its jobs run."""
    traveller.shift(timedelta(seconds=seconds))
    stock_sync.keep_up()
    jobs.drain()


def compare() -> None:
    """The quarter of an hour is over: everything is looked at and said."""
    stock_sync.compare_all()
    jobs.drain()


def ship_in(place, item: Sku, quantity: int) -> None:
    stock.receive([stock.Piece(item.pk, place.pk, quantity)], by=CLERK, now=clock.now())


def sell(item: Sku, quantity: int, number: int) -> None:
    stock.reserve([stock.Demand(1000 + number, number, item.pk, quantity, label=f"1122-{number:04}")], by=CLERK, now=clock.now())
