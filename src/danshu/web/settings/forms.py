"""Forms of the settings."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from danshu.channels.connecting import Basis, Connector, Stream
from danshu.channels.operations.connecting import LONGEST_REACH
from danshu.channels.operations.credentials import REACH_DAYS
from danshu.channels.operations.shops import LONGEST_HOURS, LONGEST_MINUTES, ShopDraft
from danshu.channels.operations.streams import NAMES
from danshu.channels.platforms import PLATFORMS
from danshu.fulfilment import couriers
from danshu.stock.models import Warehouse

TYPED = "typed-"  # before the names of an adapter's fields
MOMENT = "%Y-%m-%dT%H:%M"
TOKENS = ("access_token", "refresh_token")


class ShopForm(forms.Form):
    name = forms.CharField(label=_("店铺名"), max_length=60, help_text=_("自己分得清就行，不必和平台上一样"))
    platform = forms.ChoiceField(label=_("平台"), help_text=_("导入时按平台的表格格式读"))
    courier_code = forms.ChoiceField(label=_("默认快递"), required=False, help_text=_("新订单没有指定快递时用它"))
    warehouse_id = forms.TypedChoiceField(label=_("发货仓库"), coerce=int, empty_value=None, required=False)
    ship_hours = forms.IntegerField(
        label=_("发货时限（小时）"), min_value=1, max_value=LONGEST_HOURS, initial=48, help_text=_("从付款算起，平台没有给截止时间时用它")
    )
    unpaid_minutes = forms.IntegerField(
        label=_("待付款锁定（分钟）"),
        min_value=1,
        max_value=LONGEST_MINUTES,
        initial=30,
        help_text=_("没付款的单占着库存多久，到时自动放开"),
    )

    def __init__(self, *args: Any, fixed_platform: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["platform"].choices = [(code, platform.name) for code, platform in PLATFORMS.items()]
        fields["platform"].disabled = fixed_platform
        known = [(courier.code, courier.name) for courier in couriers.table().values() if courier.is_active]
        fields["courier_code"].choices = [("", _("不指定")), *known]
        warehouses = Warehouse.objects.filter(is_active=True).order_by("priority", "id").values_list("pk", "name")
        fields["warehouse_id"].choices = [("", _("自动选（按仓库顺序）")), *warehouses]

    def draft(self) -> ShopDraft:
        return ShopDraft(**self.cleaned_data)


class ConnectForm(forms.Form):
    """What the shop's adapter wants to know (`Connector.fields`). A secret that is here already may stay empty; it never comes back.
    `reach_days` only before anything was read. Tokens for those who got them elsewhere, where the platform grants access on a page."""

    def __init__(self, *args: Any, connector: Connector, known: Mapping[str, bool | str], was_read: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        for one in connector.fields:
            is_here = one.is_secret and bool(known.get(one.name))
            fields[TYPED + one.name] = (Kept if is_here else forms.CharField)(
                label=str(one.label),
                required=one.is_required,
                max_length=2000,
                help_text=str(one.help),
                initial="" if one.is_secret else known.get(one.name, ""),
                widget=Secret(is_here=is_here) if one.is_secret else forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
            )
        if connector.abilities.streams and not was_read:
            reach = min(LONGEST_REACH, max(reading.reach.days for reading in connector.abilities.streams.values()))
            fields["reach_days"] = forms.IntegerField(
                label=_("第一次往前拉几天"), min_value=0, max_value=reach, initial=min(REACH_DAYS, reach),
                help_text=_("连上以后先补这几天的订单，平台最多给 %d 天") % reach,
            )  # fmt: skip
        if connector.abilities.can_authorize:
            fields["access_token"] = forms.CharField(label="Access Token", required=False, max_length=2000, widget=Secret(is_here=False))
            fields["refresh_token"] = forms.CharField(label="Refresh Token", required=False, max_length=2000, widget=Secret(is_here=False))

    def typed(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith(TYPED) or name == "reach_days"]

    def tokens(self) -> list[forms.BoundField]:
        return [self[name] for name in TOKENS if name in self.fields]

    def values(self) -> dict[str, str]:
        """As `connecting.connect` takes them."""
        typed = {name.removeprefix(TYPED): text for name, text in self.cleaned_data.items() if name.startswith(TYPED)}
        return typed | {name: self.cleaned_data[name] for name in TOKENS if self.cleaned_data.get(name)}


class Secret(forms.PasswordInput):
    """Never filled in; `is_here`: there is one, which an empty field leaves as it is."""

    def __init__(self, *, is_here: bool) -> None:
        said = {"placeholder": _("已保存 · 重新填写才会改")} if is_here else {}
        super().__init__(attrs={"autocomplete": "new-password", "spellcheck": "false", **said})
        self.is_here = is_here

    def use_required_attribute(self, initial: Any) -> bool:
        return not self.is_here and super().use_required_attribute(initial)


class Kept(forms.CharField):
    """Wanted, and here already: empty is fine."""

    def validate(self, value: Any) -> None:
        pass


class SpanForm(forms.Form):
    """补拉: a span of one stream, by change or by creation."""

    stream = forms.ChoiceField(label=_("拉什么"))
    start = forms.DateTimeField(label=_("从"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT))
    end = forms.DateTimeField(label=_("到"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT))
    basis = forms.ChoiceField(
        label=_("按什么时间"), choices=[(Basis.MODIFIED.value, _("最后变更时间")), (Basis.CREATED.value, _("下单时间"))]
    )  # fmt: skip

    def __init__(self, *args: Any, streams: Sequence[Stream], **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "span-%s", **kwargs})
        fields: dict[str, Any] = self.fields
        fields["stream"].choices = [(stream.value, NAMES[stream]) for stream in streams]


class NumbersForm(forms.Form):
    """补拉: the platform's numbers, one a line or with spaces or commas between."""

    stream = forms.ChoiceField(label=_("拉什么"))
    numbers = forms.CharField(
        label=_("平台单号"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3}), help_text=_("一行一个，最多 20 个；一般几秒就好")
    )

    def __init__(self, *args: Any, streams: Sequence[Stream], **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "numbers-%s", **kwargs})
        fields: dict[str, Any] = self.fields
        fields["stream"].choices = [(stream.value, NAMES[stream]) for stream in streams]

    def clean_numbers(self) -> list[str]:
        return re.split(r"[\s,，、;；]+", str(self.cleaned_data["numbers"]).strip())
