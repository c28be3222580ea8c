"""What people decide about their own account."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from danshu.accounts.models import User
from danshu.accounts.operations.invites import check_password
from danshu.accounts.telling import Deed, tell
from danshu.core.actor import Actor
from danshu.core.errors import DomainError

CHOICES: dict[str, set[Any]] = {
    "language": {code for code, _name in settings.LANGUAGES},
    "theme": {"auto", "light", "dark"},
    "density": {"dense", "cozy"},
    "shortcuts": {True, False},
}


def change_profile(user_id: int, *, by: Actor, now: datetime, **choices: Any) -> User:
    """Set name, language, theme, density, shortcuts; what is not named stays. Raises `profile.choice` for a value that is not offered."""
    user = User.objects.get(pk=user_id)
    with transaction.atomic():
        if "name" in choices:
            choices["name"] = _name(choices["name"])
            if choices["name"] != user.name:
                deed = Deed("person.changed", "person", user.pk, choices["name"], {"name": [user.name, choices["name"]]})
                tell([deed], by=by, now=now)
        for field, value in choices.items():
            if field != "name" and value not in CHOICES.get(field, set()):
                raise DomainError(_("没有这个选项。请从列表里选一个。"), "profile.choice", details={"field": field})
            setattr(user, field, value)
        user.save(update_fields=list(choices))
    return user


def _name(text: object) -> str:
    name = str(text).strip()[:40]
    if not name:
        raise DomainError(_("请写姓名，同事会在操作记录里看到。"), "people.name")
    return name


def change_password(user_id: int, *, old: str, new: str, by: Actor, now: datetime) -> User:
    """Every other session of the person ends, because sessions carry a mark of the password."""
    user = User.objects.get(pk=user_id)
    if not user.check_password(old):
        raise DomainError(_("现在的密码不对，密码没有改。请再输一次。"), "people.password_wrong")
    check_password(new, user)
    with transaction.atomic():
        user.set_password(new)
        user.save(update_fields=["password"])
        tell([Deed("person.password_changed", "person", user.pk, user.name)], by=by, now=now)
    return user
