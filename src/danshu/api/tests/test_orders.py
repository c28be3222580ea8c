"""Orders through the REST door: made once, never beyond stock, read in pages, changed all or none."""

from __future__ import annotations

import time_machine

from danshu.api.tests.conftest import OWNER
from danshu.audit.models import Entry
from danshu.core import clock
from danshu.orders import operations as orders
from danshu.orders.models import Order
from danshu.stock.models import Balance


def test_an_order_is_made_and_its_stock_is_locked(house, program):
    answer = program("orders:write").post("/orders", house.order(("MUG", 2), number="W-1", seller_memo="加急"))
    assert answer.status_code == 201
    order = answer.json()
    assert (order["platform_no"], order["payment"], order["fulfilment"], order["source"]) == ("W-1", "paid", "waiting", "api")
    assert (order["goods_fen"], order["paid_fen"], order["lines"][0]["sku"], order["lines"][0]["quantity"]) == (5000, 5000, "MUG", 2)
    assert order["receiver"] == {
        "name": "王*婷", "phone": "186****2290", "province": "浙江省", "city": "杭州市", "district": "余杭区", "address": "文一西路 9****",
        "is_masked": True,
    }  # fmt: skip
    assert house.left() == (10, 2)
    assert Entry.objects.get(verb="order.created").actor_name == "API · 官网"


def test_an_order_beyond_stock_is_refused_with_what_is_left(house, program, code_of):
    answer = program().post("/orders", house.order(("MUG", 11), ("MAT", 1)))
    assert code_of(answer) == (409, "stock.short")
    assert answer.json()["details"] == {"skus": [{"sku_id": house.skus["MUG"].pk, "sku": "MUG", "left": 10, "wanted": 11}]}
    assert "MUG 还剩 10 件" in answer.json()["message"]
    assert (house.left("MUG"), house.left("MAT"), Order.objects.count()) == ((10, 0), (10, 0), 0)


def test_of_a_batch_each_gets_its_own_answer_and_the_refused_leave_nothing(house, program):
    batch = [
        house.order(("MUG", 6), number="A"), house.order(("MUG", 6), number="B"), house.order(("SET", 4), number="C"),
        house.order(("MAT", 1), number="A"), house.order(("NONE", 1)), house.order(("MAT", 1), shop_id=987654),
        house.order(("MAT", 1), number="D"),
    ]  # fmt: skip
    results = program().post("/orders/batch", {"orders": batch}).json()["results"]
    assert [(one["index"], one["status"], (one["error"] or {}).get("code")) for one in results] == [
        (0, 201, None), (1, 409, "stock.short"), (2, 201, None), (3, 409, "order.known"), (4, 422, "order.sku"), (5, 404, "shop.not_found"),
        (6, 201, None),
    ]  # fmt: skip
    assert results[1]["error"]["details"]["skus"][0]["left"] == 4
    assert sorted(Order.objects.values_list("platform_no", flat=True)) == ["A", "C", "D"]
    assert (house.left("MUG"), house.left("MAT")) == ((10, 10), (10, 5))


def test_fifty_orders_cost_the_statements_of_one(house, program, same_queries):
    Balance.objects.update(on_hand=1000)
    some = program()
    some.get("/shops")  # the token's use is noted once a minute
    assert some.post("/orders/batch", {"orders": [house.order()]}).status_code == 200
    same_queries(
        lambda: some.post("/orders/batch", {"orders": [house.order()]}),
        lambda: some.post("/orders/batch", {"orders": [house.order() for _ in range(50)]}),
    )
    same_queries(lambda: some.get("/orders", limit=1), lambda: some.get("/orders", limit=50))
    ids = list(Order.objects.values_list("pk", flat=True))

    def change(path, some_ids, more):
        assert some.post(path, {"order_ids": some_ids, **more}).json() == {"changed": len(some_ids)}

    for path, more in CHANGES.items():
        same_queries(lambda: change(path, ids[:1], more), lambda: change(path, ids[1:51], more))  # noqa: B023 - called at once


CHANGES = {
    "/orders/flag": {"flag": "red"},
    "/orders/memo": {"memo": "易碎"},
    "/orders/hold": {"reason": "等补款"},
    "/orders/release": {},
    "/orders/receiver": {"receiver": {"name": "李四", "phone": "13900001111", "province": "江苏省", "address": "中山路 1 号"}},
    "/orders/cancel": {"reason": "不要了"},
}


