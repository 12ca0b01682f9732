"""Column mappings saved per vendor: the second sheet of a vendor is not mapped by hand again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from uuid import UUID

import sqlalchemy as sa

from billing.errors import RefusedError


class ImportMappings:
    """Mappings (field -> header text) by client, vendor and name."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def get(self, client_id: UUID, vendor_id: UUID, name: str) -> dict[str, str]:
        """The mapping of that name; RefusedError if there is none."""
        found = self.all(client_id, vendor_id)
        for key, mapping in found.items():
            if key.casefold() == name.casefold():
                return mapping
        known = ", ".join(found) or "none yet"
        raise RefusedError(
            "UNKNOWN_MAPPING", f'The vendor has no mapping "{name}" (saved: {known}).', where="--mapping"
        )

    def all(self, client_id: UUID, vendor_id: UUID) -> dict[str, dict[str, str]]:
        """All mappings of a vendor by name."""
        statement = sa.text(
            """SELECT name, mapping FROM app.import_mappings WHERE client_id = :client AND vendor_id = :vendor
               ORDER BY lower(name)"""
        )
        rows = self._connection.execute(statement, {"client": client_id, "vendor": vendor_id})
        return {name: dict(mapping) for name, mapping in rows}

    def save(self, client_id: UUID, vendor_id: UUID, name: str, mapping: Mapping[str, str]) -> None:
        """Save under that name; an older one of the same name is replaced."""
        statement = sa.text(
            """INSERT INTO app.import_mappings (client_id, vendor_id, name, mapping)
               VALUES (:client, :vendor, :name, CAST(:mapping AS jsonb))
               ON CONFLICT (client_id, vendor_id, lower(name))
               DO UPDATE SET mapping = excluded.mapping, updated_at = now()"""
        )
        values = {"client": client_id, "vendor": vendor_id, "name": name, "mapping": json.dumps(dict(mapping))}
        self._connection.execute(statement, values)
