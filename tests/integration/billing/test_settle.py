"""Settling issued months: late, corrected and withdrawn trips, free km that shift, corrected and backdated rules.

After every settlement the month's invoice and notes together must be what the month would be billed at now: asked of
the ledger by SQL alone, and of a tariff written out in Decimal here, which shares no code with the program.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from billing.errors import ConflictError, RefusedError
from billing.schemas.notes import Settlement, TripShift
from billing.services.contracts import correct_version, show_contract
from billing.services.corrections import backdate_rules, withdraw_trip
from billing.services.invoices import get_invoice, issue_invoice, notes_of, void_invoice
from billing.services.notes import write_note
from billing.services.replay import replay_invoice
from billing.services.reporting.control_report import read_invariants
from billing.services.settle import late_trips, list_unsettled, preview_settlement, settle_many, write_settlement
from billing.services.trip_changes import correct_trip
from billing.store.profiles import Profile
from tests.integration.billing.conftest import HYBRID, OCTOBER, Month
from tests.integration.billing.test_notes import issued
from tests.support.checker import violations
from tests.support.hostile import superuser

MakeMonth = Callable[..., Month]
PAISA = Decimal("0.01")


def hybrid(kms: list[str], *, fee: str = "30000", free: str = "100", rate: str = "25", tax: str = "18") -> Decimal:
    """The oracle: taxable value of a HYBRID month of trips in their order, each rounded once."""
    total, run = Decimal(fee), Decimal(0)
    for km in kms:
        before, run = run, run + Decimal(km)
        beyond = max(Decimal(0), run - Decimal(free)) - max(Decimal(0), before - Decimal(free))
        total += (beyond * Decimal(rate)).quantize(PAISA, ROUND_HALF_UP)
    return total


def net_taxable(month: Month) -> Decimal:
    """What the month's issued runs charge together, by SQL alone."""
    ((ledger,),) = month.sql(
        """
SELECT coalesce((SELECT sum(x.taxable) FROM app.trip_charges x JOIN app.billing_runs r ON r.client_id = x.client_id
                   AND r.id = x.run_id WHERE r.contract_id = :k AND r.status = 'ISSUED' AND x.released_at IS NULL), 0)
     + coalesce((SELECT sum(p.amount) FROM app.period_charges p JOIN app.billing_runs r ON r.client_id = p.client_id
                   AND r.id = p.run_id WHERE r.contract_id = :k AND r.status = 'ISSUED'), 0)""",
        k=month.contract_id,
    )
    ((papers,),) = month.sql(
        "SELECT coalesce(sum(api.document_sign(doc_type) * taxable), 0) FROM app.invoices"
        " WHERE contract_id = :k AND status = 'ISSUED'",
        k=month.contract_id,
    )
    assert papers == ledger, "documents and ledger agree"
    return Decimal(int(ledger)) / 100


def settle(month: Month, number: str) -> Settlement:
    """Settle and issue the note."""
    done = write_settlement(month.session, invoice=number)
    if done.stored is not None:
        issue_invoice(month.session, invoice=str(done.stored))
    return done


def test_a_late_trip_that_uses_the_free_km_shifts_the_others(october: Month) -> None:
    number = issued(october)
    assert list_unsettled(october.session, client=october.pair.client.code) == []
    october.add(october.trip(1, "80"))
    (waiting,) = list_unsettled(october.session, client=october.pair.client.code)
    assert (waiting.late, waiting.withdrawn, waiting.versions_changed) == (1, 0, False)
    assert [trip.state for trip in late_trips(october.session, month=OCTOBER)] == ["LATE"]
    preview = preview_settlement(october.session, invoice=number)
    assert preview.note is not None
    assert preview.note.doc_type == "DEBIT_NOTE"
    assert preview.note.totals.taxable == 2000_00
    assert preview.counts == {TripShift.LATE: 1, TripShift.SHIFTED: 2}
    assert [(trip.why, trip.before, trip.after) for trip in preview.trips] == [
        (TripShift.LATE, 0, 0),
        (TripShift.SHIFTED, 0, 1000_00),
        (TripShift.SHIFTED, 250_00, 1250_00),
    ]
    assert "40 km" in preview.trips[1].text
    done = settle(october, number)
    assert done.state == "drafted"
    assert net_taxable(october) == hybrid(["80", "60", "50", "20"])
    kinds = october.sql(
        "SELECT x.kind, count(*) FROM app.trip_charges x"
        " JOIN app.billing_runs r ON r.client_id = x.client_id AND r.id = x.run_id"
        " WHERE r.kind = 'NOTE' AND r.client_id = :c GROUP BY 1 ORDER BY 1",
        c=october.client_id,
    )
    assert [tuple(row) for row in kinds] == [("BILL", 1), ("DELTA", 2)]
    assert list_unsettled(october.session, client=october.pair.client.code) == []
    assert write_settlement(october.session, invoice=number).state == "unchanged"


