"""A month rated now against what its issued runs charged so far: the ledger rows of the difference, and its sums.

Late trips and those that stand for corrected ones become BILL rows; trips that were billed and come out otherwise, or
were superseded, become signed DELTA rows. A note has the rate of its original (GST.md 8); so where a trip, or a charge
of the month, is now taxed at another rate, all that it was charged under the old one is taken back by a difference of
its own, and the rest bills it again (docs/decisions/tax-corrections.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from billing.invoicing.charges import period_of
from billing.schemas.invoices import ChargeLevel
from billing.schemas.notes import ChargedMonth, LineKey
from billing.schemas.rating import LINE_BIT, TRIP_LINE_CODES
from billing.schemas.runs import LedgerColumns, PeriodCharge

if TYPE_CHECKING:
    from billing.rating.result import RatedPeriod

Ints = NDArray[np.int64]
Columns = dict[str, NDArray[Any]]
_PASS_THROUGH = {"TOLL": "toll_taxable", "PARKING": "parking_taxable"}
_FIGURES = ("taxable", "non_taxable", "tax", "incentive")
_KEYS = {"tax_milli": "tax_milli", "version": "versions", "toll_taxable": "toll_taxable",
         "parking_taxable": "parking_taxable"}  # fmt: skip
"""What says at which rate a row is taxed, as charged rows and the ledger call it."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What a settlement writes, and what it comes to.

    Attributes:
        fresh: rows of the ledger (of the rated month) that were on no bill.
        moved: places in `charged` of the trips that come out otherwise.
        now: of every charged trip its row in the rated ledger, -1 where it is not rated any more.
        keys: of every moved trip the rate, version and taxability of its row.
        period: signed differences of the month's own charges.
        sums: signed paise by document line; `counts` the trips that moved in it.
    """

    ledger: LedgerColumns
    fresh: NDArray[np.bool_]
    moved: Ints
    now: Ints
    keys: Columns
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

        ids = charged.numbers["ids"]
        rows = []
        for place, at in enumerate(self.moved.tolist()):
            row: dict[str, Any] = {
                "trip_id": str(UUID(bytes=ids[at].tobytes())),
                "tax_milli": int(self.keys["tax_milli"][place]),
                "version_number": int(self.keys["version"][place]),
                "toll_taxable": bool(self.keys["toll_taxable"][place]),
                "parking_taxable": bool(self.keys["parking_taxable"][place]),
            }
            figures = {name: int(self.deltas[name][place]) for name in self.deltas}
            shown = sum(LINE_BIT[code] for code in TRIP_LINE_CODES if figures.get(code.lower()))
            rows.append(row | {name: figure for name, figure in figures.items() if figure} | {"lines_shown": shown})
        return rows


def differences(
    rated: RatedPeriod, ledger: LedgerColumns, charged: ChargedMonth
) -> tuple[Difference | None, Difference]:
    """(what is taken back because it is now taxed at another rate, None for nothing; all other differences)."""
    numbers = charged.numbers
    now = _places(ledger.trips, numbers["ids"])
    fresh = np.ones(len(ledger.trips), np.bool_)
    fresh[now[now >= 0]] = False
    total = {name: _now(getattr(ledger, name), now) - numbers[name] for name in _FIGURES}
    for code in TRIP_LINE_CODES:
        total[code.lower()] = _now(ledger.charges.get(code), now) - numbers[code.lower()]
    was = {name: numbers[name] for name in _KEYS}
    will = {name: _keyed(getattr(ledger, column), now, was[name]) for name, column in _KEYS.items()}
    back, is_other = _taken_back(numbers, total, was, will, now)
    rest = {name: column - back[name] for name, column in total.items()}
    anew = {name: np.where(is_other, will[name], was[name]) for name in _KEYS}
    back_period, rest_period = _periods(rated, charged.period)
    reversal = None
    if back_period or is_other.any():
        nobody = np.zeros(len(fresh), np.bool_)
        reversal = _built(ledger, nobody, now, back, was, back_period)
    if reversal is not None and reversal.is_empty:
        reversal = None
    return reversal, _built(ledger, fresh, now, rest, anew, rest_period)


def _taken_back(
    numbers: Mapping[str, NDArray[Any]], total: Mapping[str, Ints], was: Columns, will: Columns, now: Ints
) -> tuple[dict[str, Ints], NDArray[np.bool_]]:
    """What was charged in lines that are taxed otherwise now, as signed differences; which trips have such lines."""
    back = {name: np.zeros(len(now), np.int64) for name in total}
    is_other = np.zeros(len(now), np.bool_)
    for code in TRIP_LINE_CODES:
        name = code.lower()
        taxed, percent = _taxed_at(code, was)
        taxed_now, percent_now = _taxed_at(code, will)
        other = (now >= 0) & ((taxed != taxed_now) | (percent != percent_now))
        other &= (numbers[name] != 0) | (numbers[name] + total[name] != 0)
        back[name] = np.where(other, -numbers[name], 0).astype(np.int64)
        back["taxable"] += np.where(taxed, back[name], 0)
        back["non_taxable"] += np.where(taxed, 0, back[name])
        is_other |= other
    back["tax"] = np.where(back["taxable"] != 0, -numbers["tax"], 0).astype(np.int64)
    return back, is_other


def _taxed_at(code: str, keys: Columns) -> tuple[NDArray[np.bool_], NDArray[Any]]:
    """Whether a code's amounts are taxed, and at how many thousandths of a percent; untaxed ones at none."""
    name = _PASS_THROUGH.get(code)
    percent = keys["tax_milli"]
    if name is None:
        return np.ones(len(percent), np.bool_), percent
    taxed = keys[name].astype(np.bool_)
    return taxed, np.where(taxed, percent, 0)


