"""The frame of every page, and what it says when something goes wrong."""

import re

import pytest
from django.http import HttpResponse
from django.test import RequestFactory, override_settings
from django.urls import include, path

from danshu.channels.models import Shop
from danshu.core import clock
from danshu.core.errors import DomainError
from danshu.web import errors, shell
from danshu.web.access import public, signed_in

handler403, handler404, handler500 = "danshu.web.errors.denied", "danshu.web.errors.missing", "danshu.web.errors.broken"


@signed_in
def short(request):
    raise DomainError("库存不够，只剩 2 件。请减少数量。", "stock.short", details={"left": 2})


@public
def boom(request):
    raise RuntimeError("not for eyes")


@signed_in
def partial(request):
    shell.toast(request, "好了", "/undo/?ids=1,2&remove=A%26B")
    return HttpResponse("<p>部分</p>")


@signed_in
def saved(request):
    shell.toast(request, "好了", "/undo/?ids=1,2&remove=A%26B")
    return HttpResponse(status=204)


urlpatterns = [
    path("", include("danshu.config.urls")),
    path("t/short/", short),
    path("api/t/short/", short),
    path("t/boom/", boom),
    path("t/partial/", partial),
    path("t/saved/", saved),
]
here = override_settings(ROOT_URLCONF=__name__)


@here
def test_a_domain_error_is_a_page_with_the_code_last(owner, client_of):
    answer = client_of(owner).get("/t/short/")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert page.index("只剩 2 件") < page.index("stock.short")


@here
def test_htmx_gets_a_toast_and_the_page_stays(owner, client_of):
    answer = client_of(owner).post("/t/short/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Retarget"], answer["HX-Reswap"]) == (422, "#toasts", "beforeend")
    assert answer.content.decode().startswith("<ds-toast")


@here
def test_the_api_gets_json(owner, client_of):
    answer = client_of(owner).get("/api/t/short/")
    assert (answer.status_code, answer.json()) == (
        422,
        {"message": "库存不够，只剩 2 件。请减少数量。", "code": "stock.short", "details": {"left": 2}},
    )


@here
def test_an_unknown_error_shows_a_number_and_nothing_of_its_inside(client, db):
    client.raise_request_exception = False
    answer = client.get("/t/boom/")
    assert answer.status_code == 500
    assert "not for eyes" not in answer.content.decode()
    assert "这一页出错了" in answer.content.decode()


@here
def test_partials_bring_their_toasts_along_with_undo(owner, client_of):
    page = client_of(owner).get("/t/partial/", headers={"HX-Request": "true"}).content.decode()
    assert page.startswith("<p>部分</p>")
    assert 'hx-swap-oob="beforeend:#toasts"' in page
    assert 'action="/undo/?' in page


@here
def test_a_way_back_is_a_normal_address_and_leads_to_the_page_one_is_on(owner, client_of):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/orders/?v=open&shop=3"}
    page = client_of(owner).post("/t/partial/", headers=headers).content.decode()
    assert 'action="/undo/?ids=1,2&amp;remove=A%26B"' in page
    assert 'value="/orders/?v=open&amp;shop=3"' in page
    for elsewhere in ("https://elsewhere.example/orders/", "//elsewhere.example/", "javascript:alert(1)"):
        page = client_of(owner).post("/t/partial/", headers=headers | {"HX-Current-URL": elsewhere}).content.decode()
        assert 'name="next" value=""' in page


@here
def test_a_toast_that_waits_for_the_next_page_names_that_page(owner, client_of):
    client = client_of(owner)
    client.get("/t/saved/")
    page = client.get("/orders/?v=open").content.decode()
    assert 'action="/undo/?ids=1,2&amp;remove=A%26B"' in page
    assert 'name="next" value="/orders/?v=open"' in page


