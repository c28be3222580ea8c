"""Bulk work that a person watches at `/jobs/<id>/`: how far it is, and what could not be done and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from danshu.core import clock, events
from danshu.core.actor import Actor
from danshu.core.models import Run

KEPT_SUCCESSES = 500  # rows that went well are shown, but they are not why a person looks
KEPT_FAILURES = 5000


def start(kind: str, title: str, *, total: int, by: Actor, now: datetime, arguments: Mapping[str, Any] | None = None) -> Run:
    """A run that waits for its job. `kind` is for machines (`orders.hold`), `title` what the person reads."""
    return Run.objects.create(
        kind=kind,
        title=title[:200],
        total=total,
        arguments=dict(arguments or {}),
        actor_id=by.id,
        actor_name=by.name,
        created_at=now,
    )


def advance(run_id: int, results: Sequence[Mapping[str, Any]] = (), *, done: int | None = None) -> None:
    """Add results `{"label", "ok", "message", "url"}`; `done` counts rows that need no line of their own (default: one per result)."""
    with transaction.atomic():
        run = Run.objects.select_for_update().get(pk=run_id)
        run.state = Run.State.RUNNING
        run.done += len(results) if done is None else done
        run.failed += sum(not result["ok"] for result in results)
        run.results = _kept([*run.results, *map(_result, results)])
        run.save(update_fields=["state", "done", "failed", "results"])
        events.publish(events.RunsChanged((run_id,)))


def finish(run_id: int, *, summary: Mapping[str, Any] | None = None, result_url: str = "", failed: bool = False) -> None:
    """End the run; a second call changes nothing. `failed` means the work as a whole broke off."""
    with transaction.atomic():
        run = Run.objects.select_for_update().get(pk=run_id)
        if run.state in {Run.State.DONE, Run.State.FAILED}:
            return
        run.state = Run.State.FAILED if failed else Run.State.DONE
        run.summary = dict(summary or {})
        run.result_url = result_url
        run.finished_at = clock.now()
        run.save(update_fields=["state", "summary", "result_url", "finished_at"])
        events.publish(events.RunsChanged((run_id,)))


def _result(result: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "label": str(result.get("label", "")),
        "ok": bool(result["ok"]),
        "message": str(result.get("message", "")),
        "url": str(result.get("url", "")),
    }


def _kept(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The results in their order, without what is too much to keep."""
    left = {True: KEPT_SUCCESSES, False: KEPT_FAILURES}
    kept = []
    for result in results:
        if left[result["ok"]] > 0:
            left[result["ok"]] -= 1
            kept.append(result)
    return kept
