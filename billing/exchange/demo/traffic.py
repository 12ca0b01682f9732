"""How a day of the demo goes: who comes to work, who shares a cab, how far and how long each trip is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from billing.exchange.demo.contracts import local_midnight
from billing.exchange.demo.dice import Dice
from billing.exchange.demo.places import OFFICES
from billing.exchange.demo.staff import ASSIGNMENTS, Rider, Shift, riders

HOLIDAYS = {
    date(2026, 8, 15): "Independence Day",
    date(2026, 9, 14): "Ganesh Chaturthi",
    date(2026, 10, 2): "Gandhi Jayanti",
    date(2026, 10, 20): "Vijayadashami",
}
# Attendance of a thousand: on working days; on weekends and holidays, of shifts that run then; of others on Saturday.
WORKING, SKELETON, SATURDAY = 930, 480, 60
# km/h by hour of the day, as crossing Bengaluru or Pune goes; the same table serves both.
SPEEDS = (38, 40, 40, 40, 38, 34, 30, 25, 20, 18, 20, 22, 23, 23, 23, 22, 20, 18, 16, 17, 21, 26, 32, 36)
SEATS = {office.office: {kind: seats for kind, seats, _ in office.cabs} for office in ASSIGNMENTS}


@dataclass(frozen=True, slots=True)
class Ride:
    """One trip before a cab is given to it: who rides, from which zone, when, how far (metres, tens)."""

    office: str
    zone: str
    riders: tuple[Rider, ...]
    to_office: bool
    start: datetime
    minutes: int
    metres: int
    vehicle_type: str
    status: str = "COMPLETED"
    cancelled_minutes_before: int | None = None
    late_minutes: int | None = None
    waiting_minutes: int | None = None

    @property
    def end(self) -> datetime:
        """When the last rider gets off."""
        return self.start + timedelta(minutes=self.minutes)


def _comes(rider: Rider, day: date, dice: Dice) -> bool:
    """Whether this rider works that day."""
    employee = rider.employee
    not_yet = employee.active_from is not None and day < employee.active_from
    left = employee.active_until is not None and day >= employee.active_until
    if not_yet or left:
        return False
    if day in HOLIDAYS or day.weekday() >= 5:
        share = SKELETON if rider.shift.weekend else (SATURDAY if day.weekday() == 5 and day not in HOLIDAYS else 0)
    else:
        share = WORKING
    return dice.chance(share)


def _cabs_for(group: list[Rider], office: str) -> Iterator[tuple[str, list[Rider]]]:
    """Split riders of one corridor into cabs: the largest that fills, sedans for the rest."""
    left = sorted(group, key=lambda rider: (-rider.zone.metres, rider.employee.code))
    while left:
        sizes = (("TEMPO", 7), ("SUV", 4), ("SEDAN", 1))
        kind = next(size for size, least in sizes if size in SEATS[office] and len(left) >= least)
        seats = SEATS[office][kind]
        yield kind, left[:seats]
        left = left[seats:]


def _kilometres(cab: list[Rider], dice: Dice) -> int:
    """Metres of the route: the farthest home, a detour for each other rider, the day's variation."""
    detours = sum(dice.between(300, 1400) for _ in cab[1:])
    usual = max(rider.zone.metres for rider in cab)
    return (usual * dice.between(970, 1060) // 1000 + detours) // 10 * 10


def _minutes(metres: int, hour: int, passengers: int, dice: Dice) -> int:
    """Driving time at the hour's speed, give or take, and the stops."""
    speed = SPEEDS[hour] * dice.between(88, 115) // 100
    return max(9, metres * 60 // (speed * 1000) + 1) + sum(dice.between(2, 4) for _ in range(passengers - 1))


def _mishap(ride: Ride, dice: Dice) -> Ride:
    """A few rides are cancelled, a few single riders do not turn up, some cabs are late or wait."""
    if dice.chance(14):
        return replace(
            ride, status="CANCELLED", minutes=0, metres=0, cancelled_minutes_before=dice.pick((5, 15, 20, 45, 90, 180))
        )
    if len(ride.riders) == 1 and dice.chance(16):
        return replace(ride, status="NO_SHOW", minutes=dice.pick((10, 15, 15, 20)), metres=0)
    late = dice.between(3, 28) if ride.to_office and dice.chance(110) else None
    waiting = dice.between(4, 25) if dice.chance(80) else None
    return replace(ride, late_minutes=late, waiting_minutes=waiting)


def _ride(cab: list[Rider], kind: str, shift: Shift, day: date, to_office: bool, dice: Dice) -> Ride:
    """One cab of one shift: to be there before work begins, or away some minutes after it ends."""
    metres = _kilometres(cab, dice)
    midnight = local_midnight(day)
    if to_office:
        arrival = shift.begins - dice.between(5, 18)
        minutes = _minutes(metres, (arrival - 25) // 60 % 24, len(cab), dice)
        start = midnight + timedelta(minutes=arrival - minutes)
    else:
        leaving = shift.begins + shift.minutes + dice.between(8, 24)
        minutes = _minutes(metres, leaving // 60 % 24, len(cab), dice)
        start = midnight + timedelta(minutes=leaving)
    first = max(cab, key=lambda rider: rider.zone.metres)
    ride = Ride(first.office, first.zone.name, tuple(cab), to_office, start, minutes, metres, kind)
    return _mishap(ride, dice)


def rides_of(day: date) -> list[Ride]:
    """Every trip of the shifts that begin on that day; the way home of a night shift starts the day after."""
    dice = Dice(f"traffic|{day.isoformat()}")
    present: dict[tuple[str, str, int], list[Rider]] = defaultdict(list)
    shifts: dict[str, Shift] = {}
    for rider in riders():
        if _comes(rider, day, dice):
            shifts[rider.shift.name] = rider.shift
            present[rider.office, rider.shift.name, rider.corridor].append(rider)
    rides = []
    for (office, shift_name, _), group in present.items():
        for to_office in (True, False):
            shared = [rider for rider in group if not rider.rides_alone]
            cabs = list(_cabs_for(shared, office))
            cabs += [("SEDAN", [rider]) for rider in group if rider.rides_alone]
            rides += [_ride(cab, kind, shifts[shift_name], day, to_office, dice) for kind, cab in cabs]
    return rides


def toll_of(ride: Ride) -> int | None:
    """Paise paid at the gate on the way, if there is one."""
    office = OFFICES[ride.office]
    passes = ride.status == "COMPLETED" and ride.zone in office.toll_zones
    return office.toll_paise if passes and office.toll_paise else None


def needs_escort(ride: Ride) -> bool:
    """At night a cab with only women aboard takes a guard along (state rules for women on night shift)."""
    hour = ride.start.hour
    return (hour >= 20 or hour < 6) and all(rider.employee.gender == "F" for rider in ride.riders)
