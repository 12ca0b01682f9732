"""The file of a backup: what is in it, written whole or not at all, read back only unchanged.

Inside is a zip of `manifest.json` (what it is, rows and totals), `logins.json` (roles with their SCRAM verifiers) and
`database.dump`. As a rule the zip is encrypted with the workspace key (billing.store.sealed), which the keyring and the
recovery kit hold; name and time stay readable. A plain one is made on request. Neither holds the workspace key or the
owner's secret: with the file alone nobody can sign in.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from billing.durable import put
from billing.errors import BadInputError, NotSignedInError, RefusedError, UnavailableError
from billing.store import dump
from billing.store.migrate import newest
from billing.store.sealed import read_label, seal, unseal

FORMAT = 1
_MEMBERS = ("manifest.json", "logins.json", "database.dump")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself; `made_at` is UTC. `contents` is None while an encrypted one is not opened."""

    workspace_id: UUID
    name: str
    demo: bool
    schema: int
    made_at: datetime
    contents: dump.Contents | None
    sealed: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """The content of a backup, unpacked: what it holds, the users' logins and the dump."""

    manifest: Manifest
    contents: dump.Contents
    logins: list[dump.Login]
    dump: Path


def write_backup(folder: Path, made: Manifest, logins: list[dump.Login], target: Path, key: bytes | None) -> None:
    """Make the file of `folder`/database.dump, encrypted where a key is given; put in place when it is complete.

    Raises UnavailableError when it cannot be written; an older file of that name then stays as it was.
    """
    try:
        _write_json(folder / "manifest.json", {"format": FORMAT, **_as_json(made)})
        _write_json(folder / "logins.json", [asdict(one) for one in logins])
        plain = folder / "whole"
        with zipfile.ZipFile(plain, "w", zipfile.ZIP_STORED) as archive:
            for member in _MEMBERS:
                archive.write(folder / member, member)
        handle, scratch = tempfile.mkstemp(dir=target.absolute().parent, prefix=".backup-")

        def write(file: IO[bytes]) -> None:
            if key is not None:
                seal(plain, file, key, {"format": FORMAT, **_as_json(made, label=True)})
                return
            with plain.open("rb") as source:
                shutil.copyfileobj(source, file)

        put(handle, scratch, target.absolute(), write)
    except OSError as error:
        raise UnavailableError(
            "BACKUP_FILE", f"The backup {target} cannot be written: {error.strerror}.", where=str(target)
        ) from error


def read_manifest(source: Path, key: bytes | None = None) -> Manifest:
    """What a backup says of itself; of an encrypted one without a key only its label.

    Raises BadInputError for a file that is none, was changed or needs another key, RefusedError for a newer one.
    """
    try:
        label = read_label(source)
    except OSError as error:
        raise _no_backup(source) from error
    if label is None:
        with _as_backup(source), zipfile.ZipFile(source) as whole:
            return _read(json.loads(whole.read("manifest.json")), source)
    if key is None:
        with _as_backup(source):
            return _read(label, source)
    with opened(source, key) as found:
        return found.manifest


@contextmanager
def opened(source: Path, key: bytes | None) -> Iterator[Opened]:
    """A backup unpacked into a private folder of this machine, which is removed afterwards.

    Raises as `read_manifest`; NotSignedInError for an encrypted one without a key.
    """
    manifest = read_manifest(source)
    if manifest.sealed and key is None:
        raise sealed_refusal(manifest)
    with tempfile.TemporaryDirectory(prefix="mis-restore-") as scratch:
        plain = source
        if manifest.sealed and key is not None:
            plain = Path(scratch) / "whole"
            unseal(source, plain, key)
        with _as_backup(source), zipfile.ZipFile(plain) as whole:
            inner = _read(json.loads(whole.read("manifest.json")), source)
            logins = [dump.Login(**one) for one in json.loads(whole.read("logins.json"))]
            file = Path(whole.extract("database.dump", scratch))
        if inner.contents is None or inner.workspace_id != manifest.workspace_id:
            raise _no_backup(source)
        yield Opened(replace(inner, sealed=manifest.sealed), inner.contents, logins, file)


def sealed_refusal(manifest: Manifest) -> NotSignedInError:
    """The refusal of an encrypted backup whose key is not at hand."""
    return NotSignedInError(
        "BACKUP_SEALED",
        f"The backup is encrypted with the key of the workspace {manifest.name}, which is not on this machine.",
        hint="Give the recovery kit (--kit FILE).",
    )


def _read(content: Any, source: Path) -> Manifest:
    counted = content.get("contents")
    found = Manifest(
        UUID(content["workspace_id"]),
        str(content["name"]),
        bool(content["demo"]),
        int(content["schema"]),
        datetime.fromisoformat(content["made_at"]),
        dump.Contents(dict(counted["rows"]), dict(counted["totals"])) if counted else None,
        sealed=counted is None,
    )
    if content["format"] > FORMAT or found.schema > newest():
        raise RefusedError(
            "BACKUP_NEWER",
            f"The backup was made by a newer program (schema {found.schema}; this one knows {newest()}).",
            where=str(source),
        )
    return found


@contextmanager
def _as_backup(source: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError) as error:
        raise _no_backup(source) from error


def _no_backup(source: Path) -> BadInputError:
    return BadInputError("NO_BACKUP", f"{source.name} is no backup of a workspace.", where=str(source))


def _as_json(manifest: Manifest, *, label: bool = False) -> dict[str, Any]:
    content = asdict(manifest)
    del content["sealed"]
    if label:
        del content["contents"]
    return {**content, "workspace_id": str(manifest.workspace_id), "made_at": manifest.made_at.isoformat()}


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
