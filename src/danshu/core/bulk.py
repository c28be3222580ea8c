"""Writing many rows of the hot tables at once. The ORM's `bulk_create` costs 4 to 17 times the raw statement; this costs about 1.

Rows are sequences aligned with `columns` (field names, `sku` or `sku_id`), values as a model would hold them: moments aware (or
`clock.written`), JSON as plain values, sealed text as bytes. PostgreSQL gets one `INSERT … SELECT FROM unnest(…)`, SQLite and a handful of
rows multi-row `VALUES`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeAlias

from django.core.serializers.json import DjangoJSONEncoder
from django.db import DataError, connection, models

from danshu.core import clock, database, planner

Column: TypeAlias = "models.Field[Any, Any]"
Rows = Sequence[Sequence[Any]]
SQLITE_VARIABLES = 30_000  # the linked library takes 32,766 or more in a statement
FEW = 4  # rows that PostgreSQL takes quicker as `VALUES`: it opens no arrays for them
SQLITE_ROWS = 50  # in one statement, which then begins and ends once for all of them: twice as quick as one by one
PLAIN = {  # fields whose values the drivers take as they are; looked up by exact type, subclasses may think otherwise
    models.AutoField, models.BigAutoField, models.IntegerField, models.BigIntegerField, models.SmallIntegerField,
    models.PositiveIntegerField, models.PositiveSmallIntegerField, models.PositiveBigIntegerField,
    models.CharField, models.TextField, models.URLField, models.EmailField, models.SlugField, models.BooleanField,
}  # fmt: skip


def insert(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Rows,
    *,
    conflict: Sequence[str] | None = None,
    update: Sequence[str] = (),
    returning: Sequence[str] = (),
) -> list[tuple[Any, ...]]:
    """Insert the rows, part of the caller's transaction, and return the `returning` columns of the rows that were written.

    Every column without a database default must be named: model defaults are not filled in. `conflict` names the unique columns
    whose duplicates are skipped (`()` = any unique constraint), or with `update` overwritten in those columns. Rows come back in no
    promised order, and skipped ones do not: return a key with them. An IntegrityError of any other kind refuses the whole batch.
    """
    if not rows:
        return []
    names = tuple(columns)
    tail = _tail(model, None if conflict is None else tuple(conflict), tuple(update), tuple(returning))
    if database.ON_POSTGRES:
        found = _insert_on_postgres(model, names, rows, tail, returning=bool(returning))
        planner.wrote(model._meta.db_table, len(rows))  # noqa: SLF001 - Django's public meta API
    else:
        numbered = _places(model, names, tuple(returning)) if conflict is None else ()
        found = _insert_on_sqlite(model, names, rows, tail, returning=bool(returning), numbered=numbered)
    return _converted(model, tuple(returning), found) if found else []


def update(
    model: type[models.Model],
    keys: Sequence[str],
    columns: Sequence[str],
    rows: Rows,
    *,
    add: Sequence[str] = (),
    lock: bool = True,
) -> int:
    """Set `columns` of the rows found by `keys` and return how many rows changed. Each row holds the key values, then the column values.

    Columns named in `add` are increased by the value instead of set to it (those not in `columns` follow after them in each row). Keys
    must be unique within `rows`. On PostgreSQL the rows are locked in primary-key order first, so two batches cannot deadlock; pass
    `lock=False` when the caller holds the locks.
    """
    if not rows:
        return 0
    names = (*keys, *columns, *(name for name in add if name not in columns))
    with database.joined():
        if database.ON_POSTGRES:
            return _update_on_postgres(model, names, len(keys), {*add}, rows, lock=lock and len(rows) > 1)
        return _update_on_sqlite(model, names, len(keys), {*add}, rows)


@lru_cache(maxsize=4096)
def _fields(model: type[models.Model], names: tuple[str, ...]) -> tuple[Column, ...]:
    return tuple(_field(model, name) for name in names)


def _field(model: type[models.Model], name: str) -> Column:
    for field in model._meta.concrete_fields:  # noqa: SLF001 - Django's public meta API
        if name in {field.name, field.attname} or (name == "pk" and field.primary_key):
            return field
    raise LookupError(f"{model.__name__} has no column {name}.")


def _table(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)  # noqa: SLF001 - Django's public meta API


def _quoted(field: Column) -> str:
    return connection.ops.quote_name(str(field.column))


def _names(fields: Iterable[Column]) -> str:
    return ", ".join(map(_quoted, fields))


@lru_cache(maxsize=4096)
def _tail(model: type[models.Model], conflict: tuple[str, ...] | None, update: tuple[str, ...], returning: tuple[str, ...]) -> str:
    """What follows the values: ON CONFLICT and RETURNING."""
    tail = f" RETURNING {_names(_fields(model, returning))}" if returning else ""
    if conflict is None:
        return tail
    target = f" ({_names(_fields(model, conflict))})" if conflict else ""
    if not update:
        return f" ON CONFLICT{target} DO NOTHING{tail}"
    sets = ", ".join(f"{q} = EXCLUDED.{q}" for q in map(_quoted, _fields(model, update)))
    return f" ON CONFLICT{target} DO UPDATE SET {sets}{tail}"


@lru_cache(maxsize=4096)
def _openers(model: type[models.Model], returning: tuple[str, ...]) -> tuple[tuple[int, Any, list[Any]], ...]:
    """(place, column, converters) of the columns that do not come as the ORM would give them."""
    cols = [field.get_col(model._meta.db_table) for field in _fields(model, returning)]  # noqa: SLF001 - Django's public meta API
    chains = [(place, col, [*connection.ops.get_db_converters(col), *col.get_db_converters(connection)]) for place, col in enumerate(cols)]
    return tuple(each for each in chains if each[2])


def _converted(model: type[models.Model], returning: tuple[str, ...], rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows as the ORM would give them: moments aware, JSON opened."""
    openers = _openers(model, returning)
    if not openers:
        return rows
    opened = []
    for row in rows:
        values = list(row)
        for place, col, chain in openers:
            for convert in chain:
                values[place] = convert(values[place], col, connection)
        opened.append(tuple(values))
    return opened


