"""A tax rate that changes after the month was issued: credited in full at the old rate, billed again at the new one.

docs/decisions/tax-corrections.md. Figures come from a tariff in Decimal (test_settle.hybrid) and from SQL alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from billing.errors import RefusedError
from billing.exchange.paper.content import content_of
from billing.services.contracts import correct_version, show_contract
from billing.services.corrections import backdate_rules
from billing.services.invoices import (
    approve_invoice,
    get_invoice,
    issue_invoice,
    list_invoices,
    send_back_invoice,
    void_invoice,
)
from billing.services.notes import read_room
from billing.services.periods import set_control
from billing.services.replay import replay_invoice
from billing.services.settle import list_unsettled, preview_settlement, write_settlement
from billing.services.trip_changes import correct_trip
from billing.store.profiles import Profile
from billing.store.session import Session
from tests.integration.billing.conftest import HYBRID, Month
from tests.integration.billing.test_notes import issued
from tests.integration.billing.test_settle import hybrid, net_taxable
from tests.support.checker import violations
from tests.support.hostile import superuser
from tests.support.people import People

MakeMonth = Callable[..., Month]
UNTAXED = {key: value for key, value in HYBRID.items() if key != "tax_percentage"}


def corrected(month: Month, **rules: Any) -> None:
    """Correct the contract's rules for good."""
    version = show_contract(month.session, client_id=month.client_id, contract_id=month.contract_id).versions[-1]
    correct_version(
        month.session, version=version, model="HYBRID", rules={**version.rules, **rules}, reason="wrong rate"
    )


def taxes(month: Month) -> list[tuple[Any, ...]]:
    """What invoice and notes charge together, by rate: (thousandths, taxable value, tax) in paise."""
    rows = month.sql(
        "SELECT l.tax_milli, sum(api.document_sign(i.doc_type) * l.amount)::bigint,"
        " sum(api.document_sign(i.doc_type) * l.tax)::bigint FROM app.invoices i JOIN app.invoice_lines l"
        " ON l.client_id = i.client_id AND l.invoice_id = i.id"
        " WHERE i.contract_id = :k AND i.status = 'ISSUED' AND l.taxable GROUP BY 1 ORDER BY 1",
        k=month.contract_id,
    )
    return [tuple(row) for row in rows if row[1] or row[2]]


def test_everything_is_credited_at_the_old_rate_and_billed_at_the_new(october: Month) -> None:
    number = issued(october)
    before = get_invoice(october.session, invoice=number).draft
    corrected(october, tax_percentage="5")
    (waiting,) = list_unsettled(october.session, client=october.pair.client.code)
    assert [cause.text for cause in waiting.causes] == ["tax 18 % → 5 %"]
    preview = preview_settlement(october.session, invoice=number)
    assert preview.reversal is not None
    assert preview.note is not None
    assert (preview.reversal.doc_type, preview.note.doc_type) == ("CREDIT_NOTE", "DEBIT_NOTE")
    assert preview.reversal.totals.total == before.totals.total
    assert preview.reversal.totals.tax == before.totals.tax
    assert {line.key[3] for line in preview.reversal.lines} == {18000}
    assert {line.key[3] for line in preview.note.lines} == {5000}
    assert preview.note.totals.taxable == before.totals.taxable
    assert "voiding it" in preview.void_first
    done = write_settlement(october.session, invoice=number)
    assert len(done.drafts) == 2
    result = issue_invoice(october.session, invoice=str(done.drafts[1]))
    assert len(result.also) == 1, "both get their numbers together"
    first, second = (get_invoice(october.session, invoice=str(one)) for one in done.drafts)
    assert (first.doc_type, second.doc_type) == ("CREDIT_NOTE", "DEBIT_NOTE")
    assert first.corrects == second.corrects
    assert second.follows is not None
    assert second.follows.number == first.number
    assert ("Follows credit note", f"{first.number} of {first.invoice_date:%d-%m-%Y}") in content_of(second, 3).facts
    assert "corrected tax rate" in second.reason
    total = before.totals.taxable
    assert taxes(october) == [(5000, total, round(total * 5 / 100))]
    assert net_taxable(october) == hybrid(["60", "50", "20"])
    assert list_unsettled(october.session, client=october.pair.client.code) == []
    assert write_settlement(october.session, invoice=number).state == "unchanged"
    for one in (number, *map(str, done.drafts)):
        assert replay_invoice(october.session, invoice=one).differences == (), one


