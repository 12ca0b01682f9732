"""The portal's answers: response files of any nesting, taken apart to what they say about each document.

The signed QR code is a JWT whose payload repeats the document's GSTINs, number, date and total: that is what an
answer is compared with before it is stored. Its signature is checked with the portal's key where one is stored
(signature.py). The portal also answers that an IRN was cancelled, and what it refused and why.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from billing.errors import BadInputError
from billing.exchange.einvoice.inv01 import TYPES
from billing.exchange.einvoice.irn import irn_of
from billing.exchange.einvoice.json_text import load
from billing.exchange.einvoice.rules import read_day
from billing.money import plain, to_paise
from billing.schemas.invoices import EinvoicePrint, InvoiceDocument

MOST_BYTES = 50 * 1024 * 1024
DUPLICATE = "2150"
"""The portal's code for a document that has an IRN already."""

_IRN = re.compile(r"[0-9a-f]{64}", re.ASCII)
_STATUSES = ("ACT", "CNL")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the portal says about one document."""

    irn: str
    ack_no: str
    ack_date: datetime
    signed_qr: str
    status: str
    seller: str
    buyer: str
    typ: str
    number: str
    day: date | None
    total: Decimal | None
    signed_invoice: str = ""
    cancelled_at: datetime | None = None
    """Of an answer that tells of a cancellation and of nothing else."""

    def printed(self) -> EinvoicePrint:
        """What is stored of it."""
        return EinvoicePrint(self.irn, self.ack_no, self.ack_date, self.signed_qr, self.status == "CNL")


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the portal refused: its codes with their words; of a duplicate, the IRN that it gave before."""

    errors: tuple[tuple[str, str], ...]
    irn: str = ""
    number: str = ""
    ack_no: str = ""
    ack_date: str = ""

    def words(self, known: str | None) -> str:
        """A sentence for people; `known` is our document that has this IRN by its GSTIN, year, type and number."""
        if not any(code == DUPLICATE for code, _ in self.errors):
            told = "; ".join(f"{code} {message}".strip() for code, message in self.errors)
            return f"The portal refused it: {told}."
        since = f" on {self.ack_date} (acknowledgement {self.ack_no})" if self.ack_no else ""
        if known:
            return (
                f"Error {DUPLICATE}, duplicate: the portal registered {known} already{since}. The IRN is its own. "
                "Fetch the signed answer there (Get IRN by document details) and read that file here."
            )
        return (
            f"Error {DUPLICATE}, duplicate: the portal knows such a document already{since}, with an IRN that no "
            "document here has: somebody registered it elsewhere, or with another number or date."
        )


