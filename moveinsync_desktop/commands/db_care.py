"""`moveinsync db`: backup and restore, the recovery kit, and what else keeps a workspace's data safe."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from billing.errors import BadInputError
from moveinsync_desktop.commands.db_words import described, say_where_secrets_are, workspace_profile

if TYPE_CHECKING:
    import argparse

    from billing.services.backup_file import Manifest
    from billing.store.profiles import Profile


def add_arguments(actions: Any) -> None:
    """Declare the sub-commands."""
    backup = actions.add_parser("backup", help="write everything into one encrypted file (embedded workspaces)")
    backup.add_argument("file", type=Path, nargs="?", help="without one: today's backup of the plan, if it is due")
    backup.add_argument("--folder", type=Path, help="make this the folder of the daily backups, best on another disk")
    backup.add_argument("--keep", type=int, help="how many daily backups stay (default 14)")
    backup.add_argument("--plain", action="store_true", help="not encrypted: for a medium that is encrypted itself")
    restore = actions.add_parser("restore", help="bring a backup back, compared with what it says of itself")
    restore.add_argument("file", type=Path)
    restore.add_argument("--check", action="store_true", help="only try it out in a cluster that is thrown away")
    restore.add_argument("--replace", action="store_true", help="the same workspace is there: put it aside")
    actions.add_parser(
        "upgrade", help="bring an embedded workspace to this program's PostgreSQL; the old folder is kept"
    )
    actions.add_parser("leftovers", help="what is on this computer and stays after uninstalling, and how to remove it")
    kit = actions.add_parser("kit", help="the recovery kit: workspace key and owner secret, to print and lock away")
    kit.add_argument("--out", type=Path, help="write it into this file instead")
    recover = actions.add_parser("recover", help="take an embedded folder into possession again: a new owner secret")
    for action in (restore, recover):
        action.add_argument("--kit", type=Path, help="the recovery kit, where the workspace key is lost")
        action.add_argument("--admin", metavar="EMAIL", help="a SUPER_ADMIN who gets a new password")


def _backup(args: argparse.Namespace) -> dict[str, Any]:
    from billing.services.backup import back_up

    profile = workspace_profile(args)
    if args.file is None:
        return _planned(profile, args)
    made = back_up(profile, args.file, plain=args.plain)
    return {"file": str(args.file), "bytes": args.file.stat().st_size, "encrypted": made.sealed, **_counted(made)}


def _planned(profile: Profile, args: argparse.Namespace) -> dict[str, Any]:
    """The plan's backup, as a scheduled task of the system makes it while no window is open."""
    from billing.services.backup_plan import KEEP, Plan, health, read_plan, run_plan, save_plan

    if args.folder is not None:
        save_plan(profile, Plan(args.folder, args.keep or KEEP))
    if read_plan(profile) is None:
        raise BadInputError("NO_PLAN", "Name a file, or the folder of the daily backups: --folder.", where="--folder")
    made = run_plan(profile)
    found = health(profile)
    return {"file": str(made) if made else None, "state": found.state, "words": found.words, "advice": found.advice}


def _counted(manifest: Manifest) -> dict[str, Any]:
    found = manifest.contents
    if found is None:
        return {}
    return {
        "workspace": manifest.name,
        "made_at": manifest.made_at.isoformat(timespec="seconds"),
        "schema": manifest.schema,
        "rows": sum(found.rows.values()),
        **found.totals,
    }


def _restore(args: argparse.Namespace) -> dict[str, Any]:
    from billing.services import backup
    from billing.store.profiles import data_home, demo_home

    home = demo_home() if args.demo else data_home()
    lost = _lost_key(args)
    if args.check:
        return {**_counted(backup.try_out(args.file, home, kit=lost["kit"])), "whole": True}
    made = backup.restore(home, args.file, replace=args.replace, **lost)
    say_where_secrets_are(made.profile)
    kept = {"put_aside": str(made.kept)} if made.kept else {}
    return {**described(made.profile), **_counted(made.manifest), "without_login": made.without_login, **kept}


def _lost_key(args: argparse.Namespace) -> dict[str, str]:
    """The recovery kit's text, or the SUPER_ADMIN who gets a new password."""
    try:
        kit = args.kit.read_text(encoding="utf-8") if args.kit else ""
    except OSError as error:
        raise BadInputError("NO_FILE", f"{args.kit} cannot be read: {error.strerror}.", where=str(args.kit)) from error
    if not args.admin:
        return {"kit": kit}
    from moveinsync_desktop.commands.user import ask_new_password

    password = ask_new_password(f"New password for {args.admin}", "MOVEINSYNC_PASSWORD")
    return {"kit": kit, "admin_email": args.admin, "admin_password": password}


def _kit(args: argparse.Namespace) -> dict[str, Any]:
    from billing.services.recovery import confirm_kit, recovery_kit

    text = recovery_kit(workspace_profile(args))
    if args.out is None:
        return {"kit": text}
    from billing.store.files import write_private

    write_private(args.out, text)
    confirm_kit(workspace_profile(args))
    return {"file": str(args.out)}


def _recover(args: argparse.Namespace) -> dict[str, Any]:
    from billing.services.recovery import recover
    from billing.store.profiles import data_home, demo_home

    profile = recover(demo_home() if args.demo else data_home(), **_lost_key(args))
    say_where_secrets_are(profile)
    return {**described(profile), "recovered": True}


def _leftovers(args: argparse.Namespace) -> dict[str, Any]:
    from billing.services.leftovers import list_leftovers
    from billing.store.profiles import data_home

    found = list_leftovers(data_home())
    if args.json:
        return {"leftovers": [asdict(one) for one in found]}
    for one in found:
        size = f", {one.size / 1_000_000:,.1f} MB" if one.size is not None else ""
        sys.stdout.write(f"{one.what}{size}\n    {one.where}\n    to remove: {one.remove}\n")
    return {}


def _upgrade(args: argparse.Namespace) -> dict[str, Any]:
    from billing.services.upgrade import upgrade_cluster

    profile = workspace_profile(args)
    made = upgrade_cluster(profile)
    if made is None:
        return {**described(profile), "upgraded": False}
    return {
        **described(profile),
        "upgraded": True,
        "before": made.before,
        "after": made.after,
        "rows": sum(made.contents.rows.values()),
        **made.contents.totals,
        "put_aside": str(made.kept),
    }


ACTIONS = {
    "leftovers": _leftovers,
    "upgrade": _upgrade,
    "backup": _backup,
    "restore": _restore,
    "kit": _kit,
    "recover": _recover,
}
