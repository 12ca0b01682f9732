"""Which workspaces this computer knows."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from moveinsync_desktop.views.sign_in import DemoPerson

if TYPE_CHECKING:
    from billing.store.profiles import Profile


@dataclass(slots=True)
class Found:
    """What the data folders hold: workspaces, the demo if it is there, and the demo's people."""

    profiles: list[Profile] = field(default_factory=list)
    demo: Profile | None = None
    people: list[DemoPerson] = field(default_factory=list)

    @property
    def all(self) -> list[Profile]:
        """Every workspace, the demo last."""
        return [*self.profiles, *([self.demo] if self.demo is not None else [])]


def look_around(home: Path) -> Found:
    """Read the profiles. Runs in a worker: it imports the store."""
    from billing.services.demo_users import USERS, find_demo
    from billing.store.profiles import load_profiles

    names = {user.email: user.name for user in USERS}
    demo = find_demo(home)
    people = [DemoPerson(email, names.get(email, email), role) for email, role in demo.users] if demo else []
    return Found(load_profiles(home), demo, people)
