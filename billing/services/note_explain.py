"""A credit or debit note opened from its total: the lines that it corrects, or the trips and charges that it moved.

Amounts are positive in the direction of the note, as it is printed. Of a settlement every moved trip is told with what
it costs now and what was charged before; a note against lines tells what was billed, what it takes and what is left.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING
from uuid import UUID

import numpy as np

from billing.invoicing.doc_types import sign_of
from billing.money import format_inr
from billing.schemas.invoices import ChargeLevel
from billing.schemas.rating import LINE_BIT, TRIP_LINE_CODES, Explanation
from billing.services.bill_explain import Charge, ExplainedBill, Reason, TripLines, TripPart
from billing.services.note_replay import document_differences, key_of, ledger_differences, rate_note

if TYPE_CHECKING:
    from billing.invoicing.settle import Difference
    from billing.rating.result import RatedPeriod
    from billing.schemas.notes import ChargedMonth
    from billing.store.invoices import StoredInvoice
    from billing.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class _Moved:
    """A trip of a settlement: its row in the rated month, its place among those charged before; -1 for none."""

    ref: str
    start: datetime
    row: int
    at: int
    place: int
    reason: str


class ExplainedNote(ExplainedBill):
    """A note that can be opened as a bill can; a note against lines has no trips, only reasons."""

    def __init__(self, stored: StoredInvoice, differences: tuple[str, ...]) -> None:
        summary = stored.summary
        self.title = f"{summary.number or f'Draft to {summary.corrects_number}'}, {summary.month:%B %Y}"
        self.differences = differences
        self._sign, self._figures = sign_of(stored.doc_type), stored.figures
        self.charges = tuple(_charge(line) for line in stored.lines)

    @property
    def trips(self) -> int:
        """How many trips it moved."""
        return 0

    @property
    def totals(self) -> tuple[tuple[str, int], ...]:
        """What the note comes to, as it is printed."""
        names = (("Passed on untaxed", "non_taxable"), ("Round-off", "round_off"))
        more = [(title, int(self._figures[name])) for title, name in names if self._figures[name]]
        taxed = [("Taxable value", int(self._figures["taxable"])), ("Tax", int(self._figures["tax"]))]
        return (*taxed, *more, ("Total", int(self._figures["total"])))

    def parts(self, charge: Charge) -> list[TripPart]:
        """None: no trip stands behind a note against lines."""
        return []


class _AgainstLines(ExplainedNote):
    """A note against the lines of a document."""

    def __init__(self, stored: StoredInvoice, differences: tuple[str, ...], told: dict[str, str]) -> None:
        super().__init__(stored, differences)
        self.against = stored.summary.corrects_number or ""
        self._told = told

    def reasons(self, charge: Charge) -> tuple[Reason, ...]:
        """The line that it corrects, and what is left of it."""
        text = self._told[_name(charge)]
        told = Explanation("", 0, None, None, Fraction(charge.amount, 100), charge.amount, text)
        return (Reason("", told, name=f"Line of {self.against}"),)


class _Settled(ExplainedNote):
    """A note that settles a month."""

    def __init__(
        self,
        stored: StoredInvoice,
        differences: tuple[str, ...],
        found: tuple[RatedPeriod, Difference, ChargedMonth],
        moved: list[_Moved],
    ) -> None:
        super().__init__(stored, differences)
        self._rated, self._diff, self._charged = found
        self._moved = moved

    @property
    def trips(self) -> int:
        """How many trips it moved."""
        return len(self._moved)

    def reasons(self, charge: Charge) -> tuple[Reason, ...]:
        """The month's own charge as it comes out now, slot by slot; none for a charge of trips."""
        if charge.level is not ChargeLevel.PERIOD:
            return ()
        return tuple(
            Reason(one.slot, self._of_month(one.version, one.code, one.slot, one.amount))
            for one in self._diff.period
            if (one.code, one.tax_milli) == (charge.code, charge.percent_milli)
        )

    def _of_month(self, version: int, code: str, slot: str, delta: int) -> Explanation:
        wanted = (version, code, slot)
        lines = [
            line
            for line in self._rated.period_lines
            if (self._rated.version_numbers[line.version], line.code, line.slot) == wanted
        ]
        before = sum(line.amount for line in lines) - delta
        texts = [line.explanation.text for line in lines] or ["no such charge any more"]
        key = lines[0].explanation.key if lines else ""
        text = f"{'; '.join(texts)}; {format_inr(before)} charged before"
        amount = self._sign * delta
        return Explanation(key, version, None, None, Fraction(amount, 100), amount, text)

    def parts(self, charge: Charge) -> list[TripPart]:
        """The trips that the line comes from, in the order of their starts; none for a charge of the month."""
        if charge.level is ChargeLevel.PERIOD:
            return []
        made = []
        for number, trip in enumerate(self._moved):
            if (charge.is_taxable, charge.percent_milli) == self._taxed(trip, charge.code):
                amount = self._lines(trip).get(charge.code)
                if amount is not None:
                    metres = int(self._rated.trips.billable_m[trip.row]) if trip.row >= 0 else 0
                    made.append(TripPart(number, trip.ref, trip.start, metres, amount))
        return made

    def trip(self, row: int) -> TripLines:
        """What the note moves in one trip, each line with its arithmetic of now and what was charged before."""
        one = self._moved[row]
        lines = self._lines(one)
        now = self._rated.explain_trip(one.row) if self._rated.explain_trip is not None and one.row >= 0 else {}
        return TripLines(
            ref=one.ref,
            version=self._version(one),
            start=one.start,
            lines=lines,
            explanations={code: self._told(one, code, now.get(code, [])) for code in lines},
            base_cost=self._figure(one, "taxable"),
            tax_amount=self._figure(one, "tax"),
            non_taxable=self._figure(one, "non_taxable"),
            employee_incentive=self._figure(one, "incentive"),
        )

    def _lines(self, trip: _Moved) -> dict[str, int]:
        """What moves by code: all shown lines of a trip that was on no bill, else those that come out otherwise."""
        ledger, diff = self._diff.ledger, self._diff
        if trip.at < 0:
            shown = int(ledger.shown[trip.row])
            return {
                code: self._sign * int(ledger.charges[code][trip.row])
                for code, bit in LINE_BIT.items()
                if shown & bit and code in ledger.charges
            }
        deltas = {code: int(diff.deltas[code.lower()][trip.place]) for code in TRIP_LINE_CODES}
        return {code: self._sign * delta for code, delta in deltas.items() if delta}

    def _taxed(self, trip: _Moved, code: str) -> tuple[bool, int]:
        """Whether a trip's line is taxed, and at how many thousandths of a percent: as it was billed."""
        ledger, keys = self._diff.ledger, self._diff.keys
        percent = int(keys["tax_milli"][trip.place] if trip.at >= 0 else ledger.tax_milli[trip.row])
        if code not in ("TOLL", "PARKING"):
            return True, percent
        name = f"{code.lower()}_taxable"
        is_taxed = bool(keys[name][trip.place] if trip.at >= 0 else getattr(ledger, name)[trip.row])
        return is_taxed, percent if is_taxed else 0

    def _figure(self, trip: _Moved, name: str) -> int:
        moved = self._diff.deltas[name][trip.place] if trip.at >= 0 else getattr(self._diff.ledger, name)[trip.row]
        return self._sign * int(moved)

    def _version(self, trip: _Moved) -> int:
        if trip.row >= 0:
            return self._rated.version_numbers[int(self._rated.trips.version[trip.row])]
        return int(self._charged.numbers["version"][trip.at])

    def _told(self, trip: _Moved, code: str, now: list[Explanation]) -> list[Explanation]:
        sign = self._sign
        told = [replace(one, amount=sign * one.amount, unrounded=sign * one.unrounded) for one in now]
        if trip.at >= 0:
            before = int(self._charged.numbers[code.lower()][trip.at])
            text = f"{format_inr(before)} charged before" + (f"; {trip.reason}" if trip.row < 0 and trip.reason else "")
            paise = -sign * before
            told.append(Explanation("", self._version(trip), None, None, Fraction(paise, 100), paise, text))
        return told

    def _ref(self, row: int) -> str:
        return self._moved[row].ref


