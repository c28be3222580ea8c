"""Waybill numbers: cleaning, recognising, doubting.

Two uses, two strengths. *Recognise*: the number alone names the courier, so only strong prefixes count. *Doubt*: the courier
is known and the number looks odd; that is a warning on the parcel, never a refusal, since real numbers break every table.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from danshu.fulfilment import couriers

MANGLED = re.compile(r"\d(\.\d+)?E\+?\d+|\d{15,}\.0+", re.IGNORECASE)
STALE_AFTER = timedelta(days=30)

WARNINGS: dict[str, str | Promise] = {
    "courier.missing": _("没有选快递公司"),
    "courier.unknown": _("不认识这家快递公司"),
    "courier.mismatch": _("单号像是另一家快递的"),
    "number.shape": _("单号的长度或开头不像这家快递的"),
    "number.mangled": _("单号被表格软件改成了科学计数，末几位已经丢失"),
    "number.two_addresses": _("同一单号用在了两个收件地址上"),
    "number.reused": _("这个单号以前用过"),
    "number.stale": _("同一单号两次发货相隔超过 30 天"),
}


@dataclass(frozen=True, slots=True)
class Use:
    """One other parcel that carries the same number."""

    parcel_id: int
    address_key: str  # equal for the same receiver, "" when unknown
    is_gone: bool  # shipped already
    at: datetime


@dataclass(frozen=True, slots=True)
class Context:
    """What a number is looked at against: who receives this parcel, when, and who else carries the number."""

    address_key: str
    now: datetime
    others: Sequence[Use] = ()


def clean(text: str) -> str:
    """As typed, scanned or exported → as compared: NFKC, upper case, no blanks, no leading `'`, `=` quotes or tab."""
    kept = unicodedata.normalize("NFKC", text).strip().upper()
    kept = re.sub(r'^="(.*)"$', r"\1", kept).lstrip("'‘’`")
    return "".join(c for c in kept if not c.isspace() and c.isprintable())


def is_mangled(text: str) -> bool:
    """Whether a spreadsheet already turned the number into something else (`7.73E+14`): the digits are lost."""
    return MANGLED.fullmatch(clean(text)) is not None


def recognise(number: str) -> str:
    """The courier that a cleaned number names by itself, "" when it names none or several."""
    found = [c.code for c in couriers.table().values() if any(p.fullmatch(number) for p in c.strong)]
    return found[0] if len(found) == 1 else ""


def suggest(number: str) -> list[str]:
    """Couriers a number may belong to, the certain one alone, else every likely one: to offer, not to decide."""
    certain = recognise(number)
    if certain:
        return [certain]
    return [c.code for c in couriers.table().values() if any(p.fullmatch(number) for p in c.likely)]


def _of_courier(courier_code: str, number: str) -> list[str]:
    if not courier_code:
        return ["courier.missing"]
    courier = couriers.get(courier_code)
    if courier is None:
        return ["courier.unknown"]
    named = recognise(number)
    if named and named != courier_code and not _related(named, courier_code):
        return ["courier.mismatch"]
    if courier.shape and not courier.shape.fullmatch(number):
        return ["number.shape"]
    return []


def _related(named: str, chosen: str) -> bool:
    """极兔 took over 百世, so rows of 百世 carry JT numbers; 邮政's products share their numbers."""
    post = {"ems", "postb", "yzbk", "yzdsbk"}
    return (chosen, named) == ("bs", "jt") or {named, chosen} <= post


def warnings(courier_code: str, number: str, context: Context) -> list[str]:
    """Codes of `WARNINGS` that speak against a cleaned number; empty for an empty number."""
    if not number:
        return []
    found = ["number.mangled"] if is_mangled(number) else _of_courier(courier_code, number)
    if any(u.address_key != context.address_key for u in context.others if u.address_key and context.address_key):
        found.append("number.two_addresses")
    if any(u.is_gone for u in context.others):
        found.append("number.reused")
    if any(u.is_gone and context.now - u.at > STALE_AFTER for u in context.others):
        found.append("number.stale")
    return found


def say(codes: Sequence[str]) -> list[str]:
    return [str(WARNINGS.get(code, code)) for code in codes]
