"""The audit log, through the functions of resources/sql/0051: users have no right on its tables."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import sqlalchemy as sa

from billing.schemas.audit import AuditEntry, AuditFilter, ChainCheck, ChainHead

_PAGE = 5_000


class Audit:
    """Chains of the clients that the user may read."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def entries(
        self, chain: UUID, wanted: AuditFilter, *, before: int | None = None, limit: int = 200
    ) -> list[AuditEntry]:
        """Entries of a chain, newest first; the next page is `before` the last one's seq."""
        query = sa.text(
            "SELECT * FROM api.read_audit(:chain, :before, :limit, :entity, :entity_id, :action, :actor, :since,"
            " :until)"
        )
        values = {
            "chain": chain,
            "before": before,
            "limit": limit,
            "entity": wanted.entity,
            "entity_id": wanted.entity_id,
            "action": wanted.action,
            "actor": wanted.actor,
            "since": wanted.since,
            "until": wanted.until,
        }
        return [AuditEntry(**row) for row in self._connection.execute(query, values).mappings()]

    def heads(self) -> list[ChainHead]:
        """Where each readable chain stands."""
        query = sa.text("SELECT chain, seq, hash, at FROM api.audit_heads()")
        return [ChainHead(*row) for row in self._connection.execute(query)]

    def verify(self, chain: UUID | None = None) -> list[ChainCheck]:
        """Recompute one chain or all of them in the database; names are filled in by the caller."""
        query = sa.text(
            "SELECT chain, '' AS name, entries, problem, first_bad, head_seq, head_hash FROM api.verify_audit(:chain)"
        )
        return [ChainCheck(*row) for row in self._connection.execute(query, {"chain": chain})]

    def gaps(self) -> list[str]:
        """Tables whose changes are not told of, because a trigger is missing or off."""
        return list(self._connection.execute(sa.text("SELECT tab FROM api.audit_gaps()")).scalars())

    def hash_at(self, chain: UUID, seq: int) -> str | None:
        """The hash of one entry, None when there is no such entry."""
        query = sa.text("SELECT api.audit_hash(:chain, :seq)")
        found: str | None = self._connection.execute(query, {"chain": chain, "seq": seq}).scalar_one()
        return found

    def has(self, chain: UUID, seq: int, digits: str) -> bool:
        """Whether the entry is there and its hash begins with these hex digits (16 at least: else BadInputError)."""
        query = sa.text("SELECT api.audit_has(:chain, :seq, :digits)")
        values = {"chain": chain, "seq": seq, "digits": digits}
        return bool(self._connection.execute(query, values).scalar_one())

    def export(self, chain: UUID) -> Iterator[tuple[int, str, str, str]]:
        """Every entry as it was hashed: seq, hash before, own hash, text; in order."""
        query = sa.text("SELECT seq, prev, hash, entry FROM api.export_audit(:chain, :after, :page)")
        after = 0
        while rows := self._connection.execute(query, {"chain": chain, "after": after, "page": _PAGE}).all():
            for row in rows:
                yield row.seq, row.prev, row.hash, row.entry
            after = rows[-1].seq
