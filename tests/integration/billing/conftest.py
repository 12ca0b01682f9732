"""A contract with trips for each test of billing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from billing.schemas.contracts import Contract
from billing.schemas.ids import new_id
from billing.schemas.trips import TripRecord
from billing.services.contracts import ContractView, create_contract
from billing.store.session import Session
from tests.support.people import Pair

IST = ZoneInfo("Asia/Kolkata")
OCTOBER = date(2026, 10, 1)
HYBRID = {
    "base_monthly_fee": "30000",
    "free_km_included": "100",
    "per_km_rate_after_limit": "25",
    "night_shift_surcharge": "300",
    "tax_percentage": "18",
    "round_off": "rupee",
    "incentive_rules": {"carpool_bonus": "50"},
}


@dataclass(slots=True)
class Month:
    """A client's contract and the means to give it trips."""

    pair: Pair
    session: Session
    view: ContractView
    number: int = 0

    @property
    def client_id(self) -> UUID:
        return self.pair.client_id

    @property
    def contract_id(self) -> UUID:
        return self.view.contract.id

    @property
    def words(self) -> dict[str, Any]:
        """What every bill of this contract's month is asked with."""
        return {"client": self.pair.client.code, "month": OCTOBER}

    def trip(self, day: int, km: str = "20", **more: Any) -> TripRecord:
        """A trip of October, at nine in the morning for an hour."""
        self.number += 1
        start = datetime(2026, 10, day, 9, 0, tzinfo=IST) + timedelta(seconds=self.number)
        words: dict[str, Any] = {
            "id": new_id(),
            "client_id": self.client_id,
            "vendor_id": self.pair.vendor_id,
            "external_ref": f"T{self.number:05}",
            "start_time": start,
            "end_time": start + timedelta(hours=1),
            "distance_m": round(float(km) * 1000),
            **more,
        }
        return TripRecord(**words)

    def add(self, *trips: TripRecord) -> None:
        """Store trips and give them their contract."""
        with self.session.unit_of_work() as uow:
            uow.trip_inserts.add(list(trips))
            uow.trip_contracts.assign(self.client_id)
            uow.commit()

    def sql(self, statement: str, **values: Any) -> list[Any]:
        """Run a statement as the signed-in user and commit."""
        import sqlalchemy as sa

        with self.session.unit_of_work() as uow:
            result = uow.connection.execute(sa.text(statement), values)
            rows = list(result) if result.returns_rows else []
            uow.commit()
        return rows


def contract_for(
    session: Session, pair: Pair, *, model: str = "HYBRID", rules: Mapping[str, Any] = HYBRID, name: str = "Night shift"
) -> ContractView:
    """A contract in force since April."""
    with session.unit_of_work() as uow:
        site = uow.client_sites.find(client_id=pair.client_id)[0]
        branch = uow.vendor_branches.find(vendor_id=pair.vendor_id)[0]
    contract = Contract(new_id(), pair.client_id, pair.vendor_id, name, site.id, branch.id)
    saved = create_contract(session, contract=contract, model=model, rules=rules, valid_from=date(2026, 4, 1))
    return saved.view


@pytest.fixture
def make_month(client_admin: Session, pair: Pair) -> Callable[..., Month]:
    """Months under rules of the test's choice."""

    def make(**words: Any) -> Month:
        return Month(pair, client_admin, contract_for(client_admin, pair, **words))

    return make


@pytest.fixture
def october(make_month: Callable[..., Month]) -> Month:
    """Three trips of 60, 50 and 20 km under the HYBRID contract of TARIFF.md section 5."""
    month = make_month()
    month.add(month.trip(3, "60"), month.trip(10, "50"), month.trip(20, "20", is_carpool=True, employees=("E1",)))
    return month


@pytest.fixture
def today() -> date:
    """The server's day in the client's zone."""
    return datetime.now(UTC).astimezone(IST).date()
