"""Who did what: reading, verifying and exporting the audit log (SECURITY.md (d)); anchors.py writes anchors.

What it proves: no entry before an anchor that you hold was changed, removed or reordered. What it does not: that the
end was not cut off since the last anchor, that the data are true, or who sat at the keyboard.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from billing.schemas.audit import WORKSPACE_CHAIN, AuditEntry, AuditFilter, AuditReport, ChainCheck, ChainHead
from billing.services.lookup import find_client

if TYPE_CHECKING:
    from billing.store.session import Session
    from billing.store.unit_of_work import UnitOfWork

WORKSPACE = "workspace"
VERIFY_SECONDS = 600
VERIFIER = "verify_audit.py"


def read_entries(
    session: Session,
    *,
    client: str | None = None,
    wanted: AuditFilter | None = None,
    before: int | None = None,
    limit: int = 200,
) -> list[AuditEntry]:
    """Entries of a client's chain (the word `workspace`: of no client), newest first, `limit` a page.

    Raises NotAllowedError for anybody but that client's admin or a SUPER_ADMIN.
    """
    with session.unit_of_work(name="audit.read") as uow:
        chain = _chain(uow, client)
        return uow.audit.entries(chain, wanted or AuditFilter(), before=before, limit=limit)


def read_history(session: Session, *, client_id: UUID | None, entity: str, entity_id: UUID | None) -> list[AuditEntry]:
    """What happened to one record (None: to all of its kind), newest first."""
    wanted = AuditFilter(entity=entity, entity_id=entity_id)
    with session.unit_of_work(name="audit.history") as uow:
        return uow.audit.entries(client_id or WORKSPACE_CHAIN, wanted)


def head(session: Session, client_id: UUID | None = None) -> ChainHead | None:
    """Where a client's chain stands (None: the user's own client), for what leaves the database; None: no entry yet.

    For admins and viewers of the client and for a SUPER_ADMIN; nobody else is shown a head.
    """
    chain = client_id or session.client_id or WORKSPACE_CHAIN
    with session.unit_of_work(name="audit.head") as uow:
        return next((one for one in uow.audit.heads() if one.chain == chain), None)


def has_entry(session: Session, *, seq: int, digits: str, client: str | None = None) -> bool:
    """Whether a chain still has the entry that a printed invoice names by number and at least 16 hex digits.

    Raises BadInputError for fewer digits, NotAllowedError for anybody but that client's admin or a SUPER_ADMIN.
    """
    with session.unit_of_work(name="audit.entry") as uow:
        return uow.audit.has(_chain(uow, client), seq, digits.replace(" ", "").lower())


def verify(session: Session, *, client: str | None = None, anchors: Iterable[ChainHead] = ()) -> AuditReport:
    """Recompute the chains (all, or one client's) and compare them with heads and anchors.

    Raises NotAllowedError for anybody but a SUPER_ADMIN.
    """
    with session.unit_of_work(VERIFY_SECONDS, name="audit.verify", snapshot=True) as uow:
        chain = None if client is None else _chain(uow, client)
        names = _names(uow)
        checks = {one.chain: replace(one, name=names.get(one.chain, str(one.chain))) for one in uow.audit.verify(chain)}
        compared = 0
        for anchor in anchors:
            if chain not in (None, anchor.chain):
                continue
            compared += 1
            if uow.audit.hash_at(anchor.chain, anchor.seq) != anchor.hash:
                found = checks.get(anchor.chain, ChainCheck(anchor.chain, names.get(anchor.chain, "?"), 0))
                checks[anchor.chain] = replace(found, problem=found.problem or "ANCHOR", first_bad=anchor.seq)
        return AuditReport(tuple(checks.values()), compared, tuple(uow.audit.gaps()))


def export_chain(session: Session, target: Path, *, client: str | None = None) -> int:
    """Write a chain as it was hashed, a JSON line an entry, with its verifier beside it; gives the number of entries.

    The verifier (verify_audit.py, standard library only, no code of the product) needs nothing but Python.
    Raises NotAllowedError for anybody but a SUPER_ADMIN.
    """
    count = 0
    with session.unit_of_work(VERIFY_SECONDS, name="audit.export", snapshot=True) as uow:
        chain = _chain(uow, client)
        with target.open("w", encoding="utf-8", newline="\n") as file:
            for seq, prev, hash_, text in uow.audit.export(chain):
                file.write(json.dumps({"seq": seq, "prev": prev, "hash": hash_, "text": text}) + "\n")
                count += 1
        uow.rows = count
    target.with_name(VERIFIER).write_bytes(resources.files("resources").joinpath("audit", VERIFIER).read_bytes())
    return count


def _chain(uow: UnitOfWork, client: str | None) -> UUID:
    if client == WORKSPACE or (client is None and uow.session.client_id is None):
        return WORKSPACE_CHAIN
    return find_client(uow, client).id


def _names(uow: UnitOfWork) -> dict[UUID, str]:
    return {WORKSPACE_CHAIN: WORKSPACE} | {client.id: client.code for client in uow.clients.find()}
