"""Slips of an earlier web version of this system, each kept from coming back (SECURITY.md (b) 2, 16, 26)."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from billing.store.errors import translate
from billing.store.session import Session
from moveinsync_desktop.messages import describe
from tests.support.hostile import Psql
from tests.support.people import ADMIN, Pair, People

ROOT = Path(__file__).parents[3]
OWN = ("billing/", "moveinsync_desktop/", "resources/", "scripts/", "start.py", "docs/", ".ci/")


def _files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    return [ROOT / name for name in listed if (ROOT / name).is_file()]


def _texts(*prefixes: str) -> dict[str, str]:
    found = {}
    for path in _files():
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(prefixes):
            try:
                found[name] = path.read_text("utf-8")
            except UnicodeDecodeError:
                continue  # fonts, pictures
    return found


def test_no_default_secret_stands_in_the_code() -> None:
    """Keys are random per database (R10): nothing that looks like a signing secret has a value in the source."""
    pattern = re.compile(r"(?i)\b(jwt_?secret|secret_?key|signing_?key|workspace_key)\s*[:=]\s*[\"'][^\"']{6,}[\"']")
    found = [f"{name}: {match[0]}" for name, text in _texts(*OWN).items() for match in pattern.finditer(text)]
    assert found == []


def test_two_workspaces_never_share_a_key(root: Any) -> None:
    root.execute("SELECT count(DISTINCT inner_pad), count(*), min(length(inner_pad)) FROM private.signing_key")
    distinct, keys, length = root.fetchone()
    assert distinct == keys
    assert length == 64


def test_nobody_is_made_by_itself(root: Any) -> None:
    """No admin@client.com: every user was made by the founder or by a super admin, and the founder was named."""
    root.execute("SELECT email FROM auth.users WHERE created_by IS NULL")
    assert root.fetchall() == [(ADMIN,)]
    text = "\n".join(_texts("billing/", "resources/sql/", "moveinsync_desktop/").values())
    assert "admin@client.com" not in text


def test_no_token_key_or_profile_is_in_the_repository() -> None:
    names = [path.relative_to(ROOT).as_posix() for path in _files()]
    bad = [
        name
        for name in names
        if re.search(r"(?i)(\.env$|token(s)?$|\.jwt$|\.pem$|\.key$|credentials|\.pgpass|id_rsa)", name)
    ]
    assert [name for name in bad if not name.endswith((".py", ".md", ".sql", ".svg"))] == []
    jwt = re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,}")
    assert [name for name, text in _texts("", "tests/").items() if jwt.search(text)] == []


def test_a_client_is_never_believed_from_outside(attacker: Psql, pair: Pair) -> None:
    """No X-Client-ID: whatever setting a session makes up, the client is that of the verified user."""
    for name in ("mis.client_id", "app.client_id", "request.client", "mis.role", "mis.user", "role.client"):
        attacker.run("SELECT set_config(%s, %s, false)", name, "00000000-0000-0000-0000-000000000001")
    assert attacker.run("SELECT auth.client_id()") == [(str(pair.client_id),)]


def test_those_without_a_client_are_not_stopped_for_it(people: People, pair: Pair) -> None:
    """A SUPER_ADMIN has no client and a vendor's user needs none: both work."""
    from billing.services.users import set_role
    from billing.services.workspace import reach
    from billing.store.session import sign_in

    boss, vendor = people.sign_in("SUPER_ADMIN"), people.sign_in("VENDOR_ADMIN", pair)
    set_role(people.super_admin, email=vendor.email, role="VENDOR_ADMIN", vendor_id=pair.vendor_id)
    free = sign_in(reach(people.profile), vendor.email, people.secret_of(vendor.email))
    try:
        for session in (boss, free):
            assert session.client_id is None
            with session.unit_of_work() as uow:
                assert pair.client_id in {one.id for one in uow.clients.find()}
    finally:
        free.close()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 / 0",
        "SELECT * FROM app.no_such_table",
        "SELECT 'secret'::int",
        "INSERT INTO app.employees (client_id, code, name) VALUES ('{client}', repeat('x', 500), 'secret')",
        "SELECT api.issue_invoice('{client}', uuidv7(), ARRAY['secret'], 'words')",
        "UPDATE app.trips SET distance_m = -1 WHERE external_ref = 'secret'",
        "SELECT pg_read_file('/etc/passwd')",
    ],
)
def test_an_error_says_neither_sql_nor_values(sql: str, attacker: Psql, pair: Pair) -> None:
    """What reaches a dialog is our sentence; the driver's text, the statement and its values do not ((b) 16)."""
    try:
        attacker.run(sql.replace("{client}", str(pair.client_id)))
    except psycopg2.Error as error:
        said = " ".join(describe(translate(error)))
        for word in ("secret", "SELECT", "INSERT", "app.", "passwd", "xxx", str(pair.client_id), "psycopg2"):
            assert word not in said, said


def test_wrong_passwords_cannot_be_counted_away(root: Any, client_admin: Session) -> None:
    """There is no counter in the database that a rollback would undo: the server itself waits ((b) 2, R13)."""
    root.execute(
        "SELECT a.attrelid::regclass::text || '.' || a.attname FROM pg_attribute a"
        " JOIN pg_class c ON c.oid = a.attrelid AND c.relnamespace IN ('app'::regnamespace, 'auth'::regnamespace)"
        " WHERE a.attname ~ '(attempt|failed|lock_?out)'"
    )
    assert root.fetchall() == []
    root.execute("SHOW shared_preload_libraries")
    assert "auth_delay" in root.fetchone()[0]
