"""Watched folders of this computer: which there are, whose sheets arrive there, and what waits in them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from moveinsync_desktop import formats
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.views.dialogs import import_jobs
from moveinsync_desktop.views.dialogs.confirm import PlainDialog
from moveinsync_desktop.views.dialogs.import_file_page import WhoseTrips
from moveinsync_desktop.views.widgets.basics import Card, ElidedLabel, label, plain, row, scrolling, stretch
from moveinsync_desktop.views.widgets.buttons import Button, LinkButton
from moveinsync_desktop.views.widgets.facts import clear_layout

if TYPE_CHECKING:
    from billing.exchange.sheets.folders import ArrivedSheet, WatchedFolder
    from moveinsync_desktop.watched import WatchedFolders

WIDE = 720


class WatchedFoldersDialog(PlainDialog):
    """Signals: import_wanted(ArrivedSheet), after the dialog was closed for it."""

    import_wanted = Signal(object)

    def __init__(self, context: AppContext, watched: WatchedFolders, parent: QWidget | None = None) -> None:
        super().__init__(parent, "Watched folders", width=WIDE)
        self.context, self.watched = context, watched
        words = (
            "Sheets that arrive in these folders are offered here. Nothing is stored before you have seen every row."
        )
        self.body.addWidget(label(words, c="ink2", wrap=True))
        self._folders, self._waiting = QVBoxLayout(), QVBoxLayout()
        for box in (self._folders, self._waiting):
            box.setSpacing(6)
        self._whose = WhoseTrips(is_super=context.sees_every_client, is_vendor=context.signed_in.vendor_id is not None)
        self.add_button = Button("Watch a folder…", icon="plus", on_click=self._choose)
        folders, waiting = Card("Folders on this computer"), Card("Waiting to be imported")
        folders.add(plain(self._folders))
        folders.add(self._whose)
        folders.add(plain(row(self.add_button, stretch())))
        waiting.add(plain(self._waiting))
        content = QVBoxLayout()
        content.setSpacing(12)
        content.addWidget(waiting)
        content.addWidget(folders)
        content.addStretch(1)
        self.body.addWidget(scrolling(plain(content)), 1)
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Close", "primary", on_click=self.accept))
        self.resize(WIDE, 560)
        watched.changed.connect(self._show)
        self._show()
        read = import_jobs.parties(context.signed_in)
        context.workers.run_query(
            read, lambda found: self._whose.set_parties(*found), context.messages.error, owner=self
        )
        watched.look()

    def add(self, folder: Path) -> None:
        """Watch a folder for the client and vendor that are chosen."""
        from billing.exchange.sheets.folders import WatchedFolder

        self.watched.add(WatchedFolder(folder, self._whose.client.value or "", self._whose.vendor.value or ""))

    def _choose(self) -> None:
        if name := QFileDialog.getExistingDirectory(self, "Folder to watch"):
            self.add(Path(name))

    def _show(self) -> None:
        clear_layout(self._folders)
        clear_layout(self._waiting)
        for one in self.watched.folders:
            self._folders.addWidget(self._folder_row(one))
        for sheet in self.watched.waiting:
            self._waiting.addWidget(self._sheet_row(sheet))
        if not self.watched.folders:
            self._folders.addWidget(label("No folder is watched yet.", c="ink2"))
        if not self.watched.waiting:
            self._waiting.addWidget(label("Nothing is waiting.", c="ink2"))

    def _folder_row(self, one: WatchedFolder) -> QWidget:
        name = ElidedLabel(str(one.folder))
        name.setToolTip(str(one.folder))
        trouble = self.watched.missing.get(one.folder, "")
        state = label(trouble or whose(one), t="sm", c="danger_mark" if trouble else "ink2")
        remove = LinkButton("Stop watching", on_click=lambda: self.watched.remove(one.folder))
        remove.setAccessibleName(f"Stop watching {one.folder}")
        line = row(name, state, remove, gap=12)
        line.setStretch(0, 1)
        return plain(line)

    def _sheet_row(self, sheet: ArrivedSheet) -> QWidget:
        name = ElidedLabel(sheet.path.name)
        name.setToolTip(str(sheet.path))
        state = label(f"{whose(sheet.watched)}  ·  {_arrived(sheet.path)}", t="sm", c="ink2")
        aside = LinkButton("Put aside", on_click=lambda: self.watched.put_aside(sheet))
        take = Button("Check and import…", on_click=lambda: self._take(sheet))
        aside.setAccessibleName(f"Put {sheet.path.name} aside")
        take.setAccessibleName(f"Check and import {sheet.path.name}")
        line = row(name, state, aside, take, gap=12)
        line.setStretch(0, 1)
        return plain(line)

    def _take(self, sheet: ArrivedSheet) -> None:
        self.accept()
        self.import_wanted.emit(sheet)


def whose(one: WatchedFolder) -> str:
    """Whose sheets arrive there, in words."""
    return one.vendor or one.client or "Named in the file"


def _arrived(path: Path) -> str:
    try:
        moment = datetime.fromtimestamp(path.stat().st_mtime, formats.INDIA)
    except OSError:
        return "gone since"
    return formats.stamp(moment)
