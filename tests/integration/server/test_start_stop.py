from __future__ import annotations

import psycopg2
import pytest

from billing.server import embedded
from billing.server.embedded import EmbeddedServer
from billing.server.probe import Answer, ask
from tests.support.pg import Cluster


def test_every_line_of_hba_asks_for_a_scram_proof(empty_cluster: Cluster) -> None:
    with empty_cluster.connect() as link, link.cursor() as cursor:
        cursor.execute("select distinct auth_method, error from pg_hba_file_rules")
        assert cursor.fetchall() == [("scram-sha-256", None)]
    link.close()


def test_settings_that_promises_rest_on(empty_cluster: Cluster) -> None:
    with empty_cluster.connect() as link, link.cursor() as cursor:
        cursor.execute(
            "select name, setting from pg_settings where name in ('data_checksums', 'listen_addresses',"
            " 'shared_preload_libraries', 'password_encryption', 'TimeZone')"
        )
        assert dict(cursor.fetchall()) == {
            "data_checksums": "on",
            "listen_addresses": "",
            "shared_preload_libraries": "auth_delay",
            "password_encryption": "scram-sha-256",
            "TimeZone": "UTC",
        }
        cursor.execute("select distinct datlocprovider, datlocale, pg_encoding_to_char(encoding) from pg_database")
        assert cursor.fetchall() == [("b", "C.UTF-8", "UTF8")]
    link.close()


def test_nobody_gets_in_without_the_password(empty_cluster: Cluster) -> None:
    with pytest.raises(psycopg2.OperationalError, match="no password supplied"):
        empty_cluster.connect(password=None)


def test_stopped_server_is_not_alive_and_starts_again(empty_cluster: Cluster) -> None:
    other = EmbeddedServer(empty_cluster.server.home)
    assert other.is_alive()
    assert other.start() == empty_cluster.address
    other.stop()
    assert empty_cluster.server.is_alive()


def test_a_server_that_hears_nobody_for_a_moment_is_waited_for(
    empty_cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So it is while PostgreSQL recovers from the death of one of its backends: the program must look again."""
    server = EmbeddedServer(empty_cluster.server.home)
    address = server.start()
    answers = iter([Answer.NOBODY] * 3)
    monkeypatch.setattr(embedded, "ask", lambda found: next(answers, None) or ask(found))
    monkeypatch.setattr(embedded, "START_SECONDS", 5)
    other = EmbeddedServer(empty_cluster.server.home)
    assert other.start() == address
    other.stop()
    server.stop()
