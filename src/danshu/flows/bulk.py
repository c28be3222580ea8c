"""The same deed on many orders: in batches, with one result per order, at once or as a watched job.

An operation refuses a batch as a whole when one order in it cannot be done; halving the batch finds that order, the others go through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from danshu.core import clock, jobs, runs
from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.core.models import Run
from danshu.orders import operations as orders
from danshu.orders.models import Order, OrderLine

BATCH = 100
Arguments = Mapping[str, Any]  # JSON values only: they travel with the job
Unit = tuple[int, ...]  # orders that stand or fall together
Deed = Callable[[Sequence[Unit], Arguments, Actor, datetime], None]


@dataclass(frozen=True, slots=True)
class Action:
    """One bulk deed. `title` takes `count`; `done` is the word beside an order that went through."""

    code: str
    permission: str
    title: str | Promise
    done: str | Promise
    deed: Deed
    units: Callable[[Sequence[int]], list[Unit]]
    others: tuple[str, ...] = ()  # permissions that do as well


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one order. `message` is the reason when it was refused."""

    order_id: int
    no: str
    short_no: str
    ok: bool
    message: str

    def plain(self) -> dict[str, Any]:
        return {"label": self.short_no, "ok": self.ok, "message": self.message, "url": reverse("orders-detail", args=[self.no])}


def perform(action: Action, order_ids: Sequence[int], arguments: Arguments, *, by: Actor, now: datetime) -> list[Result]:
    """Do the deed now and say per order how it went, in the given order. Each batch is its own transaction."""
    reasons: dict[int, str] = {}
    for batch in _batches(action.units(list(dict.fromkeys(order_ids)))):
        reasons |= _attempt(action, batch, arguments, by, now)
    return _results(action, order_ids, reasons)


def start(action: Action, order_ids: Sequence[int], arguments: Arguments, *, by: Actor, now: datetime) -> Run:
    """The same as a job; the run shows its progress and its results."""
    units = [list(unit) for unit in action.units(list(dict.fromkeys(order_ids)))]
    total = sum(map(len, units))
    with transaction.atomic():
        run = runs.start(
            f"orders.{action.code}", str(action.title) % {"count": total}, total=total, by=by, now=now,
            arguments={"units": units, "arguments": dict(arguments)},
        )  # fmt: skip
        orders_bulk.enqueue(run_id=run.pk)
    return run


@jobs.job()
def orders_bulk(run_id: int) -> None:
    """Batches and their progress are saved together, so a killed job goes on where it stopped and does nothing twice."""
    run = Run.objects.get(pk=run_id)
    action = ACTIONS[run.kind.removeprefix("orders.")]
    by = Actor(run.actor_id, run.actor_name)
    units: list[Unit] = [tuple(unit) for unit in run.arguments["units"]]
    for batch in _batches(_after(units, run.done)):
        now = clock.now()
        with transaction.atomic():
            reasons = _attempt(action, batch, run.arguments["arguments"], by, now)
            results = _results(action, [order_id for unit in batch for order_id in unit], reasons)
            runs.advance(run_id, [result.plain() for result in results])
    runs.finish(run_id)


def _after(units: list[Unit], done: int) -> list[Unit]:
    while done > 0 and units:
        done -= len(units[0])
        units = units[1:]
    return units


def _batches(units: Sequence[Unit]) -> Iterator[list[Unit]]:
    """Units in batches of about BATCH orders; a unit is never cut."""
    batch: list[Unit] = []
    size = 0
    for unit in units:
        if batch and size + len(unit) > BATCH:
            yield batch
            batch, size = [], 0
        batch.append(unit)
        size += len(unit)
    if batch:
        yield batch


def _attempt(action: Action, units: Sequence[Unit], arguments: Arguments, by: Actor, now: datetime) -> dict[int, str]:
    """Order id → why not, for those that were refused."""
    try:
        with transaction.atomic():
            action.deed(units, arguments, by, now)
    except DomainError as error:
        if len(units) == 1:
            return dict.fromkeys(units[0], error.message)
        middle = len(units) // 2
        return _attempt(action, units[:middle], arguments, by, now) | _attempt(action, units[middle:], arguments, by, now)
    return {}


def _results(action: Action, order_ids: Sequence[int], reasons: Mapping[int, str]) -> list[Result]:
    known = {order.pk: order for order in Order.objects.filter(pk__in=order_ids).only("no")}
    return [
        Result(pk, known[pk].no, known[pk].short_no, pk not in reasons, reasons.get(pk, str(action.done)))
        for pk in order_ids
        if pk in known
    ]


def _singly(order_ids: Sequence[int]) -> list[Unit]:
    return [(order_id,) for order_id in order_ids]


def _flat(units: Sequence[Unit]) -> list[int]:
    return [order_id for unit in units for order_id in unit]


def _groups(order_ids: Sequence[int]) -> list[Unit]:
    """Orders of one person, shop and warehouse stand together; one without a partner stands alone and will hear why."""
    groups: dict[tuple[int, str, int | None], list[int]] = {}
    found = Order.objects.filter(pk__in=order_ids).order_by("pk").values_list("pk", "shop_id", "merge_hash", "warehouse_id")
    for pk, shop_id, merge_hash, warehouse_id in found:
        groups.setdefault((shop_id, merge_hash, warehouse_id), []).append(pk)
    return [tuple(group) for key, group in groups.items() if key[1]] + [
        (pk,) for key, group in groups.items() if not key[1] for pk in group
    ]


