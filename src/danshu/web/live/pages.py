"""`/live/`: what happens, as server-sent events; `/live/poll/`: the same for those who find no free stream."""

from __future__ import annotations

import json
import time
from collections.abc import Generator, Iterator

from django.conf import settings
from django.db import connection
from django.http import HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.views.decorators.http import require_GET

from danshu.web.access import StaffRequest, signed_in
from danshu.web.live import hub
from danshu.web.live.hub import HUB, Listener
from danshu.web.live.kinds import Message, Scope, body

LASTS = 55.0  # seconds; then the browser comes back, and a thread whose browser is gone is free again
HEARTBEAT = 3.0  # a thread whose browser went away is free at the next line we cannot send it
RETRY_MS = 1000


@signed_in
@require_GET
def stream(request: StaffRequest) -> HttpResponseBase:
    """An endless answer of `event: <kind>`, `data: {"ids": […]}`, `id: <fact>`. 204 when all streams are taken: poll instead.

    `event: ready` comes first; `event: behind` says that too much was missed to name: look at everything anew.
    """
    scope = Scope.of(request.user)
    listener = Listener(scope)
    if not HUB.join(listener, most=settings.LIVE_STREAMS):
        return HttpResponse(status=204)
    try:
        newest = hub.newest_id()
        after = _number(request.headers.get("Last-Event-ID", ""), newest)
        missed = hub.since(after, scope) if after < newest else []
    except BaseException:
        HUB.leave(listener)
        raise
    response = StreamingHttpResponse(_Stream(listener, newest, missed), content_type="text/event-stream; charset=utf-8")
    response["Cache-Control"] = "no-cache, no-transform"
    response["X-Accel-Buffering"] = "no"
    return response


@signed_in
@require_GET
def poll(request: StaffRequest) -> HttpResponseBase:
    """`{"last": id, "behind": bool, "events": [{"id", "kind", "ids"}]}` after the fact `?after=`; without it only `last`."""
    newest = hub.newest_id()
    after = _number(request.GET.get("after", ""), newest)
    missed = hub.since(after, Scope.of(request.user)) if after < newest else []
    answer = {
        "last": newest,
        "behind": missed is None,
        "events": [{"id": message.id, "kind": message.kind, **body(message)} for message in missed or []],
    }
    response = JsonResponse(answer)
    response["Cache-Control"] = "no-store"
    return response


class _Stream:
    """The body of one stream. A class and not a generator: `close` runs even when nobody ever read the first line."""

    def __init__(self, listener: Listener, newest: int, missed: list[Message] | None) -> None:
        self._listener = listener
        self._lines = self._run(newest, missed)

    def __iter__(self) -> Iterator[bytes]:
        return self._lines

    def close(self) -> None:
        HUB.leave(self._listener)
        self._lines.close()

    def _run(self, newest: int, missed: list[Message] | None) -> Generator[bytes, None, None]:
        if not connection.in_atomic_block:  # a stream needs no database connection: the hub has one
            connection.close()
        ends_at = time.monotonic() + LASTS
        try:
            yield f"retry: {RETRY_MS}\nid: {newest}\nevent: {'behind' if missed is None else 'ready'}\ndata: {{}}\n\n".encode()
            for message in missed or []:
                yield _line(message, newest)
            last = newest
            while (left := ends_at - time.monotonic()) > 0:
                heard = self._listener.wait(min(HEARTBEAT, left))
                for message in heard:
                    last = max(last, message.id)
                    yield _line(message, last)
                if not heard:
                    yield b": still here\n\n"
        finally:
            HUB.leave(self._listener)


def _line(message: Message, last: int) -> bytes:
    return f"id: {last}\nevent: {message.kind}\ndata: {json.dumps(body(message))}\n\n".encode()


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isdecimal() and len(text) < 19 else otherwise
