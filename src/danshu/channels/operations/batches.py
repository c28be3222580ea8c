"""Import batches: opened by a dropped file, confirmed, moved on stretch by stretch, ended, undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from danshu.audit import operations as audit
from danshu.audit.operations import Deed
from danshu.channels.models import ImportBatch
from danshu.core.actor import Actor
from danshu.core.errors import DomainError

KEPT_REJECTS = 5000


@dataclass(frozen=True, slots=True)
class NewBatch:
    """A file as it was recognised. `path` is relative to MEDIA_ROOT."""

    file_name: str
    path: str
    sha256: str
    kind: str = "orders"
    shop_id: int | None = None
    platform: str = ""
    encoding: str = ""
    layout: Mapping[str, Any] = field(default_factory=dict)
    rows_count: int = 0
    order_count: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """What one stretch of a running import did."""

    orders: int  # taken from the file, refused ones included
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    rejects: Sequence[Mapping[str, Any]] = ()


def open_batches(files: Sequence[NewBatch], *, by: Actor, now: datetime) -> list[ImportBatch]:
    """Remember dropped files; nothing is imported yet."""
    with transaction.atomic():
        batches = [
            ImportBatch(
                file_name=file.file_name[:200],
                path=file.path,
                sha256=file.sha256,
                kind=file.kind,
                shop_id=file.shop_id,
                platform=file.platform,
                encoding=file.encoding,
                layout=dict(file.layout),
                rows_count=file.rows_count,
                order_count=file.order_count,
                actor_id=by.id,
                actor_name=by.name,
                created_at=now,
            )
            for file in files
        ]
        made = ImportBatch.objects.bulk_create(batches)
        audit.record([Deed("imports.opened", "import", batch.pk, batch.file_name) for batch in made], by=by, now=now)
    return made


def confirm(batch_id: int, *, shop_id: int, platform: str, layout: Mapping[str, Any], run_id: int, by: Actor, now: datetime) -> ImportBatch:
    """Start a batch that waits for its preview to be confirmed. Raises `import.started` when it is not waiting any more."""
    with transaction.atomic():
        batch = ImportBatch.objects.select_for_update().get(pk=batch_id)
        if batch.state != ImportBatch.State.PREVIEW:
            raise DomainError(_("这份文件已经导入过了。要再导一次，请重新拖入文件。"), "import.started")
        batch.shop_id, batch.platform, batch.layout = shop_id, platform, dict(layout)
        batch.state, batch.run_id = ImportBatch.State.RUNNING, run_id
        batch.actor_id, batch.actor_name = by.id, by.name
        batch.save(update_fields=["shop", "platform", "layout", "state", "run_id", "actor_id", "actor_name"])
        audit.record([Deed("imports.started", "import", batch.pk, batch.file_name)], by=by, now=now)
    return batch


def lock(batch_id: int, *, position: int) -> ImportBatch | None:
    """The running batch, locked for this transaction; None when another worker has taken it further or it is not running."""
    batch = ImportBatch.objects.select_for_update().get(pk=batch_id)
    return batch if batch.state == ImportBatch.State.RUNNING and batch.position == position else None


def advance(batch: ImportBatch, step: Step) -> None:
    """Add a stretch to a batch that `lock` returned, in the same transaction as the orders themselves."""
    batch.position += step.orders
    batch.new_count += step.new
    batch.updated_count += step.updated
    batch.unchanged_count += step.unchanged
    batch.reject_count += len(step.rejects)
    changed = ["position", "new_count", "updated_count", "unchanged_count", "reject_count"]
    if step.rejects:
        batch.rejects = [*batch.rejects, *map(dict, step.rejects)][:KEPT_REJECTS]
        changed.append("rejects")
    batch.save(update_fields=changed)


def finish(batch_id: int, *, by: Actor, now: datetime, error: str = "") -> ImportBatch:
    """End a running batch; with `error` it failed. A second call changes nothing."""
    with transaction.atomic():
        batch = ImportBatch.objects.select_for_update().get(pk=batch_id)
        if batch.state != ImportBatch.State.RUNNING:
            return batch
        batch.state = ImportBatch.State.FAILED if error else ImportBatch.State.DONE
        batch.error, batch.finished_at, batch.order_count = error, now, batch.position or batch.order_count
        batch.save(update_fields=["state", "error", "finished_at", "order_count"])
        counts = {
            "new": batch.new_count,
            "updated": batch.updated_count,
            "unchanged": batch.unchanged_count,
            "refused": batch.reject_count,
        }
        verb = "imports.failed" if error else "imports.done"
        audit.record([Deed(verb, "import", batch.pk, batch.file_name, counts, error)], by=by, now=now)
    return batch


def withdraw(batch_ids: Sequence[int], *, by: Actor, now: datetime) -> int:
    """Drop previews that nobody wants. Their files are deleted by the caller. Returns how many there were."""
    with transaction.atomic():
        waiting = ImportBatch.objects.select_for_update().filter(pk__in=batch_ids, state=ImportBatch.State.PREVIEW)
        names = list(waiting.values_list("pk", "file_name"))
        ImportBatch.objects.filter(pk__in=[pk for pk, _name in names]).delete()
        audit.record([Deed("imports.withdrawn", "import", pk, name) for pk, name in names], by=by, now=now)
    return len(names)


def mark_undone(batch_id: int, *, by: Actor, now: datetime) -> None:
    """The orders were taken back (by the orders room, in the same transaction)."""
    batch = ImportBatch.objects.select_for_update().get(pk=batch_id)
    if batch.state not in {ImportBatch.State.DONE, ImportBatch.State.FAILED}:
        raise DomainError(_("只有已经导入完的文件才能撤销。"), "import.not_done")
    batch.state = ImportBatch.State.UNDONE
    batch.save(update_fields=["state"])
    audit.record([Deed("imports.undone", "import", batch.pk, batch.file_name)], by=by, now=now)
