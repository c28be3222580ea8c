"""Telling of parcels: `order/delivery/send`, and `order/deliveryinfo/update` for another number (three times while the order goes on)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from danshu.channels.connecting import Body, Refusal, Shipment, ShipResult
from danshu.channels.connector_errors import BadAnswer, BadPayload
from danshu.channels.documented_bodies import rows, section, text, whole
from danshu.connectors.channels_shop.client import Api, Denied

UNKNOWN_ORDER = 100002
OTHER = "OTHER"  # the platform's name for couriers it does not list
BY_COURIER = 1  # deliver_type: the seller's own courier
Contents = list[dict[str, Any]]


def ship(api: Api, shipment: Shipment) -> ShipResult:
    try:
        return _change(api, shipment) if shipment.is_change else _send(api, shipment)
    except Denied as denied:
        return _refused(shipment, denied.message, Refusal.UNKNOWN_ITEM if denied.errcode == UNKNOWN_ORDER else Refusal.REJECTED)


def _send(api: Api, shipment: Shipment) -> ShipResult:
    contents: Contents = [
        {"product_id": line.key.item_id, "sku_id": line.key.sku_id, "product_cnt": line.quantity} for line in shipment.lines
    ]
    if not contents:
        known = _order(api, shipment.platform_no)
        if _parcel(known, shipment.waybill_no):
            return ShipResult(shipment.platform_no)
        contents = _unsent(known)
    parcel = {"delivery_id": _courier(shipment), "waybill_id": shipment.waybill_no, "deliver_type": BY_COURIER, "product_infos": contents}
    try:
        api.post("/channels/ec/order/delivery/send", {"order_id": shipment.platform_no, "delivery_list": [parcel]}, idempotent=False)
    except Denied as denied:  # perhaps because it was said before, and the answer was lost
        if denied.errcode != UNKNOWN_ORDER and _parcel(_order(api, shipment.platform_no), shipment.waybill_no):
            return ShipResult(shipment.platform_no)
        raise
    return ShipResult(shipment.platform_no)


def _change(api: Api, shipment: Shipment) -> ShipResult:
    """Where the order went in several parcels the platform wants the old one named whole."""
    known = _order(api, shipment.platform_no)
    if _parcel(known, shipment.waybill_no):
        return ShipResult(shipment.platform_no)
    old = _parcel(known, shipment.old_waybill_no)
    if old is None:
        return _refused(shipment, _("微信小店上没有单号是 %(no)s 的包裹，改不了。") % {"no": shipment.old_waybill_no}, Refusal.REJECTED)
    contents = [dict(product) for product in rows(old, "product_infos")]
    new = {"delivery_id": _courier(shipment), "waybill_id": shipment.waybill_no, "product_infos": contents}
    body: dict[str, Any] = {"order_id": shipment.platform_no}
    if len(_parcels(known)) == 1:
        body["delivery_list"] = [new | {"deliver_type": BY_COURIER}]
    else:
        kept = {"delivery_id": text(old, "delivery_id"), "waybill_id": shipment.old_waybill_no, "product_infos": contents}
        body["change_infos"] = [{"old": kept, "new": new}]
    api.post("/channels/ec/order/deliveryinfo/update", body, idempotent=False)
    return ShipResult(shipment.platform_no)


def _order(api: Api, no: str) -> Body:
    body = api.post("/channels/ec/order/get", {"order_id": no}).get("order")
    if not isinstance(body, dict):
        raise BadAnswer(_("微信小店的回答里没有“%(name)s”。") % {"name": "order"})
    return body


def _parcels(order: Body) -> Sequence[Body]:
    try:
        return rows(section(section(order, "order_detail"), "delivery_info"), "delivery_product_info")
    except BadPayload as error:
        raise BadAnswer(error.message) from None


def _parcel(order: Body, waybill_no: str) -> Body | None:
    return next((parcel for parcel in _parcels(order) if waybill_no and parcel.get("waybill_id") == waybill_no), None)


def _unsent(order: Body) -> Contents:
    """Everything of the order that no parcel holds yet."""
    try:
        left = _count(rows(section(order, "order_detail"), "product_infos"), "sku_cnt")
        for parcel in _parcels(order):
            for key, count in _count(rows(parcel, "product_infos"), "product_cnt").items():
                left[key] = left.get(key, 0) - count
    except BadPayload as error:
        raise BadAnswer(error.message) from None
    return [{"product_id": item, "sku_id": sku, "product_cnt": count} for (item, sku), count in left.items() if count > 0]


def _count(products: Sequence[Body], field: str) -> dict[tuple[str, str], int]:
    counts: dict[tuple[str, str], int] = {}
    for product in products:
        key = (text(product, "product_id"), text(product, "sku_id"))
        counts[key] = counts.get(key, 0) + whole(product, field)
    return counts


def _courier(shipment: Shipment) -> str:
    codes: Mapping[str, str] = shipment.codes
    return codes.get("wechat_shop") or OTHER


def _refused(shipment: Shipment, message: str, refusal: Refusal) -> ShipResult:
    return ShipResult(shipment.platform_no, refusal, message)
