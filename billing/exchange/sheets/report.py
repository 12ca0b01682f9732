"""What a checked file says: the JSON object of `trips check --json` (DESIGN.md section 6), and a few lines of text."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from billing.counting import plural
from billing.errors import KnownError
from billing.exchange.sheets import zones
from billing.exchange.sheets.dates import DAY
from billing.exchange.sheets.result import CheckedFile, Rejected, TripTable
from billing.money import group_indian

_PIECE = 10_000
_FIRST = 10  # rejected rows that people are told of one by one


def as_json(checked: CheckedFile, **extra: Any) -> Iterator[str]:
    """The object in pieces: a million rows are never one string."""
    head = {"file": checked.file, "mapping": checked.mapping, "dates": checked.dates._asdict()}
    yield _dump(head)[:-1] + ', "accepted": ['
    for start in range(0, len(checked.accepted), _PIECE):
        stop = min(start + _PIECE, len(checked.accepted))
        rows = [_dump(row) for row in accepted_rows(checked.accepted, checked.timezone, start, stop)]
        yield (", " if start else "") + ", ".join(rows)
    tail: dict[str, Any] = {
        "rejected": [item._asdict() for item in checked.rejected],
        "duplicates": [_duplicate(item) for item in checked.duplicates],
        "skipped": [item._asdict() for item in checked.skipped],
        "warnings": [item._asdict() for item in checked.warnings],
        "totals": totals(checked),
        "checked_against": checked.checked_against,
        **extra,
    }
    yield "], " + _dump(tail)[1:]


def _duplicate(item: Any) -> dict[str, Any]:
    found: dict[str, Any] = item._asdict()
    if item.batch is None:
        del found["batch"]
    return found


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def totals(checked: CheckedFile) -> dict[str, int]:
    """The counts of each fate and the metres accepted."""
    return {
        "accepted": len(checked.accepted),
        "rejected": len(checked.rejected),
        "duplicates": len(checked.duplicates),
        "skipped": len(checked.skipped),
        "distance_m": checked.distance_m,
    }


def accepted_rows(table: TripTable, timezone: str, start: int, stop: int) -> Iterator[dict[str, Any]]:
    """Accepted trips as objects, times in the client's zone."""
    zone = zones.zone_of(timezone)
    starts, ends = (_stamps(values[start:stop], zone) for values in (table.start, table.end))
    for place, position in enumerate(range(start, stop)):
        yield {
            "row": int(table.row[position]),
            "sheet": table.sheet[position],
            "trip_id": table.trip_id[position],
            "client": table.text("client", position),
            "vendor": table.text("vendor", position),
            "start": starts[place],
            "end": ends[place],
            "distance_m": int(table.distance_m[position]),
            "seats_boarded": table.number("seats_boarded", position),
            "warnings": table.warnings.get(position, []),
        }


def _stamps(instants: np.ndarray[Any, np.dtype[np.int64]], zone: Any) -> list[str]:
    wall, minutes = zones.to_wall(instants, zone)
    return [stamp(local, offset) for local, offset in zip(wall.tolist(), minutes.tolist(), strict=True)]


def stamp(wall: int, offset: int) -> str:
    """Wall-clock microseconds and an offset in minutes as ISO 8601."""
    day, clock = divmod(wall, DAY)
    seconds, micro = divmod(clock, 1_000_000)
    fraction = f".{micro:06d}" if micro else ""
    sign = "-" if offset < 0 else "+"
    hours, minutes = divmod(abs(offset), 60)
    return (
        f"{np.datetime64(day, 'D')}T{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{fraction}"
        f"{sign}{hours:02d}:{minutes:02d}"
    )


def summary(checked: CheckedFile) -> list[str]:
    """The outcome in a few lines, for people."""
    counts = totals(checked)
    lines = [
        f"{checked.file}: {group_indian(counts['accepted'])} accepted ({_km(counts['distance_m'])} km), "
        f"{group_indian(counts['rejected'])} rejected, {plural(counts['duplicates'], 'duplicate')}, "
        f"{plural(counts['skipped'], 'row')} skipped",
        f"  dates read {checked.dates.order.replace('_', ' ')}"
        + (f": {checked.dates.first} to {checked.dates.last}" if checked.dates.first else ""),
        "  columns: " + ", ".join(f"{name} = {text!r}" for name, text in checked.mapping.items()),
    ]
    lines += [
        f"  {group_indian(count)} x {code}"
        for code, count in Counter(item.code for item in checked.rejected).most_common()
    ]
    lines += [f"    {_rejected(item)}" for item in checked.rejected[:_FIRST]]
    if len(checked.rejected) > _FIRST:
        lines.append(
            f"    and {plural(len(checked.rejected) - _FIRST, 'more row')}: --json lists them, --rejects writes them"
        )
    said = Counter(item.message if item.trip_id is None else item.code for item in checked.warnings)
    lines += [f"  note: {words}" + (f" ({plural(count, 'row')})" if count > 1 else "") for words, count in said.items()]
    return lines


def _rejected(item: Rejected) -> str:
    """Row, column, value and reason of a rejected row in one line."""
    place = f"row {item.row}" + (f" of {item.sheet}" if item.sheet else "")
    cell = f', {item.column} "{item.value or ""}"' if item.column else ""
    return f"{place}{cell}: {item.message}"


def _km(metres: int) -> str:
    whole, rest = divmod(metres, 1000)
    return f"{group_indian(whole)}.{rest:03d}".rstrip("0").rstrip(".")


def refusal(path: Path, error: KnownError) -> str:
    """The JSON object of a file that is refused as a whole."""
    return _dump({"file": str(path), "error": error.as_dict()})
