"""Stored trips as they are read one by one; a month's columns for rating are in trip_columns.py."""

from __future__ import annotations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from billing.store.unit_of_work import UnitOfWork


class Trips:
    """Trips of the clients that the user may see."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
