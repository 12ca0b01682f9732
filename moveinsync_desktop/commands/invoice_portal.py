"""`moveinsync invoice ims|portal-key`: clients' answers to credit notes on the portal, and the portal's public keys."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from moveinsync_desktop.commands.listing import print_json, print_rows

if TYPE_CHECKING:
    from billing.store.session import Session


def add_arguments(actions: Any) -> list[argparse.ArgumentParser]:
    """Declare the sub-commands; gives those that take --client and --json."""
    ims = actions.add_parser("ims", help="what the client did with a credit note on the portal (IMS)")
    ims.add_argument("invoice", metavar="NUMBER", help="id or number of the credit note")
    ims.add_argument("--status", type=str.upper, choices=("ACCEPTED", "REJECTED", "PENDING"))
    ims.add_argument("--remark", default="", help="a rejection has to say why")
    ims.add_argument("--on", type=date.fromisoformat, metavar="DATE", help="the day on the portal (default: today)")
    keys = actions.add_parser("portal-key", help="the e-invoice portal's public keys, for checking its answers")
    keys.add_argument("file", nargs="?", type=Path, metavar="FILE", help="public key or certificate (PEM) to store")
    keys.add_argument("--remove", metavar="FINGERPRINT", help="forget the key whose fingerprint begins so")
    return [ims, keys]


def record(session: Session, args: argparse.Namespace) -> int:
    """Record an answer, or show what is recorded."""
    from billing.services.ims import read_ims, record_ims

    if args.status is None:
        found = read_ims(session, invoice=args.invoice, client=args.client)
    else:
        found = record_ims(
            session, invoice=args.invoice, status=args.status, remark=args.remark, on=args.on, client=args.client
        )
    rows = [
        {"status": one.status, "on": one.acted_on, "remark": one.remark, "recorded_at": one.recorded_at,
         "recorded_by": one.recorded_by}
        for one in found.answers
    ]  # fmt: skip
    if args.json:
        print_json({"number": found.number, "state": found.state or None, "answers": rows})
        return 0
    if found.state:
        sys.stdout.write(f"{found.number}: {found.answers[-1].status.lower()} ({found.state}).\n")
    print_rows(rows, ("status", "on", "remark", "recorded_at", "recorded_by"), "The client's answer is not recorded.")
    return 0


def keys(session: Session, args: argparse.Namespace) -> int:
    """Store or forget a key; show those that are stored."""
    from billing.services.portal_keys import UNCHECKED, add_key, list_keys, remove_key

    if args.remove:
        remove_key(session, fingerprint=args.remove)
    if args.file:
        add_key(session, path=args.file)
    rows = [
        {"fingerprint": one.key.fingerprint, "file": one.name, "stored_at": one.stored_at} for one in list_keys(session)
    ]
    if args.json:
        print_json(rows)
    else:
        print_rows(rows, ("fingerprint", "file", "stored_at"), UNCHECKED)
    return 0
