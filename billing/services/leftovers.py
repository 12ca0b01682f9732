"""What the program has put on this computer, and what uninstalling leaves behind: where it is and how to remove it.

Removing the program's own folder (the clone with its .venv, or the bundle) removes none of this: it is your data.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from billing.server.binaries import kept_folder
from billing.server.exchange import kept_clusters
from billing.server.folder import socket_folder
from billing.server.system_user import SYSTEM_USER, server_user
from billing.services.backup_plan import backups_of, read_plan
from billing.store.profiles import demo_home, load_profiles
from billing.store.secrets import SERVICE, SecretStore, key_entry, owner_entry, user_entry


@dataclass(frozen=True, slots=True)
class Leftover:
    """One thing: what it is, where, how large (None where that means nothing), and how it is removed."""

    what: str
    where: str
    size: int | None
    remove: str


def list_leftovers(home: Path) -> list[Leftover]:
    """Everything of this data folder and this computer, in the order in which to remove it; only what is there.

    The embedded server must not run when its folder is removed: close every window first.
    """
    home = home.absolute()
    return [*_workspaces(home), *_put_aside(home), *_folders(home), *_machine(home)]


def _workspaces(home: Path) -> list[Leftover]:
    found = []
    for folder in (demo_home(home), home):
        store = SecretStore(folder)
        for profile in load_profiles(folder) if folder.is_dir() else []:
            entries = [owner_entry(profile.workspace_id), key_entry(profile.workspace_id)]
            entries += [user_entry(profile.workspace_id, email) for email, _ in profile.users]
            kept = [entry for entry in entries if store.get(entry) is not None]
            if kept and store.fallback_file is None:
                words = "in the system's keyring: delete these entries there (and any `secret:` of the same id)"
                found.append(Leftover(f"secrets of {profile.name}", f"{SERVICE}: {', '.join(kept)}", None, words))
            plan = read_plan(profile)
            files = backups_of(profile, plan.folder) if plan else []
            if plan and files:
                size = sum(path.stat().st_size for _, path in files)
                words = "keep them with the recovery kit for as long as books must be kept, then delete the files"
                found.append(Leftover(f"backups of {profile.name}", str(plan.folder), size, words))
            if not profile.embedded:
                place = f"{profile.host}:{profile.port}/{profile.database}"
                words = "docs/server.md, Growing and leaving: by the server's administrator"
                found.append(Leftover(f"workspace {profile.name} on a shared server", place, None, words))
    return found


def _put_aside(home: Path) -> list[Leftover]:
    words = "delete the folder once the workspace in use is known to be complete"
    return [
        Leftover("a database that was put aside", str(path), size_of(path), words)
        for folder in (home, demo_home(home))
        for path in kept_clusters(folder)
    ]


def _folders(home: Path) -> list[Leftover]:
    if not home.is_dir():
        return []
    words = "delete the folder: workspace, demo, logs, window settings and drafts go with it. Back up first"
    return [Leftover("the data folder", str(home), size_of(home), words)]


def _machine(home: Path) -> list[Leftover]:
    found, who = [], server_user()
    if kept_folder().is_dir():
        words = "delete the folder; only other data folders of this computer may still need it"
        found.append(Leftover("copies of PostgreSQL's programs", str(kept_folder()), size_of(kept_folder()), words))
    if os.name != "nt" and (home / "pg").is_dir():
        place = socket_folder(home, who)
        if place != home / "pg":
            found.append(Leftover("the folder of the database's socket", str(place), None, "delete the folder"))
    if who.other:
        found.append(Leftover("a system user for the database", SYSTEM_USER, None, f"userdel {SYSTEM_USER}"))
    return found


def size_of(folder: Path) -> int:
    """Bytes of all files in a folder; what cannot be read does not count."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(place, name)).st_size
            except OSError:
                continue
    return total
