"""Kuaishou's front, by its published documents."""

import base64
import hashlib
import hmac
import http.client
import json
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from danshu_simulator import ordering, refunding
from danshu_simulator.fronts import kuaishou
from danshu_simulator.tests.conftest import ask, buy, stocked
from danshu_simulator.things import OrderStatus, RefundKind, RefundStatus

DAY = 86_400_000
GETS = {
    "order.cursor.list", "order.detail", "user.seller.get", "item.get", "item.sku.list.get", "seller.order.refund.pcursor.list",
    "seller.order.refund.detail", "refund.reject.reason",
}  # fmt: skip


@pytest.fixture
def shop(simulator):
    return stocked(simulator, "kuaishou")


def sign(form, secret):
    names = sorted({"access_token", "appkey", "method", "param", "signMethod", "timestamp", "version"} & set(form))
    text = "&".join(f"{name}={form[name]}" for name in names) + f"&signSecret={secret}"
    if form["signMethod"] == "MD5":
        return hashlib.md5(text.encode()).hexdigest()
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()).decode()


def send(simulator, shop, method, business, *, change=None, sign_=None, http="", how="HMAC_SHA256"):
    form = {"appkey": shop.app_key, "method": f"open.{method}", "version": "1", "access_token": shop.access_token}
    form |= {"param": json.dumps(business), "timestamp": str(simulator.world.now()), "signMethod": how, **(change or {})}
    form["sign"] = sign_ or sign(form, shop.app_secret)
    url = f"{simulator.gateway('kuaishou')}/open/{method.replace('.', '/')}"
    if (http or ("GET" if method in GETS else "POST")) == "GET":
        return ask("GET", f"{url}?{urlencode(form)}").json
    param = form.pop("param")
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return ask("POST", f"{url}?{urlencode(form)}", body=urlencode({"param": param}).encode(), headers=headers).json


@pytest.fixture
def call(simulator, shop):
    """The answer's data, or the number of its error."""

    def go(method, business=None, **more):
        body = send(simulator, shop, method, business or {}, **more)
        return body.get("data", body) if body["result"] == 1 else body["result"]

    return go


def window(simulator, *, back=3600_000, **more):
    now = simulator.world.now()
    return {"beginTime": now - back, "endTime": now, "pageSize": 2, "cursor": "", **more}


def no_of(order):
    return int(order.no)


def test_the_documents_way_to_sign():
    args = {"access_token": "xxx", "appkey": "ks123", "method": "open.order.detail", "param": '{"oid":1}', "version": "1"}
    args |= {"signMethod": "MD5", "timestamp": "1583271919000"}
    assert kuaishou.signature(args, "SECRET") == "244b4a17748ae392529b2cef15b1491a"


def test_signatures_tokens_clocks_and_forms_are_checked(simulator, shop, call):
    assert call("user.seller.get")["sellerId"] == int(shop.number)
    assert call("user.seller.get", how="MD5")["name"] == shop.name
    now = simulator.world.now()
    assert call("user.seller.get", sign_="0" * 32) == 28
    assert call("user.seller.get", change={"appkey": "ks1"}) == 28
    assert call("user.seller.get", change={"access_token": "x"}) == 100200102
    assert call("user.seller.get", change={"timestamp": str(now - 601_000)}) == 2001
    assert call("user.seller.get", change={"timestamp": str(now + 599_000)})["name"]
    assert call("user.seller.get", change={"version": "2"}) == 3
    assert call("user.seller.get", change={"param": "[]"}) == 2001
    assert call("seller.order.goods.deliver", {}, http="GET") == 2001
    assert call("no.such") == 3
    ordering.change_shop(simulator.world, shop.key, options={"is_revoked": True})
    assert call("user.seller.get") == 24
    ordering.change_shop(simulator.world, shop.key, options={"sign_secret": "other"})
    assert call("user.seller.get") == 28


