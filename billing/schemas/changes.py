"""What a command changed, so that open screens know whether to read again."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Changes:
    """Tables touched by a committed command and, where few, the ids of the rows."""

    tables: frozenset[str]
    ids: frozenset[UUID] = field(default_factory=frozenset)


class Cancelled(Exception):  # noqa: N818 - not an error: the user asked for it
    """Raised out of a progress callback when the user cancels; the unit of work rolls back."""
