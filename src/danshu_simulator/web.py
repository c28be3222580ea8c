"""A request as fronts read it, and what they answer. Nothing of a protocol but HTTP."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl


@dataclass(frozen=True)
class Request:
    """`path` without the platform's name in front, with its slash; `target` as it came, with the query. Header names are lower case."""

    method: str
    path: str
    query_string: str
    headers: dict[str, str]
    body: bytes
    target: str = ""

    @cached_property
    def query(self) -> dict[str, str]:
        return dict(self.query_pairs)

    @cached_property
    def query_pairs(self) -> list[tuple[str, str]]:
        return parse_qsl(self.query_string, keep_blank_values=True)

    @cached_property
    def form(self) -> dict[str, str]:
        """The body as application/x-www-form-urlencoded."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    @cached_property
    def json(self) -> Any:
        """The body as JSON; None where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: bytes = b""
    content_type: str = "application/json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


def said(value: object, *, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(value, ensure_ascii=False).encode(), headers=headers or {})


class Refuse(Exception):  # noqa: N818 - an answer, not a failure of ours
    """A front ends a call at once with this answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.body.decode("utf-8", "replace"))
        self.answer = answer


@dataclass(frozen=True)
class Message:
    """A push of the platform to the shop's callback, or on the line of the app `line`. `hook` names which callback, where a shop has
    several."""

    url: str
    body: bytes
    headers: dict[str, str]
    method: str = "POST"
    hook: str = ""
    about: str = ""
    line: str = ""
