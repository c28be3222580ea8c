"""What the seller says to TOP: stock numbers, shipments, answers to refunds. Each function is one method of the connector."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from danshu.channels.connecting import (
    ListingKey,
    PushResult,
    RefundAnswer,
    Refusal,
    Shipment,
    ShipResult,
    ShownStock,
    StockUpdate,
)
from danshu.channels.connector_errors import BadAnswer, ConnectorError, Refused
from danshu.channels.text_bodies import answers, fen, flag, text, whole
from danshu.connectors.taobao.client import Declined, Top
from danshu.connectors.taobao.reading import rows

ALREADY = ":B04"  # 订单状态不对: sent before, or closed
PLEASE = "请寄回"  # what buyers read, where nobody wrote anything
PASSING = (":B150", ":S01")  # "try again later", though it says isv
UNKNOWN = ("not-exist", "not-found", "not_exist", "deleted", "invalid-parameter:num_iid", "invalid-parameter:sku", ":B01")


# --- stock ------------------------------------------------------------------------------------------------------------------


def push_stock(top: Top, updates: Sequence[StockUpdate]) -> list[PushResult]:
    """The SKUs of one item go in one call; where TOP takes none of them, each is said alone, so that a bad one harms itself only."""
    results: dict[int, PushResult] = {}
    for group in _by_item(updates, results):
        try:
            results |= _push(top, updates, group)
        except ConnectorError as error:
            if not error.is_passing or not any(result.refusal is None for result in results.values()):
                raise
            results |= {at: PushResult(updates[at].key, Refusal.TEMPORARY, error.message) for at in group}
    return [results[at] for at in range(len(updates))]


def _by_item(updates: Sequence[StockUpdate], results: dict[int, PushResult]) -> list[list[int]]:
    """Positions that go together; what cannot be said at all gets its result at once."""
    groups: dict[tuple[str, int], list[int]] = {}
    for at, update in enumerate(updates):
        key = update.key
        if update.quantity < 0:
            results[at] = PushResult(key, Refusal.REJECTED, _("库存不能是负数。"))
        elif not _is_number(key.item_id) or (key.sku_id and not _is_number(key.sku_id)):
            results[at] = PushResult(key, Refusal.UNKNOWN_ITEM, _("淘宝的商品编号和规格编号只有数字。"))
        else:
            groups.setdefault((key.item_id, 0 if key.sku_id else at + 1), []).append(at)
    return [found[at : at + 20] for found in groups.values() for at in range(0, len(found), 20)]


def _push(top: Top, updates: Sequence[StockUpdate], group: list[int]) -> dict[int, PushResult]:
    try:
        _say_stock(top, [updates[at] for at in group])
    except Declined as error:
        if len(group) == 1:
            return {group[0]: PushResult(updates[group[0]].key, refusal_of(error), error.message)}
        return {place: result for at in group for place, result in _push(top, updates, [at]).items()}
    return {at: PushResult(updates[at].key) for at in group}


def _say_stock(top: Top, updates: list[StockUpdate]) -> None:
    item, first = updates[0].key.item_id, updates[0]
    if first.key.sku_id:
        pairs = ";".join(f"{update.key.sku_id}:{update.quantity}" for update in updates)
        answer = top.call("taobao.skus.quantity.update", {"num_iid": item, "skuid_quantities": pairs, "type": 1})
    else:
        answer = top.call("taobao.item.quantity.update", {"num_iid": item, "quantity": first.quantity, "type": 1})
    if not isinstance(answer.get("item"), dict):
        raise BadAnswer(_("淘宝没有说库存改成了没有。稍后会再试。"))


def read_stock(top: Top, keys: Sequence[ListingKey]) -> list[ShownStock]:
    """Items that are not ours, or are gone, are left out of the answer without a word."""
    items = list(dict.fromkeys(key.item_id for key in keys if _is_number(key.item_id)))
    shown: dict[ListingKey, int] = {}
    for at in range(0, len(items), 20):
        wanted = {"num_iids": ",".join(items[at : at + 20]), "fields": "num_iid,num,approve_status,sku"}
        answer = top.call("taobao.items.seller.list.get", wanted)
        with answers():
            shown |= _shown(answer)
    return [ShownStock(key, shown.get(key)) for key in keys]


def _shown(answer: dict[str, Any]) -> dict[ListingKey, int]:
    """By SKU, and by item for those that have none."""
    shown: dict[ListingKey, int] = {}
    for item in [] if _is_empty(answer) else rows(answer, "items", "item"):
        number = text(item, "num_iid")
        shown[ListingKey(number)] = whole(item, "num")
        skus = rows(item, "skus", "sku") if item.get("skus") else []
        shown |= {ListingKey(number, text(sku, "sku_id")): whole(sku, "quantity") for sku in skus}
    return shown


def _is_empty(answer: dict[str, Any]) -> bool:
    """TOP leaves an empty list out; a whole answer bears the number of its request."""
    return answer.get("items") == {} or ("items" not in answer and bool(answer.get("request_id")))


# --- shipping ---------------------------------------------------------------------------------------------------------------


def ship(top: Top, shipment: Shipment) -> ShipResult:
    company = shipment.codes.get("cainiao") or shipment.codes.get("top_2013") or _company(top, shipment.courier_name)
    if not company:
        words = {"courier": shipment.courier_name or shipment.courier}
        return ShipResult(shipment.platform_no, Refusal.REJECTED, _("淘宝不认识快递公司%(courier)s。") % words)
    oids = list(dict.fromkeys(line.oid for line in shipment.lines))
    said = {
        "tid": shipment.platform_no,
        "sub_tid": ",".join(oids),
        "is_split": 1 if oids else 0,
        "out_sid": shipment.waybill_no,
        "company_code": company,
    }
    method = "taobao.logistics.consign.resend" if shipment.is_change else "taobao.logistics.offline.send"
    try:
        answer = top.call(method, said, idempotent=False)
    except Declined as error:
        if _has_it(top, shipment, oids, error):
            return ShipResult(shipment.platform_no)
        return ShipResult(shipment.platform_no, refusal_of(error), error.message)
    shipping = answer.get("shipping")
    if not isinstance(shipping, dict) or "is_success" not in shipping:
        raise BadAnswer(_("淘宝没有说发货成功了没有。稍后会再试。"))
    if flag(shipping, "is_success"):
        return ShipResult(shipment.platform_no)
    return ShipResult(shipment.platform_no, Refusal.REJECTED, _("淘宝没有收下这个发货，也没有说为什么。"))


def _has_it(top: Top, shipment: Shipment, oids: list[str], error: Declined) -> bool:
    """Whether TOP refused because it has exactly this number already: a repeated message, or a person was quicker."""
    if not (shipment.is_change or error.sub_code.endswith(ALREADY)):
        return False
    answer = top.call("taobao.trade.fullinfo.get", {"tid": shipment.platform_no, "fields": "tid,status,orders"})
    trade = answer.get("trade")
    with answers():
        lines = rows(trade if isinstance(trade, dict) else {}, "orders", "order")
    told = [line for line in lines if not oids or text(line, "oid_str", "oid") in oids]
    told = [line for line in told if text(line, "status") not in {"TRADE_CLOSED", "TRADE_CLOSED_BY_TAOBAO"}] or told
    return bool(told) and all(text(line, "invoice_no") == shipment.waybill_no for line in told)


def _company(top: Top, name: str) -> str:
    """TOP's code of a courier that our table has none for."""
    answer = top.call("taobao.logistics.companies.get", {"fields": "id,code,name,reg_mail_no"})
    with answers():
        found = {text(row, "name"): text(row, "code") for row in rows(answer, "logistics_companies", "logistics_company")}
    return found.get(name, "") if name else ""