def test_a_basket_becomes_orders_of_one_thing(simulator, shop, call):
    wanted = [
        ordering.Wanted(2, merchant_code="SIM-001-1", discount_fen=100, platform_discount_fen=30),
        ordering.Wanted(merchant_code="SIM-002-1"),
    ]
    order = ordering.place(simulator.world, shop.key, wanted, is_paid=True, freight_fen=600, message="尽快")
    listed = call("order.cursor.list", window(simulator, sort=2))["orderList"]
    assert [one["orderBaseInfo"]["status"] for one in listed] == [30, 30]
    first, second = listed
    price = order.lines[0].price_fen
    base, item = first["orderBaseInfo"], first["orderItemInfo"]
    assert (base["oid"], base["totalFee"], base["expressFee"], base["discountFee"]) == (no_of(order), 2 * price - 100, 600, 130)
    assert (item["num"], item["price"], item["skuNick"], item["itemId"] > 2**53 or item["skuId"] > 0) == (2, price, "SIM-001-1", True)
    assert (second["orderBaseInfo"]["expressFee"], base["oid"] > 2**53) == (0, True)
    assert base["buyerOpenId"] == second["orderBaseInfo"]["buyerOpenId"]
    assert "orderFlag" not in first


def test_the_cursor_brings_every_order_once(simulator, shop, call):
    numbers = []
    for _ in range(5):
        numbers.append(no_of(buy(simulator, shop, is_paid=True)))
        simulator.world.advance(0.4)
    for sort, expected in ((2, numbers), (1, numbers[::-1])):
        cursor, found = "", []
        while cursor != "nomore":
            data = call("order.cursor.list", window(simulator, sort=sort, cursor=cursor))
            cursor, found = data["cursor"], found + [one["orderBaseInfo"]["oid"] for one in data["orderList"]]
        assert found == expected
    simulator.world.advance(3600)
    ordering.urge(simulator.world, shop.key, str(numbers[2]))
    recent = {**window(simulator), "beginTime": simulator.world.now() - 60_000}
    assert call("order.cursor.list", recent) == {**call("order.cursor.list", recent), "orderList": [], "cursor": "nomore"}
    assert len(call("order.cursor.list", {**recent, "queryType": 2})["orderList"]) == 1
    never = no_of(buy(simulator, shop))
    seen = call("order.cursor.list", {**window(simulator), "orderViewStatus": 2})["orderList"]
    assert [one["orderBaseInfo"]["oid"] for one in seen] == [never]


@pytest.mark.parametrize(
    "change",
    [
        {"pageSize": 51},
        {"pageSize": 0},
        {"cursor": None},
        {"cursor": "x"},
        {"sort": 3},
        {"queryType": 3},
        {"orderViewStatus": 8},
        {"endTime": None},
        {"endTime": 1},
        {"beginTime": -91},
        {"beginTime": -8},
    ],
)
def test_questions_are_judged(simulator, call, change):
    asked = window(simulator) | change
    if asked["beginTime"] < 0:
        asked["beginTime"] = simulator.world.now() + asked["beginTime"] * DAY
    assert call("order.cursor.list", {name: value for name, value in asked.items() if value is not None}) == 2001


def test_receivers_are_cipher_text(simulator, shop, call):
    order, other = buy(simulator, shop, is_paid=True), buy(simulator, shop, is_paid=True)
    address = call("order.detail", {"oid": no_of(order)})["orderAddress"]
    assert address["province"] == order.receiver.province
    assert order.receiver.name not in json.dumps(address, ensure_ascii=False)
    sealed = [address[name] for name in ("encryptedConsignee", "encryptedMobile", "encryptedAddress")]
    asked = [{"bizId": order.no, "encryptedData": one} for one in sealed] + [{"bizId": other.no, "encryptedData": sealed[0]}]
    asked += [{"bizId": "1", "encryptedData": sealed[0]}]
    rows = call("order.decrypt.batch", {"batchDecryptList": asked})["batchDecryptResultList"]
    assert [row["decryptedData"] for row in rows] == [order.receiver.name, order.receiver.phone, order.receiver.address, "", ""]
    assert [row["errorCode"] for row in rows] == [1, 1, 1, 2001, 21]
    assert call("order.decrypt.batch", {"batchDecryptList": asked * 21}) == 2001
    assert call("order.detail", {"oid": 1}) == 21


