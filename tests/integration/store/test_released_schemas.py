"""Every schema that was released, with data, comes to the newest one and is then what a new installation is.

The workspaces are kept in tests/data by scripts/dev/keep_schema.py. What is compared: every row that was there, money
above all; row-level security, grants, functions and triggers, statement by statement, with those of a new database;
the audit chains; and that people sign in and work.
"""

from __future__ import annotations

import json
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from billing.schemas.workspace import Administrator
from billing.services.audit import verify
from billing.services.backup import read_manifest
from billing.services.billing import preview_bill, run_bill
from billing.services.invoices import list_invoices
from billing.services.openings import read_openings
from billing.services.payments import list_open, list_receipts, reverse_payment
from billing.services.recovery import key_of
from billing.services.replay import replay_invoice
from billing.services.reporting.control_report import read_invariants
from billing.services.vendor_settling import list_disputes, resolve_dispute
from billing.store import dump
from billing.store.doctor import examine
from billing.store.install import prepare
from billing.store.keys import derive_secret
from billing.store.migrate import migrate, newest, shipped, status
from billing.store.profiles import EMBEDDED_DATABASE, Profile
from billing.store.session import Session, sign_in
from tests.support.catalogue import columns_of, fingerprint, schema_statements
from tests.support.people import ADMIN, PASSWORD
from tests.support.pg import throwaway_cluster

DATA = Path(__file__).resolve().parents[2] / "data"
KEPT = sorted(DATA.glob("schema-*.misbackup"))
# The program's own record of its files grows with every one of them.
_GROWS = {"app.schema_versions"}


@dataclass(frozen=True, slots=True)
class Migrated:
    """A kept workspace, brought to the newest schema, with what its tables held before and after."""

    admin: Administrator
    profile: Profile
    key: bytes
    before: dict[str, tuple[int, str]]
    after: dict[str, tuple[int, str]]
    applied: list[int]
    version: int

    def sign_in(self, email: str) -> Session:
        secret = derive_secret(self.key, self.profile.workspace_id, email, PASSWORD)
        return sign_in(self.profile, email, secret)


@pytest.fixture(scope="module", params=KEPT, ids=lambda path: path.stem)
def migrated(request: pytest.FixtureRequest) -> Iterator[Migrated]:
    source: Path = request.param
    manifest = read_manifest(source)
    key = key_of(Path(), manifest.workspace_id, source.with_suffix(".kit.txt").read_text(encoding="utf-8"))
    assert key is not None
    with throwaway_cluster() as cluster:
        admin = Administrator(cluster.address.host, cluster.address.port, cluster.user, cluster.password)
        logins = _load(admin, source)
        with dump.snapshot(admin, EMBEDDED_DATABASE) as (_, cursor):
            columns = {table: columns_of(cursor, table) for table in manifest.contents.rows}
            before = {table: fingerprint(cursor, table, names) for table, names in columns.items()}
        applied = migrate(admin, EMBEDDED_DATABASE)
        with dump.snapshot(admin, EMBEDDED_DATABASE) as (_, cursor):
            after = {table: fingerprint(cursor, table, names) for table, names in columns.items()}
        assert dump.restore_logins(admin, EMBEDDED_DATABASE, logins) == []
        profile = Profile(manifest.workspace_id, manifest.name, "embedded", EMBEDDED_DATABASE)
        reached = profile.at(admin.host, admin.port)
        yield Migrated(admin, reached, key, before, after, applied, manifest.schema)


def _load(admin: Administrator, source: Path) -> list[dump.Login]:
    prepare(admin, EMBEDDED_DATABASE)
    with tempfile.TemporaryDirectory() as scratch, zipfile.ZipFile(source) as whole:
        dump.load(admin, EMBEDDED_DATABASE, Path(whole.extract("database.dump", scratch)))
        return [dump.Login(**one) for one in json.loads(whole.read("logins.json"))]


def test_releases_are_kept() -> None:
    assert {"schema-0051", "schema-0111"} <= {path.stem for path in KEPT}


def test_all_later_files_are_applied_once_in_order(migrated: Migrated) -> None:
    assert migrated.applied == [one.version for one in shipped() if one.version > migrated.version]
    assert migrate(migrated.admin, EMBEDDED_DATABASE) == []
    assert status(migrated.admin, EMBEDDED_DATABASE) == (newest(), newest())


def test_every_row_is_what_it_was(migrated: Migrated) -> None:
    assert sum(rows for rows, _ in migrated.before.values()) > 100
    for table in ("app.trip_charges", "app.invoices", "app.invoice_lines", "app.billing_runs", "audit.events"):
        assert migrated.before[table][0], table
    assert {t: v for t, v in migrated.after.items() if t not in _GROWS} == {
        t: v for t, v in migrated.before.items() if t not in _GROWS
    }


