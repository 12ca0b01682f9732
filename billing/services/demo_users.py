"""Who the demo company's users are, and whether it is there: light to import, the sign-in page asks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from billing.exchange.demo.parties import BLUE_HERON, MOONBRIDGE
from billing.store.profiles import Profile, demo_home, load_profiles


@dataclass(frozen=True, slots=True)
class DemoUser:
    """A user of the demo. The password is random, shown once, and kept nowhere; its derived secret signs in."""

    email: str
    name: str
    role: str
    client_id: UUID | None = None
    vendor_id: UUID | None = None
    password: str = ""


USERS = (
    DemoUser("asha.finance@moonbridge.example", "Asha Kulkarni", "CLIENT_ADMIN", MOONBRIDGE),
    DemoUser("dev.desk@blueheron.example", "Dev Shetty", "VENDOR_ADMIN", None, BLUE_HERON),
    DemoUser("vera.audit@moonbridge.example", "Vera Menon", "VIEWER", MOONBRIDGE),
    DemoUser("sam.owner@demo.example", "Sam Iyer", "SUPER_ADMIN"),
)


def find_demo(home: Path | None = None) -> Profile | None:
    """The demo's profile, if it was made to the end (its users are noted last), else None."""
    return next((profile for profile in load_profiles(demo_home(home)) if profile.demo and profile.users), None)
