"""The adapter of shops whose programs are the seller's own: nothing can be asked of them, they tell us."""

from __future__ import annotations

from collections.abc import Sequence

from danshu.channels.connecting import Abilities, Body, Call, Connector, Fetched, Received, ShopAccess, Stream
from danshu.channels.contract import IncomingOrder
from danshu.connectors.own import mapping, messages


class Own(Connector):
    abilities = Abilities(told=frozenset({Stream.ORDERS}), can_receive=True)

    def fetch(self, shop: ShopAccess, stream: Stream, numbers: Sequence[str]) -> list[Fetched]:  # noqa: ARG002 - of the contract
        """Nothing beyond what was told: the engine tries the body that it has."""
        return [Fetched(no) for no in numbers]

    def order(self, body: Body) -> IncomingOrder:
        return mapping.order(body)

    def receive(self, shop: ShopAccess, call: Call) -> Received:
        return messages.receive(shop, call)


CONNECTOR = Own()
