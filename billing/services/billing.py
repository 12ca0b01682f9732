"""Billing runs: preview a month, bill it, price one trip (DESIGN.md section 3, Money).

A run is one contract and one calendar month in the client's zone; it is written in one transaction and makes exactly
one draft invoice. Trips are read and rated before that transaction, so that nothing is locked meanwhile; the database
then refuses the run when a trip or a version changed in between.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from billing.errors import BadInputError, ConflictError, KnownError, RefusedError, UnavailableError
from billing.invoicing.charges import draft_of, figures_of, ledger_of, period_of
from billing.invoicing.stored import stored_groups, stored_lines
from billing.rating.engine import ENGINE_VERSION
from billing.schemas.changes import Changes
from billing.schemas.ids import new_id
from billing.schemas.invoices import InvoiceDraft, TaxKind
from billing.schemas.rating import Explanation
from billing.schemas.runs import (
    BillingOutcome,
    RunInvoice,
    RunOutcome,
    RunState,
    RunSummary,
    TripProblem,
)
from billing.services.lookup import find_client, find_link
from billing.services.month_inputs import MonthInputs, load_inputs, next_month, read_inputs
from billing.services.parked_runs import confirm_run, parked_preview
from billing.store.intents import Intent

if TYPE_CHECKING:
    from billing.rating.result import RatedPeriod
    from billing.store.session import Session
    from billing.store.unit_of_work import UnitOfWork

__all__ = [
    "MonthInputs",
    "discard_run",
    "last_month_with_trips",
    "list_runs",
    "preview_bill",
    "read_inputs",
    "run_bill",
]

Progress = Callable[[int, int, str], None]
RUN_SECONDS = 600
"""How long one statement of a run may take: a month of a million trips is written in batches well below it."""

TABLES = frozenset({"billing_runs", "invoices", "trip_charges", "trips"})
_SUPPLY = {TaxKind.CGST_SGST: "INTRA", TaxKind.IGST: "INTER", TaxKind.SINGLE: "UNKNOWN"}


@dataclass(frozen=True, slots=True)
class Scope:
    """Which contracts a bill is about."""

    client_id: UUID
    vendor_id: UUID | None
    contracts: tuple[tuple[UUID, UUID], ...]


def preview_bill(
    session: Session,
    *,
    month: date,
    client: str | None = None,
    vendor: str | None = None,
    contract_id: UUID | None = None,
    progress: Progress | None = None,
) -> BillingOutcome:
    """What billing the month would give, contract by contract; nothing is written.

    Raises RefusedError when client or vendor is unknown. What is wrong with a contract is in its outcome.
    """
    return _bill(session, month, client, vendor, contract_id, progress, is_preview=True)


def run_bill(
    session: Session,
    *,
    month: date,
    client: str | None = None,
    vendor: str | None = None,
    contract_id: UUID | None = None,
    confirm: bool = False,
    progress: Progress | None = None,
) -> BillingOutcome:
    """Bill the month, contract by contract, each in a transaction of its own.

    The same inputs again change nothing (`unchanged`); other inputs replace a draft; an issued month is refused, as is
    a contract with a trip that cannot be rated. A run beyond three times last month's is drafted but parked: it cannot
    be issued before it is confirmed, which `confirm` does at once. `progress` may raise Cancelled: contracts done
    before stay billed.
    """
    outcome = _bill(session, month, client, vendor, contract_id, progress, is_preview=False)
    if not confirm:
        return outcome
    return replace(outcome, runs=tuple(_confirmed(session, run) for run in outcome.runs))


def _confirmed(session: Session, outcome: RunOutcome) -> RunOutcome:
    if outcome.parked is None or not outcome.waits or outcome.run_id is None:
        return outcome
    confirm_run(session, client_id=outcome.client_id, run_id=outcome.run_id)
    return replace(outcome, parked=replace(outcome.parked, confirmed=True))


def _bill(
    session: Session,
    month: date,
    client: str | None,
    vendor: str | None,
    contract_id: UUID | None,
    progress: Progress | None,
    *,
    is_preview: bool,
) -> BillingOutcome:
    first = month.replace(day=1)
    scope = _scope(session, first, client, vendor, contract_id)
    with session.unit_of_work(name="billing.left_out") as uow:
        left_out = uow.months.left_out(client_id=scope.client_id, vendor_id=scope.vendor_id, month=first)
    outcomes: list[RunOutcome] = []
    for owner, contract in scope.contracts:
        try:
            outcomes.append(_one_contract(session, owner, contract, first, progress, is_preview=is_preview))
        except UnavailableError as error:
            raise _cut_off(error, outcomes) from error
    written = {outcome.run_id for outcome in outcomes if outcome.state in (RunState.CREATED, RunState.REPLACED)}
    return BillingOutcome(
        period=(first, next_month(first) - timedelta(days=1)),
        runs=tuple(outcome for outcome in outcomes if outcome.state is not RunState.EMPTY),
        left_out=left_out,
        changes=Changes(TABLES if written else frozenset(), frozenset(run for run in written if run is not None)),
    )


def _cut_off(error: UnavailableError, outcomes: list[RunOutcome]) -> UnavailableError:
    """The database went away between two contracts: what was billed before stays billed, and is named."""
    done = [one.contract_name for one in outcomes if one.state in (RunState.CREATED, RunState.REPLACED)]
    if not done:
        return error
    hint = f"Billed before: {', '.join(done)}. Run billing again for the others."
    return UnavailableError(
        error.code, "The database could not be reached any more while the month was billed.", hint=hint
    )


def _scope(session: Session, month: date, client: str | None, vendor: str | None, contract_id: UUID | None) -> Scope:
    with session.unit_of_work(name="billing.scope") as uow:
        owner = find_client(uow, client)
        link = find_link(uow, owner, vendor) if vendor else None
        vendor_id = link.vendor_id if link else None
        pairs = uow.months.contracts_with_work(client_id=owner.id, vendor_id=vendor_id, month=month)
    if contract_id is not None:
        pairs = [pair for pair in pairs if pair[1] == contract_id] or [(owner.id, contract_id)]
    return Scope(owner.id, vendor_id, tuple(pairs))


def _one_contract(
    session: Session,
    client_id: UUID,
    contract_id: UUID,
    month: date,
    progress: Progress | None,
    *,
    is_preview: bool,
) -> RunOutcome:
    """One contract's outcome; what is known to be wrong is part of it, anything else is raised."""
    from billing.rating.period import rate_period
    from billing.strategies.block import TripsRefusedError

    with session.unit_of_work(RUN_SECONDS, name="billing.read", snapshot=True) as uow:
        outcome = blank_outcome(uow, client_id, contract_id, month)
        try:
            inputs = load_inputs(uow, client_id, contract_id, month, lean=True)
        except (BadInputError, RefusedError) as error:
            return _refused(outcome, error)
        versions = inputs.rating.versions
        model = versions[-1].rules.model.value
        outcome = replace(outcome, versions=tuple(version.number for version in versions), billing_model=model)
        same = _unchanged(uow, outcome, inputs)
    if same is not None and not is_preview:
        return same
    if progress is not None:
        progress(0, len(inputs.trips), outcome.contract_name)
    try:
        rated = rate_period(inputs.rating)
        draft = draft_for(inputs, rated)
    except TripsRefusedError as error:
        return replace(outcome, state=RunState.REFUSED, errors=_trip_problems(session, inputs, error))
    except (BadInputError, RefusedError) as error:
        return _refused(outcome, error)
    outcome = replace(outcome, figures=figures_of(rated, draft), draft=draft, explain=_explained(rated))
    if is_preview:
        with session.unit_of_work(name="billing.compare") as uow:
            outcome = parked_preview(uow, outcome, len(period_of(rated)))
        return replace(outcome, state=RunState.PREVIEW)
    if not draft.lines and not len(inputs.trips):
        return replace(outcome, state=RunState.EMPTY)
    return _write(session, outcome, inputs, rated, draft, progress)


