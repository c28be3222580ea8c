"""Numbers as the platforms form them: many are beyond 2^53, where a careless JSON reader rounds them.

`n` counts within the shop's platform and makes each number the only one; `rng` fills the digits that mean nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

CHINA = timedelta(hours=8)


@dataclass(frozen=True)
class Traits:
    """What differs between platforms in the world itself. Digits: of an order, item, variant and refund number; `remark_moves`: a remark or
    a flag of the seller moves the order's time of change; `line_numbers`: its lines have numbers of their own; `line_refunds`: a
    wish is about one line, so that one about several becomes several; `line_orders`: an order is of one thing, so that a basket of
    several becomes several."""

    order: str
    item: str
    sku: str
    refund: str
    shop: str
    remark_moves: bool = True
    line_numbers: bool = True
    line_refunds: bool = False
    line_orders: bool = False
    token_seconds: int = 7 * 86_400
    refresh_seconds: int = 14 * 86_400


DAY = 86_400
TRAITS: dict[str, Traits] = {
    "taobao": Traits("4#18", "6#11", "5#12", "1#17", "2#9", line_refunds=True, token_seconds=365 * DAY, refresh_seconds=365 * DAY),
    "jd": Traits("3#11", "10#9", "100#9", "8#8", "1#7", line_numbers=False, token_seconds=365 * DAY, refresh_seconds=365 * DAY),
    "pdd": Traits("d-#15", "6#11", "17#11", "9#11", "4#8", line_numbers=False, token_seconds=DAY, refresh_seconds=30 * DAY),
    "douyin": Traits("69#17", "37#17", "17#14", "71#17", "1#7", remark_moves=False),
    "channels": Traits("37#17", "10#12", "9#9", "20#16", "wx#16", line_numbers=False, token_seconds=7200, refresh_seconds=30 * DAY),
    "kuaishou": Traits("93#14", "22#12", "23#12", "94#14", "3#9", line_orders=True, token_seconds=2 * DAY, refresh_seconds=180 * DAY),
    "xiaohongshu": Traits("P7#17", "x24", "x24", "R7#15", "x24", line_numbers=False),
    "woocommerce": Traits("n", "n", "n", "n", "n", token_seconds=36_500 * DAY, refresh_seconds=36_500 * DAY),
}
PLATFORMS = tuple(TRAITS)
ONE_COUNT = "woocommerce"  # orders, lines, items and refunds of one site share one count


def form(pattern: str, n: int, at_ms: int, rng: Random) -> str:
    """"4#18": a 4 and 18 digits; "d-#15": the day as yymmdd, a dash, 15 digits; "x24": hexadecimal; "n": the count itself."""
    if pattern == "n":
        return str(n)
    if pattern.startswith("x"):
        size = int(pattern[1:])
        return f"{n:06x}{rng.getrandbits(4 * (size - 6)):0{size - 6}x}"
    head, _, size_text = pattern.partition("#")
    if head.startswith("d"):
        day = datetime.fromtimestamp(at_ms / 1000, UTC) + CHINA
        head = f"{day:%y%m%d}{head[1:]}"
    size = int(size_text)
    tail = min(3, size - 6)  # the last digits look random, as in life
    return f"{head}{n:0{size - tail}d}{rng.randrange(10**tail):0{tail}d}" if tail > 0 else f"{head}{n:0{size}d}"
