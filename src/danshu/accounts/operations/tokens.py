"""Tokens of the REST door: made once, shown once, known by their hash from then on."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from danshu.accounts import queries
from danshu.accounts.models import Token, User
from danshu.accounts.scopes import SCOPES
from danshu.accounts.telling import Deed, tell
from danshu.core.actor import Actor
from danshu.core.errors import DomainError

BEGINS = "dsk_"
SHOWN = 12  # characters of a token that stay readable
TOUCHED = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class TokenDraft:
    """A token to be made. Without `person_id` it belongs to a program; empty `shop_ids` are all shops; `days` None does not end."""

    name: str
    scopes: tuple[str, ...]
    shop_ids: tuple[int, ...] = ()
    person_id: int | None = None
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who stands behind a request with a token. `shop_ids` None = all shops."""

    token_id: int
    name: str
    actor: Actor
    scopes: frozenset[str] = field(default_factory=frozenset)
    shop_ids: tuple[int, ...] | None = None

    def may(self, scope: str) -> bool:
        return scope in self.scopes


def issue(drafts: Sequence[TokenDraft], *, by: Actor, now: datetime) -> list[tuple[Token, str]]:
    """Make tokens. Returns each with its text, which is shown once and kept nowhere.

    Raises `DomainError`: "token.name", "token.scopes" for none or unknown ones, "token.days", "token.person".
    """
    for draft in drafts:
        _check(draft)
    people = User.objects.filter(is_active=True).in_bulk([draft.person_id for draft in drafts if draft.person_id])
    if any(draft.person_id and draft.person_id not in people for draft in drafts):
        raise DomainError(_("这个人不存在或已停用。请从列表里选一位。"), "token.person")
    texts = [BEGINS + secrets.token_urlsafe(32) for _draft in drafts]
    with transaction.atomic():
        made = Token.objects.bulk_create(
            Token(
                name=draft.name.strip()[:60], prefix=text[:SHOWN], token_hash=_hash(text), scopes=sorted(set(draft.scopes)),
                shop_ids=sorted(set(draft.shop_ids)), person_id=draft.person_id, created_by_id=by.id, created_at=now,
                expires_at=now + timedelta(days=draft.days) if draft.days else None,
            )
            for draft, text in zip(drafts, texts, strict=True)
        )  # fmt: skip
        deeds = [Deed("token.issued", "token", one.pk, one.name, {"scopes": one.scopes, "shop_ids": one.shop_ids}) for one in made]
        tell(deeds, by=by, now=now)
    return list(zip(made, texts, strict=True))


def revoke(token_ids: Sequence[int], *, by: Actor, now: datetime) -> list[Token]:
    """They stop working with their next request. Returns those that worked until now."""
    with transaction.atomic():
        found = list(Token.objects.filter(pk__in=token_ids, revoked_at=None).select_for_update(of=("self",)).order_by("pk"))
        Token.objects.filter(pk__in=[one.pk for one in found]).update(revoked_at=now)
        tell([Deed("token.revoked", "token", one.pk, one.name) for one in found], by=by, now=now)
    return found


def recognise(text: str, *, now: datetime) -> Bearer:
    """Whose token this is, and what it may do now: at most what its person may. Notes the use, to the minute.

    Raises `DomainError("token.unknown")`, also for revoked and expired ones and those of people who left: a stranger learns nothing.
    """
    found = Token.objects.select_related("person").filter(token_hash=_hash(text), revoked_at=None).first()
    if found is None or (found.expires_at and found.expires_at <= now) or (found.person and not found.person.is_active):
        raise DomainError(_("这个令牌不能用：没有这个令牌，或者已经停用、过期。请在「接口」里重新发一个。"), "token.unknown")
    if found.last_used_at is None or now - found.last_used_at >= TOUCHED:
        Token.objects.filter(pk=found.pk).update(last_used_at=now)
    person = found.person
    if person is None:
        return Bearer(found.pk, found.name, Actor(None, f"API · {found.name}"), frozenset(found.scopes), tuple(found.shop_ids) or None)
    scopes = frozenset(code for code in found.scopes if code in SCOPES and person.may(SCOPES[code].permission))
    return Bearer(found.pk, found.name, Actor(person.pk, f"{person.name} · {found.name}"[:80]), scopes, _shops(found, person))


def _shops(token: Token, person: User) -> tuple[int, ...] | None:
    """Those of the token that its person may see. Nothing in common is no shop, not all of them."""
    own = queries.shops_of(person)
    if own is None:
        return tuple(token.shop_ids) or None
    return tuple(pk for pk in own if not token.shop_ids or pk in token.shop_ids)


def _check(draft: TokenDraft) -> None:
    if not draft.name.strip():
        raise DomainError(_("请写名称，例如「官网」，以后靠它认令牌。"), "token.name")
    if not draft.scopes or not set(draft.scopes) <= SCOPES.keys():
        raise DomainError(_("请至少选一项权限。令牌只能做选中的事。"), "token.scopes")
    if draft.days is not None and not 1 <= draft.days <= 3650:
        raise DomainError(_("有效期要在 1 到 3650 天之间，或者不填。"), "token.days")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()
