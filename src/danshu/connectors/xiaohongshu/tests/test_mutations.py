"""Bodies that came broken: translation understands them or says `BadPayload`, nothing else, and what it understands can be kept."""

import copy
import random
from decimal import Decimal

import pytest

from danshu.channels.connector_errors import BadPayload
from danshu.connectors.xiaohongshu import CONNECTOR
from danshu.connectors.xiaohongshu.tests.conftest import payload

STRANGE = [
    None, True, False, 0, 1, -1, 10**30, 2**63, Decimal("1.5"), Decimal("NaN"), Decimal("1E+400"), "", " ", "x", "12", "-3", "٣",
    "9" * 5000, "\ud800", "a\x00b", [], {}, [None], [[]], [{}], {"a": 1}, {"attr_key": {}}, 4102444800, "1767225600", 1767225600000,
]  # fmt: skip


def places(body, path=()):
    yield path
    for key, value in body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ():
        yield from places(value, (*path, key))


def mutate(body, chance):
    body = copy.deepcopy(body)
    for _change in range(chance.randint(1, 4)):
        path = chance.choice(list(places(body))[1:] or [("x",)])
        holder = body
        for key in path[:-1]:
            holder = holder[key]
        if isinstance(holder, dict) and chance.random() < 0.3:
            holder.pop(path[-1], None)
        else:
            holder[path[-1]] = copy.deepcopy(chance.choice(STRANGE))
    return body


@pytest.mark.parametrize(("kind", "seed"), [("orders", 1), ("orders", 2), ("refunds", 3), ("refunds", 4)])
def test_mutated_bodies_raise_nothing_but_bad_payload(kind, seed):
    chance, bodies = random.Random(seed), list(payload(kind).values())
    translate = CONNECTOR.order if kind == "orders" else CONNECTOR.refund
    understood = 0
    for _round in range(1500):
        try:
            found = translate(mutate(chance.choice(bodies), chance))
        except BadPayload:
            continue
        understood += 1
        if kind == "orders":
            assert len(found.digest()) == 32
            assert found.paid_fen >= 0
            assert len({line.oid for line in found.lines}) == len(found.lines)
        assert found.platform_no
    assert understood > 100
