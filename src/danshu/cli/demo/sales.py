"""Sixty days of orders: when they come, to which shop, what is in them. Pure values; `life.py` carries them through the house."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from danshu.channels.contract import IncomingLine, IncomingOrder, Payment, Progress, Receiver
from danshu.cli.demo import FULL, Size
from danshu.cli.demo.buyers import MEMOS, MESSAGES, receiver
from danshu.cli.demo.goods import Good, bundles, goods
from danshu.core import clock

BUNDLE_SHARE = 0.05  # of all orders
TWICE = (1, 3)  # which of today's orders, counted from the last, come from the buyer before: somebody always orders twice


@dataclass(frozen=True, slots=True)
class DemoShop:
    name: str
    platform: str
    share: int  # of all orders, in hundredths
    courier: str
    ship_hours: int


SHOPS = (
    DemoShop("木屿家居", "taobao", 28, "zto", 48),
    DemoShop("木屿生活专营", "pdd", 26, "jt", 48),
    DemoShop("木屿好物", "douyin", 21, "yto", 48),
    DemoShop("木屿旗舰店", "tmall", 12, "sf", 48),
    DemoShop("木屿 POP 店", "jd", 8, "jd", 24),
    DemoShop("木屿生活馆", "channels", 5, "zto", 48),
)
FLAGS = ("red", "yellow", "green", "blue", "purple")
HOURS = (3, 2, 1, 1, 1, 1, 2, 4, 6, 8, 10, 9, 8, 8, 8, 9, 8, 7, 8, 10, 12, 13, 11, 7)  # how many orders come at which hour


@dataclass(frozen=True, slots=True)
class Sale:
    shop: str
    order: IncomingOrder


def sales(today: date, now: datetime, seed: int, size: Size = FULL) -> Iterator[Sale]:
    """All orders in order of time, the last ones a few minutes before `now`; the same for the same day and seed."""
    dice = random.Random(seed)  # noqa: S311 - believable, not secret
    per_day = _orders_per_day(dice, _share_of_today(now), size)
    regulars = [receiver(dice) for _ in range(160)]
    for back, count in enumerate(per_day):
        day = today - timedelta(days=size.days - 1 - back)
        moments = sorted(_moment(dice, day) for _ in range(count))
        if day == today:
            moments = _before(now, moments)
        yield from _day(dice, moments, regulars, size, TWICE if day == today else ())


def _share_of_today(now: datetime) -> float:
    """How much of a usual day is over, by the hours at which people buy."""
    here = clock.local(now)
    return (sum(HOURS[: here.hour]) + HOURS[here.hour] * here.minute / 60) / sum(HOURS)


def _orders_per_day(dice: random.Random, today_share: float, size: Size) -> list[int]:
    """A rising trend with weekends and noise that adds up to the orders of the size."""
    weights = [(0.75 + 0.5 * i / size.days) * (1.15 if i % 7 in {5, 6} else 1) * dice.uniform(0.85, 1.15) for i in range(size.days)]
    weights[-1] *= today_share
    counts = [math.floor(weight / sum(weights) * size.orders) for weight in weights]
    for back in range(size.orders - sum(counts)):  # what rounding left, over the days before today
        counts[-2 - back % (size.days - 1)] += 1
    return counts


def _moment(dice: random.Random, day: date) -> datetime:
    hour = dice.choices(range(24), weights=HOURS)[0]
    return clock.from_platform(datetime.combine(day, time(hour, dice.randrange(60), dice.randrange(60))))


def _before(now: datetime, moments: list[datetime]) -> list[datetime]:
    """Squeeze a whole day's moments into the part of today that is over."""
    start = clock.local(now).replace(hour=0, minute=0, second=0, microsecond=0)
    scale = max((now - timedelta(minutes=5) - start) / timedelta(days=1), 0)
    return [(start + (moment - start) * scale).replace(microsecond=0) for moment in moments]


