"""Doudian's front, by its published documents."""

import hashlib
import hmac
import http.client
import json
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from danshu_simulator import ordering, refunding
from danshu_simulator.fronts.douyin import canonical, sign
from danshu_simulator.fronts.douyin_after_sales import ADDRESS
from danshu_simulator.tests.conftest import ask, buy, stocked
from danshu_simulator.things import RefundKind, RefundStatus


@pytest.fixture
def shop(simulator):
    return stocked(simulator, "douyin")


def asked(simulator, shop, method, args, **query):
    """Address and body, signed as the document says by other code than the front's."""
    body = json.dumps(args, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    told = {"app_key": shop.app_key, "method": method, "timestamp": str(simulator.world.now() // 1000), "v": "2"} | query
    text = f"app_key{told['app_key']}method{told['method']}param_json{body}timestamp{told['timestamp']}v{told['v']}"
    secret = shop.app_secret
    if told.get("sign_method") == "md5":
        signature = hashlib.md5(f"{secret}{text}{secret}".encode()).hexdigest()
    else:
        told["sign_method"] = "hmac-sha256"
        signature = hmac.new(secret.encode(), f"{secret}{text}{secret}".encode(), hashlib.sha256).hexdigest()
    told = {"access_token": shop.access_token, "sign": signature} | told
    return f"{simulator.gateway('douyin')}/{method.replace('.', '/')}?{urlencode(told)}", body.encode()


@pytest.fixture
def call(simulator, shop):
    def go(method, query=None, **args):
        url, body = asked(simulator, shop, method, args, **(query or {}))
        return ask("POST", url, body=body).json

    return go


def test_the_documents_sample_of_a_signature():
    query = {"app_key": "6844048284663924231", "method": "product.list", "timestamp": "2020-07-05 22:33:59", "v": "2"}
    secret, body = "749698a6-fcb3-4358-b241-ec1d93cf9c1f", canonical({"size": "20", "page": "0"})
    assert body == '{"page":"0","size":"20"}'
    assert sign({**query, "sign_method": "hmac-sha256"}, body, secret) == (
        "a84fc5747114e63196565192a19f80d9d78819b8c8f5940eeb282bf78260901d"
    )
    assert sign(query, body, secret) == "0a1288b4f742252692e6d5e006035e82"
    assert canonical({"b": {"d": 1.0, "c": "<&>"}, "a": [2, {"f": 1, "e": 0}]}) == '{"a":[2,{"e":0,"f":1}],"b":{"c":"<&>","d":1}}'


def test_signatures_tokens_and_clocks_are_checked(simulator, shop, call):
    good = call("shop.brandList")
    assert (good["code"], good["err_no"], good["message"]) == (10000, 0, "success")
    assert call("shop.brandList", {"sign_method": "md5"})["code"] == 10000
    assert call("shop.brandList", {"sign": "0" * 64})["sub_code"] == "isv.signature-invalid"
    assert call("shop.brandList", {"sign": ""})["sub_code"] == "isv.signature-missing"
    assert call("shop.brandList", {"app_key": "x"})["sub_code"] == "isv.app-id-missing"
    assert call("shop.brandList", {"access_token": "x"})["sub_code"] == "isv.access-token-no-existed"
    assert call("shop.brandList", {"access_token": ""})["sub_code"] == "isv.access-token-missing"
    assert call("shop.brandList", {"timestamp": str(simulator.world.now() // 1000 - 601)})["sub_code"] == "isv.timestamp-invalid"
    assert call("shop.brandList", {"timestamp": "yesterday"})["sub_code"] == "isv.timestamp-format-error"
    assert call("shop.nothing")["sub_code"] == "isp.api-service-off"
    assert call("shop.brandList", {"access_token": stocked(simulator, "douyin").access_token})["sub_code"] == "isv.access-token-invalid"
    ordering.expire_token(simulator.world, shop.key)
    assert call("shop.brandList")["sub_code"] == "isv.access-token-expired"


def window(simulator, name="update_time", *, back=3600):
    now = simulator.world.now() // 1000
    return {f"{name}_start": now - back, f"{name}_end": now + 1, "order_by": name, "size": 2, "page": 0}


def test_orders_are_found_in_pages_from_nought(simulator, shop, call):
    numbers = []
    for _ in range(5):
        numbers.append(buy(simulator, shop, is_paid=True).no)
        simulator.world.advance(2)
    data = call("order.searchList", **window(simulator))["data"]
    assert (data["total"], [row["order_id"] for row in data["shop_order_list"]]) == ("5", numbers[:2:-1])
    last = call("order.searchList", **{**window(simulator, "create_time"), "page": 2, "order_asc": True})["data"]
    assert [row["order_id"] for row in last["shop_order_list"]] == numbers[4:]
    assert call("order.searchList", **{**window(simulator), "combine_status": [{"order_status": "1,4"}]})["data"]["total"] == "0"
    for bad, number in (({"size": 101}, 20008), ({"page": -1}, 10035), ({"page": 5000}, 20013), ({"update_time_start": ""}, 20011)):
        assert call("order.searchList", **{**window(simulator), **bad})["sub_code"] == f"isv.parameter-invalid:{number}"
    old = simulator.world.now() // 1000 - 91 * 86_400
    assert call("order.searchList", **{**window(simulator), "update_time_start": old})["sub_code"] == "isv.parameter-invalid:20022"
    assert call("order.searchList", **{**window(simulator), "combine_status": [{}, {}]})["sub_code"] == "isv.parameter-invalid:20012"


def test_goods_are_numbers_beyond_what_a_double_holds_and_amounts_are_fen(simulator, shop, call):
    order = ordering.place(
        simulator.world, shop.key, [ordering.Wanted(2, merchant_code="SIM-001-1", discount_fen=150)], is_paid=True, freight_fen=800
    )
    url, body = asked(simulator, shop, "order.orderDetail", {"shop_order_id": order.no})
    text = ask("POST", url, body=body).body.decode()
    assert f'"product_id": {order.lines[0].item_id}' in text
    assert int(order.lines[0].item_id) > 2**53
    detail = json.loads(text)["data"]["shop_order_detail"]
    assert (detail["pay_amount"], detail["post_amount"], detail["promotion_shop_amount"]) == (order.to_pay_fen, 800, 150)
    line = detail["sku_order_list"][0]
    assert (line["order_id"], line["code"], line["item_num"], line["sum_amount"]) == (order.no, "SIM-001-1", 2, order.goods_fen)
    assert call("order.orderDetail", shop_order_id="1")["sub_code"] == "isv.parameter-invalid:20014"


def test_people_are_sealed_and_opened(simulator, shop, call):
    order = buy(simulator, shop, is_paid=True)
    detail = call("order.orderDetail", shop_order_id=order.no)["data"]["shop_order_detail"]
    assert detail["encrypt_post_tel"].startswith("$$")
    assert detail["encrypt_post_tel"].endswith("$1$$")
    assert detail["post_addr"]["encrypt_detail"].startswith("##")
    texts = [detail["encrypt_post_receiver"], detail["encrypt_post_tel"], detail["post_addr"]["encrypt_detail"]]
    infos = [{"auth_id": order.no, "cipher_text": text} for text in texts]
    data = call("order.batchDecrypt", cipher_infos=infos)["data"]
    who = order.receiver
    assert [one["decrypt_text"] for one in data["decrypt_infos"]] == [who.name, who.phone, who.address]
    half = call("order.batchDecrypt", cipher_infos=[infos[0], {"auth_id": order.no, "cipher_text": "##x##"}])
    assert (half["sub_code"], half["data"]["decrypt_infos"][0]["decrypt_text"]) == ("isv.business-failed:300008", who.name)
    masked = call("order.batchSensitive", cipher_infos=infos[1:2])["data"]["decrypt_infos"][0]["decrypt_text"]
    assert masked == f"{who.phone[:3]}****{who.phone[-4:]}"
    ordering.change_shop(simulator.world, shop.key, options={"is_virtual": True})
    virtual = call("order.batchDecrypt", cipher_infos=infos[1:2])["data"]["decrypt_infos"][0]
    assert (virtual["is_virtual_tel"], virtual["decrypt_text"]) == (True, f"{virtual['phone_no_a']}-{virtual['phone_no_b']}")
    assert call("order.batchDecrypt", cipher_infos=infos * 20)["sub_code"] == "isv.business-failed:300003"


def test_an_order_leaves_whole_once(simulator, shop, call):
    order = buy(simulator, shop)
    parcel = {"order_id": order.no, "company_code": "shunfeng", "logistics_code": "SF1"}
    assert call("order.logisticsAdd", **parcel)["sub_code"] == "isv.business-failed:60137"
    ordering.pay(simulator.world, shop.key, order.no)
    assert call("order.logisticsAdd", **{**parcel, "company_code": "pigeon"})["sub_code"] == "isv.business-failed:60018"
    assert call("order.logisticsEdit", **parcel)["sub_code"] == "isv.business-failed:10007"
    ordering.review(simulator.world, shop.key, order.no)
    assert call("order.orderDetail", shop_order_id=order.no)["data"]["shop_order_detail"]["order_status"] == 105
    assert call("order.logisticsAdd", **parcel)["sub_code"] == "isv.business-failed:60109"
    ordering.review(simulator.world, shop.key, order.no, is_on=False)
    assert call("order.logisticsAdd", **parcel)["code"] == 10000
    assert call("order.logisticsAdd", **parcel)["sub_code"] == "isv.business-failed:60110"
    assert call("order.logisticsEdit", **{**parcel, "logistics_code": "SF2"})["code"] == 10000
    assert order.parcels[0].waybill_no == "SF2"
    assert {"code": "shunfeng", "id": 7, "name": "顺丰速运"} in call("order.logisticsCompanyList")["data"]


def test_an_order_leaves_in_parts(simulator, shop, call):
    wanted = [ordering.Wanted(2, merchant_code="SIM-001-1"), ordering.Wanted(1, merchant_code="SIM-002-1")]
    order = ordering.place(simulator.world, shop.key, wanted, is_paid=True)
    first, second = order.lines

    def pack(number, **contents):
        rows = [{"shipped_order_id": oid, "shipped_num": pieces} for oid, pieces in contents.items()]
        return {"company_code": "shunfeng", "logistics_code": number, "shipped_order_info": rows}

    part = {"order_id": order.no, "request_id": "r1", "pack_list": [pack("SF1", **{first.oid: 1})]}
    assert call("order.logisticsAddMultiPack", **{**part, "request_id": ""})["sub_code"] == "isv.missing-parameter:50050"
    packs = call("order.logisticsAddMultiPack", **part)["data"]["pack_list"]
    assert call("order.logisticsAddMultiPack", **part)["data"]["pack_list"] == packs
    detail = call("order.orderDetail", shop_order_id=order.no)["data"]["shop_order_detail"]
    assert (detail["order_status"], [one["order_status"] for one in detail["sku_order_list"]]) == (101, [101, 2])
    assert [one["delivery_id"] for one in detail["logistics_info"]] == [packs[0]["pack_id"]]
    too_many = {"order_id": order.no, "request_id": "r2", "pack_list": [pack("SF2", **{first.oid: 2})]}
    assert call("order.logisticsAddMultiPack", **too_many)["sub_code"] == "isv.business-failed:70023"
    assert call("order.logisticsAdd", order_id=order.no, company_code="shunfeng", logistics_code="SF9")["code"] == 50002
    rest = {"order_id": order.no, "request_id": "r3", "pack_list": [pack("SF2", **{first.oid: 1}), pack("SF3", **{second.oid: 1})]}
    assert call("order.logisticsAddMultiPack", **rest)["code"] == 10000
    assert order.status == "shipped"
    assert call("order.logisticsEdit", order_id=order.no, company_code="shunfeng", logistics_code="x")["sub_code"].endswith(":70011")
    edit = {"order_id": order.no, "pack_id": packs[0]["pack_id"], "company_code": "zhongtong", "logistics_code": "ZT1"}
    assert call("order.logisticsEditByPack", **edit)["code"] == 10000
    assert [one.waybill_no for one in order.parcels] == ["ZT1", "SF2", "SF3"]


def test_a_wish_for_money_stops_a_parcel_or_is_refused_by_it(simulator, shop, call):
    order = buy(simulator, shop, is_paid=True)
    wish = refunding.ask(simulator.world, shop.key, order.no)
    parcel = {"order_id": order.no, "company_code": "shunfeng", "logistics_code": "SF1"}
    assert call("order.logisticsAdd", **parcel)["sub_code"] == "isv.business-failed:60040"
    assert call("afterSale.rejectReasonCodeList", aftersale_id=wish.no)["data"]["items"] == []
    assert call("order.logisticsAdd", **parcel, is_refund_reject=True)["code"] == 10000
    assert (wish.status, order.status) == ("refused", "shipped")


def test_stock_is_whole_numbers_all_or_none(simulator, shop, call):
    item = next(iter(simulator.world.books[shop.key].items.values()))
    one, two = item.skus[:2]
    assert call("sku.syncStock", product_id=item.item_id, sku_id=one.sku_id, stock_num=7, incremental=False)["code"] == 10000
    assert call("sku.stockNum", sku_id=int(one.sku_id))["data"]["stock_num"] == 7
    assert call("sku.syncStock", sku_id="1", stock_num=7)["sub_code"] == "isv.parameter-invalid:5"
    assert call("sku.syncStock", sku_id=one.sku_id, stock_num=-9, incremental=True, idempotent_id="1")["sub_code"].endswith(":2010012")

    def batch(*pairs):
        rows = [{"sku_id": sku_id, "sku_type": 0, "stock_num": number} for sku_id, number in pairs]
        return call("sku.syncStockBatch", product_id=item.item_id, incremental=False, sku_sync_list=rows)

    assert batch((one.sku_id, 3), (two.sku_id, 4))["code"] == 10000
    assert batch((one.sku_id, 9), ("1", 4))["sub_code"] == "isv.parameter-invalid:2010013"
    assert (one.stock, two.stock) == (3, 4)
    assert call("sku.stockNum", sku_id="1")["sub_code"] == "isv.parameter-invalid:20050"
    assert [row["stock_num"] for row in call("sku.list", product_id=item.item_id)["data"]][:2] == [3, 4]


def test_after_sales_are_listed_told_and_answered(simulator, shop, call):
    order = buy(simulator, shop, is_paid=True)
    ordering.ship(simulator.world, shop.key, order.no, courier="shunfeng", waybill_no="1")
    wish = refunding.ask(simulator.world, shop.key, order.no, kind=RefundKind.RETURN)
    now = simulator.world.now() // 1000
    span = {"update_start_time": now - 60, "update_end_time": now, "order_by": ["update_time desc"], "page": 0, "size": 10}
    (row,) = call("afterSale.List", **span)["data"]["items"]
    info = row["aftersale_info"]
    assert (info["aftersale_id"], info["aftersale_type"], info["aftersale_status"]) == (wish.no, 0, 6)
    assert (info["related_id"], info["refund_amount"], row["order_info"]["shop_order_id"]) == (order.no, order.to_pay_fen, order.no)
    item = {"aftersale_id": wish.no, "update_time": info["update_time"]}

    def operate(number, **more):
        return call("afterSale.operate", type=number, items=[{**item, **more}])

    assert operate(201)["sub_code"] == "isv.business-failed:20309541"
    assert operate(101)["sub_code"] == "isv.parameter-invalid:11000"
    assert operate(102)["sub_code"] == "isv.parameter-invalid:11000"
    assert operate(101, update_time=5, logistics={"receiver_address_id": ADDRESS})["code"] == 50002
    assert operate(101, logistics={"receiver_address_id": ADDRESS})["data"]["items"][0]["status_code"] == 0
    refunding.send_back(simulator.world, shop.key, wish.no, waybill_no="SF9")
    detail = call("afterSale.Detail", after_sale_id=wish.no)["data"]["process_info"]
    assert (detail["after_sale_info"]["after_sale_status"], detail["logistics_info"]["return"]["tracking_no"]) == (11, "SF9")
    item["update_time"] = detail["after_sale_info"]["update_time"]
    assert operate(112, reason="x", remark="y", reject_reason_code=3)["code"] == 10000
    assert call("afterSale.Detail", after_sale_id=wish.no)["data"]["process_info"]["after_sale_info"]["after_sale_status"] == 29
    assert call("afterSale.operate", type=201, items=[{"aftersale_id": "1"}])["sub_code"] == "isp.service-error:10000"
    assert call("afterSale.operate", type=701, items=[item])["sub_code"] == "isv.business-failed:11001"
    assert wish.status == RefundStatus.REFUSED


def test_tokens_are_granted_and_kept_until_an_hour_before_their_end(simulator, shop, call):
    ordering.change_shop(simulator.world, shop.key, options={"service_id": "77", "redirect_uri": "http://127.0.0.1:9/back"})
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(simulator.url).port)
    connection.request("GET", "/douyin/authorize?service_id=77&state=s1")
    back = parse_qs(urlsplit(connection.getresponse().headers["Location"]).query)
    connection.close()
    granted = call("token.create", code=back["code"][0], grant_type="authorization_code")["data"]
    assert (granted["shop_id"], granted["expires_in"]) == (int(shop.number), 7 * 86_400)
    assert call("token.create", code=back["code"][0], grant_type="authorization_code")["sub_code"].endswith("code-invalid")
    own = call("token.create", grant_type="authorization_self", shop_id=shop.number)["data"]
    assert own["access_token"] == granted["access_token"]
    renew = {"refresh_token": granted["refresh_token"], "grant_type": "refresh_token"}
    assert call("token.refresh", **renew)["data"]["access_token"] == granted["access_token"]
    simulator.world.advance(7 * 86_400 - 1800)
    assert call("token.refresh", **renew)["data"]["access_token"] != granted["access_token"]
    assert call("token.refresh", **renew)["sub_code"].endswith("token-invalid")


def test_messages_are_an_array_signed_over_its_bytes_and_a_test_comes_first(simulator, shop, listener):
    listener.body = b'{"code":0,"msg":"success"}'
    ordering.change_shop(simulator.world, shop.key, callback={"url": listener.url})
    order = buy(simulator, shop, is_paid=True)
    refunding.ask(simulator.world, shop.key, order.no)
    simulator.pusher.flush()
    tags = []
    for headers, body, _query in listener.came:
        assert headers["event-sign"] == hashlib.md5(shop.app_key.encode() + body + shop.app_secret.encode()).hexdigest()
        (message,) = json.loads(body)
        tags.append(message["tag"])
    assert tags == ["0", "100", "110", "200"]
    assert json.loads(message["data"])["p_id"] == int(order.no)
    assert all(sent.is_taken for sent in simulator.pusher.sent)
    listener.body = b"no"
    ordering.ship(simulator.world, shop.key, order.no, courier="shunfeng", waybill_no="1")
    simulator.pusher.flush()
    assert [json.loads(body)[0]["tag"] for _headers, body, _query in listener.came[4:]] == ["102"] * 3
