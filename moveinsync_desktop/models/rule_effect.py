"""What stands beside the rule form: a month's bill by parts under both rules, trips by change, rate steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from billing.schemas.rating import ContractRuleConfig
from moveinsync_desktop import formats

if TYPE_CHECKING:  # the engine brings numpy, which the window does not wait for
    from billing.rating.simulate import MovedTrip, Simulation, TripGroup

PARTS = {
    "MONTHLY_FEE": "Monthly fee",
    "EMPLOYEE_FEES": "Employee fees",
    "EXTRA_VEHICLES": "Extra vehicles",
    "ABSENCE": "Absence",
    "BASE_FARE": "Base fare",
    "DISTANCE": "Distance",
    "SLAB": "Distance",
    "TIME": "Minutes",
    "ZONE": "Zones",
    "SEATS": "Seats",
    "PACKAGE": "Local packages",
    "EXTRA_KM": "Extra km",
    "EXTRA_HOUR": "Extra hours",
    "DRIVER_ALLOWANCE": "Driver allowance",
    "MIN_FARE_TOPUP": "Minimum fare",
    "MAX_FARE_CAP": "Maximum fare",
    "CARPOOL_DISCOUNT": "Carpool",
    "NIGHT": "Night",
    "ESCORT": "Extras",
    "WAITING": "Extras",
    "TOLL": "Extras",
    "PARKING": "Extras",
    "NO_SHOW": "No-shows",
    "CANCELLATION": "No-shows",
    "MIN_GUARANTEE": "Guarantee",
    "MONTHLY_CAP": "Cap",
    "SLA_PENALTY": "Penalties",
}
"""Line codes in the order of a bill, and the part of it each belongs to."""
MOST_MOVED = 200


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the bill before tax, in paise."""

    name: str
    before: int
    after: int

    @property
    def change(self) -> int:
        """After less before."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Effect:
    """All that the panel shows of one simulation; made on the worker, so that nothing is computed while painting.

    Attributes: parts, before, after (taxable, paise), groups, moved (largest first), trips (how many), millis (time of
    rating), band_metres (chargeable metres of each slab band, or None).
    """

    parts: tuple[Part, ...]
    before: int
    after: int
    groups: tuple[TripGroup, ...]
    moved: tuple[MovedTrip, ...]
    cheaper: int
    dearer: int
    trips: int
    millis: int
    band_metres: tuple[int, ...] | None

    @property
    def change(self) -> int:
        """After less before."""
        return self.after - self.before


def effect_of(simulation: Simulation, rules: ContractRuleConfig, millis: int) -> Effect:
    """The figures of the panel."""
    from billing.rating.simulate import metres_by_band

    metres = metres_by_band(simulation.after, rules)
    return Effect(
        tuple(parts_of(simulation)),
        simulation.before.taxable_subtotal,
        simulation.after.taxable_subtotal,
        simulation.groups,
        tuple(simulation.most_changed(MOST_MOVED)),
        simulation.cheaper,
        simulation.dearer,
        len(simulation.after.trips),
        millis,
        None if metres is None else tuple(metres),
    )


def parts_of(simulation: Simulation) -> list[Part]:
    """The bill before tax by its parts; they add up to it."""
    sums: dict[str, list[int]] = {}
    for line in simulation.lines:
        pair = sums.setdefault(PARTS.get(line.code, line.code), [0, 0])
        pair[0] += line.before
        pair[1] += line.after
    order = list(dict.fromkeys(PARTS.values()))
    return [
        Part(name, *sums[name]) for name in sorted(sums, key=lambda name: order.index(name) if name in order else 99)
    ]


def group_words(group: TripGroup) -> str:
    """How the panel names a group, such as: up to ₹ 20 dearer."""
    if group.sign == 0:
        return "the same"
    word = "dearer" if group.sign > 0 else "cheaper"
    if group.upto is None:
        return f"over ₹{formats.THIN}{formats.rupees(group.above)} {word}"
    return f"up to ₹{formats.THIN}{formats.rupees(group.upto)} {word}"


@dataclass(frozen=True, slots=True)
class Steps:
    """Rates over km: the bounds where they change, and one rate more than bounds."""

    bounds: tuple[Decimal, ...]
    rates: tuple[Decimal, ...]

    @property
    def is_flat(self) -> bool:
        """Only one rate."""
        return not self.bounds


def steps_of(rules: Mapping[str, Any]) -> Steps | None:
    """The rate by trip distance of stored rules; None where they have no rates by km or cannot be read."""
    slabs = rules.get("slabs")
    if not isinstance(slabs, Mapping):
        rate = rules.get("per_km_rate_after_limit") or rules.get("per_km_rate")
        return _steps([], [rate]) if rate is not None else None
    bands = [band for band in slabs.get("bands") or [] if isinstance(band, Mapping)]
    if slabs.get("mode") == "flat" or not bands or any(band.get("rate") is None for band in bands):
        return None
    return _steps([band.get("upto") for band in bands[:-1]], [band["rate"] for band in bands])


def _steps(bounds: list[Any], rates: list[Any]) -> Steps | None:
    try:
        made = Steps(tuple(Decimal(bound) for bound in bounds), tuple(Decimal(rate) for rate in rates))
    except (ArithmeticError, TypeError, ValueError):
        return None
    rising = all(low < high for low, high in zip(made.bounds, made.bounds[1:], strict=False))
    return made if rising and (not made.bounds or made.bounds[0] > 0) else None
