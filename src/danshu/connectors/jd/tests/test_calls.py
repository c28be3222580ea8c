"""What is asked of JOS, and what its answers come to, against a small JOS that checks every signature by itself."""

import dataclasses
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine

from danshu.channels.connecting import Basis, Page, ShopAccess, Span, Stream
from danshu.channels.connector_errors import (
    BadAnswer,
    ConnectorError,
    CredentialsExpired,
    RateLimited,
    Refused,
    TemporaryFailure,
)
from danshu.connectors.jd import CONNECTOR
from danshu.connectors.jd.tests.conftest import load

pytestmark = pytest.mark.django_db

SPAN = Span(datetime(2026, 11, 20, 1, 0, tzinfo=UTC), datetime(2026, 11, 20, 1, 30, tzinfo=UTC))
SEARCH, GET, ASKED = "jingdong.pop.order.search", "jingdong.pop.order.get", "jingdong.pop.afs.soa.refundapply.queryPageList"
OK = {"success": True, "numberCode": 0, "chineseErrCode": "", "englishErrCode": ""}
NO = {"success": "false", "numberCode": 10100021, "chineseErrCode": "参数错误", "englishErrCode": "x"}


def found(method, **what):
    return {f"{method.replace('.', '_')}_responce": {"code": "0", **what}}


def failed(code, said="错"):
    return {"error_response": {"code": code, "zh_desc": said, "en_desc": "wrong"}}


def orders(rows, total, api=None):
    return found(SEARCH, searchorderinfo_result={"apiResult": api or OK, "orderTotal": total, "orderInfoList": rows})


ROWS = [{"orderId": 287900000001, "modified": "2026-11-20 09:16:41"}, {"orderId": "2", "modified": "soon"}]


# --- lists ------------------------------------------------------------------------------------------------------------------


def test_orders_by_change(jos, shop):
    jos.answers[SEARCH] = orders(ROWS, 51)
    with time_machine.travel(datetime(2026, 11, 20, 2, 0, tzinfo=UTC), tick=False):
        listed = CONNECTOR.list_page(shop, Stream.ORDERS, SPAN, Page(wants_total=True))
    assert (listed.total, listed.has_more) == (51, True)
    assert [(row.no, row.body) for row in listed.rows] == [("287900000001", ROWS[0]), ("2", ROWS[1])]
    assert [row.modified_at for row in listed.rows] == [datetime(2026, 11, 20, 1, 16, 41, tzinfo=UTC), None]
    assert jos.said("start_date", "end_date", "dateType") == ("2026-11-20 09:00:00", "2026-11-20 09:30:00", "0")
    assert jos.said("page", "page_size", "source_id") == ("1", "50", "JOS")
    assert {"WAIT_SELLER_STOCK_OUT", "LOCKED", "TRADE_CANCELED"} <= set(jos.said("order_state")[0].split(","))
    assert {"itemInfoList", "consigneeInfo", "couponDetailList", "oaid"} <= set(jos.said("optional_fields")[0].split(","))
    assert jos.said("app_key", "access_token", "timestamp", "v") == ("12345678", "to ken/+", "2026-11-20 10:00:00", "2.0")
    assert jos.paths == ["/routerjson"]


def test_orders_by_creation_and_the_last_page(jos, shop):
    jos.answers[SEARCH] = orders(ROWS, 52)
    listed = CONNECTOR.list_page(shop, Stream.ORDERS, Span(SPAN.start, SPAN.end, Basis.CREATED), Page(number=2))
    assert (listed.total, listed.has_more) == (52, False)
    assert jos.said("dateType", "page") == ("1", "2")


def test_the_other_schema_behind_a_switch(jos, shop):
    jos.answers[SEARCH] = orders(ROWS, 2)
    CONNECTOR.list_page(dataclasses.replace(shop, settings={"jd_order_query": "wrapped"}), Stream.ORDERS, SPAN, Page())
    assert jos.said("paramOrderJSFQuery")[0]["page"] == "1"
    assert jos.said("page") == (None,)


def test_an_answer_spelled_rightly_is_an_answer_too(jos, shop):
    jos.answers[SEARCH] = {"jingdong_pop_order_search_response": orders(ROWS, 2)["jingdong_pop_order_search_responce"]}
    assert len(CONNECTOR.list_page(shop, Stream.ORDERS, SPAN, Page()).rows) == 2


def test_an_empty_list_is_empty_only_when_its_number_says_so(jos, shop):
    for rows in ([], None):
        jos.answers[SEARCH] = orders(rows, 0)
        assert CONNECTOR.list_page(shop, Stream.ORDERS, SPAN, Page()).rows == ()
    jos.answers[SEARCH] = orders([], 50)
    assert CONNECTOR.list_page(shop, Stream.ORDERS, SPAN, Page(number=2)).rows == ()
    with pytest.raises(BadAnswer):
        CONNECTOR.list_page(shop, Stream.ORDERS, SPAN, Page(number=1))


