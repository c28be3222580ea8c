"""Stock through the REST door: levels in pages, goods that come once, corrections that orders survive."""

from __future__ import annotations

from danshu.api.tests.conftest import OWNER
from danshu.catalogue.codes import loose
from danshu.catalogue.models import Sku
from danshu.channels.models import Shop
from danshu.channels.operations import offer_rules
from danshu.channels.operations.offer_rules import RuleDraft
from danshu.core import clock
from danshu.stock import operations as stock
from danshu.stock.models import LedgerEntry, Warehouse
from danshu.stock.operations import Piece


def test_levels_say_what_can_be_sold(house, program):
    some = program("stock:read", "orders:write")
    some.post("/orders", house.order(("MUG", 3)))
    levels = {one["sku"]: one for one in some.get("/stock").json()["items"]}
    assert list(levels) == ["MAT", "MUG", "SET"]
    assert (levels["MUG"]["on_hand"], levels["MUG"]["locked"], levels["MUG"]["sellable"]) == (10, 3, 7)
    assert (levels["SET"]["on_hand"], levels["SET"]["sellable"], levels["SET"]["is_bundle"]) == (0, 7, True)
    [place] = levels["MUG"]["warehouses"]
    assert (place["warehouse_name"], place["on_hand"], place["is_active"]) == ("杭州仓", 10, True)


def test_a_shop_that_asks_learns_what_it_may_show(house, program):
    """A share of half the pool, rounded down, over what is listed there and what is not; nothing for a shop that is closed."""
    some = program("stock:read")
    offer_rules.set_rules([RuleDraft(house.shop.pk, mode="share", percent=50)], by=OWNER, now=clock.now())
    stock.adjust([Piece(house.skus["MUG"].pk, house.warehouse.pk, -1)], by=OWNER, now=clock.now(), reason="破损")

    def offered(shop):
        return {one["sku"]: one["offered"] for one in some.get("/stock", shop_id=shop.pk).json()["items"]}

    assert offered(house.shop) == {"MAT": 5, "MUG": 4, "SET": 4}
    assert offered(house.other) == {"MAT": 10, "MUG": 9, "SET": 9}
    assert {one["offered"] for one in some.get("/stock").json()["items"]} == {None}
    Shop.objects.filter(pk=house.other.pk).update(is_active=False)
    assert set(offered(house.other).values()) == {0}


def test_a_token_asks_for_its_own_shops_alone(house, program, code_of):
    some = program("stock:read", shops=[house.shop.pk])
    assert some.get("/stock", shop_id=house.shop.pk).status_code == 200
    assert code_of(some.get("/stock", shop_id=house.other.pk)) == (404, "shop.not_found")


def test_levels_come_in_pages_or_by_code(house, program):
    some = program("stock:read")
    page = some.get("/stock", limit=2).json()
    assert [one["sku"] for one in page["items"]] == ["MAT", "MUG"]
    assert [one["sku"] for one in some.get("/stock", limit=2, cursor=page["next"]).json()["items"]] == ["SET"]
    assert [one["sku"] for one in some.get("/stock", sku=["MUG", "NONE"]).json()["items"]] == ["MUG"]
    assert some.get("/warehouses").json() == {"items": [{"id": house.warehouse.pk, "name": "杭州仓", "is_active": True}]}


def test_goods_that_came_count_once_however_often_it_is_said(house, program):
    some = program("stock:write")
    body = {"pieces": [{"sku": "MUG", "quantity": 5}, {"sku": "MAT", "quantity": 1, "is_defective": True}], "reason": "到货"}
    assert some.post("/stock/receive", body, key="d-7").json() == {"changed": 6}
    assert some.post("/stock/receive", body, key="d-7").json() == {"changed": 6}
    assert (house.left("MUG"), house.left("MAT")) == ((15, 0), (10, 0))


def test_a_correction_leaves_what_orders_hold(house, program, code_of):
    some = program("stock:write", "orders:write")
    some.post("/orders", house.order(("MUG", 8)))
    assert code_of(some.post("/stock/adjust", {"pieces": [{"sku": "MUG", "quantity": -3}], "reason": "盘亏"})) == (409, "stock.locked")
    assert some.post("/stock/adjust", {"pieces": [{"sku": "MUG", "quantity": -2}], "reason": "盘亏"}).json() == {"changed": 1}
    assert house.left() == (8, 8)
    assert LedgerEntry.objects.latest("pk").actor_name == "API · 官网"


def test_what_is_not_known_changes_nothing(house, program, code_of):
    some = program("stock:write")
    known = {"sku": "MUG", "quantity": 1}
    assert code_of(some.post("/stock/receive", {"pieces": [known, {"sku": "NONE", "quantity": 1}]})) == (404, "sku.not_found")
    assert code_of(some.post("/stock/receive", {"pieces": [{**known, "warehouse_id": 99}]})) == (404, "warehouse.not_found")
    assert code_of(some.post("/stock/receive", {"pieces": [{"sku": "SET", "quantity": 1}]})) == (422, "stock.bundle")
    assert code_of(some.post("/stock/adjust", {"pieces": [{"sku": "MUG", "quantity": 0}], "reason": "x"})) == (422, "stock.quantity")
    assert code_of(some.post("/stock/adjust", {"pieces": [known], "reason": " "})) == (422, "request.invalid")
    Warehouse.objects.update(is_active=False)
    assert code_of(some.post("/stock/receive", {"pieces": [known]})) == (404, "warehouse.not_found")
    assert house.left() == (10, 0)


def test_fifty_goods_cost_the_statements_of_one(house, program, same_queries):
    now = clock.now()
    codes = [f"T{i:02d}" for i in range(51)]
    Sku.objects.bulk_create(Sku(code=c, loose_code=loose(c), name=c, created_at=now, updated_at=now) for c in codes)
    some = program()
    some.get("/shops")
    for path, more in (("/stock/receive", {}), ("/stock/adjust", {"reason": "盘盈"})):

        def send(some_codes, path=path, more=more):
            answer = some.post(path, {"pieces": [{"sku": code, "quantity": 2} for code in some_codes], **more})
            assert answer.status_code == 200

        same_queries(lambda: send(codes[:1]), lambda: send(codes[1:]))
    same_queries(lambda: some.get("/stock", limit=1), lambda: some.get("/stock", limit=50))
    same_queries(lambda: some.get("/stock", limit=1, shop_id=house.shop.pk), lambda: some.get("/stock", limit=50, shop_id=house.shop.pk))
