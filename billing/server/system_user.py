"""PostgreSQL refuses to run as root: who runs it then, and what that user can reach.

As an ordinary user the server runs as that user. As root it runs as a system user of its own, who owns the folder of
the cluster and nothing else. Folders above are never changed: one that this user cannot pass is refused by its name.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from billing.errors import UnavailableError

SYSTEM_USER = "moveinsync-pg"


@dataclass(frozen=True, slots=True)
class RunAs:
    """The ids that the server's programs run with; None where that is the user of this process."""

    uid: int | None = None
    gid: int | None = None

    @property
    def other(self) -> bool:
        """Whether the server runs as somebody else than this process."""
        return self.uid is not None

    def process_options(self) -> dict[str, Any]:
        """Keywords for subprocess that start a program as this user."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def give(self, path: Path) -> None:
        """Make this user the owner of a file or folder that we have just made."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


def server_user() -> RunAs:
    """The user for the server; as root the system user, made at first need."""
    if os.name == "nt" or os.geteuid() != 0:
        return RunAs()
    import pwd

    for attempt in range(2):
        try:
            entry = pwd.getpwnam(SYSTEM_USER)
        except KeyError:
            if attempt == 0:
                _make_system_user()
            continue
        return RunAs(entry.pw_uid, entry.pw_gid)
    raise UnavailableError(
        "NO_SYSTEM_USER",
        f"PostgreSQL cannot run as root, and the system user {SYSTEM_USER} could not be made.",
        hint=f"Make it by hand (useradd --system {SYSTEM_USER}), or start the program as an ordinary user.",
    )


def _make_system_user() -> None:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        return
    nologin = shutil.which("nologin", path="/usr/sbin:/sbin") or "/bin/false"
    words = [useradd, "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    # Another process may make the same user at this moment: whether it exists afterwards is what counts.
    subprocess.run([*words, "--shell", nologin, SYSTEM_USER], check=False, capture_output=True)


def first_unreachable(path: Path, who: RunAs) -> Path | None:
    """The topmost folder on the way to `path` that the server's user cannot pass, or None."""
    if who.uid is None:
        return None
    for folder in [*reversed(path.parents), path]:
        try:
            entry = folder.stat()
        except FileNotFoundError:
            return None
        if not stat.S_ISDIR(entry.st_mode):
            continue
        if entry.st_uid == who.uid:
            passable = stat.S_IXUSR
        elif entry.st_gid == who.gid:
            passable = stat.S_IXGRP
        else:
            passable = stat.S_IXOTH
        if not entry.st_mode & passable:
            return folder
    return None


def owner_name(path: Path) -> str:
    """Who owns a file, by name where there is one."""
    if sys.platform == "win32":
        return "another user"
    import pwd

    uid = path.stat().st_uid
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
