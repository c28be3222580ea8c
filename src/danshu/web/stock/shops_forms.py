"""What a shop, or one of its listings, may show of the stock."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from danshu.channels.models import OfferRule
from danshu.channels.operations.offer_rules import MOST, RuleDraft
from danshu.stock import queries as stock


class RuleForm(forms.Form):
    mode = forms.ChoiceField(label=_("怎么卖"), choices=OfferRule.Mode.choices, initial=OfferRule.Mode.SHARED)
    percent = forms.IntegerField(
        label=_("比例（%）"),
        min_value=0,
        max_value=100,
        required=False,
        help_text=_("选「按比例」时用。向下取整；各店加起来超过一百时一起缩小"),
    )
    quota = forms.IntegerField(
        label=_("定额（件）"),
        min_value=0,
        max_value=MOST,
        required=False,
        help_text=_("选「定额」时用。从保存起，卖一件少一件；可售不够时按可售"),
    )
    keep = forms.IntegerField(
        label=_("留底（件）"), min_value=0, max_value=MOST, required=False, help_text=_("不在这家店显示的件数，晚到的订单仍然能用")
    )
    stop_line = forms.IntegerField(label=_("停售线"), min_value=0, max_value=MOST, required=False, help_text=_("算出来低于这个数就显示 0"))
    cap = forms.IntegerField(label=_("最多显示"), min_value=0, max_value=MOST, required=False, help_text=_("空着表示不限"))
    warehouse_ids = forms.TypedMultipleChoiceField(
        label=_("只算这些仓库"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple, help_text=_("都不选表示全部仓库")
    )
    is_pushed = forms.BooleanField(label=_("把库存推送到平台"), required=False, initial=True)
    stale_minutes = forms.IntegerField(
        label=_("断流时限（分钟）"), min_value=0, max_value=7 * 24 * 60, required=False,
        help_text=_("超过这么久没有收到这家店的订单，就按保守数推送并告警。0 表示不看"),
    )  # fmt: skip

    def __init__(self, *args: Any, watches: bool, pushes: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["warehouse_ids"].choices = list(stock.warehouses().values_list("pk", "name"))
        if not watches:
            del fields["stale_minutes"]
        if not pushes:
            del fields["is_pushed"]

    def draft(self, shop_id: int, listing_id: int = 0, label: str = "") -> RuleDraft:
        said = self.cleaned_data
        percent = said["percent"]
        return RuleDraft(
            shop_id, listing_id, said["mode"], 100 if percent is None else percent, said["quota"] or 0, said["keep"] or 0, said["cap"],
            said["stop_line"] or 0, tuple(said["warehouse_ids"]), said.get("is_pushed", True), label,
        )  # fmt: skip


def initial(rule: OfferRule | None) -> dict[str, Any]:
    names = ["mode", "percent", "quota", "keep", "stop_line", "cap", "warehouse_ids", "is_pushed"]
    return {name: getattr(rule or OfferRule(), name) for name in names}


def zero(rule: OfferRule | None, shop_id: int, listing_id: int, label: str) -> RuleDraft:
    """The rule that holds, with a cap of 0."""
    known = initial(rule)
    return RuleDraft(shop_id, listing_id, label=label, **{**known, "cap": 0, "warehouse_ids": tuple(known["warehouse_ids"])})
