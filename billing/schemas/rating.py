"""Records of rating: what goes in (trips, versions, month inputs) and what comes out (lines, period, taxes).

Amounts are paise, distances metres, unless a field says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

DEFAULT_TIMEZONE = "Asia/Kolkata"
DEFAULT_CURRENCY = "INR"
DEFAULT_TAX_PERCENT = Decimal(18)

TRIP_LINE_CODES = (
    "BASE_FARE",
    "DISTANCE",
    "TIME",
    "SLAB",
    "ZONE",
    "SEATS",
    "PACKAGE",
    "EXTRA_KM",
    "EXTRA_HOUR",
    "DRIVER_ALLOWANCE",
    "MIN_FARE_TOPUP",
    "MAX_FARE_CAP",
    "CARPOOL_DISCOUNT",
    "NIGHT",
    "ESCORT",
    "WAITING",
    "TOLL",
    "PARKING",
    "NO_SHOW",
    "CANCELLATION",
)
"""Trip line codes in the order of TARIFF.md section 4; the place of a code is its bit in `lines_shown`."""

PERIOD_LINE_CODES = (
    "MONTHLY_FEE",
    "EXTRA_KM",
    "EXTRA_HOUR",
    "ABSENCE",
    "EXTRA_VEHICLES",
    "EMPLOYEE_FEES",
    "MIN_GUARANTEE",
    "MONTHLY_CAP",
    "SLA_PENALTY",
)
"""Period line codes in the order in which they are made."""

LINE_BIT = {code: 1 << place for place, code in enumerate(TRIP_LINE_CODES)}


class BillingModelType(StrEnum):
    """The three ways a contract is billed (TARIFF.md section 2)."""

    PER_TRIP = "PER_TRIP"
    HYBRID = "HYBRID"
    FIXED_PACKAGE = "FIXED_PACKAGE"

    @property
    def label(self) -> str:
        """The model's name for people."""
        return {"PER_TRIP": "Per trip", "HYBRID": "Hybrid", "FIXED_PACKAGE": "Fixed package"}[self.value]


MODEL_ALIASES = {"FIXED_MONTHLY": BillingModelType.FIXED_PACKAGE, "FIXED": BillingModelType.FIXED_PACKAGE}


class TripStatus(StrEnum):
    """What became of a trip; any other status costs nothing."""

    COMPLETED = "COMPLETED"
    NO_SHOW = "NO_SHOW"
    CANCELLED = "CANCELLED"
    SCHEDULED = "SCHEDULED"


class TaxRounding(StrEnum):
    """How a tax figure is rounded to the paisa; HALF_DOWN only to compare with older reports."""

    HALF_UP = "HALF_UP"
    HALF_DOWN = "HALF_DOWN"


@dataclass(frozen=True, slots=True)
class ContractRuleConfig:
    """The rules of one contract version, checked and under their canonical names.

    Attributes:
        model: how the contract is billed.
        values: canonical key to typed value: Decimal, int, bool, str, date, tuple or mapping, by the key's kind.
        unknown: keys that are not understood, with their values as given; kept, never priced.
        source: the rules as they were given.
    """

    model: BillingModelType
    values: Mapping[str, Any]
    unknown: Mapping[str, Any] = field(default_factory=dict)
    source: Mapping[str, Any] = field(default_factory=dict)

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a canonical key, or `default` where the key is not set."""
        return self.values.get(key, default)

    def __contains__(self, key: str) -> bool:
        return key in self.values

    @property
    def currency(self) -> str:
        """ISO code of the contract's currency."""
        return str(self.values.get("currency", DEFAULT_CURRENCY))


@dataclass(frozen=True, slots=True)
class ContractVersion:
    """A contract's rules and the instants [valid_from, valid_until) in which they hold."""

    number: int
    rules: ContractRuleConfig
    valid_from: datetime
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class TripData:
    """One trip as it is rated. None means that the figure is not known, which is not the same as zero."""

    trip_id: str
    start_time: datetime
    end_time: datetime
    distance_m: int
    status: str = TripStatus.COMPLETED
    is_carpool: bool = False
    escort: bool = False
    employees: tuple[str, ...] = ()
    vehicle_type: str | None = None
    vehicle_slot: str | None = None
    site: str | None = None
    zone: str | None = None
    seats_boarded: int | None = None
    garage_m: int | None = None
    waiting_minutes: Decimal | None = None
    toll: int | None = None
    parking: int | None = None
    late_minutes: Decimal | None = None
    cancelled_minutes_before: Decimal | None = None
    claimed_m: int | None = None
    gps_m: int | None = None
    calendar_days: int | None = None


@dataclass(frozen=True, slots=True)
class VehicleUsage:
    """Month inputs of one vehicle slot; explicit usage replaces what its completed trips add up to."""

    slot: str
    km: Decimal | None = None
    hours: Decimal | None = None
    minutes: Decimal | None = None
    hours_by_day: Mapping[date, Decimal] | None = None
    active_days: Decimal | None = None
    absent_days: Decimal | None = None

    @property
    def has_explicit_figures(self) -> bool:
        """Whether anything is given that cannot be split over two contract versions."""
        figures = (self.km, self.hours, self.minutes, self.hours_by_day, self.active_days, self.absent_days)
        return any(figure is not None for figure in figures)


@dataclass(frozen=True, slots=True)
class EmployeeDays:
    """An employee of the period and the days on which the employee was active (None: all days)."""

    employee_id: str
    active_days: Decimal | None = None


@dataclass(frozen=True, slots=True)
class MonthInputs:
    """What a period needs beside trips; None: not given."""

    vehicles: tuple[VehicleUsage, ...] | None = None
    vehicles_count: int | None = None
    employees: tuple[EmployeeDays, ...] = ()
    sla_breaches: int = 0


@dataclass(frozen=True, slots=True)
class Explanation:
    """How one charge came about, told by the step that made it.

    Attributes:
        key: the rule key that priced it.
        version: number of the contract version.
        quantity: what was counted (km, minutes, seats...), exact.
        rate: price of one of it, exact, in rupees; a percentage where `key` is one.
        unrounded: the exact amount in rupees.
        amount: the charge in paise.
        text: the same as a sentence.
    """

    key: str
    version: int
    quantity: Fraction | None
    rate: Fraction | None
    unrounded: Fraction
    amount: int
    text: str


@dataclass(frozen=True, slots=True)
class RatedLine:
    """One line of a rated trip, in paise."""

    code: str
    amount: int


@dataclass(frozen=True, slots=True)
class PeriodLine:
    """One charge of the period: of a version (its place in the input), and of a vehicle slot where it has one."""

    version: int
    code: str
    slot: str
    amount: int
    tax_percent: Decimal
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class TaxGroup:
    """The taxable value at one tax rate and the tax on it; the halves are None where no split is given."""

    percent: Decimal
    taxable: int
    tax: int
    cgst: int | None = None
    sgst: int | None = None
    igst: int | None = None


@dataclass(frozen=True, slots=True)
class CalculationResult:
    """What one trip, or one contract's period, costs; amounts in rupees with two decimals."""

    billing_model: BillingModelType
    base_cost: Decimal
    tax_amount: Decimal
    total_cost: Decimal
    employee_incentive: Decimal
    non_taxable: Decimal = Decimal("0.00")
    lines: Mapping[str, Decimal] = field(default_factory=dict)
    trip_id: str = ""
    explanations: Mapping[str, tuple[Explanation, ...]] = field(default_factory=dict)
