"""The people of the tests: one of each role, and the browser's side of them."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher
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
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client
