"""Month end in one go: import the trip sheets, bill the month, issue what is billed, export every invoice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from billing.errors import RefusedError
from billing.schemas.changes import Changes
from billing.schemas.runs import BillingOutcome, RunInvoice, RunOutcome
from billing.services.billing import run_bill
from billing.services.exports import PdfWriter, export_documents
from billing.services.invoices import issue_invoice

if TYPE_CHECKING:
    from billing.exchange.sheets.result import CheckedFile
    from billing.services.trips import ImportResult
    from billing.store.session import Session

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class MonthEnd:
    """What month end did: the imports, the bill with its issued invoices, the files written."""

    imports: tuple[ImportResult, ...]
    billing: BillingOutcome
    files: tuple[Path, ...]
    changes: Changes


def close_month(
    session: Session,
    *,
    month: date,
    out: Path,
    client: str | None = None,
    vendor: str | None = None,
    sheets: Sequence[Path] = (),
    lenient: bool = False,
    create_parties: bool = False,
    derive_ids: bool = False,
    distance_unit: str | None = None,
    confirm: bool = False,
    pdf: PdfWriter | None = None,
    progress: Progress | None = None,
) -> MonthEnd:
    """Import, run, issue and export; each step is a transaction of its own, so a repeat goes on where one stopped.

    A sheet whose rows are all stored already is no error. Files go to `out`: each invoice as workbook, CSV and, with
    a writer for it, PDF named by its number, and the rejected rows of each sheet with their reasons.

    A run beyond three times last month's is not issued unless `confirm` says that it is right.

    Raises:
        RefusedError: IMPORT_REFUSED when rows were rejected and `lenient` is not set; nothing is billed then.
    """
    words = {"client": client, "vendor": vendor, "lenient": lenient, "create_parties": create_parties}
    words |= {"derive_ids": derive_ids, "distance_unit": distance_unit}
    imports, files = [], []
    for path in sheets:
        result, rejects = _import(session, path, out, words, progress)
        imports.append(result)
        files += rejects
    outcome = run_bill(session, month=month, client=client, vendor=vendor, confirm=confirm, progress=progress)
    runs = tuple(_issued(session, run) for run in outcome.runs)
    for run in runs:
        files += _export(session, run, out, pdf, progress)
    outcome = replace(outcome, runs=runs, files=tuple(str(path) for path in files))
    tables = outcome.changes.tables.union(*(result.changes.tables for result in imports), {"invoices"})
    return MonthEnd(tuple(imports), outcome, tuple(files), Changes(tables))


def _import(
    session: Session, path: Path, out: Path, words: dict[str, Any], progress: Progress | None
) -> tuple[ImportResult, list[Path]]:
    """One sheet imported, and the file of its rejected rows. Raises RefusedError IMPORT_REFUSED."""
    from billing.services.trips import import_file

    result = import_file(session, path, progress=progress, **words)
    rejects = _write_rejects(result.checked, path, out)
    if result.checked.rejected and not result.written and not words["lenient"]:
        raise RefusedError(
            "IMPORT_REFUSED",
            f"{len(result.checked.rejected)} rows of {path.name} were rejected; nothing was imported or billed.",
            where=str(rejects[0]),
            hint="Correct them, or import the others with --lenient.",
        )
    return result, rejects


def _issued(session: Session, run: RunOutcome) -> RunOutcome:
    """The run with its invoice issued; what cannot be issued stays a draft with the reason."""
    from billing.schemas.runs import TripProblem

    if run.invoice is None or run.invoice.status not in ("DRAFT", "ISSUED"):
        return run
    try:
        changed = issue_invoice(session, invoice=str(run.invoice.invoice_id))
    except RefusedError as error:
        return replace(run, errors=(*run.errors, TripProblem("", error.code, error.message)))
    invoice = RunInvoice(run.invoice.invoice_id, changed.number, "ISSUED", run.invoice.total)
    return replace(run, invoice=invoice)


def _export(
    session: Session, run: RunOutcome, out: Path, pdf: PdfWriter | None, progress: Progress | None
) -> list[Path]:
    if run.invoice is None:
        return []
    out.mkdir(parents=True, exist_ok=True)
    formats = ("xlsx", "csv", "pdf") if pdf is not None else ("xlsx", "csv")
    invoices = [str(run.invoice.invoice_id)]
    done = export_documents(session, invoices=invoices, target=out, formats=formats, pdf=pdf, progress=progress)
    return list(done.files)


def _write_rejects(checked: CheckedFile, path: Path, out: Path) -> list[Path]:
    """The rejected rows of a sheet as a file with their reasons; none when all were accepted."""
    if not checked.rejected:
        return []
    from billing.exchange.sheets.rejects import write_rejects

    out.mkdir(parents=True, exist_ok=True)
    target = out / f"rejected-{path.stem}.xlsx"
    write_rejects(checked, path, target)
    return [target]
