"""The way in and out."""

import pytest
from django.test import Client

from danshu.accounts import operations as accounts
from danshu.accounts.models import User
from danshu.core import clock
from tests.people import PASSWORD

GOOD = "correct-horse-battery"


@pytest.mark.parametrize(
    ("person", "home"),
    [("owner", "/today/"), ("operator", "/orders/"), ("picker", "/board/"), ("service", "/orders/"), ("viewer", "/today/")],
)
def test_each_role_begins_where_its_work_is(person, home, client_of, request):
    answer = client_of(request.getfixturevalue(person)).get("/")
    assert (answer.status_code, answer.url) == (302, home)


def test_the_warehouse_phone_begins_at_the_scan_page(picker, client_of):
    assert client_of(picker).get("/", headers={"user-agent": "Mozilla/5.0 (Linux; Android 14) Mobile"}).url == "/scan/"


def test_a_stranger_is_asked_to_sign_in_and_then_goes_on(owner, client):
    assert client.get("/settings/people/").url == "/sign-in/?next=/settings/people/"
    answer = client.post("/sign-in/", {"username": "OWNER", "password": PASSWORD, "next": "/settings/people/"})
    assert (answer.status_code, answer.url) == (302, "/settings/people/")


def test_nobody_is_sent_to_another_house(owner, client):
    answer = client.post("/sign-in/", {"username": "owner", "password": PASSWORD, "next": "https://evil.example/"})
    assert answer.url == "/"


def test_a_wrong_password_says_so_and_keeps_the_name(owner, client):
    answer = client.post("/sign-in/", {"username": "owner", "password": "nope"})
    assert answer.status_code == 422
    assert "登录名或密码不对" in answer.content.decode()
    assert 'value="owner"' in answer.content.decode()


def test_too_many_wrong_passwords_have_to_wait(owner, client, settings):
    for _try in range(settings.AXES_FAILURE_LIMIT):
        answer = client.post("/sign-in/", {"username": "owner", "password": "nope"})
    assert answer.status_code == 429
    assert "15 分钟" in answer.content.decode()
    assert client.post("/sign-in/", {"username": "owner", "password": PASSWORD}).status_code == 429


def test_signing_out_needs_a_click_on_the_button(owner, client_of):
    client = client_of(owner)
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/").url == "/sign-in/"
    assert client.get("/me/").status_code == 302


def test_an_invited_person_makes_an_account_and_is_in(owner, client):
    [(_invite, token)] = accounts.invite([accounts.Draft("warehouse")], by=owner.actor, now=clock.now())
    assert "仓库" in client.get(f"/join/{token}/").content.decode()
    answer = client.post(f"/join/{token}/", {"username": "xiaowang", "name": "小王", "password": GOOD})
    assert (answer.status_code, answer.url) == (302, "/")
    assert client.get("/").url == "/board/"
    assert User.objects.get(username="xiaowang").last_login is not None


def test_the_first_owner_is_led_to_the_first_day(client, db):
    token = accounts.first_invite(clock.now())
    assert client.post(f"/join/{token}/", {"username": "boss", "name": "李", "password": GOOD}).url == "/setup/"


def test_a_bad_answer_stays_beside_its_field(owner, client):
    [(_invite, token)] = accounts.invite([accounts.Draft("warehouse")], by=owner.actor, now=clock.now())
    answer = client.post(f"/join/{token}/", {"username": "owner", "name": "小王", "password": GOOD})
    assert answer.status_code == 422
    assert 'aria-describedby="id_username-help id_username-error"' in answer.content.decode()


def test_a_used_link_says_what_to_do(client, db):
    answer = client.get("/join/no-such-token/")
    assert answer.status_code == 404
    assert "请老板重新发一个" in answer.content.decode()


def test_deactivated_people_are_out_with_their_next_click(owner, picker, client_of):
    client = client_of(picker)
    assert client.get("/me/").status_code == 200
    accounts.deactivate([picker.pk], by=owner.actor, now=clock.now())
    assert client.get("/me/").status_code == 302


def test_a_new_password_ends_the_other_sessions_but_not_this_one(picker, client_of):
    here, there = client_of(picker), client_of(picker)
    answer = here.post("/me/password/", {"old": PASSWORD, "new": "another-long-secret"})
    assert answer.url == "/me/"
    assert here.get("/me/").status_code == 200
    assert there.get("/me/").status_code == 302


def test_a_form_without_its_token_is_refused_in_words(owner):
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/sign-in/", {"username": "owner", "password": PASSWORD})
    assert answer.status_code == 403
    assert "请刷新后再做一次" in answer.content.decode()
