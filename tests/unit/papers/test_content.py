"""What documents say, whatever prints them: every field of GST.md section 3, each kind of document and supply."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from billing.exchange.paper.content import DUPLICATE, content_of
from billing.exchange.paper.declarations import is_bill_of_supply
from billing.exchange.paper.html import body_html, logo_size, paper_of
from billing.invoicing.sac_groups import by_sac
from billing.schemas.invoices import (
    ChargeSum,
    CorrectedInvoice,
    EinvoicePrint,
    InvoiceDocument,
    InvoiceStatus,
    Letterhead,
    TaxGroup,
)
from tests.unit.papers.documents import BUYER, PERIOD, SELLER, TRIP, document, in_maharashtra

IRN = EinvoicePrint("a" * 64, "112010036563310", datetime(2026, 11, 5, 11, 22), "eyJ.x.y")
FIVE = (ChargeSum("MONTHLY_FEE", PERIOD, 5000, True, 100_000, 1),)


def words_of(made: InvoiceDocument, **more: Any) -> str:
    """Everything that is printed, as one text."""
    return str(body_html(content_of(made, 3, **more), made.letterhead))


def test_every_field_that_the_law_wants() -> None:
    text = words_of(document())
    for wanted in (
        "Sri Lakshmi Cabs",
        "14, 3rd Cross, Kadubeesanahalli",
        "GSTIN 29AAGCB7383J1Z4",
        "PAN AAGCB7383J",
        "Tax invoice",
        "SLC/26-27/00118",
        "05-11-2026",
        "Tessera Technologies Private Limited",
        "GSTIN 29AAACI1681G1ZL",
        "State: 29 Karnataka",
        "996601",
        "Monthly fee",
        "45,213.83",
        "CGST 9 %",
        "SGST 9 %",
        "4,069.24",
        "Place of supply",
        "Reverse charge",
        "No",
        "01-10-2026 to 31-10-2026",
        "4500118270",
        "Canara Bank 4471, IFSC CNRB0002873",
        "Round off",
        "₹ 53,392.00",
        "Rupees Fifty-Three Thousand Three Hundred Ninety-Two Only",
        "Original for recipient",
        "valid without signature",
        "Audit log 00000000-0000-0000-0000-000000000007, entry 1284: " + "3f9a" * 16,
    ):
        assert wanted in text.replace("\u00a0\u00a0 ", "  ").replace("&nbsp;", " "), wanted
    assert "−23.74" in text
    assert DUPLICATE in words_of(document(), copy=DUPLICATE)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (document(FIVE, reverse=True), "payable by the recipient under reverse charge"),
        (document(FIVE), "Input tax credit on goods and services used in this supply has not been taken"),
        (document(itc_option="FULL"), "Tax is charged at the rate that allows input tax credit"),
        (document(buyer=replace(BUYER, is_sez=True)), "for authorised operations on payment of integrated tax"),
        (
            document(
                (ChargeSum("DISTANCE", TRIP, 0, True, 10_000, 2),),
                buyer=replace(BUYER, is_sez=True, lut_no="AD290320261234A", lut_until=date(2027, 3, 31)),
            ),
            "letter of undertaking AD290320261234A, valid until 31-03-2027, without payment",
        ),
        (document(doc_type="STATEMENT", title="Statement"), "It is not a tax invoice"),
        (document(doc_type="SELF_INVOICE", title="Self-invoice"), "For Tessera Technologies Private Limited"),
        (document(einvoice_liable=True), "without an IRN this is not a tax invoice"),
        (document(einvoice=IRN), "112010036563310"),
        (document(einvoice=replace(IRN, is_cancelled=True)), "was cancelled on the portal"),
        (document(status=InvoiceStatus.DRAFT, number=None), "Draft, not yet issued"),
        (document(status=InvoiceStatus.VOID), "VOID"),
        (document(), "spent on the recipient&#x27;s account as its pure agent"),
        (document(seller=replace(SELLER, gstin=None, pan=None)), "GSTIN not recorded"),
        (document(authority="authority A-17 of 01-04-2026"), "issued for Sri Lakshmi Cabs, authority A-17"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_what_the_kind_of_supply_asks_for(made: InvoiceDocument, said: str) -> None:
    assert said in words_of(made)


def test_union_territories_call_the_half_utgst() -> None:
    chandigarh = replace(SELLER, state_code="04", gstin="04AAGCB7383J1ZG")
    content = content_of(document(seller=chandigarh, buyer=replace(BUYER, state_code="04")), 3)
    assert content.tax_names == ("CGST", "UTGST")
    assert [figure.label for figure in content.figures][1:3] == ["CGST 9 %", "UTGST 9 %"]


def test_a_credit_without_gst_shows_no_tax() -> None:
    note = {"doc_type": "CREDIT_NOTE", "title": "Commercial credit note", "is_commercial": True}
    content = content_of(document(FIVE, **note), 0)
    assert (content.tax_names, content.tax_rows, content.lines[0].percent) == ((), (), "")
    assert content.figures[0].label == "Value without GST"
    assert content.subtitle.startswith("Without GST")
    assert content.bank == ""


def test_whose_paper_it_is_signs_it() -> None:
    """A statement and what corrects it are the client's own; an invoice is the vendor's, whoever prepares it."""
    client = "For Tessera Technologies Private Limited"
    for more in ({"doc_type": "STATEMENT"}, {"doc_type": "SELF_INVOICE"}, {"corrects_type": "STATEMENT"}):
        assert content_of(document(FIVE, **more), 0).signature[0] == client
    assert content_of(document(FIVE), 0).signature[0] == "For Sri Lakshmi Cabs"


def test_another_state_has_one_tax() -> None:
    content = content_of(document(buyer=in_maharashtra()), 3)
    assert content.tax_names == ("IGST",)
    assert ("Place of supply", "27 Maharashtra") in content.facts


def test_figures_are_the_total() -> None:
    for made in (document(), document(buyer=in_maharashtra()), document(FIVE, reverse=True), document(rupee=False)):
        content = content_of(made, 0)
        assert sum(figure.amount for figure in content.figures) == content.total.amount
        assert sum(row.taxable for row in content.tax_rows) == made.draft.totals.taxable
        assert sum(tax[2] for row in content.tax_rows for tax in row.taxes) == made.draft.totals.tax


def test_a_note_names_number_date_and_reason() -> None:
    corrected = (CorrectedInvoice("SLC/26-27/00117", date(2026, 10, 5)),)
    made = document(doc_type="CREDIT_NOTE", title="Credit note", corrects=corrected, reason="Trips billed twice")
    text = words_of(made)
    for wanted in (
        "Credit note number",
        "SLC/26-27/00117 of 05-10-2026",
        "Trips billed twice",
        "Total credit",
        "Rule 53",
    ):
        assert wanted in text


def test_exempt_services_make_a_bill_of_supply() -> None:
    exempt = (ChargeSum("DISTANCE", TRIP, 0, True, 10_000, 2),)
    assert is_bill_of_supply(document(exempt))
    assert not is_bill_of_supply(document(exempt, buyer=replace(BUYER, is_sez=True)))
    assert not is_bill_of_supply(document())
    assert "Exempt supply" in words_of(document(exempt))


def test_names_never_become_markup() -> None:
    text = words_of(document(buyer=replace(BUYER, name='<img src=x onerror="1"> & $total \x07')))
    assert "<img src=x" not in text
    assert "&lt;img src=x" in text
    assert "$total" in text


@pytest.mark.parametrize(("width", "height"), [(340, 120), (1, 4000), (4000, 1), (500, 500), (0, 0)])
def test_a_logo_stays_in_its_box(width: int, height: int) -> None:
    wide, high = logo_size(Letterhead(b"x", "png", width, height))
    assert 1 <= wide <= 220
    assert 1 <= high <= 62


def test_several_sacs_share_a_rate_to_the_paisa() -> None:
    lines = document((*FIVE, ChargeSum("DISTANCE", TRIP, 5000, True, 33_333, 3))).draft.lines
    mixed = [replace(lines[0], sac="996601"), replace(lines[1], sac="996412")]
    group = TaxGroup(5000, 133_333, 3_333, 3_333, 0, 6_666)
    parts = by_sac([group], mixed)
    assert [sac for sac, _ in parts] == ["996601", "996412"]
    assert sum(part.cgst for _, part in parts) == 3_333
    assert all(part.cgst == part.sgst and part.tax == part.cgst + part.sgst for _, part in parts)


def test_the_registered_document_brings_its_qr_code() -> None:
    from tests.unit.invoicing.test_workbook import sample

    _, rows = sample(3)
    paper = paper_of(document(einvoice=IRN), rows)
    assert paper.images["qr"].startswith(b"\x89PNG")
    assert 'src="qr"' in paper.body
