"""Percents by date as lines of lists and facts of the side panel: GST by SAC, tax deducted at source by status."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from billing.schemas.taxes import GstRate, TdsRate
from billing.services.party_book import PartyBook
from moveinsync_desktop import formats
from moveinsync_desktop.models.columns import Column

CREDIT = {"RESTRICTED": "Restricted", "FULL": "Full"}
STATUS = {"INDIVIDUAL": "Individual or HUF", "OTHER": "Company or firm", "NO_PAN": "No PAN"}


@dataclass(frozen=True, slots=True)
class GstRateRow:
    """A percent of a service."""

    id: UUID
    name: str
    fuel: str
    credit: str
    percent: str
    valid_from: date
    valid_until: date | None
    source: str
    record: GstRate


@dataclass(frozen=True, slots=True)
class TdsRateRow:
    """A percent of tax deducted at source."""

    id: UUID
    name: str
    code: str
    status: str
    percent: str
    single_limit: int
    year_limit: int
    valid_from: date
    valid_until: date | None
    record: TdsRate


def _until(day: date | None) -> str:
    return formats.day(day) if day else "open"


GST_COLUMNS = (
    Column("name", "SAC", "id", 96),
    Column("fuel", "Fuel", "text", 110),
    Column("credit", "Vendor's credit", "text", 116),
    Column("percent", "GST %", "percent", 76),
    Column("valid_from", "From", "date", 104),
    Column("valid_until", "Until before", "date", 104, show=_until),
    Column("source", "Source", "text", 240, stretch=True),
)
TDS_COLUMNS = (
    Column("name", "Section", "id", 140, stretch=True),
    Column("code", "Code", "text", 80),
    Column("status", "Vendor", "text", 140),
    Column("percent", "TDS %", "percent", 76),
    Column("single_limit", "One payment above ₹", "money", 140),
    Column("year_limit", "Year above ₹", "money", 120),
    Column("valid_from", "From", "date", 104),
    Column("valid_until", "Until before", "date", 104, show=_until),
)


def gst_rows(book: PartyBook) -> list[GstRateRow]:
    """The percents of services."""
    return [
        GstRateRow(
            one.id, one.sac_prefix, "in the price" if one.fuel_included else "extra", CREDIT[one.itc_option],
            percent_words(one), one.valid_from, one.valid_until, one.source, one,
        )
        for one in book.gst_rates
    ]  # fmt: skip


def tds_rows(book: PartyBook) -> list[TdsRateRow]:
    """The percents of tax deducted at source."""
    return [
        TdsRateRow(
            one.id, one.section, one.code, STATUS[one.status], percent_words(one), one.single_limit, one.year_limit,
            one.valid_from, one.valid_until, one,
        )
        for one in book.tds_rates
    ]  # fmt: skip


def percent_words(rate: GstRate | TdsRate) -> str:
    """`18`, `2.5`: without trailing zeros."""
    return format(rate.percent.normalize() + 0, "f")


def rate_facts(row: GstRateRow | TdsRateRow) -> list[tuple[str, str]]:
    """What the side panel says of a rate."""
    dates = f"{formats.day(row.valid_from)} until before {_until(row.valid_until)}"
    if isinstance(row, GstRateRow):
        words = [("SAC begins", row.name), ("Fuel", row.fuel), ("Credit", row.credit), ("GST", f"{row.percent} %")]
        return [*words, ("Valid", dates), ("Source", row.source)]
    limits = f"{formats.money(row.single_limit)} or {formats.money(row.year_limit)} in the year"
    words = [("Section", row.name), ("Code", row.code), ("Vendor", row.status), ("TDS", f"{row.percent} %")]
    return [*words, ("Above", limits), ("Valid", dates), ("Source", row.record.source)]