@pytest.mark.parametrize(
    "answer",
    [
        orders(None, 3), orders({}, 3), orders([None], 1), orders([{"modified": "x"}], 1), orders(ROWS, "many"), orders(ROWS, None),
        orders(ROWS, 2, {"numberCode": 0}), found(SEARCH), found(SEARCH, searchorderinfo_result=None),
        found(SEARCH, searchorderinfo_result={"orderTotal": 0, "orderInfoList": []}),
        {}, [], "ok", None, {"jingdong_pop_order_search_responce": "x"}, {"other_responce": {}}, {"error_response": "?"},
        b"", b"<html>502</html>", b'{"jingdong_pop_order_search_responce": {"x": NaN}}', b"[" * 100_000, b"\xff\xfe",
    ],
)  # fmt: skip
def test_an_answer_that_does_not_say_what_was_asked_is_never_no_orders(jos, shop, answer):
    jos.answers[SEARCH] = answer
    with pytest.raises(BadAnswer):
        CONNECTOR.list_page(shop, Stream.ORDERS, SPAN, Page(wants_total=True))


def requests(rows, total, **more):
    return found(ASKED, queryResult={"success": True, "totalCount": total, "result": rows} | more)


def test_requests_by_when_they_were_made_and_then_by_when_they_were_answered(jos, shop):
    rows = load("requests.json")
    jos.answers[ASKED] = lambda form: requests([rows["answered"]], 51 if "apply" in form["360buy_param_json"] else 1)
    cursor, seen = "", []
    while True:
        listed = CONNECTOR.list_page(shop, Stream.REFUNDS, SPAN, Page(cursor=cursor))
        words = jos.words()
        seen.append((words.get("applyTimeStart"), words.get("checkTimeEnd"), words["pageIndex"], words["pageSize"]))
        cursor = listed.cursor
        if not listed.has_more:
            break
    assert seen == [("2026-11-20 09:00:00", None, 1, 50), ("2026-11-20 09:00:00", None, 2, 50), (None, "2026-11-20 09:30:00", 1, 50)]
    assert (listed.rows[0].no, listed.rows[0].body["status"]) == ("30001000001", "1")
    assert listed.rows[0].modified_at == datetime(2026, 11, 20, 3, 30, tzinfo=UTC)


def test_requests_by_creation_are_one_list(jos, shop):
    jos.answers[ASKED] = requests([load("requests.json")["0"]], 1)
    listed = CONNECTOR.list_page(shop, Stream.REFUNDS, Span(SPAN.start, SPAN.end, Basis.CREATED), Page(wants_total=True))
    assert (listed.total, listed.has_more, listed.cursor) == (1, False, "")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (requests(None, 3), BadAnswer), (requests([], 3), BadAnswer), (requests([{}], 1), BadAnswer), (found(ASKED), BadAnswer),
        (requests([], None), BadAnswer), (requests([], 0, success="false", errorMsg="没有权限"), Refused),
        ({"jingdong_pop_afs_soa_refundapply_queryPageList_responce": {"code": "403"}}, Refused),
    ],
)  # fmt: skip
def test_requests_that_were_not_said(jos, shop, answer, error):
    jos.answers[ASKED] = answer
    with pytest.raises(error):
        CONNECTOR.list_page(shop, Stream.REFUNDS, SPAN, Page())


# --- errors -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "error", "is_passing"),
    [
        (failed("2"), RateLimited, True),
        (failed("19"), CredentialsExpired, False),
        (failed(18), CredentialsExpired, False),
        (failed("10100014", "access_token已过期"), CredentialsExpired, False),
        (failed("1"), TemporaryFailure, True),
        (failed("67"), TemporaryFailure, True),
        (failed("12", "无效签名"), Refused, False),
        (failed("2001", "没有权限"), Refused, False),
        ({"code": "10500001", "errorMessage": "商家不对"}, Refused, False),
        ({"jingdong_pop_order_search_responce": {"code": "103", "zh_desc": "应用不对"}}, Refused, False),
        (orders(ROWS, 2, NO), Refused, False),
        (orders([], 0, NO | {"success": False}), Refused, False),
    ],
)
def test_error_envelopes_under_http_200(jos, shop, answer, error, is_passing):
    jos.answers[SEARCH] = answer
    with pytest.raises(ConnectorError) as refused:
        CONNECTOR.list_page(shop, Stream.ORDERS, SPAN, Page())
    assert isinstance(refused.value, error)
    assert refused.value.is_passing is is_passing


@pytest.mark.parametrize(("status", "error"), [(500, TemporaryFailure), (503, TemporaryFailure), (429, RateLimited)])
def test_statuses_of_the_network(jos, shop, status, error):
    jos.answers[SEARCH], jos.status = b"busy", status
    with pytest.raises(error):
        CONNECTOR.list_page(shop, Stream.ORDERS, SPAN, Page())


def test_a_wrong_secret_is_refused_by_the_platform(jos, shop):
    wrong = dataclasses.replace(shop, credentials={**shop.credentials, "app_secret": "other"})
    with pytest.raises(Refused, match="无效签名"):
        CONNECTOR.list_page(wrong, Stream.ORDERS, SPAN, Page())


