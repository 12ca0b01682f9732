"""What of a document is let rest with a reason, and credits that pay other documents: recorded, listed, reversed."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from billing.errors import BadInputError, RefusedError
from billing.schemas.changes import Changes
from billing.schemas.ids import new_id
from billing.schemas.payments import WRITE_OFFS, OpenDocument, WriteOff
from billing.services.lookup import find_client, read_id
from billing.services.payments import TABLES, TERMS_DAYS

if TYPE_CHECKING:
    from billing.schemas.parties import Client
    from billing.store.session import Session
    from billing.store.unit_of_work import UnitOfWork


def write_off(
    session: Session,
    invoice: str,
    *,
    reason: str,
    written_on: date,
    amount: int | None = None,
    note: str = "",
    client: str | None = None,
    write_off_id: UUID | None = None,
) -> Changes:
    """Let what is open of an invoice (all of it, or `amount` paise) rest for a reason of WRITE_OFFS.

    Raises:
        RefusedError: UNKNOWN_INVOICE, MORE_THAN_OPEN.
        BadInputError: BAD_REASON, BAD_AMOUNT; REASON_REQUIRED where the reason is OTHER and no note says more.
    """
    session.require("payments.record")
    if reason not in WRITE_OFFS:
        raise BadInputError("BAD_REASON", f"A reason is one of {', '.join(WRITE_OFFS)}.", where="--why")
    if amount is not None and amount <= 0:
        raise BadInputError("BAD_AMOUNT", "A write-off is more than nothing.", where="--amount")
    made = write_off_id or new_id()
    with session.unit_of_work(name="payments.write_off") as uow:
        owner = find_client(uow, client)
        found = _document(uow, owner, invoice)
        content = {
            "document_id": found.id, "written_on": written_on, "reason": reason, "note": note.strip(),
            "amount": found.open_amount if amount is None else amount,
        }  # fmt: skip
        uow.payments.write_off(owner.id, made, content)
        uow.commit()
    return Changes(TABLES, frozenset({made}))


def set_off(
    session: Session,
    credited: str,
    invoice: str,
    *,
    written_on: date,
    amount: int | None = None,
    note: str = "",
    client: str | None = None,
    set_off_id: UUID | None = None,
) -> Changes:
    """Let the credit that is left of one invoice (credited beyond its payment) pay another of the same vendor.

    Args:
        amount: paise; None: as much as both allow.

    Raises RefusedError: UNKNOWN_INVOICE, NO_CREDIT, MORE_THAN_OPEN.
    """
    session.require("payments.record")
    made = set_off_id or new_id()
    with session.unit_of_work(name="payments.set_off") as uow:
        owner = find_client(uow, client)
        source, target = _document(uow, owner, credited), _document(uow, owner, invoice)
        most = min(-source.open_amount, target.open_amount)
        if source.open_amount >= 0:
            raise RefusedError("NO_CREDIT", f"Nothing of {source.number} is left over.", where="CREDITED")
        content = {
            "source_id": source.id, "target_id": target.id, "amount": most if amount is None else amount,
            "written_on": written_on, "note": note.strip(),
        }  # fmt: skip
        uow.payments.set_off(owner.id, made, content)
        uow.commit()
    return Changes(TABLES, frozenset({made}))


def reverse_write_off(session: Session, write_off_id: str, *, reason: str, client: str | None = None) -> Changes:
    """Reverse a write-off (or a set-off, both sides): its documents are open again. RefusedError UNKNOWN_WRITE_OFF."""
    session.require("payments.record")
    wanted = read_id(write_off_id)
    with session.unit_of_work(name="payments.reverse_write_off") as uow:
        owner = find_client(uow, client)
        if wanted is None or wanted not in {one.id for one in uow.payments.write_offs(owner.id)}:
            raise RefusedError("UNKNOWN_WRITE_OFF", "There is no such write-off that you may see.", where="ID")
        uow.payments.reverse_write_off(owner.id, wanted, reason)
        uow.commit()
    return Changes(TABLES, frozenset({wanted}))


def list_write_offs(session: Session, *, client: str | None = None) -> list[WriteOff]:
    """What was let rest or set off, newest first; reversed ones too."""
    session.require("payments.view")
    with session.unit_of_work(name="payments.write_offs") as uow:
        return uow.payments.write_offs(find_client(uow, client).id)


def _document(uow: UnitOfWork, owner: Client, text: str) -> OpenDocument:
    """The document of that number or id that is not paid."""
    terms = int(uow.client_settings.get(owner.id, "payment.due_days", TERMS_DAYS))
    wanted = text.strip().upper()
    for one in uow.payments.documents(owner.id, terms=terms):
        if wanted in (one.number.upper(), str(one.id).upper()):
            return one
    raise RefusedError("UNKNOWN_INVOICE", f"{text}: nothing of such an invoice is open.", where="invoice")
