"""What Doudian is asked, and what its answers become: parameters word by word, errors with the right bit, nothing read as "nothing"."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import time_machine

from danshu.channels.connecting import (
    Basis,
    Fetched,
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
from danshu.connectors.douyin import CONNECTOR
from danshu.connectors.douyin.signing import sign

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
ORDERS = load(Path(__file__).parents[1] / "payloads" / "orders.json")
AFTERSALES = load(Path(__file__).parents[1] / "payloads" / "aftersales.json")
OWN = {"app_key": "key-1", "app_secret": "s3cret", "access_token": "token-1", "refresh_token": "again-1", "platform_shop_id": "7784061"}
SHOP = ShopAccess(7, "douyin", "陶然居", credentials=OWN)
SPAN = Span(NOW - timedelta(days=1), NOW)
NO = "6936400000000000017"
PLAIN_QUERY = {"app_key": "key-1", "v": "2", "timestamp": "1795140000", "sign_method": "hmac-sha256"}


def done(data=None):
    return {"code": 10000, "msg": "success", "sub_code": "", "sub_msg": "", "data": data, "log_id": "1"}


def failed(code, words="x", sub=""):
    return {"code": code, "msg": "业务处理失败", "sub_code": sub, "sub_msg": words, "data": None, "log_id": "1"}


@pytest.fixture
def platform(monkeypatch):
    with time_machine.travel(NOW, tick=False):
        yield Pretender(monkeypatch)


def asked(platform, index=-1, token="token-1"):
    """The method and the parameters of a call, after everything that every call has was looked at."""
    request = platform.calls[index]
    query = dict(request.url.params)
    method, signed, body = query.pop("method"), query.pop("sign"), request.content.decode()
    assert (request.method, request.headers["content-type"], request.url.path) == (
        "POST",
        "application/json",
        "/" + method.replace(".", "/"),
    )
    assert query == PLAIN_QUERY | {"access_token": token}
    assert signed == sign("key-1", method, body, "1795140000", "s3cret")
    assert body == json.dumps(json.loads(body), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return method, json.loads(body)


# --- reading ---


def test_orders_are_listed_by_change_from_page_zero(platform):
    platform.says(done({"page": "0", "size": "100", "total": "101", "shop_order_list": [ORDERS["waiting"]]}))
    listed = CONNECTOR.list_page(SHOP, Stream.ORDERS, SPAN, Page(wants_total=True))
    assert [(row.no, row.body, row.modified_at) for row in listed.rows] == [
        (NO, ORDERS["waiting"], datetime(2026, 11, 20, 1, 31, 10, tzinfo=UTC))
    ]
    assert (listed.total, listed.has_more) == (101, True)
    assert asked(platform) == (
        "order.searchList",
        {
            "page": 0, "size": 100, "order_by": "update_time", "order_asc": False, "update_time_start": 1795053600,
            "update_time_end": 1795140000,
        },
    )  # fmt: skip
    assert platform.calls[0].url.host == "openapi-fxg.jinritemai.com"


def test_the_sentinel_counts_by_creation(platform):
    platform.says(done({"total": 0, "shop_order_list": []}))
    listed = CONNECTOR.list_page(SHOP, Stream.ORDERS, replace(SPAN, basis=Basis.CREATED), Page(2))
    assert (listed.rows, listed.total, listed.has_more) == ((), 0, False)
    assert asked(platform)[1] == {
        "page": 1, "size": 100, "order_by": "create_time", "order_asc": False, "create_time_start": 1795053600,
        "create_time_end": 1795140000,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("basis", "params"),
    [
        (Basis.MODIFIED, {"update_start_time": 1795053600, "update_end_time": 1795140000, "order_by": ["update_time desc"]}),
        (Basis.CREATED, {"start_time": 1795053600, "end_time": 1795140000, "order_by": ["apply_time desc"]}),
    ],
)
def test_aftersales_are_listed_by_change_and_by_request(platform, basis, params):
    platform.says(done({"total": "1", "items": [AFTERSALES["quoted"]], "has_more": "false"}))
    listed = CONNECTOR.list_page(SHOP, Stream.REFUNDS, replace(SPAN, basis=basis), Page())
    assert [(row.no, row.modified_at) for row in listed.rows] == [("6986853269519810001", datetime(2026, 11, 20, 2, 1, tzinfo=UTC))]
    assert asked(platform) == ("afterSale.List", {"page": 0, "size": 100} | params)


def test_an_order_is_fetched_and_an_unknown_one_is_said_to_be(platform):
    platform.says(
        done({"shop_order_detail": ORDERS["detail_in_text"]}), failed(50002, "订单不存在，请仔细检查后重试", "isv.business-failed:60033")
    )
    known, unknown = CONNECTOR.fetch(SHOP, Stream.ORDERS, [NO, "2"])
    assert known == Fetched(NO, ORDERS["detail_in_text"])
    assert (unknown.no, unknown.body, unknown.is_unknown) == ("2", None, True)
    assert asked(platform, 0) == ("order.orderDetail", {"shop_order_id": NO})


def test_an_aftersale_is_fetched_from_the_list(platform):
    platform.says(done({"total": 1, "items": [AFTERSALES["asked"]]}), done({"total": 0, "items": None}))
    known, unknown = CONNECTOR.fetch(SHOP, Stream.REFUNDS, ["6986853269519810001", "5"])
    assert known.body == AFTERSALES["asked"]
    assert (unknown.body, unknown.is_unknown) == (None, True)
    assert asked(platform, 0) == ("afterSale.List", {"aftersale_id": "6986853269519810001", "page": 0, "size": 1})


def test_the_old_envelope_is_understood_too(platform):
    platform.says(
        {"err_no": 0, "message": "success", "data": {"total": 0, "shop_order_list": []}}, {"err_no": 30005, "message": "access_token已过期"}
    )
    assert CONNECTOR.list_page(SHOP, Stream.ORDERS, SPAN, Page()).total == 0
    with pytest.raises(CredentialsExpired):
        CONNECTOR.list_page(SHOP, Stream.ORDERS, SPAN, Page())


# --- what goes wrong ---


@pytest.mark.parametrize(
    ("code", "sub", "words", "kind"),
    [
        (40003, "isv.access-token-expired", "access_token已过期", CredentialsExpired),
        (40003, "isv.access-token-no-existed", "access_token不存在", CredentialsExpired),
        (40003, "isv.access-token-invalid", "app_key和access_token不匹配", CredentialsExpired),
        (40001, "isv.access-token-missing", "access_token不能为空", CredentialsExpired),
        (30001, "dop.authorization-no-existed", "店铺授权已失效", CredentialsExpired),
        (30001, "dop.authorization-closed", "店铺授权已被关闭", CredentialsExpired),
        (50001, "dop.token-generate-failed:token-expired", "token已过期", CredentialsExpired),
        (50001, "dop.token-generate-failed: code-expired", "code已经失效", CredentialsExpired),
        (50002, "isv.business-failed:31009", "token不存在", CredentialsExpired),
        (60000, "", "触发限流，请稍后重试", RateLimited),
        (20000, "isp.service-error:20005", "系统繁忙，请稍后重试", TemporaryFailure),
        (20000, "isp.service-error:10000", "存在无效的售后单", Refused),
        (20001, "", "内部服务超时", TemporaryFailure),
        (50001, "", "平台处理失败", TemporaryFailure),
        (50002, "isv.business-failed:2010401", "系统繁忙，请稍后再试", TemporaryFailure),
        (90000, "dop.unknown-error", "未知错误", TemporaryFailure),
        (30001, "isv.app-permissions-insufficient", "应用无权限调用该接口", Refused),
        (30002, "", "请求来源IP不可信", Refused),
        (40001, "isv.signature-missing", "获取签名失败", Refused),
        (40003, "isv.signature-invalid", "签名校验失败", Refused),
        (40004, "isv.parameter-invalid:20008", "单次查询订单数超过限制", Refused),
        (50001, "dop.token-generate-failed:app-secret-invalid", "app_secret不匹配", Refused),
        (50002, "isv.business-failed:20009", "店铺ID不能为空", Refused),
        (70000, "isp.api-service-off", "API已下线", Refused),
        (80000, "", "安全错误", Refused),
        (12345, "", "?", Refused),
    ],
)
def test_error_envelopes_become_errors_with_the_right_bit(platform, code, sub, words, kind):
    platform.says(failed(code, words, sub))
    with pytest.raises(kind) as error:
        CONNECTOR.list_page(SHOP, Stream.ORDERS, SPAN, Page())
    assert error.value.is_passing == (kind in {RateLimited, TemporaryFailure})
    assert words in str(error.value)
    assert "抖音" in str(error.value)
    assert not any(secret in str(error.value) for secret in OWN.values())


@pytest.mark.parametrize(
    "answer",
    [
        {}, {"data": {"total": 0, "shop_order_list": []}}, {"code": [], "data": {}}, done(), done({}), done(""), done([]), done("x"),
        done({"total": 0}), done({"shop_order_list": []}), done({"total": 5, "shop_order_list": None}),
        done({"total": 0, "shop_order_list": {}}),
        done({"total": "many", "shop_order_list": []}), done({"total": 1, "shop_order_list": [{"order_status": 2}]}),
        done({"total": 1, "shop_order_list": [1]}), b"<html>", b"", [], b"null", (404, b"not here"), (302, b""), (502, b""),
        httpx.ReadTimeout("late"),
    ],
)  # fmt: skip
def test_nothing_that_is_no_list_is_read_as_an_empty_one(platform, answer):
    platform.says(answer)
    with pytest.raises((BadAnswer, TemporaryFailure)) as error:
        CONNECTOR.list_page(SHOP, Stream.ORDERS, SPAN, Page())
    assert error.value.is_passing


@pytest.mark.parametrize(
    "answer",
    [done({"success": "false", "total": 0, "shop_order_list": []}), done({"total": 0, "shop_order_list": []}) | {"success": False}],
)
def test_an_answer_that_says_no_success_is_a_refusal(platform, answer):
    platform.says(answer)
    with pytest.raises(Refused):
        CONNECTOR.list_page(SHOP, Stream.ORDERS, SPAN, Page())


def test_without_a_token_nothing_is_asked(platform):
    with pytest.raises(CredentialsExpired):
        CONNECTOR.check(replace(SHOP, credentials=OWN | {"access_token": ""}))
    assert platform.calls == []


# --- stock ---

MUG, DISH, BARE, LAMP = ListingKey("36", "341"), ListingKey("36", "342"), ListingKey("37"), ListingKey("38", "343")
GONE = failed(50002, "商品不存在或已彻底删除", "isv.business-failed:2010058")
REVIEWED = failed(50002, "商品审核中，不可更新", "isv.business-failed:2010041")


def push(*pairs):
    return [(one.key, one.refusal) for one in CONNECTOR.push_stock(SHOP, [StockUpdate(key, number) for key, number in pairs])]


def test_one_number_is_said_as_a_whole_number(platform):
    platform.says(done())
    assert push((MUG, 5)) == [(MUG, None)]
    assert asked(platform) == ("sku.syncStock", {"product_id": "36", "sku_id": "341", "incremental": False, "stock_num": 5})


def test_numbers_of_one_item_go_together(platform):
    platform.says(done(), done())
    assert push((MUG, 5), (LAMP, 1), (DISH, 0)) == [(MUG, None), (LAMP, None), (DISH, None)]
    numbers = [{"sku_id": "341", "sku_type": 0, "stock_num": 5}, {"sku_id": "342", "sku_type": 0, "stock_num": 0}]
    assert asked(platform, 0) == ("sku.syncStockBatch", {"product_id": "36", "incremental": False, "sku_sync_list": numbers})
    assert asked(platform, 1)[0] == "sku.syncStock"


def test_one_bad_listing_never_blocks_the_others(platform):
    platform.says(REVIEWED, done(), GONE, REVIEWED)
    said = push((MUG, 5), (BARE, 3), (DISH, 1), (LAMP, 2))
    assert said == [(MUG, None), (BARE, Refusal.REJECTED), (DISH, Refusal.UNKNOWN_ITEM), (LAMP, Refusal.REJECTED)]
    assert [asked(platform, index)[0] for index in range(4)] == ["sku.syncStockBatch", "sku.syncStock", "sku.syncStock", "sku.syncStock"]


def test_what_passes_later_waits_for_the_next_round(platform):
    platform.says(done(), failed(60000))
    assert push((MUG, 1), (LAMP, 2)) == [(MUG, None), (LAMP, Refusal.TEMPORARY)]
    platform.says(failed(60000))
    with pytest.raises(RateLimited):
        push((MUG, 1), (LAMP, 2))
    platform.says(done(), failed(40003, "x", "isv.access-token-expired"))
    with pytest.raises(CredentialsExpired):
        push((MUG, 1), (LAMP, 2))


def test_numbers_are_read_back(platform):
    platform.says(
        done({"sku_id": 341, "sku_type": 0, "stock_num": 12}),
        failed(40004, "code: 1, 找不到对应的sku", "isv.parameter-invalid:20050"),
        done({"sku_id": 343, "sku_type": 1, "stock_num": 0, "stock_num_map": {"w1": 3, "w2": "4"}}),
    )
    assert [one.quantity for one in CONNECTOR.read_stock(SHOP, [MUG, DISH, BARE, LAMP])] == [12, None, None, 7]
    assert asked(platform, 0) == ("sku.stockNum", {"sku_id": "341"})


@pytest.mark.parametrize(
    "data", [None, {}, {"stock_num": None}, {"stock_num": "many"}, {"stock_num": 1, "sku_type": 1, "stock_num_map": [1]}]
)
def test_a_shelf_that_cannot_be_read_is_no_empty_one(platform, data):
    platform.says(done(data))
    with pytest.raises(BadAnswer):
        CONNECTOR.read_stock(SHOP, [MUG])


# --- parcels ---

PARCEL = Shipment(NO, "yto", "圆通速递", "YT7712345678901", codes={"pdd_id": "85", "douyin": "yuantong"})
CHANGE = replace(PARCEL, is_change=True, old_waybill_no="YT1")
ALREADY = failed(50002, "订单已发货，不允许再次执行发货。", "isv.business-failed:60110")
PACKAGES = failed(50002, "70011:包裹单号缺失，请修改后重试", "isv.business-failed:70011")
PART_LEFT = failed(50002, "此订单状态不允许重新发货", "isv.business-failed:10007")


def with_packages(*numbers):
    rows = [{"tracking_no": no, "delivery_id": f"7438{position}", "company": "yuantong"} for position, no in enumerate(numbers)]
    return done({"shop_order_detail": {"order_id": NO, "logistics_info": rows}})


def test_a_whole_order_is_told_with_the_platforms_own_courier_code(platform):
    platform.says(done({"pack_id": "1"}))
    assert CONNECTOR.ship(SHOP, PARCEL) == ShipResult(NO)
    assert asked(platform) == (
        "order.logisticsAdd",
        {"order_id": NO, "company_code": "yuantong", "logistics_code": "YT7712345678901", "is_refund_reject": False},
    )


def test_part_of_an_order_is_told_with_its_lines_and_twice_as_the_same(platform):
    part = replace(PARCEL, lines=(ShippedLine(NO, MUG, 1),), is_last=False)
    platform.says(done({"pack_list": []}), done({"pack_list": []}))
    assert [CONNECTOR.ship(SHOP, part), CONNECTOR.ship(SHOP, part)] == [ShipResult(NO)] * 2
    (method, first), (_again, second) = asked(platform, 0), asked(platform, 1)
    assert (method, first) == ("order.logisticsAddMultiPack", second)
    assert len(first.pop("request_id")) == 36
    goods = [{"shipped_order_id": NO, "shipped_num": 1}]
    packs = [{"shipped_order_info": goods, "company_code": "yuantong", "logistics_code": "YT7712345678901"}]
    assert first == {"order_id": NO, "pack_list": packs, "is_refund_reject": False}


def test_another_number_takes_the_place_of_the_first(platform):
    platform.says(done())
    assert CONNECTOR.ship(SHOP, CHANGE) == ShipResult(NO)
    assert asked(platform) == ("order.logisticsEdit", {"order_id": NO, "company_code": "yuantong", "logistics_code": "YT7712345678901"})


@pytest.mark.parametrize("said", [PACKAGES, PART_LEFT])
def test_the_number_of_one_parcel_of_several_is_changed_by_its_package(platform, said):
    platform.says(said, with_packages("YT0", "YT1"), done())
    assert CONNECTOR.ship(SHOP, CHANGE) == ShipResult(NO)
    assert asked(platform) == (
        "order.logisticsEditByPack",
        {"order_id": NO, "pack_id": "74381", "company_code": "yuantong", "logistics_code": "YT7712345678901"},
    )
    platform.says(PACKAGES, with_packages("YT1"), failed(50002, "该订单的订单状态不允许重新发货", "isv.business-failed:60021"))
    assert CONNECTOR.ship(SHOP, CHANGE).refusal == Refusal.REJECTED


@pytest.mark.parametrize(
    "said",
    [
        ALREADY,
        failed(50002, "70023:已发货，请检查订单状态", "isv.business-failed:70023"),
        failed(20000, "系统繁忙", "isp.service-error:10005"),
    ],
)
def test_what_the_platform_has_already_counts_as_taken(platform, said):
    platform.says(said, with_packages("YT7712345678901"))
    assert CONNECTOR.ship(SHOP, PARCEL) == ShipResult(NO)
    assert asked(platform) == ("order.orderDetail", {"shop_order_id": NO})


@pytest.mark.parametrize(
    ("said", "found", "refusal"),
    [
        (ALREADY, with_packages("SF1"), Refusal.REJECTED),
        (failed(50002, "订单正在风控审核中", "isv.business-failed:60109"), with_packages(), Refusal.REJECTED),
        (failed(50002, "发货订单中有退款申请需要处理", "isv.business-failed:60040"), with_packages(), Refusal.REJECTED),
        (failed(20000, "系统繁忙", "isp.service-error:10005"), with_packages(), Refusal.TEMPORARY),
        (failed(50002, "订单不存在", "isv.business-failed:60033"), failed(50002, "订单不存在"), Refusal.REJECTED),
    ],
)
def test_a_refusal_stays_one_when_the_order_has_another_number(platform, said, found, refusal):
    platform.says(said, found)
    result = CONNECTOR.ship(SHOP, PARCEL)
    assert (result.refusal, said["sub_msg"] in result.message) == (refusal, True)


def test_a_courier_that_the_platform_does_not_know_is_refused_here(platform):
    assert CONNECTOR.ship(SHOP, replace(PARCEL, codes={"pdd_id": "85"})).refusal == Refusal.REJECTED
    assert platform.calls == []


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (failed(40003, "x", "isv.access-token-expired"), CredentialsExpired),
        (failed(60000), RateLimited),
        (httpx.ConnectError("no"), TemporaryFailure),
        ({}, BadAnswer),
    ],
)
def test_a_call_that_failed_as_a_whole_says_nothing_of_the_parcel(platform, answer, kind):
    platform.says(answer)
    with pytest.raises(kind):
        CONNECTOR.ship(SHOP, PARCEL)


# --- after-sales ---

TAKEN = done({"items": [{"aftersale_id": 6986853269519810001, "status_code": 0, "status_msg": "success"}]})
REASONS = done(
    {
        "items": [
            {"reject_reason_code": 1, "reason": "要凭证", "evidence_need": "Y"},
            {"reject_reason_code": 2, "reason": "买家未退货", "evidence_need": "N"},
            {"reject_reason_code": 3, "reason": "商品有破损", "evidence_need": "N"},
        ]
    }
)


def answer(name, **more):
    return RefundAnswer("6986853269519810001", NO, **({"agrees": True, "body": AFTERSALES[name]} | more))


@pytest.mark.parametrize(
    ("name", "operation", "extra"),
    [
        ("return_asked", 101, {"logistics": {"receiver_address_id": 95251}}),
        ("return_came_back", 111, {}),
        ("asked", 201, {}),
        ("asked_before_shipping", 201, {}),
        ("exchange_asked", 301, {"logistics": {"receiver_address_id": 95251}}),
    ],
)
def test_agreeing_takes_the_operation_of_the_kind_and_the_state(platform, name, operation, extra):
    platform.says(TAKEN)
    CONNECTOR.answer_refund(SHOP, answer(name, address_id="95251"))
    item = {"aftersale_id": "6986853269519810001", "update_time": 1795140060} | extra
    assert asked(platform) == ("afterSale.operate", {"type": operation, "items": [item]})


@pytest.mark.parametrize(
    ("name", "operation", "reason", "code"),
    [
        ("return_asked", 102, "商品有破损", 3),
        ("return_came_back", 112, "别的", 2),
        ("asked", 202, "买家未退货", 2),
        ("exchange_asked", 302, "", 2),
    ],
)
def test_refusing_names_a_reason_that_the_platform_knows(platform, name, operation, reason, code):
    platform.says(REASONS, TAKEN)
    CONNECTOR.answer_refund(SHOP, answer(name, agrees=False, reason=reason))
    item = {
        "aftersale_id": "6986853269519810001", "update_time": 1795140060, "reason": reason, "remark": reason, "reject_reason_code": code,
        "evidence": [],
    }  # fmt: skip
    assert asked(platform) == ("afterSale.operate", {"type": operation, "items": [item]})
    assert asked(platform, 0) == ("afterSale.rejectReasonCodeList", {"aftersale_id": "6986853269519810001"})


@pytest.mark.parametrize(
    "said",
    [
        answer("asked_before_shipping", agrees=False), answer("exchange_came_back"), answer("resend"), answer("done"), answer("closed"),
        answer("asked", body={}), answer("asked", body={"aftersale_info": "x"}),
    ],
)  # fmt: skip
def test_what_no_operation_does_is_refused_with_the_way_out(platform, said):
    with pytest.raises(Refused):
        CONNECTOR.answer_refund(SHOP, said)
    assert platform.calls == []


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (done({"items": [{"aftersale_id": 1, "status_code": 20309541, "status_msg": "售后状态错误"}]}), Refused),
        (failed(50002, "暂不支持通过OPEN处理", "isv.business-failed:11001"), Refused),
        (done({"items": []}), BadAnswer),
        (done({"items": [{}]}), BadAnswer),
        (done({}), BadAnswer),
    ],
)
def test_an_answer_that_was_not_taken_is_said(platform, said, kind):
    platform.says(said)
    with pytest.raises(kind):
        CONNECTOR.answer_refund(SHOP, answer("asked"))


@pytest.mark.parametrize(
    ("reasons", "kind"), [([], Refused), ([{"reject_reason_code": 1, "evidence_need": "Y"}], Refused), (None, BadAnswer)]
)
def test_a_refusal_that_needs_pictures_is_left_to_the_platforms_page(platform, reasons, kind):
    platform.says(done({"items": reasons}))
    with pytest.raises(kind):
        CONNECTOR.answer_refund(SHOP, answer("asked", agrees=False, reason="x"))
    assert len(platform.calls) == 1


# --- receivers ---

BUYER = CONNECTOR.order(ORDERS["waiting"]).receiver
CIPHERS = {"周小宁": BUYER.name, "18400913965-7576": BUYER.phone, "文一西路18号": BUYER.address}


def decrypted(**failing):
    return [
        {"auth_id": NO, "cipher_text": cipher, "decrypt_text": plain, "err_no": failing.get(plain, 0)} for plain, cipher in CIPHERS.items()
    ]


def test_receivers_are_decrypted_whole_and_aligned(platform):
    platform.says(done({"decrypt_infos": decrypted(), "custom_err": {"err_code": 0}}))
    found = CONNECTOR.decrypt(SHOP, [ORDERS["masked"], ORDERS["waiting"], ORDERS["nothing_told"], ORDERS["plain"]])
    told = Receiver("周小宁", "18400913965-7576", "浙江省", "杭州市", "余杭区", "文一西路18号", merge_key=BUYER.merge_key)
    assert found == [None, told, None, CONNECTOR.order(ORDERS["plain"]).receiver]
    infos = [{"auth_id": NO, "cipher_text": cipher} for cipher in CIPHERS.values()]
    assert asked(platform) == ("order.batchDecrypt", {"cipher_infos": infos})


def test_a_receiver_of_which_a_part_is_not_told_is_not_told(platform):
    platform.says(
        failed(50002, "解密接口存在部分失败", "isv.business-failed:300008") | {"data": {"decrypt_infos": decrypted(周小宁=300010)}},
        failed(50002, "解密额度不足", "isv.business-failed:300003"),
        done({}),
    )
    assert CONNECTOR.decrypt(SHOP, [ORDERS["waiting"]]) == [None]
    with pytest.raises(Refused):
        CONNECTOR.decrypt(SHOP, [ORDERS["waiting"]])
    with pytest.raises(BadAnswer):
        CONNECTOR.decrypt(SHOP, [ORDERS["waiting"]])


def test_fifty_cipher_texts_at_a_time(platform):
    platform.says(*[done({"decrypt_infos": []})] * 2)
    assert CONNECTOR.decrypt(SHOP, [ORDERS["waiting"] | {"order_id": str(no)} for no in range(1, 21)]) == [None] * 20
    assert [len(asked(platform, index)[1]["cipher_infos"]) for index in (0, 1)] == [50, 10]


# --- access ---

GRANTED = done(
    {"access_token": "token-2", "refresh_token": "again-2", "expires_in": 604800, "scope": "", "shop_id": 7784061, "shop_name": "陶然居"}
)
GRANT = Grant("token-2", "again-2", NOW + timedelta(days=7), NOW + timedelta(days=14), "7784061", "陶然居")


def test_a_grant_is_asked_for_on_the_platforms_page():
    shop = replace(SHOP, credentials=OWN | {"service_id": "33428"})
    assert (
        CONNECTOR.authorize_url(shop, redirect="https://oms.example/back", state="s 1")
        == "https://fuwu.jinritemai.com/authorize?service_id=33428&state=s+1"
    )
    near = replace(shop, gateway="http://127.0.0.1:9000")
    assert CONNECTOR.authorize_url(near, redirect="", state="s").startswith("http://127.0.0.1:9000/authorize?")
    with pytest.raises(Refused):
        CONNECTOR.authorize_url(SHOP, redirect="", state="s")


def test_a_code_becomes_a_grant_and_a_grant_a_longer_one(platform):
    platform.says(GRANTED, GRANTED)
    assert CONNECTOR.exchange(SHOP, code="c-1", redirect="") == GRANT
    assert CONNECTOR.refresh(SHOP) == GRANT
    assert asked(platform, 0, "") == ("token.create", {"grant_type": "authorization_code", "code": "c-1"})
    assert asked(platform, 1, "") == ("token.refresh", {"grant_type": "refresh_token", "refresh_token": "again-1"})


def test_an_app_of_the_shops_own_needs_no_page(platform):
    shop = replace(SHOP, credentials={"app_key": "key-1", "app_secret": "s3cret", "shop_id": "7784061"})
    told = GRANTED | {"data": GRANTED["data"] | {"refresh_token": ""}}
    platform.says(told, told)
    grant = replace(GRANT, refresh_token="", refresh_expires_at=None)
    assert [CONNECTOR.exchange(shop, code="", redirect=""), CONNECTOR.refresh(shop)] == [grant] * 2
    assert asked(platform, 0, "") == asked(platform, 1, "")
    assert asked(platform, 0, "")[1] == {"grant_type": "authorization_self", "code": "", "shop_id": "7784061"}


@pytest.mark.parametrize("missing", ["access_token", "expires_in", "shop_id"])
def test_a_grant_without_its_words_is_no_grant(platform, missing):
    platform.says(GRANTED | {"data": GRANTED["data"] | {missing: ""}})
    with pytest.raises(BadAnswer):
        CONNECTOR.exchange(SHOP, code="c", redirect="")


def test_what_cannot_be_prolonged_is_said_at_once(platform):
    with pytest.raises(CredentialsExpired):
        CONNECTOR.refresh(replace(SHOP, credentials={"app_key": "k", "app_secret": "s"}))
    assert platform.calls == []


def test_the_check_asks_for_one_order(platform):
    platform.says(done({"total": 3, "shop_order_list": [ORDERS["waiting"]]}), done({"total": 0, "shop_order_list": []}))
    assert CONNECTOR.check(SHOP) == ShopInfo("7784061", "陶然居")
    assert CONNECTOR.check(replace(SHOP, credentials=OWN | {"platform_shop_id": "5"})) == ShopInfo("5")
    assert (asked(platform)[0], asked(platform)[1]["size"]) == ("order.searchList", 1)


def test_a_gateway_takes_every_address(platform):
    platform.says(done({"total": 0, "shop_order_list": []}))
    CONNECTOR.check(replace(SHOP, gateway="http://127.0.0.1:9000"))
    assert str(platform.calls[0].url).startswith("http://127.0.0.1:9000/order/searchList?")
