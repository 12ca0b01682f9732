"""A contract's real month, read once and rated again under every change that is tried (`billing.rating.simulate`).

Nothing is written; the same inputs and the same function as a billing run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from billing.errors import RefusedError
from billing.rules import parse_rules
from billing.services.month_inputs import MonthInputs, load_facts, load_inputs

if TYPE_CHECKING:
    from billing.rating.simulate import SimulatedMonth
    from billing.store.session import Session

MOST_MONTHS = 6


@dataclass(frozen=True, slots=True)
class TrialMonth:
    """A month rated under the rules in force, ready to be rated under others.

    Attributes:
        month: its first day.
        months: the months that can be chosen, newest first.
        inputs: what was read; `refs` names its trips.
        simulated: the month as it is.
    """

    month: date
    months: tuple[date, ...]
    inputs: MonthInputs
    simulated: SimulatedMonth

    def ids_of(self, rows: Sequence[int]) -> list[UUID]:
        """The stored trips at these places of the input."""
        return [self.inputs.trips.id_of(row) for row in rows]


def open_month(
    session: Session,
    *,
    client_id: UUID,
    contract_id: UUID,
    model: str,
    rules: Mapping[str, Any],
    number: int = 1,
    month: date | None = None,
) -> TrialMonth:
    """Read a month of a contract (the last complete one with trips, if none is named) and rate it under `rules`.

    Raises:
        RefusedError: NO_TRIPS where the contract has no trips yet; CONTRACT_NOT_FOUND; NO_CONTRACT_VERSION.
        BadInputError: The rules cannot rate the month.
    """
    session.require("calculator.use")
    from billing.rating.simulate import SimulatedMonth

    with session.unit_of_work(timeout_s=60, name="whatif.read", snapshot=True) as uow:
        last = uow.months.last_month_with_trips(client_id, contract_id)
        if last is None:
            raise RefusedError(
                "NO_TRIPS", "This contract has no trips yet.", hint="The effect shows as soon as it has."
            )
        zone = load_facts(uow, client_id, contract_id).zone
        starts = [
            version.valid_from
            for version in uow.contract_versions.of_contract(client_id, contract_id)
            if version.status == "ACTIVE"
        ]
        months = _months(_complete(last, zone), min(starts, default=None), zone)
        chosen = month or months[0]
        inputs = load_inputs(uow, client_id, contract_id, chosen)
    return TrialMonth(chosen, months, inputs, SimulatedMonth(inputs.rating, parse_rules(model, rules), number))


def trip_names(session: Session, *, client_id: UUID, trips: Sequence[UUID]) -> dict[UUID, str]:
    """The sheet's own ids of these trips."""
    with session.unit_of_work(name="whatif.names") as uow:
        return dict(uow.months.external_refs(client_id, list(trips)))


def _complete(last: date, zone: ZoneInfo) -> date:
    """The last month with trips, or the one before it while it is still running."""
    today = datetime.now(zone).date()
    is_running = (last.year, last.month) == (today.year, today.month)
    return _previous(last) if is_running else last.replace(day=1)


def _previous(month: date) -> date:
    return (month.replace(day=1) - timedelta(days=1)).replace(day=1)


def _months(newest: date, since: datetime | None, zone: ZoneInfo) -> tuple[date, ...]:
    """Up to six months back, none before the contract began."""
    first = since.astimezone(zone).date().replace(day=1) if since is not None else newest
    made = [newest]
    while len(made) < MOST_MONTHS and _previous(made[-1]) >= first:
        made.append(_previous(made[-1]))
    return tuple(made)
