"""Users: read through row-level security, changed only by the functions of schema auth (SECURITY.md R14)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from billing.schemas.users import User

_LIST = sa.text(
    "SELECT u.id, u.email, u.display_name AS name, u.role, u.client_id, u.vendor_id, u.active, u.must_change,"
    " u.last_sign_in_at, u.rev, c.code AS client_code, v.name AS vendor_name"
    " FROM auth.users u LEFT JOIN app.clients c ON c.id = u.client_id LEFT JOIN app.vendors v ON v.id = u.vendor_id"
    " WHERE :email IS NULL OR u.email = :email ORDER BY u.email"
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

    def change_own_password(self, verifier: str) -> None:
        """The password of the signed-in user; their other sessions end."""
        self._call("auth.change_password(:verifier)", verifier=verifier)

    def _read(self, email: str | None) -> list[User]:
        typed = _LIST.bindparams(sa.bindparam("email", type_=sa.Text()))
        rows = self._connection.execute(typed, {"email": email}).mappings()
        return [User(**row) for row in rows]

    def _call(self, call: str, **values: Any) -> None:
        kinds = {"client_id": sa.Uuid(), "vendor_id": sa.Uuid(), "id": sa.Uuid()}
        bound = [sa.bindparam(name, type_=kinds[name]) for name in values if name in kinds]
        self._connection.execute(sa.text(f"SELECT {call}").bindparams(*bound), values)
