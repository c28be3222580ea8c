"""The REST door put together."""

from __future__ import annotations

from django.utils.translation import gettext_noop as noop
from ninja import NinjaAPI

from danshu.api import errors, orders, refunds, shipments, shops, stock, webhooks
from danshu.api.reading import StrictParser

api = NinjaAPI(
    title=noop("单枢接口"), version="1", urls_namespace="api", openapi_url=None, docs_url=None, parser=StrictParser(),
    description=noop("给自有店、仓库系统和其他程序用的接口。每个请求带一个令牌：Authorization: Bearer dsk_…。金额是分，时间带时区。"),
)  # fmt: skip
errors.install(api)
for _router in (shops.router, orders.router, refunds.router, stock.router, shipments.router, webhooks.router):
    api.add_router("", _router)
