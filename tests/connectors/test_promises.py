"""What is promised of every platform: a minute from there to the board."""

from __future__ import annotations

from datetime import timedelta

import pytest

from danshu.api import shapes
from danshu.channels import registry
from danshu.channels.connecting import Stream
from danshu.connectors.own import mapping

PLATFORMS = [platform for platform in registry.CONNECTORS if registry.abilities(platform).streams]
ADVISES_PATIENCE = {"xiaohongshu"}  # with its list of after-sales; its orders say themselves that something is asked for


@pytest.mark.parametrize("platform", PLATFORMS)
def test_lists_are_read_twice_a_minute_and_refunds_never_later_than_orders(platform):
    streams = registry.abilities(platform).streams
    orders, refunds = streams[Stream.ORDERS].every, streams[Stream.REFUNDS].every
    assert orders <= timedelta(seconds=30)
    assert refunds <= orders or (platform in ADVISES_PATIENCE and registry.abilities(platform).can_receive)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_where_lists_are_late_messages_are_quick(platform):
    abilities = registry.abilities(platform)
    latest = max(reading.every + reading.lag for reading in abilities.streams.values())
    assert latest < timedelta(minutes=1) or abilities.can_receive or abilities.can_listen


def test_every_connected_platform_is_looked_at():
    assert len(PLATFORMS) >= 9


def test_a_message_of_an_own_shop_bears_what_the_api_takes():
    pairs = ((shapes.OrderGiven, mapping.ORDER), (shapes.ReceiverGiven, mapping.RECEIVER), (shapes.LineGiven, mapping.LINE))
    for shape, names in pairs:
        assert set(shape.model_fields) == names