def open_note(uow: UnitOfWork, stored: StoredInvoice) -> ExplainedNote:
    """A note of a unit of work, draft or issued. Raises RefusedError where its month cannot be rated any more."""
    found = list(document_differences(uow, stored))
    if stored.figures["note_kind"] != "SETTLEMENT":
        return _AgainstLines(stored, tuple(found), _left(uow, stored))
    rated, diff, charged = rate_note(uow, stored, explain=True)
    found += ledger_differences(uow, stored, rated, diff)
    return _Settled(stored, tuple(found), (rated, diff, charged), _moved(uow, stored, diff, charged))


def _charge(line: dict[str, object]) -> Charge:
    level, code, is_taxable, percent = key_of(line)
    return Charge(
        code, level, str(line["description"]), is_taxable, percent, int(str(line["quantity"])), int(str(line["amount"]))
    )


def _name(charge: Charge) -> str:
    return f"{charge.level.value} {charge.code} {charge.is_taxable} {charge.percent_milli}"


def _left(uow: UnitOfWork, stored: StoredInvoice) -> dict[str, str]:
    """By line of the note: what was billed, what was left before it, what it takes or adds, what is left."""
    room = uow.notes.room(stored.client_id, stored.figures["corrects_id"], stored.figures["created_at"])
    assert room is not None, stored.summary.invoice_id
    before = {line.key: line for line in room.lines}
    sign, told = sign_of(stored.doc_type), {}
    for line in stored.lines:
        charge, was = _charge(line), before.get(key_of(line))
        billed, left = (was.billed, was.left) if was is not None else (0, 0)
        after = left + sign * charge.amount
        place = f"line {was.line_no}: " if was is not None and was.line_no is not None else ""
        earlier = f", {format_inr(left)} left before this note" if left != billed else ""
        verb = "credited" if sign < 0 else "added"
        told[_name(charge)] = (
            f"{place}{format_inr(billed)} billed{earlier}, {format_inr(charge.amount)} {verb}, {format_inr(after)} left"
        )
    return told


def _moved(uow: UnitOfWork, stored: StoredInvoice, diff: Difference, charged: ChargedMonth) -> list[_Moved]:
    """The trips that a settlement moves, by their starts."""
    fresh = [(UUID(bytes=diff.ledger.trips[row].tobytes()), row, -1, -1) for row in np.flatnonzero(diff.fresh).tolist()]
    ids = charged.numbers["ids"]
    old = [
        (UUID(bytes=ids[at].tobytes()), int(diff.now[at]), at, place) for place, at in enumerate(diff.moved.tolist())
    ]
    facts = uow.notes.trip_facts(stored.client_id, [one for one, *_ in (*fresh, *old)])
    found = [
        _Moved(facts[one].ref, facts[one].start, row, at, place, facts[one].reason)
        for one, row, at, place in (*fresh, *old)
    ]
    return sorted(found, key=lambda trip: (trip.start, trip.ref, trip.at))
