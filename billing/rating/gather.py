"""Put the rated trips of all versions together: they follow each other in time, so they are simply joined."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

import numpy as np

from billing.rating.bill_lines import RatedVersion
from billing.rating.result import BonusPayments, RatedTrips
from billing.schemas.rating import TRIP_LINE_CODES
from billing.schemas.trip_columns import IntArray, TripColumns
from billing.strategies.adders.incentive import Bonuses
from billing.strategies.exact import Ints, as_paise, in_chunks, plus
from billing.strategies.tax import TaxStyle, percents_by_start

_NOTHING = np.empty(0, np.int64)


def gather_trips(
    columns: TripColumns, versions: Sequence[RatedVersion], bonuses: Sequence[Bonuses | None], style: TaxStyle
) -> RatedTrips:
    """All figures of all rated trips, in rating order."""
    base = as_paise(_joined(versions, lambda version: version.lines.base))
    non_taxable = as_paise(_joined(versions, lambda version: version.lines.non_taxable))
    incentive = _joined_incentives(versions, bonuses)
    percents, places = _percents(versions)
    tax = np.zeros(len(base), np.int64) if style.reverse_charge else trip_taxes(base, percents, places, style)
    total = np.empty(len(base), np.int64)
    for part in in_chunks(len(base)):
        total[part] = as_paise(plus(plus(base[part], tax[part]), plus(non_taxable[part], incentive[part])))
    return RatedTrips(
        columns=columns,
        order=_joined(versions, lambda version: version.view.block.input_rows()),
        version=np.repeat(
            np.array([version.view.version for version in versions], np.int16),
            [len(version.view.block) for version in versions],
        ),
        amounts={
            code: _joined(versions, lambda version, code=code: _amounts(version, code))  # type: ignore[misc]
            for code in TRIP_LINE_CODES
            if any(code in version.lines.amounts for version in versions)
        },
        lines_shown=_joined(versions, lambda version: version.lines.shown),
        base=base,
        tax=tax,
        non_taxable=non_taxable,
        incentive=incentive,
        total=total,
        percent=places,
        percents=percents,
        billable_m=as_paise(_joined(versions, lambda version: version.view.block.billable_m)),
        bonuses=_payments(versions, bonuses),
    )


def trip_taxes(
    base: IntArray, percents: Sequence[Decimal], places: np.ndarray[tuple[int], np.dtype[np.int16]], style: TaxStyle
) -> IntArray:
    """The tax of every trip by itself, whether it is charged or not."""
    tax = np.zeros(len(base), np.int64)
    if len(percents) == 1:
        for part in in_chunks(len(base)):
            tax[part] = style.of_column(base[part], percents[0])
        return tax
    for place, percent in enumerate(percents):
        rows = np.flatnonzero(places == place)
        tax[rows] = style.of_column(base[rows], percent)
    return tax


def _amounts(version: RatedVersion, code: str) -> IntArray:
    found = version.lines.amounts.get(code)
    return np.zeros(len(version.view.block), np.int64) if found is None else found


def _joined(versions: Sequence[RatedVersion], read: Callable[[RatedVersion], Ints]) -> Ints:
    if len(versions) == 1:
        return read(versions[0])
    return np.concatenate([read(version) for version in versions]) if versions else _NOTHING


def _percents(
    versions: Sequence[RatedVersion],
) -> tuple[tuple[Decimal, ...], np.ndarray[tuple[int], np.dtype[np.int16]]]:
    """The tax percentages that trips have, and for every trip the place of its own."""
    places: dict[Decimal, int] = {}
    parts = []
    for version in versions:
        part = np.zeros(len(version.view.block), np.int16)
        for percent, rows in percents_by_start(version.terms, version.view.block):
            part[slice(None) if rows is None else rows] = places.setdefault(percent, len(places))
        parts.append(part)
    return tuple(places), np.concatenate(parts) if parts else np.empty(0, np.int16)


def _joined_incentives(versions: Sequence[RatedVersion], bonuses: Sequence[Bonuses | None]) -> IntArray:
    parts = [
        np.zeros(len(version.view.block), np.int64) if paid is None else paid.by_trip(len(version.view.block))
        for version, paid in zip(versions, bonuses, strict=True)
    ]
    return np.concatenate(parts) if parts else _NOTHING


def _payments(versions: Sequence[RatedVersion], bonuses: Sequence[Bonuses | None]) -> BonusPayments:
    rows, employees, amounts, first = [_NOTHING], [_NOTHING], [_NOTHING], 0
    for version, paid in zip(versions, bonuses, strict=True):
        if paid is not None:
            rows.append(paid.rows + first)
            employees.append(paid.employees)
            amounts.append(as_paise(paid.amounts))
        first += len(version.view.block)
    return BonusPayments(np.concatenate(rows), np.concatenate(employees), np.concatenate(amounts))
