"""Issue several invoices: each in a transaction of its own, so that one refusal does not hold up the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from billing.errors import RefusedError
from billing.schemas.changes import Changes
from billing.services.invoices import TABLES, InvoiceChanged, issue_invoice

if TYPE_CHECKING:
    from billing.store.session import Session


@dataclass(frozen=True, slots=True)
class ManyIssued:
    """What was issued, and (invoice, reason) of what was refused."""

    issued: tuple[InvoiceChanged, ...]
    refused: tuple[tuple[str, str], ...]
    changes: Changes


def issue_many(
    session: Session, *, invoices: Sequence[str], progress: Callable[[int, int, str], None] | None = None
) -> ManyIssued:
    """Issue drafts in the order given. `progress` may raise Cancelled: what was issued before stays issued."""
    issued: list[InvoiceChanged] = []
    refused: list[tuple[str, str]] = []
    for place, invoice in enumerate(invoices):
        if progress is not None:
            progress(place, len(invoices), "")
        try:
            issued.append(issue_invoice(session, invoice=invoice))
        except RefusedError as error:
            refused.append((invoice, error.message))
    return ManyIssued(tuple(issued), tuple(refused), Changes(TABLES if issued else frozenset()))
