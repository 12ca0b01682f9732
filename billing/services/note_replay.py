"""A note computed again from what was stored with it: the month rated with its trips, what was left of its lines.

Of a settlement the ledger is asked too: the runs that it settled and its own rows together must be the rated month,
trip by trip and code by code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np

from billing.counting import plural
from billing.errors import RefusedError
from billing.invoicing.charges import ledger_of
from billing.invoicing.lines import describe
from billing.invoicing.notes import draft_note, room_after, stored_note_lines
from billing.invoicing.settle import Difference, differences
from billing.schemas.invoices import ChargeLevel
from billing.schemas.notes import ChargedMonth, LineKey
from billing.schemas.rating import TRIP_LINE_CODES
from billing.services.replay import BUNDLE_KEYS, ExplainedCharge, Replay

if TYPE_CHECKING:
    from billing.rating.result import RatedPeriod
    from billing.store.invoices import StoredInvoice
    from billing.store.unit_of_work import UnitOfWork

_COMPARED = ("amount", "tax", "cgst", "sgst", "igst")


def replay_note(uow: UnitOfWork, stored: StoredInvoice) -> Replay:
    """The note of a unit of work computed again; `trips` are those that it moved."""
    found = list(document_differences(uow, stored))
    if stored.figures["note_kind"] != "SETTLEMENT":
        return Replay(0, tuple(found), (), stored.engine_version)
    rated, diff, _ = rate_note(uow, stored)
    trips = int(diff.fresh.sum()) + len(diff.moved)
    found += ledger_differences(uow, stored, rated, diff)
    return Replay(trips, tuple(found), _explained(rated, diff), stored.engine_version)


def explain_note(uow: UnitOfWork, stored: StoredInvoice) -> tuple[ExplainedCharge, ...]:
    """The month's own charges that a settlement moves: today's arithmetic and the signed difference."""
    if stored.figures["note_kind"] != "SETTLEMENT":
        return ()
    try:
        rated, diff, _ = rate_note(uow, stored)
    except RefusedError:
        return ()
    return _explained(rated, diff)


def _explained(rated: RatedPeriod, diff: Difference) -> tuple[ExplainedCharge, ...]:
    texts = {
        (rated.version_numbers[line.version], line.code, line.slot): line.explanation.text
        for line in rated.period_lines
    }
    return tuple(
        ExplainedCharge(
            describe(one.code, ChargeLevel.PERIOD) + (f", {one.slot}" if one.slot else ""),
            one.version,
            texts.get((one.version, one.code, one.slot), "no such charge any more"),
            one.amount,
        )
        for one in diff.period
    )


def key_of(line: dict[str, Any]) -> LineKey:
    """What a stored line has in common with those of other documents."""
    return ChargeLevel(line["source"]), line["code"], line["taxable"], line["tax_milli"]


def document_differences(uow: UnitOfWork, stored: StoredInvoice) -> list[str]:
    """Lines and tax as the rules for notes make them from the differences that were stored with the run."""
    figures = stored.figures
    room = uow.notes.room(stored.client_id, figures["corrects_id"], figures["created_at"])
    assert room is not None, stored.summary.invoice_id
    if stored.inputs.get("follows"):
        first = draft_note(room, _deltas(uow.notes.inputs_of(stored.client_id, UUID(stored.inputs["follows"]))))
        room = room_after(room, first) if first is not None else room
    deltas = _deltas(stored.inputs)
    draft = draft_note(room, deltas, commercial=bool(stored.inputs.get("commercial")))
    if draft is None or draft.doc_type != stored.doc_type:
        return ["the kind of note"]
    now = {key_of(line): line for line in stored_note_lines(draft)}
    then = {key_of(line): line for line in stored.lines}
    found = [
        describe(key[1], key[0], is_taxable=key[2])
        for key in sorted(now.keys() | then.keys())
        if any(now.get(key, {}).get(name) != then.get(key, {}).get(name) for name in _COMPARED)
    ]
    totals = ("taxable", "non_taxable", "tax", "round_off", "total", "rcm_tax", "tds")
    return found + [f"the {name.replace('_', ' ')}" for name in totals if getattr(draft.totals, name) != figures[name]]


def _deltas(inputs: Mapping[str, Any]) -> dict[LineKey, int]:
    return {key_of(line): int(line["delta"]) for line in inputs["lines"]}


def rate_note(
    uow: UnitOfWork, stored: StoredInvoice, *, explain: bool = False
) -> tuple[RatedPeriod, Difference, ChargedMonth]:
    """The month as a settlement found it: rated, what it changes, and what was charged before it."""
    from zoneinfo import ZoneInfo

    from billing.rating.bundle import rating_input
    from billing.rating.period import rate_period
    from billing.services.month_inputs import month_bounds
    from billing.store.trip_columns import read_billed_trips

    bundle = {key: stored.inputs[key] for key in BUNDLE_KEYS if stored.inputs.get(key) is not None}
    given = rating_input({**bundle, "trips": []})
    start, until = month_bounds(stored.summary.month, ZoneInfo(given.timezone))
    trips = read_billed_trips(
        uow.connection,
        stored.client_id,
        stored.contract_id,
        start,
        until,
        runs=[*_settled(stored), stored.summary.run_id],
        as_of=stored.figures["created_at"],
    )
    rated = rate_period(replace(given, trips=trips.columns), explain=explain)
    charged = uow.notes.charged_by(stored.client_id, _settled(stored))
    back, rest = differences(rated, ledger_of(rated, trips.ids, trips.revs), charged)
    diff = back if back is not None and (is_first_half(stored) or rest.is_empty) else rest
    return rated, diff, charged


def is_first_half(stored: StoredInvoice) -> bool:
    """Whether it takes back what is taxed at another rate now, and another note bills it again."""
    return stored.inputs.get("half") == "first"


def _settled(stored: StoredInvoice) -> list[UUID]:
    return [UUID(run) for run in stored.inputs["settles"]]


def ledger_differences(uow: UnitOfWork, stored: StoredInvoice, rated: RatedPeriod, diff: Difference) -> list[str]:
    """Where the settled runs and this one together are not the rated month."""
    after = uow.notes.charged_by(stored.client_id, [*_settled(stored), stored.summary.run_id])
    if is_first_half(stored):  # what it took back is billed again by the note after it
        return _stated(stored, diff)
    _back, left = differences(rated, diff.ledger, after)
    found = [f"{plural(int(left.fresh.sum()), 'trip')} not on the note"] if left.fresh.any() else []
    found += [
        f"{describe(code, ChargeLevel.TRIP)} of {plural(int(count), 'trip')}"
        for code in TRIP_LINE_CODES
        if (count := int(np.count_nonzero(left.deltas[code.lower()])))
    ]
    found += [f"{describe(one.code, ChargeLevel.PERIOD)} of version {one.version}" for one in left.period]
    found += _stated(stored, diff)
    return found + (["Employee incentives"] if _incentive(after) != int(diff.ledger.incentive.sum()) else [])


def _stated(stored: StoredInvoice, diff: Difference) -> list[str]:
    same = {key: delta for key, delta in diff.sums.items() if delta} == _deltas(stored.inputs)
    return [] if same else ["what the note was made from"]


def _incentive(charged: ChargedMonth) -> int:
    return int(charged.numbers["incentive"].sum())
