"""Addresses of the same page with something changed: filters, views and the open drawer all live in the URL."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseRedirect, QueryDict
from django.urls import reverse

from danshu.web import shell

PLACE = ("after", "before", "at")  # where we stand in the list; a changed filter starts again at the top
PASSING = (*PLACE, "open", "tab")


def query(request: HttpRequest, *, keep: tuple[str, ...] = (), **changes: str | int | None) -> str:
    """The query string with changes; None takes a key away. Place and drawer are dropped unless kept or set."""
    words = request.GET.copy()
    for key in PASSING:
        if key not in keep:
            words.pop(key, None)
    for key, value in changes.items():
        words.pop(key, None)
        if value is not None:
            words[key] = str(value)
    for key in [key for key, values in words.lists() if not any(values)]:
        words.pop(key)
    return words.urlencode(safe="/:,-")


def link(request: HttpRequest, *, keep: tuple[str, ...] = (), **changes: str | int | None) -> str:
    """`/orders/?v=…` with changes, for the page that is being shown."""
    words = query(request, keep=keep, **changes)
    return f"{request.path}?{words}" if words else request.path


def without(request: HttpRequest, *names: str) -> str:
    """The page's address with these filters taken off."""
    words = QueryDict(query(request), mutable=True)
    for name in names:
        words.pop(name, None)
    return f"{request.path}?{words.urlencode(safe='/:,-')}" if words else request.path


def here(request: HttpRequest) -> str:
    """Where the page that is being shown can be found again."""
    return link(request, keep=PASSING)


def back(request: HttpRequest, fallback: str = "orders-list") -> HttpResponseRedirect:
    """To the form's `next`, else to the page the person is on, when that is known and of this house."""
    return HttpResponseRedirect(shell.ours(request, request.POST.get("next", "")) or shell.here(request) or reverse(fallback))


def words(text: str) -> QueryDict:
    """The query string of another page, as a form carried it."""
    return QueryDict(text[:4000])
