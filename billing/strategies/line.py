"""A charge line over a column of trips, and the one primitive that makes it: quantity x rate, rounded once.

The step that makes a line also carries how it was made (quantity, rate, unrounded amount, sentence), as references
to the arrays it computed with; turning them into an explanation costs nothing until somebody asks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from billing.money import INT64_MAX, PAISE_IN_RUPEE, format_inr
from billing.schemas.rating import LINE_BIT, Explanation
from billing.schemas.trip_columns import IntArray
from billing.strategies.exact import Ints, Operand, as_paise, divided_half_up, plus, times, widest
from billing.strategies.words import counted, money, number


@dataclass(frozen=True, slots=True)
class Exact:
    """Exact figures: numerator / denominator, each one number for all rows or one for each."""

    numerator: Operand
    denominator: Operand = 1

    def at(self, row: int) -> Fraction:
        """The figure of one row."""
        over, under = self.numerator, self.denominator
        return Fraction(
            over if isinstance(over, int) else int(over[row]), under if isinstance(under, int) else int(under[row])
        )


Sentence = Callable[[int, "TripLine"], str]
Reason = Callable[[int], str]
"""Why a row has a line, in words: 'escorted', 'start 23:40 is inside 22:00 to 06:00'."""


@dataclass(frozen=True, slots=True)
class TripLine:
    """One line code over the trips of a version.

    Attributes:
        code, key: the line code and the rule key that priced it.
        amount: paise, one a row.
        quantity, rate, unrounded: how it was made; rupees for rate and unrounded.
        unit: of the quantity, for the sentence.
        rows: positions in the version's trips; None: all of them.
        always: a fare component, shown also at 0.00.
        sentence: tells a row's line in words; None: the usual one.
        taxable: false for what is passed on untaxed.
    """

    code: str
    key: str
    amount: IntArray
    quantity: Exact | None
    rate: Exact | None
    unrounded: Exact
    unit: str = ""
    rows: IntArray | None = None
    always: bool = False
    sentence: Sentence | None = None
    taxable: bool = True

    def explain(self, row: int, version: int) -> Explanation:
        """How the line of one row (a place in `amount`) came about."""
        return Explanation(
            key=self.key,
            version=version,
            quantity=None if self.quantity is None else self.quantity.at(row),
            rate=None if self.rate is None else self.rate.at(row),
            unrounded=self.unrounded.at(row),
            amount=int(self.amount[row]),
            text=self.sentence(row, self) if self.sentence else usual_sentence(row, self),
        )


def usual_sentence(row: int, line: TripLine) -> str:
    """'2.4 km × 14.50 = 34.80'."""
    amount = format_inr(int(line.amount[row]))
    if line.quantity is None or line.rate is None:
        return amount
    return f"{counted(line.quantity.at(row), line.unit)} × {money(line.rate.at(row))} = {amount}"


def priced(
    code: str,
    key: str,
    quantity: Ints,
    per: int,
    rate: int,
    scale: int,
    *,
    unit: str,
    always: bool = False,
    rows: IntArray | None = None,
    sentence: Sentence | None = None,
) -> TripLine:
    """The line quantity / per x rate / scale, rounded once to the paisa.

    `quantity` counts units of 1/per (metres: per 1000), `rate` is rupees x scale; scale is a multiple of 100.
    """
    product = times(quantity, rate)
    paisa = per * (scale // PAISE_IN_RUPEE)
    amount = as_paise(divided_half_up(product, paisa))
    return TripLine(
        code,
        key,
        amount,
        Exact(quantity, per),
        Exact(rate, scale),
        Exact(product, per * scale),
        unit=unit,
        rows=rows,
        always=always,
        sentence=sentence,
    )


def flat(
    code: str,
    key: str,
    count: int,
    rate: int,
    scale: int,
    *,
    why: Reason,
    always: bool = False,
    rows: IntArray | None = None,
) -> TripLine:
    """A fixed amount on each of `count` rows; `why` tells a row's reason."""
    price = money(Fraction(rate, scale))

    def sentence(row: int, line: TripLine) -> str:
        amount = format_inr(int(line.amount[row]))
        return f"{why(row)}: {amount}" if price == amount else f"{why(row)}: {price} = {amount}"

    ones = np.ones(count, np.int64)
    return priced(code, key, ones, 1, rate, scale, unit="", always=always, rows=rows, sentence=sentence)


