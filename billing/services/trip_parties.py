"""From the client and vendor texts of a trip sheet to the stored parties (DESIGN.md section 6).

By code, id, name or alias, never by similarity. Rows whose party is unknown are rejected with their value; different
words for one party become its code, and duplicates are judged by that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from billing.exchange.sheets.duplicates import split_duplicates
from billing.exchange.sheets.result import CheckedFile, Coded, Rejected, TripTable
from billing.schemas.parties import Client, ClientVendor, Vendor
from billing.services.lookup import fold, match

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from billing.services.new_parties import NewParties
    from billing.store.unit_of_work import UnitOfWork


@dataclass(slots=True)
class KnownParties:
    """What the user may see: clients, their links to vendors, vendors by id."""

    clients: list[Client]
    links: list[ClientVendor]
    vendors: dict[UUID, Vendor]

    @classmethod
    def read(cls, uow: UnitOfWork) -> KnownParties:
        """All of them."""
        vendors: list[Vendor] = uow.vendors.find()
        return cls(uow.clients.find(), uow.client_vendors.find(), {vendor.id: vendor for vendor in vendors})

    def client(self, text: str) -> Client | None:
        """The client that a text means, or None."""
        found = match(self.clients, text, key="id")
        return found[0] if len(found) == 1 else None

    def link(self, client: Client, text: str) -> ClientVendor | None:
        """The client's vendor that a text means, or None."""
        own = [link for link in self.links if link.client_id == client.id]
        found = match(own, text, key="vendor_id", names=("code",))
        found = found or [link for link in own if fold(self._name(link.vendor_id)) == fold(text)]
        return found[0] if len(found) == 1 else None

    def _name(self, vendor_id: UUID) -> str:
        return self.vendors[vendor_id].name if vendor_id in self.vendors else ""


@dataclass(slots=True)
class Resolved:
    """The parties of each accepted row, by position in the table."""

    clients: dict[str, Client] = field(default_factory=dict)
    links: dict[tuple[str, str], ClientVendor] = field(default_factory=dict)


