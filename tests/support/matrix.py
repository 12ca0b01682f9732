"""What the cells of the matrix of rights are tried on: a client with a row of everything (SECURITY.md (c))."""

from __future__ import annotations

from billing.schemas.ids import new_id
from billing.store.profiles import Profile
from tests.support.hostile import Victim, make_victim, superuser
from tests.support.people import People


class Target:
    """A client with everything, and the ids that the statements name."""

    def __init__(self, victim: Victim, submitted: str, batch: str) -> None:
        ids = {"client": victim.pair.client_id, "vendor": victim.pair.vendor_id, "site": victim.site,
               "branch": victim.branch, "contract": victim.contract, "version": victim.version, "draft": victim.draft,
               "trip": victim.trip, "run": victim.run, "invoice": victim.invoice}  # fmt: skip
        self.victim = victim
        self.names = {name: str(one) for name, one in ids.items()} | {"submitted": submitted, "batch": batch}


def make_target(profile: Profile, people: People) -> Target:
    victim = make_victim(profile, people.new_pair())
    submitted, client = str(new_id()), str(victim.pair.client_id)
    with superuser(profile) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT id FROM app.import_batches WHERE client_id = %s", (client,))
        batch = cursor.fetchone()[0]
        cursor.execute(
            "INSERT INTO app.trips (client_id, id, vendor_id, start_time, end_time, distance_m, external_ref,"
            " acceptance) VALUES (%s, %s, %s, now() - interval '1 hour', now(), 1000, 'S1', 'SUBMITTED')",
            (client, submitted, str(victim.pair.vendor_id)),
        )
    return Target(victim, submitted, batch)
