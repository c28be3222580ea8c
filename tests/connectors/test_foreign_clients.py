"""Clients that nobody here wrote, as they come from their packages, before the simulated platforms: WooCommerce's own, the open
platform's own of Taobao (ported to Python 3), one for Doudian, one for WeChat. What they read is what the platform holds for true.

They keep their code and their platforms' addresses; only where a connection goes is changed (`_doors`).
"""

from __future__ import annotations

import http.client
import json
import time
from random import Random
from urllib.parse import urlsplit

import pytest
import requests
from doudian import AppType, DouDian, TokenError
from requests.adapters import HTTPAdapter
from taobao_open import appinfo
from taobao_open.api.base import RestApi, TopException
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException
from woocommerce import API

from danshu_simulator import goods, ordering, truth
from danshu_simulator.tests.conftest import Listener
from danshu_simulator.things import OrderStatus

DOORS = {"openapi-fxg.jinritemai.com": "douyin", "api.weixin.qq.com": "channels"}


class Door(HTTPAdapter):
    """Takes what was meant for a platform to its front."""

    def __init__(self, simulator):
        super().__init__()
        self.simulator = simulator

    def send(self, request, **more):
        asked = urlsplit(request.url)
        request.url = f"{self.simulator.gateway(DOORS[asked.hostname])}{asked.path}?{asked.query}"
        return super().send(request, **more)


@pytest.fixture(autouse=True)
def _doors(simulator, monkeypatch):
    """Clients write the wall clock of China, where their users are."""
    plain, door = requests.Session.get_adapter, Door(simulator)
    monkeypatch.setattr(requests.Session, "get_adapter", lambda self, url: door if urlsplit(url).hostname in DOORS else plain(self, url))
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


class House:
    """One shop on a platform, and what is true of it."""

    def __init__(self, simulator, platform):
        self.simulator, self.world = simulator, simulator.world
        self.shop = ordering.open_shop(self.world, platform)
        ordering.put_up(self.world, self.shop.key, goods.invented(3, Random(7), stock=100))

    def buy(self, code="SIM-001-1", quantity=1, **more):
        return ordering.place(self.world, self.shop.key, [ordering.Wanted(quantity, merchant_code=code)], **{"is_paid": True} | more)

    def sku(self, code="SIM-001-1"):
        return self.world.books[self.shop.key].find_sku(merchant_code=code)

    def parcels(self, order):
        known = truth.order(self.world.order(self.shop.key, order.no))
        return known["status"], [(one["courier"], one["waybill_no"]) for one in known["parcels"]]

    def seconds(self, back=0):
        return self.world.now() // 1000 - back


def yuan(fen):
    return f"{fen // 100}.{fen % 100:02d}"


# --- WooCommerce's own ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def woo(simulator):
    return House(simulator, "woocommerce")


def woo_client(woo, **instead):
    """Over plain HTTP it signs each call, as OAuth 1.0a has it."""
    given = {"consumer_key": woo.shop.app_key, "consumer_secret": woo.shop.app_secret, "version": "wc/v3"} | instead
    return API(url=woo.simulator.gateway("woocommerce"), **given)


def test_woocommerces_own_client_reads_orders(woo):
    orders = [woo.buy("SIM-001-2", 2, freight_fen=600, message="尽快发货"), woo.buy(), woo.buy(is_paid=False)]
    client = woo_client(woo)
    listed = client.get("orders", params={"status": "processing", "orderby": "id", "order": "asc", "per_page": 1, "page": 2})
    assert (listed.status_code, listed.headers["X-WP-Total"], listed.headers["X-WP-TotalPages"]) == (200, "2", "2")
    assert [row["id"] for row in listed.json()] == [int(orders[1].no)]
    one = client.get(f"orders/{orders[0].no}").json()
    (line,) = one["line_items"]
    (true,) = orders[0].lines
    assert (one["status"], one["total"], one["shipping_total"], one["customer_note"]) == (
        "processing", yuan(orders[0].to_pay_fen), "6.00", "尽快发货",
    )  # fmt: skip
    assert (line["sku"], line["quantity"], line["variation_id"]) == ("SIM-001-2", 2, int(true.sku_id))
    assert one["shipping"]["last_name"] + one["shipping"]["first_name"] == orders[0].receiver.name
    gone = client.get("orders/999999")
    assert (gone.status_code, gone.json()["code"]) == (404, "woocommerce_rest_shop_order_invalid_id")


