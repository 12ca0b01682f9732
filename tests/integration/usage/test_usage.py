"""Month inputs: what the rules ask for blocks the run until it is entered, flows into the engine, and is frozen."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from billing.errors import BadInputError, ConflictError, KnownError, RefusedError
from billing.schemas.ids import new_id
from billing.schemas.parties import Employee
from billing.schemas.runs import RunState
from billing.schemas.trips import TripRecord
from billing.schemas.usage import EmployeeMonth, FuelPrice, MonthUsage, SlotMonth
from billing.services import contracts as life
from billing.services import usage as services
from billing.services.billing import run_bill
from billing.services.checks import InvalidFieldsError
from billing.services.invoices import issue_invoice
from billing.services.month_inputs import read_inputs
from billing.store.session import Session
from tests.integration.contracts.test_contract_life import blank
from tests.support.people import Pair, People

INDIA = ZoneInfo("Asia/Kolkata")
OCTOBER = date(2026, 10, 1)
FEE = {"base_monthly_fee": "31000", "tax_percentage": "18"}


def contract(session: Session, pair: Pair, model: str = "FIXED_PACKAGE", **rules: object) -> life.ContractView:
    return life.create_contract(
        session, contract=blank(session, pair), model=model, rules={**FEE, **rules}, valid_from=date(2026, 4, 1)
    ).view


def usage_of(view: life.ContractView, **figures: object) -> MonthUsage:
    return MonthUsage(view.contract.client_id, view.contract.id, OCTOBER, **figures)  # type: ignore[arg-type]


def drive(session: Session, pair: Pair, *cabs: str, km: int = 10) -> None:
    trips = []
    for number, cab in enumerate(cabs):
        start = datetime(2026, 10, 5, 9 + number, tzinfo=INDIA)
        end = start + timedelta(hours=1)
        ids = (new_id(), pair.client_id, pair.vendor_id)
        trips.append(TripRecord(*ids, f"T{number}", start, end, km * 1000, vehicle_no=cab))
    with session.unit_of_work() as uow:
        uow.trip_inserts.add(trips)
        uow.commit()


def bill(session: Session, pair: Pair):  # type: ignore[no-untyped-def]
    (run,) = run_bill(session, month=OCTOBER, client=pair.client.code).runs
    return run


def test_missing_breaches_block_the_run_and_say_where(client_admin: Session, pair: Pair) -> None:
    view = contract(client_admin, pair, sla_penalty_amount="500")
    with pytest.raises(RefusedError) as told:
        read_inputs(client_admin, client_id=pair.client_id, contract_id=view.contract.id, month=OCTOBER)
    assert (told.value.code, told.value.where) == ("MONTH_INPUT_MISSING", "sla_breaches")
    assert "Month inputs" in told.value.hint
    drive(client_admin, pair, "KA01")
    assert bill(client_admin, pair).state is RunState.REFUSED
    services.save_usage(client_admin, usage=usage_of(view, sla_breaches=3))
    run = bill(client_admin, pair)
    assert run.figures.taxable == 31_000_00 - 3 * 500_00


def test_zero_is_an_answer(client_admin: Session, pair: Pair) -> None:
    view = contract(client_admin, pair, sla_penalty_amount="500")
    stored, _ = services.save_usage(client_admin, usage=usage_of(view, sla_breaches=0))
    found = services.read_contract_month(
        client_admin, client_id=pair.client_id, contract_id=view.contract.id, month=OCTOBER
    )
    assert found.missing == ()
    assert (found.usage, found.asked) == (stored, frozenset({"breaches"}))


def test_absent_days_of_every_slot_are_asked_and_deducted(client_admin: Session, pair: Pair) -> None:
    view = contract(client_admin, pair, absence_basis="calendar_days")
    for slot, cab in (("S1", "KA01"), ("S2", "ka-02")):
        services.put_vehicle_in_slot(
            client_admin, client_id=pair.client_id, contract_id=view.contract.id, slot=slot, vehicle_no=cab,
            first_day=date(2026, 9, 1),
        )  # fmt: skip
    drive(client_admin, pair, "KA01", "KA02")
    services.save_usage(client_admin, usage=usage_of(view, slots=(SlotMonth("S1", absent_days=Decimal("1.5")),)))
    (found,) = services.list_contract_months(client_admin, month=OCTOBER)
    assert [one.message for one in found.missing] == ["Absent days are not entered for S2."]
    slots = (SlotMonth("S1", absent_days=Decimal("1.5")), SlotMonth("S2", absent_days=Decimal(0)))
    services.save_usage(client_admin, usage=replace(found.usage, slots=slots))
    run = bill(client_admin, pair)
    assert run.errors == ()
    assert run.figures.taxable == 2 * 31_000_00 - 1_500_00


def test_replacement_cab_uses_the_same_slot_from_its_day_on(client_admin: Session, pair: Pair) -> None:
    view = contract(client_admin, pair, free_km_included="15", per_km_rate_after_limit="10")
    place = {"client_id": pair.client_id, "contract_id": view.contract.id, "slot": "S1"}
    services.put_vehicle_in_slot(client_admin, **place, vehicle_no="KA01", first_day=date(2026, 9, 1))
    services.put_vehicle_in_slot(client_admin, **place, vehicle_no="KA09", first_day=date(2026, 10, 5))
    drive(client_admin, pair, "KA09", "KA09")
    inputs = read_inputs(client_admin, client_id=pair.client_id, contract_id=view.contract.id, month=OCTOBER)
    assert [usage.slot for usage in inputs.rating.inputs.vehicles or ()] == ["S1"]
    assert bill(client_admin, pair).figures.taxable == 31_000_00 + 5 * 10_00


def test_entered_usage_replaces_what_trips_add_up_to(client_admin: Session, pair: Pair) -> None:
    view = contract(
        client_admin, pair, free_km_included="2000", per_km_rate_after_limit="12.50", included_hours="300",
        extra_hour_rate="90",
    )  # fmt: skip
    slot = SlotMonth("S1", distance_m=2_340_400, duty_s=int(Decimal("318.5") * 3600))
    services.save_usage(client_admin, usage=usage_of(view, slots=(slot,)))
    inputs = read_inputs(client_admin, client_id=pair.client_id, contract_id=view.contract.id, month=OCTOBER)
    assert inputs.bundle["vehicles"] == [{"slot": "S1", "km": "2340.4", "hours": "318.5"}]


def test_employees_entered_for_the_month_take_the_place_of_the_list(client_admin: Session, pair: Pair) -> None:
    view = contract(client_admin, pair, per_employee_fee="310")
    employees = (EmployeeMonth("E1"), EmployeeMonth("E2", Decimal(10)))
    services.save_usage(client_admin, usage=usage_of(view, employees=employees))
    inputs = read_inputs(client_admin, client_id=pair.client_id, contract_id=view.contract.id, month=OCTOBER)
    assert inputs.bundle["employees"] == [{"id": "E1", "active_days": None}, {"id": "E2", "active_days": "10"}]


def test_fuel_price_of_the_months_first_day_is_used_and_kept_with_the_run(client_admin: Session, pair: Pair) -> None:
    fuel = {"base_price": "90", "current_price": "90", "km_per_litre": "10"}
    view = contract(client_admin, pair, "HYBRID", per_km_rate_after_limit="20", fuel=fuel)
    for day, paise in ((date(2026, 9, 15), 95_00), (date(2026, 10, 2), 99_00)):
        services.set_fuel_price(client_admin, price=FuelPrice(new_id(), pair.client_id, day, paise))
    drive(client_admin, pair, "KA01")
    run = bill(client_admin, pair)
    assert run.figures.taxable == 31_000_00 + 10 * 20_50
    services.set_fuel_price(client_admin, price=FuelPrice(new_id(), pair.client_id, date(2026, 10, 1), 100_00))
    again = bill(client_admin, pair)
    assert (again.state, again.figures.taxable) == (RunState.REPLACED, 31_000_00 + 10 * 21_00)
    assert view.contract.id == again.contract_id


def test_bill_with_changed_inputs_is_not_issued_and_an_issued_month_does_not_change(
    client_admin: Session, pair: Pair
) -> None:
    view = contract(client_admin, pair, sla_penalty_amount="500")
    drive(client_admin, pair, "KA01")
    stored, _ = services.save_usage(client_admin, usage=usage_of(view, sla_breaches=1))
    run = bill(client_admin, pair)
    stored, _ = services.save_usage(client_admin, usage=replace(stored, sla_breaches=2))
    with pytest.raises(RefusedError) as told:
        issue_invoice(client_admin, invoice=str(run.invoice.invoice_id))
    assert told.value.code == "INPUTS_CHANGED"
    issue_invoice(client_admin, invoice=str(bill(client_admin, pair).invoice.invoice_id))
    with pytest.raises(RefusedError) as told:
        services.save_usage(client_admin, usage=replace(stored, sla_breaches=3))
    assert told.value.code == "MONTH_ISSUED"


def test_second_editor_is_told_who_saved(client_admin: Session, super_admin: Session, pair: Pair) -> None:
    view = contract(client_admin, pair)
    services.save_usage(super_admin, usage=usage_of(view, sla_breaches=1))
    with pytest.raises(ConflictError) as told:
        services.save_usage(client_admin, usage=usage_of(view, sla_breaches=2))
    assert super_admin.email in told.value.message


def test_wrong_figures_are_told(client_admin: Session, pair: Pair) -> None:
    view = contract(client_admin, pair)
    slots = (
        SlotMonth("S1", distance_m=-1),
        SlotMonth("S1", active_days=Decimal(32)),
        SlotMonth("S3", duty_by_day={date(2026, 11, 1): 3600}),
    )
    with pytest.raises(InvalidFieldsError) as told:
        services.save_usage(client_admin, usage=usage_of(view, sla_breaches=-1, slots=slots))
    assert [problem.code for problem in told.value.problems] == [
        "NEGATIVE_AMOUNT", "DUPLICATE", "NEGATIVE_AMOUNT", "OUT_OF_RANGE", "BAD_DATE",
    ]  # fmt: skip


def test_viewer_reads_and_does_not_save(people: People, client_admin: Session, pair: Pair) -> None:
    view = contract(client_admin, pair)
    stored, _ = services.save_usage(client_admin, usage=usage_of(view, sla_breaches=1))
    viewer = people.sign_in("VIEWER", pair)
    found = services.read_contract_month(viewer, client_id=pair.client_id, contract_id=view.contract.id, month=OCTOBER)
    assert found.usage == stored
    with pytest.raises(KnownError) as told:
        services.save_usage(viewer, usage=replace(stored, sla_breaches=9))
    assert told.value.exit_code == 3


def test_other_clients_inputs_are_not_there(people: People) -> None:
    own, foreign = people.new_pair(), people.new_pair()
    view = contract(people.super_admin, foreign)
    services.save_usage(people.super_admin, usage=usage_of(view, sla_breaches=1))
    session = people.sign_in("CLIENT_ADMIN", own)
    with session.unit_of_work() as uow:
        assert uow.month_usages.get(foreign.client_id, view.contract.id, OCTOBER).rev == 0
    with pytest.raises(KnownError):
        services.save_usage(session, usage=usage_of(view, sla_breaches=2))


def test_bill_whose_vehicle_slots_or_fuel_price_changed_is_not_issued(client_admin: Session, pair: Pair) -> None:
    fuel = {"base_price": "90", "current_price": "90", "km_per_litre": "12"}
    view = contract(client_admin, pair, free_km_included="15", per_km_rate_after_limit="10", fuel=fuel)
    place = {"client_id": pair.client_id, "contract_id": view.contract.id}
    services.put_vehicle_in_slot(client_admin, **place, slot="S1", vehicle_no="KA01", first_day=date(2026, 9, 1))
    services.put_vehicle_in_slot(client_admin, **place, slot="S2", vehicle_no="KA02", first_day=date(2026, 9, 1))
    drive(client_admin, pair, "KA01", "KA01")
    run = bill(client_admin, pair)
    assert bill(client_admin, pair).state is RunState.UNCHANGED
    services.put_vehicle_in_slot(client_admin, **place, slot="S2", vehicle_no="KA03", first_day=date(2026, 10, 20))
    with pytest.raises(RefusedError) as told:
        issue_invoice(client_admin, invoice=str(run.invoice.invoice_id))
    assert (told.value.code, "vehicle slots" in told.value.message) == ("INPUTS_CHANGED", True)
    again = bill(client_admin, pair)
    assert again.state is RunState.REPLACED
    price = FuelPrice(new_id(), pair.client_id, date(2026, 9, 1), 99_00)
    services.set_fuel_price(client_admin, price=price)
    with pytest.raises(RefusedError) as told:
        issue_invoice(client_admin, invoice=str(again.invoice.invoice_id))
    assert (told.value.code, "fuel price" in told.value.message) == ("INPUTS_CHANGED", True)
    last = bill(client_admin, pair)
    assert last.state is RunState.REPLACED
    issue_invoice(client_admin, invoice=str(last.invoice.invoice_id))


def test_a_fuel_price_that_makes_a_rate_negative_blocks_the_run_and_says_so(client_admin: Session, pair: Pair) -> None:
    fuel = {"base_price": "90", "current_price": "90", "km_per_litre": "10"}
    view = contract(client_admin, pair, "HYBRID", per_km_rate_after_limit="4", fuel=fuel)
    services.set_fuel_price(client_admin, price=FuelPrice(new_id(), pair.client_id, date(2026, 9, 15), 40_00))
    drive(client_admin, pair, "KA01")
    run = bill(client_admin, pair)
    assert run.state is RunState.REFUSED
    assert [(one.code, "-1.0000" in one.message) for one in run.errors] == [("NEGATIVE_AMOUNT", True)]
    with pytest.raises(BadInputError) as told:
        read_inputs(client_admin, client_id=pair.client_id, contract_id=view.contract.id, month=OCTOBER)
    assert told.value.where == "fuel.current_price"


def test_bill_with_fees_per_employee_is_not_issued_when_the_list_changed(client_admin: Session, pair: Pair) -> None:
    """Only what the month is rated from counts: whoever left before it, or is renamed, changes nothing."""

    def add(code: str, active_from: date | None = None, active_until: date | None = None) -> Employee:
        ids = (new_id(), pair.client_id)
        person = Employee(*ids, code, code, active_from=active_from, active_until=active_until)
        with client_admin.unit_of_work() as uow:
            uow.employees.add([person])
            uow.commit()
        return person

    add("E1")
    second = add("E2", active_from=date(2026, 10, 22))
    contract(client_admin, pair, per_employee_fee="310")
    drive(client_admin, pair, "KA01")
    first = bill(client_admin, pair)
    assert first.figures.taxable == 31_000_00 + 310_00 + 100_00
    add("E3", active_until=date(2026, 10, 1))
    add("E4", active_from=date(2026, 11, 1))
    assert bill(client_admin, pair).state is RunState.UNCHANGED
    with client_admin.unit_of_work() as uow:
        stored = uow.employees.get(pair.client_id, second.id)
        assert stored is not None
        uow.employees.update(replace(stored, active_until=date(2026, 10, 31)))
        uow.commit()
    with pytest.raises(RefusedError) as told:
        issue_invoice(client_admin, invoice=str(first.invoice.invoice_id))
    assert (told.value.code, "employees" in told.value.message) == ("INPUTS_CHANGED", True)
    second_run = bill(client_admin, pair)
    add("E5")
    with pytest.raises(RefusedError, match="employees"):
        issue_invoice(client_admin, invoice=str(second_run.invoice.invoice_id))
    last = bill(client_admin, pair)
    add("E6", active_from=date(2026, 12, 1))
    issue_invoice(client_admin, invoice=str(last.invoice.invoice_id))
