"""Backups that make themselves: one a day into a folder the user chose, the oldest ones removed.

The plan is `backup-plan.json` in the data folder: where to, how many to keep. The window carries it out after sign-in.
A backup on the disk of the database itself survives a mistake but no broken disk, and is said to be so.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from billing.counting import plural
from billing.errors import BadInputError
from billing.services.backup import back_up
from billing.services.recovery import is_kit_confirmed
from billing.store.files import write_private
from billing.store.profiles import Profile

SUFFIX = ".misbackup"
KEEP = 14
EVERY = timedelta(hours=20)
LATE = timedelta(days=3)
_FILE = "backup-plan.json"
_NAME = re.compile(r"-(\d{8}-\d{4})\.misbackup$")


_ADVICE = {
    "NONE": "Choose a folder, best on another disk: one backup a day is made while the window is open.",
    "LATE": "Is the disk with the folder connected? Back up now, or choose another folder.",
    "NO_KIT": "Backups are encrypted: if this computer is lost, only the kit opens them. Print or save it.",
    "SAME_DISK": "A broken disk would take both: choose a folder on another one.",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """Where backups go and how many stay."""

    folder: Path
    keep: int = KEEP


@dataclass(frozen=True, slots=True)
class Health:
    """How safe a workspace is. `state`: NONE (no plan), LATE, SAME_DISK, NO_KIT or GOOD; `last` in UTC."""

    state: str
    words: str
    last: datetime | None = None

    @property
    def advice(self) -> str:
        """What to do about it."""
        return _ADVICE.get(self.state, "")

    @property
    def alarm(self) -> str:
        """What stands in red until it is mended; empty where all is well."""
        return "" if self.state == "GOOD" else self.words


def read_plan(profile: Profile) -> Plan | None:
    """The plan of an embedded workspace, or None."""
    try:
        content = json.loads((profile.home / _FILE).read_text(encoding="utf-8"))
        return Plan(Path(content["folder"]), int(content["keep"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def save_plan(profile: Profile, plan: Plan) -> None:
    """Keep a plan. Raises BadInputError for a folder that is missing, not writable or inside the data folder."""
    folder = plan.folder.absolute()
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise BadInputError("BACKUP_FOLDER", f"Nothing can be written into {folder}.", where="folder")
    if folder.is_relative_to(profile.home):
        raise BadInputError("BACKUP_FOLDER", "A backup inside the data folder is lost with it.", where="folder")
    if plan.keep < 1:
        raise BadInputError("BACKUP_KEEP", "At least one backup is kept.", where="keep")
    write_private(profile.home / _FILE, json.dumps({"folder": str(folder), "keep": plan.keep}, indent=1))


def file_name(profile: Profile, now: datetime) -> str:
    """How a backup is called: workspace and time (UTC), so that names sort by age."""
    name = re.sub(r"[^\w-]+", "-", profile.name).strip("-") or "workspace"
    return f"{name}-{str(profile.workspace_id)[-4:]}-{now:%Y%m%d-%H%M}{SUFFIX}"


def backups_of(profile: Profile, folder: Path) -> list[tuple[datetime, Path]]:
    """This workspace's backups in a folder, newest first."""
    mark, found = f"-{str(profile.workspace_id)[-4:]}-", []
    try:
        entries = list(folder.iterdir())
    except OSError:
        return []
    for path in entries:
        match = _NAME.search(path.name)
        if match and mark in path.name:
            found.append((datetime.strptime(match[1], "%Y%m%d-%H%M").replace(tzinfo=UTC), path))
    return sorted(found, reverse=True)


def run_plan(profile: Profile, now: datetime | None = None, *, force: bool = False) -> Path | None:
    """Make the day's backup if it is due and remove the oldest; gives the new file, None when nothing was to do."""
    plan, now = read_plan(profile), now or datetime.now(UTC)
    if plan is None:
        return None
    there = backups_of(profile, plan.folder)
    if there and now - there[0][0] < EVERY and not force:
        return None
    target = plan.folder / file_name(profile, now)
    back_up(profile, target)
    for _, old in backups_of(profile, plan.folder)[plan.keep :]:
        old.unlink(missing_ok=True)
    return target


def health(profile: Profile, now: datetime | None = None) -> Health:
    """How safe the workspace is, in words for the status bar."""
    plan, now = read_plan(profile), now or datetime.now(UTC)
    if plan is None:
        return Health("NONE", "No backups are made")
    there = backups_of(profile, plan.folder)
    last = there[0][0] if there else None
    if last is None or now - last > LATE:
        days = f"for {plural((now - last).days, 'day')}" if last else "yet"
        return Health("LATE", f"No backup {days}", last)
    if same_disk(plan.folder, profile.home):
        return Health("SAME_DISK", "Backups lie on the same disk as the data", last)
    if not is_kit_confirmed(profile):
        return Health("NO_KIT", "The recovery kit is not put away", last)
    return Health("GOOD", "Backed up", last)


def same_disk(one: Path, other: Path) -> bool:
    """Whether two folders share a disk, as far as the operating system tells."""
    try:
        return one.stat().st_dev == other.stat().st_dev
    except OSError:
        return False
