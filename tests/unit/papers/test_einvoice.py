"""E-invoices against published cases, and every rule of GST.md section 9.

Published: india-compliance (github.com/resilient-tech/india-compliance), gst_india/data/test_e_invoice.json: requests
that NIC's sandbox accepted, with its answers. The IRNs are real; their signed QR codes name GSTIN, number and date.
"""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from billing.errors import BadInputError, RefusedError
from billing.exchange.einvoice.answers import differences, read_answers
from billing.exchange.einvoice.file import EinvoiceError, check, write_einvoices
from billing.exchange.einvoice.inv01 import payload_of
from billing.exchange.einvoice.irn import irn_of
from billing.exchange.einvoice.json_text import dump, load
from billing.exchange.einvoice.rules import problems_of
from billing.schemas.invoices import ChargeSum, CorrectedInvoice, InvoiceDocument
from tests.unit.papers.documents import BUYER, PERIOD, SELLER, TRIP, document, in_maharashtra

TODAY = date(2026, 11, 20)


def test_numbers_are_upper_cased_from_june_2025() -> None:
    words = ("29AAGCB7383J1Z4", "INV")
    assert irn_of(*words, "inv-1", date(2025, 6, 1)) == irn_of(*words, "INV-1", date(2025, 6, 1))
    assert irn_of(*words, "inv-1", date(2025, 5, 31)) != irn_of(*words, "INV-1", date(2025, 5, 31))


def published(items: list[tuple[str, ...]], values: tuple[str, ...], typ: str = "INV") -> dict[str, Any]:
    """A request of test_e_invoice.json: items (HSN, service, quantity, price, amount, rate, half tax, total)."""
    names = ("AssVal", "CgstVal", "SgstVal", "OthChrg", "RndOffAmt", "TotInvVal")
    return {
        "Version": "1.1",
        "TranDtls": {"TaxSch": "GST", "SupTyp": "B2B", "RegRev": "N"},
        "DocDtls": {"Typ": typ, "No": "SINV-CFY-00067", "Dt": "17/09/2022"},
        "SellerDtls": {
            "Gstin": "02AMBPG7773M002",
            "LglNm": "_Test Indian Registered Company",
            "Addr1": "Test Address - 1",
            "Loc": "Test City",
            "Pin": 171302,
            "Stcd": "02",
        },
        "BuyerDtls": {
            "Gstin": "36AMBPG7773M002",
            "LglNm": "_Test Registered Customer",
            "Addr1": "Test Address - 3",
            "Loc": "Test City",
            "Pin": 500055,
            "Stcd": "36",
            "Pos": "02",
        },
        "ItemList": [
            {
                "SlNo": str(place),
                "HsnCd": hsn,
                "IsServc": service,
                "Qty": Decimal(qty),
                "UnitPrice": Decimal(price),
                "TotAmt": Decimal(amount),
                "Discount": 0,
                "AssAmt": Decimal(amount),
                "GstRt": Decimal(rate),
                "IgstAmt": 0,
                "CgstAmt": Decimal(half),
                "SgstAmt": Decimal(half),
                "TotItemVal": Decimal(total),
                "Unit": "NOS",
            }
            for place, (hsn, service, qty, price, amount, rate, half, total) in enumerate(items, start=1)
        ],
        "ValDtls": dict(zip(names, map(Decimal, values), strict=True)),
    }


