"""The truth that all fronts show: shops with their items, orders and refunds, and what is planned. Thread-safe; each change is kept
before anybody hears of it."""

from __future__ import annotations

import contextlib
import json
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from danshu_simulator import numbering
from danshu_simulator.agenda import Agenda, Deed
from danshu_simulator.clock import Clock, real_ms
from danshu_simulator.moods import Mood
from danshu_simulator.store import Row, Store
from danshu_simulator.things import Event, Item, Order, Refund, Shop, Sku, dump

PAST_KEPT = 4  # earlier versions of an order or refund that a lagging interface may still show


class Impossible(Exception):  # noqa: N818 - what the world says, not what went wrong
    """The world does not allow it: sold_out, unknown, not_unpaid, not_paid, already_shipped, closed, …"""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(message or code)
        self.code = code


@dataclass
class Book:
    """Everything of one shop."""

    items: dict[str, Item] = field(default_factory=dict)
    skus: dict[tuple[str, str], Sku] = field(default_factory=dict)  # (item_id, sku_id)
    orders: dict[str, Order] = field(default_factory=dict)
    refunds: dict[str, Refund] = field(default_factory=dict)

    def find_sku(self, *, sku_id: str = "", item_id: str = "", merchant_code: str = "") -> tuple[Item, Sku] | None:
        """By what is given; a merchant code may stand at several, then the first one counts."""
        for item in self.items.values():
            if item_id and item.item_id != item_id:
                continue
            for sku in item.skus:
                if (not sku_id or sku.sku_id == sku_id) and (not merchant_code or sku.merchant_code == merchant_code):
                    return item, sku
        return None


Past = deque[tuple[int, str]]  # (since when, as JSON), oldest first


