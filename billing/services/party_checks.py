"""Which clients, sites, vendors and vehicles may be stored. All wrong fields of a form are told at once."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TypeVar

from billing.invoicing.gstin import verify
from billing.invoicing.states import STATE_NAMES
from billing.schemas.parties import (
    BILLING_MODES,
    GSTIN_STATUSES,
    TDS_STATUSES,
    Client,
    ClientSite,
    ClientVendor,
    Employee,
    Vehicle,
    Vendor,
    VendorBranch,
)
from billing.services.checks import Checks

GENDERS = ("F", "M", "X")
_NOT_IN_A_NUMBER = re.compile(r"[\s-]+")


def clean_vehicle_no(text: str) -> str:
    """A vehicle number as it is stored: upper case, no spaces, no hyphens."""
    return _NOT_IN_A_NUMBER.sub("", text).upper()


def _blank_to_none(text: str | None) -> str | None:
    return text.strip() or None if text is not None else None


def _registration(checks: Checks, gstin: str | None, state: str | None, pan: str | None) -> None:
    """GSTIN of the regular form, its first digits the state's code, its PAN the owner's (GST.md section 5)."""
    if gstin is None:
        return
    found = verify(gstin)
    if not found.valid:
        checks.add("gstin", found.code or "BAD_INPUT", found.message or "This is no GSTIN.")
        return
    if state is not None and gstin[:2] != state:
        name = STATE_NAMES.get(gstin[:2], gstin[:2])
        checks.add("state_code", "STATE", f"The GSTIN belongs to {name}, not to {STATE_NAMES.get(state, state)}.")
    if pan is not None and gstin[2:12] != pan:
        checks.add("gstin", "PAN", f"The GSTIN contains the PAN {gstin[2:12]}, but {pan} is recorded.")


P = TypeVar("P", ClientSite, VendorBranch)


def checked_place(place: P, pan: str | None) -> P:
    """A site or branch as it may be stored, the state taken from the GSTIN where it is not given.

    `pan` is the owner's, where it is recorded. Raises InvalidFieldsError.
    """
    gstin = (place.gstin or "").strip().upper() or None
    state = _blank_to_none(place.state_code) or (gstin[:2] if gstin else None)
    place = replace(
        place,
        code=place.code.strip(),
        name=place.name.strip(),
        gstin=gstin,
        state_code=state,
        pin=_blank_to_none(place.pin),
        gstin_status=_blank_to_none(place.gstin_status),
    )
    if isinstance(place, ClientSite):
        place = replace(place, lut_no=_blank_to_none(place.lut_no))
    checks = Checks()
    _check_place(checks, place, pan)
    checks.done()
    return place


def _check_place(checks: Checks, place: ClientSite | VendorBranch, pan: str | None) -> None:
    checks.code("code", place.code)
    checks.text("name", place.name, most=200)
    for field in ("legal_name", "address_1", "address_2", "city"):
        checks.text(field, getattr(place, field), most=200, least=0)
    checks.pin(place.pin)
    checks.state(place.state_code, STATE_NAMES.__contains__)
    _registration(checks, place.gstin, place.state_code, pan)
    if place.gstin_status is not None:
        checks.choice("gstin_status", place.gstin_status, GSTIN_STATUSES)
    if isinstance(place, ClientSite):
        _check_zone(checks, place)


def _check_zone(checks: Checks, site: ClientSite) -> None:
    """A letter of undertaking belongs to a SEZ site and has an end."""
    if site.lut_no and not site.is_sez:
        checks.add("lut_no", "NOT_SEZ", "A letter of undertaking is for a site in a special economic zone.")
    if site.lut_no and site.lut_until is None:
        checks.add("lut_until", "MISSING_REQUIRED", "Say until when the letter of undertaking is valid.")


def checked_client(client: Client) -> Client:
    """The client as it may be stored. Raises InvalidFieldsError."""
    client = replace(client, code=client.code.strip(), name=client.name.strip(), pan=_blank_to_none(client.pan))
    checks = Checks()
    checks.code("code", client.code)
    checks.text("name", client.name, most=200)
    checks.pan(client.pan)
    checks.time_zone(client.time_zone)
    checks.done()
    return client


def checked_vendor(vendor: Vendor) -> Vendor:
    """The vendor as it may be stored. Raises InvalidFieldsError."""
    vendor = replace(vendor, name=vendor.name.strip(), pan=_blank_to_none(vendor.pan))
    checks = Checks()
    checks.text("name", vendor.name, most=200)
    checks.pan(vendor.pan)
    checks.choice("tds_status", vendor.tds_status, TDS_STATUSES)
    if vendor.tds_status == "NO_PAN" and vendor.pan:
        checks.add("tds_status", "PAN", "The vendor's PAN is recorded: 20 % is for vendors without one.")
    checks.done()
    return vendor


def checked_link(link: ClientVendor) -> ClientVendor:
    """The link as it may be stored. Raises InvalidFieldsError."""
    aliases = tuple(dict.fromkeys(alias.strip() for alias in link.aliases if alias.strip()))
    link = replace(link, code=link.code.strip(), aliases=aliases)
    checks = Checks()
    checks.code("code", link.code)
    checks.choice("billing_mode", link.billing_mode, BILLING_MODES)
    checks.span(link.authority_from, link.authority_until, ("authority_from", "authority_until"))
    checks.done()
    return link


def checked_employee(employee: Employee) -> Employee:
    """The employee as it may be stored. Raises InvalidFieldsError."""
    employee = replace(employee, code=employee.code.strip(), name=employee.name.strip())
    checks = Checks()
    checks.text("code", employee.code, most=60)
    checks.text("name", employee.name, most=200, least=0)
    if employee.gender is not None:
        checks.choice("gender", employee.gender, GENDERS)
    checks.span(employee.active_from, employee.active_until, ("active_from", "active_until"))
    checks.done()
    return employee


def checked_vehicle(vehicle: Vehicle) -> Vehicle:
    """The vehicle as it may be stored. Raises InvalidFieldsError."""
    vehicle = replace(
        vehicle,
        vehicle_no=clean_vehicle_no(vehicle.vehicle_no),
        vehicle_type=_blank_to_none(vehicle.vehicle_type),
    )
    checks = Checks()
    checks.text("vehicle_no", vehicle.vehicle_no, most=20, title="Vehicle number")
    if vehicle.seats is not None and not 1 <= vehicle.seats <= 100:
        checks.add("seats", "OUT_OF_RANGE", "A vehicle has 1 to 100 seats.")
    checks.done()
    return vehicle