PUBLISHED = {
    "goods_item_with_ewaybill": published(
        [("61149090", "N", "1000", "100", "100000", "18", "9000", "118000")],
        ("100000", "9000", "9000", "0", "0", "118000"),
    ),
    "service_item": published(
        [("999900", "Y", "1", "100", "100", "18", "9", "118")], ("100", "9", "9", "0", "0", "118")
    ),
    "nil_exempted_item": published(
        [("61149090", "N", "1", "10", "10", "12", "0.6", "11.2")], ("10", "0.6", "0.6", "100", "-0.2", "111")
    ),
    "return_invoice": published(
        [
            ("61149090", "N", "1", "7.6", "7.6", "12", "0.46", "8.52"),
            ("61149090", "N", "1", "7.6", "7.6", "12", "0.45", "8.5"),
        ],
        ("15.2", "0.91", "0.91", "0", "-0.02", "17"),
        "CRN",
    ),
    "debit_invoice": published(
        [("61149090", "N", "0", "100", "100", "18", "9", "118")], ("100", "9", "9", "0", "0", "118"), "DBN"
    ),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_requests_pass_but_for_the_sandbox_gstins(name: str) -> None:
    """GST.md 5: the sandbox's GSTINs fail the form; everything else of an accepted request is right."""
    assert {one.field for one in problems_of(PUBLISHED[name], TODAY)} == {"SellerDtls.Gstin", "BuyerDtls.Gstin"}


def test_one_item_per_rate_with_deductions_as_discount() -> None:
    payload = payload_of(document())
    (item,) = payload["ItemList"]
    assert (item["HsnCd"], item["IsServc"], item["GstRt"]) == ("996601", "Y", 18)
    assert (item["TotAmt"], item["Discount"], item["AssAmt"]) == (
        Decimal("45237.57"),
        Decimal("23.74"),
        Decimal("45213.83"),
    )
    assert (item["CgstAmt"], item["SgstAmt"], item["IgstAmt"]) == (Decimal("4069.24"), Decimal("4069.24"), 0)
    values = payload["ValDtls"]
    assert (values["OthChrg"], values["RndOffAmt"], values["TotInvVal"]) == (40, Decimal("-0.31"), 53392)
    assert check(document(), TODAY) == []


def kinds() -> dict[str, tuple[InvoiceDocument, str, str]]:
    """Name -> document, SupTyp, and what IGST is."""
    sez = replace(BUYER, is_sez=True, lut_no="AD290320261234A")
    exempt = (ChargeSum("DISTANCE", TRIP, 0, True, 10_000, 2),)
    five = (ChargeSum("MONTHLY_FEE", PERIOD, 5000, True, 100_010, 1),)
    note = {"doc_type": "CREDIT_NOTE", "corrects": (CorrectedInvoice("SLC/26-27/00118", date(2026, 11, 5)),)}
    return {
        "intra": (document(), "B2B", "0.00"),
        "inter": (document(buyer=in_maharashtra()), "B2B", "8138.49"),
        "sez with payment": (document(buyer=sez), "SEZWP", "8138.49"),
        "sez under LUT": (document(exempt, buyer=sez), "SEZWOP", "0.00"),
        "reverse charge": (document(five, reverse=True), "B2B", "0.00"),
        "credit note": (document(number="SLC/C/26-27/001", **note), "B2B", "0.00"),
    }


@pytest.mark.parametrize("name", kinds())
def test_kinds_of_supply(name: str) -> None:
    made, supply, igst = kinds()[name]
    payload = payload_of(made)
    assert payload["TranDtls"]["SupTyp"] == supply
    assert format(payload["ValDtls"]["IgstVal"], ".2f") == igst
    assert check(made, TODAY) == []


def test_reverse_charge_tells_the_tax_and_leaves_it_out_of_the_total() -> None:
    payload = payload_of(kinds()["reverse charge"][0])
    (item,) = payload["ItemList"]
    assert payload["TranDtls"]["RegRev"] == "Y"
    assert (item["CgstAmt"], item["TotItemVal"]) == (Decimal("25.00"), Decimal("1000.10"))
    assert payload["ValDtls"]["TotInvVal"] == 1000


def test_a_note_names_what_it_corrects() -> None:
    payload = payload_of(kinds()["credit note"][0])
    assert payload["DocDtls"]["Typ"] == "CRN"
    assert payload["RefDtls"]["PrecDocDtls"] == [{"InvNo": "SLC/26-27/00118", "InvDt": "05/11/2026"}]
    assert all(item[name] >= 0 for item in payload["ItemList"] for name in ("TotAmt", "AssAmt", "TotItemVal"))


BROKEN: tuple[tuple[str, tuple[Any, ...], Any], ...] = (
    ("Version", ("Version",), "1.03"),
    ("TranDtls.SupTyp", ("TranDtls", "SupTyp"), "B2C"),
    ("TranDtls.RegRev", ("TranDtls", "RegRev"), "X"),
    ("DocDtls.Typ", ("DocDtls", "Typ"), "TAX"),
    ("DocDtls.No", ("DocDtls", "No"), "0001"),
    ("DocDtls.No", ("DocDtls", "No"), "ABCDEFGHIJKLMNOPQ"),
    ("DocDtls.No", ("DocDtls", "No"), "A1\n"),
    ("DocDtls.No", ("DocDtls", "No"), "अ1"),
    ("DocDtls.Dt", ("DocDtls", "Dt"), "21/11/2026"),
    ("DocDtls.Dt", ("DocDtls", "Dt"), "2026-11-05"),
    ("SellerDtls.LglNm", ("SellerDtls", "LglNm"), "AB"),
    ("SellerDtls.LglNm", ("SellerDtls", "LglNm"), 'A "B" C'),
    ("SellerDtls.Addr1", ("SellerDtls", "Addr1"), ""),
    ("BuyerDtls.Addr2", ("BuyerDtls", "Addr2"), "B2"),
    ("BuyerDtls.Loc", ("BuyerDtls", "Loc"), "X" * 51),
    ("BuyerDtls.Pin", ("BuyerDtls", "Pin"), 12345),
    ("BuyerDtls.Pin", ("BuyerDtls", "Pin"), "560103"),
    ("BuyerDtls.Stcd", ("BuyerDtls", "Stcd"), "27"),
    ("BuyerDtls.Pos", ("BuyerDtls", "Pos"), "25"),
    ("BuyerDtls.Gstin", ("BuyerDtls", "Gstin"), "URP"),
    ("BuyerDtls.Gstin", ("BuyerDtls", "Gstin"), "29AAGCB7383J1Z5"),
    ("BuyerDtls.Gstin", ("BuyerDtls", "Gstin"), SELLER.gstin),
    ("SlNo", ("ItemList", 0, "SlNo"), "1234567"),
    ("IsServc", ("ItemList", 0, "IsServc"), "YES"),
    ("HsnCd", ("ItemList", 0, "HsnCd"), "99660"),
    ("HsnCd", ("ItemList", 0, "HsnCd"), "0000"),
    ("HsnCd", ("ItemList", 0, "HsnCd"), "6114"),
    ("PrdDesc", ("ItemList", 0, "PrdDesc"), "AB"),
    ("Unit", ("ItemList", 0, "Unit"), "no"),
    ("TotAmt", ("ItemList", 0, "TotAmt"), Decimal("-1")),
    ("UnitPrice", ("ItemList", 0, "UnitPrice"), Decimal("1.2345")),
    ("AssAmt", ("ItemList", 0, "AssAmt"), Decimal("45213.84")),
    ("TotItemVal", ("ItemList", 0, "TotItemVal"), Decimal("1")),
    ("IgstAmt", ("ItemList", 0, "IgstAmt"), Decimal("1.00")),
    ("SgstAmt", ("ItemList", 0, "SgstAmt"), Decimal("4069.25")),
    ("CgstAmt", ("ItemList", 0, "CgstAmt"), Decimal("4069.30")),
    ("GstRt", ("ItemList", 0, "GstRt"), "18"),
    ("ItemList", ("ItemList",), []),
    ("ValDtls.AssVal", ("ValDtls", "AssVal"), Decimal("45213.84")),
    ("ValDtls.RndOffAmt", ("ValDtls", "RndOffAmt"), Decimal("100")),
    ("ValDtls.TotInvVal", ("ValDtls", "TotInvVal"), Decimal("53392.01")),
)


@pytest.mark.parametrize(("field", "path", "value"), BROKEN, ids=[f"{row[0]}={row[2]!r}"[:60] for row in BROKEN])
def test_each_rule_names_document_line_field_and_value(field: str, path: tuple[Any, ...], value: Any) -> None:
    payload = payload_of(document())
    place: Any = payload
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    problems = problems_of(payload, TODAY)
    assert field in {one.field for one in problems}
    named = next(one for one in problems if one.field == field)
    if path[0] == "ItemList" and len(path) > 1:
        assert named.line == str(payload["ItemList"][0]["SlNo"])
    assert field in str(named)


def test_items_have_serial_numbers_of_their_own() -> None:
    payload = payload_of(document())
    payload["ItemList"] = payload["ItemList"] * 2
    assert "SlNo" in {one.field for one in problems_of(payload, TODAY)}


@pytest.mark.parametrize(
    ("day", "aato", "late"), [(20, 10_00_00_000_00, True), (21, 10_00_00_000_00, False), (1, None, False)]
)
def test_the_thirty_day_clock(day: int, aato: int | None, late: bool) -> None:
    made = document(invoice_date=date(2026, 10, day), aato=aato)
    assert ("DocDtls.Dt" in {one.field for one in check(made, TODAY)}) is late


def test_all_problems_of_all_documents_at_once_and_no_file(tmp_path: Path) -> None:
    bad = document(buyer=replace(BUYER, pin=None, city="X"))
    with pytest.raises(EinvoiceError) as caught:
        write_einvoices(tmp_path / "e.json", [bad, replace(bad, number="SLC/26-27/00119")], TODAY)
    assert {(one.document, one.field) for one in caught.value.problems} >= {
        ("SLC/26-27/00118", "BuyerDtls.Pin"),
        ("SLC/26-27/00119", "BuyerDtls.Loc"),
    }
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "more",
    [{"doc_type": "STATEMENT"}, {"doc_type": "SELF_INVOICE"}, {"number": None}, {"buyer": replace(BUYER, gstin=None)}],
)
def test_what_has_no_einvoice_says_why(tmp_path: Path, more: dict[str, Any]) -> None:
    with pytest.raises(RefusedError):
        write_einvoices(tmp_path / "e.json", [document(**more)], TODAY)


