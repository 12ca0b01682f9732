"""The child process of `process.py`: one request on standard input, frames on standard output."""

from __future__ import annotations

import gc
import json
import os
import pickle
import struct
import sys
import time
from pathlib import Path
from typing import Any

from billing.errors import KnownError
from billing.exchange.sheets import limits

_FRAME = struct.Struct("<cQ")
_EVERY = 0.1


class _Pipe:
    """Writes frames; progress at most ten times a second."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._last = 0.0

    def send(self, kind: bytes, payload: bytes) -> None:
        """One frame."""
        self._stream.write(_FRAME.pack(kind, len(payload)))
        self._stream.write(payload)
        self._stream.flush()

    def send_result(self, result: Any) -> None:
        """The result as it is made into bytes: a large one is never there twice."""
        self._stream.write(_FRAME.pack(b"R", 0))
        pickle.dump(result, self._stream, protocol=5)
        self._stream.flush()

    def progress(self, done: int, total: int, what: str) -> None:
        """Tell how far the reading is."""
        if time.monotonic() - self._last >= _EVERY:
            self._last = time.monotonic()
            self.send(b"P", json.dumps([done, total, what]).encode())


def main() -> None:
    """Answer the one request; anything unforeseen goes to standard error as a traceback."""
    gc.disable()  # one file and the end: looking for cycles among a million cells would only take time
    request = json.loads(sys.stdin.buffer.read())
    pipe = _Pipe(os.fdopen(os.dup(1), "wb"))
    path = Path(request["path"])
    _limit_memory(path)
    try:
        result = _answer(request["action"], path, request["options"], pipe)
    except KnownError as error:
        found = {**error.as_dict(), "hint": error.hint, "family": type(error).__name__}
        pipe.send(b"E", json.dumps(found).encode())
        return
    except MemoryError:
        found = {"code": "TOO_DEMANDING", "message": "The file needs more memory than a trip sheet may.", "where": ""}
        pipe.send(b"E", json.dumps({**found, "hint": "Save it as .csv.", "family": "RefusedError"}).encode())
        return
    pipe.send_result(result)


def _answer(action: str, path: Path, options: dict[str, Any], pipe: _Pipe) -> Any:
    if action == "check":
        from billing.exchange.sheets.check import check_file
        from billing.exchange.sheets.process import options_from

        return check_file(path, options_from(options), pipe.progress)
    if action == "look":
        from billing.exchange.sheets.look import look

        return look(path)
    if action == "bill":
        from billing.exchange.sheets.bill import read_bill

        return read_bill(path, str(options["timezone"]), dict(options["mapping"]))
    from billing.exchange.sheets.pick import first_cells, pick_rows

    if action == "cells":
        return first_cells(path, int(options["most"]))
    return pick_rows(path, dict(options["wanted"]))


def _limit_memory(path: Path) -> None:
    """Address space beyond what is in use now, in proportion to the content: a small file may not ask for much.

    Windows and macOS have no such limit for a process; there the parent measures it (watch.py).
    """
    if not sys.platform.startswith("linux"):
        return
    import resource

    import numpy as np  # loaded first: its libraries reserve address space that is no use of memory
    import python_calamine

    assert np is not None
    assert python_calamine is not None
    with open("/proc/self/statm", encoding="ascii") as file:
        used = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    extra = limits.memory_for(path)
    resource.setrlimit(resource.RLIMIT_AS, (used + extra, used + extra))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
