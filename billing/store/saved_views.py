"""Saved views of lists: the user's own, and those that a client's administrator shares with its staff (UX.md 1)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from billing.schemas.views import SavedView

_OWN = sa.text("SELECT name, state FROM app.saved_views WHERE screen = :screen ORDER BY name")
_SHARED = sa.text(
    "SELECT name, state FROM app.shared_views WHERE screen = :screen AND client_id = :client AND NOT withdrawn"
    " ORDER BY name"
)
_SAVE = sa.text(
    "INSERT INTO app.saved_views (user_id, screen, name, state) VALUES (auth.user_id(), :screen, :name,"
    " CAST(:state AS jsonb)) ON CONFLICT (user_id, screen, name) DO UPDATE SET state = excluded.state,"
    " updated_at = now()"
)
_SHARE = sa.text(
    "INSERT INTO app.shared_views (client_id, screen, name, state) VALUES (:client, :screen, :name,"
    " CAST(:state AS jsonb)) ON CONFLICT (client_id, screen, name) DO UPDATE SET state = excluded.state,"
    " withdrawn = false, updated_at = now()"
)


class SavedViews:
    """Views that the user may see; `client` None stands for nothing shared."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def all(self, screen: str, client_id: UUID | None) -> list[SavedView]:
        """Those of a list: shared ones first, each group by name."""
        values = {"screen": screen, "client": client_id}
        shared = self._connection.execute(_SHARED, values) if client_id is not None else ()
        found = [SavedView(row[0], row[1], shared=True) for row in shared]
        return found + [SavedView(row[0], row[1]) for row in self._connection.execute(_OWN, {"screen": screen})]

    def save(self, screen: str, name: str, state: Mapping[str, Any]) -> None:
        """Keep an own view; the same name again replaces it."""
        self._connection.execute(_SAVE, {"screen": screen, "name": name, "state": json.dumps(dict(state))})

    def drop(self, screen: str, name: str) -> None:
        """Forget an own view."""
        self._connection.execute(sa.text("SELECT api.drop_view(:screen, :name)"), {"screen": screen, "name": name})

    def share(self, client_id: UUID, screen: str, name: str, state: Mapping[str, Any]) -> None:
        """Give a view to the client's staff; the same name again replaces it. Raises NotAllowedError for readers."""
        values = {"client": client_id, "screen": screen, "name": name, "state": json.dumps(dict(state))}
        self._connection.execute(_SHARE, values)

    def withdraw(self, client_id: UUID, screen: str, name: str) -> bool:
        """Take a shared view back; whether there was one. Raises NotAllowedError for readers."""
        statement = sa.text(
            "UPDATE app.shared_views SET withdrawn = true, updated_at = now() WHERE client_id = :client"
            " AND screen = :screen AND name = :name AND NOT withdrawn"
        )
        values = {"client": client_id, "screen": screen, "name": name}
        return bool(self._connection.execute(statement, values).rowcount)
