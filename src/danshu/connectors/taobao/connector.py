"""What the adapter of Taobao and Tmall can do, and how it reads. What it says stands in `writing.py`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlencode

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
    return_address,
)
from danshu.channels.connector_errors import BadAnswer, BadPayload, CredentialsExpired, Refused
from danshu.channels.contract import IncomingOrder, IncomingRefund, Receiver
from danshu.channels.text_bodies import answers, flag, hint, needed, text, whole
from danshu.connectors.taobao import mapping, writing
from danshu.connectors.taobao.client import AUTHORIZE, TOKEN, Declined, Top
from danshu.connectors.taobao.reading import rows
from danshu.core import clock

# without `type`, TOP lists the four or five usual kinds only, and the others are missing without a word
TYPES = (
    "fixed,auction,guarantee_trade,step,independent_simple_trade,independent_shop_trade,auto_delivery,ec,cod,game_equipment,"
    "shopex_trade,netcn_trade,external_trade,instant_trade,b2c_cod,hotel_trade,super_market_trade,super_market_cod_trade,taohua,"
    "waimai,o2o_offlinetrade,nopaid,eticket,tmall_i18n"
)
TRADE = (
    "tid,tid_str,status,type,payment,total_fee,post_fee,discount_fee,adjust_fee,received_payment,created,pay_time,modified,"
    "consign_time,end_time,buyer_nick,buyer_open_uid,seller_nick,seller_flag,seller_memo,buyer_message,has_buyer_message,"
    "receiver_name,receiver_state,receiver_city,receiver_district,receiver_town,receiver_address,receiver_zip,receiver_mobile,"
    "receiver_phone,oaid,shipping_type,step_trade_status,step_paid_fee,is_part_consign,promotion_details,delivery_time,send_time,"
    "orders"
)
REFUND = (
    "refund_id,tid,oid,title,buyer_nick,seller_nick,total_fee,status,created,refund_fee,good_status,has_good_return,company_name,sid,"
    "payment,reason,desc,modified,order_status,refund_phase,refund_version,refund_remind_timeout,dispute_type,num,sku,outer_id,operation_contraint"
)
MANUAL = "1006"  # the scene of a decryption: a person wants to see it


class Taobao(Connector):
    abilities = Abilities(
        streams={
            Stream.ORDERS: Reading(
                span=timedelta(minutes=30),  # a day is allowed; half an hour is what the documents call quick and safe
                reach=timedelta(days=90),
                page_size=50,
                paging=Paging.BACKWARD,
            ),
            Stream.REFUNDS: Reading(
                span=timedelta(days=1),
                reach=timedelta(days=90),
                page_size=50,
                paging=Paging.BACKWARD,
                can_list_created=False,
            ),
        },
        can_push_stock=True,
        can_read_stock=True,
        can_ship=True,
        can_ship_parts=True,
        can_change_waybill=True,
        can_answer_refunds=True,
        can_decrypt=True,
        can_authorize=True,
        can_refresh=True,
        batch_size=20,
        fetch_size=1,
        rate=10,  # not published: an app's share depends on its package
        burst=20,
    )
    fields = (
        CredentialField("app_key", "App Key", gettext_lazy("淘宝开放平台控制台里，应用的 App Key。")),
        CredentialField("app_secret", "App Secret", gettext_lazy("同一个应用的 App Secret。"), is_secret=True),
        return_address(gettext_lazy("淘宝、天猫后台地址库里的编号，同意退货时告诉买家寄到那里。不填就用平台上的默认地址。")),
    )

    def _top(self, shop: ShopAccess) -> Top:
        return Top(shop, self.client(shop))

    def check(self, shop: ShopAccess) -> ShopInfo:
        user = self._top(shop).call("taobao.user.seller.get", {"fields": "user_id,nick"}).get("user")
        if not isinstance(user, dict):
            raise BadAnswer(_("淘宝没有说这是谁的店铺。稍后会再试。"))
        with answers():
            return ShopInfo(text(user, "user_id"), needed(user, "nick"))

    # --- reading ---

    def list_page(self, shop: ShopAccess, stream: Stream, span: Span, page: Page) -> Listed:
        if stream == Stream.ORDERS:
            word = "created" if span.basis == Basis.CREATED else "modified"
            method = "taobao.trades.sold.get" if span.basis == Basis.CREATED else "taobao.trades.sold.increment.get"
            names = ("trades", "trade")
            fields = "tid,tid_str,status,type,created,modified"
        else:
            word, method, names, fields = "modified", "taobao.refunds.receive.get", ("refunds", "refund"), "refund_id,tid,status,modified"
        size = self.abilities.streams[stream].page_size
        said = {
            "fields": fields,
            f"start_{word}": _said(span.start),
            f"end_{word}": _said(span.end),
            "type": TYPES if stream == Stream.ORDERS else "",
            "page_no": page.number,
            "page_size": size,
        }
        answer = self._top(shop).call(method, said | {"use_has_next": not page.wants_total})
        total = _total(answer) if page.wants_total else None
        has_more = page.number * size < total if total is not None else _has_next(answer)
        if names[0] not in answer:
            # TOP leaves an empty list out altogether. Is it empty, or did something get lost? The number of rows tells.
            known = total if total is not None else _total(self._top(shop).call(method, said | {"use_has_next": False}))
            if has_more or (page.number - 1) * size < known:
                raise BadAnswer(_("淘宝的回答里没有列表，却说有内容。稍后会再试。"))
            return Listed((), total)
        with answers():
            found = tuple(_found(row, stream) for row in rows(answer, *names))
        return Listed(found, total, has_more=has_more)

    def fetch(self, shop: ShopAccess, stream: Stream, numbers: Sequence[str]) -> list[Fetched]:
        return [self._fetch(shop, stream, number) for number in numbers]

    def _fetch(self, shop: ShopAccess, stream: Stream, number: str) -> Fetched:
        method, params, name = (
            ("taobao.trade.fullinfo.get", {"tid": number, "fields": TRADE}, "trade")
            if stream == Stream.ORDERS
            else ("taobao.refund.get", {"refund_id": number, "fields": REFUND}, "refund")
        )
        try:
            body = self._top(shop).call(method, params).get(name)
        except Declined as error:
            if any(mark in error.sub_code for mark in ("not-exist", "not-found", "not_exist")):
                return Fetched(number, is_unknown=True, message=error.message)
            raise
        if not isinstance(body, dict):
            raise BadAnswer(_("淘宝的回答里没有要的那一单。稍后会再试。"))
        return Fetched(number, body)

    def order(self, body: Body) -> IncomingOrder:
        return mapping.order(body)

    def refund(self, body: Body) -> IncomingRefund:
        return mapping.refund(body)

    def decrypt(self, shop: ShopAccess, bodies: Sequence[Body]) -> list[Receiver | None]:
        """TOP counts every decryption, and its scene. An oaid that no longer fits the trade is not told: pull the trade again."""
        asked = [{"tid": text(body, "tid_str", "tid"), "oaid": text(body, "oaid"), "scene": MANUAL} for body in bodies]
        asked = [one for one in asked if one["oaid"]]
        plain: dict[str, Receiver] = {}
        for at in range(0, len(asked), 20):
            queries = json.dumps(asked[at : at + 20], separators=(",", ":"))
            answer = self._top(shop).call("taobao.top.oaid.decrypt", {"query_list": queries})
            with answers():
                plain |= {text(row, "tid"): _plain(row) for row in rows(answer, "receiver_list", "receiver") if flag(row, "matched")}
        return [plain.get(text(body, "tid_str", "tid")) for body in bodies]

    # --- saying ---

    def push_stock(self, shop: ShopAccess, updates: Sequence[StockUpdate]) -> list[PushResult]:
        return writing.push_stock(self._top(shop), updates)

    def read_stock(self, shop: ShopAccess, keys: Sequence[ListingKey]) -> list[ShownStock]:
        return writing.read_stock(self._top(shop), keys)

    def ship(self, shop: ShopAccess, shipment: Shipment) -> ShipResult:
        return writing.ship(self._top(shop), shipment)

    def answer_refund(self, shop: ShopAccess, answer: RefundAnswer) -> None:
        try:
            writing.answer_refund(self._top(shop), answer)
        except BadPayload as error:
            raise Refused(error.message) from None

    # --- access ---

    def authorize_url(self, shop: ShopAccess, *, redirect: str, state: str) -> str:
        said = {"response_type": "code", "client_id": shop.credentials.get("app_key", ""), "redirect_uri": redirect, "state": state}
        return f"{self._top(shop).place(AUTHORIZE)}?{urlencode(said | {'view': 'web'})}"

    def exchange(self, shop: ShopAccess, *, code: str, redirect: str) -> Grant:
        answer = self._top(shop).send(TOKEN, _oauth(shop, "authorization_code", code=code, redirect_uri=redirect), idempotent=False)
        if "error" in answer:
            raise Refused(_("淘宝没有给授权：%(said)s。请重新授权。") % {"said": _why(answer)})
        return _grant(answer)

    def refresh(self, shop: ShopAccess) -> Grant:
        token = shop.credentials.get("refresh_token", "")
        answer = self._top(shop).send(TOKEN, _oauth(shop, "refresh_token", refresh_token=token), idempotent=False)
        if "error" in answer:
            raise CredentialsExpired(_("淘宝不肯续授权：%(said)s。请重新授权。") % {"said": _why(answer)})
        return _grant(answer)


def _said(moment_: datetime) -> str:
    return clock.local(moment_).strftime("%Y-%m-%d %H:%M:%S")


def _total(answer: Mapping[str, Any]) -> int:
    with answers():
        return whole(answer, "total_results")


def _has_next(answer: Mapping[str, Any]) -> bool:
    if "has_next" not in answer:
        raise BadAnswer(_("淘宝没有说后面还有没有。稍后会再试。"))
    return flag(answer, "has_next")


def _found(row: Body, stream: Stream) -> Found:
    number = needed(row, "tid_str", "tid") if stream == Stream.ORDERS else needed(row, "refund_id")
    return Found(number, modified_at=hint(row, "modified"))


def _plain(row: Body) -> Receiver:
    """A number that stands for the buyer's own (隐私号) is a plain number to us: it can be called."""
    return Receiver(
        name=text(row, "name"),
        phone=text(row, "mobile", "phone"),
        province=text(row, "state"),
        city=text(row, "city"),
        district=text(row, "district"),
        address=f"{text(row, 'town')}{text(row, 'address_detail')}",
        merge_key=text(row, "oaid"),
    )


def _oauth(shop: ShopAccess, kind: str, **more: str) -> dict[str, str]:
    return {
        "grant_type": kind,
        "client_id": shop.credentials.get("app_key", ""),
        "client_secret": shop.credentials.get("app_secret", ""),
        "view": "web",
        **more,
    }


def _why(answer: Mapping[str, Any]) -> str:
    return str(answer.get("error_description") or answer.get("error"))[:200]


def _grant(answer: Mapping[str, Any]) -> Grant:
    with answers():
        token, refresh = needed(answer, "access_token"), text(answer, "refresh_token")
        owner, nick = text(answer, "taobao_user_id"), unquote(text(answer, "taobao_user_nick"))
    return Grant(token, refresh, _in(answer, "expires_in"), _in(answer, "re_expires_in"), owner, nick)


def _in(answer: Mapping[str, Any], name: str) -> datetime | None:
    """Seconds from now → the moment; not said or 0 = no end is known."""
    said = str(answer.get(name) or "")
    return clock.now() + timedelta(seconds=int(said)) if said.isascii() and said.isdigit() and 0 < int(said) < 10**9 else None


CONNECTOR = Taobao()
