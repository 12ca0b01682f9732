"""Refuses combinations of Python and Qt that are known to crash, in plain words and before any window opens."""

from __future__ import annotations

import sys

_WORDS = (
    "PySide6 {version} crashes on Python {python} (it loses references to None; the process aborts after minutes).\n"
    'Install the tested version instead: pip install "pyside6-essentials>=6.8,<6.12"'
)


def qt_problem(python: tuple[int, int], version: str) -> str | None:
    """The sentence that says why this pair cannot run, or None when it can.

    WORKAROUND PYSIDE-3.11-none-refcount: wheels from 6.12 on are built as if None were immortal, true from Python 3.12.
    """
    major, minor = (int(part) for part in version.split(".")[:2])
    if python < (3, 12) and (major, minor) >= (6, 12):
        return _WORDS.format(version=version, python=".".join(map(str, python)))
    return None


def ensure_qt() -> None:
    """Exit with a sentence when the installed Qt binding cannot run here."""
    import PySide6

    problem = qt_problem((sys.version_info.major, sys.version_info.minor), PySide6.__version__)
    if problem:
        raise SystemExit(problem)
