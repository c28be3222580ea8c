"""What the built-in views ask about parcels."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from danshu.fields import registry
from danshu.fields.registry import Field
from danshu.fulfilment.models import Parcel

TRACE_EXPECTED_AFTER = timedelta(hours=24)


def _untraced(op: str, value: Any, now: datetime) -> Q:
    silent = Parcel.objects.filter(
        order=OuterRef("pk"), state=Parcel.State.SHIPPED, shipped_at__lt=now - TRACE_EXPECTED_AFTER, traced_at__isnull=True
    )
    # the parcel left when its order did: the bound on the order lets its index start there
    has_one = Q(shipped_at__lt=now - TRACE_EXPECTED_AFTER, fulfilment="shipped") & Q(Exists(silent))
    return has_one if value == (op == "is") else ~has_one


def register() -> None:
    """A field of the same name that fulfilment registers itself wins."""
    if registry.get("parcel.is_untraced") is None:
        registry.register(Field("parcel.is_untraced", _("发出 24 小时没有轨迹"), "flag", compiler=_untraced))
