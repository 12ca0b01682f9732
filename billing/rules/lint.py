"""Lint: rules that can be rated but probably do not say what was meant. Each finding names its field.

Errors are `examine_rules`' business; a finding here never stops anything. Adding a check is a function in CHECKS.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from billing.rules.fuel import rates_below_zero
from billing.rules.key import Kind, RuleKey
from billing.rules.nearest import nearest_name
from billing.rules.parse import key_of
from billing.rules.schema import KEY_BY_NAME, TYPED_KEY_BY_NAME
from billing.schemas.rating import BillingModelType, ContractRuleConfig

_FIELD_KINDS = (Kind.OBJECT, Kind.LIST)


@dataclass(frozen=True, slots=True)
class Finding:
    """A doubt about rules: a code, a sentence, the field's path."""

    code: str
    message: str
    where: str


def lint_rules(config: ContractRuleConfig, *, vehicle_types: Collection[str] = ()) -> tuple[Finding, ...]:
    """All findings about one rule set; `vehicle_types`: those that the contract's trips use."""
    findings = [finding for check in CHECKS for finding in check(config)]
    return (*findings, *_missing_types(config, vehicle_types))


def _unknown_keys(config: ContractRuleConfig) -> Iterator[Finding]:
    for name, value in config.source.items():
        key = KEY_BY_NAME.get(name)
        if value is None:
            continue
        if key is None:
            yield Finding("UNKNOWN_KEY", _not_understood(name, KEY_BY_NAME), name)
        elif name == "vehicle_rates":
            yield from _unknown_in_types(value)
        else:
            yield from _unknown_fields(key, value, name)


def _not_understood(name: str, known: Collection[str], what: str = "not understood") -> str:
    meant = nearest_name(name, known)
    return f"{name} is {what} and prices nothing" + (f"; is {meant} meant?" if meant else "")


def _unknown_in_types(types: Mapping[str, Any]) -> Iterator[Finding]:
    for kind, rates in types.items():
        for name in rates or ():
            if name not in TYPED_KEY_BY_NAME:
                path = f"vehicle_rates.{kind}.{name}"
                words = _not_understood(name, TYPED_KEY_BY_NAME, "not a rate of a vehicle type")
                yield Finding("UNKNOWN_KEY", words, path)


def _unknown_fields(key: RuleKey, value: Any, path: str) -> Iterator[Finding]:
    if key.kind not in _FIELD_KINDS:
        return
    entries = [(path, value)] if key.kind is Kind.OBJECT else [(f"{path}[{n}]", item) for n, item in enumerate(value)]
    fields = {field.key: field for field in key.fields}
    for place, entry in entries:
        for name, item in entry.items():
            if name not in fields:
                yield Finding("UNKNOWN_KEY", _not_understood(name, fields), f"{place}.{name}")
            elif item is not None:
                yield from _unknown_fields(fields[name], item, f"{place}.{name}")


def _keys_of_other_models(config: ContractRuleConfig) -> Iterator[Finding]:
    for name in config.source:
        key = KEY_BY_NAME.get(key_of(name, has_limit="free_km_included" in config))
        if key is None or key.key not in config.values or config.model in key.models:
            continue
        yield Finding("UNUSED_KEY", f"{key.label} prices nothing under {config.model.label}", name)


def _percent_for_fraction(config: ContractRuleConfig) -> Iterator[Finding]:
    for path, key, value in _figures(config):
        if key.kind is Kind.PERCENT and 0 < value < 1 and "threshold" not in path:
            message = f"{key.label} is {value} %: was {value * 100:f} % meant?".replace(".00 %", " %")
            yield Finding("FRACTION_FOR_PERCENT", message, path)
        if key.kind is Kind.PERCENT and value > 100:
            yield Finding("PERCENT_ABOVE_100", f"{key.label} is {value} %", path)
    share = config.get("fuel", {}).get("share", 0)
    if share > 1:
        yield Finding("SHARE_ABOVE_1", f"The share of the fuel change is {share}: more than all of it", "fuel.share")


def _figures(config: ContractRuleConfig) -> Iterator[tuple[str, RuleKey, Decimal]]:
    for name, value in config.values.items():
        key = KEY_BY_NAME[name]
        yield from _figures_of(key, value, name)


def _figures_of(key: RuleKey, value: Any, path: str) -> Iterator[tuple[str, RuleKey, Decimal]]:
    if isinstance(value, Decimal):
        yield path, key, value
    elif key.kind is Kind.OBJECT:
        for name, item in value.items():
            yield from _figures_of(key.field(name), item, f"{path}.{name}")
    elif key.kind is Kind.LIST:
        for place, entry in enumerate(value):
            for name, item in entry.items():
                yield from _figures_of(key.field(name), item, f"{path}[{place}].{name}")


def _slabs(config: ContractRuleConfig) -> Iterator[Finding]:
    yield from _slabs_of(config.values, "slabs")
    for kind, rates in config.get("vehicle_rates", {}).items():
        yield from _slabs_of(rates, f"vehicle_rates.{kind}.slabs")


