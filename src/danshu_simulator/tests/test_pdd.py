"""Pinduoduo's front, by its published documents."""

import hashlib
import http.client
import json
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from danshu_simulator import ordering, refunding
from danshu_simulator.fronts.pdd import GATEWAY, sign
from danshu_simulator.tests.conftest import ask, buy, stocked
from danshu_simulator.things import RefundKind, RefundStatus

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
EVERYTHING = {"order_status": 5, "refund_status": 5, "is_lucky_flag": 0}


@pytest.fixture
def shop(simulator):
    return stocked(simulator, "pdd")


def signed(simulator, shop, name, **args):
    """Signed as the document says, by other code than the front's."""
    system = {"type": name, "client_id": shop.app_key, "access_token": shop.access_token, "timestamp": simulator.world.now() // 1000}
    told = {key: value if isinstance(value, str) else json.dumps(value, separators=(",", ":")) for key, value in {**system, **args}.items()}
    text = shop.app_secret + "".join(key + told[key] for key in sorted(told)) + shop.app_secret
    return {**told, "sign": told.get("sign", hashlib.md5(text.encode()).hexdigest().upper())}


@pytest.fixture
def call(simulator, shop):
    def go(name, **args):
        body = urlencode(signed(simulator, shop, name, **args)).encode()
        return ask("POST", simulator.gateway("pdd") + GATEWAY, body=body, headers=FORM).json

    return go


def code_of(answer):
    return answer["error_response"]["error_code"]


def increment(simulator, *, back=1800, lag=180, **more):
    end = simulator.world.now() // 1000 - lag
    return {**EVERYTHING, "start_updated_at": end - back, "end_updated_at": end, **more}


def test_the_documents_sample_of_a_signature():
    args = {
        "access_token": "asd78172s8ds9a921j9qqwda12312w1w21211",
        "client_id": "1",
        "data_type": "XML",
        "order_status": "1",
        "page": "1",
        "page_size": "10",
        "timestamp": "1480411125",
        "type": "pdd.order.number.list.get",
    }
    assert sign(args, "testSecret") == "E4DE3ED21002510DED352819E7AE6775"


def test_public_parameters_are_checked(simulator, shop, call):
    assert code_of(call("pdd.mall.info.get", sign="0" * 32)) == 20004
    assert code_of(call("pdd.mall.info.get", access_token="x")) == 10019
    assert code_of(call("pdd.nothing.get")) == 10017
    assert code_of(call("pdd.mall.info.get", client_id="x")) == 10016
    assert code_of(call("pdd.mall.info.get", data_type="XML")) == 10001
    now = simulator.world.now() // 1000
    assert call("pdd.mall.info.get", timestamp=now - 601)["error_response"]["error_msg"] == "公共参数错误:timestamp"
    assert "error_response" not in call("pdd.mall.info.get", timestamp=now - 599)
    other = stocked(simulator, "pdd")
    assert code_of(call("pdd.mall.info.get", access_token=other.access_token)) == 20032
    ordering.expire_token(simulator.world, shop.key)
    assert code_of(call("pdd.mall.info.get")) == 10019
    assert "time" in call("pdd.time.get", access_token="")["time_get_response"]


def test_changes_are_listed_newest_first_in_half_hours_up_to_three_minutes_ago(simulator, shop, call):
    numbers = []
    for _ in range(5):
        numbers.append(buy(simulator, shop, is_paid=True).no)
        simulator.world.advance(2)
    buy(simulator, shop)  # nothing is agreed before it is paid
    simulator.world.advance(200)
    name, key = "order_sn_increment_get_response", "order_sn_list"
    body = call("pdd.order.number.list.increment.get", **increment(simulator, page=1, page_size=2))[name]
    assert (body["total_count"], body["has_next"]) == (5, True)
    assert [row["order_sn"] for row in body[key]] == numbers[:2:-1]
    last = call("pdd.order.number.list.increment.get", **increment(simulator, page=3, page_size=2, use_has_next=True))[name]
    assert [row["order_sn"] for row in last[key]] == numbers[:1]
    assert "total_count" not in last
    assert last["has_next"] is False
    assert code_of(call("pdd.order.number.list.increment.get", **increment(simulator, back=1801))) == 50001
    assert code_of(call("pdd.order.number.list.increment.get", **increment(simulator, lag=170))) == 50001
    assert code_of(call("pdd.order.number.list.increment.get", **increment(simulator, page_size=101))) == 50001
    assert code_of(call("pdd.order.number.list.increment.get", **{**increment(simulator), "order_status": ""})) == 21002


def test_agreed_orders_are_listed_by_day(simulator, shop, call):
    order = buy(simulator, shop, is_paid=True)
    end = simulator.world.now() // 1000 + 1
    span = {"start_confirm_at": end - 86_400, "end_confirm_at": end, **EVERYTHING}
    body = call("pdd.order.list.get", **span)["order_list_get_response"]
    assert [row["order_sn"] for row in body["order_list"]] == [order.no]
    assert "24小时" in call("pdd.order.list.get", **{**span, "start_confirm_at": end - 86_401})["error_response"]["sub_msg"]
    old = {"start_confirm_at": end - 91 * 86_400, "end_confirm_at": end - 90 * 86_400}
    assert code_of(call("pdd.order.list.get", **{**span, **old})) == 50001


def test_amounts_are_yuan_and_people_are_sealed_while_the_order_waits(simulator, shop, call):
    order = ordering.place(
        simulator.world, shop.key, [ordering.Wanted(2, merchant_code="SIM-001-1", discount_fen=150)], is_paid=True, freight_fen=800
    )
    row = call("pdd.order.information.get", order_sn=order.no)["order_info_get_response"]["order_info"]
    assert row["pay_amount"] == order.to_pay_fen / 100
    assert row["goods_amount"] == order.goods_fen / 100
    assert (row["seller_discount"], row["postage"]) == (1.5, 8.0)
    assert (row["order_status"], row["confirm_status"], row["item_list"][0]["goods_count"]) == (1, 1, 2)
    assert row["receiver_phone"].startswith("~AgAAAA")
    wanted = [{"data_tag": order.no, "encrypted_data": row[name]} for name in ("receiver_name", "receiver_phone", "receiver_address")]
    plain = call("pdd.open.decrypt.batch", data_list=wanted)["open_decrypt_batch_response"]["data_decrypt_list"]
    assert [one["data_type"] for one in plain] == [5, 6, 8]
    assert [one["decrypted_data"] for one in plain[:2]] == [order.receiver.name, order.receiver.phone]
    bad = call("pdd.open.decrypt.batch", data_list=[{"data_tag": order.no, "encrypted_data": "~x~0~"}])
    assert bad["open_decrypt_batch_response"]["data_decrypt_list"][0]["error_code"] != 0
    call("pdd.logistics.online.send", order_sn=order.no, logistics_id=44, tracking_number="SF1")
    row = call("pdd.order.information.get", order_sn=order.no)["order_info_get_response"]["order_info"]
    assert (row["receiver_phone"], row["open_address_id"], row["order_status"]) == ("", "", 2)
    assert row["receiver_phone_mask"].startswith("199****")


def test_the_platform_looks_at_an_order_first(simulator, shop, call):
    ordering.change_shop(simulator.world, shop.key, options={"review_minutes": 30})
    order = buy(simulator, shop, is_paid=True)
    row = call("pdd.order.information.get", order_sn=order.no)["order_info_get_response"]["order_info"]
    assert (row["risk_control_status"], row["receiver_name"]) == (1, "")
    assert code_of(call("pdd.logistics.online.send", order_sn=order.no, logistics_id=44, tracking_number="SF1")) == 50001
    before = order.updated_ms
    simulator.world.advance(1801)
    row = call("pdd.order.information.get", order_sn=order.no)["order_info_get_response"]["order_info"]
    assert (row["risk_control_status"], order.updated_ms > before) == (0, True)
    assert row["receiver_name"]


def test_a_parcel_is_told_once_and_its_number_changed(simulator, shop, call):
    order = buy(simulator, shop, is_paid=True)
    parcel = {"order_sn": order.no, "logistics_id": 44, "tracking_number": "SF1"}
    assert code_of(call("pdd.logistics.online.send", **{**parcel, "redelivery_type": 2})) == 50001
    assert code_of(call("pdd.logistics.online.send", **{**parcel, "logistics_id": 9999})) == 50001
    assert call("pdd.logistics.online.send", **parcel)["logistics_online_send_response"]["is_success"] is True
    assert "已发货" in call("pdd.logistics.online.send", **parcel)["error_response"]["sub_msg"]
    assert call("pdd.logistics.online.send", **{**parcel, "tracking_number": "SF2", "redelivery_type": 2})["logistics_online_send_response"]
    assert [one.waybill_no for one in order.parcels] == ["SF2"]
    more = [{"shipping_id": 115, "tracking_number": "ZT3"}]
    assert call("pdd.order.upload.extra.logistics", order_sn=order.no, extra_track_list=more)["upload_extra_logistics_response"]["success"]
    row = call("pdd.order.information.get", order_sn=order.no)["order_info_get_response"]["order_info"]
    assert (row["tracking_number"], row["extra_delivery_list"]) == ("SF2", [{"logistics_id": 115, "tracking_number": "ZT3"}])
    wish = buy(simulator, shop, is_paid=True)
    refunding.ask(simulator.world, shop.key, wish.no)
    assert "售后" in call("pdd.logistics.online.send", **{**parcel, "order_sn": wish.no})["error_response"]["sub_msg"]
    rows = call("pdd.logistics.companies.get")["logistics_companies_get_response"]["logistics_companies"]
    assert {44, 115} <= {row["id"] for row in rows}


def test_stock_is_a_whole_number_of_one_sku(simulator, shop, call):
    item = next(iter(simulator.world.books[shop.key].items.values()))
    sku = item.skus[0]
    update = {"goods_id": item.item_id, "sku_id": sku.sku_id}
    assert call("pdd.goods.quantity.update", **update, quantity=7)["goods_quantity_update_response"]["is_success"]
    assert call("pdd.goods.quantity.update", **update, quantity=-2, update_type=2)["goods_quantity_update_response"]["is_success"]
    assert sku.stock == 5
    assert code_of(call("pdd.goods.quantity.update", **update, quantity=-1)) == 50001
    assert code_of(call("pdd.goods.quantity.update", goods_id=1, sku_id=1, quantity=1)) == 50001
    assert code_of(call("pdd.goods.quantity.update", goods_id=item.item_id, quantity=1)) == 21002
    detail = call("pdd.goods.detail.get", goods_id=item.item_id)["goods_detail_get_response"]
    assert detail["sku_list"][0]["quantity"] == 5
    rows = call("pdd.goods.list.get", outer_id=sku.merchant_code)["goods_list_get_response"]["goods_list"]
    assert [row["sku_list"][0]["sku_quantity"] for row in rows] == [5]


def window(simulator):
    end = simulator.world.now() // 1000 + 1
    return {"after_sales_status": 1, "after_sales_type": 1, "start_updated_at": end - 1800, "end_updated_at": end}


def test_after_sales_are_text_and_can_be_agreed_to(simulator, shop, call):
    order = buy(simulator, shop, is_paid=True)
    ordering.ship(simulator.world, shop.key, order.no, courier="44", waybill_no="1")
    wish = refunding.ask(simulator.world, shop.key, order.no, kind=RefundKind.RETURN)
    (row,) = call("pdd.refund.list.increment.get", **window(simulator))["refund_increment_get_response"]["refund_list"]
    assert (row["id"], row["after_sales_type"], row["after_sales_status"]) == (int(wish.no), 3, 3)
    assert row["refund_amount"] == f"{order.to_pay_fen / 100:.2f}"
    assert row["updated_time"] == str(wish.updated_ms // 1000)
    assert code_of(call("pdd.refund.list.increment.get", **{**window(simulator), "after_sales_status": ""})) == 21002
    request = {"after_sales_id": int(wish.no), "order_sn": order.no, "operate_desc": "请寄回"}
    assert code_of(call("pdd.refund.agree", request=request)) == 50001  # goods first
    assert code_of(call("pdd.refund.returngoods.agree", request=request)) == 50001
    (address,) = call("pdd.refund.address.list.get")["refund_address_list_get_response"]["refund_address_list"]
    agreed = call("pdd.refund.returngoods.agree", request={**request, "return_address_id": str(address["id"])})["response"]
    assert agreed["result"]["success"] is True
    refunding.send_back(simulator.world, shop.key, wish.no, waybill_no="SF9")
    assert call("pdd.refund.agree", request=request)["response"]["result"]["succ"] is True
    assert wish.status == RefundStatus.DONE
    detail = call("pdd.refund.information.get", order_sn=order.no, after_sales_id=int(wish.no))
    assert (detail["after_sales_status"], detail["after_sales_type"], detail["express_no"]) == (10, 2, "SF9")
    info = call("pdd.order.information.get", order_sn=order.no)["order_info_get_response"]["order_info"]
    assert (info["refund_status"], info["after_sales_status"], info["order_status"]) == (4, 10, 2)


def test_an_exchange_ends_with_other_goods(simulator, shop, call):
    order = buy(simulator, shop, is_paid=True)
    ordering.ship(simulator.world, shop.key, order.no, courier="44", waybill_no="1")
    wish = refunding.ask(simulator.world, shop.key, order.no, kind=RefundKind.EXCHANGE)
    request = {"after_sales_id": int(wish.no), "order_sn": order.no, "shipping_id": 44, "shipping_name": "顺丰", "tracking_number": "SF8"}
    assert code_of(call("pdd.refund.exchange.shipping", request=request)) == 50001
    refunding.answer(simulator.world, shop.key, wish.no, agrees=True)
    refunding.send_back(simulator.world, shop.key, wish.no, waybill_no="SF9")
    assert call("pdd.refund.exchange.shipping", request=request)["response"]["result"]["succ"] is True
    assert wish.status == RefundStatus.DONE


def test_tokens_are_granted_and_renewed(simulator, shop, call):
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(simulator.url).port)
    query = {"response_type": "code", "client_id": shop.app_key, "redirect_uri": "http://127.0.0.1:9/back", "state": "s1"}
    connection.request("GET", f"/pdd/service-market/auth?{urlencode(query)}")
    back = parse_qs(urlsplit(connection.getresponse().headers["Location"]).query)
    connection.close()
    old = shop.access_token
    granted = call("pdd.pop.auth.token.create", access_token="", code=back["code"][0])["pop_auth_token_create_response"]
    assert (granted["owner_id"], granted["expires_in"], granted["access_token"] != old) == (shop.number, 86_400, True)
    assert code_of(call("pdd.pop.auth.token.create", access_token="", code=back["code"][0])) == 50001
    renewed = call("pdd.pop.auth.token.refresh", access_token="", refresh_token=granted["refresh_token"])
    assert renewed["pop_auth_token_refresh_response"]["access_token"] != granted["access_token"]
    assert code_of(call("pdd.pop.auth.token.refresh", access_token="", refresh_token=granted["refresh_token"])) == 50001
