"""Who may ask what: tokens alone, each with its scopes, its shops, its person, its pace; and errors in one shape."""

from __future__ import annotations

import re
from datetime import timedelta

import time_machine
from django.test import Client

from danshu.accounts import operations as accounts
from danshu.accounts.models import Token
from danshu.accounts.scopes import SCOPES
from danshu.api import document
from danshu.core import clock
from tests import people


def addresses():
    for path, methods in document.scopes().items():
        for method, scope in methods.items():
            yield method, re.sub(r"{\w+}", "1", path), scope


def ask(client, method, path, **more):
    return client.generic(method, path, b"{}", content_type="application/json", **more)


def test_the_document_and_the_addresses_ask_for_the_same_scopes():
    paths = document.document("")["paths"]
    written = {path: {method.upper(): said["x-scope"] for method, said in methods.items()} for path, methods in paths.items()}
    assert document.scopes() == written


def test_nobody_gets_in_without_a_token_not_even_the_owner_in_a_browser(owner, program, code_of):
    for method, path, _scope in addresses():
        for client in (Client(), people.client_of(owner)):
            answer = ask(client, method, path)
            assert code_of(answer) == (401, "token.missing"), path
            assert answer["WWW-Authenticate"] == "Bearer"
        for wrong in ("Bearer dsk_wrong", "Bearer \u00e9", "bearer x"):
            assert code_of(ask(Client(), method, path, headers={"authorization": wrong})) == (401, "token.unknown")
        for wrong in ("Basic eDp5", "Bearer", "Bearer  "):
            assert code_of(ask(Client(), method, path, headers={"authorization": wrong})) == (401, "token.missing")


def test_every_endpoint_asks_for_its_scope(program, house, code_of):
    scopes = {scope for _method, _path, scope in addresses()}
    assert {"", *SCOPES} - scopes == {"people:reveal"}  # opens more of what others ask for
    for scope in scopes:
        with_it = program(scope or "people:reveal")
        for method, path, wanted in addresses():
            answer = ask(with_it.client, method, path)
            if wanted in {"", scope}:
                assert answer.status_code not in {401, 403, 500}, (method, path, answer.content)
            else:
                assert code_of(answer) == (403, "token.scope"), (method, path)
                assert answer.json()["details"] == {"scope": wanted}


def test_revoked_and_expired_tokens_and_those_of_people_who_left_are_strangers(program, house, operator, owner, code_of):
    some = program()
    accounts.revoke([Token.objects.get().pk], by=owner.actor, now=clock.now())
    assert code_of(some.get("/shops")) == (401, "token.unknown")
    short = program(days=1)
    assert short.get("/shops").status_code == 200
    with time_machine.travel(clock.now() + timedelta(days=2)):
        assert code_of(short.get("/shops")) == (401, "token.unknown")
    theirs = program(person=operator)
    assert theirs.get("/shops").status_code == 200
    accounts.deactivate([operator.pk], by=owner.actor, now=clock.now())
    assert code_of(theirs.get("/shops")) == (401, "token.unknown")


def test_a_persons_token_may_do_what_the_person_may(program, house, viewer, code_of):
    theirs = program(person=viewer)
    assert theirs.get("/orders").status_code == 200
    assert code_of(theirs.post("/orders", house.order())) == (403, "token.scope")
    viewer.shop_ids = [house.other.pk]
    viewer.save()
    assert [shop["id"] for shop in theirs.get("/shops").json()["items"]] == [house.other.pk]
    bound = program(person=viewer, shops=[house.shop.pk])  # nothing in common is nothing
    assert bound.get("/shops").json()["items"] == []
    assert bound.get("/orders").json() == {"items": [], "next": ""}


def test_use_is_noted_to_the_minute(program, house):
    some = program()
    with time_machine.travel("2026-11-22T04:00:30Z", tick=False) as clocks:
        some.get("/shops")
        clocks.shift(20)
        some.get("/shops")
        assert Token.objects.get().last_used_at.isoformat() == "2026-11-22T04:00:30+00:00"
        clocks.shift(60)
        some.get("/shops")
        assert Token.objects.get().last_used_at.isoformat() == "2026-11-22T04:01:50+00:00"


def test_who_asks_too_fast_waits(program, house, settings, code_of):
    settings.API_RATE = 2
    some, other = program(), program()
    with time_machine.travel("2026-11-22T04:00:00Z", tick=False) as clocks:
        assert [some.get("/shops").status_code for _ in range(6)] == [200] * 6
        answer = some.get("/shops")
        assert code_of(answer) == (429, "request.rate")
        assert answer["Retry-After"] == "1"
        assert other.get("/shops").status_code == 200
        clocks.shift(1)
        assert some.get("/shops").status_code == 200


def test_other_methods_types_sizes_and_garbage_have_their_words(program, house, code_of):
    client = program().client
    answer = client.delete("/api/v1/orders")
    assert code_of(answer) == (405, "request.method")
    assert answer["Allow"] == "GET, POST"
    for wrong, expected in (
        ({"data": "a=1", "content_type": "application/x-www-form-urlencoded"}, (415, "request.type")),
        ({"data": "{}", "content_type": "text/plain"}, (415, "request.type")),
        ({"data": "{", "content_type": "application/json"}, (400, "request.json")),
        ({"data": b"\xff\xfe", "content_type": "application/json"}, (400, "request.json")),
        ({"data": '{"a": NaN}', "content_type": "application/json"}, (400, "request.json")),
        ({"data": "[" * 100_000, "content_type": "application/json"}, (400, "request.json")),
        ({"data": '"\\ud800"', "content_type": "application/json"}, (422, "text.unreadable")),
        ({"data": "[]", "content_type": "application/json"}, (422, "request.invalid")),
        ({"data": " " * (2 * 1024 * 1024 + 1), "content_type": "application/json"}, (413, "request.too_big")),
    ):
        assert code_of(client.post("/api/v1/orders", **wrong)) == expected
    assert code_of(client.get("/api/v1/nothing")) == (404, "page.not_found")
    assert code_of(client.get("/api/v1/orders?limit=0")) == (422, "request.invalid")
    assert code_of(client.get("/api/v1/orders?number=%00")) == (422, "text.unreadable")


def test_no_page_elsewhere_can_ask_with_a_browsers_cookies(owner, house, code_of):
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    assert code_of(client.post("/api/v1/orders", "{}", content_type="application/json")) == (401, "token.missing")


def test_errors_speak_the_callers_language(program, house):
    some = program()
    answer = some.client.get("/api/v1/orders/1", headers={"accept-language": "en"})
    assert answer.json()["message"].isascii()


def test_the_document_is_for_everybody_and_speaks_two_languages(client, db):
    chinese, english = (client.get("/api/v1/openapi.json", headers={"accept-language": lang}).json() for lang in ("zh-hans", "en"))
    assert chinese["openapi"].startswith("3.1")
    assert chinese["paths"]["/api/v1/orders"]["post"]["summary"] == "建一张订单"
    assert english["paths"]["/api/v1/orders"]["post"]["summary"] == "Make an order"
    assert chinese["paths"].keys() == english["paths"].keys()
    page = client.get("/api/v1/docs/", headers={"accept-language": "en"}).content.decode()
    assert all(f"{method} {path}" in page for path, methods in document.scopes().items() for method in methods)
    assert "http://cdn" not in page
    assert "<script>" not in page
