"""Is the first import into empty tables as fast as the tenth? PostgreSQL only: `python -m bench.first_import on|off`.

Foreign-key checks are planned once per connection. Planned while a table holds a few rows, they read the whole table for every new row from
then on. `core.planner` has tables analysed while they fill; `off` leaves it out. Empties the orders of the database it is given.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "danshu.config.settings")
django.setup()

from django.db import connection, models, transaction  # noqa: E402 - needs the set-up above

from danshu.channels.models import Shop  # noqa: E402 - models can be imported only after the setup
from danshu.core import bulk, clock, planner  # noqa: E402 - models can be imported only after the setup
from danshu.orders.models import Order, OrderLine  # noqa: E402 - models can be imported only after the setup

BATCHES, SIZE = 48, 500


def defaults(model: type[models.Model], given: set[str]) -> dict[str, Any]:
    rest = [f for f in model._meta.concrete_fields if not (f.primary_key or f.generated or f.name in given)]  # noqa: SLF001 - Django's public meta API
    return {field.name: field.get_default() for field in rest}


def empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE orders_order, channels_shop CASCADE")
        for table in connection.introspection.table_names():
            cursor.execute(f'ALTER TABLE "{table}" SET (autovacuum_enabled = false)')
            cursor.execute(f'VACUUM ANALYZE "{table}"')
    connection.close()


def backend_ms() -> int:
    """CPU of this connection's server process, on the same machine."""
    stat = Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(stat[11]) + int(stat[12])) * 1000 // os.sysconf("SC_CLK_TCK")


def take_in(shop: Shop, first: int, count: int) -> None:
    now = clock.now()
    head = {"no": "", "platform_no": "", "shop": shop.pk, "platform": "taobao", "placed_at": now, "created_at": now, "updated_at": now}
    head |= defaults(Order, set(head))
    line = {"order": 0, "oid": "", "title": "t", "quantity": 1}
    line |= defaults(OrderLine, set(line))
    orders = [list((head | {"no": str(n), "platform_no": f"P{n}"}).values()) for n in range(first, first + count)]
    with transaction.atomic():
        ids = bulk.insert(Order, list(head), orders, conflict=["shop", "platform_no"], returning=["id"])
        lines = [list((line | {"order": pk, "oid": str(k)}).values()) for (pk,) in ids for k in range(2)]
        bulk.insert(OrderLine, list(line), lines)


def main(way: str) -> None:
    if way == "off":
        planner.wrote = lambda _table, _rows: None
    empty()
    shop = Shop.objects.create(name="bench", platform="taobao", created_at=clock.now())
    for n in range(8):  # a few single orders first: that is when the checks are planned
        take_in(shop, n, 1)
    for batch in range(0, BATCHES, 4):
        began, cpu = time.perf_counter(), backend_ms()
        for part in range(4):
            take_in(shop, 100 + (batch + part) * SIZE, SIZE)
        orders = 4 * SIZE
        print(f"{batch * SIZE + orders:6d}: {orders / (time.perf_counter() - began):6.0f} orders/s, {(backend_ms() - cpu) / orders:.2f} ms")


if __name__ == "__main__":
    main(sys.argv[1])
