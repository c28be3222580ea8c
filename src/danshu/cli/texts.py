"""Finds every text that pages and messages say, and which room's catalogue it belongs to.

The texts in the code are Chinese; `<room>/locale/en/LC_MESSAGES/django.po` holds their English.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
MODULE = "django.utils.translation"
# function -> how its leading arguments are to be read: c = context, s = text, p = plural
SHAPES = {
    "gettext": "s", "gettext_lazy": "s", "gettext_noop": "s",
    "ngettext": "sp", "ngettext_lazy": "sp",
    "pgettext": "cs", "pgettext_lazy": "cs",
    "npgettext": "csp", "npgettext_lazy": "csp",
}  # fmt: skip
_TEXT = r"""u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_CALL = re.compile(rf"(?<![\w.])(_|n?p?gettext)\(\s*{_TEXT}(?:\s*,\s*{_TEXT})?(?:\s*,\s*{_TEXT})?")


@dataclass(frozen=True, slots=True, order=True)
class Text:
    """What is translated: the Chinese text, its plural form (same words mostly) and its context."""

    msgid: str
    context: str = ""
    plural: str = ""


def room_of(path: Path) -> str:
    """The room whose catalogue holds the file's texts: `orders`, `web`, `web/orders`. `path` is relative to the package."""
    parts = path.parts
    if parts[0] != "web":
        return "web" if parts[0] == "config" else parts[0]
    inner = parts[1:] if parts[1] != "templates" else parts[2:]
    return f"web/{inner[0]}" if len(inner) > 1 and (ROOT / "web" / inner[0] / "urls.py").exists() else "web"


def by_room(only: str | None = None) -> dict[str, set[Text]]:
    """Room → its texts, from every module and template outside tests and migrations. `only`: one room, such as `web/orders`."""
    found: dict[str, set[Text]] = {}
    for path in sorted([*ROOT.rglob("*.py"), *ROOT.rglob("*.html"), *ROOT.rglob("*.txt")]):
        inside = path.relative_to(ROOT)
        if {"tests", "migrations", "static", "__pycache__"} & set(inside.parts) or (
            path.suffix != ".py" and "templates" not in inside.parts
        ):
            continue
        room = room_of(inside)
        if only in {None, room}:
            read = in_python if path.suffix == ".py" else in_template
            found[room] = found.get(room, set()) | set(read(path.read_text(encoding="utf-8"), str(inside)))
    return {room: texts for room, texts in found.items() if texts}


def in_python(source: str, name: str = "") -> Iterator[Text]:
    """Texts in calls of Django's translation functions, whatever the module calls them."""
    tree = ast.parse(source, name)
    names = {
        alias.asname or alias.name: SHAPES[alias.name]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == MODULE
        for alias in node.names
        if alias.name in SHAPES
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            shape = names.get(called.id) if isinstance(called, ast.Name) else None
            if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id == "translation":
                shape = SHAPES.get(called.attr)
            given = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
            if shape and len(given) >= len(shape):
                yield _text(shape, given)


def in_template(source: str, name: str = "") -> Iterator[Text]:
    """Texts of `translate`, `blocktranslate` and `_("…")` in a template."""
    for called, *literals in _CALL.findall(templatize(source, origin=name)):
        given = [ast.literal_eval(literal) for literal in literals if literal]
        shape = "s" if called == "_" else SHAPES[called]
        if len(given) >= len(shape):
            yield _text(shape, given)


def _text(shape: str, given: list[str]) -> Text:
    parts = dict(zip(shape, given, strict=False))
    return Text(parts["s"], parts.get("c", ""), parts.get("p", ""))