def test_notes_are_added_and_flags_stand_in_the_detail(simulator, shop, call):
    order = buy(simulator, shop, is_paid=True)
    for note, flag in (("一", {"flag": 1}), ("二", {})):
        call("seller.order.note.add", {"orderId": no_of(order), "note": note, **flag})
    detail = call("order.detail", {"oid": no_of(order)})
    assert (detail["orderNote"]["sellerNote"], detail["orderFlag"]["flag"]) == (["一", "二"], ["red_flag_tag_order"])
    assert call("seller.order.note.add", {"orderId": no_of(order), "note": "x" * 201}) == 2001


def test_whole_orders_are_sent_once_and_changed(simulator, shop, call):
    order = buy(simulator, shop, is_paid=True)
    parcel = {"orderId": no_of(order), "expressCode": 4, "expressNo": "SF1234567890"}
    assert call("seller.order.goods.deliver", {**parcel, "expressCode": 777}) == 11
    assert call("seller.order.goods.deliver", {**parcel, "expressNo": "?"}) == 11
    assert call("seller.order.goods.deliver", {**parcel, "orderId": 1}) == 21
    for _ in range(2):
        assert call("seller.order.goods.deliver", parcel)["result"] == 1  # the same again is well
    assert (order.status, len(order.parcels)) == (OrderStatus.SHIPPED, 1)
    assert call("seller.order.goods.deliver", {**parcel, "expressNo": "SF1234567891"}) == 21
    assert call("seller.order.logistics.update", {**parcel, "expressCode": 9, "expressNo": "7890000001"})["result"] == 1
    assert call("seller.order.goods.logistics.append", {"oid": no_of(order), "expressCode": 4, "expressNo": "SF1234567892"})["result"] == 1
    detail = call("order.detail", {"oid": no_of(order)})
    (first, second), told = detail["orderLogisticsInfo"], detail["orderDeliveryInfo"]
    assert (first["expressNo"], first["expressCode"], second["expressNo"], told["packageNum"]) == ("7890000001", 9, "SF1234567892", 2)
    other = {**parcel, "expressNo": "SF1234567893"}
    assert call("seller.order.logistics.update", other) == 2001
    assert call("seller.order.logistics.update", {**other, "logisticsId": second["logisticsId"]})["result"] == 1
    assert [one.waybill_no for one in order.parcels] == ["7890000001", "SF1234567893"]


def part(order, no, pieces, *, status=10):
    goods = {"deliveryGoodsInfoList": [{"oid": no_of(order), "deliveryNum": pieces}], "expressCode": 4, "expressNo": no}
    told = [{"oid": no_of(order), "confirmDeliveryStatus": status}]
    return {"mainOrderId": no_of(order), "deliveryItemInfoList": [goods], "deliveryStatus": told}


