"""Every call: what is asked, what is made of the answer, and what of errors."""

from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
import stamina

from danshu.channels.connecting import (
    Basis,
    ListingKey,
    Page,
    PushResult,
    Refusal,
    Shipment,
    ShipResult,
    ShownStock,
    Span,
    StockUpdate,
    Stream,
)  # fmt: skip
from danshu.channels.connector_errors import BadAnswer, CredentialsExpired, RateLimited, Refused, TemporaryFailure
from danshu.connectors.woocommerce import signing
from danshu.connectors.woocommerce.tests.site import ANSWERS, KEYS, SHOP, Orders, Site, listed, payloads

pytestmark = pytest.mark.django_db
SPAN = Span(datetime(2026, 11, 29, 9, tzinfo=UTC), datetime(2026, 11, 29, 10, tzinfo=UTC))
ORDERS, REFUNDS = payloads("orders"), payloads("refunds")
CUP, BOX, LID = ListingKey("93"), ListingKey("22", "23"), ListingKey("22", "24")
PARCEL = Shipment("1001", "sf", "顺丰速运", "SF1400000000001")


@pytest.fixture(autouse=True)
def _soon():
    with stamina.set_testing(True, attempts=2):
        yield


# --- reading ---------------------------------------------------------------------------------------------------------------


def test_orders_are_read_by_what_changed():
    site = Site(listed(ORDERS["processing"], ORDERS["completed"], ORDERS["cart"], total=3))
    found = site.connector.list_page(SHOP, Stream.ORDERS, SPAN, Page())
    assert [(row.no, row.body["status"], row.modified_at) for row in found.rows] == [
        ("1001", "processing", datetime(2026, 11, 29, 9, 51, 40, tzinfo=UTC)),
        ("1003", "completed", datetime(2026, 11, 29, 9, 51, 40, tzinfo=UTC)),
    ]
    assert (found.total, found.has_more, found.cursor) == (3, False, "")
    assert site.said == [
        (
            "GET",
            "/wp-json/wc/v3/orders",
            {
                "modified_after": "2026-11-29T08:59:59",
                "modified_before": "2026-11-29T10:00:00",
                "dates_are_gmt": "true",
                "per_page": "100",
                "orderby": "id",
                "order": "asc",
                "page": "1",
            },
            None,
        )
    ]
    assert site.requests[0].headers["authorization"] == signing.basic("ck_1", "cs_1")
    assert "consumer" not in str(site.requests[0].url)


def test_orders_are_read_by_creation_too():
    site = Site(listed())
    found = site.connector.list_page(SHOP, Stream.ORDERS, replace(SPAN, basis=Basis.CREATED), Page())
    assert (found.rows, found.total) == ((), 0)
    assert {"after", "before"} <= set(site.said[0][2])
    assert "modified_after" not in site.said[0][2]


def read_all(site):
    """Every number that the pages brought, in turn."""
    found, cursor = [], ""
    while True:
        page = site.connector.list_page(SHOP, Stream.ORDERS, SPAN, Page(cursor=cursor))
        found += [int(row.no) for row in page.rows]
        if not page.has_more:
            return found
        cursor = page.cursor


def test_pages_follow_each_other():
    site = Orders(range(1, 8), 3)
    assert read_all(site) == [1, 2, 3, 4, 5, 6, 7]
    assert site.asked == [1, 2, 3]


@pytest.mark.parametrize(
    ("gone", "asked"),
    [
        ([[2]], [1, 2, 1, 3]),  # read already: 4 slips onto the page that was read
        ([[1, 2, 3]], [1, 2, 1, 3]),
        ([[5]], [1, 2, 1, 3]),  # never read: by its later change, the next span finds it
        ([[1], [4]], [1, 2, 1, 3, 2]),
        ([list(range(1, 7))], [1, 2, 1]),
        ([list(range(1, 11))], [1, 2, 1]),
    ],
)
def test_an_order_that_changes_while_pages_are_read_hides_no_other(gone, asked):
    def leave(numbers):
        return lambda site: site.numbers.__setitem__(slice(None), [no for no in site.numbers if no not in numbers])

    site = Orders(range(1, 11), 3, [leave(numbers) for numbers in gone])
    found = read_all(site)
    left = {no for numbers in gone for no in numbers}
    assert sorted(set(found) | left) == list(range(1, 11))
    assert len(found) == len(set(found))
    assert site.asked == asked


