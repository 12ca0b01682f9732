"""One transaction per user intention (DESIGN.md section 3; STYLE.md): commits when told to, else rolls back.

    with session.unit_of_work() as uow:
        uow.clients.add([client])
        uow.commit()

The first statement of every transaction sets the token, so every later one runs under row-level security as the
signed-in user. Leaving the block without `commit()`, by return or by any error, changes nothing. Database errors
leave it as known errors (billing.store.errors); a statement that the user cancelled leaves it as Cancelled.
"""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING, Any

from billing.errors import NotSignedInError, UnavailableError
from billing.schemas.changes import Cancelled
from billing.store.errors import sqlstate_of, translate
from billing.store.logging import write_line
from billing.store.repositories import Repositories

if TYPE_CHECKING:
    import sqlalchemy as sa

    from billing.store.session import Session

_QUERY_CANCELED = "57014"


class UnitOfWork(Repositories):
    """A transaction with its repositories (see Repositories for their names).

    Attributes:
        session: who works.
        rows: for the log; set it where a number of rows says something.
    """

    def __init__(self, session: Session, timeout_s: int, name: str, *, snapshot: bool = False) -> None:
        super().__init__()
        self.session = session
        self.rows: int | None = None
        self._timeout_s = timeout_s
        self._name = name
        self._snapshot = snapshot
        self._connection: sa.Connection | None = None
        self._raw: Any = None
        self._started = 0.0

    @property
    def connection(self) -> sa.Connection:
        """The SQLAlchemy connection inside the transaction, for repositories."""
        if self._connection is None:
            raise RuntimeError("the unit of work is not open: use it in a with block, and not after commit()")
        return self._connection

    @property
    def cursor(self) -> Any:
        """A psycopg2 cursor in the same transaction, for COPY (billing.store.copy)."""
        return self.connection.connection.cursor()

    def __enter__(self) -> UnitOfWork:
        if self._started:
            raise RuntimeError("a unit of work is one transaction: make a new one")
        self._started = time.perf_counter()
        try:
            self._begin()
        except UnavailableError:
            if self._raw is None:
                raise
            self._begin()  # the server died after it was asked whether it lives; nothing was done yet
        return self

    def _begin(self) -> None:
        import sqlalchemy as sa

        self._raw = None
        self._connection = self.session.connect()
        try:
            if self._snapshot:
                self._connection.execution_options(isolation_level="REPEATABLE READ")
            self._raw = self._connection.connection.driver_connection
            self.session.started(self._raw)
            # A session ended by somebody else would only see empty tables; it is told instead.
            ok = self._connection.execute(
                sa.text(
                    "SELECT set_config('mis.jwt', :token, true), set_config('statement_timeout', :limit, true),"
                    " auth.session_ok()"
                ),
                {"token": self.session.token, "limit": f"{self._timeout_s}s"},
            ).one()[2]
            if not ok:
                raise NotSignedInError("SESSION_OVER", "The session is over: sign in again.")
        except BaseException as error:  # noqa: BLE001 - given back and raised again
            self._end(error)
            raise self._known(error, cancelled=False) from None

    def commit(self) -> None:
        """Make it all durable. The unit of work is closed by it: what follows needs a new one.

        Raises Cancelled, and changes nothing, where the user has cancelled it meanwhile.
        """
        if self.session.is_cancelled(self._raw):
            raise Cancelled
        self.connection.commit()
        self._end(None)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection is None and error is None:
            return
        cancelled = self._end(error)
        if error is not None:
            known = self._known(error, cancelled)
            if known is not error:
                raise known.with_traceback(trace) from None

    def _end(self, error: BaseException | None) -> bool:
        """Roll back what was not committed, give the connection back, write the log line."""
        if self._connection is None:
            return False
        cancelled = self.session.finished(self._raw)
        connection, self._connection = self._connection, None
        self._forget()
        state = None if error is None else sqlstate_of(error) or type(error).__name__
        try:
            connection.close()  # closing rolls back
        finally:
            write_line(self._name, time.perf_counter() - self._started, rows=self.rows, sqlstate=state)
        return cancelled

    @staticmethod
    def _known(error: BaseException, cancelled: bool) -> BaseException:
        import psycopg2
        import sqlalchemy as sa

        if not isinstance(error, psycopg2.Error | sa.exc.DBAPIError):
            return error
        if cancelled and sqlstate_of(error) == _QUERY_CANCELED:
            return Cancelled()
        return translate(error)
