"""Database errors made into sentences for people, without SQL text and without values (SECURITY (b) 16).

Refusals written in resources/sql carry their own sentence: SQLSTATE MIS01 (never changes), MIS02 (refused), MIS04
(changed meanwhile), MIS05 (bad input), 42501 or 28000 with the program's code as constraint name. For the errors of
PostgreSQL itself only the SQLSTATE and the constraint's name are used. An error of ours (unknown column, wrong type) is
no known error: it becomes a DatabaseBug, which the crash border logs.
"""

from __future__ import annotations

from typing import Any

from billing.errors import (
    BadInputError,
    ConflictError,
    KnownError,
    NotAllowedError,
    NotSignedInError,
    RefusedError,
    UnavailableError,
)

WRONG_SIGN_IN = "E-mail or password is not right."
_OUR_STATES: dict[str, type[KnownError]] = {
    "MIS01": RefusedError,
    "MIS02": RefusedError,
    "MIS04": ConflictError,
    "MIS05": BadInputError,
    "42501": NotAllowedError,
    "28000": NotSignedInError,
}
# By constraint or unique index: code and sentence. What is not listed gets the sentence of its kind.
_BY_CONSTRAINT = {
    "clients_code": ("CODE_TAKEN", "Another client has this code."),
    "client_sites_code": ("CODE_TAKEN", "Another site of this client has this code."),
    "employees_code": ("CODE_TAKEN", "Another employee of this client has this code."),
    "vendor_branches_code": ("CODE_TAKEN", "Another branch of this vendor has this code."),
    "vendor_branches_gstin": ("GSTIN_TAKEN", "Another vendor's branch has this GSTIN."),
    "client_vendors_code": ("CODE_TAKEN", "Another vendor of this client has this code."),
    "client_vendors_pkey": ("ALREADY_LINKED", "This vendor works for the client already."),
    "vehicles_no": ("VEHICLE_TAKEN", "This vehicle number is there already."),
    "contracts_name": ("NAME_TAKEN", "This client and vendor have a contract of that name."),
    "contract_versions_number": ("VERSION_TAKEN", "The contract has a version of that number."),
    "versions_no_overlap": ("VERSIONS_OVERLAP", "Another version of the contract is in force in these dates."),
    "slots_one_vehicle": ("VEHICLE_IN_SLOT", "The vehicle is in another slot in these dates."),
    "gst_rates_no_overlap": ("RATES_OVERLAP", "There is another percent for these dates."),
    "trips_external_ref": ("DUPLICATE", "A trip of this vendor with the same id is stored already."),
    "users_email_key": ("EMAIL_TAKEN", "There is a user with this e-mail address."),
    "users_scope": ("USER_SCOPE", "This role needs another choice of client and vendor."),
    "billing_runs_one": ("ALREADY_BILLED", "There is a billing run for this contract and month."),
    "trip_charges_once": ("TRIP_BILLED_TWICE", "A trip of this run is billed already."),
    "invoices_number": ("NUMBER_TAKEN", "There is a document with this number."),
}
_KINDS: dict[str, tuple[type[KnownError], str, str]] = {
    "23505": (ConflictError, "ALREADY_EXISTS", "The same record is there already."),
    "23P01": (ConflictError, "OVERLAP", "It overlaps another record."),
    "23503": (RefusedError, "REFERENCED", "It refers to a record that is not there, or others refer to it."),
    "23514": (BadInputError, "BAD_VALUE", "A value is not allowed."),
    "23502": (BadInputError, "MISSING_REQUIRED", "A required value is missing."),
    "42501": (NotAllowedError, "NOT_ALLOWED", "Your role may not do this."),
    "28P01": (NotSignedInError, "SIGN_IN_FAILED", WRONG_SIGN_IN),
    "28000": (NotSignedInError, "SIGN_IN_FAILED", WRONG_SIGN_IN),
    "40001": (ConflictError, "TRY_AGAIN", "Somebody else changed the same records at this moment; try again."),
    "40P01": (ConflictError, "TRY_AGAIN", "Somebody else changed the same records at this moment; try again."),
    "55P03": (UnavailableError, "BUSY", "Somebody else is changing the same records; try again in a moment."),
    "57014": (UnavailableError, "TOO_SLOW", "The database stopped this because it took too long."),
    "53100": (UnavailableError, "DISK_FULL", "The disk of the database is full; nothing was changed."),
    "53200": (UnavailableError, "OUT_OF_MEMORY", "The database has no memory left; nothing was changed."),
    "53300": (UnavailableError, "TOO_MANY_CONNECTIONS", "The database has no connection free."),
    "25P03": (UnavailableError, "CONNECTION_LOST", "The database closed a connection that was idle too long."),
    "3D000": (UnavailableError, "NO_DATABASE", "The workspace's database is not on this server."),
    "25006": (
        UnavailableError,
        "READ_ONLY",
        "This server is a read-only copy (a standby): nothing can be changed there; connect to the primary server.",
    ),
}
_LOST = (UnavailableError, "CONNECTION_LOST", "The connection to the database is lost; nothing was changed.")
# What libpq says before there is a SQLSTATE, the telling words first: code, sentence, next step.
_TLS = (
    (
        "does not match host name",
        "TLS_HOST_NAME",
        "The server's certificate is that of another host name, so it may be another server.",
        "Use the name the certificate was made for; ask the administrator which one that is.",
    ),
    (
        "certificate verify failed",
        "TLS_NOT_TRUSTED",
        "The server's certificate is not signed by the authority that this workspace trusts.",
        "Ask the administrator for a new invitation or the right CA file; do not go on without it.",
    ),
    (
        "signature failure",  # an authority of the same name, with another key
        "TLS_NOT_TRUSTED",
        "The server's certificate is not signed by the authority that this workspace trusts.",
        "Ask the administrator for a new invitation or the right CA file; do not go on without it.",
    ),
    (
        "server does not support ssl",
        "TLS_NOT_OFFERED",
        "The server offers no encryption (TLS); over a network the program works with none that does not.",
        "The administrator switches TLS on: docs/server.md.",
    ),
    (
        "channel binding",
        "TLS_CHANNEL",
        "Sign-in cannot be tied to the encrypted connection: something stands between this computer and the server.",
        "Behind a connection pooler the invitation must say so; else ask the administrator.",
    ),
    (
        "root certificate file",
        "TLS_CA_FILE",
        "The file with the server's certificate authority cannot be read.",
        "Ask for a new invitation: it brings the file along.",
    ),
    (
        "authentication method requirement",
        "WEAK_SIGN_IN",
        "The server does not ask for a SCRAM proof of the password, so the program tells it none.",
        "The administrator sets scram-sha-256 in pg_hba.conf: docs/server.md.",
    ),
    (
        "ssl",
        "TLS",
        "The encrypted connection to the server could not be made, or its certificate is not usable.",
        "Ask the administrator whether certificate and TLS versions of the server are in order.",
    ),
    (
        "certificate",
        "TLS",
        "The server's certificate is not usable.",
        "Ask the administrator whether the certificate of the server is in order.",
    ),
)
# PgBouncer's words among them: it knows no user without a login.
_REFUSED_LOGIN = ("authentication failed", "is not permitted to log in", "no password supplied", "no such user")
_FULL = ("too many conn", "no more connections allowed", "remaining connection slots")


