"""Rate an invoice's month again from the inputs that were stored with its run, and compare with the ledger.

An issued invoice must come out bit for bit (DESIGN.md section 1); the explanations that the engine gives on the way
are what "How this was computed" prints. Only trips of its own run are read, superseded ones too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from billing.counting import plural
from billing.errors import BadInputError, RefusedError
from billing.invoicing.doc_types import NOTES
from billing.invoicing.lines import describe
from billing.rating.engine import ENGINE_VERSION
from billing.schemas.invoices import ChargeLevel
from billing.schemas.rating import LINE_BIT

if TYPE_CHECKING:
    from billing.rating.result import RatedPeriod
    from billing.store.invoices import StoredInvoice
    from billing.store.session import Session
    from billing.store.unit_of_work import UnitOfWork

BUNDLE_KEYS = ("period", "timezone", "versions", "vehicles", "vehicles_count", "employees", "sla_breaches")


@dataclass(frozen=True, slots=True)
class ExplainedCharge:
    """One of the month's own charges, with the arithmetic in words."""

    label: str
    version: int
    text: str
    amount: int


@dataclass(frozen=True, slots=True)
class Replay:
    """What rating again gave.

    Attributes:
        differences: what came out otherwise, in words; empty when everything is the same to the paisa.
        charges: the month's own charges explained.
        engine_version: of the run; another one than today's may be the reason of a difference.
    """

    trips: int
    differences: tuple[str, ...]
    charges: tuple[ExplainedCharge, ...]
    engine_version: int

    @property
    def is_same(self) -> bool:
        """Whether every figure came out as it was billed."""
        return not self.differences

    @property
    def is_same_engine(self) -> bool:
        """Whether the run was made by the engine of today."""
        return self.engine_version == ENGINE_VERSION


def replay_invoice(session: Session, *, invoice: str, client: str | None = None) -> Replay:
    """Rate the month of an invoice again and compare every line of every trip; of a note, what it added or took.

    Raises RefusedError UNKNOWN_INVOICE; BadInputError when today's engine cannot read the stored inputs.
    """
    from billing.services.invoices import find_invoice

    with session.unit_of_work(timeout_s=600, name="invoices.replay", snapshot=True) as uow:
        stored = find_invoice(uow, invoice, client)
        if stored.doc_type in NOTES:
            from billing.services.note_replay import replay_note

            return replay_note(uow, stored)
        rated, rows = rate_stored(uow, stored)
        differences = compare_stored(uow, stored, rated, rows)
    return Replay(len(rows), differences, explained(rated), stored.engine_version)


def explain_stored(uow: UnitOfWork, stored: StoredInvoice) -> tuple[ExplainedCharge, ...]:
    """The month's own charges of an invoice explained; none where rating them again gives other amounts."""
    if stored.doc_type in NOTES:
        from billing.services.note_replay import explain_note

        return explain_note(uow, stored)
    try:
        rated, _ = rate_stored(uow, stored)
    except (BadInputError, RefusedError):
        return ()
    if _period_differences(uow, stored, rated):
        return ()
    return (*explained(rated), *_kilometres(stored, rated))


def rate_stored(
    uow: UnitOfWork, stored: StoredInvoice, *, explain: bool = False
) -> tuple[RatedPeriod, dict[bytes, int]]:
    """The month rated from the stored bundle, and the row of each billed trip in the input (-1: it is gone)."""
    from billing.rating.bundle import rating_input
    from billing.rating.period import rate_period
    from billing.services.month_inputs import month_bounds
    from billing.store.trip_columns import read_billed_trips

    bundle = {key: stored.inputs[key] for key in BUNDLE_KEYS if stored.inputs.get(key) is not None}
    given = rating_input({**bundle, "trips": []})
    start, until = month_bounds(stored.summary.month, _zone(given.timezone))
    runs = [stored.summary.run_id]
    trips = read_billed_trips(uow.connection, stored.client_id, stored.contract_id, start, until, runs=runs)
    billed = uow.ledger.trip_ids(stored.client_id, stored.summary.run_id)
    places = {identity.tobytes(): row for row, identity in enumerate(trips.ids)}
    rows = {identity.tobytes(): places.get(identity.tobytes(), -1) for identity in billed}
    return rate_period(replace(given, trips=trips.columns), explain=explain), rows


def _zone(name: str) -> Any:
    from zoneinfo import ZoneInfo

    return ZoneInfo(name)


