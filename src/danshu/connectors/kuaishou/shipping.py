"""Parcels. Whole orders go by `goods.deliver`, which answers a repetition with success; parts by `goods.split.deliver`, further
parcels of a shipped order by `logistics.append`, another number by `logistics.update`."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from danshu.channels import bodies
from danshu.channels.connecting import Refusal, Shipment, ShipResult
from danshu.channels.connector_errors import BadPayload, CredentialsExpired, RateLimited, Refused
from danshu.connectors.kuaishou import mapping
from danshu.connectors.kuaishou.client import Client, NoSuch, unreadable

PARTLY, WHOLLY = 10, 40  # [D] confirmDeliveryStatus
SHIPPED = 40


def ship(client: Client, shipment: Shipment) -> ShipResult:
    no, code = shipment.platform_no, shipment.codes.get("kuaishou_id", "")
    if not (no.isascii() and no.isdigit()):
        return ShipResult(no, Refusal.UNKNOWN_ITEM, _("「%(no)s」不是快手的订单号。") % {"no": no})
    if not (code.isascii() and code.isdigit()):
        text_ = _("快手没有「%(courier)s」这家快递。请换一家快递，或者在快手后台发货。")
        return ShipResult(no, Refusal.REJECTED, text_ % {"courier": shipment.courier_name})
    parcel = {"expressCode": int(code), "expressNo": shipment.waybill_no}
    try:
        if shipment.is_change:
            return _change(client, shipment, parcel)
        try:
            _deliver(client, shipment, parcel)
        except (CredentialsExpired, RateLimited, NoSuch):
            raise
        except Refused as error:
            return _otherwise(client, shipment, parcel, error)
    except NoSuch as error:
        return ShipResult(no, Refusal.UNKNOWN_ITEM, error.message)
    except Refused as error:
        return ShipResult(no, Refusal.REJECTED, error.message)
    return ShipResult(no)


def _deliver(client: Client, shipment: Shipment, parcel: dict[str, Any]) -> None:
    order = int(shipment.platform_no)
    if not shipment.lines:
        client.call("open.seller.order.goods.deliver", {"orderId": order, **parcel}, post=True, idempotent=True)
        return
    goods = [{"oid": int(line.oid), "deliveryNum": line.quantity} for line in shipment.lines if line.oid.isascii() and line.oid.isdigit()]
    if len(goods) != len(shipment.lines):
        raise NoSuch(_("有一行没有快手的子订单号，没有发货。请重新拉取这张订单。"))
    state = WHOLLY if shipment.is_last else PARTLY
    client.call(
        "open.order.goods.split.deliver",
        {
            "mainOrderId": order,
            "deliveryItemInfoList": [{"deliveryGoodsInfoList": goods, **parcel}],
            "deliveryStatus": [{"oid": one["oid"], "confirmDeliveryStatus": state} for one in goods],
        },
        post=True,
        idempotent=False,
    )


def _otherwise(client: Client, shipment: Shipment, parcel: dict[str, Any], error: Refused) -> ShipResult:
    """The platform said no to a delivery. Perhaps it has the parcel already, or has shipped the order and takes another parcel."""
    body, rows = _detail(client, shipment)
    if any(bodies.text(row, "expressNo") == shipment.waybill_no for row in rows):
        return ShipResult(shipment.platform_no)
    if shipment.lines or bodies.number(bodies.item(body, "orderBaseInfo"), "status") != SHIPPED:
        return ShipResult(shipment.platform_no, Refusal.REJECTED, error.message)
    client.call("open.seller.order.goods.logistics.append", {"oid": int(shipment.platform_no), **parcel}, post=True, idempotent=False)
    return ShipResult(shipment.platform_no)


def _change(client: Client, shipment: Shipment, parcel: dict[str, Any]) -> ShipResult:
    no = shipment.platform_no
    _body, rows = _detail(client, shipment)
    if any(bodies.text(row, "expressNo") == shipment.waybill_no for row in rows):
        return ShipResult(no)
    old = [row for row in rows if bodies.text(row, "expressNo") == shipment.old_waybill_no] or (rows if len(rows) == 1 else [])
    if not old:
        text_ = _("快手的这张订单里没有旧单号 %(old)s，没有改。请在快手后台改单号。")
        return ShipResult(no, Refusal.REJECTED, text_ % {"old": shipment.old_waybill_no})
    logistics = bodies.number(old[0], "logisticsId", most=10**18)
    where = {"logisticsId": logistics} if logistics else {}
    client.call("open.seller.order.logistics.update", {"orderId": int(no), **where, **parcel}, post=True, idempotent=True)
    return ShipResult(no)


def _detail(client: Client, shipment: Shipment) -> tuple[dict[str, Any], list[Any]]:
    method = "open.order.detail"
    body = client.data(method, {"oid": int(shipment.platform_no)})
    try:
        bodies.number(bodies.item(body, "orderBaseInfo"), "status")
        return body, mapping.logistics(body)
    except BadPayload:
        raise unreadable(method) from None
