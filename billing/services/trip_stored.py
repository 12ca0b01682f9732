"""Rows of a sheet whose trips are stored: duplicates, conflicts, and trips that were sent back and come again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from billing.exchange.sheets.duplicates import CONFLICT, DUPLICATE
from billing.exchange.sheets.result import CheckedFile, Duplicate, Warned

if TYPE_CHECKING:
    from billing.store.trip_imports import StoredTrip
    from billing.store.unit_of_work import UnitOfWork


def take_out_stored(uow: UnitOfWork, checked: CheckedFile) -> None:
    """Take staged rows out whose trip is stored; a trip that was sent back gives way to its corrected row."""
    import numpy as np

    stored = uow.trip_imports.already_stored()
    again = [trip for trip in stored if trip.returned and not trip.same]
    known = [trip for trip in stored if not trip.returned or trip.same]
    _supersede(uow, checked, again)
    if not known:
        return
    table = checked.accepted
    checked.duplicates += [_duplicate(checked, trip) for trip in known]
    checked.duplicates.sort(key=lambda item: (item.sheet or "", item.row))
    uow.trip_imports.drop_staged([trip.n for trip in known])
    mask = np.ones(len(table), np.bool_)
    mask[[trip.n for trip in known]] = False
    checked.accepted = table.take(np.flatnonzero(mask))


def _supersede(uow: UnitOfWork, checked: CheckedFile, again: Sequence[StoredTrip]) -> None:
    of_client: dict[UUID, list[UUID]] = {}
    table = checked.accepted
    for trip in again:
        of_client.setdefault(trip.client_id, []).append(trip.trip_id)
        place, text = trip.n, "This trip was sent back before; the row takes its place."
        checked.warnings.append(
            Warned(int(table.row[place]), table.sheet[place], table.trip_id[place], "SENT_AGAIN", text)
        )
        table.warnings.setdefault(place, []).append("SENT_AGAIN")
    for client_id, trip_ids in of_client.items():
        uow.trip_imports.supersede_returned(client_id, trip_ids)


def _duplicate(checked: CheckedFile, trip: StoredTrip) -> Duplicate:
    table = checked.accepted
    if trip.same and trip.returned:
        message = "This trip was sent back and comes again unchanged."
    elif trip.same:
        message = "This trip is stored already."
    else:
        message = "A trip with this id is stored with other figures."
    return Duplicate(
        int(table.row[trip.n]), table.sheet[trip.n], table.trip_id[trip.n], DUPLICATE if trip.same else CONFLICT,
        message, None, str(trip.batch_id) if trip.batch_id else None,
    )  # fmt: skip
