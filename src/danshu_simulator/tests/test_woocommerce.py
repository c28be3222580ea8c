"""WooCommerce's front as a client of its REST API sees it."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest
from woocommerce import API

from danshu_simulator import ordering, refunding, truth
from danshu_simulator.tests.conftest import ask, basic, buy, stocked


@pytest.fixture
def shop(simulator):
    return stocked(simulator, "woocommerce")


@pytest.fixture
def call(simulator, shop):
    def go(method, path, body=None, **headers):
        return ask(method, f"{simulator.gateway('woocommerce')}/wp-json/wc/v3{path}", body=body, headers={**basic(shop), **headers})

    return go


def iso(at_ms):
    return f"{datetime.fromtimestamp(at_ms // 1000, UTC):%Y-%m-%dT%H:%M:%S}"


def test_orders_look_as_documented(simulator, shop, call):
    order = buy(simulator, shop, quantity=2, is_paid=True, freight_fen=600, message="尽快发货")
    reply = call("GET", "/orders")
    assert (reply.status, reply.headers["x-wp-total"], reply.headers["x-wp-totalpages"]) == (200, "1", "1")
    (body,) = reply.json
    line = order.lines[0]
    assert (body["id"], body["number"], body["status"]) == (int(order.no), order.no, "processing")
    assert body["total"] == f"{order.to_pay_fen / 100:.2f}"
    assert (body["shipping_total"], body["customer_note"]) == ("6.00", "尽快发货")
    assert body["line_items"][0]["variation_id"] == int(line.sku_id)
    assert body["line_items"][0]["sku"] == "SIM-001-1"
    assert body["date_modified_gmt"] == iso(order.updated_ms)
    assert body["date_modified"] != body["date_modified_gmt"]
    assert body["billing"]["phone"] == order.receiver.phone


def test_pages_end_and_sizes_are_bounded(simulator, shop, call):
    numbers = [int(buy(simulator, shop).no) for _ in range(25)]
    first = call("GET", "/orders?per_page=10&orderby=id&order=asc")
    assert 'rel="next"' in first.headers["link"]
    listed = [row["id"] for page in (1, 2, 3, 4) for row in call("GET", f"/orders?per_page=10&orderby=id&order=asc&page={page}").json]
    assert listed == numbers
    assert call("GET", "/orders?per_page=101").json["code"] == "rest_invalid_param"
    assert call("GET", "/orders?status=shipped").status == 400


def test_modified_after_is_strict_and_means_the_zone_it_says(simulator, shop, call):
    old = buy(simulator, shop, is_paid=True)
    simulator.world.advance(60)
    new = buy(simulator, shop, is_paid=True)

    def found(query):
        return {row["id"] for row in call("GET", f"/orders?{query}").json}

    assert found(f"modified_after={iso(old.updated_ms)}&dates_are_gmt=true") == {int(new.no)}
    assert found(f"modified_after={iso(old.updated_ms - 1000)}&modified_before={iso(new.updated_ms)}&dates_are_gmt=true") == {int(old.no)}
    assert found(f"modified_after={iso(old.updated_ms + 8 * 3_600_000)}") == {int(new.no)}  # without the word: the site's own zone


def test_wrong_keys_are_refused_in_woocommerces_words(simulator, shop, call):
    url = f"{simulator.gateway('woocommerce')}/wp-json/wc/v3/orders"
    assert ask("GET", url).json["code"] == "woocommerce_rest_cannot_view"
    wrong = {"Authorization": "Basic " + base64.b64encode(f"{shop.app_key}:no".encode()).decode()}
    assert ask("GET", url, headers=wrong).json == {
        "code": "woocommerce_rest_authentication_error",
        "message": "Consumer secret is invalid.",
        "data": {"status": 401},
    }
    assert ask("GET", f"{url}?consumer_key={shop.app_key}&consumer_secret={shop.app_secret}").status == 200
    ordering.change_shop(simulator.world, shop.key, options={"is_tls": False})
    assert call("GET", "/orders").status == 401  # Basic is for TLS alone
    ordering.change_shop(simulator.world, shop.key, options={"permissions": "read"})
    assert call("PUT", "/products/1", {}).status == 401


def test_the_official_client_signs_as_we_check(simulator, shop):
    ordering.change_shop(simulator.world, shop.key, options={"is_tls": False})
    buy(simulator, shop)
    api = API(simulator.gateway("woocommerce"), shop.app_key, shop.app_secret, version="wc/v3")
    assert [len(api.get("orders", params={"per_page": 5, "status": "any"}).json())] == [1]
    item = next(iter(simulator.world.books[shop.key].items.values()))
    sku = item.skus[0]
    assert api.put(f"products/{item.item_id}/variations/{sku.sku_id}", {"stock_quantity": 4}).json()["stock_quantity"] == 4
    bad = API(simulator.gateway("woocommerce"), shop.app_key, "wrong", version="wc/v3")
    assert bad.get("orders").json()["message"] == "Invalid signature - provided signature does not match."


def test_stock_is_set_and_a_bad_row_blocks_nobody(simulator, shop, call):
    item = next(iter(simulator.world.books[shop.key].items.values()))
    first, second = item.skus[:2]
    rows = [{"id": int(first.sku_id), "stock_quantity": 5}, {"id": 1, "stock_quantity": 5}, {"id": int(second.sku_id), "stock_quantity": 0}]
    done = call("POST", f"/products/{item.item_id}/variations/batch", {"update": rows}).json["update"]
    assert [row.get("stock_quantity") for row in done] == [5, None, 0]
    assert done[1]["error"]["code"] == "woocommerce_rest_product_variation_invalid_id"
    assert (first.stock, second.stock) == (5, 0)
    assert call("POST", "/products/batch", {"update": [{"id": 1}] * 101}).status == 413
    assert call("GET", f"/products/{item.item_id}").json["stock_quantity"] is None


def test_completing_ships_with_the_number_told_before(simulator, shop, call):
    order = buy(simulator, shop, is_paid=True)
    told = {"tracking_provider": "SF Express", "tracking_number": "SF100"}
    assert call("POST", f"/orders/{order.no}/shipment-trackings", told).status == 201
    assert call("PUT", f"/orders/{order.no}", {"status": "completed"}).json["status"] == "completed"
    assert [parcel["waybill_no"] for parcel in truth.order(order)["parcels"]] == ["SF100"]
    assert call("PUT", "/orders/999", {"status": "completed"}).status == 400
    assert call("GET", "/orders/999").json["code"] == "woocommerce_rest_shop_order_invalid_id"


def test_only_money_that_went_back_is_a_refund(simulator, shop, call):
    order = buy(simulator, shop, is_paid=True)
    wish = refunding.ask(simulator.world, shop.key, order.no)
    assert call("GET", f"/orders/{order.no}/refunds").json == []
    refunding.answer(simulator.world, shop.key, wish.no, agrees=True)
    assert call("GET", f"/orders/{order.no}").json["status"] == "refunded"
    (refund,) = call("GET", f"/orders/{order.no}/refunds").json
    assert refund["amount"] == f"{order.to_pay_fen / 100:.2f}"
    assert refund["line_items"][0]["quantity"] == -1


def test_webhooks_are_signed_over_the_raw_body_and_end_after_failures(simulator, shop, call, listener):
    made = call("POST", "/webhooks", {"topic": "order.created", "delivery_url": listener.url, "secret": "s3"})
    assert made.status == 201
    order = buy(simulator, shop)
    simulator.pusher.flush()
    ((headers, body, _query),) = listener.came
    assert headers["x-wc-webhook-topic"] == "order.created"
    assert headers["x-wc-webhook-signature"] == base64.b64encode(hmac.new(b"s3", body, hashlib.sha256).digest()).decode()
    assert json.loads(body)["id"] == int(order.no)
    listener.status = 500
    for _ in range(7):
        buy(simulator, shop)
        simulator.pusher.flush()
    assert len(listener.came) == 7
    assert call("GET", "/webhooks").json[0]["status"] == "disabled"
