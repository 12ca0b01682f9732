"""A contract's rules in words, as documents print them: in the order of the form, with units and Indian grouping."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from billing.money import group_indian
from billing.rules.key import Kind, RuleKey
from billing.rules.schema import KEY_BY_NAME, RULE_KEYS

_MONEY = frozenset({Kind.MONEY, Kind.RATE})
_FIGURES = frozenset({Kind.KM, Kind.HOURS, Kind.MINUTES, Kind.DAYS, Kind.COUNT, Kind.PERCENT, Kind.NUMBER})
_CHOICES = {"CGST_SGST": "CGST + SGST", "rupee": "to the rupee", "none": "to the paisa"}
_EACH = {"h": "an hour", "min": "a minute", "l": "a litre", "employee": "an employee"}
_ORDER = {key.key: place for place, key in enumerate(RULE_KEYS)}


def rules_in_words(rules: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """(name, value) of each rule; keys that are not understood stand last, as they were given."""
    known = {name: KEY_BY_NAME.get(name) for name in rules}
    ordered = sorted(rules, key=lambda name: _ORDER.get(known[name].key if known[name] else name, len(_ORDER)))  # type: ignore[union-attr]
    return tuple((_label(name, known[name]), value_in_words(known[name], rules[name])) for name in ordered)


def _label(name: str, key: RuleKey | None) -> str:
    return f"{key.label} ({name})" if key else name


def value_in_words(key: RuleKey | None, value: Any) -> str:
    """A rule's value: `₹ 4,12,000.00 a month`, `18,000 km`, `5 %`, `22:00 to 06:00`."""
    if isinstance(value, Mapping):
        return _mapping(key, value)
    if isinstance(value, list | tuple):
        return "; ".join(value_in_words(_entry(key), item) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "open"
    return _figure(key, str(value)) if key else str(value)


def _mapping(key: RuleKey | None, value: Mapping[str, Any]) -> str:
    if set(value) == {"start", "end"}:
        return f"{value['start']} to {value['end']}"
    parts = []
    for name, item in value.items():
        field = _field(key, name)
        parts.append(f"{field.label if field else name} {value_in_words(field, item)}")
    return ", ".join(parts)


def _field(key: RuleKey | None, name: str) -> RuleKey | None:
    found = next((field for field in key.fields if name in (field.key, *field.aliases)), None) if key else None
    return found or (key.item if key else None)


def _entry(key: RuleKey | None) -> RuleKey | None:
    """An entry of a list is read by the list's own fields."""
    return key


def _figure(key: RuleKey, text: str) -> str:
    if key.kind is Kind.CHOICE:
        return _CHOICES.get(text, text.replace("_", " "))
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    if key.kind in _MONEY:
        return f"₹ {_grouped(number, 2)}{_unit(key.unit.removeprefix('₹'))}"
    if key.kind is Kind.FRACTION:
        return f"{_grouped(number * 100, 0)} %"
    if key.kind in _FIGURES:
        unit = key.unit or ("%" if key.kind is Kind.PERCENT else "")
        return f"{_grouped(number, 0)}{_unit(unit)}"
    return text


def _unit(unit: str) -> str:
    """`km/month` as ` km a month`."""
    what, _, per = unit.partition("/")
    return (f" {what}" if what else "") + (f" {_EACH.get(per, f'a {per}')}" if per else "")


def _grouped(number: Decimal, least: int) -> str:
    """Indian grouping with at least so many decimals, and no zeros beyond them."""
    sign = "-" if number < 0 else ""
    whole, _, part = f"{abs(number):f}".partition(".")
    part = part.rstrip("0").ljust(least, "0")
    return f"{sign}{group_indian(int(whole))}" + (f".{part}" if part else "")
