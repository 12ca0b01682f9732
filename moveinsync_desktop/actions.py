"""The one list of what a user can do: menus, palette (Ctrl+K), shortcuts and their sheet are made from it.

    context.actions.add(Action("trips.import", "Import trips…", self._import, "Ctrl+I", needs="trips.submit"))
    context.actions.get("trips.import").tooltip()      # "Import trips  Ctrl+I"

An action of a screen is added by the screen (scope = its id) and is offered while that screen is open; scope ""
is offered everywhere. `needs` names an operation of resources/rights.json; "" is open to everybody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

May = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do. group: heading in palette and sheet; icon: a Lucide name; scope: screen id or ""."""

    id: str
    text: str
    handler: Callable[[], None]
    shortcut: str = ""
    group: str = "Do"
    icon: str = ""
    needs: str = ""
    scope: str = ""

    def allowed(self, may: May) -> bool:
        """Is it offered to a user who `may`? (The database decides again.)"""
        return not self.needs or may(self.needs)

    def tooltip(self) -> str:
        """What it does, and its key."""
        words = self.text.rstrip("…")
        return f"{words}  {pretty_keys(self.shortcut)}" if self.shortcut else words


def pretty_keys(shortcut: str) -> str:
    """ "Ctrl+Shift+C" as key names with spaces: "Ctrl Shift C"."""
    if " " in shortcut:
        return shortcut
    return " ".join(part for part in shortcut.replace("Return", "Enter").split("+") if part)


class ActionRegistry(QObject):
    """All actions by id. Signals: changed()."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._actions: dict[str, Action] = {}

    def add(self, *actions: Action) -> None:
        """Register; the same id again replaces (a screen that was built anew). Two actions never share a key."""
        for action in actions:
            rival = self._by_key(action.shortcut, action.scope)
            if rival is not None and rival.id != action.id:
                raise ValueError(f"{action.shortcut} belongs to {rival.id} already, not to {action.id}")
            self._actions[action.id] = action
        self.changed.emit()

    def get(self, action_id: str) -> Action:
        """The action; KeyError for an unknown id."""
        return self._actions[action_id]

    def offered(self, may: May, scope: str = "") -> list[Action]:
        """What a user who `may` can do on this screen, in the order of registration."""
        return [a for a in self._actions.values() if a.allowed(may) and a.scope in ("", scope)]

    def _by_key(self, shortcut: str, scope: str) -> Action | None:
        if not shortcut:
            return None
        return next(
            (
                a
                for a in self._actions.values()
                if a.shortcut == shortcut and (a.scope == scope or not a.scope or not scope)
            ),
            None,
        )
