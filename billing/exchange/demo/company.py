"""The whole demo company as records, July to September 2026, with work left to do in September."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from billing.exchange.demo.contracts import CONTRACTS, FUEL_PRICES, VERSIONS
from billing.exchange.demo.dice import Dice
from billing.exchange.demo.dispatch import trips_between
from billing.exchange.demo.parties import BLUE_HERON, BRANCHES, CLIENTS, LINKS, MOONBRIDGE, SITES, VENDORS
from billing.exchange.demo.staff import riders, vehicles
from billing.schemas.contracts import Contract, ContractVersion
from billing.schemas.parties import Client, ClientSite, ClientVendor, Employee, Vehicle, Vendor, VendorBranch
from billing.schemas.trips import TripRecord
from billing.schemas.usage import FuelPrice

FIRST, OPEN_MONTH, UNTIL = date(2026, 7, 1), date(2026, 9, 1), date(2026, 10, 1)
NEW_OFFICE = "BLR-KR"
"""A site that no contract covers yet: its trips are the demo's exceptions."""

HOLD_REASONS = (
    "Route does not match the roster; asked the vendor",
    "GPS trace missing for the return leg",
    "Rider says the cab did not come",
)


@dataclass(frozen=True, slots=True)
class DemoCompany:
    """Everything that `moveinsync demo` loads, in the order in which it can be stored."""

    clients: tuple[Client, ...]
    sites: tuple[ClientSite, ...]
    vendors: tuple[Vendor, ...]
    branches: tuple[VendorBranch, ...]
    links: tuple[ClientVendor, ...]
    employees: tuple[Employee, ...]
    vehicles: tuple[Vehicle, ...]
    contracts: tuple[Contract, ...]
    versions: tuple[ContractVersion, ...]
    fuel_prices: tuple[FuelPrice, ...]
    trips: tuple[TripRecord, ...]


def _with_work_to_do(trips: list[TripRecord]) -> list[TripRecord]:
    """Make September unfinished: trips not accepted yet, some on hold, some for an office without a contract."""
    dice = Dice("work to do")
    last_days = UNTIL - timedelta(days=2)
    result = []
    for trip in trips:
        day = trip.start_time.date()
        first_link = trip.client_id == MOONBRIDGE and trip.vendor_id == BLUE_HERON
        if day >= OPEN_MONTH and first_link:
            if trip.site == "BLR-WF" and dice.chance(25):
                trip = replace(trip, site=NEW_OFFICE)
            elif day >= last_days:
                trip = replace(trip, acceptance="SUBMITTED")
            elif trip.status == "COMPLETED" and dice.chance(3):
                trip = replace(trip, hold_reason=dice.pick(HOLD_REASONS))
        result.append(trip)
    return result


def build_company(progress: Callable[[int, int, str], None] | None = None) -> DemoCompany:
    """The demo company; the same records at every call. `progress` is told (done, total, what) per month."""
    months = (FIRST, date(2026, 8, 1), OPEN_MONTH, UNTIL)
    trips: list[TripRecord] = []
    for number, (first, until) in enumerate(pairwise(months)):
        if progress:
            progress(number, len(months) - 1, f"Driving through {first:%B}")
        trips += trips_between(first, until)
    return DemoCompany(
        CLIENTS,
        SITES,
        VENDORS,
        BRANCHES,
        LINKS,
        tuple(rider.employee for rider in riders()),
        tuple(vehicle for _, vehicle in vehicles()),
        CONTRACTS,
        VERSIONS,
        FUEL_PRICES,
        tuple(_with_work_to_do(trips)),
    )
