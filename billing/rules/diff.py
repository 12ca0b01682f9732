"""The difference of two stored rule sets, field by field: the one way in which editor, lists and scripts compare them.

It works on rules as they are stored (JSON values under canonical names), so that a field that cannot be rated yet is
compared as well. The same figure written otherwise is no difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from billing.rules.paths import Path, key_at, path_text
from billing.rules.schema import KEY_BY_NAME, RULE_KEYS

MODEL: Path = ("billing_model",)
_ORDER = {key.key: place for place, key in enumerate(RULE_KEYS)}


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One field that differs; `before` and `after` are JSON values, None where the field is not there."""

    path: Path
    before: Any
    after: Any

    @property
    def where(self) -> str:
        """Its path as text, such as slabs.bands[1].rate."""
        return path_text(self.path)

    @property
    def label(self) -> str:
        """The key's name for people; the path itself where the key is not understood."""
        key = key_at(self.path)
        return "Billing model" if self.path == MODEL else key.label if key is not None else self.where

    @property
    def kind(self) -> str:
        """added, removed or changed."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"


def diff_rules(
    before: Mapping[str, Any], after: Mapping[str, Any], *, models: tuple[str, str] | None = None
) -> tuple[RuleChange, ...]:
    """All fields that differ, in the order of the registry, unknown keys last; a changed model (`models`) first.

    An object that came or went is one change. Both sides are canonical (`billing.rules.canonical_rules`).
    """
    changes: list[RuleChange] = []
    if models is not None and models[0] != models[1]:
        changes.append(RuleChange(MODEL, *models))
    names = sorted({*before, *after}, key=lambda name: (_ORDER.get(_canonical(name), len(_ORDER)), name))
    for name in names:
        changes += _changes((name,), before.get(name), after.get(name))
    return tuple(changes)


def _canonical(name: str) -> str:
    key = KEY_BY_NAME.get(name)
    return name if key is None else key.key


def _changes(path: Path, before: Any, after: Any) -> Iterator[RuleChange]:
    """The leaves that differ."""
    if same(before, after):
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in dict.fromkeys([*before, *after]):
            yield from _changes((*path, name), before.get(name), after.get(name))
    elif isinstance(before, list) and isinstance(after, list):
        for at in range(max(len(before), len(after))):
            yield from _changes((*path, at), value_at(before, (at,)), value_at(after, (at,)))
    else:
        yield RuleChange(path, before, after)


def same(first: Any, second: Any) -> bool:
    """Whether two stored values mean the same: 450000 and "450000.00" do."""
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        return first.keys() == second.keys() and all(same(first[name], second[name]) for name in first)
    if isinstance(first, list | tuple) and isinstance(second, list | tuple):
        return len(first) == len(second) and all(same(a, b) for a, b in zip(first, second, strict=True))
    left, right = number_of(first), number_of(second)
    return left == right if left is not None and right is not None else bool(first == second)


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


def number_of(value: Any) -> Decimal | None:
    """The number in a stored value, None where there is none."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | Decimal | str):
        try:
            number = Decimal(value)
        except InvalidOperation:
            return None
        return number if number.is_finite() else None
    return None
