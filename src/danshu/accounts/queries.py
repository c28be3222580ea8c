"""Reads about people that more than one room uses."""

from __future__ import annotations

from django.db.models import F, QuerySet

from danshu.accounts.models import Invite, Token, User
from danshu.accounts.permissions import Role
from danshu.core import preferences

HOUSE_NAME = "house.name"


def shops_of(user: User) -> list[int] | None:
    """The ids of the shops the person may see; None for all. The owner always sees all."""
    if user.role == Role.OWNER:
        return None
    return list(user.shop_ids) or None


def people() -> QuerySet[User]:
    """Everybody, those who can sign in first."""
    return User.objects.order_by("-is_active", "id")


def open_invites() -> QuerySet[Invite]:
    """Invites that were not used, newest first; expired ones among them."""
    return Invite.objects.filter(used_at=None).select_related("created_by").order_by("-id")


def house_name() -> str:
    """`木屿家居 · 杭州`; empty while nobody gave one."""
    return preferences.get(HOUSE_NAME, "")


def has_people() -> bool:
    return User.objects.exists()


def tokens() -> QuerySet[Token]:
    """Every token, those that work first, newest first."""
    return Token.objects.select_related("person", "created_by").order_by(F("revoked_at").asc(nulls_first=True), "-id")
