"""The audit chain: what is told of, that tampering is found, and who may read it (SECURITY.md (d), (c) 18)."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg2
import pytest

from billing.errors import BadInputError, NotAllowedError
from billing.schemas.audit import WORKSPACE_CHAIN, AuditFilter
from billing.schemas.ids import new_id
from billing.schemas.parties import Employee
from billing.schemas.trips import TripRecord
from billing.services import anchors as anchor_files
from billing.services import audit as subject
from billing.store.session import Session
from tests.support.hostile import Psql
from tests.support.people import Pair, People


def _add(session: Session, pair: Pair, *codes: str) -> None:
    with session.unit_of_work() as uow:
        uow.employees.add([Employee(id=new_id(), client_id=pair.client_id, code=code, name="Asha") for code in codes])
        uow.commit()


def _chain_of(report: Any, chain: UUID) -> Any:
    return next(one for one in report.chains if one.chain == chain)


def test_a_change_is_told_with_who_and_what(client_admin: Session, pair: Pair) -> None:
    _add(client_admin, pair, "E1")
    with client_admin.unit_of_work() as uow:
        seen = uow.employees.find(code="E1")[0]
        uow.employees.update(replace(seen, name="Asha Rao"))
        uow.commit()
    changed, added = subject.read_history(client_admin, client_id=pair.client_id, entity="employee", entity_id=seen.id)
    assert (changed.action, changed.before, changed.after) == ("UPDATE", {"name": "Asha"}, {"name": "Asha Rao"})
    assert (added.action, added.before) == ("INSERT", None)
    assert added.after is not None
    assert added.after["code"] == "E1"
    assert changed.actor == client_admin.email
    assert changed.seq == added.seq + 1
    assert changed.db_user.startswith("mis_u_")


def test_what_is_rolled_back_is_not_told(client_admin: Session, pair: Pair) -> None:
    with client_admin.unit_of_work() as uow:
        uow.employees.add([Employee(id=new_id(), client_id=pair.client_id, code="E2", name="")])
    assert subject.read_entries(client_admin, wanted=AuditFilter(entity="employee")) == []


def test_sign_in_and_out_are_told(people: People, pair: Pair) -> None:
    people.sign_in("VIEWER", pair).close()
    admin = people.sign_in("CLIENT_ADMIN", pair)
    actions = [one.action for one in subject.read_entries(admin, wanted=AuditFilter(entity="user"))]
    assert actions.count("SIGN_IN") == 2
    assert actions.count("SIGN_OUT") == 1


def test_all_chains_are_clean(super_admin: Session, client_admin: Session, pair: Pair) -> None:
    _add(client_admin, pair, "E1", "E2", "E3")
    report = subject.verify(super_admin)
    assert report.clean
    assert {WORKSPACE_CHAIN, pair.client_id} <= {one.chain for one in report.chains}
    own = _chain_of(report, pair.client_id)
    assert own.entries == own.head_seq >= 3


def test_the_hash_does_not_depend_on_the_time_zone(
    people: People, client_admin: Session, psql: Callable[..., Psql]
) -> None:
    shell = psql(people.sign_in("SUPER_ADMIN"))
    for zone in ("UTC", "Asia/Kolkata", "America/New_York"):
        shell.run("SELECT set_config('timezone', %s, false)", zone)
        shell.run("SELECT set_config('datestyle', 'German', false)")
        assert shell.run("SELECT count(*) FROM api.verify_audit() WHERE problem IS NOT NULL") == [(0,)]


@contextmanager
def _tampering(root: Any, chain: UUID) -> Iterator[Any]:
    """As a superuser who switches the triggers off; afterwards everything is as it was."""
    root.execute("SET session_replication_role = replica")
    root.execute("CREATE TEMPORARY TABLE kept AS SELECT * FROM audit.events WHERE chain = %s", (str(chain),))
    root.execute("CREATE TEMPORARY TABLE kept_head AS SELECT * FROM audit.heads WHERE chain = %s", (str(chain),))
    try:
        yield root
    finally:
        root.execute("DELETE FROM audit.events WHERE chain = %s", (str(chain),))
        root.execute("DELETE FROM audit.heads WHERE chain = %s", (str(chain),))
        root.execute("INSERT INTO audit.events SELECT * FROM kept")
        root.execute("INSERT INTO audit.heads SELECT * FROM kept_head")
        root.execute("DROP TABLE kept, kept_head")
        root.execute("SET session_replication_role = origin")


@pytest.mark.parametrize(
    ("tamper", "problem", "first_bad"),
    [
        ("UPDATE audit.events SET reason = 'x' WHERE chain = %(chain)s AND seq = 3", "CHANGED", 3),
        (
            "UPDATE audit.events SET at = at + interval '1 microsecond' WHERE chain = %(chain)s AND seq = 3",
            "CHANGED",
            3,
        ),
        ("UPDATE audit.events SET actor = NULL WHERE chain = %(chain)s AND seq = 3", "CHANGED", 3),
        ("DELETE FROM audit.events WHERE chain = %(chain)s AND seq = 3", "REMOVED", 4),
        ("DELETE FROM audit.events WHERE chain = %(chain)s AND seq = 1", "REMOVED", 2),
        (
            "UPDATE audit.events SET hash = decode(repeat('00', 32), 'hex') WHERE chain = %(chain)s AND seq = 3",
            "CHANGED",
            3,
        ),
        ("DELETE FROM audit.events WHERE chain = %(chain)s AND seq > 3", "HEAD", 3),
        ("UPDATE audit.heads SET seq = seq + 1 WHERE chain = %(chain)s", "HEAD", None),
        ("DELETE FROM audit.events WHERE chain = %(chain)s", "HEAD", 0),
    ],
)
def test_tampering_is_found(
    super_admin: Session, client_admin: Session, pair: Pair, root: Any, tamper: str, problem: str, first_bad: int | None
) -> None:
    _add(client_admin, pair, *(f"E{n}" for n in range(6)))
    with _tampering(root, pair.client_id) as cursor:
        cursor.execute(tamper, {"chain": str(pair.client_id)})
        found = _chain_of(subject.verify(super_admin), pair.client_id)
        assert found.problem == problem
        assert first_bad in (None, found.first_bad)
    assert subject.verify(super_admin).clean


def test_a_whole_rewrite_is_found_by_an_anchor_alone(
    super_admin: Session, client_admin: Session, pair: Pair, root: Any, tmp_path: Path
) -> None:
    _add(client_admin, pair, "E1", "E2")
    anchor_file = tmp_path / "anchors.jsonl"
    assert anchor_files.write_anchor(super_admin, anchor_file) >= 2
    anchors = anchor_files.read_anchors(super_admin, anchor_file)
    assert subject.verify(super_admin, anchors=anchors).clean
    with _tampering(root, pair.client_id) as cursor:
        cursor.execute(_REWRITE.replace("CHAIN", str(pair.client_id)))
        assert subject.verify(super_admin).clean, "the chain alone cannot tell"
        report = subject.verify(super_admin, anchors=anchors)
        assert not report.clean
        assert _chain_of(report, pair.client_id).problem == "ANCHOR"


# What a superuser could do: change an entry and compute every hash after it anew.
_REWRITE = """
DO $$
DECLARE
    e audit.events;
    last bytea := decode(repeat('00', 32), 'hex');
