"""Runs that wait for a confirmation because they are beyond three times last month's (0071_parked_runs.sql)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import sqlalchemy as sa

from billing.schemas.runs import Parked


class RunParkings:
    """Parked runs of the clients that the user may see."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def find(self, client_id: UUID, run_id: UUID) -> Parked | None:
        """Why a stored run is parked, or None."""
        query = """
SELECT p.lines, p.last_lines, p.total, p.last_total, p.confirmed_at IS NOT NULL AS confirmed
  FROM app.run_parkings p WHERE p.client_id = :client AND p.run_id = :run"""
        row = self._connection.execute(sa.text(query), {"client": client_id, "run": run_id}).first()
        return Parked(*row) if row else None

    def would_park(self, client_id: UUID, contract_id: UUID, month: date, *, lines: int, total: int) -> Parked | None:
        """Whether a run with these figures would be parked: nothing is written."""
        query = """
SELECT b.last_lines, b.last_total FROM api.beyond_last_month(:client, :contract, :month, :lines, :total) b"""
        values = {"client": client_id, "contract": contract_id, "month": month, "lines": lines, "total": total}
        row = self._connection.execute(sa.text(query), values).first()
        return Parked(lines, row[0], total, row[1]) if row else None

    def confirm(self, client_id: UUID, run_id: UUID) -> None:
        """Let a parked run go on. Raises RefusedError NOT_PARKED."""
        statement = sa.text("SELECT api.confirm_run(:client, :run)")
        self._connection.execute(statement, {"client": client_id, "run": run_id})
