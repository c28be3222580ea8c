"""TOP's front, by its published documents."""

import hashlib
import hmac
import http.client
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, quote, urlencode, urlsplit
from xml.etree import ElementTree as ET

import pytest

from danshu_simulator import goods, ordering, refunding
from danshu_simulator.fronts.taobao import signature
from danshu_simulator.fronts.taobao_answers import moment_ms, written
from danshu_simulator.tests.conftest import ask, buy, stocked
from danshu_simulator.things import OrderStatus, RefundKind, RefundStatus

FIELDS = "tid,tid_str,status,payment,post_fee,modified,created,receiver_name,buyer_message,orders,promotion_details"


@pytest.fixture
def shop(simulator):
    return stocked(simulator, "taobao")


def china(moment):
    return f"{datetime.fromtimestamp(moment / 1000, UTC) + timedelta(hours=8):%Y-%m-%d %H:%M:%S}"


def signed(simulator, shop, method, *, how="md5", **args):
    system = {"method": method, "app_key": shop.app_key, "session": shop.access_token, "timestamp": china(simulator.world.now())}
    whole = {**system, "format": "json", "v": "2.0", "sign_method": how, **{name: str(value) for name, value in args.items()}}
    text = "".join(name + whole[name] for name in sorted(whole))
    if how == "md5":
        sign = hashlib.md5((shop.app_secret + text + shop.app_secret).encode()).hexdigest()
    else:
        sign = hmac.new(shop.app_secret.encode(), text.encode(), "md5" if how == "hmac" else "sha256").hexdigest()
    return {**whole, "sign": sign.upper()}


def post(url, form):
    return ask("POST", url, body=urlencode(form).encode(), headers={"Content-Type": "application/x-www-form-urlencoded"})


@pytest.fixture
def call(simulator, shop):
    def go(method, **args):
        body = post(simulator.gateway("taobao") + "/router/rest", signed(simulator, shop, f"taobao.{method}", **args)).json
        return body.get("error_response") or next(iter(body.values()))

    return go


def window(simulator, *, minutes=30):
    now = simulator.world.now() + 1000
    return {"start_modified": china(now - minutes * 60_000), "end_modified": china(now)}


def sub_code(answer):
    return answer.get("sub_code", answer.get("code"))


def test_the_documents_sample_of_a_signature():
    args = {"app_key": "12345678", "fields": "num_iid,title,nick,price,num", "format": "json", "method": "taobao.item.seller.get"}
    args |= {"num_iid": "11223344", "session": "test", "timestamp": "2016-01-01 12:00:00", "v": "2.0"}
    assert signature({**args, "sign_method": "md5"}, "helloworld", "md5") == "66987CB115214E59E6EC978214934FB8"
    assert signature({**args, "sign_method": "hmac"}, "helloworld", "hmac") == "D56D7858309C31B6251083A874D48273"


def test_a_time_stamp_may_be_milliseconds(simulator, shop, call):
    """As the platform's own SDK for Python writes it; every other time is text."""
    now = simulator.world.now()
    assert "time" in call("time.get", timestamp=now)
    assert call("time.get", timestamp=now - 601_000)["code"] == 31
    assert call("time.get", timestamp="²")["code"] == 31
    assert call("trades.sold.increment.get", fields="tid", start_modified=now - 60_000, end_modified=now)["code"] == 41


