"""Forms about people."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from danshu.accounts.operations.house import MOST
from danshu.accounts.permissions import Role
from danshu.channels import shops


class SignInForm(forms.Form):
    username = forms.CharField(
        label=_("登录名"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"})
    )
    password = forms.CharField(label=_("密码"), widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}))


class AcceptForm(forms.Form):
    name = forms.CharField(
        label=_("姓名"), max_length=40, help_text=_("同事在操作记录里看到的名字"), widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    username = forms.CharField(
        label=_("登录名"),
        max_length=60,
        help_text=_("以后登录用，2 到 60 个字"),
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    password = forms.CharField(
        label=_("密码"), help_text=_("至少 10 个字符"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )


class ScopeForm(forms.Form):
    """A role and the shops that come with it."""

    role = forms.ChoiceField(label=_("角色"), choices=Role.choices)
    shop_ids = forms.TypedMultipleChoiceField(
        label=_("只看这些店铺"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("一家都不选就是全部店铺。老板总是看全部"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["shop_ids"].choices = [(shop.pk, shop.name) for shop in shops.visible(None)]  # type: ignore[attr-defined]  # a choice field


class HouseForm(forms.Form):
    name = forms.CharField(label=_("名称"), max_length=MOST, required=False, help_text=_("显示在左上角，例如：木屿家居 · 杭州"))


class InviteForm(ScopeForm):
    note = forms.CharField(label=_("备忘"), max_length=80, required=False, help_text=_("例如：仓库小王。只有你看得到"))


class ProfileForm(forms.Form):
    name = forms.CharField(label=_("姓名"), max_length=40)
    language = forms.ChoiceField(label=_("语言"), choices=[("zh-hans", "中文"), ("en", "English")])
    theme = forms.ChoiceField(label=_("外观"), choices=[("auto", _("跟随系统")), ("light", _("浅色")), ("dark", _("深色"))])
    density = forms.ChoiceField(label=_("行高"), choices=[("dense", _("紧凑")), ("cozy", _("宽松"))])
    shortcuts = forms.BooleanField(label=_("用键盘快捷键"), required=False, help_text=_("扫码枪不受影响"))


class PasswordForm(forms.Form):
    old = forms.CharField(label=_("现在的密码"), widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}))
    new = forms.CharField(
        label=_("新密码"),
        help_text=_("至少 10 个字符。改完后其他设备要重新登录"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
