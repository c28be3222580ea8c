"""Bodies that came broken: translation understands them or says `BadPayload`, nothing else, and what it understands can be kept."""

import random

import pytest

from danshu.channels.connector_errors import BadPayload
from danshu.channels.tests.pretending import mutate
from danshu.connectors.xiaohongshu import CONNECTOR
from danshu.connectors.xiaohongshu.tests.conftest import payload


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
