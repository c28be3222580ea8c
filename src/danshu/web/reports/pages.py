"""/reports/daily/ and what its numbers open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from danshu.channels.models import Shop
from danshu.channels.platforms import PLATFORMS
from danshu.core import clock, money, paging, tables
from danshu.insights import daily
from danshu.insights.daily import Counts
from danshu.insights.figures import FIGURES, Figure
from danshu.orders import queries as orders
from danshu.orders.models import Order
from danshu.web.access import StaffRequest, requires
from danshu.web.orders import rows
from danshu.web.reports.forms import presets, range_of


@dataclass(frozen=True, slots=True)
class Cell:
    figure: str
    text: str
    is_bad: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A row as the page shows it; `shop` or `platform` narrows what its numbers open."""

    name: str
    cells: list[Cell]
    platform: str = ""
    shop: Shop | None = None


@requires("reports.view")
def daily_report(request: StaffRequest) -> HttpResponse:
    form, first, last = range_of(request.GET)
    report = daily.report(orders.scope(request.user), first, last)
    money_too = request.user.may("orders.amounts")
    context = {
        "nav": "reports",
        "form": form,
        "first": first,
        "last": last,
        "presets": presets(),
        "figures": _shown(money_too),
        "shops": [_line(row.shop.name, row.counts, money_too, shop=row.shop, platform=row.shop.platform) for row in report.rows],
        "platforms": [_line(str(PLATFORMS[code].name), counts, money_too, platform=code) for code, counts in report.by_platform.items()],
        "total": _line(pgettext("report", "合计"), report.total, money_too),
    }
    return render(request, "reports/daily.html", context)


@requires("reports.view")
def orders_behind(request: StaffRequest) -> HttpResponse:
    """The orders that one number counts: `figure`, a range, and a shop or a platform."""
    form, first, last = range_of(request.GET)
    figure = FIGURES.get(request.GET.get("figure", ""))
    may_amounts = request.user.may("orders.amounts")
    if figure is None or (figure.code == "amount" and not may_amounts):
        raise Http404
    found, narrowed = _narrowed(daily.orders_behind(orders.scope(request.user), figure.code, first, last), request)
    page = paging.page(found.select_related("shop"), ["-id"], after=request.GET.get("after", ""), size=50)
    context = {
        "nav": "reports",
        "figure": figure,
        "first": first,
        "last": last,
        "narrowed": narrowed,
        "errors": form.non_field_errors() or [error for errors in form.errors.values() for error in errors],
        "page": page,
        "rows": rows.load(page.rows, now=clock.now()),
        "may_amounts": may_amounts,
    }
    return render(request, "reports/orders.html", context)


def _narrowed(found: QuerySet[Order], request: StaffRequest) -> tuple[QuerySet[Order], str]:
    """The orders of the shop or the platform in the address, and its name."""
    asked = request.GET.get("shop", "")
    if asked.isdecimal() and len(asked) < 10:
        shop = Shop.objects.filter(id=int(asked), id__in=found.values("shop")).first()
        return found.filter(shop_id=int(asked)), shop.name if shop else ""
    code = request.GET.get("platform", "")
    if code in PLATFORMS:
        return found.filter(platform=code), str(PLATFORMS[code].name)
    return found, ""


@requires("reports.view")
def export(request: StaffRequest) -> HttpResponse:
    """The report as xlsx: shops, platforms, total; the meaning of each column on a second sheet. A bad range goes back to the page."""
    form, first, last = range_of(request.GET)
    if not form.is_valid():
        return redirect(f"{reverse('reports-daily')}?{request.GET.urlencode()}")
    report = daily.report(orders.scope(request.user), first, last)
    money_too = request.user.may("orders.amounts")
    head = [_("店铺"), _("平台"), *map(_head, _shown(money_too))]
    cells = [[row.shop.name, str(PLATFORMS[row.shop.platform].name), *_numbers(row.counts, money_too)] for row in report.rows]
    cells += [["", str(PLATFORMS[code].name), *_numbers(counts, money_too)] for code, counts in report.by_platform.items()]
    cells.append([pgettext("report", "合计"), "", *_numbers(report.total, money_too)])
    meanings = [[str(figure.label), str(figure.meaning)] for figure in _shown(money_too)]
    target = BytesIO()
    tables.write_xlsx(target, {_range_text(first, last): [head, *cells], _("口径"): [[_("指标"), _("意思")], *meanings]})
    answer = HttpResponse(target.getvalue(), content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    answer["Content-Disposition"] = f'attachment; filename="danshu-{first:%Y%m%d}-{last:%Y%m%d}.xlsx"'
    return answer


def _shown(money_too: bool) -> list[Figure]:  # noqa: FBT001 - reads as one word at its calls
    return [figure for figure in FIGURES.values() if money_too or figure.code != "amount"]


def _line(name: str, counts: Counts, money_too: bool, *, platform: str = "", shop: Shop | None = None) -> Line:  # noqa: FBT001 - as above
    return Line(name, list(_cells(counts, money_too)), platform, shop)


def _cells(counts: Counts, money_too: bool) -> Iterator[Cell]:  # noqa: FBT001 - as above
    for code in FIGURES:
        if code == "amount" and not money_too:
            continue
        text = _text(code, counts)
        yield Cell(code, text, is_bad=code in {"late", "short", "issues"} and text != "0")


def _numbers(counts: Counts, money_too: bool) -> list[Decimal | int | None]:  # noqa: FBT001 - as above
    """The cells of a row as a spreadsheet can add them up; None where there is nothing to divide by."""
    return [_number(figure.code, counts) for figure in _shown(money_too)]


def _number(code: str, counts: Counts) -> Decimal | int | None:
    if code == "amount":
        return money.yuan(counts.amount_fen)
    if code == "handling":
        return counts.handling_hours
    if code == "mis_shipped":
        return counts.mis_ship_percent
    return int(getattr(counts, code))


def _text(code: str, counts: Counts) -> str:
    if code == "amount":
        return money.text(counts.amount_fen)
    if code == "handling":
        return "—" if counts.handling_hours is None else f"{counts.handling_hours}"
    if code == "mis_shipped":
        return "—" if counts.mis_ship_percent is None else f"{counts.mis_ship_percent}%"
    return f"{getattr(counts, code):,}"


def _head(figure: Figure) -> str:
    unit = "%" if figure.code == "mis_shipped" else figure.unit
    return f"{figure.label} ({unit})" if unit else str(figure.label)


def _range_text(first: date, last: date) -> str:
    return f"{first:%Y-%m-%d}" if first == last else f"{first:%m-%d}~{last:%m-%d}"
