"""What of an SKU lies here or is promised."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Sum
from django.utils.translation import gettext as _

from danshu.stock.models import Balance, Reservation


def reasons(sku_ids: Collection[int]) -> dict[int, str]:
    """SKU → why it has to stay a single item, for those with pieces on a shelf or held for orders. Two statements."""
    shelves = Balance.objects.filter(sku__in=sku_ids).values_list("sku").annotate(pieces=Sum("on_hand") + Sum("defective"))
    held = Reservation.objects.filter(sku__in=sku_ids, state=Reservation.State.HELD).values_list("sku").annotate(pieces=Sum("quantity"))
    found = {sku_id: _("还有 %(n)d 件库存") % {"n": pieces} for sku_id, pieces in shelves.order_by() if pieces}
    return found | {sku_id: _("有订单锁着 %(n)d 件") % {"n": pieces} for sku_id, pieces in held.order_by() if pieces}
