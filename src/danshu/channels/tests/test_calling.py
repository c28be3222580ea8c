"""Calls of adapters: where they go, and what failures become."""

import httpx
import pytest

from danshu.channels import calling
from danshu.channels.connecting import ShopAccess
from danshu.channels.connector_errors import BadAnswer, RateLimited, TemporaryFailure
from danshu.channels.tests.pretending import Pretender
from danshu.core import http

pytestmark = pytest.mark.django_db
SHOP = ShopAccess(7, "pdd", "店")


def ask():
    return calling.ask(http.Client("pdd:7"), "https://shop.example/x", is_repeatable=True, data={"a": "1"})


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((429, b""), RateLimited),
        ((503, b"down"), TemporaryFailure),
        (httpx.ConnectError("no"), TemporaryFailure),
        (httpx.ReadTimeout("late"), TemporaryFailure),
        (b"<html>maintenance</html>", BadAnswer),
        (b"", BadAnswer),
        (b"\xff\xfe", BadAnswer),
        (b'{"a": NaN}', BadAnswer),
        (b"[" * 100_000, BadAnswer),
        ([1], BadAnswer),
        ("text", BadAnswer),
    ],
)
def test_what_fails_on_the_way_may_be_tried_again(monkeypatch, answer, error):
    Pretender(monkeypatch).says(answer)
    with pytest.raises(error) as failed:
        ask()
    assert failed.value.is_passing


def test_a_platform_says_how_long_to_rest(monkeypatch):
    Pretender(monkeypatch).says(httpx.Response(429, headers={"Retry-After": "40"}))
    with pytest.raises(RateLimited) as limited:
        ask()
    assert limited.value.wait == 40


def test_a_gateway_takes_the_place_of_the_platforms_own_address():
    shop = ShopAccess(7, "pdd", "店", gateway="http://127.0.0.1:9000/sim/")
    assert calling.address(shop, "https://gw.example", "/api/router") == "http://127.0.0.1:9000/sim/api/router"
    assert calling.address(SHOP, "https://gw.example", "/api/router") == "https://gw.example/api/router"
