"""An invitation as one line of text that can be mailed, pasted or kept in a file.

`MIS1-` and the base64url of the JSON with four bytes of its SHA-256 before it: a line cut short or changed on the way
is noticed, white space put in by a mail program does not matter.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from uuid import UUID

from billing.errors import BadInputError
from billing.schemas.users import Invitation

PREFIX = "MIS1-"
_CHECK_BYTES = 4
_LONGEST = 200_000  # certificates of a company's own authority included


def pack(invitation: Invitation) -> str:
    """The invitation as one line."""
    content = {
        "workspace": str(invitation.workspace_id),
        "name": invitation.name,
        "host": invitation.host,
        "port": invitation.port,
        "database": invitation.database,
        "key": invitation.key.hex(),
        "ca": invitation.ca,
        "email": invitation.email,
        **({"pooled": True} if invitation.pooled else {}),
    }
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return PREFIX + base64.urlsafe_b64encode(_check(body) + body).decode().rstrip("=")


def unpack(text: str) -> Invitation:
    """Read an invitation. Raises BadInputError for what is none, or not whole."""
    line = "".join(text.split())
    if not line.startswith(PREFIX) or len(line) > _LONGEST:
        raise _refusal("This is no invitation: it would begin with MIS1-.")
    line = line.removeprefix(PREFIX)
    try:
        raw = base64.b64decode(line + "=" * (-len(line) % 4), altchars=b"-_", validate=True)
        check, body = raw[:_CHECK_BYTES], raw[_CHECK_BYTES:]
        if check != _check(body):
            raise _refusal("The invitation is not whole: copy all of it, or open its file.")
        content = json.loads(body)
        return Invitation(
            UUID(content["workspace"]),
            str(content["name"]),
            str(content["host"]),
            int(content["port"]),
            str(content["database"]),
            bytes.fromhex(content["key"]),
            str(content["ca"]),
            str(content["email"]),
            content.get("pooled") is True,
        )
    except (binascii.Error, ValueError, KeyError, TypeError) as error:
        raise _refusal("The invitation cannot be read: ask for a new one.") from error


def _check(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()[:_CHECK_BYTES]


def _refusal(message: str) -> BadInputError:
    return BadInputError("BAD_INVITATION", message, where="invitation")
