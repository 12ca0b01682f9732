"""Files from outside are parsed in a child process with limits on time and memory (SECURITY.md (b) 20).

A file made to harm kills its child, never the window and never a half-done import.
"""

from __future__ import annotations

import json
import os
import pickle
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from billing.errors import BadInputError, KnownError, RefusedError
from billing.exchange.sheets import limits
from billing.exchange.sheets.look import SheetLook
from billing.exchange.sheets.options import ReadOptions
from billing.exchange.sheets.refusals import refuse
from billing.exchange.sheets.result import CheckedFile
from billing.exchange.sheets.sniff import regular_file

if TYPE_CHECKING:
    from billing.exchange.sheets.bill import BillSheet
from billing.exchange.sheets.watch import Watch

Progress = Callable[[int, int, str], None]
WORKER_FLAG = "--sheet-worker"
_FRAME = struct.Struct("<cQ")
_GONE = "The file broke the reader: it is damaged, or made to do harm."


def check_file(path: Path, options: ReadOptions, progress: Progress | None = None) -> CheckedFile:
    """Check a file in a child process; as `check.check_file`, and RefusedError TOO_DEMANDING beyond the limits.

    `progress` is called now and then and may raise to stop the child.
    """
    result: CheckedFile = _run("check", path, asdict(options), progress)
    result.file = str(path)
    return result


def pick_rows(path: Path, wanted: dict[str | None, list[int]], progress: Progress | None = None) -> Any:
    """The cells of some rows of a file as they stand there, by sheet and row number (for the rejected-rows file)."""
    return _run("pick", path, {"wanted": [[sheet, rows] for sheet, rows in wanted.items()]}, progress)


def first_cells(path: Path, most: int) -> list[tuple[int, list[Any]]]:
    """The first rows of a file's first sheet with their numbers, read in a child process (employee lists)."""
    result: list[tuple[int, list[Any]]] = _run("cells", path, {"most": most}, None)
    return result


def look(path: Path) -> list[SheetLook]:
    """The sheets of a file with their headers and some values (see look.py)."""
    result: list[SheetLook] = _run("look", path, {}, None)
    return result


def read_bill(path: Path, timezone: str, mapping: Mapping[str, str], progress: Progress | None = None) -> BillSheet:
    """A vendor's bill, read in a child process; as `bill.read_bill`."""
    options = {"timezone": timezone, "mapping": dict(mapping)}
    result: BillSheet = _run("bill", path, options, progress)
    result.file = str(path)
    return result


def _command() -> list[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable, WORKER_FLAG]
    return [sys.executable, "-I", "-c", _BOOT, str(Path(__file__).resolve().parents[3])]


# Isolated mode leaves out the working folder and the environment's paths; the package's own folder is added by hand.
_BOOT = "import sys; sys.path.insert(0, sys.argv[1]); from billing.exchange.sheets.worker import main; main()"


def _run(action: str, path: Path, options: dict[str, Any], progress: Progress | None) -> Any:
    regular_file(path)
    request = json.dumps({"action": action, "path": str(path.resolve()), "options": options}, default=_plain)
    seconds = limits.BASE_SECONDS + limits.SECONDS_PER_MIB * (_size(path) / limits.MIB)
    memory = limits.OWN_MEMORY + limits.memory_for(path)
    with tempfile.TemporaryFile() as errors, tempfile.TemporaryDirectory(prefix="mis-sheet-") as scratch:
        # What the child unpacks lies in a folder that goes with it, however it ends.
        folders = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), scratch)
        child = subprocess.Popen(  # the file's name travels on standard input, never on the command line
            _command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env={**os.environ, **folders},
            **_no_window(),
        )  # fmt: skip
        try:
            with Watch(child, seconds=seconds, memory=memory) as watch:
                return _converse(child, request, watch, progress, errors)
        finally:
            child.kill()
            child.wait()
            for stream in (child.stdin, child.stdout):
                if stream is not None:
                    stream.close()


def _no_window() -> dict[str, Any]:
    """Windows would open a console for the child."""
    return {"creationflags": 0x08000000} if os.name == "nt" else {}


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else dict(value)


def _converse(
    child: subprocess.Popen[bytes], request: str, watch: Watch, progress: Progress | None, errors: IO[bytes]
) -> Any:
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        child.stdin.write(request.encode())
        child.stdin.close()
        while True:
            kind, payload = _frame(child.stdout)
            if kind == b"P":
                if progress is not None:
                    done, total, what = json.loads(payload)
                    progress(done, total, what)
            elif kind == b"R":
                return pickle.load(child.stdout)
            elif kind == b"E":
                raise _known(json.loads(payload))
            else:
                raise _lost(child, watch, errors)
    except BrokenPipeError:
        raise _lost(child, watch, errors) from None


def _frame(stream: IO[bytes]) -> tuple[bytes, bytes]:
    head = stream.read(_FRAME.size)
    if len(head) < _FRAME.size:
        return b"", b""
    kind, size = _FRAME.unpack(head)
    payload = stream.read(size)
    return (kind, payload) if len(payload) == size else (b"", b"")


def _known(error: dict[str, str]) -> KnownError:
    kind = BadInputError if error.pop("family") == "BadInputError" else RefusedError
    return kind(error["code"], error["message"], where=error["where"], hint=error["hint"])


def _lost(child: subprocess.Popen[bytes], watch: Watch, errors: IO[bytes]) -> Exception:
    """The child died: beyond its limits (the expected end of a hostile file), or by a mistake of ours."""
    child.wait()
    if watch.killed_for == "time":
        return refuse("TOO_DEMANDING", "The file took too long to read and was given up.", hint="Split it.")
    errors.seek(0)
    text = errors.read(20_000).decode("utf-8", "replace")
    if "Traceback" in text and "MemoryError" not in text:
        return RuntimeError(f"The sheet reader failed:\n{text}")
    if "MemoryError" in text or "memory allocation" in text or child.returncode in (-6, -9, 134, 137):
        return refuse("TOO_DEMANDING", "The file needs more memory than a trip sheet may.", hint="Save it as .csv.")
    return refuse("UNREADABLE", _GONE)


def options_from(values: dict[str, Any]) -> ReadOptions:
    """The options as they came over the pipe."""
    options = ReadOptions(**{**values, "now": datetime.fromisoformat(values["now"])})
    return replace(options, mapping=dict(options.mapping), edits=tuple(tuple(edit) for edit in values["edits"]))
