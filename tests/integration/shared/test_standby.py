"""A streaming replica made with the wheel's pg_basebackup: it can be read with a token, and changes nothing."""

from __future__ import annotations

import os
import subprocess
import time
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from billing.errors import UnavailableError
from billing.schemas.changes import Changes
from billing.schemas.ids import new_id
from billing.schemas.parties import Client
from billing.schemas.workspace import Administrator
from billing.server.binaries import program
from billing.server.embedded import EmbeddedServer
from billing.server.system_user import server_user
from billing.services.founding import create_shared_workspace
from billing.services.workspace import derive_for
from billing.store.keys import role_name
from billing.store.profiles import Profile, save_profile
from billing.store.session import Session, sign_in
from moveinsync_desktop.actions import ActionRegistry
from moveinsync_desktop.cli import main
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.entrance import Entrance
from moveinsync_desktop.messages import MessageBus
from moveinsync_desktop.session import SessionClock
from moveinsync_desktop.settings import Settings
from moveinsync_desktop.views.main_window import MainWindow
from moveinsync_desktop.workers import Workers
from tests.support.folders import short_folder
from tests.support.people import ADMIN, PASSWORD
from tests.support.pg import FAST
from tests.support.shared import plain_server

WAIT = 20_000
_HBA = "host all all 127.0.0.1/32 scram-sha-256\nhost replication all 127.0.0.1/32 scram-sha-256\n"


@dataclass(frozen=True, slots=True)
class Pair:
    """The same workspace on both servers."""

    primary: Profile
    standby: Profile
    admin: Administrator

    def caught_up(self) -> None:
        """Wait until the standby has replayed what the primary wrote."""
        for _ in range(500):
            if _lag(self.admin) == 0:
                return
            time.sleep(0.01)
        raise AssertionError("the standby does not follow")


def _lag(admin: Administrator) -> int:
    link = psycopg2.connect(
        host=admin.host, port=admin.port, user=admin.user, password=admin.password, dbname="postgres"
    )
    with link, link.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(pg_current_wal_lsn() - replay_lsn), 1)::bigint FROM pg_stat_replication")
        behind = int(cursor.fetchone()[0])
    link.close()
    return behind


@pytest.fixture(scope="module")
def both() -> Iterator[Pair]:
    with short_folder() as folder:
        hba = folder / "hba.conf"
        hba.write_text(_HBA, encoding="ascii")
        hba.chmod(0o644)
        with plain_server(folder / "primary", extra={"hba_file": str(hba)}) as (_, admin):
            primary = create_shared_workspace(folder / "home", admin, "both", ADMIN, PASSWORD, name="Both")
            server = _standby(folder / "standby", admin)
            with server as address:
                standby = primary.at(address.host, address.port)
                yield Pair(primary, standby, admin)


def _standby(home: Path, admin: Administrator) -> EmbeddedServer:
    """pg_basebackup as docs/server.md says; started by our own means."""
    who, data = server_user(), home / "pg" / "data"
    home.mkdir(mode=0o711)
    data.parent.mkdir(mode=0o700)
    who.give(data.parent)
    words = [str(program("pg_basebackup")), "-h", admin.host, "-p", str(admin.port), "-U", admin.user, "-D", str(data)]
    subprocess.run(
        [*words, "-R", "-X", "stream", "-C", "-S", "standby_1", "-c", "fast"],
        env={**os.environ, "PGPASSWORD": admin.password}, check=True, capture_output=True,
    )  # fmt: skip
    for path in (data, *data.rglob("*")):
        who.give(path)
    return EmbeddedServer(home, tcp=True, extra=FAST)


def test_a_token_of_the_primary_reads_on_the_standby(both: Pair) -> None:
    secret = derive_for(both.primary, ADMIN, PASSWORD)
    with sign_in(both.primary, ADMIN, secret) as session:
        with session.unit_of_work() as uow:
            uow.clients.add([Client(id=new_id(), code="SEEN", name="Seen")])
            uow.commit()
        both.caught_up()
        profile = both.standby
        link = psycopg2.connect(
            host=profile.host, port=profile.port, dbname=profile.database, password=secret,
            user=role_name(profile.workspace_id, ADMIN),
        )  # fmt: skip
        with link.cursor() as cursor:
            cursor.execute("SELECT pg_is_in_recovery(), count(*) FROM app.clients")
            assert cursor.fetchone() == (True, 0), "nothing without a token"
            cursor.execute("SELECT set_config('mis.jwt', %s, true)", (session.token,))
            cursor.execute("SELECT count(*) FROM app.clients")
            assert cursor.fetchone() == (1,)
            cursor.execute("SELECT set_config('mis.jwt', %s, true)", (session.token[:-4] + "AAAA",))
            cursor.execute("SELECT count(*) FROM app.clients")
            assert cursor.fetchone() == (0,)
        link.close()


