"""Billing runs in the database: opened,
posted and closed by definer functions that check every figure (0010_runs.sql)."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from billing.schemas.runs import LedgerColumns, PeriodCharge, RunFigures, RunInvoice, RunSummary
from billing.store.copy import send

if TYPE_CHECKING:
    from numpy.typing import NDArray

CODES = (
    "base_fare", "distance", "time", "slab", "zone", "seats", "package", "extra_km", "extra_hour", "driver_allowance",
    "min_fare_topup", "max_fare_cap", "carpool_discount", "night", "escort", "waiting", "toll", "parking", "no_show",
    "cancellation",
)  # fmt: skip
"""The ledger's columns of trip codes, in the order of api.post_charges and of the bits of lines_shown."""


class Runs:
    """Billing runs of the clients that the user may see."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def start(
        self,
        client_id: UUID,
        run_id: UUID,
        contract_id: UUID,
        month: date,
        *,
        inputs: Mapping[str, Any],
        inputs_hash: bytes,
        engine_version: int,
        versions: Sequence[tuple[UUID, int]],
    ) -> tuple[str, UUID]:
        """Open a run: ('created' or 'replaced', its id), or ('unchanged', the run that billed the same inputs).

        Raises RefusedError RUN_ISSUED when the month is invoiced, ConflictError when a version changed meanwhile.
        """
        row = self._connection.execute(
            sa.text(
                "SELECT state, run_id FROM api.start_run(:client, :run, :contract, :month, CAST(:inputs AS jsonb), "
                ":hash, :engine, CAST(:versions AS uuid[]), CAST(:revs AS integer[]))"
            ),
            {
                "client": client_id,
                "run": run_id,
                "contract": contract_id,
                "month": month,
                "inputs": json.dumps(inputs, ensure_ascii=False),
                "hash": inputs_hash,
                "engine": engine_version,
                "versions": [str(version) for version, _ in versions],
                "revs": [rev for _, rev in versions],
            },
        ).one()
        return row[0], row[1]

    def post(
        self, client_id: UUID, run_id: UUID, ledger: LedgerColumns, progress: Callable[[int], None] | None = None
    ) -> int:
        """Write the ledger, 20,000 trips a batch; `progress` gets the trips sent so far and may raise Cancelled."""
        count = len(ledger.trips)
        if count:
            fixed = {"client_id": client_id, "run_id": run_id}
            send(self._connection, "api.charge_batches", fixed, _sent(ledger), progress=progress)
        return count

    def finish(
        self,
        client_id: UUID,
        run_id: UUID,
        *,
        period: Sequence[PeriodCharge],
        figures: RunFigures,
        groups: Sequence[Mapping[str, Any]],
        invoice: Mapping[str, Any],
        lines: Sequence[Mapping[str, Any]],
    ) -> None:
        """Close the run with its draft invoice; refused unless everything agrees with the ledger to the paisa."""
        self._connection.execute(
            sa.text(
                "SELECT api.finish_run(:client, :run, CAST(:period AS jsonb), CAST(:totals AS jsonb), "
                "CAST(:groups AS jsonb), CAST(:invoice AS jsonb), CAST(:lines AS jsonb))"
            ),
            {
                "client": client_id,
                "run": run_id,
                "period": json.dumps([dataclasses.asdict(charge) for charge in period]),
                "totals": json.dumps(dataclasses.asdict(figures)),
                "groups": json.dumps(list(groups)),
                "invoice": json.dumps(dict(invoice)),
                "lines": json.dumps(list(lines), ensure_ascii=False),
            },
        )

    def discard(self, client_id: UUID, run_id: UUID) -> None:
        """Give up a draft; its trips are free again."""
        self._connection.execute(sa.text("SELECT api.discard_run(:client, :run)"), {"client": client_id, "run": run_id})

    def current(self, client_id: UUID, contract_id: UUID, month: date) -> tuple[RunSummary, bytes, int] | None:
        """The DRAFT or ISSUED run of a contract's month with its inputs hash and engine version, or None."""
        found = self._select(
            "r.client_id = :client AND r.contract_id = :contract AND r.month = :month AND r.kind = 'BILL' "
            "AND r.status IN ('DRAFT', 'ISSUED')",
            {"client": client_id, "contract": contract_id, "month": month},
        )
        return found[0] if found else None

    def page(
        self,
        *,
        client_id: UUID | None = None,
        month: date | None = None,
        status: Sequence[str] = ("DRAFT", "ISSUED"),
        limit: int = 500,
    ) -> list[RunSummary]:
        """Runs, newest month first."""
        found = self._select(
            "(CAST(:client AS uuid) IS NULL OR r.client_id = :client) "
            "AND (CAST(:month AS date) IS NULL OR r.month = :month) "
            "AND r.status = ANY (CAST(:status AS text[])) ORDER BY r.month DESC, k.name, r.id LIMIT :limit",
            {"client": client_id, "month": month, "status": list(status), "limit": limit},
        )
        return [summary for summary, _, _ in found]

    def _select(self, where: str, values: Mapping[str, Any]) -> list[tuple[RunSummary, bytes, int]]:
        query = f"""
SELECT r.client_id, r.id, r.contract_id, k.name AS contract_name, c.code AS client_code, l.code AS vendor_code,
       v.name AS vendor_name,
       r.month, r.status, r.trips, r.distance_m, r.taxable, r.non_taxable, r.tax, r.cgst, r.sgst, r.igst, r.rcm_tax,
       r.round_off, r.incentive, r.total, r.tds, r.created_at, r.inputs_hash, r.engine_version,
              i.id AS invoice_id, i.number
  FROM app.billing_runs r
  JOIN app.contracts k ON k.client_id = r.client_id AND k.id = r.contract_id
  JOIN app.clients c ON c.id = r.client_id
  JOIN app.client_vendors l ON l.client_id = k.client_id AND l.vendor_id = k.vendor_id
  JOIN app.vendors v ON v.id = k.vendor_id
  LEFT JOIN app.invoices i ON i.client_id = r.client_id AND i.run_id = r.id
 WHERE {where}"""
        rows = self._connection.execute(sa.text(query), dict(values)).mappings()
        return [(_summary(row), bytes(row["inputs_hash"]), row["engine_version"]) for row in rows]

    def invoice_of(self, client_id: UUID, run_id: UUID) -> RunInvoice | None:
        """The document of a run."""
        query = """
SELECT i.id, i.number, i.status, i.total FROM app.invoices i WHERE i.client_id = :client AND i.run_id = :run"""
        row = self._connection.execute(sa.text(query), {"client": client_id, "run": run_id}).first()
        return RunInvoice(row[0], row[1], row[2], row[3]) if row else None


