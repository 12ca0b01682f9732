"""Where clients, vendors and what belongs to them are stored."""

from __future__ import annotations

from billing.schemas.parties import Client, ClientSite, ClientVendor, Employee, Vehicle, Vendor, VendorBranch
from billing.store.records import Spec

_OWN = frozenset({"client_id", "id"})

CLIENTS = Spec(Client, "clients", "client", ("id",), frozenset({"id"}), ("code", "id"))
CLIENT_SITES = Spec(ClientSite, "client_sites", "site", ("client_id", "id"), _OWN, ("client_id", "code"))
EMPLOYEES = Spec(Employee, "employees", "employee", ("client_id", "id"), _OWN, ("client_id", "code"))
VENDORS = Spec(Vendor, "vendors", "vendor", ("id",), frozenset({"id"}), ("name", "id"))
VENDOR_BRANCHES = Spec(
    VendorBranch,
    "vendor_branches",
    "branch",
    ("vendor_id", "id"),
    frozenset({"vendor_id", "id"}),
    ("vendor_id", "code"),
)
CLIENT_VENDORS = Spec(
    ClientVendor,
    "client_vendors",
    "vendor link",
    ("client_id", "vendor_id"),
    frozenset({"client_id", "vendor_id"}),
    ("client_id", "code"),
)
VEHICLES = Spec(
    Vehicle,
    "vehicles",
    "vehicle",
    ("client_id", "id"),
    frozenset({"client_id", "id", "vendor_id"}),
    ("client_id", "vehicle_no"),
)
