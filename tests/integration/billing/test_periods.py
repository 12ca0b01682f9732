"""Closing months, two people for a document, what replaces what, whose document it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import UUID

import pytest

from billing.errors import BadInputError, NotAllowedError, RefusedError
from billing.schemas.invoices import InvoiceStatus
from billing.schemas.runs import RunState
from billing.services.billing import run_bill
from billing.services.client_terms import read_terms, set_terms
from billing.services.invoices import (
    approve_invoice,
    get_invoice,
    history,
    issue_invoice,
    list_invoices,
    send_back_invoice,
    void_invoice,
)
from billing.services.month_inputs import next_month
from billing.services.notes import write_note
from billing.services.payments import list_open
from billing.services.periods import close_month, list_periods, read_controls, read_period, reopen_month, set_control
from billing.services.settle import late_trips, write_settlement
from billing.store.session import Session
from tests.integration.billing.conftest import OCTOBER, Month
from tests.integration.billing.test_invoices import draft
from tests.integration.billing.test_notes import issued
from tests.support.people import People

MakeMonth = Callable[..., Month]


def ask_for_two(month: Month, super_admin: Session, key: str = "approval") -> None:
    set_control(super_admin, key=key, on=True, client=month.pair.client.code)


def test_maker_and_checker(october: Month, super_admin: Session, people: People) -> None:
    ask_for_two(october, super_admin)
    assert read_controls(october.session)["approval"]
    invoice = draft(october)
    with pytest.raises(RefusedError) as caught:
        issue_invoice(october.session, invoice=invoice)
    assert caught.value.code == "NOT_APPROVED"
    with pytest.raises(RefusedError) as caught:
        approve_invoice(october.session, invoice=invoice)
    assert caught.value.code == "MAKER_IS_CHECKER"
    checker = people.sign_in("CLIENT_ADMIN", october.pair)
    assert approve_invoice(checker, invoice=invoice).state == "approved"
    assert approve_invoice(checker, invoice=invoice).state == "unchanged"
    with pytest.raises(BadInputError):
        send_back_invoice(checker, invoice=invoice, reason="")
    assert send_back_invoice(checker, invoice=invoice, reason="fee looks odd").state == "draft"
    assert approve_invoice(checker, invoice=invoice).state == "approved"
    assert issue_invoice(october.session, invoice=invoice).state == "issued"
    what = [word for _, word in history(october.session, client_id=october.client_id, invoice_id=UUID(invoice))]
    assert what == ["drafted", "approved", "issued"]
    made = write_note(october.session, invoice=invoice, amounts={1: 100_00}, reason="r")
    with pytest.raises(RefusedError) as caught:
        issue_invoice(october.session, invoice=str(made.invoice_id))
    assert caught.value.code == "NOT_APPROVED", "notes too"


def test_without_the_control_a_draft_is_issued_as_it_is_and_may_be_approved(october: Month) -> None:
    invoice = draft(october)
    assert approve_invoice(october.session, invoice=invoice).state == "approved"
    assert list_invoices(october.session, status="APPROVED")[0].status is InvoiceStatus.APPROVED
    october.add(october.trip(5))
    with pytest.raises(RefusedError, match="more billable trips"):
        issue_invoice(october.session, invoice=invoice)
    again = draft(october)
    assert again != invoice, "a new run takes the approved draft's place, and is a draft again"
    assert issue_invoice(october.session, invoice=again).state == "issued"


def test_only_a_super_admin_switches_controls(october: Month) -> None:
    with pytest.raises(NotAllowedError):
        set_control(october.session, key="approval", on=True)
    with pytest.raises(NotAllowedError):
        october.sql(
            "INSERT INTO app.settings (client_id, key, value) VALUES (:c, 'control.approval', 'true')",
            c=october.client_id,
        )
    with pytest.raises(BadInputError):
        set_control(october.session, key="other", on=True)


def test_terms_are_set_by_the_clients_admin_and_followed(october: Month, people: People) -> None:
    values = {"due_days": 45, "bill_tolerance": 2_50, "bill_window": 15, "tds_rounding": "UP_TO_RUPEE"}
    viewer = people.sign_in("VIEWER", october.pair)
    for name, value in values.items():
        with pytest.raises(NotAllowedError):
            set_terms(viewer, values={name: value})
    with pytest.raises(BadInputError):
        set_terms(october.session, values=values | {"bill_window": True})
    assert read_terms(october.session)["due_days"] == 30, "all or none"
    set_terms(october.session, values=values)
    assert read_terms(viewer) == values
    number = issued(october)
    (document,) = list_open(october.session)
    assert (document.number, (document.due_date - document.invoice_date).days) == (number, 45)


def test_the_issuer_may_not_void_where_the_client_says_so(october: Month, super_admin: Session, people: People) -> None:
    ask_for_two(october, super_admin, "issuer_may_not_void")
    number = issued(october)
    with pytest.raises(RefusedError) as caught:
        void_invoice(october.session, invoice=number, reason="x")
    assert caught.value.code == "VOID_BY_ISSUER"
    other = people.sign_in("CLIENT_ADMIN", october.pair)
    assert void_invoice(other, invoice=number, reason="x").state == "void"


def test_what_is_billed_after_a_void_says_what_it_replaces(october: Month) -> None:
    first = issued(october)
    void_invoice(october.session, invoice=first, reason="wrong site")
    second = issued(october)
    rows = {row.number: row for row in list_invoices(october.session, client=october.pair.client.code)}
    assert rows[second].replaces_number == first
    assert rows[first].replaced_by_number == second
    void_invoice(october.session, invoice=second, reason="again")
    third = issued(october)
    rows = {row.number: row for row in list_invoices(october.session, client=october.pair.client.code)}
    assert (rows[third].replaces_number, rows[first].replaced_by_number) == (second, second)


def test_a_closed_month_is_over_and_late_trips_wait_for_a_note(october: Month, super_admin: Session) -> None:
    invoice = draft(october)
    with pytest.raises(RefusedError) as caught:
        close_month(october.session, month=OCTOBER)
    assert caught.value.code == "DRAFTS_LEFT"
    number = issue_invoice(october.session, invoice=invoice).number
    assert close_month(october.session, month=OCTOBER).state == "closed"
    assert close_month(october.session, month=OCTOBER).state == "unchanged"
    october.add(october.trip(30))
    assert read_period(october.session, month=OCTOBER).late == 1
    assert [trip.ref for trip in late_trips(october.session, month=OCTOBER)] == ["T00004"]
    with pytest.raises(RefusedError) as caught:
        void_invoice(october.session, invoice=number, reason="x")
    assert caught.value.code == "MONTH_CLOSED"
    done = write_settlement(october.session, invoice=number)
    assert done.state == "drafted"
    issue_invoice(october.session, invoice=str(done.stored))
    assert read_period(october.session, month=OCTOBER).late == 0
    with pytest.raises(NotAllowedError):
        reopen_month(october.session, month=OCTOBER, reason="x")
    client = october.pair.client.code
    with pytest.raises(BadInputError):
        reopen_month(super_admin, month=OCTOBER, reason=" ", client=client)
    assert reopen_month(super_admin, month=OCTOBER, reason="audit found a gap", client=client).state == "reopened"
    (period,) = list_periods(october.session)
    assert (period.is_closed, period.reason) == (False, "audit found a gap")


def test_a_closed_month_that_was_never_billed_is_not_billed(october: Month) -> None:
    close_month(october.session, month=OCTOBER)
    (run,) = run_bill(october.session, **october.words).runs
    assert run.state is RunState.REFUSED
    assert run.errors[0].code == "MONTH_CLOSED"
    assert len(late_trips(october.session, month=OCTOBER)) == 3


def test_a_month_is_closed_after_it_is_over(october: Month, today: date) -> None:
    with pytest.raises(RefusedError) as caught:
        close_month(october.session, month=next_month(today))
    assert caught.value.code == "MONTH_NOT_OVER"


@pytest.mark.parametrize("role", ["VIEWER", "VENDOR_ADMIN"])
def test_others_neither_close_nor_approve(october: Month, people: People, role: str) -> None:
    session = people.sign_in(role, october.pair)
    invoice = draft(october)
    with pytest.raises(NotAllowedError):
        close_month(session, month=OCTOBER)
    with pytest.raises((NotAllowedError, RefusedError)):
        approve_invoice(session, invoice=invoice)


def test_statements_and_self_invoices_have_series_and_notes_of_their_own(october: Month) -> None:
    october.sql("UPDATE app.client_vendors SET billing_mode = 'STATEMENT' WHERE client_id = :c", c=october.client_id)
    statement = issued(october)
    assert statement.split("/")[0].endswith("S")
    made = write_note(october.session, invoice=statement, amounts={1: 100_00}, reason="r")
    note = issue_invoice(october.session, invoice=str(made.invoice_id)).number
    rows = october.sql(
        "SELECT s.doc_type FROM app.number_series s WHERE s.client_id = :c ORDER BY 1", c=october.client_id
    )
    assert [row[0] for row in rows] == ["STATEMENT", "STATEMENT_CREDIT"]
    assert note.split("/")[0] != statement.split("/")[0]


def test_whose_document_it_is_may_not_change_under_a_draft(october: Month, super_admin: Session) -> None:
    invoice = draft(october)
    october.sql("UPDATE app.client_vendors SET billing_mode = 'SELF_INVOICE' WHERE client_id = :c", c=october.client_id)
    with pytest.raises(RefusedError) as caught:
        issue_invoice(october.session, invoice=invoice)
    assert caught.value.code == "PARTIES_CHANGED"
    again = draft(october)
    assert again != invoice
    admin = Month(october.pair, super_admin, october.view)
    admin.sql("UPDATE app.vendor_branches SET gstin = '27AAPFU0939F1ZV' WHERE vendor_id = :v", v=october.pair.vendor_id)
    with pytest.raises(RefusedError) as caught:
        issue_invoice(october.session, invoice=again)
    assert caught.value.code == "NO_SELF_INVOICE"
    admin.sql("UPDATE app.vendor_branches SET gstin = NULL WHERE vendor_id = :v", v=october.pair.vendor_id)
    number = issue_invoice(october.session, invoice=again).number
    assert number.split("/")[0].endswith("R")
    assert get_invoice(october.session, invoice=number).title == "Self-invoice"
