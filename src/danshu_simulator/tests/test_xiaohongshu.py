"""Xiaohongshu's front, by its published documents."""

import hashlib
import http.client
import json
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from danshu_simulator import ordering, refunding
from danshu_simulator.fronts.xiaohongshu import GATEWAY, _signed
from danshu_simulator.tests.conftest import ask, buy, stocked
from danshu_simulator.things import RefundKind, RefundStatus, Shop


@pytest.fixture
def shop(simulator):
    return stocked(simulator, "xiaohongshu")


def signed(simulator, shop, method, **args):
    second = str(simulator.world.now() // 1000)
    text = f"{method}?appId={shop.app_key}&timestamp={second}&version=2.0{shop.app_secret}"
    system = {"appId": shop.app_key, "timestamp": second, "version": "2.0", "method": method, "accessToken": shop.access_token}
    return {**system, "sign": hashlib.md5(text.encode()).hexdigest(), **args}


@pytest.fixture
def call(simulator, shop):
    def go(method, **args):
        return ask("POST", simulator.gateway("xiaohongshu") + GATEWAY, body=signed(simulator, shop, method, **args)).json

    return go


def window(simulator, *, back=1800, unit=1):
    now = simulator.world.now() // 1000 + 1
    return {"startTime": (now - back) * unit, "endTime": now * unit}


def test_lists_are_newest_first_and_bounded(simulator, shop, call):
    numbers = []
    for _ in range(5):
        numbers.append(buy(simulator, shop).no)
        simulator.world.advance(2)
    body = call("order.getOrderList", **window(simulator), timeType=2, pageNo=1, pageSize=2)["data"]
    assert (body["total"], body["maxPageNo"]) == (5, 3)
    assert [row["orderId"] for row in body["orderList"]] == numbers[:2:-1]
    last = call("order.getOrderList", **window(simulator), timeType=2, pageNo=3, pageSize=2)["data"]
    assert [row["orderId"] for row in last["orderList"]] == numbers[:1]
    assert call("order.getOrderList", **window(simulator, back=1801), timeType=2)["error_code"] == -2000400
    assert call("order.getOrderList", **window(simulator, back=86_400), timeType=1)["success"]
    assert not call("order.getOrderList", **window(simulator, back=86_401), timeType=1)["success"]
    assert not call("order.getOrderList", **window(simulator), timeType=2, pageNo=101)["success"]


def test_signatures_tokens_and_clocks_are_checked(simulator, shop, call):
    assert call("order.getOrderDetail", orderId="P1", sign="0" * 32)["error_msg"] == "签名错误"
    assert call("order.getOrderDetail", orderId="P1", accessToken="x")["error_msg"] == "accessToken 无效"
    old = signed(simulator, shop, "order.getOrderDetail", orderId="P1")
    simulator.world.advance(8 * 86_400)
    assert ask("POST", simulator.gateway("xiaohongshu") + GATEWAY, body=old).json["error_msg"] == "accessToken 已过期"
    late = {**signed(simulator, shop, "order.getOrderDetail"), "timestamp": "1700000000"}
    assert ask("POST", simulator.gateway("xiaohongshu") + GATEWAY, body=late).json["error_msg"] == "签名错误"


def test_amounts_are_fen_and_receivers_are_sealed(simulator, shop, call):
    order = buy(simulator, shop, quantity=2, is_paid=True)
    body = call("order.getOrderDetail", orderId=order.no)["data"]
    assert (body["totalPayAmount"], body["orderStatus"], body["updateTime"]) == (order.to_pay_fen, 4, order.updated_ms)
    assert body["skuList"][0]["erpcode"] == "SIM-001-1"
    query = [{"orderId": order.no, "openAddressId": body["openAddressId"]}]
    who = call("order.getOrderReceiverInfo", receiverQueries=query, isReturn=False)["data"]["receiverInfos"][0]
    assert who["receiverPhone"].endswith("#3##")
    infos = [{"dataTag": order.no, "encryptedData": who["receiverPhone"]}]
    plain = call("data.batchDecrypt", baseInfos=infos, actionType="2", appUserId="1")["data"]["dataInfoList"]
    assert plain[0]["decryptedData"] == order.receiver.phone
    ordering.change_address(simulator.world, shop.key, order.no)
    again = call("order.getOrderReceiverInfo", receiverQueries=query, isReturn=False)["data"]["receiverInfos"][0]
    assert again == {"orderId": order.no, "matched": False}


def test_shipping_refuses_a_wish_for_money(simulator, shop, call):
    order = buy(simulator, shop, is_paid=True)
    wish = refunding.ask(simulator.world, shop.key, order.no)
    assert not call("afterSale.auditReturns", returnsId=wish.no, action=3, reason=1)["success"]
    assert call("order.orderDeliver", orderId=order.no, expressNo="SF1", expressCompanyCode="shunfeng")["data"] == "发货成功"
    assert wish.status == RefundStatus.REFUSED
    assert not call("order.orderDeliver", orderId=order.no, expressNo="SF1", expressCompanyCode="shunfeng")["success"]
    parcel = {"orderId": order.no, "expressNo": "ZT2", "expressCompanyCode": "zto", "oldExpressNo": "SF1"}
    assert call("order.modifyOrderExpressInfo", **parcel)["success"]
    assert order.parcels[0].waybill_no == "ZT2"


def test_stock_is_told_whole_and_shown_without_what_is_held(simulator, shop, call):
    item = next(iter(simulator.world.books[shop.key].items.values()))
    sku = item.skus[0]
    buy(simulator, shop, quantity=3)  # not paid yet
    answer = call("inventory.syncSkuStock", skuId=sku.sku_id, qty=10)["data"]
    assert (answer["skuStock"]["available"], answer["skuStock"]["occupiedQuantity"], sku.stock) == (7, 3, 7)
    assert call("inventory.syncSkuStock", skuId=sku.sku_id, qty=1)["data"]["response"]["code"] == -9028
    newer = call("inventory.getSkuStockV2", skuId=sku.sku_id)["data"]
    assert (newer["success"], newer["data"]["skuStockInfo"]["skuStockInfo"]["available"]) == (True, 0)
    assert not call("inventory.syncSkuStock", skuId="x", qty=1)["success"]


def test_after_sales_are_yuan_and_milliseconds(simulator, shop, call):
    order = buy(simulator, shop, is_paid=True)
    ordering.ship(simulator.world, shop.key, order.no, courier="zto", waybill_no="1")
    refund = refunding.ask(simulator.world, shop.key, order.no, kind=RefundKind.RETURN)
    listed = call("afterSale.listAfterSaleInfos", pageNo=1, pageSize=20, timeType=2, **window(simulator, unit=1000))["data"]["data"]
    row = listed["afterSaleBasicInfos"][0]
    assert (row["returnsId"], row["returnType"], row["status"]) == (refund.no, 1, 1)
    assert row["expectedRefundAmountYuan"] == order.to_pay_fen / 100
    assert not call("afterSale.listAfterSaleInfos", pageNo=1, pageSize=20)["success"]
    assert not call("afterSale.auditReturns", returnsId=refund.no, action=2)["success"]
    assert call("afterSale.auditReturns", returnsId=refund.no, action=2, receiverInfo={"sellerAddressRecordId": 1})["success"]
    refunding.send_back(simulator.world, shop.key, refund.no, waybill_no="9")
    assert call("afterSale.confirmReceive", returnsId=refund.no, action=1)["success"]
    info = call("afterSale.getAfterSaleInfo", returnsId=refund.no)["data"]["data"]["afterSaleInfo"]
    assert (info["refundStatus"], info["refundAmountYuan"]) == (2, order.to_pay_fen / 100)


def test_tokens_are_granted_and_renewed_as_documented(simulator, shop, call):
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(simulator.url).port)
    asked = urlencode({"appId": shop.app_key, "redirectUri": "http://127.0.0.1:9/back", "state": "s1"})
    connection.request("GET", f"/xiaohongshu/ark/authorization?{asked}")
    back = parse_qs(urlsplit(connection.getresponse().headers["Location"]).query)
    connection.close()
    assert back["state"] == ["s1"]
    granted = call("oauth.getAccessToken", code=back["code"][0])["data"]
    assert granted["sellerId"] == shop.number
    assert call("oauth.getAccessToken", code=back["code"][0])["data"] == granted
    assert not call("oauth.getAccessToken", code="no")["success"]
    assert call("oauth.refreshToken", refreshToken=granted["refreshToken"])["data"] == granted  # nothing happens so early
    simulator.world.advance(7 * 86_400 - 1000)
    renewed = call("oauth.refreshToken", refreshToken=granted["refreshToken"])["data"]
    assert renewed["accessToken"] != granted["accessToken"]
    assert call("order.getOrderDetail", orderId="P1", accessToken=granted["accessToken"])["error_msg"] == "包裹不存在"  # five minutes more
    simulator.world.advance(301)
    assert call("order.getOrderDetail", orderId="P1", accessToken=granted["accessToken"])["error_msg"] == "accessToken 已过期"


