"""What is asked of TOP, and what its answers come to, against a small TOP that checks every signature by itself."""

import json
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
from danshu.channels.contract import Receiver
from danshu.connectors.taobao import CONNECTOR
from danshu.connectors.taobao.tests.conftest import load

pytestmark = pytest.mark.django_db

SPAN = Span(datetime(2026, 11, 20, 1, 0, tzinfo=UTC), datetime(2026, 11, 20, 1, 30, tzinfo=UTC))
NEWS, NEW = "taobao.trades.sold.increment.get", "taobao.trades.sold.get"
FULL, REFUNDED = "taobao.trade.fullinfo.get", "taobao.refunds.receive.get"


def found(method, **what):
    return {f"{method.removeprefix('taobao.').replace('.', '_')}_response": {"request_id": "r1"} | what}


def failed(code, sub="", sub_msg=""):
    return {"error_response": {"code": code, "msg": "m", "sub_code": sub, "sub_msg": sub_msg, "request_id": "r1"}}


TRADES = {
    "trade": [
        {"tid": 3350012345678901234, "tid_str": "3350012345678901234", "modified": "2026-11-20 09:16:41"},
        {"tid": 12, "modified": "soon"},
    ]
}


# --- lists ------------------------------------------------------------------------------------------------------------------


def test_the_number_of_rows_and_the_first_page(top, shop):
    top.answers[NEWS] = found(NEWS, total_results=51, trades=TRADES)
    with time_machine.travel(datetime(2026, 11, 20, 2, 0, tzinfo=UTC), tick=False):
        listed = CONNECTOR.list_page(shop, Stream.ORDERS, SPAN, Page(wants_total=True))
    assert (listed.total, listed.has_more) == (51, True)
    assert [row.no for row in listed.rows] == ["3350012345678901234", "12"]
    assert listed.rows[0].modified_at == datetime(2026, 11, 20, 1, 16, 41, tzinfo=UTC)
    assert (listed.rows[0].body, listed.rows[1].modified_at) == (None, None)
    assert top.said("start_modified", "end_modified") == ("2026-11-20 09:00:00", "2026-11-20 09:30:00")
    assert top.said("page_no", "page_size", "use_has_next") == ("1", "50", "false")
    assert top.said("app_key", "session", "timestamp", "format", "v") == ("12345678", "to ken/+", "2026-11-20 10:00:00", "json", "2.0")
    assert {"step", "cod", "tmall_i18n"} <= set(top.said("type")[0].split(","))
    assert top.paths == ["/router/rest"]


def test_a_later_page_asks_the_quick_way(top, shop):
    top.answers[NEWS] = found(NEWS, has_next=False, trades=TRADES)
    listed = CONNECTOR.list_page(shop, Stream.ORDERS, SPAN, Page(number=3))
    assert (len(listed.rows), listed.total, listed.has_more) == (2, None, False)
    assert top.said("page_no", "use_has_next") == ("3", "true")


def test_by_creation_for_the_count_of_all(top, shop):
    top.answers[NEW] = found(NEW, total_results=2, trades=TRADES)
    span = Span(SPAN.start, SPAN.end, Basis.CREATED)
    assert CONNECTOR.list_page(shop, Stream.ORDERS, span, Page(wants_total=True)).total == 2
    assert top.said("start_created", "end_created", "start_modified") == ("2026-11-20 09:00:00", "2026-11-20 09:30:00", None)


def test_refunds_are_listed_by_their_change(top, shop):
    top.answers[REFUNDED] = found(REFUNDED, has_next=True, refunds={"refund": [{"refund_id": 99, "modified": "2026-11-20 09:16:41"}]})
    listed = CONNECTOR.list_page(shop, Stream.REFUNDS, SPAN, Page())
    assert ([row.no for row in listed.rows], listed.has_more) == (["99"], True)


def test_an_empty_list_is_empty_only_when_its_number_says_so(top, shop):
    top.answers[NEWS] = found(NEWS, total_results=0)
    assert CONNECTOR.list_page(shop, Stream.ORDERS, SPAN, Page(wants_total=True)).rows == ()
    top.answers[NEWS] = lambda form: found(NEWS, has_next=False) if form["use_has_next"] == "true" else found(NEWS, total_results=50)
    assert CONNECTOR.list_page(shop, Stream.ORDERS, SPAN, Page(number=2)).rows == ()
    with pytest.raises(BadAnswer):
        CONNECTOR.list_page(shop, Stream.ORDERS, SPAN, Page(number=1))


