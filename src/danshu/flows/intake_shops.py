"""Orders and refunds come from the platforms by themselves: what is due is read, what is named is fetched, what is missed is found.

See docs/mechanisms/pulling.md. Two lanes: what a platform's message or a person names goes ahead of what is read in the background, in
the queue of jobs (priority) and at the platform (tokens that background calls leave in a shop's bucket).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from danshu.channels import connections, registry
from danshu.channels.connecting import Reading, Stream
from danshu.channels.contract import IncomingOrder, IncomingRefund
from danshu.channels.models import DayCount, Shop
from danshu.channels.operations import counting, granting, payloads, pulling, streams
from danshu.channels.operations.taking import Report, Save, Taken
from danshu.core import clock, jobs
from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.orders import operations as orders
from danshu.orders.models import Order, Refund
from danshu.orders.states import LIVING

log = logging.getLogger(__name__)
RECENT = timedelta(hours=3)  # what the rolling comparison looks at …
FRESH = timedelta(minutes=10)  # … but for what the stream may still be about to read
LIVING_FOR = timedelta(days=30)  # a request that nobody touched for longer is history, whatever its state says


def save_orders(shop_id: int, incoming: Sequence[IncomingOrder], /, *, by: Actor, now: datetime) -> Report:
    return orders.ingest(shop_id, incoming, source="api", by=by, now=now)


def save_refunds(shop_id: int, incoming: Sequence[IncomingRefund], /, *, by: Actor, now: datetime) -> Report:
    return orders.ingest_refunds(shop_id, incoming, by=by, now=now)


SAVES: Mapping[Stream, Save] = {Stream.ORDERS: save_orders, Stream.REFUNDS: save_refunds}


def known_orders(shop_id: int, numbers: Sequence[str]) -> set[str]:
    return set(Order.objects.filter(shop=shop_id, platform_no__in=numbers).values_list("platform_no", flat=True))


# --- the clock's work -----------------------------------------------------------------------------------------------------------


@jobs.job(retries=jobs.MOST_CUTS, priority=8)
def read_streams() -> None:
    """Streams, named numbers and tokens that are due get a worker each."""
    now = clock.now()
    for shop_id, stream in payloads.due(now=now):
        enqueue_wanted(shop_id, stream)
    for shop_id in granting.refreshes_due(now=now):
        refresh_access.using(dedupe=f"refresh:{shop_id}").enqueue(shop_id=shop_id)
    for shop_id, stream in streams.due(now=now):
        priority = 3 if stream == Stream.REFUNDS else 2
        pull_stream.using(dedupe=f"pull:{shop_id}:{stream}", priority=priority).enqueue(shop_id=shop_id, stream=stream)


def enqueue_wanted(shop_id: int, stream: str, *, run_after: datetime | None = None) -> None:
    """`run_after`: they were named just now and settle first."""
    pull_wanted.using(dedupe=f"pull-wanted:{shop_id}:{stream}", run_after=run_after).enqueue(shop_id=shop_id, stream=stream)


@jobs.job(retries=jobs.MOST_CUTS, priority=2)
def pull_stream(shop_id: int, stream: str) -> None:
    """One run of reading. One thread of a worker stays free of it: a backlog of many shops must not hold up what is urgent."""
    if streams.busy(now=clock.now()) >= max(1, settings.WORKER_THREADS - 1):
        return  # it is due still, so the next beat brings it again
    pulling.pull(shop_id, Stream(stream), save=SAVES[Stream(stream)])


@jobs.job(retries=jobs.MOST_CUTS, priority=9)
def pull_wanted(shop_id: int, stream: str) -> None:
    """Numbers that a message named, and those whose next try has come; for those that still settle it comes again."""
    pulling.pull_wanted(shop_id, Stream(stream), save=SAVES[Stream(stream)])
    lag = registry.abilities(Shop.objects.get(pk=shop_id).platform).message_lag
    if lag and (since := payloads.settling_since(shop_id, Stream(stream), now=clock.now())):
        with transaction.atomic():
            enqueue_wanted(shop_id, stream, run_after=since + lag)


@jobs.job(retries=jobs.MOST_CUTS, priority=6)
def refresh_access(shop_id: int) -> None:
    """What goes wrong stands in the connection, with the next try."""
    try:
        granting.refresh(shop_id, now=clock.now())
    except DomainError as error:
        log.warning("Access of shop %d was not prolonged: %s", shop_id, error.code)


@jobs.job(retries=jobs.MOST_CUTS)
def watch_access() -> None:
    """People hear of authorisations that end."""
    with transaction.atomic():
        granting.alert(now=clock.now())


@jobs.job(retries=jobs.MOST_CUTS)
def ask_for_living() -> None:
    """Requests that may still change are asked for again where a change may stand in no list."""
    now = clock.now()
    blind = [code for code in registry.CONNECTORS if _is_blind(registry.abilities(code).streams.get(Stream.REFUNDS))]
    shops = Shop.objects.filter(is_active=True, platform__in=blind, connection__state__in=streams.OPEN)
    found = Refund.objects.filter(shop__in=shops, state__in=LIVING, created_at__gt=now - LIVING_FOR).order_by("shop_id", "pk")
    with transaction.atomic():
        for shop_id, rows in groupby(found.values_list("shop_id", "refund_no"), key=itemgetter(0)):
            payloads.want(shop_id, Stream.REFUNDS, [no for _shop, no in rows], now=now)


def _is_blind(reading: Reading | None) -> bool:
    return reading is not None and not reading.lists_changes


# --- the sentinel -----------------------------------------------------------------------------------------------------------------


@jobs.job(retries=jobs.MOST_CUTS)
def compare_recent() -> None:
    """The last hours of every shop, as the platform lists them by creation."""
    _each(compare_shop, "compare-orders", [{"shop_id": pk} for pk in _countable()])


@jobs.job(retries=jobs.MOST_CUTS)
def count_yesterday() -> None:
    """Yesterday of every shop that has not been counted: downtime and errors are made up for."""
    day = connections.yesterday(clock.now())
    done = set(DayCount.objects.filter(day=day).values_list("shop_id", flat=True))
    _each(count_shop, "count-orders", [{"shop_id": pk, "day": day.isoformat()} for pk in _countable() if pk not in done])


def _each(job: jobs.JobFunction[..., None], name: str, batch: Sequence[Mapping[str, Any]]) -> None:
    job.using(dedupe=lambda arguments: f"{name}:{arguments['shop_id']}").enqueue_many(batch)


def _countable() -> list[int]:
    """Connected shops whose platform lists orders by creation."""
    found = Shop.objects.filter(is_active=True, connection__state__in=streams.OPEN).order_by("pk")
    return [pk for pk, platform in found.values_list("pk", "platform") if _lists_created(platform)]


def _lists_created(platform: str) -> bool:
    reading = registry.abilities(platform).streams.get(Stream.ORDERS)
    return reading is not None and reading.can_list_created


@jobs.job(retries=jobs.MOST_CUTS, priority=1)
def compare_shop(shop_id: int) -> None:
    now = clock.now().replace(microsecond=0)
    reading = registry.abilities(Shop.objects.get(pk=shop_id).platform).streams[Stream.ORDERS]
    end = now - FRESH - reading.lag
    try:
        counting.compare(shop_id, end - RECENT, end, known=known_orders, save=save_orders)
    except DomainError as error:  # the stream shows the same trouble, and the next comparison looks at these hours again
        log.warning("Orders of shop %d were not compared: %s", shop_id, error.code)


@jobs.job(retries=jobs.MOST_CUTS, priority=1)
def count_shop(shop_id: int, day: str) -> None:
    try:
        counting.count_day(shop_id, datetime.fromisoformat(day).date(), known=known_orders, save=save_orders)
    except DomainError as error:  # counted by the next beat
        log.warning("Orders of shop %d were not counted: %s", shop_id, error.code)


# --- what a person wants ------------------------------------------------------------------------------------------------------------


def pull_now(shop_ids: Sequence[int], *, now: datetime) -> None:
    """Read these shops' streams at once."""
    with transaction.atomic():
        streams.wake(shop_ids, now=now)
        read_streams.using(dedupe="read-streams").enqueue()


def fetch_now(shop_id: int, stream: Stream, numbers: Sequence[str], *, by: Actor) -> Taken:
    """Fetch these numbers while the person waits, at most 20 of them; calls the network. `failed` of the answer says of each that did
    not come why. Raises `intake.too_many`, `intake.no_numbers`, and what the platform says when it answers nothing at all."""
    wanted = list(dict.fromkeys(no.strip() for no in numbers if no.strip()))
    if not wanted:
        raise DomainError(_("请填要补拉的单号。"), "intake.no_numbers")
    if len(wanted) > 20:
        raise DomainError(_("一次最多补拉 20 个单号；更多的请按时间段补拉。"), "intake.too_many")
    return pulling.pull_numbers(shop_id, stream, wanted, save=SAVES[stream], by=by)


def retry_payloads(payload_ids: Sequence[int], *, by: Actor, now: datetime) -> int:
    """Ask the platform again for what could not be taken in, now. Returns how many shops' streams that concerns."""
    with transaction.atomic():
        places = payloads.retry(payload_ids, by=by, now=now)
        for shop_id, stream in places:
            enqueue_wanted(shop_id, stream)
    return len(places)
