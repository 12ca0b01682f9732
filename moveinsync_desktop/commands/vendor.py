"""`moveinsync vendor`: give a client a vendor, list vendors, add branches."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from billing.money import plain
from moveinsync_desktop.commands import party_edits
from moveinsync_desktop.commands.client import add_place_arguments
from moveinsync_desktop.commands.listing import print_json, print_rows

if TYPE_CHECKING:
    from billing.schemas.parties import ClientVendor, Vendor, VendorBranch
    from billing.services.parties import VendorOfClient
    from billing.store.session import Session

_PLACE = ("gstin", "state_code", "address_1", "address_2", "city", "pin", "legal_name")
_COLUMNS = ("code", "name", "gstin", "billing_mode", "active")
_VENDOR_COLUMNS = ("name", "pan", "tds_status", "turnover", "active")
_BRANCH_COLUMNS = ("code", "name", "gstin", "city", "einvoice_liable")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-commands."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser("add", help="give a client a vendor; one with the same GSTIN is linked, else it is made")
    add.add_argument("--client", help="code or id")
    add.add_argument("--code", required=True, help="what this client's sheets and commands call it")
    add.add_argument("--name", required=True)
    add.add_argument("--pan")
    add.add_argument("--alias", action="append", default=[], help="another name in sheets; may be repeated")
    add.add_argument("--billing-mode", default="FOR_VENDOR", choices=("FOR_VENDOR", "STATEMENT", "SELF_INVOICE"))
    add.add_argument("--body-corporate", action="store_true", help="it is a company (for reverse charge)")
    add.add_argument("--branch", metavar="CODE", default="MAIN", help="code of the default branch (default: MAIN)")
    add_place_arguments(add)
    for fields in (party_edits.NEW_VENDOR, party_edits.NEW_BRANCH, party_edits.NEW_LINK):
        party_edits.add_fields(add, fields)
    listed = actions.add_parser("list", help="the vendors of a client")
    listed.add_argument("--client", help="code or id")
    branch = actions.add_parser("add-branch", help="add a branch to a vendor (super admin)")
    branch.add_argument("--vendor", required=True, help="name or id; with --client also its code")
    branch.add_argument("--client", help="code or id")
    branch.add_argument("--code", required=True)
    branch.add_argument("--name", required=True)
    branch.add_argument("--default", action="store_true", help="make it the default branch")
    add_place_arguments(branch)
    edit = actions.add_parser("edit", help="change a vendor (super admin); what is not named stays")
    party_edits.add_fields(edit, party_edits.VENDOR)
    edit_branch = actions.add_parser("edit-branch", help="change a branch (super admin); what is not named stays")
    party_edits.add_fields(edit_branch, party_edits.BRANCH)
    edit_link = actions.add_parser("edit-link", help="change how a client knows a vendor: its code, mode, authority")
    party_edits.add_fields(edit_link, party_edits.LINK)
    letterhead = actions.add_parser("letterhead", help="logo and words that a branch prints (super admin)")
    party_edits.add_letterhead(letterhead)
    for action in (edit, edit_branch, edit_link, letterhead):
        action.add_argument("--vendor", required=True, help="name or id; with --client also its code")
        action.add_argument("--client", help="code or id")
    for action in (edit_branch, letterhead):
        action.add_argument("--branch", metavar="CODE", help="default: the vendor's default branch")
    for action in (add, listed, branch, edit, edit_branch, edit_link, letterhead):
        action.add_argument("--json", action="store_true", help="machine-readable output")


def run(args: argparse.Namespace) -> int:
    """Do it; gives the exit status."""
    from billing.services.workspace import session_from_args

    with session_from_args(args) as session:
        if args.action == "add":
            rows = _add(session, args)
        elif args.action == "list":
            rows = _list(session, args)
        elif args.action == "edit-link":
            rows = _linked(session, party_edits.edit_link(session, args))
        elif args.action == "edit":
            rows = [_vendor_row(party_edits.edit_vendor(session, args))]
        else:
            rows = [_branch_row(_branch(session, args))]
    columns = {"edit": _VENDOR_COLUMNS, **dict.fromkeys(("add", "list", "edit-link"), _COLUMNS)}
    if args.json:
        print_json(rows if args.action == "list" else rows[0])
    else:
        print_rows(rows, columns.get(args.action, _BRANCH_COLUMNS), "None yet.")
    return 0


def _branch(session: Session, args: argparse.Namespace) -> VendorBranch:
    """What became of a branch that was added, changed or given a letterhead."""
    if args.action == "add-branch":
        return _add_branch(session, args)
    if args.action == "edit-branch":
        return party_edits.edit_branch(session, args)
    party_edits.set_letterhead(session, args)
    return party_edits.branch_of(session, args)


def _vendor_row(vendor: Vendor) -> dict[str, Any]:
    names = ("id", "name", "pan", "is_body_corporate", "tds_status", "active")
    turnover = None if vendor.aato is None else plain(vendor.aato)
    return {**{name: getattr(vendor, name) for name in names}, "turnover": turnover}


def _row(entry: VendorOfClient) -> dict[str, Any]:
    default = next((branch for branch in entry.branches if branch.is_default), None)
    return {
        "id": entry.vendor.id,
        "client_id": entry.link.client_id,
        "code": entry.link.code,
        "name": entry.vendor.name,
        "aliases": entry.link.aliases,
        "pan": entry.vendor.pan,
        "gstin": default.gstin if default else None,
        "billing_mode": entry.link.billing_mode,
        "authority": {
            "ref": entry.link.authority_ref,
            "from": entry.link.authority_from,
            "until": entry.link.authority_until,
        },
        "is_body_corporate": entry.vendor.is_body_corporate,
        "tds_status": entry.vendor.tds_status,
        "turnover": None if entry.vendor.aato is None else plain(entry.vendor.aato),
        "active": entry.link.active and entry.vendor.active,
        "branches": [_branch_row(branch) for branch in entry.branches],
    }


def _branch_row(branch: VendorBranch) -> dict[str, Any]:
    more = ("bank", "einvoice_liable", "round_tax_to_rupee", "gstin_status", "gstin_checked_on", "is_default", "active")
    return {name: getattr(branch, name) for name in ("id", "code", "name", *_PLACE, *more)}


def _add(session: Session, args: argparse.Namespace) -> list[dict[str, Any]]:
    from billing.schemas.ids import new_id
    from billing.schemas.parties import ClientVendor, Vendor, VendorBranch
    from billing.services.lookup import find_client
    from billing.services.parties import add_vendor

    with session.unit_of_work() as uow:
        client = find_client(uow, args.client)
    more = party_edits.given_of(args, party_edits.NEW_VENDOR)
    vendor = Vendor(new_id(), args.name, pan=args.pan, is_body_corporate=args.body_corporate, **more)
    place = {name: getattr(args, name) for name in _PLACE}
    place["legal_name"] = place["legal_name"] or args.name
    place |= party_edits.given_of(args, party_edits.NEW_BRANCH)
    branch = VendorBranch(new_id(), vendor.id, args.branch, args.name, **place)
    link = ClientVendor(
        client.id, vendor.id, args.code, aliases=tuple(args.alias), billing_mode=args.billing_mode,
        **party_edits.given_of(args, party_edits.NEW_LINK),
    )  # fmt: skip
    return _linked(session, add_vendor(session, link=link, vendor=vendor, branch=branch).record)


def _linked(session: Session, link: ClientVendor) -> list[dict[str, Any]]:
    """A vendor as a client sees it, read again."""
    from billing.services.parties import list_vendors_of

    entries = list_vendors_of(session, client_id=link.client_id)
    return [_row(entry) for entry in entries if entry.link.vendor_id == link.vendor_id]


def _list(session: Session, args: argparse.Namespace) -> list[dict[str, Any]]:
    from billing.services.lookup import find_client
    from billing.services.parties import list_vendors_of

    with session.unit_of_work() as uow:
        client = find_client(uow, args.client)
    return [_row(entry) for entry in list_vendors_of(session, client_id=client.id)]


def _add_branch(session: Session, args: argparse.Namespace) -> VendorBranch:
    from billing.schemas.ids import new_id
    from billing.schemas.parties import VendorBranch
    from billing.services.lookup import find_client, find_link, find_vendor
    from billing.services.parties import add_branch

    with session.unit_of_work() as uow:
        if args.client:
            vendor_id = find_link(uow, find_client(uow, args.client), args.vendor).vendor_id
        else:
            vendor_id = find_vendor(uow, args.vendor).id
    place = {name: getattr(args, name) for name in _PLACE}
    place["legal_name"] = place["legal_name"] or args.name
    branch = VendorBranch(new_id(), vendor_id, args.code, args.name, is_default=args.default, **place)
    return add_branch(session, branch=branch).record
