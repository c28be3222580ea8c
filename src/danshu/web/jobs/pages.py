"""Bulk work that people watch, and what failed behind the pages."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from danshu.core import clock, jobs, paging, reactions
from danshu.core.models import Run
from danshu.web import typed
from danshu.web.access import StaffRequest, requires, signed_in
from danshu.web.shell import toast

SHOWN = 200  # results on the page at once; failures come first
RESULTS = {"imports.orders": ("imports-batch", "batch_id")}  # kind of run → the page of what came of it, and its argument


@signed_in
def runs(request: StaffRequest) -> HttpResponse:
    """The owner sees all runs, others their own."""
    mine = Run.objects.all() if request.user.may("settings.system") else Run.objects.filter(actor_id=request.user.pk)
    light = mine.defer("results", "arguments", "summary")
    page = paging.page(light, ["-id"], request.GET.get("after", ""))
    response = render(request, "jobs/_list.html" if request.htmx else "jobs/list.html", {"nav": "settings", "page": page})
    response["Vary"] = "HX-Request"
    return response


@signed_in
def run(request: StaffRequest, run_id: int) -> HttpResponse:
    mine = Run.objects.all() if request.user.may("settings.system") else Run.objects.filter(actor_id__in=[request.user.pk])
    one = get_object_or_404(mine, pk=run_id)
    only = request.GET.get("only", "")
    results = [result for result in one.results if not (only == "failed" and result["ok"])]
    results.sort(key=lambda result: result["ok"])
    context = {
        "nav": "settings",
        "run": one,
        "result_url": one.result_url or _result_url(one),
        "is_over": one.state in {Run.State.DONE, Run.State.FAILED},
        "results": results[:SHOWN],
        "more": max(0, len(results) - SHOWN),
        "good": max(0, one.done - one.failed),
        "only": only,
    }
    response = render(request, "jobs/_run.html" if request.htmx else "jobs/run.html", context)
    response["Vary"] = "HX-Request"
    return response


def _result_url(one: Run) -> str:
    """Workers do not load the pages only to know an address."""
    name, argument = RESULTS.get(one.kind, ("", ""))
    is_over = one.state in {Run.State.DONE, Run.State.FAILED}
    return reverse(name, args=[one.arguments[argument]]) if is_over and argument in one.arguments else ""


@requires("settings.system")
def system(request: StaffRequest) -> HttpResponse:
    """Queues, jobs that died, facts that a reaction could not digest."""
    context = {
        "nav": "settings",
        "queues": jobs.overview(),
        "dead": list(jobs.dead()[:SHOWN]),
        "failures": list(reactions.failures()[:SHOWN]),
    }
    return render(request, "jobs/system.html", context)


@requires("settings.system")
@require_POST
def retry(request: StaffRequest, kind: str) -> HttpResponse:
    """Run dead jobs or hand facts over again: the chosen ones."""
    ids = _ids(request)
    count = jobs.retry_dead(ids, now=clock.now()) if kind == "jobs" else reactions.retry(ids)
    toast(request, ngettext("%d 项排队重试了", "%d 项排队重试了", count) % count if count else _("没有可以重试的，可能已经重试过了"))
    return redirect("jobs-system")


@requires("settings.system")
@require_POST
def dismiss(request: StaffRequest, kind: str) -> HttpResponse:
    """Put failures away without doing them."""
    ids = _ids(request)
    count = jobs.dismiss_dead(ids, now=clock.now()) if kind == "jobs" else reactions.dismiss(ids, now=clock.now())
    toast(request, ngettext("%d 项收起来了，不会再做", "%d 项收起来了，不会再做", count) % count)
    return redirect("jobs-system")


def _ids(request: StaffRequest) -> list[int]:
    return typed.numbers(request.POST.getlist("ids"))
