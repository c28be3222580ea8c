"""Pages in every dress: nothing for axe to say, nothing for the console; and the README's pictures. Rooms try the others themselves."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from danshu.accounts.models import User
from danshu.channels.models import ImportBatch
from danshu.cli.demo import FULL, Size, story
from danshu.core import clock, jobs
from danshu.fulfilment.models import Parcel, PrintBatch, Printer
from danshu.orders.models import Order
from tests.journeys.pages import live, open_business, quiet

pytestmark = [pytest.mark.browser, pytest.mark.looks, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

PAGES = [
    "/today/", "/import/", "/products/", "/products/new/", "/products/mapping/", "/products/import/", "/stock/", "/stock/receive/",
    "/stock/count/", "/stock/import/", "/print/", "/print/waybills/", "/print/handover/", "/print/files/", "/scan/",
    "/reports/daily/", "/reports/daily/orders/?figure=orders", "/search/?q=0", "/settings/warehouses/", "/settings/warehouses/new/",
    "/settings/couriers/", "/settings/printers/",
]  # fmt: skip


def test_every_page_in_every_dress(owner: User, page_of: Any, axe: Any, tmp_path: Path) -> None:
    business = open_business(owner)
    life = live(business, owner, tmp_path)
    code = next(iter(business.skus))
    paths = [
        *PAGES, f"/import/{life.file}/", f"/import/{life.file - 1}/", f"/print/batches/{life.batch}/", f"/scan/parcel/{life.printed[0]}/",
        f"/stock/?open={code}", f"/products/{business.skus[code]}/", f"/settings/printers/{Printer.objects.latest('pk').pk}/",
    ]  # fmt: skip
    found_wrong: list[str] = []
    for screen in ("desk", "phone"):
        page = quiet(page_of(owner, phone=screen == "phone"))
        for path in paths:
            page.goto(path)
            found_wrong += [f"{screen} {path}: {line}" for line in axe(page)]
        found_wrong += [f"{screen} {line}" for line in page.complaints]
        page.context.close()
    assert found_wrong == [], "\n".join(found_wrong)


def test_the_sign_in_page(page_of: Any, axe: Any, db: None) -> None:
    for phone in (False, True):
        page = quiet(page_of(None, phone=phone))
        page.goto("/sign-in/")
        assert axe(page) == []
        assert page.complaints == []


def test_pictures_for_the_readme(page_of: Any, shot: Any) -> None:
    """The demo's house; a small one unless the pictures are wanted."""
    story.tell(clock.now(), FULL if os.environ.get("DANSHU_SHOTS") == "1" else Size(days=4, orders=160, goods=40))
    jobs.drain()
    owner = User.objects.get(role="owner")
    order = Order.objects.filter(fulfilment="waiting").latest("pk")
    page = quiet(page_of(owner))
    for name, path in {"today": "/today/", "board": "/board/", "orders": "/orders/", "drawer": f"/orders/?open={order.no}",
                       "print": _batch(), "stock": "/stock/", "import": _import()}.items():  # fmt: skip
        page.goto(path)
        page.wait_for_load_state("networkidle")
        assert shot(page, name).stat().st_size > 10_000
    phone = quiet(page_of(owner, phone=True))
    parcel = Parcel.objects.filter(state="printed").latest("pk")
    phone.goto(f"/scan/parcel/{parcel.pk}/")
    assert shot(phone, "scan-phone").stat().st_size > 10_000
    assert page.complaints == phone.complaints == []


def _batch() -> str:
    return f"/print/batches/{PrintBatch.objects.latest('pk').pk}/"


def _import() -> str:
    waiting = ImportBatch.objects.filter(state=ImportBatch.State.PREVIEW).last()
    return f"/import/{waiting.pk}/" if waiting else "/import/"
