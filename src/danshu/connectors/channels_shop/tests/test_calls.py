"""What is asked of the platform, word by word, and what its answers become."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import time_machine

from danshu.channels.connecting import (
    Basis,
    Fetched,
    Found,
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
from danshu.channels.connector_errors import (
    BadAnswer,
    CredentialsExpired,
    RateLimited,
    Refused,
    TemporaryFailure,
)
from danshu.channels.contract import Receiver
from danshu.connectors.channels_shop import CONNECTOR
from danshu.connectors.channels_shop.tests.conftest import payload

ANSWERS, ORDERS, REFUNDS = payload("answers"), payload("orders"), payload("refunds")
T = datetime(2026, 1, 1, 0, 0, tzinfo=UTC)
SPAN = Span(T, T + timedelta(hours=1, microseconds=5))
LIST, GET = "/channels/ec/order/list/get", "/channels/ec/order/get"
REFUND_LIST, REFUND_GET = "/channels/ec/aftersale/getaftersalelist", "/channels/ec/aftersale/getaftersaleorder"
SEND, CHANGE = "/channels/ec/order/delivery/send", "/channels/ec/order/deliveryinfo/update"
STOCK, STOCKS, SET = "/channels/ec/product/stock/get", "/channels/ec/product/stock/batchget", "/channels/ec/product/stock/update"
CUP, MAT = ListingKey("10000000000011", "2000000011"), ListingKey("10000000000012", "2000000012")


def no(code, said="原因"):
    return {"errcode": code, "errmsg": said}


# --- reading ---


@pytest.mark.parametrize(("basis", "name"), [(Basis.MODIFIED, "update_time_range"), (Basis.CREATED, "create_time_range")])
def test_orders_are_listed_by_a_cursor(shop, platform, basis, name):
    platform.answer(LIST, ANSWERS["order_list"], ANSWERS["order_list_end"])
    span = replace(SPAN, basis=basis)
    assert CONNECTOR.list_page(shop, Stream.ORDERS, span, Page()) == Listed(
        (Found("3700000000000000020"), Found("3700000000000000021")), cursor="K2", has_more=True
    )
    assert CONNECTOR.list_page(shop, Stream.ORDERS, span, Page(number=2, cursor="K2")) == Listed(())
    asked = {name: {"start_time": 1767225600, "end_time": 1767229200}, "page_size": 100}
    assert platform.asked == [("POST", LIST, asked), ("POST", LIST, asked | {"next_key": "K2"})]
    assert platform.last.url.params["access_token"] == "TOKEN-1"
    assert platform.last.url.host == "api.weixin.qq.com"


@pytest.mark.parametrize(("basis", "name"), [(Basis.MODIFIED, "update"), (Basis.CREATED, "create")])
def test_after_sales_are_listed_by_flat_moments(shop, platform, basis, name):
    platform.answer(REFUND_LIST, ANSWERS["aftersale_list"])
    found = CONNECTOR.list_page(shop, Stream.REFUNDS, replace(SPAN, basis=basis), Page(cursor="K"))
    assert found == Listed((Found("2000000000000001"),))
    assert platform.bodies(REFUND_LIST) == [{f"begin_{name}_time": 1767225600, f"end_{name}_time": 1767229200, "next_key": "K"}]


@pytest.mark.parametrize(("stream", "span"), [(Stream.ORDERS, timedelta(days=7)), (Stream.REFUNDS, timedelta(hours=24))])
def test_no_span_is_longer_than_the_platform_allows(shop, platform, stream, span):
    platform.answer(LIST, ANSWERS["order_list_end"])
    platform.answer(REFUND_LIST, ANSWERS["aftersale_list"])
    start = T + timedelta(microseconds=999_999)
    CONNECTOR.list_page(shop, stream, Span(start, start + CONNECTOR.abilities.streams[stream].span), Page())
    _method, _path, body = platform.asked[0]
    moments = sorted(body.get("update_time_range", body).values(), key=str)[:2]
    assert max(moments) - min(moments) <= span.total_seconds()


def test_orders_and_after_sales_are_fetched_one_by_one(shop, platform):
    platform.answer(GET, {"errcode": 0, "order": ORDERS["waiting"]}, no(100002, "订单不存在"), no(606001, "看不了"))
    assert CONNECTOR.fetch(shop, Stream.ORDERS, ["3700000000000000020"]) == [Fetched("3700000000000000020", ORDERS["waiting"])]
    [gone] = CONNECTOR.fetch(shop, Stream.ORDERS, ["1"])
    assert (gone.body, gone.is_unknown) == (None, True)
    [refused] = CONNECTOR.fetch(shop, Stream.ORDERS, ["2"])
    assert (refused.body, refused.is_unknown, "看不了" in refused.message) == (None, False, True)
    assert platform.bodies(GET) == [{"order_id": "3700000000000000020"}, {"order_id": "1"}, {"order_id": "2"}]
    platform.answer(REFUND_GET, {"errcode": 0, "after_sale_order": REFUNDS["asked"]}, no(10021050))
    assert CONNECTOR.fetch(shop, Stream.REFUNDS, ["2000000000000001"]) == [Fetched("2000000000000001", REFUNDS["asked"])]
    assert CONNECTOR.fetch(shop, Stream.REFUNDS, ["3"])[0].is_unknown
    assert platform.bodies(REFUND_GET) == [{"after_sale_order_id": "2000000000000001"}, {"after_sale_order_id": "3"}]


def test_another_order_than_was_asked_for_is_a_bad_answer(shop, platform):
    platform.answer(GET, {"errcode": 0, "order": ORDERS["waiting"]})
    with pytest.raises(BadAnswer):
        CONNECTOR.fetch(shop, Stream.ORDERS, ["3700000000000000021"])


BAD = [
    {},
    {"errcode": 0},
    {"errcode": "x"},
    {"errcode": True},
    {"errcode": None, "order_id_list": []},
    [],
    "success",
    None,
    httpx.Response(200, content=b""),
    httpx.Response(200, content=b"<html>"),
    httpx.Response(200, content=b'{"errcode":0,"order_id_list":[NaN],"has_more":false}'),
    httpx.Response(200, content=b"[" * 100_000),
    httpx.Response(200, content=b"\xff\xfe"),
    httpx.Response(302, headers={"location": "https://elsewhere.example"}),
    httpx.Response(404, content=b"{}"),
]
LISTS = [
    {"errcode": 0, "order_id_list": None, "has_more": False},
    {"errcode": 0, "order_id_list": {}, "has_more": False},
    {"errcode": 0, "order_id_list": [None], "has_more": False},
    {"errcode": 0, "order_id_list": [""], "has_more": False},
    {"errcode": 0, "order_id_list": []},
    {"errcode": 0, "order_id_list": [], "has_more": True},
    {"errcode": 0, "order_id_list": [], "has_more": True, "next_key": 7},
    {"errcode": 0, "has_more": False, "next_key": ""},
]


@pytest.mark.parametrize("answer", [*BAD, *LISTS], ids=str)
def test_garbage_is_never_an_empty_list(shop, platform, answer):
    platform.answer(LIST, answer)
    with pytest.raises(BadAnswer):
        CONNECTOR.list_page(shop, Stream.ORDERS, SPAN, Page())


@pytest.mark.parametrize("answer", BAD, ids=str)
def test_garbage_is_never_an_order_nor_stock(shop, platform, answer):
    for path in (GET, STOCKS):
        platform.answer(path, answer)
    with pytest.raises(BadAnswer):
        CONNECTOR.fetch(shop, Stream.ORDERS, ["1"])
    with pytest.raises(BadAnswer):
        CONNECTOR.read_stock(shop, [CUP])


ERRORS = [
    (no(40001), CredentialsExpired),
    (no(40014), CredentialsExpired),
    (no(42001), CredentialsExpired),
    (no("42001"), CredentialsExpired),
    (no(-1), TemporaryFailure),
    (no(10021044), TemporaryFailure),
    (no(45009), RateLimited),
    (no(45011), RateLimited),
    (no(100003), RateLimited),
    (no(40164), Refused),
    (no(40013), Refused),
    (no(48001), Refused),
    (no(40097), Refused),
    (no(606006), Refused),
    (no(31042), Refused),
    (httpx.Response(403, content=b"forbidden"), Refused),
    (httpx.Response(500), TemporaryFailure),
    (httpx.Response(429), RateLimited),
    (httpx.ConnectError("no route"), TemporaryFailure),
    (httpx.ReadTimeout("slow"), TemporaryFailure),
]


@pytest.mark.parametrize(("answer", "error"), ERRORS, ids=str)
def test_errors_under_200_are_what_they_are(shop, platform, answer, error):
    platform.answer(LIST, answer)
    with pytest.raises(error) as raised:
        CONNECTOR.list_page(shop, Stream.ORDERS, SPAN, Page())
    assert raised.value.is_passing == (error in {TemporaryFailure, RateLimited})
    assert "TOKEN-1" not in str(raised.value)


def test_how_long_to_wait_and_what_to_narrow_is_told(shop, platform):
    platform.answer(LIST, no(45009), no(31042))
    with pytest.raises(RateLimited) as limited:
        CONNECTOR.list_page(shop, Stream.ORDERS, SPAN, Page())
    assert limited.value.wait == 600
    with pytest.raises(Refused) as refused:
        CONNECTOR.list_page(shop, Stream.ORDERS, SPAN, Page())
    assert refused.value.code == "connector.span_too_big"


# --- the connection ---


def test_a_token_is_asked_for_in_the_normal_mode(shop, platform):
    platform.answer("/cgi-bin/stable_token", ANSWERS["token"])
    with time_machine.travel(T, tick=False):
        grant = CONNECTOR.refresh(shop)
    assert (grant.access_token, grant.refresh_token, grant.expires_at) == ("TOKEN-2", "", T + timedelta(seconds=345))
    body = {"grant_type": "client_credential", "appid": "wx0000000000000001", "secret": "SECRET", "force_refresh": False}
    assert platform.asked == [("POST", "/cgi-bin/stable_token", body)]
    assert "access_token" not in platform.last.url.params


@pytest.mark.parametrize(
    "answer", [{"errcode": 0}, {"access_token": "", "expires_in": 7200}, {"access_token": "T"}, {"access_token": 5, "expires_in": 7200}]
)
def test_a_token_that_is_none_is_a_bad_answer(shop, platform, answer):
    platform.answer("/cgi-bin/stable_token", answer)
    with pytest.raises(BadAnswer):
        CONNECTOR.refresh(shop)


def test_a_wrong_secret_waits_for_a_person(shop, platform):
    platform.answer("/cgi-bin/stable_token", no(40125, "invalid appsecret"))
    with pytest.raises(Refused, match="AppSecret"):
        CONNECTOR.refresh(shop)


def test_without_a_token_a_call_asks_for_a_refresh_and_a_check_fetches_one(shop, platform):
    bare = replace(shop, credentials={"app_id": "wx0000000000000001", "app_secret": "SECRET"})
    with pytest.raises(CredentialsExpired):
        CONNECTOR.fetch(bare, Stream.ORDERS, ["1"])
    platform.answer("/cgi-bin/stable_token", ANSWERS["token"])
    platform.answer("/channels/ec/basics/info/get", ANSWERS["shop"])
    assert CONNECTOR.check(bare) == ShopInfo("wx0000000000000001", "青瓷小店")
    assert platform.asked[1] == ("GET", "/channels/ec/basics/info/get", None)
    assert platform.last.url.params["access_token"] == "TOKEN-2"


def test_a_gateway_takes_the_platform_s_place(shop, platform):
    platform.answer(LIST, ANSWERS["order_list_end"])
    CONNECTOR.list_page(replace(shop, gateway="http://127.0.0.1:9100"), Stream.ORDERS, SPAN, Page())
    assert str(platform.last.url) == f"http://127.0.0.1:9100{LIST}?access_token=TOKEN-1"


# --- stock ---


def test_stock_is_set_and_read_back(shop, platform):
    platform.answer(SET, ANSWERS["ok"])
    platform.answer(STOCKS, ANSWERS["stock"])
    assert CONNECTOR.push_stock(shop, [StockUpdate(CUP, 7), StockUpdate(MAT, 0)]) == [PushResult(CUP), PushResult(MAT)]
    assert platform.bodies(SET) == [
        {"product_id": "10000000000011", "sku_id": "2000000011", "diff_type": 3, "num": 7},
        {"product_id": "10000000000012", "sku_id": "2000000012", "diff_type": 3, "num": 0},
    ]
    other = ListingKey("10000000000011", "9")
    assert CONNECTOR.read_stock(shop, [MAT, CUP, other, ListingKey("10000000000012")]) == [
        ShownStock(MAT, 0), ShownStock(CUP, 7), ShownStock(other, None), ShownStock(ListingKey("10000000000012"), 0),
    ]  # fmt: skip
    assert platform.bodies(STOCKS) == [{"product_id": ["10000000000012", "10000000000011"]}]


def test_one_bad_listing_never_blocks_the_others(shop, platform):
    codes = [no(10020052), no(10020112), no(10020217), no(10020054, "库存不足"), no(40097), ANSWERS["ok"]]
    platform.answer(SET, *codes)
    refusals = [one.refusal for one in CONNECTOR.push_stock(shop, [StockUpdate(CUP, n) for n in range(6)])]
    assert refusals == [Refusal.UNKNOWN_ITEM, Refusal.TEMPORARY, Refusal.TEMPORARY, Refusal.REJECTED, Refusal.REJECTED, None]


def test_a_product_that_is_gone_hides_no_other_one(shop, platform):
    platform.answer(STOCKS, no(10020052))
    platform.answer(STOCK, no(10020052), ANSWERS["stock_one"])
    assert CONNECTOR.read_stock(shop, [CUP, MAT]) == [ShownStock(CUP, None), ShownStock(MAT, 5)]
    assert platform.bodies(STOCK)[1] == {"product_id": "10000000000012", "sku_id": "2000000012"}


@pytest.mark.parametrize(
    "answer",
    [{"errcode": 0, "data": {}}, {"errcode": 0, "data": {"spu_stock_list": [{"product_id": 1}]}},
     {"errcode": 0, "data": {"spu_stock_list": [{"product_id": 1, "sku_stock": [{"sku_id": 1}]}]}}],
)  # fmt: skip
def test_stock_without_numbers_is_a_bad_answer(shop, platform, answer):
    platform.answer(STOCKS, answer)
    with pytest.raises(BadAnswer):
        CONNECTOR.read_stock(shop, [CUP])


def test_a_shop_s_own_trouble_fails_the_whole_push(shop, platform):
    platform.answer(SET, no(42001))
    with pytest.raises(CredentialsExpired):
        CONNECTOR.push_stock(shop, [StockUpdate(CUP, 1)])


# --- shipping ---

WHOLE = Shipment("3700000000000000021", "yto", "圆通速递", "YT1000000000002", {"wechat_shop": "YTO"})
LINE = ShippedLine("2000000012", MAT, 1)


def order(name):
    return {"errcode": 0, "order": ORDERS[name]}


def test_a_parcel_with_its_lines_is_told_as_it_is(shop, platform):
    platform.answer(SEND, ANSWERS["ok"])
    assert CONNECTOR.ship(shop, replace(WHOLE, lines=(LINE,))) == ShipResult("3700000000000000021")
    parcel = {
        "delivery_id": "YTO", "waybill_id": "YT1000000000002", "deliver_type": 1,
        "product_infos": [{"product_id": "10000000000012", "sku_id": "2000000012", "product_cnt": 1}],
    }  # fmt: skip
    assert platform.asked == [("POST", SEND, {"order_id": "3700000000000000021", "delivery_list": [parcel]})]


def test_all_of_an_order_is_what_no_parcel_holds_yet_and_an_unlisted_courier_is_other(shop, platform):
    platform.answer(GET, order("part_shipped"))
    platform.answer(SEND, ANSWERS["ok"])
    assert CONNECTOR.ship(shop, replace(WHOLE, codes={})).refusal is None
    [parcel] = platform.bodies(SEND)[0]["delivery_list"]
    assert parcel["delivery_id"] == "OTHER"
    assert parcel["product_infos"] == [{"product_id": "10000000000012", "sku_id": "2000000012", "product_cnt": 1}]


def test_what_was_told_before_is_no_failure(shop, platform):
    platform.answer(GET, order("shipped"))
    platform.answer(SEND, no(101100, "当前订单状态不允许发货"))
    told = replace(WHOLE, platform_no="3700000000000000030", lines=(LINE,))
    assert CONNECTOR.ship(shop, told) == ShipResult("3700000000000000030")
    assert CONNECTOR.ship(shop, replace(told, lines=())) == ShipResult("3700000000000000030")
    assert len(platform.bodies(SEND)) == 1
    refused = CONNECTOR.ship(shop, replace(told, waybill_no="YT9"))
    assert (refused.refusal, "不允许发货" in refused.message) == (Refusal.REJECTED, True)


def test_an_order_that_is_not_there_is_unknown(shop, platform):
    platform.answer(SEND, no(100002))
    assert CONNECTOR.ship(shop, replace(WHOLE, lines=(LINE,))).refusal == Refusal.UNKNOWN_ITEM


def test_a_token_that_ends_while_shipping_is_no_refusal(shop, platform):
    platform.answer(SEND, no(42001))
    with pytest.raises(CredentialsExpired):
        CONNECTOR.ship(shop, replace(WHOLE, lines=(LINE,)))


def test_another_number_for_the_only_parcel(shop, platform):
    platform.answer(GET, order("part_shipped"))
    platform.answer(CHANGE, ANSWERS["ok"])
    changed = replace(WHOLE, is_change=True, old_waybill_no="SF1000000000001")
    assert CONNECTOR.ship(shop, changed) == ShipResult("3700000000000000021")
    contents = [{"product_id": "10000000000011", "sku_id": "2000000011", "product_cnt": 2}]
    new = {"delivery_id": "YTO", "waybill_id": "YT1000000000002", "product_infos": contents, "deliver_type": 1}
    assert platform.bodies(CHANGE) == [{"order_id": "3700000000000000021", "delivery_list": [new]}]


def test_another_number_for_one_of_several_parcels(shop, platform):
    platform.answer(GET, order("shipped"))
    platform.answer(CHANGE, ANSWERS["ok"], no(606041, "修改物流次数已达上限"))
    changed = replace(WHOLE, platform_no="3700000000000000030", waybill_no="YT3", is_change=True, old_waybill_no="SF1000000000001")
    assert CONNECTOR.ship(shop, changed).refusal is None
    contents = [{"product_id": "10000000000011", "sku_id": "2000000011", "product_cnt": 2}]
    old = {"delivery_id": "SF", "waybill_id": "SF1000000000001", "product_infos": contents}
    new = {"delivery_id": "YTO", "waybill_id": "YT3", "product_infos": contents}
    assert platform.bodies(CHANGE) == [{"order_id": "3700000000000000030", "change_infos": [{"old": old, "new": new}]}]
    often = CONNECTOR.ship(shop, changed)
    assert (often.refusal, "上限" in often.message) == (Refusal.REJECTED, True)
    assert CONNECTOR.ship(shop, replace(changed, waybill_no="YT1000000000002")).refusal is None  # it stands there already
    assert CONNECTOR.ship(shop, replace(changed, old_waybill_no="SF9")).refusal == Refusal.REJECTED


# --- after-sales and receivers ---

ACCEPT, REJECT, REASONS = (f"/channels/ec/aftersale/{name}" for name in ("acceptapply", "rejectapply", "rejectreason/get"))


@pytest.mark.parametrize(
    ("name", "change", "address", "asked"),
    [
        ("asked", {}, "", {"after_sale_order_id": "2000000000000001"}),
        ("asked", {"type": "RETURN"}, "77", {"after_sale_order_id": "2000000000000001", "accept_type": 1, "address_id": "77"}),
        ("returned", {}, "77", {"after_sale_order_id": "2000000000000002", "accept_type": 2}),
        ("asked", {"type": "EXCHANGE"}, "77", {"after_sale_order_id": "2000000000000001", "address_id": "77"}),
    ],
)
def test_agreeing(shop, platform, name, change, address, asked):
    platform.answer(ACCEPT, ANSWERS["ok"])
    body = REFUNDS[name] | change
    CONNECTOR.answer_refund(shop, RefundAnswer(body["after_sale_order_id"], body["order_id"], True, address_id=address, body=body))
    assert platform.bodies(ACCEPT) == [asked]


@pytest.mark.parametrize(("reason", "number"), [("包裹已发出", 4), ("包裹在路上了。", 4), ("我不同意", 9)])
def test_refusing_names_the_platform_s_reason(shop, platform, reason, number):
    platform.answer(REASONS, ANSWERS["reject_reasons"])
    platform.answer(REJECT, ANSWERS["ok"])
    CONNECTOR.answer_refund(shop, RefundAnswer("2000000000000001", "3700000000000000030", False, reason, body=REFUNDS["asked"]))
    assert platform.bodies(REJECT) == [{"after_sale_order_id": "2000000000000001", "reject_reason": reason, "reject_reason_type": number}]


def test_exchanged_goods_that_are_back(shop, platform):
    platform.answer(REASONS, {"errcode": 0, "reason_list": []})
    platform.answer("/channels/ec/aftersale/rejectexchangereship", ANSWERS["ok"])
    body = REFUNDS["returned"] | {"type": "EXCHANGE"}
    answer = RefundAnswer("2000000000000002", "3700000000000000030", False, "退回来的是旧的", body=body)
    CONNECTOR.answer_refund(shop, answer)
    assert platform.asked[-1][2] == {"after_sale_order_id": "2000000000000002", "reject_reason": "退回来的是旧的"}
    with pytest.raises(Refused, match="换货"):
        CONNECTOR.answer_refund(shop, replace(answer, agrees=True))


def test_a_no_of_the_platform_is_refused_with_its_reason(shop, platform):
    platform.answer(ACCEPT, no(10021046, "金额不足"))
    with pytest.raises(Refused, match="金额不足"):
        CONNECTOR.answer_refund(shop, RefundAnswer("1", "2", True))


def test_receivers_are_told_one_by_one(shop, platform):
    platform.answer("/channels/ec/order/sensitiveinfo/decode", ANSWERS["receiver"], no(6060443, "额度用完"))
    told, untold, broken = CONNECTOR.decrypt(shop, [ORDERS["waiting"], ORDERS["shipped"], {"order_id": "1"}])
    assert told == Receiver(
        "林小北", "13212345774-1234", "福建省", "福州市", "罗源县", "凤山镇新街8号", merge_key="e258ec6c3333e0acb97d3e0bc875758c"
    )
    assert (untold, broken) == (None, None)
    assert [body for _method, _path, body in platform.asked] == [{"order_id": "3700000000000000020"}, {"order_id": "3700000000000000030"}]


@pytest.mark.parametrize("answer", [{"errcode": 0}, {"errcode": 0, "address_info": {"user_name": []}}])
def test_a_receiver_that_is_none_is_a_bad_answer(shop, platform, answer):
    platform.answer("/channels/ec/order/sensitiveinfo/decode", answer)
    with pytest.raises(BadAnswer):
        CONNECTOR.decrypt(shop, [ORDERS["waiting"]])