def test_the_file_is_an_array_of_plain_numbers(tmp_path: Path) -> None:
    path = write_einvoices(tmp_path / "e.json", [document(), document(number="SLC/26-27/00119")], TODAY)
    text = path.read_text("utf-8")
    content = json.loads(text)
    assert [one["DocDtls"]["No"] for one in content] == ["SLC/26-27/00118", "SLC/26-27/00119"]
    assert '"AssVal": 45213.83' in text
    assert "null" not in text
    assert load(dump({"a": [Decimal("0.10"), True, 'x"y']})) == {"a": [Decimal("0.10"), True, 'x"y']}


def answer_of(made: InvoiceDocument, **changes: Any) -> dict[str, Any]:
    """What the portal would answer for a document; its signature is not looked at."""
    irn = irn_of(made.supplier.gstin or "", "INV", made.number or "", made.invoice_date)
    facts = {
        "SellerGstin": made.supplier.gstin,
        "BuyerGstin": made.recipient.gstin,
        "DocNo": made.number,
        "DocTyp": "INV",
        "DocDt": f"{made.invoice_date:%d/%m/%Y}",
        "TotInvVal": 53392.0,
        "ItemCnt": 1,
        "MainHsnCode": "996601",
        "Irn": irn,
        "IrnDt": "2026-11-05 11:22:00",
        **{k: v for k, v in changes.items() if k != "Irn"},
    }
    body = base64.urlsafe_b64encode(json.dumps({"data": json.dumps(facts), "iss": "NIC"}).encode()).decode().rstrip("=")
    return {
        "Irn": changes.get("Irn", irn),
        "AckNo": 112010036563310,
        "AckDt": "2026-11-05 11:22:00",
        "Status": "ACT",
        "SignedQRCode": f"eyJhbGciOiJSUzI1NiJ9.{body}.c2ln",
    }


