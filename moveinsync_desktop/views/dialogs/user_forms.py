"""The form of a user, and the one look at a one-time password."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

from PySide6.QtWidgets import QApplication, QFileDialog, QPlainTextEdit, QWidget

from billing.rights import binds, role_about, roles
from billing.schemas.users import User
from billing.services.invitations import ONE_TIME_HOURS, Invited
from moveinsync_desktop.views.dialogs.confirm import PlainDialog
from moveinsync_desktop.views.dialogs.party_dialog import FIELD, PartyDialog, Save, text
from moveinsync_desktop.views.lookups import PartyLookups
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets.basics import frame, label, row, stretch
from moveinsync_desktop.views.widgets.buttons import Button
from moveinsync_desktop.views.widgets.choices import Combo
from moveinsync_desktop.views.widgets.forms import FormRow

Choices = Sequence[tuple[UUID, str]]


class UserDialog(PartyDialog):
    """A new user, or another role for an old one. Attribute `result_of_save`: what `save` gave."""

    def __init__(self, screen: Screen, user: User, clients: Choices, vendors: Choices, save: Save) -> None:
        self._clients, self._vendors, self._is_new = clients, vendors, not user.email
        self.result_of_save: Any = None
        title = "New user" if self._is_new else f"Role of {user.name or user.email}"
        super().__init__(screen, title, "Invite user" if self._is_new else "Change role", user, save, width=660)
        self._role.field.currentIndexChanged.connect(self._show_binding)
        self._show_binding()

    def rows(self) -> list[FormRow]:
        """Who, in which role, bound to what."""
        person = [
            FormRow("E-mail", text("E-mail"), key="email"),
            FormRow("Name", text("Name"), key="name"),
        ]
        self._role = FormRow("Role", _combo("Role", list(roles().items())), key="role")
        self._client = FormRow("Client", _combo("Client", self._clients), key="client_id")
        self._vendor = FormRow("Vendor", _combo("Vendor", self._vendors), key="vendor_id")
        lookups = PartyLookups(self._screen)
        lookups.attach(self._client.field, "clients")
        lookups.attach(self._vendor.field, "vendors", client=lambda: self._client.value)
        return [*(person if self._is_new else []), self._role, self._client, self._vendor]

    def typed(self) -> Any:
        """The user, bound only to what the role allows."""
        user: User = super().typed()
        return replace(
            user,
            client_id=user.client_id if binds(user.role, "client") != "no" else None,
            vendor_id=user.vendor_id if binds(user.role, "vendor") != "no" else None,
        )

    def _show_binding(self) -> None:
        role = str(self._role.value)
        self._role.set_hint(role_about(role))
        self._client.setVisible(binds(role, "client") != "no")
        self._client.set_hint("only this client's trips; may stay empty" if binds(role, "client") == "maybe" else "")
        self._vendor.setVisible(binds(role, "vendor") != "no")

    def _on_saved(self, result: object) -> None:
        self.result_of_save = result
        super()._on_saved(result)


def _combo(name: str, choices: Sequence[tuple[Any, str]]) -> Combo:
    made = Combo(list(choices), name=name, placeholder="choose", search=len(choices) > 6)
    made.setFixedWidth(FIELD)
    return made


class OneTimeDialog(PlainDialog):
    """Shows a one-time password and, for a shared workspace, the invitation; neither can be read again later."""

    def __init__(self, parent: QWidget | None, invited: Invited) -> None:
        super().__init__(parent, f"One-time password of {invited.user.email}", width=520)
        words = (
            f"Tell it the person by telephone or in person. It holds for {ONE_TIME_HOURS} hours and must be changed "
            "at the first sign-in. It is shown only now."
        )
        self.body.addWidget(label(words, c="ink2", wrap=True))
        self._password = invited.password
        shown = label(invited.password, t="h2", w="600")
        copy = Button("Copy", icon="copy", on_click=lambda: QApplication.clipboard().setText(invited.password))
        self.body.addWidget(frame("well", row(shown, stretch(), copy, margins=(12, 9, 12, 9))))
        if invited.invitation:
            self._add_invitation(invited)
        else:
            rest = "The workspace is on this computer: they sign in here."
            self.body.addWidget(label(rest, t="sm", c="ink3", wrap=True))
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Done", "primary", on_click=self.accept))

    def _add_invitation(self, invited: Invited) -> None:
        words = "The invitation connects their computer. Send it by mail, never together with the password."
        self.body.addWidget(label(words, c="ink2", wrap=True))
        shown = QPlainTextEdit(invited.invitation)
        shown.setReadOnly(True)
        shown.setFixedHeight(76)
        shown.setAccessibleName("Invitation")
        self.body.addWidget(shown)
        copy = Button("Copy", icon="copy", on_click=lambda: QApplication.clipboard().setText(invited.invitation))
        save = Button("Save as file…", icon="save", on_click=lambda: self._save(invited))
        self.body.addLayout(row(stretch(), copy, save, gap=8))

    def _save(self, invited: Invited) -> None:
        from billing.store.files import write_private

        name, _kind = QFileDialog.getSaveFileName(self, "Save the invitation", f"{invited.user.email}.txt")
        if name:
            write_private(Path(name), invited.invitation + "\n")
