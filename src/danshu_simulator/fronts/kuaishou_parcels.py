"""Kuaishou's calls about parcels and stock.

`open.seller.order.goods.deliver` sends a whole order; the same number told again is well. `open.order.goods.split.deliver` sends some
pieces, `…logistics.append` adds a number to what went, `…logistics.update` puts another one in a number's place.
Stock goes up or down by a difference and is never set.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from danshu_simulator import ordering
from danshu_simulator.fronts import kuaishou_bodies as bodies
from danshu_simulator.fronts.front import Call, Run, whole_number
from danshu_simulator.fronts.kuaishou_calls import DELIVERY, REJECTED, Body, bad, done, failed, number, one_of, own_order, rows_of
from danshu_simulator.things import Order, OrderStatus, Parcel, Sku
from danshu_simulator.web import Answer, Refuse
from danshu_simulator.world import Impossible

MOST_CHANGE = 9_999_998
PARTLY, WHOLLY = 10, 40
SENT = {OrderStatus.SHIPPED, OrderStatus.FINISHED}


def refused(why: str, number_: int = REJECTED) -> Refuse:
    return Refuse(failed(number_, why))


def _parcel(about: Mapping[str, Any]) -> tuple[int, str]:
    """The company's number and the parcel's."""
    code, no = whole_number(about.get("expressCode")), about.get("expressNo")
    if code is None:
        raise bad("expressCode")
    if not isinstance(no, str) or not no:
        raise bad("expressNo")
    if code not in bodies.COURIERS:
        raise refused("快递公司不存在", DELIVERY)
    if not re.fullmatch(r"[A-Za-z0-9-]{6,40}", no):
        raise refused("运单号和物流公司不匹配", DELIVERY)
    return code, no


def _must_be_sendable(order: Order) -> None:
    if order.status not in {OrderStatus.PAID, OrderStatus.PART_SHIPPED}:
        raise refused("订单状态不正确，不能发货")
    if order.is_refund_open:
        raise refused("订单有进行中的售后，不能发货")
    if order.more.get("in_review"):
        raise refused("风险订单，不能发货")


def deliver(call: Call) -> Answer:
    order = own_order(call, number(call, "orderId", low=1))
    code, no = _parcel(call.args)
    if order.parcels and (len(order.parcels), order.parcels[0].waybill_no, order.parcels[0].courier) == (1, no, str(code)):
        return done()
    if order.status in SENT:
        raise refused("订单已发货，请勿重复发货")
    if order.status == OrderStatus.PART_SHIPPED:
        raise refused("订单已部分发货，请使用拆单发货")
    _must_be_sendable(order)
    ordering.ship(call.world, order.shop, order.no, courier=str(code), courier_name=bodies.COURIERS[code], waybill_no=no)
    return done()


def split(call: Call) -> Answer:
    """Several parcels of one order at once; what they leave, and what the seller says of it, must agree."""
    order = own_order(call, number(call, "mainOrderId", low=1))
    parcels = [_part(call, order, one) for one in rows_of(call, "deliveryItemInfoList")]
    told = {whole_number(one.get("oid")): one.get("confirmDeliveryStatus") for one in rows_of(call, "deliveryStatus")}
    status = told.get(int(order.no))
    if set(told) != {int(order.no)} or status not in {PARTLY, WHOLLY}:
        raise bad("deliveryStatus")
    if order.status in SENT:
        raise refused("订单已发货，请勿重复发货")
    _must_be_sendable(order)
    (line,) = order.lines
    left = line.quantity - line.shipped
    going = sum(pieces for _, _, pieces in parcels)
    if going > left:
        raise refused(f"发货数量超过剩余未发货数量{left}")
    if (status == WHOLLY) != (going == left):
        raise refused("发货状态与发货数量不一致")
    if len(order.parcels) + len(parcels) > bodies.MOST_PARCELS:
        raise refused("包裹数超过上限")
    numbers = [no for _, no, _ in parcels] + [parcel.waybill_no for parcel in order.parcels]
    if len(numbers) != len(set(numbers)):
        raise refused("运单号重复")
    with call.world.changing():
        order.more["is_split"] = True
        for code, no, pieces in parcels:
            ordering.ship(
                call.world,
                order.shop,
                order.no,
                courier=str(code),
                courier_name=bodies.COURIERS[code],
                waybill_no=no,
                contents={line.oid: pieces},
            )
    return done()


def _part(call: Call, order: Order, about: Mapping[str, Any]) -> tuple[int, str, int]:
    """(company, number, pieces)"""
    code, no = _parcel(about)
    goods = about.get("deliveryGoodsInfoList")
    if not isinstance(goods, list) or not goods or not all(isinstance(one, Mapping) for one in goods):
        raise bad("deliveryGoodsInfoList")
    if any(whole_number(one.get("oid")) != int(order.no) for one in goods):
        raise refused("order operation reject")
    pieces = [whole_number(one.get("deliveryNum")) or 0 for one in goods]
    if any(one < 1 for one in pieces):
        raise bad("deliveryNum")
    return code, no, sum(pieces)


def append(call: Call) -> Answer:
    """Another number for an order all of which went."""
    order = own_order(call, number(call, "oid", low=1))
    code, no = _parcel(call.args)
    if order.status != OrderStatus.SHIPPED:
        raise refused("订单状态不正确，不能追加包裹")
    if no in {parcel.waybill_no for parcel in order.parcels}:
        raise refused("运单号重复")
    if len(order.parcels) >= bodies.MOST_PARCELS:
        raise refused("包裹数超过上限")
    world = call.world
    with world.changing():
        order.parcels.append(Parcel(str(code), bodies.COURIERS[code], no, world.now(), {}))
        world.put_order(order)
        world.tell(order.shop, "order.waybill_changed", order.no, waybill_no=no)
    return done()


def update(call: Call) -> Answer:
    """Which parcel says `logisticsId`; an order of one parcel needs none."""
    order = own_order(call, number(call, "orderId", low=1))
    code, no = _parcel(call.args)
    which = number(call, "logisticsId", 0)
    if not order.parcels or order.status not in {OrderStatus.PART_SHIPPED, OrderStatus.SHIPPED}:
        raise refused("订单状态不正确，不能修改物流")
    places = [place for place in range(len(order.parcels)) if which in {0, bodies.logistics_id(order, place)}]
    if len(places) != 1:
        raise bad("logisticsId")
    old = order.parcels[places[0]].waybill_no
    try:
        ordering.change_waybill(call.world, order.shop, order.no, courier=str(code), waybill_no=no, old_waybill_no=old)
    except Impossible as impossible:
        raise refused(impossible.code) from None
    return done()


# --- stock ---------------------------------------------------------------------------------------------------------------------


def change_stock(call: Call) -> Answer:
    item_id, sku_id = str(number(call, "kwaiItemId", low=1)), str(number(call, "skuId", low=1))
    change, kind = number(call, "skuChangeStock", low=1, high=MOST_CHANGE), one_of(call, "changeType", (1, 2))
    sku = call.world.books[call.owner.key].skus.get((item_id, sku_id))
    if not sku:
        raise refused("商品或SKU不存在")
    left = sku.stock + (change if kind == 1 else -change)
    if left < 0:
        raise refused("当前库存不足，请减少预留数量")
    ordering.set_stock(call.world, call.owner.key, item_id, sku_id, left)
    return done()


def list_skus(call: Call) -> Answer:
    """`skuStatus` 1 on sale, 2 taken off."""
    item_id, status = str(number(call, "kwaiItemId", low=1)), one_of(call, "skuStatus", (1, 2), 1)
    item = call.world.books[call.owner.key].items.get(item_id)
    if not item:
        raise refused("商品不存在")
    return done({"skuList": [_sku(item_id, sku) for sku in item.skus] if status == 1 else []})


def get_item(call: Call) -> Answer:
    item_id = str(number(call, "kwaiItemId", low=1))
    item = call.world.books[call.owner.key].items.get(item_id)
    if not item:
        raise refused("商品不存在")
    body: Body = {"kwaiItemId": int(item_id), "relItemId": 0, "title": item.title, "mainImageUrl": item.picture}
    body |= {"shelfStatus": 1 if item.is_on_sale else 2, "auditStatus": 2, "skuList": [_sku(item_id, sku) for sku in item.skus]}
    return done(body)


def _sku(item_id: str, sku: Sku) -> Body:
    return {
        "kwaiSkuId": int(sku.sku_id or 0),
        "kwaiItemId": int(item_id),
        "relSkuId": 0,
        "skuStock": sku.stock,
        "skuSalePrice": sku.price_fen,
        "skuNick": sku.merchant_code,
        "gtinCode": sku.barcode,
        "specification": sku.spec,
        "isValid": 1,
    }


CALLS: dict[str, Run] = {
    "open.seller.order.goods.deliver": deliver,
    "open.order.goods.split.deliver": split,
    "open.seller.order.goods.logistics.append": append,
    "open.seller.order.logistics.update": update,
    "open.item.sku.stock.update": change_stock,
    "open.item.sku.list.get": list_skus,
    "open.item.get": get_item,
}
