"""The range of a report."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from danshu.core import clock
from danshu.insights.daily import LONGEST_DAYS
from danshu.web import typed


class RangeForm(forms.Form):
    """`from` and `to` are business days, both included; missing ones mean today."""

    first = forms.DateField(label=gettext_lazy("从"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    last = forms.DateField(label=gettext_lazy("到"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = data.get("first"), data.get("last")
        if any(day and day.year not in typed.YEARS for day in (first, last)):
            raise forms.ValidationError(_("没有这样的日期。请重新选。"))
        if first and last and first > last:
            raise forms.ValidationError(_("开始日期晚于结束日期。请把两个日期对调。"))
        if first and last and (last - first).days >= LONGEST_DAYS:
            raise forms.ValidationError(_("一次最多看 %d 天。请缩短日期范围。") % LONGEST_DAYS)
        return data


def range_of(query: Any) -> tuple[RangeForm, date, date]:
    """The form as the address asks for it, and the days it means; a bad range shows its error and today's numbers."""
    today = clock.business_day(clock.now())
    asked = {"first": query.get("first") or today.isoformat(), "last": query.get("last") or query.get("first") or today.isoformat()}
    form = RangeForm(asked)
    if form.is_valid():
        return form, form.cleaned_data["first"], form.cleaned_data["last"]
    return form, today, today


def presets() -> list[tuple[str, date, date]]:
    """(label, first, last) of the ranges that people ask for most."""
    today = clock.business_day(clock.now())
    yesterday = today - timedelta(days=1)
    month = today.replace(day=1)
    before = (month - timedelta(days=1)).replace(day=1)
    return [
        (pgettext("range", "今天"), today, today),
        (pgettext("range", "昨天"), yesterday, yesterday),
        (_("近 7 天"), today - timedelta(days=6), today),
        (_("本月"), month, today),
        (_("上月"), before, month - timedelta(days=1)),
    ]