def percent_of(
    code: str,
    key: str,
    fare: IntArray,
    percent: int,
    hundred: int,
    *,
    sign: int = 1,
    rows: IntArray | None = None,
    why: Reason | None = None,
) -> TripLine:
    """`percent / hundred` of the fare (paise), rounded once; `sign` -1 for a deduction; `why` tells a row's reason."""
    product = times(fare, percent)
    amount = sign * as_paise(divided_half_up(product, hundred))
    label = f"{number(Fraction(percent * 100, hundred))} %"

    def sentence(row: int, line: TripLine) -> str:
        reason = "" if why is None else f"{why(row)}: "
        return f"{reason}{label} of the fare {format_inr(int(fare[row]))} = {format_inr(int(line.amount[row]))}"

    return TripLine(
        code,
        key,
        amount,
        Exact(fare, PAISE_IN_RUPEE),
        Exact(percent * 100, hundred),
        Exact(times(product, sign), hundred * PAISE_IN_RUPEE),
        unit="₹",
        rows=rows,
        sentence=sentence,
    )


class TripLines:
    """The charge lines of the trips of one version, summed up as they are added.

    Attributes:
        amounts: line code to paise, one a trip.
        shown: a bit for each line a trip shows (`LINE_BIT`).
        base: the sum of the taxable lines of each trip.
        non_taxable: the sum of the untaxed pass-through lines.
        fare: the fare of each trip after minimum and maximum, 0 where none was needed.
        kept: the lines with how they were made, where explanations were asked for.
    """

    def __init__(self, count: int, *, keep: bool) -> None:
        self.count = count
        self.amounts: dict[str, IntArray] = {}
        self.shown: IntArray = np.zeros(count, np.int64)
        self.base: Ints = np.zeros(count, np.int64)
        self.non_taxable: Ints = np.zeros(count, np.int64)
        self.fare: Ints = np.zeros(count, np.int64)
        self.kept: list[TripLine] | None = [] if keep else None
        self._bound = 0
        self._whole: TripLines | None = None
        self._rows = slice(0, count)

    def part(self, rows: slice) -> TripLines:
        """The lines of a run of these trips; what is added there stands here once `finish` was called."""
        part = TripLines.__new__(TripLines)
        part.count = rows.stop - rows.start
        part.amounts = {}
        part.shown, part.base = self.shown[rows], self.base[rows]
        part.non_taxable, part.fare = self.non_taxable[rows], self.fare[rows]
        part.kept = None
        part._bound = 0
        part._whole, part._rows = self, rows
        return part

    def finish(self) -> None:
        """Hand sums that had to go on with Python ints back to the whole, if they fit."""
        if self._whole is None or self.base.dtype != object:
            return
        self._whole.base[self._rows] = as_paise(self.base)
        self._whole.non_taxable[self._rows] = as_paise(self.non_taxable)
        self._whole.fare[self._rows] = as_paise(self.fare)

    def add_fare(self, line: TripLine) -> None:
        """Count a line into the fare."""
        self._make_room(line)
        self.fare = _added(self.fare, line)

    def add(self, line: TripLine) -> None:
        """Add one line; its rows must be distinct."""
        if not len(line.amount):
            return
        if self.kept is not None:
            self.kept.append(line)
        self._make_room(line)
        self._put(line)
        if line.taxable:
            self.base = _added(self.base, line)
        else:
            self.non_taxable = _added(self.non_taxable, line)

    def _make_room(self, line: TripLine) -> None:
        """Go on with Python ints where a sum could leave int64."""
        self._bound += widest(line.amount)
        if self._bound > INT64_MAX:
            self.base, self.non_taxable = self.base.astype(object), self.non_taxable.astype(object)
            self.fare = self.fare.astype(object)

    def _put(self, line: TripLine) -> None:
        bit = LINE_BIT[line.code]
        rows = slice(None) if line.rows is None else line.rows
        self.shown[rows] |= bit if line.always else np.where(line.amount != 0, bit, 0)
        if line.rows is None and line.code not in self.amounts and self._whole is None:
            self.amounts[line.code] = line.amount
        else:
            self._column(line.code)[rows] += line.amount

    def _column(self, code: str) -> IntArray:
        if code not in self.amounts:
            new = np.zeros(self.count, np.int64) if self._whole is None else self._whole._column(code)[self._rows]
            self.amounts[code] = new
        return self.amounts[code]

    def explain(self, row: int, version: int) -> dict[str, list[Explanation]]:
        """The explanations of one trip's shown lines, by code."""
        result: dict[str, list[Explanation]] = {}
        for line in self.kept or ():
            if not int(self.shown[row]) & LINE_BIT[line.code]:
                continue
            place = row if line.rows is None else int(np.searchsorted(line.rows, row))
            if line.rows is None or (place < len(line.rows) and line.rows[place] == row):
                result.setdefault(line.code, []).append(line.explain(place, version))
        return result


def _added(total: Ints, line: TripLine) -> Ints:
    total[slice(None) if line.rows is None else line.rows] += line.amount
    return total


def fare_of(lines: Sequence[TripLine], count: int) -> IntArray:
    """The sum of fare lines for each row: all lines cover all rows."""
    fare: Ints = np.zeros(count, np.int64)
    for line in lines:
        fare = line.amount if fare is None else plus(fare, line.amount)
    return as_paise(fare)
