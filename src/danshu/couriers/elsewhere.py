"""Labels are printed in the courier's or platform's own program; numbers come back by typing, scanning or its export."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from danshu.fulfilment.contract import Ask, Courier, Given, Ranges


class Elsewhere:
    name = "elsewhere"
    can_take = False

    def take(self, asks: Sequence[Ask], ranges: Ranges) -> list[Given]:  # noqa: ARG002 - the contract's shape
        reason = _("这家快递在别处打单。请填入、扫入或导入运单号。")
        return [Given(ask.parcel_id, reason=reason) for ask in asks]


ADAPTER: Courier = Elsewhere()