def test_rows_that_come_twice_or_in_another_order_are_set_right():
    rows = [{"id": no, "status": "processing"} for no in (3, 1, 3, 2)]
    assert read_all(Site(listed(*rows, total=3))) == [1, 2, 3]


def test_refunds_are_read_from_the_orders_that_have_some():
    body = {name: value for name, value in REFUNDS["of_a_line"].items() if name != "parent_id"}
    site = Site(listed(ORDERS["processing"], ORDERS["partly_refunded"], total=2), listed(body), listed())
    found = site.connector.list_page(SHOP, Stream.REFUNDS, SPAN, Page())
    assert site.paths() == ["GET /orders", "GET /orders/1024/refunds"]
    assert [(row.no, row.modified_at) for row in found.rows] == [("726", datetime(2026, 11, 30, 10, tzinfo=UTC))]
    refund = site.connector.refund(found.rows[0].body)
    assert (refund.platform_no, refund.oids, refund.amount_fen) == ("1024", ("315",), 3390)
    assert site.said[0][2]["per_page"] == "20"


def test_an_order_that_went_while_its_refunds_were_asked_for_has_none():
    site = Site(listed(ORDERS["partly_refunded"]), ANSWERS["order_unknown"])
    assert site.connector.list_page(SHOP, Stream.REFUNDS, SPAN, Page()).rows == ()


@pytest.mark.parametrize(
    "answer",
    [
        b"", b"<html>maintenance</html>", b"{", b"null", b"7", b'"x"', b"\xff", b"[" * 5000, b"{}", {"orders": []}, [[]], [None],
        httpx.Response(200, content=b"[]"),  # no totals
        httpx.Response(200, content=b"[]", headers={"X-WP-Total": "x", "X-WP-TotalPages": "1"}),
        listed({}), listed({"id": "727"}), listed({"id": 0}), listed({"id": True}),
    ],
)  # fmt: skip
def test_what_is_not_the_documented_list_is_an_error_and_never_no_orders(answer):
    with pytest.raises(BadAnswer):
        Site(answer).connector.list_page(SHOP, Stream.ORDERS, SPAN, Page())


def test_refunds_that_are_garbage_are_an_error():
    for answer in ({}, b"oops", [{"id": None}]):
        with pytest.raises(BadAnswer):
            Site(listed(ORDERS["partly_refunded"]), answer).connector.list_page(SHOP, Stream.REFUNDS, SPAN, Page())


def test_a_byte_order_mark_in_front_is_nobodys_fault():
    answer = listed(ORDERS["processing"])
    site = Site(
        httpx.Response(
            200, headers={k: v for k, v in answer.headers.items() if k.startswith("x-")}, content=b"\xef\xbb\xbf" + answer.content
        )
    )
    assert [row.no for row in site.connector.list_page(SHOP, Stream.ORDERS, SPAN, Page()).rows] == ["1001"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (ANSWERS["cannot_view"], CredentialsExpired), (ANSWERS["key_wrong"], CredentialsExpired),
        (ANSWERS["read_only"], CredentialsExpired),
        (ANSWERS["forbidden"], Refused), (ANSWERS["bad_argument"], Refused), (ANSWERS["no_route"], Refused),
        (ANSWERS["fatal_under_200"], TemporaryFailure), (ANSWERS["error_under_200"], Refused),
        (ANSWERS["error_without_status"], TemporaryFailure),
        (httpx.Response(401, content=b"<html>"), CredentialsExpired), (httpx.Response(404, content=b"<html>"), Refused),
        (httpx.Response(301, headers={"location": "https://www.shop.example.com/"}), Refused), (httpx.Response(429), RateLimited),
        (httpx.Response(500), TemporaryFailure), (httpx.Response(508), TemporaryFailure), (httpx.ConnectError("no way"), TemporaryFailure),
        (httpx.ReadTimeout("late"), TemporaryFailure),
    ],
)  # fmt: skip
def test_errors(answer, error):
    with pytest.raises(error) as raised:
        Site(answer, answer).connector.list_page(SHOP, Stream.ORDERS, SPAN, Page())
    assert raised.value.is_passing == (error in {RateLimited, TemporaryFailure})
    assert "cs_1" not in raised.value.message
    assert "<" not in raised.value.message


