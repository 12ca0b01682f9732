"""One transaction per user intention (DESIGN.md section 3; STYLE.md): commits when told to, else rolls back.

    with session.unit_of_work() as uow:
        uow.clients.add([client])
        uow.commit()

The first statement of every transaction sets the token, so every later one runs under row-level security as the
signed-in user. Leaving the block without `commit()`, by return or by any error, changes nothing. Database errors
leave it as known errors (billing.store.errors); a statement that the user cancelled leaves it as Cancelled.

A COMMIT whose answer is lost is no error yet: the server is asked what became of it (billing.store.intents). Was it
carried out, `commit()` returns as usual; was it not, it raises CONNECTION_LOST; OUTCOME_UNKNOWN where nobody answers.
"""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING, Any

from billing.errors import KnownError, NotSignedInError, UnavailableError
from billing.schemas.changes import Cancelled
from billing.schemas.ids import new_id
from billing.store.errors import sqlstate_of, translate
from billing.store.intents import Intent, Journal
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

    def __init__(
        self, session: Session, timeout_s: int, name: str, *, snapshot: bool = False, intent: Intent | None = None
    ) -> None:
        super().__init__()
        self.session = session
        self.rows: int | None = None
        self._timeout_s = timeout_s
        self._name = name
        self._snapshot = snapshot
        self._intent = intent
        self._journal = Journal(session.profile.home, session.profile.workspace_id, session.email)
        self._connection: sa.Connection | None = None
        self._raw: Any = None
        self._started = 0.0
        self._has_ended = False

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
        if self._intent is not None:
            self._promise(self._intent)
        return self

    def _promise(self, intent: Intent) -> None:
        """Write the intent down, then tell the server: who tries the same one again waits there."""
        try:
            self._journal.keep(intent)
            self._note(intent)
        except BaseException as error:  # noqa: BLE001 - given back and raised again
            self._end(error)
            raise self._known(error, cancelled=False) from None

    def _note(self, intent: Intent) -> None:
        import sqlalchemy as sa

        self.connection.execute(sa.text("SELECT auth.note_intent(:id)"), {"id": intent.id})

    def _begin(self) -> None:
        import sqlalchemy as sa

        self._raw, self._has_ended = None, False
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
        import sqlalchemy as sa

        if self.session.is_cancelled(self._raw):
            raise Cancelled
        intent = self._intent
        if intent is None:
            intent = Intent(self._name, "", new_id())
            self._note(intent)
        try:
            self.connection.commit()
        except sa.exc.DBAPIError as error:
            known = self._known(error, cancelled=False)
            if not isinstance(known, UnavailableError):
                raise
            self._ask(intent, known)
        self._end(None)

    def _ask(self, intent: Intent, lost: UnavailableError) -> None:
        """The answer of COMMIT never came: nothing when the server says that it was carried out, else the error."""
        self._give_back()  # its connection is dead; the question goes over another one
        try:
            done = self.session.settle(intent.id)
        except KnownError as error:
            self._journal.keep(intent)  # a named one is there already; it changes nothing then
            self._journal.leave(intent.id)
            self._intent = None
            raise UnavailableError(
                "OUTCOME_UNKNOWN",
                "The connection was lost while this was saved; whether it was saved is not known yet.",
                hint="The program asks again at the next sign-in, and tells you. Look before you do it again.",
            ) from error
        if not done:
            raise lost

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
        if self._has_ended:
            return False
        self._has_ended = True
        state = None if error is None else sqlstate_of(error) or type(error).__name__
        try:
            return self._give_back()
        finally:
            if self._intent is not None:
                self._journal.forget(self._intent.id)
            write_line(self._name, time.perf_counter() - self._started, rows=self.rows, sqlstate=state)

    def _give_back(self) -> bool:
        """The connection goes back to the pool, which rolls back; gives whether the user had cancelled."""
        import sqlalchemy as sa

        if self._connection is None:
            return False
        cancelled = self.session.finished(self._raw)
        connection, self._connection = self._connection, None
        self._forget()
        try:
            if self._raw is not None and self._raw.closed:
                connection.invalidate()  # lost below SQLAlchemy, in COPY: there is nothing to roll back any more
            connection.close()
        except sa.exc.DBAPIError:
            if not connection.closed:  # lost meanwhile: the server rolls back by itself
                connection.invalidate()
                connection.close()
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
