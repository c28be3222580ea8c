"""The house rules, as tests. A broken rule names the file and the rule."""

import ast
from pathlib import Path

from tests.architecture.sources import nodes, tree

ROOT = Path(__file__).resolve().parents[2] / "src" / "danshu"
FILES = [p for p in ROOT.rglob("*.py") if not {"migrations", "tests"} & set(p.relative_to(ROOT).parts)]
DOMAIN = {
    "accounts", "audit", "fields", "notify", "channels", "catalogue", "stock", "orders", "fulfilment", "tickets", "automation",
    "boards", "insights",
}  # fmt: skip
DOORS = {"web", "api", "portal", "cli"}
WRITES = {"save", "create", "update", "delete", "bulk_create", "get_or_create", "update_or_create"}
WEB = ("django.http", "django.shortcuts", "django.views", "django.urls")
NO_NAMES = {"utils", "helpers", "common", "managers", "signals", "services", "mixins"}


def files(rooms):
    return [path for path in FILES if path.relative_to(ROOT).parts[0] in rooms]


def named(path, node):
    return f"{path.relative_to(ROOT)}:{node.lineno}"


def test_no_file_over_400_lines():
    assert [p for p in FILES if len(p.read_text(encoding="utf-8").splitlines()) > 400] == []


def test_no_function_over_50_lines():
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    long = [
        f"{named(p, n)} {n.name}"
        for p in FILES
        for n in nodes(p)
        if isinstance(n, functions) and n.end_lineno - n.lineno >= 50
    ]
    assert long == []


def test_no_signals():
    assert [str(p) for p in FILES if "@receiver" in p.read_text(encoding="utf-8")] == []


def test_no_module_without_a_subject():
    assert [p for p in FILES if p.stem in NO_NAMES or NO_NAMES & set(p.relative_to(ROOT).parts[:-1])] == []


def test_doors_never_write():
    calls = [
        named(p, n)
        for p in files(DOORS)
        for n in nodes(p)
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute) and n.func.attr in WRITES
    ]
    assert calls == []


def test_domain_never_sees_http():
    seen = [
        named(p, n)
        for p in files(DOMAIN)
        for n in nodes(p)
        if isinstance(n, ast.ImportFrom) and (n.module or "").startswith(WEB)
    ]
    assert seen == []


def test_every_event_has_a_reaction():
    events = {
        n.name for p in FILES if p.name == "events.py" for n in tree(p).body if isinstance(n, ast.ClassDef) and n.name != "Event"
    }
    wired = (ROOT / "flows" / "wiring.py").read_text(encoding="utf-8")
    assert {event for event in events if f"on({event}" not in wired} == set()
