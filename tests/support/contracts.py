"""A contract with a month of trips, for tests of screens and services that read one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from billing.schemas.contracts import Contract
from billing.schemas.ids import new_id
from billing.schemas.trips import TripRecord
from billing.services.contracts import ContractView, create_contract
from billing.services.parties import list_sites, list_vendors_of
from billing.store.session import Session
from tests.support.people import Pair

INDIA = ZoneInfo("Asia/Kolkata")
MONTH = date(2026, 9, 1)
HYBRID = {
    "base_monthly_fee": "30000.00",
    "free_km_included": "100",
    "per_km_rate_after_limit": "25.00",
    "night_shift_surcharge": "90.00",
    "night_window": {"start": "22:00", "end": "06:00"},
    "carpool_discount": "0.05",
    "tax_percentage": "5",
}


@dataclass(frozen=True, slots=True)
class Agreed:
    """A stored contract and its trips of September 2026."""

    view: ContractView
    trips: tuple[TripRecord, ...]

    @property
    def id(self) -> UUID:
        """The contract's id."""
        return self.view.contract.id


def agree(
    session: Session,
    pair: Pair,
    *,
    name: str = "Night shift",
    model: str = "HYBRID",
    rules: dict[str, Any] | None = None,
    since: date = date(2026, 4, 1),
    km: tuple[int, ...] = (60, 50, 20, 30, 12, 18, 25, 40, 33, 27, 14, 22),
) -> Agreed:
    """A contract in force since April with one trip a day from 1 September, at 09:00 and 23:00 by turns."""
    site = list_sites(session, client_id=pair.client_id)[0]
    branch = list_vendors_of(session, client_id=pair.client_id)[0].branches[0]
    contract = Contract(new_id(), pair.client_id, pair.vendor_id, name, site.id, branch.id)
    view = create_contract(session, contract=contract, model=model, rules=rules or HYBRID, valid_from=since).view
    trips = tuple(_trip(pair, at, kilometres) for at, kilometres in enumerate(km))
    with session.unit_of_work() as uow:
        uow.trip_inserts.add(trips)
        uow.trip_contracts.assign(pair.client_id)
        uow.commit()
    return Agreed(view, trips)


def _trip(pair: Pair, at: int, kilometres: int) -> TripRecord:
    start = datetime(MONTH.year, MONTH.month, at + 1, 23 if at % 2 else 9, tzinfo=INDIA)
    riders = (f"E{at}", f"F{at}") if at % 3 == 0 else (f"E{at}",)
    end, ref = start + timedelta(minutes=45), f"T-{at + 1:03}"
    return TripRecord(
        new_id(), pair.client_id, pair.vendor_id, ref, start, end, kilometres * 1000,
        is_carpool=at % 3 == 0, employees=riders,
    )  # fmt: skip
