"""/dev/ui/: every component once, for those who build pages. Figures here are examples."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from danshu.accounts.permissions import Role
from danshu.channels.platforms import PLATFORMS
from danshu.core import clock
from danshu.web.access import StaffRequest, signed_in
from danshu.web.shell import toast


class ExampleForm(forms.Form):
    buffer = forms.IntegerField(min_value=0)
    courier = forms.ChoiceField(required=False)


@signed_in
def gallery(request: StaffRequest) -> HttpResponse:
    """For the owner, and for everybody while DEBUG is on."""
    if not settings.DEBUG and request.user.role != Role.OWNER:
        raise Http404
    now = clock.now()
    form = ExampleForm({"buffer": "-5"})
    form.fields["buffer"].label, form.fields["courier"].label = _("安全库存"), _("快递")
    form.fields["courier"].choices = [("", _("不指定")), ("zto", _("中通"))]  # type: ignore[attr-defined]  # a choice field
    form.errors["buffer"] = form.error_class([_("要填 0 或更大的整数")])
    if "toast" in request.GET:
        toast(request, _("1122-0391 已打印 · 中通"), request.path)
    context = {
        "nav": "settings",
        "platforms": PLATFORMS.values(),
        "states": _states(),
        "flags": ["red", "yellow", "green", "blue", "purple"],
        "deadlines": [now + timedelta(minutes=minutes) for minutes in (-38, 74, 388, 830, 3060)],
        "form": form,
        "values": [22, 20, 19, 17, 17.5, 16, 15.8],
        "now": now,
    }
    return render(request, "gallery/gallery.html", context)


def _states() -> list[tuple[str, str]]:
    tones = ("amber", "violet", "green", "rose", "sky", "grey")
    names = (_("待处理"), _("已打印"), _("已发货"), _("售后中"), _("运输中"), _("已关闭"))
    return list(zip(tones, names, strict=True))
