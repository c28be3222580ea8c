"""When the database refuses a batch, halving finds the one that carries what it does not take. An inner step of intake."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, Self, TypeVar

from django.db import DataError, IntegrityError
from django.utils.translation import gettext as _

T = TypeVar("T")


class Report(Protocol):
    def add(self, other: Self, /) -> None: ...


R = TypeVar("R", bound=Report)
REFUSALS = (DataError, IntegrityError, ValueError, OverflowError)  # what a database says, or its driver, of values it does not take


def halved(some: Sequence[T], take: Callable[[Sequence[T]], R], refused: Callable[[T, str], R]) -> R:
    """`take` what the database takes, each part in a transaction of its own; `refused` reports one with the reason."""
    try:
        return take(some)
    except REFUSALS as error:
        if len(some) == 1:
            return refused(some[0], _("数据库不接受其中的内容：%(error)s") % {"error": str(error).splitlines()[0][:120]})
    middle = len(some) // 2
    report = halved(some[:middle], take, refused)
    report.add(halved(some[middle:], take, refused))
    return report