@pytest.mark.parametrize(
    ("person", "listed", "hidden"), [("owner", "MFEP", ""), ("picker", "FEP", "M"), ("service", "FE", "MP"), ("viewer", "", "MFEP")]
)
def test_the_list_of_keys_holds_what_a_person_may_do(client_of, request, person, listed, hidden):
    page = client_of(request.getfixturevalue(person)).get("/orders/").content.decode()
    dialog = page.split('<dialog class="dialog" id="keys"')[1].split("</dialog>")[0]
    assert all(f"<kbd>{key}</kbd>" in dialog for key in listed)
    assert not any(f"<kbd>{key}</kbd>" in dialog for key in hidden)
    assert "<kbd>Ctrl</kbd> <kbd>Z</kbd>" in dialog
    assert "<kbd>Ctrl</kbd> <kbd>K</kbd>" in dialog
    assert 'data-key="t"' not in page


def test_a_page_that_is_not_there_says_where_to_go(owner, client_of):
    answer = client_of(owner).get("/no/such/page/")
    assert answer.status_code == 404
    assert "没有这一页" in answer.content.decode()


def test_going_back_asks_htmx_for_the_whole_page(owner, client_of):
    headers = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    assert "</html>" in client_of(owner).get("/settings/audit/", headers=headers).content.decode()


@pytest.mark.parametrize(
    ("person", "seen", "hidden"),
    [
        ("owner", "/settings/people/", "tickets"),
        ("picker", "/print/", "/reports/"),
        ("service", "/orders/", "/print/"),
        ("viewer", "/today/", "/import/"),
    ],
)
def test_the_navigation_holds_what_the_role_may(person, seen, hidden, client_of, request):
    page = client_of(request.getfixturevalue(person)).get("/settings/people/" if person == "owner" else "/me/").content.decode()
    side = page.split("<main")[0]
    assert (f'href="{seen}"' in page, f'href="{hidden}' in side) == (True, False)


def test_the_bar_says_which_shop_is_silent(owner, client_of):
    Shop.objects.create(name="木屿家居", platform="taobao", created_at=clock.now(), last_intake_at=clock.now())
    Shop.objects.create(name="木屿拼多多", platform="pdd", created_at=clock.now())
    page = client_of(owner).get("/me/").content.decode()
    assert 'class="sync tone-amber' in page
    assert "1 / 2 店半小时内有新数据 · 木屿拼多多" in page


def test_a_shop_of_ones_own_is_never_silent(owner, client_of):
    """Nobody brings it orders: it takes them when buyers come, so a quiet hour is no warning."""
    Shop.objects.create(name="木屿家居", platform="taobao", created_at=clock.now(), last_intake_at=clock.now())
    Shop.objects.create(name="官网", platform="own", created_at=clock.now())
    assert 'class="sync tone-green' in client_of(owner).get("/me/").content.decode()


def test_every_status_has_a_place():
    assert [errors.status_of(DomainError("", code)) for code in ("access.denied", "invite.not_found", "stock.short")] == [403, 404, 422]


def test_the_token_reaches_htmx(owner, client_of):
    assert 'hx-headers:inherited=\'{"X-CSRFToken": "' in client_of(owner).get("/me/").content.decode()


def test_a_stranger_sees_no_frame(client, db):
    request = RequestFactory().get("/")
    assert shell.context(request)["shell"]["theme"] == "auto"
    assert "ds-live" not in client.get("/sign-in/").content.decode()


def test_the_settings_mark_the_page_that_one_is_on_and_those_below_it(owner, client_of):
    shop = Shop.objects.create(name="官网", platform="own", created_at=clock.now())
    for address in ("/settings/shops/", f"/settings/shops/{shop.pk}/", f"/settings/shops/{shop.pk}/connect/"):
        page = client_of(owner).get(address).content.decode()
        side = page[page.index("settings-nav") :].split("</nav>")[0]
        assert re.findall(r'href="([^"]+)" aria-current="page"', side) == ["/settings/shops/"]
