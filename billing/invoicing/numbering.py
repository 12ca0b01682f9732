"""Invoice numbers: the series template, the financial year, and what the tax portal accepts (GST.md section 4).

The database hands the counter out in the transaction that issues (gap-free); here stands what a number may
look like, so that a template is refused when it is set and not when the first return is filed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from billing.errors import BadInputError

MAX_LENGTH = 16
"""Rule 46(b): at most 16 characters."""

DEFAULT_TEMPLATE = "{prefix}/{yy-yy}/{00001}"
DEFAULT_WIDTH = 5
MAX_PREFIX = 4
FIRST_MONTH_OF_YEAR = 4

_NIC = re.compile(r"[A-Z1-9][A-Z0-9/-]{0,15}")
_TEMPLATE = re.compile(r"\{prefix\}(?P<sep1>[/-])\{yy-yy\}(?P<sep2>[/-])\{(?P<counter>0*1)\}")
_PREFIX = re.compile(r"[A-Z1-9][A-Z0-9]{0,3}")


def is_valid_number(number: str) -> bool:
    """Whether the e-invoice portal takes `number`: A-Z 1-9 first, then A-Z 0-9 / -, 16 characters at most."""
    return number.isascii() and _NIC.fullmatch(number) is not None


def financial_year(day: date) -> str:
    """The Indian financial year (1 April to 31 March) that `day` falls in, as `26-27`."""
    first = day.year if day.month >= FIRST_MONTH_OF_YEAR else day.year - 1
    return f"{first % 100:02d}-{(first + 1) % 100:02d}"


@dataclass(frozen=True, slots=True)
class SeriesTemplate:
    """How the numbers of one series look: `{prefix}/{yy-yy}/{00001}` with a prefix of its own."""

    prefix: str
    template: str = DEFAULT_TEMPLATE

    def __post_init__(self) -> None:
        if not _TEMPLATE.fullmatch(self.template):
            raise BadInputError(
                "BAD_SERIES_TEMPLATE",
                f"A number series is written {DEFAULT_TEMPLATE}, not {self.template}.",
                where="template",
            )
        if not (self.prefix.isascii() and _PREFIX.fullmatch(self.prefix)):
            raise BadInputError(
                "BAD_SERIES_PREFIX",
                f"A series prefix is 1 to {MAX_PREFIX} letters or digits, not starting with 0: {self.prefix!r}.",
                where="prefix",
            )
        if not is_valid_number(self.number(date(2026, 4, 1), self.widest_counter)):
            raise BadInputError(
                "SERIES_TOO_LONG",
                f"Numbers of this series would be longer than {MAX_LENGTH} characters.",
                where="template",
                hint="Shorten the prefix or the counter.",
            )

    @property
    def width(self) -> int:
        """Digits of the counter."""
        match = _TEMPLATE.fullmatch(self.template)
        assert match is not None
        return len(match["counter"])

    @property
    def widest_counter(self) -> int:
        """The last counter that fits the template's width; the series ends there."""
        return int(10**self.width - 1)

    def number(self, day: date, counter: int) -> str:
        """The number of the `counter`-th document dated `day`."""
        match = _TEMPLATE.fullmatch(self.template)
        assert match is not None
        return f"{self.prefix}{match['sep1']}{financial_year(day)}{match['sep2']}{counter:0{self.width}d}"


_TAILS = {
    "CREDIT_NOTE": "C",
    "DEBIT_NOTE": "D",
    "STATEMENT": "S",
    "SELF_INVOICE": "R",
    "STATEMENT_CREDIT": "T",
    "STATEMENT_DEBIT": "U",
    "SELF_CREDIT": "V",
    "SELF_DEBIT": "W",
}


def series_type(doc_type: str, corrects: str | None = None) -> str:
    """The series that numbers a document; a note's by the type of what it corrects (as private.series_type)."""
    if corrects not in ("STATEMENT", "SELF_INVOICE"):
        return doc_type
    head = "STATEMENT" if corrects == "STATEMENT" else "SELF"
    return f"{head}_{'CREDIT' if doc_type == 'CREDIT_NOTE' else 'DEBIT'}"


def suggest_prefixes(name: str, series: str = "INVOICE", *, count: int = 40) -> list[str]:
    """Prefixes for a vendor's series, best first: its initials, then those with a second letter or a number.

    Series other than invoices end in a letter of their own. A prefix is unique per GSTIN over all tenants, which only
    the database can see; it takes the first free one.
    """
    words = re.findall(r"[A-Z0-9]+", name.upper()) or ["INV"]
    initials = "".join(word[0] for word in words)[:3].lstrip("0") or "INV"
    stem = (initials if len(initials) > 1 else (words[0].lstrip("0") or "INV"))[:3]
    short, tail = stem[:2], _TAILS.get(series, "")
    if tail:
        return [
            stem + tail,
            *(f"{short}{tail}{digit}" for digit in "23456789"),
            *(f"{tail}{n:02d}" for n in range(1, count)),
        ]
    return [stem, *(f"{short}{number:02d}" for number in range(1, count))]


def file_stem(number: str) -> str:
    """A number as part of a file name: `/` becomes `-` (DESIGN.md section 8)."""
    return number.replace("/", "-")