def test_woocommerces_own_client_ships_and_tells_stock(woo):
    order, (item, sku), client = woo.buy(), woo.sku(), woo_client(woo)
    tracking = {"custom_tracking_provider": "顺丰速运", "tracking_number": "SF7712345678901"}
    assert client.post(f"orders/{order.no}/shipment-trackings", tracking).status_code == 201
    assert client.put(f"orders/{order.no}", {"status": "completed"}).json()["status"] == "completed"
    assert woo.parcels(order) == ("shipped", [("顺丰速运", "SF7712345678901")])
    told = client.put(f"products/{item.item_id}/variations/{sku.sku_id}", {"stock_quantity": 7}).json()
    assert told["stock_quantity"] == sku.stock == 7
    rows = {"update": [{"id": int(sku.sku_id), "stock_quantity": 9}, {"id": 1, "stock_quantity": 1}]}
    done = client.post(f"products/{item.item_id}/variations/batch", rows).json()["update"]
    assert (sku.stock, done[1]["error"]["code"]) == (9, "woocommerce_rest_product_variation_invalid_id")
    hook = client.post("webhooks", {"topic": "order.updated", "delivery_url": "http://127.0.0.1:9/", "secret": "s"}).json()
    assert client.delete(f"webhooks/{hook['id']}", params={"force": True}).json()["id"] == hook["id"]
    assert client.get("webhooks").json() == []


def test_woocommerces_own_client_is_refused(woo):
    wrong = woo_client(woo, consumer_secret="x").get("orders")
    assert (wrong.status_code, wrong.json()["code"]) == (401, "woocommerce_rest_authentication_error")
    assert "signature" in wrong.json()["message"]
    client = woo_client(woo)
    ordering.change_shop(woo.world, woo.shop.key, app_key="another")  # its key was taken away
    assert client.get("orders").json()["message"] == "Consumer key is invalid."


# --- the open platform of Taobao's own -----------------------------------------------------------------------------------------


@pytest.fixture
def taobao(simulator, monkeypatch):
    """This client takes a host and a port, but no path before the platform's."""
    plain = http.client.HTTPConnection.putrequest

    def under(self, method, url, *args, **more):
        plain(self, method, f"/taobao{url}" if url.startswith("/router/rest") else url, *args, **more)

    monkeypatch.setattr(http.client.HTTPConnection, "putrequest", under)
    return House(simulator, "taobao")


def top(taobao, method, *, secret="", session="", **fields):
    """A request class as the platform's generator writes it for each method, asked at once."""

    class Asked(RestApi):
        def getapiname(self):
            return f"taobao.{method}"

    where = urlsplit(taobao.simulator.url)
    request = Asked(where.hostname, where.port)
    request.set_app_info(appinfo(taobao.shop.app_key, secret or taobao.shop.app_secret))
    vars(request).update(fields)
    return request.getResponse(session or taobao.shop.access_token)[f"{method.replace('.', '_')}_response"]


def china(second):
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(second))


def test_taobaos_own_client_reads_trades(taobao):
    orders = [taobao.buy("SIM-001-2", 2, message="尽快发货，谢谢"), taobao.buy()]
    taobao.world.advance(5)
    span = {"start_modified": china(taobao.seconds(600)), "end_modified": china(taobao.seconds())}
    listed = top(taobao, "trades.sold.increment.get", fields="tid,tid_str,status", page_no=1, page_size=40, **span)
    rows = listed["trades"]["trade"]
    assert listed["total_results"] == 2
    assert {(row["tid"], row["tid_str"], row["status"]) for row in rows} == {
        (int(order.no), order.no, "WAIT_SELLER_SEND_GOODS") for order in orders
    }
    fields = "tid,payment,buyer_message,oaid,orders.outer_sku_id,orders.num"
    trade = top(taobao, "trade.fullinfo.get", fields=fields, tid=int(orders[0].no))["trade"]
    assert (trade["payment"], trade["buyer_message"], trade["oaid"]) == (
        yuan(orders[0].to_pay_fen), "尽快发货，谢谢", orders[0].receiver.key,
    )  # fmt: skip
    assert trade["orders"]["order"] == [{"outer_sku_id": "SIM-001-2", "num": 2}]


