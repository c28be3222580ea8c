"""A shop of its own with a few goods, and programs that hold tokens for it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from danshu.accounts import operations as accounts
from danshu.accounts.operations import TokenDraft
from danshu.accounts.scopes import SCOPES
from danshu.catalogue.codes import loose
from danshu.catalogue.models import BundlePart, Sku
from danshu.channels.models import Shop
from danshu.core import clock
from danshu.core.actor import Actor
from danshu.stock import operations as stock
from danshu.stock.models import Balance, Warehouse

OWNER = Actor(None, "李建明")
ALL = tuple(SCOPES)
HOME = {
    "name": "王小婷", "phone": "18612342290", "province": "浙江省", "city": "杭州市", "district": "余杭区",
    "address": "文一西路 969 号 3 幢",
}  # fmt: skip


@dataclass
class House:
    shop: Shop
    other: Shop
    warehouse: Warehouse
    skus: dict[str, Sku]

    def left(self, code: str = "MUG") -> tuple[int, int]:
        """(on hand, locked)"""
        found = Balance.objects.filter(sku=self.skus[code]).values_list("on_hand", "locked")
        return found[0] if found else (0, 0)

    def order(self, *lines: tuple[str, int], **more: Any) -> dict[str, Any]:
        """The JSON of an order; a MUG by default."""
        goods = [{"sku": sku, "quantity": quantity, "price_fen": 2500} for sku, quantity in lines or [("MUG", 1)]]
        return {"shop_id": self.shop.pk, "receiver": HOME, "lines": goods, **more}


@pytest.fixture
def house(db: None) -> House:
    """Two shops of our own; MUG and MAT with ten pieces each, SET of one of either."""
    now = clock.now()
    shop = Shop.objects.create(name="官网", platform="own", created_at=now, courier_code="zto")
    other = Shop.objects.create(name="小程序", platform="own", created_at=now)
    warehouse = Warehouse.objects.create(name="杭州仓")
    skus = {}
    for code in ("MUG", "MAT", "SET"):
        skus[code] = Sku.objects.create(
            code=code, loose_code=loose(code), name=f"商品 {code}", is_bundle=code == "SET", created_at=now, updated_at=now
        )
    for code in ("MUG", "MAT"):
        BundlePart.objects.create(bundle=skus["SET"], part=skus[code], quantity=1)
    stock.open_stock([stock.Piece(skus[code].pk, warehouse.pk, 10) for code in ("MUG", "MAT")], by=OWNER, now=now)
    return House(shop, other, warehouse, skus)


class Program:
    """Something that calls with a token, as curl does."""

    def __init__(self, token: str) -> None:
        self.client = Client(headers={"authorization": f"Bearer {token}"} if token else {})

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1{path}", query)

    def post(self, path: str, body: Any, key: str = "") -> Any:
        headers = {"idempotency-key": key} if key else {}
        return self.client.post(f"/api/v1{path}", json.dumps(body), content_type="application/json", headers=headers)


@pytest.fixture
def program(db: None) -> Any:
    """`program("orders:read", shops=[1])`: a program with these scopes, all of them by default."""

    def made(*scopes: str, shops: list[int] | None = None, person: Any = None, days: int | None = None) -> Program:
        draft = TokenDraft("官网", scopes or ALL, tuple(shops or ()), person.pk if person else None, days)
        [(_token, text)] = accounts.issue([draft], by=OWNER, now=clock.now())
        return Program(text)

    return made


@pytest.fixture
def code_of() -> Any:
    """(status, code) of an answer that says no."""

    def read(answer: Any) -> tuple[int, str]:
        body = answer.json()
        assert set(body) == {"code", "message", "details"}
        assert body["message"]
        return answer.status_code, body["code"]

    return read
