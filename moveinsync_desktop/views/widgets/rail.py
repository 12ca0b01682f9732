"""The rail at the left: client switcher, search, the sections this role has, the user (LOOK.md 5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QMenu, QSizePolicy, QVBoxLayout, QWidget

from moveinsync_desktop import formats, icons, theme
from moveinsync_desktop.views.widgets import painting
from moveinsync_desktop.views.widgets.basics import plain, scrolling

WIDE, NARROW = 216, 53
ROOMY, TIGHT = 30, 24
"""Heights of a section: as LOOK.md has it, and the least before the sections scroll."""


class _RailButton(QAbstractButton):
    """What all parts of the rail share: hover, narrow mode, keyboard focus."""

    def __init__(self, words: str, height: int) -> None:
        super().__init__()
        self.narrow = False
        self.setText(words)
        self.setFixedHeight(height)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(words)

    def sizeHint(self) -> QSize:
        """The rail gives the width."""
        return QSize(80, self.height())

    def set_narrow(self, narrow: bool) -> None:
        """Icons only, words as tooltip."""
        self.narrow = narrow
        self.setToolTip(self.accessibleName() if narrow else "")
        self.update()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Hover."""
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """No hover."""
        self.update()


class RailItem(_RailButton):
    """One section, 30 px. `set_count(3)` or `set_count(92, needs_work=True)`."""

    def __init__(self, key: str, words: str, icon: str) -> None:
        super().__init__(words, 30)
        self.key, self._icon = key, icon
        self._count, self._needs_work = 0, False
        self.setCheckable(True)

    def set_count(self, count: int, *, needs_work: bool = False) -> None:
        """A figure at the right; 0 hides it."""
        self._count, self._needs_work = count, needs_work
        self.setAccessibleName(self.text() + (f", {count}" if count else ""))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Ground, icon, words, figure."""
        painter, tokens = QPainter(self), theme.active()
        is_on = self.isChecked()
        if is_on or self.underMouse():
            painting.rounded(painter, self.rect(), tokens.color("rail_active" if is_on else "sunken"), 6)
        left = 9 if not self.narrow else (self.width() - 16) // 2
        icons.paint(painter, self._icon, QRect(left, 0, 16, self.height()), "accent_text" if is_on else "ink2", 16)
        if not self.narrow:
            box = QRect(34, 0, self.width() - 44, self.height())
            token = "ink" if is_on else "ink2"
            painting.text(painter, box, self.text(), token, 13, 600 if is_on else 500)
            if self._count:
                amber = "review" if self._needs_work else "ink3"
                painting.text(painter, box, formats.count(self._count), amber, 12, 500, painting.RIGHT, elide=False)
        painter.end()


class ClientButton(_RailButton):
    """Whose books are open; a SUPER_ADMIN switches here. Signals: client_chosen(object id, str name)."""

    client_chosen = Signal(object, str)

    def __init__(self) -> None:
        super().__init__("", 46)
        self._role = ""
        self._clients: list[tuple[object, str]] = []
        self.clicked.connect(self._open)

    def set_client(self, name: str, role: str) -> None:
        """Show the client and the role."""
        self._role = role
        self.setText(name)
        self.setAccessibleName(f"{name}, {role}")
        self.setToolTip(name)
        self.update()

    def set_clients(self, clients: Sequence[tuple[object, str]]) -> None:
        """What can be switched to; fewer than two hides the arrows."""
        self._clients = list(clients)
        self.setEnabled(len(self._clients) > 1)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Square with a letter, two lines, arrows."""
        painter, tokens = QPainter(self), theme.active()
        if self.underMouse() and self.isEnabled():
            painting.rounded(painter, self.rect(), tokens.color("sunken"), 6)
        left = 5 if not self.narrow else (self.width() - 24) // 2
        square = QRect(left, 11, 24, 24)
        painting.rounded(painter, square, tokens.color("avatar4"), 6)
        painting.text(painter, square, self.text()[:1].upper(), "ink", 11, 600, painting.CENTRE, elide=False)
        if not self.narrow:
            room = self.width() - (60 if len(self._clients) > 1 else 40)
            painting.text(painter, QRect(37, 5, room, 18), self.text(), "ink", 13, 600)
            painting.text(painter, QRect(37, 23, room, 16), self._role, "ink2", 11, 400)
            if len(self._clients) > 1:
                icons.paint(painter, "chevrons-up-down", QRect(self.width() - 20, 0, 16, 46), "ink2", 14)
        painter.end()

    def _open(self) -> None:
        menu = QMenu(self)
        for key, name in self._clients:
            action = menu.addAction(name)
            action.triggered.connect(lambda *_a, key=key, name=name: self.client_chosen.emit(key, name))
        menu.exec(self.mapToGlobal(self.rect().bottomLeft()))
        menu.deleteLater()


