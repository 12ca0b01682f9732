"""`moveinsync audit`: verify the hash chains, anchor them outside the database, read and export them."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from billing.money import group_indian

if TYPE_CHECKING:
    from billing.schemas.audit import AuditReport
    from billing.store.session import Session

CLEAN, TAMPERED, CANNOT_TELL = 0, 1, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-commands."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    verify = actions.add_parser("verify", help="recompute the chains: exit 0 clean, 1 tampered with, 2 cannot tell")
    verify.add_argument("--anchor", type=Path, metavar="FILE", help="compare with the anchors of this file, too")
    verify.add_argument("--entry", metavar="SEQ:HEX", help="the entry that a printed invoice names: is it still there?")
    anchor = actions.add_parser("anchor", help="append where each chain stands now; keep the file elsewhere")
    anchor.add_argument("--out", type=Path, required=True, metavar="FILE")
    anchor.add_argument("--daily", action="store_true", help="only if the file has none of today: for a scheduled task")
    export = actions.add_parser("export", help="write a chain, and beside it the verifier that needs only Python")
    export.add_argument("--out", type=Path, required=True, metavar="FILE")
    listing = actions.add_parser("list", help="who did what, newest first")
    listing.add_argument("--entity", help="of this kind only: contract, invoice, user ...")
    listing.add_argument("--action", dest="what", help="of this kind of act only: INSERT, ISSUE, SIGN_IN ...")
    listing.add_argument("--user", dest="actor", metavar="TEXT", help="by somebody with this in the e-mail address")
    listing.add_argument("--limit", type=int, default=50)
    for one in (verify, export, listing):
        one.add_argument("--chain", metavar="CLIENT", help="a client's code or id, or `workspace`")
    for one in actions.choices.values():
        one.add_argument("--json", action="store_true", help="machine-readable output")


def run(args: argparse.Namespace) -> int:
    """Do it; gives the exit status."""
    from billing.errors import KnownError
    from billing.services.workspace import session_from_args

    try:
        with session_from_args(args) as session:
            actions = {"verify": _verify, "anchor": _anchor, "export": _export, "list": _list}
            return actions[args.action](args, session)
    except KnownError as error:
        if args.action != "verify":
            raise
        print(f"Cannot tell: {error.message}", file=sys.stderr)  # noqa: T201
        return CANNOT_TELL


def _verify(args: argparse.Namespace, session: Session) -> int:
    from billing.services.anchors import read_anchors
    from billing.services.audit import verify

    if args.entry:
        return _verify_entry(args, session)
    anchors = read_anchors(session, args.anchor) if args.anchor else []
    report = verify(session, client=args.chain, anchors=anchors)
    if args.json:
        print(json.dumps(_as_json(report), indent=2))  # noqa: T201
    else:
        _tell(report)
    return CLEAN if report.clean else TAMPERED


def _verify_entry(args: argparse.Namespace, session: Session) -> int:
    from billing.errors import BadInputError
    from billing.services.audit import has_entry

    seq, _, digits = str(args.entry).partition(":")
    if not seq.isdecimal() or not digits:
        raise BadInputError("BAD_ANCHOR", f"{args.entry} is not SEQ:HEX, as 1284:3f9a02c177de4b10.", where="--entry")
    found = has_entry(session, seq=int(seq), digits=digits, client=args.chain)
    words = f"Entry {seq} is in the chain as printed" if found else f"NOT CLEAN; entry {seq} is not the printed one"
    _say(args, {"clean": found, "entry": int(seq)}, words)
    return CLEAN if found else TAMPERED


def _as_json(report: AuditReport) -> dict[str, Any]:
    return {
        "clean": report.clean,
        "anchors": report.anchors,
        "gaps": list(report.gaps),
        "chains": [
            {
                "chain": str(one.chain),
                "name": one.name,
                "entries": one.entries,
                "problem": one.problem,
                "first_bad": one.first_bad,
                "head": {"seq": one.head_seq, "hash": one.head_hash},
            }
            for one in report.chains
        ],
    }


def _tell(report: AuditReport) -> None:
    from billing.schemas.audit import PROBLEMS

    for one in report.chains:
        found = "clean" if one.problem is None else f"entry {one.first_bad}: {PROBLEMS[one.problem]}"
        print(f"{one.name:<12} {group_indian(one.entries):>8} entries  {found}")  # noqa: T201
    for table in report.gaps:
        print(f"{table}: its trigger is missing or off, so changes are not told of")  # noqa: T201
    compared = (
        f"{report.anchors} anchors compared" if report.anchors else "no anchor compared: a cut-off end is not seen"
    )
    print(("Clean; " if report.clean else "NOT CLEAN; ") + compared)  # noqa: T201


def _anchor(args: argparse.Namespace, session: Session) -> int:
    from billing.services.anchors import write_anchor, write_daily

    count = (write_daily if args.daily else write_anchor)(session, args.out)
    _say(args, {"chains": count, "file": str(args.out)}, f"{count} chains anchored in {args.out}")
    return 0


def _export(args: argparse.Namespace, session: Session) -> int:
    from billing.services.audit import export_chain

    count = export_chain(session, args.out, client=args.chain)
    _say(args, {"entries": count, "file": str(args.out)}, f"{count} entries written to {args.out}")
    return 0


def _list(args: argparse.Namespace, session: Session) -> int:
    from billing.schemas.audit import AuditFilter
    from billing.services.audit import read_entries

    wanted = AuditFilter(entity=args.entity, action=args.what, actor=args.actor)
    entries = read_entries(session, client=args.chain, wanted=wanted, limit=args.limit)
    if args.json:
        rows = [
            {
                "seq": one.seq,
                "at": one.at.isoformat(),
                "actor": one.actor,
                "action": one.action,
                "entity": one.entity,
                "entity_id": str(one.entity_id) if one.entity_id else None,
                "before": one.before,
                "after": one.after,
                "reason": one.reason,
                "hash": one.hash,
            }
            for one in entries
        ]
        print(json.dumps(rows, indent=2, ensure_ascii=False))  # noqa: T201
        return 0
    for one in entries:
        who = one.actor or one.db_user
        changed = ", ".join((one.after or one.before or {}).keys())
        print(f"{one.seq:>7}  {one.at:%d-%m-%Y %H:%M:%S} UTC  {who:<32} {one.action:<14} {one.entity}  {changed}"[:200])  # noqa: T201
    return 0


def _say(args: argparse.Namespace, machine: dict[str, Any], words: str) -> None:
    print(json.dumps(machine) if args.json else words)  # noqa: T201
