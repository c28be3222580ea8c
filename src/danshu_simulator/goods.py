"""Invented goods, so that a shop has something to sell."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

NAMES = ("棉柔毛巾", "双层玻璃杯", "竹纤维袜", "遮光窗帘", "便携保温壶", "亚麻抱枕", "陶瓷饭碗", "折叠收纳箱", "桌面台灯", "硅胶锅铲")
SPECS = (("米白", "雾蓝", "浅灰"), ("小号", "中号", "大号"), ("两只装", "四只装"), ("S", "M", "L", "XL"))


@dataclass(frozen=True)
class NewSku:
    merchant_code: str
    spec: str
    price_fen: int
    stock: int
    barcode: str = ""
    sku_id: str = ""  # a number is given where none is named; likewise `NewItem.item_id`


@dataclass(frozen=True)
class NewItem:
    """`has_variants` False: one SKU without a number of its own, where the platform has such items."""

    title: str
    skus: tuple[NewSku, ...]
    has_variants: bool = True
    picture: str = ""
    item_id: str = ""


def invented(count: int, rng: Random, *, stock: int = 1000, code: str = "SIM") -> list[NewItem]:
    """Items whose merchant codes are `SIM-001-1`, `SIM-001-2` … so that shops with the same count sell the same goods."""
    items = []
    for number in range(1, count + 1):
        specs = SPECS[number % len(SPECS)]
        price = rng.randrange(990, 29_900, 10)
        skus = tuple(
            NewSku(f"{code}-{number:03d}-{place}", spec, price + 100 * place, stock, f"69{number:09d}{place:02d}")
            for place, spec in enumerate(specs, 1)
        )
        items.append(NewItem(f"{NAMES[number % len(NAMES)]} {number:03d}", skus, picture=f"https://img.example/{number}.jpg"))
    return items
