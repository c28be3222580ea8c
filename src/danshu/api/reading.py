"""Reading requests: JSON within bounds, no characters that no database keeps."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from django.http import HttpRequest
from django.http.request import RawPostDataException, UnreadablePostError
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from ninja.parser import Parser

from danshu.core.errors import DomainError

MOST_BYTES = 2 * 1024 * 1024


class StrictParser(Parser):
    """Refuses other types than JSON (415), bodies over 2 MiB (413), what is no JSON (400), and NUL characters (422)."""

    def parse_body(self, request: HttpRequest) -> Any:
        if request.content_type != "application/json":
            raise DomainError(_("请求的内容要是 JSON：请加上请求头 Content-Type: application/json。"), "request.type")
        try:
            return checked(json.loads(body_of(request), parse_constant=_no_number))
        except (ValueError, RecursionError):
            raise DomainError(_("请求的内容不是 JSON，读不出来。什么都没有做。"), "request.json") from None

    def parse_querydict(self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest) -> Any:
        return checked(super().parse_querydict(data, list_fields, request))


def body_of(request: HttpRequest, most: int = MOST_BYTES) -> bytes:
    """The raw body. Raises `DomainError("request.too_big")` before it is read where its length is said."""
    try:
        said = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        said = 0
    if said <= most:
        try:
            body = request.body
        except (UnreadablePostError, RawPostDataException):  # the other side hung up
            body = b""
        if len(body) <= most:
            return body
    raise DomainError(_("请求太大，最多 %d MiB。什么都没有做。请分几次发。") % (most // 1024 // 1024), "request.too_big")


def checked(value: Any) -> Any:
    """The value itself. Raises `DomainError("text.unreadable")` for characters that no text can hold."""
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= char <= "\udfff" for char in value):
            raise DomainError(_("文字里有看不见的坏字符，什么都没有做。请去掉再发。"), "text.unreadable")
    elif isinstance(value, dict):
        for key, item in value.items():
            checked(key)
            checked(item)
    elif isinstance(value, list):
        for item in value:
            checked(item)
    return value


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)
