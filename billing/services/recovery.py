"""When secrets are lost: the recovery kit, a new owner secret, a new workspace key (DESIGN.md section 4)."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path
from uuid import UUID

from billing.errors import BadInputError, NotSignedInError, RefusedError
from billing.schemas.workspace import Administrator
from billing.server.attached import attach, release
from billing.server.embedded import EmbeddedServer
from billing.server.recovery import set_superuser_verifier
from billing.store import dump
from billing.store.files import write_private
from billing.store.keys import check_password, derive_secret, new_workspace_key, normalise_email, scram_verifier
from billing.store.profiles import EMBEDDED_DATABASE, Profile, load_profiles, save_profile
from billing.store.sealed import key_mark
from billing.store.secrets import SecretStore, key_entry, owner_entry

_KIT_MARK = "kit-put-away"
_NEXT_LINE = "\n" + " " * 11


def recover(home: Path, *, kit: str = "", admin_email: str = "", admin_password: str = "") -> Profile:
    """Take an embedded data folder into possession again, by whoever owns its files.

    The owner gets a new secret, a lost profile is written again. Where the workspace key is lost, too, it comes from
    the recovery kit; without one a SUPER_ADMIN is named and gets a new password, and all others wait for a reset.
    With the key and a SUPER_ADMIN named, that one gets a new password and all others keep theirs.
    Raises RefusedError while a process uses the folder, NotSignedInError when the key is lost and nobody is named.
    """
    home = home.absolute()
    if admin_email:
        check_password(admin_password, normalise_email(admin_email))
    server, secret = EmbeddedServer(home), secrets.token_hex(32)
    release(home)
    if not server.initialised:
        server.start()  # says why there is none
    set_superuser_verifier(server, scram_verifier(secret))
    address = attach(home)
    owner = Administrator(address.host, address.port, "mis_boot", secret)
    with dump.snapshot(owner, EMBEDDED_DATABASE) as (_, cursor):
        workspace_id, name, is_demo = dump.workspace_row(cursor)
    known = [one for one in load_profiles(home) if one.workspace_id == workspace_id]
    profile = known[0] if known else Profile(workspace_id, name, "embedded", EMBEDDED_DATABASE, demo=is_demo, home=home)
    SecretStore(home).keep(owner_entry(workspace_id), secret, file_allowed=True)
    key = key_of(home, workspace_id, kit)
    if key is None and not admin_email:
        raise key_is_lost(name)
    if key is None:
        key = rekey_workspace(profile, owner, admin_email, admin_password)
    elif admin_email:
        reset_super_admin(profile, owner, key, admin_email, admin_password)
    SecretStore(home).keep(key_entry(workspace_id), key.hex(), file_allowed=True)
    if not known:
        save_profile(home, profile)
    return profile


def key_is_lost(name: str) -> NotSignedInError:
    """The refusal where nobody could sign in afterwards."""
    return NotSignedInError(
        "NO_WORKSPACE_KEY",
        f"The key of the workspace {name} is not on this machine, so nobody could sign in.",
        hint="Give the recovery kit (--kit), or name a super admin who gets a new password (--admin).",
    )


def recovery_kit(profile: Profile) -> str:
    """The text to print and lock away: with it and a backup, or the data folder, everything comes back."""
    store = SecretStore(profile.home)
    key, owner = store.get(key_entry(profile.workspace_id)), store.get(owner_entry(profile.workspace_id))
    if key is None:
        raise RefusedError("NO_WORKSPACE_KEY", f"This machine has no key for the workspace {profile.name}.")
    lines = [owner[at : at + 32] for at in range(0, len(owner), 32)] if owner else ["not on this machine"]
    return (
        f"MoveInSync Desktop recovery kit\nWorkspace  {profile.name}\nId         {profile.workspace_id}\n"
        f"Key        {_grouped(key)}\nOwner      {_NEXT_LINE.join(lines)}\n\n"
        "Keep it on paper or on another disk, away from the backups:\nwith both, everything can be read.\n"
    )


def confirm_kit(profile: Profile) -> None:
    """Somebody said that the kit of the present key is put away: it is not asked for again until there is a new key."""
    key = key_of(profile.home, profile.workspace_id, "")
    if key is not None:
        write_private(profile.home / _KIT_MARK, f"{key_mark(key)}\n")


def is_kit_confirmed(profile: Profile) -> bool:
    """Whether the kit of the present key was put away, as somebody said. True where this machine has no key."""
    key = key_of(profile.home, profile.workspace_id, "")
    try:
        return key is None or (profile.home / _KIT_MARK).read_text(encoding="ascii").strip() == key_mark(key)
    except OSError:
        return False


def rekey_workspace(profile: Profile, owner: Administrator, email: str, password: str) -> bytes:
    """Give the workspace a new key, which the caller keeps, and this SUPER_ADMIN a new password.

    All others wait for a reset, and so do backups made before: they open with the key of before only.
    """
    key, address = new_workspace_key(), normalise_email(email)
    secret = derive_secret(key, profile.workspace_id, address, password)
    dump.rekey(owner, profile.database, address, scram_verifier(secret))
    return key


def reset_super_admin(profile: Profile, owner: Administrator, key: bytes, email: str, password: str) -> None:
    """Give this SUPER_ADMIN a new password under the key that is; all others keep theirs.

    Raises RefusedError (NO_SUPER_ADMIN) for anybody else.
    """
    address = normalise_email(email)
    secret = derive_secret(key, profile.workspace_id, address, password)
    dump.reset_super_admin(owner, profile.database, address, scram_verifier(secret))


def key_of(home: Path, workspace_id: UUID, kit: str) -> bytes | None:
    """The workspace key: from the recovery kit where one is given, else from this machine; None when it is lost.

    Raises BadInputError for a kit that cannot be read or belongs to another workspace.
    """
    if kit:
        facts = dict(line.split(maxsplit=1) for line in kit.splitlines() if len(line.split(maxsplit=1)) == 2)
        try:
            if UUID(facts["Id"].strip()) != workspace_id:
                raise BadInputError("OTHER_KIT", "The recovery kit is that of another workspace.", where="kit")
            return _ungrouped(facts["Key"])
        except (KeyError, ValueError) as error:
            raise BadInputError("BAD_KIT", "The recovery kit cannot be read.", where="kit") from error
    found = SecretStore(home).get(key_entry(workspace_id))
    return bytes.fromhex(found) if found else None


def _grouped(key: str) -> str:
    """The key in groups of four with two check digits, as people copy it from paper."""
    return " ".join(key[at : at + 4] for at in range(0, len(key), 4)) + f" {_check_digits(bytes.fromhex(key))}"


def _ungrouped(text: str) -> bytes:
    joined = "".join(text.split()).lower()
    key = bytes.fromhex(joined[:-2])
    if len(key) != 16 or _check_digits(key) != joined[-2:]:
        raise ValueError("check digits")
    return key


def _check_digits(key: bytes) -> str:
    return hashlib.sha256(key).hexdigest()[:2]
