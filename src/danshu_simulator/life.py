"""Buyers who act: they come, pay, forget to pay, move house, change their minds, send things back. The same seed makes the same day."""

from __future__ import annotations

from dataclasses import dataclass, fields
from random import Random
from typing import Any

from danshu_simulator import ordering, people, refunding
from danshu_simulator.things import Event, OrderStatus, RefundKind, RefundStatus
from danshu_simulator.world import World

MINUTE, HOUR = 60_000, 3_600_000
PLANS = tuple(f"life.{name}" for name in ("come", "pay", "move", "regret", "complain", "take_back", "send_back"))


@dataclass(frozen=True)
class Habits:
    """The buyers of one shop. Shares are of orders; hours and minutes are means."""

    orders_per_hour: float = 20
    most_lines: int = 3
    most_pieces: int = 3
    forgets: float = 0.08  # never pays
    pay_minutes: float = 3
    writes: float = 0.2  # leaves a message
    moves: float = 0.03  # another address before shipping
    move_minutes: float = 20
    regrets: float = 0.04  # wants the money back before shipping
    regret_minutes: float = 60
    complains: float = 0.05  # after shipping: money, goods back, or other goods
    complain_hours: float = 60
    takes_back: float = 0.2  # share of wishes that are taken back
    receive_hours: float = 48
    discounts: float = 0.3

    @classmethod
    def load(cls, kept: dict[str, Any]) -> Habits:
        unknown = set(kept) - {one.name for one in fields(cls)}
        if unknown:
            raise ValueError(f"unknown habits: {', '.join(sorted(unknown))}")
        return cls(**kept)


class Life:
    """Lives in the agenda: what buyers will do is planned there, and so goes on after a restart."""

    def __init__(self, world: World) -> None:
        self.world = world
        world.listeners.append(self.hear)
        for name in PLANS:
            world.stories[name] = getattr(self, name.replace("life.", "_"))

    def start(self, shop_key: str, habits: Habits | None = None) -> None:
        """Buyers come to this shop from now on, with these habits; none come while `orders_per_hour` is 0."""
        habits = habits or Habits()
        with self.world.changing():
            self.world.give_up("life.come", shop_key)
            shop = self.world.shop(shop_key)
            ordering.change_shop(self.world, shop_key, options={**shop.options, "habits": vars(habits)})
            self._plan_next(shop_key, habits)

    def stop(self, shop_key: str, *, at_once: bool = False) -> None:
        """No new buyers; those there are do what they planned, or nothing any more. What platforms planned goes on."""
        with self.world.changing():
            for deed in (*PLANS, "receive") if at_once else ("life.come",):
                self.world.give_up(deed, shop_key)

    def habits(self, shop_key: str) -> Habits | None:
        kept = self.world.shop(shop_key).options.get("habits")
        return Habits.load(kept) if kept else None

    def _plan_next(self, shop_key: str, habits: Habits) -> None:
        if habits.orders_per_hour > 0:
            pause = self.world.chance("come").expovariate(habits.orders_per_hour) * HOUR
            self.world.plan(self.world.now() + int(pause), "life.come", shop=shop_key)

    # --- deeds -----------------------------------------------------------------------------------------------------------

    def _come(self, about: dict[str, Any]) -> None:
        key, world = about["shop"], self.world
        habits = self.habits(key) or Habits()
        self._plan_next(key, habits)
        rng = world.chance("basket")
        chosen = basket(world, key, habits, rng)
        if not chosen:
            return
        message = rng.choice(people.WORDS) if rng.random() < habits.writes else ""
        order = ordering.place(world, key, chosen, message=message, freight_fen=rng.choice((0, 0, 0, 600)))
        if rng.random() >= habits.forgets:
            self._soon(rng, habits.pay_minutes * MINUTE, "life.pay", key, order.no)
        if rng.random() < habits.moves:
            self._soon(rng, habits.move_minutes * MINUTE, "life.move", key, order.no)

    def _pay(self, about: dict[str, Any]) -> None:
        ordering.pay(self.world, about["shop"], about["no"])

    def _move(self, about: dict[str, Any]) -> None:
        ordering.change_address(self.world, about["shop"], about["no"])

    def _regret(self, about: dict[str, Any]) -> None:
        if self.world.order(about["shop"], about["no"]).status == OrderStatus.PAID:
            self._ask(about["shop"], about["no"], RefundKind.REFUND, self.world.chance("regret"))

    def _complain(self, about: dict[str, Any]) -> None:
        rng = self.world.chance("complain")
        kind = rng.choice((RefundKind.REFUND, RefundKind.RETURN, RefundKind.RETURN, RefundKind.EXCHANGE))
        self._ask(about["shop"], about["no"], kind, rng)

    def _ask(self, key: str, no: str, kind: RefundKind, rng: Random) -> None:
        """About all of it, or about one line."""
        order = self.world.order(key, no)
        lines = [line for line in order.lines if not line.is_refunded and not line.refund]
        chosen = [rng.choice(lines)] if lines and rng.random() < 0.4 else lines
        pieces = {line.oid: line.quantity for line in chosen} if len(chosen) < len(order.lines) else None
        refund = refunding.ask(self.world, key, no, kind=kind, pieces=pieces, reason=rng.choice(people.WISHES))
        habits = self.habits(key) or Habits()
        if rng.random() < habits.takes_back:
            self._soon(rng, 3 * HOUR, "life.take_back", key, refund.no)

    def _take_back(self, about: dict[str, Any]) -> None:
        refunding.take_back(self.world, about["shop"], about["no"])

    def _send_back(self, about: dict[str, Any]) -> None:
        rng = self.world.chance("send_back")
        refunding.send_back(self.world, about["shop"], about["no"], waybill_no=f"SF{rng.randrange(10**12):012d}")

    # --- what follows from what others did ----------------------------------------------------------------------------------

    def hear(self, event: Event) -> None:
        habits = self.habits(event.shop) if event.shop in self.world.shops else None
        if not habits:
            return
        rng = self.world.chance("follow")
        if event.kind == "order.paid" and rng.random() < habits.regrets:
            self._soon(rng, habits.regret_minutes * MINUTE, "life.regret", event.shop, event.no)
        elif event.kind == "order.shipped" and self.world.order(event.shop, event.no).status == OrderStatus.SHIPPED:
            self._soon(rng, habits.receive_hours * HOUR, "receive", event.shop, event.no)
            if rng.random() < habits.complains:
                self._soon(rng, habits.complain_hours * HOUR, "life.complain", event.shop, event.no)
        elif event.kind == "refund.changed" and event.more.get("status") == RefundStatus.WAITING_RETURN:
            self._soon(rng, 12 * HOUR, "life.send_back", event.shop, event.no)

    def _soon(self, rng: Random, mean_ms: float, what: str, key: str, no: str) -> None:
        self.world.plan(self.world.now() + 1000 + int(rng.expovariate(1) * mean_ms), what, shop=key, no=no)


def basket(world: World, key: str, habits: Habits, rng: Random) -> list[ordering.Wanted]:
    """Things that are still shown as in stock."""
    shown = [(item.item_id, sku) for item in world.books[key].items.values() if item.is_on_sale for sku in item.skus if sku.stock > 0]
    chosen = rng.sample(shown, min(len(shown), rng.randint(1, habits.most_lines)))
    wanted = []
    for item_id, sku in chosen:
        pieces = min(sku.stock, rng.randint(1, habits.most_pieces))
        discount = rng.randrange(0, sku.price_fen // 5) if rng.random() < habits.discounts else 0
        wanted.append(ordering.Wanted(pieces, sku.sku_id, item_id, discount_fen=discount))
    return wanted
