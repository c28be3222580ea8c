"""Sixty days in fast motion: each day's orders come in, yesterday's are packed and shipped, some come back. Through the real operations."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from danshu.channels.contract import IncomingOrder, Payment, Progress, Refund
from danshu.channels.models import Shop
from danshu.cli.demo import FULL, OFFICE, PICKER, SEED, Size
from danshu.cli.demo.found import Founded
from danshu.cli.demo.sales import Sale, sales
from danshu.core import clock
from danshu.fulfilment import operations as fulfilment
from danshu.fulfilment import queries as parcels
from danshu.fulfilment.models import Parcel
from danshu.orders import operations as orders
from danshu.stock import operations as stock

FORGETFUL = {2, 3}  # days before today on which orders are left lying
DELIVERY, MORNING, EVENING, NIGHT = time(9), time(10, 30), time(17, 40), time(23, 59, 58)
LOST_CONTACT = "木屿生活专营"  # the shop whose orders of last night came by file
PRINTED_DAYS = 4  # the last days whose papers are kept as batches
MIX_UP_EVERY = 4  # days from one mis-shipped parcel to the next
SHAPES = {"zto": ("78", 12), "jt": ("JT", 13), "yto": ("YT", 13), "sf": ("SF", 13), "jd": ("JDVC", 11)}


@dataclass
class House:
    """What the story remembers between days."""

    shops: dict[str, Shop]
    size: Size
    deliveries: dict[int, list[stock.Piece]]
    dice: random.Random = field(default_factory=lambda: random.Random(SEED + 1))  # noqa: S311 - believable, not secret
    next_number: int = 2_206_330_000
    travelling: list[tuple[datetime, Sale]] = field(default_factory=list)  # (when it arrives, what)
    forgotten: set[int] = field(default_factory=set)  # orders that nobody ships: they are late by today
    by_file: list[IncomingOrder] = field(default_factory=list)  # came while the shop was out of reach
    days_left: int = 0


def live(founded: Founded, now: datetime, size: Size = FULL) -> House:
    """Let the days pass. Today stops at `now`; jobs wait until somebody runs them."""
    house = House(founded.shops, size, founded.deliveries)
    today = clock.local(now).date()
    by_day: dict[date, list[Sale]] = defaultdict(list)
    for sale in sales(today, now, SEED, size):
        placed_at = sale.order.placed_at
        assert placed_at is not None
        by_day[clock.local(placed_at).date()].append(sale)
    for back in range(size.days - 1, -1, -1):
        house.days_left = back
        _day(house, today - timedelta(days=back), by_day, now)
    return house


def _day(house: House, day: date, by_day: dict[date, list[Sale]], now: datetime) -> None:
    """Goods arrive. Morning: what came until now is packed and leaves. Evening: the same again. Orders come in between."""
    delivery = _at(day, DELIVERY)
    if delivery <= now and (pieces := house.deliveries.get(house.days_left)):
        stock.receive(pieces, by=PICKER, now=delivery, reason="采购到货")
    since = time.min
    for moment, until in ((MORNING, time(10)), (EVENING, time(17)), (NIGHT, time.max)):
        at = _at(day, moment)
        if at > now:
            _until_now(house, [_perhaps_new(house, sale) for sale in by_day[day] if since <= _hour(sale)], now)
            return
        fresh = [_perhaps_new(house, sale) for sale in by_day[day] if since <= _hour(sale) < until]
        _take_in(house, fresh, at, is_night=moment == NIGHT)
        if moment != NIGHT:
            ship(house, at)
        _let_go(house, at, now)
        since = until
    _arrivals(house, at)


def _until_now(house: House, fresh: Sequence[Sale], now: datetime) -> None:
    """The part of today that no round has taken in: most came a while ago, the last ones this minute."""
    lately = now - timedelta(hours=2)
    _take_in(house, [sale for sale in fresh if sale.order.placed_at and sale.order.placed_at < lately], lately + timedelta(minutes=5))
    _let_go(house, lately + timedelta(minutes=5), now)
    _take_in(house, [sale for sale in fresh if sale.order.placed_at and sale.order.placed_at >= lately], now)


def _let_go(house: House, taken_at: datetime, now: datetime) -> None:
    """Unpaid orders that came in at `taken_at` lose their goods when their time is over, a moment later as a worker does."""
    for minutes in sorted({shop.unpaid_minutes for shop in house.shops.values()}):
        moment = taken_at + timedelta(minutes=minutes, seconds=1)
        if moment <= now:
            stock.expire_due(moment)


def _at(day: date, moment: time) -> datetime:
    return clock.from_platform(datetime.combine(day, moment))


def _perhaps_new(house: House, sale: Sale) -> Sale:
    """On the last day some orders hold a product that nobody has mapped yet."""
    if house.days_left or house.dice.random() > 0.12:
        return sale
    first, *rest = sale.order.lines
    new = replace(
        first, title="木屿 奶油风香薰灯（新品）", spec="奶白 充电款", merchant_code="XP-2601", item_id="699000000001", sku_id="599000000001"
    )
    return replace(sale, order=replace(sale.order, lines=(new, *rest)))


def _hour(sale: Sale) -> time:
    assert sale.order.placed_at is not None
    return clock.local(sale.order.placed_at).time()


def _take_in(house: House, fresh: Iterable[Sale], now: datetime, *, is_night: bool = False) -> None:
    groups: dict[str, list[IncomingOrder]] = defaultdict(list)
    for sale in fresh:
        if is_night and house.days_left == 1 and sale.shop == LOST_CONTACT:
            house.by_file.append(sale.order)
            continue
        groups[sale.shop].append(sale.order)
        house.travelling.append((now + timedelta(days=house.dice.choice((2, 3, 3, 4, 5))), sale))
    for name, group in groups.items():
        orders.ingest(house.shops[name].pk, group, source="api", by=OFFICE, now=now)


def ship(house: House, now: datetime) -> None:
    """Pack and send what can leave; one order in sixty waits for tomorrow, and since yesterday hands are short."""
    waiting = [pk for pk in ready() if pk not in house.forgotten]
    if house.days_left in FORGETFUL and waiting:
        house.forgotten |= set(waiting[:2])
    left_behind = 0.4 if house.days_left <= 1 else 1 / 60
    leaving = [pk for pk in waiting if pk not in house.forgotten and house.dice.random() > left_behind]
    if leaving:
        send(house, leaving, now)


def send(house: House, leaving: Sequence[int], now: datetime) -> None:
    """Pack, print and hand over; one parcel every few days holds the wrong thing."""
    packed = pack(house, leaving, now - timedelta(minutes=50))
    if house.days_left < PRINTED_DAYS:
        papers = ("label",) if len(packed) > 25 else ("slip", "label")
        fulfilment.print_papers(packed, papers=papers, by=PICKER, now=now - timedelta(minutes=40))
    else:
        orders.mark_printed(leaving, by=PICKER, now=now - timedelta(minutes=40))
    fulfilment.ship(packed, by=PICKER, now=now)
    if house.days_left % MIX_UP_EVERY == 1 and clock.local(now).time() < EVENING:
        orders.set_tags(leaving[-1:], add=[house.dice.choice(("错发", "漏发"))], by=OFFICE, now=now + timedelta(hours=1))


def ready() -> list[int]:
    """Orders that could be printed, in the order they came: nothing unmapped, short or otherwise wrong."""
    return list(parcels.printable(None).filter(issues=0).order_by("id").values_list("id", flat=True))


def pack(house: House, order_ids: Sequence[int], now: datetime) -> list[int]:
    """Parcels with numbers of their courier's shape."""
    opened = fulfilment.open_parcels(order_ids, by=PICKER, now=now)
    numbers = [
        fulfilment.Number(parcel_id, _number(house, courier), courier)
        for parcel_id, courier in Parcel.objects.filter(pk__in=opened).order_by("id").values_list("id", "courier_code")
    ]
    fulfilment.set_waybills(numbers, source="file", by=PICKER, now=now)
    return opened