def test_nobody_listens(shop):
    with pytest.raises(TemporaryFailure):
        CONNECTOR.check(dataclasses.replace(shop, gateway="http://127.0.0.1:9"))


# --- single ones ------------------------------------------------------------------------------------------------------------


def test_fetching_an_order_and_reading_it(jos, shop):
    body = load("orders.json")["three lines, a gift, coupons"]
    jos.answers[GET] = found(GET, orderDetailInfo={"apiResult": OK, "orderInfo": body})
    got = CONNECTOR.fetch(shop, Stream.ORDERS, ["287900000002"])[0]
    assert (got.no, got.is_unknown) == ("287900000002", False)
    assert CONNECTOR.order(got.body) == CONNECTOR.order(body)
    assert jos.said("order_id", "source_id") == ("287900000002", "JOS")


def test_an_order_that_is_not_there_and_one_that_was_not_said(jos, shop):
    jos.answers[GET] = found(GET, orderDetailInfo={"apiResult": NO | {"chineseErrCode": "订单不存在"}})
    got = CONNECTOR.fetch(shop, Stream.ORDERS, ["1"])[0]
    assert (got.body, got.is_unknown) == (None, True)
    for answer, error in [({"apiResult": OK}, BadAnswer), ({"apiResult": NO}, Refused), ({"orderInfo": {}}, BadAnswer)]:
        jos.answers[GET] = found(GET, orderDetailInfo=answer)
        with pytest.raises(error):
            CONNECTOR.fetch(shop, Stream.ORDERS, ["1"])


def test_fetching_requests_by_their_numbers(jos, shop):
    jos.answers[ASKED] = requests([load("requests.json")["11"]], 1)
    got = CONNECTOR.fetch(shop, Stream.REFUNDS, ["30001000001", "5"])
    assert [(one.no, one.is_unknown) for one in got] == [("30001000001", False), ("5", True)]
    assert jos.said("ids") == ("30001000001,5",)


def test_whose_shop_it_is(jos, shop):
    method = "jingdong.seller.vender.info.get"
    jos.answers[method] = found(method, vender_info_result={"vender_id": 10622300, "shop_id": 1, "shop_name": "米白旗舰店"})
    info = CONNECTOR.check(shop)
    assert (info.platform_shop_id, info.name) == ("10622300", "米白旗舰店")
    for what in ({}, {"vender_info_result": {}}):
        jos.answers[method] = found(method, **what)
        with pytest.raises(BadAnswer):
            CONNECTOR.check(shop)


# --- access -----------------------------------------------------------------------------------------------------------------


def test_where_a_person_grants_access(shop):
    there = urlsplit(CONNECTOR.authorize_url(ShopAccess(7, "jd", "店", credentials={"app_key": "1"}), redirect="https://a.cn/b", state="s"))
    assert (there.netloc, there.path) == ("open-oauth.jd.com", "/oauth2/to_login")
    told = {name: values[0] for name, values in parse_qs(there.query).items()}
    assert told == {"app_key": "1", "response_type": "code", "redirect_uri": "https://a.cn/b", "state": "s", "scope": "snsapi_base"}
    assert CONNECTOR.authorize_url(shop, redirect="x", state="s").startswith(f"{shop.gateway}/oauth2/to_login?")


def test_a_code_becomes_a_grant(jos, shop):
    jos.answers["/oauth2/access_token"] = {"access_token": "a1", "refresh_token": "r1", "expires_in": 86400, "uid": "77", "scope": "x"}
    now = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
    with time_machine.travel(now, tick=False):
        grant = CONNECTOR.exchange(shop, code="c0de", redirect="https://a.cn/b")
    assert (grant.access_token, grant.refresh_token, grant.platform_shop_id) == ("a1", "r1", "77")
    assert grant.expires_at == grant.refresh_expires_at == now + timedelta(days=1)
    assert jos.said("grant_type", "code", "app_key", "app_secret") == ("authorization_code", "c0de", "12345678", "s3cret")
    jos.answers["/oauth2/access_token"] = {"code": 401, "msg": "code 失效"}
    with pytest.raises(Refused, match="失效"):
        CONNECTOR.exchange(shop, code="old", redirect="x")
    jos.answers["/oauth2/access_token"] = {"expires_in": 1}
    with pytest.raises(BadAnswer):
        CONNECTOR.exchange(shop, code="c", redirect="x")


def test_a_grant_is_prolonged_or_has_ended(jos, shop):
    jos.answers["/oauth2/refresh_token"] = {"access_token": "a2", "refresh_token": "r2", "expires_in": "0"}
    grant = CONNECTOR.refresh(shop)
    assert (grant.access_token, grant.expires_at) == ("a2", None)
    assert jos.said("grant_type", "refresh_token") == ("refresh_token", "again")
    jos.answers["/oauth2/refresh_token"] = {"code": "1004", "msg": "refresh_token 过期"}
    with pytest.raises(CredentialsExpired):
        CONNECTOR.refresh(shop)
