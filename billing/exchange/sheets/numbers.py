"""Numbers in cells: strict, exact, never through binary arithmetic (TARIFF.md section 1, SECURITY.md (b) 23).

A spreadsheet keeps 15 significant digits; a number cell is therefore read as its 15-digit text and from there on
as an exact decimal. Text is read as it stands: digits, one decimal point, Indian or western grouping.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from billing.exchange.sheets.cells import ERROR_REASONS, CellError
from billing.exchange.sheets.texts import clean, is_missing, number_text, shown

MISSING = -1
MEMO_SIZE = 200_000
METRES = {"km": Decimal(1000), "m": Decimal(1), "mile": Decimal("1609.344")}
UNIT_WORDS = {
    "km": "km", "kms": "km", "kilometer": "km", "kilometers": "km", "kilometre": "km", "kilometres": "km", "k.m.": "km",
    "k.m": "km", "km.": "km", "kms.": "km", "kilomtr": "km", "m": "m", "mtr": "m", "mtrs": "m", "meter": "m",
    "meters": "m", "metre": "m", "metres": "m", "mi": "mile", "mile": "mile", "miles": "mile", "mi.": "mile",
}  # fmt: skip

_WESTERN = r"\d{1,3}(?:,\d{3})+"
_INDIAN = r"\d{1,2}(?:,\d{2})+,\d{3}"
_PLAIN = r"\d+"
_NUMBER = re.compile(rf"(-|\+)?(?:({_WESTERN}|{_INDIAN}|{_PLAIN})(\.\d*)?|(\.\d+))\Z", re.ASCII)
_WITH_UNIT = re.compile(r"([-+(]?[\d.,]+\)?)\s*([^\W\d_][^\d]*)?\Z")


class Problem(NamedTuple):
    """Why a cell is refused: a row code of DESIGN.md section 6 and a sentence."""

    code: str
    message: str


class Parsed(NamedTuple):
    """A parsed column: int64-sized values (MISSING where there is none) and the refused cells by position."""

    values: list[int]
    problems: dict[int, Problem]


def decimal_of(text: str) -> Decimal | None:
    """The exact number, or None when the text is not one: no exponent, no blank inside, ASCII digits only."""
    negative = text.startswith("(") and text.endswith(")")
    match = _NUMBER.match(text[1:-1] if negative else text)
    if match is None:
        return None
    sign, whole, fraction, bare = match.groups()
    number = Decimal(bare or (whole.replace(",", "") + (fraction or "")))
    return -number if negative or sign == "-" else number


def _cell_decimal(value: Any) -> Decimal | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return Decimal(number_text(value))
    return decimal_of(clean(value)) if isinstance(value, str) else None


@dataclass(slots=True)
class DistanceParser:
    """Distances to whole metres, rounded half up; `finer` counts what was finer than a metre."""

    unit: str = "km"
    finer: int = 0
    _memo: dict[Any, int | Problem] = field(default_factory=dict)
    _finer_memo: set[Any] = field(default_factory=set)

    def column(self, values: Sequence[Any]) -> Parsed:
        """Parse one column; MISSING where a cell is empty."""
        return by_arithmetic(values, {"km": 1000, "m": 1}.get(self.unit), 10**9, self._slow)

    def _slow(self, values: Sequence[Any]) -> Parsed:
        parsed = memoised(self._memo, self._one, values)
        if self._finer_memo:
            self.finer += sum(1 for value in values if value in self._finer_memo)
        return parsed

    def _one(self, value: Any) -> int | Problem:
        if isinstance(value, CellError):
            return formula_problem(value)
        if is_missing(value):
            return MISSING
        number, unit = _cell_decimal(value), self.unit
        if number is None and isinstance(value, str):
            match = _WITH_UNIT.match(clean(value))
            if match and match.group(2):
                word = match.group(2).strip().casefold()
                if word not in UNIT_WORDS:
                    return Problem("UNKNOWN_UNIT", f'The unit "{word}" is not known: use km, m or miles.')
                number, unit = decimal_of(match.group(1)), UNIT_WORDS[word]
        if number is None:
            return not_a_number(value)
        if number < 0:
            return Problem("NEGATIVE_DISTANCE", f"The distance is negative: {shown(value)}.")
        exact = number * METRES[unit]
        if exact > 10**12:
            return Problem("OUT_OF_RANGE", f"The distance {shown(value)} is beyond anything a cab can drive.")
        metres = exact.to_integral_value(ROUND_HALF_UP)
        if metres != exact:
            self._finer_memo.add(value)
        return int(metres)


@dataclass(slots=True)
class ScaledParser:
    """Non-negative numbers as whole multiples of 1/scale: counts (scale 1) and amounts in paise (scale 100)."""

    name: str
    scale: int = 1
    top: int = 10**12
    _memo: dict[Any, int | Problem] = field(default_factory=dict)

    def column(self, values: Sequence[Any]) -> Parsed:
        """Parse one column; MISSING where a cell is empty."""
        return by_arithmetic(values, self.scale, self.top, lambda rest: memoised(self._memo, self._one, rest))

    def _one(self, value: Any) -> int | Problem:
        if isinstance(value, CellError):
            return formula_problem(value)
        if is_missing(value):
            return MISSING
        if isinstance(value, str):
            value = _without_currency(value)
        number = _cell_decimal(value)
        if number is None:
            return not_a_number(value)
        scaled = number * self.scale
        if scaled < 0:
            return Problem("OUT_OF_RANGE", f"{self.name} is negative: {shown(value)}.")
        if scaled > self.top:
            return Problem("OUT_OF_RANGE", f"{self.name} is too large: {shown(value)}.")
        if scaled != scaled.to_integral_value():
            what = "a whole number" if self.scale == 1 else "given to the paisa"
            return Problem("NOT_A_NUMBER", f"{self.name} must be {what}: {shown(value)}.")
        return int(scaled)


_TRUE = frozenset({"yes", "y", "true", "1", "t", "carpool", "shared", "pooled"})
_FALSE = frozenset({"no", "n", "false", "0", "f", "single", "solo"})


@dataclass(slots=True)
class FlagParser:
    """Yes/no cells as 1, 0 or MISSING."""

    name: str
    _memo: dict[Any, int | Problem] = field(default_factory=dict)

    def column(self, values: Sequence[Any]) -> Parsed:
        """Parse one column; MISSING where a cell is empty."""
        return memoised(self._memo, self._one, values)

    def _one(self, value: Any) -> int | Problem:
        if isinstance(value, CellError):
            return formula_problem(value)
        if is_missing(value):
            return MISSING
        word = clean(shown(value) or "").casefold()
        if word in _TRUE or word in _FALSE:
            return int(word in _TRUE)
        return Problem("NOT_A_NUMBER", f"{self.name} must be yes or no: {shown(value)}.")


def _without_currency(text: str) -> str:
    return re.sub(r"\A(?:rs\.?|inr|₹)\s*|\s*/-\Z", "", clean(text), flags=re.IGNORECASE)


def formula_problem(cell: CellError) -> Problem:
    """The row code of an error cell or of a formula without a stored result."""
    return Problem("FORMULA_ERROR", cell.reason)


def not_a_number(value: Any) -> Problem:
    """The row code of a cell that should hold a number."""
    if value in ERROR_REASONS:
        return Problem("FORMULA_ERROR", ERROR_REASONS[value])
    return Problem("NOT_A_NUMBER", f'"{shown(value)}" is not a number.')


def by_arithmetic(
    values: Sequence[Any], scale: int | None, top: int, slow: Callable[[Sequence[Any]], Parsed]
) -> Parsed:
    """Number cells as whole multiples of 1/scale, all at once; `slow` parses every cell that this does not settle.

    A cell is settled when a whole number of 1/scale, divided by scale, is the very same double: where scale is a power
    of ten, and the whole number has at most 15 digits, that quotient is the decimal that the cell's 15 digits say,
    so nothing is rounded. Other scales settle whole cells only.
    """
    if scale is None or not set(map(type, values)) <= {float, int}:
        return slow(values)
    import numpy as np

    try:
        cells = np.array(values, np.float64)
    except OverflowError:
        return slow(values)
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = np.rint(cells * scale)
        same = scaled / scale == cells if scale in (1, 100, 1000) else np.rint(cells) == cells
        settled = same & (cells >= 0) & (scaled <= min(top, 10**12))
    found = np.where(settled, scaled, 0).astype(np.int64)
    rest = np.flatnonzero(~settled).tolist()
    if not rest:
        return Parsed(found.tolist(), {})
    parsed = slow([values[place] for place in rest])
    found[rest] = parsed.values
    return Parsed(found.tolist(), {rest[place]: problem for place, problem in parsed.problems.items()})


def memoised(memo: dict[Any, int | Problem], one: Callable[[Any], int | Problem], values: Sequence[Any]) -> Parsed:
    """Parse each distinct cell once: trip sheets repeat their figures."""
    if len(memo) > MEMO_SIZE:
        memo.clear()
    # True == 1 as a key, but a TRUE cell is not the number 1.
    if bool in set(map(type, values)):
        found: list[Any] = [one(value) for value in values]
    else:
        for value in set(values).difference(memo):
            memo[value] = one(value)
        found = list(map(memo.__getitem__, values))
    problems: dict[int, Problem] = {}
    if Problem in set(map(type, found)):
        for position, result in enumerate(found):
            if isinstance(result, Problem):
                problems[position] = result
                found[position] = MISSING
    return Parsed(found, problems)
