"""The hot SKU: eight processes lock one piece of the same SKU again and again, beside the bare conditional UPDATE."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator

from django.db import connection

from bench.incoming import Seller
from bench.measure import Row, middle
from danshu.catalogue.models import Sku
from danshu.stock.models import Balance

CLIENTS = 8
SECONDS = 4.0
ROUNDS = 5


def hot_sku(_sizes: list[int]) -> Iterator[Row]:
    """Attempts a second of eight clients; nothing may be locked that was not counted."""
    Seller.make()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as a house that has run for a minute: the server's own clerk has counted its tables
    hot, cold = Sku.objects.order_by("pk")[:2]
    balance = Balance.objects.get(sku=cold)
    ours, raws, cpu = [], [], []
    total = 0
    for _ in range(ROUNDS):
        raws.append(_clients("raw", balance.pk)[0])
        rate, spent_cpu, count = _clients("ours", hot.pk)
        total += count
        ours.append(rate)
        cpu.append(spent_cpu * 1000 / max(count, 1))
    locked = Balance.objects.get(sku=hot).locked
    if locked != total:
        raise SystemExit(f"{total} pieces were granted, {locked} are locked")
    yield Row(CLIENTS, middle(ours), "locks/s", middle(raws), middle(cpu), note=f"{locked} granted = {locked} locked")


def _clients(kind: str, key: int) -> tuple[float, float, int]:
    """(locks a second, CPU seconds, locks) of all clients together; they start at the same moment, once the last one is ready."""
    command = [sys.executable, "-m", "bench.hot_client", kind, str(key)]
    running = [
        subprocess.Popen([*command, str(i)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ)
        for i in range(CLIENTS)
    ]
    for process in running:
        assert process.stdout is not None
        process.stdout.readline()
    start = f"{time.time() + 0.5}\n"
    for process in running:
        assert process.stdin is not None
        process.stdin.write(start)
        process.stdin.flush()
    answers = [process.communicate()[0].split() for process in running]
    if any(process.returncode for process in running):
        raise SystemExit("a client failed")
    count = sum(int(words[0]) for words in answers)
    return count / SECONDS, sum(float(words[1]) for words in answers), count
