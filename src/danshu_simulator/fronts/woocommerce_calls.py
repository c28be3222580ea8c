"""The calls of WooCommerce's REST API v3, one function each."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from danshu_simulator import ordering, refunding
from danshu_simulator.fronts import woocommerce_bodies as bodies
from danshu_simulator.fronts.front import Call, whole_number
from danshu_simulator.things import Item, Order, OrderStatus, Refund, RefundStatus, Shop, Sku
from danshu_simulator.web import Answer, Refuse, said
from danshu_simulator.world import Impossible

LARGEST_PAGE = 100
LARGEST_BATCH = 100
STATUSES = ("pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed", "checkout-draft", "trash")
ORDER_BY = ("date", "id", "include", "title", "slug", "modified")
TIMES = {"after": "placed_ms", "before": "placed_ms", "modified_after": "updated_ms", "modified_before": "updated_ms"}


def error(status: int, code: str, message: str, **more: Any) -> Answer:
    return said({"code": code, "message": message, "data": {"status": status, **more}}, status=status)


def _invalid(name: str, why: str) -> Refuse:
    return Refuse(error(400, "rest_invalid_param", f"Invalid parameter(s): {name}", params={name: why}, details={}))


# --- lists -------------------------------------------------------------------------------------------------------------------


def _paging(call: Call) -> tuple[int, int]:
    page, size = whole_number(call.args.get("page", 1)), whole_number(call.args.get("per_page", 10))
    if page is None or page < 1:
        raise _invalid("page", "page must be greater than or equal to 1")
    if size is None or not 1 <= size <= LARGEST_PAGE:
        raise _invalid("per_page", f"per_page must be between 1 (inclusive) and {LARGEST_PAGE} (inclusive)")
    return page, size


def _listed(call: Call, rows: list[Any], page: int, size: int, body: Callable[[Any], bodies.Body]) -> Answer:
    """Totals stand in headers; a page beyond the end is an empty list."""
    pages = math.ceil(len(rows) / size)
    links = []
    for name, number in (("prev", min(page - 1, pages)), ("next", page + 1)):
        if (name == "prev" and page > 1) or (name == "next" and page < pages):
            query = urlencode({**call.request.query, "page": number})
            links.append(f'<https://shop.example{call.request.path}?{query}>; rel="{name}"')
    headers = {"X-WP-Total": str(len(rows)), "X-WP-TotalPages": str(pages)}
    return said([body(row) for row in call.page(rows, page, size)], headers=headers | ({"Link": ", ".join(links)} if links else {}))


def _bound(call: Call, name: str) -> int | None:
    """A moment of the query; without a zone it is the site's, or GMT when `dates_are_gmt` says so."""
    if not (text := str(call.args.get(name, ""))):
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise _invalid(name, "Invalid date.") from None
    is_gmt = str(call.args.get("dates_are_gmt", "")).lower() in {"1", "true"}
    # WordPress compares the text with its own column: a zone in the text is turned into the site's, whichever column is meant.
    at_ms = int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)
    shift = int(bodies.SITE_ZONE.total_seconds() * 1000)
    if at.tzinfo:
        return at_ms + shift if is_gmt else at_ms
    return at_ms if is_gmt else at_ms - shift


