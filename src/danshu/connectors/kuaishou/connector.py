"""The Kuaishou adapter: what it can do, what a person types to connect a shop, and every method of the contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _

from danshu.channels import bodies
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
    Shipment,
    ShipResult,
    ShopAccess,
    ShopInfo,
    ShownStock,
    Span,
    StockUpdate,
    Stream,
)
from danshu.channels.connector_errors import BadPayload
from danshu.channels.contract import IncomingOrder, IncomingRefund, Receiver
from danshu.connectors.kuaishou import decryption, mapping, messages, shipping, stock
from danshu.connectors.kuaishou.client import Client, NoSuch, unreadable
from danshu.core import clock

CONSENT = "https://open.kwaixiaodian.com/oauth/authorize"
SCOPES = "merchant_order,merchant_refund,merchant_item,merchant_logistics,merchant_user"
TOKEN_SECONDS, REFRESH_SECONDS = 172_800, 15_552_000  # 48 h and 180 d where an answer does not say
NO_MORE = "nomore"


class Kuaishou(Connector):
    abilities = Abilities(
        streams={
            Stream.ORDERS: Reading(span=timedelta(days=7), reach=timedelta(days=90), page_size=50, paging=Paging.CURSOR),
            Stream.REFUNDS: Reading(
                span=timedelta(days=1), reach=timedelta(days=90), page_size=100, paging=Paging.CURSOR, every=timedelta(seconds=15)
            ),
        },
        can_push_stock=True,
        can_read_stock=True,
        can_ship=True,
        can_ship_parts=True,
        can_change_waybill=True,
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
        CredentialField("app_key", "AppKey", _("快手开放平台「应用详情」里的 appKey，以 ks 开头。")),
        CredentialField("app_secret", "AppSecret", _("应用详情里的 appSecret，用来换取授权。"), is_secret=True),
        CredentialField("sign_secret", "SignSecret", _("应用详情里的 signSecret，用来签名。它不是 appSecret。"), is_secret=True),
        CredentialField(
            "message_key",
            _("消息解密密钥"),
            _("应用的「消息管理」里的密钥。不填也能用，只是少了推送，订单会晚几十秒。"),
            is_secret=True,
            is_required=False,
        ),
    )

    def _client(self, shop: ShopAccess) -> Client:
        return Client(shop, self.client(shop))

    def check(self, shop: ShopAccess) -> ShopInfo:
        data = self._client(shop).data("open.user.seller.get")
        found = ShopInfo(str(data.get("openId") or data.get("sellerId") or ""), str(data.get("name") or ""))
        if not found.platform_shop_id:
            raise unreadable("open.user.seller.get")
        return found

    # --- reading ---------------------------------------------------------------------------------------------------------

    def list_page(self, shop: ShopAccess, stream: Stream, span: Span, page: Page) -> Listed:
        asked = {
            "beginTime": _ms(span.start),
            "endTime": _ms(span.end),
            "pageSize": self.abilities.streams[stream].page_size,
            "queryType": 1 if span.basis is Basis.CREATED else 2,
            "sort": 2,  # oldest first
        }
        if stream is Stream.ORDERS:
            return self._orders(shop, asked, page.cursor)
        return self._refunds(shop, asked, page.cursor)

    def _orders(self, shop: ShopAccess, asked: Mapping[str, Any], cursor: str) -> Listed:
        method = "open.order.cursor.list"
        data = self._client(shop).data(method, {**asked, "orderViewStatus": 1, "cpsType": 0, "cursor": cursor})
        bodies, following = _page(method, data, "orderList", "cursor", cursor)
        return _listed(method, bodies, following, _order_row)

    def _refunds(self, shop: ShopAccess, asked: Mapping[str, Any], cursor: str) -> Listed:
        """This list wants both a cursor and a page number: ours is `number:cursor`."""
        method = "open.seller.order.refund.pcursor.list"
        count, _colon, mark = cursor.partition(":")
        current = int(count or 1)
        data = self._client(shop).data(method, {**asked, "type": 9, "currentPage": current, "pcursor": mark})
        bodies, following = _page(method, data, "refundOrderInfoList", "pcursor", mark)
        return _listed(method, bodies, following and f"{current + 1}:{following}", _refund_row)

    def fetch(self, shop: ShopAccess, stream: Stream, numbers: Sequence[str]) -> list[Fetched]:
        return [self._one(shop, stream, no) for no in numbers]

    def _one(self, shop: ShopAccess, stream: Stream, no: str) -> Fetched:
        if not (no.isascii() and no.isdigit()):
            return Fetched(no, is_unknown=True)
        method, name = ("open.order.detail", "oid") if stream is Stream.ORDERS else ("open.seller.order.refund.detail", "refundId")
        try:
            body = self._client(shop).data(method, {name: int(no)})
        except NoSuch as error:
            return Fetched(no, is_unknown=True, message=error.message)
        row = _listed(method, [body], "", _order_row if stream is Stream.ORDERS else _refund_row).rows[0]
        if row.no != no:
            raise unreadable(method)
        return Fetched(no, body)

    def order(self, body: Body) -> IncomingOrder:
        return mapping.order(body)

    def refund(self, body: Body) -> IncomingRefund:
        return mapping.refund(body)

    def decrypt(self, shop: ShopAccess, bodies: Sequence[Body]) -> list[Receiver | None]:
        return decryption.decrypt(self._client(shop), bodies)

    # --- saying ----------------------------------------------------------------------------------------------------------

    def push_stock(self, shop: ShopAccess, updates: Sequence[StockUpdate]) -> list[PushResult]:
        return stock.push(self._client(shop), updates)

    def read_stock(self, shop: ShopAccess, keys: Sequence[ListingKey]) -> list[ShownStock]:
        return stock.read(self._client(shop), keys)

    def ship(self, shop: ShopAccess, shipment: Shipment) -> ShipResult:
        return shipping.ship(self._client(shop), shipment)

    # --- access ----------------------------------------------------------------------------------------------------------

    def authorize_url(self, shop: ShopAccess, *, redirect: str, state: str) -> str:
        asked = {
            "app_id": shop.credentials.get("app_key", ""),
            "redirect_uri": redirect,
            "scope": SCOPES,
            "response_type": "code",
            "state": state,
        }
        page = f"{shop.gateway}/oauth/authorize" if shop.gateway else CONSENT
        return f"{page}?{urlencode(asked)}"

    def exchange(self, shop: ShopAccess, *, code: str, redirect: str) -> Grant:  # noqa: ARG002 - the platform does not ask where to
        asked = {**self._app(shop), "grant_type": "code", "code": code}
        return _grant(self._client(shop).token("/oauth2/access_token", asked))

    def refresh(self, shop: ShopAccess) -> Grant:
        """The old refresh token dies within five minutes; the new one inherits its end."""
        asked = {**self._app(shop), "grant_type": "refresh_token", "refresh_token": shop.credentials.get("refresh_token", "")}
        return _grant(self._client(shop).token("/oauth2/refresh_token", asked, post=True), shop.credentials.get("platform_shop_id", ""))

    def _app(self, shop: ShopAccess) -> dict[str, str]:
        return {"app_id": shop.credentials.get("app_key", ""), "app_secret": shop.credentials.get("app_secret", "")}

    def receive(self, shop: ShopAccess, call: Call) -> Received:
        return messages.receive(shop, call)


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _page(method: str, data: Mapping[str, Any], rows: str, mark: str, asked: str) -> tuple[list[Any], str]:
    """Bodies and the next cursor, "" after the last page. A page that names no next one, or itself, would end or repeat unseen."""
    bodies, following = data.get(rows), data.get(mark)
    if not isinstance(bodies, list) or not isinstance(following, str) or following in {"", asked}:
        raise unreadable(method)
    return bodies, "" if following == NO_MORE else following


def _listed(method: str, bodies: list[Any], cursor: str, row: Any) -> Listed:
    try:
        rows = tuple(row(body) for body in bodies)
    except (BadPayload, AttributeError):
        raise unreadable(method) from None
    return Listed(rows, cursor=cursor, has_more=bool(cursor))


def _order_row(body: Body) -> Found:
    """The list names gifts by number only (`subOrderId`): such an order is fetched. A flaw inside an order is the order's own."""
    base = body.get("orderBaseInfo") or {}
    try:
        is_whole = all(sub.get("subOrderItemInfo") for sub in bodies.items(body, "subOrderInfo"))
    except BadPayload:
        is_whole = True
    return Found(bodies.digits(base, "oid"), body if is_whole else None, _modified_at(base))


