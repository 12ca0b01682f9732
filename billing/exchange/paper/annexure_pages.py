"""The annexure as pages of HTML: trips, the period's charges, the round-off; each page adds itself up, the last all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from billing.exchange.paper.markup import Markup, fill
from billing.invoicing.tax import percent_text
from billing.money import format_inr
from billing.schemas.annexure import Annexure
from billing.schemas.invoices import InvoiceDocument

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TRIP_WIDTH, _STATUS_WIDTH, _VEHICLE_WIDTH = 12.6, 6.2, 7.6
"""Room of the text columns in ems of the annexure's type: a row is one line high, whatever it says."""

_TALL = "क्षि"
"""Taller than any Latin line: what a page is measured with when names are in an Indian script."""


@dataclass(frozen=True, slots=True)
class _Sums:
    metres: int = 0
    taxable: int = 0
    tax: int = 0
    untaxed: int = 0
    total: int = 0


class AnnexurePages:
    """`html(page, rows_a_page)` gives one page; how many rows fit is for the printing side to find out."""

    def __init__(self, document: InvoiceDocument, annexure: Annexure) -> None:
        self._document, self._annexure = document, annexure
        self._zone = ZoneInfo(document.time_zone)

    @staticmethod
    def count(annexure: Annexure) -> int:
        """Rows of an annexure: trips, period charges, the round-off where there is one."""
        return len(annexure) + len(annexure.period_rows) + (1 if annexure.round_off else 0)

    @property
    def rows(self) -> int:
        """Rows of this annexure."""
        return self.count(self._annexure)

    @property
    def is_tall(self) -> bool:
        """Whether a row may be higher than Latin text makes it."""
        texts = (*self._annexure.trip_ids, *self._annexure.vehicles, *(row.label for row in self._annexure.period_rows))
        return not all(text.isascii() for text in texts)

    def pages(self, rows_a_page: int) -> int:
        """How many pages that many rows a page make."""
        return -(-self.rows // rows_a_page)

    def html(self, page: int, rows_a_page: int) -> str:
        """Page 0, 1...; with sums of the page and, on the last one, of everything."""
        first = page * rows_a_page
        stop = min(first + rows_a_page, self.rows)
        made = [self._row(place) for place in range(first, stop)]
        own = _add([sums for _, sums in made])
        is_last = stop == self.rows
        period = f"{self._document.period_from:%d-%m-%Y} to {self._document.period_to:%d-%m-%Y}"
        return fill(
            "annexure",
            title=f"Annexure to {self._document.title.lower()} {self._document.number or '(draft)'}",
            subtitle=f"{period}, local time of {self._document.time_zone}",
            rows=Markup("".join(row for row, _ in made)),
            page_sum=_sum_row("This page", own) if self.rows > rows_a_page else Markup(""),
            total_sum=_sum_row("All rows, as on the document", self._everything()) if is_last else Markup(""),
        )

    def sample(self, rows: int) -> str:
        """A page of that many rows as high as rows get, with both sums: to find out how many fit."""
        label = _TALL if self.is_tall else "1"
        row, sums = _charge_row(0, label, _Sums(), ""), (_sum_row("Sum", _Sums()), _sum_row("Sum", _Sums()))
        return fill("annexure", title=label, subtitle="", rows=Markup(row * rows), page_sum=sums[0], total_sum=sums[1])

    def _row(self, place: int) -> tuple[Markup, _Sums]:
        trips, charges = len(self._annexure), len(self._annexure.period_rows)
        if place < trips:
            return self._trip(place)
        if place < trips + charges:
            row = self._annexure.period_rows[place - trips]
            sums = _Sums(0, row.amount, row.tax, 0, row.amount + row.tax)
            label = f"{row.label}, {row.slot}" if row.slot else row.label
            return _charge_row(place, label, sums, percent_text(row.percent_milli)), sums
        sums = _Sums(total=self._annexure.round_off)
        return _charge_row(place, "Round off", sums, ""), sums

    def _trip(self, place: int) -> tuple[Markup, _Sums]:
        rows = self._annexure
        taxable, tax, untaxed = int(rows.taxable[place]), int(rows.tax[place]), int(rows.non_taxable[place])
        sums = _Sums(int(rows.distances[place]), taxable, tax, untaxed, taxable + tax + untaxed)
        start, end = self._local(int(rows.starts[place])), self._local(int(rows.ends[place]))
        cells = _money_cells(sums, percent_text(int(rows.percents[place])))
        row = fill(
            "annexure_row", number=str(place + 1), trip=_short(rows.trip_ids[place], _TRIP_WIDTH),
            status=_short(rows.statuses[place].replace("_", " ").capitalize(), _STATUS_WIDTH),
            start=f"{start:%d-%m-%y %H:%M}", end=f"{end:%H:%M}",
            vehicle=_short(rows.vehicles[place], _VEHICLE_WIDTH), km=_km(sums.metres), **cells,
        )  # fmt: skip
        return row, sums

    def _local(self, microseconds: int) -> datetime:
        return (_EPOCH + timedelta(microseconds=microseconds)).astimezone(self._zone)

    def _everything(self) -> _Sums:
        rows = self._annexure
        taxable = int(rows.taxable.sum()) + sum(row.amount for row in rows.period_rows)
        tax = int(rows.tax.sum()) + sum(row.tax for row in rows.period_rows)
        untaxed = int(rows.non_taxable.sum())
        return _Sums(int(rows.distances.sum()), taxable, tax, untaxed, taxable + tax + untaxed + rows.round_off)


def _add(parts: list[_Sums]) -> _Sums:
    names = ("metres", "taxable", "tax", "untaxed", "total")
    return _Sums(*(sum(getattr(part, name) for part in parts) for name in names))


def _charge_row(place: int, label: str, sums: _Sums, percent: str) -> Markup:
    return fill("annexure_charge", number=str(place + 1), label=label, **_money_cells(sums, percent))


def _money_cells(sums: _Sums, percent: str) -> dict[str, str]:
    amounts = {"taxable": sums.taxable, "tax": sums.tax, "untaxed": sums.untaxed, "total": sums.total}
    return {"percent": percent, **{name: _amount(amount) for name, amount in amounts.items()}}


def _sum_row(label: str, sums: _Sums) -> Markup:
    cells = {name: value for name, value in _money_cells(sums, "").items() if name != "percent"}
    return fill("annexure_sum", label=label, km=_km(sums.metres), **cells)


def _amount(paise: int) -> str:
    return format_inr(paise).replace("-", "\u2212")


def _km(metres: int) -> str:
    """Kilometres with one decimal, more where the distance has them."""
    whole, part = divmod(metres, 1000)
    digits = f"{part:03d}".rstrip("0") or "0"
    return f"{format_inr(whole * 100)[:-3]}.{digits}"


def _short(text: str, most: float) -> str:
    """Long ids keep both ends; the workbook has them whole. `most` in ems."""
    if _width(text) <= most:
        return text
    head, tail = text, ""
    while head and _width(head) + 1.0 + _width(tail) > most:
        head = head[:-1]
        tail = text[-max(len(head) // 2, 1) :]
    return f"{head}…{tail}"


def _width(text: str) -> float:
    """Never less than what the text takes in Inter, in ems."""
    return sum(1.0 if c in "WM@%" or ord(c) > 0x24F else 0.7 if c.isupper() else 0.65 for c in text)
