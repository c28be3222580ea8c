"""The WooCommerce adapter: what it can do, what a person types to connect a site, and every method of the contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from danshu.channels.connecting import (
    Abilities,
    Basis,
    Body,
    Call,
    Connector,
    CredentialField,
    Fetched,
    Found,
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
from danshu.channels.contract import IncomingOrder, IncomingRefund
from danshu.connectors.woocommerce import mapping, pages, shipping, sites, stock, webhooks
from danshu.connectors.woocommerce.client import Client, NoRoute, NoSuch, unreadable
from danshu.connectors.woocommerce.reading import moment

LONGEST = timedelta(days=30)
REACH = timedelta(days=3650)


class WooCommerce(Connector):
    abilities = Abilities(
        streams={
            Stream.ORDERS: Reading(span=LONGEST, reach=REACH, page_size=100, paging=Paging.CURSOR),
            Stream.REFUNDS: Reading(
                span=LONGEST, reach=REACH, page_size=20, paging=Paging.CURSOR, can_list_created=False
            ),
        },
        can_push_stock=True,
        can_read_stock=True,
        can_ship=True,
        can_ship_parts=True,
        can_change_waybill=True,
        can_receive=True,
        batch_size=50,
        fetch_size=20,
        rate=5,
        burst=10,
    )
    fields = (
        CredentialField("site", _("网站地址"), _("您的网站，像 https://shop.example.com。装在子目录里的，连子目录一起填。")),
        CredentialField(
            "consumer_key",
            "Consumer key",
            _("WooCommerce → 设置 → 高级 → REST API 里新建的密钥，以 ck_ 开头，权限选「读/写」。"),
            is_secret=True,
        ),
        CredentialField("consumer_secret", "Consumer secret", _("同一个密钥的另一半，以 cs_ 开头，只显示一次。"), is_secret=True),
        CredentialField(
            "webhook_secret",
            _("Webhook 密钥"),
            _("在 WooCommerce 里为「订单已创建」「订单已更新」建 Webhook 时填的密钥。不填也能用，订单会晚几十秒。"),
            is_secret=True,
            is_required=False,
        ),
        CredentialField("allow_private", _("允许内网地址"), _("网站在自己的局域网里时填「是」。其他情况请留空。"), is_required=False),
    )

    def _client(self, shop: ShopAccess) -> Client:
        return Client(shop, self.client(shop))

    def check(self, shop: ShopAccess) -> ShopInfo:
        self._client(shop).rows("/orders", {"per_page": 1})
        site = urlsplit(sites.base(shop))
        return ShopInfo(f"{site.netloc}{site.path}", site.netloc)

    # --- reading ---------------------------------------------------------------------------------------------------------

    def list_page(self, shop: ShopAccess, stream: Stream, span: Span, page: Page) -> Listed:
        client, size = self._client(shop), self.abilities.streams[stream].page_size
        after, before = ("after", "before") if span.basis is Basis.CREATED else ("modified_after", "modified_before")
        asked = {
            after: _iso(span.start - timedelta(seconds=1)),  # both bounds are strict, and moments are whole seconds
            before: _iso(span.end + timedelta(microseconds=999_999)),
            "dates_are_gmt": "true",
            "per_page": size,
            "orderby": "id",
            "order": "asc",
        }
        rows, total, following = pages.read(lambda number: client.rows("/orders", {**asked, "page": number}), page.cursor)
        rows = [row for row in rows if row.get("status") not in mapping.NO_ORDERS]
        if stream is Stream.ORDERS:
            return Listed(tuple(_row(row) for row in rows), total, following, bool(following))
        refunds = [refund for row in rows if row.get("refunds") for refund in _refunds(client, str(row["id"]))]
        return Listed(tuple(_refund_row(body) for body in refunds), None, following, bool(following))

    def fetch(self, shop: ShopAccess, stream: Stream, numbers: Sequence[str]) -> list[Fetched]:
        """All in one list; orders in the bin stand in no list and are asked for one by one."""
        client = self._client(shop)
        known = [no for no in dict.fromkeys(numbers) if no.isascii() and no.isdigit()]
        path = "/orders" if stream is Stream.ORDERS else "/refunds"
        found = {}
        if known:
            rows, _headers = client.rows(path, {"include": ",".join(known), "per_page": 100})
            found = {str(row.get("id")): row for row in rows}
        if stream is Stream.ORDERS:
            found |= {no: body for no in known if no not in found and (body := _alone(client, no))}
        return [Fetched(no, found.get(no), is_unknown=no not in found) for no in numbers]

    def fetch_refund(self, shop: ShopAccess, refund_no: str, platform_no: str) -> Fetched:
        """By its order, as every WooCommerce tells it; the list of all refunds is a young thing."""
        if not (platform_no.isascii() and platform_no.isdigit()):
            return Fetched(refund_no, is_unknown=True)
        body = next((one for one in _refunds(self._client(shop), platform_no) if str(one.get("id")) == refund_no), None)
        return Fetched(refund_no, body, is_unknown=body is None)

    def order(self, body: Body) -> IncomingOrder:
        return mapping.order(body)

    def refund(self, body: Body) -> IncomingRefund:
        return mapping.refund(body)

    # --- saying ----------------------------------------------------------------------------------------------------------

    def push_stock(self, shop: ShopAccess, updates: Sequence[StockUpdate]) -> list[PushResult]:
        return stock.push(self._client(shop), updates)

    def read_stock(self, shop: ShopAccess, keys: Sequence[ListingKey]) -> list[ShownStock]:
        return stock.read(self._client(shop), keys)

    def ship(self, shop: ShopAccess, shipment: Shipment) -> ShipResult:
        return shipping.ship(self._client(shop), shipment)

    def receive(self, shop: ShopAccess, call: Call) -> Received:
        return webhooks.receive(shop, call)


def _iso(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"


def _row(body: Mapping[str, Any]) -> Found:
    return Found(str(body["id"]), body, _moment(body, "date_modified_gmt"))


def _refunds(client: Client, order: str) -> list[dict[str, Any]]:
    """What went back of one order. The bodies do not name their order: `parent_id` as the list of all refunds has it."""
    try:
        rows, _headers = client.rows(f"/orders/{order}/refunds", {"per_page": 100})
    except NoSuch:
        return []  # the order is gone since
    return [{"parent_id": int(order), **row} for row in rows]


def _refund_row(body: dict[str, Any]) -> Found:
    no = body.get("id")
    if isinstance(no, bool) or not isinstance(no, int) or no < 1:
        raise unreadable("refunds")
    return Found(str(no), body, _moment(body, "date_created_gmt"))


def _moment(body: Mapping[str, Any], name: str) -> datetime | None:
    """A flaw inside an order is the order's own."""
    try:
        return moment(body, name)
    except BadPayload:
        return None


def _alone(client: Client, no: str) -> dict[str, Any] | None:
    try:
        body = client.one(f"/orders/{no}")
    except NoRoute:
        raise
    except NoSuch:
        return None
    if str(body.get("id")) != no:
        raise unreadable("/orders")
    return body


CONNECTOR = WooCommerce()
