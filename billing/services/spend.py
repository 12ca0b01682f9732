"""Spend by month: what SQL summed, pivoted by vendor, contract, model, site or vehicle type over a financial year.

One frame feeds the screen, the copy and the workbook. Sums are int64 paise and metres; rates per kilometre and per trip
are made from the summed figures and rounded half up once, never averaged.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from billing.errors import BadInputError
from billing.money import group_indian, half_up
from billing.schemas.rating import BillingModelType
from billing.services.lookup import find_client

if TYPE_CHECKING:
    import pandas as pd

    from billing.store.session import Session

DIMENSIONS = {
    "vendor": "Vendor",
    "contract": "Contract",
    "model": "Billing model",
    "site": "Site",
    "vehicle_type": "Vehicle type",
}
MEASURES = {
    "amount": "Spend before tax",
    "cost_per_km": "Cost per km",
    "cost_per_trip": "Cost per trip",
    "trips": "Trips",
    "distance_m": "Distance",
}
MONEY = frozenset({"amount", "cost_per_km", "cost_per_trip"})
MONTHS = ("Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Jan", "Feb", "Mar")
_NOT_NAMED = {"contract": "No contract", "model": "Not billed yet", "site": "Monthly charges and trips without a site"}
_NO_TYPE = "Monthly charges and trips without a type"


@dataclass(frozen=True, slots=True)
class PivotRow:
    """One line: twelve months from April and the year. Paise, metres or counts; None where there is nothing to show."""

    name: str
    months: tuple[int | None, ...]
    total: int | None


@dataclass(frozen=True, slots=True)
class Pivot:
    """The table of a financial year.

    Attributes:
        first_year: the calendar year of its April.
        rows: largest spend (or volume) first; `totals` is made from all facts, not from the rows.
        unbilled: completed trips of the year that no draft or invoice takes yet: their cost is not in the amounts.
    """

    dimension: str
    measure: str
    first_year: int
    rows: tuple[PivotRow, ...]
    totals: PivotRow
    unbilled: int


def read_spend(session: Session, *, client: str | None = None, first_year: int) -> pd.DataFrame:
    """The facts of a financial year as a frame with the columns of store.queries_spend.

    Raises RefusedError: UNKNOWN_CLIENT, CLIENT_REQUIRED.
    """
    import pandas as pd

    from billing.store.queries_spend import FIGURES, NAMES, SpendQueries

    with session.unit_of_work(timeout_s=600, name="spend") as uow:
        owner = find_client(uow, client)
        zone = ZoneInfo(owner.time_zone)
        start = datetime.combine(date(first_year, 4, 1), time(), zone)
        until = datetime.combine(date(first_year + 1, 4, 1), time(), zone)
        shows_amounts = session.may("invoices.view")
        facts = SpendQueries(uow.connection).facts(owner.id, owner.time_zone, start, until, with_amounts=shows_amounts)
    frame = pd.DataFrame(facts, columns=[*NAMES, *FIGURES]).astype(dict.fromkeys(FIGURES, "int64"))
    return frame.assign(place=[(month.month - 4) % 12 for month in frame["month"]])


def pivot(frame: pd.DataFrame, dimension: str, measure: str, first_year: int) -> Pivot:
    """The frame by `dimension` and month. Raises BadInputError for a dimension or measure that does not exist."""
    if dimension not in DIMENSIONS:
        raise BadInputError("UNKNOWN_DIMENSION", f"There is no report by {dimension}.", where="--by")
    if measure not in MEASURES:
        raise BadInputError("UNKNOWN_MEASURE", f"There is no figure {measure}.", where="--figure")
    named = frame.assign(name=[_name_of(dimension, value) for value in frame[dimension]])
    figures = named.pivot_table(index="name", columns="place", values=list(_KINDS), aggfunc="sum", fill_value=0)
    rows = [_row(str(name), figures.loc[[name]], measure) for name in figures.index]
    rows.sort(key=lambda row: (-(row.total or 0), row.name))
    unbilled = int(frame.trips.sum() - frame.billed_trips.sum())
    return Pivot(dimension, measure, first_year, tuple(rows), _row("Total", figures, measure), unbilled)


def _name_of(dimension: str, value: str) -> str:
    if not value:
        return _NOT_NAMED.get(dimension, _NO_TYPE)
    return BillingModelType(value).label if dimension == "model" else value


def _row(name: str, figures: pd.DataFrame, measure: str) -> PivotRow:
    """One line from the summed figures of its facts."""
    cells = []
    for place in range(len(MONTHS)):
        has_month = ("trips", place) in figures.columns
        cells.append(tuple(int(figures[kind, place].sum()) if has_month else 0 for kind in _KINDS))
    year = tuple(sum(column) for column in zip(*cells, strict=True))
    return PivotRow(name, tuple(_figure(measure, *cell) for cell in cells), _figure(measure, *year))


_KINDS = ("amount", "trips", "distance_m", "billed_trips", "billed_m")


def _figure(measure: str, amount: int, trips: int, distance_m: int, billed_trips: int, billed_m: int) -> int | None:
    """A cell; None where nothing happened or a rate has nothing to be divided by (only billed trips carry a cost)."""
    if measure == "cost_per_km":
        return half_up(amount * 1000, billed_m) if amount and billed_m else None
    if measure == "cost_per_trip":
        return half_up(amount, billed_trips) if amount and billed_trips else None
    return {"amount": amount, "trips": trips, "distance_m": distance_m}[measure] or None


def read_pivot(
    session: Session, *, first_year: int, dimension: str = "vendor", measure: str = "amount", client: str | None = None
) -> Pivot:
    """Read and pivot. Raises NotAllowedError where the role sees no amounts; else as `read_spend` and `pivot`."""
    if measure in MONEY:
        session.require("invoices.view")
    return pivot(read_spend(session, client=client, first_year=first_year), dimension, measure, first_year)


def write_pivot(session: Session, target: Path, table: Pivot, *, client: str | None = None) -> Path:
    """The table as a workbook at `target`; gives the path. Raises UnavailableError when the file is open elsewhere."""
    from billing.exchange.spend_book import SpendSheet, write_spend_book

    with session.unit_of_work(name="spend.write") as uow:
        owner = find_client(uow, client)
    sheet = SpendSheet(
        title=f"{MEASURES[table.measure]} by {DIMENSIONS[table.dimension].lower()}",
        subtitle=f"{owner.name}, April {table.first_year} to March {table.first_year + 1}, months in {owner.time_zone}",
        headers=(DIMENSIONS[table.dimension], *month_titles(table.first_year), "Year"),
        rows=[(row.name, *row.months, row.total) for row in (*table.rows, table.totals)],
        unit="money" if table.measure in MONEY else "km" if table.measure == "distance_m" else "count",
        note=f"{group_indian(table.unbilled)} completed trips are not billed yet; their cost is not here."
        if table.unbilled
        else "",
    )
    return write_spend_book(target, sheet)


def month_titles(first_year: int) -> tuple[str, ...]:
    """Apr 2026 ... Mar 2027."""
    return tuple(f"{name} {first_year + (place > 8)}" for place, name in enumerate(MONTHS))
