"""What people write on orders: flag, memo, urgency, tags, courier."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from danshu.core import bulk
from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.orders.models import Order
from danshu.orders.operations import chosen
from danshu.orders.states import OPEN, Flag

MOST_TAGS, LONGEST_TAG, LONGEST_MEMO = 12, 20, 2000


@transaction.atomic
def set_flag(order_ids: Sequence[int], flag: str, *, by: Actor, now: datetime) -> int:
    """Put a flag on orders, or take it off with "". Raises `DomainError("order.flag")` for a colour that does not exist."""
    if flag not in Flag.values:
        raise DomainError(_("没有「%(flag)s」这种旗标，只有红、黄、绿、蓝、紫。") % {"flag": flag}, "order.flag")
    return _set("order.flagged", chosen.orders(order_ids), "flag", {"flag": flag}, by=by, now=now)


@transaction.atomic
def set_memo(order_ids: Sequence[int], memo: str, *, by: Actor, now: datetime) -> int:
    """Write the seller's memo, in place of what stood there."""
    if len(memo) > LONGEST_MEMO:
        raise DomainError(_("备注最多 %(most)d 字，现在 %(now)d 字。") % {"most": LONGEST_MEMO, "now": len(memo)}, "order.memo_too_long")
    return _set("order.noted", chosen.orders(order_ids), "memo", {"seller_memo": memo.strip()}, by=by, now=now)


@transaction.atomic
def set_urgent(order_ids: Sequence[int], is_urgent: bool, *, by: Actor, now: datetime) -> int:  # noqa: FBT001 -- the value that is set
    """Mark orders as urgent, or no longer."""
    return _set("order.urged", chosen.orders(order_ids), "urgent", {"is_urgent": is_urgent}, by=by, now=now)


@transaction.atomic
def set_courier(order_ids: Sequence[int], courier_code: str, *, by: Actor, now: datetime) -> int:
    """Choose the courier; orders of one parcel get the same. Raises `DomainError("order.not_open")` after shipping."""
    orders = chosen.orders(order_ids, whole_parcels=True)
    chosen.refuse((o for o in orders if o.fulfilment not in OPEN), _("%(orders)s 已发货或已取消，不能换快递。"), "order.not_open")
    return _set("order.courier_set", orders, "courier", {"courier_code": courier_code[:20]}, by=by, now=now)


@transaction.atomic
def set_tags(order_ids: Sequence[int], *, add: Sequence[str] = (), remove: Sequence[str] = (), by: Actor, now: datetime) -> int:
    """Add and remove tags; returns how many orders changed. Raises `DomainError("order.tags")` for too many or too long ones."""
    fresh = [tag.strip() for tag in add if tag.strip()]
    if any(len(tag) > LONGEST_TAG for tag in fresh):
        raise DomainError(_("标签最多 %(most)d 个字。") % {"most": LONGEST_TAG}, "order.tags")
    rows, changed, before = [], [], {}
    for order in chosen.orders(order_ids):
        tags = [tag for tag in order.tags if tag not in remove]
        tags += [tag for tag in dict.fromkeys(fresh) if tag not in tags]
        if len(tags) > MOST_TAGS:
            raise DomainError(_("%(order)s 的标签超过 %(most)d 个。") % {"order": order.short_no, "most": MOST_TAGS}, "order.tags")
        if tags != order.tags:
            rows.append((order.pk, tags, now))
            changed.append(order)
            before[order.pk] = tags
    bulk.update(Order, ("id",), ("tags", "updated_at"), rows, lock=False)
    chosen.tell("order.tagged", changed, "tags", by=by, now=now, changes=lambda o: {"tags": [" ".join(o.tags), " ".join(before[o.pk])]})
    return len(changed)


def _set(verb: str, orders: Sequence[Order], what: str, values: Mapping[str, Any], *, by: Actor, now: datetime) -> int:
    """Write the values where they differ; returns how many orders changed."""
    changed = [order for order in orders if any(getattr(order, name) != value for name, value in values.items())]
    Order.objects.filter(pk__in=[order.pk for order in changed]).update(**values, updated_at=now)
    told: Callable[[Order], Mapping[str, Any]] = lambda order: {  # noqa: E731 -- reads as the table it is
        name: [getattr(order, name), value] for name, value in values.items()
    }
    chosen.tell(verb, changed, what, by=by, now=now, changes=told)
    return len(changed)
