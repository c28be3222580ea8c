"""Courier adapters by name. Nobody imports an adapter: `load` does, from this list only."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import cast

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from danshu.core.errors import DomainError
from danshu.fulfilment.contract import Courier

ADAPTERS: dict[str, str | Promise] = {
    "elsewhere": gettext_lazy("在别处打单，运单号填入、扫入或导入"),
    "number_range": gettext_lazy("从号段取号"),
}


@cache
def load(name: str) -> Courier:
    """The adapter of that name. Raises `DomainError("courier.adapter")` for a name that is not in the list."""
    if name not in ADAPTERS:
        raise DomainError(_("没有名为「%(name)s」的快递接入方式。请在快递设置里重新选一种。") % {"name": name}, "courier.adapter")
    return cast("Courier", import_module(f"danshu.couriers.{name}").ADAPTER)
