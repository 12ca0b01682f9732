"""Debit notes to vendors. Issuing and voiding go through definer functions; what is issued is only read."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa

from billing.schemas.debit_notes import DebitLine, DebitNote
from billing.store.statements import Statements

_NOTE = """
SELECT n.client_id, n.id, n.vendor_id, l.code AS vendor_code, v.name AS vendor_name, n.bill_id,
       coalesce(nullif(b.number, ''), b.file_name) AS bill_name, n.number, n.note_date, n.amount, n.tax, n.total,
       n.reason, n.parties, n.status, n.issued_at, n.issued_by, n.voided_at, n.voided_by, n.void_reason,
       (SELECT count(*) FROM app.vendor_debit_lines x WHERE x.client_id = n.client_id AND x.note_id = n.id) AS lines
  FROM app.vendor_debit_notes n
  JOIN app.vendor_bills b ON b.client_id = n.client_id AND b.id = n.bill_id
  JOIN app.client_vendors l ON l.client_id = n.client_id AND l.vendor_id = n.vendor_id
  JOIN app.vendors v ON v.id = n.vendor_id"""


class DebitNotes(Statements):
    """Debit notes of the clients that the user may see."""

    def notable(self, client_id: UUID, bill_id: UUID) -> list[DebitLine]:
        """What settled disputes take off a bill and no standing note says yet, as a note would say it."""
        query = "SELECT * FROM api.debit_lines(:client, :bill)"
        return [DebitLine(**row) for row in self._rows(query, client=client_id, bill=bill_id)]

    def issue(
        self, client_id: UUID, bill_id: UUID, note_id: UUID, disputes: Sequence[UUID] | None, reason: str, prefix: str
    ) -> str:
        """Issue a note about these disputes (None: all that wait); its number. The same id again changes nothing."""
        values = {
            "client": client_id, "bill": bill_id, "id": note_id, "reason": reason, "prefix": prefix,
            "disputes": None if disputes is None else list(disputes),
        }  # fmt: skip
        call = "SELECT api.issue_debit_note(:client, :bill, :id, CAST(:disputes AS uuid[]), :reason, :prefix)"
        return str(self._connection.execute(sa.text(call), values).scalar_one())

    def void(self, client_id: UUID, note_id: UUID, reason: str) -> None:
        """Void a note with a reason; its number stays used."""
        call = "SELECT api.void_debit_note(:client, :id, :reason)"
        self._connection.execute(sa.text(call), {"client": client_id, "id": note_id, "reason": reason})

    def page(self, client_id: UUID | None, bill_id: UUID | None = None, *, limit: int = 2000) -> list[DebitNote]:
        """Newest first, void ones too."""
        query = f"""{_NOTE} WHERE (CAST(:client AS uuid) IS NULL OR n.client_id = :client)
   AND (CAST(:bill AS uuid) IS NULL OR n.bill_id = :bill) ORDER BY n.issued_at DESC, n.number DESC LIMIT :limit"""
        return [DebitNote(**row) for row in self._rows(query, client=client_id, bill=bill_id, limit=limit)]

    def find(self, client_id: UUID | None, text: str) -> list[DebitNote]:
        """Notes of that id or number."""
        query = f"""{_NOTE} WHERE (CAST(:client AS uuid) IS NULL OR n.client_id = :client)
   AND (n.id::text = lower(:text) OR n.number = upper(:text))"""
        return [DebitNote(**row) for row in self._rows(query, client=client_id, text=text.strip())]

    def lines(self, client_id: UUID, note_id: UUID) -> list[DebitLine]:
        """What a note says, row by row of the vendor's bill."""
        query = """
SELECT x.dispute_id, x.row_no, x.ref, x.reason, x.words, x.started, x.vehicle_no, x.billed, x.agreed, x.amount, x.tax
  FROM app.vendor_debit_lines x WHERE x.client_id = :client AND x.note_id = :note ORDER BY x.line_no"""
        return [DebitLine(**row) for row in self._rows(query, client=client_id, note=note_id)]