def _sent(ledger: LedgerColumns) -> dict[str, tuple[str, NDArray[Any]]]:
    """The columns that are worth sending: what is 0 or true throughout is left to the ledger's defaults."""
    columns: dict[str, tuple[str, NDArray[Any]]] = {
        "trips": ("uuid", ledger.trips),
        "revs": ("integer", ledger.revs),
        "versions": ("smallint", ledger.versions),
        "tax_milli": ("integer", ledger.tax_milli),
        "shown": ("bigint", ledger.shown),
        "taxable": ("bigint", ledger.taxable),
    }
    for name in ("toll_taxable", "parking_taxable"):
        if not getattr(ledger, name).all():
            columns[name] = ("boolean", getattr(ledger, name))
    for name in ("non_taxable", "tax", "incentive"):
        if getattr(ledger, name).any():
            columns[name] = ("bigint", getattr(ledger, name))
    for code in CODES:
        amounts = ledger.charges.get(code.upper())
        if amounts is not None and amounts.any():
            columns[code] = ("bigint", amounts)
    return columns


def _summary(row: Any) -> RunSummary:
    names = [field.name for field in dataclasses.fields(RunFigures)]
    return RunSummary(
        client_id=row["client_id"],
        run_id=row["id"],
        contract_id=row["contract_id"],
        contract_name=row["contract_name"],
        client_code=row["client_code"],
        vendor_code=row["vendor_code"],
        vendor_name=row["vendor_name"],
        month=row["month"],
        status=row["status"],
        trips=row["trips"],
        distance_m=row["distance_m"],
        figures=RunFigures(**{name: row[name] for name in names}),
        created_at=row["created_at"],
        invoice_id=row["invoice_id"],
        number=row["number"],
    )
