"""Forms of manual entry. Goods are rows of code, pieces and price; the page adds rows, and without JavaScript there are four."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from danshu.catalogue.models import Sku
from danshu.channels.contract import Payment, Receiver
from danshu.channels.models import Shop
from danshu.core import money
from danshu.core.errors import DomainError
from danshu.orders.operations import Draft, DraftLine
from danshu.web import typed

ROWS = 4
MOST_ROWS = 60


@dataclass(slots=True)
class Want:
    """One row of goods as it was typed."""

    code: str = ""
    quantity: str = ""
    price: str = ""
    error: str = ""
    name: str = ""


class EntryForm(forms.Form):
    shop = forms.ModelChoiceField(Shop.objects.none(), label=gettext_lazy("店铺"))
    platform_no = forms.CharField(
        label=gettext_lazy("平台单号"), max_length=64, required=False, help_text=gettext_lazy("没有就空着，会自动编号。")
    )
    payment = forms.ChoiceField(
        label=gettext_lazy("付款"),
        choices=[
            (Payment.PAID.value, gettext_lazy("已付款")),
            (Payment.UNPAID.value, gettext_lazy("待付款")),
            (Payment.COD.value, gettext_lazy("货到付款")),
        ],
        initial=Payment.PAID.value,
    )
    name = forms.CharField(label=gettext_lazy("收件人"), max_length=40)
    phone = forms.CharField(label=gettext_lazy("电话"), max_length=40)
    province = forms.CharField(label=gettext_lazy("省"), max_length=20)
    city = forms.CharField(label=gettext_lazy("市"), max_length=30, required=False)
    district = forms.CharField(label=gettext_lazy("区县"), max_length=30, required=False)
    address = forms.CharField(label=gettext_lazy("详细地址"), max_length=200)
    freight = forms.CharField(label=gettext_lazy("运费（元）"), required=False, initial="0")
    discount = forms.CharField(label=gettext_lazy("优惠（元）"), required=False, initial="0")
    buyer_message = forms.CharField(label=gettext_lazy("买家备注"), max_length=500, required=False)
    seller_memo = forms.CharField(label=gettext_lazy("卖家备注"), max_length=500, required=False)

    def __init__(self, data: QueryDict | None, shops: Sequence[Shop]) -> None:
        super().__init__(data)
        field = self.fields["shop"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Shop.objects.filter(pk__in=[shop.pk for shop in shops]).order_by("platform", "id")
        if len(shops) == 1:
            field.initial = shops[0].pk

    def clean_freight(self) -> int:
        return self._fen("freight")

    def clean_discount(self) -> int:
        return self._fen("discount")

    def _fen(self, name: str) -> int:
        return amount(self.cleaned_data.get(name) or "0")

    def draft(self, lines: Sequence[DraftLine]) -> Draft:
        said: dict[str, Any] = self.cleaned_data
        receiver = Receiver(*(said[name] for name in ("name", "phone", "province", "city", "district", "address")))
        return Draft(
            shop_id=said["shop"].pk, lines=tuple(lines), receiver=receiver, platform_no=said["platform_no"],
            payment=Payment(said["payment"]),
            buyer_message=said["buyer_message"], seller_memo=said["seller_memo"], freight_fen=said["freight"],
            discount_fen=said["discount"],
        )  # fmt: skip


def amount(text: str) -> int:
    try:
        amount = money.fen(text)
    except ValueError:
        raise forms.ValidationError(_("「%(text)s」不是金额。写成 12 或 12.50。") % {"text": text}) from None
    if amount < 0:
        raise forms.ValidationError(_("金额不能是负数。"))
    return amount


def wants(data: QueryDict | None) -> list[Want]:
    """The rows as typed, empty ones at the end."""
    if data is None:
        return [Want() for _i in range(ROWS)]
    columns = (data.getlist("code"), data.getlist("quantity"), data.getlist("price"))
    rows = [Want(code.strip(), quantity.strip(), price.strip()) for code, quantity, price in zip(*columns, strict=False)][:MOST_ROWS]
    filled = [row for row in rows if row.code or row.quantity not in {"", "1"}]
    return [*filled, *(Want() for _i in range(max(1, ROWS - len(filled))))]


def known(rows: Sequence[Want]) -> dict[str, Sku]:
    """What the codes of the rows name, by upper-case code or barcode. Two statements at most."""
    filled = [row for row in rows if row.code]
    found = {
        sku.code.upper(): sku
        for sku in Sku.objects.filter(code__in={v for row in filled for v in (row.code, row.code.upper())}, is_active=True)
    }
    loose = {row.code for row in filled if row.code.upper() not in found}
    for sku in Sku.objects.filter(barcode__in=loose, is_active=True).exclude(barcode="") if loose else ():
        found[sku.barcode.upper()] = sku
    return found


def lines(rows: Sequence[Want], skus: dict[str, Sku] | None = None) -> list[DraftLine]:
    """Rows → lines; what is wrong is written on the row. Empty when nothing, or something wrong, was typed."""
    filled = [row for row in rows if row.code]
    named = known(rows) if skus is None else skus
    found = []
    for row in filled:
        try:
            found.append(_line(row, named.get(row.code.upper())))
        except (forms.ValidationError, DomainError) as error:
            row.error = error.messages[0] if isinstance(error, forms.ValidationError) else error.message
    return [] if any(row.error for row in filled) else found


def _line(row: Want, sku: Sku | None) -> DraftLine:
    if sku is None:
        raise forms.ValidationError(_("没有编码或条码是「%(code)s」的商品。") % {"code": row.code})
    row.name = f"{sku.name} {sku.spec}".strip()
    quantity = typed.number(row.quantity)
    if quantity is None or not 0 < quantity <= 99_999:
        raise forms.ValidationError(_("件数写成 1 到 99,999 的整数。"))
    return DraftLine(sku.pk, quantity, amount(row.price or "0"))
