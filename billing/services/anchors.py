"""Anchors: where the audit chains stood, written down outside the database, a signed line a chain (SECURITY.md (d)).

    write_anchor(session, Path("E:/audit/anchors.jsonl"))          # now
    write_daily(session, Path("E:/audit/anchors.jsonl"))           # once a day at most
    verify(session, anchors=read_anchors(session, Path("...")))    # billing.services.audit

The signature is HMAC-SHA256 by a key made from the workspace key, which the database does not have: whoever rewrote the
whole log could not write anchors that fit it. A file is appended to, never changed; keep it on another machine.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from billing.errors import BadInputError, UnavailableError
from billing.schemas.audit import ChainHead
from billing.store.secrets import SecretStore, key_entry

if TYPE_CHECKING:
    from billing.store.profiles import Profile
    from billing.store.session import Session

_DAY_OF = ZoneInfo("Asia/Kolkata")
_SIGNED = ("workspace", "chain", "seq", "hash", "written_at")


def write_anchor(session: Session, target: Path) -> int:
    """Append where each readable chain stands now, a line a chain; gives the number of chains.

    Raises UnavailableError when the file cannot be written or this machine does not have the workspace key.
    """
    key = _key(session.profile)
    with session.unit_of_work(name="audit.anchor") as uow:
        heads = uow.audit.heads()
    now = datetime.now(UTC).isoformat(timespec="seconds")
    lines = [_line(key, session.profile.workspace_id, one, now) for one in heads]
    try:
        with target.open("a", encoding="utf-8", newline="\n") as file:
            file.writelines(lines)
    except OSError as error:
        raise UnavailableError("ANCHOR_FILE", f"{target.name} cannot be written.", where=str(target)) from error
    return len(heads)


def write_daily(session: Session, target: Path) -> int:
    """As `write_anchor`, but only if the file has no anchor of this workspace from today (Indian clock); else 0."""
    if target.exists():
        today = datetime.now(_DAY_OF).date()
        last = _last_of(_lines(target), str(session.profile.workspace_id))
        if last is not None and last.astimezone(_DAY_OF).date() >= today:
            return 0
    return write_anchor(session, target)


def read_anchors(session: Session, source: Path) -> list[ChainHead]:
    """The anchors of this workspace in a file of `write_anchor`, their signatures checked.

    Raises BadInputError where a line is no anchor (BAD_ANCHOR), was not written by a computer of the workspace
    (FORGED_ANCHOR), or none is this workspace's (OTHER_WORKSPACE).
    """
    key, workspace = _key(session.profile), str(session.profile.workspace_id)
    anchors = []
    for number, content in enumerate(_lines(source), start=1):
        if content["workspace"] != workspace:
            continue
        if not hmac.compare_digest(_signature(key, content), str(content.get("signature", ""))):
            where = f"{source.name}, line {number}"
            raise BadInputError("FORGED_ANCHOR", f"{where} is not signed by this workspace.", where=where)
        at = datetime.fromisoformat(content["written_at"])
        anchors.append(ChainHead(UUID(content["chain"]), int(content["seq"]), str(content["hash"]), at))
    if not anchors:
        raise BadInputError("OTHER_WORKSPACE", f"{source.name} has no anchor of this workspace.", where=str(source))
    return anchors


def _lines(source: Path) -> list[dict[str, Any]]:
    try:
        found = [json.loads(line) for line in source.read_text(encoding="utf-8").splitlines()]
        for content in found:
            UUID(content["chain"]), int(content["seq"]), datetime.fromisoformat(content["written_at"])
            if not all(isinstance(content[name], str) for name in ("workspace", "hash")):
                raise ValueError
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        raise BadInputError("BAD_ANCHOR", f"{source.name} is no file of anchors.", where=str(source)) from None
    return found


def _last_of(lines: Sequence[dict[str, Any]], workspace: str) -> datetime | None:
    return max(
        (datetime.fromisoformat(one["written_at"]) for one in lines if one["workspace"] == workspace), default=None
    )


def _line(key: bytes, workspace: UUID, head: ChainHead, now: str) -> str:
    content: dict[str, Any] = {
        "workspace": str(workspace),
        "chain": str(head.chain),
        "seq": head.seq,
        "hash": head.hash,
        "written_at": now,
    }
    return json.dumps({**content, "signature": _signature(key, content)}) + "\n"


def _signature(key: bytes, content: dict[str, Any]) -> str:
    text = "\n".join(str(content[name]) for name in _SIGNED)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _key(profile: Profile) -> bytes:
    """A key of its own for anchors, so that no other use of the workspace key can be mistaken for one."""
    stored = SecretStore(profile.home).get(key_entry(profile.workspace_id))
    if stored is None:
        raise UnavailableError("NO_WORKSPACE_KEY", f"This machine has no key for the workspace {profile.name}.")
    return hmac.new(bytes.fromhex(stored), b"mis-audit-anchor-1", hashlib.sha256).digest()
