"""Connection profiles: which workspaces this data folder knows and where they are. No secrets in them."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from billing.errors import BadInputError, UnavailableError
from billing.schemas.workspace import is_loopback
from billing.store.files import write_private

EMBEDDED_DATABASE = "moveinsync"
_APP = "moveinsync-desktop"
_LAST = "last-used"


@dataclass(frozen=True, slots=True)
class Profile:
    """A workspace: an embedded one (`host` is empty until its server runs) or one on a shared server.

    `users` are (e-mail, role) of a demo's users, to be offered at sign-in; empty elsewhere.
    `pooled`: users reach the server through PgBouncer (transaction mode), which knows no channel binding and no
    start-up options. `home` is the data folder it was read from and is not part of the file.
    """

    workspace_id: UUID
    name: str
    kind: str  # "embedded" | "shared"
    database: str
    host: str = ""
    port: int = 5432
    ca_file: str = ""
    pooled: bool = False
    demo: bool = False
    users: tuple[tuple[str, str], ...] = ()
    home: Path = Path()

    @property
    def embedded(self) -> bool:
        """Whether the database runs in the data folder itself."""
        return self.kind == "embedded"

    @property
    def on_loopback(self) -> bool:
        """Whether connections stay on this machine; any other host needs verified TLS (SECURITY R12)."""
        return self.embedded or is_loopback(self.host)

    def at(self, host: str, port: int) -> Profile:
        """The same workspace at the address where its server listens now."""
        return replace(self, host=host, port=port)


def data_home() -> Path:
    """The data folder: MOVEINSYNC_HOME, else the user's own; for root a system folder."""
    named = os.environ.get("MOVEINSYNC_HOME")
    if named:
        return Path(named).expanduser().absolute()
    if sys.platform != "win32" and os.geteuid() == 0:
        return Path("/var/lib") / _APP
    from platformdirs import user_data_path

    return user_data_path(_APP, appauthor=False)


def demo_home(home: Path | None = None) -> Path:
    """The data folder of the demo company: always a folder of its own inside the data folder."""
    return (home or data_home()) / "demo"


def save_profile(home: Path, profile: Profile) -> None:
    """Write `profiles/<workspace_id>.json`."""
    content = asdict(profile)
    del content["home"]
    content["workspace_id"] = str(profile.workspace_id)
    write_private(home / "profiles" / f"{profile.workspace_id}.json", json.dumps(content, indent=1))


def remove_profile(profile: Profile) -> None:
    """Forget a workspace; its database stays."""
    (profile.home / "profiles" / f"{profile.workspace_id}.json").unlink(missing_ok=True)


def load_profiles(home: Path) -> list[Profile]:
    """Every workspace this data folder knows, by name. Raises UnavailableError for a file that cannot be read."""
    found = []
    for path in sorted((home / "profiles").glob("*.json")):
        try:
            found.append(_read(json.loads(path.read_text(encoding="utf-8")), home))
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise UnavailableError(
                "PROFILE_FILE", f"The connection profile {path.name} cannot be read.", where=str(path)
            ) from error
    return sorted(found, key=lambda profile: (profile.name, profile.workspace_id))


def _read(content: dict[str, Any], home: Path) -> Profile:
    known = {field.name for field in fields(Profile)} - {"home", "workspace_id", "users"}
    values = {key: value for key, value in content.items() if key in known}
    users = tuple((str(email), str(role)) for email, role in content.get("users", ()))
    return Profile(workspace_id=UUID(content["workspace_id"]), users=users, home=home, **values)


def find_profile(home: Path, wanted: str | None = None) -> Profile:
    """The workspace of that name or id; without one, the only or the last used one.

    Raises UnavailableError when there is none, BadInputError when the name is unknown or several could be meant.
    """
    known = load_profiles(home)
    if wanted is not None:
        matching = [one for one in known if wanted in (one.name, str(one.workspace_id))]
        if len(matching) != 1:
            names = ", ".join(one.name for one in known) or "none"
            reason = "Several workspaces are" if matching else "No workspace is"
            raise BadInputError("PROFILE", f"{reason} called {wanted}. Known: {names}.", where="--profile")
        return matching[0]
    if not known:
        raise UnavailableError(
            "NO_WORKSPACE",
            f"There is no workspace in {home} yet.",
            hint="Make one with `moveinsync db init --admin EMAIL`, or try `moveinsync demo`.",
        )
    if len(known) > 1:
        last = last_used(home)
        known = [one for one in known if one.workspace_id == last] or known
    if len(known) > 1:
        names = ", ".join(one.name for one in known)
        raise BadInputError("PROFILE", f"There are several workspaces: {names}.", hint="Name one with --profile.")
    return known[0]


def last_used(home: Path) -> UUID | None:
    """The workspace opened last from this data folder."""
    try:
        return UUID((home / "profiles" / _LAST).read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        return None


def remember_last(profile: Profile) -> None:
    """Note that this workspace was opened."""
    if last_used(profile.home) != profile.workspace_id:
        write_private(profile.home / "profiles" / _LAST, f"{profile.workspace_id}\n")
