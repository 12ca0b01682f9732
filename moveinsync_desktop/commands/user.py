"""`moveinsync user`: add, list, invite, lost, disable, enable, role, reset, end; one's own password and sessions."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from billing.errors import NotSignedInError
from billing.schemas.users import ROLES, User

if TYPE_CHECKING:
    from billing.services.users import SavedUser
    from billing.store.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-commands."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, text in (("add", "make a user"), ("role", "change a user's role and binding")):
        action = actions.add_parser(name, help=text)
        action.add_argument("email")
        action.add_argument("--role", required=True, choices=ROLES)
        action.add_argument("--client", help="code or id of the client it belongs to")
        action.add_argument("--vendor", help="code (with --client), name or id of the vendor it belongs to")
        if name == "add":
            action.add_argument("--name", default="", help="the person's name")
            _password_options(action)
    invite = actions.add_parser("invite", help="a one-time password and an invitation; for a lost device, too")
    invite.add_argument("email")
    invite.add_argument("--role", choices=ROLES, help="needed for a new user")
    invite.add_argument("--client", help="code or id of the client it belongs to")
    invite.add_argument("--vendor", help="code (with --client), name or id of the vendor it belongs to")
    invite.add_argument("--name", default="", help="the person's name")
    invite.add_argument("--out", type=Path, help="write the invitation into this file instead of printing it")
    for name, text in (
        ("lost", "a computer or password is lost: end sessions, void the secret, invite anew"),
        ("disable", "shut a user out at once"),
        ("enable", "let a user in again"),
        ("end", "end a user's sessions"),
    ):
        action = actions.add_parser(name, help=text)
        action.add_argument("email")
        if name == "lost":
            action.add_argument("--out", type=Path, help="write the invitation into this file instead of printing it")
    actions.add_parser("password", help="change your own password (MOVEINSYNC_NEW_PASSWORD, else asked for)")
    sessions = actions.add_parser("sessions", help="your own sessions")
    sessions.add_argument("--end", action="store_true", help="end all but this one")
    reset = actions.add_parser("reset", help="give a one-time password, valid for 72 hours")
    reset.add_argument("email")
    _password_options(reset)
    actions.add_parser("list", help="the users")
    for action in actions.choices.values():
        action.add_argument("--json", action="store_true", help="machine-readable output")


def _password_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--generate", action="store_true", help="make a random one-time password and print it (else asked for twice)"
    )


def run(args: argparse.Namespace) -> int:
    """Do it; gives the exit status."""
    from billing.services.workspace import session_from_args

    with session_from_args(args) as session:
        if args.action == "list":
            from billing.services.users import list_users

            _show([_row(user) for user in list_users(session)], args.json)
        elif args.action in ("invite", "lost"):
            _show(_invite(session, args), args.json)
        elif args.action in ("password", "sessions"):
            _own(session, args)
        else:
            _show(_change(session, args), args.json)
    return 0


def _change(session: Session, args: argparse.Namespace) -> dict[str, Any]:
    from billing.services import users

    if args.action == "add":
        client, vendor = _binding(session, args)
        password = _new_password(args)
        saved = users.add_user(
            session,
            email=args.email,
            password=password,
            role=args.role,
            client_id=client,
            vendor_id=vendor,
            name=args.name,
            must_change=args.generate,
        )
        return _with_password(saved, password, args)
    if args.action == "reset":
        password = _new_password(args)
        return _with_password(users.reset_password(session, email=args.email, password=password), password, args)
    if args.action == "role":
        client, vendor = _binding(session, args)
        saved = users.set_role(session, email=args.email, role=args.role, client_id=client, vendor_id=vendor)
    elif args.action == "end":
        saved = users.end_sessions(session, email=args.email)
    else:
        saved = users.set_active(session, email=args.email, active=args.action == "enable")
    return _row(saved.user)


def _invite(session: Session, args: argparse.Namespace) -> dict[str, Any]:
    from billing.services.invitations import invite

    if args.action == "lost":
        from billing.services.invitations import replace_lost

        made = replace_lost(session, email=args.email)
    else:
        client, vendor = _binding(session, args)
        made = invite(session, email=args.email, role=args.role, client_id=client, vendor_id=vendor, name=args.name)
    if made.invitation and args.out:
        from billing.store.files import write_private

        write_private(args.out, made.invitation + "\n")
    text = str(args.out) if made.invitation and args.out else made.invitation
    return {**_row(made.user), "password": made.password, "invitation": text}


def _own(session: Session, args: argparse.Namespace) -> None:
    from billing.services import account

    if args.action == "password":
        old = os.environ.get("MOVEINSYNC_PASSWORD") or _ask("Present password")
        account.change_password(session, old=old, new=ask_new_password("New password", "MOVEINSYNC_NEW_PASSWORD"))
    elif args.end:
        account.end_sessions(session)
    found = account.own_account(session)
    rows = [
        {
            "started": one.started_at.isoformat(timespec="seconds"),
            "renewed": one.renewed_at.isoformat(timespec="seconds"),
            "address": one.address,
            "this": one.is_this,
        }
        for one in found.sessions
    ]
    if args.json:
        _write_json({**_row(found.user), "must_change": found.user.must_change, "sessions": rows})
    elif args.action == "password":
        sys.stdout.write("The password is changed; your other sessions are ended.\n")
    else:
        for row in rows:
            here = "  this session" if row["this"] else ""
            sys.stdout.write(f"{row['started']}  {row['address'] or 'this computer'}{here}\n")


def _ask(question: str) -> str:
    from billing.services.workspace import ask_on_terminal

    return ask_on_terminal(question) or ""


def _with_password(saved: SavedUser, password: str, args: argparse.Namespace) -> dict[str, Any]:
    return {**_row(saved.user), **({"password": password} if args.generate else {})}


def _binding(session: Session, args: argparse.Namespace) -> tuple[UUID | None, UUID | None]:
    """The ids of the client and vendor named; a vendor is named by its code with that client, or by its name."""
    if args.client is None and args.vendor is None:
        return None, None
    from billing.services.lookup import find_client, find_link, find_vendor

    with session.unit_of_work() as uow:
        client = find_client(uow, args.client) if args.client else None
        if args.vendor is None:
            return (client.id if client else None), None
        if client is not None:
            return client.id, find_link(uow, client, args.vendor).vendor_id
        return None, find_vendor(uow, args.vendor).id


def _new_password(args: argparse.Namespace) -> str:
    if args.generate:
        from billing.services.invitations import one_time_password

        return one_time_password()
    return ask_new_password(f"New password of {args.email}", "MOVEINSYNC_NEW_PASSWORD")


def ask_new_password(question: str, variable: str) -> str:
    """A password to be set: from that environment variable, else typed twice.

    Raises NotSignedInError where nobody can type, or the two differ.
    """
    given = os.environ.get(variable)
    if given:
        return given
    from billing.services.workspace import ask_on_terminal

    first = ask_on_terminal(question)
    if first is None:
        raise NotSignedInError("NO_PASSWORD", "No password was given.", hint=f"Set {variable}, or use a terminal.")
    if ask_on_terminal("The same again") != first:
        raise NotSignedInError("PASSWORDS_DIFFER", "The two passwords differ.")
    return first


def _row(user: User) -> dict[str, Any]:
    seen = user.last_sign_in_at
    return {
        "email": user.email,
        "name": user.name,
        "role": user.role,
        "client": user.client_code or (str(user.client_id) if user.client_id else None),
        "vendor": user.vendor_name or (str(user.vendor_id) if user.vendor_id else None),
        "active": user.active,
        "last_sign_in": seen.isoformat() if seen else None,
    }


def _show(content: dict[str, Any] | list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        _write_json(content)
        return
    for row in content if isinstance(content, list) else [content]:
        binding = " ".join(str(row[key]) for key in ("client", "vendor") if row[key])
        state = "" if row["active"] else " (disabled)"
        sys.stdout.write(f"{row['email']:32} {row['role']:13} {binding}{state}\n")
        if "password" in row:
            sys.stdout.write(f"  one-time password, for 72 hours: {row['password']}\n")
        if row.get("invitation"):
            sys.stdout.write(f"  invitation (send it another way than the password):\n{row['invitation']}\n")


def _write_json(content: Any) -> None:
    json.dump(content, sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")
