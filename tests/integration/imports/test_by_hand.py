"""Trips by hand: corrected, cancelled and added under the rules of a trip sheet; who may; what a bill makes of it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from billing.errors import BadInputError, ConflictError, NotAllowedError, RefusedError
from billing.services.billing import run_bill
from billing.services.checks import InvalidFieldsError
from billing.services.invoices import issue_invoice
from billing.services.trip_changes import add_trip, correct_trip, read_trip
from billing.services.trip_decisions import decide_trips
from billing.services.trip_story import read_trip_story
from billing.store.session import Session
from tests.support.contracts import agree
from tests.support.people import Pair, People

SEPTEMBER = date(2026, 9, 1)
TYPED = {"trip_id": "H1", "start": "02-10-2026 09:00", "end": "02-10-2026 09:40", "distance": "12.4"}


def test_a_form_reads_back_what_it_shows(client_admin: Session, pair: Pair) -> None:
    full = {
        "status": "completed", "vehicle_no": "KA 01 AB 1234", "vehicle_type": "SEDAN", "site": "BLR1", "zone": "Z1",
        "employees": "E1; E2", "seats_boarded": "2", "is_carpool": "yes", "escort": "no", "garage_km": "1.5",
        "claimed_km": "13", "gps_km": "12.2", "waiting_minutes": "7", "late_minutes": "3", "toll": "Rs. 1,250.50",
        "parking": "40", "calendar_days": "1",
    }  # fmt: skip
    made = add_trip(client_admin, {**TYPED, **full}, vendor=pair.link.code).trip
    assert (made.distance_m, made.vehicle_no, made.toll_paise, made.employees) == (
        12_400, "KA01AB1234", 125_050, ("E1", "E2")
    )  # fmt: skip
    assert made.start_time == datetime(2026, 10, 2, 3, 30, tzinfo=UTC)
    trip, texts = read_trip(client_admin, "H1")
    again = correct_trip(client_admin, "H1", {k: v for k, v in texts.items() if k != "trip_id"}, reason="as it is")
    assert (again.changed, again.trip) == ((), trip)


def test_a_correction_changes_what_was_typed_and_finds_the_contract_again(client_admin: Session, pair: Pair) -> None:
    agreed = agree(client_admin, pair, since=date(2026, 9, 5))
    trip, _texts = read_trip(client_admin, "T-001")
    assert trip.exception == "NO_CONTRACT"
    result = correct_trip(
        client_admin, "T-001", {"start": "08-09-2026 09:00", "end": "08-09-2026 10:00", "employees": "E9"},
        reason="wrong day on the slip", rev=trip.rev,
    )  # fmt: skip
    assert result.changed == ("start_time", "end_time", "employees")
    assert not result.is_superseded
    assert (result.trip.contract_id, result.trip.exception, result.trip.employees) == (agreed.id, None, ("E9",))
    story = read_trip_story(client_admin, client_id=pair.client_id, trip_id=trip.id)
    assert ("CORRECT", "wrong day on the slip") in [(event.what, event.detail) for event in story.events]
    with pytest.raises(ConflictError):
        correct_trip(client_admin, "T-001", {"distance": "1"}, reason="late", rev=trip.rev)


@pytest.mark.parametrize(
    ("texts", "field", "code"),
    [
        ({"distance": "-3"}, "distance", "NEGATIVE_DISTANCE"),
        ({"distance": "12,4,1"}, "distance", "NOT_A_NUMBER"),
        ({"end": "01-09-2026 08:00"}, "end", "END_BEFORE_START"),
        ({"start": "soon"}, "start", "BAD_DATE"),
        ({"distance": ""}, "distance", "MISSING_REQUIRED"),
        ({"status": "perhaps"}, "status", "OUT_OF_RANGE"),
        ({"toll": "free"}, "toll", "NOT_A_NUMBER"),
    ],
)
def test_impossible_values_are_refused_by_field(
    client_admin: Session, pair: Pair, texts: dict[str, str], field: str, code: str
) -> None:
    agree(client_admin, pair, km=(20,))
    with pytest.raises(InvalidFieldsError) as refusal:
        correct_trip(client_admin, "T-001", texts, reason="x")
    assert [(problem.field, problem.code) for problem in refusal.value.problems] == [(field, code)]
    assert read_trip(client_admin, "T-001")[0].rev == 1


def test_what_cannot_be_typed_and_missing_reasons(client_admin: Session, pair: Pair) -> None:
    agree(client_admin, pair, km=(20,))
    for name in ("trip_id", "vendor", "rev", "acceptance"):
        with pytest.raises(BadInputError, match="no field"):
            correct_trip(client_admin, "T-001", {name: "1"}, reason="x")
    with pytest.raises(BadInputError, match="Say why"):
        correct_trip(client_admin, "T-001", {"distance": "1"}, reason=" ")
    with pytest.raises(RefusedError):
        correct_trip(client_admin, "T-999", {"distance": "1"}, reason="x")
    with pytest.raises(ConflictError):
        add_trip(client_admin, {**TYPED, "trip_id": "T-001"}, vendor=pair.link.code)


def test_a_draft_bill_is_billed_again_after_a_correction(client_admin: Session, pair: Pair) -> None:
    agree(client_admin, pair)
    before = run_bill(client_admin, month=SEPTEMBER).runs[0]
    correct_trip(client_admin, "T-001", {"distance": "100"}, reason="the odometer says so")
    with pytest.raises(RefusedError):
        issue_invoice(client_admin, invoice=str(before.invoice.invoice_id))  # type: ignore[union-attr]
    after = run_bill(client_admin, month=SEPTEMBER).runs[0]
    assert after.state.value == "replaced"
    assert after.figures.taxable - before.figures.taxable == 40 * 25_00  # type: ignore[union-attr]


def test_cancelled_trips_are_billed_as_such(client_admin: Session, pair: Pair) -> None:
    agree(client_admin, pair)
    before = run_bill(client_admin, month=SEPTEMBER).runs[0]
    assert decide_trips(client_admin, "CANCEL", ["T-002"], reason="never driven").changed == 1
    assert decide_trips(client_admin, "CANCEL", ["T-002"], reason="never driven").changed == 0
    after = run_bill(client_admin, month=SEPTEMBER).runs[0]
    assert after.figures.taxable < before.figures.taxable  # type: ignore[union-attr]
    with pytest.raises(BadInputError):
        decide_trips(client_admin, "CANCEL", ["T-003"])


def test_a_billed_trip_is_superseded(client_admin: Session, pair: Pair) -> None:
    agree(client_admin, pair)
    run = run_bill(client_admin, month=SEPTEMBER).runs[0]
    issue_invoice(client_admin, invoice=str(run.invoice.invoice_id))  # type: ignore[union-attr]
    old, _texts = read_trip(client_admin, "T-001")
    result = correct_trip(client_admin, "T-001", {"distance": "61"}, reason="the odometer says so")
    assert result.is_superseded
    assert result.trip.id != old.id
    assert (result.trip.distance_m, result.trip.employees) == (61_000, old.employees)
    with pytest.raises(RefusedError):
        decide_trips(client_admin, "CANCEL", ["T-002"], reason="never driven")


def test_a_vendor_corrects_what_waits_for_acceptance(people: People, pair: Pair) -> None:
    vendor, admin = people.sign_in("VENDOR_ADMIN", pair), people.sign_in("CLIENT_ADMIN", pair)
    made = add_trip(vendor, TYPED, client=pair.client.code)
    assert made.trip.acceptance == "SUBMITTED"
    assert correct_trip(vendor, "H1", {"distance": "13", "employees": "E7"}, reason="typed wrong").trip.employees == (
        "E7",
    )
    decide_trips(admin, "ACCEPT", ["H1"])
    with pytest.raises(NotAllowedError):
        correct_trip(vendor, "H1", {"distance": "14"}, reason="again")


def test_strangers_may_not(people: People, pair: Pair) -> None:
    admin = people.sign_in("CLIENT_ADMIN", pair)
    agree(admin, pair, km=(20,))
    stranger, viewer = people.sign_in("CLIENT_ADMIN", people.new_pair()), people.sign_in("VIEWER", pair)
    with pytest.raises(RefusedError):
        correct_trip(stranger, "T-001", {"distance": "1"}, reason="x")
    with pytest.raises(NotAllowedError):
        correct_trip(viewer, "T-001", {"distance": "1"}, reason="x")
    with pytest.raises(NotAllowedError):
        add_trip(viewer, TYPED, vendor=pair.link.code)
