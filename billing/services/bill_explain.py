"""A bill opened from its total down: to its charges, to the trips of a charge, to the lines of a trip and their rules.

The engine's steps told how they made each figure while they made it; here that is only looked up. An issued invoice is
rated again from what was stored with its run, and it is said where that no longer gives the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import numpy as np

from billing.errors import RefusedError
from billing.invoicing.charges import charge_sums, milli
from billing.invoicing.doc_types import NOTES
from billing.invoicing.lines import describe, line_order
from billing.invoicing.tax import rupee_round_off
from billing.schemas.invoices import ChargeLevel
from billing.schemas.rating import LINE_BIT, Explanation

if TYPE_CHECKING:
    from billing.rating.result import RatedPeriod
    from billing.store.session import Session
    from billing.store.unit_of_work import UnitOfWork

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Charge:
    """One line of the bill: `name` as documents print it, `count` trips or period lines, `amount` in paise."""

    code: str
    level: ChargeLevel
    name: str
    is_taxable: bool
    percent_milli: int
    count: int
    amount: int


@dataclass(frozen=True, slots=True)
class Reason:
    """How a charge of the month came about; `slot` where it is of one vehicle slot, `name` where it is of neither."""

    slot: str
    explanation: Explanation
    name: str = ""


@dataclass(frozen=True, slots=True)
class TripPart:
    """What one trip adds to a charge; `row` asks the bill for the trip's own lines."""

    row: int
    ref: str
    start: datetime
    billable_m: int
    amount: int


@dataclass(frozen=True, slots=True)
class TripLines:
    """One trip of the bill: its lines in the order in which it was priced, each with its explanations. Paise."""

    ref: str
    version: int
    start: datetime
    lines: Mapping[str, int]
    explanations: Mapping[str, Sequence[Explanation]]
    base_cost: int
    tax_amount: int
    non_taxable: int
    employee_incentive: int


class ExplainedBill:
    """A rated month that can be opened.

    Attributes: title, charges, differences (what a replay gives otherwise), against (of a note that is written against
    lines: the number of its document, else "").
    """

    against = ""

    def __init__(
        self, title: str, rated: RatedPeriod, ref_of: Callable[[int], str], tax: int, differences: tuple[str, ...] = ()
    ) -> None:
        """`ref_of` names the trip at a place of the input as its sheet does; `tax` is the document's, in paise."""
        self.title, self._rated, self._ref_of, self.differences = title, rated, ref_of, differences
        self._tax = tax
        self.charges = tuple(_charges(rated))

    @property
    def trips(self) -> int:
        """How many trips the bill has."""
        return len(self._rated.trips)

    @property
    def totals(self) -> tuple[tuple[str, int], ...]:
        """What the charges add up to, to the total of the invoice; the incentive stands apart from it."""
        rated = self._rated
        before = rated.taxable_subtotal + rated.non_taxable + self._tax
        round_off = rupee_round_off(before) if rated.round_off is not None else 0
        made = [("Taxable value", rated.taxable_subtotal), ("Tax", self._tax)]
        if rated.non_taxable:
            made.append(("Passed on untaxed", rated.non_taxable))
        if round_off:
            made.append(("Round-off", round_off))
        return (*made, ("Total", before + round_off))

    def reasons(self, charge: Charge) -> tuple[Reason, ...]:
        """How a charge of the month came about, slot by slot; none for a charge of trips."""
        return tuple(
            Reason(line.slot, line.explanation)
            for line in self._rated.period_lines
            if charge.level is ChargeLevel.PERIOD
            and line.code == charge.code
            and milli(line.tax_percent) == charge.percent_milli
        )

    def parts(self, charge: Charge) -> list[TripPart]:
        """The trips that a charge comes from, in the order of their starts; none for a charge of the month."""
        trips = self._rated.trips
        if charge.level is ChargeLevel.PERIOD or charge.code not in trips.amounts:
            return []
        taxed = np.array([charge.code not in untaxed for untaxed in self._rated.untaxed], np.bool_)[trips.version]
        percents = np.array([milli(percent) for percent in trips.percents], np.int64)[trips.percent]
        wanted = (trips.lines_shown & LINE_BIT[charge.code]) != 0
        wanted &= (taxed == charge.is_taxable) & (percents == charge.percent_milli)
        amounts = trips.amounts[charge.code]
        return [
            TripPart(row, self._ref(row), self._start(row), int(trips.billable_m[row]), int(amounts[row]))
            for row in np.flatnonzero(wanted).tolist()
        ]

    def trip(self, row: int) -> TripLines:
        """One trip's lines; `row` is that of a part, or of `row_of`."""
        trips, tell = self._rated.trips, self._rated.explain_trip
        shown = int(trips.lines_shown[row])
        return TripLines(
            ref=self._ref(row),
            version=self._rated.version_numbers[int(trips.version[row])],
            start=self._start(row),
            lines={code: int(trips.amounts[code][row]) for code, bit in LINE_BIT.items() if shown & bit},
            explanations=tell(row) if tell is not None else {},
            base_cost=int(trips.base[row]),
            tax_amount=int(trips.tax[row]),
            non_taxable=int(trips.non_taxable[row]),
            employee_incentive=int(trips.incentive[row]),
        )

    def row_of(self, ref: str) -> int:
        """The row of the trip that its sheet calls so. Raises RefusedError UNKNOWN_TRIP."""
        for row in range(self.trips):
            if self._ref(row) == ref:
                return row
        raise RefusedError("UNKNOWN_TRIP", f"Trip {ref} is not on this bill.", where="TRIP")

    def _ref(self, row: int) -> str:
        return self._ref_of(int(self._rated.trips.order[row]))

    def _start(self, row: int) -> datetime:
        trips = self._rated.trips
        return _EPOCH + timedelta(microseconds=int(trips.columns.start[trips.order[row]]))