def test_the_same_key_makes_one_order(house, program, code_of):
    some = program()
    first = some.post("/orders", house.order(number="W-1"), key="k-1")
    again = some.post("/orders", house.order(number="W-1"), key="k-1")
    assert (again.status_code, again.content, again["Idempotency-Replayed"]) == (201, first.content, "true")
    assert "Idempotency-Replayed" not in first
    assert code_of(some.post("/orders", house.order(number="W-2"), key="k-1")) == (422, "idempotency.reused")
    assert code_of(some.post("/stock/receive", {"pieces": [{"sku": "MUG", "quantity": 1}]}, key="k" * 201)) == (422, "idempotency.key")
    assert Order.objects.count() == 1
    assert program().post("/orders", house.order(number="W-3"), key="k-1").status_code == 201  # another token's key


def test_a_refusal_keeps_no_key(house, program, code_of):
    some = program()
    assert code_of(some.post("/orders", house.order(("MUG", 11)), key="k")) == (409, "stock.short")
    Balance.objects.update(on_hand=20)
    assert some.post("/orders", house.order(("MUG", 11)), key="k").status_code == 201


def test_what_is_wrong_is_named_by_its_place_and_nothing_is_made(house, program, code_of):
    some = program()
    for wrong, where in (
        ({"lines": []}, "lines"),
        ({"lines": [{"sku": "MUG", "quantity": 0}]}, "lines.0.quantity"),
        ({"lines": [{"sku": "MUG", "quantity": 10**7}]}, "lines.0.quantity"),
        ({"receiver": {"name": "王"}}, "receiver.phone"),
        ({"price": 1}, "price"),
        ({"flag": "pink"}, "flag"),
        ({"freight_fen": -1}, "freight_fen"),
    ):
        answer = some.post("/orders", house.order() | wrong)
        assert code_of(answer) == (422, "request.invalid")
        assert where in [one["where"] for one in answer.json()["details"]["errors"]], answer.json()
    assert code_of(some.post("/orders", house.order(("MUG", 1), number="x\0y"))) == (422, "text.unreadable")
    assert Order.objects.count() == 0


def test_a_shop_that_its_platform_fills_takes_no_orders_from_here(house, program, code_of):
    house.shop.platform = "sandbox"
    house.shop.save()
    assert code_of(program().post("/orders", house.order())) == (409, "shop.connected")
    house.other.is_active = False
    house.other.save()
    assert code_of(program().post("/orders", house.order(shop_id=house.other.pk))) == (409, "shop.closed")


def test_a_token_bound_to_a_shop_sees_no_other(house, program, code_of):
    mine, theirs = program(shops=[house.shop.pk]), program(shops=[house.other.pk])
    made = mine.post("/orders", house.order()).json()
    assert theirs.get("/orders").json()["items"] == []
    assert code_of(theirs.get(f"/orders/{made['id']}")) == (404, "order.not_found")
    assert code_of(theirs.post("/orders/cancel", {"order_ids": [made["id"]]})) == (404, "order.not_found")
    assert code_of(theirs.post("/orders", house.order())) == (404, "shop.not_found")
    assert mine.get(f"/orders/{made['id']}").json()["id"] == made["id"]


def test_pages_follow_by_key_and_miss_nothing(house, program):
    Balance.objects.update(on_hand=100)
    some = program()
    some.post("/orders/batch", {"orders": [house.order(number=f"P{i}") for i in range(7)]})
    found, cursor = [], ""
    while True:
        page = some.get("/orders", limit=3, cursor=cursor).json()
        found += [one["platform_no"] for one in page["items"]]
        cursor = page["next"]
        if not cursor:
            break
    assert found == [f"P{i}" for i in reversed(range(7))]


def test_a_program_that_asks_for_changes_gets_them_oldest_first(house, program):
    some = program()
    with time_machine.travel("2026-11-22T04:00:00Z", tick=False):
        first, second = (some.post("/orders", house.order(number=n)).json()["id"] for n in "AB")
    with time_machine.travel("2026-11-22T05:00:00Z", tick=False):
        some.post("/orders", house.order(number="C"))
        some.post("/orders/memo", {"order_ids": [first], "memo": "改"})
    since = some.get("/orders", updated_since="2026-11-22T05:00:00Z").json()["items"]
    assert [one["platform_no"] for one in since] == ["A", "C"]
    made = some.get("/orders", created_since="2026-11-22T05:00:00Z").json()["items"]
    assert [one["platform_no"] for one in made] == ["C"]
    page = some.get("/orders", updated_since="2026-11-22T03:00:00Z", limit=2).json()
    rest = some.get("/orders", updated_since="2026-11-22T03:00:00Z", limit=2, cursor=page["next"]).json()
    assert [one["id"] for one in page["items"] + rest["items"]] == [second, first, rest["items"][-1]["id"]]


