"""Payments: what is open of each document, receipts and their lines. Changes go through definer functions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from billing.schemas.payments import OpenDocument, Receipt, ReceiptLine, WriteOff

_PAID = """LEFT JOIN LATERAL (SELECT coalesce(sum(l.amount), 0)::bigint AS amount,
          coalesce(sum(l.tds), 0)::bigint AS tds
     FROM app.receipt_lines l JOIN app.receipts r ON r.client_id = l.client_id AND r.id = l.receipt_id
    WHERE l.client_id = {d}.client_id AND l.{key} = {d}.id AND r.reversed_at IS NULL
      AND (CAST(:as_of AS date) IS NULL OR r.received_on <= :as_of)) p ON true
     LEFT JOIN LATERAL (SELECT coalesce(sum(w.amount), 0)::bigint AS amount FROM app.write_offs w
    WHERE w.client_id = {d}.client_id AND w.{key} = {d}.id AND w.reversed_at IS NULL
      AND (CAST(:as_of AS date) IS NULL OR w.written_on <= :as_of)) f ON true"""
_DOCUMENTS = f"""
WITH documents AS (
    SELECT i.client_id, i.id, false AS is_opening, i.vendor_id, k.name AS contract_name, i.number, i.invoice_date,
           i.invoice_date + :terms AS due_date, i.month, i.total, n.notes, p.amount AS received, p.tds,
           f.amount AS written_off
      FROM app.invoices i
      JOIN app.contracts k ON k.client_id = i.client_id AND k.id = i.contract_id
      LEFT JOIN LATERAL (
        SELECT coalesce(sum(CASE c.doc_type WHEN 'DEBIT_NOTE' THEN c.total ELSE -c.total END), 0)::bigint AS notes
          FROM app.invoices c WHERE c.client_id = i.client_id AND c.corrects_id = i.id AND c.status = 'ISSUED'
           AND c.doc_type IN ('CREDIT_NOTE', 'DEBIT_NOTE')
           AND (CAST(:as_of AS date) IS NULL OR c.invoice_date <= :as_of)) n ON true
      {_PAID.format(d="i", key="invoice_id")}
     WHERE i.status = 'ISSUED' AND i.doc_type NOT IN ('CREDIT_NOTE', 'DEBIT_NOTE')
       AND (CAST(:as_of AS date) IS NULL OR i.invoice_date <= :as_of)
    UNION ALL
    SELECT o.client_id, o.id, true, o.vendor_id, coalesce(k.name, ''), o.number, o.invoice_date,
           coalesce(o.due_date, o.invoice_date + :terms), NULL,
           CASE o.doc_type WHEN 'CREDIT_NOTE' THEN -o.open_amount ELSE o.open_amount END, 0, p.amount, p.tds,
           f.amount
      FROM app.opening_invoices o
      LEFT JOIN app.contracts k ON k.client_id = o.client_id AND k.id = o.contract_id
      {_PAID.format(d="o", key="opening_id")}
     WHERE CAST(:as_of AS date) IS NULL OR o.invoice_date <= :as_of)