def read_answers(path: Path) -> list[Answer | Refusal]:
    """The answers in a response file. Raises BadInputError naming what cannot be read."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadInputError(
                "FILE_TOO_LARGE", f"{path.name} is larger than any answer of the portal.", where=str(path)
            )
        content = load(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BadInputError(
            "FILE_UNREADABLE", f"{path.name} cannot be read: {error.strerror}.", where=str(path)
        ) from None
    except (ValueError, RecursionError):
        raise BadInputError("NOT_JSON", f"{path.name} is not the portal's JSON file.", where=str(path)) from None
    found = [_refusal(one) if _is_refusal(one) else _answer(one, path) for one in _entries(content)]
    if not found:
        raise BadInputError("NO_ANSWERS", f"{path.name} holds no IRN.", where=str(path))
    return found


def _entries(content: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """Every object that has an IRN or errors, wherever it stands; text that is JSON itself is opened."""
    if depth > 8:
        return
    if isinstance(content, str) and content.lstrip()[:1] in ("{", "["):
        try:
            content = load(content)
        except ValueError:
            return
    if isinstance(content, list):
        for one in content:
            yield from _entries(one, depth + 1)
    elif isinstance(content, Mapping):
        if content.get("Irn") or _is_refusal(content):
            yield content
            return
        for one in content.values():
            yield from _entries(one, depth + 1)


def _is_refusal(entry: Mapping[str, Any]) -> bool:
    return bool(entry.get("ErrorDetails") or entry.get("errorDetails")) and not entry.get("Irn")


def _refusal(entry: Mapping[str, Any]) -> Refusal:
    """Codes and words of a refusal; a duplicate names the IRN of before beside them (InfoDtls, DUPIRN)."""
    given = entry.get("ErrorDetails") or entry.get("errorDetails")
    rows = given if isinstance(given, list) else [given]
    errors = tuple(
        (str(_either(one, "ErrorCode", "errorCode"))[:20], str(_either(one, "ErrorMessage", "errorMessage"))[:300])
        for one in rows
        if isinstance(one, Mapping)
    )
    known = next((one for one in _entries(entry.get("InfoDtls")) if one.get("Irn")), {})
    irn = str(known.get("Irn") or "").strip()
    return Refusal(
        errors or (("", "no reason given"),), irn if _IRN.fullmatch(irn) else "",
        str(entry.get("DocNo") or entry.get("No") or "")[:16], str(known.get("AckNo") or "")[:20],
        str(known.get("AckDt") or "")[:20],
    )  # fmt: skip


def _either(entry: Mapping[str, Any], *names: str) -> Any:
    return next((entry[name] for name in names if entry.get(name) is not None), "")


def _cancellation(irn: str, entry: Mapping[str, Any], where: str) -> Answer:
    """An answer that only says when an IRN was cancelled."""
    when = _time(entry["CancelDate"], "CancelDate", where)
    return Answer(irn, "", when, "", "CNL", "", "", "", "", None, None, cancelled_at=when)


def _answer(entry: Mapping[str, Any], path: Path) -> Answer:
    irn = str(entry["Irn"]).strip()
    where = f"{path.name}, IRN {irn[:12]}"
    if not _IRN.fullmatch(irn):
        raise BadInputError("BAD_IRN", f"{irn[:80]!r} is no IRN: 64 characters 0-9 and a-f.", where=path.name)
    if entry.get("CancelDate") and not entry.get("AckNo"):
        return _cancellation(irn, entry, where)
    signed = str(entry.get("SignedQRCode") or "")
    facts = _facts(signed, where) if signed else {}
    total = facts.get("TotInvVal")
    return Answer(
        irn=irn, ack_no=_ack_no(entry.get("AckNo"), where), ack_date=_time(entry.get("AckDt"), "AckDt", where),
        signed_qr=signed, status=_status(entry.get("Status"), where),
        seller=str(facts.get("SellerGstin") or ""), buyer=str(facts.get("BuyerGstin") or ""),
        typ=str(facts.get("DocTyp") or ""), number=str(facts.get("DocNo") or ""), day=read_day(facts.get("DocDt")),
        total=Decimal(total) if isinstance(total, int | Decimal) and not isinstance(total, bool) else None,
        signed_invoice=str(entry.get("SignedInvoice") or ""),
    )  # fmt: skip


def _ack_no(value: Any, where: str) -> str:
    text = str(value if value is not None else "").strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= 20):
        raise BadInputError("BAD_ACK", f"AckNo {text[:40]!r} is no number.", where=where)
    return text


def _time(value: Any, name: str, where: str) -> datetime:
    for form in ("%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M:%S"):
        try:
            return datetime.strptime(str(value), form)
        except ValueError:
            continue
    raise BadInputError("BAD_ACK", f"{name} {str(value)[:40]!r} is no time like 2026-11-05 11:22:00.", where=where)


def _status(value: Any, where: str) -> str:
    text = str(value or "ACT").upper()
    if text not in _STATUSES:
        raise BadInputError("BAD_STATUS", f"Status {text[:20]!r} is not ACT or CNL.", where=where)
    return text


def _facts(token: str, where: str) -> Mapping[str, Any]:
    """What the signed QR code says: the payload of a JWT, whose `data` is JSON as text."""
    try:
        body = token.split(".")[1]
        payload = load(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)).decode("utf-8"))
        facts = load(payload["data"])
    except (IndexError, KeyError, TypeError, ValueError, binascii.Error):
        raise BadInputError("BAD_QR", "The signed QR code cannot be read.", where=where) from None
    if not isinstance(facts, Mapping):
        raise BadInputError("BAD_QR", "The signed QR code cannot be read.", where=where)
    return facts


def differences(answer: Answer, document: InvoiceDocument) -> list[str]:
    """Where an answer does not fit the document it names: each with both values; empty when it fits."""
    typ = TYPES.get(document.doc_type, document.doc_type)
    number, gstin = document.number or "", document.supplier.gstin or ""
    expected = irn_of(gstin, typ, number, document.invoice_date)
    found = []
    if answer.irn != expected:
        found.append(f"IRN {answer.irn[:16]}… is not {expected[:16]}…, which GSTIN, year, type and number give")
    if not answer.signed_qr:
        if answer.status == "ACT":
            found.append("SignedQRCode is missing")
        return found
    pairs = (
        ("SellerGstin", answer.seller, gstin), ("BuyerGstin", answer.buyer, document.recipient.gstin or ""),
        ("DocTyp", answer.typ, typ), ("DocNo", answer.number.upper(), number.upper()),
    )  # fmt: skip
    found += [f"{name} {theirs!r} is {ours!r} here" for name, theirs, ours in pairs if theirs != ours]
    if answer.day != document.invoice_date:
        theirs = f"{answer.day:%d-%m-%Y}" if answer.day else "missing"
        found.append(f"DocDt {theirs} is {document.invoice_date:%d-%m-%Y} here")
    total = document.draft.totals.total
    if answer.total is None or to_paise(answer.total) != total:
        found.append(f"TotInvVal {answer.total if answer.total is not None else 'missing'} is {plain(total)} here")
    return found
