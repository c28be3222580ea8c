"""What Pinduoduo is asked, and what its answers become: parameters word by word, errors with the right bit, nothing read as "nothing"."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl

import httpx
import pytest
import time_machine

from danshu.channels.connecting import (
    Basis,
    Grant,
    ListingKey,
    Page,
    RefundAnswer,
    Refusal,
    Shipment,
    ShippedLine,
    ShipResult,
    ShopAccess,
    ShopInfo,
    Span,
    StockUpdate,
    Stream,
)
from danshu.channels.connector_errors import BadAnswer, CredentialsExpired, RateLimited, Refused, TemporaryFailure
from danshu.channels.contract import Receiver
from danshu.channels.tests.pretending import Pretender, load
from danshu.connectors.pdd import CONNECTOR
from danshu.connectors.pdd.signing import sign

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
ORDERS = load(Path(__file__).parents[1] / "payloads" / "orders.json")
REFUNDS = load(Path(__file__).parents[1] / "payloads" / "refunds.json")
OWN = {"client_id": "app-1", "client_secret": "s3cret", "access_token": "token-1", "refresh_token": "again-1"}
SHOP = ShopAccess(7, "pdd", "茶铺", credentials=OWN)
SPAN = Span(NOW - timedelta(minutes=30), NOW)
NO = "261120-418203967150284"


def error(code, message="x", sub=""):
    return {"error_response": {"error_code": code, "error_msg": message, "sub_msg": sub, "sub_code": None, "request_id": "1"}}


@pytest.fixture
def platform(monkeypatch):
    with time_machine.travel(NOW, tick=False):
        yield Pretender(monkeypatch)


def asked(platform, index=-1):
    """The business parameters of a call, after everything that every call has was looked at."""
    request = platform.calls[index]
    form = dict(parse_qsl(request.content.decode(), keep_blank_values=True))
    assert (request.method, request.headers["content-type"]) == ("POST", "application/x-www-form-urlencoded")
    assert form["sign"] == sign(form, "s3cret")
    every = {name: form.pop(name) for name in ("client_id", "timestamp", "data_type", "version", "sign")}
    assert every | {"sign": ""} == {"client_id": "app-1", "timestamp": "1795140000", "data_type": "JSON", "version": "V1", "sign": ""}
    return form


def increment(rows, **more):
    return {"order_sn_increment_get_response": {"order_sn_list": rows} | more}


# --- reading ---


def test_orders_are_listed_by_change_with_a_total_first(platform):
    platform.says(increment([{"order_sn": NO, "updated_at": "2026-11-20 09:31:10"}], total_count=101, has_next=True))
    listed = CONNECTOR.list_page(SHOP, Stream.ORDERS, SPAN, Page(wants_total=True))
    assert [(row.no, row.body, row.modified_at) for row in listed.rows] == [(NO, None, datetime(2026, 11, 20, 1, 31, 10, tzinfo=UTC))]
    assert (listed.total, listed.has_more) == (101, True)
    assert asked(platform) == {
        "type": "pdd.order.number.list.increment.get", "access_token": "token-1", "order_status": "5", "refund_status": "5",
        "is_lucky_flag": "0", "start_updated_at": "1795138200", "end_updated_at": "1795140000", "page": "1", "page_size": "100",
        "use_has_next": "false",
    }  # fmt: skip
    assert str(platform.calls[0].url) == "https://gw-api.pinduoduo.com/api/router"


def test_later_pages_are_asked_for_without_a_total(platform):
    platform.says(increment([], has_next=False))
    listed = CONNECTOR.list_page(SHOP, Stream.ORDERS, SPAN, Page(2))
    assert (listed.rows, listed.total, listed.has_more) == ((), None, False)
    assert (asked(platform)["page"], asked(platform)["use_has_next"]) == ("2", "true")


def test_the_sentinel_counts_by_deal(platform):
    platform.says({"order_list_get_response": {"order_list": [ORDERS["waiting"] | {"pay_amount": 1}], "total_count": 1, "has_next": False}})
    # Decimal is what adapters read, not what a platform writes
    platform.script = [json.loads(json.dumps(platform.script[0], default=float))]
    listed = CONNECTOR.list_page(SHOP, Stream.ORDERS, replace(SPAN, basis=Basis.CREATED), Page(wants_total=True))
    assert ([row.no for row in listed.rows], listed.total) == ([NO], 1)
    params = asked(platform)
    assert (params["type"], params["start_confirm_at"], params["end_confirm_at"]) == ("pdd.order.list.get", "1795138200", "1795140000")


def test_refunds_are_listed_with_their_bodies(platform):
    platform.says({"refund_increment_get_response": {"refund_list": [REFUNDS["asked"]], "total_count": 1}})
    listed = CONNECTOR.list_page(SHOP, Stream.REFUNDS, SPAN, Page())
    assert (listed.rows[0].no, listed.rows[0].body, listed.total, listed.has_more) == ("88130042219", REFUNDS["asked"], 1, False)
    assert asked(platform) == {
        "type": "pdd.refund.list.increment.get", "access_token": "token-1", "after_sales_status": "1", "after_sales_type": "1",
        "start_updated_at": "1795138200", "end_updated_at": "1795140000", "page": "1", "page_size": "100",
    }  # fmt: skip


def test_a_refund_list_of_several_pages_has_more(platform):
    platform.says({"refund_increment_get_response": {"refund_list": [], "total_count": "201"}})
    assert CONNECTOR.list_page(SHOP, Stream.REFUNDS, SPAN, Page(2)).has_more


def test_an_order_is_fetched_exactly_and_an_unknown_one_is_said_to_be(platform):
    platform.says(b'{"order_info_get_response":{"order_info":{"order_sn":"1","pay_amount":0.1}}}', error(21001, "参数错误", "订单不存在"))
    known, unknown = CONNECTOR.fetch(SHOP, Stream.ORDERS, ["1"]) + CONNECTOR.fetch(SHOP, Stream.ORDERS, ["2"])
    assert str(known.body["pay_amount"]) == "0.1"
    assert (unknown.body, unknown.is_unknown) == (None, True)
    assert asked(platform, 0)["type"] == "pdd.order.information.get"
    assert asked(platform, 1)["order_sn"] == "2"


def test_a_refund_cannot_be_fetched_by_its_number_alone(platform):
    found = CONNECTOR.fetch(SHOP, Stream.REFUNDS, ["88130042219"])
    assert (found[0].body, found[0].is_unknown, bool(found[0].message), platform.calls) == (None, False, True, [])


SINGLE = json.loads(json.dumps(REFUNDS["single_query"], default=float))


@pytest.mark.parametrize("said", [SINGLE, {"refund_information_get_response": SINGLE}], ids=["bare", "framed"])
def test_a_refund_is_fetched_by_both_numbers(platform, said):
    platform.says(said)
    found = CONNECTOR.fetch_refund(SHOP, "88130042219", NO)
    assert (found.no, found.body) == ("88130042219", REFUNDS["single_query"])
    assert asked(platform) == {
        "type": "pdd.refund.information.get", "access_token": "token-1", "after_sales_id": "88130042219", "order_sn": NO,
    }  # fmt: skip


def test_a_refund_that_is_not_there_is_said_to_be(platform):
    platform.says(error(21001, "参数错误", "售后单不存在"))
    assert CONNECTOR.fetch_refund(SHOP, "88130042219", NO).is_unknown


@pytest.mark.parametrize("answer", [{}, {"id": 5}, {"refund_information_get_response": None}, {"refund_information_get_response": {}}])
def test_an_answer_about_something_else_is_no_refund(platform, answer):
    platform.says(answer)
    with pytest.raises(BadAnswer):
        CONNECTOR.fetch_refund(SHOP, "88130042219", NO)


# --- what goes wrong ---


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (10019, CredentialsExpired), (20032, CredentialsExpired), (52101, RateLimited), (70031, RateLimited), ("70031", RateLimited),
        (50000, TemporaryFailure), (50001, Refused), (50002, TemporaryFailure), (52001, TemporaryFailure),
        (52002, TemporaryFailure), (52102, TemporaryFailure), (52103, TemporaryFailure), (70033, TemporaryFailure),
        (10000, Refused), (10001, Refused), (10016, Refused), (10017, Refused), (20004, Refused), (20005, Refused), (20031, Refused),
        (20034, Refused), (20035, Refused), (21001, Refused), (21002, Refused), (30000, Refused), (30001, Refused), (52004, Refused),
        (70032, Refused), (70034, Refused), (70035, Refused), (70036, Refused), (99999, Refused),
    ],
)  # fmt: skip
def test_error_envelopes_become_errors_with_the_right_bit(platform, code, kind):
    platform.says(error(code, "公共参数错误:type"))
    with pytest.raises(kind) as failed:
        CONNECTOR.list_page(SHOP, Stream.ORDERS, SPAN, Page())
    assert failed.value.is_passing == (kind in {RateLimited, TemporaryFailure})
    assert "公共参数错误" in str(failed.value)
    assert "拼多多" in str(failed.value)
    assert not any(secret in str(failed.value) for secret in OWN.values())


@pytest.mark.parametrize(
    "answer",
    [
        {}, {"error_response": {}}, {"error_response": None}, {"error_response": {"error_msg": "x"}}, {"other_response": {}},
        {"order_sn_increment_get_response": None}, {"order_sn_increment_get_response": []}, {"order_sn_increment_get_response": {}},
        increment(None, total_count=0), increment({}, total_count=0), increment([], has_next=False), increment([]),
        increment([{"updated_at": ""}], total_count=1), increment([1], total_count=1), increment([], total_count="many"),
        {"order_sn_increment_get_response": {"total_count": 0, "has_next": False}},
        b"<html>", b"", [], b"null", (404, b"not here"), (302, b""), (502, b""), httpx.ReadTimeout("late"),
    ],
)  # fmt: skip
def test_nothing_that_is_no_list_is_read_as_an_empty_one(platform, answer):
    platform.says(answer)
    with pytest.raises((BadAnswer, TemporaryFailure)) as failed:
        CONNECTOR.list_page(SHOP, Stream.ORDERS, SPAN, Page(wants_total=True))
    assert failed.value.is_passing


@pytest.mark.parametrize("no", [False, "false", 0])
def test_an_answer_that_says_no_success_is_a_refusal(platform, no):
    platform.says(increment([], total_count=0, success=no, error_msg="没有权限"))
    with pytest.raises(Refused, match="没有权限"):
        CONNECTOR.list_page(SHOP, Stream.ORDERS, SPAN, Page(wants_total=True))


def test_without_a_token_nothing_is_asked(platform):
    with pytest.raises(CredentialsExpired):
        CONNECTOR.check(replace(SHOP, credentials=OWN | {"access_token": ""}))
    assert platform.calls == []


# --- stock ---

TEA, BOWL, BARE = ListingKey("5120", "1488"), ListingKey("5120", "1489"), ListingKey("5121")
DONE = {"goods_quantity_update_response": {"is_success": True}}


def push(*pairs):
    return [(one.key, one.refusal) for one in CONNECTOR.push_stock(SHOP, [StockUpdate(key, number) for key, number in pairs])]


def test_whole_numbers_are_said_one_by_one(platform):
    platform.says(DONE, DONE)
    assert push((TEA, 5), (BOWL, 0)) == [(TEA, None), (BOWL, None)]
    assert asked(platform, 0) == {
        "type": "pdd.goods.quantity.update", "access_token": "token-1", "goods_id": "5120", "sku_id": "1488", "quantity": "5",
        "update_type": "1",
    }  # fmt: skip
    assert asked(platform, 1)["quantity"] == "0"


def test_one_bad_listing_never_blocks_the_others(platform):
    platform.says(error(21001, "参数错误", "商品不存在"), {"goods_quantity_update_response": {"is_success": False}}, DONE)
    said = push((TEA, 1), (BARE, 3), (BOWL, 2), (TEA, 4))
    assert said == [(TEA, Refusal.UNKNOWN_ITEM), (BARE, Refusal.REJECTED), (BOWL, Refusal.REJECTED), (TEA, None)]
    assert len(platform.calls) == 3


def test_a_business_refusal_blocks_no_other_listing(platform):
    platform.says(error(50001, "业务服务错误", "商品不存在"), error(50001, "业务服务错误", "库存不能小于0"), DONE)
    assert push((TEA, 1), (BOWL, 2), (TEA, 4)) == [(TEA, Refusal.UNKNOWN_ITEM), (BOWL, Refusal.REJECTED), (TEA, None)]


def test_what_passes_later_waits_for_the_next_round(platform):
    platform.says(DONE, error(70031))
    assert push((TEA, 1), (BOWL, 2), (TEA, 3)) == [(TEA, None), (BOWL, Refusal.TEMPORARY), (TEA, Refusal.TEMPORARY)]
    platform.says(error(70031))
    with pytest.raises(RateLimited):
        push((TEA, 1), (BOWL, 2))
    platform.says(DONE, error(10019))
    with pytest.raises(CredentialsExpired):
        push((TEA, 1), (BOWL, 2))


def test_a_stock_answer_without_its_word_is_no_success(platform):
    platform.says({"goods_quantity_update_response": {}})
    with pytest.raises(BadAnswer):
        push((TEA, 1))


def test_numbers_are_read_back_item_by_item(platform):
    platform.says(
        {
            "goods_detail_get_response": {
                "goods_id": 5120,
                "sku_list": [{"sku_id": 1488, "quantity": 5}, {"sku_id": "1490", "quantity": "7"}],
            }
        },
        error(21001, "商品不存在"),
    )
    keys = [TEA, BARE, BOWL, ListingKey("5120", "1490")]
    assert [one.quantity for one in CONNECTOR.read_stock(SHOP, keys)] == [5, None, None, 7]
    assert [asked(platform, index)["goods_id"] for index in (0, 1)] == ["5120", "5121"]


@pytest.mark.parametrize(
    "answer", [{"goods_id": 1}, {"sku_list": None}, {"sku_list": [{"quantity": 1}]}, {"sku_list": [{"sku_id": 1, "quantity": "x"}]}]
)
def test_a_shelf_that_cannot_be_read_is_no_empty_one(platform, answer):
    platform.says({"goods_detail_get_response": answer})
    with pytest.raises(BadAnswer):
        CONNECTOR.read_stock(SHOP, [TEA])


# --- parcels ---

PARCEL = Shipment(NO, "yto", "圆通速递", "YT7712345678901", codes={"pdd_id": "85", "douyin": "yuantong"})
SENT = {"logistics_online_send_response": {"is_success": True}}
PART = (ShippedLine("1", TEA, 1),)


def order_with(number="", courier=0, extra=()):
    rows = [{"logistics_id": one, "tracking_number": no} for one, no in extra]
    return {"order_info_get_response": {"order_info": {"logistics_id": courier, "tracking_number": number, "extra_delivery_list": rows}}}


def test_a_parcel_is_told_with_the_platforms_own_courier_number(platform):
    platform.says(SENT)
    assert CONNECTOR.ship(SHOP, PARCEL) == ShipResult(NO)
    assert asked(platform) == {
        "type": "pdd.logistics.online.send", "access_token": "token-1", "order_sn": NO, "logistics_id": "85",
        "tracking_number": "YT7712345678901", "redelivery_type": "1",
    }  # fmt: skip


def test_another_number_takes_the_place_of_the_first(platform):
    platform.says(SENT)
    CONNECTOR.ship(SHOP, replace(PARCEL, is_change=True, old_waybill_no="YT1"))
    assert asked(platform)["redelivery_type"] == "2"


@pytest.mark.parametrize(
    "said",
    [error(21001, "订单已发货"), error(50001, "业务服务错误", "订单已发货"), {"logistics_online_send_response": {"is_success": "false"}}],
)
def test_what_the_platform_has_already_counts_as_taken(platform, said):
    platform.says(said, order_with("YT7712345678901", 85))
    assert CONNECTOR.ship(SHOP, PARCEL) == ShipResult(NO)


@pytest.mark.parametrize(
    ("said", "found", "refusal"),
    [
        (error(21001, "订单已发货"), order_with("SF1", 44), Refusal.REJECTED),
        (error(21001, "订单正在审核中"), order_with(), Refusal.REJECTED),
        (error(50001, "业务服务错误", "系统繁忙，请稍后再试"), order_with(), Refusal.TEMPORARY),
        (error(50001, "业务服务错误", "订单审核中"), order_with(), Refusal.REJECTED),
        (error(21001, "订单不存在"), error(21001, "订单不存在"), Refusal.REJECTED),
    ],
)
def test_a_refusal_stays_one_when_the_order_has_another_number(platform, said, found, refusal):
    platform.says(said, found)
    result = CONNECTOR.ship(SHOP, PARCEL)
    assert (result.refusal, bool(result.message)) == (refusal, True)


def test_further_parcels_are_added_beside_those_that_are_known(platform):
    platform.says(
        error(21001, "订单已发货"), order_with("SF1", 44, [(115, "75312345678902")]), {"upload_extra_logistics_response": {"success": True}}
    )
    assert CONNECTOR.ship(SHOP, replace(PARCEL, lines=PART, is_last=False)) == ShipResult(NO)
    params = asked(platform)
    assert (params["type"], json.loads(params["extra_track_list"])) == (
        "pdd.order.upload.extra.logistics",
        [{"shipping_id": 115, "tracking_number": "75312345678902"}, {"shipping_id": 85, "tracking_number": "YT7712345678901"}],
    )


def test_a_further_parcel_that_is_refused_says_why(platform):
    platform.says(error(21001, "订单已发货"), order_with("SF1", 44), error(21001, "额外运单太多"))
    result = CONNECTOR.ship(SHOP, replace(PARCEL, lines=PART))
    assert (result.refusal, "额外运单太多" in result.message) == (Refusal.REJECTED, True)


def test_a_courier_that_the_platform_does_not_know_is_refused_here(platform):
    assert CONNECTOR.ship(SHOP, replace(PARCEL, codes={"douyin": "yuantong"})).refusal == Refusal.REJECTED
    assert platform.calls == []


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (error(10019), CredentialsExpired),
        (error(52101), RateLimited),
        (httpx.ConnectError("no"), TemporaryFailure),
        ({"logistics_online_send_response": {}}, BadAnswer),
    ],
)
def test_a_call_that_failed_as_a_whole_says_nothing_of_the_parcel(platform, answer, kind):
    platform.says(answer)
    with pytest.raises(kind):
        CONNECTOR.ship(SHOP, PARCEL)


# --- refunds ---


def answer(name, **more):
    return RefundAnswer("88130042219", NO, **({"agrees": True, "reason": "同意", "body": REFUNDS[name]} | more))


@pytest.mark.parametrize(
    ("name", "kind", "extra"),
    [
        ("asked", "pdd.refund.agree", {}),
        ("return_came_back", "pdd.refund.agree", {}),
        ("return_asked", "pdd.refund.returngoods.agree", {"return_address_id": "33"}),
    ],
)
def test_agreeing_takes_the_call_of_the_kind_and_the_state(platform, name, kind, extra):
    platform.says({"response": {"success": True, "result": {"succ": True, "message": "退款操作成功"}}})
    CONNECTOR.answer_refund(SHOP, answer(name, address_id="33"))
    params = asked(platform)
    assert (params["type"], json.loads(params["request"])) == (
        kind, {"after_sales_id": "88130042219", "order_sn": NO, "operate_desc": "同意"} | extra,
    )  # fmt: skip


@pytest.mark.parametrize(
    "said", [answer("asked", agrees=False), answer("return_asked"), answer("exchange_asked"), answer("done"), answer("asked", body={})]
)
def test_what_no_open_call_does_is_refused_with_the_way_out(platform, said):
    with pytest.raises(Refused):
        CONNECTOR.answer_refund(SHOP, said)
    assert platform.calls == []


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"response": {"success": True, "result": {"succ": False, "message": "售后状态已变"}}}, Refused),
        ({"response": {"success": False, "error_msg": "售后状态已变"}}, Refused),
        ({"response": {"success": True}}, BadAnswer),
        ({"response": {"success": True, "result": {}}}, BadAnswer),
    ],
)
def test_an_answer_that_was_not_taken_is_said(platform, said, kind):
    platform.says(said)
    with pytest.raises(kind):
        CONNECTOR.answer_refund(SHOP, answer("asked"))


# --- receivers ---


def decrypted(body, **failed):
    words = {"receiver_name": (5, "周小宁"), "receiver_phone": (6, "13800000017"), "receiver_address": (8, "青莲路18号2栋")}
    return [
        {"data_tag": NO, "encrypted_data": body[key], "data_type": kind, "decrypted_data": plain, "error_code": failed.get(key, 0)}
        for key, (kind, plain) in words.items()
    ]


PLAIN = Receiver("周小宁", "13800000017", "浙江省", "杭州市", "余杭区", "青莲路18号2栋", merge_key="oa-7f31c2d9")


def test_receivers_are_decrypted_whole_and_aligned(platform):
    body = ORDERS["waiting"]
    platform.says({"open_decrypt_batch_response": {"data_decrypt_list": decrypted(body)}})
    assert CONNECTOR.decrypt(SHOP, [ORDERS["shipped"], body, ORDERS["plain_receiver"]]) == [
        None,
        PLAIN,
        CONNECTOR.order(ORDERS["plain_receiver"]).receiver,
    ]
    params = asked(platform)
    assert json.loads(params["data_list"]) == [
        {"data_tag": NO, "encrypted_data": body[key]} for key in ("receiver_name", "receiver_phone", "receiver_address")
    ]


def test_a_receiver_of_which_a_part_is_not_told_is_not_told(platform):
    platform.says({"open_decrypt_batch_response": {"data_decrypt_list": decrypted(ORDERS["waiting"], receiver_phone=1)}})
    assert CONNECTOR.decrypt(SHOP, [ORDERS["waiting"]]) == [None]


def test_virtual_numbers_come_with_their_extension(platform):
    rows = decrypted(ORDERS["waiting"])
    rows[1] |= {"virtual_number_type": 1, "virtual_identify_number": "7576"}
    platform.says({"open_decrypt_batch_response": {"data_decrypt_list": rows}})
    assert CONNECTOR.decrypt(SHOP, [ORDERS["waiting"]]) == [replace(PLAIN, phone="13800000017-7576")]


def test_a_hundred_cipher_texts_at_a_time(platform):
    platform.says(*[{"open_decrypt_batch_response": {"data_decrypt_list": []}}] * 2)
    found = CONNECTOR.decrypt(SHOP, [ORDERS["waiting"] | {"order_sn": str(no)} for no in range(1, 41)])
    assert found == [None] * 40
    assert [len(json.loads(asked(platform, index)["data_list"])) for index in (0, 1)] == [100, 20]


def test_a_decryption_without_its_list_is_no_answer(platform):
    platform.says({"open_decrypt_batch_response": {}})
    with pytest.raises(BadAnswer):
        CONNECTOR.decrypt(SHOP, [ORDERS["waiting"]])


# --- access ---

GRANTED = {
    "access_token": "token-2", "refresh_token": "again-2", "expires_in": 2592000, "expires_at": 1797732000,
    "refresh_token_expires_in": 5184000, "refresh_token_expires_at": 1800324000, "owner_id": 866896, "owner_name": "茶铺旗舰店",
}  # fmt: skip
GRANT = Grant("token-2", "again-2", NOW + timedelta(days=30), NOW + timedelta(days=60), "866896", "茶铺旗舰店")


def test_a_grant_is_asked_for_on_the_platforms_page():
    url = CONNECTOR.authorize_url(SHOP, redirect="https://oms.example/back?a=1", state="s 1")
    assert url == (
        "https://fuwu.pinduoduo.com/service-market/auth?response_type=code&client_id=app-1"
        "&redirect_uri=https%3A%2F%2Foms.example%2Fback%3Fa%3D1&state=s+1"
    )


def test_a_code_becomes_a_grant_and_a_grant_a_longer_one(platform):
    platform.says({"pop_auth_token_create_response": GRANTED}, {"pop_auth_token_refresh_response": GRANTED})
    assert CONNECTOR.exchange(replace(SHOP, credentials=OWN | {"access_token": ""}), code="c-1", redirect="") == GRANT
    assert CONNECTOR.refresh(SHOP) == GRANT
    assert asked(platform, 0) == {"type": "pdd.pop.auth.token.create", "code": "c-1"}
    assert asked(platform, 1) == {"type": "pdd.pop.auth.token.refresh", "refresh_token": "again-1"}


def test_a_grant_that_tells_moments_only_ends_then(platform):
    told = {name: value for name, value in GRANTED.items() if not name.endswith("_in")}
    platform.says({"pop_auth_token_create_response": told})
    assert CONNECTOR.exchange(SHOP, code="c", redirect="").expires_at == datetime(2026, 12, 20, 2, 0, tzinfo=UTC)


def test_a_grant_without_a_token_is_no_grant(platform):
    platform.says({"pop_auth_token_create_response": GRANTED | {"access_token": ""}})
    with pytest.raises(BadAnswer):
        CONNECTOR.exchange(SHOP, code="c", redirect="")


def test_a_grant_that_the_platform_does_not_prolong_has_ended(platform):
    platform.says(error(50001, "业务服务错误", "refresh_token已过期"))
    with pytest.raises(CredentialsExpired):
        CONNECTOR.refresh(SHOP)
    platform.says(error(20004, "签名sign校验失败"))
    with pytest.raises(Refused):
        CONNECTOR.refresh(SHOP)


def test_what_cannot_be_prolonged_is_said_at_once(platform):
    with pytest.raises(CredentialsExpired):
        CONNECTOR.refresh(replace(SHOP, credentials=OWN | {"refresh_token": ""}))
    assert platform.calls == []


def test_the_check_says_whose_credentials_these_are(platform):
    platform.says({"mall_info_get_response": {"mall_id": 866896, "mall_name": "茶铺旗舰店", "logo": ""}})
    assert CONNECTOR.check(SHOP) == ShopInfo("866896", "茶铺旗舰店")
    assert asked(platform) == {"type": "pdd.mall.info.get", "access_token": "token-1"}


def test_a_gateway_takes_every_address(platform):
    near = replace(SHOP, gateway="http://127.0.0.1:9000")
    platform.says({"mall_info_get_response": {"mall_id": 1, "mall_name": "x"}})
    CONNECTOR.check(near)
    assert str(platform.calls[0].url) == "http://127.0.0.1:9000/api/router"
    assert CONNECTOR.authorize_url(near, redirect="r", state="s").startswith("http://127.0.0.1:9000/service-market/auth?")