def test_the_contracts_own_tax_data_is_noticed_and_the_right_sac_is_billed(make_month: MakeMonth) -> None:
    """SAC, fuel and credit option decide the rate of the table: corrected after the issue, the invoice was wrong."""
    month = make_month(rules=UNTAXED)
    month.add(month.trip(3, "60"), month.trip(10, "50"))
    number = issued(month)
    month.sql("UPDATE app.contracts SET po_number = 'PO 7' WHERE id = :k", k=month.contract_id)
    assert list_unsettled(month.session, client=month.pair.client.code) == [], "nothing that decides an amount"
    month.sql("UPDATE app.contracts SET sac = '996413', itc_option = 'FULL' WHERE id = :k", k=month.contract_id)
    (waiting,) = list_unsettled(month.session, client=month.pair.client.code)
    assert [cause.text for cause in waiting.causes] == ["tax 5 % → 18 %, SAC 996601 → 996413"]
    done = write_settlement(month.session, invoice=number)
    issue_invoice(month.session, invoice=str(done.stored))
    first, second = (get_invoice(month.session, invoice=str(one)) for one in done.drafts)
    assert (first.itc_option, second.itc_option) == ("RESTRICTED", "FULL")
    assert {line.sac for line in first.draft.lines} == {"996601"}
    assert {line.sac for line in second.draft.lines} == {"996413"}
    assert [row[0] for row in taxes(month)] == [18000]
    assert list_unsettled(month.session, client=month.pair.client.code) == []


def test_other_changes_go_onto_the_second_note_and_later_ones_have_the_new_rate(
    october: Month, workspace: Profile
) -> None:
    number = issued(october)
    with superuser(workspace) as connection:
        of_others = violations(connection)
    corrected(october, tax_percentage="5")
    october.add(october.trip(1, "80"))
    correct_trip(october.session, "T00003", {"distance": "10"}, reason="misread")
    done = write_settlement(october.session, invoice=number)
    issue_invoice(october.session, invoice=str(done.stored))
    assert net_taxable(october) == hybrid(["80", "60", "50", "10"])
    assert [row[0] for row in taxes(october)] == [5000]
    correct_trip(october.session, "T00002", {"distance": "33.333"}, reason="misread")
    later = write_settlement(october.session, invoice=number)
    assert (later.reversal, later.error) == (None, "")
    assert later.note is not None
    assert {line.key[3] for line in later.note.lines} == {5000}
    issue_invoice(october.session, invoice=str(later.stored))
    assert net_taxable(october) == hybrid(["80", "60", "33.333", "10"])
    for one in (*map(str, done.drafts), str(later.stored)):
        assert replay_invoice(october.session, invoice=one).differences == (), one
    with superuser(workspace) as connection:
        found = [line for line in violations(connection) if line not in of_others]
    assert found == [], "\n".join(found)


def test_only_the_days_of_the_new_rate_are_touched(october: Month) -> None:
    number = issued(october)
    corrected(october, tax_rates_by_date=[{"from": "2026-10-15", "percent": "5"}])
    preview = preview_settlement(october.session, invoice=number)
    assert preview.reversal is not None
    trips = [line for line in preview.reversal.lines if line.key[0] == "TRIP"]
    assert [(line.key[1], line.amount) for line in trips] == [("DISTANCE", 500_00)], "the trip of the 20th alone"
    assert preview.counts["rerated"] == 1


def test_a_version_of_half_a_month_is_credited_alone(october: Month) -> None:
    """Two versions charge the fee, one of them at another rate now: the other's share stays where it is."""
    version = show_contract(october.session, client_id=october.client_id, contract_id=october.contract_id).versions[0]
    backdate_rules(
        october.session, version=version, valid_from=date(2026, 10, 16), model="HYBRID", rules=version.rules, reason="x"
    )
    number = issued(october)
    corrected(october, tax_percentage="5")
    done = write_settlement(october.session, invoice=number)
    assert done.reversal is not None
    fee = next(line for line in done.reversal.lines if line.key[1] == "MONTHLY_FEE")
    assert fee.amount == 15_483_87, "16 of 31 days"
    issue_invoice(october.session, invoice=str(done.stored))
    assert [row[0] for row in taxes(october)] == [5000, 18000]
    assert list_unsettled(october.session, client=october.pair.client.code) == []
    for one in map(str, done.drafts):
        assert replay_invoice(october.session, invoice=one).differences == (), one


