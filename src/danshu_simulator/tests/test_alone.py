"""The simulator is evidence only as long as it is a program of its own."""

import ast
import sys
from pathlib import Path

import danshu_simulator
from tests.architecture.sources import nodes

HERE = Path(danshu_simulator.__file__).parent
DANSHU = HERE.parent / "danshu"
FILES = [path for path in HERE.rglob("*.py") if "tests" not in path.relative_to(HERE).parts]
ALLOWED = {"cryptography", "websockets"}  # beside the standard library: AES for encrypted pushes, frames of WebSockets


def imported(path):
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0] if not node.level else "danshu_simulator"


def test_it_imports_itself_and_the_standard_library():
    foreign = {(path.name, name) for path in FILES for name in imported(path)}
    assert {pair for pair in foreign if pair[1] not in {"danshu_simulator", *ALLOWED, *sys.stdlib_module_names}} == set()


def test_danshu_does_not_import_it_but_in_tests():
    files = [path for path in DANSHU.rglob("*.py") if "tests" not in path.relative_to(DANSHU).parts]
    assert [path for path in files if "danshu_simulator" in set(imported(path))] == []


def test_the_house_rules_of_size_hold_here_too():
    assert [path.name for path in FILES if len(path.read_text(encoding="utf-8").splitlines()) > 400] == []
    functions = [(path.name, node) for path in FILES for node in nodes(path) if isinstance(node, ast.FunctionDef)]
    assert [f"{name} {node.name}" for name, node in functions if node.end_lineno - node.lineno >= 50] == []
