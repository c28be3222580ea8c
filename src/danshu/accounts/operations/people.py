"""Roles, shop scopes, and people who come and go. There is always somebody left who can do everything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from danshu.accounts.models import User
from danshu.accounts.permissions import Role
from danshu.accounts.telling import Deed, tell
from danshu.core.actor import Actor
from danshu.core.errors import DomainError


def change_role(user_ids: Sequence[int], *, role: str, shop_ids: Iterable[int] = (), by: Actor, now: datetime) -> list[User]:
    """Give people a role and the shops they may see (empty = all). Raises `people.last_owner` if nobody would stay owner."""
    if role not in Role.values:
        raise DomainError(_("没有「%s」这个角色。请从列表里选一个。") % role, "people.role")
    scope = sorted(set(shop_ids))
    with transaction.atomic():
        people = _locked(user_ids)
        if role != Role.OWNER:
            _keep_an_owner(people)
        deeds = []
        for person in people:
            changes: dict[str, list[Any]] = {}
            if person.role != role:
                changes["role"] = [person.role, role]
            if sorted(person.shop_ids) != scope:
                changes["shop_ids"] = [person.shop_ids, scope]
            person.role, person.shop_ids = role, scope
            if changes:
                deeds.append(Deed("person.changed", "person", person.pk, person.name, changes))
        User.objects.filter(pk__in=[person.pk for person in people]).update(role=role, shop_ids=scope)
        tell(deeds, by=by, now=now)
    return people


def deactivate(user_ids: Sequence[int], *, by: Actor, now: datetime) -> list[User]:
    """They can no longer sign in, and where they are signed in it ends with their next click."""
    if by.id in user_ids:
        raise DomainError(_("不能停用自己。请另一位老板来做。"), "people.self")
    with transaction.atomic():
        people = [person for person in _locked(user_ids) if person.is_active]
        _keep_an_owner(people)
        User.objects.filter(pk__in=[person.pk for person in people]).update(is_active=False)
        tell([Deed("person.deactivated", "person", person.pk, person.name) for person in people], by=by, now=now)
    return people


def activate(user_ids: Sequence[int], *, by: Actor, now: datetime) -> list[User]:
    """They can sign in again, with their old password."""
    with transaction.atomic():
        people = [person for person in _locked(user_ids) if not person.is_active]
        User.objects.filter(pk__in=[person.pk for person in people]).update(is_active=True)
        tell([Deed("person.activated", "person", person.pk, person.name) for person in people], by=by, now=now)
    return people


def _locked(user_ids: Sequence[int]) -> list[User]:
    """The people, and all owners with them: two owners who remove each other at the same moment wait for one another."""
    owners = User.objects.filter(role=Role.OWNER, is_active=True).order_by("pk")
    list(owners.select_for_update().values_list("pk", flat=True))
    return list(User.objects.filter(pk__in=user_ids).order_by("pk").select_for_update())


def _keep_an_owner(leaving: Sequence[User]) -> None:
    gone = [person.pk for person in leaving]
    if not any(person.role == Role.OWNER for person in leaving):
        return
    if not User.objects.filter(role=Role.OWNER, is_active=True).exclude(pk__in=gone).exists():
        raise DomainError(_("至少要留一位老板，否则没有人能管理人员。请先让另一位同事当老板。"), "people.last_owner")
