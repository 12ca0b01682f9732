"""What became of changes whose answer never came (SECURITY.md (e) 3): asked at the next sign-in, and told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from billing.errors import KnownError
from billing.store.intents import Journal, Pending

if TYPE_CHECKING:
    from billing.store.session import Session


@dataclass(frozen=True, slots=True)
class Settled:
    """An intent of a program that ended before it knew the outcome, and the outcome."""

    pending: Pending
    done: bool

    @property
    def words(self) -> str:
        """One sentence for the user."""
        what = self.pending.intent.subject or "The last change"
        when = self.pending.made_at.astimezone().strftime("%d-%m-%Y at %H:%M")
        if self.done:
            return f"{what} of {when} was saved, although the answer never came."
        return f"{what} of {when} was not saved: the connection was lost before. Do it again."


def settle_pending(session: Session) -> list[Settled]:
    """Ask the server about every intent that this user's programs left undecided here; each is told once.

    What cannot be asked now (the server is gone again, another program is still at it) waits for the next sign-in.
    """
    journal = Journal(session.profile.home, session.profile.workspace_id, session.email)
    found = []
    for pending in journal.pending():
        try:
            done = session.settle(pending.intent.id, within_s=2.0)
        except KnownError:
            continue
        journal.forget(pending.intent.id)
        found.append(Settled(pending, done))
    return found