def test_a_redirect_says_where_to():
    with pytest.raises(Refused) as raised:
        Site(httpx.Response(301, headers={"location": "https://www.shop.example.com/"})).connector.check(SHOP)
    assert "https://www.shop.example.com/" in raised.value.message


def test_over_plain_http_the_secret_stays_at_home():
    near = replace(SHOP, credentials={**KEYS, "site": "http://127.0.0.1:8080"})
    site = Site(listed())
    site.connector.check(near)
    query = site.said[0][2]
    assert "authorization" not in site.requests[0].headers
    assert "cs_1" not in str(site.requests[0].url)
    given = query.pop("oauth_signature")
    assert given == signing.signature("GET", "http://127.0.0.1:8080/wp-json/wc/v3/orders", query, "cs_1")


def test_a_signature_is_used_once_even_when_its_answer_was_lost():
    """The site would take it for a wrong key the second time, and a wrong key ends a connection."""
    near = replace(SHOP, credentials={**KEYS, "site": "http://127.0.0.1:8080"})
    site = Site(httpx.ReadError("gone"), listed())
    with stamina.set_testing(True, attempts=5, cap=True), pytest.raises(TemporaryFailure):
        site.connector.list_page(near, Stream.ORDERS, SPAN, Page())
    assert len(site.requests) == 1


def test_an_address_that_is_refused_asks_nothing():
    site = Site()
    for address in ("http://shop.example.com", "https://192.168.1.2", ""):
        with pytest.raises(Refused):
            site.connector.check(replace(SHOP, credentials={**KEYS, "site": address}))
    with pytest.raises(CredentialsExpired):
        site.connector.check(replace(SHOP, credentials={"site": "https://shop.example.com"}))
    assert site.said == []


def test_a_check_names_the_site():
    site = Site(listed(ORDERS["processing"]))
    info = site.connector.check(replace(SHOP, credentials={**KEYS, "site": "https://example.com/mall/"}))
    assert (info.platform_shop_id, info.name) == ("example.com/mall", "example.com")
    assert site.said[0][1:3] == ("/mall/wp-json/wc/v3/orders", {"per_page": "1"})


def test_bodies_come_by_number_and_those_in_the_bin_alone():
    site = Site(listed(ORDERS["processing"]), ORDERS["trash"], ANSWERS["order_unknown"])
    found = site.connector.fetch(SHOP, Stream.ORDERS, ["1001", "x", "1007", "5"])
    assert [(one.no, one.body and one.body["status"], one.is_unknown) for one in found] == [
        ("1001", "processing", False), ("x", None, True), ("1007", "trash", False), ("5", None, True),
    ]  # fmt: skip
    assert site.paths() == ["GET /orders", "GET /orders/1007", "GET /orders/5"]
    assert site.said[0][2]["include"] == "1001,1007,5"


def test_refunds_come_by_number():
    site = Site(listed(REFUNDS["of_a_line"]))
    found = site.connector.fetch(SHOP, Stream.REFUNDS, ["726", "9"])
    assert [(one.no, one.is_unknown) for one in found] == [("726", False), ("9", True)]
    assert site.paths() == ["GET /refunds"]


def test_a_refund_comes_by_its_order():
    site = Site(listed(REFUNDS["of_a_line"]), listed(), ANSWERS["order_unknown"])
    ask = site.connector.fetch_refund
    found = [ask(SHOP, "726", "1024"), ask(SHOP, "726", "1024"), ask(SHOP, "726", "5"), ask(SHOP, "726", "A-1")]
    assert [(one.no, one.body is not None, one.is_unknown) for one in found] == [("726", True, False), *[("726", False, True)] * 3]
    assert site.paths() == ["GET /orders/1024/refunds", "GET /orders/1024/refunds", "GET /orders/5/refunds"]


