"""Numbers from blocks that a courier's branch sold to the seller."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from danshu.fulfilment.contract import Ask, Courier, Given, Ranges


class NumberRange:
    name = "number_range"
    can_take = True

    def take(self, asks: Sequence[Ask], ranges: Ranges) -> list[Given]:
        """First come, first served per courier; parcels beyond the end of the blocks get the reason instead of a number."""
        wanted: dict[str, int] = {}
        for ask in asks:
            wanted[ask.courier_code] = wanted.get(ask.courier_code, 0) + 1
        stacks = {code: iter(ranges.take(code, count)) for code, count in sorted(wanted.items())}
        used_up = _("号段用完了。请在快递设置里加新的号段，再取号。")
        given = []
        for ask in asks:
            number = next(stacks[ask.courier_code], "")
            given.append(Given(ask.parcel_id, number, "" if number else used_up))
        return given


ADAPTER: Courier = NumberRange()
