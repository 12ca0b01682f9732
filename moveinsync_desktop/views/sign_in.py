"""Sign-in: which workspace, who, and the demo's users one key away (picture 01).

It only asks: the caller does the work and calls `set_busy`, `show_problem`, `set_place`, `set_demo_users`.
Signals: signed(str email, str password, bool stay), demo_chosen(str email), place_chosen(str), new_workspace_wanted(),
connect_wanted(), restore_wanted().
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QKeySequence, QPainter, QPaintEvent, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QAbstractButton,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from billing.rights import role_words
from moveinsync_desktop import formats, icons, theme
from moveinsync_desktop.views.night import NightPicture
from moveinsync_desktop.views.widgets import painting
from moveinsync_desktop.views.widgets.basics import column, frame, hline, label, plain, row, stretch
from moveinsync_desktop.views.widgets.buttons import Button, LinkButton
from moveinsync_desktop.views.widgets.choices import Check
from moveinsync_desktop.views.widgets.notices import MessageBar
from moveinsync_desktop.views.widgets.placeholder import Glyph

FORM_WIDTH = 388


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """A user of the demo company, offered on a key."""

    email: str
    name: str
    role: str


class PersonButton(QAbstractButton):
    """A demo user: letters, name, role, key."""

    def __init__(self, person: DemoPerson, key: str) -> None:
        super().__init__()
        self._person, self._key = person, key
        self.setFixedHeight(50)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(f"Sign in as {person.name}, {role_words(person.role)}")
        self.setToolTip(person.email)

    def sizeHint(self) -> QSize:
        """Half of the form."""
        return QSize(190, 50)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Hover."""
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """No hover."""
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Frame, disc, two lines, key cap."""
        painter, tokens = QPainter(self), theme.active()
        hot = self.underMouse() and self.isEnabled()
        ground = tokens.color("hover" if hot else "surface")
        painting.rounded(painter, self.rect(), ground, 6, tokens.color("control_hover" if hot else "line"))
        disc = QRect(10, 11, 28, 28)
        painting.rounded(painter, disc, tokens.color(f"avatar{sum(map(ord, self._person.name)) % 4 + 1}"), 14)
        token = "ink" if self.isEnabled() else "disabled"
        painting.text(painter, disc, formats.initials(self._person.name), token, 11, 600, painting.CENTRE, elide=False)
        room = self.width() - 104
        painting.text(painter, QRect(48, 7, room, 18), self._person.name.partition(" ")[0], token, 13, 500)
        words = role_words(self._person.role)
        painting.text(painter, QRect(48, 25, room, 17), words, "ink2", 12, 400)
        cap = QRect(self.width() - 50, 17, 41, 17)
        painting.rounded(painter, cap, tokens.color("sunken"), 4)
        painting.text(painter, cap, self._key, "ink2", 11, 500, painting.CENTRE, elide=False)
        painter.end()


class Logo(QWidget):
    """The mark and the name."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(32)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw them."""
        painter = QPainter(self)
        icons.paint(painter, "brand:logo", QRect(0, 0, 32, 32), "accent", 32, "on_accent")
        painting.text(painter, QRect(42, 0, 300, 32), "MoveInSync Desktop", "ink", 14, 600, elide=False)
        painter.end()


