"""Lists in pages: `{"items": […], "next": "…"}`, where `next` is handed back as `cursor`. No page is numbered, nothing is counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from danshu.api.shapes import Paged
from danshu.core import paging
from danshu.core.errors import DomainError


def page(found: QuerySet[Any, dict[str, Any]], ordering: Sequence[str], wanted: Paged) -> paging.Page[dict[str, Any]]:
    """One page of `.values()` rows. A cursor that we never gave out is `DomainError("paging.cursor")`, whatever it holds."""
    try:
        return paging.page(found, ordering, wanted.cursor, wanted.limit)
    except (ValueError, TypeError, OverflowError, ValidationError):
        raise DomainError(_("这一页的位置读不出来了，可能是链接不完整。请回到第一页重新翻。"), "paging.cursor") from None
