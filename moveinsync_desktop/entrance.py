"""The way in and out: which workspaces there are, making the demo, signing in, signing out. No widget is built here."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from billing.errors import KnownError, NotSignedInError
from billing.schemas.changes import Changes
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.messages import describe
from moveinsync_desktop.places import Found, look_around
from moveinsync_desktop.settings import Options
from moveinsync_desktop.views.main_window import MainWindow
from moveinsync_desktop.ways_in import Arrival, WaysIn
from moveinsync_desktop.workers import OnError, Progress

if TYPE_CHECKING:
    from billing.store.profiles import Profile
    from billing.store.session import Session


@dataclass(slots=True)
class Entered:
    """A fresh session and what the frame of the window wants to know."""

    session: Session
    clients: list[tuple[Any, str]]
    must_change: bool = False
    settled: tuple[tuple[str, bool], ...] = ()
    idle_minutes: int | None = None
    clock_warning: str = ""
    is_kept: bool = True


def sign_in_to(profile: Profile, email: str, password: str | None, *, stay: bool = False) -> Entered:
    """Open the session and read the clients it may see. Runs in a worker."""
    from billing.services.account import clock_warning, own_account
    from billing.services.intents import settle_pending
    from billing.services.parties import list_clients
    from billing.services.workspace import open_session, remember_user

    session = open_session(profile=profile, email=email, password=password)
    is_kept = remember_user(profile, email, session.secret) if stay and password else True
    clients: list[tuple[Any, str]] = [(client.id, client.name) for client in list_clients(session)]
    settled = tuple((one.words, one.done) for one in settle_pending(session))
    account = own_account(session)
    idle = None if profile.demo else account.idle_minutes  # nobody knows a demo user's password
    return Entered(session, clients, account.user.must_change, settled, idle, clock_warning(session), is_kept)


def lock(session: Session) -> None:
    """End a session that nobody sits at: its token is revoked, its secret forgotten. Runs in a worker."""
    from billing.store.secrets import forget_memory

    session.close()
    forget_memory()


class Entrance(QObject):
    """Connects the sign-in page with the services.

    Signals: entered(), left(); checking() when the answer of a change was lost and the server is asked for the outcome.
    """

    entered = Signal()
    left = Signal()
    checking = Signal()

    def __init__(self, context: AppContext, window: MainWindow, args: Namespace) -> None:
        super().__init__(window)
        self._context, self._window, self._args = context, window, args
        self._page = window.sign_in
        self._found = Found()
        self._profile: Profile | None = None
        self._is_asking = False
        page = self._page
        page.signed.connect(self._on_signed)
        page.demo_chosen.connect(self._on_demo_chosen)
        page.place_chosen.connect(self._on_place_chosen)
        self._ways = WaysIn(context, window, self)
        self._ways.arrived.connect(self._on_arrived)
        self._ways.failed.connect(self._on_error)
        self.entered.connect(self._ways.care)
        window.account_wanted.connect(self.show_account)
        window.sign_out_wanted.connect(self.sign_out)
        context.workers.changes.connect(self._on_changes)
        context.clock.ending.connect(self._on_ending)
        context.clock.ended.connect(self._on_ended)
        context.clock.idled.connect(self._on_idled)
        context.messages.session_over.connect(self._on_ended)
        self.checking.connect(self._on_checking)

    def begin(self) -> None:
        """Look which workspaces there are; with none, make the demo. The page is on screen already."""
        self._page.set_email(self._context.settings.get(Options.LAST_EMAIL))
        self._page.set_busy("Looking for workspaces")
        home = self._context.home
        self._context.workers.run_query(lambda: look_around(home), self._on_found, self._on_error, owner=self)

    def sign_out(self) -> None:
        """End the session; the page comes back."""
        session, self._context.session = self._context.session, None
        self._context.clock.watch(None)
        self._window.leave()
        self._page.password.clear()
        self._page.set_busy("")
        if session is not None:
            self._context.workers.run_query(session.close, lambda _none: None)
        self.left.emit()

    def _on_found(self, found: Found) -> None:
        self._found = found
        self._page.set_busy("")
        self._page.set_demo_users(found.people)
        wants_demo = bool(getattr(self._args, "demo", False))
        if (wants_demo or not found.all) and found.demo is None:
            self._make_demo()
            return
        self._use(self._choose(found, wants_demo))
        if wants_demo:
            self._sign_in_demo()
        elif self._context.settings.get(Options.STAY_SIGNED_IN) and self._profile is not None:
            self._sign_in(self._context.settings.get(Options.LAST_EMAIL), None, on_error=self._on_not_kept)

    def _choose(self, found: Found, wants_demo: bool) -> Profile | None:
        named = getattr(self._args, "profile", None) or self._context.settings.get(Options.LAST_PROFILE)
        if wants_demo:
            return found.demo
        matching = [one for one in found.all if named in (one.name, str(one.workspace_id))]
        known = matching or found.all
        return known[0] if known else None

    def _use(self, profile: Profile | None) -> None:
        self._profile = profile
        if profile is None:
            return
        where = "Private database on this computer" if profile.embedded else f"Server {profile.host}"
        if len(self._found.all) > 1 or profile.demo:
            where = f"{profile.name}, {'on this computer' if profile.embedded else profile.host}"
        others = [(str(one.workspace_id), one.name) for one in self._found.all if one is not profile]
        self._page.set_place(where, others)

    def _make_demo(self) -> None:
        self._page.set_busy("Making the demo company")
        self._page.show_note("Nothing is set up yet, so a demo company is made. This takes some seconds.")
        home = self._context.home

        def make(progress: Progress) -> Found:
            from billing.services.demo import create_demo

            create_demo(home, progress=progress)
            return look_around(home)

        job = self._context.workers.run_command(
            make, self._on_demo_made, self._on_error, title="Making the demo company", owner=self
        )
        job.progressed.connect(
            lambda done, total, what: self._page.show_note(f"Step {min(done + 1, total)} of {total}: {what} …")
        )

    def _on_demo_made(self, found: Found) -> None:
        self._page.clear_note()
        self._on_found(found)

    def _on_signed(self, email: str, password: str, stay: bool) -> None:
        if self._profile is None:
            self._page.show_problem("There is no workspace to sign in to yet.")
            return
        self._context.settings.set(Options.STAY_SIGNED_IN, stay)
        self._sign_in(email, password, stay=stay)

    def _on_demo_chosen(self, email: str) -> None:
        self._use(self._found.demo)
        self._sign_in(email, None)

    def _sign_in_demo(self) -> None:
        wanted = getattr(self._args, "user", None)
        first = next((one.email for one in self._found.people if one.role == "CLIENT_ADMIN"), "")
        if wanted or first:
            self._sign_in(wanted or first, None)

    def _on_place_chosen(self, key: str) -> None:
        self._use(next((one for one in self._found.all if str(one.workspace_id) == key), self._profile))

    def _sign_in(
        self, email: str, password: str | None, *, stay: bool = False, on_error: OnError | None = None
    ) -> None:
        profile = self._profile
        if profile is None or not email:
            return
        self._page.set_busy("Signing in")
        self._context.workers.run_query(
            lambda: sign_in_to(profile, email, password, stay=stay),
            lambda entered: self._on_entered(profile, entered, password or ""),
            on_error or self._on_error,
            owner=self,
        )

    def _on_entered(self, profile: Profile, entered: Entered, typed: str = "") -> None:
        context, session = self._context, entered.session
        context.session, context.is_demo = session, profile.demo
        if entered.must_change and not self._change_password(typed):
            self.sign_out()
            return
        names = {person.email: person.name for person in self._found.people}
        context.person = names.get(session.email, "") if profile.demo else ""
        context.client_id = session.client_id or (entered.clients[0][0] if entered.clients else None)
        context.client_name = dict(entered.clients).get(context.client_id, "")
        if profile.demo:
            context.month = last_demo_month()
        else:
            context.settings.set(Options.LAST_PROFILE, str(profile.workspace_id))
            context.settings.set(Options.LAST_EMAIL, session.email)
        self._page.set_busy("")
        self._page.password.clear()
        self._page.clear_note()
        self._watch(entered)
        self._window.enter()
        if self._window.rail is not None:
            self._window.rail.client.set_clients(entered.clients)
        context.messages.status(f"Signed in as {session.email}", "state:tick")
        self._tell_settled(entered)
        self.entered.emit()

    def _tell_settled(self, entered: Entered) -> None:
        """What became of changes whose answer never came."""
        for words, done in entered.settled:
            self._context.messages.toast(words, tone="ok" if done else "warning", stays=True)
        if entered.clock_warning:
            self._context.messages.toast(entered.clock_warning, tone="warning", stays=True)
        if not entered.is_kept:
            words = (
                "This computer has no keyring that could keep your sign-in; the password is asked for at each start."
            )
            self._context.messages.toast("You will not stay signed in", words, tone="warning")

    def _on_checking(self) -> None:
        """The answer of a change was lost."""
        self._context.messages.status("Checking whether it was saved …", "refresh-cw")

    def _on_changes(self, changes: Changes) -> None:
        """New clients can be switched to; the first one is opened."""
        session = self._context.session
        if session is None or not any(name.rpartition(".")[2] == "clients" for name in changes.tables):
            return

        def read() -> list[tuple[Any, str]]:
            from billing.services.parties import list_clients

            return [(client.id, client.name) for client in list_clients(session)]

        self._context.workers.run_query(read, self._show_clients, lambda _error: None, owner=self, key="clients")

    def _show_clients(self, clients: list[tuple[Any, str]]) -> None:
        rail = self._window.rail
        if rail is None:
            return
        rail.client.set_clients(clients)
        names = dict(clients)
        if self._context.client_id in names:
            self._context.client_name = names[self._context.client_id]
            self._window.refresh_identity()
        elif clients:
            rail.client.client_chosen.emit(*clients[0])

    def _on_not_kept(self, error: Exception) -> None:
        """The kept sign-in is gone (no keyring, password changed elsewhere): ask, without an alarm."""
        if not isinstance(error, NotSignedInError):
            self._on_error(error)
            return
        self._page.set_busy("")
        self._page.show_note("Type your password to go on.")
        self._page.password.setFocus()

    def _on_error(self, error: Exception) -> None:
        sentence, hint = describe(error)
        self._page.show_problem(sentence, hint)
        if not isinstance(error, KnownError):
            self._context.messages.error(error)

    def _on_ending(self) -> None:
        """Five minutes before the end the session is renewed quietly; only where that fails is anything said."""
        session = self._context.session
        if session is None:
            return

        def on_error(error: Exception) -> None:
            self._context.messages.toast(
                "The session ends in 5 min", "What is open is kept. Sign in again to go on.", tone="warning", stays=True
            )

        self._context.workers.run_query(session.renew, lambda _none: self._context.clock.tick(), on_error, owner=self)

    def _on_ended(self) -> None:
        """Sign in again over what is open; leaving goes to the sign-in page, drafts stay."""
        self._ask_again("The session has ended")

    def _on_idled(self) -> None:
        """Nobody was there for a while: token and secret are dropped, what is open stays under the question.

        Work under way is never cut: while a command runs, the next tick asks again.
        """
        session = self._context.session
        if session is None or self._is_asking or any(job.is_command for job in self._context.workers.running):
            return
        self._context.workers.run_query(partial(lock, session), lambda _none: None)
        self._ask_again("Are you still there?")

    def _ask_again(self, title: str) -> None:
        session, profile = self._context.session, self._profile
        if session is None or profile is None or self._is_asking:
            return
        from moveinsync_desktop.views.dialogs.sign_in_again import SignInAgainDialog

        self._is_asking = True
        email, is_demo = session.email, profile.demo
        dialog = SignInAgainDialog(
            QApplication.activeModalWidget() or self._window,
            self._context.workers,
            email,
            lambda typed: sign_in_to(profile, email, None if is_demo else typed),
            title=title,
            asks_password=not is_demo,
        )
        is_back = bool(dialog.exec())
        self._is_asking = False
        if not isValid(self._window) or self._context.session is not session:
            return  # the window was closed, or somebody signed out, under the question
        if not is_back:
            self.sign_out()
            return
        self._context.session = dialog.entered.session
        self._watch(dialog.entered)
        self._window.refresh_identity()
        if self._window.current is not None:
            self._window.current.make_stale()
        self._context.messages.status("Signed in again", "state:tick")

    def _watch(self, entered: Entered) -> None:
        """Follow the session's own end: it renews itself while it is used."""
        session = entered.session
        session.on_checking = self.checking.emit
        self._context.clock.watch(lambda: session.seconds_left, entered.idle_minutes)

    def _change_password(self, one_time: str) -> bool:
        """A one-time password is replaced before anything else."""
        from moveinsync_desktop.views.dialogs.password import PasswordDialog

        return bool(PasswordDialog(self._window, self._context, one_time=one_time).exec())

    def show_account(self) -> None:
        """One's own sessions and password."""
        from moveinsync_desktop.views.dialogs.password import AccountDialog

        AccountDialog(self._window, self._context).exec()

    def _on_arrived(self, arrival: Arrival) -> None:
        """A workspace was made, joined or brought back: it is chosen, and signed in to where the password is known."""
        self._found = arrival.found
        self._page.set_busy("")
        self._on_place_chosen(arrival.workspace_id)
        self._page.set_email(arrival.email)
        if arrival.note:
            self._page.show_note(arrival.note)
        if arrival.password:
            self._sign_in(arrival.email, arrival.password)


def last_demo_month() -> Any:
    """The demo's data are July to September 2026; its newest month is shown first."""
    from datetime import date

    return date(2026, 9, 1)