def _keyed(column: NDArray[Any], now: Ints, was: NDArray[Any]) -> NDArray[Any]:
    if not len(column):
        return was
    return np.where(now >= 0, column[np.maximum(now, 0)], was)


def _built(
    ledger: LedgerColumns,
    fresh: NDArray[np.bool_],
    now: Ints,
    columns: Mapping[str, Ints],
    keys: Columns,
    period: tuple[PeriodCharge, ...],
) -> Difference:
    changed = np.zeros(len(now), np.bool_)
    for name, column in columns.items():
        if name != "tax":  # a trip's own tax is an estimate; it moves with the rest
            changed |= column != 0
    moved = np.flatnonzero(changed)
    deltas = {name: column[moved] for name, column in columns.items()}
    kept = {name: column[moved] for name, column in keys.items()}
    sums: dict[LineKey, int] = {}
    counts: dict[LineKey, int] = {}
    _add_fresh(ledger, fresh, sums, counts)
    _add_moved(kept, deltas, sums, counts)
    for charge in period:
        key = (ChargeLevel.PERIOD, charge.code, True, charge.tax_milli)
        sums[key] = sums.get(key, 0) + charge.amount
        counts[key] = 1
    return Difference(ledger, fresh, moved, now, kept, deltas, period, sums, counts)


def _places(have: NDArray[Any], want: NDArray[Any]) -> Ints:
    """The row of each wanted id, -1 where it is not among them."""
    places = {one.tobytes(): place for place, one in enumerate(have)}
    return np.fromiter((places.get(one.tobytes(), -1) for one in want), np.int64, len(want))


def _now(amounts: NDArray[Any] | None, now: Ints) -> Ints:
    if amounts is None or not len(amounts):
        return np.zeros(len(now), np.int64)
    return np.where(now >= 0, amounts[np.maximum(now, 0)], 0).astype(np.int64)


def _periods(
    rated: RatedPeriod, before: Mapping[tuple[int, str, str, int], int]
) -> tuple[tuple[PeriodCharge, ...], tuple[PeriodCharge, ...]]:
    """The month's own charges, signed, by version, code and slot: those taken back for another rate, and the rest.

    Taken back is what was charged and is not any more, where the same charge of the same slot is made at another rate:
    by the same version, or by others while none makes it at the old one.
    """
    now = {(one.version, one.code, one.slot, one.tax_milli): one.amount for one in period_of(rated)}
    rates: dict[tuple[str, str], set[int]] = {}
    for _version, code, slot, tax in now:
        rates.setdefault((code, slot), set()).add(tax)
    places = {key[:3] for key in now}
    back: list[PeriodCharge] = []
    rest: list[PeriodCharge] = []
    for key in sorted(now.keys() | before.keys()):
        delta = now.get(key, 0) - before.get(key, 0)
        if not delta:
            continue
        version, code, slot, tax = key
        charge = PeriodCharge(version, code, slot, delta, tax)
        others = rates.get((code, slot), set())
        is_other = key not in now and (key[:3] in places or (bool(others) and tax not in others))
        (back if is_other else rest).append(charge)
    return tuple(back), tuple(rest)


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
    keys: Columns,
    deltas: Mapping[str, Ints],
    sums: dict[LineKey, int],
    counts: dict[LineKey, int],
) -> None:
    for code in TRIP_LINE_CODES:
        column = deltas[code.lower()]
        rows = np.flatnonzero(column)
        if len(rows):
            taxed, _percent = _taxed_at(code, keys)
            _add(code, column[rows], keys["tax_milli"][rows], taxed[rows], sums, counts)


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
