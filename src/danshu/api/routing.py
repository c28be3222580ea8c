"""How an endpoint is declared: its scope, its words, its answers, in one place for the door, the OpenAPI document and the tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Router

from danshu.accounts import operations as accounts
from danshu.accounts.operations import Answer, Request
from danshu.api.access import Token, bearer_of
from danshu.api.errors import spoken
from danshu.api.reading import body_of
from danshu.api.shapes import Problem
from danshu.core import clock
from danshu.core.errors import DomainError

Endpoint = TypeVar("Endpoint", bound=Callable[..., HttpResponse])
LONGEST_KEY = 200
ALWAYS = frozenset({401, 403, 404, 422, 429})
WITH_BODY = frozenset({400, 409, 413, 415})
DECLARED: dict[str, dict[str, str]] = {}  # path → method → scope


def endpoint(
    router: Router, line: str, scope: str, *, name: str, summary: str, answer: dict[int, Any], description: str = "", body: bool = False
) -> Callable[[Endpoint], Endpoint]:
    """Declare an endpoint: `line` is `POST /orders`, `answer` the status of success with its shape, `body` says that it reads JSON.
    What changes something may be sent with an `Idempotency-Key`."""
    method, path = line.split(" ")
    DECLARED.setdefault(path, {})[method] = scope
    errors = ALWAYS | WITH_BODY if body else ALWAYS
    extra: dict[str, Any] = {"x-scope": scope}
    if method == "POST":
        extra["parameters"] = [KEY]
    return router.api_operation(
        [method], path, auth=Token(scope), response={**answer, errors: Problem}, operation_id=name.replace("-", "_"),
        url_name=f"api-{name}", summary=summary, description=description or summary, openapi_extra=extra,
    )  # fmt: skip


KEY = {
    "in": "header", "name": "Idempotency-Key", "required": False, "schema": {"type": "string", "maxLength": LONGEST_KEY},
}  # fmt: skip


def once(request: HttpRequest, story: Callable[[], HttpResponse]) -> HttpResponse:
    """Answer a request that changes something; with an `Idempotency-Key`, the same request again gets the same answer and changes
    nothing."""
    key = request.headers.get("Idempotency-Key", "").strip()
    if len(key) > LONGEST_KEY or not key.isprintable():
        raise DomainError(_("Idempotency-Key 最多 %d 个字符。") % LONGEST_KEY, "idempotency.key")
    asked = Request(bearer_of(request).token_id, key, f"{request.method} {request.path}", body_of(request))

    def told() -> Answer:
        answer = story()
        return Answer(answer.status_code, answer.content.decode())

    answer = accounts.once(asked, told, now=clock.now())
    return spoken(answer.body, answer.status, {"Idempotency-Replayed": "true"} if answer.is_repeated else {})
