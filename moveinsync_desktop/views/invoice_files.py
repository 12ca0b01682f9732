"""What can be done with documents as files: preview, print, export one or many, read the portal's answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QFileDialog

from billing.schemas.invoices import InvoiceSummary
from billing.services.exports import Exported, papers_of
from moveinsync_desktop import formats
from moveinsync_desktop.views.dialogs.bulk_export import BulkExportDialog
from moveinsync_desktop.views.dialogs.irn_cancel import CancelIrnDialog
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets import ProgressStrip

NAMES = {
    "xlsx": ("xlsx", "Excel workbook (*.xlsx)"), "pdf": ("pdf", "PDF (*.pdf)"), "csv": ("csv", "CSV (*.csv)"),
    "einvoice": ("json", "E-invoice JSON (*.json)"),
}  # fmt: skip
MENU = (
    ("pdf", "PDF…"), ("xlsx", "Excel workbook…"), ("csv", "CSV of its trips…"), ("einvoice", "E-invoice JSON…"),
)  # fmt: skip


class InvoiceFiles:
    """Deeds of one screen; `strip` shows their progress."""

    def __init__(self, screen: Screen, strip: ProgressStrip) -> None:
        self._screen, self._context, self._strip = screen, screen.context, strip

    def export(self, summary: InvoiceSummary, kind: str) -> None:
        """One document in one format, where the user says."""
        ending, filter_ = NAMES[kind]
        stem = (summary.number or f"draft-{summary.vendor_code}").replace("/", "-")
        stem += "-einvoice" if kind == "einvoice" else ""
        folder = Path.home() / "Documents"
        start = (folder if folder.is_dir() else Path.home()) / f"{stem}.{ending}"
        chosen, _ = QFileDialog.getSaveFileName(self._screen, "Save the document", str(start), filter_)
        if chosen:
            self._write([summary.invoice_id], Path(chosen), (kind,))

    def export_many(self, rows: Sequence[InvoiceSummary]) -> None:
        """Several documents in several formats into a folder or an archive."""
        dialog = BulkExportDialog(self._screen, len(rows))
        if rows and dialog.exec() == QDialog.DialogCode.Accepted and dialog.target is not None:
            ids = [one.invoice_id for one in rows]
            self._write(ids, dialog.target, dialog.formats, copy=dialog.copy, archive=dialog.archive)

    def _write(self, invoices: list[UUID], target: Path, kinds: tuple[str, ...], **more: Any) -> None:
        from billing.services.exports import export_documents
        from moveinsync_desktop.printing import write_pdf

        session = self._context.signed_in
        words = {"invoices": [str(one) for one in invoices], "target": target, "formats": kinds, "pdf": write_pdf}
        job = self._screen.command(
            lambda progress: export_documents(session, progress=progress, **words, **more),  # type: ignore[arg-type]
            self._on_written, title="Exporting",
        )  # fmt: skip
        self._strip.follow(job, f"Exporting {formats.plural(len(invoices), 'document')}")

    def _on_written(self, done: Exported) -> None:
        for told, words in ((done.refused, "not written"), (done.without_einvoice, "without e-invoice")):
            for invoice, message in told[:1]:
                more = f" and {len(told) - 1} more" if len(told) > 1 else ""
                title = f"{formats.plural(len(told), 'document')} {words}"
                self._context.messages.toast(title, f"{invoice}{more}: {message}", tone="warning", stays=True)
        if done.files:
            first = done.files[0]
            title = f"{first.name} saved" if len(done.files) == 1 else f"{len(done.files)} files saved"
            self._context.messages.toast(
                title, str(first.parent), action="Open folder", on_action=lambda: open_folder(first)
            )

    def preview(self, summary: InvoiceSummary) -> None:
        """The pages as they will be printed; reading goes on in a worker."""
        from billing.services.invoices import read_document

        session, invoice = self._context.signed_in, str(summary.invoice_id)

        def read() -> dict[str, Any]:
            document, rows = read_document(session, invoice=invoice)
            is_statement = "STATEMENT" in (document.doc_type, document.corrects_type)
            copies = ("original",) if is_statement else ("original", "duplicate", "both")
            return {copy: papers_of(document, rows, copy) for copy in copies}

        self._screen.query(read, lambda papers: self._show_preview(summary, papers), key="preview")

    def _show_preview(self, summary: InvoiceSummary, papers: dict[str, Any]) -> None:
        from moveinsync_desktop.views.dialogs.print_preview import PreviewDialog

        title = papers["original"][0].title
        PreviewDialog(self._screen, title, papers, on_save=lambda: self.export(summary, "pdf")).exec()

    def import_answers(self) -> None:
        """Read a response file of the portal; say what became of each answer."""
        from billing.services.einvoices import import_answers

        chosen, _ = QFileDialog.getOpenFileName(self._screen, "The portal's response file", "", "JSON (*.json)")
        if not chosen:
            return
        session = self._context.signed_in
        self._screen.command(
            lambda _progress: import_answers(session, path=Path(chosen)), self._on_answers, title="Reading the answers"
        )

    def _on_answers(self, result: Any) -> None:
        refused = [one for one in result.rows if one.state == "refused"]
        taken = len(result.rows) - len(refused)
        if taken:
            self._context.messages.toast(f"{formats.plural(taken, 'IRN')} stored", "Each equals the one computed here.")
        for one in refused[:1]:
            title = f"{formats.plural(len(refused), 'answer')} not stored"
            self._context.messages.toast(title, f"{one.number}: {one.message}", tone="danger", stays=True)

    def cancel_irn(self, number: str, invoice: UUID, until: str) -> None:
        """Record a cancellation on the portal."""
        from billing.services.einvoices import cancel_irn

        dialog = CancelIrnDialog(self._screen, number, until)
        if dialog.ask():
            session, reason, remark = self._context.signed_in, dialog.reason, dialog.remark
            self._screen.command(
                lambda _progress: cancel_irn(session, invoice=str(invoice), reason=reason, remark=remark),
                lambda done: self._context.messages.toast(f"The IRN of {done.number} is cancelled", "Recorded."),
                title="Recording",
            )


def open_folder(path: Path) -> None:
    """Show the folder of a file in the system's file manager."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))
