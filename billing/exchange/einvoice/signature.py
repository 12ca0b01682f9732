"""The portal's signature on its answers: JSON web tokens, RS256, checked with its public key (GST.md section 9).

No key is shipped: whoever uses the portal downloads its public key or certificate there and stores it. The cryptography
library does the arithmetic; only RS256 is taken, whatever a token says of itself.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from billing.errors import BadInputError
from billing.exchange.einvoice.json_text import load

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

LEAST_BITS = 2048
_CERTIFICATE, _KEY = b"-----BEGIN CERTIFICATE-----", b"-----BEGIN PUBLIC KEY-----"


@dataclass(frozen=True, slots=True)
class PortalKey:
    """A public key of the portal: its PEM text, and the fingerprint by which people compare it."""

    pem: str
    fingerprint: str


def read_key(content: bytes, where: str) -> PortalKey:
    """The RSA key of a PEM file: a public key or a certificate. Raises BadInputError BAD_KEY."""
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    text = content.strip()
    try:
        if _CERTIFICATE in text:
            key = x509.load_pem_x509_certificate(text).public_key()
        elif _KEY in text:
            key = serialization.load_pem_public_key(text)  # type: ignore[assignment]
        else:
            raise ValueError("neither")
    except ValueError:
        words = "This is no public key or certificate in PEM form (-----BEGIN PUBLIC KEY----- or CERTIFICATE)."
        raise BadInputError("BAD_KEY", words, where=where) from None
    if not isinstance(key, RSAPublicKey) or key.key_size < LEAST_BITS:
        raise BadInputError("BAD_KEY", f"The portal signs with RSA of at least {LEAST_BITS} bits.", where=where)
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    pem = key.public_bytes(serialization.Encoding.PEM, form).decode("ascii")
    digest = hashlib.sha256(key.public_bytes(serialization.Encoding.DER, form)).hexdigest()
    return PortalKey(pem, digest)


def is_signed(token: str, keys: Sequence[PortalKey]) -> bool:
    """Whether one of the keys signed this token."""
    parts = token.split(".")
    if len(parts) != 3:
        return False
    try:
        header = load(_decoded(parts[0]).decode("utf-8"))
        signature = _decoded(parts[2])
    except (ValueError, binascii.Error):
        return False
    if not isinstance(header, dict) or header.get("alg") != "RS256":
        return False
    signed = f"{parts[0]}.{parts[1]}".encode("ascii", "replace")
    return any(_fits(_public(key), signature, signed) for key in keys)


def _fits(key: RSAPublicKey, signature: bytes, signed: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    try:
        key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def _public(key: PortalKey) -> RSAPublicKey:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    found = load_pem_public_key(key.pem.encode("ascii"))
    assert isinstance(found, RSAPublicKey), key.fingerprint
    return found


def _decoded(part: str) -> bytes:
    return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
