"""What an adapter does besides whose platform tells us over a connection that we open, and does not call us (`Abilities.can_listen`).

Its methods translate, as everywhere: which connection, what is said on it, what a frame means. Opening, keeping and opening it again, which
process does so, and what becomes of the messages are the house's (`flows/listening.py`). All shops of one app share one connection.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from danshu.channels.connecting import Connector, Pointer, ShopAccess
from danshu.channels.connector_errors import Unable


@dataclass(frozen=True, slots=True)
class Line:
    """A connection to open now; its address is signed. `beat_every`: how often `beat` is said on it; on which nothing came for `silence`
    is dead, whatever it looks like."""

    url: str = field(repr=False)
    beat_every: timedelta
    silence: timedelta


@dataclass(frozen=True, slots=True)
class Heard:
    """One frame, read. `platform_shop_id`: whose numbers the pointers are; `receipt`: what is said back once they are kept for good, also
    for what is not read, or it comes again. `is_odd`: nobody knows what it means, so it is counted."""

    pointers: tuple[Pointer, ...] = ()
    platform_shop_id: str = ""
    receipt: str = ""
    is_odd: bool = False


class Listening(Connector):
    """See the module's docstring. Only `subscribe` calls the network, and raises `ConnectorError`."""

    def app(self, shop: ShopAccess) -> str:
        """By what shops share a connection; empty while they cannot have one."""
        raise Unable

    def subscribe(self, shop: ShopAccess) -> None:
        """Have the platform tell of this shop from now on. Twice does no harm."""
        raise Unable

    def line(self, shop: ShopAccess) -> Line:
        """The connection of the shop's app, signed for this moment."""
        raise Unable

    def beat(self) -> str:
        """What says on a line that we are there."""
        raise Unable

    def hear(self, frame: bytes) -> Heard:
        """Read a frame, whatever it is: raises nothing."""
        raise Unable