def explained(rated: RatedPeriod) -> tuple[ExplainedCharge, ...]:
    """The month's own charges with their arithmetic, in the order in which they were made."""
    return tuple(
        ExplainedCharge(
            describe(line.code, ChargeLevel.PERIOD) + (f", {line.slot}" if line.slot else ""),
            rated.version_numbers[line.version],
            line.explanation.text,
            line.amount,
        )
        for line in rated.period_lines
    )


def _kilometres(stored: StoredInvoice, rated: RatedPeriod) -> tuple[ExplainedCharge, ...]:
    """The account of a HYBRID contract's kilometres: run, included, beyond; and what its distance came to."""
    import numpy as np

    from billing.money import group_indian
    from billing.rating.bundle import rating_input
    from billing.rating.versions import days_of, validities
    from billing.strategies.clock import LocalClock, read_zone
    from billing.strategies.terms import prorated_km

    if "DISTANCE" not in rated.trips.amounts:
        return ()
    bundle = {key: stored.inputs[key] for key in BUNDLE_KEYS if stored.inputs.get(key) is not None}
    given = rating_input({**bundle, "trips": []})
    clock = LocalClock(read_zone(given.timezone))
    held = validities(given.versions, days_of(given.first_day, given.last_day), clock, None)
    made = []
    for validity in held:
        version = given.versions[validity.version]
        free = version.rules.get("free_km_included")
        if free is None or version.rules.get("free_km_scope", "contract") != "contract":
            continue
        mine = rated.trips.version == validity.version
        counts = (
            mine if rated.trips.columns.status is None else mine & (rated.trips.columns.status[rated.trips.order] == 0)
        )
        run = int(rated.trips.billable_m[counts].sum())
        included = prorated_km(free, validity.share)
        words = [f"{group_indian(m // 1000)}.{m % 1000:03d} km" for m in (run, included, max(0, run - included))]
        text = f"{words[0]} run by completed trips, {words[1]} included, {words[2]} beyond; each trip rounded once"
        amount = int(np.asarray(rated.trips.amounts["DISTANCE"])[mine].sum())
        made.append(ExplainedCharge(describe("DISTANCE", ChargeLevel.TRIP), version.number, text, amount))
    return tuple(made)


def compare_stored(
    uow: UnitOfWork, stored: StoredInvoice, rated: RatedPeriod, rows: Mapping[bytes, int]
) -> tuple[str, ...]:
    """What comes out otherwise than it was billed, in words; nothing where all is the same to the paisa."""
    found = list(_period_differences(uow, stored, rated))
    missing = sum(row < 0 for row in rows.values())
    if missing:
        found.append(f"{missing} billed trips are not there any more")
        return tuple(found)
    import numpy as np

    ledger = uow.ledger.rows(stored.client_id, stored.summary.run_id).numbers
    chosen = np.array([rows[identity.tobytes()] for identity in ledger["trip"]], np.int64)
    place_of = np.empty(len(rated.trips), np.int64)
    place_of[rated.trips.order] = np.arange(len(rated.trips))
    here = place_of[chosen]
    for code in LINE_BIT:
        billed = ledger.get(code.lower(), np.zeros(len(chosen), np.int64))
        now = rated.trips.amounts.get(code)
        again = np.zeros(len(chosen), np.int64) if now is None else now[here]
        count = int(np.count_nonzero(billed != again))
        if count:
            found.append(f"{describe(code, ChargeLevel.TRIP)} of {plural(int(count), 'trip')}")
    if (ledger["lines_shown"] != rated.trips.lines_shown[here]).any():
        found.append("which lines are shown")
    if (ledger["incentive"] != rated.trips.incentive[here]).any():
        found.append("Employee incentives")
    return tuple(found)


def _period_differences(uow: UnitOfWork, stored: StoredInvoice, rated: RatedPeriod) -> list[str]:
    """Charges of the month that come out otherwise."""
    from billing.invoicing.charges import period_of

    now = {(one.version, one.code, one.slot): one.amount for one in period_of(rated)}
    then = {
        (row["version_number"], row["code"], row["slot"]): row["amount"]
        for row in uow.ledger.period(stored.client_id, stored.summary.run_id)
    }
    keys = sorted(key for key in now.keys() | then.keys() if now.get(key) != then.get(key))
    return [f"{describe(code, ChargeLevel.PERIOD)} of version {version}" for version, code, _ in keys]
