"""A believable seller: 木屿家居 with 6 shops and a chat group, 200 SKUs, 60 days and 5,000 orders ending today, the same every time (fixed
seed).

Nothing is written past the rooms: every order, lock, paper and parcel of the demo went through the operations that a real one uses,
at the moment it would have happened. `goods` and `sales` say what there is to sell and who buys it (plain values), `found` opens the
business, `life` lets the days pass, `desk` leaves a working day on the table, `sheet` writes the file that last night's orders come in,
`story` tells it all.
"""

from dataclasses import dataclass

from danshu.core.actor import Actor

SEED = 20_260_601
PICKER = Actor(None, "阿杰")
OFFICE = Actor(None, "小雅")


@dataclass(frozen=True, slots=True)
class Size:
    """How long the demo lives and how much it sells. Tests live shorter."""

    days: int = 60
    orders: int = 5_000
    goods: int = 200


FULL = Size()
