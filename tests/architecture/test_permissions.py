"""Every URL says who may open it, and means it: tried for every role and for strangers. Programs with tokens are asked for scopes
instead (`view.scopes`, method by method); a session opens none of their addresses."""

import re

import pytest
from django.urls import URLResolver, get_resolver

from danshu.accounts.permissions import CODES, ROLE_CODES, Role
from danshu.accounts.scopes import SCOPES
from tests import people

pytestmark = pytest.mark.django_db
# Whoever may open these may be anybody: a page joins this list here, in sight, or the test fails.
PUBLIC = {"people-sign-in", "people-accept", "health", "metrics", "api-openapi", "api-docs", "hook"}
SAMPLES = {"IntConverter": 987654321, "StringConverter": "x", "SlugConverter": "x", "PathConverter": "x"}


def pages(patterns=None, before=""):
    """(name, address with sample values, permission codes of which one is enough, ("",) for any person, None for anybody)"""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            yield from pages(pattern.url_patterns, before + str(pattern.pattern))
            continue
        address = before + str(pattern.pattern)
        for name, converter in pattern.pattern.converters.items():
            sample = SAMPLES.get(type(converter).__name__, converter.regex.strip("()?:").split("|")[0])
            address = re.sub(rf"<(\w+:)?{name}>", str(sample), address)
        scopes = getattr(pattern.callback, "scopes", None)
        codes = tuple(scopes.items()) if scopes else getattr(pattern.callback, "permissions", ("missing",))
        yield pattern.name, f"/{address}", codes


EVERYTHING = list(pages())
ENDPOINTS = [page for page in EVERYTHING if page[2] and isinstance(page[2][0], tuple)]
PAGES = [page for page in EVERYTHING if page not in ENDPOINTS]


def ask(client, address):
    """The status of a GET, or of a POST where only that is taken."""
    for method in (client.get, client.post):
        response = method(address)
        if response.status_code != 405:
            break
    return response


def test_every_page_names_its_permission():
    assert [page for page in PAGES if not {"", *CODES}.issuperset(page[2] or ())] == []


def test_public_pages_are_on_the_list():
    assert {name for name, _, code in PAGES if code is None} == PUBLIC


def test_every_endpoint_of_programs_names_its_scope():
    assert len(ENDPOINTS) > 15
    wrong = [page for page in ENDPOINTS if any(scope not in {"", *SCOPES} or method == "HEAD" for method, scope in page[2])]
    assert wrong == []
    bare = {page[0] for page in ENDPOINTS if any(not scope for _method, scope in page[2])}
    assert bare == {"api-shop-list"}  # any token may ask which shops it sees


@pytest.mark.parametrize("role", [None, *Role.values])
def test_endpoints_of_programs_open_for_no_session(role):
    client = people.client_of(people.make(role) if role else None)
    let_in = [
        (method, address)
        for _, address, scopes in ENDPOINTS
        for method, _scope in scopes
        if client.generic(method, address, b"{}", content_type="application/json").status_code != 401
    ]
    assert let_in == []


def test_addresses_are_named_once():
    names = [name for name, _, _ in EVERYTHING]
    assert [name for name in names if names.count(name) > 1 or not name] == []


def test_strangers_are_asked_to_sign_in():
    client = people.client_of(None)
    let_in = [
        address
        for _, address, code in PAGES
        if code is not None and not ((answer := ask(client, address)).status_code == 302 and answer.url.startswith("/sign-in/"))
    ]
    assert let_in == []


@pytest.mark.parametrize("role", Role.values)
def test_a_role_opens_what_its_codes_say(role):
    client, wrong = people.client_of(people.make(role)), []
    for _, address, codes in PAGES:
        if codes is None or address == "/live/":  # the stream never ends; its own tests open it
            continue
        allowed = not any(codes) or not ROLE_CODES[role].isdisjoint(codes)
        if allowed:  # GET only: a POST could change what the next page shows
            answer = client.get(address)
            if answer.status_code == 403 or answer.status_code >= 500:
                wrong.append(f"{address} refused with {answer.status_code}")
        elif (status := ask(client, address).status_code) != 403:
            wrong.append(f"{address} answered {status} without {codes}")
        if address == "/sign-out/":
            client.force_login(people.User.objects.get(username=role), backend="django.contrib.auth.backends.ModelBackend")
    assert wrong == []


def test_public_pages_open_for_strangers():
    client = people.client_of(None)
    broken = [name for name, address, code in PAGES if code is None and ask(client, address).status_code >= 500]
    assert set(broken) <= {"health"}  # no worker runs beside the tests, and it says so
