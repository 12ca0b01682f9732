"""Numbers, splits, notes, e-invoice fields and return rows that other GST programs publish, made by our own code.

The cases are facts in tests/data/published_gst.json, each with its source; where we rightly give something else the
case says what and why. Words, halves and numbers that follow from GST.md alone stand here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest

from billing.exchange.einvoice.inv01 import payload_of
from billing.exchange.einvoice.irn import irn_of
from billing.exchange.returns.gstr1 import HSN, Gstr1, gstr1_of, json_of, sheets_of
from billing.invoicing.gstin import verify
from billing.invoicing.numbering import is_valid_number
from billing.invoicing.stored import stored_lines
from billing.invoicing.tax import rupee_round_off
from billing.invoicing.tds import to_rupee
from billing.money import half_up, to_paise, words
from billing.schemas.invoices import ChargeSum, CorrectedInvoice, InvoiceDocument
from tests.unit.papers.documents import BUYER, PERIOD, TRIP, document, in_maharashtra

PUBLISHED = json.loads((Path(__file__).parents[2] / "data" / "published_gst.json").read_text("utf-8"))
CODES = ("DISTANCE", "NIGHT", "WAITING", "ESCORT", "ZONE", "SEATS")
SACS = {"1": "996601", "2": "996412"}


def paise(text: str) -> int:
    return to_paise(Decimal(text))


def made(case: Mapping[str, Any]) -> InvoiceDocument:
    """The document that a published case describes."""
    sez = replace(BUYER, is_sez=True)
    buyer = {
        "intra": BUYER,
        "inter": in_maharashtra(),
        "sez": sez,
        "sez-lut": replace(sez, lut_no="AD290320261234A", lut_until=date(2027, 3, 31)),
    }[case["supply"]]
    charges = [
        ChargeSum(code, TRIP, int(line[1]) * 1000, True, paise(line[0]), 1)
        for code, line in zip(CODES, case["lines"], strict=False)
    ]
    kind: dict[str, Any] = {"doc_type": case.get("type", "INVOICE")}
    if kind["doc_type"] != "INVOICE":
        kind |= {"corrects": (CorrectedInvoice("SINV-CFY-00092", date(2026, 11, 5)),), "number": "SLC-N/26-27/001"}
    document_ = document(
        charges, buyer=buyer, reverse=case.get("reverse", False), rupee=case.get("round", False), **kind
    )
    sac_of = {code: SACS[line[2]] for code, line in zip(CODES, case["lines"], strict=False) if len(line) > 2}
    lines = tuple(replace(line, sac=sac_of.get(line.code, line.sac)) for line in document_.draft.lines)
    return replace(document_, draft=replace(document_.draft, lines=lines))


def facts_of(found: InvoiceDocument) -> dict[str, Any]:
    """What we say about it: e-invoice fields by name, the first item's as item.X, the return's as gstr1.X, hsn."""
    payload = payload_of(found)
    facts = {**payload["TranDtls"], **payload["DocDtls"], **payload["ValDtls"], "items": len(payload["ItemList"])}
    facts |= {f"item.{name}": value for name, value in payload["ItemList"][0].items()}
    content = gstr1_of(found.supplier.gstin or "", date(2026, 11, 1), [found])
    if content.documents:
        returned = json_of(content)
        inner = returned["b2b"][0]["inv"][0] if "b2b" in returned else returned["cdnr"][0]["nt"][0]
        facts |= {f"gstr1.{name}": value for name, value in {**inner, **inner["itms"][0]["itm_det"]}.items()}
        facts["hsn"] = hsn_of(content)
    return facts


def hsn_of(content: Gstr1) -> list[list[Any]]:
    """Rows of table 12 as (code of the case, rate, taxable, CGST, SGST, IGST)."""
    names = {sac: code for code, sac in SACS.items()}
    sheet = next(one for one in sheets_of(content) if one.name == "hsn(b2b)")
    rows = [dict(zip(HSN, row, strict=True)) for row in sheet.rows]
    wanted = ("Taxable Value", "Central Tax Amount", "State/UT Tax Amount", "Integrated Tax Amount")
    found = [[names[str(row["HSN"])], row["Rate"], *(row[name] for name in wanted)] for row in rows]
    return sorted(found, key=lambda row: [str(part) for part in row])


def same(ours: Any, wanted: Any) -> bool:
    """Numbers by value, everything else as text."""
    if isinstance(wanted, list):
        rows = sorted(wanted, key=lambda row: [str(part) for part in row]) if isinstance(wanted[0], list) else wanted
        return len(ours) == len(rows) and all(same(one, other) for one, other in zip(ours, rows, strict=True))
    try:
        return Decimal(str(ours)) == Decimal(str(wanted))
    except InvalidOperation:
        return str(ours) == str(wanted)


@pytest.mark.parametrize("case", PUBLISHED["documents"], ids=lambda case: case["source"][:70])
def test_published_documents(case: dict[str, Any]) -> None:
    facts, differing = facts_of(made(case)), case.get("ours", {})
    for name, wanted in case["expect"].items():
        assert same(facts[name], differing.get(name, wanted)), (name, facts[name])
    assert bool(differing) == bool(case.get("why"))
    assert not [name for name, value in differing.items() if same(value, case["expect"][name])]


@pytest.mark.parametrize("case", PUBLISHED["irn"], ids=lambda case: case["number"])
def test_published_irns(case: dict[str, str]) -> None:
    assert irn_of(case["gstin"], case["type"], case["number"], date.fromisoformat(case["date"])) == case["irn"]


@pytest.mark.parametrize("case", PUBLISHED["gstin"], ids=lambda case: case["value"])
def test_published_gstins(case: dict[str, Any]) -> None:
    verdict = verify(case["value"])
    assert (verdict.valid, verdict.code) == (case["valid"], case.get("code"))


@pytest.mark.parametrize("case", PUBLISHED["round_off"], ids=lambda case: case["total"])
def test_published_round_offs(case: dict[str, str]) -> None:
    assert rupee_round_off(paise(case["total"])) == paise(case["off"])


@pytest.mark.parametrize("case", PUBLISHED["tds"], ids=lambda case: case["tds"])
def test_published_tds(case: dict[str, Any]) -> None:
    exact = half_up(paise(case["base"]) * int(case["percent"]), 100)
    assert to_rupee(exact, up=case["up"]) == paise(case["tds"])


def test_every_case_names_its_source() -> None:
    known = set(PUBLISHED["sources"])
    for kind in ("irn", "gstin", "round_off", "tds", "documents"):
        assert {case["source"].replace(",", " ").split()[0] for case in PUBLISHED[kind]} <= known


def test_tax_of_lines_carries_the_remainder() -> None:
    """ic return_invoice: two lines of 7.60 at 12 % carry CGST 0.46 and 0.45, the document 0.91; payable 17.00."""
    two = document(
        (ChargeSum("DISTANCE", TRIP, 12000, True, 760, 1), ChargeSum("MONTHLY_FEE", PERIOD, 12000, True, 760, 1))
    )
    assert [line["cgst"] for line in stored_lines(two.draft)] == [46, 45]


@pytest.mark.parametrize(("numerator", "paise"), [(267_5, 268), (-267_5, -268), (255, 26), (-255, -26)])
def test_halves_mirror(numerator: int, paise: int) -> None:
    """ic PR 4763: -2.675 must mirror 2.675, not bankers' rounding."""
    assert half_up(numerator, 10) == paise


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("SINV-CFY-00067", True), ("SINV/2023-24/01", True), ("SI/26-27/0000001", True), ("ABC/26-27/0000001", False),
        ("0001", False), ("-INV1", False), ("/INV1", False), ("SI#1", False), ("SI 1", False), ("SI1\n", False),
        ("एक1", False), ("", False),
    ],
)  # fmt: skip
def test_published_numbers(number: str, valid: bool) -> None:
    """ic issues 1350, 1573, 2608; NIC rejects a leading 0, - or /; 16 characters."""
    assert is_valid_number(number) is valid


@pytest.mark.parametrize(
    ("paise", "text"),
    [
        (17_00, "Rupees Seventeen Only"),
        (1_18_000_00, "Rupees One Lakh Eighteen Thousand Only"),
        (12_34_567_50, "Rupees Twelve Lakh Thirty-Four Thousand Five Hundred Sixty-Seven and Fifty Paise Only"),
        (1_00_00_000_00, "Rupees One Crore Only"),
    ],
)
def test_amounts_in_words(paise: int, text: str) -> None:
    assert words(paise) == text


def test_nature_of_tax_follows_the_place_of_supply() -> None:
    """ic validates CGST and SGST within a state, IGST to another; never both, never one half."""
    for one, halves in ((document(), True), (document(buyer=in_maharashtra()), False)):
        totals = one.draft.totals
        assert (totals.cgst == totals.sgst > 0) is halves
        assert (totals.igst > 0) is not halves