def test_a_message_is_signed_over_its_address(simulator, shop, listener):
    listener.body = b'{"success":true,"error_code":0,"error_msg":""}'
    ordering.change_shop(simulator.world, shop.key, callback={"url": f"{listener.url}?canshu=test"})
    order = buy(simulator, shop)
    simulator.pusher.flush()
    ((headers, body, _query),) = listener.came
    text = f"/hook?app-key={shop.app_key}&canshu=test&timestamp={headers['timestamp']}{shop.app_secret}"
    assert headers["sign"] == hashlib.md5(text.encode()).hexdigest()
    (message,) = json.loads(body)
    assert (message["msgTag"], json.loads(message["data"])["orderId"]) == ("msg_fulfillment_status_change", order.no)
    ordering.expire_token(simulator.world, shop.key)
    buy(simulator, shop)
    simulator.pusher.flush()
    assert len(listener.came) == 1  # nothing is pushed to a shop whose token has ended


def test_the_documents_sample_of_a_signature():
    keys = {"app_key": "xhs", "app_secret": "9a539709cafc1efc9ef05838be468a28"}
    rest = {"access_token": "", "refresh_token": "", "token_ends_ms": 0, "refresh_ends_ms": 0}
    shop = Shop("k", "xiaohongshu", "n", "1", **keys, **rest)
    text = "/open_api/msg?app-key=xhs&timestamp=16254758439a539709cafc1efc9ef05838be468a28"
    assert _signed(shop, "http://127.0.0.1/open_api/msg", 1625475843)["sign"] == hashlib.md5(text.encode()).hexdigest()
