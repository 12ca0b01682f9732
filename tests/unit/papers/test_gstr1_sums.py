"""Random months of documents: every table of GSTR-1 against sums made here from the documents' own lines.

The sums share no code with the program: they add lines, round each document's tax of a rate once, and count numbers.
"""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from billing.exchange.einvoice.json_text import dump
from billing.exchange.returns.data_sheet import write_book
from billing.exchange.returns.gstr1 import B2B, CDNR, HSN, Gstr1, gstr1_of, json_of, sheets_of
from billing.schemas.invoices import ChargeSum, CorrectedInvoice, InvoiceDocument, InvoiceStatus
from tests.unit.papers.documents import BUYER, PERIOD, TRIP, document, in_maharashtra

MONTH = date(2026, 11, 1)
EXAMPLES = 500 if os.environ.get("MIS_HYPOTHESIS") == "nightly" else 25
SEZ = replace(BUYER, is_sez=True)
PREFIX = {"INVOICE": "SLC/26-27/", "CREDIT_NOTE": "SLCC/26-27/", "DEBIT_NOTE": "SLCD/26-27/"}
ORIGINAL = (CorrectedInvoice("SLC/26-27/00001", date(2026, 11, 5)),)


@st.composite
def months(draw: st.DrawFn) -> list[InvoiceDocument]:
    """Invoices and notes of all supplies, void ones among them, numbered as their series go."""
    made: list[InvoiceDocument] = []
    numbers: Counter[str] = Counter()
    for _ in range(draw(st.integers(1, 8))):
        kind = draw(st.sampled_from(("INVOICE", "INVOICE", "INVOICE", "CREDIT_NOTE", "DEBIT_NOTE")))
        numbers[kind] += 1
        parts = draw(
            st.lists(
                st.tuples(
                    st.sampled_from(("DISTANCE", "NIGHT", "WAITING", "ZONE")), st.sampled_from((5000, 18000)),
                    st.integers(1, 10**9), st.sampled_from(("996601", "996412")),
                ),
                min_size=1, max_size=5, unique_by=lambda part: part[:2],
            )
        )  # fmt: skip
        charges = [ChargeSum(code, TRIP, rate, True, amount, 2) for code, rate, amount, _ in parts]
        charges += [ChargeSum("TOLL", TRIP, 0, False, 12_345, 1)] if draw(st.booleans()) else []
        buyer, reverse = draw(st.sampled_from(((BUYER, False), (in_maharashtra(), False), (SEZ, False), (BUYER, True))))
        one = document(
            charges, buyer=buyer, reverse=reverse, doc_type=kind, number=f"{PREFIX[kind]}{numbers[kind]:05d}",
            status=InvoiceStatus.VOID if draw(st.integers(0, 5)) == 0 else InvoiceStatus.ISSUED,
            corrects=() if kind == "INVOICE" else ORIGINAL, corrects_type="" if kind == "INVOICE" else "INVOICE",
        )  # fmt: skip
        sacs = {(code, rate): sac for code, rate, _, sac in parts}
        lines = tuple(
            replace(line, sac=sacs.get((line.code, line.percent_milli), line.sac)) for line in one.draft.lines
        )
        made.append(replace(one, draft=replace(one.draft, lines=lines)))
    return made


