"""A workspace moves to a shared server over verified TLS and comes back: data, passwords and audit trail come along."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from billing.errors import ConflictError, NotAllowedError, RefusedError, UnavailableError
from billing.services import move
from billing.services.audit import verify
from billing.services.backup import restore
from billing.services.billing import run_bill
from billing.services.move import to_embedded, to_shared
from billing.services.workspace import open_session, owner_of, release_server
from billing.store import dump
from billing.store.administration import administrator
from billing.store.profiles import Profile, load_profiles
from billing.store.session import Session
from moveinsync_desktop.cli import main
from tests.support.people import ADMIN, PASSWORD
from tests.support.shared import Shared, let_pooler_in

KEPT = Path(__file__).resolve().parents[2] / "data" / "schema-0051.misbackup"
CLIENT_ADMIN = "client.admin1@example.com"


@pytest.fixture
def filled(home: Path) -> Iterator[Profile]:
    """An embedded workspace with invoices, users of every role and audit chains."""
    made = restore(home, KEPT, kit=KEPT.with_suffix(".kit.txt").read_text(encoding="utf-8"))
    yield made.profile
    release_server(home)


@pytest.fixture
def database(server: Shared) -> Iterator[str]:
    """A name on the shared server; users' logins are removed with the database."""
    yield "moved"
    with administrator(server.admin, autocommit=True) as link, link.cursor() as cursor:
        cursor.execute("DROP DATABASE IF EXISTS moved WITH (FORCE)")
        cursor.execute("SELECT rolname FROM pg_roles WHERE rolname ~ '^mis_u_'")
        for (role,) in cursor.fetchall():
            cursor.execute(f"DROP ROLE {role}")


def moved_there(server: Shared, profile: Profile, database: str) -> move.Moved:
    made = to_shared(profile, server.admin, database, pooler=server.pooler)
    if server.pooler:
        let_pooler_in(server.folder / "pooler", server.admin, database, server.users_port)
    return made


def signed_in(home: Path, email: str) -> Session:
    return open_session(home, email=email, password=PASSWORD)


def test_there_and_back(server: Shared, filled: Profile, database: str) -> None:
    with dump.snapshot(owner_of(filled), filled.database) as (_, cursor):
        before = dump.contents(cursor)
    made = moved_there(server, filled, database)
    assert made.contents == before
    assert made.contents.totals["trip_charges_paise"] > 0
    assert made.without_login == []
    (profile,) = load_profiles(filled.home)
    assert (profile.kind, profile.workspace_id, profile.on_loopback) == ("shared", filled.workspace_id, False)
    assert (Path(made.kept) / "data" / "PG_VERSION").exists(), "the source is kept"
    with signed_in(filled.home, CLIENT_ADMIN) as session:
        assert session.profile.host == profile.host
        assert {one.state for one in run_bill(session, month=date(2026, 9, 1)).runs} <= {"unchanged", "refused"}
    with signed_in(filled.home, ADMIN) as session:
        report = verify(session)
        assert report.clean, report
    back = to_embedded(profile, server.admin)
    assert back.without_login == []
    assert back.contents.totals == before.totals
    (again,) = load_profiles(filled.home)
    assert again == filled
    with signed_in(filled.home, CLIENT_ADMIN) as session, session.unit_of_work() as uow:
        assert len(uow.clients.find()) == 1
    with signed_in(filled.home, ADMIN) as session:
        assert verify(session).clean
    # through a pooler it takes a moment, and the pooler does not hand the reason on
    with pytest.raises(UnavailableError if server.pooler else NotAllowedError):
        open_session(filled.home, profile=profile, email=ADMIN, password=PASSWORD)
    with pytest.raises(ConflictError) as refused:
        to_shared(again, server.admin, database)
    assert refused.value.code == "DATABASE_IN_USE"


def test_what_arrives_different_changes_nothing(
    server: Shared, filled: Profile, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose_a_trip(admin: object, name: str, source: Path) -> None:
        load(admin, name, source)  # type: ignore[arg-type]
        with administrator(server.admin, name) as link, link.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("DELETE FROM app.trip_riders WHERE seq = (SELECT max(seq) FROM app.trip_riders)")

    load = dump.load
    monkeypatch.setattr(dump, "load", lose_a_trip)
    with pytest.raises(RefusedError) as refused:
        to_shared(filled, server.admin, database)
    assert refused.value.code == "BACKUP_DIFFERS"
    assert dump.is_empty(server.admin, database)
    assert load_profiles(filled.home) == [filled]
    with signed_in(filled.home, ADMIN):
        pass


def test_commands(
    server: Shared,
    filled: Profile,
    database: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    admin = server.admin
    release_server(filled.home)
    for name, value in (("HOST", admin.host), ("PORT", admin.port), ("USER", admin.user), ("PASSWORD", admin.password)):
        monkeypatch.setenv(f"DB_{name}", str(value))
    monkeypatch.setenv("DB_NAME", database)
    monkeypatch.setenv("DB_CA_FILE", str(server.ca))
    assert main(["db", "move", "--to-embedded", "--json"]) == 2
    assert "already" in json.loads(capsys.readouterr().out)["error"]["message"]
    pooler = ["--pooler", f"{server.pooler[0]}:{server.pooler[1]}"] if server.pooler else []
    assert main(["db", "move", "--to-shared", *pooler, "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert (made["kind"], made["without_login"]) == ("shared", [])
    if server.pooler:
        let_pooler_in(server.folder / "pooler", admin, database, server.users_port)
    month_end(filled.home.parent, monkeypatch)
    capsys.readouterr()
    assert main(["db", "move", "--to-embedded", "--json"]) == 0
    back = json.loads(capsys.readouterr().out)
    assert back["kind"] == "embedded"
    assert back["trip_charges_paise"] > made["trip_charges_paise"], "October was billed meanwhile"


def month_end(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Import, run, issue and export in one go, over verified TLS."""
    monkeypatch.setenv("MOVEINSYNC_PASSWORD", PASSWORD)
    monkeypatch.setenv("MOVEINSYNC_USER", CLIENT_ADMIN)
    lines = [f"O-{n},2026-10-{n:02} 09:00,2026-10-{n:02} 09:40,{10 + n}" for n in range(1, 9)]
    sheet = folder / "october.csv"
    sheet.write_text("\n".join(["Trip ID,Start,End,Distance km", *lines]), encoding="utf-8")
    words = ["month-end", "--client", "CL0001", "--vendor", "VN0001", "--month", "2026-10", "--trips", str(sheet)]
    assert main([*words, "--out", str(folder / "out")]) == 0
    assert {path.suffix for path in (folder / "out").iterdir()} >= {".xlsx"}
