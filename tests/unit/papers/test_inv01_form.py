"""E-invoice files of every kind against a second reading of the portal's form (inv01_form.py), random charges too."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.exchange.einvoice.file import check
from billing.exchange.einvoice.inv01 import payload_of, why_not
from billing.exchange.einvoice.json_text import dump
from billing.exchange.einvoice.rules import MOST_ITEMS, problems_of
from billing.schemas.invoices import ChargeSum, CorrectedInvoice, InvoiceDocument, InvoiceStatus
from tests.unit.papers.documents import BUYER, CHARGES, PERIOD, SELLER, TRIP, document, in_maharashtra
from tests.unit.papers.inv01_form import complaints

TODAY = date(2026, 11, 20)
EXAMPLES = 2_000 if os.environ.get("MIS_HYPOTHESIS") == "nightly" else 60
SEZ = replace(BUYER, is_sez=True)
NOTE: dict[str, Any] = {
    "corrects": (CorrectedInvoice("SLC/26-27/00118", date(2026, 11, 5)),), "number": "SLC-N/26-27/01",
    "corrects_type": "INVOICE",
}  # fmt: skip
CREDIT = {"doc_type": "CREDIT_NOTE", **NOTE}
KINDS: dict[str, dict[str, Any]] = {
    "intra": {}, "inter": {"buyer": in_maharashtra()}, "sez": {"buyer": SEZ}, "reverse": {"reverse": True},
    "credit": CREDIT, "debit": {"doc_type": "DEBIT_NOTE", **NOTE},
    "to the paisa": {"rupee": False},
}  # fmt: skip
UNDER_LUT = replace(SEZ, lut_no="AD290320261234A", lut_until=date(2027, 3, 31))
FREE = tuple(replace(charge, percent_milli=0) for charge in CHARGES)


def faults(made: InvoiceDocument) -> list[str]:
    """What either reading of the rules finds."""
    return complaints(dump([payload_of(made)])) + [str(one) for one in check(made, TODAY)]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_right(kind: str) -> None:
    assert faults(document(**KINDS[kind])) == []


def test_a_supply_under_a_letter_of_undertaking_is_right() -> None:
    made = document(FREE, buyer=UNDER_LUT)
    assert payload_of(made)["TranDtls"]["SupTyp"] == "SEZWOP"
    assert faults(made) == []


def charges() -> st.SearchStrategy[list[ChargeSum]]:
    """Prices and deductions of up to three rates; deductions never above the prices of their rate."""
    rate = st.sampled_from((0, 5000, 12000, 18000, 18250))
    price = st.tuples(st.sampled_from(("MONTHLY_FEE", "EXTRA_KM", "EXTRA_HOUR")), rate, st.integers(1, 10**11))
    trip = st.tuples(st.sampled_from(("DISTANCE", "NIGHT", "WAITING")), rate, st.integers(0, 10**9))
    cost = st.integers(0, 10**7)

    def build(parts: tuple[Any, Any, Any, Any]) -> list[ChargeSum]:
        fees, trips, share, toll = parts
        made = [ChargeSum(code, PERIOD, percent, True, amount, 1) for code, percent, amount in fees]
        made += [ChargeSum(code, TRIP, percent, True, amount, 3) for code, percent, amount in trips]
        for percent in sorted({charge.percent_milli for charge in made}):
            whole = sum(charge.amount for charge in made if charge.percent_milli == percent)
            made.append(ChargeSum("CARPOOL_DISCOUNT", TRIP, percent, True, -(whole * share // 100), 2))
        return [*made, ChargeSum("TOLL", TRIP, 0, False, toll, 1)] if toll else made

    many = st.tuples(st.lists(price, min_size=1, max_size=4), st.lists(trip, max_size=4), st.integers(0, 100), cost)
    return many.map(build)


@settings(max_examples=EXAMPLES, deadline=None)
@given(charges(), st.sampled_from(sorted(KINDS)))
def test_any_charges_make_a_right_file(made: list[ChargeSum], kind: str) -> None:
    found = document(made, **KINDS[kind])
    if not why_not(found):
        assert faults(found) == []


def test_text_that_the_portal_refuses_is_made_fit() -> None:
    """Names and addresses are frozen with the document, so a quote in one must not keep it from the portal."""
    buyer = replace(
        BUYER, name='M/s "Tessera"\\India ' + "Technologies " * 12, address_1="Tower 4B, " * 15, address_2="B",
        city="Bengaluru\n(Urban)",
    )  # fmt: skip
    found = payload_of(document(buyer=buyer))["BuyerDtls"]
    assert found["LglNm"].startswith("M/s 'Tessera'/India Technologies")
    assert len(found["Addr1"]) <= 100
    assert found["Addr1"].split(",")[0] == "Tower 4B"
    assert found["Loc"] == "Bengaluru (Urban)"
    assert faults(document(buyer=buyer)) == []


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({**CREDIT, "is_commercial": True, "title": "Commercial credit note"}, "leaves the tax"),
        ({**CREDIT, "corrects_type": "STATEMENT", "title": "Credit note to statement"}, "note to statement"),
        ({"charges": FREE, "title": "Bill of supply"}, "without tax"),
        ({"status": InvoiceStatus.VOID}, "It is void"),
    ],
    ids=["commercial", "statement", "bill of supply", "void"],
)  # fmt: skip
def test_what_the_portal_does_not_register(more: dict[str, Any], said: str) -> None:
    charges = more.pop("charges", CHARGES)
    assert said in why_not(document(charges, **more))


def test_more_items_than_the_portal_takes() -> None:
    payload = payload_of(document())
    (item,) = payload["ItemList"]
    payload["ItemList"] = [{**item, "SlNo": str(place)} for place in range(1, MOST_ITEMS + 2)]
    (named,) = [one for one in problems_of(payload, TODAY) if one.field == "ItemList"]
    assert (named.document, named.value) == ("SLC/26-27/00118", "1001")


def test_the_second_reading_finds_what_is_wrong() -> None:
    """A checker that never complains proves nothing."""
    payload = payload_of(document())
    broken: list[tuple[tuple[Any, ...], Any]] = [
        (("Version",), 1.1), (("DocDtls", "No"), "0001"), (("DocDtls", "Dt"), "5/11/2026"),
        (("BuyerDtls", "Pin"), "560103"), (("BuyerDtls", "Pos"), "27"), (("BuyerDtls", "Stcd"), "27"),
        (("SellerDtls", "Addr2"), None),
        (("SellerDtls", "LglNm"), 'A "B" C'), (("ItemList", 0, "TotAmt"), "45237.57"),
        (("ItemList", 0, "AssAmt"), Decimal("1")), (("ItemList", 0, "CgstAmt"), Decimal("4069.25")),
        (("ItemList", 0, "HsnCd"), "61149090"), (("ValDtls", "TotInvVal"), Decimal("53392.01")),
        (("ValDtls", "RndOffAmt"), Decimal("100")), (("TranDtls", "IgstOnIntra"), "Y"), (("ExpDtls",), {}),
    ]  # fmt: skip
    for path, value in broken:
        one = payload_of(document())
        place: Any = one
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
        assert complaints(dump([one])), path
    assert complaints(dump([payload])) == []
    assert SELLER.gstin