def _refund_row(body: Body) -> Found:
    """Of goods that come back the list says too little (`mapping.is_whole`): such a refund is fetched."""
    try:
        is_whole = mapping.is_whole(body)
    except BadPayload:
        is_whole = True
    return Found(bodies.digits(body, "refundId"), body if is_whole else None, _modified_at(body))


def _modified_at(body: Body) -> datetime | None:
    try:
        return bodies.millis(body, "updateTime", "createTime")
    except BadPayload:
        return None


def _grant(answer: Mapping[str, Any], shop_id: str = "") -> Grant:
    token, renewal = answer.get("access_token"), answer.get("refresh_token")
    ends = [answer.get("expires_in") or TOKEN_SECONDS, answer.get("refresh_token_expires_in") or REFRESH_SECONDS]
    if not isinstance(token, str) or not isinstance(renewal, str) or not token or not renewal:
        raise unreadable("oauth2")
    if not all(str(end).isdigit() for end in ends):
        raise unreadable("oauth2")
    now = clock.now()
    expires_at, refresh_expires_at = (now + timedelta(seconds=int(str(end)[:10])) for end in ends)
    return Grant(token, renewal, expires_at, refresh_expires_at, str(answer.get("open_id") or shop_id))


CONNECTOR = Kuaishou()
