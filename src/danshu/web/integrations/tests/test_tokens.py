"""The page of tokens: the owner alone, each token shown once."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from danshu.accounts.models import Token
from danshu.audit.models import Entry
from danshu.channels.models import Shop
from danshu.core import clock, jobs

FORM = {"name": "官网", "scopes": ["orders:read", "orders:write"], "days": "30", "person_id": ""}


@pytest.mark.parametrize(("person", "status"), [("owner", 200), ("operator", 403), ("picker", 403), ("service", 403), ("viewer", 403)])
def test_only_the_owner_sees_tokens(person, status, client_of, request):
    assert client_of(request.getfixturevalue(person)).get("/settings/api/").status_code == status


def test_a_token_is_shown_once_and_works(owner, client_of):
    client = client_of(owner)
    assert "还没有令牌" in client.get("/settings/api/").content.decode()
    page = client.post("/settings/api/new/", FORM).content.decode()
    [text] = set(re.findall(r"dsk_[\w-]{43}", page))
    program = Client(headers={"authorization": f"Bearer {text}"})
    assert program.get("/api/v1/shops").status_code == 200
    token = Token.objects.get()
    assert text not in client.get("/settings/api/").content.decode()
    assert token.token_hash not in client.get("/settings/api/").content.decode()
    assert text.startswith(token.prefix)
    assert (token.expires_at - token.created_at).days == 30
    jobs.drain()
    assert Entry.objects.get(verb="token.issued").target_label == "官网"
    assert text not in str(list(Entry.objects.values()))


def test_a_token_is_bound_to_shops_and_to_a_person(owner, operator, client_of):
    shop = Shop.objects.create(name="木屿家居", platform="own", created_at=clock.now())
    client = client_of(owner)
    client.post("/settings/api/new/", {**FORM, "shop_ids": [shop.pk], "person_id": operator.pk, "days": ""})
    token = Token.objects.get()
    assert (token.shop_ids, token.person, token.expires_at) == ([shop.pk], operator, None)
    page = client.get("/settings/api/").content.decode()
    assert "木屿家居" in page
    assert "小雅" in page


def test_a_form_without_scopes_says_so(owner, client_of):
    answer = client_of(owner).post("/settings/api/new/", {"name": "官网"})
    assert answer.status_code == 422
    assert not Token.objects.exists()


def test_a_token_is_revoked_after_a_question(owner, client_of):
    client = client_of(owner)
    client.post("/settings/api/new/", FORM)
    token = Token.objects.get()
    assert "下一次请求就会被拒绝" in client.get(f"/settings/api/{token.pk}/revoke/").content.decode()
    page = client.post(f"/settings/api/{token.pk}/revoke/", follow=True).content.decode()
    token.refresh_from_db()
    assert token.revoked_at
    assert "已停用" in page
    jobs.drain()
    assert Entry.objects.filter(verb="token.revoked", actor_name=owner.name).count() == 1


def test_the_list_costs_the_same_for_one_and_fifty(owner, client_of, statements):
    client = client_of(owner)
    client.post("/settings/api/new/", FORM)
    few = statements(lambda: client.get("/settings/api/"))
    for _ in range(50):
        client.post("/settings/api/new/", FORM)
    assert len(statements(lambda: client.get("/settings/api/"))) == len(few)
