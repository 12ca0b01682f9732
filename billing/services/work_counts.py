"""How much waits for somebody, by screen: what the side bar shows behind its entries."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from billing.store.session import Session


def count_work(session: Session, *, client_id: UUID | None, month: date) -> dict[str, int]:
    """By screen: trips of the month that no bill takes, documents not issued yet, disputes that are open.

    What the role does not see is left out.
    """
    counts = {}
    client = client_id or session.client_id
    with session.unit_of_work(name="work.count") as uow:
        left = uow.months.left_out(client_id=client, vendor_id=session.vendor_id, month=month)
        counts["trips"] = left.unassigned + left.held + left.not_accepted
        if session.may("invoices.view"):
            counts["invoices"] = uow.work_counts.invoices_open(client)
        if session.may("vendor_bills.view"):
            counts["vendor_bills"] = uow.work_counts.disputes_open(client)
    return counts
