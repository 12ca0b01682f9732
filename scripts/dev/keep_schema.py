"""Keep a workspace of the schema as released: what the next releases must be able to migrate.

python scripts/dev/keep_schema.py      writes tests/data/schema-NNNN.misbackup and .kit.txt of the newest schema

Run it on the commit of a release, once; a file that was kept is never written again. The workspace is made through the
product's own services: two clients, every role, a contract with two versions, billed, issued and voided months, the
inputs of a month, and the audit trail of all that. tests/integration/store/test_released_schemas.py migrates it.
"""

from __future__ import annotations

import sys
import tempfile
import zipfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
if TYPE_CHECKING:
    from uuid import UUID

    from billing.store.profiles import Profile
    from billing.store.session import Session
    from tests.support.people import Pair
FOLDER = ROOT / "tests" / "data"


def main() -> None:
    """Make the workspace in a scratch folder and write its backup and its kit."""
    from billing.services.backup import back_up
    from billing.services.recovery import recovery_kit
    from billing.services.workspace import release_server
    from billing.store.files import write_private
    from billing.store.migrate import newest
    from tests.support.people import made_workspace

    target = FOLDER / f"schema-{newest():04}.misbackup"
    if target.exists():
        sys.exit(f"{target.name} is kept already and stays as it is.")
    with tempfile.TemporaryDirectory(prefix="mis") as scratch:
        Path(scratch).chmod(0o711)
        home = Path(scratch) / "home"
        profile = made_workspace(home)
        fill(profile)
        back_up(profile, Path(scratch) / "backup")
        pack(Path(scratch) / "backup", target)
        write_private(target.with_suffix(".kit.txt"), recovery_kit(profile))
        release_server(home)
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size:,} bytes")


def pack(backup: Path, target: Path) -> None:
    """The same backup, compressed: a dump's table of contents is plain text."""
    with (
        zipfile.ZipFile(backup) as whole,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as small,
    ):
        for name in whole.namelist():
            small.writestr(name, whole.read(name))


def fill(profile: Profile) -> None:
    """Data of every kind that a migration could hurt."""
    from billing.services.billing import run_bill
    from billing.services.invoices import issue_invoice, void_invoice
    from tests.support.contracts import agree
    from tests.support.people import People

    people = People(profile)
    for voids in (False, True):
        pair = people.new_pair()
        session = people.sign_in("CLIENT_ADMIN", pair)
        for role in ("VENDOR_ADMIN", "VIEWER"):
            people.sign_in(role, pair)
        agreed = agree(session, pair)
        run = run_bill(session, month=date(2026, 9, 1)).runs[-1]
        assert run.invoice is not None
        issued = issue_invoice(session, invoice=str(run.invoice.invoice_id))
        if voids:
            void_invoice(session, invoice=issued.number, reason="Billed to the wrong site")
            run_bill(session, month=date(2026, 9, 1))
        inputs_of_a_month(session, pair, agreed.id)
    people.close()


def inputs_of_a_month(session: Session, pair: Pair, contract_id: UUID) -> None:
    """Breaches, a fuel price, an employee and a cab."""
    from billing.schemas.ids import new_id
    from billing.schemas.parties import Employee, Vehicle
    from billing.schemas.usage import FuelPrice, MonthUsage
    from billing.services.staff_and_cabs import add_employees, add_vehicles
    from billing.services.usage import save_usage, set_fuel_price

    usage = MonthUsage(client_id=pair.client_id, contract_id=contract_id, month=date(2026, 10, 1), sla_breaches=2)
    save_usage(session, usage=usage)
    price = FuelPrice(id=new_id(), client_id=pair.client_id, valid_from=date(2026, 9, 1), price_paise=9_412)
    set_fuel_price(session, price=price)
    add_employees(session, employees=[Employee(id=new_id(), client_id=pair.client_id, code="E1", name="Asha")])
    add_vehicles(session, vehicles=[Vehicle(new_id(), pair.client_id, pair.vendor_id, "KA01AB1234")])


if __name__ == "__main__":
    main()
