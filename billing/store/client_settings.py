"""Settings of a client: keys with values, those of its own that a role may write decided by the database."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import sqlalchemy as sa


class ClientSettings:
    """Settings of a client (keys with a prefix that the role may write)."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def get(self, client_id: UUID | None, key: str, default: Any) -> Any:
        """The client's value, else the workspace's, else `default`; without a client the workspace's."""
        query = """
SELECT s.value FROM app.settings s WHERE s.key = :key AND (s.client_id = :client OR s.client_id IS NULL)
 ORDER BY s.client_id IS NULL LIMIT 1"""
        row = self._connection.execute(sa.text(query), {"client": client_id, "key": key}).first()
        return default if row is None else row[0]

    def set(self, client_id: UUID | None, key: str, value: Any) -> None:
        """Set a client's value, or the workspace's. Raises NotAllowedError for keys that are not the role's."""
        statement = """
INSERT INTO app.settings (client_id, key, value) VALUES (:client, :key, CAST(:value AS jsonb))
    ON CONFLICT (client_id, key) DO UPDATE SET value = excluded.value, updated_at = now()"""
        values = {"client": client_id, "key": key, "value": json.dumps(value)}
        self._connection.execute(sa.text(statement), values)
