"""Facts of the notify room."""

from __future__ import annotations

from dataclasses import dataclass

from danshu.core.events import Event


@dataclass(frozen=True, slots=True)
class WebhooksStopped(Event):
    """Nobody answered at these addresses for days: they are told of nothing until a person switches them on again."""

    webhook_ids: tuple[int, ...]
