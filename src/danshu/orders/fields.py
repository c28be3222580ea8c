"""What criteria can ask about orders and their lines."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import BooleanField, Exists, F, Func, JSONField, OuterRef, Q, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact, GreaterThan
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from danshu.channels.models import Shop
from danshu.channels.platforms import PLATFORMS
from danshu.fields import registry
from danshu.fields.registry import Field, Words
from danshu.orders.models import Order, OrderLine
from danshu.orders.states import Flag, Fulfilment, Issue, Payment, Refund

BITS = {issue.name.lower(): issue.value for issue in Issue}
BIT_WORDS: Words = {issue.name.lower(): issue.label for issue in Issue}


class HasTag(Func):
    """Whether a JSON list holds a text."""

    output_field = BooleanField()
    conditional = True

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(
            compiler, connection, template="EXISTS(SELECT 1 FROM json_each(%(expressions)s))", arg_joiner=") WHERE value IN (", **extra
        )

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, template="(%(expressions)s)", arg_joiner=" @> ", **extra)


class JsonText(Func):
    """A text as the right side of `HasTag`: a JSON list on PostgreSQL, plain on SQLite."""

    output_field = JSONField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, template="%(expressions)s", **extra)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, template="jsonb_build_array(%(expressions)s::text)", **extra)


def _sets(one: Any, empty: Q) -> registry.Compiler:
    """The operators of a set from "has this one"."""

    def compiled(op: str, value: Any, _now: datetime) -> Q:
        if op in registry.EMPTY:
            return empty if op == "is_empty" else ~empty
        if op in {"has", "has_not"}:
            found: Q = one(value)
            return found if op == "has" else ~found
        joined: Q = Q(pk__in=[]) if op == "has_any" else Q()
        for each in value:
            joined = joined | one(each) if op == "has_any" else joined & one(each)
        return joined

    return compiled


def has_issue(bits: int) -> Q:
    """Any of these exceptions stands. The second condition is for the index of orders with exceptions."""
    return Q(GreaterThan(F("issues").bitand(bits), Value(0))) & Q(issues__gt=0)


def _has_tag(tag: str) -> Q:
    return Q(HasTag(F("tags"), JsonText(Value(tag))))


def mergeable() -> Q:
    """Waiting orders that have a partner: same shop, person, address and warehouse. Held, refunding, unpaid, presale, cash on delivery
    and masked ones are not."""
    alone = Q(
        is_open=True, is_ready=True, fulfilment=Fulfilment.WAITING, payment=Payment.PAID, is_held=False, merge_hash__gt="",
    )  # fmt: skip
    same_warehouse = Exact(Coalesce("warehouse_id", 0), Coalesce(OuterRef("warehouse_id"), 0))
    partner = Order.objects.filter(alone, same_warehouse, shop=OuterRef("shop"), merge_hash=OuterRef("merge_hash"))
    return alone & Q(Exists(partner.exclude(pk=OuterRef("pk"))))


def _mergeable(op: str, value: Any, _now: datetime) -> Q:
    return mergeable() if value == (op == "is") else ~mergeable()


def _flag(name: str) -> registry.Compiler:
    """A flag as the bare column, which is what a partial index needs."""

    def compiled(op: str, value: Any, _now: datetime) -> Q:
        return Q(**{name: True}) if value == (op == "is") else ~Q(**{name: True})

    return compiled


def _shops() -> Words:
    return dict(Shop.objects.values_list("pk", "name"))


def register() -> None:
    registry.register_scope("line", lambda test: Q(Exists(OrderLine.objects.filter(test, order=OuterRef("pk")))))
    registry.register(*_axes(), *_facts(), *_people(), *_lines())


def _axes() -> list[Field]:
    return [
        Field("order.payment", _("付款"), "choice", "payment", dict(Payment.choices)),
        Field("order.fulfilment", _("履约"), "choice", "fulfilment", dict(Fulfilment.choices)),
        Field("order.refund", _("退款"), "choice", "refund", dict(Refund.choices)),
        Field("order.issues", _("异常"), "set", choices=BIT_WORDS, compiler=_sets(lambda name: has_issue(BITS[name]), ~Q(issues__gt=0))),
        Field("order.is_open", _("在途"), "flag", compiler=_flag("is_open")),
        Field("order.is_ready", _("可以发货"), "flag", compiler=_flag("is_ready")),
        Field("order.is_held", pgettext_lazy("state", "挂起"), "flag", compiler=_flag("is_held")),
        Field("order.is_urgent", _("加急"), "flag", compiler=_flag("is_urgent")),
        Field("order.is_mergeable", _("可合单"), "flag", compiler=_mergeable),
        Field("order.is_merged", _("跟别的单走"), "flag", compiler=lambda op, value, _now: Q(merged_into__isnull=value != (op == "is"))),
        Field("order.placed_at", _("下单时间"), "moment", "placed_at"),
        Field("order.paid_at", _("付款时间"), "moment", "paid_at"),
        Field("order.ship_by", _("截单时间"), "moment", "ship_by"),
        Field("order.printed_at", _("打印时间"), "moment", "printed_at"),
        Field("order.shipped_at", _("发货时间"), "moment", "shipped_at"),
        Field("order.finished_at", _("完成时间"), "moment", "finished_at"),
    ]


def _facts() -> list[Field]:
    return [
        Field("order.no", _("订单号"), "text", "no"),
        Field("order.platform_no", _("平台单号"), "text", "platform_no"),
        Field("order.shop", _("店铺"), "ref", "shop_id", _shops),
        Field("order.platform", _("平台"), "choice", "platform", {code: platform.name for code, platform in PLATFORMS.items()}),
        Field("order.source", _("来源"), "choice", "source", dict(Order.Source.choices)),
        Field("order.warehouse", _("仓库"), "ref", "warehouse_id", is_nullable=True),
        Field("order.courier", _("快递"), "text", "courier_code"),
        Field("order.flag", _("旗标"), "choice", "flag", dict(Flag.choices)),
        Field("order.tags", _("标签"), "set", compiler=_sets(_has_tag, Q(tags=[]))),
        Field("order.goods_fen", _("商品金额"), "number", "goods_fen", unit=pgettext_lazy("money", "分")),
        Field("order.paid_fen", _("实付金额"), "number", "paid_fen", unit=pgettext_lazy("money", "分")),
        Field("order.kind_count", _("款数"), "number", "kind_count", unit=_("款")),
        Field("order.item_count", _("件数"), "number", "item_count", unit=_("件")),
        Field("order.hold_reason", _("挂起原因"), "text", "hold_reason"),
    ]


def _people() -> list[Field]:
    return [
        Field("order.buyer_nick", _("买家昵称"), "text", "buyer_nick"),
        Field("order.buyer_message", _("买家备注"), "text", "buyer_message"),
        Field("order.seller_memo", _("卖家备注"), "text", "seller_memo"),
        Field("order.province", _("省"), "text", "province"),
        Field("order.city", _("市"), "text", "city"),
        Field("order.district", _("区县"), "text", "district"),
    ]


def _lines() -> list[Field]:
    return [
        Field("line.sku", _("商品"), "ref", "sku_id", is_nullable=True),
        Field("line.sku_code", _("商家编码"), "text", "sku__code", is_nullable=True),
        Field("line.sku_name", _("商品名"), "text", "sku__name", is_nullable=True),
        Field("line.title", _("平台标题"), "text", "title"),
        Field("line.spec", _("平台规格"), "text", "spec"),
        Field("line.merchant_code", _("平台商家编码"), "text", "merchant_code"),
        Field("line.quantity", _("数量"), "number", "quantity", unit=_("件")),
        Field("line.paid_fen", _("明细金额"), "number", "paid_fen", unit=pgettext_lazy("money", "分")),
        Field("line.is_gift", _("赠品"), "flag", "is_gift"),
        Field("line.is_short", _("缺货"), "flag", "is_short"),
        Field("line.refund", _("明细退款"), "choice", "refund", dict(Refund.choices)),
    ]
