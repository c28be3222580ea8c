"""微信小店 as the contract wants it. What is said to it and what comes back: README.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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
from danshu.channels.connector_errors import BadAnswer, BadPayload
from danshu.channels.contract import IncomingOrder, IncomingRefund, Receiver
from danshu.connectors.channels_shop import answering, mapping, pushes, refunds, shipping, stock
from danshu.connectors.channels_shop.client import Answer, Api, Denied
from danshu.core import clock

NO_SUCH_ORDER = {100002}
NO_SUCH_REFUND = {10020000, 10021050}

ORDERS = Reading(
    span=timedelta(days=1),  # 7 days are allowed, but a span with too many orders is refused, and nothing tells how many there are
    reach=timedelta(days=180),
    page_size=100,
    paging=Paging.CURSOR,
)
REFUNDS = Reading(
    span=timedelta(hours=24), reach=timedelta(days=180), page_size=100, paging=Paging.CURSOR, every=timedelta(seconds=15)
)
LONGEST_TOKEN = timedelta(hours=2)


class ChannelsShop(Connector):
    abilities = Abilities(
        streams={Stream.ORDERS: ORDERS, Stream.REFUNDS: REFUNDS},
        can_push_stock=True,
        can_read_stock=True,
        can_ship=True,
        can_ship_parts=True,
        can_change_waybill=True,
        can_answer_refunds=True,
        can_decrypt=True,
        can_receive=True,
        can_refresh=True,
        batch_size=20,
        rate=20,  # 10,000 calls a minute are allowed
        burst=40,
    )
    fields = (
        CredentialField("app_id", gettext_lazy("小店 AppID"), gettext_lazy("小店后台“服务市场—自研”页上的小店 ID。")),
        CredentialField(
            "app_secret", gettext_lazy("小店 AppSecret"), gettext_lazy("同一页上的密钥；还要把本机的出口 IP 加进白名单。"),
            is_secret=True,
        ),
        CredentialField(
            "push_token", gettext_lazy("消息推送 Token"), gettext_lazy("后台“消息推送”里自己填的那个；不收推送就空着。"),
            is_secret=True, is_required=False,
        ),
        CredentialField(
            "push_key", gettext_lazy("消息加密密钥"), gettext_lazy("EncodingAESKey，43 个字符；明文模式可以空着。"),
            is_secret=True, is_required=False,
        ),
        return_address(gettext_lazy("小店后台退货地址里的编号，同意退货时告诉买家寄到那里。不填就用平台上的默认地址。")),
    )  # fmt: skip

    def api(self, shop: ShopAccess) -> Api:
        return Api(self.client(shop), shop)

    # --- the connection ---

    def check(self, shop: ShopAccess) -> ShopInfo:
        """Asks for a token first where there is none yet."""
        if not shop.credentials.get("access_token"):
            token = self.refresh(shop).access_token
            shop = replace(shop, credentials={**shop.credentials, "access_token": token})
        answer = self.api(shop).get("/channels/ec/basics/info/get")
        return ShopInfo(shop.credentials.get("app_id", ""), str(_mapping(answer, "info").get("nickname") or ""))

    def refresh(self, shop: ShopAccess) -> Grant:
        """The normal mode: it gives the valid token again, also when another program has renewed it, and never ends anybody's."""
        answer = self.api(shop).token()
        token, seconds = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not token or isinstance(seconds, bool) or not isinstance(seconds, int) or seconds <= 0:
            raise BadAnswer(_("微信小店没有给出访问凭证。"))
        ends = clock.now() + min(timedelta(seconds=min(seconds, 10**6)), LONGEST_TOKEN)
        return Grant(token, expires_at=ends, platform_shop_id=shop.credentials.get("app_id", ""))

    # --- reading ---

    def list_page(self, shop: ShopAccess, stream: Stream, span: Span, page: Page) -> Listed:
        """Numbers only. While paging every parameter but the cursor stays the same."""
        start, end = int(span.start.timestamp()), int(span.end.timestamp())
        basis = "create" if span.basis == Basis.CREATED else "update"
        body: dict[str, Any]
        if stream == Stream.ORDERS:
            path, name = "/channels/ec/order/list/get", "order_id_list"
            body = {f"{basis}_time_range": {"start_time": start, "end_time": end}, "page_size": ORDERS.page_size}
        else:
            path, name = "/channels/ec/aftersale/getaftersalelist", "after_sale_order_id_list"
            body = {f"begin_{basis}_time": start, f"end_{basis}_time": end}
        if page.cursor:
            body["next_key"] = page.cursor
        return _listed(self.api(shop).post(path, body), name)

    def fetch(self, shop: ShopAccess, stream: Stream, numbers: Sequence[str]) -> list[Fetched]:
        api = self.api(shop)
        return [_fetch_order(api, no) if stream == Stream.ORDERS else _fetch_refund(api, no) for no in numbers]

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
        """One call for each order; the platform counts them, so ask only for what a person or a label needs."""
        api = self.api(shop)
        return [_decrypt(api, body) for body in bodies]

    # --- being called ---

    def receive(self, shop: ShopAccess, call: Call) -> Received:
        return pushes.receive(shop, call)


def _listed(answer: Answer, name: str) -> Listed:
    numbers, has_more, cursor = answer.get(name), answer.get("has_more"), answer.get("next_key") or ""
    if not isinstance(numbers, list) or not all(isinstance(no, (str, int)) and not isinstance(no, bool) and no for no in numbers):
        raise BadAnswer(_("微信小店的回答里没有“%(name)s”。") % {"name": name})
    if not isinstance(has_more, bool) or not isinstance(cursor, str) or (has_more and not cursor):
        raise BadAnswer(_("微信小店没有说清楚还有没有下一页。"))
    return Listed(tuple(Found(str(no)) for no in numbers), cursor=cursor if has_more else "", has_more=has_more)


def _fetch_order(api: Api, no: str) -> Fetched:
    return _fetch(api, "/channels/ec/order/get", "order_id", no, "order", NO_SUCH_ORDER)


def _fetch_refund(api: Api, no: str) -> Fetched:
    return _fetch(api, "/channels/ec/aftersale/getaftersaleorder", "after_sale_order_id", no, "after_sale_order", NO_SUCH_REFUND)


def _fetch(api: Api, path: str, field: str, no: str, name: str, unknown: set[int]) -> Fetched:
    try:
        body = _mapping(api.post(path, {field: no}), name)
    except Denied as denied:
        return Fetched(no, is_unknown=denied.errcode in unknown, message=denied.message)
    if str(body.get(field)) != no:
        raise BadAnswer(_("微信小店回答的不是问它的那一单。"))
    return Fetched(no, body)


def _decrypt(api: Api, body: Body) -> Receiver | None:
    try:
        old = mapping.order(body)
        answer = api.post("/channels/ec/order/sensitiveinfo/decode", {"order_id": old.platform_no})
    except (BadPayload, Denied):
        return None
    _mapping(answer, "address_info")
    try:
        return mapping.plain_receiver(answer, merge_key=old.receiver.merge_key)
    except BadPayload:
        raise BadAnswer(_("微信小店回答的收件人不是文档里的样子。")) from None


def _mapping(answer: Answer, name: str) -> Answer:
    value = answer.get(name)
    if not isinstance(value, dict):
        raise BadAnswer(_("微信小店的回答里没有“%(name)s”。") % {"name": name})
    return value


CONNECTOR = ChannelsShop()
