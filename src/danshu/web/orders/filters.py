"""The filter chips of the list: read from the URL, turned into one criteria tree, so that any filter can become a saved view."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from danshu.channels.models import Shop
from danshu.fulfilment import couriers
from danshu.orders.states import Flag
from danshu.stock.models import Warehouse
from danshu.web import typed
from danshu.web.orders import links

Tree = dict[str, Any]

PAID: dict[str, tuple[int, str | Promise]] = {
    "today": (0, _("今天")),
    "3": (2, _("近 3 天")),
    "7": (6, _("近 7 天")),
    "30": (29, _("近 30 天")),
}
ONLY: dict[str, tuple[str | Promise, Tree]] = {
    "urgent": (_("加急"), {"field": "order.is_urgent", "op": "is", "value": True}),
    "held": (_("挂起"), {"field": "order.is_held", "op": "is", "value": True}),
    "free": (_("未挂起"), {"field": "order.is_held", "op": "is", "value": False}),
    "note": (_("有买家备注"), {"field": "order.buyer_message", "op": "is_set"}),
    "memo": (_("有卖家备注"), {"field": "order.seller_memo", "op": "is_set"}),
}
NOBODY = "-"  # the courier chip's "not assigned yet"


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    name: str | Promise
    is_on: bool = False
    platform: str = ""
    flag: str = ""


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter with its panel. `said` is what it is set to, in words."""

    name: str
    label: str | Promise
    kind: str  # checkbox, radio, text
    said: str = ""
    choices: Sequence[Choice] = ()
    off: str = ""
    hint: str | Promise = ""
    is_extra: bool = False

    @property
    def is_on(self) -> bool:
        return bool(self.said)


@dataclass(frozen=True, slots=True)
class Filters:
    text: str = ""
    shops: tuple[int, ...] = ()
    warehouses: tuple[int, ...] = ()
    couriers: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    sku: str = ""
    tag: str = ""
    paid: str = ""
    first: date | None = None
    last: date | None = None

    @classmethod
    def read(cls, words: QueryDict) -> Filters:
        """Values that make no sense are left out: an old link still opens."""
        return cls(
            text=words.get("q", "").strip()[:80],
            shops=_numbers(words.getlist("shop")),
            warehouses=_numbers(words.getlist("wh")),
            couriers=tuple(code for code in words.getlist("courier") if code == NOBODY or couriers.get(code)),
            flags=tuple(flag for flag in words.getlist("flag") if flag in Flag.values and flag),
            only=tuple(name for name in words.getlist("only") if name in ONLY),
            sku=words.get("sku", "").strip()[:80],
            tag=words.get("tag", "").strip()[:40],
            paid=words.get("paid", "") if words.get("paid", "") in PAID else "",
            first=typed.day(words.get("from", "")),
            last=typed.day(words.get("to", "")),
        )

    @property
    def is_any(self) -> bool:
        return bool(self.text or self.leaves())

    def leaves(self) -> list[Tree]:
        """The criteria leaves; the search text is not one: it looks into sealed and foreign columns."""
        return [*_among("order.shop", self.shops), *_among("order.warehouse", self.warehouses), *self._couriers(),
                *_among("order.flag", self.flags), *(ONLY[name][1] for name in self.only), *self._goods(), *self._days()]  # fmt: skip

    def _couriers(self) -> Iterable[Tree]:
        if self.couriers:
            yield {"field": "order.courier", "op": "in", "value": ["" if code == NOBODY else code for code in self.couriers]}

    def _goods(self) -> Iterable[Tree]:
        if self.sku:
            yield {
                "any": [
                    {"field": "line.sku_code", "op": "contains", "value": self.sku},
                    {"field": "line.title", "op": "contains", "value": self.sku},
                ]
            }
        if self.tag:
            yield {"field": "order.tags", "op": "has", "value": self.tag}

    def _days(self) -> Iterable[Tree]:
        """Days stay relative, so that a saved 近 3 天 is still the last three days next month."""
        if self.paid:
            yield {"field": "order.paid_at", "op": "from", "value": {"day": -PAID[self.paid][0]}}
        if self.first:
            yield {"field": "order.paid_at", "op": "from", "value": {"day": self.first.isoformat()}}
        if self.last:
            yield {"field": "order.paid_at", "op": "until", "value": {"day": self.last.isoformat()}}


def _among(name: str, values: Sequence[Any]) -> Iterable[Tree]:
    if values:
        yield {"field": name, "op": "in", "value": list(values)}


def _numbers(texts: Iterable[str]) -> tuple[int, ...]:
    return tuple(typed.numbers(list(texts)))


def chips(request: HttpRequest, filters: Filters, shops: Sequence[Shop], warehouses: Sequence[Warehouse]) -> list[Chip]:
    """The chips in their order, each with its panel; `shops` are those the person may see."""
    used = [c for c in couriers.table().values() if c.is_active][:14]
    return [
        _many(request, "shop", _("店铺"), [Choice(str(s.pk), s.name, s.pk in filters.shops, platform=s.platform) for s in shops]),
        _paid(request, filters),
        _many(request, "wh", _("仓库"), [Choice(str(w.pk), w.name, w.pk in filters.warehouses) for w in warehouses]),
        _many(request, "courier", _("快递"), [Choice(NOBODY, _("未分配"), NOBODY in filters.couriers)]
              + [Choice(c.code, c.name, c.code in filters.couriers) for c in used]),
        _text(request, "sku", _("商品 / SKU"), filters.sku, _("商家编码或商品名")),
        _many(request, "flag", _("旗标"), [Choice(f.value, f.label, f.value in filters.flags, flag=f.value) for f in Flag if f.value]),
        _text(request, "tag", _("标签"), filters.tag, _("标签全名"), is_extra=True),
        _many(request, "only", _("筛选"), [Choice(name, said, name in filters.only) for name, (said, _t) in ONLY.items()], is_extra=True),
    ]  # fmt: skip


def _many(request: HttpRequest, name: str, label: str | Promise, choices: list[Choice], *, is_extra: bool = False) -> Chip:
    on = [str(choice.name) for choice in choices if choice.is_on]
    said = f"{on[0]} +{len(on) - 1}" if len(on) > 1 else on[0] if on else ""
    return Chip(name, label, "checkbox", said, choices, links.without(request, name), is_extra=is_extra)


def _text(request: HttpRequest, name: str, label: str | Promise, value: str, hint: str | Promise, *, is_extra: bool = False) -> Chip:
    return Chip(name, label, "text", value, (), links.without(request, name), hint, is_extra)


def _paid(request: HttpRequest, filters: Filters) -> Chip:
    said = str(PAID[filters.paid][1]) if filters.paid else ""
    if filters.first or filters.last:
        said = f"{filters.first or ''} – {filters.last or ''}"
    choices = [Choice("", _("不限"), not filters.paid)] + [Choice(key, text, key == filters.paid) for key, (_days, text) in PAID.items()]
    off = links.without(request, "paid", "from", "to")
    return Chip("paid", _("付款时间"), "radio", said, choices, off)