# --- values ---------------------------------------------------------------------------------------------------------------


_dumps = DjangoJSONEncoder(ensure_ascii=False).encode


def _sqlite_moment(value: Any) -> Any:
    """As Django writes it: UTC without a zone. A moment without one is refused there too."""
    if type(value) is datetime and value.tzinfo is not None:
        return clock.written(value)
    if type(value) is str:
        return value
    return connection.ops.adapt_datetimefield_value(value)


_WRITTEN = {str, type(None)}


def _sqlite_moments(values: list[Any]) -> list[Any]:
    """One moment, the same object, often stands in every row: it is written out once. Some come written (`clock.written`)."""
    if set(map(type, values)) <= _WRITTEN:
        return values
    written: dict[int, Any] = {id(None): None}
    for value in values:
        if id(value) not in written:
            written[id(value)] = _sqlite_moment(value)
    return [written[id(value)] for value in values]


def _converter(field: Column) -> Callable[[Any], Any] | None:
    """How a value of the field becomes what the driver takes; None where it is that already."""
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    if isinstance(target, models.JSONField):
        encoder = target.encoder
        return encoder(ensure_ascii=False).encode if encoder else _dumps
    if isinstance(target, models.FloatField):
        return float  # unnest takes no list that mixes whole numbers and fractions
    if type(target) in PLAIN:
        return None
    if type(target) is models.DateTimeField:
        return None if database.ON_POSTGRES else _sqlite_moment
    if type(target) is models.BinaryField:
        return None  # both drivers take bytes
    return lambda value: target.get_db_prep_save(value, connection)


@lru_cache(maxsize=4096)
def _converters(model: type[models.Model], names: tuple[str, ...]) -> tuple[tuple[int, Callable[[Any], Any]], ...]:
    """(place, converter) of the columns that have one."""
    converters = enumerate(map(_converter, _fields(model, names)))
    return tuple((place, convert) for place, convert in converters if convert is not None)


def _prepared(model: type[models.Model], names: tuple[str, ...], rows: Rows) -> list[list[Any]]:
    """The values column by column."""
    columns: list[list[Any]] = [list(values) for values in zip(*rows, strict=True)]
    if len(columns) != len(names):
        raise ValueError(f"Rows hold {len(columns)} values, but {len(names)} columns are named.")
    for place, convert in _converters(model, names):
        if convert is _sqlite_moment:
            columns[place] = _sqlite_moments(columns[place])
        else:
            columns[place] = [None if value is None else convert(value) for value in columns[place]]
    return columns


