"""Stored rule values: when two mean the same, canonical names, reading and writing at a path, what differs. No Qt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from billing.rules.schema import KEY_BY_NAME, Kind, RuleKey
from moveinsync_desktop.models.rule_words import Path, key_at, number_of, path_words, value_text

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


def same(first: Any, second: Any) -> bool:
    """Whether two stored values mean the same: 450000 and "450000.00" do."""
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        return first.keys() == second.keys() and all(same(first[name], second[name]) for name in first)
    if isinstance(first, list | tuple) and isinstance(second, list | tuple):
        return len(first) == len(second) and all(same(a, b) for a, b in zip(first, second, strict=True))
    left, right = number_of(first), number_of(second)
    return left == right if left is not None and right is not None else bool(first == second)


def canonical(rules: Mapping[str, Any]) -> dict[str, Any]:
    """A copy under canonical names, as versions are stored. Aliases that disagree stay, so that the form shows them."""
    has_limit = any(
        rules.get(name) is not None for name in ("free_km_included", *KEY_BY_NAME["free_km_included"].aliases)
    )
    made: dict[str, Any] = {}
    for name, value in rules.items():
        if value is None:
            continue
        key = KEY_BY_NAME.get(name)
        target = "per_km_rate_after_limit" if name == "base_rate_km" and has_limit else key.key if key else name
        fraction = number_of(value)
        if target == "tax_rate" and fraction is not None and fraction < 1:
            target, value = "tax_percentage", f"{(fraction * 100).normalize():f}"
        made[target if target not in made or same(made[target], value) else name] = without_nulls(value)
    return made


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


def value_at(rules: Any, path: Path) -> Any:
    """The value at a path of plain JSON, None where there is none."""
    here = rules
    for part in path:
        is_row = isinstance(here, list) and isinstance(part, int) and 0 <= part < len(here)
        if is_row or (isinstance(here, Mapping) and part in here):
            here = here[part]
        else:
            return None
    return here


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


def differences(path: Path, old: Any, new: Any) -> Iterator[Change]:
    """The leaves that differ; a whole object that came or went is one change."""
    if same(old, new):
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in [*old, *(name for name in new if name not in old)]:
            yield from differences((*path, name), old.get(name), new.get(name))
    elif isinstance(old, list) and isinstance(new, list):
        for at in range(max(len(old), len(new))):
            yield from differences((*path, at), old[at] if at < len(old) else None, new[at] if at < len(new) else None)
    else:
        key = key_at(path)
        yield Change(path, path_words(path), value_text(key, old), value_text(key, new))


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
