"""What waits for somebody, counted for the side bar: each a small index range."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa


class WorkCounts:
    """Counts of one client (None: of all that the user may see)."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def invoices_open(self, client_id: UUID | None) -> int:
        """Drafts, and what is approved but not issued."""
        return self._count("app.invoices x WHERE x.status IN ('DRAFT', 'APPROVED')", client_id)

    def disputes_open(self, client_id: UUID | None) -> int:
        """Disputes of vendors' bills that nobody settled yet."""
        return self._count("app.vendor_disputes x WHERE x.status = 'OPEN'", client_id)

    def _count(self, where: str, client_id: UUID | None) -> int:
        query = f"SELECT count(*) FROM {where} AND (CAST(:client AS uuid) IS NULL OR x.client_id = :client)"
        return int(self._connection.execute(sa.text(query), {"client": client_id}).scalar_one())