class DatabaseBug(RuntimeError):  # noqa: N818 - it names what it is, as the two families of errors do
    """The program sent something that the database cannot understand; carries the SQLSTATE, never the statement."""

    def __init__(self, sqlstate: str, message: str) -> None:
        super().__init__(f"SQLSTATE {sqlstate}: {message}")
        self.sqlstate = sqlstate


def sqlstate_of(error: BaseException) -> str | None:
    """The SQLSTATE of a driver's or SQLAlchemy's error, or None."""
    state = getattr(getattr(error, "orig", error), "pgcode", None)
    return str(state) if state else None


def translate(error: BaseException) -> Exception:
    """The known error that a database error means; a DatabaseBug for a mistake of ours."""
    driver: Any = getattr(error, "orig", None) or error
    diag: Any = getattr(driver, "diag", None)
    state = sqlstate_of(error) or getattr(diag, "sqlstate", None)
    constraint = getattr(diag, "constraint_name", None) or ""
    if state is None:
        return _without_state(driver)
    if state in _OUR_STATES and (state.startswith("MIS") or constraint.isupper()):
        hint = getattr(diag, "message_hint", None) or ""
        return _OUR_STATES[state](constraint or "REFUSED", diag.message_primary, hint=hint)
    if constraint in _BY_CONSTRAINT:
        kind = _KINDS.get(state, _KINDS["23514"])[0]
        code, sentence = _BY_CONSTRAINT[constraint]
        return kind(code, sentence, where=constraint)
    if state in _KINDS:
        kind, code, sentence = _KINDS[state]
        column = getattr(diag, "column_name", None) or constraint
        return kind(code, sentence, where=column)
    if state.startswith("08") or state.startswith("57P"):
        kind, code, sentence = _LOST
        return kind(code, sentence)
    if state.startswith("22"):
        return BadInputError("BAD_VALUE", "A value cannot be stored: it is too long, too large or malformed.")
    return DatabaseBug(state, getattr(diag, "message_primary", None) or type(driver).__name__)


def _without_state(driver: Any) -> Exception:
    """Errors raised before the server answers with a SQLSTATE, and those of a broken connection."""
    import psycopg2

    if not isinstance(driver, psycopg2.OperationalError | psycopg2.InterfaceError):
        return DatabaseBug("-", type(driver).__name__)
    text = str(driver).lower()
    if any(words in text for words in _REFUSED_LOGIN):
        return NotSignedInError("SIGN_IN_FAILED", WRONG_SIGN_IN)
    if any(words in text for words in _FULL):
        kind, code, sentence = _KINDS["53300"]
        return kind(code, sentence)
    if "permission denied for database" in text:
        return NotAllowedError(
            "DATABASE_CLOSED",
            "The workspace is closed on this server: it was moved, or somebody works on it.",
            hint="Ask the administrator, or for a new invitation.",
        )
    for words, code, sentence, hint in _TLS:
        if words in text and "closed unexpectedly" not in text:
            return UnavailableError(code, sentence, hint=hint)
    if "does not exist" in text and "database" in text:
        kind, code, sentence = _KINDS["3D000"]
        return kind(code, sentence)
    kind, code, sentence = _LOST
    return kind(code, sentence, hint="Check that the server runs and can be reached.")
