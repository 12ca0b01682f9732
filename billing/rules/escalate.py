"""Prices raised by a percentage for a renewal, each rounded half up to the paisa.

What the vendor charges rises: fees, fares, rates, surcharges. What is agreed as a limit or paid to somebody else stays:
minimum guarantee, caps, penalties, incentives, the fuel clause, percentages.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from billing.rules.key import Kind, RuleKey
from billing.rules.schema import KEY_BY_NAME, TYPED_KEY_BY_NAME

STAYS = frozenset({"min_guarantee", "monthly_cap", "sla", "sla_penalty_amount", "incentive_rules", "fuel"})
_PAISA = Decimal("0.01")


def escalated(rules: Mapping[str, Any], percent: Decimal) -> dict[str, Any]:
    """A copy of stored rules with every price changed by `percent` (negative lowers). Unknown keys are kept."""
    factor = 1 + percent / 100
    return {
        name: value
        if name not in KEY_BY_NAME or KEY_BY_NAME[name].key in STAYS
        else _raised(KEY_BY_NAME[name], value, factor)
        for name, value in rules.items()
    }


def _raised(key: RuleKey, value: Any, factor: Decimal) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if key.kind in (Kind.MONEY, Kind.RATE):
        return _price(value, factor)
    if key.kind is Kind.LIST and isinstance(value, list):
        return [_fields(key, entry, factor) for entry in value]
    if key.kind is Kind.OBJECT and isinstance(value, Mapping):
        return _fields(key, value, factor)
    if key.kind is Kind.MAP and isinstance(value, Mapping):
        if key.item is not None:
            return {name: _raised(key.item, part, factor) for name, part in value.items()}
        return {name: _typed(part, factor) for name, part in value.items()}
    return value


def _fields(key: RuleKey, value: Any, factor: Decimal) -> Any:
    if not isinstance(value, Mapping):
        return value
    fields = {field.key: field for field in key.fields}
    return {name: _raised(fields[name], part, factor) if name in fields else part for name, part in value.items()}


def _typed(rates: Any, factor: Decimal) -> Any:
    """The keys of one vehicle type."""
    if not isinstance(rates, Mapping):
        return rates
    return {
        name: _raised(TYPED_KEY_BY_NAME[name], part, factor) if name in TYPED_KEY_BY_NAME else part
        for name, part in rates.items()
    }


def _price(value: Any, factor: Decimal) -> Any:
    try:
        price = Decimal(str(value))
    except InvalidOperation:
        return value
    return f"{(price * factor).quantize(_PAISA, rounding=ROUND_HALF_UP):f}"
