"""Forms of tokens and webhooks."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from danshu.accounts import queries as accounts
from danshu.accounts.operations import TokenDraft
from danshu.accounts.scopes import SCOPES
from danshu.channels import shops
from danshu.notify.kinds import KINDS
from danshu.notify.operations import WebhookDraft

LASTING = [("", _("一直有效")), ("30", _("30 天")), ("90", _("90 天")), ("365", _("一年"))]


def shop_choices() -> list[tuple[int, str]]:
    return [(shop.pk, shop.name) for shop in shops.visible(None)]


class ShopsField(forms.TypedMultipleChoiceField):
    """Some shops, or none for all."""

    def __init__(self, **more: Any) -> None:
        super().__init__(
            label=_("只限这些店铺"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple, choices=shop_choices, **more
        )


class TokenForm(forms.Form):
    name = forms.CharField(label=_("名称"), max_length=60, help_text=_("给哪个程序用，例如「官网」。会出现在操作记录里"))
    scopes = forms.MultipleChoiceField(
        label=_("能做什么"), widget=forms.CheckboxSelectMultiple, choices=[(code, scope.label) for code, scope in SCOPES.items()]
    )
    shop_ids = ShopsField(help_text=_("一家都不选就是全部店铺"))
    person_id = forms.TypedChoiceField(
        label=_("以谁的名义"),
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_("选了人，令牌最多能做这个人能做的事；停用账号，令牌也停"),
    )
    days = forms.TypedChoiceField(label=_("有效期"), coerce=int, empty_value=None, required=False, choices=LASTING)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = [(one.pk, one.name) for one in accounts.people() if one.is_active]
        self.fields["person_id"].choices = [("", _("程序自己")), *people]  # type: ignore[attr-defined]  # a choice field

    def draft(self) -> TokenDraft:
        given = self.cleaned_data
        return TokenDraft(given["name"], tuple(given["scopes"]), tuple(given["shop_ids"]), given["person_id"], given["days"])


class WebhookForm(forms.Form):
    name = forms.CharField(label=_("名称"), max_length=60, help_text=_("自己分得清就行，例如「官网库存」"))
    url = forms.CharField(label=_("地址"), max_length=500, help_text=_("https 开头，接收方给你的"), widget=forms.URLInput)
    kinds = forms.MultipleChoiceField(label=_("听哪些事"), widget=forms.CheckboxSelectMultiple, choices=list(KINDS.items()))
    shop_ids = ShopsField(help_text=_("一家都不选就是全部店铺"))
    is_plain = forms.BooleanField(
        label=_("收件信息不打码"), required=False, help_text=_("姓名、电话、地址会完整发给对方，并且留痕。对方确实要发货才打开")
    )

    def draft(self) -> WebhookDraft:
        given = self.cleaned_data
        return WebhookDraft(given["name"], given["url"].strip(), tuple(given["kinds"]), tuple(given["shop_ids"]), given["is_plain"])