def test_the_schema_is_that_of_a_new_installation(migrated: Migrated, workspace: Profile) -> None:
    from billing.services.workspace import owner_of

    admin = migrated.admin
    wanted = schema_statements(admin, _copied(owner_of(workspace), workspace.database, admin, "fresh"))
    found = schema_statements(admin, _copied(admin, EMBEDDED_DATABASE, admin, "migrated"))
    assert [one for one in wanted if one not in found] == [], "missing after the migration"
    assert [one for one in found if one not in wanted] == [], "left over by the migration"
    assert len(wanted) > 500


def _copied(source: Administrator, database: str, target: Administrator, name: str) -> str:
    """The database dumped and restored: PostgreSQL writes some expressions anew by that, on both sides alike."""
    prepare(target, name)
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "dump"
        with dump.snapshot(source, database) as (snapshot, _):
            dump.dump(source, database, file, snapshot)
        dump.load(target, name, file)
    return name


def test_the_doctor_finds_nothing_and_the_audit_chains_hold(migrated: Migrated) -> None:
    # the tests' servers do not wait for the disk
    assert [one for one in examine(migrated.admin, EMBEDDED_DATABASE) if one.code != "UNSAFE_DISK"] == []
    with migrated.sign_in(ADMIN) as session:
        report = verify(session)
    assert report.clean, report
    assert len(report.chains) == 1 + migrated.before["app.clients"][0]


def test_people_work_on_as_before(migrated: Migrated) -> None:
    with migrated.sign_in("client.admin1@example.com") as session:
        (run,) = run_bill(session, month=date(2026, 9, 1)).runs
        assert run.state in ("unchanged", "refused"), "its invoice is issued"
        (again,) = preview_bill(session, month=date(2026, 9, 1)).runs
        assert again.figures is not None
        (invoice,) = list_invoices(session)
        assert (invoice.status, invoice.total) == ("ISSUED", again.figures.total)
    with migrated.sign_in("vendor.admin1@example.com") as session, session.unit_of_work() as uow:
        assert len(uow.clients.find()) == 1
    with migrated.sign_in("viewer1@example.com") as session, session.unit_of_work() as uow:
        assert len(uow.clients.find()) == 1


def test_papers_payments_and_disputes_work_on(migrated: Migrated) -> None:
    """The third client of the workspaces kept since 0111 (tests/support/kept_workspace.py)."""
    if migrated.version < 111:
        pytest.skip("kept before there were notes and payments")
    with migrated.sign_in("client.admin3@example.com") as session:
        assert [one.check.title for one in read_invariants(session) if one.wrong] == []
        issued = list_invoices(session, status="ISSUED")
        assert sorted(one.doc_type for one in issued) == ["CREDIT_NOTE", "CREDIT_NOTE", "INVOICE"]
        for one in issued:
            assert replay_invoice(session, invoice=str(one.invoice_id)).is_same, one.number
        (old, *_), receipts = read_openings(session).invoices, list_receipts(session)
        assert old.open_amount == 400_00
        assert [one.reversed_at is None for one in receipts].count(True) == 1
        reverse_payment(session, "UTR1", reason="The bank sent it back")
        assert {one.number for one in issued if one.doc_type == "INVOICE"} <= {one.number for one in list_open(session)}
        (dispute,) = list_disputes(session)
        resolve_dispute(session, str(dispute.id), "OURS", reason="Not driven")
        (closed,) = run_bill(session, month=date(2026, 8, 1)).runs
        assert closed.state == "refused"


def test_two_programs_that_migrate_at_once_apply_each_file_once(tmp_path: Path) -> None:
    done: list[list[int]] = []

    def run(admin: Administrator) -> Callable[[], None]:
        return lambda: done.append(migrate(admin, EMBEDDED_DATABASE))

    with throwaway_cluster() as cluster:
        admin = Administrator(cluster.address.host, cluster.address.port, cluster.user, cluster.password)
        _load(admin, KEPT[0])
        threads = [threading.Thread(target=run(admin)) for _ in range(3)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        stored: Any
        with dump.snapshot(admin, EMBEDDED_DATABASE) as (_, cursor):
            cursor.execute("SELECT version, sha256 FROM app.schema_versions ORDER BY 1")
            stored = cursor.fetchall()
    assert stored == [(one.version, one.sha256) for one in shipped()]
    assert sorted(done, key=len)[:2] == [[], []], "whoever came first did it all"
