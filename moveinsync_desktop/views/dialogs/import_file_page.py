"""First page of the import: which file, and whose trips they are where the file does not say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QVBoxLayout, QWidget

from moveinsync_desktop import formats
from moveinsync_desktop.views.widgets.basics import Card, column, frame, label, scrolling, stretch
from moveinsync_desktop.views.widgets.buttons import Button, LinkButton
from moveinsync_desktop.views.widgets.choices import Check, Combo
from moveinsync_desktop.views.widgets.forms import Form, FormRow
from moveinsync_desktop.views.widgets.notices import MessageBar
from moveinsync_desktop.views.widgets.placeholder import Glyph

KINDS = "Trip sheets (*.xlsx *.xls *.ods *.csv *.tsv *.txt *.xml *.html *.htm *.zip *.gz *.eml);;All files (*)"
FROM_FILE = "Named in the file"


class DropZone(QFrame):
    """Where files can be dropped. Signals: dropped(list of Path)."""

    dropped = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "well")
        self.setAcceptDrops(True)
        self.setAccessibleName("Drop a trip sheet here")
        self.title = label("Drop a trip sheet here", t="h2")
        self.note = label(
            "Excel, OpenDocument, CSV or TSV, as the vendor sent it. Nothing is stored before you have seen every row.",
            c="ink2",
        )
        self.button = Button("Choose a file…", "primary", icon="upload", on_click=self._choose)
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 28, 24, 28)
        box.setSpacing(8)
        self.sample = LinkButton("Take October of the demo company", tip="A vendor's sheet with some mistakes in it")
        self.sample.hide()
        for widget in (Glyph("file-spreadsheet", "ink3", 24), self.title, self.note, self.button, self.sample):
            box.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)

    def show_file(self, path: Path, note: str) -> None:
        """A file was chosen."""
        self.title.setText(path.name)
        self.note.setText(note)
        self.button.set_text("Choose another file…")

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """One local file is welcome."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Take the files."""
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.dropped.emit(paths)

    def _choose(self) -> None:
        names, _kind = QFileDialog.getOpenFileNames(self, "Choose trip sheets", "", KINDS)
        if names:
            self.dropped.emit([Path(name) for name in names])


class WhoseTrips(Form):
    """Client and vendor for rows that name none. Attributes: client, vendor. Signals: picked()."""

    picked = Signal()

    def __init__(self, *, is_super: bool, is_vendor: bool) -> None:
        super().__init__()
        self._links: dict[Any, list[tuple[str, str]]] = {}
        self._by_code: dict[Any, Any] = {}
        self.client = Combo([(None, FROM_FILE)], name="Client")
        self.vendor = Combo([(None, FROM_FILE)], name="Vendor")
        self.client.chosen.connect(self._on_client)
        self.vendor.chosen.connect(lambda _value: self.picked.emit())
        for field, words, is_shown in (
            (self.client, "Client", is_super or is_vendor),
            (self.vendor, "Vendor", not is_vendor),
        ):
            field.setFixedWidth(280)
            line = self.add(FormRow(words, field, hint="Used for rows that name none"))
            line.setVisible(is_shown)

    def set_parties(self, clients: list[tuple[Any, str, str]], links: dict[Any, list[tuple[str, str]]]) -> None:
        """Offer clients (id, code, name) and each one's vendors (code, name)."""
        self._links = links
        self._by_code = {code: client_id for client_id, code, _name in clients}
        choices: list[tuple[Any, str]] = [(None, FROM_FILE)]
        self.client.set_choices(choices + [(code, f"{name}  {code}") for _id, code, name in clients])
        if len(clients) == 1:
            self.client.set_value(clients[0][1])
        self._on_client(self.client.value)

    def choose(self, client: str, vendor: str) -> None:
        """Take these codes, where they are offered; "" leaves what is chosen."""
        if client:
            self.client.set_value(client)
            self._on_client(client)
        if vendor:
            self.vendor.set_value(vendor)
            self.picked.emit()

    def vendor_choices(self) -> list[tuple[Any, str]]:
        """The vendors (code, words) of the client that is chosen."""
        return [(code, f"{name}  {code}") for code, name in self._links.get(self._by_code.get(self.client.value), [])]

    def _on_client(self, code: Any) -> None:
        own = self._links.get(self._by_code.get(code), []) if code else []
        choices: list[tuple[Any, str]] = [(None, FROM_FILE)]
        self.vendor.set_choices(choices + [(link, f"{name}  {link}") for link, name in own])
        self.picked.emit()


class FilePage(QFrame):
    """Attributes: path, waiting (files for afterwards). Signals: file_chosen(Path), changed()."""

    file_chosen = Signal(object)
    changed = Signal()

    def __init__(self, *, is_super: bool, is_vendor: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "canvas")
        self.path: Path | None = None
        self.waiting: list[Path] = []
        self.message = MessageBar()
        self.zone = DropZone()
        self.zone.dropped.connect(self.set_paths)
        self.whose = WhoseTrips(is_super=is_super, is_vendor=is_vendor)
        self.whose.picked.connect(self.changed)
        self.client, self.vendor = self.whose.client, self.whose.vendor
        self.create_new = Check("Create clients and vendors that are new")
        self.create_new.toggled.connect(lambda _on: self.changed.emit())
        self.strict = Check("Reject rows whose cab or employee is not on record")
        self.strict.toggled.connect(lambda _on: self.changed.emit())
        strict_row = self.whose.add(FormRow("Unknown ones", self.strict))
        strict_row.setVisible(not is_vendor)
        create_row = self.whose.add(FormRow("New names", self.create_new))
        create_row.setVisible(is_super)
        card = Card("Whose trips")
        card.add(self.whose)
        content = frame("plain", column(self.message, self.zone, card, stretch(), gap=12, margins=(24, 20, 24, 20)))
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(scrolling(content))

    def set_paths(self, paths: list[Path]) -> None:
        """Choose files: the first now, the others one after the other."""
        self.waiting = paths[1:]
        self.set_path(paths[0])

    def set_path(self, path: Path) -> None:
        """Choose a file."""
        try:
            size = path.stat().st_size
        except OSError:
            self.message.show_message("danger", f"{path.name} cannot be read.")
            return
        self.message.hide()
        self.path = path
        self.zone.show_file(path, f"{formats.count(max(1, size // 1024))} kB in {path.parent}{self._more()}")
        self.file_chosen.emit(path)

    def _more(self) -> str:
        return f"; then {formats.plural(len(self.waiting), 'more file')}" if self.waiting else ""
