"""/settings/audit/: who did what, when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from danshu.accounts.models import User
from danshu.audit import queries, verbs
from danshu.audit.models import Entry
from danshu.web import typed
from danshu.web.access import StaffRequest, requires
from danshu.web.audit import words


@dataclass(frozen=True, slots=True)
class Line:
    entry: Entry
    sentence: str
    changes: list[tuple[str, str, str]]


@requires("audit.view")
def entries(request: StaffRequest) -> HttpResponse:
    chosen = {name: request.GET.get(name, "").strip() for name in ("who", "verb", "target", "from", "to")}
    found = queries.find(
        actor_id=typed.number(chosen["who"]),
        verb=chosen["verb"],
        target=chosen["target"],
        first=typed.day(chosen["from"]),
        last=typed.day(chosen["to"]),
    )
    page = queries.page(found, request.GET.get("after", ""))
    context = {
        "nav": "settings",
        "page": page,
        "lines": [_line(entry) for entry in page.rows],
        "people": [(0, _("系统")), *User.objects.order_by("name").values_list("pk", "name")],
        "verbs": words.choices(),
        "chosen": chosen,
        "first": chosen["from"],
        "is_narrow": any(chosen.values()),
    }
    response = render(request, "audit/_list.html" if request.htmx else "audit/list.html", context)
    response["Vary"] = "HX-Request"
    return response


def _line(entry: Entry) -> Line:
    label = words.role(entry.target_label)
    return Line(entry, verbs.sentence(entry.verb, label), [words.change(name, pair) for name, pair in _pairs(entry.changes)])


def _pairs(changes: dict[str, Any]) -> list[tuple[str, list[Any]]]:
    return [(name, pair) for name, pair in changes.items() if isinstance(pair, list) and len(pair) == 2]
