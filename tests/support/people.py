"""A workspace for the whole test run, and in it fresh clients, vendors and signed-in people for each test."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from billing.schemas.ids import new_id
from billing.schemas.parties import Client, ClientSite, ClientVendor, Vendor, VendorBranch
from tests.support.pg import FAST

if TYPE_CHECKING:
    from billing.store.profiles import Profile
    from billing.store.session import Session

ADMIN = "admin@example.com"
PASSWORD = "four words make sense"
_numbers = Counter[str]()


def made_workspace(home: Path, **more: bool) -> Profile:
    """An embedded workspace with ADMIN as its SUPER_ADMIN; this process stays attached to its server."""
    from billing.services.workspace import create_workspace

    return create_workspace(home, ADMIN, PASSWORD, name="Acme", server_settings=FAST, **more)


@dataclass(frozen=True, slots=True)
class Pair:
    """A client with its default site and a vendor with its default branch, linked; nobody else uses them."""

    client: Client
    vendor: Vendor
    link: ClientVendor

    @property
    def client_id(self) -> UUID:
        """The client's id."""
        return self.client.id

    @property
    def vendor_id(self) -> UUID:
        """The vendor's id."""
        return self.vendor.id


class People:
    """Sessions for a test. Users are made once a run and bound anew for each test, so bcrypt is paid once each."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self._secrets: dict[str, str] = {}
        self._in_use: Counter[str] = Counter()
        self._open: list[Session] = []
        self._admin: Session | None = None

    @property
    def super_admin(self) -> Session:
        """The first SUPER_ADMIN; one session for the whole run."""
        if self._admin is None:
            self._admin = self._sign_in(ADMIN)
        return self._admin

    def new_pair(self, *, zone: str = "Asia/Kolkata") -> Pair:
        """A new client and vendor."""
        from billing.services.parties import add_vendor, create_client

        _numbers["pair"] += 1
        number = _numbers["pair"]
        client = Client(id=new_id(), code=f"CL{number:04}", name=f"Client {number}", time_zone=zone)
        site = ClientSite(id=new_id(), client_id=client.id, code="MAIN", name="Main office", is_default=True)
        vendor = Vendor(id=new_id(), name=f"Vendor {number}")
        branch = VendorBranch(id=new_id(), vendor_id=vendor.id, code="MAIN", name="Main branch", is_default=True)
        link = ClientVendor(client_id=client.id, vendor_id=vendor.id, code=f"VN{number:04}")
        stored = create_client(self.super_admin, client=client, site=site).record
        linked = add_vendor(self.super_admin, link=link, vendor=vendor, branch=branch).record
        return Pair(stored, vendor, linked)

    def sign_in(self, role: str, pair: Pair | None = None) -> Session:
        """A session of a user with that role, bound to the pair as the role asks for; closed after the test."""
        from billing.services.users import add_user, set_role

        self._in_use[role] += 1
        email = f"{role.lower().replace('_', '.')}{self._in_use[role]}@example.com"
        client = pair.client_id if pair and role != "SUPER_ADMIN" else None
        vendor = pair.vendor_id if pair and role == "VENDOR_ADMIN" else None
        if email not in self._secrets:
            made = add_user(
                self.super_admin, email=email, password=PASSWORD, role=role, client_id=client, vendor_id=vendor
            )
            self._secrets[email] = made.secret
        elif role != "SUPER_ADMIN":
            set_role(self.super_admin, email=email, role=role, client_id=client, vendor_id=vendor)
        session = self._sign_in(email)
        self._open.append(session)
        return session

    def secret_of(self, email: str) -> str:
        """The derived login secret, for tests that connect as psql would."""
        return self._secrets[email]

    def after_test(self) -> None:
        """Close what one test opened; its users may serve the next."""
        for session in self._open:
            session.close()
        self._open.clear()
        self._in_use.clear()

    def close(self) -> None:
        """Close everything, at the end of the run."""
        self.after_test()
        if self._admin is not None:
            self._admin.close()

    def _sign_in(self, email: str) -> Session:
        from billing.services.workspace import derive_for, reach
        from billing.store.session import sign_in

        if email not in self._secrets:
            self._secrets[email] = derive_for(self.profile, email, PASSWORD)
        return sign_in(reach(self.profile), email, self._secrets[email])
