"""A month rated now against what its issued runs charged so far: the ledger rows of the difference, and its sums.

Late trips and those that stand for corrected ones become BILL rows; trips that were billed and come out otherwise, or
were superseded, become signed DELTA rows. A trip keeps the tax rate and the taxability at which it was billed: a note
has the rate of its original (GST.md 8).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from billing.errors import RefusedError
from billing.invoicing.charges import period_of
from billing.invoicing.lines import describe
from billing.schemas.invoices import ChargeLevel
from billing.schemas.notes import ChargedMonth, LineKey
from billing.schemas.rating import LINE_BIT, TRIP_LINE_CODES
from billing.schemas.runs import LedgerColumns, PeriodCharge

if TYPE_CHECKING:
    from billing.rating.result import RatedPeriod

Ints = NDArray[np.int64]
_PASS_THROUGH = {"TOLL": "toll_taxable", "PARKING": "parking_taxable"}
_FIGURES = ("taxable", "non_taxable", "tax", "incentive")


@dataclass(frozen=True, slots=True)
class Difference:
    """What a settlement writes, and what it comes to.

    Attributes:
        fresh: rows of the ledger (of the rated month) that were on no bill.
        moved: places in `charged` of the trips that come out otherwise.
        now: of every charged trip its row in the rated ledger, -1 where it is not rated any more.
        period: signed differences of the month's own charges.
        sums: signed paise by document line; `counts` the trips that moved in it.
    """

    ledger: LedgerColumns
    fresh: NDArray[np.bool_]
    moved: Ints
    now: Ints
    deltas: dict[str, Ints]
    period: tuple[PeriodCharge, ...]
    sums: dict[LineKey, int]
    counts: dict[LineKey, int]

    @property
    def is_empty(self) -> bool:
        """Whether nothing moves at all."""
        return not len(self.moved) and not self.fresh.any() and not self.period

    @property
    def incentive(self) -> int:
        """What employees' incentives change by."""
        return int(self.ledger.incentive[self.fresh].sum()) + int(self.deltas["incentive"].sum())

    def delta_rows(self, charged: ChargedMonth) -> list[dict[str, Any]]:
        """The DELTA rows as api.post_deltas takes them; figures at 0 are left out."""
        from uuid import UUID

        numbers = charged.numbers
        rows = []
        for place, at in enumerate(self.moved.tolist()):
            row: dict[str, Any] = {
                "trip_id": str(UUID(bytes=numbers["ids"][at].tobytes())),
                "tax_milli": int(numbers["tax_milli"][at]),
                "version_number": int(numbers["version"][at]),
                "toll_taxable": bool(numbers["toll_taxable"][at]),
                "parking_taxable": bool(numbers["parking_taxable"][at]),
            }
            figures = {name: int(self.deltas[name][place]) for name in self.deltas}
            shown = sum(LINE_BIT[code] for code in TRIP_LINE_CODES if figures.get(code.lower()))
            rows.append(row | {name: figure for name, figure in figures.items() if figure} | {"lines_shown": shown})
        return rows


def difference(rated: RatedPeriod, ledger: LedgerColumns, charged: ChargedMonth) -> Difference:
    """The difference between a rated month (its ledger beside it) and what was charged.

    Raises RefusedError NOTE_RATE where a tax rate or what is taxable differs: a note cannot bill that.
    """
    numbers = charged.numbers
    now = _places(ledger.trips, numbers["ids"])
    fresh = np.ones(len(ledger.trips), np.bool_)
    fresh[now[now >= 0]] = False
    _refuse_other_rate(ledger, numbers, now)
    deltas = {name: _now(getattr(ledger, name), now) - numbers[name] for name in _FIGURES}
    for code in TRIP_LINE_CODES:
        amounts = ledger.charges.get(code)
        deltas[code.lower()] = _now(amounts, now) - numbers[code.lower()]
    changed = np.zeros(len(now), np.bool_)
    for name, column in deltas.items():
        if name != "tax":  # a trip's own tax is an estimate; it moves with the rest
            changed |= column != 0
    moved = np.flatnonzero(changed)
    deltas = {name: column[moved] for name, column in deltas.items()}
    period = _period(rated, charged.period)
    sums: dict[LineKey, int] = {}
    counts: dict[LineKey, int] = {}
    _add_fresh(ledger, fresh, sums, counts)
    _add_moved(numbers, moved, deltas, sums, counts)
    for charge in period:
        key = (ChargeLevel.PERIOD, charge.code, True, charge.tax_milli)
        sums[key] = sums.get(key, 0) + charge.amount
        counts[key] = 1
    return Difference(ledger, fresh, moved, now, deltas, period, sums, counts)


