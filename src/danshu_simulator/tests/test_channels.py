"""WeChat's front, with the samples of its documents."""

import json
import re
from urllib.parse import urlencode

import pytest
from wechatpy.crypto import PrpCrypto, WeChatCrypto

from danshu_simulator import ordering, refunding
from danshu_simulator.fronts.channels import encrypt
from danshu_simulator.tests.conftest import ask, buy, stocked
from danshu_simulator.things import RefundKind

AES = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR"


@pytest.fixture
def shop(simulator):
    return stocked(simulator, "channels")


@pytest.fixture
def call(simulator, shop):
    def go(path, method="POST", token=None, **body):
        url = f"{simulator.gateway('channels')}/channels/ec/{path}?access_token={token or shop.access_token}"
        return ask(method, url, body=body if method == "POST" else None).json

    return go


def span(simulator, *, back=3600):
    now = simulator.world.now() // 1000
    return {"start_time": now - back, "end_time": now}


def ship_list(order, pieces=None, number="SF1"):
    rows = [{"product_id": line.item_id, "sku_id": line.sku_id, "product_cnt": pieces or line.quantity} for line in order.lines]
    return [{"delivery_id": "SF", "waybill_id": number, "deliver_type": 1, "product_infos": rows}]


def test_a_list_names_numbers_and_pages_by_cursor(simulator, shop, call):
    numbers = [buy(simulator, shop).no for _ in range(5)]
    seen, key = [], ""
    while True:
        page = call("order/list/get", update_time_range=span(simulator), page_size=2, next_key=key)
        seen += page["order_id_list"]
        key = page["next_key"]
        if not page["has_more"]:
            break
    assert sorted(seen) == sorted(numbers)
    wrong = call("order/list/get", create_time_range=span(simulator), page_size=2, next_key="THE_NEXT_KEY")
    assert wrong["errcode"] == 606006
    assert call("order/list/get", update_time_range=span(simulator, back=8 * 86_400))["errcode"] == 40097
    assert call("order/list/get", update_time_range=span(simulator), page_size=101)["errcode"] == 40097
    assert call("order/list/get", update_time_range={"start_time": "2024-01-01", "end_time": "2024-01-02"})["errcode"] == 40097
    assert call("order/list/get")["errcode"] == 40097


def test_an_order_is_masked_until_it_is_decoded(simulator, shop, call):
    order = buy(simulator, shop, quantity=2, is_paid=True, message="发顺丰")
    body = call("order/get", order_id=order.no)["order"]
    assert (body["order_id"], body["status"]) == (order.no, 20)
    detail = body["order_detail"]
    assert detail["price_info"]["order_price"] == order.to_pay_fen
    assert detail["pay_info"]["pay_time"] == order.paid_ms // 1000
    assert detail["product_infos"][0]["sku_code"] == "SIM-001-1"
    assert re.fullmatch(r"\d{3}\*{4}\d{4}", detail["delivery_info"]["address_info"]["tel_number"])
    assert call("order/sensitiveinfo/decode", order_id=order.no)["address_info"]["tel_number"] == order.receiver.phone
    assert call("order/get", order_id="1")["errcode"] == 100002


def test_a_token_lives_and_ends(simulator, shop, call):
    url = f"{simulator.gateway('channels')}/cgi-bin/stable_token"
    body = {"grant_type": "client_credential", "appid": shop.app_key, "secret": shop.app_secret}
    first = ask("POST", url, body=body).json
    assert first == {"access_token": shop.access_token, "expires_in": 7200}
    assert ask("POST", url, body={**body, "secret": "no"}).json["errcode"] == 40125
    simulator.world.advance(7000)
    renewed = ask("POST", url, body=body).json["access_token"]
    assert renewed != first["access_token"]
    assert call("order/get", token=first["access_token"], order_id="1")["errcode"] == 40001
    simulator.world.advance(7200)
    assert call("order/get", token=renewed, order_id="1")["errcode"] == 42001
    assert ask("POST", url, body={**body, "force_refresh": True}).json["access_token"] != renewed
    assert ask("POST", url, body={**body, "force_refresh": True}).json["errcode"] == 45009


def test_a_plain_token_stands_apart_from_the_stable_one(simulator, shop, call):
    def get(**args):
        query = urlencode({"grant_type": "client_credential", "appid": shop.app_key, "secret": shop.app_secret} | args)
        return ask("GET", f"{simulator.gateway('channels')}/cgi-bin/token?{query}").json

    assert get(secret="no")["errcode"] == 40125
    assert get(appid="no")["errcode"] == 40013
    assert get(grant_type="")["errcode"] == 40002
    first, second = get(), get()
    assert first["expires_in"] == 7200
    tokens = (first["access_token"], second["access_token"], shop.access_token)
    assert len(set(tokens)) == 3
    assert [call("order/get", token=token, order_id="1")["errcode"] for token in tokens] == [100002] * 3
    simulator.world.advance(301)
    assert [call("order/get", token=token, order_id="1")["errcode"] for token in tokens] == [42001, 100002, 100002]
    assert call("order/get", token="strange", order_id="1")["errcode"] == 40001
    simulator.world.advance(7000)
    assert call("order/get", token=tokens[1], order_id="1")["errcode"] == 42001
    get()
    assert call("order/get", token=tokens[1], order_id="1")["errcode"] == 40001  # forgotten


