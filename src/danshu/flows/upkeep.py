"""What the house does for itself at night."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings

from danshu.channels.connecting import Stream
from danshu.channels.operations import heard, payloads
from danshu.core import clock, jobs
from danshu.orders.models import Order, Refund
from danshu.orders.states import LIVING, OPEN


@jobs.job(retries=jobs.MOST_CUTS)
def forget_old_jobs() -> None:
    """Jobs that ended, and errors that were looked after, are kept for a month."""
    jobs.prune(now=clock.now())


@jobs.job(retries=jobs.MOST_CUTS)
def forget_messages() -> None:
    """Ids of what shops' own programs told are kept as long as somebody may send it again."""
    heard.forget(now=clock.now())


@jobs.job(retries=jobs.MOST_CUTS)
def forget_payloads() -> None:
    """What platforms sent holds people's data: of orders and requests that ended it goes when nothing touched it for long enough."""
    since = clock.now() - timedelta(days=settings.PAYLOAD_DAYS)
    for rows in payloads.untouched(since=since):
        shops, numbers = {shop for _pk, shop, _stream, _no in rows}, {no for _pk, _shop, _stream, no in rows}
        orders = Order.objects.filter(shop__in=shops, platform_no__in=numbers, fulfilment__in=OPEN).values_list("shop_id", "platform_no")
        refunds = Refund.objects.filter(shop__in=shops, refund_no__in=numbers, state__in=LIVING).values_list("shop_id", "refund_no")
        going_on = {(shop, Stream.ORDERS.value, no) for shop, no in orders} | {(shop, Stream.REFUNDS.value, no) for shop, no in refunds}
        payloads.forget([pk for pk, *name in rows if tuple(name) not in going_on], since=since)
        jobs.progressed()
