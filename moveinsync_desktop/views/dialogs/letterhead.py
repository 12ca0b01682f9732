"""What a vendor branch prints at the head and foot of its documents: a logo and two lines of words (SUPER_ADMIN)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFileDialog, QLabel

from billing.errors import KnownError
from billing.exchange.paper.html import logo_size
from billing.schemas.invoices import Letterhead
from billing.schemas.parties import VendorBranch
from billing.services.letterheads import read_logo, set_letterhead
from moveinsync_desktop.views.dialogs.kept_dialog import Fields, KeptDialog
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets.basics import label
from moveinsync_desktop.views.widgets.buttons import Button
from moveinsync_desktop.views.widgets.fields import TextField
from moveinsync_desktop.views.widgets.forms import Form, FormRow

PICTURES = "Pictures (*.png *.jpg *.jpeg)"


class LetterheadDialog(KeptDialog):
    """Attributes: headline, footer, logo (as chosen; None: the stored one, if any)."""

    def __init__(self, screen: Screen, branch: VendorBranch, current: Letterhead | None) -> None:
        super().__init__(screen, f"Letterhead of {branch.name}", width=620)
        self._screen, self._branch, self._current = screen, branch, current or Letterhead()
        self.logo: Path | None = None
        self._keeps_logo = True
        words = "Printed on documents issued from now on. Documents that are issued keep theirs."
        self.body.addWidget(label(words, c="ink2", wrap=True))
        self._picture = QLabel()
        self._picture.setMinimumHeight(62)
        self._picture.setAccessibleName("Logo")
        choose = Button("Choose picture…", on_click=self._choose)
        self._remove = Button("No picture", on_click=self._take_away)
        self.headline = TextField(name="Beside the logo", width=380)
        self.footer = TextField(name="At the foot", width=380)
        form = Form(
            FormRow("Logo", [self._picture]),
            FormRow("", [choose, self._remove, "PNG or JPEG, up to 512 kB"]),
            FormRow("Beside the logo", self.headline),
            FormRow("At the foot", self.footer),
            inset=0,
        )
        self.body.addWidget(form)
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Cancel", on_click=self.reject))
        self.save_button = Button("Save letterhead", "primary", on_click=self.accept)
        self.foot.addWidget(self.save_button)
        self.headline.set_value(self._current.headline)
        self.footer.set_value(self._current.footer)
        self._show(self._current)
        form.saved.connect(self.accept)
        form.left.connect(self.reject)
        self.keep_typed(screen.context, str(branch.id), Fields({"headline": self.headline, "footer": self.footer}))

    def _show(self, head: Letterhead) -> None:
        picture = QPixmap()
        if head.image and picture.loadFromData(head.image):
            wide, high = logo_size(head)
            picture = picture.scaled(wide, high, mode=Qt.TransformationMode.SmoothTransformation)
            self._picture.setPixmap(picture)
        else:
            self._picture.setText("No picture")
        self._remove.setEnabled(bool(head.image))

    def _choose(self) -> None:
        name, _kind = QFileDialog.getOpenFileName(self, "Logo", "", PICTURES)
        if name:
            self.choose(Path(name))

    def choose(self, path: Path) -> None:
        """Take a picture file, if it can be printed."""
        try:
            head = read_logo(path)
        except KnownError as error:
            self.notice.show_message("danger", error.message)
            return
        self.notice.hide()
        self.logo, self._keeps_logo = path, False
        self._show(head)

    def _take_away(self) -> None:
        self.logo, self._keeps_logo = None, False
        self._show(Letterhead())

    def accept(self) -> None:
        """Save on the worker; the dialog closes when it is stored."""
        session = self._screen.context.signed_in
        words: dict[str, Any] = {
            "branch": self._branch, "logo": self.logo, "headline": self.headline.text(), "footer": self.footer.text(),
            "keep_logo": self._keeps_logo,
        }  # fmt: skip
        self.save_button.wait_for("Saving")
        self._screen.command(
            lambda _progress: set_letterhead(session, **words), self._on_saved, on_error=self._on_failed,
            title="Saving the letterhead",
        )  # fmt: skip

    def _on_saved(self, _changes: object) -> None:
        self.save_button.wait_for("")
        self.settled()
        super().accept()

    def _on_failed(self, error: Exception) -> None:
        self.save_button.wait_for("")
        words = error.message if isinstance(error, KnownError) else str(error)
        self.notice.show_message("danger", words)
