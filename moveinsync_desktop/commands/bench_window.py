"""`moveinsync bench window`: from starting the program to a signed-in window, against an empty PySide6 window.

Both are processes of their own, started in turns; the clock runs from before the interpreter starts until the event
loop is idle with the window on screen. Ours is the demo company on its embedded database, whose server it starts.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from billing.errors import UnavailableError
from moveinsync_desktop.commands.bench_bars import Bar

REQUIRED_MORE_S = 1.0
_LONGEST_S = 120

_EMPTY = """
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication([])
window = QMainWindow()
window.show()
QTimer.singleShot(0, lambda: (print("ready", flush=True), app.quit()))
app.exec()
"""
_OURS = """
import sys
from argparse import Namespace
from moveinsync_desktop import compat, crash
crash.install()
compat.ensure_qt()
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from billing.store.profiles import data_home
from moveinsync_desktop.app import DesktopApp
app = QApplication(sys.argv[:1])
program = DesktopApp(Namespace(demo=True, user=None, profile=None), data_home())
def ready():
    print("ready", flush=True)
    program.window.close()
    app.quit()
program.start()
program.entrance.entered.connect(lambda: QTimer.singleShot(0, ready))
app.exec()
"""


def measure(*, repeat: int) -> dict[str, Any]:
    """Seconds until each window is ready, the fastest of some turns after one that warms the caches."""
    with tempfile.TemporaryDirectory(prefix="mis-bench-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o711)
        surroundings = _environment(Path(name) / "home")
        made = subprocess.run(
            [sys.executable, "-m", "moveinsync_desktop", "demo"],
            env=surroundings, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if made.returncode:
            raise UnavailableError("NOT_MEASURED", f"The demo company could not be made: {made.stderr[-500:]}")
        turns = [(_ready(_EMPTY, surroundings), _ready(_OURS, surroundings)) for _ in range(repeat + 1)][1:]
    empty, ours = (min(side) for side in zip(*turns, strict=True))
    return {
        "empty_seconds": round(empty, 3),
        "seconds": round(ours, 3),
        "more_seconds": round(ours - empty, 3),
        "required_more_seconds": REQUIRED_MORE_S,
    }


def _environment(home: Path) -> dict[str, str]:
    words = dict(os.environ) | {"MOVEINSYNC_HOME": str(home)}
    if sys.platform == "linux" and not (words.get("DISPLAY") or words.get("WAYLAND_DISPLAY")):
        words["QT_QPA_PLATFORM"] = "offscreen"
    return words


def _ready(code: str, surroundings: Mapping[str, str]) -> float:
    """Seconds until the program says that it is ready; it is waited for after that."""
    begin = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, "-c", code],
        env=dict(surroundings),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert child.stdout is not None
        word = child.stdout.readline().strip()
        seconds = time.perf_counter() - begin
        child.wait(_LONGEST_S)
    finally:
        child.kill()
        child.wait()
        if child.stdout is not None:
            child.stdout.close()
    if word != "ready":
        raise UnavailableError("NOT_MEASURED", "A window did not open.")
    return seconds


def bars(found: dict[str, Any]) -> list[Bar]:
    """How much later than an empty window."""
    ours, empty = f"{found['seconds']:.2f} s", f"{found['empty_seconds']:.2f} s"
    more = found["more_seconds"]
    return [Bar("window", "window ready on the embedded database", "an empty PySide6 window", ours, empty, more,
                REQUIRED_MORE_S, "s more")]  # fmt: skip
