"""A file encrypted with the workspace key, read back only whole and unchanged.

One line of JSON says what it is (the label, readable by everybody), then come frames of 1 MiB, each encrypted with
AES-256-GCM. The file's own key comes from the workspace key by HKDF-SHA256 with a random salt, so no two files share
one; a frame's nonce is its number and whether it is the last (the STREAM construction), and every frame authenticates
the label: frames cannot be changed, swapped, cut off or put behind another label.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from billing.errors import BadInputError

MAGIC = b"MISSEALED1 "
CHUNK = 1024 * 1024
_TAG = 16
_LONGEST_LABEL = 64 * 1024


def seal(source: Path, target: IO[bytes], key: bytes, label: Mapping[str, Any]) -> None:
    """Write `source` encrypted; `label` (JSON values) can be read without the key."""
    salt = secrets.token_bytes(16)
    head = json.dumps({**label, "salt": salt.hex(), "key_mark": key_mark(key)}, ensure_ascii=False).encode()
    target.write(MAGIC + head + b"\n")
    cipher, bound = _cipher(key, salt), hashlib.sha256(head).digest()
    with source.open("rb") as plain:
        number, chunk = 0, plain.read(CHUNK)
        while True:
            after = plain.read(CHUNK)
            target.write(cipher.encrypt(_nonce(number, not after), chunk, bound))
            if not after:
                return
            number, chunk = number + 1, after


def unseal(source: Path, target: Path, key: bytes) -> None:
    """Decrypt into `target`, which is complete only when this returns.

    Raises BadInputError: OTHER_KEY for another workspace key, DAMAGED for a file that was changed or cut off.
    """
    from cryptography.exceptions import InvalidTag

    with source.open("rb") as file, target.open("wb") as plain:
        head, label = _head(file, source)
        if label.get("key_mark") != key_mark(key):
            raise BadInputError(
                "OTHER_KEY",
                f"{source.name} was encrypted with another key of the workspace.",
                where=str(source),
                hint="Give the recovery kit that was printed when this file was made.",
            )
        cipher, bound = _cipher(key, bytes.fromhex(label["salt"])), hashlib.sha256(head).digest()
        try:
            for number, (frame, is_last) in enumerate(_frames(file)):
                plain.write(cipher.decrypt(_nonce(number, is_last), frame, bound))
        except InvalidTag:
            raise BadInputError(
                "DAMAGED", f"{source.name} is damaged: it is not what was written.", where=str(source)
            ) from None


def read_label(source: Path) -> dict[str, Any] | None:
    """The label of a sealed file, not yet verified; None for a file that is not sealed. Raises OSError."""
    with source.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            return None
        file.seek(0)
        return _head(file, source)[1]


def key_mark(key: bytes) -> str:
    """Eight digits that tell keys apart and say nothing about them."""
    return _derived(key, b"", b"moveinsync key mark")[:4].hex()


def _head(file: IO[bytes], source: Path) -> tuple[bytes, dict[str, Any]]:
    line = file.readline(_LONGEST_LABEL)
    try:
        if not line.startswith(MAGIC) or not line.endswith(b"\n"):
            raise ValueError("no label")
        head = line[len(MAGIC) : -1]
        label: dict[str, Any] = json.loads(head)
        bytes.fromhex(label["salt"])
    except (ValueError, KeyError, TypeError) as error:
        raise BadInputError("DAMAGED", f"{source.name} is damaged: its first line cannot be read.") from error
    return head, label


def _frames(file: IO[bytes]) -> Iterator[tuple[bytes, bool]]:
    frame = file.read(CHUNK + _TAG)
    while True:
        after = file.read(CHUNK + _TAG)
        yield frame, not after
        if not after:
            return
        frame = after


def _nonce(number: int, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


def _cipher(key: bytes, salt: bytes) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(_derived(key, salt, b"moveinsync sealed file 1"))


def _derived(key: bytes, salt: bytes, purpose: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), 32, salt or None, purpose).derive(key)
