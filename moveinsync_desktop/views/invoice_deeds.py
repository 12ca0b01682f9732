"""What can be done with documents: approve, send back, issue, void, correct by a note. Each asks before what stays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from billing.schemas.invoices import InvoiceStatus, InvoiceSummary
from billing.schemas.notes import NoteRoom
from moveinsync_desktop import formats
from moveinsync_desktop.views.dialogs.confirm import ConfirmDialog
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets import ProgressStrip

OPEN_STATES = (InvoiceStatus.DRAFT, InvoiceStatus.APPROVED)


class InvoiceDeeds:
    """The deeds of the Invoices screen, for one document or for some rows of the list."""

    def __init__(self, screen: Screen, strip: ProgressStrip, save: Callable[[set[str]], None]) -> None:
        """save: writes documents, by number, to files the user names."""
        self._screen, self._strip, self._save = screen, strip, save

    def issue(self, rows: Sequence[InvoiceSummary]) -> None:
        """Ask, then give the drafts among these their numbers."""
        from billing.services.issue_many import issue_many

        drafts = [row for row in rows if row.status in OPEN_STATES]
        if not drafts:
            return
        noun = "note" if all(row.corrects_id for row in drafts) else "invoice"
        deed = f"Issue {formats.plural(len(drafts), noun)}"
        follows = "They get their numbers now and cannot be edited afterwards."
        if not ConfirmDialog(self._screen, f"{deed}?", follows, deed, fact=self._fact(drafts)).ask():
            return
        session, ids = self._screen.context.signed_in, [str(row.invoice_id) for row in drafts]
        job = self._screen.command(
            lambda progress: issue_many(session, invoices=ids, progress=progress), self._on_issued, title="Issuing"
        )
        self._strip.follow(job, f"Issuing {noun}s")

    @staticmethod
    def _fact(rows: Sequence[InvoiceSummary]) -> tuple[str, str]:
        names = ", ".join(dict.fromkeys(row.vendor_name for row in rows))
        return names, formats.money(sum(row.total for row in rows))

    def _on_issued(self, result: Any) -> None:
        messages = self._screen.context.messages
        if result.refused:
            messages.toast("A document was not issued", result.refused[0][1], tone="danger", stays=True)
        if result.issued:
            done = dict.fromkeys(number for one in result.issued for number in (one.number, *one.also))
            messages.toast(
                f"{formats.plural(len(done), 'document')} issued", ", ".join(done),
                action="Save workbook…" if len(done) == 1 else "Save files…", on_action=lambda: self._save(set(done)),
            )  # fmt: skip

    def approve(self, rows: Sequence[InvoiceSummary]) -> None:
        """Approve the drafts among these; whoever ran one is refused where the client asks for two people."""
        from billing.services.invoices import approve_invoice

        drafts = [row for row in rows if row.status is InvoiceStatus.DRAFT]
        if not drafts:
            return
        deed = f"Approve {formats.plural(len(drafts), 'document')}"
        follows = "They can be issued then. A new run of the month makes a new draft, to be approved again."
        if not ConfirmDialog(self._screen, f"{deed}?", follows, deed, fact=self._fact(drafts)).ask():
            return
        session = self._screen.context.signed_in
        ids = [str(row.invoice_id) for row in drafts]
        self._screen.command(
            lambda _progress: _all(session, approve_invoice, ids),
            lambda done: self._screen.context.messages.toast(f"{formats.plural(len(done), 'document')} approved", ""),
            title="Approving",
        )

    def send_back(self, row: InvoiceSummary) -> None:
        """Take an approval back, with a reason."""
        from billing.services.invoices import send_back_invoice

        asked = ConfirmDialog(
            self._screen, "Send the document back?", "It is a draft again and has to be approved anew.", "Send back",
            reason="Why is it sent back?",
        )  # fmt: skip
        if asked.ask():
            session, invoice, why = self._screen.context.signed_in, str(row.invoice_id), asked.reason
            self._screen.command(
                lambda _progress: send_back_invoice(session, invoice=invoice, reason=why), title="Sending back"
            )

    def void(self, row: InvoiceSummary) -> None:
        """Ask why, then void an issued document."""
        from billing.services.invoices import void_invoice

        what = "note" if row.corrects_id else "invoice"
        follows = "What it corrected stands as before." if row.corrects_id else "Its trips can be billed again."
        asked = ConfirmDialog(
            self._screen, f"Void {what} {row.number}?", f"Its number stays used. {follows}", f"Void {what}",
            danger=True, reason="Why is it void?", fact=("Payable", formats.money(row.total)),
        )  # fmt: skip
        if asked.ask():
            session, invoice, why = self._screen.context.signed_in, str(row.invoice_id), asked.reason
            self._screen.command(
                lambda _progress: void_invoice(session, invoice=invoice, reason=why),
                lambda done: self._screen.context.messages.toast(f"{done.number} is void", follows),
                title="Voiding",
            )

    def correct(self, row: InvoiceSummary) -> None:
        """Read what is left of an issued invoice, then ask which lines a note shall take or add to."""
        from billing.services.notes import read_room

        session, invoice = self._screen.context.signed_in, str(row.invoice_id)
        self._screen.query(lambda: read_room(session, invoice=invoice), self._ask_lines, key="room")

    def _ask_lines(self, room: NoteRoom) -> None:
        from billing.services.notes import write_note
        from moveinsync_desktop.views.dialogs.note_lines import NoteDialog

        dialog = NoteDialog(self._screen, room)
        if dialog.exec() != NoteDialog.DialogCode.Accepted:
            return
        session, words = self._screen.context.signed_in, dialog.words()

        def done(made: Any) -> None:
            dialog.settled()
            self._on_note(made)

        self._screen.command(lambda _progress: write_note(session, **words), done, title="Drafting the note")

    def _on_note(self, made: Any) -> None:
        context, invoice = self._screen.context, str(made.invoice_id)
        kind = "Debit" if made.draft.doc_type == "DEBIT_NOTE" else "Credit"
        words = f"{formats.money(made.draft.totals.total)}, without a number yet"
        context.messages.toast(
            f"{kind} note to {made.original} drafted", words,
            action="Open note", on_action=lambda: context.open("invoices", invoice=invoice),
        )  # fmt: skip


def _all(session: Any, deed: Any, invoices: Sequence[str]) -> list[Any]:
    return [deed(session, invoice=invoice) for invoice in invoices]
