"""What a month of billing starts from: contracts with work, trips that no run takes, tax rates, vehicle slots."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from billing.schemas.runs import LeftOut


class Months:
    """Reads for billing, of the clients that the user may see."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def contracts_with_work(
        self, *, client_id: UUID | None, vendor_id: UUID | None, month: date
    ) -> list[tuple[UUID, UUID]]:
        """(client, contract) of every contract in force in the month, or with trips in it; by client and name."""
        query = """
SELECT k.client_id, k.id FROM app.contracts k JOIN app.clients c ON c.id = k.client_id
  JOIN app.client_vendors l ON l.client_id = k.client_id AND l.vendor_id = k.vendor_id
 CROSS JOIN LATERAL (SELECT CAST(:month AS date)::timestamp AT TIME ZONE c.time_zone AS first,
                            (CAST(:month AS date) + interval '1 month')::timestamp AT TIME ZONE c.time_zone AS until) p
 WHERE (CAST(:client AS uuid) IS NULL OR k.client_id = :client)
        AND (CAST(:vendor AS uuid) IS NULL OR k.vendor_id = :vendor)
   AND (EXISTS (SELECT 1 FROM app.contract_versions v WHERE v.client_id = k.client_id
          AND v.contract_id = k.id AND v.status = 'ACTIVE'
                   AND v.superseded_at IS NULL AND v.validity && tstzrange(p.first, p.until))
        OR EXISTS (SELECT 1 FROM app.trips t WHERE t.client_id = k.client_id AND t.contract_id = k.id
               AND t.start_time >= p.first
                      AND t.start_time < p.until AND t.superseded_at IS NULL))
 ORDER BY c.code, l.code, k.name, k.id"""
        values = {"client": client_id, "vendor": vendor_id, "month": month}
        return [(row[0], row[1]) for row in self._connection.execute(sa.text(query), values)]

    def left_out(self, *, client_id: UUID | None, vendor_id: UUID | None, month: date) -> LeftOut:
        """Trips of the month that no run takes."""
        query = """
SELECT count(*) FILTER (WHERE t.contract_id IS NULL AND t.hold_reason IS NULL
       AND t.acceptance = 'ACCEPTED') AS unassigned,
       count(*) FILTER (WHERE t.hold_reason IS NOT NULL) AS held,
       count(*) FILTER (WHERE t.acceptance <> 'ACCEPTED' AND t.hold_reason IS NULL) AS not_accepted,
       count(*) FILTER (WHERE t.exception = 'AMBIGUOUS_CONTRACT' AND t.hold_reason IS NULL
                              AND t.acceptance = 'ACCEPTED') AS ambiguous
  FROM app.trips t JOIN app.clients c ON c.id = t.client_id
 WHERE (CAST(:client AS uuid) IS NULL OR t.client_id = :client)
        AND (CAST(:vendor AS uuid) IS NULL OR t.vendor_id = :vendor)
   AND t.superseded_at IS NULL AND t.start_time >= CAST(:month AS date)::timestamp AT TIME ZONE c.time_zone
   AND t.start_time < (CAST(:month AS date) + interval '1 month')::timestamp AT TIME ZONE c.time_zone
   AND (t.contract_id IS NULL OR t.acceptance <> 'ACCEPTED' OR t.hold_reason IS NOT NULL)"""
        values = {"client": client_id, "vendor": vendor_id, "month": month}
        row = self._connection.execute(sa.text(query), values).mappings().one()
        return LeftOut(row["unassigned"], row["held"], row["not_accepted"], row["ambiguous"])

    def last_month_with_trips(self, client_id: UUID, contract_id: UUID) -> date | None:
        """The first day of the last month in which the contract has trips, in the client's zone."""
        query = """
SELECT date_trunc('month',
       max(t.start_time) AT TIME ZONE min(c.time_zone))::date FROM app.trips t
              JOIN app.clients c ON c.id = t.client_id
 WHERE t.client_id = :client AND t.contract_id = :contract AND t.superseded_at IS NULL"""
        values = {"client": client_id, "contract": contract_id}
        found: date | None = self._connection.execute(sa.text(query), values).scalar_one()
        return found

    def gst_rates(
        self, sac: str, *, fuel_included: bool, itc_option: str, first: date, last: date
    ) -> list[tuple[date, date | None, Decimal]]:
        """(from, until, percent) of the rate table for a service in [first, last]; the longest SAC that fits wins."""
        query = """
SELECT g.valid_from, g.valid_until, g.percent FROM app.gst_rates g
 WHERE starts_with(:sac, g.sac_prefix) AND g.fuel_included = :fuel AND g.itc_option = :itc AND g.valid_from <= :last
   AND (g.valid_until IS NULL OR g.valid_until > :first)
   AND length(g.sac_prefix) = (SELECT max(length(o.sac_prefix)) FROM app.gst_rates o
                              WHERE starts_with(:sac, o.sac_prefix)
                                AND o.fuel_included = :fuel AND o.itc_option = :itc)
 ORDER BY g.valid_from"""
        values = {"sac": sac, "fuel": fuel_included, "itc": itc_option, "first": first, "last": last}
        return [(row[0], row[1], row[2]) for row in self._connection.execute(sa.text(query), values)]

    def employees(self, client_id: UUID, first: date, last: date) -> list[tuple[str, date | None, date | None]]:
        """(code, active from, active until) of the client's employees who were active on a day of [first, last]."""
        query = """
SELECT e.code, e.active_from, e.active_until FROM app.employees e
 WHERE e.client_id = :client AND (e.active_from IS NULL OR e.active_from <= :last)
   AND (e.active_until IS NULL OR e.active_until > :first) ORDER BY e.code"""
        values = {"client": client_id, "first": first, "last": last}
        return [(row[0], row[1], row[2]) for row in self._connection.execute(sa.text(query), values)]

    def slots(self, client_id: UUID, contract_id: UUID, first: date, until: date) -> list[dict[str, Any]]:
        """Vehicle slots of the contract with dates inside [first, until)."""
        query = """
SELECT s.slot, s.vehicle_no, s.valid_from, s.valid_until FROM app.vehicle_slots s
 WHERE s.client_id = :client AND s.contract_id = :contract AND s.valid_from < :until
   AND (s.valid_until IS NULL OR s.valid_until > :first) ORDER BY s.slot, s.valid_from"""
        values = {"client": client_id, "contract": contract_id, "first": first, "until": until}
        return [dict(row) for row in self._connection.execute(sa.text(query), values).mappings()]

    def external_refs(self, client_id: UUID, trips: Sequence[UUID]) -> dict[UUID, str]:
        """The sheet's own ids of these trips, to name them to people."""
        query = """
SELECT t.id, t.external_ref FROM app.trips t WHERE t.client_id = :client AND t.id = ANY (CAST(:ids AS uuid[]))"""
        rows = self._connection.execute(sa.text(query), {"client": client_id, "ids": [str(trip) for trip in trips]})
        return {row[0]: row[1] for row in rows}

    def trip_facts(self, client_id: UUID, contract_id: UUID, start: datetime, until: datetime) -> list[Any]:
        """(ref, start, end, metres) of a contract's billable trips, where they cannot be rated."""
        query = """
SELECT t.external_ref, t.start_time, t.end_time, t.distance_m FROM app.trips t
 WHERE t.client_id = :client AND t.contract_id = :contract AND t.start_time >= :start AND t.start_time < :until
   AND t.acceptance = 'ACCEPTED' AND t.hold_reason IS NULL AND t.superseded_at IS NULL"""
        values = {"client": client_id, "contract": contract_id, "start": start, "until": until}
        return list(self._connection.execute(sa.text(query), values))
