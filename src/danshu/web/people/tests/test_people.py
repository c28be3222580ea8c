"""The owner's page of people, and what everybody sets for themselves."""

import pytest

from danshu.accounts import operations as accounts
from danshu.accounts.models import Invite
from danshu.audit.models import Entry
from danshu.core import clock, jobs
from danshu.core.errors import DomainError
from tests import people


@pytest.mark.parametrize("person", ["operator", "picker", "service", "viewer"])
@pytest.mark.parametrize("path", ["/settings/people/", "/settings/people/invite/"])
def test_only_the_owner_manages_people(person, path, client_of, request):
    answer = client_of(request.getfixturevalue(person)).get(path)
    assert answer.status_code == 403
    assert "settings.people" not in answer.content.decode()
    assert "access.denied" in answer.content.decode()


def test_an_invite_link_is_shown_once(owner, client_of):
    client = client_of(owner)
    page = client.post("/settings/people/invite/", {"role": "warehouse", "note": "小王"}).content.decode()
    assert "/join/" in page
    assert Invite.objects.get().note == "小王"
    assert "/join/" not in client.get("/settings/people/").content.decode()


def test_a_role_is_given_and_a_toast_says_so(owner, picker, client_of):
    client = client_of(owner)
    page = client.post(f"/settings/people/{picker.pk}/", {"role": "service"}, follow=True).content.decode()
    picker.refresh_from_db()
    assert picker.role == "service"
    assert "阿杰 的角色和店铺已保存" in page


def test_the_last_owner_is_told_why_not(owner, client_of):
    answer = client_of(owner).post(f"/settings/people/{owner.pk}/", {"role": "viewer"})
    assert answer.status_code == 422
    assert "至少要留一位老板" in answer.content.decode()


def test_deactivating_asks_first_and_can_be_taken_back(owner, picker, client_of):
    client = client_of(owner)
    assert "停用 阿杰 的账号？" in client.get(f"/settings/people/{picker.pk}/deactivate/").content.decode()
    page = client.post(f"/settings/people/{picker.pk}/deactivate/", follow=True).content.decode()
    picker.refresh_from_db()
    assert not picker.is_active
    assert f'action="/settings/people/{picker.pk}/activate/"' in page


def test_the_question_comes_as_a_dialog_to_htmx(owner, picker, client_of):
    answer = client_of(owner).get(f"/settings/people/{picker.pk}/deactivate/", headers={"HX-Request": "true"})
    assert "<html" not in answer.content.decode()


def test_the_list_costs_the_same_for_one_and_fifty(owner, client_of, statements):
    client = client_of(owner)
    few = statements(lambda: client.get("/settings/people/"))
    for i in range(50):
        people.make("viewer", username=f"v{i}")
    assert len(statements(lambda: client.get("/settings/people/"))) == len(few)


def test_settings_of_ones_own_are_for_everybody(viewer, client_of):
    client = client_of(viewer)
    form = {"name": "老周", "language": "en", "theme": "dark", "density": "cozy"}
    assert client.post("/me/", form).status_code == 302
    page = client.get("/me/").content.decode()
    assert 'lang="en" data-theme="dark" data-density="cozy"' in page
    assert "My settings" in page


def test_the_language_switch_comes_back_to_the_page(viewer, client_of):
    answer = client_of(viewer).post("/me/language/", {"language": "en", "next": "/orders/?v=short"})
    assert answer.url == "/orders/?v=short"
    viewer.refresh_from_db()
    assert viewer.language == "en"


def test_the_house_has_a_name_under_our_mark_and_the_book_remembers_who_gave_it(owner, viewer, client_of):
    client = client_of(owner)
    client.post("/settings/people/house/", {"name": "  木屿家居  ·  杭州 "})
    client.post("/settings/people/house/", {"name": "木屿家居 · 杭州"})  # the same again is no deed
    assert "<small>木屿家居 · 杭州</small>" in client_of(viewer).get("/me/").text
    jobs.drain()
    entry = Entry.objects.get(verb="house.named")
    assert (entry.actor_name, entry.changes) == (owner.name, {"name": ["", "木屿家居 · 杭州"]})
    client.post("/settings/people/house/", {"name": ""})
    assert "<small></small>" in client.get("/me/").text


def test_a_name_that_is_too_long_comes_back_with_what_was_typed(owner, client_of):
    answer = client_of(owner).post("/settings/people/house/", {"name": "木" * 41})
    assert answer.status_code == 422
    assert "木" * 41 in answer.text
    with pytest.raises(DomainError):
        accounts.name_house("木" * 41, by=owner.actor, now=clock.now())


def test_only_who_keeps_the_people_names_the_house(operator, client_of):
    assert client_of(operator).post("/settings/people/house/", {"name": "别家"}).status_code == 403


def test_the_frame_says_how_much_one_may_see(owner, viewer, operator, client_of):
    operator.shop_ids = [1, 2]
    operator.save()
    assert "老板 · 全部权限" in client_of(owner).get("/me/").text
    assert "只读 · 全部店铺" in client_of(viewer).get("/me/").text
    assert "运营 · 2 店" in client_of(operator).get("/me/").text
