"""Tokens: whatever is not exactly what this database signed for this login gives no row (SECURITY.md (a) 5)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest

from billing.store.session import Session
from tests.support.hostile import Psql, Victim
from tests.support.people import Pair, People

COUNT = "SELECT count(*) FROM app.clients"


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _parts(token: str) -> tuple[dict[str, Any], dict[str, Any], bytes]:
    header, claims, mac = (base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split("."))
    return json.loads(header), json.loads(claims), mac


def _key(root: Any) -> bytes:
    """The signing key, from its inner pad: what a thief of the database's files would have."""
    root.execute("SELECT inner_pad FROM private.signing_key WHERE retired_at IS NULL")
    return bytes(octet ^ 0x36 for octet in bytes(root.fetchone()[0])[:32])


def _signed(header_part: str, claims: dict[str, Any], key: bytes) -> str:
    text = f"{header_part}.{_b64(json.dumps(claims).encode())}"
    return f"{text}.{_b64(hmac.digest(key, text.encode(), hashlib.sha256))}"


def test_the_token_is_an_hs256_jwt_of_sixty_minutes(client_admin: Session, pair: Pair, root: Any) -> None:
    header, claims, mac = _parts(client_admin.token)
    assert header["alg"] == "HS256"
    assert header["typ"] == "JWT"
    assert claims["exp"] - claims["iat"] == 3600
    assert claims["role"] == "CLIENT_ADMIN"
    assert claims["client_id"] == str(pair.client_id)
    assert claims["aud"] == str(client_admin.profile.workspace_id)
    signed = client_admin.token.rpartition(".")[0].encode()
    assert mac == hmac.digest(_key(root), signed, hashlib.sha256)


def test_without_a_token_nothing_is_seen(client_admin: Session, psql: Callable[..., Psql]) -> None:
    shell = psql(client_admin, token="")
    for table in ("clients", "trips", "settings", "gst_rates", "workspace"):
        assert shell.run(f"SELECT count(*) FROM app.{table}") == [(0,)], table
    assert shell.run("SELECT count(*) FROM auth.users") == [(0,)]
    shell.run("RESET mis.jwt")
    assert shell.run(COUNT) == [(0,)]


def test_plain_settings_say_nothing(client_admin: Session, psql: Callable[..., Psql], victim: Victim) -> None:
    shell = psql(client_admin, token="")
    for name in ("mis.client_id", "mis.role", "app.client_id", "request.jwt.claims"):
        shell.run("SELECT set_config(%s, %s, false)", name, str(victim.pair.client_id))
    assert shell.run(COUNT) == [(0,)]


def test_forged_tokens_give_no_row(client_admin: Session, psql: Callable[..., Psql], victim: Victim, root: Any) -> None:
    header_part, claims_part, mac_part = client_admin.token.split(".")
    header, claims, _ = _parts(client_admin.token)
    other = {**claims, "client_id": str(victim.pair.client_id)}
    key = _key(root)
    none = _b64(json.dumps({**header, "alg": "none"}).encode())
    forged = {
        "alg none": f"{none}.{claims_part}.",
        "alg none, signature kept": f"{none}.{claims_part}.{mac_part}",
        "no signature": f"{header_part}.{claims_part}.",
        "two parts": f"{header_part}.{claims_part}",
        "four parts": f"{client_admin.token}.x",
        "other claims, old signature": f"{header_part}.{_b64(json.dumps(other).encode())}.{mac_part}",
        "other key": _signed(header_part, claims, b"k" * 32),
        "other kid": _signed(_b64(json.dumps({**header, "kid": "00000000"}).encode()), claims, key),
        "header in another order": _signed(_b64(json.dumps(dict(reversed(header.items()))).encode()), claims, key),
        "padded": client_admin.token + "=",
        "bad base64": f"{header_part}.%%%.{mac_part}",
        # with the very key: what the row of the user says still decides
        "raised role": _signed(header_part, {**claims, "role": "SUPER_ADMIN", "client_id": None}, key),
        "other client": _signed(header_part, other, key),
        "expired": _signed(header_part, {**claims, "exp": claims["iat"] - 1}, key),
        "no expiry": _signed(header_part, {k: v for k, v in claims.items() if k != "exp"}, key),
        "expiry null": _signed(header_part, {**claims, "exp": None}, key),
        "other workspace": _signed(header_part, {**claims, "aud": str(victim.pair.client_id)}, key),
        "other session": _signed(header_part, {**claims, "jti": str(victim.pair.client_id)}, key),
        "no session": _signed(header_part, {k: v for k, v in claims.items() if k != "jti"}, key),
    }
    shell = psql(client_admin)
    assert shell.run(COUNT) == [(1,)]
    for name, token in forged.items():
        shell.set_token(token)
        assert shell.run(COUNT) == [(0,)], name
        assert shell.state_of("UPDATE app.employees SET name = 'x'") is None
        assert (
            shell.state_of("INSERT INTO app.employees (client_id, code) VALUES (%s, 'F')", claims["client_id"])
            == "42501"
        )
    shell.set_token(_signed(header_part, claims, key))
    assert shell.run(COUNT) == [(1,)], "the test signs as the database does"


