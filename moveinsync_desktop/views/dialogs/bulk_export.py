"""Which files several documents become, and where they go: one folder or one zip archive."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from moveinsync_desktop import formats
from moveinsync_desktop.views.dialogs.confirm import PlainDialog
from moveinsync_desktop.views.dialogs.print_preview import COPIES
from moveinsync_desktop.views.widgets.basics import label
from moveinsync_desktop.views.widgets.buttons import Button
from moveinsync_desktop.views.widgets.choices import Check, Segmented
from moveinsync_desktop.views.widgets.forms import Form, FormRow

KINDS = (("pdf", "PDF"), ("xlsx", "Excel workbook"), ("csv", "CSV of the trips"), ("einvoice", "E-invoice JSON"))


class BulkExportDialog(PlainDialog):
    """Attributes: formats, copy, archive; target after `ask()`."""

    def __init__(self, parent: QWidget | None, count: int) -> None:
        super().__init__(parent, f"Export {formats.plural(count, 'document')}", width=560)
        self.target: Path | None = None
        self._kinds = {kind: Check(words, checked=kind in ("pdf", "xlsx")) for kind, words in KINDS}
        self._copy, self._into = Segmented(COPIES, "Copy"), Segmented([(False, "Folder"), (True, "One zip")], "Into")
        form = Form(
            *(FormRow("Files" if place == 0 else "", box) for place, box in enumerate(self._kinds.values())),
            FormRow("PDF holds", self._copy),
            FormRow("Into", self._into, hint="files are named by number"),
        )
        self.body.addWidget(form)
        self.body.addWidget(label("E-invoices of all documents go into one file, as the portal takes them.", c="ink3"))
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Cancel", on_click=self.reject))
        self.export_button = Button("Export…", "primary", on_click=self.accept)
        self.foot.addWidget(self.export_button)
        for box in self._kinds.values():
            box.toggled.connect(lambda _on: self._refresh())
        self._refresh()

    @property
    def formats(self) -> tuple[str, ...]:
        """What is ticked."""
        return tuple(kind for kind, box in self._kinds.items() if box.isChecked())

    @property
    def copy(self) -> str:
        """Which copies a PDF holds."""
        return str(self._copy.value)

    @property
    def archive(self) -> bool:
        """One zip instead of a folder."""
        return bool(self._into.value)

    def accept(self) -> None:
        """Ask where, then close."""
        if self.archive:
            name, _kind = QFileDialog.getSaveFileName(self, "Save the archive", "invoices.zip", "Zip archive (*.zip)")
        else:
            name = QFileDialog.getExistingDirectory(self, "Save the documents in")
        if name:
            self.target = Path(name)
            super().accept()

    def _refresh(self) -> None:
        self.export_button.wait_for("" if self.formats else "Choose a kind of file")
        self._copy.setEnabled("pdf" in self.formats)
