"""Trip sheets into the workspace, and what is decided about stored trips (DESIGN.md sections 3 and 6).

One function a user intention, one unit of work each. Who may do what is decided by the database (SECURITY.md (c) 3, 4).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from billing.errors import RefusedError
from billing.exchange.sheets import process
from billing.exchange.sheets.options import DEFAULT_TIMEZONE, ReadOptions
from billing.exchange.sheets.result import CheckedFile
from billing.schemas.changes import Changes
from billing.schemas.ids import new_id
from billing.schemas.imports import BatchResult, ImportBatch
from billing.schemas.parties import Client
from billing.services import trip_parties
from billing.services.import_choices import ImportChoices, ImportResult
from billing.services.lookup import find_client, find_link
from billing.services.new_parties import NewParties, create_missing
from billing.services.trip_names import check_names
from billing.services.trip_parties import KnownParties, Resolved
from billing.services.trip_stored import take_out_stored
from billing.store.intents import Intent

if TYPE_CHECKING:
    from billing.store.session import Session
    from billing.store.unit_of_work import UnitOfWork

__all__ = ["ImportChoices", "ImportResult", "import_file"]

Progress = Callable[[int, int, str], None]
_TIMEOUT_S = 600  # SECURITY.md R11: imports


def import_file(
    session: Session,
    path: Path,
    choices: ImportChoices | None = None,
    *,
    preview: bool = False,
    progress: Progress | None = None,
    **options: Any,
) -> ImportResult:
    """Check a trip sheet against the database and, unless it is a preview, write it in one transaction.

    Options are the fields of ImportChoices. With rejected rows nothing is written unless `lenient`.

    Raises:
        RefusedError: The file as a whole cannot be used; several clients in one file; a party chosen does not exist.
        ConflictError: The import with this key was carried out already (ALREADY_DONE).
        NotAllowedError: The role may not import, or not create parties.
        Cancelled: `progress` raised it; nothing was written.
    """
    choices = replace(choices or ImportChoices(), **options)
    work = _Import(session, path, choices, progress)
    checked = work.read()
    name, intent = "trips.preview", None
    if not preview:
        name, intent = "trips.import", Intent("import", f"The import of {path.name}", choices.key)
    with session.unit_of_work(timeout_s=_TIMEOUT_S, name=name, intent=intent) as uow:
        result = work.write(uow, checked, preview=preview)
        if result.written:
            uow.commit()
        return result


class _Import:
    """One file on its way in."""

    def __init__(self, session: Session, path: Path, choices: ImportChoices, progress: Progress | None) -> None:
        session.require("trips.submit")
        if choices.create_parties:
            session.require("clients.edit")
        self.session = session
        self.path = path
        self.choices = choices
        self.progress = progress
        self.client: Client | None = None

    def read(self) -> CheckedFile:
        """Read the file in the zone of its client; a file that names its client is read again if that zone differs."""
        options = self._options()
        checked = process.check_file(self.path, options, self.progress)
        if self.client is None and self.choices.timezone is None:
            zone = self._zone_of_clients(checked)
            if zone != options.timezone:
                checked = process.check_file(self.path, replace(options, timezone=zone), self.progress)
        return checked

    def _options(self) -> ReadOptions:
        choices = self.choices
        with self.session.unit_of_work(name="trips.options") as uow:
            client_text, vendor_text, mapping = choices.client, choices.vendor, dict(choices.mapping)
            self.client = self._chosen_client(uow)
            if self.client is not None:
                client_text = self.client.code
                vendor_text = self._vendor_code(uow, self.client)
            if choices.mapping_name is not None:
                mapping = {**self._saved_mapping(uow, vendor_text), **mapping}
        zone = choices.timezone or (self.client.time_zone if self.client else DEFAULT_TIMEZONE)
        return ReadOptions(
            client=client_text, vendor=vendor_text, mapping=mapping, derive_ids=choices.derive_ids,
            distance_unit=choices.distance_unit, date_order=choices.date_order, timezone=zone, now=self.session.now(),
            edits=tuple((*place, head, text) for place, cells in choices.edits.items() for head, text in cells.items()),
        )  # fmt: skip

    def _chosen_client(self, uow: UnitOfWork) -> Client | None:
        text = self.choices.client
        if text is None:
            clients: list[Client] = [] if self.session.sees_every_client else uow.clients.find()
            return clients[0] if len(clients) == 1 else None
        if self.choices.create_parties and KnownParties.read(uow).client(text) is None:
            return None
        return find_client(uow, text)

    def _vendor_code(self, uow: UnitOfWork, client: Client) -> str | None:
        text = self.choices.vendor
        if text is None:
            own = [
                link
                for link in uow.client_vendors.find(client_id=client.id)
                if link.vendor_id == self.session.vendor_id
            ]
            return own[0].code if own else None
        if self.choices.create_parties and KnownParties.read(uow).link(client, text) is None:
            return text
        return find_link(uow, client, text).code

    def _saved_mapping(self, uow: UnitOfWork, vendor_text: str | None) -> dict[str, str]:
        if self.client is None or vendor_text is None:
            raise RefusedError("MAPPING_NEEDS_VENDOR", "A saved mapping is a vendor's: say client and vendor, too.")
        link = find_link(uow, self.client, vendor_text)
        return uow.import_mappings.get(self.client.id, link.vendor_id, self.choices.mapping_name or "")

    def _zone_of_clients(self, checked: CheckedFile) -> str:
        with self.session.unit_of_work(name="trips.zones") as uow:
            parties = KnownParties.read(uow)
        texts = trip_parties.pairs_of(checked.accepted)
        zones = {client.time_zone for text in texts if (client := parties.client(text)) is not None}
        if len(zones) > 1:
            raise RefusedError(
                "SEVERAL_TIME_ZONES", "The clients of this file are in different time zones.",
                hint="Import one client at a time with --client.",
            )  # fmt: skip
        return zones.pop() if zones else checked.timezone

    def write(self, uow: UnitOfWork, checked: CheckedFile, *, preview: bool) -> ImportResult:
        """Match parties, find stored trips, and insert what is left."""
        skipped = self._unticked(checked)
        parties = self._parties(uow, checked)
        chosen = self.client
        own = self.session.vendor_id
        resolved = trip_parties.resolve(checked, parties, chosen, own)
        if len(resolved.clients) > 1 and not self.session.sees_every_client:
            raise RefusedError("SEVERAL_CLIENTS", "The file has trips of several clients; import one client at a time.")
        check_names(uow, checked, resolved, as_errors=self.choices.strict_names)
        file_id = self.choices.key
        batches = {client.id: new_id() for client in resolved.clients.values()}
        self._stage(uow, checked, resolved, batches)
        checked.checked_against = str(self.session.profile.workspace_id)
        same = tuple(uow.trip_imports.of_file(checked.sha256))
        created = _created(parties)
        blocked = bool(checked.rejected) and not self.choices.lenient
        if preview or blocked or not len(checked.accepted):
            return ImportResult(checked, False, None, (), created, same, Changes(frozenset()))
        results = self._insert(uow, checked, resolved, file_id, batches, skipped)
        tables = {"trips", "trip_riders", "import_batches"} | (
            {"clients", "vendors", "client_vendors"} if created else set()
        )
        ids = frozenset(item.batch.id for item in results)
        return ImportResult(checked, True, file_id, results, created, same, Changes(frozenset(tables), ids))

    def _unticked(self, checked: CheckedFile) -> int:
        import numpy as np

        if not self.choices.skip:
            return 0
        table = checked.accepted
        keep = [
            place for place, row in enumerate(table.row.tolist()) if (table.sheet[place], row) not in self.choices.skip
        ]
        count = len(table) - len(keep)
        checked.accepted = table.take(np.array(keep, np.int64))
        checked.rejected = [item for item in checked.rejected if (item.sheet, item.row) not in self.choices.skip]
        return count

    def _parties(self, uow: UnitOfWork, checked: CheckedFile) -> KnownParties | NewParties:
        if not self.choices.create_parties:
            return KnownParties.read(uow)
        wanted = trip_parties.pairs_of(checked.accepted)
        if self.client is not None:
            known, client_id = KnownParties.read(uow), self.client.id
            wanted = {text: vendors for text, vendors in wanted.items() if _is(known.client(text), client_id)}
        return create_missing(uow, wanted, time_zone=checked.timezone)

    def _stage(self, uow: UnitOfWork, checked: CheckedFile, resolved: Resolved, batches: dict[UUID, UUID]) -> None:
        """Bring the rows to the database and take out what is stored already."""
        table = checked.accepted
        if len(table):
            columns = trip_parties.staged_columns(table, resolved, batches)
            uow.trip_imports.stage(columns, lambda done: self._tell(done, len(table), "rows compared"))
            take_out_stored(uow, checked)

    def _insert(
        self,
        uow: UnitOfWork,
        checked: CheckedFile,
        resolved: Resolved,
        file_id: UUID,
        batches: dict[UUID, UUID],
        skipped: int,
    ) -> tuple[BatchResult, ...]:
        import numpy as np

        table, made = checked.accepted, {}
        for place, code in enumerate(table.texts["client"].names):
            mask = table.texts["client"].codes == place
            if not mask.any():
                continue
            client = resolved.clients[code]
            vendors = {
                table.texts["vendor"].names[name]
                for name in np.flatnonzero(np.bincount(table.texts["vendor"].codes[mask])).tolist()
            }
            alone = len(batches) == 1
            batch = ImportBatch(
                id=batches[client.id], client_id=client.id, file_id=file_id, file_name=self.path.name,
                file_sha256=checked.sha256, sheet=table.sheet.names[0] or "",
                vendor_id=resolved.links[code, vendors.pop()].vendor_id if len(vendors) == 1 else None,
                rows_read=checked.rows_read + skipped if alone else int(mask.sum()), accepted=int(mask.sum()),
                rejected=len(checked.rejected) if alone else 0, duplicates=len(checked.duplicates) if alone else 0,
                distance_m=int(table.distance_m[mask].sum()),
            )  # fmt: skip
            uow.trip_imports.add_batch(batch, checked.mapping, {"lenient": self.choices.lenient, "unticked": skipped})
            made[batch.id] = (batch, code)
        self._tell(0, len(table), "rows stored")
        written = uow.trip_imports.insert_staged("ACCEPTED" if self.session.may("trips.add") else "SUBMITTED")
        uow.rows = len(table)
        self._tell(len(table), len(table), "rows stored")
        return tuple(
            BatchResult(
                *made[item.batch_id], item.no_contract, item.ambiguous_contract,
                uow.periods.late_of_batch(made[item.batch_id][0].client_id, item.batch_id),
            )
            for item in written
        )  # fmt: skip

    def _tell(self, done: int, total: int, what: str) -> None:
        if self.progress is not None:
            self.progress(done, total, what)


def _is(client: Client | None, client_id: UUID) -> bool:
    return client is not None and client.id == client_id


def _created(parties: KnownParties | NewParties) -> tuple[str, ...]:
    if isinstance(parties, KnownParties):
        return ()
    clients = tuple(f"client {client.code}" for client in parties.created_clients)
    return clients + tuple(f"vendor {vendor.name}" for vendor in parties.created_vendors)
