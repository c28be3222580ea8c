"""Adapters face the simulator, in this process and without waiting for their turn."""

from __future__ import annotations

import functools

import pytest

from danshu.core import http
from danshu_simulator.clock import Clock, real_ms
from danshu_simulator.simulator import Simulator
from tests.connectors.facing import Facing


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    """Buckets and second tries are `core.http`'s own affair, with tests of their own."""
    monkeypatch.setattr(http, "take_token", lambda *_args, **_more: 0.0)
    monkeypatch.setattr(http, "Client", functools.partial(http.Client, attempts=1))


@pytest.fixture
def simulator():
    """Time stands at the real moment of the start, so that moments are exact."""
    now = real_ms()
    with Simulator(seed=7, clock=Clock(now, now, speed=0)) as running:
        yield running


@pytest.fixture
def facing(simulator, request):
    """A shop with something to sell, and our adapter before it; the module says its `PLATFORM`."""
    return Facing(simulator, request.module.PLATFORM)