def test_orders_are_sent_in_parts(simulator, shop, call):
    order = buy(simulator, shop, quantity=3, is_paid=True)
    assert call("order.goods.split.deliver", part(order, "SF1234567890", 4)) == 21
    assert call("order.goods.split.deliver", part(order, "SF1234567890", 3)) == 21  # nothing is left, and it is said to be a part
    assert call("order.goods.split.deliver", part(order, "SF1234567890", 0)) == 2001
    assert call("order.goods.split.deliver", part(order, "SF1234567890", 1))["result"] == 1
    detail = call("order.detail", {"oid": no_of(order)})
    assert (detail["orderBaseInfo"]["status"], detail["orderDeliveryInfo"]["deliveryNum"]) == (40, 1)
    assert call("seller.order.goods.deliver", {"orderId": no_of(order), "expressCode": 4, "expressNo": "SF1234567891"}) == 21
    assert call("seller.order.goods.logistics.append", {"oid": no_of(order), "expressCode": 4, "expressNo": "SF1234567891"}) == 21
    assert call("order.goods.split.deliver", part(order, "SF1234567890", 2, status=40)) == 21  # that number is used
    assert call("order.goods.split.deliver", part(order, "SF1234567891", 2, status=40))["result"] == 1
    assert order.status == OrderStatus.SHIPPED


def test_orders_that_must_not_go(simulator, shop, call):
    asked, risky, unpaid = buy(simulator, shop, is_paid=True), buy(simulator, shop, is_paid=True), buy(simulator, shop)
    refunding.ask(simulator.world, shop.key, asked.no)
    ordering.review(simulator.world, shop.key, risky.no)
    assert call("order.detail", {"oid": no_of(risky)})["orderBaseInfo"]["riskCode"] == 10001
    for order in (asked, risky, unpaid):
        assert call("seller.order.goods.deliver", {"orderId": no_of(order), "expressCode": 4, "expressNo": "SF1234567890"}) == 21


def test_stock_goes_up_and_down(simulator, shop, call):
    item = next(iter(simulator.world.books[shop.key].items.values()))
    sku = item.skus[0]
    about = {"kwaiItemId": int(item.item_id), "skuId": int(sku.sku_id)}
    call("item.sku.stock.update", {**about, "changeType": 1, "skuChangeStock": 5})
    call("item.sku.stock.update", {**about, "changeType": 2, "skuChangeStock": 25})
    assert sku.stock == 80
    assert call("item.sku.stock.update", {**about, "changeType": 2, "skuChangeStock": 81}) == 21
    assert call("item.sku.stock.update", {**about, "changeType": 3, "skuChangeStock": 1}) == 2001
    assert call("item.sku.stock.update", {**about, "changeType": 1, "skuChangeStock": 0}) == 2001
    assert call("item.sku.stock.update", {**about, "skuId": 1, "changeType": 1, "skuChangeStock": 1}) == 21
    rows = call("item.sku.list.get", {"kwaiItemId": int(item.item_id), "skuStatus": 1})["skuList"]
    assert [(row["kwaiSkuId"], row["skuStock"]) for row in rows] == [(int(one.sku_id), one.stock) for one in item.skus]
    assert call("item.get", {"kwaiItemId": int(item.item_id)})["skuList"] == rows
    assert call("item.sku.list.get", {"kwaiItemId": 1}) == 21


# --- refunds -------------------------------------------------------------------------------------------------------------------


def wish(simulator, shop, kind, **more):
    order = buy(simulator, shop, is_paid=True)
    if kind != RefundKind.REFUND:
        ordering.ship(simulator.world, shop.key, order.no, courier="4", waybill_no="SF1234567890")
    return refunding.ask(simulator.world, shop.key, order.no, kind=kind, **more)