def blank_outcome(uow: UnitOfWork, client_id: UUID, contract_id: UUID, month: date) -> RunOutcome:
    """An outcome that says which contract it is about, and what the month before came to."""
    from billing.services.month_inputs import load_facts

    facts = load_facts(uow, client_id, contract_id)
    before = uow.runs.current(client_id, contract_id, (month - timedelta(days=1)).replace(day=1))
    return RunOutcome(
        client_id=client_id,
        contract_id=contract_id,
        contract_name=facts.contract.name,
        client_code=facts.client.code,
        vendor_code=facts.link.code,
        vendor_name=facts.vendor.name,
        month=month,
        state=RunState.PREVIEW,
        before_total=before[0].figures.total if before else None,
    )


def _explained(rated: RatedPeriod) -> dict[str, tuple[Explanation, ...]]:
    """The explanations of the month's own charges by code."""
    found: dict[str, tuple[Explanation, ...]] = {}
    for line in rated.period_lines:
        found[line.code] = (*found.get(line.code, ()), line.explanation)
    return found


def _refused(outcome: RunOutcome, error: KnownError) -> RunOutcome:
    problem = TripProblem("", error.code, error.message)
    return replace(outcome, state=RunState.REFUSED, errors=(problem,))


def _unchanged(uow: UnitOfWork, outcome: RunOutcome, inputs: MonthInputs) -> RunOutcome | None:
    """The stored run when it was made of the same inputs by the same engine."""
    current = uow.runs.current(outcome.client_id, outcome.contract_id, outcome.month)
    if current is None:
        return None
    stored, fingerprint, engine = current
    if (fingerprint, engine) != (inputs.fingerprint, ENGINE_VERSION):
        return None
    return stored_outcome(uow, outcome, stored)


def stored_outcome(uow: UnitOfWork, outcome: RunOutcome, stored: RunSummary) -> RunOutcome:
    """The outcome that a stored run stands for."""
    invoice = uow.runs.invoice_of(outcome.client_id, stored.run_id)
    parked = uow.run_parkings.find(outcome.client_id, stored.run_id)
    found = replace(outcome, state=RunState.UNCHANGED, run_id=stored.run_id, figures=stored.figures)
    return replace(found, invoice=invoice, parked=parked)


