"""Reads about shops that more than one room uses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from danshu.channels import registry
from danshu.channels.models import Shop, ShopConnection
from danshu.channels.platforms import OURS


@dataclass(frozen=True, slots=True)
class Intake:
    """`is_refused`: its platform takes our credentials no more."""

    shop_id: int
    name: str
    last_intake_at: datetime | None
    is_refused: bool


def visible(shop_ids: Sequence[int] | None) -> QuerySet[Shop]:
    """Shops somebody may see (`accounts.queries.shops_of`), active ones first."""
    shops = Shop.objects.order_by("-is_active", "id")
    return shops if shop_ids is None else shops.filter(pk__in=shop_ids)


def intake_states(shop_ids: Sequence[int] | None) -> list[Intake]:
    """When each active shop that others bring orders to last brought some. One statement."""
    quiet = [code for code in OURS if not registry.abilities(code).can_pull_orders]
    shops = visible(shop_ids).filter(is_active=True).exclude(platform__in=quiet)
    rows = shops.values_list("pk", "name", "last_intake_at", "connection__state")
    return [Intake(pk, name, at, state == ShopConnection.State.REFUSED) for pk, name, at, state in rows]