# --- refunds ----------------------------------------------------------------------------------------------------------------


def answer_refund(top: Top, answer: RefundAnswer) -> None:
    body = answer.body
    version = {"refund_version": text(body, "refund_version"), "refund_phase": text(body, "refund_phase")}
    if text(body, "dispute_type") not in {"", "REFUND", "REFUND_AND_RETURN"}:
        raise Refused(_("换货、补寄和维修不能在这里处理。请到千牛里处理。"))
    if not answer.agrees:
        _refuse(top, answer, version)
    elif text(body, "status") == "WAIT_SELLER_AGREE" and flag(body, "has_good_return"):
        said = {"refund_id": answer.refund_no, "remark": answer.reason or PLEASE, **_address(top, answer.address_id), **version}
        top.call("taobao.rp.returngoods.agree", said, idempotent=False)
    else:
        _pay_back(top, answer)


def _address(top: Top, wanted: str) -> dict[str, str]:
    """Where goods come back to, the seller's usual place unless another was chosen. Taobao wants it in words, Tmall its number."""
    answer = top.call("taobao.logistics.address.search", {} if wanted else {"rdef": "cancel_def"})
    with answers():
        found = rows(answer, "addresses", "address_result") if answer.get("addresses") else []
        place = next((row for row in found if wanted in {"", text(row, "contact_id")}), None)
    if place is None:
        raise Refused(_("没有找到退货地址。请到千牛的地址库里设一个默认退货地址，或者在店铺里填好退货地址编号。"))
    said = {"seller_address_id": text(place, "contact_id")}
    if top.shop.platform == "tmall":
        return said
    where = "".join(text(place, name) for name in ("province", "city", "country", "addr"))
    who = {"name": text(place, "contact_name"), "mobile": text(place, "mobile_phone"), "tel": text(place, "phone")}
    return said | who | {"address": where, "post": text(place, "zip_code")}


