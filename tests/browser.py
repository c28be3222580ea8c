"""A real Chromium for the tests that need one. Marked `browser`, so that `./danshu test quick` leaves them out.

@pytest.mark.browser
def test_the_board_opens(page_of, owner):
    page = page_of(owner)
    page.goto("/board/")
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

ROOT = Path(__file__).resolve().parent.parent
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
SHOTS = ROOT / "docs" / "shots"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "chrome")
QUIET = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
RUN = "how => axe.run(document, how)"
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


def chromium() -> str:
    """The path of an installed Chromium; `DANSHU_CHROMIUM` names another one."""
    found = os.environ.get("DANSHU_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        pytest.fail("No Chromium found. `./danshu test` installs one; DANSHU_CHROMIUM can name another.", pytrace=False)
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One Chromium for the whole run."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - quick runs do without it

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright keeps a loop in this thread; our code never runs inside it
    as_root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=[*QUIET, *as_root])
        yield started
        started.close()


@pytest.fixture
def page_of(browser: Any, live_server: Any) -> Iterator[Callable[..., Any]]:
    """`page_of(user, phone=False, dark=False, javascript=True)`: a page in which the person is signed in; None for a stranger.

    Addresses are relative to the live server. An error in the page's own script, or a broken content policy, fails the test.
    """
    from danshu.web.live.hub import HUB  # noqa: PLC0415 - models can be imported only now

    contexts: list[Any] = []
    complaints: list[str] = []

    def opened(user: Any, *, phone: bool = False, dark: bool = False, javascript: bool = True, size: dict[str, int] | None = None) -> Any:
        context = browser.new_context(
            base_url=live_server.url,
            viewport=size or (PHONE if phone else DESKTOP),
            has_touch=phone,
            is_mobile=phone,
            device_scale_factor=2 if phone else 1,
            color_scheme="dark" if dark else "light",
            java_script_enabled=javascript,
            locale="en" if user and user.language == "en" else "zh-CN",
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
        )
        contexts.append(context)
        if user:
            from tests.people import client_of  # noqa: PLC0415 - models can be imported only now

            cookie = client_of(user).cookies[settings.SESSION_COOKIE_NAME]
            context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if "Content Security Policy" in line.text else None)
        return page

    yield opened
    for context in contexts:
        context.close()
    HUB.close()  # its thread reads the database, which the next test may not let it do
    assert complaints == []


def until(page: Any, expression: str, seconds: float = 10.0) -> None:
    """Wait until the expression is true in the page. Playwright's own waiting evaluates inside the page, which our policy forbids."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"not true in {seconds:.0f} s: {expression}"
        page.wait_for_timeout(30)


@pytest.fixture(scope="session")
def axe() -> Callable[[Any], list[str]]:
    """`axe(page)`: what axe-core finds wrong with the page for people who see, hear or type differently, in light and in dark; one line
    each. Colours are all that the dark changes, so there only contrast is asked about."""
    if not AXE.exists():
        pytest.fail("axe-core is missing: run `npm ci`.", pytrace=False)
    source = AXE.read_text(encoding="utf-8")

    def findings(page: Any) -> list[str]:
        if not page.evaluate("!!window.axe"):
            page.evaluate(source)
        found = [("light", each) for each in page.evaluate(RUN, {"resultTypes": ["violations"]})["violations"]]
        page.emulate_media(color_scheme="dark")
        contrast = {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}
        found += [("dark", each) for each in page.evaluate(RUN, contrast)["violations"]]
        page.emulate_media(color_scheme="light")
        return [f"{light} {each['id']}: {node['html'][:160]} ({each['help']})" for light, each in found for node in each["nodes"]]

    return findings


@pytest.fixture(scope="session")
def shot() -> Callable[[Any, str], Path]:
    """`shot(page, "board")` takes a picture; with `DANSHU_SHOTS=1` it becomes docs/shots/board.png, which the README shows."""
    wanted = os.environ.get("DANSHU_SHOTS") == "1"

    def taken(page: Any, name: str) -> Path:
        path = SHOTS / f"{name}.png" if wanted else Path(os.environ["DANSHU_TEST_DATA"]) / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=path)
        return path

    return taken
