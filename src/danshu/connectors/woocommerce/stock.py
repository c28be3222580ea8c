"""Stock: whole numbers, many products or many variations of one product in a call, each with its own answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from danshu.channels import bodies
from danshu.channels.connecting import ListingKey, PushResult, Refusal, ShownStock, StockUpdate
from danshu.channels.connector_errors import BadPayload, ConnectorError, CredentialsExpired, RateLimited
from danshu.connectors.woocommerce import pages
from danshu.connectors.woocommerce.client import Client, NoSuch, row_error, unreadable


def push(client: Client, updates: Sequence[StockUpdate]) -> list[PushResult]:
    """The answer shows each thing as it is now: a number is taken for said when it shows there. One product's trouble is its own."""
    results: dict[ListingKey, PushResult] = {}
    said: dict[str, dict[str, StockUpdate]] = {}
    for update in updates:
        if not _is_known(update.key):
            results[update.key] = PushResult(
                update.key, Refusal.UNKNOWN_ITEM, _("「%(no)s」不是 WooCommerce 的商品号。") % {"no": update.key.item_id}
            )
        elif update.quantity < 0:
            results[update.key] = PushResult(update.key, Refusal.REJECTED, _("库存不能是负数。"))
        else:
            said.setdefault(_group(update.key), {})[_no(update.key)] = update
    failed: list[ConnectorError] = []
    for group, wanted in said.items():
        try:
            results |= _say(client, group, wanted)
        except (CredentialsExpired, RateLimited):
            raise
        except ConnectorError as error:
            failed.append(error)
            results |= {update.key: _refused(update.key, error) for update in wanted.values()}
    if failed and len(failed) == len(said) and not isinstance(failed[0], NoSuch):
        raise failed[0]
    return [results[update.key] for update in updates]


def _say(client: Client, group: str, wanted: dict[str, StockUpdate]) -> dict[ListingKey, PushResult]:
    rows = [{"id": int(no), "manage_stock": True, "stock_quantity": update.quantity} for no, update in wanted.items()]
    path = f"{group}/batch"
    answer = client.post(path, {"update": rows}, idempotent=True).get("update")
    if not isinstance(answer, list) or not all(isinstance(row, dict) for row in answer):
        raise unreadable(path)
    found = {str(row.get("id")): row for row in answer}
    return {update.key: _result(update, found.get(no)) for no, update in wanted.items()}


def _result(update: StockUpdate, row: dict[str, Any] | None) -> PushResult:
    if row is None:
        return PushResult(update.key, Refusal.TEMPORARY, _("网站没有说这个商品的库存改成了没有。稍后会再试。"))
    if "error" in row:
        is_unknown, is_passing, message = row_error(row["error"])
        refusal = Refusal.UNKNOWN_ITEM if is_unknown else Refusal.TEMPORARY if is_passing else Refusal.REJECTED
        return PushResult(update.key, refusal, message)
    shown = _quantity(row)
    if shown != update.quantity:
        text = _("网站收下了库存，显示的却是 %(shown)s。可能有别的插件在管库存，请检查。")
        return PushResult(update.key, Refusal.REJECTED, text % {"shown": _("不限") if shown is None else shown})
    return PushResult(update.key)


def _refused(key: ListingKey, error: ConnectorError) -> PushResult:
    refusal = Refusal.UNKNOWN_ITEM if isinstance(error, NoSuch) else Refusal.TEMPORARY if error.is_passing else Refusal.REJECTED
    return PushResult(key, refusal, error.message)


def read(client: Client, keys: Sequence[ListingKey]) -> list[ShownStock]:
    wanted: dict[str, list[str]] = {}
    for key in keys:
        if _is_known(key):
            wanted.setdefault(_group(key), []).append(_no(key))
    shown: dict[tuple[str, str], int | None] = {}
    for group, numbers in wanted.items():
        try:
            shown |= {(group, no): quantity for no, quantity in _shown(client, group, set(numbers)).items()}
        except NoSuch:
            continue
    return [ShownStock(key, shown.get((_group(key), _no(key)))) for key in keys]


def _shown(client: Client, group: str, numbers: set[str]) -> dict[str, int | None]:
    """Asked for by id; a site that shows others too is read until these are there."""
    found: dict[str, int | None] = {}
    page = 0
    while True:
        page += 1
        asked = {"include": ",".join(sorted(numbers)), "per_page": 100, "page": page, "orderby": "id", "order": "asc"}
        rows, headers = client.rows(group, asked)
        found |= {str(row.get("id")): _quantity(row) for row in rows if str(row.get("id")) in numbers}
        if numbers <= set(found) or page >= pages.count(headers, "x-wp-totalpages"):
            return found


def _quantity(row: dict[str, Any]) -> int | None:
    """None where the site does not count the thing (`manage_stock` false): it shows no number. "parent" counts with its product."""
    if not row.get("manage_stock") or row.get("stock_quantity") is None:
        return None
    try:
        return bodies.number(row, "stock_quantity")
    except BadPayload:
        raise unreadable("stock_quantity") from None


def _group(key: ListingKey) -> str:
    return f"/products/{key.item_id}/variations" if key.sku_id else "/products"


def _no(key: ListingKey) -> str:
    return key.sku_id or key.item_id


def _is_known(key: ListingKey) -> bool:
    return all(no.isascii() and no.isdigit() for no in (key.item_id, _no(key)))
