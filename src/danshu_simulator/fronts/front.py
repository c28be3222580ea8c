"""What every front is: see the package for how to write one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlencode

from danshu_simulator import ordering
from danshu_simulator.moods import Mood, Trouble
from danshu_simulator.things import Event, Order, Refund, Shop
from danshu_simulator.web import Answer, Message, Refuse, Request
from danshu_simulator.world import World

Row = TypeVar("Row")
Thing = TypeVar("Thing", Order, Refund)


@dataclass
class Call:
    """One request, understood. `name` is the platform's own of the call, for counters and moods; `args` its parameters, `places` what
    stood in its address. `shop` is None for calls that no shop's app or token came with."""

    request: Request
    name: str
    world: World
    args: dict[str, Any]
    shop: Shop | None = None
    places: tuple[str, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def owner(self) -> Shop:
        if not self.shop:
            raise RuntimeError(f"{self.name} came to a shop's call without a shop")
        return self.shop

    @property
    def mood(self) -> Mood:
        return self.world.mood(self.owner.key)

    @property
    def now_ms(self) -> int:
        """The platform's clock."""
        skew = self.mood.skew_seconds if self.shop else 0
        return self.world.now() + int(skew * 1000)

    def is_timely(self, moment_ms: int, minutes: float) -> bool:
        skew = self.mood.skew_seconds if self.shop else 0
        return self.world.is_timely(moment_ms, int(minutes * 60_000), skew_ms=int(skew * 1000))

    # --- lists, with everything that a mood does to them -------------------------------------------------------------------

    def orders(
        self, *, start_ms: int | None = None, end_ms: int | None = None, by: str = "updated_ms", is_later_page: bool = False
    ) -> list[Order]:
        """The shop's orders whose moment `by` lies in [start, end], oldest first, as the interface shows them now."""
        if is_later_page:
            self._move(start_ms, end_ms, by)
        return self._between(self.world.books[self.owner.key].orders.values(), start_ms, end_ms, by)

    def refunds(self, *, start_ms: int | None = None, end_ms: int | None = None, by: str = "updated_ms") -> list[Refund]:
        return self._between(self.world.books[self.owner.key].refunds.values(), start_ms, end_ms, by)

    def order(self, no: str) -> Order | None:
        """One order as the interface shows it now; None = it does not know this number (yet)."""
        found = self.world.books[self.owner.key].orders.get(no)
        return self._shown("order", found) if found else None

    def refund(self, no: str) -> Refund | None:
        found = self.world.books[self.owner.key].refunds.get(no)
        return self._shown("refund", found) if found else None

    def page(self, rows: Sequence[Row], number: int, size: int) -> list[Row]:
        """Page `number` from 1, perhaps with a row twice or in another order."""
        return self.disturb(list(rows[(number - 1) * size : number * size]))

    def disturb(self, rows: list[Row]) -> list[Row]:
        mood, rng = self.mood, self.world.chance("rows")
        if len(rows) > 1 and rng.random() < mood.shuffles:
            rng.shuffle(rows)
        if rows and rng.random() < mood.duplicates:
            rows.insert(rng.randrange(len(rows) + 1), rng.choice(rows))
        return rows

    def _between(self, things: Any, start_ms: int | None, end_ms: int | None, by: str) -> list[Any]:
        is_plain = not self.mood.lag_seconds and not self.mood.stale
        shown = list(things) if is_plain else [seen for thing in things if (seen := self._shown(_kind(thing), thing))]
        low, high = -1 if start_ms is None else start_ms, float("inf") if end_ms is None else end_ms
        rows = [thing for thing in shown if low <= getattr(thing, by) <= high and (getattr(thing, by) or by == "updated_ms")]
        return sorted(rows, key=lambda thing: (getattr(thing, by), thing.no))

    def _shown(self, kind: str, thing: Thing) -> Thing | None:
        mood = self.mood
        if mood.lag_seconds:
            kept = self.world.past(kind, thing, until_ms=self.world.now() - int(mood.lag_seconds * 1000))
        elif mood.stale and self.world.chance("stale").random() < mood.stale:
            kept = self.world.past(kind, thing, back=1)
        else:
            return thing
        return type(thing).load(kept) if kept else None

    def _move(self, start_ms: int | None, end_ms: int | None, by: str) -> None:
        rng = self.world.chance("moves")
        if rng.random() < self.mood.moves and (rows := self.orders(start_ms=start_ms, end_ms=end_ms, by=by)):
            ordering.urge(self.world, self.owner.key, rng.choice(rows).no)


Run = Callable[[Call], Answer]


class Front(ABC):
    """One platform. `retries`: platform seconds after which a message that nobody took is sent again. `has_lines`: its messages go over
    lines that apps open, not to callbacks of shops."""

    platform: ClassVar[str]
    retries: ClassVar[tuple[float, ...]] = ()
    has_lines: ClassVar[bool] = False

    @abstractmethod
    def read(self, world: World, request: Request) -> Call:
        """Name the call and find its shop, without judging anything. Raises `Refuse` for what the platform cannot make out."""

    @abstractmethod
    def verify(self, call: Call) -> None:
        """Signature, clock, token, permission: raises `Refuse` with the platform's own error. Never loosened by a mood."""

    @abstractmethod
    def run(self, call: Call) -> Answer:
        """The call itself, inside the world's lock."""

    @abstractmethod
    def trouble(self, trouble: Trouble, call: Call) -> Answer:
        """How this platform says RATE_LIMITED, EXPIRED and SYSTEM_ERROR."""

    @abstractmethod
    def messages(self, world: World, shop: Shop, event: Event) -> list[Message]:
        """What is pushed to the shop's callback when this has happened, signed. Called inside the world's lock."""

    @abstractmethod
    def is_taken(self, shop: Shop, message: Message, status: int, body: bytes) -> bool:
        """Whether the platform takes this reply for "received"."""

    def delivered(self, world: World, shop: Shop, message: Message, *, is_taken: bool) -> None:  # noqa: B027 - few remember
        """Told after the last try, for platforms that remember."""

    def line(self, world: World, request: Request) -> str:
        """The key of the app that opens a line with this request. Raises `Refuse` where there is none, or it is not signed."""
        raise Refuse(Answer(404))

    def beat(self, world: World, text: bytes) -> bytes | None:
        """What is said back to a sign of life on a line. None = it is none."""
        return None

    def authorize(self, world: World, request: Request) -> Answer | None:
        """The page on which a seller says yes: sends the browser back with a code. None = not this address."""
        return None


def find_shop(world: World, platform: str, **wanted: str) -> Shop | None:
    """By app_key, access_token, refresh_token or number; an empty value finds nothing."""
    for shop in world.shops.values():
        if shop.platform == platform and all(value and getattr(shop, name) == value for name, value in wanted.items()):
            return shop
    return None


def redirect(address: str, **query: str) -> Answer:
    return Answer(302, headers={"Location": f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"})


def whole_number(value: object) -> int | None:
    """7 and "7" are 7; True, "seven" and 7.5 are nothing."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and value.strip().lstrip("-").isdigit() else None


def lookup(table: Mapping[str, Run], name: str, otherwise: Callable[[], Answer]) -> Run:
    """The story of a call; `otherwise` is how the platform says that there is none."""
    if name not in table:
        raise Refuse(otherwise())
    return table[name]


def _kind(thing: Order | Refund) -> str:
    return "order" if isinstance(thing, Order) else "refund"
