"""/settings/shops/<id>/health/: how each stream of a shop runs, what did not come in, what the sentinel counted, and 补拉."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from danshu.channels import connections
from danshu.channels.connecting import Basis, Stream
from danshu.channels.connections import ShopHealth, StreamHealth
from danshu.channels.models import DayCount, RawPayload, Shop
from danshu.channels.operations import streams
from danshu.channels.operations.streams import NAMES
from danshu.channels.operations.taking import Taken
from danshu.core import clock
from danshu.core.errors import DomainError
from danshu.core.paging import page
from danshu.flows import intake_runs, intake_shops
from danshu.web import moments, typed
from danshu.web.access import StaffRequest, requires
from danshu.web.settings.connecting import mine
from danshu.web.settings.forms import NumbersForm, SpanForm
from danshu.web.settings.standing import Word, day_word, delay, word
from danshu.web.shell import toast

DAYS = 14
MOST = 500  # payloads that one click tries again


@dataclass(frozen=True, slots=True)
class StreamRow:
    """One stream: its state in a word, what went wrong and what happens next."""

    stream: StreamHealth
    name: str
    word: Word
    lag: str
    error: str
    next: str


@dataclass(frozen=True, slots=True)
class DayRow:
    """One business day of the sentinel; `count` None: it was not counted."""

    day: date
    count: DayCount | None
    word: Word


@requires("settings.shops")
def health(request: StaffRequest, shop_id: int) -> HttpResponse:
    return _page(request, mine(request, shop_id))


@requires("settings.shops")
@require_POST
def stream(request: StaffRequest, shop_id: int) -> HttpResponse:
    """`act`: now, pause or resume one stream of the shop."""
    shop = mine(request, shop_id)
    one, act, now = _stream(request), request.POST.get("act", ""), clock.now()
    if act == "now":
        intake_shops.pull_now([shop.pk], now=now)
        toast(request, _("马上去读，几秒后刷新看看。"))
    elif streams.set_paused(shop.pk, one, paused=act == "pause", by=request.user.actor, now=now):
        toast(request, _("暂停了。恢复以后从停下的地方接着读，不会漏。") if act == "pause" else _("恢复了，从停下的地方接着读。"))
    return redirect("settings-shop-health", shop.pk)


@requires("settings.shops")
@require_POST
def span(request: StaffRequest, shop_id: int) -> HttpResponse:
    """补拉 of a span: a run with its progress."""
    shop = mine(request, shop_id)
    form = SpanForm(request.POST, streams=_streams(shop))
    if not form.is_valid():
        return _page(request, shop, span=form)
    said = form.cleaned_data
    try:
        run = intake_runs.pull_span(
            shop.pk, Stream(said["stream"]), said["start"], said["end"], by=request.user.actor, now=clock.now(), basis=Basis(said["basis"])
        )
    except DomainError as error:
        form.add_error(None, str(error))
        return _page(request, shop, span=form)
    return redirect("jobs-run", run.pk)


@requires("settings.shops")
@require_POST
def numbers(request: StaffRequest, shop_id: int) -> HttpResponse:
    """补拉 of a few numbers, while the person waits."""
    shop = mine(request, shop_id)
    form = NumbersForm(request.POST, streams=_streams(shop))
    if not form.is_valid():
        return _page(request, shop, numbers=form)
    try:
        taken = intake_shops.fetch_now(
            shop.pk, Stream(form.cleaned_data["stream"]), form.cleaned_data["numbers"], by=request.user.actor
        )  # fmt: skip
    except DomainError as error:
        form.add_error(None, str(error))
        return _page(request, shop, numbers=form)
    for no, failure in taken.failed.items():
        form.add_error(None, f"{no} · {failure.message}")
    if taken.failed:
        return _page(request, shop, numbers=form)
    toast(request, _fetched(taken))
    return redirect("settings-shop-health", shop.pk)


@requires("settings.shops")
@require_POST
def day(request: StaffRequest, shop_id: int) -> HttpResponse:
    """Count a day again and fetch what is missing: a run."""
    shop = mine(request, shop_id)
    asked = typed.day(request.POST.get("day", ""))
    if asked is None:
        raise DomainError(_("没有这一天。请从表里点「补拉」。"), "intake.span")
    return redirect("jobs-run", intake_runs.count_again(shop.pk, asked, by=request.user.actor, now=clock.now()).pk)


@requires("settings.shops")
@require_POST
def retry(request: StaffRequest, shop_id: int) -> HttpResponse:
    """Ask the platform again for `payload` (any number), or for all that was set aside."""
    shop = mine(request, shop_id)
    waiting = RawPayload.objects.filter(shop=shop).exclude(state=RawPayload.State.TAKEN)
    if "all" in request.POST:
        waiting = waiting.filter(state=RawPayload.State.QUARANTINED)
    else:
        waiting = waiting.filter(pk__in=typed.numbers(request.POST.getlist("payload")))
    ids = list(waiting.order_by("pk").values_list("pk", flat=True)[:MOST])
    if not ids:
        raise DomainError(_("没有要重试的单。它们可能已经入库了，请刷新看看。"), "payloads.nothing")
    intake_shops.retry_payloads(ids, by=request.user.actor, now=clock.now())
    toast(request, ngettext("%d 单马上再向平台要一次。", "%d 单马上再向平台要一次。", len(ids)) % len(ids))
    return redirect("settings-shop-health", shop.pk)


def _page(
    request: StaffRequest, shop: Shop, *, span: SpanForm | None = None, numbers: NumbersForm | None = None
) -> HttpResponse:  # fmt: skip
    now = clock.now()
    one = next(iter(connections.health([shop.pk], now=now)), None)
    can_connect = connections.can_connect(shop.platform)
    readable = _streams(shop, one)
    open_ = connections.open_payloads([shop.pk]).defer("body")
    reading = one.abilities.streams.get(Stream.ORDERS) if one else None
    context = {
        "nav": "settings",
        "tab": "health",
        "shop": shop,
        "health": one,
        "connection": one.connection if one else None,
        "is_refused": one is not None and one.tone == "red",
        "word": word(one, can_connect=can_connect),
        "quota": round(one.quota * 100) if one else 0,
        "is_told": one is not None and one.is_connected and bool(one.abilities.told),
        "rows": [_row(stream, now, is_connected=one.is_connected) for stream in one.streams] if one else [],
        "payloads": page(open_, ["state", "-id"], request.GET.get("after", "")),
        "counts": reading is not None and reading.can_list_created,
        "days": _days(one, now) if one and reading and reading.can_list_created else [],
        "span": span or SpanForm(streams=readable, initial={"start": clock.local(now) - timedelta(days=1), "end": clock.local(now)}),
        "numbers": numbers or NumbersForm(streams=readable),
        "reach": reading.reach.days if reading else 0,
    }
    status = 422 if span is not None or numbers is not None else 200
    response = render(request, "settings/_health.html" if request.htmx else "settings/health.html", context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _streams(shop: Shop, one: ShopHealth | None = None) -> Sequence[Stream]:
    """What can be pulled of the shop: the streams that its connection opened."""
    one = one or next(iter(connections.health([shop.pk], now=clock.now())), None)
    return [stream.stream for stream in one.streams] if one and one.is_connected else []


def _stream(request: StaffRequest) -> Stream:
    try:
        return Stream(request.POST.get("stream", ""))
    except ValueError:
        raise DomainError(_("没有这一路数据。请刷新页面再点。"), "connection.unable") from None


def _row(one: StreamHealth, now: datetime, *, is_connected: bool) -> StreamRow:
    cursor = one.cursor
    lag = "" if cursor.lag_seconds is None else delay(cursor.lag_seconds)
    if not is_connected:
        return StreamRow(one, str(NAMES[one.stream]), Word("grey", _("停着"), "player-pause"), lag, "", _("连上以后从这里接着读"))
    return StreamRow(one, str(NAMES[one.stream]), _state(one), lag, cursor.error if one.is_failing else "", _next(one, now))


def _state(one: StreamHealth) -> Word:
    if one.is_paused:
        return Word("grey", _("已暂停"), "player-pause")
    if one.is_failing:
        text = ngettext("连续 %d 次没读成", "连续 %d 次没读成", one.cursor.failures) % one.cursor.failures
        return Word("rose" if one.is_late else "amber", text, "alert-triangle")
    return Word("amber", _("正在追赶"), "clock") if one.is_late else Word("green", _("正常"), "check")


def _next(one: StreamHealth, now: datetime) -> str:
    """What happens next, where that is worth a word."""
    if one.is_paused:
        return _("恢复以后从停下的地方接着读")
    if not one.is_failing:
        return ""
    if one.cursor.next_at <= now:
        return _("马上再试，单不会漏")
    return _("%s 再试，单不会漏") % moments.short(one.cursor.next_at)


def _days(one: ShopHealth, now: datetime) -> list[DayRow]:
    """The last days, as far back as the shop's orders were read or counted."""
    counts = {count.day: count for count in connections.day_counts(one.shop.pk, most=DAYS + 1)}
    begun = [clock.business_day(stream.cursor.since) for stream in one.streams if stream.stream == Stream.ORDERS]
    first = min([*begun, *counts], default=clock.business_day(now))
    last = connections.yesterday(now)
    days = [each for back in range(DAYS) if (each := last - timedelta(days=back)) >= first]
    return [DayRow(each, counts.get(each), day_word(counts[each]) if each in counts else Word("grey", _("没有核对"))) for each in days]


def _fetched(taken: Taken) -> str:
    counts = {"new": taken.new, "updated": taken.updated, "same": max(0, taken.rows - taken.new - taken.updated)}
    return _("拉好了：新增 %(new)d，更新 %(updated)d，没有变化 %(same)d。") % counts
