"""The same request twice is one deed: an answer is kept in the transaction of what it tells of."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from danshu.accounts.models import KeptAnswer
from danshu.core import bulk
from danshu.core.errors import DomainError

KEPT = timedelta(days=7)
COLUMNS = ("token_id", "key", "digest", "status", "body", "created_at")


@dataclass(frozen=True, slots=True)
class Request:
    """A request as far as its sameness goes. An empty `key` asks for nothing to be kept."""

    token_id: int
    key: str
    what: str  # method and address
    body: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.what.encode() + b"\0" + self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: str
    is_repeated: bool = False


def once(request: Request, story: Callable[[], Answer], *, now: datetime) -> Answer:
    """Tell the story, or say again what came of it. Both stand in one transaction: neither a crash nor two requests at the same moment
    do a thing twice. A story that raises leaves nothing, so the key is free for another try.

    Raises `DomainError("idempotency.reused")` when the key was used for other words within the last seven days.
    """
    if not request.key:
        return story()
    with transaction.atomic():
        row = (request.token_id, request.key, request.digest, 0, "", now)
        fresh = bulk.insert(KeptAnswer, COLUMNS, [row], conflict=("token_id", "key"), returning=("id",))
        if not fresh:
            kept = KeptAnswer.objects.get(token=request.token_id, key=request.key)
            if kept.digest != request.digest:
                raise DomainError(
                    _("这个 Idempotency-Key 已经用在另一个请求上，什么都没有做。新的请求请换一个新的键。"), "idempotency.reused"
                )
            return Answer(kept.status, kept.body, is_repeated=True)
        answer = story()
        KeptAnswer.objects.filter(pk=fresh[0][0]).update(status=answer.status, body=answer.body)
    return answer


def forget_answers(*, now: datetime) -> int:
    return KeptAnswer.objects.filter(created_at__lt=now - KEPT).delete()[0]
