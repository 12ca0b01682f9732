"""Vendors' bills: their rows and the comparison with ours. Everything that changes goes through definer functions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from billing.schemas.vendor_bills import BillLine, BucketSum, TheirRow, VendorBill
from billing.store.statements import Statements

_BILL = """
SELECT b.client_id, b.id, b.vendor_id, l.code AS vendor_code, v.name AS vendor_name, b.number, b.bill_date, b.first_day,
       b.last_day, b.file_name, b.basis, b.tolerance, b.window_s, b.stated_total, b.rows, b.rejected, b.amount, b.tax,
       b.ours_amount, b.ours_tax, b.status, b.created_at, b.created_by,
       (SELECT count(*) FROM app.vendor_disputes d WHERE d.client_id = b.client_id AND d.bill_id = b.id
          AND d.status = 'OPEN') AS open_disputes,
       (SELECT count(*) FROM app.vendor_disputes d WHERE d.client_id = b.client_id AND d.bill_id = b.id) AS disputes,
       (SELECT coalesce(sum(p.net + p.tds), 0)::bigint FROM app.vendor_payouts p
         WHERE p.client_id = b.client_id AND p.bill_id = b.id AND p.status = 'MADE') AS paid
  FROM app.vendor_bills b
  JOIN app.client_vendors l ON l.client_id = b.client_id AND l.vendor_id = b.vendor_id
  JOIN app.vendors v ON v.id = b.vendor_id"""
_LINES = """
SELECT m.place, m.row_no, r.sheet_row, m.trip_id, m.code, m.ref, m.how, m.bucket,
       CASE WHEN m.row_no IS NOT NULL THEN m.theirs END AS theirs,
       CASE WHEN m.row_no IS NOT NULL THEN m.their_tax END AS their_tax,
       CASE WHEN m.bucket <> 'ONLY_VENDOR' THEN m.ours END AS ours,
       CASE WHEN m.bucket <> 'ONLY_VENDOR' THEN m.our_tax END AS our_tax,
       m.our_state, m.cause, m.cause_text, m.explained, coalesce(r.trip_ref, '') AS their_ref,
       coalesce(r.vehicle_no, '') AS vehicle_no, r.start_time AS their_start, r.distance_m AS their_m,
       t.start_time AS our_start, t.distance_m AS our_m, coalesce(t.vehicle_no, '') AS our_vehicle,
       coalesce(r.description, '') AS description, d.id AS dispute_id, d.status AS dispute_status,
       CASE WHEN d.id IS NOT NULL THEN d.pay_amount WHEN m.row_no IS NULL THEN 0
            WHEN m.bucket IN ('EXACT', 'TOLERANCE', 'UNDER') THEN m.theirs
            WHEN m.bucket = 'OVER' THEN least(m.ours, m.theirs) ELSE least(m.theirs, 0) END AS pay
  FROM app.vendor_bill_matches m
  LEFT JOIN app.vendor_bill_rows r ON r.client_id = m.client_id AND r.bill_id = m.bill_id AND r.row_no = m.row_no
  LEFT JOIN app.trips t ON t.client_id = m.client_id AND t.id = m.trip_id
  LEFT JOIN app.vendor_disputes d ON d.client_id = m.client_id AND d.bill_id = m.bill_id AND d.row_no = m.row_no
 WHERE m.client_id = :client AND m.bill_id = :bill AND (CAST(:bucket AS text) IS NULL OR m.bucket = :bucket)
 ORDER BY m.place LIMIT :limit"""
# Our trips: what every unreleased row of the ledger charged for them together, or why no bill takes them.
_OURS = """
SELECT t.id, t.external_ref, coalesce(t.vehicle_no, '') AS vehicle_no, t.start_time, t.distance_m, t.status,
       t.contract_id, x.amount, x.tax, x.untaxed, x.tax_milli,
       CASE WHEN x.amount IS NOT NULL THEN 'BILLED' WHEN t.acceptance <> 'ACCEPTED' THEN t.acceptance
            WHEN t.hold_reason IS NOT NULL THEN 'HELD' WHEN t.contract_id IS NULL THEN
            coalesce(t.exception, 'NO_CONTRACT') ELSE 'PREVIEW' END AS state,
       t.start_time >= :start AND t.start_time < :until AS in_period
  FROM app.trips t
  LEFT JOIN LATERAL (SELECT sum(c.taxable + c.non_taxable)::bigint AS amount, sum(c.tax)::bigint AS tax,
                            sum(c.non_taxable)::bigint AS untaxed, max(c.tax_milli) AS tax_milli
                       FROM app.trip_charges c WHERE c.client_id = t.client_id AND c.trip_id = t.id
                        AND c.released_at IS NULL) x ON true
 WHERE t.client_id = :client AND t.vendor_id = :vendor AND t.superseded_at IS NULL
   AND (t.start_time >= :start AND t.start_time < :until OR t.external_ref = ANY (CAST(:refs AS text[])))
   AND NOT EXISTS (SELECT 1 FROM app.vendor_bill_matches m WHERE m.client_id = t.client_id AND m.trip_id = t.id
                      AND m.row_no IS NOT NULL AND m.bill_id <> :bill)
   AND NOT EXISTS (SELECT 1 FROM app.vendor_bill_day_trips d WHERE d.client_id = t.client_id AND d.trip_id = t.id
                      AND d.bill_id <> :bill)
 ORDER BY t.start_time, t.external_ref"""
_CHARGES = """
SELECT r.contract_id, p.code, p.slot, sum(p.amount)::bigint AS amount, max(p.tax_milli) AS tax_milli
  FROM app.billing_runs r
  JOIN app.period_charges p ON p.client_id = r.client_id AND p.run_id = r.id
  JOIN app.contracts k ON k.client_id = r.client_id AND k.id = r.contract_id
 WHERE r.client_id = :client AND k.vendor_id = :vendor AND r.month = :month
   AND (r.kind = 'BILL' AND r.status IN ('DRAFT', 'ISSUED') OR r.kind = 'NOTE' AND r.status = 'ISSUED')
 GROUP BY 1, 2, 3 HAVING sum(p.amount) <> 0 ORDER BY 1, 2, 3"""


class VendorBills(Statements):
    """Vendors' bills of the clients that the user may see."""

    def page(self, client_id: UUID | None, *, with_undone: bool = False, limit: int = 1000) -> list[VendorBill]:
        """Newest period first."""
        query = f"""{_BILL} WHERE (CAST(:client AS uuid) IS NULL OR b.client_id = :client)
   AND (b.status = 'OPEN' OR :undone) ORDER BY b.first_day DESC, b.id DESC LIMIT :limit"""
        return [VendorBill(**row) for row in self._rows(query, client=client_id, undone=with_undone, limit=limit)]

    def find(self, client_id: UUID | None, text: str) -> list[VendorBill]:
        """Bills of that id or number; undone ones only by their id."""
        query = f"""{_BILL} WHERE (CAST(:client AS uuid) IS NULL OR b.client_id = :client)
   AND (b.id::text = lower(:text) OR b.status = 'OPEN' AND b.number <> '' AND upper(b.number) = upper(:text))"""
        return [VendorBill(**row) for row in self._rows(query, client=client_id, text=text.strip())]

    def of_file(self, client_id: UUID, vendor_id: UUID, sha256: str) -> list[VendorBill]:
        """The bill that was read from this very file and not undone."""
        query = f"""{_BILL} WHERE b.client_id = :client AND b.vendor_id = :vendor AND b.status = 'OPEN'
   AND b.file_sha256 = decode(:sha, 'hex')"""
        return [VendorBill(**row) for row in self._rows(query, client=client_id, vendor=vendor_id, sha=sha256)]

    def their_rows(self, client_id: UUID, bill_id: UUID) -> list[TheirRow]:
        """The rows of a bill, in the sheet's order."""
        query = """
SELECT r.row_no, r.trip_ref AS ref, r.vehicle_no, (extract(epoch FROM r.start_time) * 1000000)::bigint AS start,
       r.has_time, r.distance_m, r.amount, r.tax, r.description, r.sheet_row, r.other_client
  FROM app.vendor_bill_rows r WHERE r.client_id = :client AND r.bill_id = :bill ORDER BY r.row_no"""
        return [TheirRow(**row) for row in self._rows(query, client=client_id, bill=bill_id)]

    def our_trips(
        self,
        client_id: UUID,
        vendor_id: UUID,
        bill_id: UUID,
        start: datetime,
        until: datetime,
        refs: Sequence[str],
    ) -> list[Mapping[str, Any]]:
        """Trips of the vendor that start in [start, until) or have one of these ids and are on no other bill of it."""
        values = {"client": client_id, "vendor": vendor_id, "bill": bill_id, "start": start, "until": until}
        return self._rows(_OURS, **values, refs=list(refs))

    def starts(self, client_id: UUID, vendor_id: UUID, refs: Sequence[str]) -> list[datetime]:
        """When the vendor's trips of these ids started, whatever bill they are on."""
        query = """
SELECT t.start_time FROM app.trips t WHERE t.client_id = :client AND t.vendor_id = :vendor AND t.superseded_at IS NULL
   AND t.external_ref = ANY (CAST(:refs AS text[]))"""
        return [row["start_time"] for row in self._rows(query, client=client_id, vendor=vendor_id, refs=list(refs))]

    def billed_before(self, client_id: UUID, vendor_id: UUID, bill_id: UUID, refs: Sequence[str]) -> dict[str, str]:
        """Of these trip ids those that are on another bill of the vendor, with that bill's name."""
        query = """
SELECT t.external_ref, coalesce(nullif(b.number, ''), b.file_name) AS bill
  FROM (SELECT x.client_id, x.bill_id, x.trip_id FROM app.vendor_bill_matches x WHERE x.row_no IS NOT NULL
        UNION ALL SELECT d.client_id, d.bill_id, d.trip_id FROM app.vendor_bill_day_trips d) m
  JOIN app.vendor_bills b ON b.client_id = m.client_id AND b.id = m.bill_id AND b.vendor_id = :vendor
  JOIN app.trips t ON t.client_id = m.client_id AND t.id = m.trip_id
 WHERE m.client_id = :client AND m.bill_id <> :bill
   AND t.external_ref = ANY (CAST(:refs AS text[]))"""
        rows = self._rows(query, client=client_id, vendor=vendor_id, bill=bill_id, refs=list(refs))
        return {row["external_ref"]: row["bill"] for row in rows}

    def our_charges(self, client_id: UUID, vendor_id: UUID, month: date) -> list[Mapping[str, Any]]:
        """Monthly charges of the vendor's billed contracts."""
        return self._rows(_CHARGES, client=client_id, vendor=vendor_id, month=month)

    def add(self, client_id: UUID, bill: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> None:
        """Store a bill and its rows. RefusedError BILL_KNOWN for the same file or number again."""
        values = {"bill": json.dumps(bill, default=str), "rows": json.dumps(rows, default=str)}
        self._call(
            "api.add_vendor_bill(:client, CAST(:bill AS jsonb), CAST(:rows AS jsonb))", client=client_id, **values
        )

    def match(self, client_id: UUID, bill_id: UUID, matches: Sequence[Mapping[str, Any]]) -> None:
        """Store the comparison in place of an earlier one."""
        lines = json.dumps(matches, default=str)
        self._call(
            "api.match_vendor_bill(:client, :bill, CAST(:lines AS jsonb))", client=client_id, bill=bill_id, lines=lines
        )

    def undo(self, client_id: UUID, bill_id: UUID, reason: str) -> None:
        """Take an import back; the file may come again."""
        self._call("api.undo_vendor_bill(:client, :bill, :reason)", client=client_id, bill=bill_id, reason=reason)

    def buckets(self, client_id: UUID, bill_id: UUID) -> list[BucketSum]:
        """Sums of each bucket that has lines."""
        query = """
SELECT m.bucket, count(*) AS lines, sum(m.theirs)::bigint AS theirs, sum(m.ours)::bigint AS ours,
       sum(m.their_tax)::bigint AS their_tax, sum(m.our_tax)::bigint AS our_tax
  FROM app.vendor_bill_matches m WHERE m.client_id = :client AND m.bill_id = :bill GROUP BY m.bucket"""
        return [BucketSum(**row) for row in self._rows(query, client=client_id, bill=bill_id)]

    def causes(self, client_id: UUID, bill_id: UUID) -> list[Mapping[str, Any]]:
        """How much of the difference each cause explains: cause, lines, difference, explained."""
        query = """
SELECT m.cause, count(*) AS lines, sum(m.theirs - m.ours)::bigint AS difference, sum(m.explained)::bigint AS explained
  FROM app.vendor_bill_matches m
 WHERE m.client_id = :client AND m.bill_id = :bill AND m.bucket NOT IN ('EXACT')
 GROUP BY m.cause ORDER BY sum(abs(m.theirs - m.ours)) DESC, m.cause"""
        return self._rows(query, client=client_id, bill=bill_id)

    def lines(self, client_id: UUID, bill_id: UUID, bucket: str | None = None, limit: int = 200_000) -> list[BillLine]:
        """The comparison line by line."""
        rows = self._rows(_LINES, client=client_id, bill=bill_id, bucket=bucket, limit=limit)
        return [BillLine(**row) for row in rows]
