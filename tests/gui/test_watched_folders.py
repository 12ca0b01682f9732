"""Watched folders in the window: a sheet arrives, is told, opened with its vendor, imported, and waits no longer."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from billing.exchange.sheets.folders import ArrivedSheet, WatchedFolder
from billing.store.session import Session
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.views.dialogs.import_trips import CHECK, DONE, ImportTripsDialog
from moveinsync_desktop.views.dialogs.watched_folders import WatchedFoldersDialog
from moveinsync_desktop.views.trips import TripsScreen
from moveinsync_desktop.watched import WatchedFolders
from tests.support.people import Pair
from tests.support.sheets import HEADER, row, write_csv


@pytest.fixture
def desk(context: AppContext, client_admin: Session) -> Iterator[AppContext]:
    """Signed in, with folders being watched."""
    context.session = client_admin
    context.watched = WatchedFolders(context)
    yield context
    context.watched.deleteLater()


def arrive(folder: Path, name: str, number: int) -> Path:
    """A sheet that names neither client nor vendor, complete since a minute ago."""
    cells = [cell for place, cell in enumerate(row(number)) if place not in (1, 2)]
    path = write_csv(folder / name, [cells], header=[HEADER[0], *HEADER[3:]])
    os.utime(path, (time.time() - 60,) * 2)
    return path


def test_a_sheet_goes_from_the_folder_to_the_database(desk: AppContext, qtbot: Any, pair: Pair, tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    folder.mkdir()
    watched, told = desk.watched, []
    assert watched is not None
    watched.arrived.connect(told.extend)
    screen = TripsScreen(desk)
    qtbot.addWidget(screen)
    screen.ensure_built()
    watched.add(WatchedFolder(folder, "", pair.link.code))
    path = arrive(folder, "october.csv", 1)
    watched.look()
    qtbot.waitUntil(lambda: [sheet.path for sheet in told] == [path], timeout=10_000)
    assert screen._waiting.accessibleName() == "1 sheet waiting"
    dialog = WatchedFoldersDialog(desk, watched, screen)
    qtbot.addWidget(dialog)
    wanted: list[ArrivedSheet] = []
    dialog.import_wanted.connect(wanted.append)
    dialog._take(watched.waiting[0])
    screen.open_with(sheet=wanted[0])
    opened = screen.deeds.dialog
    assert isinstance(opened, ImportTripsDialog)
    qtbot.waitUntil(lambda: opened.pages.currentIndex() == CHECK, timeout=15_000)
    assert opened.check_page.ready == 1
    opened._store()
    qtbot.waitUntil(lambda: opened.pages.currentIndex() == DONE, timeout=15_000)
    watched.look()
    qtbot.waitUntil(lambda: not watched.waiting, timeout=10_000)
    assert screen._waiting.isHidden()
    opened.close()


def test_folders_are_kept_and_sheets_can_be_put_aside(desk: AppContext, qtbot: Any, pair: Pair, tmp_path: Path) -> None:
    watched = desk.watched
    assert watched is not None
    watched.add(WatchedFolder(tmp_path, "", "V1"))
    watched.add(WatchedFolder(tmp_path, "", "V2"))
    assert [(one.folder, one.vendor) for one in WatchedFolders(desk).folders] == [(tmp_path, "V2")]
    arrive(tmp_path, "a.csv", 1)
    watched.look()
    qtbot.waitUntil(lambda: len(watched.waiting) == 1, timeout=10_000)
    watched.put_aside(watched.waiting[0])
    with qtbot.waitSignal(desk.workers.busy_changed, timeout=10_000):
        watched.look()
    qtbot.waitUntil(lambda: not watched._is_looking, timeout=10_000)
    assert watched.waiting == []
    watched.remove(tmp_path)
    assert watched.folders == ()


def test_a_folder_that_is_gone_says_so(desk: AppContext, qtbot: Any, tmp_path: Path) -> None:
    watched = desk.watched
    assert watched is not None
    dialog = WatchedFoldersDialog(desk, watched)
    qtbot.addWidget(dialog)
    dialog.add(tmp_path / "gone")
    watched.look()
    qtbot.waitUntil(lambda: bool(watched.missing), timeout=10_000)
    assert any("No such file" in child.text() for child in dialog.findChildren(type(dialog.title_label)))