def test_taobaos_own_client_ships_and_tells_stock(taobao):
    order, (item, sku) = taobao.buy(), taobao.sku()
    sent = top(taobao, "logistics.offline.send", tid=int(order.no), out_sid="SF7712345678901", company_code="SF")
    assert sent["shipping"]["is_success"] is True
    assert taobao.parcels(order) == ("shipped", [("SF", "SF7712345678901")])
    with pytest.raises(TopException) as again:
        top(taobao, "logistics.offline.send", tid=int(order.no), out_sid="SF7712345678901", company_code="SF")
    assert (again.value.errorcode, again.value.subcode) == (15, "isv.logistics-offline-service-error:B04")
    told = top(taobao, "skus.quantity.update", num_iid=int(item.item_id), skuid_quantities=f"{sku.sku_id}:7", type=1)
    assert (sku.stock, told["item"]["skus"]["sku"][0]["quantity"]) == (7, 7)
    top(taobao, "trade.memo.update", tid=int(order.no), memo="送贺卡", flag=1)
    assert (order.seller_memo, order.flag) == ("送贺卡", "red")


def test_taobaos_own_client_is_refused(taobao):
    with pytest.raises(TopException) as wrong:
        top(taobao, "user.seller.get", fields="nick", secret="x")
    assert (wrong.value.errorcode, wrong.value.message) == (25, "Invalid Signature")
    assert top(taobao, "user.seller.get", fields="nick")["user"]["nick"] == taobao.shop.name
    ordering.expire_token(taobao.world, taobao.shop.key)
    with pytest.raises(TopException) as late:
        top(taobao, "user.seller.get", fields="nick")
    assert (late.value.errorcode, late.value.subcode) == (27, "invalid-sessionkey")


# --- Doudian -------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def listener():
    listener = Listener()
    yield listener
    listener.server.shutdown()
    listener.server.server_close()


@pytest.fixture
def douyin(simulator):
    return House(simulator, "douyin")


def doudian(douyin, **instead):
    """An app of the shop's own: it fetches its token when it is made."""
    given = {"app_key": douyin.shop.app_key, "app_secret": douyin.shop.app_secret, "shop_id": douyin.shop.number} | instead
    return DouDian(**given)


def test_doudians_client_reads_orders(douyin):
    orders, client = [douyin.buy("SIM-001-2", 2), douyin.buy()], doudian(douyin)
    span = {"update_time_start": douyin.seconds(600), "update_time_end": douyin.seconds(), "order_by": "update_time"}
    listed = client.request("/order/searchList", {**span, "size": 10, "page": 0})
    assert (listed["code"], listed["data"]["total"]) == (10000, "2")
    rows = {row["order_id"]: row for row in listed["data"]["shop_order_list"]}
    assert {no: row["pay_amount"] for no, row in rows.items()} == {order.no: order.to_pay_fen for order in orders}
    one = client.request("/order/orderDetail", {"shop_order_id": orders[0].no})["data"]["shop_order_detail"]
    (line,) = one["sku_order_list"]
    assert (one["order_status"], line["code"], line["item_num"]) == (2, "SIM-001-2", 2)
    assert client.request("/order/orderDetail", {"shop_order_id": "1"})["sub_code"] == "isv.parameter-invalid:20014"


def test_doudians_client_ships_and_tells_stock(douyin):
    order, (item, sku), client = douyin.buy(), douyin.sku(), doudian(douyin)
    parcel = {"order_id": order.no, "company_code": "shunfeng", "logistics_code": "SF7712345678901"}
    assert client.request("/order/logisticsAdd", parcel)["code"] == 10000
    assert douyin.parcels(order) == ("shipped", [("shunfeng", "SF7712345678901")])
    again = client.request("/order/logisticsAdd", parcel)
    assert (again["code"], again["sub_code"]) == (50002, "isv.business-failed:60110")
    told = {"product_id": int(item.item_id), "sku_id": int(sku.sku_id), "stock_num": 7, "incremental": False}
    assert client.request("/sku/syncStock", told)["code"] == 10000
    assert sku.stock == client.request("/sku/stockNum", {"sku_id": sku.sku_id})["data"]["stock_num"] == 7


