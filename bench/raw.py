"""The raw-driver limit: the same work per order as a real intake, in tables of its own, with the fastest statements each driver has.

Per order: the order, 2 lines, 2 conditional stock updates, 2 ledger rows, 1 event; foreign keys, a unique order number, a CHECK
against overselling, 6 secondary indexes, 1,000 SKUs. No encryption, no mapping, no masks, no audit: what a database can do at best.
"""

from __future__ import annotations

import json
import random
import sqlite3
from collections import Counter
from collections.abc import Sequence
from typing import Any

import psycopg

SKUS = 1_000
TABLES = """
CREATE TABLE raw_sku (id {serial}, code text NOT NULL UNIQUE);
CREATE TABLE raw_stock (sku_id bigint PRIMARY KEY REFERENCES raw_sku(id), on_hand bigint NOT NULL,
    reserved bigint NOT NULL DEFAULT 0, CHECK (reserved <= on_hand));
CREATE TABLE raw_order (id {serial}, order_no text NOT NULL UNIQUE, shop_id bigint NOT NULL, status text NOT NULL,
    buyer text NOT NULL, phone text NOT NULL, address text NOT NULL, amount bigint NOT NULL, placed_at text NOT NULL);
CREATE INDEX raw_order_status ON raw_order (status, id DESC);
CREATE INDEX raw_order_phone ON raw_order (phone);
CREATE INDEX raw_order_shop ON raw_order (shop_id, id DESC);
CREATE INDEX raw_order_placed ON raw_order (placed_at);
CREATE TABLE raw_line (id {serial}, order_id bigint NOT NULL REFERENCES raw_order(id),
    sku_id bigint NOT NULL REFERENCES raw_sku(id), quantity bigint NOT NULL, price bigint NOT NULL);
CREATE INDEX raw_line_order ON raw_line (order_id);
CREATE TABLE raw_ledger (id {serial}, sku_id bigint NOT NULL REFERENCES raw_sku(id),
    order_id bigint NOT NULL REFERENCES raw_order(id), delta bigint NOT NULL);
CREATE INDEX raw_ledger_sku ON raw_ledger (sku_id, id);
CREATE TABLE raw_event (id {serial}, kind text NOT NULL, payload text NOT NULL);
"""


class RawOrders:
    """Orders as plain tuples, numbered from where the last batch ended."""

    def __init__(self) -> None:
        self.next = 1
        self.dice = random.Random(7)

    def batch(self, size: int) -> tuple[list[tuple[Any, ...]], list[tuple[int, int, int, int]]]:
        """(orders, lines): an order (id, no, shop, status, buyer, phone, address, amount, placed), a line (order, sku, quantity, price)."""
        first = self.next
        self.next += size
        orders = [
            (i, f"R{i:012d}", i % 6 + 1, "waiting", "王*婷", f"186{i:08d}", "上海市浦东新区张江镇3号楼", 23600, "2026-11-22T08:32:00")
            for i in range(first, first + size)
        ]
        lines = [(order[0], self.dice.randrange(1, SKUS + 1), 1, 5800) for order in orders for _ in range(2)]
        return orders, lines


class Sqlite:
    """stdlib sqlite3, WAL, synchronous=FULL as in the product, BEGIN IMMEDIATE, executemany."""

    def __init__(self, path: str) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-65536", "mmap_size=268435456",
                       "wal_autocheckpoint=4000"):  # fmt: skip
            self.connection.execute(f"PRAGMA {pragma}")
        self.connection.executescript(TABLES.format(serial="integer PRIMARY KEY"))
        self.connection.execute("BEGIN IMMEDIATE")
        self.connection.executemany("INSERT INTO raw_sku VALUES (?, ?)", [(i, f"S{i}") for i in range(1, SKUS + 1)])
        self.connection.executemany("INSERT INTO raw_stock VALUES (?, 100000000, 0)", [(i,) for i in range(1, SKUS + 1)])
        self.connection.execute("COMMIT")
        self.pid = 0

    def save(self, orders: Sequence[tuple[Any, ...]], lines: Sequence[tuple[int, int, int, int]]) -> None:
        run = self.connection
        run.execute("BEGIN IMMEDIATE")
        run.executemany("INSERT INTO raw_order VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING", orders)
        run.executemany("INSERT INTO raw_line (order_id, sku_id, quantity, price) VALUES (?,?,?,?)", lines)
        demand = Counter(sku for _order, sku, _quantity, _price in lines)
        run.executemany(
            "UPDATE raw_stock SET reserved = reserved + ?1 WHERE sku_id = ?2 AND on_hand - reserved >= ?1",
            [(n, sku) for sku, n in demand.items()],
        )
        run.executemany(
            "INSERT INTO raw_ledger (sku_id, order_id, delta) VALUES (?,?,?)", [(sku, order, 1) for order, sku, _q, _p in lines]
        )
        run.executemany("INSERT INTO raw_event (kind, payload) VALUES ('placed', ?)", [(json.dumps({"id": order[0]}),) for order in orders])
        run.execute("COMMIT")

    save_one = save