def test_increments_are_newest_first_and_a_day_at_most(simulator, shop, call):
    numbers = []
    for _ in range(5):
        numbers.append(buy(simulator, shop).no)
        simulator.world.advance(2)
    first = call("trades.sold.increment.get", fields=FIELDS, page_size=2, page_no=1, **window(simulator))
    assert first["total_results"] == 5
    assert "has_next" not in first
    rows = first["trades"]["trade"]
    assert [row["tid_str"] for row in rows] == numbers[:2:-1]
    assert rows[0]["tid"] == int(numbers[-1]) > 2**53
    assert not {"promotion_details", "buyer_message"} & set(rows[0])  # only in the full trade
    last = call("trades.sold.increment.get", fields="tid_str,orders.oid", page_size=2, page_no=3, use_has_next="true", **window(simulator))
    assert last["trades"] == {"trade": [{"tid_str": numbers[0], "orders": {"order": [{"oid": int(numbers[0])}]}}]}
    assert last["has_next"] is False
    assert "total_results" not in last
    simulator.world.advance(7200)
    assert set(call("trades.sold.increment.get", fields="tid", **window(simulator))) == {"total_results", "request_id"}


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ({"start_modified": "2026-01-01 00:00:00"}, 40),
        ({"start_modified": "2026-01-01 00:00:00", "end_modified": "2026-01-02 00:00:01"}, 41),
        ({"start_modified": "2026-01-02 00:00:00", "end_modified": "2026-01-01 00:00:01"}, 41),
        ({"start_modified": "2026/01/01", "end_modified": "2026-01-01 00:00:01"}, 41),
        ({"page_no": 0}, 41),
        ({"page_size": 101}, 41),
        ({"status": "paid"}, 41),
        ({"fields": ""}, 40),
    ],
)
def test_parameters_are_judged(simulator, call, args, code):
    given = {"fields": "tid", **window(simulator), **args}
    given = {name: value for name, value in given.items() if value != ""}
    if "start_modified" in args and "end_modified" not in args:
        del given["end_modified"]
    assert call("trades.sold.increment.get", **given)["code"] == code


def test_signatures_tokens_and_clocks_are_checked(simulator, shop, call):
    url = simulator.gateway("taobao") + "/router/rest"
    for how in ("md5", "hmac", "hmac-sha256"):
        assert call("user.seller.get", fields="nick,user_id", how=how)["user"]["nick"] == shop.name
    good = signed(simulator, shop, "taobao.user.seller.get", fields="nick")
    for change, code in (
        ({"sign": "0" * 32}, 25),
        ({"fields": "nick,user_id"}, 25),
        ({"app_key": "x"}, 29),
        ({"v": "1.0"}, 33),
        ({"method": "taobao.nothing"}, 22),
    ):
        assert post(url, {**good, **change}).json["error_response"]["code"] == code
    assert ET.fromstring(post(url, {**good, "format": "yaml"}).body).findtext("code") == "23"
    assert call("user.seller.get", fields="nick", session="x")["code"] == 27
    assert call("user.seller.get", fields="nick", timestamp=china(simulator.world.now() - 601_000))["code"] == 31
    assert call("user.seller.get", fields="nick", timestamp=china(simulator.world.now() + 599_000))["user"]
    ordering.expire_token(simulator.world, shop.key)
    assert call("user.seller.get", fields="nick")["sub_code"] == "invalid-sessionkey"


def test_other_forms_of_answers(simulator, shop, call):
    url = simulator.gateway("taobao") + "/router/rest"
    buy(simulator, shop)
    xml = post(url, signed(simulator, shop, "taobao.trades.sold.get", fields="tid", format="xml"))
    assert ET.fromstring(xml.body).findtext("trades/trade/tid").isdigit()
    plain = post(url, signed(simulator, shop, "taobao.trades.sold.get", fields="tid", simplify="true")).json
    assert [set(row) for row in plain["trades"]] == [{"tid"}]