def _day(dice: random.Random, moments: list[datetime], regulars: list[Receiver], size: Size, twice: tuple[int, ...]) -> Iterator[Sale]:
    previous: Sale | None = None
    for place, moment in enumerate(moments):
        shop = dice.choices(SHOPS, weights=[s.share for s in SHOPS])[0]
        same_buyer = previous is not None and (dice.random() < 0.05 or len(moments) - place in twice)
        if same_buyer and previous is not None:  # ordered twice within minutes: 可合单
            shop = next(s for s in SHOPS if s.name == previous.shop)
            to, nick = previous.order.receiver, previous.order.buyer_nick
        else:
            to = dice.choice(regulars) if dice.random() < 0.18 else receiver(dice)
            nick = f"{dice.choice(('小', '阿', '爱', '木'))}{to.name[-1]}{dice.randrange(100, 9999)}"
        previous = Sale(shop.name, _order(dice, shop, moment, to, nick, size))
        yield previous


def _order(dice: random.Random, shop: DemoShop, moment: datetime, to: Receiver, nick: str, size: Size) -> IncomingOrder:
    number = _number(dice, shop.platform, moment)
    lines = tuple(_line(dice, number, i, good) for i, good in enumerate(_basket(dice, size)))
    goods_fen = sum(line.price_fen * line.quantity for line in lines)
    paid_fen = sum(line.paid_fen for line in lines)
    unpaid = dice.random() < 0.03
    memo = dice.choice(MEMOS) if dice.random() < 0.05 else ""
    return IncomingOrder(
        platform_no=number,
        lines=lines,
        receiver=to,
        payment=Payment.UNPAID if unpaid else Payment.PAID,
        progress=Progress.WAITING,
        placed_at=moment,
        paid_at=None if unpaid else moment + timedelta(seconds=dice.randrange(8, 60)),
        modified_at=moment + timedelta(seconds=60),
        buyer_nick=nick,
        buyer_message=dice.choice(MESSAGES) if dice.random() < 0.11 else "",
        seller_memo=memo,
        flag=dice.choice(FLAGS) if memo or dice.random() < 0.03 else "",
        goods_fen=goods_fen,
        discount_fen=goods_fen - paid_fen,
        paid_fen=paid_fen,
    )


def _basket(dice: random.Random, size: Size) -> list[Good]:
    """One kind of goods mostly; best sellers follow a long-tail curve. Now and then a bundle."""
    if dice.random() < BUNDLE_SHARE:
        return [dice.choice(bundles())]
    ranked = goods()[: size.goods]
    weights = [1 / (good.rank + 6) for good in ranked]
    count = dice.choices((1, 2, 3, 4), weights=(66, 23, 8, 3))[0]
    chosen: dict[str, Good] = {}
    while len(chosen) < count:
        good = dice.choices(ranked, weights=weights)[0]
        chosen[good.code] = good
    return list(chosen.values())


def _line(dice: random.Random, number: str, position: int, good: Good) -> IncomingLine:
    quantity = dice.choices((1, 2, 3), weights=(78, 17, 5))[0]
    off = dice.choice((0, 0, 0, 300, 500, 1000)) if good.price_fen > 4000 else 0
    return IncomingLine(
        oid=f"{number}{position + 1:02d}",
        title=f"木屿 {good.name}",
        spec=good.spec,
        quantity=quantity,
        item_id=item_of(good)[0],
        sku_id=item_of(good)[1],
        merchant_code=good.code,
        price_fen=good.price_fen,
        paid_fen=good.price_fen * quantity - off,
    )


def item_of(good: Good) -> tuple[str, str]:
    """What the platforms call it: item and SKU."""
    return f"6{good.rank:011d}", f"5{good.rank:011d}"


def _number(dice: random.Random, platform: str, moment: datetime) -> str:
    """A number of the platform's shape."""
    if platform == "pdd":
        return f"{clock.local(moment):%y%m%d}-{dice.randrange(10**14, 10**15)}"
    width = {"taobao": 19, "tmall": 19, "douyin": 19, "jd": 12, "channels": 19}[platform]
    first = {"taobao": "39", "tmall": "44", "douyin": "69", "jd": "30", "channels": "37"}[platform]
    return first + f"{dice.randrange(10 ** (width - 2)):0{width - 2}d}"
