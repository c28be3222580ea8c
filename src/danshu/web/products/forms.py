"""The form of one SKU."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from danshu.catalogue import columns, matching
from danshu.catalogue.codes import clean
from danshu.catalogue.models import Sku
from danshu.catalogue.operations import SkuDraft
from danshu.core import money


class SkuForm(forms.Form):
    code = forms.CharField(label=gettext_lazy("商家编码"), max_length=80)
    name = forms.CharField(label=gettext_lazy("名称"), max_length=120)
    spec = forms.CharField(label=gettext_lazy("规格"), max_length=120, required=False)
    barcode = forms.CharField(label=gettext_lazy("条码"), max_length=40, required=False)
    shelf = forms.CharField(label=gettext_lazy("库位"), max_length=30, required=False)
    cost = forms.CharField(label=gettext_lazy("成本（元）"), max_length=20, required=False)
    weight_g = forms.IntegerField(label=gettext_lazy("重量（克）"), min_value=0, max_value=10_000_000, required=False)
    safety_stock = forms.IntegerField(label=gettext_lazy("安全库存"), min_value=0, max_value=10_000_000, required=False)
    tags = forms.CharField(label=gettext_lazy("标签"), max_length=200, required=False, help_text=gettext_lazy("用逗号分开。"))
    picture = forms.FileField(
        label=gettext_lazy("图片"), required=False, widget=forms.FileInput(attrs={"accept": "image/*"}),
        help_text=gettext_lazy("JPG、PNG 或 WebP，会缩到 640 像素。"),
    )  # fmt: skip
    parts = forms.CharField(
        label=gettext_lazy("组合装子件"), required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("每行一个子件：编码 空格 数量。单品留空。"),
    )  # fmt: skip
    is_active = forms.BooleanField(label=gettext_lazy("在售"), required=False, initial=True)

    def __init__(self, *args: Any, with_cost: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not with_cost:
            del self.fields["cost"]

    def clean_cost(self) -> int:
        text = str(self.cleaned_data["cost"]).strip()
        try:
            amount = money.fen(text) if text else 0
        except ValueError:
            raise forms.ValidationError(_("这不是金额。写法像 12.50。")) from None
        if amount < 0:
            raise forms.ValidationError(_("成本不能是负数。"))
        return amount

    def clean_parts(self) -> tuple[tuple[int, int], ...]:
        """`CODE 2` lines → base SKUs and quantities."""
        wanted = []
        for line in str(self.cleaned_data["parts"]).splitlines():
            words = line.replace("×", " ").replace("*", " ").split()
            if words:
                code, number = (" ".join(words[:-1]), words[-1]) if len(words) > 1 else (words[0], "1")
                try:
                    wanted.append((clean(code), columns.whole(number, _("数量"), default=1)))
                except ValueError as error:
                    raise forms.ValidationError(str(error)) from None
        hits = matching.match([(code, "") for code, _number in wanted])
        unknown = [code for (code, _number), hit in zip(wanted, hits, strict=True) if hit.sku_id is None]
        if unknown:
            raise forms.ValidationError(_("没有找到子件：%(codes)s。") % {"codes": "、".join(unknown)})
        return tuple((hit.sku_id, number) for hit, (_code, number) in zip(hits, wanted, strict=True) if hit.sku_id)

    def draft(self, sku: Sku | None, picture: str) -> SkuDraft:
        """What the form says; costs stay as they are for who may not see them."""
        told = self.cleaned_data
        tags = told["tags"].replace("，", ",").replace("、", ",").split(",")
        return SkuDraft(
            code=told["code"], name=told["name"], id=sku.pk if sku else None, spec=told["spec"], barcode=told["barcode"],
            cost_fen=told["cost"] if "cost" in self.fields else (sku.cost_fen if sku else 0), weight_g=told["weight_g"] or 0,
            shelf=told["shelf"], tags=tuple(tag.strip() for tag in tags if tag.strip()), picture=picture,
            safety_stock=told["safety_stock"] or 0, is_active=told["is_active"], parts=told["parts"],
        )  # fmt: skip


def initial(sku: Sku) -> dict[str, object]:
    """The form filled with a SKU."""
    parts = "\n".join(f"{code} {quantity}" for code, quantity in sku.parts.values_list("part__code", "quantity").order_by("pk"))
    return {
        "code": sku.code, "name": sku.name, "spec": sku.spec, "barcode": sku.barcode, "shelf": sku.shelf, "weight_g": sku.weight_g,
        "cost": money.yuan(sku.cost_fen), "safety_stock": sku.safety_stock, "tags": "，".join(sku.tags), "parts": parts,
        "is_active": sku.is_active,
    }  # fmt: skip
