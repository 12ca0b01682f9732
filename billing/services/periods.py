"""Closing a month and opening it again; the controls that ask for two people (SECURITY.md (c) 11, GST.md 8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from billing.schemas.changes import Changes
from billing.schemas.openings import BillingPeriod
from billing.services.lookup import find_client
from billing.store.intents import Intent

if TYPE_CHECKING:
    from billing.store.session import Session

TABLES = frozenset({"billing_periods", "billing_runs", "trips"})
CONTROLS = {
    "approval": "A document is approved by somebody other than who ran it",
    "issuer_may_not_void": "Who issued a document may not void it",
    "review_odd_trips": "Odd trips are looked at before a month is billed",
}
"""Controls by key, as a super admin reads them; each is on or off for a client."""


@dataclass(frozen=True, slots=True)
class MonthState:
    """A month after a command: closed, reopened or unchanged."""

    period: BillingPeriod
    state: str
    changes: Changes


def list_periods(session: Session, *, client: str | None = None) -> list[BillingPeriod]:
    """Months of a client that were ever closed, newest first."""
    with session.unit_of_work(name="periods.list") as uow:
        return uow.periods.page(find_client(uow, client).id)


def read_period(session: Session, *, month: date, client: str | None = None) -> BillingPeriod:
    """One month; one that was never closed is open."""
    first = month.replace(day=1)
    with session.unit_of_work(name="periods.read") as uow:
        owner = find_client(uow, client)
        found = uow.periods.page(owner.id, first)
    return found[0] if found else BillingPeriod(owner.id, first, is_closed=False)


def close_month(session: Session, *, month: date, client: str | None = None) -> MonthState:
    """Close a month: no run of it any more; trips that come later are late for it and are settled by notes.

    Raises:
        RefusedError: It is not over (MONTH_NOT_OVER), or drafts of it are not issued (DRAFTS_LEFT).
        NotAllowedError: The role may not close months.
    """
    session.require("months.close")
    return _move(session, month, client, None)


def reopen_month(session: Session, *, month: date, reason: str, client: str | None = None) -> MonthState:
    """Open a closed month again, with a reason that stays on record.

    Raises BadInputError REASON_REQUIRED; NotAllowedError for all who have no right to it.
    """
    session.require("months.reopen")
    return _move(session, month, client, reason)


def _move(session: Session, month: date, client: str | None, reason: str | None) -> MonthState:
    first = month.replace(day=1)
    deed = "Closing" if reason is None else "Opening"
    with session.unit_of_work(name="periods.move", intent=Intent("month", f"{deed} {first:%B %Y}")) as uow:
        owner = find_client(uow, client)
        state = uow.periods.close(owner.id, first) if reason is None else uow.periods.reopen(owner.id, first, reason)
        found = uow.periods.page(owner.id, first)
        uow.commit()
    period = found[0] if found else BillingPeriod(owner.id, first, is_closed=False)
    return MonthState(period, state, Changes(TABLES if state != "unchanged" else frozenset()))


def read_controls(session: Session, *, client: str | None = None) -> dict[str, bool]:
    """Which controls are on for a client."""
    with session.unit_of_work(name="controls.read") as uow:
        owner = find_client(uow, client)
        return {key: uow.client_settings.get(owner.id, f"control.{key}", False) is True for key in CONTROLS}


def set_control(session: Session, *, key: str, on: bool, client: str | None = None) -> Changes:
    """Switch a control of a client. Raises BadInputError UNKNOWN_CONTROL, NotAllowedError for all but super admins."""
    from billing.errors import BadInputError

    if key not in CONTROLS:
        raise BadInputError("UNKNOWN_CONTROL", f"A control is one of {', '.join(CONTROLS)}.", where=key)
    session.require("invoices.controls")
    with session.unit_of_work(name="controls.set") as uow:
        uow.client_settings.set(find_client(uow, client).id, f"control.{key}", on)
        uow.commit()
    return Changes(frozenset({"settings", "invoices"}))
