"""Invoices as they are read, issued and voided. Drafts are made by a run (runs.py); numbers only by the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from billing.invoicing.doc_types import sign_of
from billing.schemas.invoices import InvoiceStatus, InvoiceSummary
from billing.store.contracts import rules_from_text

_SUMMARY = """
SELECT i.client_id, i.id, i.run_id, i.number, i.status, i.doc_type, i.month, i.invoice_date, i.taxable,
       i.non_taxable, i.tax, i.cgst, i.sgst, i.igst, i.rcm_tax, i.round_off, i.total, i.tds, i.tds_milli, i.issued_at,
       i.created_at, i.void_reason, i.reverse_charge, i.supply, i.sac, i.place_of_supply, i.vendor_id, i.contract_id,
       i.site_id, i.branch_id, i.rev, i.corrects_id, o.number AS corrects_number, o.invoice_date AS corrects_date,
       o.doc_type AS corrects_doc_type, i.note_kind, i.note_reason, i.commercial, i.credit_until, i.tax_to_rupee,
       i.replaces_id,
       p.number AS replaces_number, s.number AS replaced_by_number, s.id AS replaced_by_id, i.approved_at,
       i.approved_by, c.code AS client_code, c.name AS client_name, l.code AS vendor_code, v.name AS vendor_name,
       k.name AS contract_name, r.trips, r.distance_m, r.incentive,
       coalesce((SELECT sum(api.document_sign(n.doc_type) * n.total) FROM app.invoices n
                  WHERE n.client_id = i.client_id AND n.corrects_id = i.id AND n.status = 'ISSUED'), 0)::bigint
           AS notes_total
  FROM app.invoices i
  JOIN app.clients c ON c.id = i.client_id
  JOIN app.client_vendors l ON l.client_id = i.client_id AND l.vendor_id = i.vendor_id
  JOIN app.vendors v ON v.id = i.vendor_id
  JOIN app.contracts k ON k.client_id = i.client_id AND k.id = i.contract_id
  JOIN app.billing_runs r ON r.client_id = i.client_id AND r.id = i.run_id
  LEFT JOIN app.invoices o ON o.client_id = i.client_id AND o.id = i.corrects_id
  LEFT JOIN app.invoices p ON p.client_id = i.client_id AND p.id = i.replaces_id
  LEFT JOIN app.invoices s ON s.client_id = i.client_id AND s.replaces_id = i.id
"""
# A draft is printed from the tables as they are, an issued document from what was frozen with it.
_PARTIES = """
SELECT coalesce(nullif(b.legal_name, ''), v.name) AS supplier_name, l.code AS supplier_code,
       b.address_1 AS supplier_1, b.address_2 AS supplier_2,
       b.city AS supplier_city, b.pin AS supplier_pin, b.gstin AS supplier_gstin, v.pan AS supplier_pan,
       b.state_code AS supplier_state, b.bank,
       coalesce(nullif(s.legal_name, ''), c.name) AS recipient_name, c.code AS recipient_code,
              s.address_1 AS recipient_1,
       s.address_2 AS recipient_2, s.city AS recipient_city, s.pin AS recipient_pin,
       s.gstin AS recipient_gstin, c.pan AS recipient_pan,
       s.state_code AS recipient_state, s.is_sez, s.lut_no, s.lut_until, k.name AS contract_name, k.po_number,
       k.sac, k.fuel_included,
       k.itc_option, k.reverse_charge, l.billing_mode, c.time_zone
  FROM app.contracts k
  JOIN app.clients c ON c.id = k.client_id
  JOIN app.vendors v ON v.id = k.vendor_id
  JOIN app.client_vendors l ON l.client_id = k.client_id AND l.vendor_id = k.vendor_id
  JOIN app.client_sites s ON s.client_id = k.client_id AND s.id = k.site_id
  JOIN app.vendor_branches b ON b.vendor_id = k.vendor_id AND b.id = k.branch_id
 WHERE k.client_id = :client AND k.id = :contract