SELECT d.client_id, d.id, d.is_opening, d.vendor_id, l.code AS vendor_code, v.name AS vendor_name, d.contract_name,
       d.number, d.invoice_date, d.due_date, d.month, d.total, d.notes, d.received, d.tds,
       d.written_off, d.total + d.notes - d.received - d.tds - d.written_off AS open_amount
  FROM documents d
  JOIN app.client_vendors l ON l.client_id = d.client_id AND l.vendor_id = d.vendor_id
  JOIN app.vendors v ON v.id = d.vendor_id
 WHERE d.client_id = :client AND (CAST(:vendor AS uuid) IS NULL OR d.vendor_id = :vendor)
   AND (:paid OR d.total + d.notes - d.received - d.tds - d.written_off <> 0)
 ORDER BY d.due_date, d.invoice_date, d.number, d.id"""
_RECEIPTS = """
SELECT r.client_id, r.id, r.vendor_id, l.code AS vendor_code, v.name AS vendor_name, r.received_on, r.amount, r.mode,
       r.reference, r.note, r.recorded_at, r.recorded_by, r.reversed_at, r.reversed_by, r.reverse_reason,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(coalesce(x.invoice_id, x.opening_id), coalesce(i.number, o.number),
                                                    x.amount, x.tds) ORDER BY x.line_no), '[]')
          FROM app.receipt_lines x
          LEFT JOIN app.invoices i ON i.client_id = x.client_id AND i.id = x.invoice_id
          LEFT JOIN app.opening_invoices o ON o.client_id = x.client_id AND o.id = x.opening_id
         WHERE x.client_id = r.client_id AND x.receipt_id = r.id) AS lines
  FROM app.receipts r
  JOIN app.client_vendors l ON l.client_id = r.client_id AND l.vendor_id = r.vendor_id
  JOIN app.vendors v ON v.id = r.vendor_id
 WHERE r.client_id = :client AND (CAST(:vendor AS uuid) IS NULL OR r.vendor_id = :vendor)
   AND (CAST(:id AS uuid) IS NULL OR r.id = :id)
 ORDER BY r.received_on DESC, r.id DESC LIMIT :limit"""
_WRITE_OFFS = """
SELECT w.id, w.vendor_id, l.code AS vendor_code, v.name AS vendor_name,
       coalesce(w.invoice_id, w.opening_id) AS document_id, coalesce(i.number, o.number) AS number,
       w.written_on, w.amount, w.reason, w.note, w.recorded_by, w.reversed_at,
       w.reverse_reason
  FROM app.write_offs w
  JOIN app.client_vendors l ON l.client_id = w.client_id AND l.vendor_id = w.vendor_id
  JOIN app.vendors v ON v.id = w.vendor_id
  LEFT JOIN app.invoices i ON i.client_id = w.client_id AND i.id = w.invoice_id
  LEFT JOIN app.opening_invoices o ON o.client_id = w.client_id AND o.id = w.opening_id
 WHERE w.client_id = :c ORDER BY w.written_on DESC, w.recorded_at DESC, w.amount DESC"""


class Payments:
    """Payments of a client to its vendors."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def documents(
        self,
        client_id: UUID,
        *,
        terms: int,
        vendor_id: UUID | None = None,
        with_paid: bool = False,
        as_of: date | None = None,
    ) -> list[OpenDocument]:
        """What is open, oldest due date first; `as_of` leaves out what is dated later.

        `terms`: days until an invoice is due, where it does not say.
        """
        values = {"client": client_id, "terms": terms, "vendor": vendor_id, "paid": with_paid, "as_of": as_of}
        return [OpenDocument(**row) for row in self._connection.execute(sa.text(_DOCUMENTS), values).mappings()]

    def receipts(
        self, client_id: UUID, *, vendor_id: UUID | None = None, receipt_id: UUID | None = None, limit: int = 5000
    ) -> list[Receipt]:
        """Payments, newest first; reversed ones too."""
        values = {"client": client_id, "vendor": vendor_id, "id": receipt_id, "limit": limit}
        found = []
        for row in self._connection.execute(sa.text(_RECEIPTS), values).mappings():
            lines = tuple(ReceiptLine(UUID(line[0]), line[1], line[2], line[3]) for line in row["lines"])
            found.append(Receipt(**{**row, "lines": lines}))
        return found

    def record(self, client_id: UUID, receipt: Mapping[str, Any], lines: Sequence[ReceiptLine]) -> None:
        """Record a payment and how it is spread; the same id again does nothing."""
        values = {"client": client_id, "receipt": json.dumps(receipt, default=str), "lines": _json(lines)}
        statement = "SELECT api.record_receipt(:client, CAST(:receipt AS jsonb), CAST(:lines AS jsonb))"
        self._connection.execute(sa.text(statement), values)

    def spread(self, client_id: UUID, receipt_id: UUID, lines: Sequence[ReceiptLine]) -> None:
        """Spread what is left of a payment."""
        values = {"client": client_id, "id": receipt_id, "lines": _json(lines)}
        self._connection.execute(sa.text("SELECT api.spread_advance(:client, :id, CAST(:lines AS jsonb))"), values)

    def reverse(self, client_id: UUID, receipt_id: UUID, reason: str) -> None:
        """Reverse a payment with a reason; nothing is deleted."""
        values = {"client": client_id, "id": receipt_id, "reason": reason}
        self._connection.execute(sa.text("SELECT api.reverse_receipt(:client, :id, :reason)"), values)

    def write_off(self, client_id: UUID, write_off_id: UUID, content: Mapping[str, Any]) -> None:
        """Let what is open of a document rest; the same id again does nothing."""
        values = {"client": client_id, "id": write_off_id, "content": json.dumps(content, default=str)}
        self._connection.execute(sa.text("SELECT api.write_off(:client, :id, CAST(:content AS jsonb))"), values)

    def set_off(self, client_id: UUID, set_off_id: UUID, content: Mapping[str, Any]) -> None:
        """Let the credit of one document pay another; the same id again does nothing."""
        values = {"client": client_id, "id": set_off_id, "content": json.dumps(content, default=str)}
        self._connection.execute(sa.text("SELECT api.set_off(:client, :id, CAST(:content AS jsonb))"), values)

    def reverse_write_off(self, client_id: UUID, write_off_id: UUID, reason: str) -> None:
        """Reverse a write-off, or both sides of a set-off."""
        values = {"client": client_id, "id": write_off_id, "reason": reason}
        self._connection.execute(sa.text("SELECT api.reverse_write_off(:client, :id, :reason)"), values)

    def write_offs(self, client_id: UUID) -> list[WriteOff]:
        """What was let rest or set off, newest first; reversed ones too."""
        return [WriteOff(**row) for row in self._connection.execute(sa.text(_WRITE_OFFS), {"c": client_id}).mappings()]


def _json(lines: Sequence[ReceiptLine]) -> str:
    return json.dumps([{"document_id": str(one.document_id), "amount": one.amount, "tds": one.tds} for one in lines])