def test_a_stolen_token_is_worthless_on_another_login(
    client_admin: Session, victim: Victim, people: People, psql: Callable[..., Psql]
) -> None:
    thief = people.sign_in("CLIENT_ADMIN", victim.pair)
    shell = psql(thief, token=client_admin.token)
    assert shell.run(COUNT) == [(0,)]
    assert shell.state_of("SELECT auth.renew()") == "28000"


def test_the_key_and_the_sessions_of_others_are_out_of_reach(attacker: Psql) -> None:
    for sql in (
        "SELECT * FROM private.signing_key",
        "SELECT private.mint(NULL, NULL, NULL)",
        "SELECT private.rotate_signing_key()",
        "SELECT private.base64url('x')",
        "SELECT * FROM audit.events",
        "SELECT audit.write(NULL, 'X', 'x', NULL)",
        "SELECT auth.make_user(uuidv7(), 'x@y.z', '', 'SUPER_ADMIN', NULL, NULL, '', false)",
        "UPDATE auth.users SET role = 'SUPER_ADMIN'",
        "UPDATE auth.sessions SET expires_at = 'infinity'",
        "SELECT auth.create_user(uuidv7(), 'x@y.z', '', 'VIEWER', NULL, NULL, '', false)",
        "SELECT rolpassword FROM pg_authid",
    ):
        assert attacker.state_of(sql) == "42501", sql
    assert attacker.run("SELECT count(*) FROM auth.users") == [(1,)]
    assert attacker.run("SELECT count(DISTINCT user_id) FROM auth.sessions") == [(1,)]


def test_sign_out_ends_the_token_everywhere(client_admin: Session, psql: Callable[..., Psql]) -> None:
    shell = psql(client_admin)
    token = client_admin.token
    client_admin.close()
    shell.set_token(token)
    assert shell.run(COUNT) == [(0,)]


def test_a_disabled_user_is_out_at_the_next_statement(
    client_admin: Session, super_admin: Session, psql: Callable[..., Psql], root: Any
) -> None:
    from billing.services.users import set_active

    shell = psql(client_admin)
    set_active(super_admin, email=client_admin.email, active=False)
    try:
        assert shell.state_of(COUNT) in ("57P01", "lost")
        root.execute(
            "SELECT rolcanlogin FROM pg_roles WHERE rolname = (SELECT pg_role FROM auth.users WHERE email = %s)",
            (client_admin.email,),
        )
        assert root.fetchone() == (False,)
    finally:
        set_active(super_admin, email=client_admin.email, active=True)


def test_the_signing_key_rotates_and_the_old_one_serves_out_its_hour(
    client_admin: Session, psql: Callable[..., Psql], root: Any
) -> None:
    shell = psql(client_admin)
    root.execute("SELECT private.rotate_signing_key()")
    assert shell.run(COUNT) == [(1,)]
    client_admin.renew()
    shell.set_token(client_admin.token)
    assert shell.run(COUNT) == [(1,)]
    root.execute("SELECT count(*), count(DISTINCT inner_pad) FROM private.signing_key")
    assert len(set(root.fetchone())) == 1


@pytest.mark.parametrize("role", ["CLIENT_ADMIN", "VENDOR_ADMIN", "VIEWER", "SUPER_ADMIN"])
def test_every_role_signs_in_and_renews(role: str, people: People, pair: Pair) -> None:
    session = people.sign_in(role, pair)
    before = session.token
    session.renew()
    assert session.role == role
    assert session.token != before or session.seconds_left > 3500