"""


@dataclass(frozen=True, slots=True)
class StoredInvoice:
    """One invoice with its lines as they are stored; `figures` and `snapshot` by column name."""

    summary: InvoiceSummary
    client_id: UUID
    contract_id: UUID
    vendor_id: UUID
    doc_type: str
    figures: dict[str, Any]
    snapshot: dict[str, Any]
    lines: tuple[dict[str, Any], ...]
    versions: tuple[dict[str, Any], ...]
    inputs: dict[str, Any]
    engine_version: int
    issued_by: str

    def inputs_versions(self) -> list[dict[str, Any]]:
        """The contract versions as the run was rated with them (TARIFF.md section 4 names)."""
        return list(self.inputs["versions"])


class Invoices:
    """Invoices of the clients that the user may see."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def page(
        self,
        *,
        client_id: UUID | None = None,
        vendor_id: UUID | None = None,
        month: date | None = None,
        status: str | None = None,
        after: tuple[date, UUID] | None = None,
        limit: int = 200,
    ) -> list[InvoiceSummary]:
        """Newest month first; `after` is the (month, id) of the last row seen (keyset)."""
        query = (
            _SUMMARY
            + """
 WHERE (CAST(:client AS uuid) IS NULL OR i.client_id = :client)
        AND (CAST(:vendor AS uuid) IS NULL OR i.vendor_id = :vendor)
   AND (CAST(:month AS date) IS NULL OR i.month = :month) AND (CAST(:status AS text) IS NULL OR i.status = :status)
   AND (CAST(:last_id AS uuid) IS NULL OR (i.month, i.id) < (:last_month, :last_id))
 ORDER BY i.month DESC, i.id DESC LIMIT :limit"""
        )
        values = {
            "client": client_id,
            "vendor": vendor_id,
            "month": month,
            "status": status,
            "last_month": after[0] if after else None,
            "last_id": after[1] if after else None,
            "limit": limit,
        }
        return [_summary(row) for row in self._connection.execute(sa.text(query), values).mappings()]

    def find(self, text: str, *, client_id: UUID | None = None) -> list[tuple[UUID, UUID]]:
        """(client, id) of the invoices that an id or a number means."""
        query = """
SELECT i.client_id, i.id FROM app.invoices i
 WHERE (i.id = CAST(:id AS uuid) OR i.number = upper(:text))
        AND (CAST(:client AS uuid) IS NULL OR i.client_id = :client)"""
        values = {"id": _as_uuid(text), "text": text.strip(), "client": client_id}
        return [(row[0], row[1]) for row in self._connection.execute(sa.text(query), values)]

    def get(self, client_id: UUID, invoice_id: UUID) -> StoredInvoice | None:
        """The invoice with everything that is stored about it; None when the user may not see it."""
        values = {"client": client_id, "id": invoice_id}
        row = (
            self._connection.execute(sa.text(_SUMMARY + " WHERE i.client_id = :client AND i.id = :id"), values)
            .mappings()
            .first()
        )
        if row is None:
            return None
        more = (
            self._connection.execute(
                sa.text("""
SELECT i.snapshot, r.inputs, r.engine_version, coalesce(u.email, '') AS issued_by
  FROM app.invoices i JOIN app.billing_runs r ON r.client_id = i.client_id AND r.id = i.run_id
  LEFT JOIN auth.users u ON u.id = i.issued_by WHERE i.client_id = :client AND i.id = :id"""),
                values,
            )
            .mappings()
            .one()
        )
        return StoredInvoice(
            summary=_summary(row),
            client_id=client_id,
            contract_id=row["contract_id"],
            vendor_id=row["vendor_id"],
            doc_type=row["doc_type"],
            figures=_figures(row),
            snapshot=more["snapshot"],
            lines=self._lines(values),
            versions=self._versions(client_id, row["run_id"]),
            inputs=more["inputs"],
            engine_version=more["engine_version"],
            issued_by=more["issued_by"],
        )

    def _lines(self, values: dict[str, Any]) -> tuple[dict[str, Any], ...]:
        query = """
SELECT l.line_no, l.source, l.code, l.taxable, l.tax_milli, l.sac, l.description, l.quantity, l.unit, l.amount,
       l.tax, l.cgst, l.sgst, l.igst
  FROM app.invoice_lines l WHERE l.client_id = :client AND l.invoice_id = :id ORDER BY l.line_no"""
        return tuple(dict(row) for row in self._connection.execute(sa.text(query), values).mappings())

    def _versions(self, client_id: UUID, run_id: UUID) -> tuple[dict[str, Any], ...]:
        query = """
SELECT b.version_number, v.billing_model, v.rules_config::text AS rules, lower(v.validity) AS valid_from,
       upper(v.validity) AS valid_until
  FROM app.billing_run_versions b JOIN app.contract_versions v ON v.client_id = b.client_id AND v.id = b.version_id
 WHERE b.client_id = :client AND b.run_id = :run ORDER BY b.version_number"""
        rows = self._connection.execute(sa.text(query), {"client": client_id, "run": run_id}).mappings()
        return tuple({**row, "rules": rules_from_text(row["rules"])} for row in rows)

    def parties(self, client_id: UUID, contract_id: UUID) -> dict[str, Any]:
        """Names, addresses and tax data of both sides of a contract, as the tables are now."""
        values = {"client": client_id, "contract": contract_id}
        return dict(self._connection.execute(sa.text(_PARTIES), values).mappings().one())

    def issue(self, client_id: UUID, invoice_id: UUID, prefixes: Sequence[str], in_words: str) -> tuple[str, date, str]:
        """Issue a draft: (number, date, 'issued' or 'unchanged'). `prefixes` serve a series that is not made yet."""
        row = self._connection.execute(
            sa.text(
                "SELECT number, invoice_date, state "
                "FROM api.issue_invoice(:client, :id, CAST(:prefixes AS text[]), :words)"
            ),
            {"client": client_id, "id": invoice_id, "prefixes": list(prefixes), "words": in_words},
        ).one()
        return row[0], row[1], row[2]

    def void(self, client_id: UUID, invoice_id: UUID, reason: str) -> str:
        """Void an issued invoice; its number stays used and is given back here."""
        values = {"client": client_id, "id": invoice_id, "reason": reason}
        statement = sa.text("SELECT api.void_invoice(:client, :id, :reason)")
        return str(self._connection.execute(statement, values).scalar_one())

    def set_series(
        self,
        client_id: UUID,
        vendor_id: UUID,
        branch_id: UUID,
        doc_type: str,
        year: str,
        prefix: str,
        template: str,
        first: int,
    ) -> str:
        """Set a number series before its first use; gives what its first number looks like."""
        statement = sa.text(
            "SELECT api.set_series(:client, :vendor, :branch, :kind, :year, :prefix, :template, :first)"
        )
        values = {
            "client": client_id,
            "vendor": vendor_id,
            "branch": branch_id,
            "kind": doc_type,
            "year": year,
            "prefix": prefix,
            "template": template,
            "first": first,
        }
        return str(self._connection.execute(statement, values).scalar_one())

    def history(self, client_id: UUID, invoice_id: UUID) -> list[tuple[datetime, str]]:
        """When the invoice was drafted, approved, issued, voided: (time, what), oldest first."""
        query = """
SELECT x.at, x.what FROM app.invoices i CROSS JOIN LATERAL (VALUES
    (i.created_at, 'drafted'), (i.approved_at, 'approved'), (i.issued_at, 'issued'), (i.void_at, 'voided'))
    AS x(at, what)
 WHERE i.client_id = :client AND i.id = :id AND x.at IS NOT NULL ORDER BY x.at"""
        rows = self._connection.execute(sa.text(query), {"client": client_id, "id": invoice_id})
        return [(row[0], row[1]) for row in rows]

    def approve(self, client_id: UUID, invoice_id: UUID) -> str:
        """Approve a draft: 'approved' or 'unchanged'."""
        statement = sa.text("SELECT api.approve_invoice(:client, :id)")
        return str(self._connection.execute(statement, {"client": client_id, "id": invoice_id}).scalar_one())

    def send_back(self, client_id: UUID, invoice_id: UUID, reason: str) -> None:
        """Take an approval back."""
        statement = sa.text("SELECT api.send_back_invoice(:client, :id, :reason)")
        self._connection.execute(statement, {"client": client_id, "id": invoice_id, "reason": reason})

    def notes_of(self, client_id: UUID, invoice_id: UUID) -> list[InvoiceSummary]:
        """The notes that correct an invoice, oldest first."""
        query = _SUMMARY + " WHERE i.client_id = :client AND i.corrects_id = :id ORDER BY i.created_at, i.id"
        rows = self._connection.execute(sa.text(query), {"client": client_id, "id": invoice_id}).mappings()
        return [_summary(row) for row in rows]