def test_a_corrected_trip_gives_a_credit_note(october: Month) -> None:
    number = issued(october)
    correct_trip(october.session, "T00002", {"distance": "40"}, reason="odometer misread")
    done = settle(october, number)
    assert done.note is not None
    assert done.note.doc_type == "CREDIT_NOTE"
    assert [(line.key[1], line.amount) for line in done.note.lines] == [("DISTANCE", 250_00)]
    assert done.counts == {TripShift.CORRECTED: 1}
    assert net_taxable(october) == hybrid(["60", "40", "20"])
    rows = october.sql(
        "SELECT taxable, kind FROM app.trip_charges WHERE kind = 'DELTA' AND client_id = :c", c=october.client_id
    )
    assert [tuple(row) for row in rows] == [(-250_00, "DELTA")]
    document = get_invoice(october.session, invoice=str(done.stored))
    assert document.draft.totals.taxable == 250_00
    assert document.draft.totals.tax == 45_00


def test_a_withdrawn_trip_is_credited_and_another_takes_its_free_km(october: Month) -> None:
    number = issued(october)
    withdraw_trip(october.session, "T00001", reason="never ran")
    (waiting,) = list_unsettled(october.session)
    assert waiting.withdrawn == 1
    done = settle(october, number)
    assert done.counts == {TripShift.SHIFTED: 2}, "the trip itself was inside the free km and cost nothing"
    assert net_taxable(october) == hybrid(["50", "20"])
    assert write_settlement(october.session, invoice=number).state == "unchanged"


def test_corrected_rules_settle_every_issued_month_they_touched(october: Month) -> None:
    number = issued(october)
    version = show_contract(october.session, client_id=october.client_id, contract_id=october.contract_id).versions[0]
    rules = {**HYBRID, "per_km_rate_after_limit": "20", "base_monthly_fee": "31000"}
    correct_version(october.session, version=version, model="HYBRID", rules=rules, reason="signed at 20 a km")
    (waiting,) = list_unsettled(october.session)
    assert waiting.versions_changed
    done = settle(october, number)
    assert done.note is not None
    assert done.note.doc_type == "DEBIT_NOTE"
    assert {line.key[1]: line.amount for line in done.note.lines} == {"MONTHLY_FEE": 1000_00, "DISTANCE": -150_00}
    assert done.reasons[0][0] == "Monthly fee"
    assert net_taxable(october) == hybrid(["60", "50", "20"], fee="31000", rate="20")
    assert list_unsettled(october.session) == []


def test_backdated_rules_split_the_month(october: Month) -> None:
    number = issued(october)
    version = show_contract(october.session, client_id=october.client_id, contract_id=october.contract_id).versions[0]
    rules = {**HYBRID, "per_km_rate_after_limit": "30", "free_km_included": "0", "base_monthly_fee": "30000"}
    saved = backdate_rules(
        october.session,
        version=version,
        valid_from=date(2026, 10, 16),
        model="HYBRID",
        rules=rules,
        reason="agreed late",
    )
    assert [v.number for v in saved.view.versions] == [1, 2]
    done = settle(october, number)
    assert done.versions == (1, 2)
    half = Decimal(30000) * 15 / 31
    fee = half.quantize(PAISA, ROUND_HALF_UP) + (Decimal(30000) - half).quantize(PAISA, ROUND_HALF_UP)
    free = (Decimal(100) * 15 / 31).quantize(PAISA, ROUND_HALF_UP)
    assert net_taxable(october) == hybrid(["60", "50"], fee=str(fee), free=str(free)) + Decimal(20) * 30


def test_a_late_trip_that_costs_nothing_moves_without_a_note(make_month: MakeMonth) -> None:
    rules = {"base_monthly_fee": "1000", "tax_percentage": "5"}
    month = make_month(model="FIXED_PACKAGE", rules=rules)
    month.add(month.trip(3))
    number = issued(month)
    month.add(month.trip(5))
    done = settle(month, number)
    assert (done.state, done.note, done.stored) == ("moved", None, None)
    assert late_trips(month.session, month=OCTOBER) == []
    assert list_unsettled(month.session) == []
    assert net_taxable(month) == 1000


def test_notes_go_on_top_of_notes(october: Month) -> None:
    number = issued(october)
    october.add(october.trip(1, "80"))
    first = settle(october, number)
    correct_trip(october.session, "T00004", {"distance": "10"}, reason="wrong cab")
    second = settle(october, number)
    assert second.note is not None
    assert second.note.doc_type == "CREDIT_NOTE"
    assert net_taxable(october) == hybrid(["10", "60", "50", "20"])
    with pytest.raises(RefusedError) as caught:
        void_invoice(october.session, invoice=str(first.stored), reason="x")
    assert caught.value.code == "LATER_NOTE"
    void_invoice(october.session, invoice=str(second.stored), reason="x")
    void_invoice(october.session, invoice=str(first.stored), reason="x")
    third = settle(october, number)
    assert net_taxable(october) == hybrid(["10", "60", "50", "20"])
    assert third.stored is not None


