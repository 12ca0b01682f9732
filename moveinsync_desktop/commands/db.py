"""`moveinsync db`: make a workspace, look after its database, open psql on it."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from billing.errors import BadInputError, UnavailableError
from moveinsync_desktop.commands import db_care, db_move
from moveinsync_desktop.commands.db_words import described, pooler_of, say_where_secrets_are, workspace_profile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from billing.schemas.workspace import Administrator
    from billing.store.profiles import Profile

DEFAULT_DATABASE = "moveinsync_db"
_VARIABLES = ("DB_HOST", "DB_PORT", "DB_NAME", "DB_USER", "DB_PASSWORD", "DB_CA_FILE")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-commands."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    init = actions.add_parser("init", help="a new workspace and its first SUPER_ADMIN")
    init.add_argument("--admin", metavar="EMAIL", help="its password: MOVEINSYNC_PASSWORD, else asked for")
    init.add_argument("--name", help="what the workspace is called (default: the domain of the e-mail)")
    init.add_argument("--embedded", action="store_true", help="in the data folder, whatever DB_* and .env say")
    init.add_argument("--pooler", metavar="HOST:PORT", help="the PgBouncer through which users reach a shared server")
    init.add_argument(
        "--print-sql", action="store_true", help="only print every statement for a shared server; nothing is done"
    )
    _server_options(init)
    _server_options(actions.add_parser("migrate", help="bring the schema up to this version"))
    doctor = actions.add_parser("doctor", help="what must hold of roles, rights and policies; exit 1 where it does not")
    doctor.add_argument("--pooler", metavar="HOST:PORT", help="look at the PgBouncer before a shared server, too")
    _server_options(doctor)
    actions.add_parser("status", help="where the workspace is and whether it is up to date")
    db_care.add_arguments(actions)
    db_move.add_arguments(actions, _server_options)
    connect = actions.add_parser("connect", help="take the workspace of an invitation into this data folder")
    connect.add_argument("invitation", help="the text, a file with it, or - to read it from standard input")
    psql = actions.add_parser("psql", help="open psql, signed in as yourself")
    psql.add_argument("--env", action="store_true", help="print the settings as export lines instead")
    psql.add_argument("words", nargs="*", metavar="...", help="passed to psql (after --)")
    for name, parser_of in actions.choices.items():
        if name != "psql":
            parser_of.add_argument("--json", action="store_true", help="machine-readable output")


def _server_options(parser: argparse.ArgumentParser) -> None:
    shared = parser.add_argument_group("a shared PostgreSQL (defaults from DB_* or .env)")
    shared.add_argument("--host")
    shared.add_argument("--port", type=int)
    shared.add_argument("--database", help=f"default {DEFAULT_DATABASE}")
    shared.add_argument("--user", dest="db_user", help="administrator; the password is DB_PASSWORD, else asked for")
    shared.add_argument("--ca-file", help="certificates to verify the server by (needed unless it is on this machine)")


def run(args: argparse.Namespace) -> int:
    """Do it; gives the exit status."""
    if args.action == "init" and args.print_sql:
        return _print_sql(args)
    return int({"psql": _psql, "doctor": _doctor}.get(args.action, _report)(args))


def _report(args: argparse.Namespace) -> int:
    actions = {"init": _init, "connect": _connect, "migrate": _migrate, "status": _status}
    actions |= {"move": lambda args: db_move.run(args, shared_server)}
    content = (actions | db_care.ACTIONS)[args.action](args)
    if args.json:
        sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    else:
        for key, value in content.items():
            sys.stdout.write(f"{key.replace('_', ' '):16} {value}\n")
    return 0


def _print_sql(args: argparse.Namespace) -> int:
    from billing.store.print_sql import statements

    database = args.database or _given(Path.cwd()).get("DB_NAME", DEFAULT_DATABASE)
    sys.stdout.write("\n".join(statements(database, superuser=True)) + "\n")
    return 0


def _init(args: argparse.Namespace) -> dict[str, Any]:
    from billing.services.workspace import create_shared_workspace, create_workspace
    from billing.store.profiles import data_home
    from moveinsync_desktop.commands.user import ask_new_password

    if not args.admin:
        raise BadInputError("ADMIN_REQUIRED", "Name the first super admin: --admin EMAIL.", where="--admin")
    home = data_home()
    name = args.name or args.admin.rpartition("@")[2] or "Workspace"
    shared = None if args.embedded else shared_server(args)
    if shared is None and args.pooler:
        raise BadInputError(
            "POOLER", "A pooler stands before a shared server: name that with --host.", where="--pooler"
        )
    if shared is None:
        password = ask_new_password(f"Password for {args.admin}", "MOVEINSYNC_PASSWORD")
        profile = create_workspace(home, args.admin, password, name=name)
    else:
        administrator, database = shared
        password = ask_new_password(f"Password for {args.admin}", "MOVEINSYNC_PASSWORD")
        profile = create_shared_workspace(
            home, administrator, database, args.admin, password, name=name, pooler=pooler_of(args.pooler)
        )
    say_where_secrets_are(profile)
    sys.stderr.write("Now the recovery kit: moveinsync db kit --out FILE. Lock it away; without it no backup opens.\n")
    return described(profile)


def _connect(args: argparse.Namespace) -> dict[str, Any]:
    from billing.services.invitations import accept_invitation
    from billing.store.profiles import data_home

    text = sys.stdin.read() if args.invitation == "-" else args.invitation
    if not text.startswith("MIS1-") and args.invitation != "-":
        try:
            text = Path(text).read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise BadInputError("NO_FILE", f"{text} cannot be read: {error.strerror}.", where=text) from error
    profile, email = accept_invitation(data_home(), text)
    say_where_secrets_are(profile)
    return {**described(profile), "email": email}


def shared_server(args: argparse.Namespace, *, folder: Path | None = None) -> tuple[Administrator, str] | None:
    """The administrator's login and the database from the options, DB_* or .env; None when nothing names a server.

    Options win over the environment, and that over `.env` in the working folder.
    """
    found = _given(folder or Path.cwd())
    options = {"DB_HOST": args.host, "DB_PORT": args.port, "DB_NAME": args.database}
    options |= {"DB_USER": args.db_user, "DB_CA_FILE": args.ca_file}
    found |= {name: str(value) for name, value in options.items() if value is not None}
    if not found.keys() & {"DB_HOST", "DB_PORT", "DB_NAME", "DB_USER"}:
        return None
    from billing.schemas.workspace import Administrator

    host, user = found.get("DB_HOST", "localhost"), found.get("DB_USER", "postgres")
    try:
        port = int(found.get("DB_PORT", "5432"))
    except ValueError:
        raise BadInputError("BAD_PORT", f"DB_PORT is {found['DB_PORT']}, not a number.", where="DB_PORT") from None
    password = found.get("DB_PASSWORD") or _ask_administrator(user, host)
    administrator = Administrator(host, port, user, password, ca_file=found.get("DB_CA_FILE", ""))
    return administrator, found.get("DB_NAME", DEFAULT_DATABASE)


def _given(folder: Path) -> dict[str, str]:
    from dotenv import dotenv_values

    file: Mapping[str, str | None] = dotenv_values(folder / ".env", interpolate=False)
    values = {name: os.environ.get(name) or file.get(name) for name in _VARIABLES}
    return {name: value for name, value in values.items() if value}


def _ask_administrator(user: str, host: str) -> str:
    from billing.services.workspace import ask_on_terminal

    password = ask_on_terminal(f"Password of the administrator {user} on {host}")
    if not password:
        raise UnavailableError("NO_PASSWORD", f"There is no password for {user}.", hint="Set DB_PASSWORD.")
    return password


def _migrate(args: argparse.Namespace) -> dict[str, Any]:
    from billing.store.migrate import migrate

    administrator, database, _ = _database_of(args)
    return {"applied": migrate(administrator, database), "database": database}


def _database_of(args: argparse.Namespace) -> tuple[Administrator, str, Profile | None]:
    """The database that is meant, with its administrator: a shared server's, or the embedded workspace's owner."""
    from billing.services.workspace import owner_of

    named = args.demo or args.profile
    shared = None if named and args.host is None else shared_server(args)
    if shared is not None:
        return *shared, None
    profile = workspace_profile(args)
    return owner_of(profile), profile.database, profile


def _doctor(args: argparse.Namespace) -> int:
    from billing.services.database import examine_workspace

    administrator, database, profile = _database_of(args)
    found = examine_workspace(administrator, database, profile, pooler_of(args.pooler))
    if args.json:
        sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=1) + "\n")
        return 0 if found["healthy"] else 1
    pooler = f", PgBouncer {found['pooler']}" if found["pooler"] else ""
    sys.stdout.write(f"PostgreSQL {found['server']}{pooler}\n")
    for one in found["findings"]:
        sys.stdout.write(f"{one['code']:16} {one['offender']}\n{'':16} {one['rule']}\n{'':16} {one['remedy']}\n")
    held = found["rules"] - len({one["code"] for one in found["findings"]})
    sys.stdout.write(f"{held} of {found['rules']} rules hold\n")
    return 0 if found["healthy"] else 1


def _status(args: argparse.Namespace) -> dict[str, Any]:
    from billing.services.database import database_status, shared_status
    from billing.services.workspace import session_from_args

    profile = workspace_profile(args)
    if profile.embedded:
        return {**described(profile), **database_status(profile)}
    sign_in = (lambda: session_from_args(args)) if args.user or os.environ.get("MOVEINSYNC_USER") else None
    return {**described(profile), **shared_status(profile, sign_in)}


def _psql(args: argparse.Namespace) -> int:
    from billing.services.database import keep_for_psql, psql_environment, psql_here
    from billing.services.workspace import session_from_args

    session = session_from_args(args)
    if args.env:
        settings = psql_environment(session)
        sys.stderr.write("These lines let anybody who reads them act as you for an hour. Do not keep them.\n")
        for name, value in settings.items():
            line = f"set {name}={value}" if os.name == "nt" else f"export {name}={shlex.quote(value)}"
            sys.stdout.write(line + "\n")
        keep_for_psql(session)
        return 0
    from billing.server.binaries import program

    with session, psql_here(session) as here:
        done = subprocess.run([str(program("psql")), *args.words], env={**os.environ, **here}, check=False)
    return done.returncode
