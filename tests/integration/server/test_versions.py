"""A program and a database of different ages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from billing.errors import RefusedError
from billing.services.workspace import open_session, owner_of
from billing.store import migrate
from billing.store.errors import DatabaseBug
from billing.store.profiles import Profile
from tests.support.people import ADMIN, PASSWORD


@contextmanager
def owner(profile: Profile) -> Iterator[Any]:
    """A cursor as the owner of the workspace's tables, committed at the end."""
    from billing.store.administration import administrator

    with administrator(owner_of(profile), profile.database) as link, link.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE mis_owner")
        yield cursor


def test_newer_database_is_refused(profile: Profile) -> None:
    with owner(profile) as cursor:
        cursor.execute("INSERT INTO app.schema_versions (version, name, sha256) VALUES (9999, 'later.sql', '')")
    with pytest.raises(RefusedError) as refused:
        open_session(profile.home, email=ADMIN, password=PASSWORD)
    assert refused.value.code == "SCHEMA_NEWER"
    with pytest.raises(RefusedError) as refused:
        migrate.migrate(owner_of(profile), profile.database)
    assert refused.value.code == "SCHEMA_NEWER"


def test_older_embedded_database_is_brought_up_to_date_at_the_next_start(
    profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = migrate.Migration(9998, "9998_later.sql", "CREATE TABLE app.added_later (n integer)")
    everything = [*migrate.shipped(), added]
    monkeypatch.setattr(migrate, "shipped", lambda: everything)
    monkeypatch.setattr(migrate, "newest", lambda: 9998)
    with open_session(profile.home, email=ADMIN, password=PASSWORD) as session:
        assert migrate.differences(session) == ([], [])
    with owner(profile) as cursor:
        cursor.execute("SELECT to_regclass('app.added_later') IS NOT NULL")
        assert cursor.fetchone() == (True,)


def test_a_file_that_came_late_is_applied_too(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two branches of work number their files apart; the lower number may arrive after the higher one."""
    later = migrate.Migration(9998, "9998_later.sql", "CREATE TABLE app.added_later (n integer)")
    between = migrate.Migration(9997, "9997_between.sql", "CREATE TABLE app.added_between (n integer)")
    shipped = migrate.shipped()
    monkeypatch.setattr(migrate, "shipped", lambda: [*shipped, later])
    assert migrate.migrate(owner_of(profile), profile.database) == [9998]
    monkeypatch.setattr(migrate, "shipped", lambda: [*shipped, between, later])
    with open_session(profile.home, email=ADMIN, password=PASSWORD) as session:
        assert migrate.differences(session) == ([], [])


def test_migration_that_fails_leaves_the_old_schema_whole(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = migrate.Migration(9998, "9998_broken.sql", "CREATE TABLE app.half (n integer); SELECT no_such_function()")
    everything = [*migrate.shipped(), broken]
    before = migrate.status(owner_of(profile), profile.database)[0]
    monkeypatch.setattr(migrate, "shipped", lambda: everything)
    with pytest.raises(DatabaseBug):
        migrate.migrate(owner_of(profile), profile.database)
    with owner(profile) as cursor:
        cursor.execute("SELECT to_regclass('app.half') IS NULL, max(version) FROM app.schema_versions")
        assert cursor.fetchone() == (True, before)
