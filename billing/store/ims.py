"""What clients did with credit notes in the portal's invoice management system: added only, the last answer holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

_COLUMNS = "a.invoice_id, a.status, a.remark, a.acted_on, a.recorded_at, coalesce(a.recorded_by, '')"


@dataclass(frozen=True, slots=True)
class ImsAnswer:
    """One answer: ACCEPTED, REJECTED or PENDING, the day on the portal, who recorded it here and when."""

    invoice_id: UUID
    status: str
    remark: str
    acted_on: date
    recorded_at: datetime
    recorded_by: str


class ImsAnswers:
    """Answers of the clients that the user may see."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def record(self, client_id: UUID, invoice_id: UUID, status: str, remark: str, on: date | None) -> str:
        """Add an answer: recorded, or unchanged where it is the last one already.

        Raises RefusedError NO_CREDIT_NOTE; BadInputError REASON_REQUIRED, BAD_DATE.
        """
        statement = sa.text("SELECT api.record_ims(:client, :id, :status, :remark, :on)")
        values = {"client": client_id, "id": invoice_id, "status": status, "remark": remark, "on": on}
        return str(self._connection.execute(statement, values).scalar_one())

    def history(self, client_id: UUID, invoice_id: UUID) -> list[ImsAnswer]:
        """All answers for a note, oldest first."""
        query = f"""
SELECT {_COLUMNS} FROM app.ims_answers a WHERE a.client_id = :client AND a.invoice_id = :id ORDER BY a.id"""
        rows = self._connection.execute(sa.text(query), {"client": client_id, "id": invoice_id})
        return [ImsAnswer(*row) for row in rows]

    def last(self, client_id: UUID, invoices: Sequence[UUID]) -> dict[UUID, ImsAnswer]:
        """The answer that holds for each of these notes; none for those without."""
        query = f"""
SELECT DISTINCT ON (a.invoice_id) {_COLUMNS} FROM app.ims_answers a
 WHERE a.client_id = :client AND a.invoice_id = ANY (CAST(:ids AS uuid[])) ORDER BY a.invoice_id, a.id DESC"""
        rows = self._connection.execute(sa.text(query), {"client": client_id, "ids": list(invoices)})
        return {row[0]: ImsAnswer(*row) for row in rows}