class SignInPage(QWidget):
    """Left the picture, right the form. See the module for signals and calls."""

    signed = Signal(str, str, bool)
    demo_chosen = Signal(str)
    place_chosen = Signal(str)
    new_workspace_wanted = Signal()
    connect_wanted = Signal()
    restore_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture = NightPicture()
        self.email = self._field("E-mail")
        self.password = self._field("Password")
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self._eye = self.password.addAction(icons.icon("eye", "ink2"), QLineEdit.ActionPosition.TrailingPosition)
        self._eye.setToolTip("Show the password")
        self._eye.triggered.connect(self._toggle_eye)
        self.stay = Check("Stay signed in on this computer")
        self.button = Button("Sign in", "primary", on_click=self._sign)
        self.button.setProperty("sz", "lg")
        self.button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.problem = MessageBar()
        self.place_label = label("Private database on this computer", c="ink2")
        self.place_button = LinkButton("Change", on_click=self._change_place)
        self._places: list[tuple[str, str]] = []
        self._people: list[PersonButton] = []
        self._demo_box = QVBoxLayout()
        self._demo_grid = QGridLayout()
        self._demo_words = label("", t="sm", c="ink2")
        self.version_label = label("", t="sm", c="ink3")
        self._build()
        self.email.returnPressed.connect(self.password.setFocus)
        self.password.returnPressed.connect(self._sign)

    def set_place(self, words: str, places: Sequence[tuple[str, str]] = ()) -> None:
        """Say where the data lives, before the password; other workspaces as (id, name)."""
        self.place_label.setText(words)
        self._places = list(places)

    def set_version(self, words: str) -> None:
        """Program and database version, at the foot."""
        self.version_label.setText(words)

    def set_email(self, email: str) -> None:
        """Who signed in last."""
        self.email.setText(email)

    def set_demo_users(self, people: Sequence[DemoPerson]) -> None:
        """Offer these on Alt+1.. ; none hides the part."""
        for button in self._people:
            button.deleteLater()
        self._people = []
        for at, person in enumerate(people[:4]):
            button = PersonButton(person, f"Alt {at + 1}")
            button.clicked.connect(lambda *_a, email=person.email: self.demo_chosen.emit(email))
            shortcut = QShortcut(QKeySequence(f"Alt+{at + 1}"), button)
            shortcut.activated.connect(button.click)
            self._people.append(button)
            self._demo_grid.addWidget(button, at // 2, at % 2)
        self._demo_words.setText("or look around the demo company" if people else "")
        self._demo_part.setVisible(bool(people))

    def set_busy(self, words: str) -> None:
        """Work is under way ("" when it ended)."""
        for widget in (self.button, self.email, self.password, self.place_button, *self._people):
            widget.setEnabled(not words)
        self.button.set_text(words or "Sign in")

    def show_problem(self, sentence: str, hint: str = "") -> None:
        """Why it did not work; what was typed stays, the password is selected."""
        self.set_busy("")
        self.problem.show_message("danger", f"{sentence} {hint}".strip())
        self.password.setFocus()
        self.password.selectAll()

    def show_note(self, words: str) -> None:
        """Something to know ("Making the demo company, 8,000 of 20,000 trips")."""
        self.problem.show_message("info", words)

    def clear_note(self) -> None:
        """Nothing to say any more."""
        self.problem.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow window shows the form alone."""
        super().resizeEvent(event)
        self.picture.setVisible(self.width() >= 900)

    def _field(self, name: str) -> QLineEdit:
        made = QLineEdit()
        made.setProperty("sz", "lg")
        made.setAccessibleName(name)
        return made

    def _build(self) -> None:
        self._demo_grid.setSpacing(8)
        either = row(hline(), self._demo_words, hline(), gap=14)
        self._demo_part = plain(column(either, 10, self._demo_grid))
        self._demo_part.hide()
        top = column(
            Logo(), 22,
            label("Sign in", t="key"), 6,
            row(Glyph("database", "ink2", 14), self.place_label, 2, self.place_button, stretch(), gap=6), 16,
            label("E-mail", t="sm", c="ink2", w="500"), 5, self.email, 12,
            label("Password", t="sm", c="ink2", w="500"), 5, self.password, 10,
            self.stay, 12, self.problem, 4, self.button, 20, self._demo_part,
        )  # fmt: skip
        self.new_button = LinkButton("New workspace", on_click=self.new_workspace_wanted.emit)
        self.connect_button = LinkButton("Connect", on_click=self.connect_wanted.emit, tip="Join a shared workspace")
        foot = row(self.version_label, stretch(), self.connect_button, self.new_button, gap=14)
        form = plain(column(stretch(2), top, stretch(3), foot, margins=(0, 24, 0, 20)))
        form.setFixedWidth(FORM_WIDTH)
        side = frame("page", row(stretch(), form, stretch()))
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.picture, 1)
        box.addWidget(side, 1)
        QWidget.setTabOrder(self.email, self.password)
        QWidget.setTabOrder(self.password, self.stay)
        QWidget.setTabOrder(self.stay, self.button)

    def _toggle_eye(self) -> None:
        is_shown = self.password.echoMode() == QLineEdit.EchoMode.Normal
        self.password.setEchoMode(QLineEdit.EchoMode.Password if is_shown else QLineEdit.EchoMode.Normal)
        self._eye.setIcon(icons.icon("eye" if is_shown else "eye-off", "ink2"))
        self._eye.setToolTip("Show the password" if is_shown else "Hide the password")

    def _sign(self) -> None:
        email, password = self.email.text().strip(), self.password.text()
        if not email or not password:
            self.problem.show_message("danger", "Type your e-mail and password.")
            (self.password if email else self.email).setFocus()
            return
        self.problem.hide()
        self.signed.emit(email, password, self.stay.isChecked())

    def _change_place(self) -> None:
        menu = QMenu(self)
        for key, name in self._places:
            menu.addAction(name).triggered.connect(lambda *_a, key=key: self.place_chosen.emit(key))
        if self._places:
            menu.addSeparator()
        menu.addAction("Connect to a workspace…").triggered.connect(lambda *_a: self.connect_wanted.emit())
        menu.addAction("New workspace…").triggered.connect(lambda *_a: self.new_workspace_wanted.emit())
        menu.addAction("Bring back a backup…").triggered.connect(lambda *_a: self.restore_wanted.emit())
        menu.exec(self.place_button.mapToGlobal(self.place_button.rect().bottomLeft()))
        menu.deleteLater()