def test_the_products_reads_work_there_and_writes_say_why_not(both: Pair) -> None:
    secret = derive_for(both.primary, ADMIN, PASSWORD)
    session = sign_in(both.primary, ADMIN, secret)
    both.caught_up()
    session._replace_engine(both.standby)
    with session.unit_of_work() as uow:
        assert [one.code for one in uow.clients.find(code="SEEN")] == ["SEEN"]
    with pytest.raises(UnavailableError) as refused:
        _add(session)
    assert refused.value.code == "READ_ONLY"
    assert "read-only copy" in refused.value.message
    session.close()


def _add(session: Session) -> None:
    with session.unit_of_work() as uow:
        uow.clients.add([Client(id=new_id(), code="NEVER", name="Never")])
        uow.commit()


def test_a_revoked_token_is_void_on_the_standby_too(both: Pair) -> None:
    secret = derive_for(both.primary, ADMIN, PASSWORD)
    session = sign_in(both.primary, ADMIN, secret)
    token = session.token
    session.close()
    both.caught_up()
    other = sign_in(both.primary, ADMIN, secret)
    both.caught_up()
    other._token = token
    other._replace_engine(both.standby)
    from billing.errors import NotSignedInError

    with pytest.raises(NotSignedInError), other.unit_of_work() as uow:
        uow.clients.find()
    other.close()


def test_the_command_line_on_a_standby_says_it_in_plain_words(
    both: Pair, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from billing.store.secrets import SecretStore, key_entry

    key = SecretStore(both.primary.home).get(key_entry(both.primary.workspace_id))
    assert key is not None
    save_profile(home, both.standby)
    SecretStore(home).keep(key_entry(both.primary.workspace_id), key, file_allowed=True)
    monkeypatch.setenv("MOVEINSYNC_PASSWORD", PASSWORD)
    monkeypatch.setenv("MOVEINSYNC_USER", ADMIN)
    assert main(["client", "list"]) == 1
    words = capsys.readouterr().err
    assert "read-only copy (a standby)" in words
    assert "primary" in words
    assert main(["db", "status", "--json"]) == 1


@pytest.fixture
def window(qtbot: Any, tmp_path: Path) -> Iterator[MainWindow]:
    """The window with nobody signed in."""
    from moveinsync_desktop.line_watch import LineWatch

    context = AppContext(
        home=tmp_path, settings=Settings(None), workers=Workers(), messages=MessageBus(), actions=ActionRegistry(),
        clock=SessionClock(),
    )  # fmt: skip
    made = MainWindow(context)
    line = LineWatch(context, made)
    made.follow_line(line)
    qtbot.addWidget(made)
    made.show()
    yield made
    line.stop()
    context.clock.watch(None)
    context.workers.shutdown()


def test_the_sign_in_page_says_that_it_is_a_read_only_copy(qtbot: Any, both: Pair, window: MainWindow) -> None:
    entrance = Entrance(window.context, window, Namespace(demo=False, profile=None, user=None))
    entrance._profile = both.standby
    entrance._sign_in(ADMIN, PASSWORD)
    qtbot.waitUntil(window.sign_in.problem.isVisible, timeout=WAIT)
    assert "read-only copy" in window.sign_in.problem.accessibleName()
    assert "primary" in window.sign_in.problem.accessibleName()


def test_the_window_shows_everything_there_and_says_why_nothing_is_saved(
    qtbot: Any, both: Pair, window: MainWindow
) -> None:
    """The server this window works with has become a copy: a failover in the middle of the day."""
    context = window.context
    session = sign_in(both.primary, ADMIN, derive_for(both.primary, ADMIN, PASSWORD))
    with session.unit_of_work() as uow:
        client = Client(id=new_id(), code="LOOK", name="Looked at")
        uow.clients.add([client])
        uow.commit()
    both.caught_up()
    session._replace_engine(replace(both.standby, kind="shared"))
    context.session, context.client_id, context.client_name = session, client.id, client.name
    wrong: list[str] = []
    context.messages.bug_found.connect(lambda error: wrong.append(repr(error)))
    context.messages.toasted.connect(lambda toast: wrong.append(toast.title) if toast.tone == "danger" else None)
    window.enter()
    for key in window._sections:
        window.open_screen(key)
        qtbot.waitUntil(lambda: not context.workers.running, timeout=WAIT)
        assert wrong == [], key
    assert not window.line_bar.isVisible()
    parties = window.screens["parties"]
    parties.command(lambda _progress: _add(session), on_error=lambda _error: None)
    qtbot.waitUntil(window.line_bar.isVisible, timeout=WAIT)
    assert "read-only copy" in window.line_bar.accessibleName()
    session._replace_engine(both.primary)
    parties.command(lambda _progress: _added(session))
    qtbot.waitUntil(lambda: not window.line_bar.isVisible(), timeout=WAIT)
    session.close()


def _added(session: Session) -> Changes:
    with session.unit_of_work() as uow:
        uow.clients.add([Client(id=new_id(), code="AGAIN", name="Again")])
        uow.commit()
    return Changes(frozenset({"clients"}))
