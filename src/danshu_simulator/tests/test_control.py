"""The control interface, and the program as a process."""

import os
import signal
import subprocess
import sys
import time

import pytest

from danshu_simulator.tests.conftest import ask, buy, stocked


def test_a_shop_lives_under_control(control):
    shop = control("POST", "/shops", platform="woocommerce", name="小店").json
    assert (shop["key"], len(shop["app_secret"])) == ("woocommerce-1", 32)
    items = control("POST", f"/shops/{shop['key']}/items", count=2, stock=5).json["items"]
    placed = control("POST", f"/shops/{shop['key']}/orders", lines=[{"merchant_code": "SIM-002-1", "quantity": 2}]).json
    assert (placed["status"], placed["lines"][0]["quantity"]) == ("unpaid", 2)
    deeds = f"/shops/{shop['key']}/orders/{placed['no']}"
    assert control("POST", f"{deeds}/pay").json["status"] == "paid"
    again = control("POST", f"{deeds}/pay")
    assert (again.status, again.json["code"]) == (400, "not_unpaid")
    assert control("POST", f"{deeds}/remark", memo="加急", flag="red").json["seller_memo"] == "加急"
    refund = control("POST", f"{deeds}/refund", reason="拍错了").json
    assert refund["is_before_shipping"]
    answered = control("POST", f"/shops/{shop['key']}/refunds/{refund['no']}/answer", agrees=True).json
    assert answered["status"] == "done"
    told = control("GET", f"/truth?shop={shop['key']}").json
    assert told["orders"][0]["status"] == "closed"
    assert {row["item_id"] for row in told["stock"]} == {item["item_id"] for item in items}
    kinds = [event["kind"] for event in control("GET", "/events").json["events"]]
    assert kinds == ["order.placed", "order.paid", "order.memo_changed", "refund.asked", "refund.changed", "order.closed"]


def test_time_is_moved_by_hand(control, simulator):
    shop = stocked(simulator, "woocommerce")
    order = buy(simulator, shop)
    before = control("GET", "/").json["clock"]["now_ms"]
    moved = control("POST", "/clock", advance=3600).json
    assert (moved["now_ms"] - before, moved["deeds"]) == (3_600_000, 1)
    assert order.status == "closed"
    assert control("POST", "/clock", speed=60).json["speed"] == 60
    time.sleep(0.05)
    assert simulator.world.now() > moved["now_ms"] + 1000


def test_what_makes_no_sense_is_said(control, simulator):
    stocked(simulator, "woocommerce")
    assert control("POST", "/shops", platform="ebay").status == 404
    assert control("PUT", "/shops/woocommerce-1/mood", sad=1).json["error"] == "ValueError: unknown: sad"
    assert control("PATCH", "/shops/woocommerce-1", callback={"url": "http://example.com/"}).status == 400
    assert control("GET", "/nothing").status == 404
    assert ask("GET", f"{simulator.url}/ebay/orders").status == 404


def start(folder):
    process = subprocess.Popen(
        [sys.executable, "-m", "danshu_simulator", "--port", "0", "--data", str(folder), "--seed", "5"],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    line = process.stdout.readline().decode()
    return process, line.split()[1].removesuffix("/_control/")


@pytest.mark.slow
def test_a_killed_process_forgets_nothing_that_it_said(tmp_path):
    process, url = start(tmp_path)
    try:
        key = ask("POST", f"{url}/_control/shops", body={"platform": "woocommerce"}).json["key"]
        ask("POST", f"{url}/_control/shops/{key}/items", body={"count": 3})
        placed = ask("POST", f"{url}/_control/shops/{key}/orders", body={"count": 20}).json["orders"]
        process.kill()
        process.wait()
        process.stdout.close()
        process, url = start(tmp_path)
        assert sorted(order["no"] for order in ask("GET", f"{url}/_control/truth").json["orders"]) == sorted(placed)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
