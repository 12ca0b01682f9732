"""A newer major PostgreSQL takes over an embedded workspace (DESIGN.md section 4).

The wheel holds one major version only, and a cluster is opened by its own. The older programs, of which a copy was kept
(billing/server/versions.py), run the older cluster once more for a dump; the newer ones fill a cluster beside it. Rows
and totals are compared, and only then do the two change places. The older cluster stays in the data folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from billing.errors import RefusedError, UnavailableError
from billing.schemas.workspace import Administrator
from billing.server.embedded import EmbeddedServer
from billing.server.exchange import exchange
from billing.server.versions import kept_programs, major_of_cluster, major_of_programs
from billing.services.backup import beside, dumped, fill
from billing.services.founding import creation
from billing.store import dump
from billing.store.logging import timed
from billing.store.profiles import EMBEDDED_DATABASE, Profile
from billing.store.secrets import SecretStore, owner_entry


@dataclass(frozen=True, slots=True)
class Upgraded:
    """From which major version to which, what arrived, and where the older cluster is kept."""

    before: int
    after: int
    contents: dump.Contents
    kept: Path


def upgrade_cluster(profile: Profile) -> Upgraded | None:
    """Bring an embedded workspace to this program's PostgreSQL; None where it is there already.

    Raises RefusedError where the older programs are gone, while a process uses the workspace, and when what arrived
    differs: the older cluster is then untouched and in place. UnavailableError without the owner's secret.
    """
    home = profile.home
    before, after = major_of_cluster(home / "pg" / "data"), major_of_programs()
    if before == after:
        return None
    programs = kept_programs(before)
    if programs is None:
        raise RefusedError(
            "OLDER_PROGRAMS_GONE",
            f"The workspace was made by PostgreSQL {before}, whose programs are not on this computer any more.",
            hint="With the program of before: moveinsync db backup FILE. With this one: moveinsync db restore FILE.",
        )
    owner_secret = SecretStore(home).get(owner_entry(profile.workspace_id))
    if owner_secret is None:
        raise UnavailableError("NO_OWNER_SECRET", "The owner's secret is lost.", hint="moveinsync db recover")
    first = EmbeddedServer(home, programs=programs)
    with creation(home), timed("db.upgrade"), beside(home, first) as second:
        with first.running_alone() as address:
            old = Administrator(address.host, address.port, "mis_boot", owner_secret)
            with dumped(old, profile) as found:
                second.init(owner_secret)
                with second as place:
                    fill(Administrator(place.host, place.port, "mis_boot", owner_secret), EMBEDDED_DATABASE, found)
        kept = exchange(home, f"postgresql{before}")
    if kept is None:
        raise AssertionError("an older cluster was there")
    return Upgraded(before, after, found.contents, kept)
