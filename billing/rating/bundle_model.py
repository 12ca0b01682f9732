"""The rating bundle as it comes from outside, checked by pydantic (TARIFF.md sections 4 and 6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, model_validator

from billing.errors import BadInputError
from billing.money import INT64_MAX, to_paise
from billing.rules import numbers
from billing.rules.numbers import BAD_INPUT, ValueRefused
from billing.schemas.rating import DEFAULT_TIMEZONE, TaxRounding

_FIRST_YEAR, _LAST_YEAR = 1900, 2200


def _required(read: Callable[[object], Any]) -> PlainValidator:
    def check(value: object) -> Any:
        if value is None:
            raise ValueRefused(BAD_INPUT, "is missing")
        return read(value)

    return PlainValidator(check)


def _optional(read: Callable[[object], Any]) -> PlainValidator:
    return PlainValidator(lambda value: None if value is None else read(value))


def _metres(value: object) -> int:
    return int(numbers.read_km(value) * 1000)


def _paise(value: object) -> int:
    paise = to_paise(numbers.read_number(value))
    if paise > INT64_MAX:
        raise ValueRefused(BAD_INPUT, "is larger than any amount that can be kept")
    return paise


def _in_calendar(year: int) -> None:
    """Far-off years are typing errors; a version may still be valid until 9999."""
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise ValueRefused(BAD_INPUT, f"the year {year} is out of the calendar")


def _trip_moment(value: object) -> datetime:
    moment = numbers.read_moment(value)
    _in_calendar(moment.year)
    return moment


def _day(value: object) -> date:
    day = numbers.read_date(value)
    _in_calendar(day.year)
    return day


def _flag(value: object) -> bool:
    return False if value is None else numbers.read_bool(value)


def _texts(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise ValueRefused(BAD_INPUT, f"{numbers.describe(value)} is not a list")
    return tuple(numbers.read_text(item) for item in value)


def _rules(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueRefused(BAD_INPUT, "the rules must be an object")
    return value


def _rounding(value: object) -> TaxRounding:
    if value is None:
        return TaxRounding.HALF_UP
    if not isinstance(value, str) or value not in TaxRounding.__members__:
        raise ValueRefused(BAD_INPUT, f"{numbers.describe(value)} is neither HALF_UP nor HALF_DOWN")
    return TaxRounding(str(value))


def _hours_by_day(value: object) -> dict[date, Decimal] | tuple[Decimal, ...] | None:
    """By date, or a list of the period's days from the first on."""
    if isinstance(value, Mapping):
        return {numbers.read_date(day): numbers.read_number(hours) for day, hours in value.items() if hours is not None}
    if isinstance(value, list | tuple):
        return tuple(Decimal(0) if hours is None else numbers.read_number(hours) for hours in value)
    raise ValueRefused(BAD_INPUT, f"{numbers.describe(value)} is neither a list nor an object of hours by date")


Text = Annotated[str, _required(numbers.read_text)]
TextOrNone = Annotated[str | None, _optional(numbers.read_text)]
Moment = Annotated[datetime, _required(numbers.read_moment)]
TripMoment = Annotated[datetime, _required(_trip_moment)]
MomentOrNone = Annotated[datetime | None, _optional(numbers.read_moment)]
Metres = Annotated[int, _required(_metres)]
MetresOrNone = Annotated[int | None, _optional(_metres)]
CountOrNone = Annotated[int | None, _optional(numbers.read_count)]
NumberOrNone = Annotated[Decimal | None, _optional(numbers.read_number)]
KmOrNone = Annotated[Decimal | None, _optional(numbers.read_km)]
MinutesOrNone = Annotated[Decimal | None, _optional(numbers.read_minutes)]
PaiseOrNone = Annotated[int | None, _optional(_paise)]
Flag = Annotated[bool, PlainValidator(_flag)]


class _Input(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class TripInput(_Input):
    """One trip of the bundle."""

    trip_id: Text
    start_time: TripMoment
    end_time: TripMoment
    distance_km: Metres
    status: TextOrNone = None
    is_carpool: Flag = False
    escort: Flag = False
    employees: Annotated[tuple[str, ...], PlainValidator(_texts)] = ()
    vehicle_type: TextOrNone = None
    vehicle_slot: TextOrNone = None
    site: TextOrNone = None
    zone: TextOrNone = None
    seats_boarded: CountOrNone = None
    garage_km: MetresOrNone = None
    waiting_minutes: MinutesOrNone = None
    toll: PaiseOrNone = None
    parking: PaiseOrNone = None
    late_minutes: MinutesOrNone = None
    cancelled_minutes_before: MinutesOrNone = None
    claimed_km: MetresOrNone = None
    gps_km: MetresOrNone = None
    calendar_days: CountOrNone = None

    @model_validator(mode="after")
    def _check_times(self) -> TripInput:
        if self.end_time < self.start_time:
            raise ValueRefused(BAD_INPUT, "the end is before the start")
        return self


class VersionInput(_Input):
    """One contract version of the bundle."""

    version_number: Annotated[int, _required(numbers.read_count)]
    billing_model: Annotated[Any, _required(lambda value: value)]
    rules_config: Annotated[Mapping[str, Any], PlainValidator(_rules)]
    valid_from: Moment
    valid_until: MomentOrNone = None


class VehicleInput(_Input):
    """Month inputs of one vehicle slot."""

    slot: Text
    km: KmOrNone = None
    hours: NumberOrNone = None
    minutes: MinutesOrNone = None
    hours_by_day: Annotated[dict[date, Decimal] | tuple[Decimal, ...] | None, _optional(_hours_by_day)] = None
    active_days: NumberOrNone = None
    absent_days: NumberOrNone = None

    @model_validator(mode="after")
    def _check_hours(self) -> VehicleInput:
        if self.hours_by_day is not None and (self.hours is not None or self.minutes is not None):
            raise ValueRefused(BAD_INPUT, "hours are given for the month and by day")
        return self


class EmployeeInput(_Input):
    """One employee of the bundle."""

    id: Text
    active_days: NumberOrNone = None


class BundleInput(_Input):
    """The whole bundle."""

    period: Annotated[tuple[date, date], _required(lambda value: _period(value))]
    versions: list[VersionInput]
    trips: list[TripInput]
    vehicles: list[VehicleInput] | None = None
    vehicles_count: CountOrNone = None
    employees: list[EmployeeInput] | None = None
    sla_breaches: CountOrNone = None
    join_date: Annotated[date | None, _optional(_day)] = None
    rounding: Annotated[TaxRounding, PlainValidator(_rounding)] = TaxRounding.HALF_UP
    timezone: Annotated[str | None, _optional(numbers.read_text)] = Field(default=DEFAULT_TIMEZONE)
    trip_only: Flag = False


def _period(value: object) -> tuple[date, date]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValueRefused(BAD_INPUT, "the period is a list of its first and last day")
    return _day(value[0]), _day(value[1])


def read_bundle(bundle: object) -> BundleInput:
    """The checked bundle. Raises BadInputError with the code and place of the first finding."""
    from pydantic import ValidationError

    try:
        return BundleInput.model_validate(bundle)
    except ValidationError as error:
        raise _as_bad_input(error) from None


def _as_bad_input(error: Any) -> BadInputError:
    found = error.errors(include_url=False, include_input=False)[0]
    cause = found.get("ctx", {}).get("error")
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in found["loc"]).lstrip(".")
    if isinstance(cause, ValueRefused):
        return BadInputError(cause.code, f"{where}: {cause.message}", where=where)
    return BadInputError(BAD_INPUT, f"{where or 'The bundle'}: {found['msg']}", where=where)
