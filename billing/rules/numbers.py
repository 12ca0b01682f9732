"""Numbers, dates and times as rules and bundles may write them (TARIFF.md section 6, Numbers and input).

JSON numbers arrive as `NumberText`, the digits as they stand in the file, so a binary float never arises.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from billing.errors import BadInputError
from billing.money import INT64_MAX

_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]{1,6})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})"
)
_CLOCK = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])(?::([0-5][0-9]))?")
MICROS_IN_SECOND = 1_000_000
MICROS_IN_DAY = 86_400 * MICROS_IN_SECOND

BAD_INPUT = "BAD_INPUT"
NEGATIVE_AMOUNT = "NEGATIVE_AMOUNT"


class NumberText(str):
    """A JSON number by its text."""

    __slots__ = ()


class ValueRefused(ValueError):  # noqa: N818 - a finding about one value; the caller knows the place and raises the error
    """A value that cannot be read, with the code of the reason."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def load_json(text: str | bytes) -> Any:
    """Parse JSON with numbers kept as text. Raises BadInputError for anything that is not one JSON value."""
    try:
        return json.loads(
            text,
            parse_int=NumberText,
            parse_float=NumberText,
            parse_constant=_refuse_constant,
            object_pairs_hook=_object_of_unique_keys,
        )
    except BadInputError:
        raise
    except (ValueError, RecursionError) as error:
        raise BadInputError(BAD_INPUT, f"This is not valid JSON: {error}", where="") from error


def _refuse_constant(name: str) -> Any:
    raise BadInputError(BAD_INPUT, f"{name} is not a number", where="")


def _object_of_unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadInputError(BAD_INPUT, f"The key {twice!r} stands twice in one object", where=twice)
    return result


def read_number(value: object) -> Decimal:
    """An exact number that is not negative. Raises ValueRefused (BAD_INPUT, NEGATIVE_AMOUNT)."""
    number = _exact(value)
    if number < 0:
        raise ValueRefused(NEGATIVE_AMOUNT, f"{number} is negative")
    if number * 100 > INT64_MAX:
        raise ValueRefused(BAD_INPUT, f"{number} is larger than any amount that can be kept")
    return number


def _exact(value: object) -> Decimal:
    if isinstance(value, str):
        if _NUMBER.fullmatch(value) is None:
            raise ValueRefused(BAD_INPUT, f"{str(value)[:40]!r} is not a number such as 1250.50 (at most six decimals)")
        if len(value) > 40:
            raise ValueRefused(BAD_INPUT, "the number has too many digits")
        return Decimal(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, Decimal) and value.is_finite() and -6 <= int(value.as_tuple().exponent) <= 0:
        return value
    raise ValueRefused(BAD_INPUT, f"{describe(value)} is not an exact number")


def read_count(value: object) -> int:
    """A whole number that is not negative. Raises ValueRefused."""
    number = read_number(value)
    if number != number.to_integral_value():
        raise ValueRefused(BAD_INPUT, f"{number} is not a whole number")
    return int(number)


def read_km(value: object) -> Decimal:
    """Kilometres, rounded half up to the metre. Raises ValueRefused."""
    number = read_number(value)
    if number * 1000 > INT64_MAX:
        raise ValueRefused(BAD_INPUT, f"{number} km is longer than any distance that can be kept")
    return number.quantize(Decimal("0.001"), rounding=ROUND_HALF_UP)


def read_minutes(value: object) -> Decimal:
    """Minutes to the millionth. Raises ValueRefused."""
    number = read_number(value)
    if number * 1_000_000 > INT64_MAX:
        raise ValueRefused(BAD_INPUT, f"{number} minutes are longer than any time that can be kept")
    return number


def read_text(value: object) -> str:
    """A text that is not blank. Raises ValueRefused."""
    if not isinstance(value, str) or isinstance(value, NumberText) or not value.strip():
        raise ValueRefused(BAD_INPUT, f"{describe(value)} is not a text")
    return value


def read_bool(value: object) -> bool:
    """True or false. Raises ValueRefused."""
    if not isinstance(value, bool):
        raise ValueRefused(BAD_INPUT, f"{describe(value)} is neither true nor false")
    return value


def read_date(value: object) -> date:
    """A calendar date, YYYY-MM-DD. Raises ValueRefused."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise ValueRefused(BAD_INPUT, f"{describe(value)} is not a date such as 2025-11-30")


def read_moment(value: object) -> datetime:
    """A point in time with its offset, to the microsecond. Raises ValueRefused."""
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, str) and _MOMENT.fullmatch(value):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise ValueRefused(BAD_INPUT, f"{value!r} is not a point in time") from None
    else:
        raise ValueRefused(BAD_INPUT, f"{describe(value)} is not a time with offset such as 2025-11-03T09:00:00+05:30")
    if moment.utcoffset() is None:
        raise ValueRefused(BAD_INPUT, f"{describe(value)} lacks its offset from UTC")
    return moment


def read_clock(value: object) -> int:
    """A time of day, HH:MM or HH:MM:SS up to 24:00, as microseconds after midnight. Raises ValueRefused."""
    match = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueRefused(BAD_INPUT, f"{describe(value)} is not a time of day such as 20:00")
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    clock = ((hours * 60 + minutes) * 60 + seconds) * MICROS_IN_SECOND
    if clock > MICROS_IN_DAY:
        raise ValueRefused(BAD_INPUT, f"{value!r} is after 24:00")
    return clock


def describe(value: object) -> str:
    """A value in a message, short whatever it is."""
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    text = repr(str(value)) if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