def test_doudians_client_is_refused_and_gets_new_tokens(douyin):
    with pytest.raises(TokenError):  # no token was given for a wrong secret
        doudian(douyin, app_secret="x")._access_token()
    client = doudian(douyin)
    assert client.request("/shop/brandList", {})["code"] == 10000
    ordering.expire_token(douyin.world, douyin.shop.key)
    assert client.request("/shop/brandList", {})["sub_code"] == "isv.access-token-expired"
    assert client.init_token()
    assert client.request("/shop/brandList", {})["code"] == 10000
    code = ordering.grant_code(douyin.world, douyin.shop.key)
    service = doudian(douyin, app_type=AppType.TOOL, code=code)
    assert service.request("/shop/brandList", {})["code"] == 10000
    assert client.request("/shop/brandList", {})["sub_code"] == "isv.access-token-no-existed"


def test_doudians_client_takes_pushes(douyin, listener):
    """By its own check of signatures."""
    listener.body = b'{"code": 0, "msg": "success"}'
    client, order = doudian(douyin), douyin.buy()
    ordering.change_shop(douyin.world, douyin.shop.key, callback={"url": listener.url})
    ordering.remark(douyin.world, douyin.shop.key, order.no, memo="送贺卡")
    messages = came(listener, 2)
    told = {one["tag"]: json.loads(one["data"]) for headers, body, _ in messages for one in client.callback(headers, body)}
    assert (set(told), told["113"]["p_id"], told["113"]["remark"]) == ({"0", "113"}, int(order.no), "送贺卡")
    headers, body, _ = messages[0]
    assert client.callback({**headers, "event-sign": "0"}, body) is None


def came(listener, count):
    ends = time.monotonic() + 60
    while len(listener.came) < count and time.monotonic() < ends:
        time.sleep(0.01)
    return listener.came


# --- WeChat's shops ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def wechat(simulator):
    return House(simulator, "channels")


def ec(client, path, **args):
    return client.post(f"https://api.weixin.qq.com/channels/ec/{path}", data=args)


def test_wechats_client_reads_ships_and_tells_stock(wechat):
    order, (item, sku), client = wechat.buy("SIM-001-1", 2), wechat.sku(), WeChatClient(wechat.shop.app_key, wechat.shop.app_secret)
    span = {"start_time": wechat.seconds(600), "end_time": wechat.seconds()}
    assert ec(client, "order/list/get", update_time_range=span, page_size=10)["order_id_list"] == [order.no]
    body = ec(client, "order/get", order_id=order.no)["order"]
    assert (body["status"], body["order_detail"]["price_info"]["order_price"]) == (20, order.to_pay_fen)
    (line,) = order.lines
    inside = [{"product_id": line.item_id, "sku_id": line.sku_id, "product_cnt": 2}]
    parcel = {"delivery_id": "SF", "waybill_id": "SF7712345678901", "deliver_type": 1, "product_infos": inside}
    ec(client, "order/delivery/send", order_id=order.no, delivery_list=[parcel])
    assert wechat.parcels(order) == ("shipped", [("SF", "SF7712345678901")])
    assert order.status == OrderStatus.SHIPPED
    ec(client, "product/stock/update", product_id=item.item_id, sku_id=sku.sku_id, diff_type=3, num=7)
    assert sku.stock == 7
    with pytest.raises(WeChatClientException) as unknown:
        ec(client, "order/get", order_id="1")
    assert unknown.value.errcode == 100002


def test_wechats_client_is_refused_and_gets_new_tokens(wechat):
    with pytest.raises(WeChatClientException) as wrong:
        WeChatClient(wechat.shop.app_key, "x").fetch_access_token()
    assert wrong.value.errcode == 40125
    client = WeChatClient(wechat.shop.app_key, wechat.shop.app_secret)
    first = client.access_token
    wechat.world.advance(7300)
    assert client.access_token == first  # it does not know
    assert client.get("https://api.weixin.qq.com/channels/ec/basics/info/get")["info"]["nickname"] == wechat.shop.name
    assert client.access_token != first  # told that the old one had ended, it fetched another
    fixed = WeChatClient(wechat.shop.app_key, "", access_token=wechat.shop.access_token, auto_retry=False)
    with pytest.raises(WeChatClientException) as late:
        ec(fixed, "order/get", order_id="1")
    assert late.value.errcode == 42001
