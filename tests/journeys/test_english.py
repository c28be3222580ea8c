"""Every page in English: what is Chinese on it is data, or says that it is Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.urls import URLResolver, get_resolver
from django.utils import translation

from danshu.catalogue.models import Sku
from danshu.core import clock
from danshu.fulfilment import couriers
from danshu.fulfilment.models import Parcel, Printer
from danshu.insights.figures import MIS_SHIP_TAGS
from danshu.orders.models import Order
from tests import people
from tests.journeys.pages import live, open_business

pytestmark = pytest.mark.django_db
HAN = re.compile("[\u3400-\u9fff\uff00-\uffef\u3000-\u303f]+")
COURIERS = [name for courier in couriers.table().values() for name in (courier.name, *courier.aliases)]
NAMES = sorted({*COURIERS, *MIS_SHIP_TAGS, "中文"}, key=len, reverse=True)  # data and a language's own name, not our words
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
SPOKEN = {"title", "aria-label", "placeholder", "alt", "value", "content", "label"}
ASKED = ["/search/?q=1234", "/scan/?code=nothing", "/reports/daily/orders/?figure=orders"]  # pages that answer a question
# Streams, pages for machines, what a stranger sees (below), and one that asks for a figure.
NO_PAGES = {"live-stream", "live-poll", "people-sign-in", "people-sign-out", "reports-orders", "health", "metrics"}


def plain_pages(patterns: Any = None, before: str = "/") -> Iterator[str]:
    """Every address of the house that needs no number of anything."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        address = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from plain_pages(pattern.url_patterns, address)
        elif "<" not in address and pattern.name not in NO_PAGES:
            yield address




class Chinese(HTMLParser):
    """Collects Chinese in text and in what browsers read aloud, outside elements that say that their language is Chinese."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        silent = bool(self._open and self._open[-1][1])
        if "lang" in given:
            silent = given["lang"].startswith("zh")
        is_logo = given.get("class", "").startswith("pf ")  # a platform's one character
        silent = silent or is_logo or tag in {"script", "style"}
        if tag == "html":
            assert given["lang"] == "en"
        is_key = given.get("type") in {"checkbox", "radio", "hidden"}  # its value is sent, not read
        for name, value in given.items():
            if not silent and (name in SPOKEN or name.startswith("data-")) and not (is_key and name == "value"):
                self._look(value, f"{tag}[{name}]")
        if tag not in VOID:
            self._open.append((tag, silent))

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            if self._open.pop()[0] == tag:
                break

    def handle_data(self, data: str) -> None:
        if not (self._open and self._open[-1][1]):
            self._look(data, self._open[-1][0] if self._open else "")

    def _look(self, text: str, place: str) -> None:
        for name in NAMES:
            text = text.replace(name, "")
        if HAN.search(text):
            self.found.append(f"{place}: {text.strip()[:80]}")


def chinese_on(client: Any, path: str) -> list[str]:
    answer = client.get(path, headers={"accept-language": "en"}, follow=True)
    if answer.status_code == 405 or not answer.get("content-type", "").startswith("text/html"):  # a deed, or a file
        return []
    assert answer.status_code == 200, (path, answer.status_code)
    parser = Chinese()
    parser.feed(answer.content.decode())
    return [f"{path} {found}" for found in parser.found]


def test_no_page_in_english_shows_chinese(tmp_path: Path) -> None:
    boss = people.make("owner", language="en")
    boss.name = "Lee"
    boss.save()
    business = open_business(boss, latin=True)
    with translation.override("en"):  # titles of runs are kept in the language of the person who started them
        life = live(business, boss, tmp_path, latin=True)
    client = people.client_of(boss)
    order = Order.objects.get(pk=life.waiting[0])
    parcel = Parcel.objects.get(pk=life.printed[0])
    sku = Sku.objects.first()
    pages = [
        *plain_pages(), *ASKED,
        f"/orders/{order.no}/", f"/orders/{order.no}/?tab=log", f"/orders/?open={order.no}", f"/orders/{order.no}/split/",
        f"/import/{life.file}/", f"/print/batches/{life.batch}/", f"/scan/parcel/{parcel.pk}/", f"/stock/?open={sku.code}",
        f"/products/{sku.pk}/", f"/settings/printers/{Printer.objects.latest('pk').pk}/", f"/settings/warehouses/{business.warehouse}/",
        f"/settings/shops/{business.shops['pdd'].pk}/", f"/settings/people/{boss.pk}/",
        f"/reports/daily/?first={clock.business_day(clock.now())}&last={clock.business_day(clock.now())}",
    ]  # fmt: skip
    found = [line for path in pages for line in chinese_on(client, path)]
    assert found == [], "\n".join(found)


def test_a_stranger_with_an_english_browser_signs_in_in_english(db: None) -> None:
    assert chinese_on(people.client_of(None), "/sign-in/") == []
