"""Watched folders: sheets that arrive there are offered for import while the window is open.

    watched = WatchedFolders(context, parent); watched.arrived.connect(...); watched.add(folder); watched.look()

Folders are kept on this computer, by workspace. The system tells of changes where it can; a look every some seconds
finds the rest (shared drives tell nobody). Reading runs in a worker.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from billing.schemas.changes import Changes

if TYPE_CHECKING:
    from billing.exchange.sheets.folders import ArrivedSheet, FolderScan, WatchedFolder
    from moveinsync_desktop.context import AppContext

LOOK_EVERY_MS = 15_000
SETTLE_MS = 2_500  # longer than a file must lie untouched
OPERATION = "trips.submit"


class WatchedFolders(QObject):
    """Attributes: folders, waiting (sheets nobody imported or put aside), missing (folder -> reason).

    Signals: changed() when `folders` or `waiting` changed; arrived(list of ArrivedSheet) that were not there before.
    """

    changed = Signal()
    arrived = Signal(object)

    def __init__(self, context: AppContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.context = context
        self.waiting: list[ArrivedSheet] = []
        self.missing: dict[Path, str] = {}
        self._scan: FolderScan | None = None
        self._is_looking = False
        self._key = f"watched/{context.signed_in.profile.workspace_id}"
        self._system = QFileSystemWatcher(self)
        self._every = QTimer(self, interval=LOOK_EVERY_MS)
        self._soon = QTimer(self, interval=SETTLE_MS, singleShot=True)
        self._every.timeout.connect(self.look)
        self._soon.timeout.connect(self.look)
        self._system.directoryChanged.connect(lambda _folder: self._soon.start())
        context.workers.changes.connect(self._on_changes)
        self._follow()

    @property
    def folders(self) -> tuple[WatchedFolder, ...]:
        """The folders that are watched, as they were added."""
        from billing.exchange.sheets.folders import WatchedFolder

        kept: Sequence[dict[str, str]] = self._kept().get("folders", [])
        return tuple(WatchedFolder(Path(one["folder"]), one["client"], one["vendor"]) for one in kept)

    def add(self, watched: WatchedFolder) -> None:
        """Watch a folder; a folder is watched for one vendor at a time, the last one said."""
        self._store([one for one in self.folders if one.folder != watched.folder] + [watched])

    def remove(self, folder: Path) -> None:
        """Watch it no longer; its files stay as they are."""
        self._store([one for one in self.folders if one.folder != folder])

    def put_aside(self, sheet: ArrivedSheet) -> None:
        """Do not offer this sheet again."""
        kept = self._kept()
        aside = [*kept.get("aside", []), sheet.sha256]
        self.context.settings.keep(self._key, {**kept, "aside": aside[-1000:]})
        self.waiting = [one for one in self.waiting if one.sha256 != sheet.sha256]
        self.changed.emit()

    def look(self) -> None:
        """Look into the folders now, in a worker; one look at a time."""
        from billing.exchange.sheets.folders import FolderScan
        from billing.services.watched_folders import waiting_sheets

        session, folders = self.context.session, self.folders
        if self._is_looking or session is None or not folders or not self.context.may(OPERATION):
            return
        scan = self._scan = self._scan or FolderScan()
        self._is_looking = True
        self.context.workers.run_query(
            lambda: waiting_sheets(session, scan, folders), self._on_found, self._on_error, owner=self
        )

    def _on_found(self, sheets: list[ArrivedSheet]) -> None:
        self._is_looking = False
        aside = set(self._kept().get("aside", []))
        before = {sheet.sha256 for sheet in self.waiting}
        found = [sheet for sheet in sheets if sheet.sha256 not in aside]
        missing = dict(self._scan.missing) if self._scan is not None else {}
        if found != self.waiting or missing != self.missing:
            self.waiting, self.missing = found, missing
            self.changed.emit()
        if fresh := [sheet for sheet in found if sheet.sha256 not in before]:
            self.arrived.emit(fresh)

    def _on_error(self, _error: Exception) -> None:
        """A look that failed (no connection, session over) is tried again at the next one."""
        self._is_looking = False

    def _on_changes(self, changes: Changes) -> None:
        if "import_batches" in changes.tables and self.folders:
            self._soon.start()

    def _kept(self) -> dict[str, Any]:
        return self.context.settings.kept(self._key)

    def _store(self, folders: Sequence[WatchedFolder]) -> None:
        listed = [{"folder": str(one.folder), "client": one.client, "vendor": one.vendor} for one in folders]
        self.context.settings.keep(self._key, {**self._kept(), "folders": listed})
        watched = {one.folder for one in folders}
        self.waiting = [sheet for sheet in self.waiting if sheet.watched.folder in watched]
        self._follow()
        self.changed.emit()

    def _follow(self) -> None:
        """Let the system tell of the folders; look at once, since files may lie there already."""
        if known := self._system.directories():
            self._system.removePaths(known)
        if self.folders:
            if present := [str(one.folder) for one in self.folders if one.folder.is_dir()]:
                self._system.addPaths(present)
            self._every.start()
            self._soon.start()
        else:
            self._every.stop()
