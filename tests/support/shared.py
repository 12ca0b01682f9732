"""A shared PostgreSQL for tests: over TCP, with TLS, far away in the program's eyes although it runs on this machine.

Which one serves (`tls_server`):
1. PostgreSQL 18 built with OpenSSL, where MIS_TLS_POSTGRES names its folder (bin, lib, share) or Debian has one;
2. else PgBouncer speaks TLS in front of the wheel's PostgreSQL 18, which is built without.
Neither there: the tests are skipped with that reason. `.ci/run` installs PgBouncer where it can.
"""

from __future__ import annotations

import ipaddress
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from billing.schemas.workspace import Administrator
from billing.server.address import Address
from billing.server.embedded import EmbeddedServer
from billing.server.probe import Answer, ask
from billing.server.system_user import server_user
from tests.support.folders import short_folder
from tests.support.pg import FAST

# It reaches this machine on Linux and is no loopback address to the program: TLS with verify-full is demanded of it.
FAR = "0.0.0.0"
NAME = "db.example.com"
POOLER_LOGIN = "moveinsync_pooler"
_administrators: dict[int, Administrator] = {}
_DEBIAN_18 = Path("/usr/lib/postgresql/18")


@dataclass(frozen=True, slots=True)
class Certificates:
    """A certificate authority of its own with one server's certificate, as files."""

    ca: Path
    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Shared:
    """A server that an administrator may use and, for users, the pooler before it, if that is how TLS comes about."""

    admin: Administrator
    ca: Path
    what: str
    users_port: int = 0
    folder: Path = field(default=Path(), compare=False)

    @property
    def pooler(self) -> tuple[str, int] | None:
        return (FAR, self.users_port) if self.users_port else None


def make_certificates(folder: Path, *, name: str = NAME, authority: str = "Test authority") -> Certificates:
    """An authority and a server's certificate for `name`, FAR and loopback; all readable by the server's user."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from cryptography.x509.oid import NameOID

    folder.mkdir(mode=0o755, parents=True)
    begin = datetime.now(UTC) - timedelta(days=1)
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one)]) for one in (authority, name)]
    alternatives: list[x509.GeneralName] = [x509.DNSName(name)]
    if name == NAME:
        alternatives += [x509.IPAddress(ipaddress.ip_address(one)) for one in (FAR, "127.0.0.1")]
    made = []
    for at, extension in ((0, None), (1, x509.SubjectAlternativeName(alternatives))):
        builder = (
            x509.CertificateBuilder(names[0], names[at], keys[at].public_key(), x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(begin + timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=at == 0, path_length=None), critical=True)
        )
        if extension is not None:
            builder = builder.add_extension(extension, critical=False)
        made.append(builder.sign(keys[0], SHA256()).public_bytes(Encoding.PEM))
    secret = keys[1].private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    files = Certificates(folder / "ca.pem", folder / "server.pem", folder / "server.key")
    for path, content in ((files.ca, made[0]), (files.certificate, made[1]), (files.key, secret)):
        path.write_bytes(content)
        path.chmod(0o600 if path == files.key else 0o644)
    server_user().give(files.key)
    return files


def tls_programs() -> Path | None:
    """PostgreSQL 18 with TLS on this machine, where there is one."""
    named = os.environ.get("MIS_TLS_POSTGRES")
    if named:
        return Path(named)
    return _DEBIAN_18 if (_DEBIAN_18 / "bin" / "initdb").exists() else None


def ssl_settings(files: Certificates) -> dict[str, str]:
    return {"ssl": "on", "ssl_cert_file": str(files.certificate), "ssl_key_file": str(files.key)}


@contextmanager
def plain_server(
    folder: Path, *, extra: Mapping[str, str] | None = None, programs: Path | None = None
) -> Iterator[tuple[EmbeddedServer, Administrator]]:
    """A PostgreSQL 18 on 127.0.0.1 and its superuser."""
    server = EmbeddedServer(folder, tcp=True, extra={**FAST, **(extra or {})}, programs=programs)
    password = secrets.token_hex(16)
    server.init(password)
    with server as address:
        yield server, Administrator(address.host, address.port, "mis_boot", password)


@contextmanager
def tls_server() -> Iterator[Shared]:
    """A shared server with TLS; see the module for which."""
    programs = tls_programs()
    with short_folder() as folder, ExitStack() as stack:
        files = make_certificates(folder / "tls")
        if programs is not None:
            _, admin = stack.enter_context(
                plain_server(folder / "server", extra=ssl_settings(files), programs=programs)
            )
            yield Shared(
                replace(admin, host=FAR, ca_file=str(files.ca)), files.ca, "PostgreSQL with TLS", folder=folder
            )
            return
        if shutil.which("pgbouncer") is None:
            pytest.skip("no PostgreSQL 18 with TLS (MIS_TLS_POSTGRES) and no PgBouncer to speak TLS before the wheel's")
        _, admin = stack.enter_context(plain_server(folder / "server"))
        port = stack.enter_context(pgbouncer(folder / "pooler", admin, files))
        yield Shared(replace(admin, ca_file=str(files.ca)), files.ca, "PgBouncer with TLS", port, folder)


@contextmanager
def debian_server(folder: Path, files: Certificates, binaries: Path) -> Iterator[int]:
    """Debian's own PostgreSQL with TLS, whatever its version: superuser mis_boot, password "secret words"; its port."""
    port, data, secret, who = _free_port(), folder / "data", folder / "pw", server_user()
    secret.write_text("secret words\n", encoding="ascii")
    data.mkdir(mode=0o700)
    for path in (data, secret):
        who.give(path)
    options = who.process_options()
    words = [str(binaries / "initdb"), "-D", str(data), "-U", "mis_boot", "-A", "scram-sha-256", f"--pwfile={secret}"]
    subprocess.run(words, check=True, capture_output=True, cwd=data, **options)
    settings = {**ssl_settings(files), "port": str(port), "unix_socket_directories": "", "fsync": "off"}
    more = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    words = [str(binaries / "postgres"), "-D", str(data), *more]
    process = subprocess.Popen(words, stderr=subprocess.DEVNULL, cwd=data, **options)
    try:
        for _ in range(500):
            if ask(Address("127.0.0.1", port)) is Answer.READY:
                break
            time.sleep(0.02)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def allow_pooler(admin: Administrator, database: str) -> str:
    """What docs/server.md tells the administrator to run for PgBouncer; gives the password of its login."""
    import psycopg2

    password = secrets.token_hex(16)
    connection = psycopg2.connect(
        host=admin.host, port=admin.port, user=admin.user, password=admin.password, dbname=database
    )
    connection.autocommit = True
    with connection.cursor() as cursor:
        statements = pooler_sql(database).replace(":'pooler_password'", f"'{password}'")
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (POOLER_LOGIN,))
        if cursor.fetchone():  # made for another database of this server
            statements = statements.replace("CREATE ROLE", "ALTER ROLE")
        cursor.execute(statements)
    connection.close()
    return password