@pytest.mark.parametrize(
    "answer",
    [
        found(NEWS), found(NEWS, total_results=3), found(NEWS, total_results="?", trades=TRADES),
        found(NEWS, total_results=True, trades=TRADES), found(NEWS, total_results=3, trades={}),
        found(NEWS, total_results=3, trades={"trade": {}}), found(NEWS, total_results=1, trades=[]),
        found(NEWS, total_results=3, trades={"trade": [None]}), found(NEWS, total_results=3, trades={"trade": [{"status": "x"}]}),
        {}, [], "ok", None, {"trades_sold_increment_get_response": None}, {"other_response": {}}, {"error_response": "?"},
        b"", b"<html>502</html>", b'{"trades_sold_increment_get_response": {"total_results": NaN}}', b"[" * 100_000, b"\xff\xfe",
    ],
)  # fmt: skip
def test_an_answer_that_does_not_say_what_was_asked_is_never_no_orders(top, shop, answer):
    top.answers[NEWS] = answer
    with pytest.raises(BadAnswer):
        CONNECTOR.list_page(shop, Stream.ORDERS, SPAN, Page(wants_total=True))


def test_a_page_that_does_not_say_whether_more_follows(top, shop):
    top.answers[NEWS] = found(NEWS, trades=TRADES)
    with pytest.raises(BadAnswer):
        CONNECTOR.list_page(shop, Stream.ORDERS, SPAN, Page(number=2))


# --- errors -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "error", "is_passing"),
    [
        (failed(7, "accesscontrol.limited-by-api-access-count", "This ban will last for 12 more seconds"), RateLimited, True),
        (failed(7), RateLimited, True),
        (failed(15, "accesscontrol.limited-by-app-access-count"), RateLimited, True),
        (failed(27, "session-expired"), CredentialsExpired, False),
        (failed(26), CredentialsExpired, False),
        (failed(15, "isv.invalid-session"), CredentialsExpired, False),
        (failed(15, "isp.remote-service-timeout"), TemporaryFailure, True),
        (failed(15), TemporaryFailure, True),
        (failed(10), TemporaryFailure, True),
        (failed(11, "isv.permission-api-package-limit"), Refused, False),
        (failed(25), Refused, False),
        (failed(40, "isv.missing-parameter:fields"), Refused, False),
        (failed(41), Refused, False),
        (failed(15, "isv.trade-service-rejection"), Refused, False),
    ],
)
def test_error_envelopes_under_http_200(top, shop, answer, error, is_passing):
    top.answers[NEWS] = answer
    with pytest.raises(ConnectorError) as refused:
        CONNECTOR.list_page(shop, Stream.ORDERS, SPAN, Page())
    assert isinstance(refused.value, error)
    assert refused.value.is_passing is is_passing


def test_how_long_a_ban_lasts(top, shop):
    top.answers[NEWS] = failed(7, "accesscontrol.limited-by-app-access-count", "This ban will last for 31062 more seconds")
    with pytest.raises(RateLimited) as refused:
        CONNECTOR.list_page(shop, Stream.ORDERS, SPAN, Page())
    assert refused.value.wait == 31062


@pytest.mark.parametrize(("status", "error"), [(500, TemporaryFailure), (503, TemporaryFailure), (429, RateLimited)])
def test_statuses_of_the_network(top, shop, status, error):
    top.answers[NEWS], top.status = b"busy", status
    with pytest.raises(error):
        CONNECTOR.list_page(shop, Stream.ORDERS, SPAN, Page())


def test_a_wrong_secret_is_refused_by_the_platform(top, shop):
    top.answers[NEWS] = found(NEWS, total_results=0)
    wrong = ShopAccess(7, "taobao", "店", credentials={**shop.credentials, "app_secret": "other"}, gateway=top.url)
    with pytest.raises(Refused, match="Invalid signature"):
        CONNECTOR.list_page(wrong, Stream.ORDERS, SPAN, Page(wants_total=True))


def test_nobody_listens(shop):
    nowhere = ShopAccess(7, "taobao", "店", credentials=shop.credentials, gateway="http://127.0.0.1:9")
    with pytest.raises(TemporaryFailure):
        CONNECTOR.check(nowhere)


# --- single ones ------------------------------------------------------------------------------------------------------------


def test_fetching_a_trade_and_reading_it(top, shop):
    body = load("trades.json")["three lines, a gift, shares"]
    top.answers[FULL] = found(FULL, trade=body)
    got = CONNECTOR.fetch(shop, Stream.ORDERS, ["3350012345678901300"])
    assert (got[0].no, got[0].is_unknown) == ("3350012345678901300", False)
    assert CONNECTOR.order(got[0].body) == CONNECTOR.order(body)
    assert top.said("tid") == ("3350012345678901300",)
    # without these five TOP makes no oaid
    assert {"receiver_name", "receiver_address", "created", "receiver_mobile", "receiver_phone"} <= set(top.said("fields")[0].split(","))


def test_fetching_a_refund(top, shop):
    method = "taobao.refund.get"
    top.answers[method] = found(method, refund=load("refunds.json")["CLOSED"])
    assert CONNECTOR.refund(CONNECTOR.fetch(shop, Stream.REFUNDS, ["99000011112222"])[0].body).refund_no == "99000011112222"
    assert "refund_version" in top.said("fields")[0]