def test_refunds_are_listed_and_shown(simulator, shop, call):
    first, second = wish(simulator, shop, RefundKind.REFUND), wish(simulator, shop, RefundKind.RETURN)
    asked = {**window(simulator), "type": 9, "pageSize": 1, "pcursor": "", "sort": 2}
    data = call("seller.order.refund.pcursor.list", asked)
    assert (data["totalSize"], [row["refundId"] for row in data["refundOrderInfoList"]]) == (2, [int(first.no)])
    data = call("seller.order.refund.pcursor.list", {**asked, "pcursor": data["pcursor"]})
    row = data["refundOrderInfoList"][0]
    assert (data["pcursor"], row["refundId"], row["handlingWay"], row["status"]) == ("nomore", int(second.no), 1, 10)
    detail = call("seller.order.refund.detail", {"refundId": int(second.no)})
    assert (detail["refundFee"], detail["productNum"], detail["negotiateStatus"]) == (second.amount_fen, 1, 1)
    of_order = {"orderId": int(second.order_no), "type": 9, "pageSize": 10}
    assert call("seller.order.refund.pcursor.list", of_order)["totalSize"] == 1
    assert call("seller.order.refund.detail", {"refundId": 1}) == 300011
    now = simulator.world.now()
    for change, code in (
        ({"beginTime": now - DAY - 1000}, 300019),
        ({"beginTime": now - 91 * DAY, "endTime": now - 91 * DAY + 1000}, 300005),
        ({"beginTime": now}, 300003),
        ({"status": 11}, 300002),
        ({"pageSize": 101}, 2001),
    ):
        assert call("seller.order.refund.pcursor.list", {**asked, **change}) == code


def test_money_is_given_or_refused(simulator, shop, call):
    refund = wish(simulator, shop, RefundKind.REFUND)
    said = {"refundId": int(refund.no), "refundAmount": refund.amount_fen, "status": 10, "negotiateStatus": 1, "refundHandingWay": 10}
    assert call("seller.order.refund.approve", {**said, "refundAmount": 0}) == 300009
    assert call("seller.order.refund.approve", {**said, "status": 12}) == 300014
    assert call("seller.order.refund.approve", {**said, "negotiateStatus": 2}) == 300017
    assert call("seller.order.refund.approve", {**said, "refundAmount": 1}) == 2001
    assert call("seller.order.refund.approve", said)["result"] == 1
    assert refund.status == RefundStatus.DONE
    assert call("seller.order.refund.approve", {**said, "status": 60, "negotiateStatus": 2}) == 300010
    other = wish(simulator, shop, RefundKind.REFUND)
    assert call("refund.reject.reason", {"refundId": int(other.no)})[0]["reasonCode"] == 1
    said = {"refundId": int(other.no), "reasonCode": 1, "rejectDesc": "已经打包", "refundVersion": other.updated_ms}
    assert call("refund.reject", {**said, "refundVersion": 1}) == 300014
    assert call("refund.reject", said)["result"] == 1
    assert (other.status, other.refuse_reason) == (RefundStatus.REFUSED, "已经打包")
    assert call("seller.order.refund.detail", {"refundId": int(other.no)})["status"] == 12


def test_goods_come_back(simulator, shop, call):
    refund = wish(simulator, shop, RefundKind.RETURN)
    said = {"refundId": int(refund.no), "refundAmount": refund.amount_fen}
    assert call("seller.order.refund.approve", {**said, "refundHandingWay": 1}) == 300010
    assert call("seller.order.refund.returngoods.approve", said)["result"] == 1
    refunding.send_back(simulator.world, shop.key, refund.no, waybill_no="SF99")
    detail = call("seller.order.refund.detail", {"refundId": int(refund.no)})
    assert (detail["status"], detail["logisticsInfo"]["expressNo"]) == (40, "SF99")
    assert call("seller.order.refund.confirm.receipt", {"refundId": int(refund.no), "status": 30}) == 300014
    assert call("seller.order.refund.confirm.receipt", {"refundId": int(refund.no), "status": 40})["result"] == 1
    assert refund.status == RefundStatus.DONE


def test_exchanges_end_in_goods_or_money(simulator, shop, call):
    goods, money = (wish(simulator, shop, RefundKind.EXCHANGE) for _ in range(2))
    assert call("seller.order.refund.returngoods.approve", {"refundId": int(goods.no), "refundAmount": 0})["result"] == 1
    refunding.send_back(simulator.world, shop.key, goods.no, waybill_no="SF99")
    sent = {"refundId": int(goods.no), "expressNo": "SF100000", "expressCode": 4}
    assert call("refund.confirm.and.send", sent)["result"] == 1
    assert call("refund.confirm.and.send", sent) == 300018
    assert goods.status == RefundStatus.DONE
    assert call("refund.direct.refund", {"refundId": int(money.no), "refundVersion": money.updated_ms})["result"] == 1
    assert simulator.world.order(shop.key, money.order_no).status == OrderStatus.CLOSED