@pytest.mark.parametrize(
    "wrap",
    [
        lambda one: [one],
        lambda one: {"success": True, "result": one},
        lambda one: {"Status": "1", "Data": json.dumps(one)},
    ],
)
def test_answers_of_any_nesting(tmp_path: Path, wrap: Any) -> None:
    (tmp_path / "a.json").write_text(json.dumps(wrap(answer_of(document()))), "utf-8")
    (answer,) = read_answers(tmp_path / "a.json")
    assert (answer.number, answer.typ, answer.total, answer.ack_no) == (
        "SLC/26-27/00118",
        "INV",
        53392,
        "112010036563310",
    )
    assert differences(answer, document()) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Irn", "0" * 64),
        ("SellerGstin", "27AAPFU0939F1ZV"),
        ("BuyerGstin", "URP"),
        ("DocNo", "SLC/26-27/00119"),
        ("DocDt", "06/11/2026"),
        ("TotInvVal", 53391.0),
        ("DocTyp", "CRN"),
    ],
)
def test_an_answer_for_something_else_is_told(tmp_path: Path, field: str, value: Any) -> None:
    (tmp_path / "a.json").write_text(json.dumps([answer_of(document(), **{field: value})]), "utf-8")
    (answer,) = read_answers(tmp_path / "a.json")
    assert any(line.startswith("IRN" if field == "Irn" else field) for line in differences(answer, document()))


@pytest.mark.parametrize("text", ["", "{", "[]", '[{"Irn": "x"}]', '[{"Irn": "' + "a" * 64 + '", "AckNo": "x"}]'])
def test_files_that_are_no_answers(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text, "utf-8")
    with pytest.raises(BadInputError):
        read_answers(tmp_path / "a.json")
