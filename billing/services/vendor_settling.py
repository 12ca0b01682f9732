"""Disputes about a vendor's bill with their evidence: raised, shown, settled, opened again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from billing.errors import BadInputError, RefusedError
from billing.schemas.changes import Changes
from billing.schemas.ids import new_id
from billing.schemas.vendor_bills import REASONS, RESOLUTIONS, Dispute, Evidence
from billing.services.lookup import find_client, read_id
from billing.services.vendor_bills import find_bill

if TYPE_CHECKING:
    from billing.store.session import Session
    from billing.store.unit_of_work import UnitOfWork

MOST_BYTES = 5 * 1024 * 1024
_SIGNATURES: dict[str, tuple[str, tuple[bytes, ...]]] = {
    ".pdf": ("application/pdf", (b"%PDF-",)),
    ".png": ("image/png", (b"\x89PNG\r\n\x1a\n",)),
    ".jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    ".jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    ".xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (b"PK\x03\x04",)),
    ".csv": ("text/csv", ()),
    ".txt": ("text/plain", ()),
}
DISPUTE_TABLES = frozenset({"vendor_disputes", "vendor_dispute_files", "vendor_bills"})


def raise_disputes(
    session: Session,
    bill: str,
    rows: list[int],
    *,
    reason: str,
    note: str = "",
    owner: str = "",
    pay: int | None = None,
    client: str | None = None,
) -> Changes:
    """Question rows of a vendor's bill (by their number), all or none.

    Args:
        owner: who sees to it; empty: the user.
        pay: the part of each that is payable all the same, in paise before tax; None: our amount where they ask for
            more, else nothing.

    Raises:
        RefusedError: DISPUTED, ROW_NOT_FOUND.
        BadInputError: An unknown reason, or a part outside what the vendor asks.
    """
    session.require("vendor_bills.edit")
    if reason not in REASONS:
        raise BadInputError("BAD_REASON", f"A reason is one of {', '.join(REASONS)}.", where="--reason")
    with session.unit_of_work(name="disputes.raise") as uow:
        found = find_bill(uow, bill, client)
        ids = [new_id() for _ in rows]
        for dispute_id, row in zip(ids, rows, strict=True):
            uow.vendor_settling.raise_dispute(
                found.client_id, found.id, row, id=dispute_id, reason=reason, note=note, owner=owner, pay=pay
            )
        uow.commit()
    return Changes(DISPUTE_TABLES, frozenset(ids))


def list_disputes(
    session: Session, *, client: str | None = None, bill: str | None = None, open_only: bool = True
) -> list[Dispute]:
    """Disputes, oldest first."""
    with session.unit_of_work(name="disputes.list") as uow:
        owner = find_client(uow, client).id if client else None
        bill_id = find_bill(uow, bill, client).id if bill else None
        return uow.vendor_settling.disputes(owner, bill_id, open_only=open_only)


def open_dispute(session: Session, dispute: str) -> tuple[UUID, Dispute, list[Evidence]]:
    """(client, dispute, its files). Raises RefusedError UNKNOWN_DISPUTE."""
    with session.unit_of_work(name="disputes.show") as uow:
        client_id, found = _dispute(uow, dispute)
        return client_id, found, uow.vendor_settling.evidence(client_id, found.id)


def _dispute(uow: UnitOfWork, text: str) -> tuple[UUID, Dispute]:
    wanted = read_id(text)
    found = uow.vendor_settling.dispute(None, wanted) if wanted else None
    if found is None:
        raise RefusedError("UNKNOWN_DISPUTE", "There is no such dispute that you may see.", where="DISPUTE")
    return found


def attach_evidence(session: Session, dispute: str, path: Path) -> Changes:
    """Attach a file: .pdf, .png, .jpg, .xlsx, .csv or .txt that is what its name says, of at most 5 MB.

    Raises BadInputError: FILE_TOO_LARGE, FILE_TYPE; RefusedError TOO_MANY_FILES.
    """
    session.require("vendor_bills.edit")
    kind, content = read_evidence(path)
    with session.unit_of_work(name="disputes.attach") as uow:
        client_id, found = _dispute(uow, dispute)
        name = "".join(c for c in path.name if c.isprintable())[-200:]
        uow.vendor_settling.attach(client_id, found.id, new_id(), name, kind, content)
        uow.commit()
    return Changes(DISPUTE_TABLES, frozenset({found.id}))


def read_evidence(path: Path) -> tuple[str, bytes]:
    """(media type, content) of a file that may be attached."""
    known = _SIGNATURES.get(path.suffix.lower())
    if known is None:
        kinds = ", ".join(sorted(_SIGNATURES))
        raise BadInputError("FILE_TYPE", f"{path.name} cannot be attached; these can: {kinds}.", where=path.name)
    try:
        size = path.stat().st_size
        content = path.read_bytes() if 0 < size <= MOST_BYTES else b""
    except OSError:
        raise BadInputError("FILE_MISSING", f"{path.name} cannot be read.", where=path.name) from None
    if not content:
        raise BadInputError("FILE_TOO_LARGE", f"{path.name} is empty or larger than 5 MB.", where=path.name)
    kind, starts = known
    is_text = kind.startswith("text/") and b"\x00" not in content
    if not (is_text or any(content.startswith(start) for start in starts)):
        raise BadInputError("FILE_TYPE", f"{path.name} is not what its name says.", where=path.name)
    return kind, content


def save_evidence(session: Session, dispute: str, evidence_id: UUID, target: Path) -> Path:
    """Write an attached file to `target`; gives the path."""
    from billing.exchange.files import replacing

    with session.unit_of_work(name="disputes.file") as uow:
        client_id, _ = _dispute(uow, dispute)
        found = uow.vendor_settling.content(client_id, evidence_id)
    if found is None:
        raise RefusedError("UNKNOWN_FILE", "There is no such file.", where="FILE")
    with replacing(target) as temporary:
        temporary.write_bytes(found[1])
    return target


def resolve_dispute(
    session: Session, dispute: str, resolution: str | None, *, reason: str, amount: int | None = None
) -> Changes:
    """Settle a dispute: THEIRS, OURS, or SPLIT at `amount` (paise before tax); None opens it again.

    Raises:
        RefusedError: DISPUTE_STATE; MORE_THAN_AGREED when more was paid out already.
        BadInputError: BAD_RESOLUTION; a split that lies not between both amounts; no reason.
        ConflictError: Somebody else changed it meanwhile.
    """
    session.require("vendor_bills.edit")
    if resolution is not None and resolution not in RESOLUTIONS:
        raise BadInputError("BAD_RESOLUTION", f"It is {', '.join(RESOLUTIONS)}.", where="--as")
    with session.unit_of_work(name="disputes.resolve") as uow:
        client_id, found = _dispute(uow, dispute)
        uow.vendor_settling.resolve(client_id, found, resolution, amount, reason)
        uow.commit()
    return Changes(DISPUTE_TABLES, frozenset({found.id}))
