"""Every call: what is asked, what is made of the answer, and what of errors. `Platform` checks each signature."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import stamina
import time_machine

from danshu.channels.connecting import (
    Basis,
    ListingKey,
    Page,
    PushResult,
    Refusal,
    Shipment,
    ShippedLine,
    ShipResult,
    ShownStock,
    Span,
    StockUpdate,
    Stream,
)  # fmt: skip
from danshu.channels.connector_errors import BadAnswer, CredentialsExpired, RateLimited, Refused, TemporaryFailure
from danshu.channels.contract import Receiver
from danshu.connectors.kuaishou.tests.platform import ANSWERS, SHOP, Platform, payloads

pytestmark = pytest.mark.django_db
HOST = "https://openapi.kwaixiaodian.com"
SPAN = Span(datetime(2026, 11, 29, 9, tzinfo=UTC), datetime(2026, 11, 29, 10, tzinfo=UTC))
SKU, OTHER = ListingKey("21122311903819", "158419190357914"), ListingKey("21122311903819", "158419190357915")
PARCEL = Shipment("2607602240240201", "sf", "顺丰速运", "SF1400000000001", {"kuaishou_id": "4"})


@pytest.fixture(autouse=True)
def _soon():
    with stamina.set_testing(True, attempts=2):
        yield


# --- reading ---------------------------------------------------------------------------------------------------------------


def test_orders_are_read_by_cursor_until_nomore():
    platform = Platform(ANSWERS["orders"], ANSWERS["orders_last"])
    first = platform.connector.list_page(SHOP, Stream.ORDERS, SPAN, Page())
    assert [(row.no, row.body is None, row.modified_at) for row in first.rows] == [
        ("2607602240240201", False, datetime(2026, 11, 29, 9, 51, 40, tzinfo=UTC)),
        ("2607602240240208", True, datetime(2026, 11, 29, 9, 51, 40, tzinfo=UTC)),  # its gift is named by number only
    ]
    assert (first.cursor, first.has_more) == ("1795945900000_2607602240240201", True)
    last = platform.connector.list_page(SHOP, Stream.ORDERS, SPAN, Page(2, first.cursor))
    assert ([row.no for row in last.rows], last.cursor, last.has_more) == (["2607602240240301"], "", False)
    assert platform.said[0][:2] == ("GET", f"{HOST}/open/order/cursor/list")
    assert platform.param(0) == {
        "beginTime": 1795942800000, "endTime": 1795946400000, "pageSize": 50, "queryType": 2, "sort": 2, "orderViewStatus": 1, "cpsType": 0,
        "cursor": "",
    }  # fmt: skip
    assert platform.param(1)["cursor"] == first.cursor


def test_orders_are_read_by_creation_too():
    platform = Platform(ANSWERS["orders_none"])
    listed = platform.connector.list_page(SHOP, Stream.ORDERS, replace(SPAN, basis=Basis.CREATED), Page())
    assert (listed.rows, listed.has_more, platform.param()["queryType"]) == ((), False, 1)


def test_refunds_need_cursor_and_page_number():
    platform = Platform(ANSWERS["refunds"], ANSWERS["refunds_last"])
    first = platform.connector.list_page(SHOP, Stream.REFUNDS, SPAN, Page())
    last = platform.connector.list_page(SHOP, Stream.REFUNDS, SPAN, Page(2, first.cursor))
    assert ([row.no for row in first.rows], first.has_more, [row.no for row in last.rows], last.has_more) == (
        ["31002607602010"], True, ["31002607602060"], False,
    )  # fmt: skip
    assert platform.methods() == ["open.seller.order.refund.pcursor.list"] * 2
    assert [(platform.param(i)["currentPage"], platform.param(i)["pcursor"], platform.param(i)["type"]) for i in (0, 1)] == [
        (1, "", 9), (2, "MjA=", 9),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "answer",
    [
        b"", b"<html>502</html>", b"[]", b"null", b'"nomore"', b"{", b"\xff\xfe", b"[" * 5000,
        {"data": {"cursor": "nomore", "orderList": []}},
        {"result": 1}, {"result": 1, "data": None}, {"result": 1, "data": []}, {"result": 1, "data": {}},
        {"result": 1, "data": {"cursor": "nomore"}},
        {"result": 1, "data": {"cursor": "nomore", "orderList": None}},
        {"result": 1, "data": {"cursor": "nomore", "orderList": {}}},
        {"result": 1, "data": {"orderList": []}},
        {"result": 1, "data": {"cursor": "", "orderList": []}},
        {"result": 1, "data": {"cursor": None, "orderList": []}},
        {"result": 1, "data": {"cursor": "here", "orderList": []}},  # the page names itself
        {"result": 1, "data": {"cursor": "nomore", "orderList": [None]}},
        {"result": 1, "data": {"cursor": "nomore", "orderList": [{}]}},
        {"result": 1, "data": {"cursor": "nomore", "orderList": [{"orderBaseInfo": {"oid": 0}}]}},
        {"result": 1, "data": {"cursor": "nomore", "orderList": [{"orderBaseInfo": []}]}},
    ],
)  # fmt: skip
def test_what_is_not_the_documented_list_is_an_error_and_never_no_orders(answer):
    with pytest.raises(BadAnswer):
        Platform(answer).connector.list_page(SHOP, Stream.ORDERS, SPAN, Page(2, "here"))


def test_a_flaw_inside_one_order_leaves_the_page_alone():
    broken = {"orderBaseInfo": {"oid": 5, "updateTime": "gestern"}, "subOrderInfo": 7}
    listed = Platform({"result": 1, "data": {"cursor": "nomore", "orderList": [broken]}}).connector.list_page(
        SHOP, Stream.ORDERS, SPAN, Page()
    )
    assert [(row.no, row.body, row.modified_at) for row in listed.rows] == [("5", broken, None)]


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("revoked", CredentialsExpired), ("sub_account_gone", CredentialsExpired), ("token_expired", CredentialsExpired),
        ("no_token", CredentialsExpired), ("renewal_used", CredentialsExpired), ("no_scope", Refused), ("sign_wrong", Refused),
        ("range_wrong", Refused), ("bad_code", Refused), ("quota_app", RateLimited), ("quota_qps", RateLimited),
        ("quota_code", RateLimited),
        ("grant_server_error", TemporaryFailure), ("system_busy", TemporaryFailure),
    ],
)  # fmt: skip
def test_errors_under_http_200(name, error):
    with pytest.raises(error) as raised:
        Platform(ANSWERS[name]).connector.list_page(SHOP, Stream.ORDERS, SPAN, Page())
    assert type(raised.value) is error
    assert raised.value.is_passing == (error in {RateLimited, TemporaryFailure})
    assert "sign-secret" not in raised.value.message
    assert "token-1" not in raised.value.message


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(500), TemporaryFailure), (httpx.Response(520), TemporaryFailure), (httpx.Response(429), RateLimited),
        (httpx.Response(403, text="forbidden"), Refused), (httpx.ConnectError("no way"), TemporaryFailure),
        (httpx.ReadTimeout("late"), TemporaryFailure),
    ],
)  # fmt: skip
def test_errors_of_the_way_there(answer, error):
    with pytest.raises(error):
        Platform(answer, answer).connector.list_page(SHOP, Stream.ORDERS, SPAN, Page())


def test_a_shop_without_access_asks_nothing():
    platform = Platform()
    with pytest.raises(CredentialsExpired):
        platform.connector.check(replace(SHOP, credentials={"app_key": "ks1"}))
    assert platform.said == []


def test_bodies_come_by_number():
    order, refund = payloads("orders")["paid"], payloads("refunds")["10"]
    platform = Platform({"result": 1, "data": order}, {"result": 1, "data": refund}, ANSWERS["not_yours"], ANSWERS["refund_unknown"])
    ask = platform.connector.fetch
    assert ask(SHOP, Stream.ORDERS, ["2607602240240201"])[0].body == order
    assert ask(SHOP, Stream.REFUNDS, ["31002607602010"])[0].body == refund
    unknown = [*ask(SHOP, Stream.ORDERS, ["5"]), *ask(SHOP, Stream.REFUNDS, ["6"]), *ask(SHOP, Stream.ORDERS, ["X-1"])]
    assert [(one.no, one.body, one.is_unknown) for one in unknown] == [("5", None, True), ("6", None, True), ("X-1", None, True)]
    assert platform.methods() == ["open.order.detail", "open.seller.order.refund.detail"] * 2
    assert [platform.param(0), platform.param(1)] == [{"oid": 2607602240240201}, {"refundId": 31002607602010}]


def test_another_order_than_the_asked_one_is_an_error():
    with pytest.raises(BadAnswer):
        Platform({"result": 1, "data": payloads("orders")["paid"]}).connector.fetch(SHOP, Stream.ORDERS, ["7"])


def test_a_check_names_the_shop():
    platform = Platform(ANSWERS["seller"], {"result": 1, "data": {"name": "无号"}})
    info = platform.connector.check(SHOP)
    assert (info.platform_shop_id, info.name, platform.methods()) == ("f18759ac87a2", "青竹小店", ["open.user.seller.get"])
    with pytest.raises(BadAnswer):
        platform.connector.check(SHOP)


def test_a_gateway_stands_in_for_the_platform():
    platform = Platform(ANSWERS["seller"])
    there = replace(SHOP, gateway="http://127.0.0.1:9/ks")
    platform.connector.check(there)
    assert platform.said[0][1] == "http://127.0.0.1:9/ks/open/user/seller/get"
    assert platform.connector.authorize_url(there, redirect="https://x.test/back", state="s").startswith(
        "http://127.0.0.1:9/ks/oauth/authorize?"
    )


# --- access ----------------------------------------------------------------------------------------------------------------


def test_the_page_of_consent_asks_for_what_we_use():
    assert Platform().connector.authorize_url(SHOP, redirect="https://danshu.test/back", state="s 1") == (
        "https://open.kwaixiaodian.com/oauth/authorize?app_id=ks0000000000000001&redirect_uri=https%3A%2F%2Fdanshu.test%2Fback"
        "&scope=merchant_order%2Cmerchant_refund%2Cmerchant_item%2Cmerchant_logistics%2Cmerchant_user&response_type=code&state=s+1"
    )


@time_machine.travel(datetime(2026, 11, 29, 12, tzinfo=UTC), tick=False)
def test_a_code_becomes_a_grant_and_a_grant_is_renewed():
    platform = Platform(ANSWERS["token"], {**ANSWERS["token"], "open_id": None, "refresh_token_expires_in": "86400"})
    grant = platform.connector.exchange(SHOP, code="C1", redirect="https://danshu.test/back")
    assert (grant.access_token, grant.refresh_token, grant.platform_shop_id) == ("token-2", "renew-2", "f18759ac87a2")
    assert (grant.expires_at, grant.refresh_expires_at) == (datetime(2026, 12, 1, 12, tzinfo=UTC), datetime(2027, 5, 28, 12, tzinfo=UTC))
    renewed = platform.connector.refresh(SHOP)
    assert (renewed.refresh_token, renewed.platform_shop_id) == ("renew-2", "f18759ac87a2")
    assert renewed.refresh_expires_at == datetime(2026, 11, 30, 12, tzinfo=UTC)
    assert platform.said == [
        (
            "GET",
            f"{HOST}/oauth2/access_token",
            {"app_id": "ks0000000000000001", "app_secret": "app-secret", "grant_type": "code", "code": "C1"},
        ),
        (
            "POST",
            f"{HOST}/oauth2/refresh_token",
            {"app_id": "ks0000000000000001", "app_secret": "app-secret", "grant_type": "refresh_token", "refresh_token": "renew-1"},
        ),
    ]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (ANSWERS["renewal_used"], CredentialsExpired), (ANSWERS["bad_code"], Refused), (ANSWERS["grant_server_error"], TemporaryFailure),
        ({"result": 1}, BadAnswer), ({"result": 1, "access_token": "t"}, BadAnswer),
        ({"result": 1, "access_token": 5, "refresh_token": "r"}, BadAnswer),
        ({"result": 1, "access_token": "t", "refresh_token": "r", "expires_in": "soon"}, BadAnswer), (b"oops", BadAnswer),
    ],
)  # fmt: skip
def test_a_grant_that_did_not_come(answer, error):
    with pytest.raises(error):
        Platform(answer).connector.refresh(SHOP)


def test_a_lost_renewal_is_not_repeated():
    """The first may have counted: then the old token is dead, and only a person can help."""
    platform = Platform(httpx.ReadTimeout("late"))
    with pytest.raises(TemporaryFailure):
        platform.connector.refresh(SHOP)
    assert len(platform.said) == 1


# --- stock -----------------------------------------------------------------------------------------------------------------


def push(platform, *pairs):
    return platform.connector.push_stock(SHOP, [StockUpdate(key, number) for key, number in pairs])


def test_a_whole_number_is_said_as_a_difference():
    platform = Platform(ANSWERS["skus"], ANSWERS["done"], ANSWERS["done"])
    assert push(platform, (SKU, 7), (OTHER, 3)) == [PushResult(SKU), PushResult(OTHER)]
    assert platform.methods() == ["open.item.sku.list.get", "open.item.sku.stock.update", "open.item.sku.stock.update"]
    assert [platform.param(1), platform.param(2)] == [
        {"kwaiItemId": 21122311903819, "skuId": 158419190357914, "changeType": 2, "skuChangeStock": 3},
        {"kwaiItemId": 21122311903819, "skuId": 158419190357915, "changeType": 1, "skuChangeStock": 3},
    ]
    assert platform.said[1][0] == "POST"


def test_the_number_that_is_shown_already_is_not_said_again():
    platform = Platform(ANSWERS["skus"])
    assert push(platform, (SKU, 10)) == [PushResult(SKU)]
    assert platform.methods() == ["open.item.sku.list.get"]


def test_one_bad_listing_never_blocks_the_others():
    platform = Platform(ANSWERS["not_yours"], ANSWERS["skus"], ANSWERS["stock_reserved"], ANSWERS["done"])
    gone, never, words = ListingKey("5", "6"), ListingKey("21122311903819", "1"), ListingKey("item", "1")
    results = push(platform, (gone, 1), (SKU, 1), (never, 1), (OTHER, 2), (SKU, -1), (words, 1))
    assert [one.refusal for one in results] == [
        Refusal.UNKNOWN_ITEM, Refusal.REJECTED, Refusal.UNKNOWN_ITEM, None, Refusal.REJECTED, Refusal.UNKNOWN_ITEM,
    ]  # fmt: skip
    assert "当前库存不足" in results[1].message
    assert [one.key for one in results] == [gone, SKU, never, OTHER, SKU, words]


def test_a_lost_answer_is_not_repeated_blindly():
    platform = Platform(ANSWERS["skus"], httpx.ReadTimeout("late"))
    assert [one.refusal for one in push(platform, (SKU, 7))] == [Refusal.TEMPORARY]
    assert platform.methods().count("open.item.sku.stock.update") == 1


@pytest.mark.parametrize(("name", "error"), [("quota_qps", RateLimited), ("revoked", CredentialsExpired)])
def test_what_holds_for_the_whole_shop_fails_the_call(name, error):
    with pytest.raises(error):
        push(Platform(ANSWERS["skus"], ANSWERS[name]), (SKU, 7))


def test_an_item_without_variants_has_one_sku_of_its_own():
    only = {"result": 1, "data": {"skuList": [{"kwaiSkuId": 9, "skuStock": 4}]}}
    platform = Platform(only, ANSWERS["done"], ANSWERS["skus"])
    assert push(platform, (ListingKey("77"), 5)) == [PushResult(ListingKey("77"))]
    assert platform.param()["skuId"] == 9
    assert push(platform, (ListingKey("21122311903819"), 5))[0].refusal == Refusal.UNKNOWN_ITEM  # which of the two?


def test_shown_numbers_are_read_once_an_item():
    platform = Platform(ANSWERS["skus"], ANSWERS["not_yours"])
    keys = [OTHER, SKU, ListingKey("5"), ListingKey("x")]
    assert platform.connector.read_stock(SHOP, keys) == [
        ShownStock(OTHER, 0), ShownStock(SKU, 10), ShownStock(ListingKey("5"), None), ShownStock(ListingKey("x"), None),
    ]  # fmt: skip
    assert len(platform.said) == 2


@pytest.mark.parametrize(
    "data", [{}, {"skuList": None}, {"skuList": [{}]}, {"skuList": [7]}, {"skuList": [{"kwaiSkuId": 1, "skuStock": "x"}]}]
)
def test_stock_that_is_not_the_documented_list_is_an_error(data):
    answer = {"result": 1, "data": data}
    with pytest.raises(BadAnswer):
        Platform(answer).connector.read_stock(SHOP, [SKU])
    assert [one.refusal for one in push(Platform(answer), (SKU, 1))] == [Refusal.TEMPORARY]


# --- parcels ---------------------------------------------------------------------------------------------------------------


def detail(name):
    return {"result": 1, "data": payloads("orders")[name]}


def test_a_whole_order_is_delivered():
    platform = Platform(ANSWERS["done"])
    assert platform.connector.ship(SHOP, PARCEL) == ShipResult("2607602240240201")
    assert platform.methods() == ["open.seller.order.goods.deliver"]
    assert platform.param() == {"orderId": 2607602240240201, "expressCode": 4, "expressNo": "SF1400000000001"}


@pytest.mark.parametrize(("is_last", "state"), [(False, 10), (True, 40)])
def test_a_part_is_delivered_with_its_lines(is_last, state):
    platform = Platform(ANSWERS["done"])
    lines = (ShippedLine("2607602240240201", SKU, 1), ShippedLine("2607602240240207", OTHER, 1))
    assert platform.connector.ship(SHOP, replace(PARCEL, lines=lines, is_last=is_last)).refusal is None
    assert platform.methods() == ["open.order.goods.split.deliver"]
    goods = [{"oid": 2607602240240201, "deliveryNum": 1}, {"oid": 2607602240240207, "deliveryNum": 1}]
    assert platform.param() == {
        "mainOrderId": 2607602240240201,
        "deliveryItemInfoList": [{"deliveryGoodsInfoList": goods, "expressCode": 4, "expressNo": "SF1400000000001"}],
        "deliveryStatus": [{"oid": one["oid"], "confirmDeliveryStatus": state} for one in goods],
    }


def test_a_courier_that_the_platform_does_not_know_is_refused_without_asking():
    platform = Platform()
    result = platform.connector.ship(SHOP, replace(PARCEL, codes={"pdd_id": "44"}, courier_name="同城小王"))
    assert (result.refusal, "同城小王" in result.message, platform.said) == (Refusal.REJECTED, True, [])


def test_a_parcel_that_the_platform_has_already_counts_as_taken():
    platform = Platform(ANSWERS["deliver_refused"], detail("shipped"))
    assert platform.connector.ship(SHOP, PARCEL).refusal is None


def test_a_further_parcel_of_a_shipped_order_is_appended():
    platform = Platform(ANSWERS["deliver_refused"], detail("shipped"), ANSWERS["done"])
    assert platform.connector.ship(SHOP, replace(PARCEL, waybill_no="SF1400000000009")).refusal is None
    assert platform.methods()[-1] == "open.seller.order.goods.logistics.append"
    assert platform.param() == {"oid": 2607602240240201, "expressCode": 4, "expressNo": "SF1400000000009"}


def test_a_refused_parcel_says_why():
    platform = Platform(ANSWERS["deliver_refused"], detail("paid"))
    result = platform.connector.ship(SHOP, PARCEL)
    assert (result.refusal, "运单号和物流公司不匹配" in result.message) == (Refusal.REJECTED, True)


def test_an_unknown_order_is_said_so():
    assert Platform(ANSWERS["not_yours"]).connector.ship(SHOP, PARCEL).refusal == Refusal.UNKNOWN_ITEM
    assert Platform().connector.ship(SHOP, replace(PARCEL, platform_no="A-1")).refusal == Refusal.UNKNOWN_ITEM
    words = (ShippedLine("one", SKU, 1),)
    assert Platform().connector.ship(SHOP, replace(PARCEL, lines=words)).refusal == Refusal.UNKNOWN_ITEM


@pytest.mark.parametrize(
    ("name", "error"), [("quota_qps", RateLimited), ("revoked", CredentialsExpired), ("system_busy", TemporaryFailure)]
)
def test_a_parcel_that_was_not_judged_is_an_error(name, error):
    with pytest.raises(error):
        Platform(ANSWERS[name]).connector.ship(SHOP, PARCEL)


def test_another_number_for_a_parcel():
    change = replace(PARCEL, is_change=True, waybill_no="YT0000000000009", codes={"kuaishou_id": "6"}, old_waybill_no="SF1400000000001")
    platform = Platform(detail("two_parcels"), ANSWERS["done"])
    assert platform.connector.ship(SHOP, change).refusal is None
    assert platform.methods() == ["open.order.detail", "open.seller.order.logistics.update"]
    assert platform.param() == {"orderId": 2607602240240201, "logisticsId": 771, "expressCode": 6, "expressNo": "YT0000000000009"}


def test_a_changed_number_that_is_there_already_is_not_said_again():
    change = replace(PARCEL, is_change=True, old_waybill_no="SF0000000000000")
    platform = Platform(detail("shipped"))
    assert platform.connector.ship(SHOP, change).refusal is None
    assert len(platform.said) == 1


def test_a_change_of_a_parcel_that_is_not_there_is_refused():
    change = replace(PARCEL, is_change=True, waybill_no="SF1400000000009", old_waybill_no="SF0000000000000")
    result = Platform(detail("two_parcels")).connector.ship(SHOP, change)
    assert (result.refusal, "SF0000000000000" in result.message) == (Refusal.REJECTED, True)


def test_a_detail_that_is_garbage_is_an_error():
    with pytest.raises(BadAnswer):
        Platform({"result": 1, "data": {"orderLogisticsInfo": 5}}).connector.ship(SHOP, replace(PARCEL, is_change=True))


# --- plain receivers -------------------------------------------------------------------------------------------------------


def test_cipher_text_is_opened_in_one_call():
    orders = payloads("orders")
    platform = Platform(ANSWERS["decrypted"])
    opened = platform.connector.decrypt(SHOP, [orders["paid"], orders["no_address"], {"orderBaseInfo": 5}])
    assert opened == [Receiver("沈河", "13800000001", "浙江省", "杭州市", "西湖区", "蒋村街道1幢2单元", merge_key="OA-7f3e"), None, None]
    assert platform.param() == {
        "batchDecryptList": [
            {"bizId": "2607602240240201", "encryptedData": sealed} for sealed in ("##c2hlbg==##", "##MTM4##", "##YWRkcg==##")
        ]
    }


def test_a_receiver_that_did_not_open_wholly_is_none():
    assert Platform(ANSWERS["decrypted_partly"]).connector.decrypt(SHOP, [payloads("orders")["paid"]]) == [None]


def test_nothing_sealed_asks_nothing():
    assert Platform().connector.decrypt(SHOP, [payloads("orders")["no_address"]]) == [None]


def test_many_receivers_go_by_hundreds_of_texts():
    many = []
    for index in range(40):
        body = payloads("orders")["paid"]
        body["orderBaseInfo"]["oid"] = 5000 + index
        many.append(body)
    platform = Platform(ANSWERS["decrypted"], ANSWERS["decrypted"])
    assert len([one for one in platform.connector.decrypt(SHOP, many) if one]) == 40
    assert [len(platform.param(i)["batchDecryptList"]) for i in (0, 1)] == [100, 20]


@pytest.mark.parametrize("answer", [{"result": 1}, {"result": 1, "data": {}}, {"result": 1, "batchDecryptResultList": [5]}])
def test_an_opening_that_is_not_the_documented_list_is_an_error(answer):
    with pytest.raises(BadAnswer):
        Platform(answer).connector.decrypt(SHOP, [payloads("orders")["paid"]])


def test_abilities_are_the_documents_facts():
    abilities = Platform().connector.abilities
    orders, refunds = abilities.streams[Stream.ORDERS], abilities.streams[Stream.REFUNDS]
    assert (orders.span, orders.reach, refunds.span) == (timedelta(days=7), timedelta(days=90), timedelta(days=1))
    assert not abilities.can_answer_refunds
