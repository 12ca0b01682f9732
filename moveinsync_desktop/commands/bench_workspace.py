"""A throwaway workspace for measurements: an embedded database with the settings that users have."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from billing.schemas.workspace import Administrator
    from billing.store.profiles import Profile
    from billing.store.session import Session

OCTOBER = date(2026, 10, 1)
EMAIL, CODE = "bench@example.com", "BENCH"


@dataclass(frozen=True, slots=True)
class Bench:
    """A throwaway workspace with one contract; `ids`: client, vendor, contract."""

    home: Path
    profile: Profile
    password: str
    session: Session
    owner: Administrator
    database: str
    ids: dict[str, UUID]


@contextmanager
def throwaway() -> Iterator[tuple[Path, Profile, str]]:
    """A new embedded workspace in a temporary folder, its profile, and the password of its super admin."""
    from billing.services.workspace import create_workspace, release_server

    with tempfile.TemporaryDirectory(prefix="mis-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)  # where the server runs as a system user, it passes through
        home, password = Path(folder) / "home", secrets.token_urlsafe(18)
        try:
            yield home, create_workspace(home, EMAIL, password, name="Bench"), password
        finally:
            release_server(home)


@contextmanager
def bench_workspace(rules: dict[str, Any]) -> Iterator[Bench]:
    """The same with a client, a vendor and a HYBRID contract from April 2026, signed in."""
    from billing.services.workspace import open_session, owner_of

    with (
        throwaway() as (home, profile, password),
        open_session(profile=profile, email=EMAIL, password=password) as session,
    ):
        ids = _make_contract(session, rules)
        yield Bench(home, profile, password, session, owner_of(profile), profile.database, ids)


def _make_contract(session: Session, rules: dict[str, Any]) -> dict[str, UUID]:
    from billing.schemas.contracts import Contract
    from billing.schemas.ids import new_id
    from billing.schemas.parties import Client, ClientSite, ClientVendor, Vendor, VendorBranch
    from billing.services.contracts import create_contract
    from billing.services.parties import add_vendor, create_client

    client, vendor = Client(id=new_id(), code=CODE, name="Bench"), Vendor(id=new_id(), name="Bench Cabs")
    site = ClientSite(id=new_id(), client_id=client.id, code="MAIN", name="Main", is_default=True)
    branch = VendorBranch(id=new_id(), vendor_id=vendor.id, code="MAIN", name="Main", is_default=True)
    create_client(session, client=client, site=site)
    link = ClientVendor(client_id=client.id, vendor_id=vendor.id, code="CABS")
    add_vendor(session, link=link, vendor=vendor, branch=branch)
    with session.unit_of_work() as uow:
        (stored_site,) = uow.client_sites.find(client_id=client.id)
        (stored_branch,) = uow.vendor_branches.find(vendor_id=vendor.id)
    contract = Contract(new_id(), client.id, vendor.id, "Bench", stored_site.id, stored_branch.id)
    create_contract(session, contract=contract, model="HYBRID", rules=rules, valid_from=date(2026, 4, 1))
    return {"client": client.id, "vendor": vendor.id, "contract": contract.id}


def peak_mb() -> int:
    """The most memory this process has held, in MB."""
    import sys

    if sys.platform == "win32":
        import psutil

        return int(psutil.Process().memory_info().peak_wset) >> 20
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak >> 20 if sys.platform == "darwin" else peak >> 10
