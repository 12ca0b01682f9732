"""Credit and debit notes in the database: what is left of a document, what a month's runs charged, the note itself.

Written by definer functions that check every figure again (0082_notes.sql).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from billing.invoicing.notes import credit_deadline
from billing.schemas.invoices import ChargeLevel, TaxKind
from billing.schemas.notes import ChargedMonth, LateTrip, NoteRoom, RoomLine, TaxParts, Unsettled
from billing.store.copy import Column, copy_out
from billing.store.runs import CODES

_KINDS = {"INTRA": TaxKind.CGST_SGST, "INTER": TaxKind.IGST, "UNKNOWN": TaxKind.SINGLE}
_DOCUMENTS = """
SELECT i.id, CASE WHEN i.id = :id THEN 1 ELSE api.document_sign(i.doc_type) END AS sign, i.id = :id AS is_original,
       i.note_kind, i.taxable, i.non_taxable, i.tax, i.round_off, i.total, i.rcm_tax, i.tds
  FROM app.invoices i WHERE i.client_id = :client
   AND (i.id = :id OR (i.corrects_id = :id AND i.issued_at IS NOT NULL
        AND (CAST(:at AS timestamptz) IS NULL AND i.status = 'ISSUED'
             OR i.issued_at < :at AND (i.void_at IS NULL OR i.void_at > :at))))"""
_LEFT = f"""
WITH doc AS ({_DOCUMENTS})
SELECT l.source, l.code, l.taxable, l.tax_milli, min(l.line_no) FILTER (WHERE d.is_original) AS line_no,
       coalesce(min(l.description) FILTER (WHERE d.is_original), min(l.description)) AS description,
       coalesce(sum(l.amount) FILTER (WHERE d.is_original), 0)::bigint AS billed,
       sum(d.sign * l.amount)::bigint AS amount,
       sum(d.sign * l.tax)::bigint AS tax, sum(d.sign * l.cgst)::bigint AS cgst, sum(d.sign * l.sgst)::bigint AS sgst,
       sum(d.sign * l.igst)::bigint AS igst
  FROM doc d JOIN app.invoice_lines l ON l.client_id = :client AND l.invoice_id = d.id
 GROUP BY 1, 2, 3, 4 ORDER BY line_no NULLS LAST, 1, 2"""
_TOTALS = f"""
WITH doc AS ({_DOCUMENTS})
SELECT sum(d.sign * d.total)::bigint AS total, sum(d.sign * d.round_off)::bigint AS round_off,
       sum(d.sign * d.rcm_tax)::bigint AS rcm, sum(d.sign * d.tds)::bigint AS tds,
       coalesce(sum(d.total) FILTER (WHERE d.note_kind = 'LINES' AND d.sign < 0), 0)::bigint AS manual FROM doc d"""
_ORIGINAL = """
SELECT i.number, i.status, i.doc_type, i.corrects_id, i.invoice_date, i.month, i.supply, i.reverse_charge, i.tds_milli,
       i.contract_id, i.sac, i.tax_to_rupee, (clock_timestamp() AT TIME ZONE c.time_zone)::date AS today,
       coalesce(r.inputs->'versions'->-1->'rules_config'->>'round_off', '') = 'rupee' AS round_to_rupee
  FROM app.invoices i JOIN app.clients c ON c.id = i.client_id
  JOIN app.billing_runs r ON r.client_id = i.client_id AND r.id = i.run_id WHERE i.client_id = :client AND i.id = :id"""
_CHARGED = """app.trip_charges x WHERE x.client_id = %(client)s AND x.run_id = ANY (%(runs)s::uuid[])
 GROUP BY x.trip_id ORDER BY x.trip_id"""
_OF_BILL = "FILTER (WHERE x.kind = 'BILL')"
_RERATED = """
SELECT EXISTS (SELECT 1 FROM app.billing_runs r WHERE r.client_id = :client AND r.id = ANY (CAST(:runs AS uuid[]))
                  AND r.inputs->>'half' IS NOT NULL)"""
_UNSETTLED = """
SELECT i.client_id, i.contract_id, i.month, i.id, i.number, c.code AS client_code, l.code AS vendor_code,
       v.name AS vendor_name, k.name AS contract_name, i.total, s.late, s.withdrawn, s.versions_changed,
       n.id AS draft_id, CASE WHEN s.touched THEN m.id END AS touched_run
  FROM app.invoices i
  JOIN app.billing_runs r ON r.client_id = i.client_id AND r.id = i.run_id AND r.kind = 'BILL'
  JOIN app.clients c ON c.id = i.client_id
  JOIN app.contracts k ON k.client_id = i.client_id AND k.id = i.contract_id
  JOIN app.client_vendors l ON l.client_id = i.client_id AND l.vendor_id = i.vendor_id
  JOIN app.vendors v ON v.id = i.vendor_id
  LEFT JOIN LATERAL (SELECT d.id FROM app.invoices d WHERE d.client_id = i.client_id AND d.corrects_id = i.id
        AND d.note_kind = 'SETTLEMENT' AND d.status IN ('DRAFT', 'APPROVED') ORDER BY d.created_at, d.id LIMIT 1
       ) n ON true
  JOIN LATERAL (SELECT x.id, x.inputs, x.created_at - interval '10 minutes' AS since FROM app.billing_runs x
        WHERE x.client_id = i.client_id AND x.contract_id = i.contract_id AND x.month = i.month AND x.status = 'ISSUED'
          AND x.inputs->>'half' IS DISTINCT FROM 'first'
          AND EXISTS (SELECT 1 FROM app.billing_run_versions y WHERE y.client_id = x.client_id AND y.run_id = x.id)
        ORDER BY x.issued_at DESC, x.id DESC LIMIT 1) m ON true
 CROSS JOIN LATERAL (SELECT
    (SELECT count(*) FROM app.trips t WHERE t.client_id = i.client_id AND t.contract_id = i.contract_id
        AND t.start_time >= lower(r.period) AND t.start_time < upper(r.period) AND t.acceptance = 'ACCEPTED'
        AND t.hold_reason IS NULL AND t.superseded_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM app.trip_charges x WHERE x.client_id = t.client_id AND x.trip_id = t.id
                           AND x.kind = 'BILL' AND x.released_at IS NULL)) AS late,
    (SELECT count(*) FROM app.trips t WHERE t.client_id = i.client_id AND t.contract_id = i.contract_id
        AND t.start_time >= lower(r.period) AND t.start_time < upper(r.period) AND t.superseded_at IS NOT NULL
        AND EXISTS (SELECT 1 FROM app.trip_charges x WHERE x.client_id = t.client_id AND x.trip_id = t.id
                       AND x.kind = 'BILL' AND x.released_at IS NULL)
        AND NOT EXISTS (SELECT 1 FROM app.trip_charges x JOIN app.billing_runs m ON m.client_id = x.client_id
                           AND m.id = x.run_id WHERE x.client_id = t.client_id AND x.trip_id = t.id
                           AND x.released_at IS NULL AND m.status = 'ISSUED' AND m.posted_at > t.superseded_at)
    ) AS withdrawn,
    EXISTS (SELECT 1 FROM (SELECT b.version_id AS id FROM app.billing_run_versions b WHERE b.client_id = i.client_id
              AND b.run_id = m.id) was
        FULL JOIN (SELECT w.id FROM app.contract_versions w WHERE w.client_id = i.client_id
              AND w.contract_id = i.contract_id AND w.status = 'ACTIVE' AND w.superseded_at IS NULL
              AND w.validity && r.period) now_in_force USING (id)
        WHERE was.id IS NULL OR now_in_force.id IS NULL) AS versions_changed,
    -- something that inputs are made from was saved since; whether it makes a difference is for the inputs to tell
    coalesce(m.inputs->>'slots_state', '') <> api.slots_state(i.client_id, i.contract_id, i.month)
    OR coalesce((m.inputs->>'month_inputs_rev')::integer, 0) <> coalesce((SELECT u.rev FROM app.month_inputs u
        WHERE u.client_id = i.client_id AND u.contract_id = i.contract_id AND u.month = i.month), 0)
    OR EXISTS (SELECT 1 FROM app.fuel_prices f WHERE f.client_id = i.client_id AND f.updated_at >= m.since
        AND f.valid_from <= i.month AND jsonb_path_exists(m.inputs, '$.versions[*].rules_config.fuel'))
    OR EXISTS (SELECT 1 FROM app.employees e WHERE e.client_id = i.client_id AND e.updated_at >= m.since
        AND m.inputs->'employees'->0 IS NOT NULL)
    OR EXISTS (SELECT 1 FROM app.client_sites e WHERE e.client_id = i.client_id AND e.id = k.site_id
        AND e.updated_at >= m.since)
    OR EXISTS (SELECT 1 FROM app.gst_rates g WHERE g.updated_at >= m.since)
    OR k.updated_at >= m.since AS touched) s
 WHERE i.status = 'ISSUED' AND i.corrects_id IS NULL AND (CAST(:client AS uuid) IS NULL OR i.client_id = :client)
   AND (CAST(:contract AS uuid) IS NULL OR i.contract_id = :contract)
   AND (CAST(:month AS date) IS NULL OR i.month = :month)
   AND (s.late > 0 OR s.withdrawn > 0 OR s.versions_changed OR s.touched OR n.id IS NOT NULL)
 ORDER BY i.month, c.code, l.code, k.name, i.id"""
_LATE = """
SELECT t.client_id, t.id, t.external_ref, m.month, t.start_time, t.distance_m, v.name, coalesce(k.name, ''),
       CASE WHEN t.hold_reason IS NOT NULL THEN 'HELD' WHEN t.acceptance <> 'ACCEPTED' THEN 'NOT_ACCEPTED'
            WHEN t.contract_id IS NULL THEN 'UNASSIGNED' ELSE 'LATE' END
  FROM app.trips t JOIN app.clients c ON c.id = t.client_id JOIN app.vendors v ON v.id = t.vendor_id
  LEFT JOIN app.contracts k ON k.client_id = t.client_id AND k.id = t.contract_id
 CROSS JOIN LATERAL (SELECT date_trunc('month', t.start_time AT TIME ZONE c.time_zone)::date AS month) m
 WHERE t.client_id = :client AND t.superseded_at IS NULL AND t.acceptance <> 'REJECTED'
   AND t.start_time >= CAST(:month AS date)::timestamp AT TIME ZONE c.time_zone
   AND t.start_time < (CAST(:month AS date) + interval '1 month')::timestamp AT TIME ZONE c.time_zone
   AND NOT EXISTS (SELECT 1 FROM app.trip_charges x WHERE x.client_id = t.client_id AND x.trip_id = t.id
                      AND x.kind = 'BILL' AND x.released_at IS NULL)
   AND (EXISTS (SELECT 1 FROM app.billing_periods p WHERE p.client_id = t.client_id AND p.month = :month
                   AND p.is_closed)
        OR EXISTS (SELECT 1 FROM app.billing_runs r WHERE r.client_id = t.client_id AND r.contract_id = t.contract_id
                      AND r.month = :month AND r.kind = 'BILL' AND r.status = 'ISSUED'))
 ORDER BY t.start_time, t.external_ref LIMIT :limit"""


def _bill_or_last(of_bill: str, column: str, blank: str, is_plain: bool) -> str:
    """What a trip's bill says, or the last of its rows in the order of the runs."""
    if is_plain:
        return f"coalesce({of_bill} {_OF_BILL}, {blank})"
    return f"(array_agg({column} ORDER BY array_position(%(runs)s::uuid[], x.run_id) DESC))[1]"


