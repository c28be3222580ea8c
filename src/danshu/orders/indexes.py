"""An index as pages read it."""

from __future__ import annotations

from typing import Any

from django.db import models


class LastFirst(models.Index):
    """An index over a descending column in which rows without a value stand last, as `ORDER BY … DESC NULLS LAST` asks.

    That is SQLite's own order, but not PostgreSQL's: without the words its planner sorts the whole table.
    """

    def create_sql(self, model: type[models.Model], schema_editor: Any, using: str = "", **kwargs: Any) -> Any:
        statement = super().create_sql(model, schema_editor, using, **kwargs)
        if schema_editor.connection.vendor != "postgresql":
            return statement
        return str(statement).replace(" DESC,", " DESC NULLS LAST,", 1)
