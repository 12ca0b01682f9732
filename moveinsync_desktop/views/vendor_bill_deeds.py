"""What can be done with a vendor's bill: import, compare, dispute, settle, pay out; each asks first where it must."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from PySide6.QtWidgets import QFileDialog

from moveinsync_desktop.views.dialogs.reason import ReasonDialog
from moveinsync_desktop.views.dialogs.vendor_bill_import import VendorBillImport
from moveinsync_desktop.views.dialogs.vendor_dispute import DisputeDialog, ResolveDialog
from moveinsync_desktop.views.dialogs.vendor_payout import PayoutDialog
from moveinsync_desktop.views.invoice_files import open_folder

if TYPE_CHECKING:
    from billing.schemas.vendor_bills import BillLine
    from moveinsync_desktop.views.vendor_bills import VendorBillsScreen

EVIDENCE_KINDS = "Evidence (*.pdf *.png *.jpg *.jpeg *.xlsx *.csv *.txt)"


class BillDeeds:
    """The deeds of the screen's open bill."""

    def __init__(self, screen: VendorBillsScreen) -> None:
        self._screen = screen

    def import_bill(self) -> None:
        """Ask for a file and whose bill it is; open what was stored."""
        session, client = self._screen.context.signed_in, self._screen.client_text()
        if client is None:
            return

        def read() -> Any:
            from billing.services.party_book import read_party_book

            return read_party_book(session, client_id=self._screen.context.client_id)

        def ask(book: Any) -> None:
            names = {vendor.id: vendor.name for vendor in book.vendors}
            vendors = [(link.code, f"{names.get(link.vendor_id, '')} ({link.code})") for link in book.links]
            dialog = VendorBillImport(self._screen, client, sorted(vendors, key=lambda one: one[1]))
            if dialog.ask() and dialog.imported is not None and dialog.imported.view is not None:
                self._screen.open_bill(str(dialog.imported.view.bill.id))

        self._screen.query(read, ask, key="vendors")

    def compare(self) -> None:
        """Compare with ours as it is now."""
        if self._screen.view is not None:
            from billing.services.vendor_bills import compare_again

            session, bill = self._screen.context.signed_in, str(self._screen.view.bill.id)
            done = partial(self._screen.context.messages.status, "Compared again", "state:tick")
            self._screen.command(
                lambda _progress: compare_again(session, bill), lambda _done: done(), title="Comparing"
            )

    def undo(self) -> None:
        """Take the import back, with a reason."""
        if self._screen.view is None:
            return
        from billing.services.vendor_bills import undo_bill

        session, bill = self._screen.context.signed_in, str(self._screen.view.bill.id)
        follows = "The comparison and its disputes go with it; the same file can be imported again."
        dialog = ReasonDialog(self._screen, "Undo the import of this bill?", follows, "Undo import", danger=True)
        if dialog.ask():
            reason = dialog.reason
            self._screen.command(lambda _p: undo_bill(session, bill, reason=reason), self._on_undone, title="Undoing")

    def _on_undone(self, _changes: Any) -> None:
        self._screen.show_list()
        self._screen.context.messages.toast("Import undone", "The file can be imported again.")

    def dispute_current(self) -> None:
        """Dispute what is selected, else the row that is shown."""
        self._screen.lines.selected(self.dispute)

    def dispute(self, lines: list[BillLine]) -> None:
        """Dispute rows of theirs, all at once."""
        from billing.services.vendor_settling import raise_disputes

        chosen = lines or ([self._screen.panel.line] if self._screen.panel.line else [])
        chosen = [line for line in chosen if line.row_no is not None and line.dispute_id is None]
        if not chosen or self._screen.view is None:
            return
        bill, rows = str(self._screen.view.bill.id), [line.row_no for line in chosen if line.row_no is not None]
        asked = DisputeDialog(
            self._screen, len(chosen), sum(line.theirs or 0 for line in chosen), owner=self._screen.context.person,
            which=f"{bill}:{min(rows)}:{len(rows)}",
        )  # fmt: skip
        if asked.ask():
            session = self._screen.context.signed_in
            work = partial(raise_disputes, session, bill, rows, reason=asked.reason, note=asked.note, owner=asked.owner)
            pay = asked.pay
            self._screen.command(lambda _p: work(pay=pay), lambda _d: asked.settled(), title="Raising the dispute")

    def resolve(self, resolution: str | None) -> None:
        """Settle the dispute that is shown; None opens it again."""
        from billing.services.vendor_settling import resolve_dispute

        dispute = self._screen.panel.dispute
        if dispute is None:
            return
        asked = ResolveDialog(self._screen, dispute, resolution)
        if asked.ask():
            session, key, why, amount = self._screen.context.signed_in, str(dispute.id), asked.reason, asked.amount
            self._screen.command(
                lambda _p: resolve_dispute(session, key, resolution, reason=why, amount=amount),
                lambda _done: asked.settled(), title="Settling",
            )  # fmt: skip

    def attach(self) -> None:
        """Add a file to the dispute that is shown."""
        from billing.services.vendor_settling import attach_evidence

        dispute = self._screen.panel.dispute
        name, _kind = (
            QFileDialog.getOpenFileName(self._screen, "Attach a file", "", EVIDENCE_KINDS) if dispute else ("", "")
        )
        if name and dispute is not None:
            session, key = self._screen.context.signed_in, str(dispute.id)
            self._screen.command(lambda _p: attach_evidence(session, key, Path(name)), title="Attaching")

    def save_file(self, evidence: UUID) -> None:
        """Save an attached file."""
        from billing.services.vendor_settling import save_evidence

        dispute = self._screen.panel.dispute
        target, _kind = QFileDialog.getSaveFileName(self._screen, "Save the file") if dispute else ("", "")
        if target and dispute is not None:
            session, key = self._screen.context.signed_in, str(dispute.id)
            self._screen.command(
                lambda _p: save_evidence(session, key, evidence, Path(target)), self._on_saved, title="Saving"
            )

    def pay(self) -> None:
        """Show the statement and record a payout."""
        client = self._screen.client_text()
        if self._screen.payout is not None and client is not None:
            PayoutDialog(self._screen, self._screen.payout, client, self._screen.papers.preview_statement).ask()

    def bank_file(self) -> None:
        """Write the made payouts as the bank takes them."""
        from billing.services.payouts import write_bank_file

        if self._screen.view is None:
            return
        bill = self._screen.view.bill
        name = f"Payout {bill.vendor_code} {bill.first_day:%Y-%m}.csv"
        target, _kind = QFileDialog.getSaveFileName(self._screen, "Save the bank file", name, "CSV (*.csv)")
        if target:
            session = self._screen.context.signed_in
            work = partial(write_bank_file, session, str(bill.id), Path(target))
            self._screen.command(lambda _p: work(), self._on_saved, title="Writing the bank file")

    def _on_saved(self, path: Path) -> None:
        self._screen.context.messages.toast(
            f"{path.name} saved", str(path.parent), action="Open folder", on_action=lambda: open_folder(path)
        )
