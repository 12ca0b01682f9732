"""What documents print beside their figures: parties as they are now, letterheads, the portal's answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from billing.schemas.invoices import EinvoicePrint, Letterhead

# The same keys as private.snapshot_of freezes at issue (0091_papers.sql), read from the tables as they are.
_FACTS = """
SELECT jsonb_build_object(
    'supplier', jsonb_build_object('name', coalesce(nullif(b.legal_name, ''), v.name), 'code', l.code, 'gstin', b.gstin,
        'pan', v.pan, 'state_code', b.state_code, 'bank', b.bank, 'address_1', b.address_1, 'address_2', b.address_2,
        'city', b.city, 'pin', b.pin, 'einvoice_liable', b.einvoice_liable, 'is_body_corporate', v.is_body_corporate,
        'aato', v.aato, 'letterhead', (SELECT h.id FROM app.letterheads h
            WHERE h.vendor_id = b.vendor_id AND h.branch_id = b.id AND h.replaced_at IS NULL)),
    'recipient', jsonb_build_object('name', coalesce(nullif(s.legal_name, ''), c.name), 'code', c.code,
        'gstin', s.gstin, 'pan', c.pan, 'state_code', s.state_code, 'is_sez', s.is_sez, 'lut_no', s.lut_no,
        'lut_until', s.lut_until, 'address_1', s.address_1, 'address_2', s.address_2, 'city', s.city, 'pin', s.pin,
        'is_body_corporate', c.is_body_corporate),
    'contract', jsonb_build_object('name', k.name, 'po_number', k.po_number, 'sac', k.sac,
        'fuel_included', k.fuel_included, 'itc_option', k.itc_option, 'seating_capacity', k.seating_capacity,
        'statutory_obligation', k.statutory_obligation),
    'mode', l.billing_mode, 'authority', jsonb_build_object('ref', l.authority_ref, 'from', l.authority_from,
        'until', l.authority_until), 'time_zone', c.time_zone)
  FROM app.contracts k
  JOIN app.clients c ON c.id = k.client_id
  JOIN app.vendors v ON v.id = k.vendor_id
  JOIN app.client_vendors l ON l.client_id = k.client_id AND l.vendor_id = k.vendor_id
  JOIN app.client_sites s ON s.client_id = k.client_id AND s.id = k.site_id
  JOIN app.vendor_branches b ON b.vendor_id = k.vendor_id AND b.id = k.branch_id
 WHERE k.client_id = :client AND k.id = :contract