def test_a_trade_is_yuan_and_masked(simulator, shop, call):
    wanted = [
        ordering.Wanted(2, merchant_code="SIM-001-1", discount_fen=150),
        ordering.Wanted(1, merchant_code="SIM-002-1", platform_discount_fen=70),
    ]
    order = ordering.place(simulator.world, shop.key, wanted, is_paid=True, freight_fen=600, message="尽快")
    whole = call("trade.fullinfo.get", fields=FIELDS + ",receiver_address,oaid,buyer_message,total_fee,discount_fee", tid=order.no)["trade"]
    assert whole["payment"] == f"{order.to_pay_fen / 100:.2f}"
    assert [row["divide_order_fee"] for row in whole["orders"]["order"]] == [f"{line.paid_fen / 100:.2f}" for line in order.lines]
    assert [row.get("part_mjz_discount") for row in whole["orders"]["order"]] == [None, "0.70"]
    assert len(whole["promotion_details"]["promotion_detail"]) == 2
    assert whole["buyer_message"] == "尽快"
    assert whole["receiver_address"] == "****"
    assert "*" in whole["receiver_name"]
    single = buy(simulator, shop, freight_fen=500)
    trade = call("trade.fullinfo.get", fields="orders,payment", tid=single.no)["trade"]
    assert trade["orders"]["order"][0]["payment"] == trade["payment"]  # the only sub-order bears the freight
    assert call("trade.fullinfo.get", fields="tid", tid="1")["sub_code"] == "isv.trade-not-exist"
    assert call("trade.fullinfo.get", fields="tid", tid="x")["code"] == 41


def test_receivers_are_told_by_oaid(simulator, shop, call):
    order = buy(simulator, shop, is_paid=True)
    query = {"tid": order.no, "oaid": order.receiver.key, "scene": "1006"}
    row = call("top.oaid.decrypt", query_list=json.dumps([query]))["receiver_list"]["receiver"][0]
    assert (row["mobile"], row["address_detail"], row["matched"]) == (order.receiver.phone, order.receiver.address, True)
    ordering.change_address(simulator.world, shop.key, order.no)
    again = call("top.oaid.decrypt", query_list=json.dumps([query]))["receiver_list"]["receiver"][0]
    assert again == {"tid": order.no, "oaid": query["oaid"], "matched": False}
    assert call("top.oaid.decrypt", query_list=json.dumps([query] * 21))["code"] == 41
    assert call("top.oaid.decrypt", query_list=json.dumps([{**query, "scene": "9"}]))["code"] == 41


def test_parcels_of_whole_trades_and_of_parts(simulator, shop, call):
    order = buy(simulator, shop)
    parcel = {"tid": order.no, "out_sid": "SF100000001", "company_code": "SF"}
    tail = "isv.logistics-offline-service-error:"
    assert call("logistics.offline.send", **parcel)["sub_code"] == tail + "B04"  # not paid
    ordering.pay(simulator.world, shop.key, order.no)
    assert call("logistics.consign.resend", **parcel)["sub_code"].endswith(":CD19")
    assert call("logistics.offline.send", **{**parcel, "company_code": "NO"})["sub_code"] == tail + "B57"
    assert call("logistics.offline.send", **{**parcel, "out_sid": "?"})["sub_code"] == tail + "B60"
    assert call("logistics.offline.send", **{**parcel, "tid": "1"})["sub_code"] == tail + "B01"
    assert call("logistics.offline.send", **parcel)["shipping"]["is_success"] is True
    assert call("logistics.offline.send", **parcel)["sub_code"] == tail + "B04"
    assert call("logistics.consign.resend", **parcel)["sub_code"].endswith(":P07")
    assert call("logistics.consign.resend", **{**parcel, "out_sid": "SF100000002"})["shipping"]["is_success"]
    assert order.parcels[0].waybill_no == "SF100000002"

    held = buy(simulator, shop, is_paid=True)
    ordering.review(simulator.world, shop.key, held.no)
    assert call("trade.fullinfo.get", fields="status", tid=held.no)["trade"]["status"] == "PAID_FORBID_CONSIGN"
    assert call("logistics.offline.send", **{**parcel, "tid": held.no})["sub_code"] == tail + "B04"

    wanted = [ordering.Wanted(2, merchant_code="SIM-001-1"), ordering.Wanted(1, merchant_code="SIM-002-1")]
    two = ordering.place(simulator.world, shop.key, wanted, is_paid=True)
    first, second = (line.oid for line in two.lines)
    part = {"tid": two.no, "out_sid": "SF100000003", "company_code": "SF", "is_split": 1}
    assert call("logistics.offline.send", **part)["sub_code"] == tail + "CD26"
    assert call("logistics.offline.send", **{**part, "is_split": 0, "sub_tid": first})["sub_code"] == tail + "CD25"
    assert call("logistics.offline.send", **part, sub_tid="9")["sub_code"] == tail + "P38"
    assert call("logistics.offline.send", **part, sub_tid=first)["shipping"]["is_success"]
    assert two.status == OrderStatus.PART_SHIPPED
    assert call("logistics.offline.send", **{**part, "is_split": 0})["sub_code"] == tail + "CD22"
    assert call("logistics.offline.send", **part, sub_tid=first)["sub_code"] == tail + "B04"
    assert call("logistics.offline.send", **{**part, "out_sid": "SF100000004"}, sub_tid=second)["shipping"]["is_success"]
    assert (two.status, [parcel.contents for parcel in two.parcels]) == (OrderStatus.SHIPPED, [{first: 2}, {second: 1}])
    assert call("logistics.consign.resend", **{**part, "out_sid": "SF100000005"}, sub_tid=second)["shipping"]["is_success"]
    assert [parcel.waybill_no for parcel in two.parcels] == ["SF100000003", "SF100000005"]
    listed = call("logistics.companies.get", fields="code,name")["logistics_companies"]["logistics_company"]
    assert {"code": "SF", "name": "顺丰速运"} in listed