def draft_for(inputs: MonthInputs, rated: RatedPeriod) -> InvoiceDraft:
    """The invoice of a rated month. Its tax type: the parties' states, else the split of the version that decides."""
    from billing.services.contract_taxes import nature_of

    split = "CGST_SGST" if rated.cgst is not None else "IGST" if rated.igst is not None else None
    nature = nature_of(inputs.facts, split)
    return draft_of(
        rated,
        nature,
        inputs.facts.contract.sac,
        tax_to_rupee=inputs.facts.branch.round_tax_to_rupee,
        per_line=inputs.rating.versions[-1].rules.get("tax_level") == "line",
    )


def _trip_problems(session: Session, inputs: MonthInputs, error: Any) -> tuple[TripProblem, ...]:
    """All bad trips under the ids that their sheets gave them."""
    with session.unit_of_work(name="billing.names") as uow:
        ids = {problem.trip: inputs.trips.id_of(problem.trip) for problem in error.problems}
        names = uow.months.external_refs(inputs.facts.client.id, list(ids.values()))
    return tuple(
        TripProblem(names.get(ids[problem.trip], str(ids[problem.trip])), problem.code, problem.message)
        for problem in error.problems
    )


def _write(
    session: Session,
    outcome: RunOutcome,
    inputs: MonthInputs,
    rated: RatedPeriod,
    draft: InvoiceDraft,
    progress: Progress | None,
) -> RunOutcome:
    """The run's one transaction."""
    figures = figures_of(rated, draft)
    run_id, invoice_id = new_id(), new_id()
    intent = Intent("run", f"The billing run of {outcome.contract_name} for {outcome.month:%m-%Y}", run_id)
    try:
        with session.unit_of_work(RUN_SECONDS, name="billing.run", intent=intent) as uow:
            uow.rows = figures.trips
            state, stored_id = uow.runs.start(
                outcome.client_id,
                run_id,
                outcome.contract_id,
                outcome.month,
                inputs=inputs.bundle,
                inputs_hash=inputs.fingerprint,
                engine_version=ENGINE_VERSION,
                versions=inputs.versions,
            )
            if state == RunState.UNCHANGED:
                current = uow.runs.current(outcome.client_id, outcome.contract_id, outcome.month)
                assert current is not None, stored_id
                return stored_outcome(uow, outcome, current[0])
            _post(uow, outcome, run_id, inputs, rated, progress)
            uow.runs.finish(
                outcome.client_id,
                run_id,
                period=period_of(rated),
                figures=figures,
                groups=stored_groups(draft),
                invoice=_invoice(invoice_id, inputs, draft),
                lines=stored_lines(draft),
            )
            parked = uow.run_parkings.find(outcome.client_id, run_id)
            uow.commit()
    except (RefusedError, ConflictError) as error:
        return _refused(outcome, error)
    made = RunInvoice(invoice_id, None, "DRAFT", draft.totals.total)
    return replace(outcome, state=RunState(state), run_id=run_id, invoice=made, parked=parked)


def _post(
    uow: UnitOfWork,
    outcome: RunOutcome,
    run_id: UUID,
    inputs: MonthInputs,
    rated: RatedPeriod,
    progress: Progress | None,
) -> None:
    count = len(rated.trips)

    def tell(written: int) -> None:
        if progress is not None:
            progress(written, count, outcome.contract_name)

    uow.runs.post(outcome.client_id, run_id, ledger_of(rated, inputs.trips.ids, inputs.trips.revs), tell)


def _invoice(invoice_id: UUID, inputs: MonthInputs, draft: InvoiceDraft) -> dict[str, Any]:
    last = inputs.rating.versions[-1].rules
    tds = last.get("tds_percent")
    return {
        "id": str(invoice_id),
        "supply": _SUPPLY[draft.nature.kind],
        "place_of_supply": draft.nature.place_of_supply,
        "reverse_charge": draft.reverse_charge,
        "tds_milli": int(tds * 1000) if tds is not None else 0,
        "tax_level": last.get("tax_level", "invoice"),
    }


def list_runs(session: Session, *, client_id: UUID | None = None, month: date | None = None) -> list[RunSummary]:
    """Drafted and issued runs, newest month first."""
    with session.unit_of_work(name="billing.runs") as uow:
        return uow.runs.page(client_id=client_id, month=month)


def discard_run(session: Session, *, client_id: UUID, run_id: UUID) -> Changes:
    """Give up a draft: its invoice goes, its trips are free again. Raises RefusedError NOT_A_DRAFT."""
    intent = Intent("discard", "The discarding of a draft")
    with session.unit_of_work(RUN_SECONDS, name="billing.discard", intent=intent) as uow:
        uow.runs.discard(client_id, run_id)
        uow.commit()
    return Changes(TABLES, frozenset({run_id}))


def last_month_with_trips(session: Session, *, client_id: UUID, contract_id: UUID) -> date | None:
    """The first day of the last month in which the contract has trips, or None."""
    with session.unit_of_work(name="billing.last_month") as uow:
        return uow.months.last_month_with_trips(client_id, contract_id)
