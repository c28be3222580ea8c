"""Webhooks through the REST door: a program adds its own, reads what was delivered, asks for it again."""

from __future__ import annotations

from danshu.flows import webhooks
from danshu.notify.models import Delivery, Webhook

HOOK = {"name": "官网库存", "url": "https://shop.example/hooks", "kinds": ["order.placed", "stock.changed"]}


def test_a_webhook_is_added_and_its_secret_said_once(house, program):
    some = program("webhooks")
    made = some.post("/webhooks", HOOK, key="w1")
    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    assert some.post("/webhooks", HOOK, key="w1").json() == made.json()  # the answer may have been lost on its way
    [listed] = some.get("/webhooks").json()["items"]
    assert "secret" not in listed
    assert (listed["kinds"], listed["is_plain"], listed["is_active"]) == (["order.placed", "stock.changed"], False, True)
    assert some.post(f"/webhooks/{listed['id']}/remove", {}).json() == {"changed": 1}
    assert not Webhook.objects.exists()


def test_what_cannot_be_called_is_refused(house, program, code_of):
    some = program("webhooks")
    assert code_of(some.post("/webhooks", HOOK | {"url": "http://shop.example/"})) == (422, "webhook.insecure")
    assert code_of(some.post("/webhooks", HOOK | {"url": "https://10.0.0.1/"})) == (422, "webhook.private")
    assert code_of(some.post("/webhooks", HOOK | {"kinds": ["order.eaten"]})) == (422, "webhook.kinds")
    assert code_of(some.post("/webhooks", HOOK | {"is_plain": True})) == (422, "request.invalid")  # the owner's to decide


def test_a_token_bound_to_shops_adds_for_these_and_sees_these(house, program, code_of):
    mine, everything = program("webhooks", shops=[house.shop.pk]), program("webhooks")
    made = mine.post("/webhooks", HOOK).json()
    assert made["shop_ids"] == [house.shop.pk]
    assert code_of(mine.post("/webhooks", HOOK | {"shop_ids": [house.other.pk]})) == (404, "shop.not_found")
    wide = everything.post("/webhooks", HOOK).json()
    assert [one["id"] for one in mine.get("/webhooks").json()["items"]] == [made["id"]]
    for path in ("remove", "test"):
        assert code_of(mine.post(f"/webhooks/{wide['id']}/{path}", {})) == (404, "webhook.not_found")
    assert code_of(mine.get(f"/webhooks/{wide['id']}/deliveries")) == (404, "webhook.not_found")


def test_deliveries_are_read_and_sent_again(house, program):
    some = program()
    hook = some.post("/webhooks", HOOK | {"kinds": ["order.placed"]}).json()
    webhooks.keep_up()
    some.post("/orders", house.order(number="W-1"))
    webhooks.keep_up()
    queued = some.post(f"/webhooks/{hook['id']}/test", {}).json()["delivery_id"]
    items = some.get(f"/webhooks/{hook['id']}/deliveries", limit=1).json()
    assert [one["id"] for one in items["items"]] == [queued]
    [placed] = some.get(f"/webhooks/{hook['id']}/deliveries", cursor=items["next"]).json()["items"]
    assert (placed["kind"], placed["state"], placed["message_id"]) == ("order.placed", "waiting", f"msg_{placed['id']}")
    Delivery.objects.update(state="failed")
    assert some.post(f"/webhooks/{hook['id']}/replay", {"delivery_ids": [placed["id"], 999]}).json() == {"changed": 1}
    assert [one["id"] for one in some.get(f"/webhooks/{hook['id']}/deliveries", state="failed").json()["items"]] == [queued]


def test_fifty_replays_cost_the_statements_of_one(house, program, same_queries):
    some = program("webhooks")
    hook = some.post("/webhooks", HOOK).json()["id"]
    ids = [some.post(f"/webhooks/{hook}/test", {}).json()["delivery_id"] for _ in range(51)]
    same_queries(
        lambda: some.post(f"/webhooks/{hook}/replay", {"delivery_ids": ids[:1]}),
        lambda: some.post(f"/webhooks/{hook}/replay", {"delivery_ids": ids[1:]}),
    )
    same_queries(lambda: some.get(f"/webhooks/{hook}/deliveries", limit=1), lambda: some.get(f"/webhooks/{hook}/deliveries", limit=50))
