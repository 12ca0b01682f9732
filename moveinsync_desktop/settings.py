"""Settings of the window: each declared once with type and default, kept in `settings.ini` of the data home.

settings.get(Options.THEME)              # typed by the declaration
settings.set(Options.THEME, "dark")      # emits changed("look/theme")
settings.layout("trips") -> dict         # column widths, order, sort of one list
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QObject, QSettings, Signal

T = TypeVar("T", str, bool, int)


@dataclass(frozen=True, slots=True)
class Option(Generic[T]):
    """One setting: `key` in the file, `default` (whose type it keeps), `title` for people, allowed `choices` if few."""

    key: str
    default: T
    title: str
    choices: tuple[T, ...] = ()


class Options:
    """Every setting there is."""

    THEME = Option("look/theme", "system", "Theme", ("system", "light", "dark"))
    DENSITY = Option("look/density", "comfortable", "Rows in tables", ("comfortable", "compact"))
    CONTRAST = Option("look/high_contrast", False, "Increase contrast")
    MOTION = Option("look/motion", True, "Move panels and notices")
    RAIL_NARROW = Option("frame/rail_narrow", False, "Icons only in the side bar")
    REMEMBER_LAYOUT = Option("lists/remember", True, "Remember columns, widths and sorting")
    ENTER_MOVES_ON = Option("forms/enter_moves_on", True, "Enter goes to the next field")
    LAST_PROFILE = Option("sign_in/profile", "", "Workspace used last")
    LAST_EMAIL = Option("sign_in/email", "", "E-mail used last")
    STAY_SIGNED_IN = Option("sign_in/stay", False, "Stay signed in on this computer")
    ANCHOR_FILE = Option("audit/anchor_file", "", "Daily anchor of the audit log")
    LAST_SCREEN = Option("frame/screen", "overview", "Screen shown last")


def declared() -> dict[str, Option[Any]]:
    """All options by key."""
    options = (value for value in vars(Options).values() if isinstance(value, Option))
    return {option.key: option for option in options}


class Settings(QObject):
    """The values of the options. Signals: changed(str key)."""

    changed = Signal(str)

    def __init__(self, path: Path | None, parent: QObject | None = None) -> None:
        """Keep them in the file `path`; with None they last for this object only (tests)."""
        super().__init__(parent)
        self._memory: dict[str, Any] = {}
        self._file = QSettings(str(path), QSettings.Format.IniFormat) if path else None

    def get(self, option: Option[T]) -> T:
        """The value, or the default where none (or a wrong one) is stored."""
        raw = self._read(option.key)
        if raw is None:
            return option.default
        if isinstance(option.default, bool):
            return str(raw).lower() in ("true", "1")
        if isinstance(option.default, int):
            return int(raw) if str(raw).lstrip("-").isdigit() else option.default
        return str(raw) if not option.choices or raw in option.choices else option.default

    def set(self, option: Option[T], value: T) -> None:
        """Store the value; nothing happens when it is the same."""
        if option.choices and value not in option.choices:
            raise ValueError(f"{option.key} cannot be {value!r}")
        if self.get(option) != value:
            self._write(option.key, value)
            self.changed.emit(option.key)

    def layout(self, name: str) -> dict[str, Any]:
        """What a list remembers (see `DataTable.save_layout`); empty when nothing is kept."""
        return self.kept(f"layouts/{name}")

    def set_layout(self, name: str, layout: dict[str, Any]) -> None:
        """Keep a list's layout; an empty one forgets it."""
        self.keep(f"layouts/{name}", layout)

    def kept(self, key: str) -> dict[str, Any]:
        """Something with a structure of its own that was kept; empty where nothing (or nothing readable) is."""
        raw = self._read(key)
        try:
            found = json.loads(raw) if raw else {}
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def keep(self, key: str, value: dict[str, Any]) -> None:
        """Keep it as JSON; an empty one forgets it."""
        self._write(key, json.dumps(value) if value else None)

    def _read(self, key: str) -> Any:
        return self._file.value(key) if self._file is not None else self._memory.get(key)

    def _write(self, key: str, value: Any) -> None:
        if self._file is None:
            self._memory[key] = value
        elif value is None:
            self._file.remove(key)
        else:
            self._file.setValue(key, value)
