"""Platform adapters by name. Nobody imports an adapter: `load` does, from this list only."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import cast

from danshu.channels.connecting import Abilities, Connector
from danshu.channels.listening import Listening

CONNECTORS: dict[str, str] = {  # platform code → folder of its adapter
    "sandbox": "sandbox",
    "own": "own",
    "pdd": "pdd",
    "douyin": "douyin",
    "channels": "channels_shop",
    "taobao": "taobao",
    "tmall": "taobao",
    "kuaishou": "kuaishou",
    "xiaohongshu": "xiaohongshu",
    "jd": "jd",
    "woocommerce": "woocommerce",
}
NOTHING = Abilities()


@cache
def load(platform: str) -> Connector | None:
    """The platform's adapter, or None: then its shops live from files, and people type numbers into the platform themselves."""
    name = CONNECTORS.get(platform)
    return cast("Connector", import_module(f"danshu.connectors.{name}").CONNECTOR) if name else None


def abilities(platform: str) -> Abilities:
    connector = load(platform)
    return connector.abilities if connector else NOTHING


def takes_orders(platform: str) -> bool:
    """Whether its shops' orders may be made at our own doors: nobody else keeps them, or it tells them itself and knows its numbers."""
    return load(platform) is None or bool(abilities(platform).told)


def pushing() -> list[str]:
    """Codes of the platforms that take stock numbers."""
    return [platform for platform in CONNECTORS if abilities(platform).can_push_stock]


def listening(platform: str) -> Listening | None:
    """The adapter of a platform that tells us over a connection which we open; None where there is none."""
    connector = load(platform)
    return connector if isinstance(connector, Listening) and connector.abilities.can_listen else None


def listening_platforms() -> list[str]:
    return [platform for platform in CONNECTORS if listening(platform)]


def open_to_all() -> list[str]:
    """Codes of the platforms that ask for no credentials: their shops need not be connected."""
    return [platform for platform in CONNECTORS if (connector := load(platform)) and not connector.fields]
