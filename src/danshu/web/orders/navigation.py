"""The numbers in the side navigation."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import JsonResponse
from django.views.decorators.http import require_GET

from danshu.boards import builtin
from danshu.catalogue.models import Listing
from danshu.core import clock
from danshu.orders import queries
from danshu.orders.fields import has_issue
from danshu.orders.states import Issue
from danshu.web.access import StaffRequest, requires
from danshu.web.orders import counting, views

HOT = frozenset({"stock", "products"})  # numbers that want somebody to act


@require_GET
@requires("orders.view")
def page(request: StaffRequest) -> JsonResponse:
    """`{"board": {"n": "86", "hot": false}, …}`: capped, and counted again only after something happened."""
    now, user = clock.now(), request.user
    scope = queries.scope(user)
    todo = next(column for column in builtin.COLUMNS if column.slug == "todo")
    waiting = scope.filter(views.compiled([todo.criteria], now=now))
    queries_by_name: dict[str, QuerySet[Any, Any]] = {
        "board": waiting,
        "orders": scope.filter(is_open=True),
        "print": waiting.filter(is_held=False),
        "stock": scope.filter(has_issue(Issue.SHORT.value), is_open=True),
    }
    if user.may("products.edit"):
        queries_by_name["products"] = Listing.objects.filter(sku=None, is_ignored=False)
    counts = counting.counts(f"nav:{counting.owner(user)}", counting.ready(queries_by_name))
    return JsonResponse({name: {"n": counting.shown(n), "hot": bool(n) and name in HOT} for name, n in counts.items()})
