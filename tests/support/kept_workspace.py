"""What a kept workspace holds (scripts/dev/keep_schema.py): data of every kind that a later migration could hurt.

All of it is made through the product's own services, so that it is what real users of that release would have left.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tests.support.contracts import Agreed, agree
from tests.support.people import Pair, People

if TYPE_CHECKING:
    from billing.store.profiles import Profile
    from billing.store.session import Session

AUGUST, SEPTEMBER, OCTOBER = date(2026, 8, 1), date(2026, 9, 1), date(2026, 10, 1)
SELLER, BUYER = "29AAGCB7383J1Z4", "29AAACI1681G1ZL"


def fill(profile: Profile, scratch: Path) -> None:
    """Three clients: one plainly billed, one that voided and waits, one with papers, money and disputes.

    `scratch` takes the files that are imported.
    """
    people = People(profile)
    _plain_client(people)
    _client_that_voids(people)
    _client_with_papers(people, scratch)
    people.close()


def _with_staff(people: People) -> tuple[Pair, Session]:
    pair = people.new_pair()
    session = people.sign_in("CLIENT_ADMIN", pair)
    for role in ("VENDOR_ADMIN", "VIEWER"):
        people.sign_in(role, pair)
    return pair, session


def _bill(session: Session, month: date = SEPTEMBER) -> str:
    from billing.services.billing import run_bill

    run = run_bill(session, month=month).runs[-1]
    assert run.invoice is not None, run.errors
    return str(run.invoice.invoice_id)


def _issue(session: Session, invoice: str) -> str:
    from billing.services.invoices import issue_invoice

    return issue_invoice(session, invoice=invoice).number


def _plain_client(people: People) -> None:
    pair, session = _with_staff(people)
    agreed = agree(session, pair)
    _issue(session, _bill(session))
    _inputs_of_a_month(session, pair, agreed.id)


def _client_that_voids(people: People) -> None:
    """An issued month made void and billed again; the next one waits: it has more than three times the lines."""
    from billing.schemas.ids import new_id
    from billing.services.invoices import void_invoice

    pair, session = _with_staff(people)
    agreed = agree(session, pair, km=(60, 50, 20))
    void_invoice(session, invoice=_issue(session, _bill(session)), reason="Billed to the wrong site")
    _bill(session)
    _inputs_of_a_month(session, pair, agreed.id)
    first, month = agreed.trips[0], timedelta(days=30)
    more = [
        replace(
            first, id=new_id(), external_ref=f"OCT-{n}", start_time=first.start_time + month + n * timedelta(hours=1),
            end_time=first.end_time + month + n * timedelta(hours=1),
        )
        for n in range(16)
    ]  # fmt: skip
    with session.unit_of_work() as uow:
        uow.trip_inserts.add(more)
        uow.trip_contracts.assign(pair.client_id)
        uow.commit()
    _bill(session, OCTOBER)


def _inputs_of_a_month(session: Session, pair: Pair, contract_id: UUID) -> None:
    """Breaches, a slot's km, a fuel price, an employee and a cab."""
    from billing.schemas.ids import new_id
    from billing.schemas.parties import Employee, Vehicle
    from billing.schemas.usage import EmployeeMonth, FuelPrice, MonthUsage, SlotMonth
    from billing.services.staff_and_cabs import add_employees, add_vehicles
    from billing.services.usage import put_vehicle_in_slot, save_usage, set_fuel_price

    usage = MonthUsage(
        pair.client_id, contract_id, OCTOBER, sla_breaches=2,
        slots=(SlotMonth("S1", distance_m=900_000),), employees=(EmployeeMonth("E1"),),
    )  # fmt: skip
    save_usage(session, usage=usage)
    price = FuelPrice(id=new_id(), client_id=pair.client_id, valid_from=SEPTEMBER, price_paise=9_412)
    set_fuel_price(session, price=price)
    add_employees(session, employees=[Employee(id=new_id(), client_id=pair.client_id, code="E1", name="Asha")])
    add_vehicles(session, vehicles=[Vehicle(new_id(), pair.client_id, pair.vendor_id, "KA01AB1234")])
    put_vehicle_in_slot(
        session, client_id=pair.client_id, contract_id=contract_id, slot="S1", vehicle_no="KA01AB1234",
        first_day=OCTOBER,
    )  # fmt: skip


def _client_with_papers(people: People, scratch: Path) -> None:
    """An approved and registered invoice, notes, openings, a vendor's bill, payments, a closed month."""
    from billing.services.client_terms import set_terms
    from billing.services.invoices import approve_invoice
    from billing.services.periods import close_month
    from billing.services.views import save_view, share_view

    pair, session = _with_staff(people)
    _tax_data(people.super_admin, pair)
    agreed = agree(session, pair)
    _openings(session, pair, agreed)
    draft = _bill(session)
    approve_invoice(session, invoice=draft)
    number = _issue(session, draft)
    _registered(session, number, scratch)
    _vendor_bill(session, pair, agreed, scratch)
    _notes(session, number)
    _payments(session, pair)
    _imported(session, pair, scratch)
    close_month(session, month=AUGUST)
    set_terms(session, values={"due_days": 45})
    save_view(session, "trips", "Mornings", {})
    share_view(session, "trips", "Nights", {}, pair.client_id)


