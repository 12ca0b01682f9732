"""The audit log as it is read: entries, where a chain stands, and what verifying it found (SECURITY.md (d))."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

WORKSPACE_CHAIN = UUID(int=0)
"""The chain of what belongs to no client: vendors, users without a client, the workspace."""

PROBLEMS = {
    "CHANGED": "this entry was changed after it was written",
    "UNLINKED": "this entry does not follow the one before it",
    "REMOVED": "an entry before this one was removed",
    "HEAD": "entries at the end were removed, or the head was changed",
    "ANCHOR": "the entry that an anchor names is not there or is another one",
}


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing that happened. `before` and `after` hold the whole row, or of a change only what it changed."""

    seq: int
    at: datetime
    actor: str
    db_user: str
    addr: str | None
    action: str
    entity: str
    entity_id: UUID | None
    before: Mapping[str, Any] | None = field(hash=False)
    after: Mapping[str, Any] | None = field(hash=False)
    reason: str | None
    hash: str


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries: None lets everything through; `actor` is a part of an e-mail address."""

    entity: str | None = None
    entity_id: UUID | None = None
    action: str | None = None
    actor: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ChainHead:
    """Where a chain stands: kept outside the database it is an anchor."""

    chain: UUID
    seq: int
    hash: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ChainCheck:
    """What recomputing a chain found; `problem` is a key of PROBLEMS, None for a clean chain."""

    chain: UUID
    name: str
    entries: int
    problem: str | None = None
    first_bad: int | None = None
    head_seq: int | None = None
    head_hash: str | None = None


@dataclass(frozen=True, slots=True)
class AuditReport:
    """All chains that were recomputed, the anchors that were compared, and tables that would not be told of."""

    chains: tuple[ChainCheck, ...]
    anchors: int
    gaps: tuple[str, ...]

    @property
    def clean(self) -> bool:
        """Whether nothing was changed, removed or reordered before any anchor, and nothing is switched off."""
        return not self.gaps and all(one.problem is None for one in self.chains)
