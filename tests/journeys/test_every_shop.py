"""A whole day of six shops on six platforms whose interfaces misbehave, while worker and platforms are killed: what we know at its end is
what the platforms hold for true, to the last field."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from danshu.core import clock
from tests.journeys.platforms import Impossible, Platforms, free_port
from tests.journeys.processes import House, house, is_alive, until
from tests.journeys.truth_of_shops import compare

pytestmark = [pytest.mark.slow, pytest.mark.django_db]  # the houses are copies of its database

SHOPS = ("taobao", "jd", "pdd", "douyin", "channels", "xiaohongshu")
ORDERS = int(os.environ.get("DANSHU_SHOPS_ORDERS", "120"))
KILLS = int(os.environ.get("DANSHU_SHOPS_KILLS", "4"))
SEED = 20261120
BEGIN = datetime(2026, 11, 20, 0, 0, tzinfo=clock.SHANGHAI)
PATIENCE = 60  # stretches until everything must rest
STEPS = (40, 1760) if ORDERS > 1000 else (40, 7160)  # seconds; they fill half an hour, or two hours
OPTIONS: dict[str, Any] = {"pdd": {"options": {"review_minutes": 2}}}
LIFE = {"forgets": 0.08, "moves": 0.08, "move_minutes": 40, "regrets": 0.08, "regret_minutes": 50, "complains": 0.15, "complain_hours": 2}
LIFE |= {"receive_hours": 5, "takes_back": 0.2, "writes": 0.3}
TROUBLES = {
    "rate_limited": 0.02, "expired": 0.01, "system_error": 0.02, "http_500": 0.02, "http_502": 0.01, "time_out": 0.005,
    "time_out_after": 0.01, "reset": 0.01, "reset_after": 0.01, "garbage": 0.01, "truncated": 0.01, "empty": 0.01, "slow": 0.005,
}  # fmt: skip
MOOD = {
    "rates": TROUBLES, "hang_seconds": 0.05, "slow_seconds": 0.02, "duplicates": 0.2, "shuffles": 0.2, "moves": 0.2, "lag_seconds": 4,
    "refund_race": 0.05, "push_lost": 0.2, "push_repeated": 0.2, "push_reordered": 0.3, "push_late_seconds": 0.05,
}  # fmt: skip
SKEWS = {"taobao": 20, "jd": 10, "pdd": -15, "douyin": -20, "channels": 45, "xiaohongshu": -30}


class Day:
    """The platforms, our house, and the moment both have come to."""

    def __init__(self, folder: Path, place: House) -> None:
        self.folder, self.place, self.port = folder, place, free_port()
        self.platforms = Platforms(folder / "world", seed=SEED)
        self.at = BEGIN
        self.chance = random.Random(SEED)
        self.worker: subprocess.Popen[str] | None = None
        self.lasted = [1.0]

    def start(self) -> None:
        self.platforms.start()
        self.platforms.ask("POST", "/clock", {"set": self.at_ms, "speed": 0})
        own = {"DANSHU_LOG_LEVEL": "WARNING", "DJANGO_SETTINGS_MODULE": "tests.journeys.stretch_settings"}
        argv = [sys.executable, "-m", "tests.journeys.stretches"]
        self.worker = subprocess.Popen(argv, env=self.place.environment | own, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    @property
    def at_ms(self) -> int:
        return int(self.at.timestamp() * 1000)

    def stop(self) -> None:
        self.platforms.kill()
        if self.worker is not None:
            self.worker.kill()
            self.worker.communicate()

    # --- one stretch

    def do(self, story: str, *, kill_after: float | None = None, kills_platforms: bool = False, **more: Any) -> bool:
        """False when the process was killed before it was through."""
        log = self.folder / "stretches.log"
        order = {"story": story, "at_ms": self.at_ms, "url": self.platforms.url, "port": self.port, "seed": SEED, "log": str(log), **more}
        assert self.worker is not None
        assert self.worker.stdin is not None
        assert self.worker.stdout is not None
        began = time.monotonic()
        self.worker.stdin.write(json.dumps(order) + "\n")
        self.worker.stdin.flush()
        pid = int(self.worker.stdout.readline())
        if kills_platforms:
            time.sleep(self.chance.uniform(0, self.lasted[-1]))
            self.platforms.kill()
            time.sleep(self.chance.uniform(0, 0.3))
            self.platforms.start()
        if kill_after is not None:
            time.sleep(kill_after)
            with suppress(ProcessLookupError):  # it was quicker
                os.kill(pid, signal.SIGKILL)
        status = int(self.worker.stdout.readline())
        until(lambda: not is_alive(pid))
        if status == signal.SIGKILL:
            return False
        assert status == 0, log.read_text()[-6000:]
        self.lasted.append(time.monotonic() - began)
        return True

    def work(self, seconds: float, **more: Any) -> bool:
        self.at += timedelta(seconds=seconds)
        hour = self.at.hour
        more = {"story": "stretch", "is_open": 8 <= hour < 23, "share": 0.7, **more}
        return self.do(**more)


def test_a_day_of_every_shop(tmp_path: Path) -> None:
    with house(tmp_path) as place:
        day = Day(tmp_path, place)
        day.start()
        try:
            open_for_business(day)
            live_through(day)
            come_to_rest(day)
            compare(what_is_so(day), what_we_know(day))
        finally:
            day.stop()


def open_for_business(day: Day) -> None:
    day.do("found", platforms=SHOPS, shops=OPTIONS, items=4, on_hand=max(30, ORDERS // 3), quota=max(30, ORDERS // 24))
    day.work(3, is_open=False)
    day.work(20, is_open=False)
    for platform in SHOPS:
        lines = {"most_lines": 1} if platform == "pdd" else {}
        day.platforms.ask("PUT", f"/shops/{platform}/life", {**LIFE, **lines, "orders_per_hour": 1.1 * ORDERS / len(SHOPS) / 24})
        day.platforms.ask("PUT", f"/shops/{platform}/mood", {**MOOD, "skew_seconds": SKEWS[platform]})


def live_through(day: Day) -> None:
    """24 hours. Kills come at random moments of random stretches, and every stretch that was killed begins again."""
    stretches = [seconds for _round in range(86_400 // sum(STEPS)) for seconds in STEPS]
    fatal = set(day.chance.sample(range(len(stretches) - 5), KILLS))
    dark = set(day.chance.sample(range(len(stretches)), max(2, KILLS // 3)))
    owed = killed = 0
    for number, seconds in enumerate(stretches):
        something_else_happens(day)
        owed += number in fatal
        kill_after = day.chance.uniform(0, day.lasted[-1]) if owed else None
        done = day.work(seconds, kill_after=kill_after, kills_platforms=number in dark)
        while not done:
            owed, killed = owed - 1, killed + 1
            done = day.work(0)
    assert killed == KILLS


def something_else_happens(day: Day) -> None:
    """Tokens end, and sellers write remarks and flags on the platforms' own pages."""
    platform = day.chance.choice(SHOPS)
    if day.chance.random() < 0.06:
        day.platforms.ask("POST", f"/shops/{platform}/expire")
    if day.chance.random() < 0.2:
        orders = day.platforms.ask("GET", f"/truth?shop={platform}")["orders"]
        if orders:
            flag, memo = day.chance.choice(("red", "blue", "green")), day.chance.choice(("老客户", "送小样", "易碎"))
            no = day.chance.choice(orders[-20:])["no"]
            with suppress(Impossible):
                day.platforms.ask("POST", f"/shops/{platform}/orders/{no}/remark", {"memo": memo, "flag": flag})


