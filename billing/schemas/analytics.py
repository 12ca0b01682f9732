"""What the Overview shows of a month. Amounts are paise before tax; distances metres; None where the role sees none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from billing.money import half_up


@dataclass(frozen=True, slots=True)
class KeyFigures:
    """Spend, completed trips, their distance, and how many were carpools."""

    spend: int = 0
    trips: int = 0
    distance_m: int = 0
    carpools: int = 0

    @property
    def cost_per_km(self) -> int | None:
        """Paise a kilometre; None without distance."""
        return half_up(self.spend * 1000, self.distance_m) if self.distance_m else None

    @property
    def carpool_permille(self) -> int | None:
        """Carpools among 1,000 completed trips; None without trips."""
        return half_up(self.carpools * 1000, self.trips) if self.trips else None


@dataclass(frozen=True, slots=True)
class DayFigures:
    """One local day: completed trips and what trips of that day were charged."""

    day: date
    trips: int
    distance_m: int
    amount: int


@dataclass(frozen=True, slots=True)
class PartSpend:
    """The spend on one model, vendor or contract, its monthly fees included."""

    key: str
    name: str
    trips: int
    distance_m: int
    amount: int


@dataclass(frozen=True, slots=True)
class PackageUse:
    """How much of a contract's included kilometres the month has used."""

    contract_id: UUID
    contract_name: str
    vendor_name: str
    billing_model: str
    included_m: int
    used_m: int


@dataclass(frozen=True, slots=True)
class RecentTrip:
    """A trip of the list of newest trips; `amount` None where it is not billed yet."""

    trip_id: UUID
    ref: str
    start: datetime
    vendor_name: str
    distance_m: int
    status: str
    is_carpool: bool
    amount: int | None


@dataclass(frozen=True, slots=True)
class Overview:
    """A month of one client.

    Attributes:
        fees: the part of the spend that belongs to the month and to no day (monthly fees, true-ups, penalties).
        previewed: contracts whose month is rated as a preview, because it is not billed yet.
        refused: (contract, reason) of contracts that cannot be rated; their trips cost nothing here.
        shows_amounts: False for a vendor's staff, who see volumes only.
        days_before, by_vendor_before: the month before, to compare with.
    """

    client_id: UUID
    month: date
    now: KeyFigures
    before: KeyFigures
    fees: int
    days: tuple[DayFigures, ...]
    by_model: tuple[PartSpend, ...]
    by_vendor: tuple[PartSpend, ...]
    packages: tuple[PackageUse, ...]
    recent: tuple[RecentTrip, ...]
    previewed: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    shows_amounts: bool = True
    days_before: tuple[DayFigures, ...] = ()
    by_vendor_before: tuple[PartSpend, ...] = ()
