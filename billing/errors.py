"""Errors that have a cause the user can act on; everything else is a bug (DESIGN.md section 11).

A known error carries a code for programs, one sentence for people, a next step, and the place (field, row, file)
it is about. Its class says which exit status the command line ends with.
"""

from __future__ import annotations

from typing import Any


class KnownError(Exception):
    """Something was refused or failed for a known reason. Exit status 1."""

    exit_code = 1

    def __init__(self, code: str, message: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.where = where
        self.hint = hint

    def as_dict(self) -> dict[str, Any]:
        """The error object of the command line: code, message, where."""
        return {"code": self.code, "message": self.message, "where": self.where}


class RefusedError(KnownError):
    """A rule of the business forbids it (already issued, trip billed, vendor unknown). Exit status 1."""


class BadInputError(KnownError):
    """What was given cannot be read or breaks a rule of its format. Exit status 2."""

    exit_code = 2


class NotSignedInError(KnownError):
    """No valid session: wrong password, expired, no user named. Exit status 3."""

    exit_code = 3


class NotAllowedError(KnownError):
    """The signed-in role may not do this. Exit status 3."""

    exit_code = 3


class ConflictError(KnownError):
    """Somebody else changed the record meanwhile, or the same thing exists already. Exit status 1."""


class EditConflictError(ConflictError):
    """A record was saved by somebody else since it was read; `current` is the record as it is stored now."""

    def __init__(self, title: str, current: Any) -> None:
        when = f" on {current.updated_at:%d-%m-%Y at %H:%M} UTC" if current.updated_at else ""
        super().__init__(
            "CHANGED_MEANWHILE",
            f"{current.updated_by or 'Somebody else'} saved this {title}{when}, after you opened it.",
            hint="Look at both versions and save again.",
        )
        self.current = current


class UnavailableError(KnownError):
    """The database, a file or a system service cannot be reached right now; trying again may help. Exit status 1."""
