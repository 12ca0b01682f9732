"""A reminder as a file: plain text, or a message that a mail program opens as a draft (.eml)."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from billing.errors import BadInputError
from billing.exchange.files import replacing

_SUBJECT = "Subject: "


def write_reminder(target: Path, text: str) -> Path:
    """Write the text of `reminder_text` as .txt or .eml by the target's ending; gives the path.

    An .eml has the first line as its subject, no sender and no recipient: the mail program asks for them (X-Unsent).
    Raises UnavailableError when the file is open elsewhere, BadInputError FILE_TYPE.
    """
    kind = target.suffix.lower()
    if kind not in (".txt", ".eml"):
        raise BadInputError("FILE_TYPE", f"{target.name}: a reminder is written as .txt or .eml.", where="--out")
    content = text.encode("utf-8") + b"\n" if kind == ".txt" else _message(text).as_bytes(policy=SMTP)
    with replacing(target) as temporary:
        temporary.write_bytes(content)
    return Path(target)


def _message(text: str) -> EmailMessage:
    first, _, body = text.partition("\n")
    made = EmailMessage()
    made["Subject"] = first.removeprefix(_SUBJECT)
    made["X-Unsent"] = "1"
    made.set_content(body.lstrip("\n") + "\n")
    return made
