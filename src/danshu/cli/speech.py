"""The terminal speaks the language of the terminal: English where `LANG` says so, else Chinese."""

from __future__ import annotations

import os

from django.core.management.base import CommandError
from django.utils import translation

from danshu.core.errors import DomainError


def listen() -> None:
    """Speak the terminal's language from here on."""
    words = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    said = next((word for word in words if word), "zh")
    translation.activate("en" if said.startswith("en") else "zh-hans")


def refuse(error: DomainError) -> CommandError:
    """The error as a line on the terminal, with its code for scripts."""
    return CommandError(f"{error.message} [{error.code}]")
