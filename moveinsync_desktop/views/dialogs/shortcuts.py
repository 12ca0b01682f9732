"""The shortcut sheet (Ctrl+F1): every key that works now, made from the action registry."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from moveinsync_desktop.actions import Action, pretty_keys
from moveinsync_desktop.views.dialogs.confirm import PlainDialog
from moveinsync_desktop.views.widgets.basics import column, label, plain, row, scrolling, stretch
from moveinsync_desktop.views.widgets.buttons import Button
from moveinsync_desktop.views.widgets.chips import KeyCap

FIXED = (
    ("Tables", "Ctrl+C", "Copy as cells"),
    ("Tables", "Ctrl+Shift+C", "Copy with headers"),
    ("Tables", "Ctrl+A", "Select all matching rows"),
    ("Tables", "Enter", "Open the row"),
    ("Date fields", "+ −", "A day on or back"),
    ("Date fields", "[ ]", "A month back or on"),
    ("Date fields", "T", "Today"),
    ("Forms", "Enter", "Next field"),
    ("Forms", "Ctrl+Enter", "Save"),
    ("Forms", "F2", "Open what a list has chosen"),
    ("Forms", "F3", "Add another to choose from"),
)
HEADINGS = {"Do": "On this screen"}


class ShortcutSheet(PlainDialog):
    """Keys and words by group, in two columns: what this screen does, and what works everywhere."""

    def __init__(self, parent: QWidget | None, actions: Sequence[Action], sections: Sequence[tuple[str, str]]) -> None:
        super().__init__(parent, "Keyboard shortcuts", width=820)
        groups: dict[str, list[tuple[str, str]]] = {"Do": []}
        for action in actions:
            if action.shortcut:
                groups.setdefault(action.group, []).append((action.shortcut, action.text))
        groups["Go to"] = list(sections)
        for group, key, text in FIXED:
            groups.setdefault(group, []).append((key, text))
        here = {name: groups[name] for name in ("Do", "Go to") if groups[name]}
        left = column(*self._columns(here), stretch())
        right = column(*self._columns({name: groups[name] for name in groups if name not in here}), stretch())
        area = scrolling(plain(row(left, right, gap=32, margins=(0, 0, 10, 0))))
        area.setMinimumHeight(430)
        self.body.addWidget(area, 1)
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Close", on_click=self.accept))

    def _columns(self, groups: dict[str, list[tuple[str, str]]]) -> list[QWidget]:
        made: list[QWidget] = []
        for name, lines in groups.items():
            if not lines:
                continue
            grid = QGridLayout()
            grid.setContentsMargins(0, 0, 0, 12)
            grid.setVerticalSpacing(6)
            grid.setColumnStretch(0, 1)
            grid.addWidget(label(HEADINGS.get(name, name), t="sm", c="ink3", w="500"), 0, 0)
            for at, (key, text) in enumerate(lines, start=1):
                grid.addWidget(label(text.rstrip("…")), at, 0)
                grid.addWidget(KeyCap(pretty_keys(key)), at, 1, Qt.AlignmentFlag.AlignRight)
            made.append(plain(grid))
        return made
