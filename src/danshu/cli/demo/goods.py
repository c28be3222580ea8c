"""What 木屿家居 sells: 200 SKUs of twelve kinds, with pictures that we drew ourselves (one drawing a kind, dyed per colour)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image

DRAWINGS = Path(__file__).parent / "drawings"


@dataclass(frozen=True, slots=True)
class Kind:
    drawing: str
    prefix: str
    names: tuple[str, ...]
    specs: tuple[str, ...]
    price_fen: int
    weight_g: int
    aisle: str
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Good:
    """One SKU of the demo. `rank` is its place in the sales order: 0 sells most."""

    code: str
    name: str
    spec: str
    barcode: str
    price_fen: int
    cost_fen: int
    weight_g: int
    shelf: str
    tags: tuple[str, ...]
    drawing: str
    turn: float  # how far the drawing's colours are turned, 0 … 1
    rank: int
    parts: tuple[tuple[str, int], ...] = ()  # of a bundle: code and quantity of each base SKU


KINDS = (
    Kind(
        "towel",
        "TW",
        ("竹纤维毛巾三条装", "纯棉面巾两条装", "长绒棉浴巾"),
        ("米白+灰绿", "雾蓝", "豆沙", "燕麦", "烟灰", "奶咖"),
        4500,
        320,
        "A-02",
    ),
    Kind(
        "mug",
        "MG",
        ("手作陶瓷马克杯", "窑变早餐杯", "珐琅水杯"),
        ("雾蓝 380ml", "米白 380ml", "豆绿 450ml", "赭石 450ml", "墨黑 300ml", "藕粉 300ml"),
        5800,
        410,
        "B-01",
        "易碎",
    ),
    Kind(
        "mat",
        "MT",
        ("硅藻泥吸水地垫", "加厚防滑地垫", "入户蹭土垫"),
        ("浅灰 40×60", "深灰 40×60", "浅灰 50×80", "米色 50×80", "墨绿 60×90", "燕麦 60×90"),
        3990,
        900,
        "C-01",
    ),
    Kind(
        "candle",
        "CD",
        ("大豆蜡香薰蜡烛", "无火香薰", "扩香石套装"),
        ("白茶 180g", "雪松 180g", "无花果 180g", "橙花 120g", "乌木 120g", "海盐 90g"),
        4900,
        350,
        "A-01",
        "易碎",
    ),
    Kind(
        "pillow",
        "PL",
        ("水洗亚麻抱枕", "灯芯绒抱枕", "棉麻腰枕"),
        ("苔绿 45cm", "燕麦 45cm", "赤陶 45cm", "雾蓝 50cm", "姜黄 50cm"),
        6900,
        650,
        "D-03",
    ),
    Kind(
        "box",
        "BX",
        ("桌面分格收纳盒", "抽屉收纳盒", "遥控器收纳盒"),
        ("雾紫 大号", "雾紫 中号", "米白 大号", "米白 中号", "灰蓝 小号", "透明 三只装"),
        4200,
        480,
        "C-01",
    ),
    Kind(
        "bottle",
        "BT",
        ("轻量保温杯", "随行咖啡杯", "儿童吸管杯"),
        ("松石绿 500ml", "云母白 500ml", "岩灰 350ml", "樱粉 350ml", "藏青 750ml", "柠黄 350ml"),
        12900,
        380,
        "B-02",
    ),
    Kind(
        "board", "CB", ("相思木砧板", "榉木面包板", "竹制双面砧板"), ("36×26", "40×28", "30×20", "圆形 28cm", "45×30"), 8800, 1500, "C-04"
    ),
    Kind(
        "lamp",
        "LP",
        ("蘑菇小夜灯", "床头触控灯", "藤编台灯"),
        ("暖橙 充电款", "奶白 充电款", "豆绿 插电款", "雾粉 充电款", "浅咖 插电款"),
        7990,
        540,
        "A-04",
        "易碎",
    ),
    Kind(
        "slipper",
        "SL",
        ("软底家居拖鞋", "亚麻凉拖", "棉拖"),
        ("豆沙 36-37", "豆沙 38-39", "灰蓝 40-41", "灰蓝 42-43", "燕麦 38-39", "墨绿 40-41"),
        3600,
        300,
        "D-01",
    ),
    Kind(
        "vase",
        "VS",
        ("窑变白瓷花瓶", "玻璃郁金香瓶", "粗陶花器"),
        ("22cm", "28cm", "18cm", "雾蓝 22cm", "赭石 25cm"),
        16800,
        1100,
        "B-03",
        "易碎",
    ),
    Kind("basket", "BK", ("藤编收纳篮", "棉绳脏衣篮", "草编提篮"), ("中号", "大号", "小号", "带盖 中号", "带盖 大号"), 7500, 700, "D-02"),
)
COUNT = 200


@cache
def goods() -> tuple[Good, ...]:
    """All 200, best sellers first."""
    return tuple(_number(list(_mixed())))


BUNDLES = (
    ("MY-ZH-0001", "晨间早餐组合", "马克杯 + 砧板", (1, 7), (1, 1)),
    ("MY-ZH-0002", "睡前香氛组合", "香薰 + 小夜灯", (3, 8), (1, 1)),
    ("MY-ZH-0003", "浴室焕新三件套", "毛巾 ×2 + 地垫", (0, 2), (2, 1)),
)


@cache
def bundles() -> tuple[Good, ...]:
    """组合装 of best sellers: sold under a code of their own, packed and locked as their parts."""
    made = []
    for place, (code, name, spec, ranks, quantities) in enumerate(BUNDLES):
        parts = [goods()[rank] for rank in ranks]
        whole = sum(part.price_fen * quantity for part, quantity in zip(parts, quantities, strict=True))
        made.append(
            Good(
                code=code,
                name=name,
                spec=spec,
                barcode=ean13(690_123_500_000 + place),
                price_fen=whole * 92 // 10_000 * 100,
                cost_fen=0,
                weight_g=0,
                shelf="",
                tags=("组合装",),
                drawing=parts[0].drawing,
                turn=parts[0].turn,
                rank=COUNT + place,
                parts=tuple((part.code, quantity) for part, quantity in zip(parts, quantities, strict=True)),
            )
        )
    return tuple(made)


def _mixed() -> Iterator[tuple[Kind, int, str, str]]:
    """One of each kind in turn, so that best sellers are spread over the kinds; ends at 200."""
    shelves = [[(kind, i, name, spec) for i, (name, spec) in enumerate((n, s) for n in kind.names for s in kind.specs)] for kind in KINDS]
    given = 0
    for depth in range(max(map(len, shelves))):
        for shelf in shelves:
            if depth < len(shelf) and given < COUNT:
                given += 1
                yield shelf[depth]


def _number(entries: list[tuple[Kind, int, str, str]]) -> Iterator[Good]:
    for rank, (kind, i, name, spec) in enumerate(entries):
        price = kind.price_fen + (i // len(kind.specs)) * 1000
        yield Good(
            code=f"MY-{kind.prefix}-{(i + 1) * 137 % 9000 + 1000}",
            name=name,
            spec=spec,
            barcode=ean13(690_123_400_000 + rank),
            price_fen=price,
            cost_fen=price * 38 // 100,
            weight_g=kind.weight_g,
            shelf=f"{kind.aisle}-{i % 8 + 1}",
            tags=(kind.tag,) if kind.tag else (),
            drawing=kind.drawing,
            turn=i * 0.137 % 1,
            rank=rank,
        )


def ean13(twelve: int) -> str:
    """The number with its check digit (GS1 General Specifications §7.9: weights 1 and 3 from the left)."""
    digits = f"{twelve:012d}"
    total = sum(int(digit) * (3 if i % 2 else 1) for i, digit in enumerate(digits))
    return digits + str(-total % 10)


def picture(good: Good) -> Image.Image:
    """The picture of a good: its kind's drawing with all colours turned by `good.turn` around the wheel."""
    with Image.open(DRAWINGS / f"{good.drawing}.webp") as drawing:
        hue, full, light = drawing.convert("HSV").split()
        return Image.merge("HSV", (hue.point(lambda value: (value + round(good.turn * 255)) % 256), full, light)).convert("RGB")
