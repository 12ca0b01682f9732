"""Runs beyond three times last month's wait until somebody confirms them (SECURITY.md (e) 13)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

from billing.counting import plural
from billing.money import format_inr
from billing.schemas.changes import Changes
from billing.schemas.runs import Parked, RunOutcome
from billing.store.intents import Intent

if TYPE_CHECKING:
    from billing.store.session import Session
    from billing.store.unit_of_work import UnitOfWork


def parked_preview(uow: UnitOfWork, outcome: RunOutcome, period_lines: int) -> RunOutcome:
    """A previewed outcome with what would park it. `period_lines`: charges of the month itself."""
    figures = outcome.figures
    assert figures is not None, "only what was rated can be compared"
    found = uow.run_parkings.would_park(
        outcome.client_id, outcome.contract_id, outcome.month, lines=figures.trips + period_lines, total=figures.total
    )
    return replace(outcome, parked=found)


def confirm_run(session: Session, *, client_id: UUID, run_id: UUID) -> Changes:
    """Let a parked run go on: its invoice can be issued. Raises RefusedError NOT_PARKED."""
    intent = Intent("confirm", "The confirmation of a billing run")
    with session.unit_of_work(name="billing.confirm", intent=intent) as uow:
        uow.run_parkings.confirm(client_id, run_id)
        uow.commit()
    return Changes(frozenset({"billing_runs", "run_parkings"}), frozenset({run_id}))


def parked_words(parked: Parked) -> str:
    """The comparison in one sentence."""
    return (
        f"{_lines(parked.lines)} and ₹{format_inr(parked.total)} against {_lines(parked.last_lines)} and "
        f"₹{format_inr(parked.last_total)} last month"
    )


def _lines(count: int) -> str:
    return plural(count, "line")
