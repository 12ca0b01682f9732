"""Watched folders: a sheet waits until it was imported, by its content, and again after the import was undone."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from billing.errors import NotAllowedError
from billing.exchange.sheets.folders import FolderScan, WatchedFolder
from billing.services.trip_decisions import undo_import
from billing.services.trips import import_file
from billing.services.watched_folders import waiting_sheets
from billing.store.session import Session
from tests.support.people import Pair
from tests.support.sheets import row, write_csv


def settled(path: Path, minutes: int = 1) -> Path:
    """As if the file had been written some minutes ago."""
    moment = time.time() - 60 * minutes
    os.utime(path, (moment, moment))
    return path


def sheet(folder: Path, name: str, pair: Pair, number: int) -> Path:
    cells = row(number, client=pair.client.code, vendor=pair.link.code)
    return write_csv(folder / name, [cells])


def test_a_sheet_waits_until_it_is_imported(client_admin: Session, pair: Pair, tmp_path: Path) -> None:
    scan, watched = FolderScan(), [WatchedFolder(tmp_path, "", pair.link.code)]
    assert waiting_sheets(client_admin, scan, watched) == []
    first = settled(sheet(tmp_path, "week1.csv", pair, 1), minutes=9)
    settled(sheet(tmp_path, "week2.csv", pair, 2))
    names = [item.path.name for item in waiting_sheets(client_admin, scan, watched)]
    assert names == ["week1.csv", "week2.csv"]
    result = import_file(client_admin, first)
    first.rename(tmp_path / "again.csv")
    assert [item.path.name for item in waiting_sheets(client_admin, scan, watched)] == ["week2.csv"]
    undo_import(client_admin, str(result.file_id))
    assert len(waiting_sheets(client_admin, scan, watched)) == 2


def test_what_is_no_complete_sheet_is_left_alone(client_admin: Session, pair: Pair, tmp_path: Path) -> None:
    sheet(tmp_path, "still-arriving.csv", pair, 1)
    for name in ("~$open.xlsx", ".hidden.csv", "letter.pdf", "half.csv.part", "empty.csv"):
        settled(tmp_path / name if (tmp_path / name).write_text("" if name == "empty.csv" else "x") + 1 else tmp_path)
    (tmp_path / "folder.csv").mkdir()
    assert waiting_sheets(client_admin, FolderScan(), [WatchedFolder(tmp_path)]) == []


def test_a_folder_that_is_gone_is_told_and_the_others_are_read(
    client_admin: Session, pair: Pair, tmp_path: Path
) -> None:
    settled(sheet(tmp_path, "a.csv", pair, 1))
    scan, gone = FolderScan(), tmp_path / "gone"
    assert len(waiting_sheets(client_admin, scan, [WatchedFolder(gone), WatchedFolder(tmp_path)])) == 1
    assert scan.missing == {gone: "No such file or directory"}


def test_who_may_not_import_watches_nothing(viewer: Session, tmp_path: Path) -> None:
    with pytest.raises(NotAllowedError):
        waiting_sheets(viewer, FolderScan(), [WatchedFolder(tmp_path)])
