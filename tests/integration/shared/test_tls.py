"""The way to a shared server: verified TLS or none at all, and every refusal in plain words (SECURITY R12)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from billing.errors import KnownError, NotSignedInError, UnavailableError
from billing.schemas.ids import new_id
from billing.schemas.workspace import Administrator
from billing.store.administration import administrator
from billing.store.profiles import Profile
from billing.store.reach import try_to_reach
from billing.store.session import sign_in
from moveinsync_desktop.cli import main
from tests.support.folders import short_folder
from tests.support.people import ADMIN, PASSWORD
from tests.support.shared import (
    FAR,
    NAME,
    Certificates,
    Shared,
    debian_server,
    make_certificates,
    plain_server,
    ssl_settings,
)

_DEBIAN = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))


@pytest.fixture(scope="module")
def transport_server() -> Iterator[tuple[Administrator, Certificates]]:
    """Any PostgreSQL with TLS, Debian's too: nothing but the way to it is tried here."""
    from tests.support.shared import tls_programs

    with short_folder() as folder:
        files = make_certificates(folder / "tls")
        if tls_programs() is not None:
            with plain_server(folder / "pg", extra=ssl_settings(files), programs=tls_programs()) as (_, admin):
                yield replace(admin, host=FAR, ca_file=str(files.ca)), files
            return
        if not _DEBIAN:
            pytest.skip("no PostgreSQL with TLS: set MIS_TLS_POSTGRES, or apt-get install postgresql")
        with debian_server(folder, files, _DEBIAN[-1].parent) as port:
            yield Administrator(FAR, port, "mis_boot", "secret words", ca_file=str(files.ca)), files


def far(admin: Administrator, **changes: object) -> Profile:
    """A profile of that server as an invitation would bring it."""
    made = Profile(new_id(), "Far", "shared", "postgres", admin.host, admin.port, admin.ca_file)
    return replace(made, **changes)  # type: ignore[arg-type]


def refusal(attempt: Callable[[], object]) -> KnownError:
    with pytest.raises(KnownError) as refused:
        attempt()
    words = refused.value.message + refused.value.hint
    for technical in ("sslmode", "SSL error", "errno", "Traceback", "psycopg", "libpq"):
        assert technical not in words
    assert refused.value.hint
    return refused.value


def test_the_right_authority_and_name_are_let_through(transport_server: tuple[Administrator, Certificates]) -> None:
    admin, _ = transport_server
    with administrator(admin) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        assert cursor.fetchone()[0] is True
        assert connection.info.ssl_attribute("library") == "OpenSSL"
    assert try_to_reach(far(admin)) == "verify-full"


@pytest.mark.parametrize("authority", ["Test authority", "Somebody else"])
def test_a_foreign_authority_is_refused(
    transport_server: tuple[Administrator, Certificates], tmp_path: Path, authority: str
) -> None:
    admin, _ = transport_server
    other = make_certificates(tmp_path / "other", authority=authority)
    error = refusal(lambda: try_to_reach(far(admin, ca_file=str(other.ca))))
    assert (error.code, type(error)) == ("TLS_NOT_TRUSTED", UnavailableError)
    with pytest.raises(UnavailableError), administrator(replace(admin, ca_file=str(other.ca))):
        pass


def test_another_host_name_is_refused(
    transport_server: tuple[Administrator, Certificates], monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, _ = transport_server
    monkeypatch.setenv("PGHOSTADDR", "127.0.0.1")  # what a false entry in the name service would do
    with administrator(replace(admin, host=NAME)):
        pass
    error = refusal(lambda: sign_in(far(admin, host="other.example.com"), "a@b.in", "s" * 44))
    assert error.code == "TLS_HOST_NAME"
    assert "another host name" in error.message


def test_a_server_without_tls_is_refused() -> None:
    with short_folder() as folder, plain_server(folder / "pg") as (_, admin):
        error = refusal(lambda: try_to_reach(far(admin, host=FAR, ca_file="")))
        assert error.code in ("TLS_NOT_OFFERED", "NO_CA_FILE")
        files = make_certificates(folder / "tls")
        error = refusal(lambda: try_to_reach(far(admin, host=FAR, ca_file=str(files.ca))))
        assert error.code == "TLS_NOT_OFFERED"
        with administrator(admin):
            pass  # on loopback it may be plain


def test_a_missing_authority_file_is_named(transport_server: tuple[Administrator, Certificates]) -> None:
    admin, _ = transport_server
    error = refusal(lambda: try_to_reach(far(admin, ca_file="/nowhere/ca.pem")))
    assert error.code == "TLS_CA_FILE"


def test_sign_in_is_tied_to_the_encrypted_connection(transport_server: tuple[Administrator, Certificates]) -> None:
    """Channel binding: what stands between the two, even with a trusted certificate, gains nothing."""
    from billing.store.administration import transport

    assert transport(False, "ca")["channel_binding"] == "require"
    assert transport(False, "ca", pooled=True)["channel_binding"] == "prefer"
    admin, _ = transport_server
    with pytest.raises(NotSignedInError):
        sign_in(far(admin), "nobody@example.com", "s" * 44)


@pytest.mark.parametrize(
    ("host", "port", "code"), [("no-such-host.invalid", 5432, "NO_SUCH_HOST"), (FAR, 1, "NOT_LISTENING")]
)
def test_the_step_that_fails_is_named(host: str, port: int, code: str) -> None:
    profile = Profile(new_id(), "Far", "shared", "x", host, port, "/ca.pem")
    assert refusal(lambda: try_to_reach(profile)).code == code


def test_init_status_sign_in_and_psql_over_tls(
    server: Shared, home: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from tests.support.shared import let_pooler_in

    admin = server.admin
    Path(".env").write_text(
        f"DB_HOST={admin.host}\nDB_PORT={admin.port}\nDB_NAME=tls_ws\nDB_USER={admin.user}\n"
        f"DB_PASSWORD={admin.password}\nDB_CA_FILE={server.ca}\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("MOVEINSYNC_PASSWORD", PASSWORD)
    pooler = ["--pooler", f"{FAR}:{server.users_port}"] if server.pooler else []
    assert main(["db", "init", "--admin", ADMIN, "--name", "Far Ltd", *pooler, "--json"]) == 0
    made = json.loads(capfd.readouterr().out)
    assert made["kind"] == "shared"
    if server.pooler:
        let_pooler_in(server.folder / "pooler", admin, "tls_ws", server.users_port)
    Path(".env").unlink()
    shutil.copy(server.ca, home / "ca.pem")
    assert main(["db", "status", "--json"]) == 0
    status = json.loads(capfd.readouterr().out)
    assert (status["reachable"], status["tls"], status["signed_in"]) == (True, "verify-full", None)
    monkeypatch.setenv("MOVEINSYNC_USER", ADMIN)
    assert main(["db", "status", "--json"]) == 0
    status = json.loads(capfd.readouterr().out)
    assert (status["signed_in"], status["up_to_date"]) == (ADMIN, True)
    assert status["server"].startswith("18.")
    assert main(["client", "add", "--code", "CL1", "--name", "Client", "--json"]) == 0
    assert main(["user", "invite", "second@example.com", "--role", "SUPER_ADMIN", "--json"]) == 0
    capfd.readouterr()
    if server.pooler:
        assert main(["db", "psql"]) == 1
        assert "pooler" in capfd.readouterr().err
    else:  # the wheel's psql, which speaks no TLS, through the relay that does
        assert main(["db", "psql", "--", "-Atc", "SELECT code FROM app.clients"]) == 0
        assert capfd.readouterr().out == "CL1\n"