def list_orders(call: Call) -> Answer:
    page, size = _paging(call)
    by, direction = call.args.get("orderby", "date"), call.args.get("order", "desc")
    if by not in ORDER_BY:
        raise _invalid("orderby", f"orderby is not one of {', '.join(ORDER_BY)}.")
    if direction not in {"asc", "desc"}:
        raise _invalid("order", "order is not one of asc, and desc.")
    wanted = [value for name, value in call.request.query_pairs if name.rstrip("[]0123456789") == "status" for value in value.split(",")]
    for status in wanted:
        if status not in {"any", *STATUSES}:
            raise _invalid("status", f"status[0] is not one of any, {', '.join(STATUSES)}.")
    rows = call.orders(is_later_page=page > 1)
    for name, field in TIMES.items():
        bound = _bound(call, name)
        if bound is not None:  # strictly before and after, by whole seconds
            rows = [row for row in rows if _is_within(getattr(row, field) // 1000, bound // 1000, is_after="after" in name)]
    if wanted and "any" not in wanted:
        rows = [row for row in rows if bodies.status(row) in wanted]
    if call.args.get("include"):
        included = set(str(call.args["include"]).split(","))
        rows = [row for row in rows if row.no in included]
    moment = "updated_ms" if by == "modified" else "placed_ms"
    rows.sort(key=lambda row: (0 if by == "id" else getattr(row, moment) // 1000, int(row.no)), reverse=direction == "desc")
    return _listed(call, rows, page, size, lambda row: bodies.order(call.world, row))


def _is_within(second: int, bound: int, *, is_after: bool) -> bool:
    return second > bound if is_after else second < bound


# --- orders ------------------------------------------------------------------------------------------------------------------


def _order(call: Call, *, status: int = 404) -> Order:
    found = call.order(call.places[0])
    if not found:
        raise Refuse(error(status, "woocommerce_rest_shop_order_invalid_id", "Invalid ID."))
    return found


def _true_order(call: Call) -> Order:
    """To be changed: as it is, not as a lagging interface shows it."""
    _order(call, status=400)
    return call.world.order(call.owner.key, call.places[0])


def get_order(call: Call) -> Answer:
    return said(bodies.order(call.world, _order(call)))


def change_order(call: Call) -> Answer:
    order = _true_order(call)
    status = call.args.get("status", bodies.status(order))
    if status not in STATUSES:
        raise _invalid("status", f"status is not one of {', '.join(STATUSES)}.")
    world, key = call.world, call.owner.key
    with world.changing():
        if isinstance(call.args.get("meta_data"), list):
            kept = {meta["key"]: meta for meta in order.more.get("meta", [])}
            kept |= {str(meta.get("key")): {"id": 0, **meta} for meta in call.args["meta_data"]}
            order.more["meta"] = list(kept.values())
        if status != bodies.status(order):
            _move(call, order, status)
        world.put_order(order)
        world.tell(key, "order.memo_changed", order.no)
    return said(bodies.order(world, order))


def _move(call: Call, order: Order, status: str) -> None:
    """A shop owner may set any status; the world follows where it can."""
    world, key = call.world, call.owner.key
    order.more["woo_status"] = status if status in {"on-hold", "failed", "trash", "checkout-draft"} else ""
    if status in {"processing", "completed"} and order.status == OrderStatus.UNPAID:
        ordering.pay(world, key, order.no)
    if status == "completed" and order.status in {OrderStatus.PAID, OrderStatus.PART_SHIPPED}:
        first: dict[str, Any] = next(iter(order.more.get("trackings", [])), {})
        number, courier = str(first.get("tracking_number", "")), str(first.get("tracking_provider", ""))
        ordering.ship(world, key, order.no, courier=courier, waybill_no=number)
    if status == "cancelled" and order.status == OrderStatus.UNPAID:
        ordering.close(world, key, order.no, reason="商家取消")
    if status in {"refunded", "cancelled"} and order.paid_ms and order.status != OrderStatus.CLOSED:
        refunding.refund_at_once(world, key, order.no)


def list_notes(call: Call) -> Answer:
    return said(_order(call).more.get("notes", []))


def add_note(call: Call) -> Answer:
    order = _true_order(call)
    if not call.args.get("note"):
        raise Refuse(error(400, "rest_missing_callback_param", "Missing parameter(s): note", params=["note"]))
    with call.world.changing():
        note = {
            "id": call.world.count("woocommerce/note"),
            "author": "WooCommerce",
            **bodies.moments(created=call.world.now()),
            "note": str(call.args["note"]),
            "customer_note": bool(call.args.get("customer_note")),
        }
        order.more.setdefault("notes", []).insert(0, note)
        call.world.put_order(order, moves=False)  # a note is a comment of WordPress: it does not touch the order
    return said(note, status=201)


def list_refunds(call: Call) -> Answer:
    order = _order(call)
    page, size = _paging(call)
    done = [refund for no in order.refund_nos if (refund := call.refund(no)) and _is_money_back(refund)]
    return _listed(call, done[::-1], page, size, lambda refund: bodies.refund(refund, order))


def _is_money_back(refund: Refund) -> bool:
    return refund.status == RefundStatus.DONE and refund.amount_fen > 0


def make_refund(call: Call) -> Answer:
    order = _true_order(call)
    amount = re.fullmatch(r"(\d+)(?:\.(\d{1,2}))?", str(call.args.get("amount", "")))
    fen = int(amount[1]) * 100 + int((amount[2] or "0").ljust(2, "0")) if amount else 0
    left = order.to_pay_fen - sum(line.refunded_fen for line in order.lines)
    if not 0 < fen <= left:
        raise Refuse(error(400, "woocommerce_rest_invalid_order_refund_amount", "Refund amount must be greater than zero."))
    try:
        refund = refunding.refund_at_once(call.world, call.owner.key, order.no, amount_fen=fen)
    except Impossible as no:
        message = f"Cannot create order refund, please try again. ({no.code})"
        raise Refuse(error(500, "woocommerce_rest_cannot_create_order_refund", message)) from None
    return said(bodies.refund(refund, order), status=201)


def list_trackings(call: Call) -> Answer:
    order = _order(call)
    return said([bodies.tracking(kept, number) for number, kept in enumerate(order.more.get("trackings", []), 1)])


def add_tracking(call: Call) -> Answer:
    """The official extension Shipment Tracking. A number told after the order was completed belongs to its parcel."""
    order = _true_order(call)
    kept = {
        "tracking_provider": str(call.args.get("custom_tracking_provider") or call.args.get("tracking_provider") or ""),
        "tracking_number": str(call.args.get("tracking_number") or ""),
    }
    if not kept["tracking_number"]:
        raise Refuse(error(400, "rest_missing_callback_param", "Missing parameter(s): tracking_number", params=["tracking_number"]))
    with call.world.changing():
        order.more.setdefault("trackings", []).append(kept)
        bare = next((parcel for parcel in order.parcels if not parcel.waybill_no), None)
        if bare:
            bare.courier, bare.waybill_no = kept["tracking_provider"], kept["tracking_number"]
        call.world.put_order(order)
    return said(bodies.tracking(kept, len(order.more["trackings"])), status=201)


# --- products ----------------------------------------------------------------------------------------------------------------


def list_products(call: Call) -> Answer:
    page, size = _paging(call)
    items = list(call.world.books[call.owner.key].items.values())
    sku = str(call.args.get("sku", ""))
    codes = set(sku.split(",")) if sku else set()
    rows = [item for item in items if not codes or any(one.merchant_code in codes for one in item.skus)]
    rows.sort(key=lambda item: int(item.item_id), reverse=call.args.get("order", "desc") == "desc")
    return _listed(call, rows, page, size, bodies.product)


def _item(call: Call, number: str, *, status: int) -> Item:
    item = call.world.books[call.owner.key].items.get(number)
    if not item:
        raise Refuse(error(status, "woocommerce_rest_product_invalid_id", "Invalid ID."))
    return item


def _variant(call: Call, item: Item, number: str, *, status: int) -> Sku:
    sku = item.sku(number) if number else None
    if not sku:
        raise Refuse(error(status, "woocommerce_rest_product_variation_invalid_id", "Invalid ID."))
    return sku


def _set_stock(call: Call, item: Item, sku: Sku, given: dict[str, Any]) -> None:
    if given.get("stock_quantity") is None:
        return
    quantity = whole_number(given["stock_quantity"])
    if quantity is None:
        raise _invalid("stock_quantity", "stock_quantity is not of type integer.")
    ordering.set_stock(call.world, call.owner.key, item.item_id, sku.sku_id, max(quantity, 0))


def get_product(call: Call) -> Answer:
    return said(bodies.product(_item(call, call.places[0], status=404)))


def change_product(call: Call) -> Answer:
    item = _item(call, call.places[0], status=400)
    if not item.skus[0].sku_id:  # the number of a variable product is nobody's
        _set_stock(call, item, item.skus[0], call.args)
    return said(bodies.product(item))


def list_variations(call: Call) -> Answer:
    item = _item(call, call.places[0], status=404)
    page, size = _paging(call)
    return _listed(call, [sku for sku in item.skus if sku.sku_id], page, size, lambda sku: bodies.variation(item, sku))


def get_variation(call: Call) -> Answer:
    item = _item(call, call.places[0], status=404)
    return said(bodies.variation(item, _variant(call, item, call.places[1], status=404)))


def change_variation(call: Call) -> Answer:
    item = _item(call, call.places[0], status=404)
    sku = _variant(call, item, call.places[1], status=400)
    _set_stock(call, item, sku, call.args)
    return said(bodies.variation(item, sku))


def _batch(call: Call, one: Any) -> Answer:
    """Each row for itself: a bad one gets its error, the others are done."""
    rows = call.args.get("update") or []
    if sum(len(call.args.get(name) or []) for name in ("create", "update", "delete")) > LARGEST_BATCH:
        message = f"Unable to accept more than {LARGEST_BATCH} items for this request."
        raise Refuse(error(413, "woocommerce_rest_request_entity_too_large", message))
    done: list[Any] = []
    for row in rows:
        try:
            done.append(one(row))
        except Refuse as refused:
            done.append({"id": row.get("id", 0), "error": json.loads(refused.answer.body)})
    return said({"update": done})


def batch_products(call: Call) -> Answer:
    def one(row: dict[str, Any]) -> Any:
        item = _item(call, str(row.get("id", "")), status=400)
        if not item.skus[0].sku_id:
            _set_stock(call, item, item.skus[0], row)
        return bodies.product(item)

    return _batch(call, one)


def batch_variations(call: Call) -> Answer:
    item = _item(call, call.places[0], status=404)

    def one(row: dict[str, Any]) -> Any:
        sku = _variant(call, item, str(row.get("id", "")), status=400)
        _set_stock(call, item, sku, row)
        return bodies.variation(item, sku)

    return _batch(call, one)


# --- the site ----------------------------------------------------------------------------------------------------------------


def system_status(call: Call) -> Answer:
    site = f"https://{call.owner.key}.example"
    environment = {"home_url": site, "site_url": site, "version": "9.8.5", "wp_version": "6.8"}
    return said({"environment": environment, "settings": {"currency": "CNY"}})


def hooks(shop: Shop) -> list[dict[str, Any]]:
    """Those made by the API, and two for the callback that the control interface set."""
    url, secret = shop.callback.get("url"), shop.callback.get("secret", "")
    own = [{"id": 1, "topic": "order.created"}, {"id": 2, "topic": "order.updated"}] if url else []
    return [{**hook, "delivery_url": url, "secret": secret, "status": "active"} for hook in own] + list(shop.callback.get("hooks", []))


def list_webhooks(call: Call) -> Answer:
    page, size = _paging(call)
    return _listed(call, hooks(call.owner), page, size, lambda hook: bodies.webhook(hook, call.owner))


def make_webhook(call: Call) -> Answer:
    topic, url = str(call.args.get("topic", "")), str(call.args.get("delivery_url", ""))
    if not re.fullmatch(r"(order|product|customer|coupon)\.(created|updated|deleted|restored)", topic):
        raise Refuse(error(400, "woocommerce_rest_webhook_invalid_topic", "Webhook topic is required and must be valid."))
    if not url.startswith(("http://", "https://")):
        raise Refuse(error(400, "woocommerce_rest_webhook_invalid_delivery_url", "Webhook delivery URL must be a valid URL."))
    with call.world.changing():
        number = call.world.count("woocommerce/webhook", first=11)
        hook = {"id": number, "topic": topic, "delivery_url": url, "secret": str(call.args.get("secret", ""))}
        hook |= {"status": "active", "failures": 0}
        kept = [*call.owner.callback.get("hooks", []), hook]
        ordering.change_shop(call.world, call.owner.key, callback={**call.owner.callback, "hooks": kept})
    return said(bodies.webhook(hook, call.owner), status=201)


def drop_webhook(call: Call) -> Answer:
    kept = [hook for hook in call.owner.callback.get("hooks", []) if str(hook["id"]) != call.places[0]]
    gone = [hook for hook in call.owner.callback.get("hooks", []) if str(hook["id"]) == call.places[0]]
    if not gone:
        raise Refuse(error(404, "woocommerce_rest_shop_webhook_invalid_id", "Invalid ID."))
    ordering.change_shop(call.world, call.owner.key, callback={**call.owner.callback, "hooks": kept})
    return said(bodies.webhook(gone[0], call.owner))
