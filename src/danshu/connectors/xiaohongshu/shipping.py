"""Telling of parcels: `order.orderDeliver` (split by SKU, never within one), `order.modifyOrderExpressInfo` between sending and signing."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from danshu.channels.connecting import Body, Refusal, Shipment, ShipResult
from danshu.connectors.xiaohongshu.client import Api, Denied
from danshu.connectors.xiaohongshu.reading import NO_SUCH


def ship(api: Api, shipment: Shipment) -> ShipResult:
    courier = shipment.codes.get("xiaohongshu", "")
    if not courier:
        said = _("小红书没有“%(courier)s”这家快递。请换一家，或者到小红书后台发货。") % {"courier": shipment.courier_name}
        return ShipResult(shipment.platform_no, Refusal.REJECTED, said)
    body = {
        "orderId": shipment.platform_no, "expressNo": shipment.waybill_no,
        "expressCompanyCode": courier, "expressCompanyName": shipment.courier_name,
    }  # fmt: skip
    if shipment.is_change:
        return _say(api, shipment, "order.modifyOrderExpressInfo", body | {"oldExpressNo": shipment.old_waybill_no})
    parts = {"unpack": True, "skuIdList": _skus(shipment)} if shipment.lines else {}
    return _say(api, shipment, "order.orderDeliver", body | parts)


def _say(api: Api, shipment: Shipment, method: str, body: dict[str, Any]) -> ShipResult:
    """A no is looked into once: perhaps it was said before, and the answer was lost."""
    try:
        api.call(method, body, idempotent=False)
    except Denied as denied:
        if denied.errcode in NO_SUCH:
            return ShipResult(shipment.platform_no, Refusal.UNKNOWN_ITEM, denied.message)
        if not _stands(api, shipment):
            return ShipResult(shipment.platform_no, Refusal.REJECTED, denied.message)
    return ShipResult(shipment.platform_no)


def _skus(shipment: Shipment) -> list[str]:
    return list(dict.fromkeys(line.key.sku_id or line.key.item_id for line in shipment.lines))


def _stands(api: Api, shipment: Shipment) -> bool:
    try:
        order: Body = api.asked("order.getOrderDetail", {"orderId": shipment.platform_no})
    except Denied:
        return False
    parcels = order.get("simpleDeliveryOrderList")
    known = [order, *(parcels if isinstance(parcels, list) else [])]
    return any(isinstance(one, dict) and one.get("expressTrackingNo") == shipment.waybill_no for one in known)