def _places(have: NDArray[Any], want: NDArray[Any]) -> Ints:
    """The row of each wanted id, -1 where it is not among them."""
    places = {one.tobytes(): place for place, one in enumerate(have)}
    return np.fromiter((places.get(one.tobytes(), -1) for one in want), np.int64, len(want))


def _now(amounts: NDArray[Any] | None, now: Ints) -> Ints:
    if amounts is None or not len(amounts):
        return np.zeros(len(now), np.int64)
    return np.where(now >= 0, amounts[np.maximum(now, 0)], 0).astype(np.int64)


def _refuse_other_rate(ledger: LedgerColumns, numbers: Mapping[str, NDArray[Any]], now: Ints) -> None:
    both = now >= 0
    rows = now[both]
    pairs = [("tax_milli", ledger.tax_milli), ("toll_taxable", ledger.toll_taxable)]
    pairs.append(("parking_taxable", ledger.parking_taxable))
    other = np.zeros(len(rows), np.bool_)
    for name, column in pairs:
        differs = column[rows] != numbers[name][both]
        amounts = ledger.charges.get(name.split("_")[0].upper())
        if name != "tax_milli":
            differs &= (amounts[rows] if amounts is not None else np.zeros(len(rows), np.int64)) != 0
        other |= differs
    if other.any():
        raise RefusedError(
            "NOTE_RATE",
            f"{int(other.sum())} trips would now be taxed at another rate: a note keeps the rate of its invoice.",
            where="tax_percentage",
            hint="Void the invoice and bill the month again, or correct the rules' tax key.",
        )


def _period(rated: RatedPeriod, before: Mapping[tuple[int, str, str, int], int]) -> tuple[PeriodCharge, ...]:
    """The month's own charges: signed differences by version, code and slot."""
    now = {(one.version, one.code, one.slot, one.tax_milli): one.amount for one in period_of(rated)}
    keys = sorted(key for key in now.keys() | before.keys() if now.get(key, 0) != before.get(key, 0))
    by_place: dict[tuple[int, str, str], int] = {}
    for version, code, slot, tax in keys:
        if by_place.setdefault((version, code, slot), tax) != tax:
            raise RefusedError(
                "NOTE_RATE",
                f"{describe(code, ChargeLevel.PERIOD)} would now be taxed at another rate: "
                "a note keeps the rate of its invoice.",
                where="tax_percentage",
            )
    return tuple(
        PeriodCharge(version, code, slot, now.get(key, 0) - before.get(key, 0), tax)
        for key in keys
        for version, code, slot, tax in (key,)
    )


def _add_fresh(
    ledger: LedgerColumns, fresh: NDArray[np.bool_], sums: dict[LineKey, int], counts: dict[LineKey, int]
) -> None:
    for code, amounts in ledger.charges.items():
        shown = fresh & ((ledger.shown & LINE_BIT[code]) != 0)
        if shown.any():
            _add(code, amounts[shown], ledger.tax_milli[shown], _taxed(code, ledger, shown), sums, counts)


def _taxed(code: str, ledger: LedgerColumns, rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
    name = _PASS_THROUGH.get(code)
    return np.ones(int(rows.sum()), np.bool_) if name is None else getattr(ledger, name)[rows]


def _add_moved(
    numbers: Mapping[str, NDArray[Any]],
    moved: Ints,
    deltas: Mapping[str, Ints],
    sums: dict[LineKey, int],
    counts: dict[LineKey, int],
) -> None:
    for code in TRIP_LINE_CODES:
        column = deltas[code.lower()]
        rows = np.flatnonzero(column)
        if len(rows):
            name = _PASS_THROUGH.get(code)
            taxed = np.ones(len(rows), np.bool_) if name is None else numbers[name][moved[rows]]
            _add(code, column[rows], numbers["tax_milli"][moved[rows]], taxed, sums, counts)


def _add(
    code: str,
    amounts: Ints,
    percents: NDArray[Any],
    taxed: NDArray[np.bool_],
    sums: dict[LineKey, int],
    counts: dict[LineKey, int],
) -> None:
    """Add amounts to their lines: untaxed ones have no percent."""
    for is_taxed in (True, False):
        for percent in np.unique(percents[taxed == is_taxed]).tolist():
            rows = (taxed == is_taxed) & (percents == percent)
            key = (ChargeLevel.TRIP, code, is_taxed, int(percent) if is_taxed else 0)
            sums[key] = sums.get(key, 0) + int(amounts[rows].sum())
            counts[key] = counts.get(key, 0) + int(rows.sum())
