"""The demo's riders and cabs: about 300 employees with a home, a shift and an office, and 60 vehicles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from uuid import UUID

from billing.exchange.demo.dice import Dice
from billing.exchange.demo.names import FAMILY, MEN, WOMEN
from billing.exchange.demo.parties import BLUE_HERON, DECCAN_COMET, GULMOHAR, MOONBRIDGE, PAPER_LANTERN, SITES, fixed_id
from billing.exchange.demo.places import OFFICES, Zone
from billing.schemas.parties import Employee, Vehicle


@dataclass(frozen=True, slots=True)
class Shift:
    """Minutes after local midnight at which work begins, and its length; `weekend` runs on Saturday and Sunday too."""

    name: str
    begins: int
    minutes: int
    weekend: bool


EARLY_DAY = Shift("Day 08:30", 8 * 60 + 30, 540, weekend=False)
DAY = Shift("Day 09:30", 9 * 60 + 30, 540, weekend=False)
LATE_DAY = Shift("Day 10:30", 10 * 60 + 30, 540, weekend=False)
MORNING = Shift("Morning", 6 * 60, 540, weekend=True)
AFTERNOON = Shift("Afternoon", 14 * 60, 540, weekend=True)
US_HOURS = Shift("US hours", 18 * 60 + 30, 540, weekend=False)
NIGHT = Shift("Night", 22 * 60, 540, weekend=True)
SHIFTS = ((EARLY_DAY, 14), (DAY, 17), (LATE_DAY, 14), (MORNING, 16), (AFTERNOON, 18), (US_HOURS, 12), (NIGHT, 10))


@dataclass(frozen=True, slots=True)
class Rider:
    """An employee who takes the cab: where from, to which office, for which shift.

    `rides_alone`: their team books a cab for each person.
    """

    employee: Employee
    office: str
    corridor: int
    zone: Zone
    shift: Shift
    rides_alone: bool


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who drives for an office: client, vendor, how many people, and the cabs as (type, seats for riders, number)."""

    office: str
    client: UUID
    vendor: UUID
    people: int
    cabs: tuple[tuple[str, int, int], ...]
    plate: str


ASSIGNMENTS = (
    Assignment("BLR-WF", MOONBRIDGE, BLUE_HERON, 86, (("SEDAN", 3, 11), ("SUV", 6, 5), ("TEMPO", 12, 1)), "KA53ZX"),
    Assignment("BLR-EC", MOONBRIDGE, GULMOHAR, 64, (("SEDAN", 3, 9), ("SUV", 6, 4)), "KA51ZX"),
    Assignment("PUN-HJ", MOONBRIDGE, BLUE_HERON, 44, (("SEDAN", 3, 8), ("SUV", 6, 2)), "MH14ZX"),
    Assignment("PUN-KH", PAPER_LANTERN, DECCAN_COMET, 70, (("SEDAN", 3, 9), ("SUV", 6, 4), ("TEMPO", 12, 1)), "MH12ZX"),
    Assignment("BLR-MT", PAPER_LANTERN, BLUE_HERON, 38, (("SEDAN", 3, 6), ("SUV", 6, 2)), "KA04ZX"),
)

ALONE = 150
"""Of a thousand riders, so many ride alone."""

_SITE_IDS = {site.code: site.id for site in SITES}
_CODE_PREFIX = {MOONBRIDGE: "MB", PAPER_LANTERN: "PL"}
_LEAVERS = {17: date(2026, 8, 1), 143: date(2026, 9, 12), 251: date(2026, 8, 22)}
_JOINERS = {60: date(2026, 7, 20), 118: date(2026, 8, 3), 199: date(2026, 9, 1), 280: date(2026, 9, 14)}


def _name(dice: Dice, taken: set[str]) -> tuple[str, str]:
    """A full name that nobody else has, and F or M."""
    while True:
        gender = "F" if dice.chance(460) else "M"
        name = f"{dice.pick(WOMEN if gender == 'F' else MEN)} {dice.pick(FAMILY)}"
        if name not in taken:
            taken.add(name)
            return name, gender


@cache
def riders() -> tuple[Rider, ...]:
    """Everybody who is driven, in the order of their codes."""
    dice = Dice("staff")
    taken: set[str] = set()
    result: list[Rider] = []
    for assignment in ASSIGNMENTS:
        office = OFFICES[assignment.office]
        for _ in range(assignment.people):
            number = len(result) + 1
            name, gender = _name(dice, taken)
            corridor = dice.between(0, len(office.corridors) - 1)
            employee = Employee(
                fixed_id(6, number),
                assignment.client,
                f"{_CODE_PREFIX[assignment.client]}{1000 + number}",
                name,
                gender=gender,
                site_id=_SITE_IDS[assignment.office],
                active_from=_JOINERS.get(number, date(2026, 4, 1)),
                active_until=_LEAVERS.get(number),
            )
            zone = dice.pick(office.corridors[corridor])
            result.append(Rider(employee, assignment.office, corridor, zone, dice.weighted(SHIFTS), dice.chance(ALONE)))
    return tuple(result)


@cache
def vehicles() -> tuple[tuple[str, Vehicle], ...]:
    """The cabs, each with the office it serves; largest first within an office."""
    dice = Dice("vehicles")
    result: list[tuple[str, Vehicle]] = []
    for assignment in ASSIGNMENTS:
        numbers = iter(dice.shuffled(range(1001, 9999)))
        for vehicle_type, seats, count in reversed(assignment.cabs):
            for _ in range(count):
                vehicle = Vehicle(
                    fixed_id(7, len(result) + 1),
                    assignment.client,
                    assignment.vendor,
                    f"{assignment.plate}{next(numbers)}",
                    vehicle_type=vehicle_type,
                    seats=seats,
                )
                result.append((assignment.office, vehicle))
    return tuple(result)
