"""The receiver of one order: where it is corrected. What is hidden is typed anew or left as it is; only a reveal fills it in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from danshu.channels.contract import Receiver
from danshu.core import clock
from danshu.core.errors import DomainError
from danshu.orders import operations as orders
from danshu.orders import receiver
from danshu.orders.models import Order
from danshu.orders.receiver import PlainReceiver
from danshu.orders.states import Fulfilment
from danshu.web import shell
from danshu.web.access import StaffRequest, requires
from danshu.web.orders import detail, links

HIDDEN = ("name", "phone", "address")  # what lists show as a mask
REGION = ("province", "city", "district")
PRINTED = {Fulfilment.PRINTED, Fulfilment.CHECKED}


class ReceiverForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("收件人"), max_length=40, required=False)
    phone = forms.CharField(label=gettext_lazy("电话"), max_length=40, required=False)
    province = forms.CharField(label=gettext_lazy("省"), max_length=20)
    city = forms.CharField(label=gettext_lazy("市"), max_length=30, required=False)
    district = forms.CharField(label=gettext_lazy("区县"), max_length=30, required=False)
    address = forms.CharField(label=gettext_lazy("详细地址"), max_length=200, required=False)

    def __init__(self, data: QueryDict | None, known: PlainReceiver, *, is_open: bool, masks: dict[str, str]) -> None:
        """`is_open`: the person has looked, so the fields hold what is known in plain. `masks` are shown beside empty ones."""
        self.known = known
        filled = {name: getattr(known, name) for name in (*REGION, *(HIDDEN if is_open else ()))}
        super().__init__(data, initial=filled)
        for name in HIDDEN:
            self.fields[name].required = not self.keeps
            if self.keeps and not is_open and masks[name]:
                self.fields[name].help_text = _("现在是 %(mask)s。空着就不改。") % {"mask": masks[name]}

    @property
    def keeps(self) -> bool:
        """Whether a field that is left empty keeps what we have: that must be the real thing, not the platform's mask or cipher."""
        return self.known.kind == receiver.PLAIN and bool(self.known.name and self.known.phone and self.known.address)

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = self.cleaned_data
        for name in HIDDEN:
            if "*" in said.get(name, ""):
                self.add_error(name, _("带星号的是遮住的信息，不能寄。请写完整的。"))
        return said

    def receiver(self) -> Receiver:
        said = self.cleaned_data
        hidden = {name: said[name].strip() or getattr(self.known, name) for name in HIDDEN}
        return Receiver(**hidden, **{name: said[name].strip() for name in REGION})


@require_http_methods(["GET", "POST"])
@requires("orders.edit")
def edit(request: StaffRequest, no: str) -> HttpResponse:
    """The form, and what it does."""
    order = detail.find(request, no)
    data = request.POST if request.method == "POST" else None
    form = ReceiverForm(data, _known(order), is_open=False, masks=_masks(order))
    error = ""
    if data is not None and form.is_valid():
        try:
            orders.edit_receiver([order.pk], form.receiver(), by=request.user.actor, now=clock.now())
        except DomainError as refusal:
            error = refusal.message
        else:
            shell.toast(request, _said(order))
            return links.back(request) if data.get("next") else detail.goto(order)
    return _page(request, order, form, error=error)


@require_POST
@requires("people.reveal")
def edit_open(request: StaffRequest, no: str) -> HttpResponse:
    """The same form with the receiver in plain: looked at once, and written down."""
    order = detail.find(request, no)
    if not request.user.may("orders.edit"):
        raise DomainError(_("你的角色没有这项权限。需要的话请老板在「人员」里调整。"), "access.denied", details={"code": "orders.edit"})
    known = receiver.reveal([order.pk], by=request.user.actor, now=clock.now())[order.pk]
    is_open = known.kind == receiver.PLAIN
    return _page(request, order, ReceiverForm(None, known, is_open=is_open, masks=_masks(order)), revealed=known)


def _known(order: Order) -> PlainReceiver:
    return receiver.plain(order)


def _masks(order: Order) -> dict[str, str]:
    return {"name": order.receiver_name, "phone": order.receiver_phone, "address": order.receiver_address}


def _page(
    request: StaffRequest, order: Order, form: ReceiverForm, *, error: str = "", revealed: PlainReceiver | None = None
) -> HttpResponse:
    words = request.POST if request.method == "POST" else request.GET
    context = {
        "nav": "orders", "order": order, "form": form, "error": error, "revealed": revealed,
        "next": shell.ours(request, words.get("next", "")),
        "is_printed": order.fulfilment in PRINTED, "may_reveal": request.user.may("people.reveal") and revealed is None and form.keeps,
    }  # fmt: skip
    answer = render(request, "orders/receiver.html", context, status=422 if error or form.errors else 200)
    answer["Cache-Control"] = "no-store"
    return answer


def _said(order: Order) -> str:
    if order.fulfilment in PRINTED:
        return _("%(no)s 的收件信息改好了。已打印的面单地址是旧的，请补打后再发。") % {"no": order.short_no}
    return _("%(no)s 的收件信息改好了") % {"no": order.short_no}
