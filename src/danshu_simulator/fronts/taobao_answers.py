"""How TOP (淘宝开放平台) takes parameters and answers: `<method>_response` or `error_response` under HTTP 200, times in GMT+8, money as
text in yuan, numbers as numbers however long, lists doubly nested and absent when empty; JSON when asked for, else XML."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

from danshu_simulator.fronts.front import Call, whole_number
from danshu_simulator.web import Answer, Refuse, said

Body = dict[str, Any]
CHINA = timedelta(hours=8)
MESSAGES = {
    7: "App Call Limited",
    15: "Remote service error",
    21: "Missing Method",
    22: "Invalid Method",
    23: "Invalid Format",
    24: "Missing Signature",
    25: "Invalid Signature",
    26: "Missing Session",
    27: "Invalid session",
    28: "Missing App Key",
    29: "Invalid App Key",
    30: "Missing Timestamp",
    31: "Invalid Timestamp",
    32: "Missing Version",
    33: "Invalid Version",
}


# --- answering -----------------------------------------------------------------------------------------------------------------


def done(call: Call, body: Body) -> Answer:
    """`simplify` takes away the outer name and the doubled names of lists."""
    whole = {**body, "request_id": secrets.token_hex(6)}
    if str(call.args.get("simplify", "")).lower() == "true":
        return _written(call.args, {name: _simple(value) for name, value in whole.items()}, "response")
    name = call.name.removeprefix("taobao.").replace(".", "_") + "_response"
    return _written(call.args, {name: whole}, name)


def failed(args: Mapping[str, Any], code: int, *, about: str = "", sub_code: str = "", sub_msg: str = "") -> Answer:
    error: Body = {"code": code, "msg": about or MESSAGES[code]}
    if sub_code:
        error |= {"sub_code": sub_code, "sub_msg": sub_msg}
    return _written(args, {"error_response": {**error, "request_id": secrets.token_hex(6)}}, "error_response")


def refused(call: Call, sub_code: str, sub_msg: str) -> Refuse:
    """What a service behind the gateway says no to."""
    return Refuse(failed(call.args, 15, sub_code=sub_code, sub_msg=sub_msg))


def _written(args: Mapping[str, Any], tree: Body, root: str) -> Answer:
    if args.get("format") == "json":
        return said(tree)
    top = tree.get(root, tree)
    body = ET.tostring(_element(root, top), encoding="utf-8", xml_declaration=True)
    return Answer(200, body, "text/xml;charset=UTF-8")


def _element(name: str, value: Any) -> ET.Element:
    element = ET.Element(name)
    if isinstance(value, dict):
        for key, inner in value.items():
            element.extend(_element(key, one) for one in (inner if isinstance(inner, list) else [inner]))
    else:
        element.text = str(value).lower() if isinstance(value, bool) else str(value)
    return element


def _simple(value: Any) -> Any:
    if isinstance(value, list):
        return [_simple(one) for one in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and isinstance(only := next(iter(value.values())), list):
        return _simple(only)
    return {name: _simple(inner) for name, inner in value.items()}


def nested(name: str, rows: list[Any]) -> Body:
    """{"trades": {"trade": rows}}; nothing at all when there are none."""
    singular = {"trades": "trade", "refunds": "refund", "items": "item", "skus": "sku", "orders": "order"}
    return {name: {singular.get(name, name): rows}} if rows else {}


def pick(row: Body, fields: str) -> Body:
    """What was asked for: `tid`, a whole list (`orders`), or some of it (`orders.oid`)."""
    wanted = {field.strip() for field in fields.split(",")}
    chosen: Body = {}
    for name, value in row.items():
        inner = ",".join(field.removeprefix(f"{name}.") for field in wanted if field.startswith(f"{name}."))
        if name in wanted:
            chosen[name] = value
        elif inner and isinstance(value, dict):
            chosen[name] = {key: [pick(one, inner) for one in rows] for key, rows in value.items()}
    return chosen


# --- values --------------------------------------------------------------------------------------------------------------------


def yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def written(moment_ms: int) -> str:
    return f"{datetime.fromtimestamp(moment_ms // 1000, UTC) + CHINA:%Y-%m-%d %H:%M:%S}"


def moment_ms(text: str) -> int | None:
    try:
        return int((datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC) - CHINA).timestamp()) * 1000
    except ValueError:
        return None


# --- parameters ----------------------------------------------------------------------------------------------------------------


def missing(call: Call, name: str) -> Refuse:
    return Refuse(failed(call.args, 40, about=f"Missing required arguments:{name}"))


def invalid(call: Call, name: str, why: str = "") -> Refuse:
    about = f"Invalid arguments:{name}"
    return Refuse(failed(call.args, 41, about=about, sub_code=f"isv.invalid-parameter:{name}", sub_msg=why or "参数不正确"))


def text(call: Call, name: str) -> str:
    value = str(call.args.get(name, ""))
    if not value:
        raise missing(call, name)
    return value


def number(call: Call, name: str, default: int | None = None, *, low: int = -(2**63), high: int = 2**63 - 1) -> int:
    raw = call.args.get(name, "")
    if raw == "" and default is not None:
        return default
    value = whole_number(text(call, name))
    if value is None or not low <= value <= high:
        raise invalid(call, name, f"取值应在 {low} 到 {high} 之间")
    return value


def flag(call: Call, name: str) -> bool:
    value = str(call.args.get(name, "false")).lower()
    if value not in {"true", "false"}:
        raise invalid(call, name)
    return value == "true"


def time(call: Call, name: str) -> int | None:
    """In ms; None when it was not given."""
    raw = str(call.args.get(name, ""))
    value = moment_ms(raw) if raw else None
    if raw and value is None:
        raise invalid(call, name, "时间格式应为 yyyy-MM-dd HH:mm:ss")
    return value


def page(call: Call, *, most: int = 100) -> tuple[int, int, bool]:
    """`page_no`, `page_size`, `use_has_next`."""
    return number(call, "page_no", 1, low=1), number(call, "page_size", 40, low=1, high=most), flag(call, "use_has_next")


def paged(call: Call, name: str, rows: list[Any], shown: Any) -> Answer:
    """One page; the total, or whether another one follows."""
    no, size, use_has_next = page(call)
    listed = [shown(row) for row in call.page(rows, no, size)]
    count: Body = {"has_next": len(rows) > no * size} if use_has_next else {"total_results": len(rows)}
    return done(call, {**nested(name, listed), **count})
