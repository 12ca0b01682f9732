"""What every screen is given: settings, workers, messages, actions, the signed-in session, and a way to navigate."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, Signal

from billing import rights
from moveinsync_desktop import formats
from moveinsync_desktop.actions import ActionRegistry
from moveinsync_desktop.drafts import Drafts
from moveinsync_desktop.messages import MessageBus
from moveinsync_desktop.models.typed_dates import add_months
from moveinsync_desktop.session import SessionClock
from moveinsync_desktop.settings import Settings
from moveinsync_desktop.workers import Workers

if TYPE_CHECKING:
    from billing.store.session import Session
    from moveinsync_desktop.watched import WatchedFolders


class Navigator(QObject):
    """Signals: wanted(str screen id, dict parameters); month_changed(date); client_changed();
    restore_wanted()."""

    wanted = Signal(str, dict)
    month_changed = Signal(object)
    client_changed = Signal()
    restore_wanted = Signal()


@dataclass
class AppContext:
    """Handed down by constructor from app.py; there is no global.

    Attributes: session (signed in; None only on the sign-in page), home (data folder), is_demo, zone (of the client),
    month (first day; shared by the screens that step months), client_id/client_name (chosen by a SUPER_ADMIN, fixed
    for everybody else), watched (folders of this computer; None for who may not import), database_version (for the
    status bar).
    """

    home: Path
    settings: Settings
    workers: Workers
    messages: MessageBus
    actions: ActionRegistry
    clock: SessionClock
    navigator: Navigator = field(default_factory=Navigator)
    session: Session | None = None
    is_demo: bool = False
    person: str = ""
    database_version: str = ""
    client_id: Any = None
    client_name: str = ""
    zone: ZoneInfo = formats.INDIA
    watched: WatchedFolders | None = None
    month: date = field(default_factory=lambda: last_full_month())

    @property
    def drafts(self) -> Drafts:
        """Unsaved work of this workspace, kept on this computer."""
        return Drafts(self.signed_in.profile.home / "window" / "drafts")

    @property
    def role(self) -> str:
        """The signed-in role, "" before."""
        return str(self.session.role) if self.session is not None else ""

    def may(self, operation: str) -> bool:
        """May the signed-in user do it (an operation of resources/rights.json)? The database decides again."""
        return self.session is not None and self.session.may(operation)

    def why_not(self, operation: str) -> str:
        """The reason beside what this user may not do, "" where they may."""
        return "" if self.may(operation) else rights.why_not(self.role, operation)

    @property
    def sees_every_client(self) -> bool:
        """Does the signed-in user choose among all clients, instead of belonging to one?"""
        return self.session is not None and self.session.sees_every_client

    @property
    def signed_in(self) -> Session:
        """The session; raises when nobody is signed in (a bug of the caller)."""
        if self.session is None:
            raise RuntimeError("no session yet")
        return self.session

    def open(self, screen: str, **parameters: Any) -> None:
        """Go to a screen: context.open("trips", filters={"distance_m": ">20"}, month=date(2026, 10, 1))."""
        self.navigator.wanted.emit(screen, parameters)

    def set_month(self, month: date) -> None:
        """Step the month for all screens."""
        if month != self.month:
            self.month = month
            self.navigator.month_changed.emit(month)


def last_full_month(today: date | None = None) -> date:
    """The last complete month on the Indian clock."""
    return add_months((today or datetime.now(formats.INDIA).date()).replace(day=1), -1)
