"""The OpenAPI document, in the reader's language, and a page of it that needs no script."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from danshu.accounts.scopes import SCOPES
from danshu.api.app import api
from danshu.api.errors import say
from danshu.api.routing import DECLARED

SPOKEN = {"title", "summary", "description"}
PREFIX = "api/v1/"
CONVERTER = re.compile(r"\{[^}:]+:")


@require_safe
def openapi(_request: HttpRequest) -> HttpResponse:
    """What the door takes and answers: the same for every house, so anybody may read it."""
    return say(document(get_language() or ""))


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    written = document(get_language() or "")
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in written["paths"].items():
        for method, found in methods.items():
            groups.setdefault(found["tags"][0], []).append(_operation(path, method.upper(), found, written["components"]["schemas"]))
    context = {"document": written, "groups": list(groups.items()), "scopes": [(code, scope.label) for code, scope in SCOPES.items()]}
    return render(request, "api/docs.html", context)


@cache
def document(language: str) -> dict[str, Any]:
    """The schema with its texts in a language. Made once per process."""
    del language  # the active one; it keys the cache
    made = api.get_openapi_schema(path_prefix=PREFIX)
    return dict(_translated(json.loads(json.dumps(made, default=str))))


def scopes() -> dict[str, dict[str, str]]:
    """Path → method → the scope it asks for, as it was declared: every process asks at its start, and few ever write the document."""
    return {f"/{PREFIX}{CONVERTER.sub('{', path).lstrip('/')}": methods for path, methods in DECLARED.items()}


def _translated(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: gettext(item) if key in SPOKEN and isinstance(item, str) and item else _translated(item) for key, item in value.items()
        }
    return [_translated(item) for item in value] if isinstance(value, list) else value


def _operation(path: str, method: str, found: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    body = found.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    good = next(code for code in found["responses"] if code.startswith("2"))
    return {
        "path": path, "method": method, "summary": found["summary"], "description": found["description"], "scope": found["x-scope"],
        "id": found["operationId"], "parameters": found["parameters"], "body": _fields(body, schemas) if body else [],
        "status": good, "answer": _fields(found["responses"][good]["content"]["application/json"]["schema"], schemas),
        "errors": [code for code in found["responses"] if not code.startswith("2")],
    }  # fmt: skip


def _fields(schema: dict[str, Any], schemas: dict[str, Any], before: str = "", depth: int = 0) -> list[dict[str, Any]]:
    """The names inside a schema, flat: `lines[].sku`."""
    whole = _resolved(schema, schemas)
    rows: list[dict[str, Any]] = []
    for name, inner in whole.get("properties", {}).items():
        plain = _resolved(inner, schemas)
        rows.append({
            "name": before + name, "kind": _kind(inner, schemas), "is_required": name in whole.get("required", []),
            "description": inner.get("description", ""),
        })  # fmt: skip
        nested = _resolved(plain["items"], schemas) if "items" in plain else plain
        if "properties" in nested and depth < 3:
            rows += _fields(nested, schemas, f"{before}{name}{'[]' if 'items' in plain else ''}.", depth + 1)
    return rows


def _resolved(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return dict(schemas[schema["$ref"].rsplit("/", 1)[-1]])
    if "anyOf" in schema:
        return _resolved(next(one for one in schema["anyOf"] if one.get("type") != "null"), schemas)
    return schema


def _kind(schema: dict[str, Any], schemas: dict[str, Any]) -> str:
    plain = _resolved(schema, schemas)
    if "enum" in plain:
        return " | ".join(json.dumps(one) for one in plain["enum"])
    kind = str(plain.get("format") or plain.get("type", "object"))
    if "items" in plain:
        kind = f"{_kind(plain['items'], schemas)}[]"
    is_optional = any(one.get("type") == "null" for one in schema.get("anyOf", []))
    return f"{kind} | null" if is_optional else kind
