"""The small grammar of filter cells: `>500`, `100..500`, `=x`, `!x`, `a;b`, `..27-10-2026`, `last month`, `empty`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from billing.schemas.lists import Condition
from moveinsync_desktop import formats
from moveinsync_desktop.models.columns import Column
from moveinsync_desktop.models.periods import read_span
from moveinsync_desktop.models.typed_dates import read_date
from moveinsync_desktop.models.typed_numbers import read_number

_SIGNS = ((">=", "from"), ("<=", "to"), (">", "above"), ("<", "below"), ("=", "equals"), ("!", "differs"))
_WORDS = {"empty": "empty", "none": "empty", "–": "empty", "any": "filled", "*": "filled"}


class FilterError(ValueError):
    """What was typed is no filter for this column; the message says why."""


def parse(column: Column, text: str, today: date | None = None) -> Condition | None:
    """The condition that `text` means for the column, None for an empty cell; FilterError when it means nothing."""
    words = text.strip()
    if not words:
        return None
    now = today or datetime.now(formats.INDIA).date()
    if words.lower() in _WORDS:
        return Condition(column.key, _WORDS[words.lower()])  # type: ignore[arg-type]
    span = read_span(words, now) if column.filter_kind == "date" else None
    if span is not None:
        return Condition(column.key, "between", span)
    if ";" in words:
        values = tuple(_value(column, part, now) for part in words.split(";") if part.strip())
        return Condition(column.key, "any", values)
    if ".." in words:
        return _range(column, words, now)
    for sign, op in _SIGNS:
        if words.startswith(sign):
            return Condition(column.key, op, (_value(column, words[len(sign) :], now),))  # type: ignore[arg-type]
    if column.filter_kind in ("text", "choice"):
        return Condition(column.key, "contains", (_value(column, words, now),))
    return Condition(column.key, "equals", (_value(column, words, now),))


def _range(column: Column, words: str, now: date) -> Condition:
    low, _, high = words.partition("..")
    if low.strip() and high.strip():
        return Condition(column.key, "between", (_value(column, low, now), _value(column, high, now)))
    if low.strip():
        return Condition(column.key, "from", (_value(column, low, now),))
    if high.strip():
        return Condition(column.key, "to", (_value(column, high, now),))
    raise FilterError("a range needs an end")


def _value(column: Column, text: str, now: date) -> Any:
    words = text.strip()
    kind = column.filter_kind
    if kind == "date":
        day = read_date(words, now)
        if day is None:
            raise FilterError(f"{words} is no date")
        return day
    if kind in ("money", "km", "count"):
        try:
            number = read_number(words)
        except ValueError:
            raise FilterError(f"{words} is not a number") from None
        return int(number * {"money": 100, "km": 1000, "count": 1}[kind])
    return _code(words) if kind == "choice" else words


def _code(words: str) -> str:
    """States are stored as codes: "no-show" is NO_SHOW."""
    return words.upper().replace("-", "_").replace(" ", "_")


def matches(column: Column, condition: Condition, record: Any) -> bool:
    """Does the row satisfy the condition? For lists held in memory."""
    value = column.value(record)
    if condition.op in ("empty", "filled"):
        return (value is None or value == "") == (condition.op == "empty")
    if value is None:
        return condition.op == "differs"
    if column.filter_kind in ("text", "choice"):
        return _text_matches(
            condition, f"{value} {column.text(record)} {column.second_text(record)}", column.text(record)
        )
    have = formats.local(value).date() if isinstance(value, datetime) else value
    return _compare(condition, have)


def _text_matches(condition: Condition, whole: str, shown: str) -> bool:
    wanted = [str(value).lower() for value in condition.values]
    if condition.op == "contains":
        return wanted[0] in whole.lower()
    if condition.op == "any":
        return any(word in whole.lower() for word in wanted)
    return (shown.lower() == wanted[0]) == (condition.op == "equals")


def _compare(condition: Condition, have: Any) -> bool:
    low, high = condition.values[0], condition.values[-1]
    checks: dict[str, bool] = {
        "equals": have == low,
        "contains": have == low,
        "differs": have != low,
        "above": have > low,
        "from": have >= low,
        "below": have < low,
        "to": have <= low,
        "between": low <= have <= high,
        "any": have in condition.values,
    }
    return checks[condition.op]
