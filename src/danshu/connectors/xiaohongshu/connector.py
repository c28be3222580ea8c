"""小红书 as the contract wants it. What is said to it and what comes back: README.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from danshu.channels.connecting import (
    Abilities,
    Body,
    Call,
    Connector,
    CredentialField,
    Fetched,
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
from danshu.channels.connector_errors import BadAnswer, CredentialsExpired
from danshu.channels.contract import IncomingOrder, IncomingRefund, Receiver
from danshu.connectors.xiaohongshu import answering, decrypting, mapping, pushes, reading, refunds, shipping, stock
from danshu.connectors.xiaohongshu.client import BASE, Api, Denied
from danshu.core import clock

ORDERS = Reading(
    span=timedelta(minutes=30),  # by update; by creation 24 hours
    reach=timedelta(days=90),
    page_size=reading.PAGE_SIZE,
    paging=Paging.BACKWARD,
    most_rows=10_000,  # 100 pages of 100
)
REFUNDS = Reading(
    span=timedelta(minutes=30),
    reach=timedelta(days=90),
    page_size=reading.PAGE_SIZE,
    paging=Paging.BACKWARD,  # rows only leave a span that is over, so going down misses none, however it is sorted
    most_rows=50_000,
    every=timedelta(minutes=5),  # the platform advises no less; that something is asked for stands in the order, and in its messages
)


class Xiaohongshu(Connector):
    abilities = Abilities(
        streams={Stream.ORDERS: ORDERS, Stream.REFUNDS: REFUNDS},
        can_push_stock=True,
        can_read_stock=True,
        can_ship=True,
        can_ship_parts=True,  # SKU by SKU; the pieces of one SKU travel together
        can_change_waybill=True,
        can_answer_refunds=True,
        can_decrypt=True,
        can_receive=True,
        can_authorize=True,
        can_refresh=True,
        batch_size=20,
        rate=10,  # an app may call 100 times a second, for all its shops
        burst=20,
    )
    fields = (
        CredentialField("app_id", gettext_lazy("应用 appId"), gettext_lazy("小红书开放平台控制台里自研应用的 appId。")),
        CredentialField("app_secret", gettext_lazy("应用 appSecret"), gettext_lazy("同一页上的密钥。"), is_secret=True),
        return_address(gettext_lazy("小红书后台商家地址库里的编号。不填就不能从这里同意退货，只能去平台后台点。")),
    )

    def api(self, shop: ShopAccess) -> Api:
        return Api(self.client(shop), shop)

    # --- the connection ---

    def check(self, shop: ShopAccess) -> ShopInfo:
        """A minute of orders: it shows the right to read them as well."""
        now = clock.now()
        reading.orders(self.api(shop), Span(now - timedelta(minutes=1), now), Page())
        return ShopInfo(shop.credentials.get("platform_shop_id", ""))

    def authorize_url(self, shop: ShopAccess, *, redirect: str, state: str) -> str:
        asked = {"appId": shop.credentials.get("app_id", ""), "redirectUri": redirect, "state": state}
        return f"{shop.gateway or BASE}/ark/authorization?{urlencode(asked)}"

    def exchange(self, shop: ShopAccess, *, code: str, redirect: str) -> Grant:  # noqa: ARG002 - the platform does not want it again
        return _grant(self.api(shop).grant("oauth.getAccessToken", {"code": code}))

    def refresh(self, shop: ShopAccess) -> Grant:
        """Brings new tokens in the last 30 minutes or after the end, else the same ones. A refusal is a matter for a person."""
        token = shop.credentials.get("refresh_token", "")
        if not token:
            raise CredentialsExpired(_("小红书店铺还没有授权。"))
        try:
            return _grant(self.api(shop).grant("oauth.refreshToken", {"refreshToken": token}))
        except Denied as denied:
            raise CredentialsExpired(denied.message) from None

    # --- reading ---

    def list_page(self, shop: ShopAccess, stream: Stream, span: Span, page: Page) -> Listed:
        ask = reading.orders if stream == Stream.ORDERS else reading.refunds
        return ask(self.api(shop), span, page)

    def fetch(self, shop: ShopAccess, stream: Stream, numbers: Sequence[str]) -> list[Fetched]:
        """An order that waits to go comes with its receiver, under `receiverInfo`."""
        api, ask = self.api(shop), reading.order if stream == Stream.ORDERS else reading.refund
        return [ask(api, no) for no in numbers]

    def order(self, body: Body) -> IncomingOrder:
        return mapping.order(body)

    def refund(self, body: Body) -> IncomingRefund:
        return refunds.refund(body)

    # --- saying ---

    def push_stock(self, shop: ShopAccess, updates: Sequence[StockUpdate]) -> list[PushResult]:
        return stock.push(self.api(shop), updates)

    def read_stock(self, shop: ShopAccess, keys: Sequence[ListingKey]) -> list[ShownStock]:
        return stock.read(self.api(shop), keys)

    def ship(self, shop: ShopAccess, shipment: Shipment) -> ShipResult:
        return shipping.ship(self.api(shop), shipment)

    def answer_refund(self, shop: ShopAccess, answer: RefundAnswer) -> None:
        answering.answer(self.api(shop), answer)

    def decrypt(self, shop: ShopAccess, bodies: Sequence[Body]) -> list[Receiver | None]:
        return decrypting.decrypt(self.api(shop), bodies)

    # --- being called ---

    def receive(self, shop: ShopAccess, call: Call) -> Received:
        return pushes.receive(shop, call)


def _grant(data: Mapping[str, Any]) -> Grant:
    access, renewing = data.get("accessToken"), data.get("refreshToken")
    if not isinstance(access, str) or not access or not isinstance(renewing, str) or not renewing:
        raise BadAnswer(_("小红书没有给出访问令牌。"))
    return Grant(
        access,
        renewing,
        expires_at=_end(data, "accessTokenExpiresAt"),
        refresh_expires_at=_end(data, "refreshTokenExpiresAt"),
        platform_shop_id=str(data.get("sellerId") or ""),
        platform_shop_name=str(data.get("sellerName") or ""),
    )


def _end(data: Mapping[str, Any], name: str) -> datetime:
    """Absolute milliseconds."""
    moment = data.get(name)
    if isinstance(moment, bool) or not isinstance(moment, int) or not 0 < moment < 4_102_444_800_000:
        raise BadAnswer(_("小红书没有说令牌什么时候过期。"))
    return datetime.fromtimestamp(moment // 1000, UTC)


CONNECTOR = Xiaohongshu()
