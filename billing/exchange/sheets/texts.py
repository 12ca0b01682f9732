"""Text cells: what counts as missing, and ids as text (DESIGN.md section 6, SECURITY.md (b) 22 and 23)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from billing.exchange.sheets.cells import CellError

# What people and programs write for "nothing here". Never 0.
MISSING_WORDS = frozenset(
    {"", "null", "none", "nil", "na", "n/a", "n.a.", "nan", "nat", "-", "--", "---", "–", "—", "\\n", "(null)",
     "#n/a n/a", "<na>", "(blank)"}
)  # fmt: skip

_INVISIBLE = dict.fromkeys(
    [*map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad\x7f"), *range(9), *range(14, 32)]
)
_SPACES = re.compile(r"\s+")
_WHOLE = re.compile(r"-?\d+\.0+\Z", re.ASCII)
_NEEDS_CARE = re.compile(r"(?m)^'|^=|\.0+$|[^\x20-\x7e\n]|  ")
# The apostrophe this program (and many others) puts before text that a spreadsheet would run as a formula.
_GUARDED = re.compile(r"'(?=[=+\-@\t\r\0\uff1d\uff0b\uff0d\uff20])")


def clean(text: str) -> str:
    """The text without the guard apostrophe, invisible characters and superfluous blanks."""
    if text.isascii() and text.isprintable() and "  " not in text:
        text = text.strip()
        if text[:2] == '="' and text[-1] == '"' and len(text) > 2:  # how programs keep the zeros of an id in a csv
            return text[2:-1].strip()
        return text[1:] if text[:1] == "'" and _GUARDED.match(text) else text
    guarded = _GUARDED.match(text.strip())
    text = unicodedata.normalize("NFC", text).translate(_INVISIBLE)
    text = _SPACES.sub(" ", text).strip()
    return text[1:] if guarded or _GUARDED.match(text) else text


def number_text(value: float) -> str:
    """A number cell as a person reads it: 15 digits as spreadsheets keep them, no exponent, no trailing .0."""
    if isinstance(value, int):
        return str(value)
    if value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    text = format(value, ".15g")
    if "e" in text or "E" in text:
        from decimal import Decimal

        text = format(Decimal(text), "f")
    return text


def stamp_text(value: datetime | date | time | timedelta) -> str:
    """A date, time or duration cell in ISO form, as it is shown in messages."""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, timedelta):
        return str(value)
    return value.isoformat()


def shown(value: Any) -> str | None:
    """A cell as text for messages and reports; None where it is empty."""
    if value is None or value == "":
        return None
    if isinstance(value, CellError):
        return value.text
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return number_text(value)
    return stamp_text(value)


def is_missing(value: Any) -> bool:
    """True for an empty cell and for the words that mean "nothing"."""
    if value is None:
        return True
    return isinstance(value, str) and clean(value).lower() in MISSING_WORDS


def id_text(value: Any) -> str:
    """A cell as an id: 123, 123.0 and "123" are one id, "0123" stays; "" where it is missing."""
    text = clean(value if type(value) is str else shown(value) or "")
    if text.lower() in MISSING_WORDS:
        return ""
    if text.endswith("0") and _WHOLE.match(text):
        text = text[: text.index(".")]
    return text


def id_texts(values: Sequence[Any]) -> list[str]:
    """`id_text` for a whole column; columns of plain clean text take a short cut."""
    try:
        stripped = [value.strip() for value in values]
        joined = "\n".join(stripped)
        if _NEEDS_CARE.search(joined) or joined.count("\n") >= max(len(stripped), 1):
            return [id_text(value) for value in values]
    except AttributeError:
        return [id_text(value) for value in values]
    if MISSING_WORDS.isdisjoint(map(str.lower, stripped)):
        return stripped
    return ["" if text.lower() in MISSING_WORDS else text for text in stripped]


def header_key(value: Any) -> str:
    """A header's letters and digits in lower case: `Total KM's ` and `total_kms` are the same header."""
    text = unicodedata.normalize("NFKC", shown(value) or "").casefold()
    return "".join(character for character in text if character.isalnum())
