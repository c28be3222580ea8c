"""Runs that people watch, and what failed behind the pages."""

import pytest
from django.urls import reverse

from danshu.core import clock, runs
from danshu.core.models import EventRow, FailedReaction, JobError


def _run(person, **over):
    return runs.start("orders.hold", "挂起 3 单", total=3, by=person.actor, now=clock.now(), **over)


def _failed_job():
    return JobError.objects.create(job_key="1", name="danshu.nothing", error="Traceback\nValueError: 坏了", attempts=5, at=clock.now())


def test_a_run_shows_how_far_it_is_and_goes_on_by_itself(operator, client_of):
    run = _run(operator)
    runs.advance(run.pk, [{"label": "1122-0379", "ok": True}, {"label": "1122-0380", "ok": False, "message": "已经发货"}])
    page = client_of(operator).get(f"/jobs/{run.pk}/").content.decode()
    assert '<progress class="tone-brand" max="3" value="2"' in page
    assert f'data-live-kinds="RunsChanged" data-live-ids="{run.pk}"' in page
    assert "已经发货" in page


def test_failures_stand_first_and_alone_when_asked(operator, client_of):
    run = _run(operator)
    runs.advance(run.pk, [{"label": "好的", "ok": True}, {"label": "坏的", "ok": False, "message": "缺货"}])
    runs.finish(run.pk, result_url="/print/")
    client = client_of(operator)
    page = client.get(f"/jobs/{run.pk}/").content.decode()
    assert page.index("坏的") < page.index("好的")
    assert 'href="/print/"' in page
    assert "data-live-kinds" not in page.split('id="run"')[1].split(">")[0]
    assert "好的" not in client.get(f"/jobs/{run.pk}/?only=failed").content.decode()


def test_an_import_leads_to_its_page_once_it_is_over(operator, client_of):
    run = runs.start("imports.orders", "导入 订单.xlsx", total=3, by=operator.actor, now=clock.now(), arguments={"batch_id": 17})
    client, link = client_of(operator), f'href="{reverse("imports-batch", args=[17])}"'
    assert link not in client.get(f"/jobs/{run.pk}/").content.decode()
    runs.finish(run.pk)
    assert link in client.get(f"/jobs/{run.pk}/").content.decode()


def test_htmx_gets_the_run_alone(operator, client_of):
    run = _run(operator)
    assert client_of(operator).get(f"/jobs/{run.pk}/", headers={"HX-Request": "true"}).content.decode().startswith('<div id="run"')


def test_people_see_their_own_runs_and_the_owner_all(owner, operator, picker, client_of):
    run = _run(operator)
    assert client_of(picker).get(f"/jobs/{run.pk}/").status_code == 404
    assert "挂起 3 单" not in client_of(picker).get("/jobs/").content.decode()
    assert "挂起 3 单" in client_of(owner).get("/jobs/").content.decode()


def test_the_list_costs_the_same_for_one_and_fifty(owner, client_of, statements):
    _run(owner)
    client = client_of(owner)
    few = statements(lambda: client.get("/jobs/"))
    for _i in range(49):
        _run(owner)
    assert len(statements(lambda: client.get("/jobs/"))) == len(few)


@pytest.mark.parametrize("person", ["operator", "picker", "service", "viewer"])
def test_only_the_owner_sees_the_system(person, client_of, request):
    client = client_of(request.getfixturevalue(person))
    assert client.get("/settings/system/").status_code == 403
    assert client.post("/settings/system/jobs/retry/", {"ids": "1"}).status_code == 403


def test_dead_jobs_say_what_happened_and_are_put_away(owner, client_of):
    error, client = _failed_job(), client_of(owner)
    assert "ValueError: 坏了" in client.get("/settings/system/").content.decode()
    page = client.post("/settings/system/jobs/dismiss/", {"ids": str(error.pk)}, follow=True).content.decode()
    assert "没有失败的任务" in page


def test_dead_jobs_run_again(owner, client_of):
    error, client = _failed_job(), client_of(owner)
    client.post("/settings/system/jobs/retry/", {"ids": str(error.pk)})
    error.refresh_from_db()
    assert error.retried_at is not None


def test_facts_that_stood_aside_can_be_dismissed(owner, client_of):
    fact = EventRow.objects.create(kind="orders.OrdersPaid", payload={}, at=clock.now())
    failure = FailedReaction.objects.create(reaction="flows.x", event=fact, error="KeyError: 'a'", failed_at=clock.now())
    client = client_of(owner)
    assert "flows.x" in client.get("/settings/system/").content.decode()
    client.post("/settings/system/reactions/dismiss/", {"ids": str(failure.pk)})
    failure.refresh_from_db()
    assert failure.resolved_at is not None
