"""Shops of the simulated platforms, connected to ours as a person connects them."""

from __future__ import annotations

from typing import Any

from danshu.channels import connections, registry
from danshu.channels.models import Shop
from danshu.channels.operations import connecting, granting
from danshu.core import clock
from danshu.core.actor import SYSTEM
from danshu_simulator import ordering
from danshu_simulator.simulator import Simulator
from danshu_simulator.things import Shop as Theirs

KEYS = {"client_id", "app_key", "app_id", "consumer_key"}  # how adapters call the simulator's app_key
SECRETS = {"client_secret", "app_secret", "consumer_secret", "sign_secret"}


def open_shop(simulator: Simulator, platform: str, warehouse_id: int, *, name: str = "", **secrets: str) -> tuple[Shop, Theirs]:
    """A shop on both sides with access granted. `secrets`: what its messages are signed with."""
    now, connector = clock.now(), registry.load(platform)
    if connector is None:
        raise SystemExit(f"{platform} has no adapter")
    theirs = ordering.open_shop(simulator.world, platform)
    ours = Shop.objects.create(
        name=name or platform, platform=platform, courier_code="zto", warehouse_id=warehouse_id, created_at=now, settings={}
    )
    names = {field.name for field in connector.fields}
    values: dict[str, Any] = dict.fromkeys(names & KEYS, theirs.app_key) | dict.fromkeys(names & SECRETS, theirs.app_secret)
    values |= {name: secret for name, secret in secrets.items() if name in names}
    values |= {"site": "https://shop.example.com"} if "site" in names else {}
    connecting.connect(ours.pk, values, by=SYSTEM, now=now, reach_days=0, gateway=simulator.gateway(platform))
    if connector.abilities.can_authorize:
        code = ordering.grant_code(simulator.world, theirs.key)
        access = connections.access(Shop.objects.get(pk=ours.pk))
        granting.grant(ours.pk, connector.exchange(access, code=code, redirect="http://127.0.0.1:9/"), by=SYSTEM, now=now)
    else:
        connecting.test(ours.pk, now=now)
        granting.refresh(ours.pk, now=now)
    return Shop.objects.get(pk=ours.pk), theirs
