"""The disk of the data or of the export is full, read-only or locked (SECURITY.md (e) 8, 9)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from billing.errors import UnavailableError
from billing.exchange.files import replacing
from billing.services.billing import run_bill
from billing.services.invoices import export_invoice, issue_invoice
from billing.services.trips import import_file
from billing.services.workspace import create_workspace, release_server
from billing.store.session import Session
from tests.integration.faults.conftest import NIGHTLY_ONLY, SEPTEMBER, World
from tests.support.checker import violations
from tests.support.hostile import superuser
from tests.support.people import ADMIN, PASSWORD, People
from tests.support.pg import FAST
from tests.support.processes import ROOT
from tests.support.sheets import row, write_csv
from tests.support.small_disk import fill, small_disk

FEW, MANY = 300, 8_000


@pytest.mark.parametrize("leave", [600_000, pytest.param(0, marks=NIGHTLY_ONLY)], ids=["data", "everything"])
def test_a_full_disk_of_the_database(tmp_path: Path, leave: int) -> None:
    """Nothing of the import is there; with space again the same file goes in. The server stays up, or comes back."""
    with small_disk("300m") as disk:
        home = disk / "home"
        profile = create_workspace(home, ADMIN, PASSWORD, name="Small", server_settings=FAST)
        people = People(profile)
        pair, session = people.new_pair(), people.super_admin
        sheets = [
            write_csv(
                tmp_path / f"{count}.csv",
                [row(n, trip_id=f"{count}-{n}", client=pair.client.code, vendor=pair.link.code) for n in range(count)],
            )
            for count in (FEW, MANY)
        ]
        assert import_file(session, sheets[0]).written
        with superuser(profile) as connection, connection.cursor() as cursor:
            for _segment in range(4):  # written segments are used again: the log has room, the tables have none
                cursor.execute("SELECT pg_switch_wal()")
                cursor.execute("CREATE TABLE filler AS SELECT 1 AS one")
                cursor.execute("DROP TABLE filler")
            cursor.execute("CHECKPOINT")
        ballast = fill(disk, leave)
        with pytest.raises(UnavailableError) as full:
            import_file(session, sheets[1])
        assert full.value.code in (("DISK_FULL",) if leave else ("DISK_FULL", "CONNECTION_LOST")), full.value
        assert "nothing was changed" in full.value.message
        if leave:
            assert _trips(session) == FEW  # the server is up, and answers
        ballast.unlink()
        assert _trips(session) == FEW
        assert import_file(session, sheets[1]).written
        assert _trips(session) == FEW + MANY
        with superuser(profile) as connection:
            assert violations(connection) == []
        people.close()
        release_server(home)


def _trips(session: Session) -> int:
    with session.unit_of_work() as uow:
        return int(uow.connection.exec_driver_sql("SELECT count(*) FROM app.trips").scalar_one())


@pytest.fixture(scope="module")
def invoice(broken_world: World) -> str:
    """An issued invoice to export."""
    client = str(broken_world.contract().view.contract.client_id)
    (run,) = run_bill(broken_world.session, client=client, month=SEPTEMBER).runs
    assert run.invoice is not None
    issue_invoice(broken_world.session, invoice=str(run.invoice.invoice_id))
    return str(run.invoice.invoice_id)


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_full_disk_at_the_export_keeps_the_old_file(world: World, invoice: str, kind: str) -> None:
    with small_disk("1m") as disk:
        target = disk / f"invoice.{kind}"
        target.write_text("the old one")
        ballast = fill(disk, 0)
        with pytest.raises(UnavailableError) as full:
            export_invoice(world.session, invoice=invoice, target=target, kind=kind)
        assert full.value.code == "DISK_FULL"
        assert target.read_text() == "the old one"
        assert sorted(disk.iterdir()) == [ballast, target]
        ballast.unlink()
        export_invoice(world.session, invoice=invoice, target=target, kind=kind)
        assert target.stat().st_size > 100
        assert list(disk.iterdir()) == [target]


@pytest.fixture
def no_root() -> Iterator[None]:
    """As root nothing is forbidden: the test goes on as nobody."""
    if os.name == "nt" or os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    yield
    os.seteuid(0)


def test_a_folder_that_may_not_be_written_is_said(tmp_path: Path, no_root: None) -> None:
    with pytest.raises(UnavailableError) as refused, replacing(Path("/usr/share/invoice.xlsx")):
        pass
    assert refused.value.code == "FILE_IN_USE"
    assert "invoice.xlsx cannot be written" in refused.value.message
    assert refused.value.hint


def test_a_target_that_is_a_folder_or_read_only_disk(world: World, invoice: str, tmp_path: Path) -> None:
    blocked = tmp_path / "invoice.xlsx"
    blocked.mkdir()
    with pytest.raises(UnavailableError), replacing(blocked) as part:
        part.write_text("new")
    assert list(tmp_path.iterdir()) == [blocked]
    with small_disk("1m", ",ro") as disk, pytest.raises(UnavailableError) as refused:
        export_invoice(world.session, invoice=invoice, target=disk / "invoice.csv", kind="csv")
    assert refused.value.code == "FILE_NOT_WRITTEN"


_WRITER = """
import sys
from pathlib import Path
from billing.exchange.files import replacing
with replacing(Path(sys.argv[1])) as part, part.open("w") as file:
    file.write("half")
    file.flush()
    print("writing", flush=True)
    sys.stdin.read()
"""


def test_a_killed_export_leaves_the_old_file_and_its_rest_is_cleared_away(tmp_path: Path) -> None:
    target = tmp_path / "invoice [1].xlsx"
    target.write_text("the old one")
    words = [sys.executable, "-c", _WRITER, str(target)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "writing\n"
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
    assert target.read_text() == "the old one"
    (left,) = [path for path in tmp_path.iterdir() if path != target]
    os.utime(left, (time.time() - 7200,) * 2)
    with replacing(target) as part:
        part.write_text("the new one")
    assert list(tmp_path.iterdir()) == [target]
    assert target.read_text() == "the new one"