def test_a_second_draft_takes_the_place_of_the_first_and_a_stale_one_is_refused(october: Month) -> None:
    number = issued(october)
    october.add(october.trip(1, "80"))
    first = write_settlement(october.session, invoice=number)
    second = write_settlement(october.session, invoice=number)
    assert [row.invoice_id for row in notes_of(october.session, invoice=number)] == [second.stored]
    assert first.stored != second.stored
    october.sql("UPDATE app.trips SET distance_m = 70000 WHERE external_ref = 'T00004'")
    with pytest.raises((RefusedError, ConflictError)) as caught:
        issue_invoice(october.session, invoice=str(second.stored))
    assert caught.value.code == "TRIPS_CHANGED"
    october.add(october.trip(2, "5"))
    third = write_settlement(october.session, invoice=number)
    october.add(october.trip(2, "5"))
    with pytest.raises((RefusedError, ConflictError), match="on no bill"):
        issue_invoice(october.session, invoice=str(third.stored))


def test_a_settlement_respects_what_was_credited_by_hand(october: Month) -> None:
    number = issued(october)
    made = write_note(october.session, invoice=number, amounts={2: 700_00}, reason="goodwill")
    issue_invoice(october.session, invoice=str(made.invoice_id))
    correct_trip(october.session, "T00002", {"distance": "40"}, reason="misread")
    preview = preview_settlement(october.session, invoice=number)
    assert "more than the" in preview.error, "750.00 were billed, 700.00 are credited, 250.00 are asked for"
    (refused,) = settle_many(october.session, invoices=[number])
    assert isinstance(refused, tuple)


def test_a_note_bills_nothing_that_was_not_billed(october: Month) -> None:
    """R9: a difference of a trip of another month, or one that leaves a trip below zero."""
    from billing.errors import KnownError
    from billing.invoicing.settle import Difference
    from billing.services.notes import room_of

    number = issued(october)
    october.add(october.trip(1, "80"))

    def attempt(tamper: Callable[[Any], None]) -> str:
        original = Difference.delta_rows

        def delta_rows(self: Any, charged: Any) -> Any:
            rows = original(self, charged)
            tamper(rows)
            return rows

        Difference.delta_rows = delta_rows  # type: ignore[method-assign]
        try:
            write_settlement(october.session, invoice=number)
        except KnownError as error:
            return error.code
        finally:
            Difference.delta_rows = original  # type: ignore[method-assign]
        return "done"

    late = october.sql("SELECT id FROM app.trips WHERE external_ref = 'T00004'")[0][0]
    assert attempt(lambda rows: rows[0].update(trip_id=str(late))) == "NOT_BILLED"
    assert attempt(lambda rows: rows[0].update(distance=-1, taxable=-1)) == "SUMS_DIFFER"
    assert attempt(lambda rows: rows[0].update(taxable=rows[0]["taxable"] + 1)) == "SUMS_DIFFER"
    assert attempt(lambda rows: rows.pop()) == "SUMS_DIFFER"
    with october.session.unit_of_work() as uow:
        assert room_of(uow, number, None).total_left > 0


def test_invoices_and_notes_replay_to_the_same_paisa(october: Month) -> None:
    number = issued(october)
    october.add(october.trip(1, "80"))
    first = settle(october, number)
    correct_trip(october.session, "T00002", {"distance": "33.333"}, reason="misread")
    by_hand = write_note(october.session, invoice=number, amounts={1: 333_33}, reason="goodwill")
    issue_invoice(october.session, invoice=str(by_hand.invoice_id))
    second = settle(october, number)
    withdraw_trip(october.session, "T00001", reason="never ran")
    settle(october, number)
    for document in (number, str(first.stored), str(by_hand.invoice_id), str(second.stored)):
        replay = replay_invoice(october.session, invoice=document)
        assert replay.differences == (), document
    assert replay_invoice(october.session, invoice=str(second.stored)).trips == 2, "the corrected one and its old row"


def test_the_separate_checker_finds_nothing_after_notes_of_every_kind(october: Month, workspace: Profile) -> None:
    with superuser(workspace) as connection:
        of_others = violations(connection)  # other tests spoil books on purpose, and theirs are checked too
    number = issued(october)
    october.add(october.trip(1, "80"))
    settle(october, number)
    correct_trip(october.session, "T00002", {"distance": "33.333"}, reason="misread")
    by_hand = write_note(october.session, invoice=number, amounts={1: 333_33}, reason="goodwill")
    issue_invoice(october.session, invoice=str(by_hand.invoice_id))
    done = settle(october, number)
    void_invoice(october.session, invoice=str(done.stored), reason="again")
    write_settlement(october.session, invoice=number)
    wrong = [(one.check.id, one.offenders) for one in read_invariants(october.session) if one.wrong]
    assert wrong == []
    with superuser(workspace) as connection:
        found = [line for line in violations(connection) if line not in of_others]
    assert found == [], "\n".join(found)