def test_a_toll_that_is_taxed_now_moves_alone(make_month: MakeMonth) -> None:
    month = make_month(rules={**HYBRID, "toll_taxable": False})
    month.add(month.trip(3, "60", toll_paise=120_00), month.trip(4, "60"))
    number = issued(month)
    corrected(month, toll_taxable=True)
    done = write_settlement(month.session, invoice=number)
    assert done.reversal is not None
    assert done.note is not None
    assert [(line.key[1:], line.amount) for line in done.reversal.lines] == [(("TOLL", False, 0), 120_00)]
    assert [(line.key[1:], line.amount) for line in done.note.lines] == [(("TOLL", True, 18000), 120_00)]
    issue_invoice(month.session, invoice=str(done.stored))
    assert list_unsettled(month.session, client=month.pair.client.code) == []


def test_both_halves_are_voided_the_second_first_and_can_be_written_again(october: Month) -> None:
    number = issued(october)
    corrected(october, tax_percentage="5")
    done = write_settlement(october.session, invoice=number)
    again = write_settlement(october.session, invoice=number)
    drafts = [row.invoice_id for row in list_invoices(october.session, status="DRAFT")]
    assert set(again.drafts) <= set(drafts)
    assert not set(done.drafts) & set(drafts), "an older pair gives way"
    issue_invoice(october.session, invoice=str(again.drafts[0]))
    with pytest.raises(RefusedError) as caught:
        void_invoice(october.session, invoice=str(again.drafts[0]), reason="x")
    assert caught.value.code == "LATER_NOTE"
    void_invoice(october.session, invoice=str(again.drafts[1]), reason="x")
    assert len(list_unsettled(october.session, client=october.pair.client.code)) == 1, "credited and not billed again"
    third = write_settlement(october.session, invoice=number)
    assert (third.reversal, len(third.drafts)) == (None, 1)
    issue_invoice(october.session, invoice=str(third.stored))
    assert [row[0] for row in taxes(october)] == [5000]
    assert net_taxable(october) == hybrid(["60", "50", "20"])


def test_after_the_deadline_a_rate_cannot_be_corrected_any_more(
    october: Month, monkeypatch: pytest.MonkeyPatch
) -> None:
    from billing.services import settle

    number = issued(october)
    corrected(october, tax_percentage="5")
    late = replace(read_room(october.session, invoice=number), credit_until=date(2026, 11, 1))
    monkeypatch.setattr(settle, "room_of", lambda *_words: late)
    found = preview_settlement(october.session, invoice=number)
    assert "no credit can reduce its tax since 01-11-2026" in found.error


def test_the_second_half_is_never_issued_before_the_first(october: Month) -> None:
    number = issued(october)
    corrected(october, tax_percentage="5")
    done = write_settlement(october.session, invoice=number)
    with pytest.raises(RefusedError) as caught:
        october.sql("SELECT api.issue_invoice(:c, :i, ARRAY['ZZ9'], 'w')", c=october.client_id, i=done.drafts[1])
    assert caught.value.code == "FIRST_HALF_WAITS"
    assert Decimal(read_room(october.session, invoice=number).total_left) > 0


def test_both_halves_are_approved_together_and_a_refused_half_holds_back_the_other(
    october: Month, super_admin: Session, people: People
) -> None:
    number = issued(october)
    corrected(october, tax_percentage="5")
    set_control(super_admin, key="approval", on=True, client=october.pair.client.code)
    done = write_settlement(october.session, invoice=number)
    with pytest.raises(RefusedError) as caught:
        issue_invoice(october.session, invoice=str(done.stored))
    assert caught.value.code == "NOT_APPROVED"
    checker = people.sign_in("CLIENT_ADMIN", october.pair)
    approve_invoice(checker, invoice=str(done.drafts[1]))
    drafts = list_invoices(october.session, status="APPROVED", client=october.pair.client.code)
    assert {row.invoice_id for row in drafts} == set(done.drafts)
    send_back_invoice(checker, invoice=str(done.drafts[1]), reason="look again")
    with pytest.raises(RefusedError):
        issue_invoice(october.session, invoice=str(done.stored))
    rows = october.sql("SELECT count(*) FROM app.invoices WHERE corrects_id IS NOT NULL AND number IS NOT NULL"
                       " AND client_id = :c", c=october.client_id)  # fmt: skip
    assert rows == [(0,)], "neither has a number"
    approve_invoice(checker, invoice=str(done.drafts[1]))
    assert len(issue_invoice(october.session, invoice=str(done.stored)).also) == 1
