"""What a month was billed from beside trips, corrected after its issue: listed with the cause, settled by one note."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from billing.errors import ConflictError, RefusedError
from billing.schemas.ids import new_id
from billing.schemas.parties import Employee
from billing.schemas.usage import FuelPrice, MonthUsage, SlotMonth
from billing.services.invoices import issue_invoice
from billing.services.periods import close_month
from billing.services.replay import replay_invoice
from billing.services.settle import list_unsettled, preview_settlement, write_settlement
from billing.services.staff_and_cabs import add_employees
from billing.services.usage import put_vehicle_in_slot, read_contract_month, save_usage, set_fuel_price
from moveinsync_desktop.cli import main
from tests.integration.billing.conftest import HYBRID, OCTOBER, Month
from tests.integration.billing.test_notes import issued
from tests.integration.billing.test_settle import net_taxable
from tests.support.people import PASSWORD

MakeMonth = Callable[..., Month]
PACKAGE = {"base_monthly_fee": "31000", "tax_percentage": "18"}


def causes(month: Month) -> list[str]:
    """What the list says about the only month that waits; nothing where none does."""
    found = list_unsettled(month.session, client=month.pair.client.code)
    return [cause.text for one in found for cause in one.causes]


def settled(month: Month, number: str) -> Decimal:
    """Settle, issue, and give what the month charges now."""
    done = write_settlement(month.session, invoice=number)
    if done.stored is not None:
        issue_invoice(month.session, invoice=str(done.stored))
        assert replay_invoice(month.session, invoice=str(done.stored)).differences == ()
    assert causes(month) == []
    return net_taxable(month)


def usage(month: Month, **figures: Any) -> MonthUsage:
    found = read_contract_month(
        month.session, client_id=month.client_id, contract_id=month.contract_id, month=OCTOBER
    ).usage
    return replace(found, **figures)


def fuel(month: Month, rupees: str) -> None:
    with month.session.unit_of_work() as uow:
        known = uow.fuel_prices.find(client_id=month.client_id, valid_from=OCTOBER)
    price = known[0] if known else FuelPrice(new_id(), month.client_id, OCTOBER, 1)
    set_fuel_price(month.session, price=replace(price, price_paise=int(Decimal(rupees) * 100)))


def test_a_corrected_fuel_price_is_settled(make_month: MakeMonth) -> None:
    clause = {"base_price": "90", "current_price": "90", "km_per_litre": "10", "threshold_percent": "0"}
    month = make_month(rules={**HYBRID, "fuel": clause})
    month.add(month.trip(3, "150"))
    fuel(month, "90")
    number = issued(month)
    assert net_taxable(month) == 30000 + 50 * 25
    assert causes(month) == []
    fuel(month, "95")
    assert causes(month) == ["fuel price 90 → 95"]
    preview = preview_settlement(month.session, invoice=number)
    assert [cause.ground for cause in preview.causes] == ["corrected fuel price"]
    draft = write_settlement(month.session, invoice=number)
    fuel(month, "100")
    with pytest.raises((RefusedError, ConflictError)) as caught:
        issue_invoice(month.session, invoice=str(draft.stored))
    assert caught.value.code == "INPUTS_CHANGED"
    assert settled(month, number) == 30000 + 50 * 26


def test_breaches_and_absences_of_an_invoiced_month_change_with_a_reason(
    make_month: MakeMonth, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], workspace: Any
) -> None:
    rules = {**PACKAGE, "sla_penalty_amount": "500", "absence_basis": "calendar_days"}
    month = make_month(model="FIXED_PACKAGE", rules=rules)
    put_vehicle_in_slot(month.session, client_id=month.client_id, contract_id=month.contract_id, slot="S1",
                        vehicle_no="KA01", first_day=date(2026, 9, 1))  # fmt: skip
    save_usage(month.session, usage=usage(month, sla_breaches=1, slots=(SlotMonth("S1", absent_days=Decimal(0)),)))
    number = issued(month)
    close_month(month.session, month=OCTOBER, client=month.pair.client.code)
    changed = usage(month, sla_breaches=3, slots=(SlotMonth("S1", absent_days=Decimal(2)),))
    with pytest.raises(RefusedError) as caught:
        save_usage(month.session, usage=changed)
    assert caught.value.code == "MONTH_ISSUED"
    save_usage(month.session, usage=changed, reason="the vendor's log came late")
    assert causes(month) == ["km, hours or days of S1", "SLA breaches 1 → 3"]
    assert settled(month, number) == 31000 - 3 * 500 - 2 * 1000
    monkeypatch.setenv("MOVEINSYNC_HOME", str(workspace.home))
    monkeypatch.setenv("MOVEINSYNC_USER", month.session.email)
    monkeypatch.setenv("MOVEINSYNC_PASSWORD", PASSWORD)
    words = ["contract", "inputs", str(month.contract_id), "--month", "2026-10", "--breaches", "4", "--json"]
    assert main(words) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "MONTH_ISSUED"
    assert main([*words, "--reason", "counted again"]) == 0
    capsys.readouterr()
    assert main(["invoice", "settle", number, "--preview", "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)["settlements"]
    assert told["causes"] == ["SLA breaches 3 → 4"]
    assert told["note"]["taxable_subtotal"] == "500.00"


def test_what_was_not_invoiced_stays_closed(make_month: MakeMonth) -> None:
    month = make_month(model="FIXED_PACKAGE", rules={**PACKAGE, "sla_penalty_amount": "500"})
    close_month(month.session, month=OCTOBER, client=month.pair.client.code)
    with pytest.raises(RefusedError) as caught:
        save_usage(month.session, usage=usage(month, sla_breaches=3), reason="late")
    assert caught.value.code == "MONTH_CLOSED"


def test_a_vehicle_that_came_into_another_slot_is_noticed(make_month: MakeMonth) -> None:
    month = make_month(
        model="FIXED_PACKAGE", rules={**PACKAGE, "free_km_included": "15", "per_km_rate_after_limit": "10"}
    )
    place = {"client_id": month.client_id, "contract_id": month.contract_id}
    for slot, cab in (("S1", "KA01"), ("S2", "KA02")):
        put_vehicle_in_slot(month.session, **place, slot=slot, vehicle_no=cab, first_day=date(2026, 9, 1))
    drives = ((20, "KA01", "10"), (21, "KA02", "3"), (22, "KA01", "10"))
    month.add(*(month.trip(day, km, vehicle_no=cab) for day, cab, km in drives))
    number = issued(month)
    assert net_taxable(month) == 2 * 31000 + 5 * 10, "20 km in S1, of which 15 are free"
    for slot, cab in (("S1", "KA03"), ("S2", "KA01")):
        put_vehicle_in_slot(month.session, **place, slot=slot, vehicle_no=cab, first_day=date(2026, 10, 22))
    assert causes(month) == ["vehicle slots changed"]
    assert settled(month, number) == 2 * 31000


def test_an_employee_who_was_forgotten_is_billed(make_month: MakeMonth) -> None:
    month = make_month(model="FIXED_PACKAGE", rules={**PACKAGE, "per_employee_fee": "100"})

    def employee(code: str, **more: Any) -> Employee:
        return Employee(new_id(), month.client_id, code, code, **more)

    add_employees(month.session, employees=[employee("E1")])
    month.add(month.trip(3, "20"))
    number = issued(month)
    add_employees(month.session, employees=[employee("E9", active_from=date(2026, 11, 5))])
    assert causes(month) == [], "nobody of October"
    add_employees(month.session, employees=[employee("E2")])
    assert causes(month) == ["employees 1 → 2"]
    assert settled(month, number) == 31000 + 200


def test_inputs_that_move_no_amount_are_settled_without_a_note(make_month: MakeMonth) -> None:
    month = make_month(model="FIXED_PACKAGE", rules={**PACKAGE, "sla_penalty_amount": "500"})
    save_usage(month.session, usage=usage(month, sla_breaches=0))
    number = issued(month)
    save_usage(month.session, usage=usage(month, sla_breaches=0, note="checked"), reason="a remark")
    assert causes(month) == [], "a remark is no input"
    assert write_settlement(month.session, invoice=number).state == "unchanged"


def test_a_sac_that_decides_no_amount_is_no_cause(october: Month) -> None:
    number = issued(october)
    october.sql("UPDATE app.contracts SET sac = '997311' WHERE id = :k", k=october.contract_id)
    assert causes(october) == [], "the rules say their own percent"
    assert write_settlement(october.session, invoice=number).state == "unchanged"
