"""What was typed and not saved: kept at once on this computer, offered again after a crash or the end of a session.

    drafts = Drafts(context.home / "window" / "drafts")
    drafts.keep("contract:0192...:rules", {"monthly_fee": "25000"})     # on every pause in typing; atomic
    drafts.find("contract:0192...:rules")                               # None, or Draft(key, content, kept_at)
    drafts.forget("contract:0192...:rules")                             # saved, or thrown away on purpose

Content is plain JSON. No secret belongs into it; files are readable by the user only.
"""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from billing.store.files import write_private

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Draft:
    """One kept piece of work."""

    key: str
    content: dict[str, Any]
    kept_at: datetime


class Drafts:
    """Drafts as small files in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, key: str, content: dict[str, Any]) -> Draft:
        """Store (or replace) a draft: written aside, synced, renamed. A full disk costs the draft, not the window."""
        made = Draft(key, content, datetime.now(UTC))
        try:
            write_private(
                self._path(key),
                json.dumps({"key": key, "content": content, "kept_at": made.kept_at.isoformat()}),
            )
        except OSError as error:
            log.warning("a draft was not kept: %s", error.strerror)
        return made

    def find(self, key: str) -> Draft | None:
        """The draft of this key; None where there is none or it cannot be read."""
        return _read(self._path(key))

    def all(self) -> list[Draft]:
        """Every draft, newest first."""
        found = (_read(path) for path in self._folder.glob("*.json")) if self._folder.is_dir() else ()
        return sorted((draft for draft in found if draft is not None), key=lambda draft: draft.kept_at, reverse=True)

    def forget(self, key: str) -> None:
        """It was saved or thrown away."""
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"


def _read(path: Path) -> Draft | None:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return Draft(str(raw["key"]), dict(raw["content"]), datetime.fromisoformat(raw["kept_at"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
