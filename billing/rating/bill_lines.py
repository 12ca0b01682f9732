"""Charges of the whole bill: guarantee, cap, penalties, in this order, each on the subtotal so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from billing.errors import BadInputError
from billing.money import PAISE_IN_RUPEE, format_inr, paise_of
from billing.schemas.rating import MonthInputs, PeriodLine
from billing.schemas.trip_columns import MINUTE_PARTS, IntArray
from billing.strategies.exact import total
from billing.strategies.line import TripLines
from billing.strategies.period.view import PeriodView
from billing.strategies.terms import Terms, prorated_km
from billing.strategies.words import counted, money, number


@dataclass(frozen=True, slots=True)
class RatedVersion:
    """One version's rated trips: its view of the period and the lines of its trips."""

    view: PeriodView
    lines: TripLines
    owned_days: int

    @property
    def terms(self) -> Terms:
        """The version's terms."""
        return self.view.terms


def bill_lines(
    versions: Sequence[RatedVersion], last: RatedVersion, subtotal: int, inputs: MonthInputs
) -> list[PeriodLine]:
    """MIN_GUARANTEE, MONTHLY_CAP, SLA_PENALTY where they come to something; of the version of the last owned day."""
    made: list[PeriodLine] = []
    for step in (_guarantee, _cap, _penalty):
        line = step(versions, last, subtotal + sum(earlier.amount for earlier in made), inputs)
        if line is not None and line.amount:
            made.append(line)
    return made


def _guarantee(
    versions: Sequence[RatedVersion], last: RatedVersion, subtotal: int, inputs: MonthInputs
) -> PeriodLine | None:
    """The true-up to the guaranteed amount, or to the guaranteed km; each version's part by the days it owns."""
    owners = [version for version in versions if version.owned_days and "min_guarantee" in version.terms]
    if not owners:
        return None
    amount, text = _missing_amount(owners, subtotal)
    of_km, km_text = _missing_km(owners, versions, last, inputs)
    if amount + of_km <= 0:
        return None
    words = "; ".join(part for part in (text, km_text) if part)
    return _told(last, "MIN_GUARANTEE", "min_guarantee", amount + of_km, words)


def _missing_amount(owners: Sequence[RatedVersion], subtotal: int) -> tuple[Fraction, str]:
    figures = [
        Fraction(version.terms.get("min_guarantee")["amount"]) * version.terms.share
        for version in owners
        if "amount" in version.terms.get("min_guarantee")
    ]
    billed = Fraction(subtotal, PAISE_IN_RUPEE)
    guaranteed = sum(figures, Fraction(0))
    if not figures or guaranteed <= billed:
        return Fraction(0), ""
    return guaranteed - billed, f"guaranteed {money(guaranteed)} − billed {money(billed)}"


def _missing_km(
    owners: Sequence[RatedVersion], versions: Sequence[RatedVersion], last: RatedVersion, inputs: MonthInputs
) -> tuple[Fraction, str]:
    per_vehicle = sum(
        prorated_km(version.terms.get("min_guarantee")["km_per_vehicle"], version.terms.share)
        for version in owners
        if "km_per_vehicle" in version.terms.get("min_guarantee")
    )
    guaranteed = per_vehicle * _vehicles(inputs)
    run = sum(_run_metres(version) for version in versions)
    if guaranteed <= run:
        return Fraction(0), ""
    rate = last.terms.rules.get("per_km_rate")
    if rate is None:
        message = "Fewer km were run than are guaranteed, but per_km_rate is missing"
        where = f"versions[{last.view.version}].rules_config.per_km_rate"
        raise BadInputError("NO_PRICE_COMPONENT", message, where=where)
    missing = Fraction(guaranteed - run, 1000)
    km, ran = number(Fraction(guaranteed, 1000)), number(Fraction(run, 1000))
    return missing * Fraction(
        rate
    ), f"guaranteed {km} km − run {ran} km = {number(missing)} km × {money(Fraction(rate))}"


def _vehicles(inputs: MonthInputs) -> int:
    if inputs.vehicles_count is not None:
        return inputs.vehicles_count
    return 1 if inputs.vehicles is None else len(inputs.vehicles)


def _run_metres(version: RatedVersion) -> int:
    block = version.view.block
    return total(block.billable_m if block.completed is None else block.billable_m[block.completed])


def _cap(versions: Sequence[RatedVersion], last: RatedVersion, subtotal: int, inputs: MonthInputs) -> PeriodLine | None:
    """What exceeds the monthly cap, negative."""
    cap = last.terms.get("monthly_cap")
    billed = Fraction(subtotal, PAISE_IN_RUPEE)
    if cap is None or billed <= Fraction(cap):
        return None
    text = f"cap {money(Fraction(cap))} − billed {money(billed)}"
    return _told(last, "MONTHLY_CAP", "monthly_cap", Fraction(cap) - billed, text)


def _penalty(
    versions: Sequence[RatedVersion], last: RatedVersion, subtotal: int, inputs: MonthInputs
) -> PeriodLine | None:
    """Late trips by the bands of their version, at most a part of the subtotal; and counted breaches, uncapped."""
    late = sum((_late_penalty(version) for version in versions), Fraction(0))
    cap = last.terms.get("sla", {}).get("cap_percent_of_subtotal")
    text = f"late trips {money(late)}" if late else ""
    if cap is not None:
        most = Fraction(max(subtotal, 0), PAISE_IN_RUPEE) * Fraction(cap) / 100
        if late > most:
            text += f", at most {number(Fraction(cap))} % of {format_inr(subtotal)}"
        late = min(late, most)
    breaches = Fraction(last.terms.get("sla_penalty_amount", 0)) * inputs.sla_breaches
    if breaches:
        text += f"{'; ' if text else ''}{counted(Fraction(inputs.sla_breaches), 'breaches')} {money(breaches)}"
    if not late + breaches:
        return None
    return _told(last, "SLA_PENALTY", "sla" if late else "sla_penalty_amount", -(late + breaches), text)


def _told(last: RatedVersion, code: str, key: str, unrounded: Fraction, text: str) -> PeriodLine:
    return last.view.line(code, key, unrounded, f"{text} = {format_inr(paise_of(unrounded))}")


def _late_penalty(version: RatedVersion) -> Fraction:
    """The unrounded penalties of a version's completed trips: of the highest band that each exceeds."""
    sla = version.terms.get("sla")
    late = version.view.block.figures(lambda columns: columns.late)
    if sla is None or late is None:
        return Fraction(0)
    bands = sorted(sla["bands"], key=lambda band: band["over_minutes"])
    overs = np.array([int(band["over_minutes"] * MINUTE_PARTS) for band in bands], np.int64)
    exceeded = np.searchsorted(overs, late, side="left")
    penalty = Fraction(0)
    for place, band in enumerate(bands, start=1):
        rows: IntArray = version.view.block.completed_where(exceeded == place)
        if "flat" in band:
            penalty += Fraction(band["flat"]) * len(rows)
        else:
            fares = Fraction(total(version.lines.fare[rows]), PAISE_IN_RUPEE)
            penalty += fares * Fraction(band["percent_of_fare"]) / 100
    return penalty