class SearchButton(_RailButton):
    """Looks like a field, opens the palette."""

    def __init__(self) -> None:
        super().__init__("Search or jump", 30)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Field, glass, words, key."""
        painter, tokens = QPainter(self), theme.active()
        line = "control_hover" if self.underMouse() else "control"
        painting.rounded(painter, self.rect(), tokens.color("surface"), 6, tokens.color(line))
        left = 9 if not self.narrow else (self.width() - 16) // 2
        icons.paint(painter, "search", QRect(left, 0, 16, 30), "ink2", 15)
        if not self.narrow:
            painting.text(painter, QRect(30, 0, 110, 30), self.text(), "ink2", 13, 400)
            cap = QRect(self.width() - 54, 6, 48, 18)
            painting.rounded(painter, cap, tokens.color("sunken"), 4)
            painting.text(painter, cap, "Ctrl K", "ink2", 11, 500, painting.CENTRE, elide=False)
        painter.end()


class UserButton(_RailButton):
    """Who is signed in and how long; opens a menu."""

    def __init__(self) -> None:
        super().__init__("", 46)
        self._session = ""

    def set_user(self, name: str, session: str) -> None:
        """Show name and session time."""
        self._session = session
        self.setText(name)
        self.setAccessibleName(f"{name}, {session}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Disc with letters, two lines, dots."""
        painter, tokens = QPainter(self), theme.active()
        if self.underMouse():
            painting.rounded(painter, self.rect(), tokens.color("sunken"), 6)
        left = 4 if not self.narrow else (self.width() - 26) // 2
        disc = QRect(left, 10, 26, 26)
        token = f"avatar{sum(map(ord, self.text())) % 4 + 1}"
        painting.rounded(painter, disc, tokens.color(token), 13)
        letters = formats.initials(self.text())
        painting.text(painter, disc, letters, "ink", 10, 600, painting.CENTRE, elide=False)
        if not self.narrow:
            room = self.width() - 64
            painting.text(painter, QRect(39, 5, room, 18), self.text(), "ink", 13, 500)
            painting.text(painter, QRect(39, 23, room, 16), self._session, "ink3", 11, 400)
            icons.paint(painter, "ellipsis", QRect(self.width() - 24, 0, 16, 46), "ink2", 16)
        painter.end()


class _Heading(QWidget):
    """The name of a group of sections; a hairline in the narrow rail."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self._words, self.narrow = words, False
        self.setFixedHeight(ROOMY)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.narrow:
            painter.fillRect(10, self.height() // 2, self.width() - 20, 1, theme.active().color("line2"))
        else:
            top = max(self.height() - 26, 0)
            box = QRect(9, top, self.width() - 18, self.height() - top)
            painting.text(painter, box, self._words, "ink3", 12 if self.height() > TIGHT else 11, 500)
        painter.end()


class Rail(QFrame):
    """Sections stand closer in a low window, and scroll at last. Signals: section_chosen(str), search_wanted()."""

    section_chosen = Signal(str)
    search_wanted = Signal()

    def __init__(self, sections: Sequence[tuple[str, str, str, str]], parent: QWidget | None = None) -> None:
        """sections: (key, words, icon, group)."""
        super().__init__(parent)
        self.setProperty("role", "rail")
        self.setAccessibleName("Sections")
        self.items: dict[str, RailItem] = {}
        self.client = ClientButton()
        self.search = SearchButton()
        self.user = UserButton()
        self.search.clicked.connect(self.search_wanted.emit)
        box = QVBoxLayout(self)
        box.setContentsMargins(8, 4, 9, 6)
        box.setSpacing(1)
        box.addWidget(self.client)
        box.addSpacing(6)
        box.addWidget(self.search)
        box.addSpacing(8)
        self._headings: list[_Heading] = []
        self._sections = QVBoxLayout()
        self._sections.setContentsMargins(0, 0, 0, 0)
        self._sections.setSpacing(1)
        self._area = scrolling(plain(self._sections))
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        group = ""
        for key, words, icon, section_group in sections:
            if section_group != group:
                group = section_group
                self._headings.append(_Heading(group))
                self._sections.addWidget(self._headings[-1])
            self.items[key] = item = RailItem(key, words, icon)
            item.clicked.connect(lambda *_a, key=key: self.section_chosen.emit(key))
            item.installEventFilter(self)
            self._sections.addWidget(item)
        self._sections.addStretch(1)
        box.addWidget(self._area, 1)
        box.addWidget(self.user)
        self.set_narrow(False)

    def set_current(self, key: str) -> None:
        """Mark the open section and bring it into sight."""
        for name, item in self.items.items():
            item.setChecked(name == key)
        if key in self.items:
            self._area.ensureWidgetVisible(self.items[key], 0, 4)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Sections share the height there is, from roomy to tight."""
        super().resizeEvent(event)
        around = self.client.height() + self.search.height() + self.user.height() + 30
        parts = len(self.items) + len(self._headings)
        each = (self.height() - around) // max(parts, 1) - self._sections.spacing()
        high = min(max(each, TIGHT), ROOMY)
        for item in self.items.values():
            item.setFixedHeight(high)
        for heading in self._headings:
            heading.setFixedHeight(ROOMY if high == ROOMY else high - 4)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A section that gets the keyboard comes into sight."""
        if event.type() == QEvent.Type.FocusIn and isinstance(watched, QWidget):
            self._area.ensureWidgetVisible(watched, 0, 4)
        return super().eventFilter(watched, event)

    def set_narrow(self, narrow: bool) -> None:
        """Icons only."""
        self.setFixedWidth(NARROW if narrow else WIDE)
        for part in (self.client, self.search, self.user, *self.items.values()):
            part.set_narrow(narrow)
        for heading in self._headings:
            heading.narrow = narrow
            heading.update()

    def set_count(self, key: str, count: int, *, needs_work: bool = False) -> None:
        """A figure behind a section."""
        if key in self.items:
            self.items[key].set_count(count, needs_work=needs_work)

    def on_user(self, handler: Callable[[], None]) -> None:
        """What the user's row opens."""
        self.user.clicked.connect(handler)
