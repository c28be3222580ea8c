"""A clerk in a browser, and one thing on the shelf of which an order holds three."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from danshu.accounts.models import User
from danshu.catalogue.models import Sku
from danshu.stock.tests.goods import demand, fill, reserve, sku, warehouse


@pytest.fixture
def clerk(picker: User, client_of: Callable[[User], Client]) -> Client:
    return client_of(picker)


@pytest.fixture
def boss(owner: User, client_of: Callable[[User], Client]) -> Client:
    return client_of(owner)


@pytest.fixture
def towel(db: None) -> Sku:
    item = sku("MY-TW-1", name="竹纤维毛巾")
    fill(warehouse(), {item: 10})
    reserve(demand(1, item, 3))
    return item
