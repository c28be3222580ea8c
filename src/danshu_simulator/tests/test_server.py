"""The server under many hands at once."""

import http.client
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from danshu_simulator import truth
from danshu_simulator.tests.conftest import ask, basic, buy, stocked


def test_connections_are_kept(simulator):
    shop = stocked(simulator, "woocommerce")
    connection = http.client.HTTPConnection("127.0.0.1", simulator.server.server_address[1])
    sockets = set()
    for _ in range(5):
        connection.request("GET", "/woocommerce/wp-json/wc/v3/orders", headers=basic(shop))
        assert json.loads(connection.getresponse().read()) == []
        sockets.add(connection.sock)
    connection.close()
    assert len(sockets) == 1


def test_many_hands_at_once_sell_nothing_twice(simulator):
    """Eight sellers and buyers on one shop of 100 pieces: what was sold and what is left add up."""
    shop = stocked(simulator, "woocommerce", stock=100)
    item = next(iter(simulator.world.books[shop.key].items.values()))
    path = f"{simulator.gateway('woocommerce')}/wp-json/wc/v3/products/{item.item_id}/variations/{item.skus[0].sku_id}"
    wanted = {"lines": [{"merchant_code": "SIM-001-1", "quantity": 3}], "is_paid": True}

    def hand(number):
        if number % 4 == 3:
            return ask("GET", path, headers=basic(shop)).status
        return ask("POST", f"{simulator.url}/_control/shops/{shop.key}/orders", body=wanted).status

    with ThreadPoolExecutor(8) as hands:
        statuses = Counter(hands.map(hand, range(80)))
    assert statuses == {200: 33 + 20, 400: 27}
    row = next(row for row in truth.all_of(simulator.world)["stock"] if row["merchant_code"] == "SIM-001-1")
    assert (row["shown"], row["sold"]) == (1, 99)


def test_a_broken_caller_hurts_nobody(simulator):
    shop = stocked(simulator, "woocommerce")
    buy(simulator, shop)
    connection = http.client.HTTPConnection("127.0.0.1", simulator.server.server_address[1])
    connection.request("POST", "/_control/shops", body=b"{not json", headers={"Content-Type": "application/json"})
    assert connection.getresponse().status == 400
    connection.close()
    assert ask("GET", f"{simulator.gateway('woocommerce')}/wp-json/wc/v3/orders", headers=basic(shop)).status == 200
    assert ask("GET", f"{simulator.gateway('woocommerce')}/nothing").status == 404