def test_a_trade_that_is_not_there_and_one_that_was_not_said(top, shop):
    top.answers[FULL] = failed(15, "isv.trade-not-exist", "交易不存在")
    got = CONNECTOR.fetch(shop, Stream.ORDERS, ["1"])[0]
    assert (got.body, got.is_unknown) == (None, True)
    for answer, error in [(found(FULL), BadAnswer), (failed(15, "isv.no-permission"), Refused)]:
        top.answers[FULL] = answer
        with pytest.raises(error):
            CONNECTOR.fetch(shop, Stream.ORDERS, ["1"])


def test_whose_shop_it_is(top, shop):
    method = "taobao.user.seller.get"
    top.answers[method] = found(method, user={"user_id": 263664221, "nick": "米白家居"})
    info = CONNECTOR.check(shop)
    assert (info.platform_shop_id, info.name) == ("263664221", "米白家居")
    for answer in (found(method), found(method, user={})):
        top.answers[method] = answer
        with pytest.raises(BadAnswer):
            CONNECTOR.check(shop)


def test_decrypting_twenty_one(top, shop):
    method = "taobao.top.oaid.decrypt"

    def reply(form):
        asked = json.loads(form["query_list"])
        return found(
            method,
            receiver_list={
                "receiver": [
                    {"tid": one["tid"], "oaid": one["oaid"], "name": "王小明", "mobile": "13800000000", "state": "浙江省", "city": "杭州市",
                     "district": "余杭区", "town": "仓前街道", "address_detail": "文一西路1号", "matched": one["tid"] != "3"}
                    for one in asked
                ]
            },
        )  # fmt: skip

    top.answers[method] = reply
    bodies = [{"tid": n, "oaid": f"oa{n}"} for n in range(1, 22)] + [{"tid": 99, "oaid": ""}]
    plain = CONNECTOR.decrypt(shop, bodies)
    assert [len(json.loads(form["query_list"])) for form in top.asked] == [20, 1]
    assert json.loads(top.asked[1]["query_list"]) == [{"tid": "21", "oaid": "oa21", "scene": "1006"}]
    assert plain[0] == Receiver("王小明", "13800000000", "浙江省", "杭州市", "余杭区", "仓前街道文一西路1号", merge_key="oa1")
    assert [at for at, one in enumerate(plain) if one is None] == [2, 21]  # an oaid that no longer fits, and none at all
    top.answers[method] = found(method)
    with pytest.raises(BadAnswer):
        CONNECTOR.decrypt(shop, bodies[:1])


# --- access -----------------------------------------------------------------------------------------------------------------


def test_where_a_person_grants_access(shop):
    there = urlsplit(
        CONNECTOR.authorize_url(ShopAccess(7, "taobao", "店", credentials={"app_key": "1"}), redirect="https://a.cn/b", state="s")
    )
    assert (there.netloc, there.path) == ("oauth.taobao.com", "/authorize")
    told = {name: values[0] for name, values in parse_qs(there.query).items()}
    assert told == {"response_type": "code", "client_id": "1", "redirect_uri": "https://a.cn/b", "state": "s", "view": "web"}
    assert CONNECTOR.authorize_url(shop, redirect="x", state="s").startswith(f"{shop.gateway}/authorize?")


def test_a_code_becomes_a_grant(top, shop):
    top.answers["/token"] = {
        "access_token": "a1", "refresh_token": "r1", "expires_in": 86400, "re_expires_in": "172800", "taobao_user_id": "263664221",
        "taobao_user_nick": "%E7%B1%B3%E7%99%BD",
    }  # fmt: skip
    now = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
    with time_machine.travel(now, tick=False):
        grant = CONNECTOR.exchange(shop, code="c0de", redirect="https://a.cn/b")
    assert (grant.access_token, grant.refresh_token) == ("a1", "r1")
    assert (grant.expires_at, grant.refresh_expires_at) == (now + timedelta(days=1), now + timedelta(days=2))
    assert (grant.platform_shop_id, grant.platform_shop_name) == ("263664221", "米白")
    assert top.said("grant_type", "code", "redirect_uri") == ("authorization_code", "c0de", "https://a.cn/b")
    assert top.said("client_id", "client_secret") == ("12345678", "s3cret")
    top.answers["/token"] = {"error": "invalid_grant", "error_description": "code expired"}
    with pytest.raises(Refused, match="code expired"):
        CONNECTOR.exchange(shop, code="old", redirect="x")
    top.answers["/token"] = {"expires_in": 1}
    with pytest.raises(BadAnswer):
        CONNECTOR.exchange(shop, code="c", redirect="x")


def test_a_grant_is_prolonged_or_has_ended(top, shop):
    top.answers["/token"] = {"access_token": "a2", "refresh_token": "r2", "expires_in": 0}
    grant = CONNECTOR.refresh(shop)
    assert (grant.access_token, grant.expires_at) == ("a2", None)
    assert top.said("grant_type", "refresh_token") == ("refresh_token", "again")
    top.answers["/token"] = {"error": "invalid_client"}
    with pytest.raises(CredentialsExpired):
        CONNECTOR.refresh(shop)


def test_secrets_stay_secret(shop):
    assert "s3cret" not in repr(shop)
    assert [field.is_secret for field in CONNECTOR.fields] == [False, True, False]
