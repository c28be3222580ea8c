"""Jobs of the process tests: each writes a line to the file it is told, so that the test can see what ran where and when."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path

from django.db import connections

from danshu.core import jobs


def line(path: str, word: str) -> None:
    with Path(path).open("a") as file:
        file.write(f"{word} {os.getpid()} {time.time():.3f}\n")


@jobs.job(queue="test", retries=3, backoff=0.1)
def say(path: str, word: str) -> None:
    line(path, word)


@jobs.job(queue="test", retries=3, backoff=0.1)
def work(path: str, word: str, seconds: float) -> None:
    line(path, f"start-{word}")
    time.sleep(seconds)
    line(path, f"end-{word}")


@jobs.job(queue="test", retries=3)
def count_connections(path: str) -> None:
    line(path, f"connections-{sum(one.connection is not None for one in connections.all())}")


@jobs.job(queue="test")
def tick() -> None:
    line(os.environ["DANSHU_TEST_LOG"], "tick")


if "DANSHU_TEST_LOG" in os.environ:  # in the workers of one test only
    jobs.schedule("test-tick", tick, every=timedelta(seconds=1))