_to_escape = re.compile(r'["\\\\]')


def array_text(values: Sequence[Any]) -> str:
    """The text of a PostgreSQL array. The driver writes one element after the other, with a search and a replacement for each; texts
    with nothing to escape, nearly all of them, only need joining."""
    kinds = set(map(type, values))
    if kinds <= _BARE:
        return "{" + ",".join(map(str, values)) + "}"
    if kinds <= _NULLABLE:
        return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"
    texts = [None if value is None else _text(value) for value in values]
    if _to_escape.search("".join([text for text in texts if text])):
        texts = [text and _to_escape.sub(r"\\\g<0>", text) for text in texts]
    if None in texts:
        return "{" + ",".join(["NULL" if text is None else f'"{text}"' for text in texts]) + "}"
    return '{"' + '","'.join(texts) + '"}'  # type: ignore[arg-type]  # no None among them


_BARE = {int, float, bool, Decimal}
_NULLABLE = {*_BARE, type(None)}


def _text(value: Any) -> str:
    if isinstance(value, bytes | memoryview):
        return "\\x" + value.hex()
    if "\0" in (text := str(value)):
        raise DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    return text


# --- PostgreSQL -----------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def _array(field: Column) -> tuple[str, str]:
    """The array type that carries the column, and what makes one element of it the column's type. A cast to `varchar(40)` would cut
    long text off silently, so lengths are left to the column itself."""
    db_type = str(field.db_type(connection)).split("(", maxsplit=1)[0]
    return ("text[]", "::jsonb") if db_type == "jsonb" else (f"{db_type}[]", "")


def _source(fields: Sequence[Column]) -> tuple[str, str]:
    """(select list, FROM clause) of the values as a relation `v(c0, c1, …)`."""
    arrays = [_array(field) for field in fields]
    chosen = ", ".join(f"v.c{place}{cast}" for place, (_type, cast) in enumerate(arrays))
    names = ", ".join(f"c{place}" for place in range(len(arrays)))
    return chosen, f"unnest({', '.join(f'%s::{kind}' for kind, _cast in arrays)}) AS v({names})"


@lru_cache(maxsize=4096)
def _unnest_text(model: type[models.Model], names: tuple[str, ...]) -> str:
    fields = _fields(model, names)
    chosen, source = _source(fields)
    return f"INSERT INTO {_table(model)} ({_names(fields)}) SELECT {chosen} FROM {source}"  # noqa: S608 - names come from models


@lru_cache(maxsize=4096)
def _values_text(model: type[models.Model], names: tuple[str, ...], count: int, mark: str) -> str:
    marks = f"({', '.join([mark] * len(names))})"
    return f"INSERT INTO {_table(model)} ({_names(_fields(model, names))}) VALUES {', '.join([marks] * count)}"  # noqa: S608 - as above


def _insert_on_postgres(
    model: type[models.Model], names: tuple[str, ...], rows: Rows, tail: str, *, returning: bool
) -> list[tuple[Any, ...]]:
    columns = _prepared(model, names, rows)
    if len(rows) <= FEW:
        sql = _values_text(model, names, len(rows), "%s")
        params = [_literal(value) for row in zip(*columns, strict=True) for value in row]
    else:
        sql, params = _unnest_text(model, names), [*map(array_text, columns)]
    with database.cursor() as cursor:
        cursor.execute(sql + tail, params)
        return cursor.fetchall() if returning else []


def _literal(value: Any) -> str | None:
    """As text, whose type the column says: the driver would choose types by the size of a number, and so make many statements of one."""
    return None if value is None else _text(value)