def come_to_rest(day: Day) -> None:
    """No more buyers, no more moods; what waits is done, and it is over when everything is known and said, however long that takes."""
    for platform in SHOPS:
        day.platforms.ask("DELETE", f"/shops/{platform}/life")
        day.platforms.ask("PUT", f"/shops/{platform}/mood", {})
    for seconds in (30, 300, 300, 1800, 3600):
        day.work(seconds, is_open=seconds == 300, share=1.0)
    for platform in SHOPS:
        day.platforms.ask("DELETE", f"/shops/{platform}/life", {"at_once": True})
    into = day.folder / "left.json"
    for _number in range(PATIENCE):
        day.work(120, is_open=False, story="rest", into=str(into))
        left = json.loads(into.read_text())
        if not left:
            return
    raise AssertionError("it never comes to rest:\n" + "\n".join(left))


def what_is_so(day: Day) -> Any:
    """The simulated world, with its shops' secrets and all that ever happened."""
    events: list[Any] = []
    while some := day.platforms.ask("GET", f"/events?after={events[-1]['seq'] if events else 0}")["events"]:
        events += some
    return {**day.platforms.ask("GET", "/truth"), **day.platforms.ask("GET", "/shops"), "events": events}


def what_we_know(day: Day) -> Any:
    into = day.folder / "ours.json"
    day.do("result", into=str(into))
    return json.loads(into.read_text())