def test_stock_is_told_and_read_back(simulator, shop, call):
    item = next(iter(simulator.world.books[shop.key].items.values()))
    first, second = item.skus[:2]
    pairs = f"{first.sku_id}:7;{second.sku_id}:9"
    answer = call("skus.quantity.update", num_iid=item.item_id, skuid_quantities=pairs)["item"]
    assert [row["quantity"] for row in answer["skus"]["sku"]] == [7, 9]
    call("skus.quantity.update", num_iid=item.item_id, outerid_quantities=f"{first.merchant_code}:-100", type=2)
    assert (first.stock, second.stock) == (0, 9)
    for change, why in (
        ({"num_iid": "1"}, "isv.item-not-exist:invalid-numIid-or-iid"),
        ({"skuid_quantities": f"{first.sku_id}:5;1:5"}, "isv.invalid-parameter:sku-properties"),
        ({"skuid_quantities": f"{first.sku_id}:-1"}, "isv.invalid-parameter:skuid_quantities"),
        ({"skuid_quantities": ";".join(f"{first.sku_id}:1" for _ in range(21))}, "isv.invalid-parameter:skuid_quantities"),
    ):
        assert call("skus.quantity.update", **{"num_iid": item.item_id, "skuid_quantities": pairs, **change})["sub_code"] == why
    assert first.stock == 0  # one unknown SKU refuses them all
    rows = call("items.seller.list.get", fields="num_iid,num,sku", num_iids=f"{item.item_id},1")["items"]["item"]
    assert [row["num_iid"] for row in rows] == [int(item.item_id)]
    assert {row["sku_id"]: row["quantity"] for row in rows[0]["skus"]["sku"]}[int(second.sku_id)] == 9
    assert "items" not in call("items.seller.list.get", fields="num_iid", num_iids="1")
    assert call("items.seller.list.get", fields="num_iid", num_iids=",".join("1" * 21))["code"] == 41
    assert "销售属性" in call("item.quantity.update", num_iid=item.item_id, quantity=3)["sub_msg"]
    (plain,) = ordering.put_up(simulator.world, shop.key, [goods.NewItem("杯", (goods.NewSku("CUP", "", 990, 5),), has_variants=False)])
    assert call("item.quantity.update", num_iid=plain.item_id, quantity=3)["item"]["num"] == 3
    assert plain.skus[0].stock == 3


def shipped(simulator, shop):
    order = buy(simulator, shop, is_paid=True)
    return ordering.ship(simulator.world, shop.key, order.no, courier="SF", waybill_no="SF100000001")


def info(call, refund):
    fields = "refund_id,status,refund_fee,refund_version,refund_phase,tid,oid,has_good_return"
    return call("refund.get", refund_id=refund.no, fields=fields)["refund"]


