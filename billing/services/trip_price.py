"""What one stored trip costs now, at its place in its month: the calculator's question (`trips bill`).

Free kilometres make a trip's price depend on the trips before it, so the contract's whole month is rated by the same
function as a run and the one trip is taken out of it. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from billing.errors import RefusedError
from billing.schemas.rating import LINE_BIT, Explanation
from billing.services.lookup import find_client, read_id
from billing.services.month_inputs import MonthInputs, load_inputs

if TYPE_CHECKING:
    from billing.rating.period import RatingInput
    from billing.rating.result import RatedPeriod
    from billing.schemas.trips import TripRecord
    from billing.store.session import Session
    from billing.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class TripPrice:
    """A trip's price, amounts in paise. `lines` are in the order in which the trip was priced.

    `is_switched` says that the carpool mark was tried the other way than it is stored.
    """

    trip: TripRecord
    contract_id: UUID
    contract_name: str
    version: int
    billing_model: str
    lines: Mapping[str, int]
    base_cost: int
    tax_amount: int
    non_taxable: int
    employee_incentive: int
    total_cost: int
    explanations: Mapping[str, tuple[Explanation, ...]]
    is_carpool: bool
    is_switched: bool


def price_trip(
    session: Session,
    *,
    trip: str,
    client: str | None = None,
    carpool: bool | None = None,
    contract_id: UUID | None = None,
) -> TripPrice:
    """Rate a stored trip by its id or its sheet's own id; `carpool` tries the mark switched on or off.

    `contract_id` tries it under another contract of the same vendor's.

    Raises:
        RefusedError: UNKNOWN_TRIP, AMBIGUOUS, NO_CONTRACT, NO_CONTRACT_VERSION.
        BadInputError: The trip cannot be rated; the code says why.
    """
    with session.unit_of_work(timeout_s=600, name="trips.price", snapshot=True) as uow:
        record = find_trip(uow, trip, client)
        chosen = contract_id or record.contract_id
        if chosen is None:
            raise RefusedError(
                "NO_CONTRACT",
                f"No single contract covers trip {record.external_ref}.",
                where="contract",
                hint="Give it one by hand, or extend a contract's dates or scope.",
            )
        month = _local_month(uow, record)
        inputs = load_inputs(uow, record.client_id, chosen, month, also=record.id)
        row = _row_of(inputs, record)
        if row is None:
            inputs, row = _with_row(uow, inputs, record)
    if carpool is not None:
        inputs = _switched(inputs, row, carpool)
    rated = _rate(inputs, row, record)
    return _price(inputs, rated, row, record, carpool)


def find_trip(uow: UnitOfWork, text: str, client: str | None = None) -> TripRecord:
    """The trip of that id or sheet id. Raises RefusedError UNKNOWN_TRIP or AMBIGUOUS."""
    owner = find_client(uow, client) if client else None
    client_id = owner.id if owner else None
    wanted = read_id(text)
    by_id = uow.trips.get(wanted, client_id) if wanted else None
    found = [by_id] if by_id else uow.trips.find(text.strip(), client_id=client_id)
    if len(found) > 1:
        raise RefusedError(
            "AMBIGUOUS", f"More than one trip is called {text}.", where="TRIP", hint="Give its id, or the client."
        )
    if not found:
        raise RefusedError("UNKNOWN_TRIP", f"There is no trip {text} that you may see.", where="TRIP")
    return found[0]


def _local_month(uow: UnitOfWork, record: TripRecord) -> date:
    owner = uow.clients.get(record.client_id)
    zone = ZoneInfo(owner.time_zone if owner else "Asia/Kolkata")
    return record.start_time.astimezone(zone).date().replace(day=1)


def _row_of(inputs: MonthInputs, record: TripRecord) -> int | None:
    import numpy as np

    places = np.flatnonzero(inputs.trips.ids == np.frombuffer(record.id.bytes, "V16")[0])
    return int(places[0]) if len(places) else None


def _with_row(uow: UnitOfWork, inputs: MonthInputs, record: TripRecord) -> tuple[MonthInputs, int]:
    """The trip alone under another contract than its own: it is not among that contract's trips."""
    assert record.contract_id is not None
    own = load_inputs(uow, record.client_id, record.contract_id, inputs.month, also=record.id)
    row = _row_of(own, record)
    assert row is not None
    rating = replace(own.rating, versions=inputs.rating.versions, inputs=inputs.rating.inputs)
    return replace(inputs, rating=rating, trips=own.trips), row


def _switched(inputs: MonthInputs, row: int, carpool: bool) -> MonthInputs:
    import numpy as np

    columns = inputs.rating.trips
    marks = np.zeros(len(columns), np.bool_) if columns.carpool is None else columns.carpool.copy()
    marks[row] = carpool
    return replace(inputs, rating=replace(inputs.rating, trips=replace(columns, carpool=marks)))


def _rate(inputs: MonthInputs, row: int, record: TripRecord) -> RatedPeriod:
    """The month rated; other trips that cannot be rated are left aside, they do not make this one unclear."""
    from billing.errors import BadInputError
    from billing.rating.period import rate_period
    from billing.strategies.block import TripsRefusedError

    given: RatingInput = replace(inputs.rating, trip_only=True)
    try:
        return rate_period(given, explain=True)
    except TripsRefusedError as error:
        bad = [problem.trip for problem in error.problems]
        own = next((problem for problem in error.problems if problem.trip == row), None)
        if own is not None:
            message = f"Trip {record.external_ref} cannot be rated: {own.message}."
            raise BadInputError(own.code, message, where=own.field) from None
    return rate_period(replace(given, trips=_without(given.trips, bad)), explain=True)


def _without(columns: Any, rows: list[int]) -> Any:
    """The same trips with some marked as costing nothing."""
    import numpy as np

    from billing.schemas.trip_columns import COSTS_NOTHING

    status = np.zeros(len(columns), np.int8) if columns.status is None else columns.status.copy()
    status[rows] = COSTS_NOTHING
    return replace(columns, status=status)


def _price(inputs: MonthInputs, rated: RatedPeriod, row: int, record: TripRecord, carpool: bool | None) -> TripPrice:
    import numpy as np

    trips = rated.trips
    place = int(np.flatnonzero(trips.order == row)[0])
    shown = int(trips.lines_shown[place])
    version = int(trips.version[place])
    assert rated.explain_trip is not None
    told = rated.explain_trip(place)
    return TripPrice(
        trip=record,
        contract_id=inputs.facts.contract.id,
        contract_name=inputs.facts.contract.name,
        version=rated.version_numbers[version],
        billing_model=inputs.rating.versions[version].rules.model.value,
        lines={code: int(trips.amounts[code][place]) for code, bit in LINE_BIT.items() if shown & bit},
        base_cost=int(trips.base[place]),
        tax_amount=int(trips.tax[place]),
        non_taxable=int(trips.non_taxable[place]),
        employee_incentive=int(trips.incentive[place]),
        total_cost=int(trips.total[place]),
        explanations={code: tuple(found) for code, found in told.items()},
        is_carpool=record.is_carpool if carpool is None else carpool,
        is_switched=carpool is not None and carpool != record.is_carpool,
    )
