"""Stored trips as they are read one by one; a month's columns for rating are in trip_columns.py."""

from __future__ import annotations

import sqlalchemy as sa


class Trips:
    """Trips of the clients that the user may see."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
