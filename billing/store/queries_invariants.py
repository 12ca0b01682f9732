"""What must hold in a client's books, each as one query of two figures a thing: SQL only, shares no code with rating.

A query gives (name, screen, ref, a, b) for every thing it looks at; where a and b differ, something is wrong. Bounds
are written as "b is at most a": a = least(actual, bound), b = actual.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

import sqlalchemy as sa

Unit = Literal["count", "money"]
WORST = 200


@dataclass(frozen=True, slots=True)
class Check:
    """One invariant: what its two figures are called, what they count, and who may read it."""

    id: str
    title: str
    left: str
    right: str
    unit: Unit
    query: str
    needs: str = "billing.amounts"


@dataclass(frozen=True, slots=True)
class Offender:
    """A thing for which the figures differ, and where it is looked at."""

    name: str
    screen: str
    ref: str
    left: int
    right: int


@dataclass(frozen=True, slots=True)
class Finding:
    """A check's result: how many things were looked at, both sums, and the things that are wrong."""

    check: Check
    looked_at: int
    left: int
    right: int
    wrong: int
    offenders: tuple[Offender, ...]


_POSTED = """r.client_id = :client AND r.posted_at IS NOT NULL AND r.status IN ('DRAFT', 'ISSUED')
   AND (CAST(:month AS date) IS NULL OR r.month = :month)"""
_DOCUMENT = """i.client_id = :client AND i.status <> 'VOID' AND (CAST(:month AS date) IS NULL OR i.month = :month)"""
_NAMED = "coalesce(i.number, 'Draft of ' || to_char(i.month, 'MM-YYYY'))"
_LEDGER = """(SELECT coalesce(sum(c.taxable + c.non_taxable), 0) FROM app.trip_charges c
         WHERE c.client_id = r.client_id AND c.run_id = r.id)
     + (SELECT coalesce(sum(p.amount), 0) FROM app.period_charges p
         WHERE p.client_id = r.client_id AND p.run_id = r.id)"""
# a note against lines moves no trip and no charge of the month: it has no ledger
_HAS_LEDGER = "(r.kind = 'BILL' OR jsonb_exists(r.inputs, 'settles'))"
_RUN_NAME = "k.name || ', ' || to_char(r.month, 'MM-YYYY')"
_BATCH = """b.client_id = :client AND b.status = 'IMPORTED' AND (CAST(:month AS date) IS NULL
   OR date_trunc('month', b.created_at)::date = :month)"""

