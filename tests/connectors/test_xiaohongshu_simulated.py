"""Xiaohongshu's adapter before the simulated platform: what it tells of requests before their own list is asked."""

from __future__ import annotations

import pytest

from danshu.channels.connecting import Stream
from danshu.channels.contract import Refund
from danshu_simulator import refunding

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
PLATFORM = "xiaohongshu"


def test_an_order_says_that_a_request_waits_and_that_it_ended(facing):
    """The list of after-sales is asked for every five minutes, the list of orders twice a minute."""
    order = facing.buy()
    facing.pass_time(3600)
    assert facing.listed(Stream.ORDERS) == []
    wish = refunding.ask(facing.world, facing.shop.key, order.no)
    assert [row.no for row in facing.listed(Stream.ORDERS)] == [order.no]
    assert facing.order(order.no).refund == Refund.REQUESTED
    facing.pass_time(3600)
    refunding.take_back(facing.world, facing.shop.key, wish.no)
    assert [row.no for row in facing.listed(Stream.ORDERS)] == [order.no]
    assert facing.order(order.no).refund == Refund.NONE
