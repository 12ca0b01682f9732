"""One trip by hand, read and checked by the very rules of a trip sheet: typed texts in, a checked row out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from billing.exchange.sheets.cells import Block, RawSheet
from billing.exchange.sheets.check import check_sheets
from billing.exchange.sheets.fields import FIELDS
from billing.exchange.sheets.options import ReadOptions
from billing.exchange.sheets.result import CheckedFile

_NAMES: Final = ("date", "start_date", "end_date", "start_time", "end_time", "open_km", "close_km")
TYPED: Final = tuple(spec.name for spec in FIELDS if spec.name not in _NAMES)
"""The fields of a trip that can be typed: a trip has its moments and its distance itself, not their parts."""


def check_trip(texts: Mapping[str, str], options: ReadOptions) -> CheckedFile:
    """Check the texts of one trip, by field; `rejected` names the first wrong field as its column.

    Distances without a unit are kilometres, moments without a zone are in the zone of `options`.
    """
    row = [texts.get(name, "") for name in TYPED]

    def blocks() -> Iterator[Block]:
        yield Block([1, 2], [TYPED, row])

    mapping = {name: name for name in TYPED}
    sheet = RawSheet(name=None, blocks=blocks)
    return check_sheets(
        [sheet],
        ReadOptions(
            mapping=mapping,
            timezone=options.timezone,
            now=options.now,
            distance_unit="km",
            date_order=options.date_order,
        ),
    )
