"""Users: read through row-level security, changed only by the functions of schema auth (SECURITY.md R14)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from billing.schemas.users import OwnSession, User

_LIST = sa.text(
    "SELECT u.id, u.email, u.display_name AS name, u.role, u.client_id, u.vendor_id, u.active, u.must_change,"
    " u.last_sign_in_at, u.rev, c.code AS client_code, v.name AS vendor_name,"
    " (SELECT count(*) FROM auth.sessions s WHERE s.user_id = u.id AND s.revoked_at IS NULL"
    "   AND s.expires_at > clock_timestamp()"
    "   AND s.renewed_at > clock_timestamp() - interval '60 minutes') AS open_sessions"
    " FROM auth.users u LEFT JOIN app.clients c ON c.id = u.client_id LEFT JOIN app.vendors v ON v.id = u.vendor_id"
    " WHERE :email IS NULL OR u.email = :email ORDER BY u.email"
)

_OWN_SESSIONS = sa.text(
    "SELECT s.jti AS id, s.started_at, s.renewed_at, s.expires_at, host(s.addr) AS address,"
    " s.jti = (SELECT c.jti FROM auth.ctx() c) AS is_this FROM auth.sessions s"
    " WHERE s.user_id = (SELECT auth.user_id()) AND s.revoked_at IS NULL AND s.expires_at > clock_timestamp()"
    " AND s.renewed_at > clock_timestamp() - interval '60 minutes' ORDER BY s.renewed_at DESC, s.jti"
)


class Users:
    """The users that this session may see; a SUPER_ADMIN sees and changes all."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def all(self) -> list[User]:
        """All visible users, by e-mail."""
        return self._read(None)

    def by_email(self, email: str) -> User | None:
        """The user of a normalised address."""
        return next(iter(self._read(email)), None)

    def add(self, user: User, verifier: str) -> None:
        """Make the login role and the row; `verifier` is the SCRAM verifier of the derived secret."""
        self._call(
            "auth.create_user(:id, :email, :name, :role, :client_id, :vendor_id, :verifier, :must_change)",
            id=user.id,
            email=user.email,
            name=user.name,
            role=user.role,
            client_id=user.client_id,
            vendor_id=user.vendor_id,
            verifier=verifier,
            must_change=user.must_change,
        )

    def set_active(self, user: User, active: bool) -> None:
        """Let in or shut out; who is shut out loses open sessions at once."""
        self._call("auth.set_active(:id, :active, :rev)", id=user.id, active=active, rev=user.rev)

    def set_role(self, user: User, role: str, client_id: UUID | None, vendor_id: UUID | None) -> None:
        """Change role and binding; open sessions end."""
        self._call(
            "auth.set_role(:id, :role, :client_id, :vendor_id, :rev)",
            id=user.id,
            role=role,
            client_id=client_id,
            vendor_id=vendor_id,
            rev=user.rev,
        )

    def reset_password(self, user: User, verifier: str) -> None:
        """Give a one-time password, to be changed within 72 hours."""
        self._call("auth.reset_password(:id, :verifier)", id=user.id, verifier=verifier)

    def end_sessions(self, user: User) -> None:
        """End another user's sessions and connections."""
        self._call("auth.end_sessions(:id)", id=user.id)

    def own_sessions(self) -> list[OwnSession]:
        """The signed-in user's sessions whose token may still hold, newest first."""
        return [OwnSession(**row) for row in self._connection.execute(_OWN_SESSIONS).mappings()]

    def idle_minutes(self) -> int:
        """After how many minutes without a touch the window asks for the password (a setting of the workspace)."""
        return int(self._connection.execute(sa.text("SELECT w.idle_minutes FROM app.workspace w")).scalar_one())

    def end_own_sessions(self, session_id: UUID | None = None) -> None:
        """End one session of the signed-in user, or without an id all but the present one."""
        self._call("auth.end_own_sessions(:session)", session=session_id)

    def _read(self, email: str | None) -> list[User]:
        typed = _LIST.bindparams(sa.bindparam("email", type_=sa.Text()))
        rows = self._connection.execute(typed, {"email": email}).mappings()
        return [User(**row) for row in rows]

    def _call(self, call: str, **values: Any) -> None:
        kinds = {name: sa.Uuid() for name in ("client_id", "vendor_id", "id", "session")}
        bound = [sa.bindparam(name, type_=kinds[name]) for name in values if name in kinds]
        self._connection.execute(sa.text(f"SELECT {call}").bindparams(*bound), values)
