"""A signed-in user: the pool, the token of 60 minutes, and the units of work that carry it (SECURITY.md (a) 4-6)."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from billing import rights
from billing.errors import KnownError, NotSignedInError, UnavailableError
from billing.steady import steady
from billing.store.contract_cache import ContractCache
from billing.store.engine import STATEMENT_SECONDS, connect_words, make_engine, refuse_strong_login
from billing.store.errors import translate
from billing.store.intents import Intent
from billing.store.keys import normalise_email, role_name
from billing.store.line import Line, answers
from billing.store.profiles import Profile
from billing.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    import sqlalchemy as sa

# A unit of work takes 10 minutes at most (imports), so a token with more than that left outlives it.
RENEW_BELOW_SECONDS = 15 * 60
# A connection that the server has not yet noticed to be dead ends its transaction after idle_in_transaction (60 s).
SETTLE_SECONDS = 75.0
_ASK_AGAIN_S = 0.25


class Session:
    """What a user holds between sign-in and sign-out. Safe to use from several threads.

    Attributes:
        profile: the workspace.
        email, role, user_id, client_id, vendor_id: who it is, as the database says; the ids are None where not bound.
        expires_at: when the present token ends by the server's clock; `unit_of_work` renews it in time.
        clock_off_s: how far this machine's clock was ahead of the server's when the token was issued, in seconds.
        on_checking: called in the working thread when the answer of a COMMIT was lost and the outcome is asked for.
        switches: settings of its clients that are on and widen what its role may (read at sign-in and renewal).
        contracts_in_force: the contracts looked up last.
        line: the connections as the network sees them.
    """

    def __init__(
        self, profile: Profile, email: str, secret: str, *, revive: Callable[[], Profile] | None = None
    ) -> None:
        self.profile = profile
        self.email = email
        self.on_checking: Callable[[], object] = _say_nothing
        self._secret: str | None = secret
        self._revive = revive
        self._lock = threading.RLock()
        self._running: dict[Any, int] = {}
        self._cancelled: set[Any] = set()
        self.line = Line()
        self._engine = make_engine(profile, role_name(profile.workspace_id, email), secret)
        self.line.follow(self._engine)
        self._token = ""
        self.switches: frozenset[str] = frozenset()
        self._backends: set[int] = set()
        self.contracts_in_force = ContractCache(self.connect, self._backends.__contains__)
        self._use_token(self._sign_in())
        self._read_switches()

    def _sign_in(self) -> str:
        import sqlalchemy as sa

        with self.connect() as connection:
            try:
                refuse_strong_login(connection)
                token: str = connection.execute(sa.text("SELECT auth.sign_in()")).scalar_one()
                connection.commit()
            except sa.exc.DBAPIError as error:
                raise translate(error) from None
        return token

    def _use_token(self, token: str) -> None:
        claims = _claims(token)
        self._token = token
        self._issued, self._issued_at = float(claims["iat"]), steady()
        self._ends = self._issued_at + float(claims["exp"] - claims["iat"])
        self.clock_off_s = time.time() - self._issued
        self.expires_at = datetime.fromtimestamp(claims["exp"], UTC)
        self.role = str(claims["role"])
        self.user_id = UUID(claims["sub"])
        self.client_id = UUID(claims["client_id"]) if claims["client_id"] else None
        self.vendor_id = UUID(claims["vendor_id"]) if claims["vendor_id"] else None

    @property
    def token(self) -> str:
        """The present token, for the database alone: `db psql` hands it to the wheel's psql."""
        return self._token

    @property
    def secret(self) -> str:
        """The login's derived secret while signed in; `db psql` and "remember me" need it, nobody else."""
        return self._secret or ""

    @property
    def seconds_left(self) -> float:
        """How long the token holds, in steady seconds: this machine's clock does not count."""
        return self._ends - steady()

    def now(self) -> datetime:
        """The server's time, whatever this machine's clock says."""
        return datetime.fromtimestamp(self._issued + steady() - self._issued_at, UTC)

    def unit_of_work(
        self,
        timeout_s: int = STATEMENT_SECONDS,
        *,
        name: str = "unit of work",
        snapshot: bool = False,
        intent: Intent | None = None,
    ) -> UnitOfWork:
        """One transaction: `with session.unit_of_work() as uow: ...; uow.commit()`. Rolled back unless committed.

        Args:
            timeout_s: the longest that one statement may take (imports and runs need more than the usual minute).
            name: what the log calls it.
            snapshot: all statements see the database as of the first one (REPEATABLE READ); a change by somebody else
                to a row that this one writes is then a ConflictError (TRY_AGAIN).
            intent: what the user wants done once, written down before anything is sent (billing.store.intents).

        Raises:
            NotSignedInError: The session is over (SESSION_OVER).
            ConflictError: The intent was carried out already (ALREADY_DONE).
        """
        if self.seconds_left < RENEW_BELOW_SECONDS:
            self.renew()
        return UnitOfWork(self, timeout_s, name, snapshot=snapshot, intent=intent)

    def settle(self, identity: UUID, within_s: float = SETTLE_SECONDS) -> bool:
        """Whether an intent was carried out; one that was not never will be. Asks until the server answers.

        Raises UnavailableError when nobody answers in time, NotSignedInError when the session is over meanwhile.
        """
        import sqlalchemy as sa

        self.on_checking()
        until = time.monotonic() + within_s
        while True:
            try:
                with UnitOfWork(self, STATEMENT_SECONDS, "settle") as uow:
                    asked = sa.text("SELECT auth.settle_intent(:id)")
                    done = bool(uow.connection.execute(asked, {"id": identity}).scalar_one())
                    uow.connection.commit()  # asked again where this answer is lost
                return done
            except UnavailableError:
                if time.monotonic() > until:
                    raise
                time.sleep(_ASK_AGAIN_S)

    def renew(self) -> None:
        """A new token of 60 minutes for the same session, which ends 10 hours after sign-in.

        Raises NotSignedInError when it is over.
        """
        import sqlalchemy as sa

        with self._lock:
            if self.seconds_left <= 0:
                raise NotSignedInError("SESSION_OVER", "The session is over: sign in again.")
            with UnitOfWork(self, STATEMENT_SECONDS, "renew") as uow:
                token: str = uow.connection.execute(sa.text("SELECT auth.renew()")).scalar_one()
                uow.connection.commit()  # nothing is lost with a lost answer
            self._use_token(token)
            self._read_switches()

    def _read_switches(self) -> None:
        import sqlalchemy as sa

        if rights.depends_on_settings(self.role):
            with UnitOfWork(self, STATEMENT_SECONDS, "switches") as uow:
                found = uow.connection.execute(sa.text("SELECT DISTINCT key FROM app.settings WHERE value = 'true'"))
                self.switches = frozenset(found.scalars())

    def may(self, operation: str) -> bool:
        """May this user do it (an operation of resources/rights.json)? The database decides again."""
        return rights.may(self.role, operation, self.switches)

    def require(self, operation: str) -> None:
        """Raise NotAllowedError unless this user may."""
        rights.require(self.role, operation, self.switches)

    @property
    def sees_every_client(self) -> bool:
        """Is this user bound to no client and no vendor?"""
        return rights.scope_of(self.role, "clients.view") == rights.EVERY_CLIENT

    def change_password(self, verifier: str, secret: str) -> None:
        """Set the user's own new password: its SCRAM verifier for the server, its secret for new connections.

        Every other session of the user ends.
        """
        import sqlalchemy as sa

        with self._lock:
            try:
                with UnitOfWork(self, STATEMENT_SECONDS, "change password") as uow:
                    uow.connection.execute(sa.text("SELECT auth.change_password(:verifier)"), {"verifier": verifier})
                    uow.commit()
            except UnavailableError as error:
                # the answer was lost: once it is changed, the old secret cannot even ask what became of it
                if error.code != "OUTCOME_UNKNOWN" or not self._opens(secret):
                    raise
            self._secret = secret
            self._replace_engine(self.profile)

    def _opens(self, secret: str) -> bool:
        """Does this secret open a connection?"""
        import sqlalchemy as sa

        engine = make_engine(self.profile, role_name(self.profile.workspace_id, self.email), secret)
        try:
            engine.connect().close()
        except sa.exc.DBAPIError:
            return False
        finally:
            engine.dispose()
        return True

    def cancel_running(self, thread: int | None = None) -> int:
        """Ask the server to stop what this session's units of work are doing now; gives how many were asked.

        Each raises Cancelled in its own thread and rolls back: at once when it waits for the server, else when it
        would commit.

        Args:
            thread: only those of the thread with this identifier (threading.get_ident()); None: all.
        """
        with self._lock:
            asked = [raw for raw, worker in self._running.items() if thread in (None, worker)]
            for raw in asked:
                self._cancelled.add(raw)
                raw.cancel()
            return len(asked)

    def close(self) -> None:
        """Sign out: the token is revoked, the pool and the secret are dropped. May be called twice."""
        with self._lock:
            if self._secret is None:
                return
            try:
                with UnitOfWork(self, STATEMENT_SECONDS, "sign out") as uow:
                    import sqlalchemy as sa

                    uow.connection.execute(sa.text("SELECT auth.sign_out()"))
                    uow.connection.commit()  # whatever becomes of it, nobody waits for the answer
            except KnownError:
                pass  # the server is gone or the session was over: nothing is left to revoke
            self.contracts_in_force.close()
            self._engine.dispose()
            self._secret = None
            self._token = ""
            self._ends = 0.0

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def connect(self) -> sa.Connection:
        """A connection of the pool; a dead embedded server is revived once."""
        import sqlalchemy as sa

        if self._secret is None:
            raise NotSignedInError("SESSION_OVER", "The session is over: sign in again.")
        self.line.refuse_if_dead()
        engine = self._engine
        try:
            return engine.connect()
        except sa.exc.DBAPIError as error:
            known = translate(error)
            if self._revive is None or not isinstance(known, UnavailableError):
                raise known from None
        except sa.exc.TimeoutError:
            raise UnavailableError("BUSY", "All five connections of this sign-in are in use.") from None
        with self._lock:
            if self._engine is engine:  # the first thread to notice revives for all
                self._replace_engine(self._revive())
        try:
            return self._engine.connect()
        except sa.exc.DBAPIError as error:
            raise translate(error) from None

    def answers(self, within_s: int) -> bool:
        """Whether the server answers this user at all; asked beside what is under way, over a new connection."""
        words = connect_words(self.profile, role_name(self.profile.workspace_id, self.email), self.secret)
        return answers(words, within_s)

    def _replace_engine(self, profile: Profile) -> None:
        old = self._engine
        self.profile = profile
        self._engine = make_engine(profile, role_name(profile.workspace_id, self.email), str(self._secret))
        self.line.follow(self._engine)
        old.dispose()

    def started(self, raw: Any) -> None:
        """A unit of work began on this driver connection."""
        with self._lock:
            self._running[raw] = threading.get_ident()
            self._backends.add(raw.info.backend_pid)

    def is_cancelled(self, raw: Any) -> bool:
        """Whether the user has cancelled the unit of work on this driver connection."""
        with self._lock:
            return raw in self._cancelled

    def finished(self, raw: Any) -> bool:
        """A unit of work ended; gives whether the user had cancelled it."""
        with self._lock:
            self._running.pop(raw, None)
            cancelled = raw in self._cancelled
            self._cancelled.discard(raw)
            return cancelled


def _say_nothing() -> None:
    """Nobody listens."""


def sign_in(profile: Profile, email: str, secret: str, *, revive: Callable[[], Profile] | None = None) -> Session:
    """Sign a user in to a workspace with the derived secret of the password.

    Args:
        profile: with host and port filled in.
        email: in any case; the normalised form is the identity.
        secret: K of billing.store.keys.derive_secret.
        revive: starts an embedded server that was found dead, and gives the profile at its new address.

    Raises:
        NotSignedInError: Wrong e-mail or password, or a disabled user; the answer does not tell which.
        NotAllowedError: The login is an administrator's (STRONG_LOGIN).
        UnavailableError: The server cannot be reached.
    """
    return Session(profile, normalise_email(email), secret, revive=revive)


def _claims(token: str) -> dict[str, Any]:
    """What the token says; it was just issued by the database, which alone verifies it."""
    body = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return claims
