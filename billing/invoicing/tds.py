"""Tax deducted at source: when it is due, and on how much (GST.md section 11). Memo only: no total changes by it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from billing.money import PAISE_IN_RUPEE, half_up
from billing.schemas.taxes import TdsRate

_FIRST_MONTH = 4


def year_of(day: date) -> int:
    """The first calendar year of the financial year that the day lies in."""
    return day.year if day.month >= _FIRST_MONTH else day.year - 1


def to_rupee(amount: int, *, up: bool = False) -> int:
    """A deduction in whole rupees: the nearest, or with `up` the next one, as some programs do."""
    if up:
        return -(-amount // PAISE_IN_RUPEE) * PAISE_IN_RUPEE
    return half_up(amount, PAISE_IN_RUPEE) * PAISE_IN_RUPEE


@dataclass(slots=True)
class PayeeYear:
    """What one payee was credited in a financial year so far; `add` says what a further document makes due.

    Below both limits nothing is due. A single payment above its limit is taxed alone; once the year's limit is passed
    everything of the year is, also what was below before.
    """

    up: bool = False
    total: int = 0
    covered: int = 0
    deducted: int = 0

    def add(self, base: int, rate: TdsRate) -> int:
        """The deduction for one more document; `base` is its taxable value, negative for a credit note."""
        self.total += base
        if self.total > rate.year_limit:
            self.covered = self.total
        elif base > rate.single_limit or (base < 0 < self.covered):
            self.covered += base
        percent = rate.percent.as_integer_ratio()
        wanted = to_rupee(half_up(self.covered * percent[0], 100 * percent[1]), up=self.up)
        due, self.deducted = wanted - self.deducted, wanted
        return due
