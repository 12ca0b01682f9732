"""Rules as they are stored: canonical key names, numbers as text, everything else as it was given."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from billing.rules.diff import number_of, same
from billing.rules.parse import has_km_limit, key_of
from billing.schemas.rating import ContractRuleConfig


def canonical_rules(config: ContractRuleConfig) -> dict[str, Any]:
    """The rules of a checked configuration as JSON values.

    Aliases get their canonical names, `tax_rate` becomes `tax_percentage`, keys without a value are left out. Keys
    that are not understood are kept. Reading the result again gives the same configuration.
    """
    return tidied(config.source)


def tidied(rules: Mapping[str, Any], *, limit_outside: bool = False) -> dict[str, Any]:
    """The same for rules that nobody has checked yet: aliases that disagree keep their own names, to be seen."""
    limit = limit_outside or has_km_limit(rules)
    result: dict[str, Any] = {}
    for name, value in rules.items():
        if value is None:
            continue
        key, stored = _renamed(name, value, has_limit=limit)
        result[key if key not in result or same(result[key], stored) else name] = stored
    return result


def _renamed(name: str, value: Any, *, has_limit: bool) -> tuple[str, Any]:
    key = key_of(name, has_limit=has_limit)
    if key == "vehicle_rates" and isinstance(value, Mapping):
        types = {
            str(kind): tidied(rates, limit_outside=has_limit) if isinstance(rates, Mapping) else json_value(rates)
            for kind, rates in value.items()
            if rates is not None
        }
        return key, types
    fraction = number_of(value) if key == "tax_rate" else None
    if fraction is not None and fraction < 1:
        return "tax_percentage", plain_text(fraction * 100)
    return key, json_value(value)


def json_value(value: Any) -> Any:
    """A rule value as JSON holds it exactly: numbers as their text."""
    if isinstance(value, Mapping):
        return {str(name): json_value(item) for name, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [json_value(item) for item in value]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Decimal):
        return plain_text(value)
    return str(value)


def plain_text(number: Decimal) -> str:
    """A decimal without exponent and without needless zeros."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
