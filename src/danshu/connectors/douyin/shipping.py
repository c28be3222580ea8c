"""Parcels: `order.logisticsAdd` for a whole order, `order.logisticsAddMultiPack` for part of one, `order.logisticsEdit` (or, for one parcel
of several, `order.logisticsEditByPack`) for another number.

A refusal does not say which number the order has, so the order is read back: only the very number that we told counts as taken. The
same read finds out what became of a call whose answer was lost, and which package a number belongs to.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.utils.translation import gettext as _

from danshu.channels import bodies
from danshu.channels.connecting import Body, Refusal, Shipment, ShipResult
from danshu.channels.connector_errors import BadAnswer, BadPayload, ConnectorError, Refused, TemporaryFailure
from danshu.connectors.douyin.client import Gate

OURS = uuid.UUID("0b5d0f0e-5b0c-5a7e-9c5e-7d0a5b0f4c11")  # the same parcel always gets the same request id
BY_PACKAGE = {f"isv.business-failed:{code}" for code in (70011, 10007, 60021)}  # logisticsEdit knows orders alone that left whole


def ship(gate: Gate, shipment: Shipment) -> ShipResult:
    courier = shipment.codes.get("douyin", "")
    if not courier:
        return ShipResult(
            shipment.platform_no,
            Refusal.REJECTED,
            _("抖店没有「%(courier)s」的快递编码，请到抖店后台发货。") % {"courier": shipment.courier_name or shipment.courier},
        )
    try:
        _tell(gate, shipment, {"company_code": courier, "logistics_code": shipment.waybill_no})
    except (Refused, TemporaryFailure) as error:
        if isinstance(error, TemporaryFailure) and not error.details.get("platform_code"):
            raise  # the platform said nothing at all
        return _after_refusal(gate, shipment, courier, error)
    return ShipResult(shipment.platform_no)


def _tell(gate: Gate, shipment: Shipment, parcel: dict[str, str]) -> None:
    order: dict[str, Any] = {"order_id": shipment.platform_no}
    if shipment.is_change:
        gate.call("order.logisticsEdit", order | parcel)
    elif shipment.lines:
        goods = [{"shipped_order_id": line.oid, "shipped_num": line.quantity} for line in shipment.lines]
        request = str(uuid.uuid5(OURS, f"{shipment.platform_no} {parcel['company_code']} {shipment.waybill_no}"))
        packs = [{"shipped_order_info": goods} | parcel]
        gate.call("order.logisticsAddMultiPack", order | {"pack_list": packs, "request_id": request, "is_refund_reject": False})
    else:
        gate.call("order.logisticsAdd", order | parcel | {"is_refund_reject": False})


def _after_refusal(gate: Gate, shipment: Shipment, courier: str, error: ConnectorError) -> ShipResult:
    packages = _packages(gate, shipment.platform_no)
    if shipment.waybill_no in packages:
        return ShipResult(shipment.platform_no)
    package = packages.get(shipment.old_waybill_no, "")
    if shipment.is_change and package and error.details.get("platform_code") in BY_PACKAGE:
        params = {"order_id": shipment.platform_no, "pack_id": package}
        try:
            gate.call("order.logisticsEditByPack", params | {"company_code": courier, "logistics_code": shipment.waybill_no})
        except Refused as second:
            return ShipResult(shipment.platform_no, Refusal.REJECTED, str(second))
        return ShipResult(shipment.platform_no)
    return ShipResult(shipment.platform_no, Refusal.TEMPORARY if error.is_passing else Refusal.REJECTED, str(error))


def _packages(gate: Gate, order_no: str) -> dict[str, str]:
    """Waybill number → package id of what the platform has; nothing where it has no such order."""
    try:
        data = gate.call("order.orderDetail", {"shop_order_id": order_no})
    except Refused:
        return {}
    try:
        rows: list[Body] = bodies.items(bodies.item(data, "shop_order_detail"), "logistics_info")
        return {bodies.text(row, "tracking_no"): bodies.identity(row, "delivery_id") for row in rows}
    except BadPayload as error:
        raise BadAnswer(str(error)) from None
