"""What the import dialog asks of the services, as functions for the workers: no widget is touched here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from billing.services.trips import ImportChoices, ImportResult
    from billing.store.session import Session
    from moveinsync_desktop.models.import_preview import Preview
    from moveinsync_desktop.workers import Progress

Job = Callable[["Progress"], Any]
Parties = tuple[list[tuple[Any, str, str]], dict[Any, list[tuple[str, str]]]]


def parties(session: Session) -> Callable[[], Parties]:
    """Clients (id, code, name) by name, and each one's vendors (code, name)."""

    def read() -> Parties:
        with session.unit_of_work(name="import.parties") as uow:
            names = {vendor.id: vendor.name for vendor in uow.vendors.find()}
            links: dict[Any, list[tuple[str, str]]] = {}
            for link in uow.client_vendors.find():
                links.setdefault(link.client_id, []).append((link.code, names.get(link.vendor_id, link.code)))
            clients = [(client.id, client.code, client.name) for client in uow.clients.find()]
        return sorted(clients, key=lambda item: item[2].lower()), links

    return read


def mappings(session: Session, client: str, vendor: str) -> Callable[[], dict[str, dict[str, str]]]:
    """The vendor's saved mappings."""

    def read() -> dict[str, dict[str, str]]:
        from billing.services.trip_decisions import saved_mappings

        return saved_mappings(session, client=client, vendor=vendor)

    return read


def check(session: Session, path: Path, choices: ImportChoices) -> Job:
    """The preview."""

    def run(progress: Progress) -> Preview:
        from moveinsync_desktop.models.import_preview import read_preview

        return read_preview(session, path, choices, progress)

    return run


def store(session: Session, path: Path, choices: ImportChoices, save_as: str) -> Job:
    """The import; with a name the columns are kept for the vendor."""

    def run(progress: Progress) -> ImportResult:
        from billing.services.trip_decisions import save_mapping
        from billing.services.trips import import_file

        result = import_file(session, path, choices, progress=progress)
        batch = result.batches[0].batch if len(result.batches) == 1 else None
        if save_as and batch is not None and batch.vendor_id is not None:
            client, vendor = str(batch.client_id), str(batch.vendor_id)
            save_mapping(session, client=client, vendor=vendor, name=save_as, mapping=result.checked.mapping)
        return result

    return run


def undo(session: Session, identity: str) -> Job:
    """Take the import back."""

    def run(_progress: Progress) -> Any:
        from billing.services.trip_decisions import undo_import

        return undo_import(session, identity)

    return run


def remember(session: Session, kind: str, text: str, code: str, client: str) -> Job:
    """Keep an unknown name with the client or vendor that it means."""

    def run(_progress: Progress) -> Any:
        from billing.services.trip_aliases import remember_client, remember_vendor

        if kind == "client":
            return remember_client(session, client=code, text=text)
        return remember_vendor(session, client=client, vendor=code, text=text)

    return run


def write_rows(preview: Preview, path: Path, target: Path) -> Job:
    """The rejected rows with their reasons as a workbook."""

    def run(_progress: Progress) -> int:
        from billing.exchange.sheets.rejects import write_rejects

        return write_rejects(preview.checked, path, target)

    return run


def demo_sheet(home: Path) -> Callable[[], Path]:
    """Write October's sheet of the demo company, mistakes and all, into the data folder; gives its path."""

    def write() -> Path:
        from billing.exchange.demo.sheet import write_october_sheet

        target = home / "october-trips.xlsx"
        write_october_sheet(target)
        return target

    return write
