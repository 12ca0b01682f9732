"""Renewals that are due, proposed as drafts; a proposal never puts itself in force."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from billing.rules.escalate import escalated
from billing.schemas.contracts import ContractVersion
from billing.schemas.ids import new_id
from billing.services.contracts import ContractView, list_contracts, local_start, save_draft

if TYPE_CHECKING:
    from billing.store.session import Session


def propose_renewals(
    session: Session, *, client_id: UUID | None = None, today: date | None = None
) -> list[ContractVersion]:
    """A draft for each contract that renews within its notice and has no draft yet; nothing is put in force.

    The draft has the rules in force, its prices raised by the contract's escalation percent (rounding: see
    billing.rules.escalate), and begins on the day of renewal.
    """
    day = today or datetime.now(UTC).date()
    proposed = []
    for view in list_contracts(session, client_id=client_id):
        contract, current = view.contract, view.current()
        if not _is_due(view, day) or current is None or contract.renews_on is None:
            continue
        rules = dict(current.rules)
        if contract.escalation_percent:
            rules = escalated(rules, contract.escalation_percent)
        start = local_start(contract.renews_on, view.client)
        note = f"Proposed on {day:%d-%m-%Y}"
        draft = ContractVersion(
            new_id(), contract.client_id, contract.id, 0, current.billing_model, rules, start, note=note
        )
        proposed.append(save_draft(session, version=draft))
    return proposed


def _is_due(view: ContractView, day: date) -> bool:
    """Does the contract renew within its notice, with no draft and no later version waiting?"""
    contract = view.contract
    if contract.renewal_cycle == "NONE" or contract.renews_on is None:
        return False
    start = local_start(contract.renews_on, view.client)
    waits = any(version.status == "DRAFT" or version.valid_from >= start for version in view.versions)
    return not waits and contract.renews_on - timedelta(days=contract.notice_days or 0) <= day
