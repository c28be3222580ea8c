"""Warehouses, in the settings."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from danshu.core import clock
from danshu.core.errors import DomainError
from danshu.stock import operations as stock
from danshu.stock import queries, regions
from danshu.stock.models import Warehouse
from danshu.web.access import StaffRequest, requires
from danshu.web.shell import toast


class WarehouseForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("仓库名"), max_length=40)
    priority = forms.IntegerField(
        label=gettext_lazy("发货顺序"), min_value=1, max_value=999, initial=10, help_text=gettext_lazy("数字小的先出货。")
    )
    sender_name = forms.CharField(label=gettext_lazy("寄件人"), max_length=40, required=False)
    sender_phone = forms.CharField(label=gettext_lazy("寄件电话"), max_length=30, required=False)
    sender_address = forms.CharField(label=gettext_lazy("寄件地址"), max_length=200, required=False)
    regions = forms.MultipleChoiceField(
        label=gettext_lazy("优先服务的省份"), choices=list(regions.NAMES.items()), required=False,
        widget=forms.CheckboxSelectMultiple, help_text=gettext_lazy("收件人在这些省份的订单先从这里出货，与发货顺序无关。"),
    )  # fmt: skip
    is_emptied_first = forms.BooleanField(
        label=gettext_lazy("先用完这个仓"), required=False,
        help_text=gettext_lazy("轮到这个仓而货不够时，有多少先出多少，差的从下一个仓补，一单会成为两个包裹。"),
    )  # fmt: skip
    is_active = forms.BooleanField(label=gettext_lazy("启用"), required=False, initial=True)


@requires("settings.ship")
def list_(request: StaffRequest) -> HttpResponse:
    places = [(place, regions.named(place.regions)) for place in queries.warehouses(with_closed=True)]
    return render(request, "stock/warehouses.html", {"nav": "settings", "places": places})


@requires("settings.ship")
def edit(request: StaffRequest, pk: int | None = None) -> HttpResponse:
    place = get_object_or_404(Warehouse, pk=pk) if pk else None
    initial = {name: getattr(place, name) for name in WarehouseForm.base_fields} | {"regions": place.regions.split()} if place else None
    form = WarehouseForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            stock.save_warehouses([stock.WarehouseDraft(id=pk, **form.cleaned_data)], by=request.user.actor, now=clock.now())
        except DomainError as refused:
            form.add_error(None, str(refused))
        else:
            toast(request, _("「%(name)s」存好了。") % {"name": form.cleaned_data["name"]})
            return HttpResponseRedirect(reverse("stock-warehouses"))
    status = 422 if request.method == "POST" else 200
    return render(request, "stock/warehouse.html", {"nav": "settings", "form": form, "place": place}, status=status)
