"""Every report against a sum of its own: plain SQL as the superuser, Decimal where something is divided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from billing.schemas.ids import new_id
from billing.schemas.lists import Condition, Listing
from billing.schemas.reports import Asked
from billing.services.billing import run_bill
from billing.services.contracts import save_draft
from billing.services.invoices import issue_invoice
from billing.services.payments import record_payment
from billing.services.payouts import pay_out
from billing.services.reporting import read_report
from billing.services.vendor_bill_import import import_bill
from billing.services.vendor_settling import raise_disputes
from billing.store.queries_trips import TripList
from tests.integration.billing.conftest import IST, OCTOBER, Month
from tests.support.hostile import superuser
from tests.support.sheets import write_csv

ASKED = Asked(month=OCTOBER, first=date(2026, 10, 1), last=date(2026, 10, 31), day=date(2026, 11, 20))
RULES = {
    "base_fare": "100", "per_km_rate": "20", "night_shift_surcharge": "150", "escort_charge_per_trip": "75",
    "carpool_discount": "0.2", "tax_percentage": "5", "incentive_rules": {"carpool_bonus": "25"},
}  # fmt: skip
_LEDGER = "app.trip_charges c JOIN app.trips t ON t.client_id = c.client_id AND t.id = c.trip_id WHERE c.client_id = %s"


@pytest.fixture
def month(make_month: Callable[..., Month]) -> Month:
    """Nine trips of one contract: nights, escorts, carpools, riders; invoiced. A tenth comes afterwards."""
    made = make_month(model="PER_TRIP", rules=RULES, name="Per trip")
    night = {"start_time": _at(4, 23), "end_time": _at(5, 0)}
    made.add(
        *(made.trip(day, f"{day}.{day}", employees=("E1",), seats_boarded=1) for day in (1, 2, 3)),
        made.trip(4, "11.377", escort=True, employees=("E1", "E2"), seats_boarded=2, **night),
        *(made.trip(day, "7.01", is_carpool=True, employees=("E2", "E3", "E9"), seats_boarded=3) for day in (5, 6)),
        *(made.trip(day, "9", seats_boarded=0) for day in (7, 8, 9)),
    )
    run_bill(made.session, **made.words)
    invoice = made.sql("SELECT id FROM app.invoices WHERE client_id = :c", c=made.client_id)[0][0]
    issue_invoice(made.session, invoice=str(invoice))
    return made


def _at(day: int, hour: int) -> Any:
    return datetime(2026, 10, day, hour, 30, tzinfo=IST)


def sql(month: Month, statement: str) -> list[Any]:
    with superuser(month.session.profile) as connection, connection.cursor() as cursor:
        cursor.execute(statement, (str(month.client_id),) * statement.count("%s"))
        return [tuple(row) for row in cursor.fetchall()]


def report(month: Month, name: str) -> Any:
    return read_report(month.session, name, ASKED)


def half_up(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


def test_client_billing_report(month: Month) -> None:
    [wanted] = sql(month, f"SELECT sum(c.taxable), sum(c.non_taxable), count(*), sum(t.distance_m) FROM {_LEDGER}")
    table = report(month, "trips")
    assert (table.totals["base"], table.totals["untaxed"], len(table.rows), table.totals["distance_m"]) == wanted
    [(tax,)] = sql(month, "SELECT tax FROM app.invoices WHERE client_id = %s")
    assert table.totals["tax"] == tax
    assert table.totals["incentive"] == sum(row["incentive"] for row in table.rows) > 0


def test_incentives_by_employee_and_the_way_to_their_trips(month: Month) -> None:
    rows = {row["employee"]: (row["trips"], row["amount"]) for row in report(month, "incentives").rows}
    first = sql(
        month,
        "SELECT r.employee_code, count(*) FROM app.trips t"
        " JOIN app.trip_riders r ON r.client_id = t.client_id AND r.trip_id = t.id"
        " WHERE t.client_id = %s AND t.is_carpool"
        " AND r.seq = (SELECT min(x.seq) FROM app.trip_riders x WHERE x.trip_id = t.id) GROUP BY 1",
    )
    assert rows == {code: (many, many * 25_00) for code, many in first}
    for name in ("incentives", "employee_cost"):
        kind = report(month, name).kind
        assert kind.drill({"employee": "E2"}) == ("trips", {"view": "all", "filters": {"employees": "=E2"}})
        assert kind.drill({"employee": "Nobody named"})[1]["filters"] == {"employees": "empty"}

    def found(op: Any, *values: str) -> int:
        listing = Listing(conditions=(Condition("employees", op, values),))
        return TripList(month.session, listing, month=OCTOBER).open().count

    assert (found("equals", "E2"), found("equals", "e2"), found("equals", "E")) == (3, 3, 0)
    assert (found("any", "E1", "E9"), found("differs", "E2"), found("empty"), found("contains", "e")) == (6, 6, 3, 6)


def test_cost_per_employee_parts_each_trip_to_the_paisa(month: Month) -> None:
    trips = sql(month, f"SELECT c.taxable + c.non_taxable, t.id::text, t.distance_m FROM {_LEDGER}")
    riders: dict[str, list[str]] = {}
    for trip, code in sql(
        month, "SELECT trip_id::text, employee_code FROM app.trip_riders WHERE client_id = %s ORDER BY seq"
    ):
        riders.setdefault(trip, []).append(code)
    wanted: dict[str, int] = {}
    for amount, trip, _ in trips:
        names = riders.get(trip, ["Nobody named"])
        base, rest = divmod(int(amount), len(names))
        for at, name in enumerate(names):
            wanted[name] = wanted.get(name, 0) + base + (at < rest)
    table = report(month, "employee_cost")
    assert {row["employee"]: row["amount"] for row in table.rows} == wanted
    for row in table.rows:
        assert row["per_trip"] == half_up(Decimal(row["amount"]) / row["trips"])
        assert row["per_km"] == half_up(Decimal(row["amount"]) * 1000 / row["distance_m"])


def test_cost_per_km_trip_and_seat(month: Month) -> None:
    [(amount, metres, trips, seats)] = sql(
        month,
        f"SELECT sum(c.taxable + c.non_taxable), sum(t.distance_m), count(*), sum(t.seats_boarded) FROM {_LEDGER}",
    )
    [row] = report(month, "unit_cost").rows
    assert (row["cost"], row["distance_m"], row["trips"], row["seats"]) == (amount, metres, trips, seats)
    assert row["per_km"] == half_up(Decimal(amount) * 1000 / metres)
    assert (row["per_trip"], row["per_seat"]) == (half_up(Decimal(amount) / trips), half_up(Decimal(amount) / seats))


def test_night_and_escort_register(month: Month) -> None:
    [(night, escort, many)] = sql(
        month, f"SELECT sum(c.night), sum(c.escort), count(*) FROM {_LEDGER} AND (c.night <> 0 OR t.escort)"
    )
    table = report(month, "night_escort")
    assert (table.totals["night"], table.totals["escort_charge"], len(table.rows)) == (night, escort, many)
    assert night > 0 < escort


def test_accrual_is_what_the_next_run_bills(make_month: Callable[..., Month]) -> None:
    month = make_month()
    month.add(month.trip(12, "60"), month.trip(13, "50.505"))
    totals = report(month, "accrual").totals
    run_bill(month.session, **month.words)
    [(trips, tax)] = sql(month, f"SELECT sum(c.taxable + c.non_taxable), sum(c.tax) FROM {_LEDGER}")
    [(fees,)] = sql(month, "SELECT sum(amount) FROM app.period_charges WHERE client_id = %s")
    assert (totals["amount"], totals["fees"], totals["accrued"], totals["tax"]) == (trips, fees, trips + fees, tax)
    assert report(month, "accrual").rows == []


def test_payouts_disputes_and_ageing(month: Month, tmp_path: Path) -> None:
    rows = [("T00001", 300), ("T00002", 700), ("X1", 90)]
    path = write_csv(tmp_path / "bill.csv", rows, header=("Trip ID", "Amount"))
    view = import_bill(month.session, path, vendor=month.pair.link.code).view
    assert view is not None
    raise_disputes(month.session, str(view.bill.id), [2, 3], reason="RATE")
    pay_out(month.session, str(view.bill.id), day=date(2026, 10, 30))
    [wanted] = sql(
        month, "SELECT sum(amount), sum(tax), sum(tds), sum(net) FROM app.vendor_payouts WHERE client_id = %s"
    )
    assert tuple(report(month, "payouts").totals[key] for key in ("amount", "tax", "tds", "net")) == wanted
    [wanted] = sql(
        month, "SELECT sum(m.theirs), sum(m.ours), sum(d.pay_amount) FROM app.vendor_disputes d"
        " JOIN app.vendor_bill_matches m ON (m.client_id, m.bill_id, m.row_no) = (d.client_id, d.bill_id, d.row_no)"
        " WHERE d.client_id = %s",
    )  # fmt: skip
    assert tuple(report(month, "disputes").totals[key] for key in ("theirs", "ours", "payable")) == wanted
    today = month.session.now().astimezone(IST).date()
    record_payment(month.session, vendor=month.pair.link.code, received_on=today, amount=500_00, reference="U1")
    [(total,)] = sql(month, "SELECT sum(total) - 50000 FROM app.invoices WHERE client_id = %s AND status = 'ISSUED'")
    table = read_report(month.session, "ageing", Asked(day=today))
    assert table.totals["open"] == total == sum(row[age] for row in table.rows for age in _AGES)


_AGES = ("NOT_DUE", "D0_30", "D31_60", "D61_90", "D90_UP")


def test_package_use_and_rate_change(make_month: Callable[..., Month]) -> None:
    month = make_month()
    month.add(month.trip(3, "60.5"), month.trip(10, "50.25"))
    [row] = report(month, "package_use").rows
    [(metres,)] = sql(month, "SELECT sum(distance_m) FROM app.trips WHERE client_id = %s")
    assert (row["used_m"], row["over_m"], row["percent"]) == (metres, metres - 100_000, half_up(Decimal(metres) / 100))
    version = month.view.versions[0]
    dearer = {**version.rules, "per_km_rate_after_limit": "30.5"}
    save_draft(month.session, version=replace(version, id=new_id(), rules=dearer, status="DRAFT", rev=0))
    [change] = report(month, "rate_change").rows
    over = Decimal(metres - 100_000) / 1000
    old, new = (half_up((30_000 + over * Decimal(rate)) * 100) for rate in ("25", "30.5"))
    assert (change["old"], change["new"], change["change"]) == (old, new, new - old)
    assert change["percent"] == half_up(Decimal(new - old) * 1000 / old)
