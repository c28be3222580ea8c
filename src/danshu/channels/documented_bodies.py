"""Values out of a body that may hold anything: what is not as its platform documents it is `BadPayload`, what is not there is empty. Errors
name the place and no value. For platforms (WeChat Channels, Xiaohongshu) whose whole numbers come as numbers and as texts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from danshu.channels.connecting import Body
from danshu.channels.connector_errors import BadPayload

MOST = 10**15  # fen and pieces: more is no amount
DIGITS = re.compile(r"[0-9]{1,20}")


def text(body: Body, key: str) -> str:
    value = body.get(key)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise bad(key)
    return str(value).encode(errors="replace").decode().replace("\x00", "").strip()  # neither lone surrogates nor NUL can be kept


def needed(body: Body, key: str) -> str:
    if value := text(body, key):
        return value
    raise BadPayload(_("缺少“%(key)s”。") % {"key": key})


def whole(body: Body, key: str) -> int:
    """A whole number of at least 0; 0 where there is none."""
    value = body.get(key)
    if value is None or value == "":
        return 0
    if isinstance(value, str) and DIGITS.fullmatch(value.strip()):
        value = int(value)
    if isinstance(value, Decimal) and value.is_finite() and abs(value) <= MOST and value == value.to_integral_value():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST:
        raise bad(key)
    return value


def section(body: Body, key: str) -> Body:
    value = body.get(key)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise bad(key)
    return value


def rows(body: Body, key: str) -> list[Body]:
    value: Any = body.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(row, Mapping) for row in value):
        raise bad(key)
    return value


def bad(key: str) -> BadPayload:
    return BadPayload(_("“%(key)s”的内容不是平台文档所说的样子。") % {"key": key})
