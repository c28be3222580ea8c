"""The page of deeds."""

import pytest

from danshu.audit import operations as audit
from danshu.core import clock


def _write(owner, count=1):
    audit.record(
        [audit.Deed("shop.changed", "shop", i, f"店 {i}", {"ship_hours": [48, 24]}) for i in range(count)], by=owner.actor, now=clock.now()
    )


@pytest.mark.parametrize(("person", "status"), [("owner", 200), ("operator", 200), ("picker", 403), ("service", 403), ("viewer", 403)])
def test_who_may_read_the_book(person, status, client_of, request):
    assert client_of(request.getfixturevalue(person)).get("/settings/audit/").status_code == status


def test_an_entry_is_a_sentence_with_what_changed(owner, client_of):
    _write(owner)
    page = client_of(owner).get("/settings/audit/").content.decode()
    assert "改了店铺 店 0 的设置" in page
    assert "<b>发货时限（小时）</b> 48 → 24" in page


def test_filters_narrow_and_say_when_nothing_fits(owner, client_of):
    _write(owner, 2)
    client = client_of(owner)
    assert "店 1" in client.get(f"/settings/audit/?who={owner.pk}&verb=shop.&target=店 1").content.decode()
    assert "没有符合的记录" in client.get("/settings/audit/?verb=person.").content.decode()
    assert client.get("/settings/audit/?from=2026-99-99&who=abc").status_code == 200


def test_htmx_gets_the_list_alone_and_pages_go_on(owner, client_of):
    _write(owner, 60)
    client = client_of(owner)
    answer = client.get("/settings/audit/", headers={"HX-Request": "true"})
    assert answer.content.decode().startswith('<div id="audit">')
    assert "HX-Request" in answer["Vary"]
    assert 'rel="next"' in answer.content.decode()


def test_a_broken_place_in_the_book_is_explained(owner, client_of):
    answer = client_of(owner).get("/settings/audit/?after=rubbish")
    assert answer.status_code == 422
    assert "paging.cursor" in answer.content.decode()


def test_it_costs_the_same_for_one_and_fifty(owner, client_of, statements):
    _write(owner)
    client = client_of(owner)
    few = statements(lambda: client.get("/settings/audit/"))
    _write(owner, 49)
    assert len(statements(lambda: client.get("/settings/audit/"))) == len(few)