def rounded(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def taxes(one: InvoiceDocument) -> dict[int, tuple[Decimal, Decimal, Decimal]]:
    """Of each rate of a document: taxable value, IGST, one half of CGST and SGST; under reverse charge what is owed."""
    values: dict[int, Decimal] = defaultdict(Decimal)
    for line in one.draft.lines:
        if line.is_taxable:
            values[line.percent_milli // 1000] += Decimal(line.amount) / 100
    inter = one.recipient.is_sez or one.recipient.state_code != one.supplier.state_code
    return {
        rate: (value, rounded(value * rate / 100) if inter else Decimal(0),
               Decimal(0) if inter else rounded(value * rate / 200))
        for rate, value in values.items()
    }  # fmt: skip


def table(content: Gstr1, name: str, headers: tuple[str, ...]) -> list[dict[str, Any]]:
    rows = next(sheet.rows for sheet in sheets_of(content) if sheet.name == name)
    return [dict(zip(headers, row, strict=True)) for row in rows]


@settings(max_examples=EXAMPLES, deadline=None)
@given(months())
def test_the_tables_are_the_sums_of_the_documents(documents: list[InvoiceDocument]) -> None:
    content = gstr1_of("29AAGCB7383J1Z4", MONTH, documents)
    valid = [one for one in documents if one.status is not InvoiceStatus.VOID]
    for name, headers, kinds, number in (
        ("b2b,sez,de", B2B, ("INVOICE",), "Invoice Number"),
        ("cdnr", CDNR, ("CREDIT_NOTE", "DEBIT_NOTE"), "Note Number"),
    ):
        wanted = {
            (one.number, rate): value
            for one in valid
            if one.doc_type in kinds
            for rate, (value, _, _) in taxes(one).items()
        }
        rows = table(content, name, headers)
        assert {(row[number], int(row["Rate"])): row["Taxable Value"] for row in rows} == wanted
        assert len(rows) == len(wanted)
        worth = {one.number: Decimal(one.draft.totals.total) / 100 for one in valid}
        assert all(row[headers[4] if name != "cdnr" else "Note Value"] == worth[row[number]] for row in rows)
    check_hsn(content, valid)
    check_json(content, valid)
    check_docs(content, documents)


def check_hsn(content: Gstr1, valid: list[InvoiceDocument]) -> None:
    """Table 12 by SAC and rate: taxable values exactly, taxes together as the documents have them."""
    values: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
    sums: dict[int, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for one in valid:
        sign = -1 if one.doc_type == "CREDIT_NOTE" else 1
        for line in one.draft.lines:
            if line.is_taxable:
                values[line.sac, line.percent_milli // 1000] += sign * Decimal(line.amount) / 100
        for rate, (_, igst, half) in taxes(one).items():
            sums[rate][0] += sign * igst
            sums[rate][1] += sign * half
    rows = table(content, "hsn(b2b)", HSN)
    assert {(row["HSN"], int(row["Rate"])): row["Taxable Value"] for row in rows} == dict(values)
    for rate, (igst, half) in sums.items():
        members = [row for row in rows if row["Rate"] == rate]
        assert sum(row["Integrated Tax Amount"] for row in members) == igst
        assert sum(row["Central Tax Amount"] for row in members) == half
        assert sum(row["State/UT Tax Amount"] for row in members) == half
    for row in rows:
        parts = ("Taxable Value", "Integrated Tax Amount", "Central Tax Amount", "State/UT Tax Amount")
        assert row["Total Value"] == sum(row[part] for part in parts)


def check_json(content: Gstr1, valid: list[InvoiceDocument]) -> None:
    """The portal's file says the same as the sheets; amounts are numbers, nothing is empty."""
    text = dump(json_of(content))
    assert "null" not in text
    read = json.loads(text, parse_float=Decimal)
    found: dict[Any, tuple[Decimal, Decimal, Decimal]] = {}
    for section, inner, number in (("b2b", "inv", "inum"), ("cdnr", "nt", "nt_num")):
        for buyer in read.get(section, []):
            for one in buyer[inner]:
                for item in one["itms"]:
                    detail = item["itm_det"]
                    amounts = [Decimal(detail.get(name, 0)) for name in ("txval", "iamt", "camt")]
                    assert Decimal(detail.get("samt", 0)) == amounts[2]
                    found[one[number], int(detail["rt"])] = (amounts[0], amounts[1], amounts[2])
    assert found == {(one.number, rate): parts for one in valid for rate, parts in taxes(one).items()}


def check_docs(content: Gstr1, documents: list[InvoiceDocument]) -> None:
    """Table 13: every number of a series, void ones as cancelled."""
    for entry in content.ranges:
        members = [one for one in documents if one.doc_type == entry.doc_type]
        void = sum(one.status is InvoiceStatus.VOID for one in members)
        assert (entry.total, entry.cancelled) == (len(members), void)
        assert (entry.first, entry.last) == (members[0].number, members[-1].number)
    assert sum(entry.total for entry in content.ranges) == len(documents)


@pytest.mark.parametrize("month", [date(2025, 4, 1), MONTH])
def test_sheets_hold_rows_and_nothing_else(tmp_path: Path, month: date) -> None:
    """Typed cells, no totals row, no formula; the template of the month (one HSN sheet until April 2025)."""
    buyer = replace(BUYER, name="=HYPERLINK(0)")
    one = document((ChargeSum("MONTHLY_FEE", PERIOD, 18000, True, 10_000_000, 1),), buyer=buyer)
    content = gstr1_of("29AAGCB7383J1Z4", month, [one])
    book = load_workbook(write_book(tmp_path / "g.xlsx", sheets_of(content)))
    hsn = ["hsn(b2b)", "hsn(b2c)"] if month.year == 2026 else ["hsn"]
    assert book.sheetnames == ["b2b,sez,de", "cdnr", *hsn, "docs"]
    sheet: Any = book["b2b,sez,de"]
    assert sheet.max_row == 2
    assert [cell.data_type for cell in sheet[2]] == [
        "s", "s", "s", "d", "n", "s", "s", "n", "s", "n", "n", "n", "n",
    ]  # fmt: skip
    assert sheet["B2"].value == "=HYPERLINK(0)"
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