def pooler_sql(database: str) -> str:
    """The block of docs/server.md that lets PgBouncer look up verifiers, for this database."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "server.md").read_text(encoding="utf-8")
    block = page.split("<!-- example: pooler sql -->")[1].split("```sql\n")[1].split("```")[0]
    return block.replace("moveinsync_db", database)


def pooler_settings() -> str:
    """The [pgbouncer] section of docs/server.md."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "server.md").read_text(encoding="utf-8")
    return page.split("<!-- example: pooler ini -->")[1].split("```ini\n")[1].split("```")[0]


@contextmanager
def pgbouncer(folder: Path, admin: Administrator, files: Certificates | None, *, size: int = 2) -> Iterator[int]:
    """PgBouncer in transaction mode before a server, as docs/server.md sets it up; gives its port.

    Its own login is made when a database is: `allow_pooler`, then write the password into `userlist.txt`.
    """
    folder.mkdir(mode=0o755)
    port = _free_port()
    kept = {}
    for line in pooler_settings().splitlines():
        name, _, value = line.partition("=")
        if value and not name.strip().startswith((";", "*")):
            kept[name.strip()] = value.strip()
    kept |= {
        "listen_addr": "127.0.0.1",
        "listen_port": str(port),
        "default_pool_size": str(size),
        "stats_users": admin.user,
        "auth_file": str(folder / "userlist.txt"),
        "logfile": str(folder / "pgbouncer.log"),
        "pidfile": str(folder / "pgbouncer.pid"),
        "unix_socket_dir": "",
        "client_tls_sslmode": "require" if files else "disable",
        "client_tls_cert_file": str(files.certificate) if files else "",
        "client_tls_key_file": str(files.key) if files else "",
        "server_tls_sslmode": "disable",
        "query_wait_timeout": "2",
    }
    kept = {name: value for name, value in kept.items() if value or name == "unix_socket_dir"}
    words = "\n".join(f"{name} = {value}" for name, value in kept.items() if name != "auth_user")
    databases = f"* = host={admin.host} port={admin.port} auth_user={POOLER_LOGIN}"
    (folder / "pgbouncer.ini").write_text(f"[databases]\n{databases}\n[pgbouncer]\n{words}\n", encoding="utf-8")
    (folder / "userlist.txt").write_text("", encoding="utf-8")
    who = server_user()
    for path in (folder, *folder.iterdir()):
        who.give(path)
    binary = shutil.which("pgbouncer") or "pgbouncer"
    process = subprocess.Popen(
        [binary, str(folder / "pgbouncer.ini")],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **who.process_options(),
    )  # fmt: skip
    try:
        _wait_for(port, process, folder / "pgbouncer.log")
        yield port
    finally:
        process.terminate()
        process.wait(10)


def let_pooler_in(folder: Path, admin: Administrator, database: str, port: int) -> None:
    """Make the pooler's login for a new database and tell the running pooler."""
    password = allow_pooler(admin, database)
    entries = f'"{POOLER_LOGIN}" "{password}"\n"{admin.user}" "{admin.password}"\n'
    (folder / "userlist.txt").write_text(entries, encoding="utf-8")
    _administrators[port] = admin
    pid = int((folder / "pgbouncer.pid").read_text())
    os.kill(pid, 1)  # SIGHUP: it reads the file again
    time.sleep(0.2)


def administrator_of(port: int) -> Administrator:
    """The administrator of the server behind the pooler at that port."""
    return _administrators[port]


def _wait_for(port: int, process: Any, log: Path) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None, log.read_text() if log.exists() else "PgBouncer ended at once"
        time.sleep(0.02)
    raise AssertionError("PgBouncer does not listen")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