"""
_EINVOICE = "e.irn, e.ack_no, e.ack_date, e.signed_qr, e.status, e.cancel_reason, e.cancel_remark, e.cancelled_at"


@dataclass(frozen=True, slots=True)
class StoredEinvoice:
    """The portal's answer for a document; times are the portal's local time."""

    invoice_id: UUID
    irn: str
    ack_no: str
    ack_date: datetime
    signed_qr: str
    status: str
    cancel_reason: str | None
    cancel_remark: str | None
    cancelled_at: datetime | None

    def printed(self) -> EinvoicePrint:
        """What of it is printed."""
        return EinvoicePrint(self.irn, self.ack_no, self.ack_date, self.signed_qr, self.status == "CNL")


@dataclass(frozen=True, slots=True)
class DocumentKey:
    """A document that counts for returns: issued, or void after it had a number."""

    invoice_id: UUID
    number: str
    doc_type: str
    status: str
    invoice_date: date
    supplier_gstin: str | None


class Papers:
    """Letterheads and e-invoices, as far as the user may see them."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def facts(self, client_id: UUID, contract_id: UUID) -> dict[str, Any]:
        """Parties and contract as the tables are now, by the names with which an issue freezes them."""
        values = {"client": client_id, "contract": contract_id}
        found: dict[str, Any] = self._connection.execute(sa.text(_FACTS), values).scalar_one()
        return found

    def letterhead(self, letterhead_id: UUID) -> Letterhead | None:
        """A letterhead, the current one or one that a document was issued with."""
        return self._letterhead("id = :id", {"id": letterhead_id})

    def current_letterhead(self, vendor_id: UUID, branch_id: UUID) -> Letterhead | None:
        """What a branch prints now."""
        where = "vendor_id = :vendor AND branch_id = :branch AND replaced_at IS NULL"
        return self._letterhead(where, {"vendor": vendor_id, "branch": branch_id})

    def _letterhead(self, where: str, values: dict[str, Any]) -> Letterhead | None:
        query = f"SELECT image, kind, width, height, headline, footer FROM app.letterheads WHERE {where}"
        row = self._connection.execute(sa.text(query), values).first()
        return Letterhead(bytes(row[0]), *row[1:]) if row else None

    def set_letterhead(self, vendor_id: UUID, branch_id: UUID, new: Letterhead) -> None:
        """Put a letterhead in the place of the branch's old one (SUPER_ADMIN)."""
        statement = sa.text(
            "SELECT api.set_letterhead(:vendor, :branch, :image, :kind, :width, :height, :headline, :footer)"
        )
        values = {"vendor": vendor_id, "branch": branch_id, "image": new.image, "kind": new.kind, "width": new.width,
                  "height": new.height, "headline": new.headline, "footer": new.footer}  # fmt: skip
        self._connection.execute(statement, values)

    def einvoice(self, client_id: UUID, invoice_id: UUID) -> StoredEinvoice | None:
        """The portal's answer for one document."""
        query = (
            f"SELECT e.invoice_id, {_EINVOICE} FROM app.einvoices e WHERE e.client_id = :client AND e.invoice_id = :id"
        )
        row = self._connection.execute(sa.text(query), {"client": client_id, "id": invoice_id}).first()
        return StoredEinvoice(*row) if row else None

    def einvoices(self, client_id: UUID, invoices: Sequence[UUID]) -> dict[UUID, StoredEinvoice]:
        """The portal's answers for several documents."""
        query = f"""
SELECT e.invoice_id, {_EINVOICE} FROM app.einvoices e
 WHERE e.client_id = :client AND e.invoice_id = ANY (CAST(:ids AS uuid[]))"""
        rows = self._connection.execute(sa.text(query), {"client": client_id, "ids": list(invoices)})
        return {row[0]: StoredEinvoice(*row) for row in rows}

    def by_answer(
        self, irn: str, number: str, seller: str, doc_type: str, client_id: UUID | None = None
    ) -> tuple[UUID, UUID] | None:
        """(client, document) that an answer is about: by number, type and GSTIN, else by an IRN stored already."""
        query = """
SELECT i.client_id, i.id FROM app.invoices i
  LEFT JOIN app.einvoices e ON e.client_id = i.client_id AND e.invoice_id = i.id
 WHERE ((i.number = upper(:number) AND i.supplier_gstin = :seller AND i.doc_type = :doc_type)
        OR (:number = '' AND e.irn = :irn))
   AND (CAST(:client AS uuid) IS NULL OR i.client_id = :client)
 ORDER BY i.issued_at DESC LIMIT 1"""
        values = {"irn": irn, "number": number, "seller": seller, "doc_type": doc_type, "client": client_id}
        row = self._connection.execute(sa.text(query), values).first()
        return (row[0], row[1]) if row else None

    def numbered(self, client_id: UUID | None = None) -> list[DocumentKey]:
        """Issued documents of suppliers with a GSTIN, as an IRN is made from them; newest first."""
        query = """
SELECT i.id, i.number, i.doc_type, i.status, i.invoice_date, i.supplier_gstin FROM app.invoices i
 WHERE i.number IS NOT NULL AND i.supplier_gstin IS NOT NULL
   AND (CAST(:client AS uuid) IS NULL OR i.client_id = :client)
 ORDER BY i.invoice_date DESC"""
        return [DocumentKey(*row) for row in self._connection.execute(sa.text(query), {"client": client_id})]

    def store_einvoice(self, client_id: UUID, invoice_id: UUID, answer: EinvoicePrint) -> str:
        """Store the portal's answer: stored, cancelled or unchanged. The database recomputes the IRN."""
        statement = sa.text(
            "SELECT api.store_einvoice(:client, :id, :irn, :ack_no, CAST(:ack_date AS timestamp), :qr, :status)"
        )
        status = "CNL" if answer.is_cancelled else "ACT"
        values = {"client": client_id, "id": invoice_id, "irn": answer.irn, "ack_no": answer.ack_no,
                  "ack_date": answer.ack_date, "qr": answer.signed_qr, "status": status}  # fmt: skip
        return str(self._connection.execute(statement, values).scalar_one())

    def cancel_einvoice(self, client_id: UUID, invoice_id: UUID, reason: str, remark: str) -> datetime:
        """Record a cancellation on the portal; gives its time there."""
        statement = sa.text("SELECT api.cancel_einvoice(:client, :id, :reason, :remark)")
        values = {"client": client_id, "id": invoice_id, "reason": reason, "remark": remark}
        found: datetime = self._connection.execute(statement, values).scalar_one()
        return found

    def documents(
        self, client_id: UUID, first: date, last: date, *, vendor_id: UUID | None = None
    ) -> list[DocumentKey]:
        """Documents dated in these days that have a number, by number; void ones too."""
        query = """
SELECT i.id, i.number, i.doc_type, i.status, i.invoice_date, i.supplier_gstin FROM app.invoices i
 WHERE i.client_id = :client AND i.number IS NOT NULL AND i.invoice_date BETWEEN :first AND :last
   AND (CAST(:vendor AS uuid) IS NULL OR i.vendor_id = :vendor)
 ORDER BY i.supplier_gstin NULLS LAST, i.doc_type, i.fy, i.series_id, i.sequence_no"""
        values = {"client": client_id, "first": first, "last": last, "vendor": vendor_id}
        return [DocumentKey(*row) for row in self._connection.execute(sa.text(query), values)]
