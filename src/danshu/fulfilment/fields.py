"""What criteria can ask about an order's parcels."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from danshu.fields import registry
from danshu.fields.registry import Compiler, Field
from danshu.fulfilment import couriers
from danshu.fulfilment.models import Parcel


def _has_one(test: Q) -> Q:
    """Orders with a parcel that is not void and passes the test."""
    alive = Parcel.objects.filter(test, order=OuterRef("pk")).exclude(state=Parcel.State.VOID)
    return Q(Exists(alive))


def _flag(test: Q) -> Compiler:
    def compiled(op: str, value: Any, now: datetime) -> Q:  # noqa: ARG001 - a compiler's shape
        wanted = _has_one(test)
        return wanted if bool(value) == (op == "is") else ~wanted

    return compiled


def _choice(column: str) -> Callable[[str, Any, datetime], Q]:
    def compiled(op: str, value: Any, now: datetime) -> Q:  # noqa: ARG001 - a compiler's shape
        wanted = _has_one(Q(**{f"{column}__in": value if op in {"in", "not_in"} else [value]}))
        return ~wanted if op in {"is_not", "not_in"} else wanted

    return compiled


def register() -> None:
    names = {courier.code: courier.name for courier in couriers.table().values()}
    registry.register(
        Field("parcel.courier", _("包裹快递"), "choice", choices=names, compiler=_choice("courier_code")),
        Field("parcel.state", _("包裹状态"), "choice", choices=dict(Parcel.State.choices), compiler=_choice("state")),
        Field("parcel.has_number", _("有运单号"), "flag", compiler=_flag(~Q(waybill_no=""))),
        Field("parcel.is_doubtful", _("运单号要核对"), "flag", compiler=_flag(~Q(warnings=[]))),
        Field("parcel.is_forced", _("强制通过复核"), "flag", compiler=_flag(Q(is_forced=True))),
    )
