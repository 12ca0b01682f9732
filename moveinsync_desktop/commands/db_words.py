"""What the commands of `moveinsync db` share: which workspace is meant, and how it is told of."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from billing.errors import BadInputError

if TYPE_CHECKING:
    import argparse

    from billing.store.profiles import Profile


def workspace_profile(args: argparse.Namespace) -> Profile:
    """The workspace that --demo and --profile name, else the only or last used one."""
    from billing.store.profiles import data_home, demo_home, find_profile

    return find_profile(demo_home() if args.demo else data_home(), args.profile)


def say_where_secrets_are(profile: Profile) -> None:
    """A warning on standard error where secrets lie in a file, because there is no keyring."""
    from billing.store.secrets import SecretStore

    file = SecretStore(profile.home).fallback_file
    if file is not None:
        sys.stderr.write(f"There is no keyring here: the workspace's secrets are in {file}, readable by you only.\n")


def described(profile: Profile) -> dict[str, Any]:
    """A workspace as every command prints it."""
    return {
        "workspace": profile.name,
        "id": str(profile.workspace_id),
        "kind": profile.kind,
        "place": str(profile.home) if profile.embedded else f"{profile.host}:{profile.port}/{profile.database}",
    }


def pooler_of(text: str | None) -> tuple[str, int] | None:
    """HOST:PORT as a pair; None without one. Raises BadInputError for anything else."""
    if not text:
        return None
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise BadInputError("POOLER", f"{text} is not HOST:PORT.", where="--pooler")
    return host, int(port)