def _update_on_postgres(
    model: type[models.Model], names: tuple[str, ...], keys: int, added: set[str], rows: Rows, *, lock: bool
) -> int:
    fields = _fields(model, names)
    columns = [*map(array_text, _prepared(model, names, rows))]
    _chosen, source = _source(fields)
    match = " AND ".join(f"t.{_quoted(field)} = v.c{place}" for place, field in enumerate(fields[:keys]))
    sets = []
    for place, field in enumerate(fields[keys:], start=keys):
        value = f"v.c{place}{_array(field)[1]}"
        name = _quoted(field)
        sets.append(f"{name} = t.{name} + {value}" if names[place] in added else f"{name} = {value}")
    table = _table(model)
    with database.cursor() as cursor:
        if lock:
            _locked_chosen, key_source = _source(fields[:keys])
            pk = _quoted(_field(model, "pk"))
            cursor.execute(
                f"SELECT 1 FROM {table} AS t JOIN {key_source} ON {match} ORDER BY t.{pk} FOR UPDATE OF t",  # noqa: S608 - as above
                columns[:keys],
            )
        cursor.execute(f"UPDATE {table} AS t SET {', '.join(sets)} FROM {source} WHERE {match}", columns)  # noqa: S608 - as above
        return int(cursor.rowcount)


# --- SQLite ---------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def _places(model: type[models.Model], names: tuple[str, ...], returning: tuple[str, ...]) -> tuple[int, ...]:
    """Where to find the `returning` columns among the values of each row, the new id at -1; nothing when the database has to say."""
    fields, wanted = _fields(model, names), _fields(model, returning)
    pk = _field(model, "pk")
    if not isinstance(pk, models.AutoField | models.BigAutoField) or pk in fields or not {*wanted} <= {*fields, pk}:
        return ()
    return tuple(-1 if field is pk else fields.index(field) for field in wanted)


def _numbered(prepared: list[list[Any]], places: tuple[int, ...]) -> list[tuple[Any, ...]]:
    """The rows just written, with their ids: nobody else writes meanwhile, so `AUTOINCREMENT` gave them one after the other. `RETURNING`
    would take a statement with a mark for each value of all rows."""
    (last,) = connection.connection.execute("SELECT last_insert_rowid()").fetchone()  # of the connection itself: no table is asked
    ids = list(range(last - len(prepared[0]) + 1, last + 1))
    return list(zip(*[ids if place < 0 else prepared[place] for place in places], strict=True))


def _insert_on_sqlite(
    model: type[models.Model], names: tuple[str, ...], rows: Rows, tail: str, *, returning: bool, numbered: tuple[int, ...]
) -> list[tuple[Any, ...]]:
    prepared = _prepared(model, names, rows)
    values = list(zip(*prepared, strict=True))
    with database.joined(), connection.cursor() as cursor:
        if not returning:
            _write(cursor, model, names, values, tail)
            return []
        if numbered:
            _write(cursor, model, names, values, "")
            return _numbered(prepared, numbered)
        step = max(SQLITE_VARIABLES // len(names), 1)
        found: list[tuple[Any, ...]] = []
        for start in range(0, len(values), step):
            part = values[start : start + step]
            cursor.execute(_values_text(model, names, len(part), "%s") + tail, [*itertools.chain.from_iterable(part)])
            found += cursor.fetchall()
        return found


def _write(cursor: Any, model: type[models.Model], names: tuple[str, ...], values: list[tuple[Any, ...]], tail: str) -> None:
    """Stretches of `SQLITE_ROWS` rows as one statement each, then what is left row by row. The marks are the driver's own: thousands of
    Django's would have to be replaced each time."""
    whole = len(values) - len(values) % SQLITE_ROWS
    if whole:
        stretches = [tuple(itertools.chain.from_iterable(values[at : at + SQLITE_ROWS])) for at in range(0, whole, SQLITE_ROWS)]
        cursor.executemany(_values_text(model, names, SQLITE_ROWS, "?") + tail, stretches)
    if whole < len(values):
        cursor.executemany(_values_text(model, names, 1, "?") + tail, values[whole:])


def _update_on_sqlite(model: type[models.Model], names: tuple[str, ...], keys: int, added: set[str], rows: Rows) -> int:
    quoted = [*map(_quoted, _fields(model, names))]
    sets = ", ".join(f"{q} = {q} + %s" if name in added else f"{q} = %s" for name, q in zip(names[keys:], quoted[keys:], strict=True))
    match = " AND ".join(f"{q} = %s" for q in quoted[:keys])
    columns = _prepared(model, names, rows)
    values = list(zip(*columns[keys:], *columns[:keys], strict=True))
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {_table(model)} SET {sets} WHERE {match}", values)  # noqa: S608 - names come from models
        return int(cursor.rowcount)
