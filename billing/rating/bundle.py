"""The rating bundle: one JSON in, one JSON out, without any database (TARIFF.md section 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from billing.errors import BadInputError
from billing.money import half_up, plain
from billing.rating.bundle_model import BundleInput, TripInput, VehicleInput, read_bundle
from billing.rating.period import RatingInput, rate_period
from billing.rating.result import RatedPeriod, RatedTrips
from billing.rules.numbers import BAD_INPUT
from billing.rules.parse import parse_rules, read_model
from billing.schemas.rating import (
    DEFAULT_TIMEZONE,
    LINE_BIT,
    PERIOD_LINE_CODES,
    TRIP_LINE_CODES,
    ContractVersion,
    EmployeeDays,
    Explanation,
    MonthInputs,
    TripData,
    VehicleUsage,
)
from billing.schemas.trip_columns import TripColumns

_TOLD_DECIMALS = 12
_OPTIONAL_TOTALS = ("cgst", "sgst", "igst")
_MEMO_TOTALS = ("round_off", "tds", "net_payable", "rcm_tax_payable_by_client")


def rate_bundle(bundle: Mapping[str, Any], *, explain: bool = False) -> dict[str, Any]:
    """Rate a bundle: plain JSON values in and out, amounts as decimal strings.

    Numbers are strings, ints or Decimals; a float is refused, because it is not exact. Raises BadInputError by the
    codes of TARIFF.md section 4.
    """
    return result_of(rate_period(rating_input(bundle), explain=explain))


def rating_input(bundle: Mapping[str, Any]) -> RatingInput:
    """The checked bundle as what the engine rates."""
    given = read_bundle(bundle)
    first, last = given.period
    return RatingInput(
        first_day=first,
        last_day=last,
        versions=tuple(_version(given, place) for place in range(len(given.versions))),
        trips=TripColumns.from_records([trip_record(trip) for trip in given.trips]),
        timezone=given.timezone or DEFAULT_TIMEZONE,
        inputs=_month_inputs(given),
        join_date=given.join_date,
        rounding=given.rounding,
        trip_only=given.trip_only,
    )


def _version(given: BundleInput, place: int) -> ContractVersion:
    version = given.versions[place]
    model = read_model(version.billing_model, f"versions[{place}].billing_model")
    rules = parse_rules(model, version.rules_config, where=f"versions[{place}].rules_config")
    return ContractVersion(version.version_number, rules, version.valid_from, version.valid_until)


def trip_record(trip: TripInput) -> TripData:
    """A trip of the bundle as a record."""
    return TripData(
        trip_id=trip.trip_id,
        start_time=trip.start_time,
        end_time=trip.end_time,
        distance_m=trip.distance_km,
        status="COMPLETED" if trip.status is None else trip.status,
        is_carpool=trip.is_carpool,
        escort=trip.escort,
        employees=trip.employees,
        vehicle_type=trip.vehicle_type,
        vehicle_slot=trip.vehicle_slot,
        site=trip.site,
        zone=trip.zone,
        seats_boarded=trip.seats_boarded,
        garage_m=trip.garage_km,
        waiting_minutes=trip.waiting_minutes,
        toll=trip.toll,
        parking=trip.parking,
        late_minutes=trip.late_minutes,
        cancelled_minutes_before=trip.cancelled_minutes_before,
        claimed_m=trip.claimed_km,
        gps_m=trip.gps_km,
        calendar_days=trip.calendar_days,
    )


def _month_inputs(given: BundleInput) -> MonthInputs:
    vehicles = given.vehicles
    if vehicles is not None and len({vehicle.slot for vehicle in vehicles}) != len(vehicles):
        raise BadInputError(BAD_INPUT, "A vehicle slot stands twice in the list", where="vehicles")
    employees = given.employees or []
    if len({employee.id for employee in employees}) != len(employees):
        raise BadInputError(BAD_INPUT, "An employee stands twice in the list", where="employees")
    return MonthInputs(
        vehicles=None
        if vehicles is None
        else tuple(_vehicle(vehicle, given, place) for place, vehicle in enumerate(vehicles)),
        vehicles_count=given.vehicles_count,
        employees=tuple(EmployeeDays(employee.id, employee.active_days) for employee in employees),
        sla_breaches=given.sla_breaches or 0,
    )


def _vehicle(vehicle: VehicleInput, given: BundleInput, place: int) -> VehicleUsage:
    by_day = vehicle.hours_by_day
    if isinstance(by_day, tuple):
        first, last = given.period
        if len(by_day) > (last - first).days + 1:
            where = f"vehicles[{place}].hours_by_day"
            raise BadInputError(BAD_INPUT, "There are more hours than days in the period", where=where)
        by_day = {first + timedelta(days=day): hours for day, hours in enumerate(by_day)}
    return VehicleUsage(
        vehicle.slot,
        vehicle.km,
        vehicle.hours,
        vehicle.minutes,
        by_day,
        vehicle.active_days,
        vehicle.absent_days,
    )


def result_of(rated: RatedPeriod) -> dict[str, Any]:
    """A rated period as the bundle's output."""
    sums = rated.period_amounts()
    result: dict[str, Any] = {
        "trips": _trips_of(rated),
        "period_lines": {code: plain(sums[code]) for code in PERIOD_LINE_CODES if code in sums},
        "taxable_subtotal": plain(rated.taxable_subtotal),
        "non_taxable": plain(rated.non_taxable),
        "tax": plain(rated.tax),
    }
    result |= _present(rated, _OPTIONAL_TOTALS)
    result |= {"incentive": plain(rated.incentive), "total": plain(rated.total)}
    result |= _present(rated, _MEMO_TOTALS)
    if rated.explain_trip is not None:
        result["explain"] = _period_explanations(rated)
    return result


