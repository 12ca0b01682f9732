"""E-invoices as the file that is uploaded to the portal: an array, whether of one document or many."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from billing.errors import RefusedError
from billing.exchange.einvoice.inv01 import payload_of, why_not
from billing.exchange.einvoice.json_text import dump
from billing.exchange.einvoice.rules import Problem, problems_of
from billing.exchange.files import replacing
from billing.exchange.paper.declarations import needs_irn
from billing.schemas.invoices import InvoiceDocument

PORTAL_ZONE = ZoneInfo("Asia/Kolkata")


class EinvoiceError(RefusedError):
    """Documents that the portal would refuse; `problems` names each document, line, field and value."""

    def __init__(self, problems: Sequence[Problem], consequence: str = "no file was written") -> None:
        count = f"{len(problems)} thing" + ("" if len(problems) == 1 else "s")
        lines = "\n".join(str(problem) for problem in problems)
        super().__init__(
            "EINVOICE_INVALID",
            f"The portal would refuse {count}; {consequence}.\n{lines}",
            where=problems[0].document,
        )
        self.problems = tuple(problems)


def portal_day(now: datetime) -> date:
    """The day at the portal at this moment."""
    return now.astimezone(PORTAL_ZONE).date()


def check(document: InvoiceDocument, today: date) -> list[Problem]:
    """What the portal would refuse on its day `today` of a document that may be registered at all."""
    return problems_of(payload_of(document), today, turnover=document.aato, tax_to_rupee=document.tax_to_rupee)


def refuse_unfit(draft: InvoiceDocument, today: date) -> None:
    """Refuse a draft that could never be registered: once it is issued, its names and addresses stay (GST.md R6).

    Looked at only where the supplier has to register it; number and date are given at issue.
    Raises EinvoiceError naming document, line, field and value.
    """
    if not needs_irn(draft):
        return
    problems = [one for one in check(draft, today) if not one.field.startswith("DocDtls.")]
    if problems:
        raise EinvoiceError(problems, "it is not issued. Put the parties' data right, then issue again")


def write_einvoices(path: Path, documents: Sequence[InvoiceDocument], today: date) -> Path:
    """Write the documents as one array; gives `path`. `today` is the portal's day.

    Raises EinvoiceError with all problems of all documents, RefusedError NO_EINVOICE for one that has none.
    """
    for document in documents:
        reason = why_not(document)
        if reason:
            raise RefusedError("NO_EINVOICE", reason, where=document.number or "draft")
    problems = [problem for document in documents for problem in check(document, today)]
    if problems:
        raise EinvoiceError(problems)
    with replacing(path) as temporary:
        text = dump([payload_of(document) for document in documents]) + "\n"
        temporary.write_text(text, encoding="utf-8", newline="\n")
    return path
