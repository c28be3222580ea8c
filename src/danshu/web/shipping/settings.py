"""/settings/couriers/ and /settings/printers/."""

from __future__ import annotations

from io import BytesIO

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from danshu.core import clock
from danshu.core.errors import DomainError
from danshu.fulfilment import couriers as known
from danshu.fulfilment import operations as fulfilment
from danshu.fulfilment import registry
from danshu.fulfilment.models import CourierSetting, NumberRange, Printer
from danshu.fulfilment.papers import draw
from danshu.fulfilment.papers.sheet import SIZES
from danshu.web.access import StaffRequest, requires
from danshu.web.shell import toast
from danshu.web.shipping.station import courier_choices

SIZE_NAMES = [("100x180", "100 × 180 mm"), ("76x130", "76 × 130 mm"), ("A4", "A4")]


class CourierForm(forms.Form):
    code = forms.ChoiceField(label=gettext_lazy("快递公司"))
    adapter = forms.ChoiceField(label=gettext_lazy("运单号从哪里来"), choices=list(registry.ADAPTERS.items()))
    account = forms.CharField(label=gettext_lazy("月结账号或网点"), required=False, max_length=60)
    is_active = forms.BooleanField(label=gettext_lazy("启用"), required=False, initial=True)

    def __init__(self, *args: object, **given: object) -> None:
        super().__init__(*args, **given)  # type: ignore[arg-type]  # Django's own many arguments
        self.fields["code"].choices = courier_choices()  # type: ignore[attr-defined]  # a ChoiceField


class RangeForm(forms.Form):
    courier = forms.ChoiceField(label=gettext_lazy("快递公司"))
    first = forms.CharField(label=gettext_lazy("首号"), max_length=30)
    last = forms.CharField(label=gettext_lazy("末号"), max_length=30)

    def __init__(self, *args: object, **given: object) -> None:
        super().__init__(*args, **given)  # type: ignore[arg-type]  # Django's own many arguments
        self.fields["courier"].choices = courier_choices()  # type: ignore[attr-defined]  # a ChoiceField


class PrinterForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("名称"), max_length=40)
    size = forms.ChoiceField(label=gettext_lazy("纸张"), choices=SIZE_NAMES)
    offset_x = forms.IntegerField(label=gettext_lazy("左右偏移（0.1 毫米，正数向右）"), initial=0)
    offset_y = forms.IntegerField(label=gettext_lazy("上下偏移（0.1 毫米，正数向下）"), initial=0)
    is_plain = forms.BooleanField(label=gettext_lazy("打印完整收件信息（自己送货用，会留痕）"), required=False)
    shows_prices = forms.BooleanField(label=gettext_lazy("发货单显示价格"), required=False)
    is_default = forms.BooleanField(label=gettext_lazy("默认打印机"), required=False)


def _ends(block: NumberRange) -> tuple[str, str, int]:
    """First and last number as the branch writes them, and how many are left."""
    first, last = (f"{block.prefix}{number:0{block.width}d}" for number in (block.first, block.last))
    return first, last, max(0, block.last - block.next + 1)


def _couriers_page(request: StaffRequest, courier_form: CourierForm, range_form: RangeForm, status: int = 200) -> HttpResponse:
    rows = [
        (setting, known.get(setting.code), registry.ADAPTERS.get(setting.adapter, setting.adapter))
        for setting in CourierSetting.objects.order_by("-is_active", "position", "code")
    ]
    ranges = [(block, known.name(block.courier_code), *_ends(block)) for block in NumberRange.objects.order_by("courier_code", "id")]
    context = {"nav": "settings", "rows": rows, "ranges": ranges, "courier_form": courier_form, "range_form": range_form}
    return render(request, "shipping/couriers.html", context, status=status)


@requires("settings.ship")
def couriers(request: StaffRequest) -> HttpResponse:
    """GET lists; POST adds or changes a courier."""
    wanted = request.GET.get("edit", "")
    setting = CourierSetting.objects.filter(pk=wanted).first()
    first = {"code": wanted, "adapter": setting.adapter, "account": setting.account, "is_active": setting.is_active} if setting else None
    form = CourierForm(request.POST or None, initial=first)
    if request.method == "POST":
        if form.is_valid():
            data = form.cleaned_data
            fulfilment.save_courier(
                data["code"], adapter=data["adapter"], account=data["account"], is_active=data["is_active"],
                by=request.user.actor, now=clock.now(),
            )  # fmt: skip
            toast(request, _("%(courier)s 保存好了。") % {"courier": known.name(data["code"])})
            return redirect("shipping-couriers")
        return _couriers_page(request, form, RangeForm(), 422)
    return _couriers_page(request, form, RangeForm())


@require_POST
@requires("settings.ship")
def ranges(request: StaffRequest) -> HttpResponse:
    form = RangeForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            fulfilment.add_range(data["courier"], data["first"], data["last"], by=request.user.actor, now=clock.now())
        except DomainError as error:
            form.add_error("last", error.message)
        else:
            toast(request, _("号段加好了。"))
            return redirect("shipping-couriers")
    return _couriers_page(request, CourierForm(), form, 422)


def _printers_page(request: StaffRequest, form: PrinterForm, edited: Printer | None, status: int = 200) -> HttpResponse:
    rows = Printer.objects.order_by("-is_default", "id")
    context = {"nav": "settings", "rows": rows, "form": form, "edited": edited, "sizes": dict(SIZE_NAMES)}
    return render(request, "shipping/printers.html", context, status=status)


@requires("settings.ship")
def printers(request: StaffRequest, printer_id: int | None = None) -> HttpResponse:
    """GET lists; POST adds a printer or, with an id, changes it."""
    edited = Printer.objects.filter(pk=printer_id).first() if printer_id else None
    names = list(PrinterForm.base_fields)
    form = PrinterForm(request.POST or None, initial={name: getattr(edited, name) for name in names} if edited else None)
    if request.method != "POST":
        return _printers_page(request, form, edited)
    if form.is_valid():
        try:
            draft = fulfilment.PrinterDraft(**form.cleaned_data)
            fulfilment.save_printer(draft, printer_id=edited.pk if edited else None, by=request.user.actor, now=clock.now())
        except DomainError as error:
            form.add_error("offset_x" if error.code == "printer.offset" else "name", error.message)
        else:
            toast(request, _("打印机保存好了。打一张测试页看看位置。"))
            return redirect("shipping-printers")
    return _printers_page(request, form, edited, 422)


@require_POST
@requires("settings.ship")
def printer_remove(request: StaffRequest, printer_id: int) -> HttpResponse:
    fulfilment.remove_printer(printer_id, by=request.user.actor, now=clock.now())
    toast(request, _("打印机删除了，打过的批次都还在。"))
    return redirect("shipping-printers")


@requires("settings.ship")
def test_page(request: StaffRequest, printer_id: int) -> HttpResponse:  # noqa: ARG001 - the shape of a view
    printer = Printer.objects.filter(pk=printer_id).first()
    if printer is None or printer.size not in SIZES:
        raise DomainError(_("没有这台打印机。"), "printer.not_found")
    target = BytesIO()
    draw.test_page(target, name=printer.name, size=printer.size, offset_x=printer.offset_x, offset_y=printer.offset_y)
    return HttpResponse(target.getvalue(), content_type="application/pdf", headers={"Cache-Control": "no-store"})
