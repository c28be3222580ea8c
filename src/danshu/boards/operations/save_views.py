"""People's own views: made, changed, thrown away."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from danshu.audit import operations as audit
from danshu.audit.operations import Deed
from danshu.boards.models import SavedView
from danshu.boards.queries import ORDERINGS
from danshu.core import bulk
from danshu.core.actor import Actor
from danshu.core.errors import DomainError
from danshu.fields import criteria

LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class ViewDraft:
    """A view as a person wants it; `is_shared` shows it to the whole team."""

    name: str
    criteria: Mapping[str, Any]
    ordering: str = "-id"
    is_shared: bool = False
    position: int = 100


@transaction.atomic
def create_views(drafts: Sequence[ViewDraft], *, by: Actor, now: datetime) -> list[str]:
    """Save views and return their slugs, aligned. Raises `DomainError`: "board.name", "board.ordering", "criteria.bad"."""
    rows, slugs = [], []
    for draft in drafts:
        _check(draft)
        slugs.append(f"v{secrets.token_hex(5)}")
        owner_id = None if draft.is_shared else by.id
        rows.append((owner_id, draft.name.strip(), slugs[-1], draft.criteria, draft.ordering, draft.position, now))
    bulk.insert(SavedView, ("owner_id", "name", "slug", "criteria", "ordering", "position", "created_at"), rows)
    audit.record(
        [Deed("view.created", "view", None, draft.name, {"slug": slug}) for draft, slug in zip(drafts, slugs, strict=True)], by=by, now=now
    )
    return slugs


@transaction.atomic
def update_views(drafts: Mapping[str, ViewDraft], *, by: Actor, now: datetime) -> int:
    """Change views by slug. Raises `DomainError("board.view")` for one that does not exist or is another person's."""
    known = _own(list(drafts), by)
    rows = []
    for slug, draft in drafts.items():
        _check(draft)
        rows.append(
            (known[slug].pk, None if draft.is_shared else by.id, draft.name.strip(), draft.criteria, draft.ordering, draft.position)
        )
    bulk.update(SavedView, ("id",), ("owner_id", "name", "criteria", "ordering", "position"), rows)
    audit.record([Deed("view.changed", "view", known[slug].pk, draft.name) for slug, draft in drafts.items()], by=by, now=now)
    return len(rows)


@transaction.atomic
def delete_views(slugs: Sequence[str], *, by: Actor, now: datetime) -> int:
    """Throw views away. Raises `DomainError("board.view")` for one that does not exist or is another person's."""
    known = _own(slugs, by)
    SavedView.objects.filter(pk__in=[view.pk for view in known.values()]).delete()
    audit.record([Deed("view.deleted", "view", view.pk, view.name) for view in known.values()], by=by, now=now)
    return len(known)


def _own(slugs: Sequence[str], by: Actor) -> dict[str, SavedView]:
    """The views; the team's may be changed by anybody who may save views."""
    found = {view.slug: view for view in SavedView.objects.filter(slug__in=slugs).select_for_update(of=("self",))}
    if len(found) != len(set(slugs)) or any(view.owner_id not in (None, by.id) for view in found.values()):
        raise DomainError(_("这个视图不存在，或是别人自己的。请刷新页面。"), "board.view")
    return found


def _check(draft: ViewDraft) -> None:
    if not 0 < len(draft.name.strip()) <= LONGEST_NAME:
        raise DomainError(_("视图要有名字，最多 %(most)d 个字。") % {"most": LONGEST_NAME}, "board.name")
    if draft.ordering not in ORDERINGS:
        raise DomainError(_("没有这种排序。可以按最新、截单时间或发货时间排。"), "board.ordering")
    criteria.validate(draft.criteria)
