"""How a settlement is told: which trips change and why, what the month's own charges move by, the ground of a note."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np

from billing.invoicing.lines import describe
from billing.schemas.invoices import ChargeLevel
from billing.schemas.notes import ChargedMonth, NoteRoom, SettledTrip, Settlement, TripShift

if TYPE_CHECKING:
    from billing.invoicing.settle import Difference
    from billing.rating.result import RatedPeriod
    from billing.store.unit_of_work import UnitOfWork

SHOWN_TRIPS = 200
"""How many changed trips a settlement explains one by one; all of them are counted and billed."""


def counts_of(diff: Difference, charged: ChargedMonth, back: Difference | None = None) -> dict[TripShift, int]:
    """How many trips change, by reason; `back`: what is taken back because it is taxed at another rate now."""
    corrected, withdrawn = _replaced(diff, charged)
    rerated = len(back.moved) if back is not None else 0
    shifted = int(np.count_nonzero(diff.now[diff.moved] >= 0))
    if back is not None:
        shifted -= int(np.isin(diff.moved, back.moved).sum())
    counts = {
        TripShift.LATE: int(diff.fresh.sum()) - corrected,
        TripShift.CORRECTED: corrected,
        TripShift.WITHDRAWN: withdrawn,
        TripShift.RERATED: rerated,
        TripShift.SHIFTED: shifted,
    }
    return {why: count for why, count in counts.items() if count}


def _replaced(diff: Difference, charged: ChargedMonth) -> tuple[int, int]:
    """(trips that stand for superseded ones, superseded ones without another): by number."""
    gone = int(np.count_nonzero(diff.now[diff.moved] < 0))
    fresh = int(diff.fresh.sum())
    corrected = min(gone, fresh)
    return corrected, gone - corrected


def reasons_of(rated: RatedPeriod, diff: Difference) -> tuple[tuple[str, str, int], ...]:
    """The month's own charges that move: name, today's arithmetic, signed difference."""
    texts = {
        (rated.version_numbers[line.version], line.code, line.slot): line.explanation.text
        for line in rated.period_lines
    }
    return tuple(
        (
            describe(charge.code, ChargeLevel.PERIOD) + (f", {charge.slot}" if charge.slot else ""),
            texts.get((charge.version, charge.code, charge.slot), "no such charge any more"),
            charge.amount,
        )
        for charge in diff.period
    )


def trips_of(
    uow: UnitOfWork,
    room: NoteRoom,
    rated: RatedPeriod,
    diff: Difference,
    charged: ChargedMonth,
    back: Difference | None = None,
) -> tuple[SettledTrip, ...]:
    """The first changed trips with what they cost before and now."""
    fresh = np.flatnonzero(diff.fresh)[:SHOWN_TRIPS].tolist()
    moved = diff.moved[: max(0, SHOWN_TRIPS - len(fresh))].tolist()
    ids = [UUID(bytes=diff.ledger.trips[row].tobytes()) for row in fresh]
    old = [UUID(bytes=charged.numbers["ids"][at].tobytes()) for at in moved]
    facts = uow.notes.trip_facts(room.client_id, [*ids, *old])
    gone = {facts[one].ref: at for one, at in zip(old, moved, strict=True) if diff.now[at] < 0}
    rows, corrected = [], set()
    for one, row in zip(ids, fresh, strict=True):
        ref = facts[one].ref
        why = TripShift.CORRECTED if ref in gone else TripShift.LATE
        corrected |= {ref} & gone.keys()
        before = _charged(charged, gone[ref]) if ref in gone else 0
        rows.append(_row(one, facts[one], why, before, _cost(diff, row), _text(rated, row)))
    rerated = set(back.moved.tolist()) if back is not None else set()
    for one, at in zip(old, moved, strict=True):
        row = int(diff.now[at])
        if row >= 0:
            text = _text(rated, row)
            why = TripShift.RERATED if at in rerated else TripShift.SHIFTED
            rows.append(_row(one, facts[one], why, _charged(charged, at), _cost(diff, row), text))
        elif facts[one].ref not in corrected:
            rows.append(_row(one, facts[one], TripShift.WITHDRAWN, _charged(charged, at), 0, facts[one].reason))
    return tuple(sorted(rows, key=lambda trip: (trip.start, trip.ref, trip.after)))


def _charged(charged: ChargedMonth, at: int) -> int:
    return int(charged.numbers["taxable"][at] + charged.numbers["non_taxable"][at])


def _cost(diff: Difference, row: int) -> int:
    return int(diff.ledger.taxable[row] + diff.ledger.non_taxable[row])


def _row(one: UUID, fact: Any, why: TripShift, before: int, after: int, text: str) -> SettledTrip:
    return SettledTrip(one, fact.ref, fact.start, why, before, after, text)


def _text(rated: RatedPeriod, row: int) -> str:
    if rated.explain_trip is None:
        return ""
    told = rated.explain_trip(row)
    return "; ".join(f"{describe(code, ChargeLevel.TRIP)}: {one.text}" for code, ones in told.items() for one in ones)


def ground_of(settlement: Settlement) -> str:
    """What the note gives as its ground when nobody said more."""
    words = {
        TripShift.LATE: "late trips",
        TripShift.CORRECTED: "corrected trips",
        TripShift.WITHDRAWN: "withdrawn trips",
        TripShift.RERATED: "corrected tax rate",
    }
    grounds = [text for why, text in words.items() if settlement.counts.get(why)]
    if settlement.versions:
        grounds.append("corrected contract rules")
    grounds += [cause.ground for cause in settlement.causes]
    return f"Settlement of {settlement.month:%B %Y}: {_listed(grounds) or 'rated again'}"


def _listed(words: list[str]) -> str:
    """`a, b and c`, each once."""
    once = list(dict.fromkeys(words))
    return " and ".join([", ".join(once[:-1]), once[-1]] if len(once) > 1 else once)
