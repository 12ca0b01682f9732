"""Checks over several keys: one kind of fare, something that has a price, choices that exclude each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from billing.rules.problem import BAD_INPUT, NO_PRICE_COMPONENT, Problems
from billing.schemas.rating import BillingModelType, ContractRuleConfig

FARE_KINDS: dict[str, tuple[str, ...]] = {
    "metered": ("base_fare", "per_km_rate", "cost_per_minute"),
    "slabs": ("slabs",),
    "zone": ("zone_rates",),
    "seats": ("per_seat_rate",),
    "local": ("local_packages",),
    "outstation": ("outstation",),
}
"""The kinds of fare of PER_TRIP and the keys that make each."""


def fare_kinds(values: Mapping[str, Any]) -> list[str]:
    """The kinds of fare that these keys ask for; exactly one is right."""
    return [kind for kind, keys in FARE_KINDS.items() if any(key in values for key in keys)]


def check_rules(config: ContractRuleConfig, where: str, problems: Problems) -> None:
    """Note everything that is wrong with rules whose single values are fine."""
    values = config.values
    for typed, path in _rate_sets(values, where):
        _check_slabs(typed, path, problems)
        _check_packages(typed, path, problems)
        _check_price(config.model, typed, path, problems)
    _check_choices(values, where, problems)
    if config.model is BillingModelType.FIXED_PACKAGE and not (
        "base_monthly_fee" in config or "per_employee_fee" in config
    ):
        problems.add(NO_PRICE_COMPONENT, "A package needs a monthly fee or a fee per employee", where)


def merged_rates(values: Mapping[str, Any], vehicle_type: str) -> dict[str, Any]:
    """The contract's keys with those of a vehicle type in their place."""
    return {**values, **values["vehicle_rates"][vehicle_type]}


def _rate_sets(values: Mapping[str, Any], where: str) -> list[tuple[Mapping[str, Any], str]]:
    types = values.get("vehicle_rates")
    if not types:
        return [(values, where)]
    return [(merged_rates(values, name), f"{where}.vehicle_rates.{name}") for name in types]


def _check_price(model: BillingModelType, values: Mapping[str, Any], where: str, problems: Problems) -> None:
    if model is BillingModelType.PER_TRIP:
        kinds = fare_kinds(values)
        if not kinds:
            problems.add(NO_PRICE_COMPONENT, "A contract per trip needs a fare", where)
        elif len(kinds) > 1:
            problems.add(BAD_INPUT, f"Only one kind of fare is possible, not {' and '.join(kinds)}", where)
    elif model is BillingModelType.HYBRID:
        has_rate, has_slabs = "per_km_rate_after_limit" in values, "slabs" in values
        if not has_rate and not has_slabs:
            problems.add(NO_PRICE_COMPONENT, "Km beyond the free km have no rate and no slabs", where)
        elif has_rate and has_slabs:
            problems.add(BAD_INPUT, "Km beyond the free km have either a rate or slabs, not both", where)
        elif has_slabs and values["slabs"]["mode"] == "flat":
            problems.add(BAD_INPUT, "Slabs beyond free km are graduated or volume, not flat", f"{where}.slabs.mode")


def _check_slabs(values: Mapping[str, Any], where: str, problems: Problems) -> None:
    if "slabs" not in values:
        return
    bands = values["slabs"]["bands"]
    path = f"{where}.slabs.bands"
    if not bands or "upto" in bands[-1]:
        problems.add(BAD_INPUT, "The last band must be open (upto empty)", path)
        return
    lower = 0
    for place, band in enumerate(bands[:-1]):
        if "upto" not in band or band["upto"] <= lower:
            problems.add(BAD_INPUT, "Every band must end above the one before", f"{path}[{place}].upto")
            return
        lower = band["upto"]


def _check_packages(values: Mapping[str, Any], where: str, problems: Problems) -> None:
    if "local_packages" in values and not values["local_packages"]:
        problems.add(BAD_INPUT, "There is no local package in the list", f"{where}.local_packages")


def _check_choices(values: Mapping[str, Any], where: str, problems: Problems) -> None:
    if "night_shift_surcharge" in values and "night_surcharge_percent" in values:
        problems.add(BAD_INPUT, "Night is either an amount or a percentage", f"{where}.night_surcharge_percent")
    for key in ("no_show", "cancellation"):
        if key in values:
            _exactly_one(values[key], ("flat", "percent_of_fare"), f"{where}.{key}", problems)
    for place, band in enumerate(values.get("sla", {}).get("bands", ())):
        _exactly_one(band, ("flat", "percent_of_fare"), f"{where}.sla.bands[{place}]", problems)
    if "min_guarantee" in values:
        _exactly_one(values["min_guarantee"], ("amount", "km_per_vehicle"), f"{where}.min_guarantee", problems)
    proration = values.get("proration", {})
    if proration.get("basis") == "working_days" and "working_days" not in proration:
        problems.add(BAD_INPUT, "The number of working days is missing", f"{where}.proration.working_days")
    if values.get("hour_basis") == "day" and "hours_per_day" not in values:
        problems.add(BAD_INPUT, "Hours by day need the hours per day", f"{where}.hours_per_day")
    garage = values.get("garage", {})
    if garage.get("mode") == "fixed" and "km" not in garage:
        problems.add(BAD_INPUT, "Fixed garage km are missing", f"{where}.garage.km")
    _check_dates(values, where, problems)


def _check_dates(values: Mapping[str, Any], where: str, problems: Problems) -> None:
    dates = [entry["from"] for entry in values.get("tax_rates_by_date", ())]
    if len(set(dates)) != len(dates):
        problems.add(BAD_INPUT, "Two tax rates begin on the same date", f"{where}.tax_rates_by_date")
    minutes = [band["over_minutes"] for band in values.get("sla", {}).get("bands", ())]
    if len(set(minutes)) != len(minutes):
        problems.add(BAD_INPUT, "Two penalty bands begin at the same minutes", f"{where}.sla.bands")


def _exactly_one(values: Mapping[str, Any], names: tuple[str, str], where: str, problems: Problems) -> None:
    if sum(name in values for name in names) != 1:
        problems.add(BAD_INPUT, f"Exactly one of {names[0]} and {names[1]} is needed", where)
