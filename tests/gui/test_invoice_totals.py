"""Totals of the list of documents: amounts are shown positive and summed with their sign."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

from billing.schemas.invoices import InvoiceStatus, InvoiceSummary
from moveinsync_desktop.models.rows import RowsModel
from moveinsync_desktop.views.invoices import COLUMNS
from moveinsync_desktop.views.widgets.selection import stats_of


def document(doc_type: str, taxable: int, status: InvoiceStatus = InvoiceStatus.ISSUED) -> InvoiceSummary:
    """A document of one line, 5 percent."""
    tax = taxable // 20
    return InvoiceSummary(
        client_id=uuid4(), invoice_id=uuid4(), run_id=uuid4(), number="A/26-27/00001", status=status, client_code="C",
        client_name="C", vendor_code="V", vendor_name="V", contract_name="K", month=date(2026, 10, 1),
        doc_type=doc_type, invoice_date=date(2026, 11, 1), trips=1, taxable=taxable, tax=tax,
        total=taxable + tax, issued_at=None,
    )  # fmt: skip


def test_a_credit_note_takes_away_and_a_void_document_counts_nothing(qtbot: Any) -> None:
    rows = [
        document("INVOICE", 100_000),
        document("CREDIT_NOTE", 20_000),
        document("DEBIT_NOTE", 4_000),
        document("INVOICE", 500_000, InvoiceStatus.VOID),
    ]
    model = RowsModel(COLUMNS)
    model.set_rows(rows)
    assert [model.totals[key] for key in ("taxable", "tax", "total")] == [84_000, 4_200, 88_200]
    taxable = next(column for column in COLUMNS if column.key == "taxable")
    assert [taxable.value(row) for row in rows[:2]] == [100_000, 20_000]
    stats = stats_of(taxable, rows[:2])
    assert stats is not None
    assert (stats.total, stats.least) == (80_000, -20_000)