BEGIN
    FOR e IN SELECT * FROM audit.events WHERE chain = 'CHAIN' ORDER BY seq LOOP
        e.reason := 'never happened';
        e.prev := last;
        e.hash := audit.entry_hash(e);
        UPDATE audit.events SET reason = e.reason, prev = e.prev, hash = e.hash WHERE chain = e.chain AND seq = e.seq;
        last := e.hash;
    END LOOP;
    UPDATE audit.heads SET hash = last WHERE chain = 'CHAIN';
END $$"""


def test_an_independent_reader_verifies_an_export(
    super_admin: Session, client_admin: Session, pair: Pair, tmp_path: Path
) -> None:
    _add(client_admin, pair, "E1", 'हिन्दी "quoted" \\ line\nbreak')
    export, anchors = tmp_path / "chain.jsonl", tmp_path / "anchors.jsonl"
    count = subject.export_chain(super_admin, export, client=pair.client.code)
    script = tmp_path / subject.VERIFIER
    anchor_files.write_anchor(super_admin, anchors)

    def check(*more: Path) -> int:
        return subprocess.run([sys.executable, script, export, *more], check=False, capture_output=True).returncode

    assert count >= 2
    assert check() == check(anchors) == 0
    lines = export.read_text(encoding="utf-8").splitlines()
    for broken in ([*lines[:1], *lines[2:]], [*lines[:-1], lines[-1].replace("Asha", "Usha")], list(reversed(lines))):
        export.write_text("\n".join(broken) + "\n", encoding="utf-8")
        assert check() == 1
    export.write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")
    assert check() == 0, "a cut-off end is seen by an anchor only"
    assert check(anchors) == 1
    export.write_text("no json", encoding="utf-8")
    assert check() == 2


def test_a_write_that_cannot_be_told_of_is_undone(root: Any, client_admin: Session, pair: Pair) -> None:
    _add(client_admin, pair, "E1")
    root.execute("BEGIN")
    root.execute("ALTER TABLE audit.events ADD CONSTRAINT full_disk CHECK (false) NOT VALID")
    root.execute("UPDATE app.employees SET name = 'x' WHERE client_id = %s", (str(pair.client_id),))
    with pytest.raises(psycopg2.Error):
        root.execute("COMMIT")
    root.execute("SELECT name FROM app.employees WHERE client_id = %s", (str(pair.client_id),))
    assert root.fetchall() == [("Asha",)]


def test_users_cannot_get_around_it(attacker: Psql, pair: Pair, client_admin: Session) -> None:
    for sql in (
        "SET session_replication_role = replica",
        "ALTER TABLE app.employees DISABLE TRIGGER zz_audit",
        "INSERT INTO audit.queue (chain, action, entity) VALUES (uuidv7(), 'X', 'x')",
        "DELETE FROM audit.queue",
        "UPDATE audit.heads SET seq = 0",
        "SELECT audit.append()",
    ):
        assert attacker.state_of(sql) == "42501", sql
    attacker.run("BEGIN")
    attacker.run("SET CONSTRAINTS ALL IMMEDIATE")
    attacker.run("INSERT INTO app.employees (client_id, code) VALUES (%s, 'E7')", str(pair.client_id))
    attacker.run("SET CONSTRAINTS ALL DEFERRED")
    attacker.run("COMMIT")
    (told,) = subject.read_entries(client_admin, wanted=AuditFilter(entity="employee"))
    assert told.after is not None
    assert told.after["code"] == "E7"


def test_two_writers_share_one_chain_without_a_gap(people: People, pair: Pair, super_admin: Session) -> None:
    writers = [people.sign_in("CLIENT_ADMIN", pair) for _ in range(2)]

    def work(session: Session, name: str) -> None:
        for number in range(10):
            _add(session, pair, f"{name}{number}")

    threads = [threading.Thread(target=work, args=(one, name)) for one, name in zip(writers, "AB", strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report = subject.verify(super_admin, client=pair.client.code)
    assert report.clean
    told = subject.read_entries(writers[0], wanted=AuditFilter(entity="employee", action="INSERT"))
    assert len(told) == 20


def test_who_may_read_and_verify(people: People, pair: Pair, client_admin: Session, super_admin: Session) -> None:
    other = people.new_pair()
    assert subject.read_entries(client_admin)
    assert subject.read_entries(super_admin, client=pair.client.code)
    assert subject.read_entries(super_admin, client="workspace")
    with pytest.raises(NotAllowedError):
        subject.read_history(client_admin, client_id=other.client_id, entity="client", entity_id=other.client_id)
    with pytest.raises(NotAllowedError):
        subject.read_history(client_admin, client_id=None, entity="vendor", entity_id=other.vendor_id)
    with pytest.raises(NotAllowedError):
        subject.verify(client_admin)
    for role in ("VIEWER", "VENDOR_ADMIN"):
        session = people.sign_in(role, pair)
        with pytest.raises(NotAllowedError):
            subject.read_history(session, client_id=pair.client_id, entity="client", entity_id=pair.client_id)


def test_pages_of_entries_go_back_in_time(client_admin: Session, pair: Pair) -> None:
    _add(client_admin, pair, *(f"E{n}" for n in range(5)))
    first = subject.read_entries(client_admin, limit=3)
    second = subject.read_entries(client_admin, limit=3, before=first[-1].seq)
    seqs = [one.seq for one in (*first, *second)]
    assert seqs == sorted(seqs, reverse=True)
    assert len(set(seqs)) == 6


def test_a_missing_trigger_is_told(super_admin: Session, root: Any) -> None:
    root.execute("ALTER TABLE app.vehicles DISABLE TRIGGER zz_audit")
    try:
        assert subject.verify(super_admin).gaps == ("app.vehicles",)
    finally:
        root.execute("ALTER TABLE app.vehicles ENABLE TRIGGER zz_audit")
    assert subject.verify(super_admin).gaps == ()


def test_a_file_that_is_no_anchor_is_refused(tmp_path: Path, super_admin: Session) -> None:
    target = tmp_path / "x.jsonl"
    for text, code in (("{}\n", "BAD_ANCHOR"), ("", "OTHER_WORKSPACE"), (json.dumps([1]) + "\n", "BAD_ANCHOR")):
        target.write_text(text)
        with pytest.raises(BadInputError) as refused:
            anchor_files.read_anchors(super_admin, target)
        assert refused.value.code == code


def test_an_anchor_is_signed_and_written_once_a_day(super_admin: Session, tmp_path: Path) -> None:
    target = tmp_path / "anchors.jsonl"
    assert anchor_files.write_daily(super_admin, target) >= 1
    assert anchor_files.write_daily(super_admin, target) == 0
    lines = target.read_text(encoding="utf-8").splitlines()
    yesterday = [line.replace(json.loads(line)["written_at"][:10], "2026-01-01") for line in lines]
    target.write_text("\n".join(yesterday) + "\n", encoding="utf-8")
    assert anchor_files.write_daily(super_admin, target) >= 1
    with pytest.raises(BadInputError) as refused:
        anchor_files.read_anchors(super_admin, target)
    assert (refused.value.code, refused.value.where) == ("FORGED_ANCHOR", "anchors.jsonl, line 1")
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert subject.verify(super_admin, anchors=anchor_files.read_anchors(super_admin, target)).clean


def test_an_entry_is_recognised_by_what_paper_prints(client_admin: Session, viewer: Session, pair: Pair) -> None:
    _add(client_admin, pair, "E1")
    head = subject.head(viewer)
    assert head is not None
    printed = " ".join(head.hash[at : at + 4] for at in range(0, 16, 4))
    assert subject.has_entry(client_admin, seq=head.seq, digits=printed.upper())
    assert not subject.has_entry(client_admin, seq=head.seq - 1, digits=printed)
    with pytest.raises(BadInputError, match="16 to 64"):
        subject.has_entry(client_admin, seq=head.seq, digits=head.hash[:8])
    with pytest.raises(NotAllowedError):
        subject.has_entry(viewer, seq=head.seq, digits=printed)


def _add_trips(session: Session, pair: Pair, count: int) -> list[UUID]:
    now = datetime.now(UTC).replace(microsecond=0)
    trips = [
        TripRecord(
            client_id=pair.client_id, id=new_id(), vendor_id=pair.vendor_id, start_time=now - timedelta(hours=1),
            end_time=now, distance_m=1000, external_ref=f"A{number}",
        )
        for number in range(count)
    ]  # fmt: skip
    with session.unit_of_work() as uow:
        uow.trip_inserts.add(trips)
        uow.commit()
    return [trip.id for trip in trips]


def test_a_corrected_trip_is_told_with_before_and_after(attacker: Psql, client_admin: Session, pair: Pair) -> None:
    """Whoever changes kilometres with psql is in the log like everybody else."""
    trip, _other = _add_trips(client_admin, pair, 2)
    assert attacker.changed("UPDATE app.trips SET distance_m = 9999, zone = 'North' WHERE id = %s", str(trip)) == 1
    assert attacker.changed("UPDATE app.trips SET distance_m = distance_m WHERE id = %s", str(trip)) == 1
    (told,) = subject.read_history(client_admin, client_id=pair.client_id, entity="trip", entity_id=trip)
    assert (told.before, told.after) == (
        {"distance_m": 1000, "zone": None},
        {"distance_m": 9999, "zone": "North"},
    )
    assert told.actor == client_admin.email


def test_many_corrected_trips_are_told_in_one_entry(attacker: Psql, client_admin: Session, pair: Pair) -> None:
    _add_trips(client_admin, pair, 101)
    assert attacker.changed("UPDATE app.trips SET distance_m = 2000") == 101
    (told,) = subject.read_entries(client_admin, wanted=AuditFilter(entity="trip"))
    assert told.before == {"distance_m": 101_000}
    assert told.after is not None
    assert (told.after["trips"], told.after["distance_m"]) == (101, 202_000)
    assert len(told.after["ids_sha256"]) == 64
