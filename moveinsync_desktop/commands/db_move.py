"""`moveinsync db move`: a workspace from its own computer to a shared server, and back."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from billing.errors import BadInputError
from moveinsync_desktop.commands.db_words import described, pooler_of, workspace_profile

if TYPE_CHECKING:
    import argparse

    from billing.services.move import Moved


def add_arguments(actions: Any, server_options: Any) -> None:
    """Declare the sub-command."""
    move = actions.add_parser("move", help="to a shared server, or back into this data folder; the source is kept")
    way = move.add_mutually_exclusive_group(required=True)
    way.add_argument("--to-shared", action="store_true", help="into a new database of the server that is named")
    way.add_argument("--to-embedded", action="store_true", help="from the shared server into this data folder")
    move.add_argument("--pooler", metavar="HOST:PORT", help="the PgBouncer through which users reach the server")
    move.add_argument("--admin", metavar="EMAIL", help="back from a server without superuser: who gets a new password")
    server_options(move)


def run(args: argparse.Namespace, server: Any) -> dict[str, Any]:
    """Do it; `server` gives the administrator and the database that options, DB_* and .env name."""
    from billing.services import move

    profile = workspace_profile(args)
    if profile.embedded != args.to_shared:
        place = "in this data folder" if profile.embedded else "on a shared server"
        raise BadInputError("MOVE", f"The workspace {profile.name} is {place} already.", where="--profile")
    named = server(args)
    if named is None:
        raise BadInputError("MOVE", "Name the shared server: --host, or DB_HOST.", where="--host")
    administrator, database = named
    if args.to_shared:
        return _told(move.to_shared(profile, administrator, database, pooler=pooler_of(args.pooler)))
    password = ""
    if args.admin:
        from moveinsync_desktop.commands.user import ask_new_password

        password = ask_new_password(f"New password for {args.admin}", "MOVEINSYNC_PASSWORD")
    return _told(move.to_embedded(profile, administrator, admin_email=args.admin or "", admin_password=password))


def _told(moved: Moved) -> dict[str, Any]:
    sys.stderr.write("Rows and totals agree. The source is kept; remove it when you are sure.\n")
    return {
        **described(moved.profile),
        "rows": sum(moved.contents.rows.values()),
        **moved.contents.totals,
        "without_login": moved.without_login,
        "source_kept": moved.kept,
    }
