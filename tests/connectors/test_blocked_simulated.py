"""An order that its platform looks at before it may go, through the house: it comes, waits, and is free when the platform says so."""

from __future__ import annotations

import pytest

from danshu.channels.connecting import Stream
from danshu.channels.models import Shop
from danshu.channels.operations import pulling
from danshu.channels.operations.credentials import keep_credentials
from danshu.core import clock
from danshu.flows.intake_shops import SAVES
from danshu.orders.models import Order
from danshu.orders.states import Issue
from danshu_simulator import ordering
from tests.connectors.facing import Facing

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


@pytest.mark.parametrize("platform", ["pdd", "douyin", "taobao", "jd", "kuaishou"])
def test_it_waits_for_its_platform(simulator, platform):
    facing = Facing(simulator, platform)
    there, access = facing.buy(), facing.access()
    shop = Shop.objects.create(name="木屿家居", platform=platform, settings={"gateway": access.gateway}, created_at=clock.now())
    keep_credentials(shop, access.credentials)

    def pulled():
        pulling.pull_numbers(shop.pk, Stream.ORDERS, [there.no], save=SAVES[Stream.ORDERS])
        order = Order.objects.get(platform_no=there.no)
        assert (order.payment, order.fulfilment) == ("paid", "waiting")
        return bool(order.issues & Issue.BLOCKED)

    ordering.review(facing.world, facing.shop.key, there.no)
    assert pulled()
    facing.pass_time(60)
    ordering.review(facing.world, facing.shop.key, there.no, is_on=False)
    assert not pulled()
