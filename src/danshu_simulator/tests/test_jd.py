"""JD's front, by its published documents."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from danshu_simulator import ordering, refunding
from danshu_simulator.fronts.jd import signature
from danshu_simulator.tests.conftest import ask, buy, stocked
from danshu_simulator.things import OrderStatus, RefundStatus

FIELDS = "orderId,orderState,orderPayment,freightPrice,sellerDiscount,couponDetailList,itemInfoList,consigneeInfo,modified,waybill"
ALL = "WAIT_SELLER_STOCK_OUT,WAIT_GOODS_RECEIVE_CONFIRM,FINISHED_L,TRADE_CANCELED,LOCKED,POP_ORDER_PAUSE"


@pytest.fixture
def shop(simulator):
    return stocked(simulator, "jd")


def china(moment):
    return f"{datetime.fromtimestamp(moment / 1000, UTC) + timedelta(hours=8):%Y-%m-%d %H:%M:%S}"


def signed(simulator, shop, method, business, **change):
    form = {"method": method, "app_key": shop.app_key, "access_token": shop.access_token, "v": "2.0"}
    form |= {"timestamp": china(simulator.world.now()), "360buy_param_json": json.dumps(business), **change}
    text = "".join(name + form[name] for name in sorted(form))
    return {**form, "sign": hashlib.md5((shop.app_secret + text + shop.app_secret).encode()).hexdigest().upper()}


def post(url, form):
    return ask("POST", url, body=urlencode(form).encode(), headers={"Content-Type": "application/x-www-form-urlencoded"}).json


@pytest.fixture
def call(simulator, shop):
    def go(method, change=None, **business):
        form = signed(simulator, shop, f"jingdong.{method}", business, **(change or {}))
        body = post(simulator.gateway("jd") + "/routerjson", form)
        if "error_response" in body:
            return body["error_response"]
        name = f"jingdong.{method}".replace(".", "_") + "_responce"
        assert body[name].pop("code") == "0"
        return next(iter(body[name].values()))

    return go


def window(simulator, *, back=1800):
    now = simulator.world.now() + 1000
    return {"start_date": china(now - back * 1000), "end_date": china(now)}


def test_the_documents_sample_of_a_signature():
    business = '{"end_date":null,"optional_fields":null,"order_state":"WAIT_SELLER_STOCK_OUT",'
    business += '"page":"1","page_size":"200","start_date":null}'
    args = {"360buy_param_json": business, "access_token": "yourtoken", "app_key": "yourappkey", "method": "jingdong.pop.order.search"}
    args |= {"timestamp": "2021-05-07 09:20:39.683+0800", "v": "2.0"}
    assert signature(args, "yourappSecret") == "D70825340F4084360B9362B60DFD7930"


def test_orders_are_listed_by_change_or_creation(simulator, shop, call):
    numbers = []
    for _ in range(5):
        numbers.append(buy(simulator, shop, is_paid=True).no)
        simulator.world.advance(2)
    asked = {"order_state": ALL, "optional_fields": FIELDS, "page": "1", "page_size": "2", **window(simulator)}
    result = call("pop.order.search", **asked)
    assert (result["apiResult"]["success"], result["orderTotal"]) == (True, 5)
    assert [row["orderId"] for row in result["orderInfoList"]] == numbers[:2]
    result = call("pop.order.search", **{**asked, "page": "3", "sortType": "1", "dateType": "1"})
    assert [row["orderId"] for row in result["orderInfoList"]] == numbers[:1]
    never = buy(simulator, shop)
    assert call("pop.order.search", **asked)["orderTotal"] == 5  # unpaid orders are not told of
    assert call("pop.order.search", **{**asked, "order_state": "NOT_PAY"})["orderInfoList"][0]["orderId"] == never.no
    simulator.world.advance(91 * 86_400)
    old = {"start_date": china(simulator.world.now() - 100 * 86_400_000), "end_date": china(simulator.world.now() - 80 * 86_400_000)}
    assert call("pop.order.search", **{**asked, **old})["orderTotal"] == 0
    assert call("pop.order.search", **{**asked, **old, "dateType": "1"})["orderTotal"] > 0


@pytest.mark.parametrize(
    "change",
    [
        {"order_state": ""},
        {"order_state": "PAID"},
        {"optional_fields": ""},
        {"page": "0"},
        {"page_size": "101"},
        {"start_date": "2026/01/01"},
        {"start_date": ""},
        {"start_date": "2026-01-01 00:00:00", "end_date": "2026-02-01 00:00:01"},
        {"start_date": "2026-01-02 00:00:00", "end_date": "2026-01-01 00:00:00"},
    ],
)
def test_parameters_are_judged(simulator, call, change):
    asked = {"order_state": ALL, "optional_fields": "orderId", "page": "1", "page_size": "10", **window(simulator), **change}
    assert call("pop.order.search", **asked)["code"] == "60"


def test_signatures_tokens_and_clocks_are_checked(simulator, shop, call):
    info = call("seller.vender.info.get")
    assert (info["vender_id"], info["shop_name"]) == (int(shop.number), shop.name)
    now = simulator.world.now()
    for change, code in (
        ({"access_token": "x"}, "19"),
        ({"app_key": "x"}, "21"),
        ({"v": "1.0"}, "5"),
        ({"timestamp": china(now - 361_000)}, "8"),
        ({"360buy_param_json": "[1"}, "62"),
    ):
        assert call("seller.vender.info.get", change)["code"] == code
    assert call("seller.vender.info.get", {"timestamp": china(now + 358_000)[:19] + ".683+0800"})["vender_id"]
    url = simulator.gateway("jd") + "/routerjson"
    good = signed(simulator, shop, "jingdong.seller.vender.info.get", {})
    for change, code in (({"sign": "0" * 32}, "12"), ({"360buy_param_json": '{"a":1}'}, "12"), ({"method": "jd.pop.no"}, "15")):
        assert post(url, {**good, **change})["error_response"]["code"] == code


def test_amounts_are_yuan_and_receivers_are_sealed(simulator, shop, call):
    wanted = [
        ordering.Wanted(2, merchant_code="SIM-001-1", discount_fen=150),
        ordering.Wanted(1, merchant_code="SIM-002-1", platform_discount_fen=70),
    ]
    order = ordering.place(simulator.world, shop.key, wanted, is_paid=True, freight_fen=600)
    row = call("pop.order.get", order_id=order.no, optional_fields=FIELDS)["orderInfo"]
    assert (row["orderPayment"], row["freightPrice"], row["sellerDiscount"]) == (f"{order.to_pay_fen / 100:.2f}", "6.00", "1.50")
    assert [(one["couponType"][:3], one["couponPrice"]) for one in row["couponDetailList"]] == [("100", "1.50"), ("41-", "0.70")]
    assert (row["itemInfoList"][0]["itemTotal"], row["itemInfoList"][0]["outerSkuId"]) == ("2", "SIM-001-1")
    assert row["consigneeInfo"]["fullname"].startswith("AAS/")
    assert not row["consigneeInfo"]["province"].endswith(("省", "自治区"))
    assert set(call("pop.order.get", order_id=order.no, optional_fields="modified")["orderInfo"]) == {"orderId", "modified"}
    assert call("pop.order.get", order_id="1", optional_fields="modified")["apiResult"]["chineseErrCode"] == "订单不存在"


def test_parcels_go_at_once(simulator, shop, call):
    order = buy(simulator, shop, is_paid=True)
    parcel = {"orderId": order.no, "logiCoprId": "467", "logiNo": "SF1000001"}
    for change in ({"orderId": "1"}, {"logiCoprId": "1"}, {"logiNo": ""}, {"logiNo": "SF1000001|SF1000002"}):
        assert call("pop.order.shipment", **{**parcel, **change})["success"] is False
    ordering.review(simulator.world, shop.key, order.no)
    assert "不能出库" in call("pop.order.shipment", **parcel)["chineseErrCode"]
    ordering.review(simulator.world, shop.key, order.no, is_on=False)
    wish = refunding.ask(simulator.world, shop.key, order.no)
    assert call("pop.order.shipment", **parcel)["chineseErrCode"] == "订单已锁定，不能出库"
    refunding.take_back(simulator.world, shop.key, wish.no)
    assert call("pop.order.shipment", **{**parcel, "logiCoprId": "467|1499", "logiNo": "SF1000001|700000001"})["success"] is True
    assert (order.status, order.parcels[0].waybill_no) == (OrderStatus.SHIPPED, "SF1000001|700000001")
    again = call("pop.order.shipment", **parcel)
    assert (again["numberCode"], again["chineseErrCode"]) == (10400001, "订单已出库")
    assert {"id": 467, "name": "顺丰快递", "description": "顺丰快递"} in call("get.vender.all.delivery.company", fields="id,name")


def test_cancellations_are_fen_and_answered(simulator, shop, call):
    wish = refunding.ask(simulator.world, shop.key, buy(simulator, shop, is_paid=True).no)
    result = call("pop.afs.soa.refundapply.queryPageList", pageIndex=1, pageSize=50, ids=wish.no, showSku=True)
    (row,) = result["result"]
    assert (row["id"], row["applyRefundSum"], row["status"]) == (int(wish.no), float(wish.amount_fen), 0)
    assert row["skuVoList"][0]["skuCount"] == 1
    assert call("pop.order.get", order_id=wish.order_no, optional_fields="orderState")["orderInfo"]["orderState"] == "LOCKED"
    for bad in ({"pageSize": 51}, {"pageIndex": 0}, {"pageSize": 1, "ids": "1,2"}, {"applyTimeStart": "2026-01-01 00:00:00"}):
        assert call("pop.afs.soa.refundapply.queryPageList", **{"pageIndex": 1, "pageSize": 50, **bad})["code"] == "60"
    reply = {"id": wish.no, "status": 2, "checkUserName": "我", "remark": "已经打包"}
    assert call("pop.afs.soa.refundapply.replyRefund", **{**reply, "remark": ""})["code"] == "60"
    assert call("pop.afs.soa.refundapply.replyRefund", **{**reply, "status": 3})["code"] == "60"
    assert call("pop.afs.soa.refundapply.replyRefund", **reply)["success"] is True
    assert (wish.status, wish.refuse_reason) == (RefundStatus.REFUSED, "已经打包")
    assert call("pop.afs.soa.refundapply.replyRefund", **reply)["errorMsg"] == "该退款单已审核"
    other = refunding.ask(simulator.world, shop.key, buy(simulator, shop, is_paid=True).no)
    assert call("pop.afs.soa.refundapply.replyRefund", **{**reply, "id": other.no, "status": 1})["success"] is True
    rows = call("pop.afs.soa.refundapply.queryPageList", pageIndex=1, pageSize=50)["result"]
    assert sorted(row["status"] for row in rows) == [2, 3]
    third = refunding.ask(simulator.world, shop.key, buy(simulator, shop, is_paid=True).no)
    refunding.take_back(simulator.world, shop.key, third.no)
    assert call("pop.afs.soa.refundapply.queryPageList", pageIndex=1, pageSize=50, status=11)["totalCount"] == 1


def test_stock_is_told_sku_by_sku(simulator, shop, call):
    first, second = next(iter(simulator.world.books[shop.key].items.values())).skus[:2]
    stocks = [{"skuId": int(first.sku_id), "stockNum": 7}, {"skuId": 1, "stockNum": 7}, {"skuId": int(second.sku_id), "stockNum": -1}]
    rows = call("ware.stock.sku.set", req={"skuStocks": stocks})["obj"]["updateStockResult"]
    assert [(row["data"], row["success"]) for row in rows] == [(int(first.sku_id), True), (1, False), (int(second.sku_id), False)]
    assert (first.stock, second.stock) == (7, 100)
    assert call("ware.stock.sku.query", skuId=first.sku_id)["obj"]["skuStockInfos"][0]["stockNum"] == 7
    assert call("ware.stock.sku.query", skuId=1)["success"] is False
    assert call("ware.stock.sku.set", req={"skuStocks": []})["code"] == "60"


def test_tokens_are_granted_and_renewed_on_the_last_day(simulator, shop):
    base = simulator.gateway("jd") + "/oauth2/"
    app = {"app_key": shop.app_key, "app_secret": shop.app_secret}
    code = ordering.grant_code(simulator.world, shop.key)
    granted = post(base + "access_token", {**app, "grant_type": "authorization_code", "code": code})
    assert (granted["code"], granted["access_token"], granted["expires_in"]) == (0, shop.access_token, 365 * 86_400)
    assert post(base + "access_token", {**app, "grant_type": "authorization_code", "code": code})["code"] == 1006
    renew = {**app, "grant_type": "refresh_token", "refresh_token": granted["refresh_token"]}
    assert post(base + "refresh_token", renew)["access_token"] == granted["access_token"]
    simulator.world.advance(364 * 86_400 + 60)
    renewed = post(base + "refresh_token", renew)
    assert renewed["access_token"] != granted["access_token"]
    simulator.world.advance(366 * 86_400)
    assert post(base + "refresh_token", {**renew, "refresh_token": renewed["refresh_token"]})["code"] == 2011
    assert post(base + "refresh_token", {**renew, "refresh_token": "x"})["code"] == 2012


def test_troubles_in_its_own_words(simulator, shop, control, call):
    for trouble, code in (("rate_limited", "2"), ("expired", "19"), ("system_error", "43")):
        control("POST", f"/shops/{shop.key}/strikes", trouble=trouble, call="vender.info")
        assert call("seller.vender.info.get")["code"] == code
