"""Platforms hear what was shipped, and say themselves that they have it. See docs/mechanisms/refunds-and-confirmations.md.

A parcel that leaves is written down as to be told, in the reaction to that fact; one worker per shop says it, call by call. An attempt
is noted before the call: what may have been told by a worker that died, or by a call that got no answer, is looked up at the platform
before it is told again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from danshu.channels import registry
from danshu.channels.connecting import Connector, Fetched, Refusal, Shipment, Stream
from danshu.channels.connector_errors import BadPayload, ConnectorError, CredentialsExpired, RateLimited, TemporaryFailure
from danshu.channels.contract import IncomingOrder, Progress
from danshu.channels.models import Shop, ShopConnection
from danshu.channels.operations import granting
from danshu.core import clock, jobs
from danshu.core.actor import Actor
from danshu.fulfilment import confirmations
from danshu.fulfilment import operations as fulfilment
from danshu.fulfilment.confirmations import Plan
from danshu.fulfilment.events import ParcelsShipped
from danshu.fulfilment.models import Confirmation, Parcel
from danshu.fulfilment.operations import confirmations as writing
from danshu.fulfilment.operations import dispatching
from danshu.fulfilment.operations.confirmations import Looked

log = logging.getLogger(__name__)
ROUNDS = 400  # calls in one run: a shop with more to say goes on with the next beat
MOST_DOUBTS = 4  # attempts after which a no is a no
LOOK_AFTER = timedelta(seconds=5)
LONGEST_LOOK = timedelta(minutes=10)  # between two looks on the first day, then every hour, for a week
State = ShopConnection.State


def able(shop_ids: Iterable[int] | None = None, *, also_refused: bool = False) -> list[int]:
    """Active shops, among these or all, whose platform hears of parcels from us. `also_refused`: those too whose access a person must
    renew first."""
    platforms = [code for code in registry.CONNECTORS if registry.abilities(code).can_ship]
    states = [State.CONNECTED, State.EXPIRING, *([State.REFUSED] if also_refused else [])]
    found = Shop.objects.filter(is_active=True, platform__in=platforms, connection__state__in=states)
    found = found if shop_ids is None else found.filter(pk__in=list(shop_ids))
    return sorted(found.values_list("pk", flat=True))


# --- what is to be told ---------------------------------------------------------------------------------------------------


def note_shipped(facts: Sequence[ParcelsShipped]) -> None:
    """Parcels left: their platforms are to hear of it."""
    _expect({parcel_id for fact in facts for parcel_id in fact.parcel_ids}, by_choice=False)


def tell_parcels(parcel_ids: Sequence[int], *, by: Actor, now: datetime) -> int:  # noqa: ARG001 -- the shape of every deed
    """A person wants these told by us, also what a file has told. Returns how many shops hear of it."""
    return len(_expect(parcel_ids, by_choice=True))


def _expect(parcel_ids: Collection[int], *, by_choice: bool) -> list[int]:
    ids = sorted(parcel_ids)
    shops = able(Parcel.objects.filter(pk__in=ids).values_list("order__shop", flat=True), also_refused=True)
    if not shops:
        return []
    with transaction.atomic():
        touched = fulfilment.expect(ids, shop_ids=shops, by_choice=by_choice, now=clock.now())
        _wake(touched)
    return touched


def tell_again(confirmation_ids: Sequence[int], *, by: Actor, now: datetime) -> int:
    """A person looked after these: tell them, or look, at once. Returns how many shops."""
    with transaction.atomic():
        shops = fulfilment.retry(confirmation_ids, by=by, now=now)
        dispatching.resume(shops)
        _wake(shops)
    return len(shops)


def _wake(shop_ids: Sequence[int]) -> None:
    tell_shop.using(dedupe=lambda arguments: f"tell:{arguments['shop_id']}").enqueue_many([{"shop_id": pk} for pk in shop_ids])


@jobs.job(retries=jobs.MOST_CUTS, priority=7)
def keep_up() -> None:
    """Shops with something to tell, or to look at, get a worker."""
    if due := dispatching.shops_due(now=clock.now()):
        _wake(able(due))


# --- telling it -----------------------------------------------------------------------------------------------------------


@jobs.job(retries=jobs.MOST_CUTS, priority=8)
def tell_shop(shop_id: int) -> None:
    """Tell one platform all that is due, in the order in which it left, and look whether what was told shows. Alone for its shop."""
    shop = Shop.objects.get(pk=shop_id)
    connector = registry.load(shop.platform)
    if connector is None or not able([shop_id]) or not dispatching.take(shop_id, now=clock.now()):
        return
    try:
        for work in (_tell_next, _look):
            for _round in range(ROUNDS):
                if dispatching.is_paused(shop_id, now=clock.now()) or not work(shop, connector):
                    break
                dispatching.keep(shop_id, now=clock.now())
    finally:
        dispatching.let_go(shop_id)


def _tell_next(shop: Shop, connector: Connector) -> bool:
    """One call. False when nothing is to be told now."""
    one = confirmations.following(shop.pk, now=clock.now())
    if one is None:
        return False
    plan = confirmations.plan(one)
    code, why = _impossible(one, plan, connector)
    if code:
        writing.note_refused(one, code, why, now=clock.now())
        return True
    shipment = plan.shipment if connector.abilities.can_ship_parts else replace(plan.shipment, lines=(), is_last=True)
    _guarded(shop, one, lambda: _tell(shop, connector, one, shipment))
    return True


def _impossible(one: Confirmation, plan: Plan, connector: Connector) -> tuple[str, str]:
    """(code, reason) of what this platform cannot be told: a person must do it there."""
    words = {"new": one.waybill_no, "old": one.old_waybill_no, "first": plan.first}
    if one.is_change and not connector.abilities.can_change_waybill:
        return "change", _("平台上还是运单号 %(old)s，这个平台不能从这里改。请到平台后台改成 %(new)s。") % words
    if plan.is_part and plan.first and not one.is_change and not connector.abilities.can_ship_parts:
        return "parts", _("这个平台一单只收一个运单号，已经回传了 %(first)s。请到平台后台补上 %(new)s。") % words
    return "", ""


def _tell(shop: Shop, connector: Connector, one: Confirmation, shipment: Shipment) -> None:
    if one.attempts and _is_there(shop, connector, one):
        return
    if not writing.begin(one.pk):
        return
    result = granting.call(shop.pk, lambda access: connector.ship(access, shipment))
    now = clock.now()
    dispatching.answered(shop.pk)
    if result.refusal is None:
        writing.note_told(one, look_at=now + LOOK_AFTER, now=now)
    elif result.refusal == Refusal.TEMPORARY or _may_be_told(one):
        writing.note_failed(one, result.refusal, result.message, retry_at=now + dispatching.wait(one.attempts))
    else:
        writing.note_refused(one, result.refusal, result.message, now=now)


def _may_be_told(one: Confirmation) -> bool:
    """Whether a no may mean "I have it already": an earlier attempt had no answer, and what the platform shows may lag behind."""
    return 0 < one.attempts < MOST_DOUBTS


def _is_there(shop: Shop, connector: Connector, one: Confirmation) -> bool:
    """Whether an attempt of which nobody knows the end has told it."""
    if Stream.ORDERS not in connector.abilities.streams:
        return False
    (looked,) = _read(shop, connector, [one])
    return looked.is_confirmed and bool(writing.note_looked([looked], now=clock.now()))


def _guarded(shop: Shop, one: Confirmation | None, work: Callable[[], None]) -> None:
    """Call, and write down what goes wrong: a parcel's own trouble holds up no other, the platform's rests the shop."""
    try:
        work()
    except ConnectorError as error:
        _failed(shop, one, error)
    except Exception as error:  # an adapter's own mistake: this parcel waits and shows it, the others go on
        log.exception("Telling the platform of shop %d broke", shop.pk)
        _failed(shop, one, TemporaryFailure(f"{type(error).__name__}: {error}"))


def _failed(shop: Shop, one: Confirmation | None, error: ConnectorError) -> None:
    now, words = clock.now(), str(error)
    if one is not None and not error.is_passing and not isinstance(error, CredentialsExpired):
        if _may_be_told(one):
            writing.note_failed(one, error.code, words, retry_at=now + dispatching.wait(one.attempts))
        else:
            writing.note_refused(one, error.code, words, now=now)
        return
    least = error.wait if isinstance(error, RateLimited) else 0
    dispatching.stumbled(shop.pk, error.code, words, least=least, now=now)
    if one is not None:
        writing.note_failed(one, error.code, words, retry_at=now + dispatching.wait(one.attempts))


# --- looking whether it shows ----------------------------------------------------------------------------------------------


def _look(shop: Shop, connector: Connector) -> bool:
    """One call. False when nothing is to be looked at now."""
    if Stream.ORDERS not in connector.abilities.streams:
        return False
    told = confirmations.to_look_at(shop.pk, now=clock.now(), most=connector.abilities.fetch_size)
    if not told:
        return False
    _guarded(shop, None, lambda: _look_at(shop, connector, told))
    return True


def _look_at(shop: Shop, connector: Connector, told: Sequence[Confirmation]) -> None:
    writing.note_looked(_read(shop, connector, told), now=clock.now())
    dispatching.answered(shop.pk)


def _read(shop: Shop, connector: Connector, told: Sequence[Confirmation]) -> list[Looked]:
    numbers = list(dict.fromkeys(one.platform_no for one in told))
    fetched = granting.call(shop.pk, lambda access: connector.fetch(access, Stream.ORDERS, numbers), is_urgent=False)
    found, parts, now = {each.no: each for each in fetched}, confirmations.in_parts(told), clock.now()
    return [_looked(one, found.get(one.platform_no), connector, now, is_part=one.pk in parts) for one in told]


def _looked(one: Confirmation, found: Fetched | None, connector: Connector, now: datetime, *, is_part: bool) -> Looked:
    again = _again(one, now)
    if found is None or found.body is None:
        unknown = _("平台说没有这个订单号。请核对订单是不是这个店铺的。")
        return Looked(one.pk, False, "unread", (found.message if found else "") or unknown, again)
    try:
        order = connector.order(found.body)
    except BadPayload as error:
        return Looked(one.pk, False, error.code, error.message, again)
    shown = {parcel.waybill_no.strip().upper() for parcel in order.parcels} - {""}
    if one.waybill_no.upper() in shown or (not shown and _has_left(order, is_part=is_part)):
        return Looked(one.pk, True)
    if shown and not is_part:
        told = _("平台上这单的运单号是 %(theirs)s，不是我们回传的 %(ours)s。请到平台后台核对。")
        return Looked(one.pk, False, "other_waybill", told % {"theirs": "、".join(sorted(shown)), "ours": one.waybill_no}, again)
    return Looked(one.pk, False, "", "", again)


def _has_left(order: IncomingOrder, *, is_part: bool) -> bool:
    return order.progress in {Progress.SHIPPED, Progress.DELIVERED} or (is_part and order.progress == Progress.PART_SHIPPED)


def _again(one: Confirmation, now: datetime) -> datetime | None:
    """When to look again: often at first, then as seldom as it has taken already."""
    if one.told_at is None:
        return one.retry_at
    since = now - one.told_at
    if since > timedelta(days=7):
        return None
    return now + (timedelta(hours=1) if since > timedelta(days=1) else min(LONGEST_LOOK, max(LOOK_AFTER, since)))