def _present(rated: RatedPeriod, names: Sequence[str]) -> dict[str, str]:
    return {name: plain(amount) for name in names if (amount := getattr(rated, name)) is not None}


def _trips_of(rated: RatedPeriod) -> list[dict[str, Any]]:
    trips = rated.trips
    figures = {
        "base_cost": trips.base.tolist(),
        "tax_amount": trips.tax.tolist(),
        "non_taxable": trips.non_taxable.tolist(),
        "employee_incentive": trips.incentive.tolist(),
        "total_cost": trips.total.tolist(),
    }
    lines = _lines_of(trips)
    versions = trips.version.tolist()
    result = []
    for row in range(len(trips)):
        rated_trip: dict[str, Any] = {
            "trip_id": trips.trip_id(row),
            "version": rated.version_numbers[versions[row]],
            "lines": lines[row],
        }
        rated_trip |= {name: plain(column[row]) for name, column in figures.items()}
        if rated.explain_trip is not None:
            rated_trip["explain"] = {
                code: [told(explanation) for explanation in found] for code, found in rated.explain_trip(row).items()
            }
        result.append(rated_trip)
    return result


def _lines_of(trips: RatedTrips) -> list[dict[str, str]]:
    shown = trips.lines_shown.tolist()
    columns = [
        (code, LINE_BIT[code], trips.amounts[code].tolist()) for code in TRIP_LINE_CODES if code in trips.amounts
    ]
    return [
        {code: plain(amounts[row]) for code, bit, amounts in columns if shown[row] & bit} for row in range(len(trips))
    ]


def _period_explanations(rated: RatedPeriod) -> dict[str, list[dict[str, Any]]]:
    result: dict[str, list[dict[str, Any]]] = {}
    for line in rated.period_lines:
        entry = told(line.explanation)
        result.setdefault(line.code, []).append(entry | ({"slot": line.slot} if line.slot else {}))
    return result


def told(explanation: Explanation) -> dict[str, Any]:
    """An explanation as JSON values: exact figures as decimal strings, endless ones to twelve decimals."""
    return {
        "key": explanation.key,
        "version": explanation.version,
        "quantity": None if explanation.quantity is None else exact_text(explanation.quantity),
        "rate": None if explanation.rate is None else exact_text(explanation.rate),
        "unrounded": exact_text(explanation.unrounded),
        "amount": plain(explanation.amount),
        "text": explanation.text,
    }


def exact_text(value: Fraction) -> str:
    """A fraction as a decimal string."""
    scaled = half_up(value.numerator * 10**_TOLD_DECIMALS, value.denominator)
    text = format(Decimal(scaled).scaleb(-_TOLD_DECIMALS), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
