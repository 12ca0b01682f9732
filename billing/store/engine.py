"""The SQLAlchemy engine of one signed-in user: a pool of 1 to 5 connections, SCRAM only, settings of SECURITY R11.

SQLAlchemy is imported inside functions: the command line and the window start without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from billing.errors import NotAllowedError
from billing.store.administration import transport
from billing.store.line import TIMES
from billing.store.profiles import Profile

if TYPE_CHECKING:
    import sqlalchemy as sa

MOST_CONNECTIONS = 5
STATEMENT_SECONDS = 60
_SETTINGS = {
    "statement_timeout": f"{STATEMENT_SECONDS}s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "60s",
    "search_path": "api,pg_catalog",
    "TimeZone": "UTC",
    "DateStyle": "ISO",
    "IntervalStyle": "iso_8601",
    "extra_float_digits": "1",
    "jit": "off",  # compiling costs more than the short statements of a desktop take
}


def make_engine(profile: Profile, pg_role: str, secret: str) -> sa.Engine:
    """The pool of a user on a workspace's database; nothing is connected yet.

    The role settings are sent again with every connection (through a pooler: with every transaction), because a user
    may alter the stored ones. A connection is tried before it is handed out, so a restarted server is noticed before
    any work begins.
    """
    import sqlalchemy as sa

    engine = sa.create_engine(
        "postgresql+psycopg2://",
        connect_args=connect_words(profile, pg_role, secret),
        pool_size=1,
        max_overflow=MOST_CONNECTIONS - 1,
        pool_timeout=30,
        pool_pre_ping=True,
        pool_use_lifo=True,
        hide_parameters=True,  # no value ever reaches an error message
        insertmanyvalues_page_size=5000,
    )
    if profile.pooled:
        sa.event.listen(engine, "begin", _set_for_transaction)
    return engine


def connect_words(profile: Profile, pg_role: str, secret: str) -> dict[str, Any]:
    """What libpq is told to connect a user to a workspace's database."""
    words: dict[str, Any] = {
        "host": profile.host,
        "port": profile.port,
        "dbname": profile.database,
        "user": pg_role,
        "password": secret,
        "application_name": "moveinsync",
        **TIMES,
        **transport(profile.on_loopback, profile.ca_file, pooled=profile.pooled),
    }
    if not profile.pooled:
        words["options"] = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())
    return words


def _set_for_transaction(connection: sa.Connection) -> None:
    """A pooled server connection serves somebody else next: nothing may outlive the transaction ((b) 24)."""
    connection.exec_driver_sql(";".join(f"SET LOCAL {name} = '{_literal(name)}'" for name in _SETTINGS))


def _literal(name: str) -> str:
    """A setting's value between quotes; a list of schemas is one value for each."""
    return _SETTINGS[name].replace(",", "','")


def refuse_strong_login(connection: sa.Connection) -> None:
    """Raise NotAllowedError for an owner's or administrator's login: row-level security would not hold it (R16)."""
    import sqlalchemy as sa

    strong = connection.execute(
        sa.text(
            "SELECT rolsuper OR rolbypassrls OR rolcreaterole OR pg_has_role(oid, 'mis_owner', 'MEMBER') "
            "OR pg_has_role(oid, 'mis_definer', 'MEMBER') OR pg_has_role(oid, 'mis_rolemgr', 'MEMBER') "
            "FROM pg_roles WHERE rolname = session_user"
        )
    ).scalar_one()
    if strong:
        raise NotAllowedError(
            "STRONG_LOGIN",
            "This is an administrator's login of the database; the program works with personal logins only.",
            hint="Sign in as a user of the workspace. Administrators are needed for `moveinsync db init` only.",
        )
