"""From a person's password to the secret of their database login (SECURITY.md (a), steps 2 and 3).

The password never leaves the process and the server stores only a SCRAM verifier of the derived secret K:

    pre = base64(HMAC-SHA384(workspace key, password))                64 characters, so bcrypt's 72-byte limit is far
    h   = bcrypt(pre, cost 12, salt from workspace id and e-mail)     0.2 s: call it off the GUI thread
    K   = base64(HMAC-SHA256(h, "pg-scram"))                          44 characters

The salt is derived because the workstation must know it before it may read anything; the random workspace key does a
stored salt's work. `h` is the login secret itself and is stored nowhere.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from base64 import b64encode
from uuid import UUID

from billing.errors import BadInputError

KEY_BYTES = 16
BCRYPT_COST = 12
SCRAM_ITERATIONS = 4096  # K is 256 random-looking bits: more rounds would only slow every pooled connection
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 128
LONGEST_EMAIL = 254


def new_workspace_key() -> bytes:
    """128 random bits: without them nobody outside can even start to guess a password."""
    return secrets.token_bytes(KEY_BYTES)


def normalise_email(email: str) -> str:
    """The form in which an e-mail address is an identity: NFC, without outer white space, lower case.

    Raises BadInputError for what is no address.
    """
    found = unicodedata.normalize("NFC", email).strip().lower()
    name, at, host = found.rpartition("@")
    broken = any(letter.isspace() or not letter.isprintable() for letter in found)
    if not (name and at and host) or broken or len(found) > LONGEST_EMAIL:
        raise BadInputError("BAD_EMAIL", f"“{email}” is not an e-mail address.", where="email")
    return found


def check_password(password: str, email: str = "", company: str = "") -> None:
    """Raise BadInputError for a password that a user may not choose (SECURITY R15).

    12 to 128 characters of any kind; neither common nor made of the product's, the company's (`company`: names of the
    workspace or the client) or the person's own words. What exactly is too easy is not told.
    """
    from billing.store.passwords import is_easy

    length = len(unicodedata.normalize("NFC", password))
    if not SHORTEST_PASSWORD <= length <= LONGEST_PASSWORD:
        raise BadInputError(
            "PASSWORD_LENGTH",
            f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters; this one has {length}.",
            where="password",
            hint="A sentence of four or five words is easy to keep in mind.",
        )
    if is_easy(password, (email, company)):
        raise BadInputError(
            "PASSWORD_WEAK",
            "This password is too easy to guess: it is a common one, or little more than well-known words.",
            where="password",
            hint="A sentence of four or five words is easy to keep in mind.",
        )


def derive_secret(workspace_key: bytes, workspace_id: UUID, email: str, password: str) -> str:
    """The secret K of a user's database login. Takes 0.2 s."""
    from passlib.hash import bcrypt
    from passlib.utils.binary import bcrypt64

    typed = unicodedata.normalize("NFC", password).encode()
    pre = b64encode(hmac.digest(workspace_key, typed, "sha384")).decode()
    seed = f"mis-kdf-1|{workspace_id}|{normalise_email(email)}".encode()
    salt = bcrypt64.encode_bytes(hashlib.sha256(seed).digest()[:16]).decode()
    slow = bcrypt.using(rounds=BCRYPT_COST, salt=salt, ident="2b").hash(pre)
    return b64encode(hmac.digest(slow.encode(), b"pg-scram", "sha256")).decode()


def role_name(workspace_id: UUID, email: str) -> str:
    """The database role of a user: opaque, because every role may list the names of all roles."""
    return "mis_u_" + hashlib.sha256(f"{workspace_id}|{normalise_email(email)}".encode()).hexdigest()[:24]


def scram_verifier(secret: str, *, salt: bytes | None = None) -> str:
    """What the server stores for K (RFC 5802, RFC 7677), so that K itself is never sent when a user is made.

    K is plain ASCII, hence SASLprep leaves it as it is.
    """
    salt = secrets.token_bytes(16) if salt is None else salt
    salted = hashlib.pbkdf2_hmac("sha256", secret.encode("ascii"), salt, SCRAM_ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    words = [b64encode(part).decode() for part in (salt, stored, server)]
    return f"SCRAM-SHA-256${SCRAM_ITERATIONS}:{words[0]}${words[1]}:{words[2]}"
