"""The annexure as pages of rows: trips, the period's charges, the round-off; each page adds itself up, the last all.

The rows are painted as they are, without HTML: a hundred thousand of them are laid out in seconds, not minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from billing.invoicing.tax import percent_text
from billing.money import format_inr, group_indian
from billing.schemas.annexure import Annexure
from billing.schemas.invoices import InvoiceDocument

_STAMP = "%d-%m-%Y %H:%M"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PageColumn:
    """One column: heading, its share of the width in percent, whether its figures stand right."""

    title: str
    share: float
    is_right: bool = False


def columns_of(*, over_night: bool, untaxed: bool) -> tuple[PageColumn, ...]:
    """The columns; the day on which a trip over midnight ends, and untaxed amounts, take room where there are any."""
    end, less = (9.0, 0.5) if over_night else (5.0, 0.0)
    fixed = (
        PageColumn("Status", 8), PageColumn("Start", 12.5), PageColumn("End", end), PageColumn("Vehicle", 9),
        PageColumn("Km", 6.5, True), PageColumn("Taxable ₹", 8.5, True), PageColumn("Tax %", 4.5 - less, True),
        PageColumn("Tax ₹", 8 - less, True), *((PageColumn("Untaxed ₹", 7, True),) if untaxed else ()),
        PageColumn("Total ₹", 10 - less, True),
    )  # fmt: skip
    number = PageColumn("#", 4)
    rest = 100 - number.share - sum(column.share for column in fixed)
    return number, PageColumn("Trip", rest), *fixed


@dataclass(frozen=True, slots=True)
class PageRow:
    """One row: a text for each column. `spans`: the second cell takes the room up to the kilometres."""

    cells: tuple[str, ...]
    spans: bool = False
    is_sum: bool = False


@dataclass(frozen=True, slots=True)
class _Sums:
    metres: int = 0
    taxable: int = 0
    tax: int = 0
    untaxed: int = 0
    total: int = 0


class AnnexurePages:
    """`page(number, rows_a_page)` gives one page; how many rows fit is for the printing side to say.

    Attributes: title, subtitle, columns.
    """

    def __init__(self, document: InvoiceDocument, annexure: Annexure) -> None:
        self._annexure = annexure
        self._zone = ZoneInfo(document.time_zone)
        self._decimals = _decimals(annexure)
        self._over_night = _over_night(annexure, document.time_zone)
        self._untaxed = bool(annexure.non_taxable.any()) or any(not row.is_taxable for row in annexure.period_rows)
        self.columns = columns_of(over_night=self._over_night, untaxed=self._untaxed)
        self.title = f"Annexure to {document.title.lower()} {document.number or '(draft)'}"
        period = f"{document.period_from:%d-%m-%Y} to {document.period_to:%d-%m-%Y}"
        self.subtitle = f"{period}, local time of {document.time_zone}"

    @property
    def rows(self) -> int:
        """Rows of the annexure: trips, period charges, the round-off where there is one."""
        return len(self._annexure) + len(self._annexure.period_rows) + (1 if self._annexure.round_off else 0)

    def pages(self, rows_a_page: int) -> int:
        """How many pages that many rows a page make."""
        return -(-self.rows // rows_a_page)

    def page(self, number: int, rows_a_page: int) -> list[PageRow]:
        """Page 0, 1...: its rows, then the sum of the page and, on the last one, of everything."""
        first = number * rows_a_page
        stop = min(first + rows_a_page, self.rows)
        made = [self._row(place) for place in range(first, stop)]
        rows = [row for row, _ in made]
        if self.rows > rows_a_page:
            rows.append(self._sum_row("This page", _add([sums for _, sums in made])))
        if stop == self.rows:
            rows.append(self._sum_row("All rows, as on the document", self._everything()))
        return rows

    def _row(self, place: int) -> tuple[PageRow, _Sums]:
        trips, charges = len(self._annexure), len(self._annexure.period_rows)
        if place < trips:
            return self._trip(place)
        if place < trips + charges:
            row = self._annexure.period_rows[place - trips]
            taxable, untaxed = (row.amount, 0) if row.is_taxable else (0, row.amount)
            sums = _Sums(0, taxable, row.tax, untaxed, row.amount + row.tax)
            label = f"{row.label}, {row.slot}" if row.slot else row.label
            return self._charge_row(place, label, sums, percent_text(row.percent_milli) if row.is_taxable else ""), sums
        sums = _Sums(total=self._annexure.round_off)
        return self._charge_row(place, "Round off", sums, ""), sums

    def _trip(self, place: int) -> tuple[PageRow, _Sums]:
        rows = self._annexure
        taxable, tax, untaxed = int(rows.taxable[place]), int(rows.tax[place]), int(rows.non_taxable[place])
        sums = _Sums(int(rows.distances[place]), taxable, tax, untaxed, taxable + tax + untaxed)
        start, end = self._local(int(rows.starts[place])), self._local(int(rows.ends[place]))
        ending = "%d-%m %H:%M" if end.date() != start.date() else "%H:%M"
        cells = (
            str(place + 1), rows.trip_ids[place], rows.statuses[place].replace("_", " ").capitalize(),
            f"{start:{_STAMP}}", f"{end:{ending}}", rows.vehicles[place], _km(sums.metres, self._decimals),
            *self._amounts(sums, percent_text(int(rows.percents[place]))),
        )  # fmt: skip
        return PageRow(cells), sums

    def _local(self, microseconds: int) -> datetime:
        return (_EPOCH + timedelta(microseconds=microseconds)).astimezone(self._zone)

    def _everything(self) -> _Sums:
        rows = self._annexure
        taxable = int(rows.taxable.sum()) + sum(row.amount for row in rows.period_rows if row.is_taxable)
        untaxed = int(rows.non_taxable.sum()) + sum(row.amount for row in rows.period_rows if not row.is_taxable)
        tax = int(rows.tax.sum()) + sum(row.tax for row in rows.period_rows)
        return _Sums(int(rows.distances.sum()), taxable, tax, untaxed, rows.total)

    def _charge_row(self, place: int, label: str, sums: _Sums, percent: str) -> PageRow:
        return PageRow((str(place + 1), label, "", "", "", "", "", *self._amounts(sums, percent)), spans=True)

    def _sum_row(self, label: str, sums: _Sums) -> PageRow:
        km = _km(sums.metres, self._decimals)
        return PageRow((label, "", "", "", "", "", km, *self._amounts(sums, "")), spans=True, is_sum=True)

    def _amounts(self, sums: _Sums, percent: str) -> tuple[str, ...]:
        untaxed = (_amount(sums.untaxed),) if self._untaxed else ()
        return _amount(sums.taxable), percent, _amount(sums.tax), *untaxed, _amount(sums.total)


def _add(parts: list[_Sums]) -> _Sums:
    names = ("metres", "taxable", "tax", "untaxed", "total")
    return _Sums(*(sum(getattr(part, name) for part in parts) for name in names))


def _amount(paise: int) -> str:
    return format_inr(paise).replace("-", "\u2212")


def _over_night(annexure: Annexure, time_zone: str) -> bool:
    """Whether any trip ends on another local day."""
    from billing.exchange.localtime import local_days

    return bool((local_days(annexure.starts, time_zone) != local_days(annexure.ends, time_zone)).any())


def _decimals(annexure: Annexure) -> int:
    """As many decimals of a kilometre as these distances need, one to three: the points stand under each other."""
    distances = annexure.distances
    if (distances % 10).any():
        return 3
    return 2 if (distances % 100).any() else 1


def _km(metres: int, decimals: int) -> str:
    whole, part = divmod(metres, 1000)
    return f"{group_indian(whole)}.{f'{part:03d}'[:decimals]}"
