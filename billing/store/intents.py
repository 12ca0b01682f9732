"""What was about to be changed, written down before it is sent (SECURITY.md (e) 1 and 3).

    with session.unit_of_work(intent=Intent("run", "Night shift, October 2026", id=run_id)) as uow:

The unit of work keeps the intent in a file of the data folder and notes its id in its own transaction. When the answer
of COMMIT is lost it asks the server what became of it; when the program dies meanwhile, the file is still there at the
next start, and `services.intents.settle_pending` asks then. A file is removed once the outcome is known.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from billing.errors import UnavailableError
from billing.schemas.ids import new_id
from billing.store.files import write_private

_FOLDER = "intents"
_KEPT_FOR = timedelta(days=60)  # the server forgets after 90
_under_way: set[UUID] = set()


@dataclass(frozen=True, slots=True)
class Intent:
    """Something that a user wants done once. `kind` for programs, `subject` in words, `id` made before sending."""

    kind: str
    subject: str
    id: UUID = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class Pending:
    """An intent of a program that died before it knew the outcome."""

    intent: Intent
    made_at: datetime


class Journal:
    """The intents under way in a data folder, one small file each."""

    def __init__(self, home: Path, workspace_id: UUID, email: str) -> None:
        self._folder = home / _FOLDER
        self._owner = f"{workspace_id} {email}"

    def keep(self, intent: Intent) -> None:
        """Write it down, synced to the disk. Raises UnavailableError where the data folder cannot be written."""
        content = {
            "owner": self._owner,
            "kind": intent.kind,
            "subject": intent.subject,
            "made_at": datetime.now(UTC).isoformat(),
            **_this_process(),
        }
        _under_way.add(intent.id)
        try:
            write_private(self._path(intent.id), json.dumps(content, ensure_ascii=False))
        except OSError as error:
            self.leave(intent.id)
            is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            raise UnavailableError(
                "DISK_FULL" if is_full else "FILE_NOT_WRITTEN",
                f"The data folder of this computer cannot be written ({error.strerror}); nothing was changed.",
                where=str(self._folder),
            ) from error

    def leave(self, identity: UUID) -> None:
        """This program does not know the outcome; somebody may ask later."""
        _under_way.discard(identity)

    def forget(self, identity: UUID) -> None:
        """The outcome is known."""
        self.leave(identity)
        with contextlib.suppress(OSError):
            self._path(identity).unlink()

    def pending(self) -> list[Pending]:
        """What programs of this user left undecided that run no more, oldest first."""
        if not self._folder.is_dir():
            return []
        found = (self._read(path) for path in sorted(self._folder.glob("*.json")))
        return [one for one in found if one is not None]

    def _read(self, path: Path) -> Pending | None:
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
            made = datetime.fromisoformat(raw["made_at"])
            intent = Intent(str(raw["kind"]), str(raw["subject"]), UUID(path.stem))
            if raw["owner"] != self._owner or _is_under_way(intent.id, int(raw["pid"]), float(raw["started"])):
                return None
        except (OSError, ValueError, KeyError, TypeError):
            return None
        if datetime.now(UTC) - made > _KEPT_FOR:
            self.forget(intent.id)
            return None
        return Pending(intent, made)

    def _path(self, identity: UUID) -> Path:
        return self._folder / f"{identity}.json"


def _this_process() -> dict[str, int | float]:
    """Which process this is, so that one with its recycled number is not taken for it."""
    import psutil

    return {"pid": os.getpid(), "started": psutil.Process().create_time()}


def _is_under_way(identity: UUID, pid: int, started: float) -> bool:
    """Whether the program that wrote an intent down is still at it."""
    import psutil

    if pid == os.getpid():
        return identity in _under_way
    try:
        return abs(psutil.Process(pid).create_time() - started) < 2
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True
