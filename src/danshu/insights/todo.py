"""现在要做: what to do next, most urgent first. Each task is a number, a sentence and the orders or page behind it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Min, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from danshu.catalogue.models import Listing
from danshu.channels import connections, offers, shops
from danshu.channels.connections import ShopHealth
from danshu.channels.models import ImportBatch, ShopConnection
from danshu.channels.operations.granting import LEVELS
from danshu.channels.platforms import PLATFORMS
from danshu.fulfilment import confirmations
from danshu.fulfilment.models import Parcel
from danshu.insights import figures
from danshu.orders import fields
from danshu.orders.models import Order
from danshu.orders.states import Fulfilment, Issue

SOON = timedelta(hours=2)
MOST_AT_ONCE = 100  # orders behind one print button: they stand in its address
TRACE_EXPECTED_AFTER = timedelta(hours=24)
Orders = QuerySet[Order]
State = ShopConnection.State


@dataclass(frozen=True, slots=True)
class Task:
    """`code` says which; `view` is a slug of `boards.builtin` where the orders are listed, empty where another page is meant.

    `order_ids` are those that can be printed at once, most urgent first, at most `MOST_AT_ONCE`; `shop_id` is the shop to begin with.
    """

    code: str
    tone: str
    icon: str
    count: int
    title: str
    detail: str = ""
    view: str = ""
    order_ids: tuple[int, ...] = ()
    shop_id: int = 0


def tasks(scope: Orders, now: datetime, *, shop_ids: Sequence[int] | None = None) -> list[Task]:
    """A constant number of statements; tasks with nothing to do are left out. `shop_ids` are the shops of `scope`, None for all."""
    found = [
        _deadlines(scope, now),
        *_shops(shop_ids, now),
        _unpushed(shop_ids),
        _issues(scope),
        _mergeable(scope),
        _untold(now, shop_ids),
        _without_trace(scope, now),
        _rejected_rows(now, shop_ids),
    ]
    return [task for group in found for task in group]


def _deadlines(scope: Orders, now: datetime) -> list[Task]:
    due = list(
        scope.filter(figures.SOLD, figures.NOT_SHIPPED, ship_by__lt=now + SOON)
        .values_list("platform")
        .annotate(n=Count("id"), late=Count("id", filter=Q(ship_by__lt=now)))
        .order_by("-n")
    )
    late = sum(row[2] for row in due)
    soon = sum(row[1] for row in due) - late
    if not due:
        return []
    parts = []
    if late:
        parts.append(ngettext("%d 单已超时", "%d 单已超时", late) % late)
    if soon:
        parts.append(ngettext("%d 单两小时内超时", "%d 单两小时内超时", soon) % soon)
    detail = " · ".join(f"{PLATFORMS[platform].name} {count}" for platform, count, _late in due)
    ready = scope.filter(is_ready=True, is_held=False, fulfilment=Fulfilment.WAITING, issues=0, ship_by__lt=now + SOON)
    to_print = tuple(ready.order_by("ship_by", "id").values_list("id", flat=True)[:MOST_AT_ONCE])
    return [Task("deadline", "rose", "alarm", late + soon, _("，").join(parts), detail, "due-today", to_print)]


def _shops(shop_ids: Sequence[int] | None, now: datetime) -> list[list[Task]]:
    """What keeps orders of connected shops away, or soon will."""
    stands = [one for one in connections.health(shop_ids, now=now) if one.shop.is_active and one.connection.state != State.NONE]
    return [_refused(stands), _ending(stands), _quarantined(stands), _missing(stands)]


def _refused(stands: Sequence[ShopHealth]) -> list[Task]:
    refused = [one.shop for one in stands if one.connection.state == State.REFUSED]
    if not refused:
        return []
    names = _("、").join(shop.name for shop in refused)
    title = ngettext("%(names)s 的授权失效了", "%(names)s 的授权失效了", len(refused)) % {"names": names}
    detail = _("订单停在断开的地方，没有丢；重新授权后会补拉")
    return [Task("refused", "rose", "plug-x", len(refused), title, detail, shop_id=refused[0].pk)]


def _ending(stands: Sequence[ShopHealth]) -> list[Task]:
    """Authorisations that end within a week, the first to end first."""
    left = sorted((one.days_left, one.shop.pk, one.shop.name) for one in stands if one.is_connected and one.days_left is not None)
    soon = [row for row in left if row[0] <= max(LEVELS)]
    if not soon:
        return []
    days, shop_id, name = soon[0]
    if days:
        title = ngettext("%(name)s 的授权还有 %(n)d 天", "%(name)s 的授权还有 %(n)d 天", days) % {"name": name, "n": days}
    else:
        title = _("%s 的授权一天内到期") % name
    others = _("、").join(name for _days, _shop_id, name in soon[1:])
    detail = _("到期后不再拉单和推库存") if not others else _("还有：%s") % others
    return [Task("ending", "rose" if days <= min(LEVELS) else "amber", "clock", len(soon), title, detail, shop_id=shop_id)]


def _quarantined(stands: Sequence[ShopHealth]) -> list[Task]:
    worst = sorted((one for one in stands if one.quarantined), key=lambda one: -one.quarantined)
    if not worst:
        return []
    count = sum(one.quarantined for one in worst)
    detail = " · ".join(f"{one.shop.name} {one.quarantined}" for one in worst)
    title = ngettext("%d 单没能入库，试过几次了", "%d 单没能入库，试过几次了", count) % count
    return [Task("quarantined", "amber", "file-alert", count, title, detail, shop_id=worst[0].shop.pk)]


def _missing(stands: Sequence[ShopHealth]) -> list[Task]:
    """Orders of yesterday that the platform has and that could not be fetched either."""
    gaps = [(one.yesterday.platform_count - one.yesterday.our_count, one.shop) for one in stands if one.yesterday]
    gaps = sorted(((gap, shop) for gap, shop in gaps if gap > 0), key=lambda row: -row[0])
    if not gaps:
        return []
    count = sum(gap for gap, _shop in gaps)
    title = ngettext("昨天有 %d 单平台有、这里没有", "昨天有 %d 单平台有、这里没有", count) % count
    return [
        Task("missing", "amber", "list-search", count, title, " · ".join(f"{shop.name} {gap}" for gap, shop in gaps), shop_id=gaps[0][1].pk)
    ]


def _unpushed(shop_ids: Sequence[int] | None) -> list[Task]:
    """Numbers that platforms do not take, and whether buyers may buy more than there is meanwhile. A shop whose authorisation is refused
    stands here by that alone."""
    failing = offers.failing().filter(shop__in=shops.visible(shop_ids)).exclude(shop__connection__state=State.REFUSED)
    found = list(failing.select_related("shop").order_by("-wanted_at", "listing_id")[:MOST_AT_ONCE])
    names = dict(Listing.objects.filter(pk__in=[one.listing_id for one in found]).values_list("pk", "sku__name"))
    goods = len(set(names.values()))
    if not found:
        return []
    shown = {one.listing_id: offers.known(one) for one in found}
    is_risky = any((shown[one.listing_id] or 0) > one.wanted for one in found)
    if len(found) > 1:
        title = ngettext("%d 件商品的库存推送失败", "%d 件商品的库存推送失败", goods) % goods
        by_shop = Counter(one.shop.name for one in found)
        detail = " · ".join(f"{name} {count}" for name, count in by_shop.most_common())
    else:
        (one,) = found
        title = _("%(shop)s 的库存推送失败：%(name)s") % {"shop": one.shop.name, "name": names.get(one.listing_id, "")}
        said = {"wanted": one.wanted, "shown": shown[one.listing_id]}
        detail = one.error if said["shown"] is None else _("平台仍显示 %(shown)d，应为 %(wanted)d") % said
    title = _("%s，可能超卖") % title if is_risky else title
    return [Task("unpushed", "rose", "plug-x", len(found), title, detail, shop_id=found[0].shop_id)]


def _issues(scope: Orders) -> list[Task]:
    bits = {"unmapped": Issue.UNMAPPED, "short": Issue.SHORT, "late_joiner": Issue.LATE_JOINER, "changed": Issue.CHANGED}
    flagged = scope.filter(figures.NOT_SHIPPED, issues__gt=0)
    counts = flagged.annotate(**{f"bit_{name}": F("issues").bitand(int(bit)) for name, bit in bits.items()}).aggregate(
        **{name: Count("id", filter=Q(**{f"bit_{name}__gt": 0})) for name in bits}
    )
    texts = {
        "unmapped": (
            "violet",
            "link",
            ngettext("%d 单有商品没对码", "%d 单有商品没对码", counts["unmapped"]),
            _("对一次就记住，等着的订单会自动补上并锁库存"),
            "",
        ),
        "short": (
            "rose",
            "package-off",
            ngettext("%d 单缺货", "%d 单缺货", counts["short"]),
            _("到货入库后按截单时间先后自动补锁"),
            "short",
        ),
        "late_joiner": (
            "amber",
            "git-merge",
            ngettext("%d 单和已打印的包裹是同一收件人", "%d 单和已打印的包裹是同一收件人", counts["late_joiner"]),
            _("发出前可以合在一起，省一份运费"),
            "issues",
        ),
        "changed": (
            "amber",
            "edit",
            ngettext("%d 单打印后有变更", "%d 单打印后有变更", counts["changed"]),
            _("地址、备注或商品变了，发出前要重新核对"),
            "issues",
        ),
    }
    return [
        Task(code, tone, icon, counts[code], title % counts[code], detail, view)
        for code, (tone, icon, title, detail, view) in texts.items()
        if counts[code]
    ]


def _mergeable(scope: Orders) -> list[Task]:
    same_parcel = scope.filter(fields.mergeable()).values("shop_id", "merge_hash", "warehouse_id")
    groups = list(same_parcel.annotate(n=Count("id")).filter(n__gt=1).order_by().values_list("n", flat=True)[:1000])
    if not groups:
        return []
    orders, parcels = sum(groups), len(groups)
    title = ngettext("%(orders)d 单可合并成 %(parcels)d 个包裹", "%(orders)d 单可合并成 %(parcels)d 个包裹", parcels) % {
        "orders": orders,
        "parcels": parcels,
    }
    return [Task("mergeable", "violet", "git-merge", orders, title, _("同一店铺、同一收件人和地址"), "mergeable")]


def _untold(now: datetime, shop_ids: Sequence[int] | None) -> list[Task]:
    """Parcels that left and that their platforms do not have: every one of them counts as late there."""
    by_shop = confirmations.troubles(shop_ids, now=now).order_by("shop__name").values_list("shop__name").annotate(n=Count("pk"))
    names = list(by_shop.values_list("shop__name", "n"))
    count = sum(n for _name, n in names)
    if not count:
        return []
    title = ngettext("%d 个包裹平台还不知道已发货", "%d 个包裹平台还不知道已发货", count) % count
    return [Task("untold", "rose", "cloud-upload", count, title, " · ".join(f"{name} {n}" for name, n in names))]


def _without_trace(scope: Orders, now: datetime) -> list[Task]:
    """Only where traces reach us at all: without a tracking source every parcel would stand here for ever."""
    recent = Parcel.objects.filter(shipped_at__gte=now - timedelta(days=7))
    if not recent.filter(traced_at__isnull=False).exists():
        return []
    silent = recent.filter(traced_at=None, shipped_at__lt=now - TRACE_EXPECTED_AFTER, order__fulfilment=Fulfilment.SHIPPED, order__in=scope)
    count, oldest = silent.aggregate(n=Count("id"), oldest=Min("shipped_at")).values()
    if not count:
        return []
    hours = int((now - oldest).total_seconds() // 3600)
    title = ngettext("%d 个包裹发货超 24 小时没有揽收记录", "%d 个包裹发货超 24 小时没有揽收记录", count) % count
    return [Task("no_trace", "sky", "map-pin-question", count, title, _("最早一个已经 %d 小时") % hours, "no-trace")]


def _rejected_rows(now: datetime, shop_ids: Sequence[int] | None) -> list[Task]:
    batches = ImportBatch.objects.filter(state=ImportBatch.State.DONE, reject_count__gt=0, finished_at__gte=now - timedelta(hours=24))
    if shop_ids is not None:
        batches = batches.filter(shop__in=shop_ids)
    names = list(batches.order_by("-id").values_list("file_name", "reject_count")[:5])
    rows = sum(count for _name, count in names)
    if not rows:
        return []
    title = ngettext("导入退回了 %d 行", "导入退回了 %d 行", rows) % rows
    return [Task("rejects", "amber", "file-alert", rows, title, _("、").join(name for name, _count in names))]
