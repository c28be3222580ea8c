"""Parcels. WooCommerce itself knows none: courier and number go where the shop has a place for them (the extension Shipment Tracking), else
into a note that the buyer reads; what was told is kept in the order's meta data, and the last parcel completes the order.

A repetition finds in the order, in its trackings or its notes what an earlier try has done, and does the rest.
"""

from __future__ import annotations

import json
from typing import Any

from django.utils.translation import gettext as _

from danshu.channels.connecting import Refusal, Shipment, ShipResult
from danshu.channels.connector_errors import BadPayload, CredentialsExpired, RateLimited, Refused
from danshu.connectors.woocommerce import mapping
from danshu.connectors.woocommerce.client import Client, NoRoute, NoSuch, unreadable

TRACKING = "/wp-json/wc-shipment-tracking/v3"
OPEN = {"processing", "on-hold", "completed"}


def ship(client: Client, shipment: Shipment) -> ShipResult:
    no = shipment.platform_no
    if not (no.isascii() and no.isdigit()):
        return ShipResult(no, Refusal.UNKNOWN_ITEM, _("「%(no)s」不是 WooCommerce 的订单号。") % {"no": no})
    try:
        return _ship(client, shipment)
    except NoSuch as error:
        return ShipResult(no, Refusal.UNKNOWN_ITEM, error.message)
    except (CredentialsExpired, RateLimited, NoRoute):
        raise
    except Refused as error:
        return ShipResult(no, Refusal.REJECTED, error.message)


def _ship(client: Client, shipment: Shipment) -> ShipResult:
    path = f"/orders/{shipment.platform_no}"
    order = client.one(path)
    status = order.get("status")
    if not isinstance(status, str):
        raise unreadable(path)
    if status in mapping.STATUSES and status not in OPEN:
        text = _("这张订单在 WooCommerce 里是「%(status)s」，不能发货。")
        return ShipResult(shipment.platform_no, Refusal.REJECTED, text % {"status": mapping.STATUSES[status]})
    told = _told(order)
    wanted = "completed" if shipment.is_last and not shipment.is_change else status
    is_told = any(one["waybill_no"] == shipment.waybill_no for one in told)
    if is_told and wanted == status:
        return ShipResult(shipment.platform_no)
    if not is_told:
        _tell(client, shipment, path)
        told = [one for one in told if not shipment.is_change or one["waybill_no"] != shipment.old_waybill_no]
        told.append({"courier": shipment.courier_name, "waybill_no": shipment.waybill_no})
    change: dict[str, Any] = {"meta_data": [{"key": mapping.PARCELS, "value": json.dumps(told, ensure_ascii=False)}]}
    answer = client.put(path, change | ({"status": wanted} if wanted != status else {}))
    if answer.get("status") == status != wanted:
        return ShipResult(shipment.platform_no, Refusal.REJECTED, _("网站记下了单号，但没有把订单改成已完成。请在 WooCommerce 里看看。"))
    return ShipResult(shipment.platform_no)


def _told(order: dict[str, Any]) -> list[dict[str, str]]:
    try:
        return mapping.parcels(order)
    except BadPayload:
        raise unreadable("meta_data") from None


def _tell(client: Client, shipment: Shipment, path: str) -> None:
    try:
        rows = client.rows(f"{path}/shipment-trackings", root=TRACKING)[0]
    except (NoRoute, NoSuch):
        _write(client, shipment, path)
        return
    if not any(row.get("tracking_number") == shipment.waybill_no for row in rows):
        parcel = {"custom_tracking_provider": shipment.courier_name, "tracking_number": shipment.waybill_no}
        client.post(f"{path}/shipment-trackings", parcel, root=TRACKING)


def _write(client: Client, shipment: Shipment, path: str) -> None:
    notes = client.rows(f"{path}/notes")[0]
    if any(shipment.waybill_no in str(note.get("note")) for note in notes):
        return
    text = _("运单号改为：%(courier)s %(no)s") if shipment.is_change else _("已发货：%(courier)s %(no)s")
    note = text % {"courier": shipment.courier_name, "no": shipment.waybill_no}
    client.post(f"{path}/notes", {"note": note, "customer_note": True})