def test_lists_are_filtered_by_axes(house, program):
    some = program()
    some.post("/orders/batch", {"orders": [house.order(number="A"), house.order(number="B", payment="unpaid")]})
    assert [one["platform_no"] for one in some.get("/orders", payment="unpaid").json()["items"]] == ["B"]
    assert [one["platform_no"] for one in some.get("/orders", number="A").json()["items"]] == ["A"]
    assert some.get("/orders", fulfilment="shipped").json()["items"] == []
    assert some.get("/orders", is_held="true", shop_id=house.shop.pk).json()["items"] == []


def test_cursors_that_we_never_gave_are_refused(house, program, code_of):
    some = program()
    for cursor in ("x", "nW10", "nWyJhIl0", "nW3sidCI6IjIwMjYifV0", "nWzFlOTldIA", "pW251bGxd"):
        answer = some.get("/orders", cursor=cursor)
        assert answer.status_code in {200, 422}, (cursor, answer.content)
        if answer.status_code == 422:
            assert code_of(answer) == (422, "paging.cursor")


def test_receivers_are_shown_in_full_to_those_who_may_and_it_is_written_down(house, program, code_of):
    order_id = program().post("/orders", house.order()).json()["id"]
    without = program("orders:read")
    assert without.get(f"/orders/{order_id}").json()["receiver"]["phone"] == "186****2290"
    assert code_of(without.get(f"/orders/{order_id}", reveal="true")) == (403, "token.scope")
    assert code_of(without.get("/orders", reveal="true")) == (403, "token.scope")
    seen = program("orders:read", "people:reveal").get(f"/orders/{order_id}", reveal="true").json()["receiver"]
    assert (seen["name"], seen["phone"], seen["address"], seen["is_masked"]) == ("王小婷", "18612342290", "文一西路 969 号 3 幢", False)
    entry = Entry.objects.get(verb="people.revealed")
    assert (entry.target_id, entry.actor_name) == (order_id, "API · 官网")


def test_an_unpaid_order_is_paid_later(house, program):
    some = program()
    order = some.post("/orders", house.order(payment="unpaid")).json()
    assert (order["payment"], order["ship_by"]) == ("unpaid", None)
    assert some.post("/orders/pay", {"order_ids": [order["id"]]}).json() == {"changed": 1}
    assert some.post("/orders/pay", {"order_ids": [order["id"]]}).json() == {"changed": 0}
    paid = some.get(f"/orders/{order['id']}").json()
    assert paid["payment"] == "paid"
    assert paid["paid_at"]
    assert paid["ship_by"]
    assert house.left() == (10, 1)


def test_changes_are_for_all_or_none(house, program, code_of):
    some = program()
    made = some.post("/orders/batch", {"orders": [house.order(number="A"), house.order(number="B")]}).json()["results"]
    first, second = (one["order"]["id"] for one in made)
    orders.mark_shipped([second], by=OWNER, now=clock.now())
    answer = some.post("/orders/cancel", {"order_ids": [first, second]})
    assert code_of(answer) == (409, "state.not_allowed")
    assert Order.objects.get(pk=first).fulfilment == "waiting"
    assert code_of(some.post("/orders/flag", {"order_ids": [first, 999], "flag": "red"})) == (404, "order.not_found")
    assert Order.objects.get(pk=first).flag == ""


def test_each_change_arrives(house, program):
    some = program()
    order_id = some.post("/orders", house.order(("MUG", 3))).json()["id"]
    for path, more in CHANGES.items():
        assert some.post(path, {"order_ids": [order_id], **more}).json() == {"changed": 1}, path
    order = some.get(f"/orders/{order_id}").json()
    assert (order["flag"], order["seller_memo"], order["is_held"], order["fulfilment"]) == ("red", "易碎", False, "cancelled")
    assert (order["receiver"]["province"], house.left()) == ("江苏省", (10, 0))
