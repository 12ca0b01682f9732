"""Cabs for the demo's rides, and the rides as trips with the vendors' duty slip numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from billing.exchange.demo.contracts import local_midnight
from billing.exchange.demo.dice import Dice
from billing.exchange.demo.parties import BLUE_HERON, DECCAN_COMET, GULMOHAR
from billing.exchange.demo.staff import ASSIGNMENTS, vehicles
from billing.exchange.demo.traffic import Ride, needs_escort, rides_of, toll_of
from billing.schemas.parties import Vehicle
from billing.schemas.trips import TripRecord

SLIP_PREFIX = {BLUE_HERON: "BH", GULMOHAR: "GW", DECCAN_COMET: "DC"}
TURNAROUND = timedelta(minutes=12)
_SIZES = ("SEDAN", "SUV", "TEMPO")
_OFFICES = {assignment.office: assignment for assignment in ASSIGNMENTS}


class _Fleet:
    """The cabs of one office and until when each is busy."""

    def __init__(self, cabs: Iterable[Vehicle]) -> None:
        self._cabs = list(cabs)
        self._free_at: dict[str, datetime] = {}

    def take(self, ride: Ride) -> Vehicle | None:
        """The cab of the wanted size, else a larger one, that has stood longest; None when all are out."""
        for kind in _SIZES[_SIZES.index(ride.vehicle_type) :]:
            free = [
                (self._free_at.get(cab.vehicle_no, datetime.min.replace(tzinfo=ride.start.tzinfo)), cab.vehicle_no, cab)
                for cab in self._cabs
                if cab.vehicle_type == kind
            ]
            ready = [entry for entry in free if entry[0] <= ride.start]
            if ready:
                cab = min(ready, key=lambda entry: entry[:2])[2]
                self._free_at[cab.vehicle_no] = ride.end + TURNAROUND
                return cab
        return None


def _hired(ride: Ride, dice: Dice) -> tuple[str, str | None]:
    """A cab from the market when the fleet is out: a number that is not in the master, and its type."""
    return f"{_OFFICES[ride.office].plate[:4]}ZY{dice.between(1001, 9998)}", ride.vehicle_type


def _seconds(minutes: int | None) -> int | None:
    return None if minutes is None else minutes * 60


def _trip(ride: Ride, cab: tuple[str, str | None], slip: str, dice: Dice) -> TripRecord:
    boarded = len(ride.riders) if ride.status == "COMPLETED" else 0
    office = _OFFICES[ride.office]
    return TripRecord(
        dice.uuid_at(ride.start),
        office.client,
        office.vendor,
        slip,
        ride.start,
        ride.end,
        ride.metres,
        status=ride.status,
        is_carpool=len(ride.riders) > 1,
        employees=tuple(rider.employee.code for rider in ride.riders),
        seats_boarded=boarded,
        vehicle_no=cab[0],
        vehicle_type=cab[1],
        site=ride.office,
        zone=ride.zone,
        escort=needs_escort(ride),
        waiting_s=_seconds(ride.waiting_minutes),
        toll_paise=toll_of(ride),
        late_s=_seconds(ride.late_minutes),
        cancelled_before_s=_seconds(ride.cancelled_minutes_before),
    )


def trips_between(first: date, until: date) -> list[TripRecord]:
    """The trips that start in [first, until), in the order of their start, slips numbered by vendor and month."""
    days = (until - first).days
    rides = [ride for number in range(-1, days) for ride in rides_of(first + timedelta(days=number))]
    rides = [ride for ride in rides if local_midnight(first) <= ride.start < local_midnight(until)]
    rides.sort(key=lambda ride: (ride.start, ride.office, ride.riders[0].employee.code))
    fleets = {office: _Fleet(cab for place, cab in vehicles() if place == office) for office in _OFFICES}
    dice = Dice(f"dispatch|{first.isoformat()}")
    slips: dict[str, int] = defaultdict(int)
    trips = []
    for ride in rides:
        office = _OFFICES[ride.office]
        cab = fleets[ride.office].take(ride)
        series = f"{SLIP_PREFIX[office.vendor]}{ride.start:%y%m}"
        slips[series] += 1
        numbers = (cab.vehicle_no, cab.vehicle_type) if cab else _hired(ride, dice)
        trips.append(_trip(ride, numbers, f"{series}-{slips[series]:05d}", dice))
    return trips
