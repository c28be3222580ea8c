"""The people of the tests: one of each role, and the browser's side of them."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from danshu.accounts.models import User
from danshu.accounts.permissions import Role
from danshu.core import clock

PASSWORD = "correct-horse-battery"
NAMES = {Role.OWNER: "李建明", Role.OPERATIONS: "小雅", Role.WAREHOUSE: "阿杰", Role.SERVICE: "小美", Role.VIEWER: "老周"}


class QuickArgon2(Argon2PasswordHasher):
    """The real algorithm with the smallest parameters it takes."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1


def make(role: str, *, username: str = "", shop_ids: list[int] | None = None, language: str = "zh-hans") -> User:
    """Somebody who can sign in with `PASSWORD`; the login name is the role's unless another is given."""
    role = Role(role)
    user = User(username=username or role.value, name=NAMES[role], role=role, shop_ids=shop_ids or [], language=language)
    user.created_at = clock.now()
    user.set_password(PASSWORD)
    user.save()
    return user


def client_of(user: User | None) -> Client:
    """A browser without JavaScript in which the person is signed in; None: nobody is."""
    client = Client()
    if user:
        # What a sign-in leaves behind, without its ten statements; how people sign in has tests of its own.
        session = SessionStore()
        session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    return client
