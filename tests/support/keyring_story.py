"""What a test does inside a private D-Bus session with a real Secret Service; prints what it saw as JSON.

python -m tests.support.keyring_story FOLDER STEP      STEP: make, again, forget
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tests.support.people import ADMIN, PASSWORD


def items() -> dict[str, str]:
    """Everything that the keyring holds of this program, by entry."""
    import secretstorage

    connection = secretstorage.dbus_init()
    found = secretstorage.search_items(connection, {"service": "moveinsync-desktop"})
    return {item.get_attributes()["username"]: item.get_secret().decode() for item in found}


def make(home: Path) -> dict[str, Any]:
    """A workspace whose user wants to be remembered."""
    from billing.services.workspace import create_workspace, open_session, release_server, remember_user
    from billing.store.secrets import working_keyring
    from tests.support.pg import FAST

    profile = create_workspace(home, ADMIN, PASSWORD, name="Kept", server_settings=FAST)
    with open_session(home, email=ADMIN, password=PASSWORD) as session:
        kept = remember_user(profile, ADMIN, session.secret)
        seen = {"token": session.token, "secret": session.secret}
    release_server(home)
    return {"id": str(profile.workspace_id), "kept": kept, "backend": type(working_keyring()).__module__, **seen}


def again(home: Path) -> dict[str, Any]:
    """The next start: nobody types a password."""
    from billing.services.workspace import open_session, release_server

    with open_session(home, email=ADMIN) as session:
        role = session.role
    release_server(home)
    return {"role": role}


def forget(home: Path) -> dict[str, Any]:
    """Signed out for good: the secret is gone, so a password is asked for."""
    from billing.errors import NotSignedInError
    from billing.services.workspace import open_session, release_server
    from billing.store.profiles import find_profile
    from billing.store.secrets import SecretStore, user_entry

    profile = find_profile(home, None)
    SecretStore(home).forget(user_entry(profile.workspace_id, ADMIN))
    try:
        open_session(home, email=ADMIN).close()
        answer = "signed in"
    except NotSignedInError as error:
        answer = error.code
    release_server(home)
    return {"answer": answer}


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    told = {"make": make, "again": again, "forget": forget}[sys.argv[2]](folder)
    json.dump({**told, "items": items(), "file": (folder / "secrets.json").exists()}, sys.stdout)
