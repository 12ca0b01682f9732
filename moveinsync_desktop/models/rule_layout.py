"""Where each rule key stands in the form: sections in the order of a contract, per billing model.

Labels, units, help, defaults and limits are the registry's (billing.rules.schema); only the places are decided here.
A key that no section names gets into the last one, so that a new key can never be lost from the form.
"""

from __future__ import annotations

from dataclasses import dataclass

from billing.rules.schema import RuleKey, keys_of
from billing.schemas.rating import BillingModelType

PER_TRIP, HYBRID, PACKAGE = BillingModelType.PER_TRIP, BillingModelType.HYBRID, BillingModelType.FIXED_PACKAGE
ALL = (PER_TRIP, HYBRID, PACKAGE)


@dataclass(frozen=True, slots=True)
class Place:
    """A section of the form.

    Attributes:
        id: its name in code.
        title, note: what the card says above the fields.
        short: the name in the list at the left.
        usual: keys that always have a row, filled or not.
        optional: keys that are added when the contract has them.
        models: the billing models that show the section.
    """

    id: str
    title: str
    note: str
    usual: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    models: tuple[BillingModelType, ...] = ALL
    short: str = ""

    @property
    def name(self) -> str:
        """The name in the list at the left."""
        return self.short or self.title


@dataclass(frozen=True, slots=True)
class Pricing:
    """One of the ways a fare can be made; a rule set has exactly one (TARIFF.md section 6, Fares)."""

    id: str
    words: str
    keys: tuple[str, ...]
    needs: str
    """The key that is there whenever this way is chosen."""


PRICINGS: dict[BillingModelType, tuple[Pricing, ...]] = {
    PER_TRIP: (
        Pricing("rate", "Base, km and minutes", ("base_fare", "per_km_rate", "cost_per_minute"), ""),
        Pricing("slabs", "Distance slabs", ("slabs",), "slabs"),
        Pricing("zones", "Zones", ("zone_rates",), "zone_rates"),
        Pricing("seats", "Seats", ("per_seat_rate", "min_seats"), ""),
        Pricing(
            "local",
            "Local packages",
            ("local_packages", "auto_switch", "extra_km_rate", "extra_hour_rate", "hour_rounding_minutes"),
            "local_packages",
        ),
        Pricing("outstation", "Outstation", ("outstation",), "outstation"),
    ),
    HYBRID: (
        Pricing("rate", "One rate", ("per_km_rate_after_limit",), ""),
        Pricing("slabs", "Slabs", ("slabs",), "slabs"),
    ),
    PACKAGE: (),
}

PLACES: tuple[Place, ...] = (
    Place("fare", "Fare", "what one trip costs", (), ("min_fare", "max_fare", "vehicle_rates"), (PER_TRIP,)),
    Place(
        "package",
        "Package",
        "paid whether cabs run or not",
        ("base_monthly_fee", "free_km_included", "free_km_scope", "proration"),
        (),
        (HYBRID,),
    ),
    Place(
        "package",
        "Package",
        "paid whether cabs run or not, for each vehicle slot",
        ("base_monthly_fee", "free_km_included", "included_hours", "pooled"),
        ("per_employee_fee", "hour_basis", "hours_per_day", "proration"),
        (PACKAGE,),
    ),
    Place("distance", "Distance beyond the package", "", (), ("vehicle_rates",), (HYBRID,), "Distance"),
    Place(
        "distance",
        "Use beyond the package",
        "",
        ("per_km_rate_after_limit", "extra_hour_rate"),
        ("hour_rounding_minutes",),
        (PACKAGE,),
        "Overage",
    ),
    Place(
        "vehicles",
        "Vehicles and absence",
        "",
        (),
        ("max_vehicles", "extra_vehicle_fee", "absence_basis", "absence_multiplier"),
        (PACKAGE,),
        "Vehicles",
    ),
    Place(
        "time",
        "Time",
        "",
        ("night_shift_surcharge", "night_window"),
        ("night_surcharge_percent", "waiting"),
    ),
    Place("carpool", "Carpool", "", ("carpool_discount", "incentive_rules"), ()),
    Place("extras", "Escort and tolls", "", ("escort_charge_per_trip",), ("toll_taxable", "parking_taxable")),
    Place("noshow", "No-shows and cancellations", "", (), ("no_show", "cancellation"), short="No-shows"),
    Place(
        "measured",
        "Measured distance and fuel",
        "",
        (),
        ("garage", "gps_tolerance_percent", "fuel"),
        short="Km and fuel",
    ),
    Place("penalties", "Penalties", "for late arrival and breaches", (), ("sla", "sla_penalty_amount")),
    Place("guarantee", "Guarantee and cap", "", (), ("min_guarantee", "monthly_cap", "per_km_rate")),
    Place(
        "tax",
        "Tax and total",
        "",
        ("tax_percentage", "round_off"),
        ("tax_rates_by_date", "tax_split", "tax_level", "reverse_charge", "tds_percent", "proration", "currency"),
        short="Tax",
    ),
)

HIDDEN = frozenset({"tax_rate"})
"""Kept under another name: the form shows tax_percentage."""


def pricing_section(model: BillingModelType) -> str:
    """The section that holds the choice of the way of pricing, "" where the model has only one."""
    return {PER_TRIP: "fare", HYBRID: "distance"}.get(model, "")


def places_of(model: BillingModelType) -> tuple[Place, ...]:
    """The sections of a model; each key of the model stands in exactly one of them."""
    names = {key.key for key in keys_of(model)} - HIDDEN
    priced = {key for pricing in PRICINGS[model] for key in pricing.keys}
    left = set(names)
    made: list[Place] = []
    for place in PLACES:
        if model not in place.models:
            continue
        usual = tuple(key for key in place.usual if key in left)
        optional = tuple(key for key in place.optional if key in left and key not in priced)
        left -= {*usual, *optional}
        made.append(Place(place.id, place.title, place.note, usual, optional, place.models, place.short))
    left -= priced
    if left:
        last = made[-1]
        rest = tuple(key.key for key in keys_of(model) if key.key in left)
        made[-1] = Place(last.id, last.title, last.note, last.usual, last.optional + rest, last.models, last.short)
    return tuple(made)


def key_named(model: BillingModelType, name: str) -> RuleKey:
    """The registry's entry of a key of this model. KeyError where the model has no such key."""
    return {key.key: key for key in keys_of(model)}[name]