# --- tokens and pushes ---------------------------------------------------------------------------------------------------------


def test_tokens_live_on_and_refresh_tokens_work_once(simulator, shop, call):
    url = simulator.gateway("kuaishou")
    app = {"app_id": shop.app_key, "app_secret": shop.app_secret}
    page = {
        "app_id": shop.app_key,
        "redirect_uri": "http://127.0.0.1:9/b",
        "scope": "merchant_order",
        "response_type": "code",
        "state": "s",
    }
    back = parse_qs(urlsplit(ask_plain(f"{url}/oauth/authorize?{urlencode(page)}")).query)
    code = {**app, "grant_type": "code", "code": back["code"][0]}
    first = ask("GET", f"{url}/oauth2/access_token?{urlencode(code)}").json
    assert (first["result"], first["expires_in"], first["refresh_token_expires_in"]) == (1, 172_800, 180 * 86_400)
    assert ask("GET", f"{url}/oauth2/access_token?{urlencode(code)}").json["result"] == 100200105
    simulator.world.advance(86_400)

    def renew(refresh_token):
        form = {**app, "grant_type": "refresh_token", "refresh_token": refresh_token}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return ask("POST", f"{url}/oauth2/refresh_token", body=urlencode(form).encode(), headers=headers).json

    second = renew(first["refresh_token"])
    assert (second["expires_in"], second["refresh_token_expires_in"]) == (172_800, 179 * 86_400)  # its end stays
    assert renew(first["refresh_token"])["error_msg"] == "refreshToken.discarded"
    old = {"access_token": first["access_token"]}
    assert call("user.seller.get", change=old)["name"] == shop.name
    simulator.world.advance(86_401)
    assert call("user.seller.get", change=old) == 100200102
    assert call("user.seller.get")["name"] == shop.name
    simulator.world.advance(180 * 86_400)
    assert renew(second["refresh_token"])["result"] == 100200102


def ask_plain(url):
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname, address.port)
    connection.request("GET", f"{address.path}?{address.query}")
    return connection.getresponse().headers["Location"]


def opened(body, key):
    worker = Cipher(algorithms.AES(base64.b64decode(key)), modes.CBC(bytes(16))).decryptor()
    whole = worker.update(base64.b64decode(body)) + worker.finalize()
    return json.loads(whole[: -whole[-1]])


def test_pushes_are_sealed_and_come_again(simulator, shop, listener):
    key = base64.b64encode(b"0123456789abcdef").decode()
    listener.body = b'{"result":1}'  # before the callback stands: its heart beat comes at once
    ordering.change_shop(simulator.world, shop.key, callback={"url": listener.url, "key": key})
    order = buy(simulator, shop, is_paid=True)
    refund = refunding.ask(simulator.world, shop.key, order.no)
    simulator.pusher.flush()
    told = [opened(body, key) for _, body, _ in listener.came]
    assert told[0] == {"test": True}
    assert [one["event"] for one in told[1:]] == ["kwaishop_order_addOrder", "kwaishop_order_paySuccess", "kwaishop_aftersales_addRefund"]
    assert listener.came[0][0]["content-type"] == "text/plain;charset=utf-8"
    assert (told[1]["bizId"], json.loads(told[2]["info"])["status"]) == (no_of(order), 30)
    assert json.loads(told[3]["info"])["refundId"] == int(refund.no)
    listener.came.clear()
    listener.body = b'{"result":0}'
    refunding.take_back(simulator.world, shop.key, refund.no)
    simulator.pusher.flush()
    assert len(listener.came) == 6  # and five more tries
