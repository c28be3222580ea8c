"""Every deed that the code writes into the book has a sentence: no page shows `order.held`."""

import ast
from pathlib import Path

from danshu.audit.verbs import VERBS
from tests.architecture.sources import nodes

ROOT = Path(__file__).resolve().parents[2] / "src" / "danshu"
FILES = [p for p in ROOT.rglob("*.py") if not {"migrations", "tests"} & set(p.relative_to(ROOT).parts)]
PASSED_ON = {"flows/people_book.py"}  # writes the deeds that the accounts room made
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef


def room(path):
    return path.relative_to(ROOT).parts[0]


def tellers():
    """(room, function) → at which place it takes the verb."""
    found = {}
    for path in FILES:
        for node in nodes(path):
            names = [each.arg for each in node.args.args] if isinstance(node, FUNCTIONS) else []
            if "verb" in names and room(path) != "audit":
                found[room(path), node.name] = names.index("verb")
    return found


def words(value, function):
    """The texts an expression can be: itself, both sides of a choice, what the function gave the name before."""
    if isinstance(value, ast.Constant):
        return [value.value]
    if isinstance(value, ast.IfExp):
        return [*words(value.body, function), *words(value.orelse, function)]
    if isinstance(value, ast.Name) and function is not None:
        if value.id in [each.arg for each in function.args.args]:
            return []  # its callers are looked at
        given = [n.value for n in ast.walk(function) if isinstance(n, ast.Assign) and value.id in [ast.unparse(t) for t in n.targets]]
        return [word for each in given for word in words(each, function)] if given else [None]
    return [None]


def around(call, functions):
    """The innermost function that a call stands in."""
    return max((each for each in functions if each.lineno <= call.lineno <= each.end_lineno), key=lambda each: each.lineno, default=None)


def deeds(path, places):
    functions = [node for node in nodes(path) if isinstance(node, FUNCTIONS)]
    own = {node.name: [each.arg for each in node.args.args] for node in functions}
    for call in (node for node in nodes(path) if isinstance(node, ast.Call)):
        name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
        place = 0 if name == "Deed" else places.get((room(path), name))
        if place is None or (name in own and "verb" not in own[name]):
            continue
        given = call.args[place] if len(call.args) > place else next((k.value for k in call.keywords if k.arg == "verb"), None)
        if given is None or isinstance(given, ast.List | ast.ListComp | ast.GeneratorExp):
            continue  # deeds that are looked at where they are made
        yield from ((f"{path.relative_to(ROOT)}:{call.lineno}", word) for word in words(given, around(call, functions)))


def test_every_verb_has_its_sentence():
    places = tellers()
    told = [deed for path in FILES if str(path.relative_to(ROOT)) not in PASSED_ON for deed in deeds(path, places)]
    assert len(told) > 60
    assert [(where, verb) for where, verb in told if verb not in VERBS] == []


def test_sentences_take_the_target_and_nothing_else():
    for verb, text in VERBS.items():
        assert "%(" not in str(text) % {"target": ""}, verb
