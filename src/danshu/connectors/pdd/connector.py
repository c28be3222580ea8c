"""拼多多's adapter. Its lists end three minutes ago; its messages, over a WebSocket that we hold open, are what is quick."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from danshu.channels import bodies, calling
from danshu.channels.connecting import (
    Abilities,
    Basis,
    Body,
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
from danshu.channels.listening import Heard, Line, Listening
from danshu.connectors.pdd import decrypting, mapping, messages, refunds, shelves, shipping
from danshu.connectors.pdd.client import BUSINESS, Router
from danshu.core import clock

AUTHORIZE = "https://fuwu.pinduoduo.com"
AUTHORIZE_PATH = "/service-market/auth"
HALF_HOUR, DAYS_90 = timedelta(minutes=30), timedelta(days=90)
LAG = timedelta(minutes=3)  # the increments are complete only up to three minutes ago
MESSAGE_LAG = timedelta(seconds=1)
INCREMENT = ("pdd.order.number.list.increment.get", "order_sn_increment_get_response", "order_sn_list")
BY_DEAL = ("pdd.order.list.get", "order_list_get_response", "order_list")
REFUND_LIST = ("pdd.refund.list.increment.get", "refund_increment_get_response", "refund_list")


class Pinduoduo(Listening):
    abilities = Abilities(
        streams={
            Stream.ORDERS: Reading(span=HALF_HOUR, reach=DAYS_90, page_size=100, paging=Paging.BACKWARD, lag=LAG),
            Stream.REFUNDS: Reading(span=HALF_HOUR, reach=DAYS_90, page_size=100, paging=Paging.BACKWARD, lag=LAG, can_list_created=False),
        },
        can_push_stock=True,
        can_read_stock=True,
        can_ship=True,
        can_ship_parts=True,
        can_change_waybill=True,
        can_answer_refunds=True,
        can_decrypt=True,
        can_listen=True,
        message_lag=MESSAGE_LAG,
        can_authorize=True,
        can_refresh=True,
        batch_size=10,
        fetch_size=1,
        rate=10,
        burst=20,
    )
    fields = (
        CredentialField("client_id", gettext_lazy("Client ID"), gettext_lazy("拼多多开放平台 → 控制台 → 应用详情。")),
        CredentialField("client_secret", gettext_lazy("Client Secret"), is_secret=True),
        return_address(gettext_lazy("拼多多后台退货地址库里的编号。不填就不能从这里同意退货，只能去平台后台点。")),
    )

    def _router(self, shop: ShopAccess) -> Router:
        return Router(shop, self.client(shop))

    def check(self, shop: ShopAccess) -> ShopInfo:
        found = self._router(shop).call("pdd.mall.info.get", "mall_info_get_response", {})
        return ShopInfo(_said(found, "mall_id"), _said(found, "mall_name"))

    # --- reading ---

    def list_page(self, shop: ShopAccess, stream: Stream, span: Span, page: Page) -> Listed:
        """Increments are sorted by change, newest first. Without a total the platform answers faster (`use_has_next`)."""
        start, end = int(span.start.timestamp()), int(span.end.timestamp())
        params: dict[str, object] = {"page": page.number, "page_size": self.abilities.streams[stream].page_size}
        if stream == Stream.REFUNDS:
            kind, answer, rows = REFUND_LIST
            params |= {"after_sales_status": 1, "after_sales_type": 1, "start_updated_at": start, "end_updated_at": end}
        else:
            params |= {"order_status": 5, "refund_status": 5, "use_has_next": not page.wants_total}
            if span.basis == Basis.CREATED:  # by 成交时间, which is when an order begins to concern the seller
                kind, answer, rows = BY_DEAL
                params |= {"start_confirm_at": start, "end_confirm_at": end}
            else:
                kind, answer, rows = INCREMENT
                params |= {"is_lucky_flag": 0, "start_updated_at": start, "end_updated_at": end}
        found = self._router(shop).call(kind, answer, params)
        if not isinstance(found.get(rows), list):
            raise calling.incomplete(rows)
        return _listed(stream, found, rows, page, int(str(params["page_size"])))

    def fetch(self, shop: ShopAccess, stream: Stream, numbers: Sequence[str]) -> list[Fetched]:
        if stream == Stream.REFUNDS:  # the single query wants the order's number, which a refund's number does not tell
            return [Fetched(no, message=_("拼多多只按订单号查售后，这条售后会随下一次拉取更新。")) for no in numbers]
        return [self._fetch(shop, no) for no in numbers]

    def fetch_refund(self, shop: ShopAccess, refund_no: str, platform_no: str) -> Fetched:
        return refunds.fetch(self._router(shop), refund_no, platform_no)

    def _fetch(self, shop: ShopAccess, no: str) -> Fetched:
        try:
            found = self._router(shop).call("pdd.order.information.get", "order_info_get_response", {"order_sn": no})
        except Refused as error:
            if "不存在" in str(error):
                return Fetched(no, is_unknown=True, message=str(error))
            raise
        body = found.get("order_info")
        if not isinstance(body, dict) or not body:
            raise calling.incomplete("order_info")
        return Fetched(no, body)

    def order(self, body: Body) -> IncomingOrder:
        return mapping.order(body)

    def refund(self, body: Body) -> IncomingRefund:
        return mapping.refund(body)

    # --- being told ---

    def app(self, shop: ShopAccess) -> str:
        return shop.credentials.get("client_id", "") if shop.credentials.get("client_secret") else ""

    def subscribe(self, shop: ShopAccess) -> None:
        messages.subscribe(self._router(shop))

    def line(self, shop: ShopAccess) -> Line:
        return messages.line(shop)

    def beat(self) -> str:
        return messages.beat()

    def hear(self, frame: bytes) -> Heard:
        return messages.hear(frame)

    # --- saying ---

    def push_stock(self, shop: ShopAccess, updates: Sequence[StockUpdate]) -> list[PushResult]:
        return shelves.push(self._router(shop), updates)

    def read_stock(self, shop: ShopAccess, keys: Sequence[ListingKey]) -> list[ShownStock]:
        return shelves.read(self._router(shop), keys)

    def ship(self, shop: ShopAccess, shipment: Shipment) -> ShipResult:
        return shipping.ship(self._router(shop), shipment)

    def answer_refund(self, shop: ShopAccess, answer: RefundAnswer) -> None:
        refunds.answer(self._router(shop), answer)

    def decrypt(self, shop: ShopAccess, bodies: Sequence[Body]) -> list[Receiver | None]:
        return decrypting.decrypt(self._router(shop), bodies)

    # --- access ---

    def authorize_url(self, shop: ShopAccess, *, redirect: str, state: str) -> str:
        asked = {"response_type": "code", "client_id": shop.credentials.get("client_id", ""), "redirect_uri": redirect, "state": state}
        return f"{calling.address(shop, AUTHORIZE, AUTHORIZE_PATH)}?{urlencode(asked)}"

    def exchange(self, shop: ShopAccess, *, code: str, redirect: str) -> Grant:  # noqa: ARG002 - the platform does not ask for it again
        return _grant(
            self._router(shop).call(
                "pdd.pop.auth.token.create", "pop_auth_token_create_response", {"code": code}, is_repeatable=False, has_token=False
            )
        )

    def refresh(self, shop: ShopAccess) -> Grant:
        token = shop.credentials.get("refresh_token", "")
        if not token:
            raise calling.failure(CredentialsExpired, shop, _("没有可以续期的凭证"))
        kind, answer = "pdd.pop.auth.token.refresh", "pop_auth_token_refresh_response"
        try:
            return _grant(self._router(shop).call(kind, answer, {"refresh_token": token}, is_repeatable=False, has_token=False))
        except Refused as error:
            if error.details.get("platform_code") != BUSINESS:
                raise
            raise calling.failure(CredentialsExpired, shop, str(error), code=BUSINESS) from None


def _said(found: Body, key: str) -> str:
    """A text without which the answer says nothing."""
    try:
        value = bodies.text(found, key)
    except BadPayload as error:
        raise BadAnswer(str(error)) from None
    if not value:
        raise calling.incomplete(key)
    return value


def _listed(stream: Stream, found: Body, name: str, page: Page, page_size: int) -> Listed:
    """Orders are named only, so that `fetch` brings the same words whatever list named them; refunds have no better words elsewhere."""
    no = "id" if stream == Stream.REFUNDS else "order_sn"
    changed = "updated_time" if stream == Stream.REFUNDS else "updated_at"
    has_bodies = stream == Stream.REFUNDS
    try:
        rows = bodies.items(found, name)
        listed = tuple(Found(bodies.needed(row, no), row if has_bodies else None, bodies.moment(row, changed)) for row in rows)
        total = bodies.number(found, "total_count") if found.get("total_count") is not None else None
    except BadPayload as error:
        raise BadAnswer(str(error)) from None
    if total is None and (page.wants_total or "has_next" not in found):
        raise calling.incomplete("total_count")
    has_more = not bodies.is_no(found["has_next"]) if found.get("has_next") is not None else page.number * page_size < (total or 0)
    return Listed(listed, total, has_more=has_more)


def _grant(found: Body) -> Grant:
    try:
        return Grant(
            access_token=_said(found, "access_token"),
            refresh_token=_said(found, "refresh_token"),
            expires_at=_ends(found, "expires"),
            refresh_expires_at=_ends(found, "refresh_token_expires"),
            platform_shop_id=_said(found, "owner_id"),
            platform_shop_name=bodies.text(found, "owner_name"),
        )
    except BadPayload as error:
        raise BadAnswer(str(error)) from None


def _ends(found: Body, name: str) -> datetime | None:
    """From now on where the answer says how long, for clocks differ; else at the moment it names."""
    seconds = bodies.number(found, f"{name}_in")
    return clock.now() + timedelta(seconds=seconds) if seconds > 0 else bodies.moment(found, f"{name}_at")


CONNECTOR = Pinduoduo()
