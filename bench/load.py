"""Fill a migrated database with orders as fast as it takes them: one `INSERT … SELECT` per table and step, computed by the database.

Of 100 orders 6 wait, 2 are printed, 2 are cancelled, the rest left; one in 200 has exceptions, shares its receiver with the next, or asks
for a refund. Each has 2 lines, each that left a parcel. Rows are believable to an index and to a page, not to `danshu check`.
"""

from __future__ import annotations

import argparse
import time

from django.db import connection, transaction

STEP = 100_000
SHOPS, SKUS = 6, 1000
PHONE = "18612342290"
FIRST = 1_200_000  # the order of this number is placed now, each before it 20 seconds earlier


def fill_to(size: int) -> None:
    """Grow the tables to `size` orders; what is there stays."""
    shop_ids, warehouse_id, sku_ids = _ground()
    have = _one("SELECT count(*) FROM orders_order WHERE batch_id IS NULL AND digest = 'bench'")
    for start in range(have, size, STEP):
        with transaction.atomic():
            _step(start + 1, min(start + STEP, size), shop_ids, warehouse_id, sku_ids)
    if have < size:
        _finish()


def search_words() -> dict[str, str]:
    """One order by each of its names."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.no, o.platform_no, o.phone_tail, p.waybill_no FROM orders_order o JOIN fulfilment_parcel p ON p.order_id = o.id"
            " WHERE o.digest = 'bench' ORDER BY o.id LIMIT 1 "
        )
        no, platform_no, tail, waybill = cursor.fetchone()
    return {"no": no, "platform_no": platform_no, "tail": tail, "phone": PHONE, "waybill": waybill}


def _ground() -> tuple[list[int], int, list[int]]:
    """Shops, a warehouse and SKUs to hang orders on."""
    from danshu.catalogue.models import Sku  # noqa: PLC0415 -- needs a set-up Django
    from danshu.channels.models import Shop  # noqa: PLC0415 -- as above
    from danshu.core import clock  # noqa: PLC0415 -- as above
    from danshu.stock.models import Warehouse  # noqa: PLC0415 -- as above

    now = clock.now()
    shops = [Shop.objects.get_or_create(name=f"load {i}", defaults={"platform": "taobao", "created_at": now})[0].pk for i in range(SHOPS)]
    warehouse = Warehouse.objects.get_or_create(name="load")[0].pk
    known = set(Sku.objects.filter(code__startswith="LOAD-").values_list("code", flat=True))
    fresh = [f"LOAD-{i:04d}" for i in range(SKUS) if f"LOAD-{i:04d}" not in known]
    Sku.objects.bulk_create([Sku(code=c, loose_code=c.replace("-", ""), name=c, created_at=now, updated_at=now) for c in fresh])
    return shops, warehouse, list(Sku.objects.filter(code__startswith="LOAD-").order_by("id").values_list("pk", flat=True))


def _step(first: int, last: int, shop_ids: list[int], warehouse_id: int, sku_ids: list[int]) -> None:
    pg = connection.vendor == "postgresql"
    series = f"generate_series({first}, {last}) AS s(n)" if pg else "s"
    head = "" if pg else f"WITH RECURSIVE s(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM s WHERE n < {last}) "
    values = _order(int(time.time()), min(shop_ids), len(shop_ids), warehouse_id, pg=pg)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO orders_order ({', '.join(values)}) {head}SELECT {', '.join(values.values())} FROM {series}")
        base = _one("SELECT max(id) FROM orders_order") - last  # ids were given in the order of n
        lines = _line(min(sku_ids), len(sku_ids), base)
        both = f"{series} CROSS JOIN (SELECT 0 AS i UNION ALL SELECT 1) AS l"
        cursor.execute(f"INSERT INTO orders_orderline ({', '.join(lines)}) {head}SELECT {', '.join(lines.values())} FROM {both}")
        parcels = _parcel(int(time.time()), base, pg=pg)
        chosen = f"{head}SELECT {', '.join(parcels.values())} FROM {series} WHERE n % 100 >= 10"
        cursor.execute(f"INSERT INTO fulfilment_parcel ({', '.join(parcels)}) {chosen}")


def _at(seconds: str, *, pg: bool) -> str:
    return f"to_timestamp({seconds})" if pg else f"datetime({seconds}, 'unixepoch')"


def _text(template: str, number: str, *, pg: bool, width: int) -> str:
    digits = f"lpad(({number})::text, {width}, '0')" if pg else f"printf('%0{width}d', {number})"
    before, after = template.split("#")
    return f"'{before}' || {digits} || '{after}'"


def _order(now: int, shop_id: int, shops: int, warehouse_id: int, *, pg: bool) -> dict[str, str]:
    placed = f"({now} - ({FIRST} - n) * 20)"
    left = "n % 100 >= 10"
    promised, due = _at(f"{placed} + 172800", pg=pg), _at(f"{now} + (n % 97 - 24) * 3600 + n % 3600", pg=pg)
    index = _phone_index()
    phone = f"CASE WHEN n = 12 THEN '{index}' ELSE {'md5(n::text)' if pg else _text('#', 'n', pg=pg, width=32)} END"
    person = f"CASE WHEN n % 200 = 3 THEN n - 1 ELSE n END"  # noqa: F541 -- one shape with its neighbours
    empty = dict.fromkeys(("buyer_message", "seller_memo", "flag", "district", "receiver_address", "courier_code", "status_text"), "''")
    return {
        "no": _text("25#", "n / 10000", pg=pg, width=4) + " || " + _text("-#", "n % 10000", pg=pg, width=4),
        "shop_id": f"{shop_id} + n / 10 % {shops}",
        "platform": "'taobao'",
        "platform_no": _text("LD#", "n", pg=pg, width=16),
        "source": "'file'",
        "payment": "'paid'",
        "fulfilment": "CASE WHEN n % 100 < 6 THEN 'waiting' WHEN n % 100 < 8 THEN 'printed' WHEN n % 100 < 10 THEN 'cancelled'"
        " WHEN n % 100 < 20 THEN 'shipped' ELSE 'delivered' END",
        "refund": "CASE WHEN n % 200 = 17 THEN 'requested' ELSE 'none' END",
        "issues": "CASE WHEN n % 200 = 1 THEN 2 WHEN n % 200 = 4 THEN 1 ELSE 0 END",
        "placed_at": _at(placed, pg=pg),
        "paid_at": _at(f"{placed} + 60", pg=pg),
        "ship_by": f"CASE WHEN {left} THEN {promised} ELSE {due} END",
        "shipped_at": f"CASE WHEN {left} THEN {_at(f'{placed} + 86400', pg=pg)} END",
        "printed_at": f"CASE WHEN n % 100 >= 6 THEN {_at(f'{placed} + 7200', pg=pg)} END",
        "created_at": _at(placed, pg=pg),
        "updated_at": _at(placed, pg=pg),
        "digest": "'bench'",
        "goods_fen": "5980",
        "freight_fen": "0",
        "discount_fen": "0",
        "paid_fen": "5980 + n % 5000",
        "buyer_nick": _text("tb_#", "n", pg=pg, width=8),
        "receiver_name": "'王*婷'",
        "receiver_phone": _text("186****#", "n % 10000", pg=pg, width=4),
        "province": "'浙江省'",
        "city": "'杭州市'",
        "phone_hash": phone,
        "phone_tail": _text("#", "n % 10000", pg=pg, width=4),
        "merge_hash": _text("#", person, pg=pg, width=32),
        "warehouse_id": str(warehouse_id),
        "kind_count": "2",
        "item_count": "3",
        **empty,
    }


def _line(sku_id: int, skus: int, base: int) -> dict[str, str]:
    return {
        "order_id": f"{base} + n",
        "oid": "CASE WHEN i = 0 THEN '1' ELSE '2' END",
        "sku_id": f"{sku_id} + (n * 7 + i * 13) % {skus}",
        "sku_quantity": "1 + i",
        "title": "'硅藻泥吸水地垫 家用浴室防滑'",
        "spec": "'浅灰 / 40×60'",
        "merchant_code": "''",
        "picture": "''",
        "quantity": "1 + i",
        "price_fen": "1990",
        "paid_fen": "1990 * (1 + i)",
        "refund": "'none'",
        "is_gift": "FALSE",
    }


def _parcel(now: int, base: int, *, pg: bool) -> dict[str, str]:
    at = _at(f"({now} - ({FIRST} - n) * 20) + 86400", pg=pg)
    return {
        "order_id": f"{base} + n",
        "sequence": "1",
        "courier_code": "'zto'",
        "waybill_no": _text("78#", "n", pg=pg, width=12),
        "waybill_source": "'range'",
        "warnings": "'[]'",
        "state": "'shipped'",
        "weight_g": "0",
        "print_count": "1",
        "checked_by": "''",
        "is_forced": "FALSE",
        "force_reason": "''",
        "shipped_at": at,
        "traced_at": f"CASE WHEN n % 50 <> 12 THEN {at} END",
        "created_at": at,
    }


def _phone_index() -> str:
    from danshu.orders import receiver  # noqa: PLC0415 -- needs a set-up Django

    return receiver.phone_index(PHONE)


def _finish() -> None:
    """What autovacuum does within minutes."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for table in ("orders_order", "orders_orderline", "fulfilment_parcel"):
                cursor.execute(f"VACUUM ANALYZE {table}")
        else:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _one(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.fetchone()[0] or 0)


def main() -> None:
    parser = argparse.ArgumentParser(description="Fill the configured database with orders.")
    parser.add_argument("size", type=int)
    size = parser.parse_args().size
    import django  # noqa: PLC0415 -- settings are read here, not when the module is imported

    django.setup()
    start = time.perf_counter()
    fill_to(size)
    print(f"{size} orders in {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    main()
