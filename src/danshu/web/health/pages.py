"""`/healthz` and `/metrics`."""

from __future__ import annotations

import ipaddress
import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from danshu.core import clock
from danshu.flows import condition
from danshu.flows.condition import Condition
from danshu.web.access import public


@public
@never_cache
def healthz(_request: HttpRequest) -> HttpResponse:
    """200 and `{"status": "ok"}`, or 503 with the names of what fails: database, worker, queue, disk."""
    failing = condition.look(clock.now()).failing
    return JsonResponse({"status": "failing", "failing": failing} if failing else {"status": "ok"}, status=503 if failing else 200)


@public
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text, for this machine itself or with `Authorization: Bearer DANSHU_METRICS_TOKEN`."""
    if not _may_read(request):
        return HttpResponse("Ask from this machine, or with the token.\n", status=403, content_type="text/plain")
    return HttpResponse(generate_latest(_gauges(condition.look(clock.now()))), content_type=CONTENT_TYPE_LATEST)


def _may_read(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if settings.METRICS_TOKEN and secrets.compare_digest(given.encode(), settings.METRICS_TOKEN.encode()):
        return True
    came_by_proxy = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    try:
        return not came_by_proxy and ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _gauges(now: Condition) -> CollectorRegistry:
    registry = CollectorRegistry()

    def gauge(name: str, text: str, value: float) -> None:
        Gauge(f"danshu_{name}", text, registry=registry).set(value)

    gauge("up", "1 when nothing is failing.", not now.failing)
    gauge("database_up", "1 when the database takes writes.", now.database)
    gauge("worker_up", "1 when a worker moves the schedules on.", now.worker)
    gauge("queue_lag_seconds", "Age of the oldest job that could run.", now.lag.total_seconds())
    gauge("dead_jobs", "Jobs that failed for good and wait for a person.", now.dead_jobs)
    gauge("failed_reactions", "Facts set aside with an error.", now.failed_reactions)
    gauge("disk_free_bytes", "Free space where the data lies.", now.disk_free)
    waiting = Gauge("danshu_jobs", "Jobs by queue and state.", ["queue", "state"], registry=registry)
    for queue in now.queues:
        for state in ("ready", "scheduled", "running"):
            waiting.labels(queue.queue, state).set(getattr(queue, state))
    return registry
