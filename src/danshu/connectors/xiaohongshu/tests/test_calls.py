"""What is asked of the platform, word by word, and what its answers become."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import time_machine

from danshu.channels.connecting import (
    Basis,
    Found,
    Grant,
    Listed,
    ListingKey,
    Page,
    PushResult,
    RefundAnswer,
    Refusal,
    Shipment,
    ShippedLine,
    ShipResult,
    ShopInfo,
    ShownStock,
    Span,
    StockUpdate,
    Stream,
)
from danshu.channels.connector_errors import BadAnswer, CredentialsExpired, RateLimited, Refused, TemporaryFailure
from danshu.channels.contract import Receiver
from danshu.connectors.xiaohongshu import CONNECTOR
from danshu.connectors.xiaohongshu.tests.conftest import payload

ANSWERS, ORDERS, REFUNDS = payload("answers"), payload("orders"), payload("refunds")
T = datetime(2026, 1, 1, 0, 0, tzinfo=UTC)
SPAN = Span(T, T + timedelta(minutes=30))
SECONDS = {"startTime": 1767225600, "endTime": 1767227400}
MILLISECONDS = {"startTime": 1767225600000, "endTime": 1767227400000}
LIST, DETAIL, RECEIVERS = "order.getOrderList", "order.getOrderDetail", "order.getOrderReceiverInfo"
REFUND_LIST, REFUND_GET = "afterSale.listAfterSaleInfos", "afterSale.getAfterSaleInfo"
SET, READ = "inventory.syncSkuStock", "inventory.getSkuStock"
SEND, CHANGE = "order.orderDeliver", "order.modifyOrderExpressInfo"
AUDIT, CONFIRM, REASONS = "afterSale.auditReturns", "afterSale.confirmReceive", "afterSale.rejectReasons"
CUP = ListingKey("item000000000000000000001", "sku0000000000000000000011")
MAT = ListingKey("sku0000000000000000000012")


def ok(data):
    return {"success": True, "error_code": 0, "error_msg": "", "data": data}


def no(code, said="原因"):
    return {"success": False, "error_code": code, "error_msg": said}


def detail(name, **change):
    return ok({key: value for key, value in ORDERS[name].items() if key != "receiverInfo"} | change)


# --- the call itself ---


def test_a_call_is_flat_and_signs_who_what_and_when(shop, platform):
    platform.answer(LIST, ANSWERS["orders_none"])
    with time_machine.travel(T, tick=False):
        CONNECTOR.list_page(shop, Stream.ORDERS, SPAN, Page())
    sign = hashlib.md5(b"order.getOrderList?appId=app1&timestamp=1767225600&version=2.0SECRET").hexdigest()
    assert platform.body == {
        "appId": "app1", "timestamp": "1767225600", "version": "2.0", "method": LIST, "sign": sign, "accessToken": "TOKEN-1",
        "timeType": 2, **SECONDS, "pageNo": 1, "pageSize": 100,
    }  # fmt: skip
    assert str(platform.last.url) == "https://ark.xiaohongshu.com/ark/open_api/v3/common_controller"
    assert platform.last.headers["content-type"] == "application/json;charset=utf-8"


def test_a_gateway_takes_the_platform_s_place(shop, platform):
    platform.answer(LIST, ANSWERS["orders_none"])
    there = replace(shop, gateway="http://127.0.0.1:9100")
    CONNECTOR.list_page(there, Stream.ORDERS, SPAN, Page())
    assert str(platform.last.url) == "http://127.0.0.1:9100/ark/open_api/v3/common_controller"
    assert CONNECTOR.authorize_url(there, redirect="https://me.example/back?a=1", state="s/1") == (
        "http://127.0.0.1:9100/ark/authorization?appId=app1&redirectUri=https%3A%2F%2Fme.example%2Fback%3Fa%3D1&state=s%2F1"
    )


# --- reading ---


@pytest.mark.parametrize(("basis", "number"), [(Basis.MODIFIED, 2), (Basis.CREATED, 1)])
def test_orders_are_listed_in_seconds(shop, platform, basis, number):
    platform.answer(LIST, ANSWERS["orders"], ANSWERS["orders_first"], ANSWERS["orders_none"])
    span = replace(SPAN, basis=basis)
    assert CONNECTOR.list_page(shop, Stream.ORDERS, span, Page(2)) == Listed(
        (Found("P700000000000000004", modified_at=T + timedelta(seconds=7200.5)),), total=101
    )
    first = CONNECTOR.list_page(shop, Stream.ORDERS, span, Page(1, wants_total=True))
    assert (first.total, first.has_more, first.rows) == (101, True, (Found("P700000000000000005"),))
    assert CONNECTOR.list_page(shop, Stream.ORDERS, span, Page()) == Listed((), total=0)
    assert platform.bodies(LIST)[0] == {"timeType": number, **SECONDS, "pageNo": 2, "pageSize": 100}


def test_after_sales_are_listed_in_milliseconds_inside_a_second_envelope(shop, platform):
    platform.answer(REFUND_LIST, ANSWERS["refunds"])
    row = Found("R7000000000000001", modified_at=T + timedelta(seconds=500600))
    assert CONNECTOR.list_page(shop, Stream.REFUNDS, SPAN, Page(2)) == Listed((row,), total=250, has_more=True)
    assert not CONNECTOR.list_page(shop, Stream.REFUNDS, SPAN, Page(3)).has_more
    assert platform.bodies(REFUND_LIST)[0] == {"timeType": 2, **MILLISECONDS, "pageNo": 2, "pageSize": 100}


@pytest.mark.parametrize("stream", list(Stream))
def test_no_span_is_longer_than_the_platform_allows_nor_empty(shop, platform, stream):
    platform.answer(LIST, ANSWERS["orders_none"])
    platform.answer(REFUND_LIST, ANSWERS["refunds"])
    start = T + timedelta(microseconds=999_999)
    for length in (CONNECTOR.abilities.streams[stream].span, timedelta(microseconds=1)):
        CONNECTOR.list_page(shop, stream, Span(start, start + length), Page())
        body = platform.asked[-1][1]
        unit = 1 if stream == Stream.ORDERS else 1000
        assert 0 < body["endTime"] - body["startTime"] <= 1800 * unit


def test_an_order_that_waits_brings_its_receiver(shop, platform):
    platform.answer(DETAIL, detail("waiting"))
    platform.answer(RECEIVERS, ok({"receiverInfos": [ORDERS["waiting"]["receiverInfo"]]}))
    [fetched] = CONNECTOR.fetch(shop, Stream.ORDERS, ["P700000000000000004"])
    assert fetched.body == ORDERS["waiting"]
    assert platform.asked == [
        (DETAIL, {"orderId": "P700000000000000004"}),
        (RECEIVERS, {"receiverQueries": [{"orderId": "P700000000000000004", "openAddressId": "addr-1"}], "isReturn": False}),
    ]


def test_other_orders_have_no_receiver_to_tell(shop, platform):
    platform.answer(DETAIL, detail("shipped"))
    assert CONNECTOR.fetch(shop, Stream.ORDERS, ["P700000000000000006"])[0].body == ORDERS["shipped"]
    assert len(platform.asked) == 1


def test_an_address_that_changed_meanwhile_is_asked_for_again(shop, platform):
    platform.answer(DETAIL, detail("waiting", openAddressId="addr-0"), detail("waiting"))
    told = ORDERS["waiting"]["receiverInfo"]
    platform.answer(RECEIVERS, ok({"receiverInfos": [{**told, "matched": False}]}), ok({"receiverInfos": [told]}))
    assert CONNECTOR.fetch(shop, Stream.ORDERS, ["P700000000000000004"])[0].body == ORDERS["waiting"]
    assert [body["receiverQueries"][0]["openAddressId"] for body in platform.bodies(RECEIVERS)] == ["addr-0", "addr-1"]


def test_a_resent_order_asks_for_its_receiver_as_such(shop, platform):
    platform.answer(DETAIL, detail("waiting", orderType=5))
    platform.answer(RECEIVERS, ok({"receiverInfos": [ORDERS["waiting"]["receiverInfo"]]}))
    CONNECTOR.fetch(shop, Stream.ORDERS, ["P700000000000000004"])
    assert platform.bodies(RECEIVERS)[0]["isReturn"] is True


def test_numbers_that_nobody_knows(shop, platform):
    platform.answer(DETAIL, no(-2000101, "包裹不存在"), no(-1, "看不了"))
    assert CONNECTOR.fetch(shop, Stream.ORDERS, ["P1"])[0].is_unknown
    refused = CONNECTOR.fetch(shop, Stream.ORDERS, ["P1"])[0]
    assert (refused.is_unknown, refused.body, "看不了" in refused.message) == (False, None, True)
    platform.answer(REFUND_GET, no(-5, "售后单不存在"))
    assert CONNECTOR.fetch(shop, Stream.REFUNDS, ["R1"])[0].is_unknown


def test_an_after_sale_is_fetched_whole(shop, platform):
    platform.answer(REFUND_GET, ok({"code": 0, "success": True, "data": REFUNDS["asked"]}))
    [fetched] = CONNECTOR.fetch(shop, Stream.REFUNDS, ["R7000000000000001"])
    assert CONNECTOR.refund(fetched.body).amount_fen == 4490
    assert platform.bodies(REFUND_GET) == [{"returnsId": "R7000000000000001", "needNegotiateRecord": False}]


@pytest.mark.parametrize(("stream", "method"), [(Stream.ORDERS, DETAIL), (Stream.REFUNDS, REFUND_GET)])
def test_another_one_than_was_asked_for_is_a_bad_answer(shop, platform, stream, method):
    platform.answer(method, detail("shipped") if stream == Stream.ORDERS else ok(REFUNDS["asked"]))
    with pytest.raises(BadAnswer):
        CONNECTOR.fetch(shop, stream, ["P8"])


BAD = [
    {},
    [],
    None,
    "ok",
    {"success": True},
    {"error_code": 0},
    {"success": "true", "error_code": 0, "data": {"orderList": [], "total": 0}},
    {"success": "false", "error_code": 0},
    {"success": True, "error_code": "x", "data": {}},
    {"success": True, "error_code": False, "data": {}},
    ok(None),
    ok([]),
    ok("ok"),
    ok({"code": "x", "success": True, "data": {}}),
    ok({"code": 0, "success": True}),
    httpx.Response(200, content=b""),
    httpx.Response(200, content=b"<html>"),
    httpx.Response(200, content=b'{"success":true,"error_code":0,"data":{"total":Infinity,"orderList":[]}}'),
    httpx.Response(200, content=b"[" * 100_000),
    httpx.Response(302),
    httpx.Response(404, content=b"{}"),
]
LISTS = [
    ok({}),
    ok({"total": 0}),
    ok({"orderList": []}),
    ok({"total": None, "orderList": []}),
    ok({"total": -1, "orderList": []}),
    ok({"total": 0, "orderList": None}),
    ok({"total": 1, "orderList": [{}]}),
    ok({"total": 1, "orderList": ["P1"]}),
    ok({"total": 1, "orderList": [{"orderId": 5}]}),
]


@pytest.mark.parametrize("answer", [*BAD, *LISTS], ids=str)
def test_garbage_is_never_an_empty_list(shop, platform, answer):
    platform.answer(LIST, answer)
    with pytest.raises(BadAnswer):
        CONNECTOR.list_page(shop, Stream.ORDERS, SPAN, Page())


@pytest.mark.parametrize("answer", [*BAD, ok({"totalCount": 0}), ok({"afterSaleBasicInfos": []})], ids=str)
def test_garbage_is_never_an_empty_list_of_after_sales_nor_stock(shop, platform, answer):
    platform.answer(REFUND_LIST, answer)
    platform.answer(READ, answer)
    with pytest.raises(BadAnswer):
        CONNECTOR.list_page(shop, Stream.REFUNDS, SPAN, Page())
    with pytest.raises(BadAnswer):
        CONNECTOR.read_stock(shop, [CUP])


ERRORS = [
    (no(-9013, "触发Method维度的限流"), RateLimited),
    (no(1, "应用维度限流"), RateLimited),
    (no(401), CredentialsExpired),
    (no(-1, "accessToken已过期"), CredentialsExpired),
    (no(-1, "店铺授权已失效"), CredentialsExpired),
    (no(-1, "系统繁忙，请稍后再试"), TemporaryFailure),
    (no(-2000400, "请求参数错误"), Refused),
    (no(0, "签名错误"), Refused),
    ({"success": False}, Refused),
    ({"success": True, "error_code": 50209, "error_msg": "商品不能这样"}, Refused),
    (ok({"code": 7, "success": False, "msg": "售后不能看"}), Refused),
    (ok({"code": 7, "success": True, "msg": "售后不能看", "data": {}}), Refused),
    (httpx.Response(401), CredentialsExpired),
    (httpx.Response(403), CredentialsExpired),
    (httpx.Response(429), RateLimited),
    (httpx.Response(502), TemporaryFailure),
    (httpx.ConnectTimeout("slow"), TemporaryFailure),
]


@pytest.mark.parametrize(("answer", "error"), ERRORS, ids=str)
def test_errors_under_200_are_what_they_are(shop, platform, answer, error):
    platform.answer(LIST, answer)
    with pytest.raises(error) as raised:
        CONNECTOR.list_page(shop, Stream.ORDERS, SPAN, Page())
    assert raised.value.is_passing == (error in {TemporaryFailure, RateLimited})
    assert "SECRET" not in str(raised.value)


# --- the connection ---

GRANT = Grant("token-2", "refresh-2", T + timedelta(days=7), T + timedelta(days=14), "seller1", "青瓷小店")


def test_a_code_and_a_refresh_token_become_a_grant(shop, platform):
    bare = replace(shop, credentials={"app_id": "app1", "app_secret": "SECRET"})
    platform.answer("oauth.getAccessToken", ANSWERS["token"])
    platform.answer("oauth.refreshToken", ANSWERS["token"])
    assert CONNECTOR.exchange(bare, code="CODE", redirect="https://me.example/back") == GRANT
    assert "accessToken" not in platform.body
    assert CONNECTOR.refresh(shop) == GRANT
    assert "accessToken" not in platform.body
    assert platform.asked == [("oauth.getAccessToken", {"code": "CODE"}), ("oauth.refreshToken", {"refreshToken": "REFRESH-1"})]


def test_a_refusal_to_refresh_is_a_matter_for_a_person(shop, platform):
    platform.answer("oauth.refreshToken", no(-1, "refreshToken不对"))
    with pytest.raises(CredentialsExpired):
        CONNECTOR.refresh(shop)
    with pytest.raises(CredentialsExpired):
        CONNECTOR.refresh(replace(shop, credentials={}))
    with pytest.raises(CredentialsExpired):
        CONNECTOR.fetch(replace(shop, credentials={}), Stream.ORDERS, ["P1"])


@pytest.mark.parametrize("missing", ["accessToken", "refreshToken", "accessTokenExpiresAt", "refreshTokenExpiresAt"])
def test_half_a_grant_is_a_bad_answer(shop, platform, missing):
    platform.answer("oauth.refreshToken", ok({k: v for k, v in ANSWERS["token"]["data"].items() if k != missing}))
    with pytest.raises(BadAnswer):
        CONNECTOR.refresh(shop)


def test_a_check_reads_a_minute_of_orders(shop, platform):
    platform.answer(LIST, ANSWERS["orders_none"])
    assert CONNECTOR.check(shop) == ShopInfo("seller1")
    [asked] = platform.bodies(LIST)
    assert asked["endTime"] - asked["startTime"] == 60


# --- stock ---


def test_stock_that_nothing_holds_is_set_at_once(shop, platform):
    platform.answer(SET, ANSWERS["stock_all"])
    assert CONNECTOR.push_stock(shop, [StockUpdate(CUP, 7)]) == [PushResult(CUP)]
    assert platform.asked == [(SET, {"skuId": "sku0000000000000000000011", "qty": 7})]


def test_what_waits_for_payment_is_put_on_top(shop, platform):
    platform.answer(SET, ANSWERS["stock_held"], ANSWERS["stock_after"])
    assert CONNECTOR.push_stock(shop, [StockUpdate(CUP, 7)]) == [PushResult(CUP)]
    assert [body["qty"] for body in platform.bodies(SET)] == [7, 10]


def test_one_bad_listing_never_blocks_the_others(shop, platform):
    inside = ok({"response": {"success": False, "code": -1, "message": "多仓商品不支持"}})
    platform.answer(SET, no(-1, "sku不存在"), no(-2, "不可以"), inside, ANSWERS["stock_held"], ANSWERS["stock_held"], ANSWERS["stock_all"])
    results = CONNECTOR.push_stock(shop, [StockUpdate(CUP, 7)] * 5)
    assert [one.refusal for one in results] == [Refusal.UNKNOWN_ITEM, Refusal.REJECTED, Refusal.REJECTED, Refusal.TEMPORARY, None]
    assert "多仓" in results[2].message


def test_a_shop_s_own_trouble_fails_the_whole_push(shop, platform):
    platform.answer(SET, no(401))
    with pytest.raises(CredentialsExpired):
        CONNECTOR.push_stock(shop, [StockUpdate(CUP, 7)])


def test_what_buyers_see_is_read_back(shop, platform):
    platform.answer(READ, ANSWERS["stock_held"], no(-1, "sku不存在"), no(-1, "看不了"))
    assert CONNECTOR.read_stock(shop, [CUP, MAT, CUP]) == [ShownStock(CUP, 4), ShownStock(MAT, None), ShownStock(CUP, None)]
    assert platform.bodies(READ)[:2] == [{"skuId": "sku0000000000000000000011"}, {"skuId": "sku0000000000000000000012"}]
    with pytest.raises(Refused, match="看不了"):
        CONNECTOR.read_stock(shop, [CUP])


# --- shipping ---

WHOLE = Shipment("P700000000000000004", "yto", "圆通速递", "YT1000000000002", {"xiaohongshu": "yuantong"})
SAID = {
    "orderId": "P700000000000000004", "expressNo": "YT1000000000002", "expressCompanyCode": "yuantong", "expressCompanyName": "圆通速递",
}  # fmt: skip


def test_a_whole_order_and_a_part(shop, platform):
    platform.answer(SEND, ANSWERS["ok"])
    assert CONNECTOR.ship(shop, WHOLE) == ShipResult("P700000000000000004")
    lines = (ShippedLine("1", CUP, 2), ShippedLine("2", MAT, 1), ShippedLine("3", CUP, 1))
    CONNECTOR.ship(shop, replace(WHOLE, lines=lines))
    parts = {"unpack": True, "skuIdList": ["sku0000000000000000000011", "sku0000000000000000000012"]}
    assert platform.bodies(SEND) == [SAID, SAID | parts]


def test_another_number(shop, platform):
    platform.answer(CHANGE, ANSWERS["ok"])
    CONNECTOR.ship(shop, replace(WHOLE, is_change=True, old_waybill_no="SF1"))
    assert platform.bodies(CHANGE) == [SAID | {"oldExpressNo": "SF1"}]


def test_what_was_told_before_is_no_failure(shop, platform):
    platform.answer(SEND, no(-1, "订单状态不能发货"))
    platform.answer(DETAIL, detail("shipped"), detail("part_shipped"), no(-1, "看不了"))
    told = replace(WHOLE, platform_no="P700000000000000006")
    assert CONNECTOR.ship(shop, told) == ShipResult("P700000000000000006")
    assert CONNECTOR.ship(shop, replace(told, waybill_no="SF1000000000001")) == ShipResult("P700000000000000006")
    refused = CONNECTOR.ship(shop, told)
    assert (refused.refusal, "不能发货" in refused.message) == (Refusal.REJECTED, True)


def test_parcels_that_cannot_be_told(shop, platform):
    assert CONNECTOR.ship(shop, replace(WHOLE, codes={})).refusal == Refusal.REJECTED
    assert platform.asked == []
    platform.answer(SEND, no(-2000101, "包裹不存在"), no(401))
    assert CONNECTOR.ship(shop, WHOLE).refusal == Refusal.UNKNOWN_ITEM
    with pytest.raises(CredentialsExpired):
        CONNECTOR.ship(shop, WHOLE)


# --- after-sales ---


def say(shop, agrees, reason="", address="", **info):
    body = {"afterSaleInfo": REFUNDS["asked"]["afterSaleInfo"] | info}
    CONNECTOR.answer_refund(shop, RefundAnswer("R7000000000000001", "P700000000000000006", agrees, reason, address, body))


@pytest.mark.parametrize(
    ("info", "method", "asked"),
    [
        ({"returnType": 4}, AUDIT, {"action": 1}),
        ({"returnType": 5}, AUDIT, {"action": 1}),
        ({"returnType": 1}, AUDIT, {"action": 2, "receiverInfo": {"sellerAddressRecordId": 105380}}),
        ({"returnType": 2}, AUDIT, {"action": 2, "receiverInfo": {"sellerAddressRecordId": 105380}}),
        ({"returnType": 1, "status": 3}, CONFIRM, {"action": 1}),
    ],
)
def test_agreeing(shop, platform, info, method, asked):
    platform.answer(method, ok("审核成功"))
    say(shop, True, address="105380", **info)
    assert platform.asked == [(method, {"returnsId": "R7000000000000001", **asked})]


@pytest.mark.parametrize(
    ("reason", "number", "status", "method", "kind", "action"),
    [("商品没有问题", 31, 1, AUDIT, 1, 3), ("我不同意", 39, 1, AUDIT, 1, 3), ("商品没有问题", 31, 3, CONFIRM, 2, 2)],
)
def test_refusing_names_the_platform_s_reason(shop, platform, reason, number, status, method, kind, action):
    platform.answer(REASONS, ANSWERS["reject_reasons"])
    platform.answer(method, ok("ok"))
    say(shop, False, reason, returnType=1, status=status)
    assert platform.asked == [
        (REASONS, {"returnsId": "R7000000000000001", "rejectReasonType": kind}),
        (method, {"returnsId": "R7000000000000001", "action": action, "reason": number, "description": reason}),
    ]


def test_what_the_platform_does_not_take_is_said_before(shop, platform):
    with pytest.raises(Refused, match="地址"):
        say(shop, True, returnType=1)
    with pytest.raises(Refused, match="换货"):
        say(shop, True, returnType=2, status=3)
    with pytest.raises(Refused, match="发出去"):
        say(shop, False, returnType=5)
    platform.answer(REASONS, ok([{"reasonId": 1, "reasonName": "货没坏"}]))
    with pytest.raises(Refused, match="货没坏"):
        say(shop, False, "不")
    platform.answer(AUDIT, no(-1, "状态不对"))
    with pytest.raises(Refused, match="状态不对"):
        say(shop, True)


# --- receivers ---


def test_receivers_are_decrypted_whole_or_not_at_all(shop, platform):
    told = ORDERS["waiting"]["receiverInfo"]
    names = {told["receiverName"]: "王小二", told["receiverPhone"]: "13800000000", told["receiverAddress"]: "元和街道人民路1号"}
    found = [
        {"dataTag": "P700000000000000004", "encryptedData": cipher, "decryptedData": value, "errorCode": 0}
        for cipher, value in names.items()
    ]
    platform.answer("data.batchDecrypt", ok({"dataInfoList": found}), ok({"dataInfoList": found[:2]}), no(-2000701, "触发解密限额"))
    bodies = [ORDERS["waiting"], ORDERS["waiting_plain"], ORDERS["shipped"], {"receiverInfo": 5}]
    receiver = Receiver("王小二", "13800000000", "江苏省", "苏州市", "相城区", "元和街道人民路1号", merge_key="addr-1")
    assert CONNECTOR.decrypt(shop, bodies) == [receiver, receiver, None, None]
    assert platform.asked == [
        (
            "data.batchDecrypt",
            {
                "baseInfos": [{"dataTag": "P700000000000000004", "encryptedData": cipher} for cipher in names],
                "actionType": "1",
                "appUserId": "9",
            },
        )
    ]
    assert CONNECTOR.decrypt(shop, [ORDERS["waiting"]]) == [None]
    assert CONNECTOR.decrypt(shop, [ORDERS["waiting"]]) == [None]


def test_a_virtual_number_is_the_one_to_dial(shop, platform):
    told = ORDERS["waiting"]["receiverInfo"]
    values = [
        {"encryptedData": told["receiverName"], "decryptedData": "王小二"},
        {"encryptedData": told["receiverPhone"], "virtualNumber": "18000000000-9999", "virtualNumberFlag": True},
        {"encryptedData": told["receiverAddress"], "decryptedData": "人民路1号"},
    ]
    platform.answer("data.batchDecrypt", ok({"dataInfoList": [{"dataTag": "P700000000000000004", **one} for one in values]}))
    assert CONNECTOR.decrypt(shop, [ORDERS["waiting"]])[0].phone == "18000000000-9999"


def test_many_orders_are_decrypted_a_hundred_fields_at_a_time(shop, platform):
    platform.answer("data.batchDecrypt", ok({"dataInfoList": []}))
    assert CONNECTOR.decrypt(shop, [ORDERS["waiting"]] * 40) == [None] * 40
    assert [len(body["baseInfos"]) for body in platform.bodies("data.batchDecrypt")] == [99, 21]
