"""The code as Python reads it, once for all the rules: reading it again for each took longer than the rules."""

from __future__ import annotations

import ast
import functools
from pathlib import Path


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def nodes(path: Path) -> list[ast.AST]:
    """All of a file, the outer before the inner."""
    return list(ast.walk(tree(path)))