def test_parcels_hold_what_they_are_told_to(simulator, shop, call):
    order = buy(simulator, shop, quantity=3, is_paid=True)
    assert call("order/delivery/send", order_id=order.no, delivery_list=ship_list(order, pieces=1))["errcode"] == 0
    assert call("order/get", order_id=order.no)["order"]["status"] == 21
    assert call("order/delivery/send", order_id=order.no, delivery_list=ship_list(order, pieces=3))["errcode"] == 101100
    assert call("order/delivery/send", order_id=order.no, delivery_list=ship_list(order, pieces=2, number="SF2"))["errcode"] == 0
    assert [sum(parcel.contents.values()) for parcel in order.parcels] == [1, 2]
    assert call("order/delivery/send", order_id=order.no, delivery_list=ship_list(order))["errcode"] == 101100
    assert call("order/deliveryinfo/update", order_id=order.no, delivery_list=ship_list(order, number="SF9"))["errcode"] == 0
    assert call("order/deliveryinfo/update", order_id=order.no, delivery_list=ship_list(order, number="SF8"))["errcode"] == 101100


def test_what_was_paid_back_is_in_no_parcel(simulator, shop, call):
    wanted = [ordering.Wanted(1, merchant_code=code) for code in ("SIM-001-1", "SIM-001-2")]
    order = ordering.place(simulator.world, shop.key, wanted, is_paid=True)
    refunding.refund_at_once(simulator.world, shop.key, order.no, pieces={order.lines[0].oid: 1})
    parcel = ship_list(order)
    assert call("order/delivery/send", order_id=order.no, delivery_list=parcel)["errcode"] == 101100
    del parcel[0]["product_infos"][0]
    assert call("order/delivery/send", order_id=order.no, delivery_list=parcel)["errcode"] == 0


def test_stock_is_added_taken_and_set(simulator, shop, call):
    item = next(iter(simulator.world.books[shop.key].items.values()))
    sku = item.skus[0]
    keys = {"product_id": item.item_id, "sku_id": sku.sku_id}
    assert call("product/stock/update", **keys, diff_type=3, num=7)["errcode"] == 0
    assert call("product/stock/update", **keys, diff_type=1, num=2)["errcode"] == 0
    assert call("product/stock/update", **keys, diff_type=2, num=10)["errcode"] == 10020219
    assert call("product/stock/get", **keys)["data"]["normal_stock_num"] == 9
    assert call("product/stock/update", product_id="1", sku_id="2", diff_type=3, num=1)["errcode"] == 10020052
    rows = call("product/stock/batchget", product_id=[item.item_id])["data"]["spu_stock_list"]
    assert rows[0]["sku_stock"][0]["normal_stock_num"] == 9


def test_goods_come_back_with_two_answers(simulator, shop, call):
    order = buy(simulator, shop, is_paid=True)
    ordering.ship(simulator.world, shop.key, order.no, courier="SF", waybill_no="SF1")
    refund = refunding.ask(simulator.world, shop.key, order.no, kind=RefundKind.RETURN)
    now = simulator.world.now() // 1000
    listed = call("aftersale/getaftersalelist", begin_update_time=now - 60, end_update_time=now)
    assert listed["after_sale_order_id_list"] == [refund.no]
    assert call("aftersale/getaftersalelist", begin_update_time=now - 90_000, end_update_time=now)["errcode"] == 10020004
    assert call("aftersale/acceptapply", after_sale_order_id=refund.no)["errcode"] == 10021060
    assert call("aftersale/acceptapply", after_sale_order_id=refund.no, address_id="123")["errcode"] == 0
    body = call("aftersale/getaftersaleorder", after_sale_order_id=refund.no)["after_sale_order"]
    assert (body["status"], body["type"], body["refund_info"]["amount"]) == ("USER_WAIT_RETURN", "RETURN", order.to_pay_fen)
    assert call("aftersale/acceptapply", after_sale_order_id=refund.no)["errcode"] == 10021041
    refunding.send_back(simulator.world, shop.key, refund.no, waybill_no="SF9")
    assert call("aftersale/acceptapply", after_sale_order_id=refund.no, accept_type=2)["errcode"] == 0
    assert call("order/get", order_id=order.no)["order"]["status"] == 200


def test_get_is_get_and_strangers_are_refused(simulator, shop, call):
    assert call("basics/info/get", "GET")["info"]["nickname"] == shop.name
    assert call("basics/info/get")["errcode"] == 43001
    assert call("order/get", "GET")["errcode"] == 43002
    ordering.change_shop(simulator.world, shop.key, options={"ip_refused": True})
    url = f"{simulator.gateway('channels')}/channels/ec/order/get?access_token={shop.access_token}"
    assert ask("POST", url, body={"order_id": "1"}).status == 403


def test_messages_open_with_the_official_library(simulator, shop, listener):
    callback = {"url": listener.url, "token": "123456", "aes_key": AES}
    listener.body = b"success"
    ordering.change_shop(simulator.world, shop.key, callback=callback)
    order = buy(simulator, shop, is_paid=True)
    simulator.pusher.flush()
    events = []
    for _headers, body, query in listener.came:
        crypto = WeChatCrypto("123456", AES, shop.app_key)
        xml = f"<xml><ToUserName>x</ToUserName><Encrypt>{json.loads(body)['Encrypt']}</Encrypt></xml>"
        events.append(json.loads(crypto.decrypt_message(xml, query["msg_signature"], query["timestamp"], query["nonce"])))
    assert [event["Event"] for event in events] == ["channels_ec_order_new", "channels_ec_order_pay"]
    assert events[0]["order_info"]["order_id"] == int(order.no)  # a number here
    assert events[1]["order_info"]["order_id"] == order.no  # and text there


def test_cipher_text_is_wechats():
    sealed = encrypt(b"test", "wx49f0ab532d5d035a", AES, b"0123456789abcdef")
    crypto = WeChatCrypto("t", AES, "wx49f0ab532d5d035a")
    assert PrpCrypto(crypto.key).decrypt(sealed, "wx49f0ab532d5d035a") in {"test", b"test"}