def test_money_is_agreed_to_by_amount_and_version(simulator, shop, call):
    refund = refunding.ask(simulator.world, shop.key, buy(simulator, shop, is_paid=True).no)
    rows = call("refunds.receive.get", fields="refund_id,status,refund_fee", **window(simulator))["refunds"]["refund"]
    assert rows == [{"refund_id": refund.no, "status": "WAIT_SELLER_AGREE", "refund_fee": f"{refund.amount_fen / 100:.2f}"}]
    version = info(call, refund)["refund_version"]
    for bad in (f"{refund.no}|1|{version}", f"{refund.no}|{refund.amount_fen}|{version - 1}", f"1|{refund.amount_fen}|{version}"):
        answer = call("rp.refunds.agree", refund_infos=bad)
        assert (answer["succ"], answer["msg_code"]) == (False, "OP_FAILURE_UE")
        assert answer["results"]["refund_mapping_result"][0]["succ"] is False
    assert call("rp.refunds.agree", refund_infos=f"{refund.no}|1.5|{version}")["code"] == 41
    shop.options["sms_from_fen"] = 1
    good = f"{refund.no}|{refund.amount_fen}|{version}"
    assert call("rp.refunds.agree", refund_infos=good)["message"] == "发送二次验证短信成功"
    assert call("rp.refunds.agree", refund_infos=good, code="123456")["succ"] is True
    assert refund.status == RefundStatus.DONE


def test_wishes_are_about_one_sub_order_each(simulator, shop, call):
    wanted = [ordering.Wanted(2, merchant_code="SIM-001-1"), ordering.Wanted(1, merchant_code="SIM-002-1")]
    order = ordering.place(simulator.world, shop.key, wanted, is_paid=True, freight_fen=600)
    refunding.ask(simulator.world, shop.key, order.no)
    rows = call("refunds.receive.get", fields="oid,refund_fee")["refunds"]["refund"]
    assert {str(row["oid"]) for row in rows} == {line.oid for line in order.lines}
    simulator.world.advance(3 * 86_400)  # nobody answers
    assert order.status == OrderStatus.CLOSED
    assert call("trade.fullinfo.get", fields="status", tid=order.no)["trade"]["status"] == "TRADE_CLOSED"


def test_what_was_not_sent_cannot_be_refused(simulator, shop, call):
    early = refunding.ask(simulator.world, shop.key, buy(simulator, shop, is_paid=True).no)
    assert "未发货" in call("refund.refuse", refund_id=early.no, refuse_message="已经发货了")["sub_msg"]
    late = refunding.ask(simulator.world, shop.key, shipped(simulator, shop).no)
    assert call("refund.refuse", refund_id=late.no, refuse_message="x")["code"] == 41
    assert call("refund.refuse", refund_id=late.no, refuse_message="已经发货了")["refund"]["status"] == "SELLER_REFUSE_BUYER"
    assert late.refuse_reason == "已经发货了"


def test_goods_come_back_before_money(simulator, shop, call):
    refund = refunding.ask(simulator.world, shop.key, shipped(simulator, shop).no, kind=RefundKind.RETURN)
    agreed = {"refund_infos": f"{refund.no}|{refund.amount_fen}|{info(call, refund)['refund_version']}"}
    assert call("rp.refunds.agree", **agreed)["succ"] is False
    place = {"name": "售后", "address": "梧桐路1号", "post": "311100", "mobile": "19900000000", "seller_address_id": 1}
    assert call("rp.returngoods.agree", refund_id=refund.no, seller_address_id=1)["code"] == 40
    assert call("rp.returngoods.agree", refund_id=refund.no, **place)["is_success"]
    assert info(call, refund)["status"] == "WAIT_BUYER_RETURN_GOODS"
    refunding.send_back(simulator.world, shop.key, refund.no, waybill_no="9")
    seen = info(call, refund)
    assert (seen["status"], seen["has_good_return"], seen["refund_phase"]) == ("WAIT_SELLER_CONFIRM_GOODS", True, "onsale")
    assert call("rp.refunds.agree", refund_infos=f"{refund.no}|{refund.amount_fen}|{seen['refund_version']}")["msg_code"] == "OP_SUCC"
    assert refund.status == RefundStatus.DONE


