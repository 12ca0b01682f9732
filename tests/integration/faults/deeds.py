"""What the faults interrupt: an import, a billing run, the issue of an invoice."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

from billing.errors import KnownError
from billing.schemas.runs import RunState
from billing.services.billing import run_bill
from billing.services.invoices import issue_invoice
from billing.services.trips import import_file
from billing.store.session import Session
from tests.integration.faults.conftest import SEPTEMBER, World
from tests.support.contracts import Agreed
from tests.support.sheets import row, write_csv


class Deed:
    """Something done once: `do` it with a session, `is_done` says what the database has of it (None: a part)."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.folder = world, folder
        self.prepare()

    def prepare(self) -> None:
        """What it needs, without a fault."""

    @property
    def words(self) -> dict[str, str]:
        """What a child process needs to do it."""
        raise NotImplementedError

    def do(self, session: Session) -> object:
        """Do it; raises what the service raises."""
        raise NotImplementedError

    def is_done(self) -> bool:
        """All of it is there (True) or nothing (False); a part fails."""
        raise NotImplementedError

    def _all_or_nothing(self, rows: int, whole: int) -> bool:
        assert rows in (0, whole), f"{rows} of {whole} rows"
        return rows == whole


class Import(Deed):
    """Three trips of a sheet."""

    def prepare(self) -> None:
        number = len(list(self.folder.iterdir()))
        self.ref = f"N{os.urandom(4).hex()}-"
        pair = self.world.pair
        rows = [row(n, trip_id=f"{self.ref}{n}", client=pair.client.code, vendor=pair.link.code) for n in (1, 2, 3)]
        self.path = write_csv(self.folder / f"trips-{number}.csv", rows)

    @property
    def words(self) -> dict[str, str]:
        return {"path": str(self.path)}

    def do(self, session: Session) -> object:
        result = import_file(session, self.path)
        return result.written or len(result.checked.duplicates) == 3

    def is_done(self) -> bool:
        found = self.world.count("SELECT count(*) FROM app.trips WHERE external_ref LIKE %s", f"{self.ref}%")
        return self._all_or_nothing(found, 3)


class Run(Deed):
    """A billing run of three trips."""

    def prepare(self) -> None:
        self.agreed: Agreed = self.world.contract()
        self.client = str(self.agreed.view.contract.client_id)

    @property
    def words(self) -> dict[str, str]:
        return {"client": self.client}

    def do(self, session: Session) -> object:
        (run,) = run_bill(session, client=self.client, month=SEPTEMBER).runs
        assert run.state in (RunState.CREATED, RunState.UNCHANGED), run.errors
        return run.invoice

    def is_done(self) -> bool:
        of_client = "SELECT count(*) FROM app.{} WHERE client_id = %s"
        charges = self.world.count(of_client.format("trip_charges"), self.client)
        documents = self.world.count(of_client.format("invoices"), self.client)
        assert documents == (1 if charges else 0)
        return self._all_or_nothing(charges, 3)


class Issue(Run):
    """The number of a draft."""

    def prepare(self) -> None:
        super().prepare()
        (run,) = run_bill(self.world.session, client=self.client, month=SEPTEMBER).runs
        assert run.invoice is not None
        self.invoice = str(run.invoice.invoice_id)

    @property
    def words(self) -> dict[str, str]:
        return {"invoice": self.invoice}

    def do(self, session: Session) -> object:
        return issue_invoice(session, invoice=self.invoice).number

    def is_done(self) -> bool:
        query = "SELECT count(number) FROM app.invoices WHERE client_id = %s AND status = 'ISSUED'"
        return bool(self.world.count(query, self.client))


DEEDS: dict[str, Callable[[World, Path], Deed]] = {"import": Import, "run": Run, "issue": Issue}


def attempt(deed: Deed, session: Session) -> KnownError | None:
    """Do it; the known error that it ended with, or None."""
    try:
        assert deed.do(session)
    except KnownError as error:
        told = f"{error.message} {error.hint} {error.where}"
        assert not re.search(r"SELECT|INSERT|psycopg2|sqlalchemy|Traceback|mis_u_|password", told), told
        return error
    return None