def _imported(session: Session, pair: Pair, scratch: Path) -> None:
    """A sheet with two trips of October, looked at and let pass."""
    from billing.services.trip_quality import review_trips
    from billing.services.trips import import_file
    from tests.support.sheets import row, write_csv

    rows = [row(number, client=pair.client.code, vendor=pair.link.code) for number in (1, 2)]
    done = import_file(session, write_csv(scratch / "trips.csv", rows))
    assert done.written, done.checked.rejected
    review_trips(session, "OVERLAP", ["A1", "A2"], reason="Two riders, two cabs")


def _tax_data(session: Session, pair: Pair) -> None:
    from billing.services.letterheads import set_letterhead
    from billing.services.parties import list_sites, list_vendors_of, update_branch, update_site, update_vendor

    place: dict[str, Any] = {"address_1": "Outer Ring Road", "city": "Bengaluru", "pin": "560103", "state_code": "29"}
    (site,) = list_sites(session, client_id=pair.client_id)
    update_site(session, site=replace(site, gstin=BUYER, gstin_status="ACTIVE", gstin_checked_on=AUGUST, **place))
    (known,) = list_vendors_of(session, client_id=pair.client_id)
    update_vendor(session, vendor=replace(known.vendor, aato=80_000_000_00))
    branch = replace(known.branches[0], gstin=SELLER, einvoice_liable=True, bank="Canara 4471", **place)
    update_branch(session, branch=branch)
    set_letterhead(session, branch=branch, logo=None, headline="Cabs since 1998", footer="Thank you")


def _openings(session: Session, pair: Pair, agreed: Agreed) -> None:
    from billing.schemas.openings import OpeningInvoice
    from billing.services.openings import save_open_invoice, save_usage

    save_usage(session, contract_id=agreed.id, month=SEPTEMBER, distance_m=40_000, duty_s=7_200)
    old = OpeningInvoice(pair.vendor_id, "OLD/25-26/7", date(2026, 3, 31), 1000_00, 400_00)
    save_open_invoice(session, invoice=old)


def _registered(session: Session, number: str, scratch: Path) -> None:
    """The portal's answer for an issued invoice."""
    from billing.services.einvoices import import_answers
    from billing.services.invoices import get_invoice
    from tests.integration.billing.test_papers import answer

    path = scratch / "answer.json"
    path.write_text(json.dumps([answer(get_invoice(session, invoice=number))]), "utf-8")
    (row,) = import_answers(session, path=path).rows
    assert row.state == "stored", row


def _vendor_bill(session: Session, pair: Pair, agreed: Agreed, scratch: Path) -> None:
    """The vendor asks for a trip that nobody knows; the rest is paid out."""
    from billing.schemas.vendor_bills import Payee
    from billing.services.payouts import pay_out, save_payee
    from billing.services.vendor_bill_import import import_bill
    from billing.services.vendor_settling import attach_evidence, list_disputes, raise_disputes
    from tests.support.sheets import write_csv

    rows = [(trip.external_ref, 300) for trip in agreed.trips[:3]]
    path = write_csv(scratch / "bill.csv", [*rows, ("X1", 500)], header=("Trip ID", "Amount"))
    view = import_bill(session, path, vendor=pair.link.code).view
    assert view is not None
    bill = str(view.bill.id)
    raise_disputes(session, bill, [4], reason="DISTANCE", note="Nobody knows it", owner="asha@acme.example")
    (dispute,) = list_disputes(session)
    proof = scratch / "gps.pdf"
    proof.write_bytes(b"%PDF-1.7 no such trip")
    attach_evidence(session, str(dispute.id), proof)
    account = Payee("Asha Cabs", "123456789", "HDFC0001234")
    save_payee(session, client=pair.client.code, vendor=pair.link.code, payee=account)
    pay_out(session, bill)


def _notes(session: Session, number: str) -> None:
    """A credit of a part of a line, and the settlement of a trip that was corrected after it was issued."""
    from billing.services.notes import write_note
    from billing.services.settle import write_settlement
    from billing.services.trip_changes import correct_trip

    made = write_note(session, invoice=number, amounts={1: 100_00}, reason="Late cabs")
    _issue(session, str(made.invoice_id))
    correct_trip(session, "T-002", {"distance": "40"}, reason="Odometer misread")
    settled = write_settlement(session, invoice=number)
    assert settled.stored is not None
    _issue(session, str(settled.stored))


def _payments(session: Session, pair: Pair) -> None:
    """A part, with tax withheld; then more than what is open, and that reversed."""
    from billing.services.payments import record_payment, reverse_payment

    day = date(2026, 11, 20)
    record_payment(session, vendor=pair.link.code, received_on=day, amount=1000_00, tds=20_00, reference="UTR1")
    record_payment(session, vendor=pair.link.code, received_on=day, amount=90_000_00, reference="UTR2")
    reverse_payment(session, "UTR2", reason="Paid twice")
