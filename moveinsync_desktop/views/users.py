"""Users: who may do what, invited, given another role, shut out; for super admins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from billing.schemas.ids import new_id
from billing.schemas.users import ROLES, User
from billing.services.invitations import Invited
from moveinsync_desktop.actions import Action
from moveinsync_desktop.models.rows import RowsModel
from moveinsync_desktop.models.user_rows import USER_COLUMNS, UserRow, user_facts, user_rows
from moveinsync_desktop.views.dialogs.confirm import ConfirmDialog
from moveinsync_desktop.views.dialogs.user_forms import OneTimeDialog, UserDialog
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets import Button, DataTable, FactList, Inspector, MenuButton, clear_layout


@dataclass(frozen=True, slots=True)
class Book:
    """What the screen reads at once."""

    users: list[User]
    clients: list[tuple[UUID, str]]
    vendors: list[tuple[UUID, str]]


class UsersScreen(Screen):
    """Attributes: table, panel, book (what was read last)."""

    id, title = "users", "Users"
    needs_client = False
    tables = frozenset({"users", "sessions", "clients", "vendors"})

    def build(self) -> None:
        """The list and its side panel."""
        self.book: Book | None = None
        self.shown: UserRow | None = None
        self.header.add_right(Button("Add user…", "primary", icon="plus", on_click=self.add, tip="Add  Ctrl N"))
        self.model = RowsModel(USER_COLUMNS)
        self.model.set_reader(self.refresh)
        self.table = DataTable(
            self.model, name="users", noun="user", settings=self.context.settings, messages=self.context.messages
        )
        self.table.set_empty("users", "No users yet", "Invite the people who work here.", [("Add user…", self.add)])
        self.table.current_changed.connect(self._show_row)
        self.table.opened.connect(lambda shown: self.change_role())
        self.offer_history(self.table)
        self.body.addWidget(self.table, 1)
        self._make_panel()
        self.add_action(Action("users.add", "Add user…", self.add, "Ctrl+N", icon="plus"))

    def _make_panel(self) -> None:
        self.panel = Inspector(348)
        self.panel.stepped.connect(self.table.step)
        self.panel.closed.connect(lambda: self.table.view.mark_row(-1))
        self._active_button = Button("Disable", on_click=self.toggle_active)
        self._more = MenuButton(
            "More",
            [
                ("New one-time password…", self.reset),
                ("Computer lost…", self.replace_lost),
                None,
                ("End sessions…", self.end_sessions),
                ("History…", self.show_history),
            ],
        )
        self._role_button = Button("Change role…", icon="pencil", on_click=self.change_role)
        self.panel.add_foot(self._active_button, self._more, self._role_button)
        self.set_inspector(self.panel)

    # -- reading

    def refresh(self) -> None:
        """Read users, clients and vendors again."""
        session = self.context.signed_in

        def read() -> Book:
            from billing.services.parties import list_clients, list_vendors
            from billing.services.users import list_users

            clients = [(one.id, f"{one.name}  {one.code}") for one in list_clients(session)]
            return Book(list_users(session), clients, [(one.id, one.name) for one in list_vendors(session)])

        self.query(read, self._on_read, on_error=self.model.set_error)

    def _on_read(self, book: Book) -> None:
        self.book = book
        rows = user_rows(book.users)
        self.model.set_rows(rows)
        again = next((one for one in rows if self.shown is not None and one.id == self.shown.id), None)
        if again is not None and self.panel.isVisible():
            self._fill(again)

    def _show_row(self, shown: Any) -> None:
        if isinstance(shown, UserRow):
            self.table.view.mark_row(self.table.view.currentIndex().row())
            self._fill(shown)

    def _fill(self, shown: UserRow) -> None:
        self.shown = shown
        is_me = shown.email == self.context.signed_in.email
        self._active_button.set_text("Disable" if shown.record.active else "Enable")
        self._active_button.wait_for("This is you" if is_me else "")
        self._role_button.wait_for("This is you" if is_me else "")
        self._more.setVisible(not is_me)
        clear_layout(self.panel.body)
        facts = FactList(92)
        facts.set_facts(user_facts(shown))
        self.panel.body.addWidget(facts)
        self.panel.body.addStretch(1)
        self.panel.show_record(shown.name, shown.state, "One-time password" if shown.state == "WAITING" else "")

    # -- deeds

    def add(self) -> None:
        """Invite somebody new, then show the one-time password."""
        if self.book is None:
            return
        from billing.services.invitations import invite

        session = self.context.signed_in

        def save(user: User) -> Invited:
            return invite(
                session,
                email=user.email,
                role=user.role,
                client_id=user.client_id,
                vendor_id=user.vendor_id,
                name=user.name,
            )

        dialog = UserDialog(self, User(new_id(), "", "", ROLES[-1]), self.book.clients, self.book.vendors, save)
        if dialog.exec() and isinstance(dialog.result_of_save, Invited):
            OneTimeDialog(self, dialog.result_of_save).exec()

    def change_role(self) -> None:
        """Another role or binding for the user under the cursor."""
        if self.shown is None or self.book is None or self.shown.email == self.context.signed_in.email:
            return
        from billing.services.users import set_role

        session = self.context.signed_in

        def save(user: User) -> Any:
            return set_role(
                session, email=user.email, role=user.role, client_id=user.client_id, vendor_id=user.vendor_id
            )

        UserDialog(self, self.shown.record, self.book.clients, self.book.vendors, save).exec()

    def toggle_active(self) -> None:
        """Shut the user out, or let them in again."""
        if self.shown is None:
            return
        from billing.services.users import set_active

        session, user = self.context.signed_in, self.shown.record
        follows = "Their open sessions end at once. What they did stays; they can be enabled again."
        if user.active and not ConfirmDialog(self, f"Disable {user.email}?", follows, "Disable", danger=True).ask():
            return
        self.command(lambda _progress: set_active(session, email=user.email, active=not user.active))

    def reset(self) -> None:
        """Password forgotten: sessions end, the old password is void, a new one is shown once."""
        if self.shown is None:
            return
        from billing.services.invitations import invite

        session, email = self.context.signed_in, self.shown.email
        follows = "For a forgotten password. Their sessions end, and the old password opens nothing."
        if ConfirmDialog(self, f"New one-time password for {email}?", follows, "Make a new one", danger=True).ask():
            self.command(lambda _progress: invite(session, email=email), self._show_password)

    def replace_lost(self) -> None:
        """A computer is lost: its sessions and its stored secret are void at once; password and invitation are new."""
        if self.shown is None:
            return
        from billing.services.invitations import replace_lost

        session, email = self.context.signed_in, self.shown.email
        follows = (
            "Every session of theirs ends now, and what the lost computer has stored opens nothing any more. "
            "They get a new one-time password and an invitation for the next computer."
        )
        if ConfirmDialog(self, f"Was a computer of {email} lost?", follows, "Shut it out", danger=True).ask():
            self.command(lambda _progress: replace_lost(session, email=email), self._show_password)

    def _show_password(self, made: Invited) -> None:
        OneTimeDialog(self, made).exec()

    def end_sessions(self) -> None:
        """End the sessions of the user under the cursor; they may sign in again."""
        if self.shown is None:
            return
        from billing.services.users import end_sessions

        session, email = self.context.signed_in, self.shown.email
        follows = "What they have not saved is lost. They can sign in again."
        if ConfirmDialog(self, f"End the sessions of {email}?", follows, "End sessions", danger=True).ask():
            self.command(lambda _progress: end_sessions(session, email=email))
