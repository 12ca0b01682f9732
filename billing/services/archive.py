"""A self-contained copy of a workspace as plain files: documents, ledger, audit trail, and a verifier of its own.

It is for the years in which books must be kept (eight in India) and for the day the product is given up: nothing of it
needs the product to be read or verified.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from billing.errors import BadInputError
from billing.services.audit import export_chain
from billing.services.exports import export_documents
from billing.services.invoices import list_invoices
from billing.services.parties import list_clients
from billing.store.logging import timed

if TYPE_CHECKING:
    from billing.store.session import Session

VERIFIER = "verify_archive.py"
_PAGE = 200
_SECONDS = 3600
_WITH_NUMBER = ("ISSUED", "VOID")
_README = """\
MoveInSync Desktop: archive of the workspace {name}
Made {made} (UTC) by {email}.

documents/   every issued and void invoice and note, by client: {formats}
ledger/      every table as CSV (UTF-8, header line, amounts in paise, distances in metres, times UTC)
audit/       every audit chain as it was hashed, a JSON line an entry
manifest.json   SHA-256 of every file

python3 verify_archive.py     checks all of it; needs nothing but Python 3.9 or later
"""


@dataclass(frozen=True, slots=True)
class Archived:
    """What was written; `refused`: documents that could not be, each with its reason."""

    folder: Path
    documents: int
    rows: int
    entries: int
    files: int
    refused: tuple[tuple[str, str], ...] = ()


def archive(
    session: Session,
    target: Path,
    *,
    formats: tuple[str, ...] = ("xlsx", "csv"),
    pdf: Any = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> Archived:
    """Write the archive of the whole workspace into a new folder.

    `pdf` makes PDF files where `formats` asks for them. Raises NotAllowedError for anybody but a SUPER_ADMIN,
    BadInputError for a folder that holds something.
    """
    session.require("workspace.archive")
    if target.exists() and any(target.iterdir()):
        raise BadInputError("FOLDER_NOT_EMPTY", f"{target} holds something already.", where=str(target))
    for part in ("documents", "ledger", "audit"):
        (target / part).mkdir(parents=True, exist_ok=True)
    with timed("archive"):
        rows = _write_ledger(session, target / "ledger")
        documents, refused = _write_documents(session, target / "documents", formats, pdf, progress)
        entries = _write_audit(session, target / "audit")
        _write_words(session, target, formats)
        files = _write_manifest(target)
    return Archived(target, documents, rows, entries, files, tuple(refused))


def _write_ledger(session: Session, folder: Path) -> int:
    """All tables as of one moment."""
    from billing.store.archive import Archive

    with session.unit_of_work(_SECONDS, name="archive.ledger", snapshot=True) as uow:
        reader, rows = Archive(uow.connection), 0
        for table, columns in reader.tables():
            rows += reader.write(table, columns, folder / f"{table}.csv")
    return rows


def _write_documents(
    session: Session, folder: Path, formats: tuple[str, ...], pdf: Any, progress: Any
) -> tuple[int, list[tuple[str, str]]]:
    written = 0
    refused: list[tuple[str, str]] = []
    for client in list_clients(session):
        for status in _WITH_NUMBER:
            numbers = _numbers(session, client.code, status)
            if not numbers:
                continue
            (folder / client.code).mkdir(exist_ok=True)
            made = export_documents(
                session, invoices=numbers, target=folder / client.code, formats=formats, client=client.code, pdf=pdf,
                progress=progress,
            )  # fmt: skip
            written += len(made.files)
            refused += made.refused
    return written, refused


def _numbers(session: Session, client: str, status: str) -> list[str]:
    found: list[str] = []
    after = None
    while page := list_invoices(session, client=client, status=status, after=after, limit=_PAGE):
        found += [str(one.invoice_id) for one in page]
        after = (page[-1].month, page[-1].invoice_id)
    return found


def _write_audit(session: Session, folder: Path) -> int:
    entries = export_chain(session, folder / "workspace.jsonl")
    for client in list_clients(session):
        entries += export_chain(session, folder / f"{client.code}.jsonl", client=client.code)
    return entries


def _write_words(session: Session, target: Path, formats: tuple[str, ...]) -> None:
    source = resources.files("resources").joinpath("archive", VERIFIER)
    (target / VERIFIER).write_bytes(source.read_bytes())
    words = _README.format(
        name=session.profile.name, made=f"{datetime.now(UTC):%Y-%m-%d %H:%M}", email=session.email,
        formats=", ".join(formats),
    )  # fmt: skip
    (target / "README.txt").write_text(words, encoding="utf-8")


def _write_manifest(target: Path) -> int:
    found = {}
    for path in sorted(target.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                found[path.relative_to(target).as_posix()] = hashlib.file_digest(file, "sha256").hexdigest()
    (target / "manifest.json").write_text(json.dumps({"format": 1, "files": found}, indent=1), encoding="utf-8")
    return len(found)
