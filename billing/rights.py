"""Who may do what: resources/rights.json, read once. The window shows and enables by it, services refuse by it.

    may("VIEWER", "invoices.issue")          # False
    why_not("VIEWER", "invoices.issue")      # "A viewer may not issue invoices: super admin, client admin."

Nothing else lists roles. What a modified program may do is decided by PostgreSQL (SECURITY.md (c)); the tests try every
cell of the same file with the user's own credentials.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from functools import cache
from importlib import resources
from typing import Any

from billing.errors import NotAllowedError

EVERY_CLIENT, OWN = "all", "own"


@cache
def _content() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(resources.files("resources").joinpath("rights.json").read_text("utf-8"))
    return content


def roles() -> dict[str, str]:
    """Roles by code, with the words a user reads, the strongest first."""
    return {code: str(role["name"]) for code, role in _content()["roles"].items()}


def role_words(role: str) -> str:
    """ "CLIENT_ADMIN" as "Client admin"; an unknown code stays itself."""
    return roles().get(role, role)


def role_about(role: str) -> str:
    """What a role is for, in half a sentence."""
    return str(_content()["roles"].get(role, {}).get("about", ""))


def binds(role: str, party: str) -> str:
    """Whether a user of the role belongs to a `client` or a `vendor`: "yes", "no" or "maybe"."""
    return str(_content()["roles"][role][party])


def operations() -> tuple[str, ...]:
    """The codes of all operations."""
    return tuple(_content()["operations"])


def only_window(operation: str) -> bool:
    """Is it a screen only, whose figures the role may read anyway?"""
    return bool(_content()["operations"][operation].get("by") == "window")


def scope_of(role: str, operation: str, switches: Collection[str] = ()) -> str:
    """EVERY_CLIENT, OWN or "" (refused). `switches` are the settings that are on. KeyError: an unknown operation."""
    scope = str(_content()["operations"][operation].get(role, ""))
    if scope in (EVERY_CLIENT, OWN, ""):
        return scope
    return OWN if scope in switches else ""


def may(role: str, operation: str, switches: Collection[str] = ()) -> bool:
    """May this role do it at all? "" (nobody signed in) may nothing. KeyError for an unknown operation."""
    return bool(scope_of(role, operation, switches))


def depends_on_settings(role: str) -> bool:
    """Does a setting of the client widen what this role may?"""
    scopes = {row.get(role, "") for row in _content()["operations"].values()}
    return bool(scopes - {EVERY_CLIENT, OWN, ""})


def who_may(operation: str) -> tuple[str, ...]:
    """The roles that always may, in words."""
    row = _content()["operations"][operation]
    return tuple(words.lower() for code, words in roles().items() if row.get(code) in (EVERY_CLIENT, OWN))


def why_not(role: str, operation: str) -> str:
    """The reason beside something disabled: who is refused what, and who may."""
    does = _content()["operations"][operation]["does"]
    return f"A {role_words(role).lower()} may not {does}; a {' or a '.join(who_may(operation))} may."


def require(role: str, operation: str, switches: Collection[str] = ()) -> None:
    """Raise NotAllowedError (NOT_ALLOWED) unless the role may."""
    if not may(role, operation, switches):
        raise NotAllowedError("NOT_ALLOWED", why_not(role, operation), where=operation)
