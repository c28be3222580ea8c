"""The house rules, as tests. A broken rule names the file and the rule."""

import ast
from pathlib import Path

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


def trees(rooms=()):
    for path in FILES:
        if not rooms or path.relative_to(ROOT).parts[0] in rooms:
            yield path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))


def test_no_file_over_400_lines():
    assert [p for p in FILES if len(p.read_text(encoding="utf-8").splitlines()) > 400] == []


def test_no_function_over_50_lines():
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    long = [
        f"{p}:{n.lineno} {n.name}"
        for p, tree in trees()
        for n in ast.walk(tree)
        if isinstance(n, functions) and n.end_lineno - n.lineno >= 50
    ]
    assert long == []


def test_no_signals():
    assert [str(p) for p in FILES if "@receiver" in p.read_text(encoding="utf-8")] == []


def test_no_module_without_a_subject():
    assert [p for p in FILES if p.stem in NO_NAMES or NO_NAMES & set(p.relative_to(ROOT).parts[:-1])] == []


def test_doors_never_write():
    calls = [
        f"{p}:{n.lineno}"
        for p, tree in trees(DOORS)
        for n in ast.walk(tree)
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute) and n.func.attr in WRITES
    ]
    assert calls == []


def test_domain_never_sees_http():
    seen = [
        f"{p}:{n.lineno}"
        for p, tree in trees(DOMAIN)
        for n in ast.walk(tree)
        if isinstance(n, ast.ImportFrom) and (n.module or "").startswith(WEB)
    ]
    assert seen == []


def test_every_event_has_a_reaction():
    events = {
        n.name for p, tree in trees() if p.name == "events.py" for n in tree.body if isinstance(n, ast.ClassDef) and n.name != "Event"
    }
    wired = (ROOT / "flows" / "wiring.py").read_text(encoding="utf-8")
    assert {event for event in events if f"on({event}" not in wired} == set()