def _charges(rated: RatedPeriod) -> list[Charge]:
    """The lines of the bill in the order in which they are printed; versions and slots stand in their reasons."""
    sums: dict[tuple[str, ChargeLevel, bool, int], tuple[int, int]] = {}
    for one in charge_sums(rated):
        key = (one.code, one.level, one.is_taxable, one.percent_milli)
        count, amount = sums.get(key, (0, 0))
        sums[key] = (count + one.count, amount + one.amount)
    made = [
        Charge(code, level, describe(code, level, is_taxable=is_taxable), is_taxable, percent, count, amount)
        for (code, level, is_taxable, percent), (count, amount) in sums.items()
    ]
    return sorted(made, key=lambda one: line_order(one.code, one.level, one.percent_milli))


def explain_month(session: Session, *, client_id: UUID, contract_id: UUID, month: date) -> ExplainedBill:
    """The month as it would be billed now. Raises as a preview does: RefusedError, BadInputError."""
    from billing.rating.period import rate_period
    from billing.services.billing import draft_for
    from billing.services.month_inputs import load_inputs, month_bounds

    first = month.replace(day=1)
    with session.unit_of_work(timeout_s=600, name="billing.explain", snapshot=True) as uow:
        inputs = load_inputs(uow, client_id, contract_id, first)
        start, until = month_bounds(first, inputs.facts.zone)
        names = uow.ledger.trip_names(client_id, contract_id, start, until)
    rated = rate_period(inputs.rating, explain=True)
    tax = draft_for(inputs, rated).totals.tax
    return ExplainedBill(f"{inputs.facts.contract.name}, {first:%B %Y}", rated, names.__getitem__, tax)


def explain_invoice(session: Session, *, invoice: str, client: str | None = None) -> ExplainedBill:
    """An invoice, draft or issued, rated again from its stored inputs; a note by what it moved or took.

    Raises RefusedError UNKNOWN_INVOICE; BadInputError when today's engine cannot read what was stored.
    """
    from billing.services.invoices import find_invoice
    from billing.services.replay import compare_stored, rate_stored

    with session.unit_of_work(timeout_s=600, name="invoices.explain", snapshot=True) as uow:
        stored = find_invoice(uow, invoice, client)
        if stored.doc_type in NOTES:
            from billing.services.note_explain import open_note

            return open_note(uow, stored)
        rated, rows = rate_stored(uow, stored, explain=True)
        differences = compare_stored(uow, stored, rated, rows)
        names = _names(uow, stored.client_id, stored.summary.run_id, rows)
    title = stored.summary.number or f"Draft of {stored.summary.contract_name}"
    return ExplainedBill(
        f"{title}, {stored.summary.month:%B %Y}",
        rated,
        lambda place: names.get(place, ""),
        stored.figures["tax"],
        differences,
    )


def _names(uow: UnitOfWork, client_id: UUID, run_id: UUID, rows: Mapping[bytes, int]) -> dict[int, str]:
    """The sheets' own ids of the billed trips by their place in the input."""
    ledger = uow.ledger.rows(client_id, run_id)
    found = zip(ledger.numbers["trip"], ledger.texts["trip_id"], strict=True)
    return {rows[identity.tobytes()]: ref for identity, ref in found}
