"""What suppliers' returns say about the documents of a month: read, and written as xlsx, CSV and JSON (GST.md 10)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from billing.errors import BadInputError
from billing.exchange.returns.gstr1 import Gstr1, gstr1_of
from billing.schemas.invoices import InvoiceDocument
from billing.services.documents import document_of
from billing.services.lookup import find_client, find_link
from billing.services.month_inputs import next_month

if TYPE_CHECKING:
    from billing.store.session import Session
    from billing.store.unit_of_work import UnitOfWork

FORMATS = ("xlsx", "csv", "json")
READ_SECONDS = 600
Progress = Callable[[int, int, str], None]


def read_gstr1(
    session: Session, *, client: str | None, month: date, vendor: str | None = None, progress: Progress | None = None
) -> tuple[list[Gstr1], int]:
    """The return of each supplier GSTIN that issued to the client in the month, and the number of documents of
    suppliers without one, which no return has."""
    with session.unit_of_work(READ_SECONDS, name="returns.gstr1", snapshot=True) as uow:
        owner = find_client(uow, client)
        vendor_id = find_link(uow, owner, vendor).vendor_id if vendor else None
        documents = documents_dated(uow, owner.id, month, vendor_id, progress)
    suppliers: dict[str, list[InvoiceDocument]] = {}
    for document in documents:
        suppliers.setdefault(document.supplier.gstin or "", []).append(document)
    unregistered = len(suppliers.pop("", []))
    return [gstr1_of(gstin, month.replace(day=1), members) for gstin, members in suppliers.items()], unregistered


def documents_dated(
    uow: UnitOfWork, client_id: UUID, month: date, vendor_id: UUID | None = None, progress: Progress | None = None
) -> list[InvoiceDocument]:
    """All documents of the client with a number and a date in the month, void ones too."""
    first = month.replace(day=1)
    keys = uow.papers.documents(client_id, first, next_month(first) - timedelta(days=1), vendor_id=vendor_id)
    documents = []
    for place, key in enumerate(keys):
        if progress is not None:
            progress(place, len(keys), key.number)
        stored = uow.invoices.get(client_id, key.invoice_id)
        if stored is not None:
            documents.append(document_of(uow, stored))
    return documents


def write_gstr1(
    session: Session,
    *,
    client: str | None,
    month: date,
    target: Path,
    vendor: str | None = None,
    formats: Sequence[str] = ("xlsx",),
    progress: Progress | None = None,
) -> tuple[list[Path], list[str]]:
    """Write each supplier's return into the folder `target`; gives the files and the warnings.

    Raises BadInputError UNKNOWN_FORMAT or NO_DOCUMENTS, UnavailableError when a file is open elsewhere.
    """
    unknown = [name for name in formats if name not in FORMATS]
    if unknown or not formats:
        raise BadInputError("UNKNOWN_FORMAT", f"A return is written as {', '.join(FORMATS)}.", where="--format")
    contents, unregistered = read_gstr1(session, client=client, month=month, vendor=vendor, progress=progress)
    warnings = [f"{one.gstin}: {words}" for one in contents for words in one.warnings]
    if unregistered:
        warnings.append(f"{unregistered} documents of suppliers without a GSTIN left out.")
    if not contents:
        words = "; ".join(warnings) or f"No document is dated in {month:%B %Y}."
        raise BadInputError("NO_DOCUMENTS", words, where="--month")
    files = [path for one in contents for path in _write(one, target, formats)]
    return files, warnings


def _write(content: Gstr1, folder: Path, formats: Sequence[str]) -> list[Path]:
    from billing.exchange.einvoice.json_text import dump
    from billing.exchange.files import replacing
    from billing.exchange.returns.data_sheet import write_book, write_csv
    from billing.exchange.returns.gstr1 import json_of, sheets_of

    stem = f"GSTR1-{content.gstin}-{content.month:%Y-%m}"
    sheets, files = sheets_of(content), []
    if "xlsx" in formats:
        files.append(write_book(folder / f"{stem}.xlsx", sheets))
    if "csv" in formats:
        files += [write_csv(folder / f"{stem}-{sheet.name}.csv", sheet) for sheet in sheets]
    if "json" in formats:
        path = folder / f"{stem}.json"
        with replacing(path) as temporary:
            temporary.write_text(dump(json_of(content)) + "\n", encoding="utf-8", newline="\n")
        files.append(path)
    return files
