"""Sheets that arrived in watched folders and were not imported yet; importing stays a person's decision."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from billing.exchange.sheets.folders import ArrivedSheet, FolderScan, WatchedFolder

if TYPE_CHECKING:
    from billing.store.session import Session


def waiting_sheets(session: Session, scan: FolderScan, folders: Iterable[WatchedFolder]) -> list[ArrivedSheet]:
    """The sheets in the folders that no import of this workspace has taken yet, oldest first.

    A file is known by its content: renamed or copied it is still the one that was imported. An undone import makes its
    file wait again. Folders that cannot be read are in `scan.missing`.
    """
    session.require("trips.submit")
    arrived = scan.arrived(folders)
    if not arrived:
        return []
    with session.unit_of_work(name="trips.watched") as uow:
        known = uow.trip_imports.known_files({sheet.sha256 for sheet in arrived})
    return [sheet for sheet in arrived if sheet.sha256 not in known]
