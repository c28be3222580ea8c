"""Numbers, days and moments as addresses and forms carry them: anybody may type anything there, and nonsense is none."""

from __future__ import annotations

from datetime import date, datetime

from django.utils.dateparse import parse_datetime

LONGEST = 18  # digits that a database's integers hold
YEARS = range(2000, 2100)  # days that can be counted from and to


def number(text: str) -> int | None:
    """A whole number, or None for anything else and for numbers too big to be anything's id."""
    text = text.strip()
    return int(text) if text.isdecimal() and len(text) <= LONGEST else None


def numbers(texts: list[str]) -> list[int]:
    """The whole numbers among the texts, each once, in their order."""
    return list(dict.fromkeys(found for text in texts if (found := number(text)) is not None))


def day(text: str) -> date | None:
    """An ISO date of this age."""
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if found.year in YEARS else None


def moment(text: str) -> datetime | None:
    """An ISO moment of this age, with or without a zone as it was written."""
    try:
        found = parse_datetime(text.strip())
    except ValueError:
        return None
    return found if found is not None and found.year in YEARS else None
