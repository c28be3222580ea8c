"""Parcels: `pdd.logistics.online.send` for the first one and for another number, `pdd.order.upload.extra.logistics` for further ones.

A refusal does not say which number the order has, so the order is read back: only the very number that we told counts as taken. The
same read finds out what became of a call whose answer was lost.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from danshu.channels import bodies, calling
from danshu.channels.connecting import Body, Refusal, Shipment, ShipResult
from danshu.channels.connector_errors import BadAnswer, BadPayload, ConnectorError, Refused, TemporaryFailure
from danshu.connectors.pdd.client import Router

FIRST, CHANGE = 1, 2  # redelivery_type 首次发货 / 修改发货


def ship(router: Router, shipment: Shipment) -> ShipResult:
    courier = shipment.codes.get("pdd_id", "")
    if not courier.isdigit():
        return ShipResult(
            shipment.platform_no, Refusal.REJECTED,
            _("拼多多没有「%(courier)s」的快递编号，请到拼多多后台发货。") % {"courier": shipment.courier_name or shipment.courier},
        )  # fmt: skip
    params = {
        "order_sn": shipment.platform_no,
        "logistics_id": courier,
        "tracking_number": shipment.waybill_no,
        "redelivery_type": CHANGE if shipment.is_change else FIRST,
    }
    try:
        found = router.call("pdd.logistics.online.send", "logistics_online_send_response", params)
    except (Refused, TemporaryFailure) as error:
        if not error.details.get("platform_code") and isinstance(error, TemporaryFailure):
            raise  # the platform said nothing at all
        return _after_refusal(router, shipment, courier, error)
    if "is_success" not in found:
        raise calling.incomplete("is_success")
    return ShipResult(shipment.platform_no)


def _after_refusal(router: Router, shipment: Shipment, courier: str, error: ConnectorError) -> ShipResult:
    told = _told(router, shipment.platform_no)
    if shipment.waybill_no in {no for _courier, no in told}:
        return ShipResult(shipment.platform_no)
    if told and shipment.lines and not shipment.is_change:
        return _add(router, shipment, courier, told[1:])
    return ShipResult(shipment.platform_no, Refusal.TEMPORARY if error.is_passing else Refusal.REJECTED, str(error))


def _add(router: Router, shipment: Shipment, courier: str, extra: list[tuple[str, str]]) -> ShipResult:
    """A further parcel. All further ones are told each time, for whether the call adds or replaces is not written anywhere."""
    tracks = [{"shipping_id": int(one), "tracking_number": no} for one, no in [*extra, (courier, shipment.waybill_no)] if one.isdigit()]
    params: dict[str, Any] = {"order_sn": shipment.platform_no, "extra_track_list": tracks}
    try:
        found = router.call("pdd.order.upload.extra.logistics", "upload_extra_logistics_response", params)
    except Refused as error:
        return ShipResult(shipment.platform_no, Refusal.REJECTED, str(error))
    if not {"success", "is_success"} & found.keys():
        raise calling.incomplete("success")
    return ShipResult(shipment.platform_no)


def _told(router: Router, order_no: str) -> list[tuple[str, str]]:
    """(courier, number) of the order's parcels, the main one first; none where the platform has no such order."""
    try:
        found = router.call("pdd.order.information.get", "order_info_get_response", {"order_sn": order_no})
    except Refused:
        return []
    try:
        body: Body = bodies.item(found, "order_info")
        rows = [body, *bodies.items(body, "extra_delivery_list")]
        pairs = [(bodies.identity(row, "logistics_id"), bodies.text(row, "tracking_number")) for row in rows]
    except BadPayload as error:
        raise BadAnswer(str(error)) from None
    return [pair for pair in pairs if pair[1]]
