"""Rules as they are written -> rules as they are rated: aliases resolved, values typed, everything checked."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from billing.errors import BadInputError
from billing.rules.check import check_rules
from billing.rules.key import RuleKey
from billing.rules.problem import BAD_INPUT, Problems, RuleProblem
from billing.rules.schema import KEY_BY_NAME, TYPED_KEY_BY_NAME
from billing.rules.values import UNREADABLE, read_value
from billing.schemas.rating import MODEL_ALIASES, BillingModelType, ContractRuleConfig

_AMBIGUOUS_RATE = "base_rate_km"
_KM_LIMIT_NAMES = ("free_km_included", *KEY_BY_NAME["free_km_included"].aliases)


def read_model(name: object, where: str = "billing_model") -> BillingModelType:
    """The billing model of that name or alias. Raises BadInputError UNKNOWN_BILLING_MODEL."""
    if isinstance(name, str):
        if name in MODEL_ALIASES:
            return MODEL_ALIASES[name]
        if name in BillingModelType.__members__:
            return BillingModelType(name)
    known = ", ".join([*BillingModelType.__members__, *MODEL_ALIASES])
    raise BadInputError("UNKNOWN_BILLING_MODEL", f"{name!r} is not a billing model ({known})", where=where)


def parse_rules(
    model: BillingModelType | str, rules: Mapping[str, Any], *, where: str = "rules_config"
) -> ContractRuleConfig:
    """The checked rules of one version. Raises BadInputError with the code and field of the first finding."""
    config, problems = examine_rules(model, rules, where=where)
    if problems:
        raise problems[0].as_error()
    return config


def examine_rules(
    model: BillingModelType | str, rules: Mapping[str, Any], *, where: str = "rules_config"
) -> tuple[ContractRuleConfig, tuple[RuleProblem, ...]]:
    """The rules as far as they can be read, and everything that is wrong with them, for a form to show."""
    kind = read_model(model)
    problems = Problems()
    if not isinstance(rules, Mapping):
        raise BadInputError(BAD_INPUT, "The rules must be an object", where=where)
    values, unknown = _read_keys(rules, KEY_BY_NAME, where, problems, has_limit=has_km_limit(rules))
    _take_tax_rate(values, where, problems)
    config = ContractRuleConfig(kind, MappingProxyType(values), MappingProxyType(unknown), rules)
    if not problems.found:
        check_rules(config, where, problems)
    return config, tuple(problems.found)


def has_km_limit(rules: Mapping[str, Any]) -> bool:
    """Whether these rules include free km, under any name."""
    return any(rules.get(name) is not None for name in _KM_LIMIT_NAMES)


def key_of(name: str, *, has_limit: bool) -> str:
    """The canonical name of a key or alias; a name that is not known stays as it is."""
    if name == _AMBIGUOUS_RATE and has_limit:
        return "per_km_rate_after_limit"
    key = KEY_BY_NAME.get(name)
    return name if key is None else key.key


def _read_keys(
    rules: Mapping[str, Any], keys: Mapping[str, RuleKey], where: str, problems: Problems, *, has_limit: bool
) -> tuple[dict[str, Any], dict[str, Any]]:
    values: dict[str, Any] = {}
    given_as: dict[str, str] = {}
    unknown: dict[str, Any] = {}
    for name, given in rules.items():
        if given is None:
            continue
        key = keys.get(key_of(name, has_limit=has_limit))
        if key is None:
            unknown[name] = given
            continue
        path = f"{where}.{name}"
        if key.key == "vehicle_rates":
            value = _read_vehicle_rates(given, path, problems, has_limit=has_limit)
        else:
            value = read_value(key, given, path, problems)
        if value is UNREADABLE:
            continue
        if key.key in values and values[key.key] != value:
            message = f"{given_as[key.key]} and {name} are the same rule with different values"
            problems.add("CONFLICTING_ALIASES", message, path)
            continue
        values[key.key] = value
        given_as.setdefault(key.key, name)
    return values, unknown


def _read_vehicle_rates(given: object, where: str, problems: Problems, *, has_limit: bool) -> Any:
    if not isinstance(given, Mapping):
        problems.add(BAD_INPUT, "Rates by vehicle type: an object is expected", where)
        return UNREADABLE
    types: dict[str, Any] = {}
    for name, rates in given.items():
        path = f"{where}.{name}"
        if rates is None:
            continue
        if not isinstance(rates, Mapping):
            problems.add(BAD_INPUT, "Rates of a vehicle type: an object is expected", path)
            continue
        limit = has_limit or has_km_limit(rates)
        types[name], _ = _read_keys(rates, TYPED_KEY_BY_NAME, path, problems, has_limit=limit)
    return types


def _take_tax_rate(values: dict[str, Any], where: str, problems: Problems) -> None:
    """Keep `tax_rate` as `tax_percentage`; the two must not disagree."""
    if "tax_rate" not in values:
        return
    percent: Decimal = values.pop("tax_rate") * 100
    if values.setdefault("tax_percentage", percent) != percent:
        message = "tax_percentage and tax_rate are the same rule with different values"
        problems.add("CONFLICTING_ALIASES", message, f"{where}.tax_rate")
