"""The side panel: what is known of the record under the cursor. Esc closes, Alt+Up/Down walks the list.

panel = Inspector(width=352); panel.stepped.connect(table.step); panel.closed.connect(...)
panel.show_record("SLC-108176", "COMPLETED"); panel.body.addWidget(facts)        # body: QVBoxLayout, scrolls
panel.tabs.set_tabs([Tab("rated", "How it was rated"), Tab("riders", "Riders")])  # hidden until it has tabs
panel.add_foot(left_button, right_button)
"""

from __future__ import annotations

from PySide6.QtCore import QEasingCurve, QPropertyAnimation, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from moveinsync_desktop import theme
from moveinsync_desktop.views.widgets.basics import frame, label, scrolling
from moveinsync_desktop.views.widgets.buttons import IconButton
from moveinsync_desktop.views.widgets.header import HEADER_HEIGHT
from moveinsync_desktop.views.widgets.states import StatePill
from moveinsync_desktop.views.widgets.tabs import TabBar


class Inspector(QFrame):
    """Attributes: body (scrolling content), tabs. Signals: stepped(int), closed()."""

    stepped = Signal(int)
    closed = Signal()

    def __init__(self, width: int = 348, *, can_step: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self._width = width
        self.setFixedWidth(width)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(1, 0, 0, 0)
        outer.setSpacing(0)
        head = self._make_head(can_step)
        outer.addWidget(head)
        self.fixed = QVBoxLayout()
        self.fixed.setContentsMargins(16, 10, 16, 0)
        self.fixed.setSpacing(0)
        outer.addLayout(self.fixed)
        self.tabs = TabBar(inset=6)
        self.tabs.hide()
        outer.addWidget(self.tabs)
        content = QWidget()
        content.setProperty("role", "page")
        self.body = QVBoxLayout(content)
        self.body.setContentsMargins(16, 12, 16, 16)
        self.body.setSpacing(0)
        outer.addWidget(scrolling(content), 1)
        self._foot = frame("panelfoot")
        self._foot.setFixedHeight(46)
        self._foot_box = QHBoxLayout(self._foot)
        self._foot_box.setContentsMargins(16, 0, 16, 0)
        self._foot_box.setSpacing(8)
        self._foot.hide()
        outer.addWidget(self._foot)
        self.hide()

    def _make_head(self, can_step: bool) -> QFrame:
        head = frame("pagehead")
        head.setFixedHeight(HEADER_HEIGHT)
        box = QHBoxLayout(head)
        box.setContentsMargins(16, 0, 10, 0)
        box.setSpacing(8)
        self.title_label = label("", t="h2")
        self.pill = StatePill()
        self.pill.hide()
        tools = QHBoxLayout()
        tools.setSpacing(2)
        if can_step:
            for icon, words, step, key in (
                ("chevron-up", "Row above", -1, "Up"),
                ("chevron-down", "Row below", 1, "Down"),
            ):
                button = IconButton(icon, words, key=f"Alt {key}")
                button.clicked.connect(lambda *_a, step=step: self.stepped.emit(step))
                tools.addWidget(button)
        tools.addWidget(IconButton("x", "Close", on_click=self.close_panel, key="Esc"))
        box.addWidget(self.title_label)
        box.addWidget(self.pill)
        box.addStretch(1)
        box.addLayout(tools)
        return head

    def show_record(self, title: str, state: str = "", words: str = "") -> None:
        """Name the record and slide in if hidden. Fill `body` yourself (clear_layout from facts)."""
        self.title_label.setText(title)
        self.setAccessibleName(f"Details of {title}")
        self.pill.setVisible(bool(state))
        if state:
            self.pill.set_state(state, words)
        if not self.isVisible():
            self._slide_in()

    def set_tabs_visible(self, on: bool) -> None:
        """Show the row of tabs."""
        self.tabs.setVisible(on)

    def add_foot(self, *widgets: QWidget) -> None:
        """Buttons at the bottom: the first left, the others right."""
        for at, widget in enumerate(widgets):
            if at == 1 or (at == 0 and len(widgets) == 1):
                self._foot_box.addStretch(1)
            self._foot_box.addWidget(widget)
        self._foot.show()

    def show_foot(self, shown: bool) -> None:
        """Without a button there is no foot."""
        self._foot.setVisible(shown)

    def close_panel(self) -> None:
        """Hide and say so."""
        self.hide()
        self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_panel()
            return
        super().keyPressEvent(event)

    def set_width(self, width: int) -> None:
        """Wider on wide screens."""
        self._width = width
        self.setFixedWidth(width)

    def _slide_in(self) -> None:
        self.show()
        if not theme.motion() or not self.window().isVisible():
            return
        self.setFixedWidth(1)
        move = QPropertyAnimation(self, b"maximumWidth", self)
        move.setDuration(120)
        move.setEasingCurve(QEasingCurve.Type.OutCubic)
        move.setStartValue(self._width // 2)
        move.setEndValue(self._width)
        move.valueChanged.connect(lambda value: self.setMinimumWidth(int(value)))
        move.finished.connect(lambda: self.setFixedWidth(self._width))
        move.start(QPropertyAnimation.DeletionPolicy.DeleteWhenStopped)