@dataclass(frozen=True, slots=True)
class TripFact:
    """What names a trip to people; `reason` says why it was superseded."""

    ref: str
    start: datetime
    reason: str


class Notes:
    """Notes of the clients that the user may see."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def room(self, client_id: UUID, invoice_id: UUID, at: datetime | None = None) -> NoteRoom | None:
        """What is left of an issued document (`at`: was left at a moment); None when none such may be corrected."""
        values = {"client": client_id, "id": invoice_id, "at": at}
        one = self._connection.execute(sa.text(_ORIGINAL), values).mappings().first()
        if one is None or one["corrects_id"] is not None or (one["status"] != "ISSUED" and at is None):
            return None
        totals = self._connection.execute(sa.text(_TOTALS), values).mappings().one()
        lines = tuple(
            RoomLine(
                key=(ChargeLevel(row["source"]), row["code"], row["taxable"], row["tax_milli"]),
                line_no=row["line_no"],
                description=row["description"],
                billed=row["billed"],
                left=row["amount"],
                tax_left=TaxParts(row["tax"], row["cgst"], row["sgst"], row["igst"]),
            )
            for row in self._connection.execute(sa.text(_LEFT), values).mappings()
        )
        return NoteRoom(
            client_id=client_id,
            invoice_id=invoice_id,
            contract_id=one["contract_id"],
            number=one["number"],
            invoice_date=one["invoice_date"],
            month=one["month"],
            kind=_KINDS[one["supply"]],
            reverse_charge=one["reverse_charge"],
            round_to_rupee=one["round_to_rupee"],
            tds_milli=one["tds_milli"],
            lines=lines,
            total_left=totals["total"],
            round_off_left=totals["round_off"],
            rcm_left=totals["rcm"],
            tds_left=totals["tds"],
            credit_until=credit_deadline(one["month"]),
            today=one["today"],
            manual_credits=totals["manual"],
            tax_to_rupee=one["tax_to_rupee"],
        )

    def charged(self, client_id: UUID, contract_id: UUID, month: date) -> ChargedMonth:
        """What the month's issued runs charged: bills, late trips and differences together."""
        query = """
SELECT r.id FROM app.billing_runs r WHERE r.client_id = :client AND r.contract_id = :contract AND r.month = :month
   AND r.status = 'ISSUED' ORDER BY r.issued_at, r.id"""
        values = {"client": client_id, "contract": contract_id, "month": month}
        return self.charged_by(client_id, list(self._connection.execute(sa.text(query), values).scalars()))

    def charged_by(self, client_id: UUID, runs: Sequence[UUID]) -> ChargedMonth:
        """What these runs of one contract's month charged together."""
        values = {"client": str(client_id), "runs": [str(run) for run in runs]}
        # only a settlement that changed a tax rate gives a trip another one than its bill has: then the last row tells
        is_plain = not self._connection.execute(sa.text(_RERATED), values).scalar()
        columns = [
            Column("ids", "x.trip_id", "uuid"),
            Column("tax_milli", _bill_or_last("max(x.tax_milli)", "x.tax_milli", "0", is_plain), "integer"),
            Column("version", _bill_or_last("max(x.version_number)", "x.version_number", "0", is_plain), "smallint"),
            *(
                Column(name, _bill_or_last(f"bool_and(x.{name})", f"x.{name}", "true", is_plain), "boolean")
                for name in ("toll_taxable", "parking_taxable")
            ),
            *(
                Column(name, f"sum(x.{name})", "bigint")
                for name in ("taxable", "non_taxable", "tax", "incentive", *CODES)
            ),
        ]
        query = """
SELECT p.version_number, p.code, p.slot, p.tax_milli, sum(p.amount)::bigint FROM app.period_charges p
 WHERE p.client_id = :client AND p.run_id = ANY (CAST(:runs AS uuid[])) GROUP BY 1, 2, 3, 4"""
        period = self._connection.execute(sa.text(query), values)
        numbers = copy_out(self._connection, columns, _CHARGED, values)
        return ChargedMonth(numbers, {(row[0], row[1], row[2], row[3]): row[4] for row in period}, tuple(runs))

    def unsettled(
        self, *, client_id: UUID | None = None, contract_id: UUID | None = None, month: date | None = None
    ) -> list[tuple[Unsettled, UUID | None]]:
        """Issued months that something touched since: late or superseded trips, other versions, a draft.

        Beside each, the run whose inputs are compared with those of now, where anything that they are made from was
        saved after it (None: nothing was); only that tells whether there is a change.
        """
        values = {"client": client_id, "contract": contract_id, "month": month}
        rows = self._connection.execute(sa.text(_UNSETTLED), values)
        return [(Unsettled(*row[:-1]), row[-1]) for row in rows]

    def inputs_of(self, client_id: UUID, run_id: UUID) -> dict[str, Any]:
        """What a run was rated from, without its trips."""
        query = "SELECT r.inputs FROM app.billing_runs r WHERE r.client_id = :client AND r.id = :run"
        found: dict[str, Any] = self._connection.execute(
            sa.text(query), {"client": client_id, "run": run_id}
        ).scalar_one()
        return found

    def is_voidable(self, client_id: UUID, invoice_id: UUID) -> bool:
        """Whether nothing stands on an issued invoice: no note, payment or IRN, and its month is open."""
        query = """
SELECT NOT EXISTS (SELECT 1 FROM app.invoices n WHERE n.client_id = i.client_id AND n.corrects_id = i.id
                      AND n.status <> 'VOID')
   AND NOT EXISTS (SELECT 1 FROM app.einvoices e WHERE e.client_id = i.client_id AND e.invoice_id = i.id
                      AND e.status = 'ACT')
   AND NOT EXISTS (SELECT 1 FROM app.receipt_lines l JOIN app.receipts p ON p.client_id = l.client_id
                      AND p.id = l.receipt_id WHERE l.client_id = i.client_id AND l.invoice_id = i.id
                      AND p.reversed_at IS NULL)
   AND NOT EXISTS (SELECT 1 FROM app.billing_periods c WHERE c.client_id = i.client_id AND c.month = i.month
                      AND c.is_closed)
  FROM app.invoices i WHERE i.client_id = :client AND i.id = :id AND i.status = 'ISSUED'"""
        found = self._connection.execute(sa.text(query), {"client": client_id, "id": invoice_id}).scalar()
        return bool(found)

    def open_half(self, client_id: UUID, runs: Sequence[UUID]) -> UUID | None:
        """Of these issued runs the one that took charges back for another tax rate, and that none bills again."""
        query = """
SELECT r.id FROM app.billing_runs r WHERE r.client_id = :client AND r.id = ANY (CAST(:runs AS uuid[]))
   AND r.inputs->>'half' = 'first' AND NOT EXISTS (SELECT 1 FROM app.billing_runs n WHERE n.client_id = r.client_id
       AND n.id = ANY (CAST(:runs AS uuid[])) AND n.inputs->>'follows' = r.id::text) LIMIT 1"""
        values = {"client": client_id, "runs": [str(run) for run in runs]}
        found: UUID | None = self._connection.execute(sa.text(query), values).scalar()
        return found

    def pair_of(self, client_id: UUID, invoice_id: UUID) -> list[UUID]:
        """The drafts of one settlement that are approved and issued together, in that order; the note alone else."""
        query = """
SELECT d.id FROM app.invoices i JOIN app.billing_runs r ON r.client_id = i.client_id AND r.id = i.run_id
  JOIN app.billing_runs q ON q.client_id = r.client_id
        AND (q.id = r.id OR q.id = (r.inputs->>'follows')::uuid OR q.inputs->>'follows' = r.id::text)
  JOIN app.invoices d ON d.client_id = q.client_id AND d.run_id = q.id
 WHERE i.client_id = :client AND i.id = :id AND q.kind = 'NOTE' AND (d.id = i.id OR d.status IN ('DRAFT', 'APPROVED'))
 ORDER BY (q.inputs->'follows') IS NOT NULL, d.created_at"""
        return list(self._connection.execute(sa.text(query), {"client": client_id, "id": invoice_id}).scalars())

    def late_trips(self, client_id: UUID, month: date, limit: int = 1000) -> list[LateTrip]:
        """Trips of a month that is closed or invoiced, on no bill; by start."""
        values = {"client": client_id, "month": month, "limit": limit}
        return [LateTrip(*row) for row in self._connection.execute(sa.text(_LATE), values)]

    def trip_facts(self, client_id: UUID, trips: Sequence[UUID]) -> dict[UUID, TripFact]:
        """Names of trips by id, superseded ones too."""
        query = """
SELECT t.id, t.external_ref, t.start_time, coalesce(t.superseded_reason, '') FROM app.trips t
 WHERE t.client_id = :client AND t.id = ANY (CAST(:ids AS uuid[]))"""
        rows = self._connection.execute(sa.text(query), {"client": client_id, "ids": [str(one) for one in trips]})
        return {row[0]: TripFact(row[1], row[2], row[3]) for row in rows}

    def start(
        self,
        client_id: UUID,
        run_id: UUID,
        invoice_id: UUID,
        *,
        inputs: Mapping[str, Any],
        inputs_hash: bytes,
        engine_version: int,
        versions: Sequence[tuple[UUID, int]] = (),
    ) -> None:
        """Open the run of a note. Raises RefusedError NOT_ISSUED, ConflictError SETTLED_MEANWHILE, VERSIONS_CHANGED."""
        statement = sa.text(
            "SELECT api.start_note(:client, :run, :invoice, CAST(:inputs AS jsonb), :hash, :engine, "
            "CAST(:versions AS uuid[]), CAST(:revs AS integer[]))"
        )
        values = {
            "client": client_id,
            "run": run_id,
            "invoice": invoice_id,
            "inputs": json.dumps(dict(inputs), ensure_ascii=False),
            "hash": inputs_hash,
            "engine": engine_version,
            "versions": [str(version) for version, _ in versions],
            "revs": [rev for _, rev in versions],
        }
        self._connection.execute(statement, values)

    def post_deltas(self, client_id: UUID, run_id: UUID, rows: Sequence[Mapping[str, Any]], batch: int = 5000) -> None:
        """Write the signed differences of trips that were billed before."""
        statement = sa.text("SELECT api.post_deltas(:client, :run, CAST(:rows AS jsonb))")
        for first in range(0, len(rows), batch):
            values = {"client": client_id, "run": run_id, "rows": json.dumps([*rows[first : first + batch]])}
            self._connection.execute(statement, values)

    def finish(
        self,
        client_id: UUID,
        run_id: UUID,
        *,
        period: Sequence[Mapping[str, Any]],
        totals: Mapping[str, Any],
        note: Mapping[str, Any],
        lines: Sequence[Mapping[str, Any]],
    ) -> None:
        """Close the note with its draft. Raises SUMS_DIFFER, CREDIT_EXCEEDS, REASON_REQUIRED."""
        statement = sa.text(
            "SELECT api.finish_note(:client, :run, CAST(:period AS jsonb), CAST(:totals AS jsonb), "
            "CAST(:note AS jsonb), CAST(:lines AS jsonb))"
        )
        values = {
            "client": client_id,
            "run": run_id,
            "period": json.dumps(list(period)),
            "totals": json.dumps(dict(totals)),
            "note": json.dumps(dict(note), ensure_ascii=False),
            "lines": json.dumps(list(lines), ensure_ascii=False),
        }
        self._connection.execute(statement, values)

    def finish_shift(
        self,
        client_id: UUID,
        run_id: UUID,
        *,
        period: Sequence[Mapping[str, Any]],
        totals: Mapping[str, Any],
        reason: str,
    ) -> None:
        """Close a settlement that owes nothing either way: trips move in the ledger, no document is made."""
        statement = sa.text(
            "SELECT api.finish_shift(:client, :run, CAST(:period AS jsonb), CAST(:totals AS jsonb), :reason)"
        )
        values = {
            "client": client_id,
            "run": run_id,
            "period": json.dumps(list(period)),
            "totals": json.dumps(dict(totals)),
            "reason": reason,
        }
        self._connection.execute(statement, values)

    def correct_trip(
        self, client_id: UUID, trip_id: UUID, rev: int, new_id: UUID, changes: Mapping[str, Any] | None, reason: str
    ) -> None:
        """Supersede a billed trip by a corrected one, or by none. Raises ConflictError, RefusedError NOT_BILLED."""
        statement = sa.text(
            "SELECT api.correct_billed_trip(:client, :trip, :rev, :new, CAST(:changes AS jsonb), :reason)"
        )
        values = {
            "client": client_id,
            "trip": trip_id,
            "rev": rev,
            "new": new_id,
            "changes": None if changes is None else json.dumps(dict(changes), ensure_ascii=False),
            "reason": reason,
        }
        self._connection.execute(statement, values)