def test_another_order_than_the_asked_one_is_an_error():
    with pytest.raises(BadAnswer):
        Site(listed(), ORDERS["trash"]).connector.fetch(SHOP, Stream.ORDERS, ["5"])


# --- stock -----------------------------------------------------------------------------------------------------------------


def push(site, *pairs):
    return site.connector.push_stock(SHOP, [StockUpdate(key, number) for key, number in pairs])


def shown(no, number, **more):
    return {"id": no, "manage_stock": True, "stock_quantity": number, **more}


def test_numbers_go_in_one_call_for_products_and_one_for_each_products_variations():
    site = Site({"update": [shown(23, 0), shown(24, 7)]}, {"update": [shown(93, 5)]})
    assert push(site, (BOX, 0), (CUP, 5), (LID, 7)) == [PushResult(BOX), PushResult(CUP), PushResult(LID)]
    assert site.paths() == ["POST /products/22/variations/batch", "POST /products/batch"]


def test_the_bodies_of_a_batch():
    site = Site({"update": [shown(93, 5)]}, {"update": [shown(23, 0), shown(24, 7)]})
    results = push(site, (CUP, 5), (BOX, 0), (LID, 7))
    assert [one.refusal for one in results] == [None, None, None]
    assert [body for _verb, _path, _query, body in site.said] == [
        {"update": [{"id": 93, "manage_stock": True, "stock_quantity": 5}]},
        {"update": [{"id": 23, "manage_stock": True, "stock_quantity": 0}, {"id": 24, "manage_stock": True, "stock_quantity": 7}]},
    ]


def error(code, status):
    return {"code": code, "message": "Invalid ID.", "data": {"status": status}}


def test_one_bad_listing_never_blocks_the_others():
    rows = [
        {"id": 1, "error": error("woocommerce_rest_product_invalid_id", 400)},
        {"id": 2, "error": error("woocommerce_rest_cannot_edit", 403)},
        {"id": 3, "error": error("internal_server_error", 500)}, shown(4, 4), shown(5, 99),
        {"id": 6, "manage_stock": False}, {"id": 7, "error": "odd"},
    ]  # fmt: skip
    keys = [ListingKey(str(no)) for no in (1, 2, 3, 4, 5, 6, 7, 8)] + [ListingKey("x"), CUP]
    results = push(Site({"update": rows}), *[(key, 4) for key in keys[:9]], (CUP, -1))
    assert [one.refusal for one in results] == [
        Refusal.UNKNOWN_ITEM, Refusal.REJECTED, Refusal.TEMPORARY, None, Refusal.REJECTED, Refusal.REJECTED, Refusal.REJECTED,
        Refusal.TEMPORARY, Refusal.UNKNOWN_ITEM, Refusal.REJECTED,
    ]  # fmt: skip
    assert [one.key for one in results] == keys
    assert "99" in results[4].message


def test_a_product_that_is_gone_takes_its_variations_along_and_nothing_else():
    site = Site(ANSWERS["order_unknown"], {"update": [shown(93, 5)]})
    assert [one.refusal for one in push(site, (BOX, 1), (LID, 2), (CUP, 5))] == [Refusal.UNKNOWN_ITEM, Refusal.UNKNOWN_ITEM, None]
    assert [one.refusal for one in push(Site(ANSWERS["order_unknown"]), (BOX, 1))] == [Refusal.UNKNOWN_ITEM]


def test_one_groups_trouble_is_its_own():
    site = Site(ANSWERS["fatal_under_200"], {"update": [shown(93, 5)]})
    assert [one.refusal for one in push(site, (BOX, 1), (CUP, 5))] == [Refusal.TEMPORARY, None]


@pytest.mark.parametrize(
    ("answer", "error_"),
    [
        (ANSWERS["fatal_under_200"], TemporaryFailure), (ANSWERS["read_only"], CredentialsExpired), (httpx.Response(429), RateLimited),
        (ANSWERS["no_route"], Refused), ({"update": None}, BadAnswer), ({}, BadAnswer), ({"update": [5]}, BadAnswer), ([], BadAnswer),
    ],
)  # fmt: skip
def test_a_call_that_failed_as_a_whole(answer, error_):
    with pytest.raises(error_):
        push(Site(answer, answer), (CUP, 5))