class World:
    def __init__(self, folder: Path | None = None, *, seed: int = 1, clock: Clock | None = None) -> None:
        """A kept world goes on with its own seed and clock."""
        self.lock = threading.RLock()
        self.shops: dict[str, Shop] = {}
        self.books: dict[str, Book] = {}
        self.moods: dict[str, Mood] = {}
        self.agenda = Agenda()
        self.stories: dict[str, Callable[[dict[str, Any]], None]] = {}
        self.listeners: list[Callable[[Event], None]] = []
        self._store = Store(folder)
        self._depth = 0
        self._moment_ms = 0
        self._past: dict[tuple[str, str, str], Past] = {}
        self._counts: dict[str, int] = {}
        self._events: list[Event] = []
        self._changed: dict[tuple[str, str, str], Any] = {}
        self._deeds: dict[int, Deed] = {}
        self._done_deeds: list[int] = []
        facts = self._store.facts()
        self.seed = int(facts.get("seed", seed))
        self.clock = clock or (Clock.load(facts["clock"]) if "clock" in facts else Clock.real())
        self._load(facts)

    def _load(self, facts: dict[str, Any]) -> None:
        self._counts = facts.get("counts", {})
        for kept in self._store.things("shop"):
            shop = Shop.load(kept)
            self.shops[shop.key], self.books[shop.key] = shop, Book()
        for kept in self._store.things("mood"):
            shop_key = kept.pop("shop")
            self.moods[shop_key] = Mood.load(kept)
        for kept in self._store.things("item"):
            self._shelve(Item.load(kept))
        for kept in self._store.things("order"):
            order = Order.load(kept)
            self.books[order.shop].orders[order.no] = order
            self._remember("order", order)
        for kept in self._store.things("refund"):
            refund = Refund.load(kept)
            self.books[refund.shop].refunds[refund.no] = refund
            self._remember("refund", refund)
        for seq, at_ms, what, about in self._store.deeds():
            self.agenda.put(Deed(at_ms, seq, what, json.loads(about)))
        self._store.write(facts={"seed": self.seed, "clock": self.clock.keep()})

    def close(self) -> None:
        with self.lock:
            self._store.close()

    # --- time and chance -------------------------------------------------------------------------------------------------

    def now(self) -> int:
        """The simulated moment; while a deed of the agenda runs, its own."""
        return self._moment_ms or self.clock.now()

    def is_timely(self, moment_ms: int, tolerance_ms: int, *, skew_ms: int = 0) -> bool:
        """Whether a caller's time stamp is near ours. When the simulated clock was moved, callers with a real clock are right as well."""
        nows = [self.now() + skew_ms] + ([] if self.clock.is_real else [real_ms() + skew_ms])
        return any(abs(moment_ms - now) <= tolerance_ms for now in nows)

    def keep_clock(self) -> None:
        with self.lock:
            self._store.write(facts={"clock": self.clock.keep()})

    def count(self, what: str, *, first: int = 1) -> int:
        """The next number of a count."""
        self._counts[what] = self._counts.get(what, first - 1) + 1
        return self._counts[what]

    def chance(self, about: str) -> Random:
        """Chance that is the same in every run with this seed: asked about the same things in the same order."""
        return Random(f"{self.seed}/{about}/{self.count(f'chance/{about}')}")

    def number(self, shop: Shop, what: str) -> str:
        """A new number of the platform: `what` is order, line, refund, item, sku or shop."""
        traits = numbering.TRAITS[shop.platform]
        pattern = traits.order if what == "line" else str(getattr(traits, what))
        name = f"{shop.platform}/*" if shop.platform == numbering.ONE_COUNT else f"{shop.platform}/{'order' if what == 'line' else what}"
        n = self.count(name, first=101)
        return numbering.form(pattern, n, self.now(), Random(f"{self.seed}/{name}/{n}"))

    # --- changing --------------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """One change: all of it is kept, at the end and in one transaction. Stories look before they write: nothing is half-done."""
        with self.lock:
            self._depth += 1
            try:
                yield
                if self._depth == 1:
                    self._commit()
            finally:
                self._depth -= 1

    def _commit(self) -> None:
        told = 0
        while told < len(self._events):  # listeners plan what follows, in the same transaction
            event = self._events[told]
            told += 1
            for listener in self.listeners:
                listener(event)
        rows = [(kind, shop, no, dump(thing)) for (kind, shop, no), thing in self._changed.items()]
        now = self.now()
        for kind, shop, no, body in rows:
            if kind in {"order", "refund"}:
                self._past.setdefault((kind, shop, no), deque(maxlen=PAST_KEPT)).append((now, body))
        self._store.write(
            things=rows,
            deeds=[_deed_row(deed) for deed in self._deeds.values()],
            done_deeds=self._done_deeds,
            events=[(e.seq, e.at_ms, e.shop, e.kind, e.no, dump(e.more)) for e in self._events],
            facts={"counts": self._counts},
        )
        self._changed, self._events, self._deeds, self._done_deeds = {}, [], {}, []

    def _remember(self, kind: str, thing: Order | Refund) -> None:
        self._past[kind, thing.shop, thing.no] = deque([(thing.updated_ms, dump(thing))], maxlen=PAST_KEPT)

    def put_shop(self, shop: Shop) -> None:
        self.shops[shop.key] = shop
        self.books.setdefault(shop.key, Book())
        self._changed["shop", "", shop.key] = shop

    def put_mood(self, shop_key: str, mood: Mood) -> None:
        self.moods[shop_key] = mood
        self._changed["mood", "", shop_key] = {"shop": shop_key, **vars(mood)}

    def put_item(self, item: Item) -> None:
        item.updated_ms = self.now()
        self._shelve(item)
        self._changed["item", item.shop, item.item_id] = item

    def _shelve(self, item: Item) -> None:
        book = self.books[item.shop]
        book.items[item.item_id] = item
        book.skus.update({(item.item_id, sku.sku_id): sku for sku in item.skus})

    def put_order(self, order: Order, *, moves: bool = True) -> None:
        """`moves`: the platform's time of change moves."""
        if moves:
            order.updated_ms = max(self.now(), order.updated_ms)
        self.books[order.shop].orders[order.no] = order
        self._changed["order", order.shop, order.no] = order

    def put_refund(self, refund: Refund) -> None:
        refund.updated_ms = max(self.now(), refund.updated_ms)
        self.books[refund.shop].refunds[refund.no] = refund
        self._changed["refund", refund.shop, refund.no] = refund

    def tell(self, shop: str, kind: str, no: str, **more: Any) -> None:
        self._events.append(Event(self.count("event"), self.now(), shop, kind, no, more))

    def plan(self, at_ms: int, what: str, **about: Any) -> None:
        deed = Deed(at_ms, self.count("deed"), what, about)
        self.agenda.put(deed)
        self._deeds[deed.seq] = deed

    def give_up(self, what: str, shop: str) -> None:
        """Nothing of this kind happens any more in this shop."""
        self._done_deeds += [deed.seq for deed in self.agenda.drop(what, shop)]

    # --- reading ---------------------------------------------------------------------------------------------------------

    def shop(self, key: str) -> Shop:
        if key not in self.shops:
            raise Impossible("unknown", f"no shop {key}")
        return self.shops[key]

    def mood(self, shop_key: str) -> Mood:
        return self.moods.setdefault(shop_key, Mood())

    def order(self, shop: str, no: str) -> Order:
        found = self.books[self.shop(shop).key].orders.get(no)
        if not found:
            raise Impossible("unknown", f"no order {no}")
        return found

    def refund(self, shop: str, no: str) -> Refund:
        found = self.books[self.shop(shop).key].refunds.get(no)
        if not found:
            raise Impossible("unknown", f"no refund {no}")
        return found

    def past(self, kind: str, thing: Order | Refund, *, until_ms: int | None = None, back: int = 0) -> dict[str, Any] | None:
        """An earlier version as plain values: the newest known at `until_ms`, or `back` versions ago. None = there was none yet."""
        versions = list(self._past.get((kind, thing.shop, thing.no), ()))
        if until_ms is not None:
            versions = [version for version in versions if version[0] <= until_ms]
        index = len(versions) - 1 - back
        return json.loads(versions[max(index, 0)][1]) if versions else None

    def events(self, after: int = 0, limit: int = 10_000) -> list[Row]:
        with self.lock:
            return self._store.events(after, limit)

    # --- what was planned ------------------------------------------------------------------------------------------------

    def run_due(self, until_ms: int) -> int:
        """Do what is due, each deed at its own moment; returns how many."""
        done = 0
        while True:
            with self.lock:
                deed = self.agenda.take(until_ms)
                if not deed:
                    return done
                if deed.at_ms > self.clock.now():
                    self.clock.set(deed.at_ms)
                self._moment_ms = deed.at_ms
                try:
                    with self.changing():
                        self._done_deeds.append(deed.seq)
                        with contextlib.suppress(Impossible):  # the world has moved on since it was planned
                            self.stories[deed.what](deed.about)
                finally:
                    self._moment_ms = 0
            done += 1

    def advance(self, seconds: float) -> int:
        """Let this much simulated time pass at once, with everything that happens in it; returns how many deeds were done."""
        target = self.clock.now() + int(seconds * 1000)
        done = self.run_due(target)
        if self.clock.now() < target:  # somebody else may have moved it further meanwhile
            self.clock.set(target)
        self.keep_clock()
        return done


def _deed_row(deed: Deed) -> Row:
    return deed.seq, deed.at_ms, deed.what, dump(deed.about)