def _hold(units: Sequence[Unit], arguments: Arguments, by: Actor, now: datetime) -> None:
    until = datetime.fromisoformat(arguments["until"]) if arguments.get("until") else None
    orders.hold(_flat(units), reason=arguments.get("reason", ""), until=until, by=by, now=now)


def _unhold(units: Sequence[Unit], _arguments: Arguments, by: Actor, now: datetime) -> None:
    orders.unhold(_flat(units), by=by, now=now)


def _seen(units: Sequence[Unit], _arguments: Arguments, by: Actor, now: datetime) -> None:
    orders.mark_seen(_flat(units), by=by, now=now)


def _courier(units: Sequence[Unit], arguments: Arguments, by: Actor, now: datetime) -> None:
    orders.set_courier(_flat(units), arguments["courier"], by=by, now=now)


def _flag(units: Sequence[Unit], arguments: Arguments, by: Actor, now: datetime) -> None:
    orders.set_flag(_flat(units), arguments["flag"], by=by, now=now)


def _tag(units: Sequence[Unit], arguments: Arguments, by: Actor, now: datetime) -> None:
    orders.set_tags(_flat(units), add=arguments.get("add", ()), remove=arguments.get("remove", ()), by=by, now=now)


def _memo(units: Sequence[Unit], arguments: Arguments, by: Actor, now: datetime) -> None:
    orders.set_memo(_flat(units), arguments["memo"], by=by, now=now)


def _urgent(units: Sequence[Unit], arguments: Arguments, by: Actor, now: datetime) -> None:
    orders.set_urgent(_flat(units), bool(arguments["urgent"]), by=by, now=now)


def _cancel(units: Sequence[Unit], arguments: Arguments, by: Actor, now: datetime) -> None:
    orders.cancel(_flat(units), reason=arguments.get("reason", ""), by=by, now=now)


def _reopen(units: Sequence[Unit], _arguments: Arguments, by: Actor, now: datetime) -> None:
    orders.reopen(_flat(units), by=by, now=now)


def _merge(units: Sequence[Unit], _arguments: Arguments, by: Actor, now: datetime) -> None:
    orders.merge(_flat(units), by=by, now=now)


def _unmerge(units: Sequence[Unit], _arguments: Arguments, by: Actor, now: datetime) -> None:
    orders.unmerge(_flat(units), by=by, now=now)


def _split(units: Sequence[Unit], _arguments: Arguments, by: Actor, now: datetime) -> None:
    """What is short becomes an order of its own, so that the rest can leave today."""
    ids = _flat(units)
    short: dict[int, list[tuple[int, int]]] = {pk: [] for pk in ids}
    lines = OrderLine.objects.filter(order__in=ids, is_short=True).order_by("pk").values_list("order_id", "pk", "quantity")
    for order_id, line_id, quantity in lines:
        short[order_id].append((line_id, quantity))
    for order_id, part in short.items():
        if not part:
            raise DomainError(_("没有缺货的商品，不用拆。要按件数拆，请打开这一单拆。"), "bulk.nothing_short")
        orders.split(order_id, [part], by=by, now=now)


ACTIONS: dict[str, Action] = {
    action.code: action
    for action in (
        Action("merge", "orders.merge", gettext_lazy("合单 %(count)s 单"), gettext_lazy("已合单"), _merge, _groups),
        Action("unmerge", "orders.merge", gettext_lazy("撤销合单 %(count)s 单"), gettext_lazy("已撤销合单"), _unmerge, _singly),
        Action("split", "orders.merge", gettext_lazy("拆出缺货 %(count)s 单"), gettext_lazy("已拆出缺货的商品"), _split, _singly),
        Action(
            "courier", "orders.edit", gettext_lazy("分配快递 %(count)s 单"), gettext_lazy("已换快递"), _courier, _singly, ("ship.waybill",)
        ),
        Action("hold", "orders.hold", gettext_lazy("挂起 %(count)s 单"), gettext_lazy("已挂起"), _hold, _singly),
        Action("unhold", "orders.hold", gettext_lazy("解除挂起 %(count)s 单"), gettext_lazy("已解除挂起"), _unhold, _singly),
        Action("seen", "ship.print", gettext_lazy("核对变更 %(count)s 单"), gettext_lazy("已核对"), _seen, _singly),
        Action("flag", "orders.edit", gettext_lazy("插旗 %(count)s 单"), gettext_lazy("已改旗标"), _flag, _singly),
        Action("tag", "orders.edit", gettext_lazy("改标签 %(count)s 单"), gettext_lazy("已改标签"), _tag, _singly),
        Action("memo", "orders.edit", gettext_lazy("写备注 %(count)s 单"), gettext_lazy("已写备注"), _memo, _singly),
        Action("urgent", "orders.edit", gettext_lazy("改加急 %(count)s 单"), gettext_lazy("已改加急"), _urgent, _singly),
        Action("cancel", "orders.edit", gettext_lazy("取消 %(count)s 单"), gettext_lazy("已取消"), _cancel, _singly),
        Action("reopen", "orders.edit", gettext_lazy("恢复 %(count)s 单"), gettext_lazy("已恢复"), _reopen, _singly),
    )
}
