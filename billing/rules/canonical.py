"""Rules as they are stored: canonical key names, numbers as text, everything else as it was given."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from billing.rules.parse import has_km_limit, key_of
from billing.schemas.rating import ContractRuleConfig


def canonical_rules(config: ContractRuleConfig) -> dict[str, Any]:
    """The rules of a checked configuration as JSON values.

    Aliases get their canonical names, `tax_rate` becomes `tax_percentage`, keys without a value are left out. Keys
    that are not understood are kept. Reading the result again gives the same configuration.
    """
    stored = _renamed(config.source, limit_outside=False)
    if "tax_rate" in stored:
        del stored["tax_rate"]
        stored["tax_percentage"] = plain_text(config.values["tax_percentage"])
    return stored


def _renamed(rules: Mapping[str, Any], *, limit_outside: bool) -> dict[str, Any]:
    limit = limit_outside or has_km_limit(rules)
    result: dict[str, Any] = {}
    for name, value in rules.items():
        if value is None:
            continue
        key = key_of(name, has_limit=limit)
        if name == "vehicle_rates" and isinstance(value, Mapping):
            result[key] = {
                kind: _renamed(rates, limit_outside=limit) if isinstance(rates, Mapping) else json_value(rates)
                for kind, rates in value.items()
                if rates is not None
            }
        else:
            result.setdefault(key, json_value(value))
    return result


def json_value(value: Any) -> Any:
    """A rule value as JSON holds it exactly: numbers as their text."""
    if isinstance(value, Mapping):
        return {str(name): json_value(item) for name, item in value.items()}
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
