"""Long work on a shop's orders that a person starts and watches: pulling a span again, translating stored bodies again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from danshu.audit import operations as audit
from danshu.audit.operations import Deed
from danshu.channels.connecting import Basis, Span, Stream
from danshu.channels.operations import counting, pulling, translating
from danshu.channels.operations.payloads import Failure
from danshu.channels.operations.taking import Taken
from danshu.core import clock, jobs, runs
from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.core.models import Run
from danshu.flows.intake_shops import SAVES, known_orders, save_orders

LONGEST = timedelta(days=31)


def pull_span(
    shop_id: int, stream: Stream, start: datetime, end: datetime, *, by: Actor, now: datetime, basis: Basis = Basis.MODIFIED
) -> Run:
    """补拉: read what the platform changed (or created) in [start, end) again. Raises `intake.span`, `connection.unable`."""
    place = pulling.desk(shop_id, stream)
    reach = place.reading.reach
    if not timedelta() < end - start <= LONGEST or start < now - reach:
        raise DomainError(
            _("补拉的时间段要在 %(days)d 天以内，开始早于结束，并且不早于平台能查的 %(reach)d 天前。")
            % {"days": LONGEST.days, "reach": reach.days},
            "intake.span",
        )
    if basis is Basis.CREATED and not place.reading.can_list_created:
        raise DomainError(_("%s不能按下单时间补拉，请按变更时间补拉。") % place.shop.get_platform_display(), "connection.unable")
    span = {"start": start.isoformat(), "end": min(end, now).isoformat(), "basis": basis.value}
    title = _("补拉 %(shop)s %(first)s 到 %(last)s") % {"shop": place.shop.name, "first": _spoken(start), "last": _spoken(end)}
    with transaction.atomic():
        run = runs.start("intake.span", title, total=0, by=by, now=now, arguments={"shop_id": shop_id, "stream": stream.value, **span})
        audit.record(
            [Deed("shop.span_pulled", "shop", shop_id, place.shop.name, note=f"{_spoken(start)} – {_spoken(end)}")], by=by, now=now
        )
        run_span.enqueue(run_id=run.pk)
    return run


def count_again(shop_id: int, day: date, *, by: Actor, now: datetime) -> Run:
    """Hold the orders placed on a business day against the platform's once more, and fetch what is missing. Raises `intake.span`,
    `connection.unable`."""
    place = pulling.desk(shop_id, Stream.ORDERS)
    start, end = clock.day_bounds(day)
    if not place.reading.can_list_created:
        raise DomainError(_("%s不能按下单时间列出订单，没法核对。") % place.shop.get_platform_display(), "connection.unable")
    if end > now or start < now - place.reading.reach:
        raise DomainError(_("这一天还没有过完，或者早于平台能查的 %d 天前，没法核对。") % place.reading.reach.days, "intake.span")
    title = _("核对 %(shop)s %(day)s 的订单") % {"shop": place.shop.name, "day": f"{day:%m-%d}"}
    with transaction.atomic():
        run = runs.start("intake.count", title, total=1, by=by, now=now, arguments={"shop_id": shop_id, "day": day.isoformat()})
        audit.record([Deed("shop.span_pulled", "shop", shop_id, place.shop.name, note=f"{day:%m-%d}")], by=by, now=now)
        run_count.enqueue(run_id=run.pk)
    return run


def translate_again(
    shop_id: int, stream: Stream, *, by: Actor, now: datetime, numbers: Sequence[str] | None = None, start: datetime | None = None,
    end: datetime | None = None,
) -> Run:  # fmt: skip
    """Translate stored bodies again: all of the stream, given numbers, or those changed in [start, end). No network. Raises
    `connection.unable`."""
    shop = pulling.desk(shop_id, stream).shop
    count = translating.chosen(shop_id, stream, numbers=numbers, start=start, end=end).count()
    arguments = {
        "shop_id": shop_id,
        "stream": stream.value,
        "numbers": None if numbers is None else list(numbers),
        "start": start and start.isoformat(),
        "end": end and end.isoformat(),
    }
    with transaction.atomic():
        run = runs.start("intake.translate", _("重新解析 %s 的平台原文") % shop.name, total=count, by=by, now=now, arguments=arguments)
        translating.note(shop_id, shop.name, count, by=by, now=now)
        run_translation.enqueue(run_id=run.pk)
    return run


@jobs.job(retries=jobs.MOST_CUTS, priority=4)
def run_span(run_id: int) -> None:
    run = Run.objects.get(pk=run_id)
    stream = Stream(run.arguments["stream"])
    first, last = (datetime.fromisoformat(run.arguments[name]) for name in ("start", "end"))
    span = Span(first, last, Basis(run.arguments["basis"]))
    try:
        taken = pulling.pull_span(
            run.arguments["shop_id"], stream, span, save=SAVES[stream], by=_actor(run), said=lambda part: _advance(run_id, part)
        )
    except DomainError as error:
        _broke(run_id, error)
        return
    runs.finish(run_id, summary=_summary(taken))


@jobs.job(retries=jobs.MOST_CUTS, priority=4)
def run_count(run_id: int) -> None:
    run = Run.objects.get(pk=run_id)
    day = date.fromisoformat(run.arguments["day"])
    try:
        counted = counting.count_day(run.arguments["shop_id"], day, known=known_orders, save=save_orders)
    except DomainError as error:
        _broke(run_id, error)
        return
    is_whole = counted.our_count >= counted.platform_count
    numbers = {"platform": counted.platform_count, "here": counted.our_count, "missing": counted.missing_count}
    message = _("平台 %(platform)d 单，这里 %(here)d 单；核对前少 %(missing)d 单") % numbers
    runs.advance(run_id, [{"label": f"{day:%m-%d}", "ok": is_whole, "message": message, "url": ""}])
    runs.finish(run_id, summary=numbers)


@jobs.job(retries=jobs.MOST_CUTS, priority=4)
def run_translation(run_id: int) -> None:
    run = Run.objects.get(pk=run_id)
    stream = Stream(run.arguments["stream"])
    start, end = (run.arguments[name] and datetime.fromisoformat(run.arguments[name]) for name in ("start", "end"))
    found = translating.chosen(run.arguments["shop_id"], stream, numbers=run.arguments["numbers"], start=start, end=end)
    try:
        taken = translating.translate_again(found, save=SAVES[stream], by=_actor(run), said=lambda part: _advance(run_id, part))
    except DomainError as error:
        _broke(run_id, error)
        return
    runs.finish(run_id, summary=_summary(taken))


def _advance(run_id: int, part: Taken) -> None:
    runs.advance(run_id, [_line(no, failure) for no, failure in part.failed.items()], done=part.rows)
    jobs.progressed()


def _line(no: str, failure: Failure) -> Mapping[str, Any]:
    return {"label": no, "ok": False, "message": failure.message, "url": ""}


def _broke(run_id: int, error: DomainError) -> None:
    runs.advance(run_id, [{"label": "", "ok": False, "message": str(error), "url": ""}], done=0)
    runs.finish(run_id, failed=True)


def _summary(taken: Taken) -> dict[str, int]:
    return {"rows": taken.rows, "new": taken.new, "updated": taken.updated, "failed": len(taken.failed)}


def _actor(run: Run) -> Actor:
    return Actor(run.actor_id, run.actor_name)


def _spoken(moment: datetime) -> str:
    return f"{clock.local(moment):%m-%d %H:%M}"
