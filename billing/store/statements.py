"""What repositories share that read by statements of their own: rows by name, calls of functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa


class Statements:
    """A connection inside a unit of work; row-level security decides what its statements see."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def _rows(self, query: str, **values: Any) -> list[Mapping[str, Any]]:
        """The rows of a query by column name."""
        return [dict(row) for row in self._connection.execute(sa.text(query), values).mappings()]

    def _call(self, call: str, **values: Any) -> None:
        """Call a function of the database, such as `api.undo_bill(:client, :bill)`."""
        self._connection.execute(sa.text(f"SELECT {call}"), values)
