"""抖音's adapter: what its shop platform is asked, told, and calls us with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from danshu.channels import bodies, calling
from danshu.channels.connecting import (
    Abilities,
    Basis,
    Body,
    Call,
    Connector,
    CredentialField,
    Fetched,
    Found,
    Grant,
    Listed,
    ListingKey,
    Page,
    Paging,
    PushResult,
    Reading,
    Received,
    RefundAnswer,
    Shipment,
    ShipResult,
    ShopAccess,
    ShopInfo,
    ShownStock,
    Span,
    StockUpdate,
    Stream,
    return_address,
)
from danshu.channels.connector_errors import BadAnswer, BadPayload, CredentialsExpired, Refused
from danshu.channels.contract import IncomingOrder, IncomingRefund, Receiver
from danshu.connectors.douyin import aftersales, decrypting, mapping, pushes, shelves, shipping
from danshu.connectors.douyin.client import Gate
from danshu.core import clock

AUTHORIZE = "https://fuwu.jinritemai.com"
AUTHORIZE_PATH = "/authorize"
REFRESHABLE = timedelta(days=14)  # a refresh token's life; answers do not tell it
LISTS = {Stream.ORDERS: ("order.searchList", "shop_order_list"), Stream.REFUNDS: ("afterSale.List", "items")}


class Douyin(Connector):
    """Rows leave a list when they change, so pages are read from the last one: forward, what moved up would be skipped."""

    abilities = Abilities(
        streams={
            Stream.ORDERS: Reading(
                span=timedelta(days=7), reach=timedelta(days=89), page_size=100, paging=Paging.BACKWARD, most_rows=10_000
            ),
            Stream.REFUNDS: Reading(
                span=timedelta(days=7),
                reach=timedelta(days=180),
                page_size=100,
                paging=Paging.BACKWARD,
                most_rows=50_000,
                every=timedelta(seconds=15),
            ),
        },
        can_push_stock=True,
        can_read_stock=True,
        can_ship=True,
        can_ship_parts=True,
        can_change_waybill=True,
        can_answer_refunds=True,
        can_decrypt=True,
        can_receive=True,
        can_authorize=True,
        can_refresh=True,
        batch_size=20,
        fetch_size=1,
        rate=10,
        burst=20,
    )
    fields = (
        CredentialField("app_key", gettext_lazy("App Key"), gettext_lazy("抖店开放平台 → 控制台 → 应用概览。")),
        CredentialField("app_secret", gettext_lazy("App Secret"), is_secret=True),
        CredentialField("service_id", gettext_lazy("服务 ID"), gettext_lazy("工具型应用填：授权页面要用它。"), is_required=False),
        CredentialField("shop_id", gettext_lazy("店铺 ID"), gettext_lazy("自用型应用填：不用授权页面，直接取得授权。"), is_required=False),
        return_address(gettext_lazy("抖店后台退货地址库里的编号，同意退货时告诉买家寄到那里。不填就用平台上的默认地址。")),
    )

    def _gate(self, shop: ShopAccess) -> Gate:
        return Gate(shop, self.client(shop))

    def check(self, shop: ShopAccess) -> ShopInfo:
        """One row of the list that everything else rests on: it needs the very permission that is wanted."""
        now = int(clock.now().timestamp())
        params = {
            "page": 0,
            "size": 1,
            "order_by": "update_time",
            "order_asc": False,
            "update_time_start": now - 86_400,
            "update_time_end": now,
        }
        rows, _total = self._rows(shop, Stream.ORDERS, params)
        known = shop.credentials.get("platform_shop_id") or shop.credentials.get("shop_id") or ""
        try:
            return ShopInfo(bodies.identity(rows[0], "shop_id") or known, bodies.text(rows[0], "shop_name")) if rows else ShopInfo(known)
        except BadPayload as error:
            raise BadAnswer(str(error)) from None

    # --- reading ---

    def list_page(self, shop: ShopAccess, stream: Stream, span: Span, page: Page) -> Listed:
        start, end = int(span.start.timestamp()), int(span.end.timestamp())
        size = self.abilities.streams[stream].page_size
        is_created = span.basis == Basis.CREATED
        params: dict[str, Any] = {"page": page.number - 1, "size": size}
        if stream == Stream.ORDERS:
            name = "create_time" if is_created else "update_time"
            params |= {f"{name}_start": start, f"{name}_end": end, "order_by": name, "order_asc": False}
        elif is_created:
            params |= {"start_time": start, "end_time": end, "order_by": ["apply_time desc"]}
        else:
            params |= {"update_start_time": start, "update_end_time": end, "order_by": ["update_time desc"]}
        rows, total = self._rows(shop, stream, params)
        return Listed(tuple(self._found(stream, row) for row in rows), total, has_more=page.number * size < total)

    def _rows(self, shop: ShopAccess, stream: Stream, params: dict[str, Any]) -> tuple[list[Body], int]:
        """Rows and total. A list that is not there is no empty list; null stands for an empty one only beside a total of 0."""
        method, name = LISTS[stream]
        data = self._gate(shop).call(method, params)
        try:
            total = bodies.number(data, "total") if data.get("total") not in (None, "") else -1
            rows = bodies.items(data, name)
        except BadPayload as error:
            raise BadAnswer(str(error)) from None
        if total < 0:
            raise calling.incomplete("total")
        if not isinstance(data.get(name), list) and not (name in data and data[name] is None and total == 0):
            raise calling.incomplete(name)
        return rows, total

    def _found(self, stream: Stream, row: Body) -> Found:
        try:
            if stream == Stream.ORDERS:
                return Found(bodies.needed(row, "order_id"), row, bodies.moment(row, "update_time"))
            return Found(aftersales.number(row), row, bodies.moment(bodies.item(row, "aftersale_info"), "update_time"))
        except BadPayload as error:
            raise BadAnswer(str(error)) from None

    def fetch(self, shop: ShopAccess, stream: Stream, numbers: Sequence[str]) -> list[Fetched]:
        one = self._fetch_order if stream == Stream.ORDERS else self._fetch_refund
        return [one(shop, no) for no in numbers]

    def _fetch_order(self, shop: ShopAccess, no: str) -> Fetched:
        try:
            data = self._gate(shop).call("order.orderDetail", {"shop_order_id": no})
        except Refused as error:
            if "不存在" in str(error):
                return Fetched(no, is_unknown=True, message=str(error))
            raise
        body = data.get("shop_order_detail")
        if not isinstance(body, dict) or not body:
            raise calling.incomplete("shop_order_detail")
        return Fetched(no, body)

    def _fetch_refund(self, shop: ShopAccess, no: str) -> Fetched:
        """From the list, asked for this one: `afterSale.Detail` says the same in another shape."""
        rows, _total = self._rows(shop, Stream.REFUNDS, {"aftersale_id": no, "page": 0, "size": 1})
        found = next((row for row in rows if self._found(Stream.REFUNDS, row).no == no), None)
        return Fetched(no, found) if found else Fetched(no, is_unknown=True, message=_("抖店没有这个售后单。"))

    def order(self, body: Body) -> IncomingOrder:
        return mapping.order(body)

    def refund(self, body: Body) -> IncomingRefund:
        return aftersales.refund(body)

    # --- saying ---

    def push_stock(self, shop: ShopAccess, updates: Sequence[StockUpdate]) -> list[PushResult]:
        return shelves.push(self._gate(shop), updates)

    def read_stock(self, shop: ShopAccess, keys: Sequence[ListingKey]) -> list[ShownStock]:
        return shelves.read(self._gate(shop), keys)

    def ship(self, shop: ShopAccess, shipment: Shipment) -> ShipResult:
        return shipping.ship(self._gate(shop), shipment)

    def answer_refund(self, shop: ShopAccess, answer: RefundAnswer) -> None:
        aftersales.answer(self._gate(shop), answer)

    def decrypt(self, shop: ShopAccess, bodies: Sequence[Body]) -> list[Receiver | None]:
        return decrypting.decrypt(self._gate(shop), bodies)

    # --- access, and being called ---

    def authorize_url(self, shop: ShopAccess, *, redirect: str, state: str) -> str:  # noqa: ARG002 - the service's own page knows where to return
        service = shop.credentials.get("service_id", "")
        if not service:
            raise calling.failure(Refused, shop, _("没有填服务 ID。工具型应用请填上它；自用型应用请填店铺 ID，不用打开授权页面"))
        return f"{calling.address(shop, AUTHORIZE, AUTHORIZE_PATH)}?{urlencode({'service_id': service, 'state': state})}"

    def exchange(self, shop: ShopAccess, *, code: str, redirect: str) -> Grant:  # noqa: ARG002 - the platform does not ask for it again
        return self._create(shop, {"grant_type": "authorization_code", "code": code}) if code else self._create_own(shop)

    def refresh(self, shop: ShopAccess) -> Grant:
        token = shop.credentials.get("refresh_token", "")
        if not token:
            return self._create_own(shop)
        data = self._gate(shop).call(
            "token.refresh", {"grant_type": "refresh_token", "refresh_token": token}, is_repeatable=False, has_token=False
        )
        return _grant(data)

    def _create_own(self, shop: ShopAccess) -> Grant:
        """An app of the shop's own is granted its one shop without a page and without a refresh token."""
        shop_id = shop.credentials.get("shop_id") or shop.credentials.get("platform_shop_id") or ""
        if not shop_id:
            raise calling.failure(CredentialsExpired, shop, _("没有可以续期的凭证"))
        return self._create(shop, {"grant_type": "authorization_self", "code": "", "shop_id": shop_id})

    def _create(self, shop: ShopAccess, params: dict[str, str]) -> Grant:
        return _grant(self._gate(shop).call("token.create", params, is_repeatable=False, has_token=False))

    def receive(self, shop: ShopAccess, call: Call) -> Received:
        return pushes.receive(shop, call)


def _grant(data: Body) -> Grant:
    now = clock.now()
    try:
        token, lasts = bodies.text(data, "access_token"), bodies.number(data, "expires_in")
        renewal, shop_id, name = (bodies.text(data, key) for key in ("refresh_token", "shop_id", "shop_name"))
    except BadPayload as error:
        raise BadAnswer(str(error)) from None
    for key, value in (("access_token", token), ("expires_in", lasts), ("shop_id", shop_id)):
        if not value:
            raise calling.incomplete(key)
    ends = now + REFRESHABLE if renewal else None
    return Grant(token, renewal, now + timedelta(seconds=lasts), ends, shop_id, name)


CONNECTOR = Douyin()
