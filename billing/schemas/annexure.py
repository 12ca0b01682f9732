"""The rows behind an invoice: columns of its trips, and its period charges, that add up to it to the paisa."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Int64s = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """One period charge with its part of the bill's tax; of a note against lines any line, untaxed ones too."""

    code: str
    label: str
    version: int
    slot: str
    percent_milli: int
    amount: int
    tax: int
    model: str = ""
    is_taxable: bool = True


@dataclass(frozen=True, slots=True)
class Annexure:
    """Trips in rating order as columns (amounts in paise, times in UTC epoch microseconds, distances in metres).

    `charges` holds one column for each (code, is it taxed) that occurs; `tax` is the bill's tax spread over
    trips and period rows together (TARIFF.md 1.6), not each trip's own estimate. `shown` says which trips have
    the line at all: a line at 0.00 is not "no line". `states` marks rows of a report that are only a preview.
    """

    trip_ids: Sequence[str]
    starts: Int64s
    ends: Int64s
    statuses: Sequence[str]
    vehicles: Sequence[str]
    riders: Sequence[str]
    models: Sequence[str]
    distances: Int64s
    versions: Int64s
    percents: Int64s
    charges: Mapping[tuple[str, bool], Int64s]
    taxable: Int64s
    tax: Int64s
    non_taxable: Int64s
    incentive: Int64s
    period_rows: tuple[PeriodRow, ...] = ()
    round_off: int = 0
    shown: Mapping[tuple[str, bool], NDArray[np.bool_]] = field(default_factory=dict)
    states: Sequence[str] = ()

    def __len__(self) -> int:
        return len(self.trip_ids)

    @property
    def total(self) -> int:
        """What all rows come to, in paise."""
        trips = int(self.taxable.sum()) + int(self.tax.sum()) + int(self.non_taxable.sum())
        return trips + sum(row.amount + row.tax for row in self.period_rows) + self.round_off
