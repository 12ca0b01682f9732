"""GSTR-1, TDS and the plain tables they are written as (GST.md sections 10 and 11)."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from openpyxl import load_workbook

from billing.exchange.einvoice.json_text import dump
from billing.exchange.returns.data_sheet import DataSheet, write_book, write_csv
from billing.exchange.returns.gstr1 import B2B, CDNR, DOCS, HSN, gstr1_of, json_of, sheets_of
from billing.invoicing.sac_groups import owed_by_sac
from billing.invoicing.tds import PayeeYear, to_rupee
from billing.schemas.invoices import ChargeSum, CorrectedInvoice, InvoiceDocument, InvoiceStatus
from billing.schemas.taxes import TdsRate
from tests.unit.papers.documents import BUYER, PERIOD, SELLER, TRIP, document, in_maharashtra

GSTIN, NOVEMBER = "29AAGCB7383J1Z4", date(2026, 11, 1)
TWO_RATES = (
    ChargeSum("MONTHLY_FEE", PERIOD, 18000, True, 10_000_000, 1),
    ChargeSum("DISTANCE", TRIP, 5000, True, 1_000_050, 3),
)
NOTE: dict[str, Any] = {
    "doc_type": "CREDIT_NOTE",
    "title": "Credit note",
    "corrects": (CorrectedInvoice("A/26-27/00001", NOVEMBER),),
}


def month() -> list[InvoiceDocument]:
    """A month of every kind."""
    sez = replace(BUYER, is_sez=True)
    five = (ChargeSum("MONTHLY_FEE", PERIOD, 5000, True, 100_010, 1),)
    return [
        document(TWO_RATES, number="A/26-27/00001"),
        document(number="A/26-27/00002", status=InvoiceStatus.VOID),
        document(buyer=in_maharashtra(), number="A/26-27/00003"),
        document(buyer=sez, number="A/26-27/00004"),
        document(five, reverse=True, number="A/26-27/00005"),
        document(buyer=replace(BUYER, gstin=None), number="A/26-27/00006"),
        document(number="S/26-27/00001", doc_type="STATEMENT"),
        document((ChargeSum("DISTANCE", TRIP, 18000, True, 33_333, 3),), number="AC/26-27/00001", **NOTE),
    ]


def test_b2b_has_a_row_for_each_rate_with_the_invoice_value_repeated() -> None:
    b2b = sheets_of(gstr1_of(GSTIN, NOVEMBER, month()))[0]
    assert b2b.name == "b2b,sez,de"
    assert b2b.headers == B2B
    rows = [dict(zip(B2B, row, strict=True)) for row in b2b.rows]
    first = [row for row in rows if row["Invoice Number"] == "A/26-27/00001"]
    assert [row["Rate"] for row in first] == [5, 18]
    assert len({row["Invoice Value"] for row in first}) == 1
    assert [row["Taxable Value"] for row in first] == [Decimal("10000.50"), Decimal("100000.00")]
    assert first[0]["Place Of Supply"] == "29-Karnataka"
    assert first[0]["Invoice date"] == date(2026, 11, 5)
    by_number = {row["Invoice Number"]: row for row in rows}
    assert by_number["A/26-27/00004"]["Invoice Type"] == "SEZ supplies with payment"
    assert by_number["A/26-27/00005"]["Reverse Charge"] == "Y"
    assert "A/26-27/00002" not in {row["Invoice Number"] for row in rows}


def test_notes_are_positive_with_their_kind() -> None:
    cdnr = sheets_of(gstr1_of(GSTIN, NOVEMBER, month()))[1]
    (row,) = [dict(zip(CDNR, row, strict=True)) for row in cdnr.rows]
    assert (row["Note Number"], row["Note Type"], row["Note Value"]) == ("AC/26-27/00001", "C", Decimal("393.00"))
    assert row["Taxable Value"] == Decimal("333.33")


def test_hsn_is_the_sum_of_the_documents() -> None:
    content = gstr1_of(GSTIN, NOVEMBER, month())
    sheets = {sheet.name: sheet for sheet in sheets_of(content)}
    rows = [dict(zip(HSN, row, strict=True)) for row in sheets["hsn(b2b)"].rows]
    signs = {"CREDIT_NOTE": -1}
    signed = [(signs.get(one.doc_type, 1), group) for one in content.documents for _, group in owed_by_sac(one.draft)]
    for header, name in (
        ("Taxable Value", "taxable"),
        ("Integrated Tax Amount", "igst"),
        ("Central Tax Amount", "cgst"),
        ("State/UT Tax Amount", "sgst"),
    ):
        assert sum(row[header] for row in rows) * 100 == sum(sign * getattr(group, name) for sign, group in signed)
    assert {(row["UQC"], row["Total Quantity"]) for row in rows} == {("NA", 0)}
    assert sheets["hsn(b2c)"].rows == ()


def test_before_may_2025_there_is_one_hsn_sheet() -> None:
    sheets = sheets_of(gstr1_of(GSTIN, date(2025, 4, 1), month()))
    assert [one.name for one in sheets] == ["b2b,sez,de", "cdnr", "hsn", "docs"]


def test_every_number_is_counted_and_void_ones_as_cancelled() -> None:
    docs = sheets_of(gstr1_of(GSTIN, NOVEMBER, month()))[-1]
    assert docs.headers == DOCS
    assert docs.rows == (
        ("Invoices for outward supply", "A/26-27/00001", "A/26-27/00006", 6, 1),
        ("Credit Note", "AC/26-27/00001", "AC/26-27/00001", 1, 0),
    )


def test_what_is_left_out_is_counted() -> None:
    content = gstr1_of(GSTIN, NOVEMBER, month())
    assert set(content.warnings) == {
        "1 statement left out of GSTR-1.",
        "1 document without the buyer's GSTIN left out of GSTR-1.",
    }


def test_what_is_no_tax_document_is_in_no_table() -> None:
    """Notes to statements and commercial credits leave the tax as it is; their own numbers do not count either."""
    one = (ChargeSum("DISTANCE", TRIP, 18000, True, 33_333, 3),)
    commercial = document(one, number="AC/26-27/00002", **NOTE, is_commercial=True)
    to_statement = document(one, number="SC/26-27/00001", **NOTE, corrects_type="STATEMENT")
    exempt = document((ChargeSum("DISTANCE", TRIP, 0, True, 10_000, 2),), number="A/26-27/00007")
    content = gstr1_of(GSTIN, NOVEMBER, [*month(), commercial, to_statement, exempt])
    assert {one.number for one in content.documents} & {"AC/26-27/00002", "SC/26-27/00001", "A/26-27/00007"} == set()
    assert {one.first for one in content.ranges} == {"A/26-27/00001", "AC/26-27/00001"}
    assert [(one.total, one.cancelled) for one in content.ranges] == [(7, 1), (2, 0)]
    assert "1 commercial credit note left out of GSTR-1." in content.warnings
    assert "2 statements left out of GSTR-1." in content.warnings


def test_the_portal_json() -> None:
    content = json.loads(dump(json_of(gstr1_of(GSTIN, NOVEMBER, month()))))
    assert (content["gstin"], content["fp"]) == (GSTIN, "112026")
    invoices = {inv["inum"]: inv for buyer in content["b2b"] for inv in buyer["inv"]}
    first = invoices["A/26-27/00001"]
    assert (first["idt"], first["pos"], first["rchrg"], first["inv_typ"]) == ("05-11-2026", "29", "N", "R")
    assert first["itms"] == [
        {"num": 501, "itm_det": {"txval": 10000.50, "rt": 5, "camt": 250.01, "samt": 250.01, "csamt": 0}},
        {"num": 1801, "itm_det": {"txval": 100000.00, "rt": 18, "camt": 9000.00, "samt": 9000.00, "csamt": 0}},
    ]
    assert invoices["A/26-27/00003"]["itms"][0]["itm_det"]["iamt"] == 8138.49
    assert invoices["A/26-27/00004"]["inv_typ"] == "SEWP"
    assert content["cdnr"][0]["nt"][0]["ntty"] == "C"
    assert content["doc_issue"]["doc_det"][0]["docs"][0] == {
        "num": 1,
        "from": "A/26-27/00001",
        "to": "A/26-27/00006",
        "totnum": 6,
        "cancel": 1,
        "net_issue": 5,
    }
    assert {row["hsn_sc"] for row in content["hsn"]["hsn_b2b"]} == {"996601"}


TABLE = DataSheet(
    "T", ("Text", "Day", "Amount", "Count"), (("=1+1", date(2026, 11, 5), Decimal("1234.50"), 3), ("", None, None, 0))
)


def test_tables_are_typed_safe_and_without_totals(tmp_path: Path) -> None:
    sheet = load_workbook(write_book(tmp_path / "t.xlsx", [TABLE]))["T"]
    assert sheet["A2"].data_type == "s"
    assert sheet["B2"].value.date() == date(2026, 11, 5)
    assert sheet["B2"].number_format == "dd-mmm-yy"
    assert (sheet["C2"].value, sheet["D2"].value, sheet.max_row) == (1234.5, 3, 3)
    with write_csv(tmp_path / "t.csv", TABLE).open(encoding="utf-8-sig", newline="") as stream:
        assert list(csv.reader(stream))[1] == ["'=1+1", "05-Nov-26", "1234.50", "3"]


def rate(percent: str = "2", single: int = 3_000_000, year: int = 10_000_000) -> TdsRate:
    return TdsRate(UUID(int=1), "194C", "OTHER", Decimal(percent), date(2017, 4, 1), None, "", single, year)


@pytest.mark.parametrize(
    ("bases", "due"),
    [
        ([2_900_000], [0]),
        ([3_000_000], [0]),
        ([3_000_100], [60_000]),
        ([2_900_000, 2_900_000, 2_900_000, 2_900_000], [0, 0, 0, 232_000]),
        ([4_000_000, 2_000_000, 2_000_000, 3_000_000], [80_000, 0, 0, 140_000]),
        ([12_000_000, -1_000_000], [240_000, -20_000]),
    ],
)
def test_tds_by_payment_and_by_year(bases: list[int], due: list[int]) -> None:
    """GST.md 11: one payment over 30,000 or the year's over 1,00,000; then all of the year."""
    year = PayeeYear()
    assert [year.add(base, rate()) for base in bases] == due


def test_tds_to_the_rupee_nearest_or_up() -> None:
    """Odoo rounds 200.102 up to 201 (its option); the default is the nearest."""
    assert to_rupee(20_010) == 20_000
    assert to_rupee(20_010, up=True) == 20_100
    assert to_rupee(20_050) == 20_100
    assert SELLER.gstin == GSTIN
