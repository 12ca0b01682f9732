"""One sheet, block by block: which rows are trips, and the parsers that remember the cells they have seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from billing.exchange.sheets import times
from billing.exchange.sheets.block_work import BlockWork
from billing.exchange.sheets.cells import Block, RawSheet, Row
from billing.exchange.sheets.coding import Coder
from billing.exchange.sheets.dates import Order, TimeParser
from billing.exchange.sheets.fields import BY_NAME
from billing.exchange.sheets.header import Header
from billing.exchange.sheets.numbers import DistanceParser, FlagParser, ScaledParser
from billing.exchange.sheets.options import ReadOptions
from billing.exchange.sheets.parts import Parts
from billing.exchange.sheets.trip_rows import TripRows

_SCALES = {"minutes": 60, "money": 100, "count": 1}


@dataclass(slots=True)
class SheetParser:
    """Parses the rows under one header. `coders` are shared by the sheets of a file."""

    sheet: RawSheet
    sheet_number: int
    header: Header
    options: ReadOptions
    zone: ZoneInfo
    orders: dict[str, Order]
    coders: dict[str, Coder]
    units: dict[str, str]
    decimal_commas: set[str]
    parts: Parts
    start_end: times.StartEnd = field(init=False)
    trip_rows: TripRows = field(init=False)
    _parsers: dict[str, DistanceParser | ScaledParser | FlagParser] = field(default_factory=dict)

    def __post_init__(self) -> None:
        columns = {name: column for name, column in self.header.columns.items() if name in times.TIME_FIELDS}
        parsers: dict[str, TimeParser] = {}
        self.start_end = times.StartEnd(columns, self.orders, parsers, self.sheet.first_serial)
        self.trip_rows = TripRows(self.sheet, self.header, self.parts, self.options.edits)

    def block(self, block: Block) -> None:
        """Parse one block and add it to the parts."""
        self._parse(*self.trip_rows.select(block))

    def finish(self) -> None:
        """Parse what was held back, count what was rounded."""
        self._parse(*self.trip_rows.rest())
        self.parts.finer += sum(parser.finer for parser in self._parsers.values() if isinstance(parser, DistanceParser))

    def _parse(self, numbers: list[int], kept: list[Row]) -> None:
        if not kept:
            return
        work = BlockWork(self, numbers, kept)
        work.read_times()
        work.read_numbers()
        work.read_texts()
        work.check()
        work.keep()

    def parser(self, name: str) -> DistanceParser | ScaledParser | FlagParser:
        """The parser of a number column; it remembers the cells it has seen."""
        found = self._parsers.get(name)
        if found is None:
            spec = BY_NAME[name]
            label = spec.label[0].upper() + spec.label[1:]
            if spec.kind == "distance":
                found = DistanceParser(self.units.get(name, "km"))
            elif spec.kind == "flag":
                found = FlagParser(label)
            else:
                found = ScaledParser(label, _SCALES[spec.kind], 32_767 if spec.kind == "count" else 2**31 - 1)
            self._parsers[name] = found
        return found
