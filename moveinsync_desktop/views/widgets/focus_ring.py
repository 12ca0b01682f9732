"""The focus ring: one mouse-transparent overlay per window, drawn only for keyboard focus (LOOK.md 10)."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractItemView, QApplication, QLineEdit, QPlainTextEdit, QWidget

from moveinsync_desktop import theme

_KEYS = frozenset({Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_F6})


class FocusRing(QWidget):
    """Follows the focus inside `window`.

    It listens to the input of this one window only: a filter on the whole application would run Python for every
    event of every widget.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._handle: QObject | None = None
        self._by_key = False
        self._target: QWidget | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        window.installEventFilter(self)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._on_focus)
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys bring the ring, the mouse takes it away; resizing moves it."""
        kind = event.type()
        if watched is self._window:
            if kind == QEvent.Type.Show:
                self._listen()
            elif kind == QEvent.Type.Resize and self._target is not None:
                QTimer.singleShot(0, self, self._place)
        elif kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() in _KEYS:
            self._by_key = True
        elif kind in (QEvent.Type.MouseButtonPress, QEvent.Type.Wheel):
            self._by_key = self._by_key and kind == QEvent.Type.Wheel
            self.hide()
        return False

    def _listen(self) -> None:
        """Input reaches the window's handle first, whatever widget it is for."""
        handle = self._window.windowHandle()
        if handle is not None and handle is not self._handle:
            self._handle = handle
            handle.installEventFilter(self)

    def paintEvent(self, event: QPaintEvent) -> None:
        """2 px, outside the widget."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        tokens = theme.active()
        painter.setPen(QPen(tokens.alpha("accent", 0.8 if tokens.is_dark else 0.55), 2))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 8, 8)
        painter.end()

    def _on_focus(self, _old: QWidget | None, new: QWidget | None) -> None:
        self._target = None
        if (
            new is not None
            and self._by_key
            and self._window.isAncestorOf(new)
            and not isinstance(new, QAbstractItemView)
        ):
            owner = new.parentWidget()
            is_inside = isinstance(new, (QLineEdit, QPlainTextEdit)) and owner is not None
            self._target = owner if is_inside and owner is not None and owner.property("role") == "unit" else new
        self._place()

    def _place(self) -> None:
        target = self._target
        if target is None or not target.isVisible() or target.height() > 120:
            self.hide()
            return
        corner = target.mapTo(self._window, QPoint(0, 0))
        self.setGeometry(QRect(corner, target.size()).adjusted(-3, -3, 3, 3))
        self.show()
        self.raise_()
