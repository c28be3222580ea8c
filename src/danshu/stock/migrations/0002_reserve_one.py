"""The usual lock in one call, inside PostgreSQL: `operations/reserve_one.py` says what it does and why. SQLite has its statements there."""

from django.db import migrations

# None when the demand takes the long way: then nothing is left written. All that does not need the balance's numbers comes before its row
# is locked, for others wait for that lock. What is chosen may be gone by then: the UPDATE asks again. The fact is written if its kind is
# given. Who is alone in his transaction queues before the row: who queues at a row waits twice, for his turn and for its writer, and then
# has the row looked up again.
LOCK = """
CREATE FUNCTION stock_reserve_one(
    want bigint, pieces bigint, home bigint, area text, owner bigint, demand bigint, label text, kind text, expires timestamptz,
    at timestamptz, actor bigint, actor_name text, fact text, payload jsonb, is_alone boolean
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    chosen bigint;
    house bigint;
    has bigint;
    holds bigint;
    held bigint;
    told bigint;
BEGIN
    SELECT b.id, b.warehouse_id INTO chosen, house FROM stock_balance b JOIN stock_warehouse w ON w.id = b.warehouse_id
    WHERE b.sku_id = want AND w.is_active
      AND b.on_hand - b.locked - b.buffer >= CASE WHEN w.is_emptied_first THEN 1 ELSE pieces END
      AND NOT EXISTS (SELECT 1 FROM catalogue_bundlepart p WHERE p.bundle_id = want)
      AND NOT EXISTS (SELECT 1 FROM stock_reservation r WHERE r.demand_id = demand AND r.state = 'held')
      AND NOT EXISTS (SELECT 1 FROM stock_promise p WHERE p.demand_id = demand AND p.state = 'open')
    ORDER BY CASE WHEN b.warehouse_id = home THEN 0 ELSE 1 END, CASE WHEN w.regions LIKE area THEN 0 ELSE 1 END,
      w.priority, b.warehouse_id LIMIT 1;
    IF chosen IS NULL THEN
        RETURN NULL;
    END IF;
    INSERT INTO stock_reservation (owner_id, demand_id, label, sku_id, warehouse_id, quantity, kind, state, expires_at, created_at)
    VALUES (owner, demand, label, want, house, pieces, kind, 'held', expires, at) RETURNING id INTO held;
    IF fact IS NOT NULL THEN
        INSERT INTO core_event (kind, payload, at) VALUES (fact, payload, at) RETURNING id INTO told;
    END IF;
    IF is_alone THEN
        PERFORM pg_advisory_xact_lock('stock_balance'::regclass::oid::integer, mod(chosen, 2147483647)::integer);
    END IF;
    UPDATE stock_balance b SET locked = b.locked + pieces WHERE b.id = chosen AND b.on_hand - b.locked - b.buffer >= pieces
    RETURNING b.on_hand, b.locked INTO has, holds;
    IF NOT FOUND THEN
        DELETE FROM stock_reservation WHERE id = held;
        DELETE FROM core_event WHERE id = told;
        RETURN NULL;
    END IF;
    INSERT INTO stock_ledgerentry (at, sku_id, warehouse_id, kind, on_hand_delta, locked_delta, defective_delta, on_hand_after,
        locked_after, reason, cause_kind, cause_id, cause_label, actor_id, actor_name)
    VALUES (at, want, house, 'lock', 0, pieces, 0, has, holds, '', 'order', owner, label, actor, actor_name);
    RETURN house;
END $$
"""
# Row locks end when the transaction commits, and the commit need not wait for the disk: the next one gets the lock meanwhile. The caller
# does wait: the mark in the log is on disk only after all that was committed before it, and all who wait share one write.
ALONE = """
CREATE PROCEDURE stock_reserve_one_alone(
    want bigint, pieces bigint, home bigint, area text, owner bigint, demand bigint, label text, kind text, expires timestamptz,
    at timestamptz, actor bigint, actor_name text, fact text, payload jsonb, INOUT house bigint
) LANGUAGE plpgsql AS $$
DECLARE
    mark text;
BEGIN
    mark := set_config('synchronous_commit', 'off', true);
    house := stock_reserve_one(want, pieces, home, area, owner, demand, label, kind, expires, at, actor, actor_name, fact, payload, true);
    COMMIT;
    IF house IS NOT NULL THEN
        mark := pg_logical_emit_message(true, 'danshu', '');
    END IF;
END $$
"""


def make(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(LOCK)
        schema_editor.execute(ALONE)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP PROCEDURE stock_reserve_one_alone")
        schema_editor.execute("DROP FUNCTION stock_reserve_one")


class Migration(migrations.Migration):
    dependencies = [("stock", "0001_initial"), ("core", "0001_initial")]
    operations = [migrations.RunPython(make, drop)]