def test_shown_numbers():
    site = Site(listed(shown(93, 5)), listed(shown(23, 0), {"id": 24, "manage_stock": "parent", "stock_quantity": 8}))
    keys = [BOX, CUP, LID, ListingKey("x")]
    site.answers.reverse()
    assert site.connector.read_stock(SHOP, keys) == [
        ShownStock(BOX, 0), ShownStock(CUP, 5), ShownStock(LID, 8), ShownStock(ListingKey("x"), None),
    ]  # fmt: skip
    assert site.paths() == ["GET /products/22/variations", "GET /products"]
    assert site.said[1][2]["include"] == "93"


def test_what_is_not_there_or_not_counted_shows_no_number():
    site = Site(listed({"id": 93, "manage_stock": False, "stock_quantity": None}), ANSWERS["order_unknown"])
    assert site.connector.read_stock(SHOP, [CUP, BOX]) == [ShownStock(CUP, None), ShownStock(BOX, None)]


def test_a_site_that_shows_more_than_was_asked_is_read_until_it_is_there():
    site = Site(listed(shown(1, 1), total=2, pages=2), listed(shown(93, 5), total=2, pages=2))
    assert site.connector.read_stock(SHOP, [CUP]) == [ShownStock(CUP, 5)]


def test_numbers_that_are_garbage_are_an_error():
    for answer in (listed(shown(93, "many")), {}, httpx.Response(200, content=b"[]")):
        with pytest.raises(BadAnswer):
            Site(answer).connector.read_stock(SHOP, [CUP])


# --- parcels ---------------------------------------------------------------------------------------------------------------

TOLD = {"key": "_danshu_parcels", "value": '[{"courier": "顺丰速运", "waybill_no": "SF1400000000001"}]'}


def test_a_site_without_trackings_gets_a_note_for_the_buyer_and_is_completed():
    site = Site(ORDERS["processing"], ANSWERS["no_route"], [], {"id": 9}, ORDERS["completed"])
    assert site.connector.ship(SHOP, PARCEL) == ShipResult("1001")
    assert site.paths() == [
        "GET /orders/1001", "GET /wp-json/wc-shipment-tracking/v3/orders/1001/shipment-trackings", "GET /orders/1001/notes",
        "POST /orders/1001/notes", "PUT /orders/1001",
    ]  # fmt: skip
    assert site.said[3][3] == {"note": "已发货：顺丰速运 SF1400000000001", "customer_note": True}
    assert site.said[4][3] == {"meta_data": [TOLD], "status": "completed"}


def test_a_site_with_trackings_gets_the_parcel_there():
    site = Site(ORDERS["processing"], [], {"tracking_id": "a"}, ORDERS["completed"])
    assert site.connector.ship(SHOP, PARCEL).refusal is None
    assert site.paths()[2] == "POST /wp-json/wc-shipment-tracking/v3/orders/1001/shipment-trackings"
    assert site.said[2][3] == {"custom_tracking_provider": "顺丰速运", "tracking_number": "SF1400000000001"}


def test_a_parcel_that_is_not_the_last_leaves_the_order_open():
    site = Site(ORDERS["processing"], [], {"tracking_id": "a"}, ORDERS["processing"])
    assert site.connector.ship(SHOP, replace(PARCEL, is_last=False)).refusal is None
    assert site.said[-1][3] == {"meta_data": [TOLD]}


def test_the_last_parcel_joins_the_first():
    site = Site(ORDERS["first_parcel_told"], [], {"tracking_id": "b"}, ORDERS["completed"])
    assert site.connector.ship(SHOP, replace(PARCEL, platform_no="1027", waybill_no="SF1400000000002")).refusal is None
    parcels = '[{"courier": "顺丰速运", "waybill_no": "SF1400000000001"}, {"courier": "顺丰速运", "waybill_no": "SF1400000000002"}]'
    assert site.said[-1][3] == {"meta_data": [{"key": "_danshu_parcels", "value": parcels}], "status": "completed"}