def _slabs_of(values: Mapping[str, Any], path: str) -> Iterator[Finding]:
    slabs = values.get("slabs")
    if slabs is None:
        return
    bands, mode = slabs["bands"], slabs["mode"]
    for place, band in enumerate(bands):
        where = f"{path}.bands[{place}]"
        if not band.get("amount") and not band.get("rate"):
            yield Finding("FREE_BAND", f"Band {place + 1} costs nothing", where)
        if mode == "flat" and "rate" in band:
            yield Finding("UNUSED_KEY", "A flat band's rate is not used", f"{where}.rate")
    edges = [(place, bands[place], bands[place + 1]) for place in range(len(bands) - 1)]
    for place, band, following in edges:
        if _price_at_edge(mode, following, band["upto"]) < _price_at_edge(mode, band, band["upto"]):
            message = f"A trip of {band['upto']} km costs more than one just beyond it"
            yield Finding("FALLING_PRICE", message, f"{path}.bands[{place + 1}]")


def _price_at_edge(mode: str, band: Mapping[str, Any], km: Decimal) -> Decimal:
    """What a band asks at its edge, beside what both sides of the edge pay alike."""
    amount, rate = band.get("amount", Decimal(0)), band.get("rate", Decimal(0))
    if mode == "volume":
        return Decimal(amount + rate * km)
    return Decimal(amount) if mode == "flat" else Decimal(0)


def _unreachable(config: ContractRuleConfig) -> Iterator[Finding]:
    sla = config.get("sla", {}).get("bands", ())
    for place, (band, earlier) in enumerate(zip(sla[1:], sla, strict=False), start=1):
        if band["over_minutes"] < earlier["over_minutes"]:
            message = "The bands do not rise; the highest that is exceeded counts"
            yield Finding("UNSORTED_BANDS", message, f"sla.bands[{place}].over_minutes")
    packages = config.get("local_packages", ())
    if len(packages) > 1 and not config.get("auto_switch", False):
        message = "Only the first package is used; auto_switch chooses among them"
        yield Finding("UNREACHABLE_PACKAGE", message, "auto_switch")
    for place, package in enumerate(packages[1:], start=1) if config.get("auto_switch", False) else ():
        if any(one["hours"] >= package["hours"] and one["km"] >= package["km"] for one in packages[:place]):
            message = f"An earlier package covers all that package {place + 1} covers"
            yield Finding("UNREACHABLE_PACKAGE", message, f"local_packages[{place}]")


def _limits(config: ContractRuleConfig) -> Iterator[Finding]:
    least, most = config.get("min_fare"), config.get("max_fare")
    if least is not None and most is not None and least > most:
        yield Finding("MIN_ABOVE_MAX", f"The minimum fare {least} is above the maximum {most}", "min_fare")
    guarantee, cap = config.get("min_guarantee", {}).get("amount"), config.get("monthly_cap")
    if guarantee is not None and cap is not None and guarantee > cap:
        yield Finding("MIN_ABOVE_MAX", f"The guarantee {guarantee} is above the cap {cap}", "min_guarantee.amount")


def _prices_missing(config: ContractRuleConfig) -> Iterator[Finding]:
    if config.model is BillingModelType.FIXED_PACKAGE:
        pairs = (
            ("max_vehicles", "extra_vehicle_fee", "Vehicles beyond the number covered would have no price"),
            ("free_km_included", "per_km_rate_after_limit", "Km beyond the included ones would have no price"),
            ("included_hours", "extra_hour_rate", "Hours beyond the included ones would have no price"),
            ("hours_per_day", "extra_hour_rate", "Hours beyond those of a day would have no price"),
        )
        for key, price, message in pairs:
            if key in config and price not in config:
                yield Finding("PRICE_MISSING", message, price)
    if config.model is BillingModelType.PER_TRIP and "local_packages" in config:
        for price in ("extra_km_rate", "extra_hour_rate"):
            if price not in config:
                yield Finding("PRICE_MISSING", "What exceeds the package would have no price", price)
    if "km_per_vehicle" in config.get("min_guarantee", {}) and "per_km_rate" not in config:
        yield Finding("PRICE_MISSING", "Guaranteed km that were not run would have no price", "per_km_rate")


def _night(config: ContractRuleConfig) -> Iterator[Finding]:
    window = config.get("night_window")
    priced = "night_shift_surcharge" in config or "night_surcharge_percent" in config
    if window is None:
        return
    evening, morning = 20 * 3_600_000_000, 6 * 3_600_000_000
    if window.get("start", evening) == window.get("end", morning):
        yield Finding("EMPTY_NIGHT", "The night begins when it ends: no trip is at night", "night_window")
    if not priced:
        yield Finding("PRICE_MISSING", "There is a night window but no surcharge", "night_shift_surcharge")


def _fuel(config: ContractRuleConfig) -> Iterator[Finding]:
    for place, rate in rates_below_zero(config.values).items():
        message = f"The fuel clause brings {place} to {rate:f}: what is below zero cannot be billed"
        yield Finding("RATE_BELOW_ZERO", message, "fuel.current_price")


def _missing_types(config: ContractRuleConfig, used: Iterable[str]) -> Iterator[Finding]:
    listed = config.get("vehicle_rates")
    if listed is None or config.model is BillingModelType.FIXED_PACKAGE:
        return
    for kind in sorted(set(used) - set(listed)):
        message = f"Trips use the vehicle type {kind}, which has no rates"
        yield Finding("MISSING_VEHICLE_TYPE", message, f"vehicle_rates.{kind}")


CHECKS: tuple[Callable[[ContractRuleConfig], Iterator[Finding]], ...] = (
    _unknown_keys,
    _keys_of_other_models,
    _percent_for_fraction,
    _slabs,
    _unreachable,
    _limits,
    _prices_missing,
    _night,
    _fuel,
)
