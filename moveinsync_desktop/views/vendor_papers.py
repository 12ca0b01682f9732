"""Debit notes and payouts of vendors' bills as lists, and their papers: previewed, printed, saved, voided, reversed."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QFileDialog

from moveinsync_desktop import formats
from moveinsync_desktop.models.rows import RowsModel
from moveinsync_desktop.models.vendor_paper_rows import NOTE_COLUMNS, PAYOUT_COLUMNS, PayoutListRow
from moveinsync_desktop.views.dialogs.debit_note import DebitNoteDialog
from moveinsync_desktop.views.dialogs.payout_reference import PayoutReferenceDialog
from moveinsync_desktop.views.dialogs.reason import ReasonDialog
from moveinsync_desktop.views.invoice_files import open_folder
from moveinsync_desktop.views.widgets import DataTable

if TYPE_CHECKING:
    from billing.exchange.paper.memo import Memo
    from billing.schemas.debit_notes import DebitNote
    from moveinsync_desktop.views.vendor_bills import VendorBillsScreen

KINDS = "PDF (*.pdf);;Excel workbook (*.xlsx)"


class VendorPapers:
    """The lists `note_table` and `payout_table`, and the deeds of their rows and of the open bill."""

    def __init__(self, screen: VendorBillsScreen) -> None:
        self._screen, self._context = screen, screen.context
        self.notes, self.payouts = RowsModel(NOTE_COLUMNS), RowsModel(PAYOUT_COLUMNS)
        self.note_table = self._table(self.notes, "debit_notes", "debit note")
        self.note_table.set_empty(
            "file-text", "No debit notes yet", "A bill's settled disputes are put on one: Debit note… of the open bill."
        )
        self.note_table.opened.connect(self._preview_note)
        self.payout_table = self._table(self.payouts, "payouts", "payout")
        self.payout_table.set_empty("hand-coins", "Nothing was paid out yet", "Pay out… of an open bill records it.")
        self.payout_table.opened.connect(self._preview_payout)
        self._offer()

    def _table(self, model: RowsModel, name: str, noun: str) -> DataTable:
        model.set_reader(self._screen.refresh)
        settings, messages = self._context.settings, self._context.messages
        return DataTable(model, name=name, noun=noun, two_lines=True, settings=settings, messages=messages)

    def _offer(self) -> None:
        def first(deed: Any) -> Any:
            return lambda rows: deed(rows[0]) if rows else None

        self.note_table.add_menu_item("Preview and print…", first(self._preview_note))
        self.note_table.add_menu_item("Save as PDF or workbook…", first(self._save_note))
        self.note_table.add_menu_item("Open its bill", first(lambda note: self._screen.open_bill(str(note.bill_id))))
        if self._context.may("vendor_bills.edit"):
            self.note_table.add_menu_item("Void…", first(self._void))
        self.payout_table.add_menu_item("Preview and print statement…", first(self._preview_payout))
        self.payout_table.add_menu_item("Save statement…", first(self._save_payout))
        self.payout_table.add_menu_item("Open its bill", first(lambda row: self._screen.open_bill(str(row.bill_id))))
        if self._context.may("payouts.make"):
            self.payout_table.add_menu_item("Bank reference…", first(self._enter_reference))
            self.payout_table.add_menu_item("Reverse…", first(self._reverse))

    def read(self, client: str | None) -> Any:
        """What the lists show; on a worker."""
        from billing.services.debit_notes import list_debit_notes
        from billing.services.payouts import list_payouts

        session = self._context.signed_in
        payouts = list_payouts(session, client=client) if session.may("payouts.make") else []
        return list_debit_notes(session, client=client), [PayoutListRow(row) for row in reversed(payouts)]

    def show(self, found: Any) -> None:
        """Fill the lists."""
        self.notes.set_rows(found[0])
        self.payouts.set_rows(found[1])

    def issue(self) -> None:
        """Ask what the note of the open bill takes off, then issue it and show the paper."""
        view = self._screen.view
        if view is None:
            return
        session, bill = self._context.signed_in, str(view.bill.id)

        def read() -> Any:
            from billing.services.debit_notes import read_notable

            return read_notable(session, bill)

        self._screen.query(read, self._ask, key="notable")

    def _ask(self, notable: Any) -> None:
        if not any(notable.rows(kind) for kind in ("settled", "open", "undisputed")):
            self._screen.say("No row of this bill asks more than ours", "info")
            return
        dialog = DebitNoteDialog(self._screen, notable)
        if dialog.ask():
            self._context.messages.toast(
                f"Debit note {dialog.number} issued", notable.bill.vendor_name, action="Preview",
                on_action=partial(self._preview, self._note_reader(dialog.number)),
            )  # fmt: skip

    def preview_statement(self) -> None:
        """The statement of what could be paid out on the open bill, else of its last payout."""
        payout = self._screen.payout
        if payout is None or self._screen.view is None:
            return
        made = [one for one in payout.payouts if one.status == "MADE"]
        is_empty = payout.proposal.amount + payout.proposal.tax <= 0
        shown = str(made[-1].id) if made and is_empty else None
        self._preview(self._payout_reader(str(self._screen.view.bill.id), shown))

    def _note_reader(self, number: str) -> Any:
        session, client = self._context.signed_in, self._screen.client_text()

        def read() -> Memo:
            from billing.services.debit_notes import read_note_memo

            return read_note_memo(session, number, client=client)

        return read

    def _payout_reader(self, bill: str, payout: str | None) -> Any:
        session = self._context.signed_in

        def read() -> Memo:
            from billing.services.payouts import read_payout_memo

            return read_payout_memo(session, bill, payout)

        return read

    def _preview_note(self, note: DebitNote) -> None:
        self._preview(self._note_reader(str(note.id)))

    def _preview_payout(self, row: PayoutListRow) -> None:
        self._preview(self._payout_reader(str(row.bill_id), str(row.id)))

    def _save_note(self, note: DebitNote) -> None:
        self._screen.query(self._note_reader(str(note.id)), self.save, key="paper")

    def _save_payout(self, row: PayoutListRow) -> None:
        self._screen.query(self._payout_reader(str(row.bill_id), str(row.id)), self.save, key="paper")

    def _preview(self, read: Any) -> None:
        self._screen.query(read, self._show_preview, key="paper")

    def _show_preview(self, memo: Memo) -> None:
        from billing.exchange.paper.memo import memo_paper
        from moveinsync_desktop.views.dialogs.print_preview import PreviewDialog

        papers = {"original": [memo_paper(memo)]}
        PreviewDialog(self._screen, memo.name, papers, on_save=partial(self.save, memo)).exec()

    def save(self, memo: Memo) -> None:
        """Ask where, then write the paper as PDF or workbook."""
        from billing.services.payouts import write_memo
        from moveinsync_desktop.printing import write_pdf

        stem = memo.name.replace("/", "-")
        target, kind = QFileDialog.getSaveFileName(self._screen, "Save the paper", f"{stem}.pdf", KINDS)
        if target:
            path = Path(target)
            if path.suffix.lower() not in (".pdf", ".xlsx"):
                path = path.with_name(path.name + (".xlsx" if "xlsx" in kind else ".pdf"))
            self._screen.command(lambda _p: write_memo(path, memo, pdf=write_pdf), self._on_saved, title="Saving")

    def _on_saved(self, path: Path) -> None:
        self._context.messages.toast(
            f"{path.name} saved", str(path.parent), action="Open folder", on_action=lambda: open_folder(path)
        )

    def _void(self, note: DebitNote) -> None:
        from billing.services.debit_notes import void_debit_note

        if note.status == "VOID":
            self._screen.say(f"{note.number} is void already", "info")
            return
        follows = "Its number stays used. Its disputes stay settled and can be put on another note."
        fact = (note.number, formats.money(note.total))
        dialog = ReasonDialog(self._screen, "Void this debit note?", follows, "Void debit note", danger=True, fact=fact)
        if dialog.ask():
            session, key, why = self._context.signed_in, str(note.id), dialog.reason
            self._screen.command(lambda _p: void_debit_note(session, key, reason=why), title="Voiding")

    def _reverse(self, row: PayoutListRow) -> None:
        from billing.services.payouts import reverse_payout

        if row.payout.status != "MADE":
            self._screen.say("This payout was reversed already", "info")
            return
        follows = "What it paid is payable again; the payout stays on record with the reason."
        dialog = ReasonDialog(
            self._screen, "Reverse this payout?", follows, "Reverse payout", danger=True,
            fact=(row.vendor_name, formats.money(row.payout.net)),
        )  # fmt: skip
        if dialog.ask():
            session, bill, key, why = self._context.signed_in, str(row.bill_id), str(row.id), dialog.reason
            self._screen.command(lambda _p: reverse_payout(session, bill, key, reason=why), title="Reversing")

    def _enter_reference(self, row: PayoutListRow) -> None:
        from billing.services.payouts import set_payout_reference

        dialog = PayoutReferenceDialog(self._screen, row.row)
        if row.payout.status == "MADE" and dialog.ask():
            session, bill, key, text = self._context.signed_in, str(row.bill_id), str(row.id), dialog.reference

            def done(_changes: Any) -> None:
                dialog.settled()
                self._screen.say(f"Reference {text.upper()} saved", "state:tick")

            self._screen.command(
                lambda _p: set_payout_reference(session, bill, key, text), done, title="Saving the reference"
            )