def _pay_back(top: Top, answer: RefundAnswer) -> None:
    """`refund_id|fen|version|phase`; the phase for Tmall only."""
    body = answer.body
    parts = [answer.refund_no, str(fen(body, "refund_fee")), text(body, "refund_version")]
    if top.shop.platform == "tmall":
        parts.append(text(body, "refund_phase"))
    found = top.call("taobao.rp.refunds.agree", {"refund_infos": "|".join(parts)}, idempotent=False)
    if "succ" not in found:
        raise BadAnswer(_("淘宝没有说退款成功了没有。稍后会再试。"))
    results = rows(found, "results", "refund_mapping_result") if found.get("results") else []
    if not flag(found, "succ") or any(not flag(result, "succ") for result in results):
        said = next((text(result, "message") for result in results if text(result, "message")), "") or text(found, "message")
        raise Refused(_("淘宝没有同意退款：%(said)s。请到千牛里处理。") % {"said": said or text(found, "msg_code")})


def _refuse(top: Top, answer: RefundAnswer, version: dict[str, str]) -> None:
    if top.shop.platform == "tmall":
        raise Refused(_("天猫拒绝退款要上传凭证图片，这里传不了。请到千牛里拒绝。"))
    said = {"refund_id": answer.refund_no, "refuse_message": answer.reason, **version}
    found = top.call("taobao.refund.refuse", said, idempotent=False)
    if not isinstance(found.get("refund"), dict) and not flag(found, "is_success"):
        raise BadAnswer(_("淘宝没有说拒绝成功了没有。稍后会再试。"))


def refusal_of(error: Declined) -> Refusal:
    if error.sub_code.endswith(PASSING):
        return Refusal.TEMPORARY
    return Refusal.UNKNOWN_ITEM if any(mark in error.sub_code for mark in UNKNOWN) else Refusal.REJECTED


def _is_number(said: str) -> bool:
    return said.isascii() and said.isdigit()
