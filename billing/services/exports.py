"""Documents as files: one or many, in one or several formats, into a folder or one zip archive.

PDF is laid out by Qt, which the core does not know: who wants PDF gives `pdf` (moveinsync_desktop.printing.write_pdf).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from billing.errors import BadInputError, KnownError
from billing.invoicing.numbering import file_stem
from billing.schemas.annexure import Annexure
from billing.schemas.invoices import InvoiceDocument

if TYPE_CHECKING:
    from billing.exchange.paper.html import Paper
    from billing.store.session import Session

Progress = Callable[[int, int, str], None]
PdfWriter = Callable[..., Path]
Told = tuple[str, str]
"""A document and what is to be said about it."""

FORMATS = ("xlsx", "pdf", "csv", "einvoice")
COPIES = ("original", "duplicate", "both")
_STEPS = 1000
_REGISTERED = "It is registered on the portal already."


@dataclass(frozen=True, slots=True)
class Exported:
    """The files written, and (document, reason) of what could not be; `without_einvoice` need none or can have none."""

    files: tuple[Path, ...]
    refused: tuple[tuple[str, str], ...] = ()
    without_einvoice: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Wish:
    formats: tuple[str, ...]
    copy: str
    pdf: PdfWriter | None


def export_documents(
    session: Session,
    *,
    invoices: Sequence[str],
    target: Path,
    formats: Sequence[str] = ("xlsx",),
    client: str | None = None,
    copy: str = "original",
    archive: bool = False,
    pdf: PdfWriter | None = None,
    progress: Progress | None = None,
) -> Exported:
    """Write documents to `target`: a folder, with `archive` a zip file, or for one document in one format a file.

    Files are named by number. E-invoices of all documents go into one file, as the portal takes them. What cannot be
    written is told and does not hold up the rest; a single document raises its error.

    Raises:
        BadInputError: An unknown format or copy; PDF without a writer.
        KnownError: The only document, its file or the archive cannot be written.
        Cancelled: From `progress`; an archive is not left behind, finished files stay.
    """
    wish = _checked(formats, copy, pdf)
    with _folder(target, archive) as folder:
        files, refused, left_out = _write_all(session, invoices, folder, wish, client, progress)
        if archive:
            _zip(files, target)
            files = [target]
    return Exported(tuple(files), tuple(refused), tuple(left_out))


def _checked(formats: Sequence[str], copy: str, pdf: PdfWriter | None) -> _Wish:
    unknown = [name for name in formats if name not in FORMATS]
    if unknown or not formats:
        raise BadInputError("UNKNOWN_FORMAT", f"A document is exported as {', '.join(FORMATS)}.", where="--format")
    if copy not in COPIES:
        raise BadInputError("UNKNOWN_COPY", f"A copy is {', '.join(COPIES)}.", where="--copy")
    if "pdf" in formats and pdf is None:
        raise BadInputError("NO_PDF_HERE", "PDF files are made by the window or the moveinsync command.", where="pdf")
    return _Wish(tuple(dict.fromkeys(formats)), copy, pdf)


@contextmanager
def _folder(target: Path, archive: bool) -> Iterator[Path]:
    """Where files are written: for an archive a folder that is gone afterwards."""
    if not archive:
        yield target
        return
    with tempfile.TemporaryDirectory(prefix="moveinsync-") as name:
        yield Path(name)


def _write_all(
    session: Session, invoices: Sequence[str], target: Path, wish: _Wish, client: str | None, progress: Progress | None
) -> tuple[list[Path], list[Told], list[Told]]:
    from billing.services.invoices import read_document

    files: list[Path] = []
    refused: list[Told] = []
    left_out: list[Told] = []
    registered: list[InvoiceDocument] = []
    for place, invoice in enumerate(invoices):
        report = _share(progress, place, len(invoices))
        try:
            document, rows = read_document(session, invoice=invoice, client=client)
            for kind in wish.formats:
                if kind != "einvoice":
                    path = _path(target, document, kind, files)
                    files.append(_write(path, kind, document, rows, wish, report))
            registered.append(document)
        except KnownError as error:
            if len(invoices) == 1:
                raise
            refused.append((invoice, error.message))
    if "einvoice" in wish.formats and registered:
        alone = wish.formats == ("einvoice",) and len(registered) == 1
        array, wrong, left_out = _write_einvoices(target, registered, session.now(), alone=alone)
        files += [array] if array else []
        refused += wrong
    return files, refused, left_out


def _write(
    path: Path, kind: str, document: InvoiceDocument, rows: Annexure, wish: _Wish, progress: Progress | None
) -> Path:
    if kind == "csv":
        from billing.exchange.csv_report import write_csv_report

        return write_csv_report(path, rows, document.time_zone, progress=progress)
    if kind == "pdf":
        assert wish.pdf is not None
        return wish.pdf(path, papers_of(document, rows, wish.copy), progress=progress)
    from billing.exchange.workbook import write_invoice_workbook

    return write_invoice_workbook(path, document, rows, progress=progress)


def papers_of(document: InvoiceDocument, rows: Annexure, copy: str = "original") -> list[Paper]:
    """The copies of a document as paper; the annexure comes with the first."""
    from billing.exchange.paper.content import COPIES as MARKINGS
    from billing.exchange.paper.html import paper_of

    return [
        paper_of(document, rows, copy=marking, with_trips=place == 0) for place, marking in enumerate(MARKINGS[copy])
    ]


def _write_einvoices(
    target: Path, documents: Sequence[InvoiceDocument], now: datetime, *, alone: bool
) -> tuple[Path | None, list[Told], list[Told]]:
    """The array for the portal, what the portal would refuse, and what has no e-invoice, each with the reason.

    `alone`: nothing else was asked for but the e-invoice of one document; where there is none, that is an error.
    """
    from billing.exchange.einvoice.file import check, portal_day, write_einvoices
    from billing.exchange.einvoice.inv01 import why_not

    today = portal_day(now)
    reasons = ["" if alone else why_not(one) or (_REGISTERED if one.einvoice else "") for one in documents]
    told = zip(documents, reasons, strict=True)
    left_out = [(one.number or "draft", f"No e-invoice. {reason}") for one, reason in told if reason]
    chosen = [one for one, reason in zip(documents, reasons, strict=True) if not reason]
    problems = {} if alone else {one.number or "": check(one, today) for one in chosen}
    wrong = [(name, "; ".join(map(str, found))) for name, found in problems.items() if found]
    chosen = [one for one in chosen if not problems.get(one.number or "")]
    if not chosen:
        return None, wrong, left_out
    many = f"einvoices-{chosen[0].period_from:%Y-%m}.json"
    name = f"{stem(chosen[0])}-einvoice.json" if len(documents) == 1 else many
    return (
        write_einvoices(target if target.suffix == ".json" else target / name, chosen, today), wrong, left_out
    )  # fmt: skip


def _path(target: Path, document: InvoiceDocument, kind: str, taken: Sequence[Path]) -> Path:
    if target.suffix and not target.is_dir():
        return target
    path = target / f"{stem(document)}.{kind}"
    return path if path not in taken else target / f"{document.recipient.code}-{stem(document)}.{kind}"


def stem(document: InvoiceDocument) -> str:
    """The file name of a document without its ending: its number, or what a draft is told by."""
    if document.number:
        return file_stem(document.number)
    kept = "".join(c if c.isalnum() else "-" for c in f"{document.supplier.code}-{document.contract_name}")
    return f"draft-{document.period_from:%Y-%m}-{kept}"


def _share(progress: Progress | None, place: int, count: int) -> Progress | None:
    """Progress of one document as its part of all."""
    if progress is None:
        return None
    progress(place * _STEPS, count * _STEPS, "")

    def report(done: int, whole: int, words: str) -> None:
        progress(place * _STEPS + done * _STEPS // max(whole, 1), count * _STEPS, words)

    return report


def _zip(files: Sequence[Path], target: Path) -> None:
    """All files in one archive, whole or not at all."""
    import zipfile

    from billing.exchange.files import replacing

    with replacing(target) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as sink:
        for path in files:
            sink.write(path, path.name)