CHECKS: tuple[Check, ...] = (
    Check("imported", "Imported rows are stored or refused", "rows read", "stored or refused", "count", f"""
SELECT b.file_name AS name, 'trips' AS screen, b.file_name AS ref, b.rows_read AS a,
       b.accepted + b.rejected + b.duplicates + coalesce((b.options->>'unticked')::integer, 0) AS b
  FROM app.import_batches b WHERE {_BATCH}"""),
    Check("stored", "Accepted rows became trips", "rows accepted", "trips stored", "count", f"""
SELECT b.file_name AS name, 'trips' AS screen, b.file_name AS ref, b.accepted AS a,
       (SELECT count(DISTINCT (t.vendor_id, t.external_ref)) FROM app.trips t
         WHERE t.client_id = b.client_id AND t.batch_id = b.id) AS b
  FROM app.import_batches b WHERE {_BATCH}"""),
    Check("once", "Every trip is billed, waits, or is left out", "trips", "billed, waiting, left out",
          "count", """
SELECT to_char(s.month, 'MM-YYYY') AS name, 'trips' AS screen, to_char(s.month, 'YYYY-MM-DD') AS ref, count(*) AS a,
       count(*) FILTER (WHERE s.bills = 1 AND s.fine) + count(*) FILTER (WHERE s.bills = 0 AND s.fine)
       + count(*) FILTER (WHERE s.bills = 0 AND NOT s.fine) AS b
  FROM (SELECT date_trunc('month', t.start_time AT TIME ZONE k.time_zone)::date AS month,
               t.acceptance = 'ACCEPTED' AND t.hold_reason IS NULL AND t.contract_id IS NOT NULL AS fine,
               coalesce(c.bills, 0) AS bills
          FROM app.trips t JOIN app.clients k ON k.id = t.client_id
          LEFT JOIN (SELECT c.client_id, c.trip_id, count(*) AS bills FROM app.trip_charges c
                      WHERE c.client_id = :client AND c.kind = 'BILL' AND c.released_at IS NULL
                      GROUP BY c.client_id, c.trip_id) c  -- once for all trips, by the index of what is billed
            ON c.client_id = t.client_id AND c.trip_id = t.id
         WHERE t.client_id = :client AND t.superseded_at IS NULL
           AND (CAST(:month AS date) IS NULL
                OR (t.start_time >= CAST(:month AS date)::timestamp AT TIME ZONE k.time_zone
                AND t.start_time < (CAST(:month AS date) + interval '1 month')::timestamp AT TIME ZONE k.time_zone))) s
 GROUP BY s.month"""),
    Check("rated", "A run bills as many trips as it charged", "trips of the run", "rows of the ledger", "count", f"""
SELECT {_RUN_NAME} AS name, 'billing_runs' AS screen, to_char(r.month, 'YYYY-MM-DD') AS ref, r.trips AS a,
       (SELECT count(*) FROM app.trip_charges c WHERE c.client_id = r.client_id AND c.run_id = r.id) AS b
  FROM app.billing_runs r JOIN app.contracts k ON k.client_id = r.client_id AND k.id = r.contract_id
 WHERE {_POSTED} AND r.kind = 'BILL'"""),
    Check("run_sums", "A run comes to what its ledger says", "runs", "ledger", "money", f"""
SELECT {_RUN_NAME} AS name, 'billing_runs' AS screen, to_char(r.month, 'YYYY-MM-DD') AS ref,
       r.taxable + r.non_taxable AS a, {_LEDGER} AS b
  FROM app.billing_runs r JOIN app.contracts k ON k.client_id = r.client_id AND k.id = r.contract_id
 WHERE {_POSTED} AND {_HAS_LEDGER}"""),
    Check("lines", "Invoice lines are the ledger", "invoice lines", "ledger", "money", f"""
SELECT {_NAMED} AS name, 'invoices' AS screen, i.id::text AS ref,
       (SELECT coalesce(sum(l.amount), 0) FROM app.invoice_lines l
         WHERE l.client_id = i.client_id AND l.invoice_id = i.id) * api.document_sign(i.doc_type) AS a, {_LEDGER} AS b
  FROM app.invoices i JOIN app.billing_runs r ON r.client_id = i.client_id AND r.id = i.run_id
 WHERE {_DOCUMENT} AND {_HAS_LEDGER}"""),
    Check("totals", "A total is its lines, tax and round-off", "totals", "their parts", "money", f"""
SELECT {_NAMED} AS name, 'invoices' AS screen, i.id::text AS ref, i.total AS a,
       (SELECT coalesce(sum(l.amount + l.tax), 0) FROM app.invoice_lines l
         WHERE l.client_id = i.client_id AND l.invoice_id = i.id) + i.round_off AS b
  FROM app.invoices i WHERE {_DOCUMENT}"""),
    Check("halves", "CGST equals SGST", "CGST", "SGST", "money", f"""
SELECT {_NAMED} AS name, 'invoices' AS screen, i.id::text AS ref, i.cgst AS a, i.sgst AS b
  FROM app.invoices i WHERE {_DOCUMENT} AND i.supply = 'INTRA'"""),
    Check("one_kind", "Tax is either CGST and SGST or IGST", "of the other kind", "nothing", "money", f"""
SELECT {_NAMED} AS name, 'invoices' AS screen, i.id::text AS ref,
       CASE i.supply WHEN 'INTRA' THEN i.igst ELSE i.cgst + i.sgst END AS a, 0 AS b
  FROM app.invoices i WHERE {_DOCUMENT} AND i.supply IN ('INTRA', 'INTER')"""),
    Check("numbers", "Invoice numbers have no gap", "numbers given out", "documents with them", "count", """
SELECT s.prefix || ' ' || s.fy AS name, 'invoices' AS screen, '' AS ref, s.next_number - s.first_number AS a,
       (SELECT count(*) FROM app.invoices i WHERE i.client_id = s.client_id AND i.series_id = s.id
           AND i.number IS NOT NULL) AS b
  FROM app.number_series s WHERE s.client_id = :client"""),
    Check("notes", "Credit notes stay below their invoices", "at most", "credited", "money", f"""
SELECT {_NAMED} AS name, 'invoices' AS screen, i.id::text AS ref,
       least(n.credit, i.total + n.debit) AS a, n.credit AS b
  FROM app.invoices i CROSS JOIN LATERAL (
       SELECT coalesce(sum(c.total) FILTER (WHERE c.doc_type = 'CREDIT_NOTE'), 0) AS credit,
              coalesce(sum(c.total) FILTER (WHERE c.doc_type = 'DEBIT_NOTE'), 0) AS debit
         FROM app.invoices c WHERE c.client_id = i.client_id AND c.corrects_id = i.id AND c.status = 'ISSUED') n
 WHERE {_DOCUMENT} AND n.credit > 0"""),
    Check("receipts", "No payment is spread twice", "at most", "spread", "money", """
SELECT coalesce(nullif(r.reference, ''), to_char(r.received_on, 'DD-MM-YYYY')) AS name, 'payments' AS screen,
       'paid' AS ref, least(x.spread, r.amount) AS a, x.spread AS b
  FROM app.receipts r CROSS JOIN LATERAL (SELECT coalesce(sum(l.amount), 0) AS spread FROM app.receipt_lines l
        WHERE l.client_id = r.client_id AND l.receipt_id = r.id) x
 WHERE r.client_id = :client AND r.reversed_at IS NULL""", "payments.view"),
    Check("overpaid", "No invoice is paid more than it comes to", "at most", "paid or let rest", "money", f"""
SELECT {_NAMED} AS name, 'invoices' AS screen, i.id::text AS ref, least(p.paid, greatest(i.total + n.notes, 0)) AS a,
       p.paid AS b
  FROM app.invoices i
 CROSS JOIN LATERAL (SELECT coalesce(sum(l.amount + l.tds), 0) AS paid FROM app.receipt_lines l
       JOIN app.receipts r ON r.client_id = l.client_id AND r.id = l.receipt_id
      WHERE l.client_id = i.client_id AND l.invoice_id = i.id AND r.reversed_at IS NULL) q
 CROSS JOIN LATERAL (SELECT q.paid + coalesce(sum(greatest(w.amount, 0)), 0) AS paid FROM app.write_offs w
      WHERE w.client_id = i.client_id AND w.invoice_id = i.id AND w.reversed_at IS NULL) p
 CROSS JOIN LATERAL (SELECT coalesce(sum(c.total) FILTER (WHERE c.doc_type = 'DEBIT_NOTE'), 0) AS notes
       FROM app.invoices c WHERE c.client_id = i.client_id AND c.corrects_id = i.id AND c.status = 'ISSUED') n
 WHERE {_DOCUMENT} AND p.paid > 0""", "payments.view"),
    Check("bill_theirs", "A vendor's bill is the sum of its buckets", "their bill", "buckets", "money", """
SELECT coalesce(nullif(b.number, ''), b.file_name) AS name, 'vendor_bills' AS screen, b.id::text AS ref,
       b.amount + b.tax AS a, (SELECT coalesce(sum(m.theirs + m.their_tax), 0) FROM app.vendor_bill_matches m
                                WHERE m.client_id = b.client_id AND m.bill_id = b.id) AS b
  FROM app.vendor_bills b WHERE b.client_id = :client AND b.status = 'OPEN'""", "vendor_bills.view"),
    Check("bill_ours", "Our side of it is the sum of its buckets", "our side", "buckets", "money", """
SELECT coalesce(nullif(b.number, ''), b.file_name) AS name, 'vendor_bills' AS screen, b.id::text AS ref,
       coalesce(b.ours_amount + b.ours_tax, 0) AS a,
       (SELECT coalesce(sum(m.ours + m.our_tax), 0) FROM app.vendor_bill_matches m
         WHERE m.client_id = b.client_id AND m.bill_id = b.id) AS b
  FROM app.vendor_bills b WHERE b.client_id = :client AND b.status = 'OPEN'""", "vendor_bills.view"),
    Check("payouts", "No payout beyond what is agreed", "at most", "paid out", "money", """
SELECT coalesce(nullif(b.number, ''), b.file_name) AS name, 'vendor_bills' AS screen, b.id::text AS ref,
       least(p.paid, y.amount + y.tax) AS a, p.paid AS b
  FROM app.vendor_bills b
 CROSS JOIN LATERAL (SELECT coalesce(sum(x.amount + x.tax), 0) AS paid FROM app.vendor_payouts x
      WHERE x.client_id = b.client_id AND x.bill_id = b.id AND x.status = 'MADE') p
 CROSS JOIN LATERAL api.vendor_bill_payable(b.client_id, b.id, current_date) y
 WHERE b.client_id = :client AND b.status = 'OPEN' AND p.paid > 0""", "vendor_bills.view"),
    Check("debit_notes", "A debit note is what its rows take off", "debit notes", "their rows", "money", """
SELECT n.number AS name, 'vendor_bills' AS screen, 'notes' AS ref, n.total AS a,
       (SELECT coalesce(sum(l.billed - l.agreed + l.tax), 0) FROM app.vendor_debit_lines l
         WHERE l.client_id = n.client_id AND l.note_id = n.id) AS b
  FROM app.vendor_debit_notes n WHERE n.client_id = :client""", "vendor_bills.view"),
    Check("debit_settled", "A debit note says what its disputes settled", "debit notes", "disputes", "money", """
SELECT n.number AS name, 'vendor_bills' AS screen, n.bill_id::text AS ref, n.amount AS a,
       (SELECT coalesce(sum(m.theirs - d.pay_amount), 0) FROM app.vendor_debit_lines l
          JOIN app.vendor_disputes d ON d.client_id = l.client_id AND d.id = l.dispute_id AND d.status = 'RESOLVED'
          JOIN app.vendor_bill_matches m ON m.client_id = d.client_id AND m.bill_id = d.bill_id AND m.row_no = d.row_no
         WHERE l.client_id = n.client_id AND l.note_id = n.id) AS b
  FROM app.vendor_debit_notes n WHERE n.client_id = :client AND n.status = 'ISSUED'""", "vendor_bills.view"),
    Check("debit_numbers", "Debit note numbers have no gap", "numbers given out", "notes with them", "count", """
SELECT s.prefix || ' ' || s.fy AS name, 'vendor_bills' AS screen, 'notes' AS ref, s.next_number - 1 AS a,
       (SELECT count(*) FROM app.vendor_debit_notes n WHERE n.client_id = s.client_id AND n.series_id = s.id) AS b
  FROM app.vendor_debit_series s WHERE s.client_id = :client""", "vendor_bills.view"),
    Check("set_offs", "What is set off pays and is used alike", "used", "paid by it", "money", """
SELECT to_char(w.written_on, 'DD-MM-YYYY') AS name, 'payments' AS screen, 'write_offs' AS ref, -w.amount AS a,
       (SELECT coalesce(sum(o.amount), 0) FROM app.write_offs o WHERE o.client_id = w.client_id
           AND o.set_off_id = w.set_off_id AND o.amount > 0 AND o.reversed_at IS NULL) AS b
  FROM app.write_offs w WHERE w.client_id = :client AND w.reason = 'SET_OFF' AND w.amount < 0
   AND w.reversed_at IS NULL""", "payments.view"),
)  # fmt: skip


class Invariants:
    """Looks whether a client's books hold together."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def look(self, check: Check, client_id: UUID, month: date | None = None) -> Finding:
        """One check over everything, or over what belongs to a month."""
        statement = f"""
WITH g AS MATERIALIZED ({check.query})
SELECT count(*) AS looked_at, coalesce(sum(g.a), 0)::bigint AS a, coalesce(sum(g.b), 0)::bigint AS b,
       count(*) FILTER (WHERE g.a IS DISTINCT FROM g.b) AS wrong,
       (SELECT coalesce(jsonb_agg(to_jsonb(w)), '[]') FROM (SELECT g.name, g.screen, g.ref, g.a, g.b FROM g
          WHERE g.a IS DISTINCT FROM g.b ORDER BY g.name LIMIT {WORST}) w) AS rows
  FROM g"""
        values = {"client": client_id, "month": month}
        row = self._connection.execute(sa.text(statement), values).mappings().one()
        offenders = tuple(Offender(x["name"], x["screen"], x["ref"], int(x["a"]), int(x["b"])) for x in row["rows"])
        return Finding(check, row["looked_at"], row["a"], row["b"], row["wrong"], offenders)
