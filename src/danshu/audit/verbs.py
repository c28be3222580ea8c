"""What a verb says about its target, as a sentence. Rooms add theirs with `register` when they are ready."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

VERBS: dict[str, str | Promise] = {
    "person.invited": _("邀请了一位%(target)s"),
    "person.invite_withdrawn": _("撤回了给%(target)s的邀请"),
    "person.joined": _("加入了：%(target)s"),
    "person.changed": _("改了 %(target)s 的账号"),
    "person.deactivated": _("停用了 %(target)s 的账号"),
    "person.activated": _("重新启用了 %(target)s 的账号"),
    "person.password_changed": _("改了自己的密码"),
    "house.named": _("把公司的名称改成 %(target)s"),
    "token.issued": _("发了接口令牌 %(target)s"),
    "token.revoked": _("停用了接口令牌 %(target)s"),
    "shop.created": _("新建店铺 %(target)s"),
    "shop.changed": _("改了店铺 %(target)s 的设置"),
    "shop.activated": _("启用了店铺 %(target)s"),
    "shop.deactivated": _("停用了店铺 %(target)s"),
    "reaction.retried": _("重试了失败的事件 %(target)s"),
    "reaction.dismissed": _("放弃了失败的事件 %(target)s"),
    "job.retried": _("重试了失败的任务 %(target)s"),
}


def register(verbs: Mapping[str, str | Promise]) -> None:
    """Add a room's verbs. `%(target)s` stands for the target's label; a sentence without it is followed by the label."""
    VERBS.update(verbs)


def sentence(verb: str, target: str) -> str:
    """The verb's sentence about its target, or the verb itself while no room has given one."""
    text = str(VERBS.get(verb, verb))
    return text % {"target": target} if "%(target)s" in text else f"{text} {target}".strip()


def short(verb: str) -> str:
    """The sentence where the target is known anyway: on the page of the thing itself."""
    return str(VERBS.get(verb, verb)).replace("%(target)s", "").strip()
