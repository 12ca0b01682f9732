"""Editing single fields of sites, vendors, branches and contracts from the command line; what is not named stays."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from billing.errors import BadInputError, RefusedError
from billing.money import to_paise

if TYPE_CHECKING:
    from billing.schemas.contracts import Contract
    from billing.schemas.parties import ClientSite, ClientVendor, Vendor, VendorBranch
    from billing.services.contracts import ContractView
    from billing.store.session import Session

P = TypeVar("P", "ClientSite", "VendorBranch")
Kind = str
"""text, flag (yes or no), day, count or rupees; an empty text clears."""

PLACE: dict[str, tuple[str, Kind]] = {
    "--name": ("name", "text"), "--gstin": ("gstin", "text"), "--state": ("state_code", "text"),
    "--legal-name": ("legal_name", "text"), "--address": ("address_1", "text"), "--address-2": ("address_2", "text"),
    "--city": ("city", "text"), "--pin": ("pin", "text"), "--portal-status": ("gstin_status", "text"),
    "--looked-up": ("gstin_checked_on", "day"), "--default": ("is_default", "flag"), "--active": ("active", "flag"),
}  # fmt: skip
SITE = PLACE | {"--sez": ("is_sez", "flag"), "--lut": ("lut_no", "text"), "--lut-until": ("lut_until", "day")}
BRANCH = PLACE | {"--bank": ("bank", "text"), "--einvoice": ("einvoice_liable", "flag"),
                  "--whole-rupees": ("round_tax_to_rupee", "flag")}  # fmt: skip
VENDOR: dict[str, tuple[str, Kind]] = {
    "--name": ("name", "text"), "--pan": ("pan", "text"), "--company": ("is_body_corporate", "flag"),
    "--tds": ("tds_status", "text"), "--turnover": ("aato", "rupees"), "--active": ("active", "flag"),
}  # fmt: skip
LINK: dict[str, tuple[str, Kind]] = {
    "--code": ("code", "text"), "--billing-mode": ("billing_mode", "text"), "--authority": ("authority_ref", "text"),
    "--authority-from": ("authority_from", "day"), "--authority-until": ("authority_until", "day"),
    "--active": ("active", "flag"),
}  # fmt: skip
CLIENT: dict[str, tuple[str, Kind]] = {"--company": ("is_body_corporate", "flag"), "--active": ("active", "flag")}
NEW_SITE = {name: SITE[name] for name in ("--lut", "--lut-until")}
NEW_VENDOR = {name: VENDOR[name] for name in ("--tds", "--turnover")}
NEW_BRANCH = {name: BRANCH[name] for name in ("--bank", "--einvoice", "--whole-rupees")}
NEW_LINK = {name: LINK[name] for name in ("--authority", "--authority-from", "--authority-until")}
"""What a new record may be given at once, beside its name and place."""

CONTRACT: dict[str, tuple[str, Kind]] = {
    "--name": ("name", "text"), "--po": ("po_number", "text"), "--sac": ("sac", "text"),
    "--fuel-included": ("fuel_included", "flag"), "--itc": ("itc_option", "text"),
    "--reverse-charge": ("reverse_charge", "flag"), "--seats": ("seating_capacity", "count"),
    "--obliged-by-law": ("statutory_obligation", "flag"),
}  # fmt: skip
_HINTS = {
    "text": "TEXT", "flag": "yes|no", "day": "DATE", "count": "N", "rupees": "RUPEES",
}  # fmt: skip
_OPTIONAL = frozenset({"gstin", "state_code", "pin", "gstin_status", "lut_no", "pan", "authority_ref"})


def add_fields(parser: argparse.ArgumentParser, fields: Mapping[str, tuple[str, Kind]]) -> None:
    """An option for each field."""
    for option, (name, kind) in fields.items():
        parser.add_argument(option, dest=f"set_{name}", metavar=_HINTS[kind])


def given_of(args: argparse.Namespace, fields: Mapping[str, tuple[str, Kind]]) -> dict[str, Any]:
    """The fields that were named, perhaps none. Raises BadInputError naming the option."""
    given = {(option, name, kind): getattr(args, f"set_{name}") for option, (name, kind) in fields.items()}
    return {
        name: _value(text.strip(), kind, option, name)
        for (option, name, kind), text in given.items()
        if text is not None
    }


def changes_of(args: argparse.Namespace, fields: Mapping[str, tuple[str, Kind]]) -> dict[str, Any]:
    """The fields that were named, at least one, with their values. Raises BadInputError naming the option."""
    found = given_of(args, fields)
    if not found:
        raise BadInputError("NOTHING_TO_CHANGE", f"Say what to change: {', '.join(fields)}.", where=next(iter(fields)))
    return found


def _value(text: str, kind: Kind, option: str, name: str) -> Any:
    if kind == "text":
        return text if text or name not in _OPTIONAL else None
    if not text:
        return None
    try:
        if kind == "day":
            return date.fromisoformat(text)
        if kind == "count":
            return int(text)
        if kind == "rupees":
            return to_paise(Decimal(text.replace(",", "")))
        return {"yes": True, "no": False}[text.lower()]
    except (ValueError, KeyError, InvalidOperation):
        raise BadInputError("BAD_INPUT", f"{text!r} does not fit {option} {_HINTS[kind]}.", where=option) from None


def edit_site(session: Session, args: argparse.Namespace) -> ClientSite:
    """Change a site of a client."""
    from billing.services.lookup import find_client
    from billing.services.parties import update_site

    with session.unit_of_work() as uow:
        client = find_client(uow, args.client)
        site = _one(uow.client_sites.find(client_id=client.id), args.site, "site")
    return update_site(session, site=replace(site, **changes_of(args, SITE))).record


def edit_branch(session: Session, args: argparse.Namespace) -> VendorBranch:
    """Change a branch of a vendor (super admin)."""
    from billing.services.parties import update_branch

    branch = branch_of(session, args)
    return update_branch(session, branch=replace(branch, **changes_of(args, BRANCH))).record


def branch_of(session: Session, args: argparse.Namespace) -> VendorBranch:
    """The branch that the options name; without a code the default one."""
    with session.unit_of_work() as uow:
        branches = uow.vendor_branches.find(vendor_id=_vendor_id(uow, args))
    return _one(branches, args.branch, "branch") if args.branch else next(one for one in branches if one.is_default)


def edit_vendor(session: Session, args: argparse.Namespace) -> Vendor:
    """Change a vendor of the workspace (super admin)."""
    from billing.services.parties import update_vendor

    with session.unit_of_work() as uow:
        vendor = uow.vendors.get(_vendor_id(uow, args))
    if vendor is None:
        raise RefusedError("NOT_FOUND", f"There is no vendor {args.vendor}.", where="--vendor")
    return update_vendor(session, vendor=replace(vendor, **changes_of(args, VENDOR))).record


def edit_link(session: Session, args: argparse.Namespace) -> ClientVendor:
    """Change how a client knows a vendor: code, whose document, written authority."""
    from billing.services.lookup import find_client, find_link
    from billing.services.parties import update_link

    with session.unit_of_work() as uow:
        link = find_link(uow, find_client(uow, args.client), args.vendor)
    return update_link(session, link=replace(link, **changes_of(args, LINK))).record


def set_letterhead(session: Session, args: argparse.Namespace) -> None:
    """Set or take away a branch's letterhead (super admin)."""
    from billing.services import letterheads

    branch = branch_of(session, args)
    old = letterheads.read_letterhead(session, branch=branch)
    words = {
        "headline": args.headline if args.headline is not None else old.headline if old else "",
        "footer": args.footer if args.footer is not None else old.footer if old else "",
    }
    keeps = args.logo is None and not args.no_logo
    letterheads.set_letterhead(session, branch=branch, logo=args.logo, keep_logo=keeps, **words)


def add_letterhead(parser: argparse.ArgumentParser) -> None:
    """The options of a letterhead."""
    parser.add_argument("--logo", type=Path, metavar="FILE", help="PNG or JPEG, up to 512 kB")
    parser.add_argument("--no-logo", action="store_true", help="take the picture away")
    parser.add_argument("--headline", help="words beside the logo")
    parser.add_argument("--footer", help="words at the foot of every page")


def edit_contract(session: Session, contract: Contract, args: argparse.Namespace) -> ContractView:
    """Change the facts of a contract; its rules have versions of their own."""
    from billing.services.contracts import update_contract

    return update_contract(session, contract=replace(contract, **changes_of(args, CONTRACT))).view


def _vendor_id(uow: Any, args: argparse.Namespace) -> Any:
    from billing.services.lookup import find_client, find_link, find_vendor

    if args.client:
        return find_link(uow, find_client(uow, args.client), args.vendor).vendor_id
    return find_vendor(uow, args.vendor).id


def _one(places: list[P], code: str, title: str) -> P:
    found = [one for one in places if code.casefold() in (one.code.casefold(), str(one.id))]
    if not found:
        raise RefusedError("NOT_FOUND", f"There is no {title} {code}.", where=f"--{title}")
    return found[0]
