"""The e-invoice portal's public keys of this workspace, and what they say about its answers (GST.md section 9).

Several may be stored, because the portal changes its key and old answers keep their signature. Without one nothing is
checked, and that is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from billing.errors import BadInputError
from billing.exchange.einvoice.signature import PortalKey, is_signed, read_key
from billing.schemas.changes import Changes

if TYPE_CHECKING:
    from billing.exchange.einvoice.answers import Answer
    from billing.store.session import Session
    from billing.store.unit_of_work import UnitOfWork

SETTING = "einvoice.portal_keys"
UNCHECKED = "Signature not checked: the portal's public key is not stored."
CHECKED = "Signed by the portal."
MOST_BYTES = 100_000


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key with the day on which somebody stored it, and the file that it came from."""

    key: PortalKey
    name: str
    stored_at: datetime


@dataclass(frozen=True, slots=True)
class Signature:
    """What was found: `holds` is False only where a stored key says that the portal did not sign it."""

    holds: bool
    words: str


def list_keys(session: Session) -> list[StoredKey]:
    """The workspace's keys, newest first."""
    with session.unit_of_work(name="portal_keys.list") as uow:
        return _read(uow)


def add_key(session: Session, *, path: Path) -> tuple[StoredKey, Changes]:
    """Store the portal's public key or certificate from a PEM file (SUPER_ADMIN); the same one again changes nothing.

    Raises BadInputError FILE_UNREADABLE, BAD_KEY; NotAllowedError.
    """
    session.require("einvoices.keys")
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadInputError("BAD_KEY", f"{path.name} is larger than any key.", where=str(path))
        key = read_key(path.read_bytes(), str(path))
    except OSError as error:
        words = f"{path.name} cannot be read: {error.strerror}."
        raise BadInputError("FILE_UNREADABLE", words, where=str(path)) from None
    with session.unit_of_work(name="portal_keys.add") as uow:
        known = _read(uow)
        same = next((one for one in known if one.key.fingerprint == key.fingerprint), None)
        if same is not None:
            return same, Changes(frozenset())
        new = StoredKey(key, path.name, session.now())
        _write(uow, [new, *known])
        uow.commit()
    return new, Changes(frozenset({"settings", "einvoices"}))


def remove_key(session: Session, *, fingerprint: str) -> Changes:
    """Forget a key by the beginning of its fingerprint, eight digits or more (SUPER_ADMIN).

    Raises BadInputError UNKNOWN_KEY; NotAllowedError.
    """
    session.require("einvoices.keys")
    with session.unit_of_work(name="portal_keys.remove") as uow:
        known = _read(uow)
        wanted = fingerprint.strip().lower().replace(":", "")
        found = [one for one in known if len(wanted) >= 8 and one.key.fingerprint.startswith(wanted)]
        if len(found) != 1:
            raise BadInputError("UNKNOWN_KEY", f"No one key begins with {fingerprint}.", where="--remove")
        _write(uow, [one for one in known if one is not found[0]])
        uow.commit()
    return Changes(frozenset({"settings", "einvoices"}))


def stored_keys(uow: UnitOfWork) -> list[PortalKey]:
    """The keys that answers are checked with."""
    return [one.key for one in _read(uow)]


def check_answer(answer: Answer, keys: Sequence[PortalKey]) -> Signature:
    """Whether the portal signed the QR code, and the invoice where it came along."""
    tokens = [("SignedQRCode", answer.signed_qr), ("SignedInvoice", answer.signed_invoice)]
    given = [(name, token) for name, token in tokens if token]
    if not keys or not given:
        return Signature(True, UNCHECKED if given else "")
    wrong = [name for name, token in given if not is_signed(token, keys)]
    if wrong:
        words = f"The signature of {' and '.join(wrong)} does not fit the portal's key that is stored here."
        return Signature(False, words)
    return Signature(True, CHECKED)


def words_of(token: str, keys: Sequence[PortalKey]) -> str:
    """Whether a stored QR code is the portal's, as the keys are now."""
    if not keys:
        return UNCHECKED
    return CHECKED if is_signed(token, keys) else "Not signed with a portal key that is stored here."


def _read(uow: UnitOfWork) -> list[StoredKey]:
    rows = uow.client_settings.get(None, SETTING, [])
    return [
        StoredKey(PortalKey(row["pem"], row["fingerprint"]), row["name"], datetime.fromisoformat(row["stored_at"]))
        for row in rows
    ]


def _write(uow: UnitOfWork, keys: Sequence[StoredKey]) -> None:
    rows = [
        {"pem": one.key.pem, "fingerprint": one.key.fingerprint, "name": one.name,
         "stored_at": one.stored_at.isoformat()}
        for one in keys
    ]  # fmt: skip
    uow.client_settings.set(None, SETTING, rows)
