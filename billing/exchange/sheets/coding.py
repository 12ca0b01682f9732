"""Text columns as small integers: sheets repeat clients, cabs and riders on every row."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from billing.exchange.sheets.cells import ERROR_REASONS, CellError
from billing.exchange.sheets.fields import FieldSpec
from billing.exchange.sheets.numbers import MISSING, Parsed, Problem, formula_problem, memoised
from billing.exchange.sheets.texts import id_text, shown

_STATUSES = {
    "COMPLETED": "completed complete done closed finished ended tripcompleted dutycompleted"
    " ok success successful tripended dropped",
    "NO_SHOW": "noshow employeenoshow guestnoshow ns",
    "CANCELLED": "cancelled canceled cancel cancelledtrip tripcancelled cnl cancelledbycustomer canceledbycustomer"
    " cancelledbydriver canceledbydriver cancelledbyrider canceledbyrider cancelledbyguest cancelledbyemployee",
    "SCHEDULED": "scheduled planned pending booked upcoming",
}
STATUS_WORDS = {word: status for status, words in _STATUSES.items() for word in words.split()}
_RIDER_BREAK = re.compile(r"\s*[,;|/\n]\s*")
_LONGEST_RIDER = 60


@dataclass(slots=True)
class Coder:
    """Turns cells into codes; `names` holds the text (riders: the tuple of codes) of each code."""

    spec: FieldSpec
    names: list[Any] = field(default_factory=list)
    _codes: dict[Any, int] = field(default_factory=dict)
    _memo: dict[Any, int | Problem] = field(default_factory=dict)

    def column(self, values: Sequence[Any]) -> Parsed:
        """Code one column; MISSING where a cell is empty."""
        return memoised(self._memo, self._one, values)

    def code(self, name: Any) -> int:
        """The code of a text that was chosen for the whole file."""
        code = self._codes.setdefault(name, len(self.names))
        if code == len(self.names):
            self.names.append(name)
        return code

    def _one(self, value: Any) -> int | Problem:
        if isinstance(value, CellError):
            return formula_problem(value)
        if value in ERROR_REASONS:
            return Problem("FORMULA_ERROR", ERROR_REASONS[value])
        if len(shown(value) or "") > 4 * self.spec.longest + 100:
            return self._too_long()
        read = READINGS.get(self.spec.name)
        name = read(value) if read else id_text(value)
        if isinstance(name, Problem):
            return name
        if not name:
            return MISSING
        if isinstance(name, str) and len(name) > self.spec.longest:
            return self._too_long()
        if self.spec.kind == "party" and not any(map(str.isalnum, name)):  # ditto marks, stars
            text = f'"{name}" names no {self.spec.label}: write it out in each row.'
            return Problem(f"UNKNOWN_{self.spec.name.upper()}", text)
        return self.code(name)

    def _too_long(self) -> Problem:
        return Problem("OUT_OF_RANGE", f"The {self.spec.label} is longer than {self.spec.longest} characters.")


def _vehicle_no(value: Any) -> str:
    return re.sub(r"[\s\-‐-―]+", "", id_text(value)).upper()


def _status(value: Any) -> str | Problem:
    text = id_text(value)
    if not text:
        return ""
    word = "".join(character for character in text.casefold() if character.isalpha())
    known = STATUS_WORDS.get(word)
    return known or Problem(
        "OUT_OF_RANGE", f'The status "{text}" is not one of completed, no show, cancelled, scheduled.'
    )


def _riders(value: Any) -> tuple[str, ...] | Problem:
    parts = _RIDER_BREAK.split(value.strip()) if isinstance(value, str) else [value]
    codes = tuple(dict.fromkeys(code for code in map(id_text, parts) if code))
    if any(len(code) > _LONGEST_RIDER for code in codes):
        return Problem("OUT_OF_RANGE", f"An employee code is longer than {_LONGEST_RIDER} characters.")
    return codes


READINGS: dict[str, Callable[[Any], Any]] = {"vehicle_no": _vehicle_no, "status": _status, "employees": _riders}
