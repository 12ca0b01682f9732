"""The difference of two rule sets, field by field, under canonical names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from billing.rules.canonical import json_value
from billing.rules.key import RuleKey
from billing.rules.schema import KEY_BY_NAME
from billing.schemas.rating import ContractRuleConfig

_MICROS_IN_MINUTE = 60_000_000


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One field that differs.

    Attributes:
        where: its path, such as 'slabs.bands[1].rate'.
        label, unit: of its key, for people; the path itself where the key is not understood.
        before, after: JSON values; None where the field is not there.
    """

    where: str
    label: str
    unit: str
    before: Any
    after: Any

    @property
    def kind(self) -> str:
        """added, removed or changed."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"


def diff_rules(before: ContractRuleConfig, after: ContractRuleConfig) -> tuple[RuleChange, ...]:
    """All fields that differ, in the order of the registry, unknown keys last.

    The same amount written otherwise, or under an alias, is no difference.
    """
    changes: list[RuleChange] = []
    if before.model is not after.model:
        changes.append(RuleChange("billing_model", "Billing model", "", before.model.value, after.model.value))
    known = [key for key in dict.fromkeys(KEY_BY_NAME.values()) if key.key in before or key.key in after]
    for key in known:
        changes += _changes(key, key.key, before.get(key.key), after.get(key.key))
    for name in dict.fromkeys([*before.unknown, *after.unknown]):
        changes += _changes(None, name, before.unknown.get(name), after.unknown.get(name))
    return tuple(changes)


def _changes(key: RuleKey | None, path: str, before: Any, after: Any) -> Iterator[RuleChange]:
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in dict.fromkeys([*before, *after]):
            yield from _changes(_part(key, name), f"{path}.{name}", before.get(name), after.get(name))
    elif isinstance(before, tuple) and isinstance(after, tuple) and len(before) == len(after):
        for place, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from _changes(key, f"{path}[{place}]", old, new)
    else:
        label, unit = (key.label, key.unit) if key else (path, "")
        yield RuleChange(path, label, unit, shown(key, before), shown(key, after))


def _part(key: RuleKey | None, name: str) -> RuleKey | None:
    if key is None:
        return None
    return key.item or next((field for field in key.fields if field.key == name), key)


def shown(key: RuleKey | None, value: Any) -> Any:
    """A typed value as the JSON value that people know: a clock as 20:00, numbers as text."""
    if isinstance(value, Mapping):
        return {name: shown(_part(key, name), item) for name, item in value.items()}
    if isinstance(value, tuple):
        return [shown(key, item) for item in value]
    if key is not None and key.kind == "clock" and isinstance(value, int):
        return f"{value // (60 * _MICROS_IN_MINUTE):02d}:{value // _MICROS_IN_MINUTE % 60:02d}"
    if isinstance(value, Decimal):
        return json_value(value)
    return None if value is None else json_value(value)
