"""The month of a client at a glance: which contracts are issued, drafted, or still wait for a run. Nothing is rated."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from billing.schemas.runs import BillingOutcome, RunOutcome, RunState
from billing.services.billing import blank_outcome, stored_outcome
from billing.services.documents import draft_as_stored
from billing.services.lookup import find_client
from billing.services.month_inputs import next_month

if TYPE_CHECKING:
    from billing.store.session import Session
    from billing.store.unit_of_work import UnitOfWork


def read_month(session: Session, *, client: str | None = None, month: date) -> BillingOutcome:
    """Every contract with work in the month: what is stored of it (`unchanged`, with its invoice), else `waiting`.

    Raises RefusedError UNKNOWN_CLIENT, CLIENT_REQUIRED.
    """
    first = month.replace(day=1)
    with session.unit_of_work(name="billing.month", snapshot=True) as uow:
        owner = find_client(uow, client)
        pairs = uow.months.contracts_with_work(client_id=owner.id, vendor_id=None, month=first)
        runs = tuple(_contract(uow, blank_outcome(uow, owner.id, contract, first)) for _, contract in pairs)
        left_out = uow.months.left_out(client_id=owner.id, vendor_id=None, month=first)
    return BillingOutcome((first, next_month(first) - timedelta(days=1)), runs, left_out)


def _contract(uow: UnitOfWork, outcome: RunOutcome) -> RunOutcome:
    current = uow.runs.current(outcome.client_id, outcome.contract_id, outcome.month)
    if current is None:
        return replace(outcome, state=RunState.WAITING)
    found = stored_outcome(uow, outcome, current[0])
    invoice = uow.invoices.get(outcome.client_id, found.invoice.invoice_id) if found.invoice else None
    return replace(found, draft=draft_as_stored(invoice)) if invoice else found
