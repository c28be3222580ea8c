"""Danshu 单枢: the order hub of a small seller. `ARCHITECTURE.md` is the map of these rooms."""

__version__ = "0.1.0"
