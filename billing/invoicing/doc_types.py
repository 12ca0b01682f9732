"""What kinds of documents there are, and the one place that knows what each does to the amount owed."""

from __future__ import annotations

CREDIT_NOTE, DEBIT_NOTE = "CREDIT_NOTE", "DEBIT_NOTE"
NOTES = frozenset({CREDIT_NOTE, DEBIT_NOTE})
"""Documents that correct another one."""

TITLES = {
    "INVOICE": "Invoice",
    "STATEMENT": "Statement",
    "SELF_INVOICE": "Self-invoice",
    CREDIT_NOTE: "Credit note",
    DEBIT_NOTE: "Debit note",
}


def sign_of(doc_type: str) -> int:
    """-1 for a credit note, else 1: amounts are stored and printed positive (GST.md 8); api.document_sign agrees."""
    return -1 if doc_type == CREDIT_NOTE else 1


def title_of(doc_type: str, *, corrects: str | None = None, commercial: bool = False) -> str:
    """What a document is called; a note to a statement is no tax document and says so.

    `corrects` is the type of what a note corrects.
    """
    title = TITLES.get(doc_type, doc_type)
    if commercial:
        return "Commercial credit note"
    return f"{title} to statement" if corrects == "STATEMENT" else title
