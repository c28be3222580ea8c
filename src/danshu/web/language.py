"""The language of a page: the person's choice, else the browser's, else Chinese."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from danshu.accounts.models import User


class LanguageMiddleware(LocaleMiddleware):
    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any) -> None:  # noqa: ARG002 - Django's signature
        """By now the person is known; what they chose wins over cookie and browser."""
        if isinstance(request.user, User) and request.user.language != translation.get_language():
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language() or "zh-hans"