def test_a_repetition_does_only_what_is_left():
    done = Site(ORDERS["completed_by_us"])
    assert done.connector.ship(SHOP, replace(PARCEL, platform_no="1028")).refusal is None
    assert done.paths() == ["GET /orders/1028"]
    noted = Site(ORDERS["processing"], ANSWERS["no_route"], [{"note": "已发货：顺丰速运 SF1400000000001"}], ORDERS["completed"])
    assert noted.connector.ship(SHOP, PARCEL).refusal is None
    assert "POST /orders/1001/notes" not in noted.paths()
    tracked = Site(ORDERS["processing"], [{"tracking_number": "SF1400000000001"}], ORDERS["completed"])
    assert tracked.connector.ship(SHOP, PARCEL).refusal is None
    assert [path.split()[0] for path in tracked.paths()] == ["GET", "GET", "PUT"]


def test_a_lost_note_is_not_repeated_blindly():
    site = Site(ORDERS["processing"], ANSWERS["no_route"], [], httpx.ReadTimeout("late"))
    with pytest.raises(TemporaryFailure):
        site.connector.ship(SHOP, PARCEL)
    assert site.paths().count("POST /orders/1001/notes") == 1


def test_another_number_takes_the_place_of_the_old_one():
    change = replace(
        PARCEL, platform_no="1028", is_change=True, old_waybill_no="SF1400000000001", waybill_no="YT0000000000009", courier_name="圆通"
    )
    site = Site(ORDERS["completed_by_us"], ANSWERS["no_route"], [], {"id": 9}, ORDERS["completed_by_us"])
    assert site.connector.ship(SHOP, change).refusal is None
    assert site.said[3][3]["note"] == "运单号改为：圆通 YT0000000000009"
    assert site.said[4][3] == {"meta_data": [{"key": "_danshu_parcels", "value": '[{"courier": "圆通", "waybill_no": "YT0000000000009"}]'}]}


@pytest.mark.parametrize("status", ["pending", "cancelled", "refunded", "failed", "trash"])
def test_orders_that_must_not_be_shipped_are_not(status):
    site = Site(ORDERS[status])
    result = site.connector.ship(SHOP, PARCEL)
    assert (result.refusal, len(site.said)) == (Refusal.REJECTED, 1)


def test_an_order_that_is_not_there():
    assert Site(ANSWERS["order_unknown"]).connector.ship(SHOP, PARCEL).refusal == Refusal.UNKNOWN_ITEM
    assert Site().connector.ship(SHOP, replace(PARCEL, platform_no="A-1")).refusal == Refusal.UNKNOWN_ITEM
    gone = Site(ORDERS["processing"], [], {"tracking_id": "a"}, ANSWERS["order_unknown_when_changed"])
    assert gone.connector.ship(SHOP, PARCEL).refusal == Refusal.UNKNOWN_ITEM


def test_a_site_that_does_not_complete_says_so():
    site = Site(ORDERS["processing"], [], {"tracking_id": "a"}, ORDERS["processing"])
    assert site.connector.ship(SHOP, PARCEL).refusal == Refusal.REJECTED


def test_a_change_that_was_refused_says_why():
    result = Site(ORDERS["processing"], [], ANSWERS["forbidden"]).connector.ship(SHOP, PARCEL)
    assert (result.refusal, "not allowed" in result.message) == (Refusal.REJECTED, True)


@pytest.mark.parametrize(
    ("answer", "error_"),
    [
        (ANSWERS["cannot_view"], CredentialsExpired), (httpx.Response(429), RateLimited), (ANSWERS["no_route"], Refused),
        (httpx.Response(500), TemporaryFailure), ([], BadAnswer), ({}, BadAnswer), ({"status": "processing", "meta_data": 5}, BadAnswer),
    ],
)  # fmt: skip
def test_a_parcel_that_was_not_judged_is_an_error(answer, error_):
    with pytest.raises(error_):
        Site(answer, answer).connector.ship(SHOP, PARCEL)
