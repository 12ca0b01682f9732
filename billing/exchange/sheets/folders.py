"""Folders into which vendors' sheets arrive (by mail rule, shared drive or sync): which files lie there complete."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from billing.exchange.sheets.file_hash import file_hash

SUFFIXES = frozenset({".xlsx", ".xlsm", ".xls", ".ods", ".csv", ".tsv", ".txt", ".xml", ".html", ".htm"})
QUIET_SECONDS = 2.0
"""A file that was written to more recently may still be arriving."""
_MOST = 500  # of one folder, the newest: nobody has more sheets waiting


@dataclass(frozen=True, slots=True)
class WatchedFolder:
    """A folder and whose sheets arrive there: codes of client and vendor, "" where the file names them."""

    folder: Path
    client: str = ""
    vendor: str = ""


@dataclass(frozen=True, slots=True)
class ArrivedSheet:
    """A complete file in a watched folder."""

    path: Path
    watched: WatchedFolder
    sha256: str


@dataclass(slots=True)
class FolderScan:
    """Looks into folders again and again; a file is hashed once, as long as its size and time stay.

    Attributes: missing (folders that could not be read at the last look, with the reason in words).
    """

    missing: dict[Path, str] = field(default_factory=dict)
    _hashes: dict[tuple[Path, int, int], str] = field(default_factory=dict)

    def arrived(self, folders: Iterable[WatchedFolder]) -> list[ArrivedSheet]:
        """The complete sheets that lie in the folders now, oldest first; a folder that is gone is noted, not raised."""
        self.missing.clear()
        found: list[tuple[int, ArrivedSheet]] = []
        for watched in folders:
            try:
                found += list(self._of_folder(watched))
            except OSError as error:
                self.missing[watched.folder] = error.strerror or "cannot be read"
        return [sheet for _time, sheet in sorted(found, key=lambda item: (item[0], item[1].path.name))]

    def _of_folder(self, watched: WatchedFolder) -> Iterator[tuple[int, ArrivedSheet]]:
        entries = [path for path in watched.folder.iterdir() if _is_sheet(path)]
        told = [(path.stat(), path) for path in entries]
        quiet = time.time() - QUIET_SECONDS
        for about, path in sorted(told, key=lambda item: -item[0].st_mtime_ns)[:_MOST]:
            if about.st_size and about.st_mtime <= quiet:
                key = (path, about.st_size, about.st_mtime_ns)
                if key not in self._hashes:
                    self._hashes[key] = file_hash(path)
                yield about.st_mtime_ns, ArrivedSheet(path, watched, self._hashes[key])


def _is_sheet(path: Path) -> bool:
    """Not the lock files and halves that office programs and downloads leave beside a sheet."""
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(("~", ".")) and path.is_file()
