"""Saved views of a list: its filters, columns and order under a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class SavedView:
    """A view by name; `state` belongs to the list that made it, `shared` is every colleague's of the client."""

    name: str
    state: Mapping[str, Any] = field(hash=False)
    shared: bool = False