def _number(house: House, courier: str) -> str:
    prefix, width = SHAPES.get(courier, SHAPES["zto"])
    house.next_number += house.dice.randrange(1, 40)
    return f"{prefix}{house.next_number:0{width}d}"


def _arrivals(house: House, now: datetime) -> None:
    """The platform tells what became of older orders: received, unpaid ones closed, some asked for their money back."""
    due = [sale for when, sale in house.travelling if when <= now]
    house.travelling = [(when, sale) for when, sale in house.travelling if when > now]
    groups: dict[str, list[IncomingOrder]] = defaultdict(list)
    for sale in due:
        groups[sale.shop].append(_later(house, sale.order, now))
    for name, group in groups.items():
        orders.ingest(house.shops[name].pk, group, source="api", by=OFFICE, now=now)


def _later(house: House, order: IncomingOrder, now: datetime) -> IncomingOrder:
    if order.payment == Payment.UNPAID:
        return replace(order, progress=Progress.CLOSED, modified_at=now, finished_at=now)
    luck = house.dice.random()
    refund = (Refund.REQUESTED if house.days_left < 5 else Refund.REFUNDED) if luck < 0.025 else Refund.NONE
    return replace(order, progress=Progress.DELIVERED, refund=refund, modified_at=now, finished_at=now)