def test_a_tmall_shop_says_phase_version_and_shows_a_picture(simulator):
    shop = stocked(simulator, "taobao", options={"is_tmall": True})
    refund = refunding.ask(simulator.world, shop.key, shipped(simulator, shop).no)
    url = simulator.gateway("taobao") + "/router/rest"

    def go(files=(), **args):
        form = signed(simulator, shop, "taobao.refund.refuse", refund_id=refund.no, refuse_message="已经发货了", **args)
        parts = [f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in form.items()]
        for name in files:
            head = f'--x\r\nContent-Disposition: form-data; name="{name}"; filename="p.png"\r\nContent-Type: image/png\r\n\r\n'
            parts.append(head.encode() + b"\x89PNG\r\n")
        return ask("POST", url, body=b"".join(parts) + b"--x--\r\n", headers={"Content-Type": "multipart/form-data; boundary=x"}).json

    assert go()["error_response"]["msg"].endswith("refuse_proof")
    assert go(["refuse_proof"])["error_response"]["msg"].endswith("refund_phase")
    wrong = go(["refuse_proof"], refund_phase="onsale", refund_version=1)["error_response"]
    assert wrong["sub_code"] == "isv.refund-version-error"
    version = refund.updated_ms + refund.version
    assert go(["refuse_proof"], refund_phase="onsale", refund_version=version)["refund_refuse_response"]["is_success"]


def test_tokens_are_granted_and_renewed(simulator, shop, call):
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(simulator.url).port)
    asked = urlencode({"client_id": shop.app_key, "response_type": "code", "redirect_uri": "http://127.0.0.1:9/back", "state": "s1"})
    connection.request("GET", f"/taobao/authorize?{asked}")
    back = parse_qs(urlsplit(connection.getresponse().headers["Location"]).query)
    connection.close()
    assert back["state"] == ["s1"]
    app = {"client_id": shop.app_key, "client_secret": shop.app_secret}
    given = {**app, "grant_type": "authorization_code", "code": back["code"][0], "redirect_uri": "http://127.0.0.1:9/back"}
    url = simulator.gateway("taobao") + "/token"
    assert post(url, {**given, "client_secret": "x"}).status == 400
    granted = post(url, given).json
    assert (granted["taobao_user_id"], granted["taobao_user_nick"]) == (shop.number, quote(shop.name))
    assert granted["expires_in"] == 365 * 86_400
    assert post(url, given).json["error"] == "invalid_grant"  # a code works once
    renewed = post(url, {**app, "grant_type": "refresh_token", "refresh_token": granted["refresh_token"]}).json
    assert renewed["access_token"] != granted["access_token"]
    assert call("user.seller.get", fields="nick", session=granted["access_token"])["code"] == 27
    method = call("top.auth.token.refresh", refresh_token=renewed["refresh_token"])
    assert json.loads(method["token_result"])["access_token"] == shop.access_token
    assert "sub_code" in call("top.auth.token.refresh", refresh_token=renewed["refresh_token"])


def test_troubles_in_its_own_words(simulator, shop, control, call):
    for trouble, code, why in (
        ("rate_limited", 7, "accesscontrol.limited-by-api-access-count"),
        ("expired", 27, "invalid-sessionkey"),
        ("system_error", 15, "isp.top-remote-connection-timeout"),
    ):
        control("POST", f"/shops/{shop.key}/strikes", trouble=trouble, call="user.seller")
        answer = call("user.seller.get", fields="nick")
        assert (answer["code"], answer["sub_code"]) == (code, why)


def test_moments_are_of_china():
    assert written(moment_ms("2026-01-02 03:04:05")) == "2026-01-02 03:04:05"
    assert moment_ms("1970-01-01 08:00:00") == 0
    assert moment_ms("2026-1") is None