def _as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text.strip())
    except ValueError:
        return None


def _figures(row: Any) -> dict[str, Any]:
    """The row by column name; a note's originals as Rule 53 wants them named."""
    figures = dict(row)
    original = {"id": row["corrects_id"], "number": row["corrects_number"], "date": row["corrects_date"]}
    figures["originals"] = [original] if row["corrects_id"] else []
    figures["reason"] = row["note_reason"]
    return figures


def _summary(row: Any) -> InvoiceSummary:
    return InvoiceSummary(
        client_id=row["client_id"],
        invoice_id=row["id"],
        run_id=row["run_id"],
        number=row["number"],
        status=InvoiceStatus(row["status"]),
        client_code=row["client_code"],
        client_name=row["client_name"],
        vendor_code=row["vendor_code"],
        vendor_name=row["vendor_name"],
        contract_name=row["contract_name"],
        month=row["month"],
        invoice_date=row["invoice_date"],
        trips=row["trips"],
        taxable=row["taxable"],
        tax=row["tax"],
        total=row["total"],
        issued_at=row["issued_at"],
        void_reason=row["void_reason"],
        doc_type=row["doc_type"],
        corrects_id=row["corrects_id"],
        corrects_number=row["corrects_number"],
        note_reason=row["note_reason"],
        commercial=row["commercial"],
        credit_until=row["credit_until"],
        notes_total=row["notes_total"],
        owed=sign_of(row["doc_type"]) * row["total"] if row["status"] == "ISSUED" else 0,
        replaces_number=row["replaces_number"],
        replaced_by_number=row["replaced_by_number"],
        approved_at=row["approved_at"],
        contract_id=row["contract_id"],
    )
