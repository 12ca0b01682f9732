"""Invoice numbers as other GST programs try them (india-compliance test_sales_invoice.py; GST.md sections 4 and 13)."""

from __future__ import annotations

import pytest

from billing.errors import BadInputError
from billing.invoicing.numbering import SeriesTemplate, is_valid_number, series_type, suggest_prefixes

REFUSED = (
    "SI$1231", "012345678901234567", "SI 2020 05", "SI.2020.0001", "PI2021 - 001",
    "012345678901236",  # india-compliance takes it; the portal does not: it begins with 0 (GST.md 4)
    "/SI/1", "-SI-1", "", "si/2020/1", "SI/2020/0001\n", "SI/२०२०/1", "MIS/26-27/0000001",
)  # fmt: skip
TAKEN = ("SI/2020/0001", "SI/2020-0001", "2020-PI-0001", "PI2020-0001", "MIS/26-27/000001", "1", "A" * 16)


@pytest.mark.parametrize("number", REFUSED)
def test_numbers_that_are_refused(number: str) -> None:
    assert not is_valid_number(number)


@pytest.mark.parametrize("number", TAKEN)
def test_numbers_that_are_taken(number: str) -> None:
    assert is_valid_number(number)


def test_a_template_is_judged_by_its_widest_number_when_it_is_set() -> None:
    """16 characters are tight: MIS/26-27/000001 uses all of them (india-compliance 1350, Odoo 147445)."""
    assert SeriesTemplate("MIS", "{prefix}/{yy-yy}/{000001}").widest_counter == 999_999
    with pytest.raises(BadInputError) as caught:
        SeriesTemplate("MISX", "{prefix}/{yy-yy}/{000001}")
    assert caught.value.code == "SERIES_TOO_LONG"


def test_every_kind_of_document_has_prefixes_that_fit() -> None:
    kinds = ("INVOICE", "CREDIT_NOTE", "DEBIT_NOTE", "STATEMENT", "SELF_INVOICE", "STATEMENT_CREDIT", "SELF_DEBIT")
    first = {kind: suggest_prefixes("Blue Heron Cabs Pvt Ltd", kind)[0] for kind in kinds}
    assert first["INVOICE"] == "BHC"
    assert len(set(first.values())) == len(kinds)
    for kind in kinds:
        for prefix in suggest_prefixes("0 Zero Cabs", kind):
            SeriesTemplate(prefix)


def test_notes_to_statements_and_self_invoices_have_series_of_their_own() -> None:
    assert series_type("CREDIT_NOTE") == "CREDIT_NOTE"
    assert series_type("CREDIT_NOTE", "INVOICE") == "CREDIT_NOTE"
    assert series_type("CREDIT_NOTE", "STATEMENT") == "STATEMENT_CREDIT"
    assert series_type("DEBIT_NOTE", "SELF_INVOICE") == "SELF_DEBIT"
