"""What the owner decided for the whole house, by name."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar, cast

from danshu.core.actor import Actor
from danshu.core.models import Preference

T = TypeVar("T")


def get(name: str, default: T) -> T:
    """The stored value, or the default. Values are plain JSON and keep the shape of the default."""
    row = Preference.objects.filter(name=name).values_list("value", flat=True).first()
    return default if row is None else cast("T", row)


def put(name: str, value: object, *, by: Actor, now: datetime) -> None:  # noqa: ARG001 - who decided is recorded by the story that calls
    Preference.objects.update_or_create(name=name, defaults={"value": value, "changed_at": now})


def forget(name: str) -> None:
    """Back to the default."""
    Preference.objects.filter(name=name).delete()
