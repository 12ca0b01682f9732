"""What rating a period gives: columns over its trips, its period lines, its totals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from billing.schemas.rating import Explanation, PeriodLine, TaxGroup
from billing.schemas.trip_columns import IntArray, TripColumns


@dataclass(frozen=True, slots=True)
class BonusPayments:
    """Carpool bonuses one by one: the place in the rated trips, the employee's code (-1: nobody named), paise."""

    rows: IntArray
    employees: IntArray
    amounts: IntArray


@dataclass(frozen=True, slots=True)
class RatedTrips:
    """The trips of the period in rating order, one array a figure; amounts in paise.

    Attributes:
        columns: the input.
        order: the place in the input of every rated trip.
        version: the place in the input's versions.
        amounts: line code to paise; codes that no trip has are absent.
        lines_shown: a bit for each code a trip shows (`billing.schemas.rating.LINE_BIT`).
        base: the sum of the taxable lines.
        tax: the trip's own tax, an estimate where the bill is taxed as a whole.
        percent: the place in `percents` of the tax percentage.
        billable_m: metres that were billed.
    """

    columns: TripColumns
    order: IntArray
    version: NDArray[np.int16]
    amounts: Mapping[str, IntArray]
    lines_shown: IntArray
    base: IntArray
    tax: IntArray
    non_taxable: IntArray
    incentive: IntArray
    total: IntArray
    percent: NDArray[np.int16]
    percents: tuple[Decimal, ...]
    billable_m: IntArray
    bonuses: BonusPayments

    def __len__(self) -> int:
        return len(self.order)

    def trip_id(self, row: int) -> str:
        """The id of a rated trip."""
        return id_text(self.columns.trip_ids[self.order[row]])


@dataclass(frozen=True, slots=True)
class RatedPeriod:
    """A contract's period: trips, period lines and totals in paise.

    Attributes:
        version_numbers: by the place in the input's versions.
        untaxed: by version place, the trip line codes that are passed on untaxed.
        total: all that the client pays: taxable + tax + untaxed + incentive + round-off.
        tax_groups: the taxable value and tax of each percentage.
        cgst, sgst, igst: None where no split is given.
        round_off, tds, net_payable, rcm_tax_payable_by_client: None where they do not apply.
    """

    trips: RatedTrips
    period_lines: tuple[PeriodLine, ...]
    version_numbers: tuple[int, ...]
    untaxed: tuple[frozenset[str], ...]
    taxable_subtotal: int
    non_taxable: int
    tax: int
    incentive: int
    total: int
    tax_groups: tuple[TaxGroup, ...]
    cgst: int | None = None
    sgst: int | None = None
    igst: int | None = None
    round_off: int | None = None
    tds: int | None = None
    net_payable: int | None = None
    rcm_tax_payable_by_client: int | None = None
    explain_trip: Callable[[int], dict[str, list[Explanation]]] | None = None
    """The explanations of a rated trip's lines by code; None unless rating was asked to explain."""

    def period_amounts(self) -> dict[str, int]:
        """Period lines summed by code over versions and slots."""
        result: dict[str, int] = {}
        for line in self.period_lines:
            result[line.code] = result.get(line.code, 0) + line.amount
        return result


def id_text(trip_id: Any) -> str:
    """A trip id of a column as text."""
    return trip_id.decode() if isinstance(trip_id, bytes) else str(trip_id)
