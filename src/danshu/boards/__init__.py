"""Saved views and boards: criteria trees with a name. Built-in ones are code (`boards/builtin.py`), people's own are rows.

Glossary: *view* 视图, *column* 列 (of the board), *criteria* 条件 (`fields/criteria.py`).
"""