class Postgres:
    """psycopg 3: INSERT … SELECT unnest() and one set-based stock UPDATE a batch; one CTE statement for a single order."""

    def __init__(self, dsn: str) -> None:
        self.connection = psycopg.connect(dsn)
        self.pid = self.connection.info.backend_pid
        with self.connection.transaction():
            for statement in TABLES.format(serial="bigserial PRIMARY KEY").split(";\n"):
                if statement.strip():
                    self.connection.execute(statement)  # type: ignore[arg-type]  # our own text
            self.connection.execute("INSERT INTO raw_sku SELECT i, 'S' || i FROM generate_series(1, %s) i", [SKUS])
            self.connection.execute("INSERT INTO raw_stock SELECT i, 100000000, 0 FROM generate_series(1, %s) i", [SKUS])
        self.connection.autocommit = True
        self.connection.execute("ANALYZE raw_sku, raw_stock")
        self.connection.autocommit = False

    def save(self, orders: Sequence[tuple[Any, ...]], lines: Sequence[tuple[int, int, int, int]]) -> None:
        with self.connection.transaction():
            run = self.connection.execute
            run(
                "INSERT INTO raw_order SELECT * FROM unnest("
                "%s::bigint[],%s::text[],%s::bigint[],%s::text[],%s::text[],%s::text[],%s::text[],"
                "%s::bigint[],%s::text[]) ON CONFLICT DO NOTHING",
                [list(column) for column in zip(*orders, strict=True)],
            )
            order_ids, skus, quantities, prices = ([*column] for column in zip(*lines, strict=True))
            run(
                "INSERT INTO raw_line (order_id, sku_id, quantity, price) SELECT * FROM unnest("
                "%s::bigint[],%s::bigint[],%s::bigint[],%s::bigint[])",
                [order_ids, skus, quantities, prices],
            )
            demand = Counter(skus)
            keys = sorted(demand)
            run("SELECT sku_id FROM raw_stock WHERE sku_id = ANY(%s) ORDER BY sku_id FOR UPDATE", [keys])
            run(
                "UPDATE raw_stock s SET reserved = reserved + d.n FROM unnest(%s::bigint[],%s::bigint[]) AS d(sku, n)"
                " WHERE s.sku_id = d.sku AND s.on_hand - s.reserved >= d.n",
                [keys, [demand[key] for key in keys]],
            )
            run("INSERT INTO raw_ledger (sku_id, order_id, delta) SELECT *, 1 FROM unnest(%s::bigint[],%s::bigint[])", [skus, order_ids])
            payloads = [json.dumps({"id": order[0]}) for order in orders]
            run("INSERT INTO raw_event (kind, payload) SELECT 'placed', * FROM unnest(%s::text[])", [payloads])

    def save_one(self, orders: Sequence[tuple[Any, ...]], lines: Sequence[tuple[int, int, int, int]]) -> None:
        """The whole order in one statement."""
        with self.connection.transaction():
            self.connection.execute(
                "WITH o AS (INSERT INTO raw_order VALUES (%s,%s,%s,%s,%s,%s,%s,%s,%s) RETURNING id),"
                " l AS (INSERT INTO raw_line (order_id, sku_id, quantity, price) SELECT o.id, v.sku, v.q, v.p FROM o,"
                " (VALUES (%s::bigint,%s::bigint,%s::bigint),(%s::bigint,%s::bigint,%s::bigint))"
                " AS v(sku, q, p) RETURNING order_id, sku_id),"
                " g AS (INSERT INTO raw_ledger (sku_id, order_id, delta) SELECT sku_id, order_id, 1 FROM l),"
                " e AS (INSERT INTO raw_event (kind, payload) SELECT 'placed', id::text FROM o)"
                " UPDATE raw_stock s SET reserved = reserved + d.n FROM"
                " (SELECT sku_id, count(*) n FROM (VALUES (%s::bigint),(%s::bigint)) AS w(sku_id)"
                " GROUP BY sku_id) d WHERE s.sku_id = d.sku_id AND s.on_hand - s.reserved >= d.n",
                [*orders[0], *lines[0][1:], *lines[1][1:], lines[0][1], lines[1][1]],
            )
