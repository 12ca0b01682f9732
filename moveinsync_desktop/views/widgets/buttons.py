"""Buttons: four kinds, with icon, menu or link look.

Button("Import trips…", "primary", icon="upload", on_click=self._import)
    # kinds: "" primary quiet danger danger-fill
IconButton("columns-3", "Choose columns", on_click=...)                       # 28 px, tooltip = accessible name
MenuButton("Export", [("Excel workbook", fn), None, ("CSV", fn)])             # None is a separator
LinkButton("Clear", on_click=...)
button.wait_for("waits for rating")            # disabled with its reason as tooltip; wait_for("") enables again
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QPushButton, QSizePolicy, QToolButton, QWidget

from moveinsync_desktop import icons

OnClick = Callable[[], object]
MenuItems = Sequence[tuple[str, OnClick] | None]

_ICON_TOKEN = {"primary": "on_accent", "danger-fill": "on_danger", "danger": "overdue", "link": "accent_text"}
GAP = "\u2009\u2009"
ROOM = "\u2003\u2009\u2009"


class Button(QPushButton):
    """A push button of one kind. The icon follows the theme."""

    def __init__(
        self,
        text: str,
        kind: str = "",
        *,
        icon: str = "",
        on_click: OnClick | None = None,
        tip: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._icon_name = icon
        self._tip = tip
        self.setProperty("kind", kind)
        self.set_text(text)
        self.setToolTip(tip)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAutoDefault(False)
        self._refresh_icon()
        if on_click is not None:
            self.clicked.connect(lambda *_checked: on_click())

    def set_text(self, text: str) -> None:
        """Change the words (the accessible name stays free of the spacing trick)."""
        self.setText((GAP + text if self._icon_name and text else text).replace("&", "&&"))
        self.setAccessibleName(text)

    def wait_for(self, reason: str) -> None:
        """Disable with a reason that is shown as tooltip; an empty reason enables."""
        self.setEnabled(not reason)
        self.setToolTip(reason or self._tip)

    def changeEvent(self, event: QEvent) -> None:
        """Take the icon's colour from the new theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._refresh_icon()

    def _refresh_icon(self) -> None:
        name = getattr(self, "_icon_name", "")
        if name:
            self.setIconSize(QSize(16, 16))
            self.setIcon(icons.icon(name, _ICON_TOKEN.get(self.property("kind") or "", "ink2")))


class LinkButton(Button):
    """Words that act: accent text, no frame."""

    def __init__(
        self, text: str, *, on_click: OnClick | None = None, tip: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(text, "link", on_click=on_click, tip=tip, parent=parent)
        self.setCursor(Qt.CursorShape.PointingHandCursor)


class IconButton(QToolButton):
    """A 28 px button with only an icon; `words` are its tooltip and accessible name."""

    def __init__(
        self,
        icon: str,
        words: str,
        *,
        on_click: OnClick | None = None,
        key: str = "",
        checkable: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._icon_name = icon
        self.setIconSize(QSize(16, 16))
        self.setToolTip(f"{words}  {key}" if key else words)
        self.setAccessibleName(words)
        self.setCheckable(checkable)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.set_icon(icon)
        if on_click is not None:
            self.clicked.connect(lambda *_checked: on_click())

    def set_icon(self, icon: str) -> None:
        """Show another icon."""
        self._icon_name = icon
        self.setIcon(icons.icon(icon))

    def changeEvent(self, event: QEvent) -> None:
        """Take the icon's colour from the new theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.setIcon(icons.icon(self._icon_name))


class MenuButton(Button):
    """A button with a chevron that opens a menu. `set_items` changes the menu; `set_text` the words."""

    def __init__(
        self,
        text: str,
        items: MenuItems = (),
        *,
        kind: str = "",
        icon: str = "",
        tip: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, kind, icon=icon, tip=tip, parent=parent)
        self.setProperty("has_menu", "true")
        self._menu = QMenu(self)
        self.setMenu(self._menu)
        self.set_items(items)

    def set_text(self, text: str) -> None:
        """Change the words; an em space keeps room for the chevron."""
        super().set_text(text)
        self.setText(self.text() + ROOM)

    def set_items(self, items: MenuItems) -> None:
        """Fill the menu."""
        self._menu.clear()
        for item in items:
            if item is None:
                self._menu.addSeparator()
                continue
            words, handler = item
            self._menu.addAction(words).triggered.connect(lambda *_a, run=handler: run())

    def paintEvent(self, event: QPaintEvent) -> None:
        """The button with its text a little left, and the chevron."""
        super().paintEvent(event)
        painter = QPainter(self)
        token = "disabled" if not self.isEnabled() else _ICON_TOKEN.get(self.property("kind") or "", "ink2")
        icons.paint(painter, "chevron-down", QRect(self.width() - 29, 0, 16, self.height()), token, 14)
        painter.end()
