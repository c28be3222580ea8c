"""What the platforms hold for true beside what we know, order by order and field by field.

A platform tells less than it knows, and some things in words of its own; what stands here of that is what its documents say, once more and
apart from our adapters.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from importlib import import_module
from types import SimpleNamespace
from typing import Any

Plain = dict[str, Any]
PROGRESS = {
    "unpaid": "waiting",
    "paid": "waiting",
    "part_shipped": "part_shipped",
    "shipped": "shipped",
    "finished": "delivered",
    "closed": "closed",
}
OPEN = {"asked", "waiting_return", "returned", "waiting_resend", "refused"}  # of requests; a buyer may still insist after a refusal
MONEY = {"refund", "return"}
KINDS = {"refund": "refund_only", "return": "return", "exchange": "exchange", "resend": "resend"}
STATES = {"waiting_resend": "agreed"}
SPEC = {"taobao", "channels", "douyin", "woocommerce"}  # name the property before its value
BY_PLACE = {"jd", "pdd"}  # neither, and a SKU may stand twice
BY_SKU = {"channels", "xiaohongshu"}  # lines have no numbers: they are named by their SKU
UNSAID: dict[str, set[str]] = {  # what an interface does not tell of an order
    "taobao": {"ship_by"},
    "jd": {"ship_by"},
    "channels": {"flag"},
    "woocommerce": {"ship_by", "finished_at", "seller_memo", "flag", "district"},
}


def compare(truth: Plain, ours: Plain) -> None:
    """Nothing missing, nothing doubled, every field, every refund, every parcel told once, stock as the rules say, nothing left over."""
    off: list[str] = []
    off += _orders(truth, ours)
    off += _refunds(truth, ours)
    off += _parcels(truth, ours)
    off += _stock(truth, ours)
    off += _leftovers(ours)
    kinds = Counter(line.split(":")[0] for line in off)
    assert not off, f"{len(off)} differences: {dict(kinds)}\n" + "\n".join(off[:400])


def at(ms: int, platform: str) -> str | None:
    """As Python writes moments. Most platforms have whole seconds."""
    if not ms:
        return None
    return str(datetime.fromtimestamp(ms // 1000, UTC) + timedelta(milliseconds=ms % 1000 if platform == "xiaohongshu" else 0))


def _orders(truth: Plain, ours: Plain) -> list[str]:
    off = []
    known = {(one["platform"], one["platform_no"]): one for one in ours["orders"]}
    true = {(one["shop"], one["no"]): one for one in truth["orders"] if _is_shown(one)}
    off += [f"missing: {key} {true[key]['status']}" for key in true.keys() - known.keys()]
    off += [f"invented: {key}" for key in known.keys() - true.keys()]
    if len(known) != len(ours["orders"]):
        off.append("doubled: an order stands twice")
    refunds = {(one["shop"], one["no"]): one for one in truth["refunds"]}
    shops = {one["key"]: SimpleNamespace(**one) for one in truth["shops"]}
    for key in sorted(known.keys() & true.keys()):
        expected = _true(true[key], known[key], refunds)
        told = _told(known[key], expected)
        for name, value in expected.items():
            if name not in UNSAID.get(key[0], set()) and told[name] != value:
                off.append(f"{key[0]}.{name}: {key[1]} {true[key]['status']}: ours {told[name]!r}, theirs {value!r}")
        if not _is_receiver(known[key]["receiver"], true[key], shops[key[0]]):
            off.append(f"{key[0]}.receiver: {key[1]} ours {known[key]['receiver']}, theirs {true[key]['receiver']}")
    return off


def _is_receiver(ours: list[str], order: Plain, shop: SimpleNamespace) -> bool:
    """The very person and place, or what the platform shows instead: stars, or cipher text, which is opened here as the platform does.
    Xiaohongshu names nobody before an order is paid, nor after it has ended."""
    kind, *told = ours
    theirs = order["receiver"]
    if shop.platform == "xiaohongshu" and not any(told):
        return order["status"] in {"unpaid", "closed"} and not order["parcels"]
    plain = [theirs["name"], theirs["phone"], f"{theirs['town']}{theirs['address']}"]
    if kind == "cipher":
        told = [_opened(shop, word, known) for word, known in zip(told, plain, strict=True)]
    return all(_fits(word, known) for word, known in zip(told, plain, strict=True))


def _fits(told: str, plain: str) -> bool:
    """A star stands for any number of signs; a place may lack its town, or name its district again."""
    wanted = re.escape(told).replace(r"\*", ".*")
    return re.fullmatch(wanted, plain) is not None or told.endswith(plain) or (len(told) > 6 and plain.endswith(told))


def _opened(shop: SimpleNamespace, word: str, plain: str) -> str:
    bodies = import_module(f"danshu_simulator.fronts.{shop.platform}_bodies")
    if shop.platform == "jd":  # nobody opens JD's, but the same words become the same text
        return plain if bodies.seal(shop, plain) == word else word
    opened = bodies.unseal(shop, word)
    return str(opened[-1] if isinstance(opened, tuple) else opened) if opened else word


def _is_shown(order: Plain) -> bool:
    """Pinduoduo shows an order once it is paid."""
    return order["shop"] != "pdd" or bool(order["paid_ms"])


def _told(one: Plain, expected: Plain) -> Plain:
    """Of our lines, what the platform says of its own."""
    return {**one, "lines": [{name: line[name] for name in expected["lines"][0]} for line in one["lines"]]}


def _true(order: Plain, ours: Plain, refunds: dict[tuple[str, str], Plain]) -> Plain:
    platform = order["shop"]
    lines = [_line(order, position, refunds) for position in range(len(order["lines"]))]
    return {
        "payment": "paid" if order["paid_ms"] else "unpaid",
        "progress": _progress(order),
        "fulfilment": _fulfilment(order, ours),
        "refund": _refund_axis(order, refunds),
        "placed_at": at(order["placed_ms"], platform),
        "paid_at": at(order["paid_ms"], platform),
        "ship_by": at(order["ship_by_ms"], platform),
        "finished_at": at(order["finished_ms"] or (order["closed_ms"] if platform in {"taobao", "jd"} else 0), platform),
        "modified_at": at(order["updated_ms"], platform),
        "goods_fen": order["goods_fen"],
        "freight_fen": order["freight_fen"],
        "discount_fen": order["discount_fen"] + order["platform_discount_fen"],
        "paid_fen": order["to_pay_fen"],
        "buyer_message": order["buyer_message"],
        "seller_memo": order["seller_memo"],
        "flag": order["flag"],
        **{name: order["receiver"][name] for name in ("city", "district")},
        "province": _jd_province(order["receiver"]["province"]) if platform == "jd" else order["receiver"]["province"],
        "lines": lines,
    }


def _progress(order: Plain) -> str:
    """On Pinduoduo an order that was paid back after it left stays where it had come to."""
    has_left = order["shop"] == "pdd" and bool(order["parcels"])
    return "shipped" if order["status"] == "closed" and has_left else PROGRESS[order["status"]]


def _fulfilment(order: Plain, ours: Plain) -> str:
    """What left our house has left, though its platform knows nothing of it: a refund that came between."""
    if order["status"] == "closed":
        return "shipped" if order["parcels"] or any(state == "shipped" for _no, state in ours["parcels"]) else "cancelled"
    if order["refund_nos"] and any(state == "refused" for _no, state in ours["told"]):
        return str(ours["fulfilment"])  # its platform does not take a parcel while, or after, money goes back: people settle that
    return {"shipped": "shipped", "finished": "delivered"}.get(order["status"], "waiting")


def _refund_axis(order: Plain, refunds: dict[tuple[str, str], Plain]) -> str:
    mine = [refunds[order["shop"], no] for no in order["refund_nos"]]
    shown = [one for one in mine if _is_shown_refund(one)]
    if order["lines"] and all(line["refunded_fen"] >= line["paid_fen"] for line in order["lines"]):
        return "refunded"  # nothing is left that an older request, refused once, could still ask for
    if any(one["status"] in OPEN for one in shown):
        return "requested"
    return "partial" if any(line["refunded_fen"] for line in order["lines"]) else "none"


def _is_shown_refund(one: Plain) -> bool:
    """WooCommerce knows no requests: money that went back is all there is. JD's cancellations end with shipping: what comes later is
    another system of theirs."""
    if one["shop"] == "jd":
        return bool(one["is_before_shipping"]) and one["kind"] == "refund"
    return one["shop"] != "woocommerce" or (one["status"] == "done" and bool(one["amount_fen"]))


def _jd_province(name: str) -> str:
    return name.removesuffix("省").removesuffix("自治区").removesuffix("壮族").removesuffix("维吾尔")


def _line(order: Plain, position: int, refunds: dict[tuple[str, str], Plain]) -> Plain:
    line, platform = order["lines"][position], order["shop"]
    oid = line["sku_id"] if platform in BY_SKU else str(position + 1) if platform in BY_PLACE else line["oid"]
    spec = f"规格:{line['spec']}" if platform in SPEC else "" if platform == "jd" else line["spec"]
    title = f"{line['title']} {line['spec']}" if platform in {"jd", "xiaohongshu"} else line["title"]
    return {
        "oid": oid, "title": title, "spec": spec, "merchant_code": line["merchant_code"], "quantity": line["quantity"],
        "price_fen": line["price_fen"], "paid_fen": line["paid_fen"],
    }  # fmt: skip


def _refunds(truth: Plain, ours: Plain) -> list[str]:
    known = {(one["platform"], one["refund_no"]): one for one in ours["refunds"]}
    true = {(one["shop"], one["no"]): one for one in truth["refunds"] if _is_shown_refund(one)}
    off = [f"refund missing: {key} {true[key]['kind']} {true[key]['status']}" for key in true.keys() - known.keys()]
    off += [f"refund invented: {key}" for key in known.keys() - true.keys()]
    for key in sorted(known.keys() & true.keys()):
        one = true[key]
        expected = {
            "platform_no": one["order_no"], "kind": KINDS[one["kind"]], "state": STATES.get(one["status"], one["status"]),
            "amount_fen": one["amount_fen"] if one["kind"] in MONEY else 0, "quantity": _pieces(one),
            "reason": one["reason"],
            "asked_at": at(one["created_ms"], key[0]), "modified_at": at(one["updated_ms"], key[0]),
            "return_waybill_no": one["waybill_no"], "has_order": True,
        }  # fmt: skip
        for name, value in expected.items():
            if known[key][name] != value and (key[0], name) != ("jd", "modified_at"):  # JD tells when a request was made and looked at
                off.append(f"{key[0]}.refund.{name}: {key[1]} {one['kind']} {one['status']}: ours {known[key][name]!r}, theirs {value!r}")
    return off


def _pieces(one: Plain) -> int:
    """JD does not say how many are asked about."""
    return 0 if one["shop"] == "jd" else sum(one["pieces"].values())


def _parcels(truth: Plain, ours: Plain) -> list[str]:
    """Each parcel was told once, and what the platform has is what left."""
    off = []
    told = Counter((one["shop"], one["no"], one["more"]["waybill_no"]) for one in truth["events"] if one["more"].get("waybill_no"))
    off += [f"told twice: {key} {count} times" for key, count in told.items() if count > 1]
    theirs = {(one["shop"], one["no"]): sorted(parcel["waybill_no"] for parcel in one["parcels"]) for one in truth["orders"]}
    for one in ours["orders"]:
        key = one["platform"], one["platform_no"]
        confirmed = sorted(no for no, state in one["told"] if state == "confirmed")
        left = sorted(no for no, state in one["parcels"] if state == "shipped")
        unsure = [pair for pair in one["told"] if pair[1] != "confirmed"]
        if confirmed != theirs.get(key, []):
            off.append(f"parcels: {key} confirmed {confirmed}, theirs {theirs.get(key)}, unsure {unsure}")
        if left != sorted(no for no, _state in one["told"]):
            off.append(f"parcels left: {key} left {left}, to be told {one['told']}")
    return off


def _stock(truth: Plain, ours: Plain) -> list[str]:
    shown = {f"{one['shop']}/{one['item_id']}/{one['sku_id']}": one["shown"] for one in truth["stock"]}
    off = [f"stock: {key} shows {shown.get(key)}, should {number}" for key, number in ours["stock"].items() if shown.get(key) != number]
    off += [f"stock: {key} is not ours" for key in shown.keys() - ours["stock"].keys()]
    return off


def _leftovers(ours: Plain) -> list[str]:
    off = [f"ledger: {one}" for one in ours["differences"]]
    off += [f"payload: {one}" for one in ours["payloads"]]
    off += [f"dead: {one}" for one in ours["dead"]]
    off += [f"silent: {one}" for one in ours["silent"]]
    off += [f"due: {ours['due']}"] if ours["due"] else []
    off += [f"connection: {name} {state}" for name, state in ours["connections"].items() if state[0] != "connected"]
    return off
