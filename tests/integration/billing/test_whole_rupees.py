"""Tax in whole rupees (GST.md section 7) against the real database: invoice, notes, returns and e-invoice agree."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from billing.errors import KnownError, RefusedError
from billing.exchange.einvoice.file import check
from billing.exchange.einvoice.inv01 import payload_of
from billing.exchange.paper.content import content_of
from billing.exchange.paper.declarations import WHOLE_RUPEES
from billing.exchange.returns.gstr1 import json_of
from billing.invoicing.tax import in_whole_rupees
from billing.services.bill_explain import explain_invoice
from billing.services.billing import preview_bill, run_bill
from billing.services.invoices import get_invoice, issue_invoice
from billing.services.notes import read_room, write_note
from billing.services.replay import replay_invoice
from billing.services.returns import read_gstr1
from billing.services.settle import write_settlement
from billing.services.trip_changes import correct_trip
from billing.store.session import Session
from tests.integration.billing.conftest import Month
from tests.integration.billing.test_invoices import draft
from tests.integration.billing.test_papers import registered

MakeMonth = Callable[..., Month]
RULES = {
    "base_monthly_fee": "30000.37", "free_km_included": "100", "per_km_rate_after_limit": "25.11",
    "tax_percentage": "5",
}  # fmt: skip


def whole(month: Month, super_admin: Session, *, on: bool = True) -> None:
    """Both parties registered in one state; the branch charges tax in whole rupees."""
    registered(month, super_admin)
    flip(month, super_admin, on=on)


def flip(month: Month, super_admin: Session, *, on: bool) -> None:
    admin = Month(month.pair, super_admin, month.view)
    admin.sql(
        "UPDATE app.vendor_branches SET round_tax_to_rupee = :on WHERE vendor_id = :v", on=on, v=month.pair.vendor_id
    )


def half(taxable: int, percent: str = "5") -> int:
    """The oracle: one half of the tax in paise of whole rupees."""
    return int((Decimal(taxable) / 100 * Decimal(percent) / 200).quantize(Decimal(1), ROUND_HALF_UP)) * 100


@pytest.fixture
def month(make_month: MakeMonth, super_admin: Session) -> Month:
    made = make_month(rules=RULES)
    made.add(made.trip(3, "60"), made.trip(10, "50"), made.trip(20, "20.017"))
    whole(made, super_admin)
    return made


def test_lines_invoice_returns_and_einvoice_are_one_figure(month: Month) -> None:
    (preview,) = preview_bill(month.session, **month.words).runs
    number = issue_invoice(month.session, invoice=draft(month)).number
    document = get_invoice(month.session, invoice=number)
    totals = document.draft.totals
    assert (totals.cgst, totals.sgst) == (half(totals.taxable), half(totals.taxable))
    assert totals.cgst % 100 == 0
    assert totals.cgst != Decimal(totals.taxable) * 25 / 1000, "something was rounded at all"
    assert preview.figures.tax == totals.tax
    sums = "SELECT sum(tax)::bigint, sum(cgst)::bigint FROM app.invoice_lines WHERE invoice_id = :i"
    assert month.sql(sums, i=document.invoice_id) == [(totals.tax, totals.cgst)]
    printed = content_of(document, 3)
    assert WHOLE_RUPEES in printed.declarations
    assert sum(amount for row in printed.tax_rows for _, _, amount in row.taxes) == totals.tax
    payload = payload_of(document)
    assert check(document, document.invoice_date) == []
    assert payload["ValDtls"]["CgstVal"] * 100 == totals.cgst
    (content,), _ = read_gstr1(month.session, client=None, month=document.invoice_date)
    assert sum(group.tax for _, group in content.hsn) == totals.tax
    (buyer,) = json_of(content)["b2b"]
    assert buyer["inv"][0]["itms"][0]["itm_det"]["camt"] * 100 == totals.cgst
    assert replay_invoice(month.session, invoice=number).differences == ()
    assert dict(explain_invoice(month.session, invoice=number).totals)["Total"] == totals.total


def test_notes_keep_the_option_of_their_original_and_end_at_nothing(month: Month, super_admin: Session) -> None:
    number = issue_invoice(month.session, invoice=draft(month)).number
    flip(month, super_admin, on=False)
    before = get_invoice(month.session, invoice=number).draft.totals
    taken = 0
    for amount in (10_000_13, 10_000_12):
        made = write_note(month.session, invoice=number, amounts={1: amount}, reason="agreed")
        issue_invoice(month.session, invoice=str(made.invoice_id))
        assert made.draft.totals.cgst == made.draft.totals.sgst == half(amount)
        document = get_invoice(month.session, invoice=str(made.invoice_id))
        assert document.tax_to_rupee
        assert replay_invoice(month.session, invoice=str(made.invoice_id)).differences == ()
        taken += made.draft.totals.tax
    correct_trip(month.session, "T00002", {"distance": "41.3"}, reason="misread")
    settled = write_settlement(month.session, invoice=number)
    assert settled.note is not None
    issue_invoice(month.session, invoice=str(settled.stored))
    assert settled.note.totals.tax % 200 == 0
    assert replay_invoice(month.session, invoice=str(settled.stored)).differences == ()
    rest = write_note(month.session, invoice=number, amounts=None, reason="all that is left")
    issue_invoice(month.session, invoice=str(rest.invoice_id))
    assert taken + settled.note.totals.tax + rest.draft.totals.tax == before.tax
    room = read_room(month.session, invoice=number)
    assert (room.total_left, {line.tax_left.tax for line in room.lines}) == (0, {0})


def test_a_draft_is_stale_once_the_option_changes(month: Month, super_admin: Session) -> None:
    made = draft(month)
    flip(month, super_admin, on=False)
    with pytest.raises(RefusedError) as caught:
        issue_invoice(month.session, invoice=made)
    assert caught.value.code == "PARTIES_CHANGED"
    (run,) = run_bill(month.session, **month.words).runs
    assert run.state == "replaced"
    totals = get_invoice(month.session, invoice=draft(month)).draft.totals
    assert totals.cgst == int((Decimal(totals.taxable) * 25 / 1000).quantize(Decimal(1), ROUND_HALF_UP))


def test_the_database_takes_no_other_rounding(month: Month, monkeypatch: pytest.MonkeyPatch) -> None:
    """R9: a program that rounds otherwise, or not at all, is refused."""
    from billing.invoicing import charges

    def attempt(change: Callable[[Any, Any], Any]) -> str:
        def tampered(groups: Any, kind: Any, *, per_line: bool = False) -> Any:
            return change(groups, in_whole_rupees(groups, kind, per_line=per_line))

        monkeypatch.setattr(charges, "in_whole_rupees", tampered)
        try:
            (run,) = run_bill(month.session, **month.words).runs
        except KnownError as error:
            return error.code
        finally:
            monkeypatch.undo()
        return run.errors[0].code if run.errors else "done"

    def more(_plain: Any, groups: Any) -> Any:
        from dataclasses import replace

        return tuple(replace(one, cgst=one.cgst + 100, sgst=one.sgst + 100, tax=one.tax + 200) for one in groups)

    assert attempt(lambda plain, _groups: plain) == "SUMS_DIFFER"
    assert attempt(more) == "SUMS_DIFFER"
    assert attempt(lambda _plain, groups: groups) == "done"


def test_two_rates_in_one_month_share_the_rounding(make_month: MakeMonth, super_admin: Session) -> None:
    rules = {**RULES, "tax_rates_by_date": [{"from": "2026-10-15", "percent": "18"}]}
    month = make_month(rules=rules)
    month.add(month.trip(3, "160"), month.trip(20, "51.3"))
    whole(month, super_admin)
    totals = get_invoice(month.session, invoice=issue_invoice(month.session, invoice=draft(month)).number).draft
    exact = sum(Decimal(one.taxable) * one.percent_milli / 200_000 for one in totals.tax_groups)
    assert len(totals.tax_groups) == 2
    assert totals.totals.cgst == int((exact / 100).quantize(Decimal(1), ROUND_HALF_UP)) * 100
    assert all(abs(one.cgst * 200_000 - one.taxable * one.percent_milli) <= 51 * 200_000 for one in totals.tax_groups)
