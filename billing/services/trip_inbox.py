"""What vendors sent in and nobody has decided about: accept a submission, or return it with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from billing.errors import BadInputError, RefusedError
from billing.schemas.changes import Changes
from billing.schemas.imports import Submission
from billing.services.lookup import find_client
from billing.services.trip_decisions import Decision

if TYPE_CHECKING:
    from billing.store.session import Session


def list_submissions(session: Session, *, client: str | None = None) -> list[Submission]:
    """The submissions of the client's vendors that wait, oldest first; with no client those of every one."""
    with session.unit_of_work(name="trips.inbox") as uow:
        owner = find_client(uow, client).id if client else None
        return uow.trip_decisions.submissions(owner)


def decide_submission(session: Session, submission: Submission, *, accept: bool, reason: str = "") -> Decision:
    """Accept all trips of a submission that still wait, or return them to the vendor with the reason.

    Trips that were decided one by one before stay as they were decided.

    Raises:
        BadInputError: A return without a reason.
        RefusedError: Nothing of it waits any more.
    """
    words = reason.strip()
    if not accept and not 1 <= len(words) <= 500:
        raise BadInputError("REASON_REQUIRED", "Say why it is returned, in at most 500 characters.", where="--reason")
    session.require("trips.accept")
    with session.unit_of_work(timeout_s=300, name="trips.inbox.decide") as uow:
        ids = uow.trip_decisions.waiting_in(submission)
        if not ids:
            raise RefusedError("NOTHING_WAITS", "Nothing of this submission waits any more.")
        changed = uow.trip_decisions.decide(submission.client_id, ids, "ACCEPT" if accept else "REJECT", reason=words)
        uow.rows = len(changed)
        uow.commit()
    few = frozenset(changed) if len(changed) <= 1000 else frozenset[UUID]()
    return Decision("ACCEPT" if accept else "REJECT", len(changed), 0, Changes(frozenset({"trips"}), few))
