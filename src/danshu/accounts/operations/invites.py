"""Invites: links that make one account each. Only the hash of a link's token is kept, so nobody can read it out again."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from danshu.accounts.models import Invite, User
from danshu.accounts.permissions import Role
from danshu.accounts.telling import Deed, tell
from danshu.core.actor import SYSTEM, Actor
from danshu.core.errors import DomainError

LASTS = timedelta(days=7)
USERNAME = re.compile(r"[a-z0-9\u4e00-\u9fff][a-z0-9\u4e00-\u9fff._@+-]{1,59}")


@dataclass(frozen=True, slots=True)
class Draft:
    """Who is asked in: a role, the shops they may see (empty = all), a note for the one who invites."""

    role: str
    shop_ids: tuple[int, ...] = ()
    note: str = ""


def invite(drafts: Sequence[Draft], *, by: Actor, now: datetime) -> list[tuple[Invite, str]]:
    """Make links that last 7 days. Returns each invite with its token, which is shown once and kept nowhere."""
    tokens = [secrets.token_urlsafe(24) for _draft in drafts]
    for draft in drafts:
        if draft.role not in Role.values:
            raise DomainError(_("没有「%s」这个角色。请从列表里选一个。") % draft.role, "people.role")
    with transaction.atomic():
        made = Invite.objects.bulk_create(
            Invite(
                token_hash=_hash(token),
                role=draft.role,
                shop_ids=list(draft.shop_ids),
                note=draft.note.strip()[:80],
                created_by_id=by.id,
                created_at=now,
                expires_at=now + LASTS,
            )
            for draft, token in zip(drafts, tokens, strict=True)
        )
        tell([Deed("person.invited", "invite", item.pk, item.get_role_display(), note=item.note) for item in made], by=by, now=now)
    return list(zip(made, tokens, strict=True))


def first_invite(now: datetime) -> str | None:
    """The token of the owner's link for a house without people; None once somebody has an account. An earlier one stops working."""
    if User.objects.exists():
        return None
    with transaction.atomic():
        Invite.objects.filter(used_at=None, created_by=None).delete()
        return invite([Draft(Role.OWNER)], by=SYSTEM, now=now)[0][1]


def find_invite(token: str, *, now: datetime) -> Invite:
    """The invite behind a link. Raises `invite.not_found` or `invite.expired` (used ones count as not found)."""
    found = Invite.objects.filter(token_hash=_hash(token)).first()
    if found is None or found.used_at is not None:
        raise DomainError(_("这个邀请链接不能用了：可能已经用过，或者复制得不完整。请老板重新发一个。"), "invite.not_found")
    if found.expires_at <= now:
        raise DomainError(_("这个邀请链接过期了。链接 7 天内有效。请老板重新发一个。"), "invite.expired")
    return found


def accept(token: str, *, username: str, name: str, password: str, now: datetime) -> User:
    """Make the account a link stands for. The link works once, also when two people open it at the same time."""
    username, name = username.strip().lower(), name.strip()
    if not USERNAME.fullmatch(username):
        raise DomainError(_("登录名要 2 到 60 个字，可以用汉字、字母、数字和 . _ - @ +。"), "people.username")
    if not name:
        raise DomainError(_("请写姓名，同事会在操作记录里看到。"), "people.name")
    with transaction.atomic():
        found = find_invite(token, now=now)
        user = User(username=username, name=name[:40], role=found.role, shop_ids=found.shop_ids, created_at=now)
        check_password(password, user)
        if User.objects.filter(username=username).exists():
            raise DomainError(_("登录名「%s」已经有人用了。请换一个。") % username, "people.username_taken")
        user.set_password(password)
        user.save(force_insert=True)
        if not Invite.objects.filter(pk=found.pk, used_at=None).update(used_at=now, used_by=user):
            raise DomainError(_("这个邀请链接刚刚被用掉了。请老板重新发一个。"), "invite.not_found")
        tell([Deed("person.joined", "person", user.pk, user.name)], by=user.actor, now=now)
    return user


def withdraw(invite_ids: Sequence[int], *, by: Actor, now: datetime) -> int:
    """Links that were not used stop working. Returns how many."""
    with transaction.atomic():
        found = list(Invite.objects.filter(pk__in=invite_ids, used_at=None))
        Invite.objects.filter(pk__in=[item.pk for item in found]).delete()
        tell(
            [Deed("person.invite_withdrawn", "invite", item.pk, item.get_role_display(), note=item.note) for item in found],
            by=by,
            now=now,
        )
    return len(found)


def check_password(password: str, user: User) -> None:
    """Raises `people.password` with every reason in one sentence."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise DomainError(" ".join(error.messages), "people.password") from None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
