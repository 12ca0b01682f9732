"""Stored rule values: when two mean the same, canonical names, reading and writing at a path, what differs. No Qt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from billing.rules.diff import MODEL, RuleChange, number_of, value_at
from billing.rules.parse import read_model
from billing.rules.schema import Kind, RuleKey
from moveinsync_desktop.models.rule_words import Path, key_at, path_words, value_text

SOLVABLE = frozenset({Kind.MONEY, Kind.RATE, Kind.KM, Kind.HOURS, Kind.PERCENT, Kind.FRACTION})
UNPRICED = frozenset({"incentive_rules", "tax_percentage", "tax_rates_by_date", "tds_percent", "gps_tolerance_percent"})
"""Keys that do not move the bill before tax."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs from the version in force, as text."""

    path: Path
    label: str
    old: str
    new: str


def carried(changes: Iterable[Change], typed: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """The typed changes put on another base: what was not touched is the new base's. A list is carried as a whole."""
    made: dict[str, Any] = without_nulls(base)
    for change in changes:
        rows = next((at for at, part in enumerate(change.path) if isinstance(part, int)), len(change.path))
        path = change.path[:rows]
        if path:
            put(made, path, without_nulls(value_at(typed, path)))
    return made


def without_nulls(value: Any) -> Any:
    """A deep copy; null is the same as no key (TARIFF.md section 6)."""
    if isinstance(value, Mapping):
        return {name: without_nulls(part) for name, part in value.items() if part is not None}
    return [without_nulls(part) for part in value] if isinstance(value, list | tuple) else value


def put(rules: dict[str, Any], path: Path, value: Any) -> None:
    """Set (or, with None, take away) the value at a path; objects on the way are made."""
    here: Any = rules
    for part in path[:-1]:
        here = here[int(part)] if isinstance(here, list) else here.setdefault(part, {})
    last = path[-1]
    if isinstance(here, list):
        here[int(last)] = value
    elif value is None:
        here.pop(last, None)
    else:
        here[last] = value


def empty_value(key: RuleKey) -> Any:
    """What a construct begins with: {} or rows with nothing in them; None for a single figure."""
    if key.key == "slabs":
        return {"mode": "graduated", "bands": [{"upto": "15"}, {}]}
    if key.kind == "object":
        return {field.key: field.choices[0] for field in key.fields if field.required and field.choices}
    if key.kind == "list":
        return [{}]
    return {} if key.kind == "map" else None


def in_words(change: RuleChange) -> Change:
    """A difference as people read it."""
    key = key_at(change.path)
    if change.path == MODEL:
        before, after = (read_model(name).label for name in (change.before, change.after))
        return Change((), "Billing model", before, after)
    return Change(change.path, path_words(change.path), value_text(key, change.before), value_text(key, change.after))


def figures(rules: Mapping[str, Any]) -> list[Path]:
    """The places of all amounts, rates, distances and percentages of a rule set: what a target can be solved for."""
    return [path for name, value in rules.items() for path in _figures((name,), value)]


def _figures(path: Path, value: Any) -> Iterator[Path]:
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from _figures((*path, name), part)
    elif isinstance(value, list):
        for at, part in enumerate(value):
            yield from _figures((*path, at), part)
    elif number_of(value) is not None:
        key = key_at(path)
        if key is not None and key.kind in SOLVABLE and path[0] not in UNPRICED and key.key != "upto":
            yield path
