"""Read one value of a rule key by its kind, noting what is wrong at its path."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from billing.rules import numbers
from billing.rules.key import Kind, RuleKey
from billing.rules.numbers import ValueRefused
from billing.rules.problem import BAD_INPUT, Problems

_CURRENCY = re.compile(r"[A-Z]{3}")

UNREADABLE: Final = object()
"""Stands for a value that could not be read; its finding is in the problems."""

_READERS: dict[Kind, Callable[[object], Any]] = {
    Kind.MONEY: numbers.read_number,
    Kind.RATE: numbers.read_number,
    Kind.KM: numbers.read_km,
    Kind.HOURS: numbers.read_number,
    Kind.MINUTES: numbers.read_minutes,
    Kind.DAYS: numbers.read_number,
    Kind.COUNT: numbers.read_count,
    Kind.PERCENT: numbers.read_number,
    Kind.FRACTION: numbers.read_number,
    Kind.NUMBER: numbers.read_number,
    Kind.BOOL: numbers.read_bool,
    Kind.TEXT: numbers.read_text,
    Kind.CLOCK: numbers.read_clock,
    Kind.DATE: numbers.read_date,
}


def read_value(key: RuleKey, value: object, where: str, problems: Problems) -> Any:
    """The typed value, or UNREADABLE after noting why."""
    if key.kind in _CONTAINERS:
        return _CONTAINERS[key.kind](key, value, where, problems)
    try:
        result = _read_choice(key, value) if key.kind is Kind.CHOICE else _READERS[key.kind](value)
        _check_limits(key, result)
    except ValueRefused as refused:
        problems.add(refused.code, f"{key.label or key.key}: {refused.message}", where)
        return UNREADABLE
    return result


def _read_choice(key: RuleKey, value: object) -> str:
    if not isinstance(value, str) or value not in key.choices:
        raise ValueRefused(BAD_INPUT, f"{numbers.describe(value)} is not one of {', '.join(key.choices)}")
    return str(value)


def _check_limits(key: RuleKey, value: Any) -> None:
    if key.above_zero and value == 0:
        raise ValueRefused(BAD_INPUT, "must be above 0")
    if key.below is not None and value >= key.below:
        raise ValueRefused(key.limit_code, f"{value} is not below {key.below}{_as_fraction(key)}")
    if key.maximum is not None and value > key.maximum:
        raise ValueRefused(key.limit_code, f"{value} is above {key.maximum}{_as_fraction(key)}")
    if key.key == "currency" and _CURRENCY.fullmatch(value) is None:
        raise ValueRefused(BAD_INPUT, f"{value!r} is not an ISO code such as INR")


def _as_fraction(key: RuleKey) -> str:
    return "; 18 percent is written 0.18" if key.kind is Kind.FRACTION else ""


def _read_object(key: RuleKey, value: object, where: str, problems: Problems) -> Any:
    if not isinstance(value, Mapping):
        problems.add(BAD_INPUT, f"{key.label or key.key}: an object is expected", where)
        return UNREADABLE
    known = {field.key: field for field in key.fields}
    result: dict[str, Any] = {}
    for name, given in value.items():
        if name in known and given is not None:
            result[name] = read_value(known[name], given, f"{where}.{name}", problems)
    for field in key.fields:
        if field.required and field.key not in result:
            problems.add(
                BAD_INPUT, f"{key.label or key.key}: {field.label or field.key} is missing", f"{where}.{field.key}"
            )
            result[field.key] = UNREADABLE
    return UNREADABLE if any(item is UNREADABLE for item in result.values()) else result


def _read_list(key: RuleKey, value: object, where: str, problems: Problems) -> Any:
    if not isinstance(value, list | tuple):
        problems.add(BAD_INPUT, f"{key.label or key.key}: a list is expected", where)
        return UNREADABLE
    entries = [_read_object(key, entry, f"{where}[{place}]", problems) for place, entry in enumerate(value)]
    return UNREADABLE if any(entry is UNREADABLE for entry in entries) else tuple(entries)


def _read_map(key: RuleKey, value: object, where: str, problems: Problems) -> Any:
    if not isinstance(value, Mapping):
        problems.add(BAD_INPUT, f"{key.label or key.key}: an object is expected", where)
        return UNREADABLE
    assert key.item is not None, "maps of objects are read by parse.py"
    result = {
        name: read_value(key.item, given, f"{where}.{name}", problems)
        for name, given in value.items()
        if given is not None
    }
    return UNREADABLE if any(item is UNREADABLE for item in result.values()) else result


_CONTAINERS: dict[Kind, Callable[[RuleKey, object, str, Problems], Any]] = {
    Kind.OBJECT: _read_object,
    Kind.LIST: _read_list,
    Kind.MAP: _read_map,
}
