"""The shortcut sheet (Ctrl+F1): every key that works now, made from the action registry."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QGridLayout, QWidget

from moveinsync_desktop.actions import Action, pretty_keys
from moveinsync_desktop.views.dialogs.confirm import PlainDialog
from moveinsync_desktop.views.widgets.basics import label, plain, scrolling
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
)


class ShortcutSheet(PlainDialog):
    """Key and words in two columns, by group."""

    def __init__(self, parent: QWidget | None, actions: Sequence[Action], sections: Sequence[tuple[str, str]]) -> None:
        super().__init__(parent, "Keyboard shortcuts", width=460)
        rows = [(action.group, action.shortcut, action.text) for action in actions if action.shortcut]
        rows += [("Go to", key, title) for key, title in sections]
        rows += list(FIXED)
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 10, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(0, 1)
        group, line = "", 0
        for heading, key, text in sorted(rows, key=lambda made: [made[0] != "Do", made[0]]):
            if heading != group:
                group = heading
                grid.addWidget(label(heading, t="sm", c="ink3", w="500"), line, 0)
                line += 1
            grid.addWidget(label(text.rstrip("…")), line, 0)
            grid.addWidget(KeyCap(pretty_keys(key)), line, 1)
            line += 1
        area = scrolling(plain(grid))
        area.setMinimumHeight(420)
        self.body.addWidget(area, 1)
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Close", on_click=self.accept))
