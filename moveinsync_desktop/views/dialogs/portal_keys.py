"""The e-invoice portal's public keys: which are stored, storing another, forgetting one (super admin)."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog

from billing.services.portal_keys import StoredKey
from moveinsync_desktop import formats
from moveinsync_desktop.views.dialogs.confirm import ConfirmDialog, PlainDialog
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets import (
    Button,
    LinkButton,
    MessageBar,
    clear_layout,
    column,
    frame,
    label,
    plain,
    row,
    stretch,
)

WORDS = (
    "The portal signs its answers. Download its public key or certificate there and store it here: from then on an "
    "answer that it did not sign is refused. Without a key signatures are not checked."
)


class PortalKeysDialog(PlainDialog):
    """Lists the keys; attributes: add_button, notice, keys (as shown)."""

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen, "The portal's keys", width=600)
        self._screen, self.keys = screen, list[StoredKey]()
        self._may = screen.context.may("einvoices.keys")
        self.notice = MessageBar()
        self.body.addWidget(self.notice)
        self.body.addWidget(label(WORDS, c="ink2", wrap=True))
        self._list = column(gap=6, margins=(12, 10, 12, 10))
        self.body.addWidget(frame("well", self._list))
        self.add_button = Button("Store a key…", "primary", on_click=self._add)
        self.add_button.setVisible(self._may)
        closed = "" if self._may else "Stored by a super admin"
        self.foot.addWidget(label(closed, t="sm", c="ink3"))
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Close", on_click=self.reject))
        self.foot.addWidget(self.add_button)
        self._read()

    def _read(self) -> None:
        from billing.services.portal_keys import list_keys

        session = self._screen.context.signed_in
        self._screen.query(lambda: list_keys(session), self._show, key="portal_keys")

    def _show(self, keys: list[StoredKey]) -> None:
        self.keys = keys
        clear_layout(self._list)
        if not keys:
            self._list.addWidget(label("None is stored: signatures are not checked.", c="review"))
        for one in keys:
            shown = ":".join(one.key.fingerprint[at : at + 2] for at in range(0, 24, 2))
            head = row(label(one.name, w="600"), stretch())
            if self._may:
                head.addWidget(LinkButton("Forget…", on_click=partial(self._remove, one)))
            facts = label(f"SHA-256 {shown}…, stored {formats.stamp(one.stored_at, self._screen.context.zone)}", t="sm")
            self._list.addWidget(plain(column(plain(head), facts, gap=2)))

    def _add(self) -> None:
        name, _kind = QFileDialog.getOpenFileName(self, "The portal's public key", "", "Keys (*.pem *.cer *.crt *.pub)")
        if not name:
            return

        def write(_progress: Any) -> Any:
            from billing.services.portal_keys import add_key

            return add_key(self._screen.context.signed_in, path=Path(name))[1]

        self._screen.command(write, lambda _changes: self._read(), title="Storing the key", on_error=self._on_error)

    def _remove(self, one: StoredKey) -> None:
        follows = "Answers that were signed with it are then shown as not signed by a stored key."
        if not ConfirmDialog(self, f"Forget the key {one.name}?", follows, "Forget key", danger=True).ask():
            return

        def write(_progress: Any) -> Any:
            from billing.services.portal_keys import remove_key

            return remove_key(self._screen.context.signed_in, fingerprint=one.key.fingerprint)

        self._screen.command(write, lambda _changes: self._read(), title="Forgetting the key", on_error=self._on_error)

    def _on_error(self, error: Exception) -> None:
        self.notice.show_message("danger", str(error))
