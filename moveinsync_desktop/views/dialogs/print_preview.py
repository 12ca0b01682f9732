"""A document as it will be printed: leaf through its pages, print them, save them as PDF.

    PreviewDialog(screen, "SLC/26-27/00118", papers_by_copy).exec()
Papers come ready (read in a worker); laying them out is Qt's own work and stays here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtPrintSupport import QPrintDialog, QPrinter, QPrintPreviewWidget
from PySide6.QtWidgets import QWidget

from billing.exchange.paper.html import Paper
from moveinsync_desktop import printing
from moveinsync_desktop.views.dialogs.confirm import PlainDialog
from moveinsync_desktop.views.widgets.basics import label, row, stretch
from moveinsync_desktop.views.widgets.buttons import Button, IconButton
from moveinsync_desktop.views.widgets.choices import Segmented

SIZE = (900, 640)
COPIES = (("original", "Original"), ("duplicate", "Duplicate"), ("both", "Both copies"))
Papers = Mapping[str, Sequence[Paper]]


class PreviewDialog(PlainDialog):
    """Attributes: preview (Qt's widget), pages (how many there are), copies (which copy is shown)."""

    def __init__(self, parent: QWidget | None, title: str, papers: Papers, *, on_save: Callable[[], object]) -> None:
        super().__init__(parent, title, width=SIZE[0])
        self._papers = papers
        printing.load_fonts()
        self._printer = QPrinter(QPrinter.PrinterMode.ScreenResolution)
        self._printer.setResolution(printing.DPI)
        self._printer.setPageLayout(printing.page_layout())
        self.copies = Segmented([choice for choice in COPIES if choice[0] in papers], "Copy")
        self.copies.chosen.connect(lambda _copy: self._show_again())
        self.preview = QPrintPreviewWidget(self._printer)
        self.preview.setAccessibleName(f"Preview of {title}")
        self.preview.paintRequested.connect(self._paint)
        self.preview.previewChanged.connect(self._tell_page)
        self._page_words = label("", c="ink2")
        self._make_bar()
        self.body.addWidget(self.preview, 1)
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Close", on_click=self.reject))
        self.save_button = Button("Save PDF…", icon="download", on_click=on_save)
        self.print_button = Button("Print…", "primary", on_click=self.print)
        self.foot.addWidget(self.save_button)
        self.foot.addWidget(self.print_button)
        self.resize(*SIZE)
        self.preview.fitToWidth()
        for key, step in ((Qt.Key.Key_PageDown, 1), (Qt.Key.Key_PageUp, -1)):
            QShortcut(QKeySequence(key), self, lambda step=step: self.turn(step))
        QShortcut(QKeySequence("Ctrl+P"), self, self.print)
        self.print_button.setFocus()

    @property
    def pages(self) -> int:
        """How many pages the shown copies have."""
        return self.preview.pageCount()

    def _make_bar(self) -> None:
        back = IconButton("chevron-left", "Page before", on_click=lambda: self.turn(-1), key="PgUp")
        forth = IconButton("chevron-right", "Next page", on_click=lambda: self.turn(1), key="PgDown")
        width = Button("Fit width", on_click=self.preview.fitToWidth)
        whole = Button("Whole page", on_click=self.preview.fitInView)
        bar = row(self.copies, stretch(), back, self._page_words, forth, width, whole, gap=8)
        self.body.addLayout(bar)

    def turn(self, step: int) -> None:
        """Go to another page."""
        wanted = min(max(self.preview.currentPage() + step, 1), max(self.pages, 1))
        self.preview.setCurrentPage(wanted)
        self._tell_page()

    def print(self) -> None:
        """Ask for the printer, then print what is shown."""
        dialog = QPrintDialog(self._printer, self)
        if dialog.exec() == QPrintDialog.DialogCode.Accepted:
            self._paint(self._printer)
            self.accept()

    def _paint(self, printer: QPrinter) -> None:
        printing.paint(printer, self._papers[str(self.copies.value)])

    def _show_again(self) -> None:
        self.preview.updatePreview()
        self._tell_page()

    def _tell_page(self) -> None:
        self._page_words.setText(f"Page {self.preview.currentPage()} of {self.pages}")
