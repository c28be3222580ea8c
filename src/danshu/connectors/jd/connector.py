"""What the adapter of JD can do, and how it reads. What it says stands in `writing.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from danshu.channels.connecting import (
    Abilities,
    Basis,
    Body,
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
    RefundAnswer,
    Shipment,
    ShipResult,
    ShopAccess,
    ShopInfo,
    ShownStock,
    Span,
    StockUpdate,
    Stream,
)
from danshu.channels.connector_errors import BadAnswer, CredentialsExpired, Refused
from danshu.channels.contract import IncomingOrder, IncomingRefund
from danshu.channels.text_bodies import answers, hint, needed, text, whole
from danshu.connectors.jd import mapping, writing
from danshu.connectors.jd.client import AUTHORIZE, REFRESH, TOKEN, Declined, Jos, result
from danshu.connectors.jd.reading import inner, rows
from danshu.core import clock

STATES = (
    "WAIT_SELLER_STOCK_OUT,WAIT_GOODS_RECEIVE_CONFIRM,WAIT_SELLER_DELIVERY,WAIT_SEND_CODE,PAUSE,POP_ORDER_PAUSE,FINISHED_L,"
    "TRADE_CANCELED,LOCKED"
)
FIELDS = (
    "orderId,parentOrderId,directParentOrderId,venderId,orderType,payType,orderTotalPrice,orderSellerPrice,orderPayment,freightPrice,"
    "sellerDiscount,balanceUsed,orderState,orderStateRemark,orderStartTime,orderEndTime,paymentConfirmTime,outBoundDate,modified,pin,"
    "open_id_buyer,orderRemark,venderRemark,flag,consigneeInfo,itemInfoList,couponDetailList,logisticsId,waybill,storeOrder,sendpayMap,oaid"
)
MOST_IDS = 50


class Jd(Connector):
    abilities = Abilities(
        streams={
            Stream.ORDERS: Reading(
                span=timedelta(days=1),  # a month is allowed; JD advises to move the span rather than to page deep
                reach=timedelta(days=90),  # by change; 2 years by creation
                page_size=50,
                paging=Paging.BACKWARD,  # an order that changes while we page leaves the span, and every row behind it moves up
            ),
            Stream.REFUNDS: Reading(
                span=timedelta(days=1),
                reach=timedelta(days=90),
                page_size=50,
                paging=Paging.CURSOR,
                lists_changes=False,  # by request and by answer; that a buyer withdrew one stands in neither
            ),
        },
        can_push_stock=True,
        can_read_stock=True,
        can_ship=True,
        can_answer_refunds=True,
        can_authorize=True,
        can_refresh=True,
        batch_size=20,
        fetch_size=1,
        rate=5,  # not published
        burst=10,
    )
    fields = (
        CredentialField("app_key", "App Key", gettext_lazy("京东商家开放平台里，应用的 App Key。")),
        CredentialField("app_secret", "App Secret", gettext_lazy("同一个应用的 App Secret。"), is_secret=True),
    )

    def _jos(self, shop: ShopAccess) -> Jos:
        return Jos(shop, self.client(shop))

    def check(self, shop: ShopAccess) -> ShopInfo:
        answer = self._jos(shop).call("jingdong.seller.vender.info.get", {})
        with answers():
            info = inner(answer, "vender_info_result")
            return ShopInfo(needed(info, "vender_id"), text(info, "shop_name", "vender_name"))

    # --- reading ---

    def list_page(self, shop: ShopAccess, stream: Stream, span: Span, page: Page) -> Listed:
        return self._orders(shop, span, page) if stream == Stream.ORDERS else self._refunds(shop, span, page)

    def _orders(self, shop: ShopAccess, span: Span, page: Page) -> Listed:
        size = self.abilities.streams[Stream.ORDERS].page_size
        said: dict[str, Any] = {
            "start_date": _said(span.start),
            "end_date": _said(span.end),
            "order_state": STATES,
            "optional_fields": FIELDS,
            "page": str(page.number),
            "page_size": str(size),
            "sortType": "0",
            "dateType": "1" if span.basis == Basis.CREATED else "0",
            "source_id": "JOS",
        }
        if shop.settings.get("jd_order_query") == "wrapped":  # how the schema of 2026 has it, says one of two sources
            said = {"paramOrderJSFQuery": said}
        found = result(self._jos(shop).call("jingdong.pop.order.search", said), "searchorderinfo_result", "apiResult")
        with answers():
            total = whole(found, "orderTotal")
            listed = [] if total == 0 and not found.get("orderInfoList") else rows(found, "orderInfoList")
            orders = tuple(Found(needed(row, "orderId"), row, hint(row, "modified")) for row in listed)
        if not orders and (page.number - 1) * size < total:
            raise BadAnswer(_("京东的回答里没有列表，却说有内容。稍后会再试。"))
        return Listed(orders, total, has_more=page.number * size < total)

    def _refunds(self, shop: ShopAccess, span: Span, page: Page) -> Listed:
        """JD lists requests by when they were made or by when they were answered, not by change: first the one list, then the other."""
        word, number = (page.cursor or "apply:1").split(":")
        size = self.abilities.streams[Stream.REFUNDS].page_size
        said = {
            f"{word}TimeStart": _said(span.start),
            f"{word}TimeEnd": _said(span.end),
            "pageIndex": int(number),
            "pageSize": size,
        }
        found, total = self._requests(shop, said)
        if not found and (int(number) - 1) * size < total:
            raise BadAnswer(_("京东的回答里没有列表，却说有内容。稍后会再试。"))
        following = f"{word}:{int(number) + 1}" if int(number) * size < total else ""
        if not following and word == "apply" and span.basis == Basis.MODIFIED:
            following = "check:1"
        is_all = span.basis == Basis.CREATED
        return Listed(tuple(found), total if is_all else None, cursor=following, has_more=bool(following))

    def _requests(self, shop: ShopAccess, said: Mapping[str, Any]) -> tuple[list[Found], int]:
        found = result(self._jos(shop).call("jingdong.pop.afs.soa.refundapply.queryPageList", said), "queryResult")
        with answers():
            total = whole(found, "totalCount")
            listed = [] if total == 0 and not found.get("result") else rows(found, "result")
            return [Found(needed(row, "id"), row, _changed(row)) for row in listed], total

    def fetch(self, shop: ShopAccess, stream: Stream, numbers: Sequence[str]) -> list[Fetched]:
        if stream == Stream.ORDERS:
            return [self._order(shop, number) for number in numbers]
        bodies: dict[str, Body | None] = {}
        for at in range(0, len(numbers), MOST_IDS):
            ids = ",".join(numbers[at : at + MOST_IDS])
            found, _total = self._requests(shop, {"ids": ids, "pageIndex": 1, "pageSize": MOST_IDS})
            bodies |= {row.no: row.body for row in found}
        return [Fetched(number, bodies.get(number), is_unknown=number not in bodies) for number in numbers]

    def _order(self, shop: ShopAccess, number: str) -> Fetched:
        said = {"order_id": number, "optional_fields": FIELDS, "source_id": "JOS"}
        try:
            found = result(self._jos(shop).call("jingdong.pop.order.get", said), "orderDetailInfo", "apiResult")
        except Declined as error:
            if "不存在" in error.said:
                return Fetched(number, is_unknown=True, message=error.message)
            raise
        with answers():
            return Fetched(number, inner(found, "orderInfo"))

    def order(self, body: Body) -> IncomingOrder:
        return mapping.order(body)

    def refund(self, body: Body) -> IncomingRefund:
        return mapping.refund(body)

    # --- saying ---

    def push_stock(self, shop: ShopAccess, updates: Sequence[StockUpdate]) -> list[PushResult]:
        return writing.push_stock(self._jos(shop), updates)

    def read_stock(self, shop: ShopAccess, keys: Sequence[ListingKey]) -> list[ShownStock]:
        return writing.read_stock(self._jos(shop), keys)

    def ship(self, shop: ShopAccess, shipment: Shipment) -> ShipResult:
        return writing.ship(self._jos(shop), shipment)

    def answer_refund(self, shop: ShopAccess, answer: RefundAnswer) -> None:
        writing.answer_refund(self._jos(shop), answer)

    # --- access ---

    def authorize_url(self, shop: ShopAccess, *, redirect: str, state: str) -> str:
        said = {"app_key": shop.credentials.get("app_key", ""), "response_type": "code", "redirect_uri": redirect, "state": state}
        return f"{self._jos(shop).place(AUTHORIZE)}?{urlencode(said | {'scope': 'snsapi_base'})}"

    def exchange(self, shop: ShopAccess, *, code: str, redirect: str) -> Grant:  # noqa: ARG002 - JD knows the address already
        answer = self._jos(shop).send(TOKEN, _oauth(shop, "authorization_code", code=code), idempotent=False)
        if "access_token" not in answer and _why(answer):
            raise Refused(_("京东没有给授权：%(said)s。请重新授权。") % {"said": _why(answer)})
        return _grant(answer)

    def refresh(self, shop: ShopAccess) -> Grant:
        token = shop.credentials.get("refresh_token", "")
        answer = self._jos(shop).send(REFRESH, _oauth(shop, "refresh_token", refresh_token=token), idempotent=False)
        if "access_token" not in answer and _why(answer):
            raise CredentialsExpired(_("京东不肯续授权：%(said)s。请重新授权。") % {"said": _why(answer)})
        return _grant(answer)


def _said(at: datetime) -> str:
    return clock.local(at).strftime("%Y-%m-%d %H:%M:%S")


def _changed(row: Body) -> datetime | None:
    known = [at for at in (hint(row, "applyTime"), hint(row, "checkTime")) if at]
    return max(known, default=None)


def _oauth(shop: ShopAccess, kind: str, **more: str) -> dict[str, str]:
    known = shop.credentials
    return {"app_key": known.get("app_key", ""), "app_secret": known.get("app_secret", ""), "grant_type": kind, **more}


def _why(answer: Mapping[str, Any]) -> str:
    return str(answer.get("msg") or answer.get("zh_desc") or answer.get("message") or answer.get("code") or "")[:200]


def _grant(answer: Mapping[str, Any]) -> Grant:
    with answers():
        token, refresh = needed(answer, "access_token"), text(answer, "refresh_token")
        owner = text(answer, "uid", "open_id")
    said = str(answer.get("expires_in") or "")
    ends = clock.now() + timedelta(seconds=int(said)) if said.isascii() and said.isdigit() and 0 < int(said) < 10**9 else None
    return Grant(token, refresh, ends, ends, owner)  # JD prolongs in the last 24 hours before the end, and never after it


CONNECTOR = Jd()
