"""The list as a workbook: what is on the screen, with the same masks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from io import BytesIO

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from danshu.channels.platforms import PLATFORMS
from danshu.core import clock, money, tables
from danshu.core.errors import DomainError
from danshu.fulfilment import couriers
from danshu.orders import queries
from danshu.orders.models import Order
from danshu.web.access import StaffRequest, requires
from danshu.web.orders import bulk, listing, rows, views
from danshu.web.orders.filters import Filters
from danshu.web.orders.rows import Row

MOST = 10_000
SLICE = 500
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Cell = Callable[[Row], object]

COLUMNS: list[tuple[str | Promise, Cell]] = [
    (gettext_lazy("订单号"), lambda row: row.order.no),
    (gettext_lazy("平台"), lambda row: str(PLATFORMS[row.order.platform].name) if row.order.platform in PLATFORMS else row.order.platform),
    (gettext_lazy("店铺"), lambda row: row.order.shop.name),
    (gettext_lazy("平台单号"), lambda row: row.order.platform_no),
    (gettext_lazy("状态"), lambda row: str(row.state)),
    (gettext_lazy("标记"), lambda row: _("、").join(str(tag.text) for tag in row.tags)),
    (gettext_lazy("商品"), lambda row: _("；").join(f"{item.name} {item.spec} ×{item.quantity}".replace("  ", " ") for item in row.items)),
    (gettext_lazy("件数"), lambda row: row.item_count),
]
AMOUNTS: list[tuple[str | Promise, Cell]] = [
    (gettext_lazy("商品金额"), lambda row: money.yuan(row.order.goods_fen)),
    (gettext_lazy("运费"), lambda row: money.yuan(row.order.freight_fen)),
    (gettext_lazy("优惠"), lambda row: money.yuan(row.order.discount_fen)),
    (gettext_lazy("实付"), lambda row: money.yuan(row.order.paid_fen)),
]
REST: list[tuple[str | Promise, Cell]] = [
    (gettext_lazy("收件人"), lambda row: row.order.receiver_name),
    (gettext_lazy("地区"), lambda row: " ".join(filter(None, (row.order.province, row.order.city, row.order.district)))),
    (gettext_lazy("快递"), lambda row: couriers.name(row.courier_code or row.order.courier_code)),
    (gettext_lazy("运单号"), lambda row: row.waybill_no),
    (gettext_lazy("买家备注"), lambda row: row.order.buyer_message),
    (gettext_lazy("卖家备注"), lambda row: row.order.seller_memo),
    (gettext_lazy("旗标"), lambda row: str(row.order.get_flag_display()) if row.order.flag else ""),
    (gettext_lazy("付款时间"), lambda row: row.order.paid_at),
    (gettext_lazy("发货截止"), lambda row: row.order.ship_by),
    (gettext_lazy("发货时间"), lambda row: row.order.shipped_at),
]


@require_http_methods(["GET", "POST"])
@requires("orders.view")
def page(request: StaffRequest) -> HttpResponse:
    """GET: the view and filters of the URL. POST: the ticked orders. Raises `orders.export_size` above 10,000."""
    now = clock.now()
    if request.method == "POST":
        chosen = queries.scope(request.user).filter(pk__in=bulk.ids(request)).order_by("-id")
    else:
        view = views.pick(views.of(request.user), request.GET.get("v", ""))
        chosen = listing.selection(request.user, view, Filters.read(request.GET), now=now).order_by(*view.order)
    pks = list(chosen.values_list("pk", flat=True)[: MOST + 1])
    if len(pks) > MOST:
        raise DomainError(_("一次最多导出 10,000 单，现在的筛选超过了。请缩小付款时间或店铺再导出。"), "orders.export_size")
    target = BytesIO()
    columns = [*COLUMNS, *(AMOUNTS if request.user.may("orders.amounts") else []), *REST]
    text = {str(name) for name, _cell in columns[:4]} | {_("运单号")}
    tables.write_xlsx(target, {_("订单"): _lines(columns, pks, now=now)}, text_columns=text)
    answer = HttpResponse(target.getvalue(), content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="danshu-orders-{clock.local(now):%Y%m%d-%H%M}.xlsx"'
    answer["Cache-Control"] = "no-store"
    return answer


def _lines(columns: list[tuple[str | Promise, Cell]], pks: list[int], *, now: datetime) -> Iterator[list[object]]:
    yield [str(name) for name, _cell in columns]
    for start in range(0, len(pks), SLICE):
        part = pks[start : start + SLICE]
        known = {order.pk: order for order in _read(part)}
        for row in rows.load([known[pk] for pk in part if pk in known], now=now):
            yield [cell(row) for _name, cell in columns]


def _read(pks: list[int]) -> QuerySet[Order, Order]:
    return Order.objects.filter(pk__in=pks).select_related("shop").defer(*listing.HEAVY)
