"""The list that a courier signs when the parcels are taken away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from io import BytesIO

from danshu.fulfilment import couriers, queries


def handover(courier_code: str, day: date, *, shops: Sequence[int] | None = None) -> bytes:
    """The hand-over list of one courier and business day as an A4 PDF: parcels that left that day."""
    from danshu.fulfilment.papers import handover as paper  # noqa: PLC0415 - reportlab and Pillow: most processes draw nothing

    parcels = list(queries.taken(courier_code, day, shops))
    counted = queries.pieces(parcels)
    rows = [
        paper.Taken(parcel.waybill_no, parcel.order.short_no, parcel.order.shop.name, parcel.order.city, counted[parcel.pk])
        for parcel in parcels
    ]
    houses = {parcel.warehouse.name for parcel in parcels if parcel.warehouse}
    target = BytesIO()
    paper.draw(target, courier=couriers.name(courier_code), day=day.isoformat(), house="、".join(sorted(houses)), taken=rows)
    return target.getvalue()