def pairs_of(table: TripTable) -> dict[str, set[str]]:
    """Client text -> vendor texts that occur beside it."""
    import numpy as np

    clients, vendors = table.texts["client"], table.texts["vendor"]
    width = len(vendors.names) + 1
    occurs = np.bincount(clients.codes.astype(np.int64) * width + vendors.codes)
    found: dict[str, set[str]] = {}
    for pair in np.flatnonzero(occurs).tolist():
        found.setdefault(clients.names[pair // width], set()).add(vendors.names[pair % width])
    return found


def resolve(
    checked: CheckedFile, parties: KnownParties | NewParties, only: Client | None, own: UUID | None
) -> Resolved:
    """Find each row's client and vendor; rows without are moved to the rejected ones.

    `only` is the client chosen for the whole file, `own` the vendor to which a VENDOR_ADMIN is bound.
    """
    resolved, refusals = Resolved(), _Refusals(checked)
    for client_text, vendor_texts in pairs_of(checked.accepted).items():
        client = _client(parties, client_text)
        if client is None:
            refusals.client(client_text, "UNKNOWN_CLIENT", f'There is no client "{client_text}" that you may see.')
            continue
        if only is not None and client.id != only.id:
            refusals.client(
                client_text, "UNKNOWN_CLIENT", f"The file was to be {only.code}'s; this row is {client.code}'s."
            )
            continue
        resolved.clients[client_text] = client
        for vendor_text in vendor_texts:
            link = _link(parties, client, client_text, vendor_text)
            if link is None:
                text = f'{client.code} has no vendor "{vendor_text}".'
                refusals.vendor(client_text, vendor_text, "UNKNOWN_VENDOR", text)
            elif own is not None and link.vendor_id != own:
                refusals.vendor(client_text, vendor_text, "UNKNOWN_VENDOR", "This row is another vendor's.")
            else:
                resolved.links[client_text, vendor_text] = link
    refusals.apply()
    _use_codes(checked, resolved)
    return resolved


def _client(parties: KnownParties | NewParties, text: str) -> Client | None:
    return parties.client(text) if isinstance(parties, KnownParties) else parties.clients.get(text)


def _link(parties: KnownParties | NewParties, client: Client, client_text: str, text: str) -> ClientVendor | None:
    if isinstance(parties, KnownParties):
        return parties.link(client, text)
    return parties.links.get((client_text, text))


@dataclass(slots=True)
class _Refusals:
    """Texts that mean no party, with what to say about their rows."""

    checked: CheckedFile
    clients: dict[str, tuple[str, str]] = field(default_factory=dict)
    vendors: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)

    def client(self, text: str, code: str, message: str) -> None:
        """Refuse all rows of a client text."""
        self.clients[text] = (code, message)

    def vendor(self, client: str, text: str, code: str, message: str) -> None:
        """Refuse all rows of a vendor text beside a client text."""
        self.vendors[client, text] = (code, message)

    def apply(self) -> None:
        """Move the rows."""
        import numpy as np

        if not self.clients and not self.vendors:
            return
        table, keep = self.checked.accepted, []
        for position in range(len(table)):
            client, vendor = table.text("client", position), table.text("vendor", position)
            refusal, name, value = self.clients.get(client), "client", client
            if refusal is None:
                refusal, name, value = self.vendors.get((client, vendor)), "vendor", vendor
            if refusal is None:
                keep.append(position)
            else:
                self.checked.rejected.append(
                    Rejected(
                        int(table.row[position]), table.sheet[position], table.trip_id[position],
                        self.checked.mapping.get(name), value, *refusal,
                    )
                )  # fmt: skip
        self.checked.accepted = table.take(np.array(keep, np.int64))
        self.checked.rejected.sort(key=lambda item: (item.sheet or "", item.row))


def _use_codes(checked: CheckedFile, resolved: Resolved) -> None:
    """Write the parties' codes in place of the sheet's words; two words for one party may uncover duplicates."""
    import numpy as np

    table = checked.accepted
    clients, vendors = table.texts["client"], table.texts["vendor"]
    client_names: dict[str, int] = {}
    vendor_names: dict[str, int] = {}
    client_codes = np.full(len(table), -1, np.int32)
    vendor_codes = np.full(len(table), -1, np.int32)
    renamed: dict[tuple[str, str], ClientVendor] = {}
    for (client_text, vendor_text), link in resolved.links.items():
        client = resolved.clients[client_text]
        rows = (clients.codes == clients.names.index(client_text)) & (vendors.codes == vendors.names.index(vendor_text))
        client_codes[rows] = client_names.setdefault(client.code, len(client_names))
        vendor_codes[rows] = vendor_names.setdefault(link.code, len(vendor_names))
        renamed[client.code, link.code] = link
    merged = len(client_names) < len(resolved.clients) or len(renamed) < len(resolved.links)
    table.texts["client"] = Coded(client_codes, list(client_names))
    table.texts["vendor"] = Coded(vendor_codes, list(vendor_names))
    resolved.clients = {client.code: client for client in resolved.clients.values()}
    resolved.links = renamed
    if merged:
        checked.accepted, more = split_duplicates(table)
        checked.duplicates.extend(more)


def staged_columns(table: TripTable, resolved: Resolved, batches: dict[UUID, UUID]) -> dict[str, Any]:
    """The accepted rows as TripImports.stage takes them: by their starts, as their ids rise; `n` is the row's place.

    So most indexes of trips, and later the ledger's, grow at their end only.
    """
    import numpy as np

    from billing.store.trip_imports import RIDER_BREAK, bulk_ids

    order = np.argsort(table.start, kind="stable")
    table = table.take(order)
    clients = [resolved.clients.get(name) for name in table.texts["client"].names]
    codes = table.texts["client"].codes
    columns: dict[str, Any] = {
        "n": order,
        "id": bulk_ids(len(table)),
        "client_id": _uuids([client.id if client else None for client in clients])[codes],
        "vendor_id": _vendor_ids(table, resolved),
        "batch_id": _uuids([batches[client.id] if client else None for client in clients])[codes],
        "start_time": table.start,
        "end_time": table.end,
        "distance_m": table.distance_m,
        "batch_row": table.row.astype(np.int64),
        "batch_sheet": _texts(table.sheet),
        "external_ref": table.trip_id,
        "status": _texts(table.texts["status"], "COMPLETED"),
    }
    if (table.texts["employees"].codes >= 0).any():
        columns["riders"] = _texts(_joined(table.texts["employees"], RIDER_BREAK))
    for name in ("vehicle_no", "vehicle_type", "vehicle_slot", "site", "zone"):
        if name in table.texts:
            columns[name] = _texts(table.texts[name])
    return columns | {stored: table.numbers[name] for stored, name in _NUMBERS.items() if name in table.numbers}


_NUMBERS = {
    "seats_boarded": "seats_boarded", "is_carpool": "is_carpool", "escort": "escort", "garage_m": "garage_km",
    "claimed_m": "claimed_km", "gps_m": "gps_km", "waiting_s": "waiting_minutes", "late_s": "late_minutes",
    "cancelled_before_s": "cancelled_minutes_before", "toll_paise": "toll", "parking_paise": "parking",
    "calendar_days": "calendar_days",
}  # fmt: skip


def _uuids(ids: list[UUID | None]) -> NDArray[Any]:
    """Ids as 16 bytes each; the one of a code that no row has is all zeros."""
    import numpy as np

    return np.frombuffer(b"".join(one.bytes if one else bytes(16) for one in ids), "V16")


def _vendor_ids(table: TripTable, resolved: Resolved) -> NDArray[Any]:
    clients, vendors = table.texts["client"], table.texts["vendor"]
    pairs = [(client, vendor) for client in clients.names for vendor in vendors.names]
    links = [resolved.links.get(pair) for pair in pairs]
    ids = _uuids([link.vendor_id if link else None for link in links])
    found: NDArray[Any] = ids[clients.codes * len(vendors.names) + vendors.codes]
    return found


def _texts(column: Coded, missing: str | None = None) -> list[Any]:
    names = [*column.names, missing]
    return [names[code] for code in column.codes.tolist()]


def _joined(column: Coded, separator: str) -> Coded:
    return Coded(column.codes, [separator.join(codes) for codes in column.names])
