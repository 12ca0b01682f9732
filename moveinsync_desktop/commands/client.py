"""`moveinsync client`: add, list and edit clients and their sites."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from moveinsync_desktop.commands import party_edits
from moveinsync_desktop.commands.listing import print_json, print_rows

if TYPE_CHECKING:
    from billing.schemas.parties import Client, ClientSite
    from billing.store.session import Session

_SITE_FIELDS = ("gstin", "state_code", "address_1", "address_2", "city", "pin", "legal_name")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-commands."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser("add", help="add a client with its default site")
    add.add_argument("--code", required=True, help="what sheets and commands call it")
    add.add_argument("--name", required=True)
    add.add_argument("--pan")
    add.add_argument("--alias", action="append", default=[], help="another name in sheets; may be repeated")
    add.add_argument("--time-zone", default="Asia/Kolkata", help="IANA name (default: Asia/Kolkata)")
    add.add_argument("--site", metavar="CODE", default="MAIN", help="code of the default site (default: MAIN)")
    add.add_argument("--sez", action="store_true", help="its site lies in a special economic zone")
    add_place_arguments(add)
    party_edits.add_fields(add, {**party_edits.NEW_SITE, "--company": party_edits.CLIENT["--company"]})
    edit = actions.add_parser("edit", help="change a client")
    edit.add_argument("client", help="code or id")
    for option in ("--code", "--name", "--pan", "--time-zone"):
        edit.add_argument(option)
    party_edits.add_fields(edit, party_edits.CLIENT)
    edit.add_argument("--alias", action="append", help="replaces the other names; may be repeated")
    listed = actions.add_parser("list", help="the clients")
    site = actions.add_parser("add-site", help="add a site to a client")
    site.add_argument("--client", required=True, help="code or id")
    site.add_argument("--code", required=True)
    site.add_argument("--name", required=True)
    site.add_argument("--default", action="store_true", help="make it the default site")
    site.add_argument("--sez", action="store_true", help="it lies in a special economic zone")
    add_place_arguments(site)
    party_edits.add_fields(site, party_edits.NEW_SITE)
    sites = actions.add_parser("sites", help="the sites of a client")
    sites.add_argument("--client", help="code or id")
    edit_site = actions.add_parser("edit-site", help="change a site; what is not named stays")
    edit_site.add_argument("--client", help="code or id")
    edit_site.add_argument("--site", required=True, metavar="CODE")
    party_edits.add_fields(edit_site, party_edits.SITE)
    for action in (add, edit, listed, site, sites, edit_site):
        action.add_argument("--json", action="store_true", help="machine-readable output")


def add_place_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of a place: GSTIN, state and address."""
    parser.add_argument("--gstin")
    parser.add_argument("--state", dest="state_code", metavar="CODE", help="two digits; taken from the GSTIN if absent")
    parser.add_argument("--legal-name", default="", help="the name on invoices")
    parser.add_argument("--address", dest="address_1", default="")
    parser.add_argument("--address-2", dest="address_2", default="")
    parser.add_argument("--city", default="")
    parser.add_argument("--pin")


def run(args: argparse.Namespace) -> int:
    """Do it; gives the exit status."""
    from billing.services.workspace import session_from_args

    with session_from_args(args) as session:
        rows, columns = _ACTIONS[args.action](session, args)
    if args.json:
        print_json(rows if args.action in ("list", "sites") else rows[0])
    else:
        print_rows(rows, columns, "There are none yet.")
    return 0


_CLIENT_COLUMNS = ("code", "name", "time_zone", "pan", "active")
_SITE_COLUMNS = ("code", "name", "gstin", "state_code", "city", "is_default")


def _client_row(client: Client) -> dict[str, Any]:
    names = ("id", "code", "name", "aliases", "time_zone", "pan", "is_body_corporate", "active", "rev")
    return {name: getattr(client, name) for name in names}


def _site_row(site: ClientSite) -> dict[str, Any]:
    names = (
        "id",
        "client_id",
        "code",
        "name",
        *_SITE_FIELDS,
        "is_sez",
        "lut_no",
        "lut_until",
        "gstin_status",
        "gstin_checked_on",
        "is_default",
        "active",
        "rev",
    )
    return {name: getattr(site, name) for name in names}


def _add(session: Session, args: argparse.Namespace) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    from billing.schemas.ids import new_id
    from billing.schemas.parties import Client, ClientSite
    from billing.services.parties import create_client

    company = party_edits.given_of(args, {"--company": party_edits.CLIENT["--company"]})
    words = {"aliases": tuple(args.alias), "time_zone": args.time_zone, "pan": args.pan, **company}
    client = Client(new_id(), args.code, args.name, **words)
    place = {name: getattr(args, name) for name in _SITE_FIELDS}
    place |= {"is_sez": args.sez, **party_edits.given_of(args, party_edits.NEW_SITE)}
    place["legal_name"] = place["legal_name"] or args.name
    site = ClientSite(new_id(), client.id, args.site, args.name, **place)
    return [_client_row(create_client(session, client=client, site=site).record)], _CLIENT_COLUMNS


def _edit(session: Session, args: argparse.Namespace) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    from billing.services.lookup import find_client
    from billing.services.parties import update_client

    with session.unit_of_work() as uow:
        client = find_client(uow, args.client)
    given = {name: getattr(args, name) for name in ("code", "name", "pan", "time_zone")}
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if args.alias is not None:
        changes["aliases"] = tuple(args.alias)
    changes |= party_edits.given_of(args, party_edits.CLIENT)
    return [_client_row(update_client(session, client=replace(client, **changes)).record)], _CLIENT_COLUMNS


def _list(session: Session, args: argparse.Namespace) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    from billing.services.parties import list_clients

    return [_client_row(client) for client in list_clients(session)], _CLIENT_COLUMNS


def _add_site(session: Session, args: argparse.Namespace) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    from billing.schemas.ids import new_id
    from billing.schemas.parties import ClientSite
    from billing.services.lookup import find_client
    from billing.services.parties import add_site

    with session.unit_of_work() as uow:
        client = find_client(uow, args.client)
    place = {name: getattr(args, name) for name in _SITE_FIELDS}
    place["legal_name"] = place["legal_name"] or client.name
    place |= {"is_sez": args.sez, **party_edits.given_of(args, party_edits.NEW_SITE)}
    site = ClientSite(new_id(), client.id, args.code, args.name, is_default=args.default, **place)
    return [_site_row(add_site(session, site=site).record)], _SITE_COLUMNS


def _sites(session: Session, args: argparse.Namespace) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    from billing.services.lookup import find_client
    from billing.services.parties import list_sites

    with session.unit_of_work() as uow:
        client = find_client(uow, args.client)
    return [_site_row(site) for site in list_sites(session, client_id=client.id)], _SITE_COLUMNS


def _edit_site(session: Session, args: argparse.Namespace) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    return [_site_row(party_edits.edit_site(session, args))], _SITE_COLUMNS


_ACTIONS = {
    "add": _add, "edit": _edit, "list": _list, "add-site": _add_site, "sites": _sites, "edit-site": _edit_site,
}  # fmt: skip
