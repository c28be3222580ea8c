"""What may become of a reservation, in one table."""

from __future__ import annotations

from typing import Final

HELD: Final = "held"
CONSUMED: Final = "consumed"
RELEASED: Final = "released"
EXPIRED: Final = "expired"

# Undoing a shipment is the only way back; what was released is reserved anew, so that the database is asked again.
MOVES: dict[str, frozenset[str]] = {
    HELD: frozenset({CONSUMED, RELEASED, EXPIRED}),
    CONSUMED: frozenset({HELD}),
    RELEASED: frozenset(),
    EXPIRED: frozenset(),
}
