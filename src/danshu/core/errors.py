"""Errors that a person can act on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class DomainError(Exception):
    """Something that cannot be done, said for the person who asked: what happened, what it means, what to do.

    `message` is a translated sentence; `code` is stable and for machines (`stock.short`); `details` holds plain values that
    a page or an API answer may show. Doors turn it into a form error, a 4xx answer or a line on the terminal.
    """

    def __init__(self, message: str, code: str, *, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.details = dict(details or {})

    def __str__(self) -> str:
        return str(self.message)
