"""Columns of a rule that is a list or a map: which fields they show, and what a text typed into a cell means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.rules.schema import Kind, RuleKey
from moveinsync_desktop import formats
from moveinsync_desktop.models.rule_words import NUMERIC, choice_words, unit_words
from moveinsync_desktop.models.typed_dates import read_date
from moveinsync_desktop.models.typed_numbers import read_number

NAME, OVER, USAGE = "name", "over", "usage"


@dataclass(frozen=True, slots=True)
class RuleColumn:
    """A column: a field of each row, or one of `name` (of a map), `over` (lower bound of a band), `usage`."""

    id: str
    title: str
    key: RuleKey | None = None

    @property
    def is_right(self) -> bool:
        """Figures stand right."""
        return self.id in (OVER, USAGE) or (self.key is not None and self.key.kind in NUMERIC)

    @property
    def can_edit(self) -> bool:
        """Typed by the user?"""
        return self.id not in (OVER, USAGE)


def columns_of(
    key: RuleKey, *, over: bool = False, usage: str = "", only: Sequence[str] = ()
) -> tuple[RuleColumn, ...]:
    """The columns of a list or map, with units in the titles."""
    made = [RuleColumn(OVER, "Over km")] if over else []
    if key.kind is Kind.MAP:
        made.append(RuleColumn(NAME, "Vehicle type" if key.fields else "Zone"))
    fields = [key.item] if key.kind is Kind.MAP and key.item is not None else list(key.fields)
    for field in fields:
        if field is not None and (not only or field.key in only):
            made.append(RuleColumn(field.key, column_title(field), field))
    if usage:
        made.append(RuleColumn(USAGE, usage))
    return tuple(made)


def column_title(field: RuleKey) -> str:
    """A header with the unit: "₹ a km", "Up to km"."""
    unit = unit_words(field)
    if field.kind in (Kind.MONEY, Kind.RATE):
        return f"₹ {unit}" if unit and field.label in ("Amount", "Rate") else f"{field.label}, ₹ {unit}".rstrip()
    return f"{field.label} {unit}".strip() if unit else field.label


def read_cell(key: RuleKey, text: str) -> Any:
    """What a typed text means for a key: a stored value, None for nothing. ValueError with a sentence."""
    if not text or text in (formats.NONE, "no limit"):
        return None
    if key.kind is Kind.DATE:
        day = read_date(text, datetime.now(formats.INDIA).date())
        if day is None:
            raise ValueError("no such date")
        return day.isoformat()
    if key.kind is Kind.BOOL:
        return _choice(text, {"yes": True, "no": False})
    if key.kind is Kind.CHOICE:
        return _choice(text, {word: word for word in key.choices} | {choice_words(word): word for word in key.choices})
    if key.kind in NUMERIC:
        number = read_number(text.replace("%", ""))
        if number < 0:
            raise ValueError("cannot be negative")
        return f"{number / 100 if key.kind is Kind.FRACTION else number:f}"
    return text


def _choice(text: str, meanings: Mapping[str, Any]) -> Any:
    """One of some words, whatever their case; the first letters will do."""
    wanted = text.casefold()
    found = [value for words, value in meanings.items() if words.casefold().startswith(wanted)]
    if not found:
        raise ValueError(f"{' or '.join(words.lower() for words in dict.fromkeys(meanings))} is needed")
    return found[0]


def date_text(stored: Any) -> str:
    """A stored ISO date as it is shown."""
    parts = str(stored).split("-")
    return "-".join(reversed(parts)) if len(parts) == 3 else str(stored)
