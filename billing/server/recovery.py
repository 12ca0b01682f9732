"""Back into a cluster whose superuser password is lost: PostgreSQL's single-user mode asks for none.

Whoever owns the data folder's files may do this; it is why roles inside an embedded database protect against mistakes
and not against the owner of the computer (SECURITY.md, threat model).
"""

from __future__ import annotations

from billing.errors import UnavailableError
from billing.server.binaries import program
from billing.server.cluster import SUPERUSER, programs_for, run_as
from billing.server.embedded import EmbeddedServer
from billing.server.system_user import server_user


def set_superuser_verifier(server: EmbeddedServer, verifier: str) -> None:
    """Give `mis_boot` a new password by its SCRAM verifier, which needs no quoting and is no secret in a log.

    Raises RefusedError while a process uses the server, UnavailableError when it does not work.
    """
    who = server_user()
    with server.alone():
        words = [str(program("postgres", programs_for(who))), "--single", "-j", "-D", str(server.data), "postgres"]
        command = f"ALTER ROLE {SUPERUSER} PASSWORD '{verifier}'\n;\n\n"
        done = run_as(who, words, server.pg, input=command, capture_output=True)
        if done.returncode != 0 or "ERROR" in done.stderr:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise UnavailableError("RECOVER", f"The owner could not be given a new secret: {last}")
