"""Rule values as they are written on screen: "25,000 km", "5 % of the fare", "22:00 to 06:00"; and paths as text."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from billing.rules.diff import number_of
from billing.rules.paths import Path, key_at, path_of, path_text
from billing.rules.schema import Kind, RuleKey
from moveinsync_desktop import formats

__all__ = [
    "NUMERIC",
    "Path",
    "choice_words",
    "key_at",
    "number_of",
    "number_text",
    "path_of",
    "path_text",
    "path_words",
    "unit_words",
    "value_text",
]

NUMERIC = frozenset(
    {
        Kind.MONEY,
        Kind.RATE,
        Kind.KM,
        Kind.HOURS,
        Kind.MINUTES,
        Kind.DAYS,
        Kind.COUNT,
        Kind.PERCENT,
        Kind.FRACTION,
        Kind.NUMBER,
    }
)

CHOICE_WORDS = {
    "contract": "Contract",
    "vehicle": "Vehicle",
    "site": "Site",
    "calendar_days": "Calendar days",
    "fixed_30": "Thirtieths",
    "working_days": "Working days",
    "flat": "One amount a band",
    "graduated": "Each part at its own rate",
    "volume": "All km at the rate reached",
    "start": "Start of trip",
    "end": "End of trip",
    "overlap": "Any overlap",
    "prorata_minutes": "Minutes inside",
    "trip": "Trip",
    "passenger": "Passenger",
    "measured": "Measured",
    "fixed": "Fixed",
    "month": "Month",
    "day": "Day",
    "CGST_SGST": "CGST + SGST",
    "IGST": "IGST",
    "invoice": "Bill",
    "line": "Line",
    "none": "To the paisa",
    "rupee": "To the rupee",
}

_UNITS = {
    "month": "a month",
    "km": "a km",
    "trip": "a trip",
    "min": "a minute",
    "seat": "a seat",
    "h": "an hour",
    "day": "a day",
    "block": "a block",
    "breach": "a breach",
    "employee": "an employee",
    "l": "a litre",
}


def unit_words(key: RuleKey) -> str:
    """What stands behind the figure in a field: "₹/month" is "a month" (₹ stands before), "km/month" "km a month"."""
    if key.kind is Kind.FRACTION:
        return "%"
    head, _, per = key.unit.partition("/")
    if not per:
        return "" if head in ("₹", "0 to 1") else head
    per_words = _UNITS.get(per, f"a {per}")
    return per_words if head == "₹" else f"{head} {per_words}"


def choice_words(word: str) -> str:
    """A choice for people."""
    return CHOICE_WORDS.get(word, word.replace("_", " ").capitalize())


def number_text(number: Decimal, decimals: int = 0) -> str:
    """Grouped as in India, at least so many decimals, no other trailing zeros."""
    whole, _, rest = f"{abs(number):f}".partition(".")
    rest = rest.rstrip("0").ljust(decimals, "0")
    sign = formats.MINUS if number < 0 and (whole.strip("0") or rest.strip("0")) else ""
    return sign + formats.group(whole) + (f".{rest}" if rest else "")


def value_text(key: RuleKey | None, value: Any) -> str:
    """A stored value as people read it; a dash for nothing."""
    if value is None:
        return formats.NONE
    if isinstance(value, Mapping):
        return _object_text(key, value)
    if isinstance(value, list | tuple):
        return f"{len(value)} {'row' if len(value) == 1 else 'rows'}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    number = number_of(value)
    if key is None or key.kind not in NUMERIC or number is None:
        return choice_words(value) if key is not None and key.kind is Kind.CHOICE else str(value)
    if key.kind is Kind.FRACTION:
        return number_text(number * 100) + f"{formats.THIN}%"
    if key.kind is Kind.PERCENT:
        return number_text(number) + f"{formats.THIN}%"
    return number_text(number, 2 if key.kind in (Kind.MONEY, Kind.RATE) else 0)


def _object_text(key: RuleKey | None, value: Mapping[str, Any]) -> str:
    if key is not None and key.key == "night_window":
        return f"{value.get('start', '20:00')} to {value.get('end', '06:00')}"
    if key is not None and key.kind is Kind.MAP:
        return f"{len(value)} {'row' if len(value) == 1 else 'rows'}"
    fields = {field.key: field for field in key.fields} if key is not None else {}
    parts = (
        f"{fields[name].label if name in fields else name} {value_text(fields.get(name), part)}"
        for name, part in value.items()
    )
    return ", ".join(parts) or formats.NONE


def path_words(path: Path) -> str:
    """A path for people: "Km slabs, band 2, rate"."""
    words: list[str] = []
    for at in range(len(path)):
        part, key = path[at], key_at(path[: at + 1])
        if isinstance(part, int):
            words.append(f"row {part + 1}")
        elif part == "bands":
            continue
        else:
            label = key.label if key is not None else str(part)
            words.append(label if not words or label == part else label[:1].lower() + label[1:])
    return ", ".join(words)
