"""What the fields of a party must be, before a database is asked: every wrong field is told at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from billing.errors import BadInputError
from billing.invoicing.gstin import pan_failure

_PAN = re.compile(r"[A-Z]{5}[0-9]{4}[A-Z]", re.ASCII)
_PIN = re.compile(r"[1-9][0-9]{5}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Problem:
    """One wrong field: its name, the code of the rule, a sentence."""

    field: str
    code: str
    message: str


class InvalidFieldsError(BadInputError):
    """Some fields are wrong; `problems` has each, in the order of the form. The first one is the error's own."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        first = self.problems[0]
        super().__init__(first.code, " ".join(problem.message for problem in self.problems), where=first.field)


class Checks:
    """Collects what is wrong with a record; `done()` raises when anything is."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def add(self, field: str, code: str, message: str) -> None:
        """Note a wrong field."""
        self.problems.append(Problem(field, code, message))

    def done(self) -> None:
        """Raise what was found.

        Raises:
            InvalidFieldsError: At least one field is wrong.
        """
        if self.problems:
            raise InvalidFieldsError(self.problems)

    def text(self, field: str, value: str, *, most: int, least: int = 1, title: str = "") -> None:
        """A line of text of `least` to `most` characters, without control characters."""
        name = title or field.replace("_", " ").capitalize()
        if least and not value.strip():
            self.add(field, "MISSING_REQUIRED", f"{name} is missing.")
        elif not least <= len(value) <= most:
            self.add(field, "OUT_OF_RANGE", f"{name} has at most {most} characters.")
        elif _CONTROL.search(value):
            self.add(field, "BAD_INPUT", f"{name} has a character that cannot be printed.")

    def code(self, field: str, value: str) -> None:
        """A short code: no blank at the ends, at most 40 characters."""
        self.text(field, value, most=40)
        if value != value.strip():
            self.add(field, "BAD_INPUT", f"{field.capitalize()} begins or ends with a blank.")

    def choice(self, field: str, value: str, choices: Iterable[str]) -> None:
        """One of the given words."""
        allowed = tuple(choices)
        if value not in allowed:
            self.add(field, "BAD_INPUT", f"{field.replace('_', ' ').capitalize()} is one of {', '.join(allowed)}.")

    def pan(self, value: str | None) -> None:
        """Five letters, four digits, a letter; or none."""
        if value is not None and not _PAN.fullmatch(value):
            words = pan_failure(value) or "It is written in capitals"
            self.add("pan", "PAN", f"{words.rstrip('.')}: five letters, four digits and a letter, like AAPFU0939F.")

    def pin(self, value: str | None) -> None:
        """Six digits, the first not 0 (GST.md section 6); or none."""
        if value is not None and not _PIN.fullmatch(value):
            self.add("pin", "BAD_INPUT", "A PIN code has six digits and does not begin with 0.")

    def state(self, value: str | None, known: Callable[[str], bool]) -> None:
        """A current state code of GST.md section 6; or none."""
        if value is not None and not known(value):
            self.add("state_code", "STATE", f"{value} is no current GST state code.")

    def time_zone(self, value: str) -> None:
        """A name of the IANA list, such as Asia/Kolkata."""
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self.add("time_zone", "BAD_INPUT", f"{value} is no time zone; India is Asia/Kolkata.")

    def span(self, first: date | None, until: date | None, fields: tuple[str, str]) -> None:
        """The end after the beginning, where both are given."""
        if first is not None and until is not None and until <= first:
            self.add(fields[1], "BAD_INPUT", f"The end, {until:%d-%m-%Y}, is not after {first:%d-%m-%Y}.")


def raise_together(*checks: Callable[[], object]) -> None:
    """Run checks of several records of one form; what any of them finds is raised at once.

    Raises:
        InvalidFieldsError: At least one field is wrong; a field that two records share is told once.
    """
    found: dict[str, Problem] = {}
    for check in checks:
        try:
            check()
        except InvalidFieldsError as error:
            for problem in error.problems:
                found.setdefault(problem.field, problem)
    if found:
        raise InvalidFieldsError(found.values())
