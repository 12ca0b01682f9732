"""The framework of reports: every one reads before and after billing, adds up, and is written as it is shown."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from billing.errors import KnownError, NotAllowedError
from billing.schemas.reports import Asked
from billing.services.billing import run_bill
from billing.services.reporting import read_report, report_json, report_kinds, write_report
from billing.services.reporting.catalogue import PURPOSES, REPORTS
from tests.integration.billing.conftest import OCTOBER, Month
from tests.support.people import People

ASKED = Asked(month=OCTOBER, first=date(2026, 10, 1), last=date(2026, 10, 31), day=date(2026, 11, 20))
BOUND_TO_AMOUNTS = {kind.id for kind in REPORTS if kind.needs == "billing.amounts"}


def read(month: Month, name: str) -> Any:
    return read_report(month.session, name, ASKED)


@pytest.mark.parametrize("kind", REPORTS, ids=lambda kind: kind.id)
def test_every_report_is_read_and_written(october: Month, tmp_path: Path, kind: Any) -> None:
    assert kind.purpose in PURPOSES
    table = read(october, kind.id)
    content = json.loads(json.dumps(report_json(table), default=str))
    assert len(content["rows"]) == len(table.rows)
    book = load_workbook(write_report(tmp_path / "report.xlsx", table))
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[4]][: len(table.columns)] == [one.title for one in table.columns]
    with write_report(tmp_path / "report.csv", table).open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.reader(stream))
    assert lines[0] == [one.key for one in table.columns]
    assert len(lines) == len(table.rows) + 1
    assert sheet.max_row == 4 + len(table.rows), "under the header stand rows and no total"
    for row in table.rows:
        assert {one.key for one in table.columns} <= set(row)
        assert kind.drill is None or kind.drill(row) is None or isinstance(kind.drill(row)[0], str)


def test_accrual_is_what_is_not_billed_yet(october: Month) -> None:
    table = read(october, "accrual")
    [row] = table.rows
    assert (row["trips"], row["accrued"]) == (3, 30_750_00)
    run_bill(october.session, **october.words)
    assert read(october, "accrual").rows == []


def test_cost_by_unit_and_employee_adds_up_to_the_ledger(october: Month) -> None:
    before = read(october, "unit_cost").rows
    run_bill(october.session, **october.words)
    [row] = after = read(october, "unit_cost").rows
    assert before == after
    assert (row["cost"], row["trips"], row["distance_m"]) == (30_750_00, 3, 130_000)
    assert row["per_km"] == 236_54  # 30,750.00 over 130 km, rounded half up once
    people = read(october, "employee_cost")
    assert sum(one["amount"] for one in people.rows) == row["cost"] - row["fees"]
    assert {one["employee"] for one in people.rows} == {"E1", "Nobody named"}


def test_package_use_register_and_rate_change(october: Month) -> None:
    [package] = read(october, "package_use").rows
    assert (package["included_m"], package["used_m"], package["over_m"], package["percent"]) == (
        100_000,
        130_000,
        30_000,
        1300,
    )
    october.add(october.trip(25, "10", escort=True))
    assert [row["escort"] for row in read(october, "night_escort").rows] == ["Escort"]
    assert read(october, "rate_change").rows == []


def test_contracts_that_end_soon_come_by_30_60_and_90_days(october: Month) -> None:
    assert read(october, "expiry").rows == []
    for day, bucket in (
        ("2026-12-10", "30 days"),
        ("2027-01-10", "60 days"),
        ("2027-02-10", "90 days"),
        ("2026-11-01", "Ended"),
    ):
        october.sql(
            "UPDATE app.contracts SET renewal_cycle = 'YEARLY', renews_on = :day WHERE client_id = :c",
            day=day, c=october.client_id,
        )  # fmt: skip
        assert [row["bucket"] for row in read(october, "expiry").rows] == [bucket]


def test_roles_read_what_they_may(people: People, october: Month) -> None:
    vendor = people.sign_in("VENDOR_ADMIN", october.pair)
    assert not {kind.id for kind in report_kinds(vendor)} & BOUND_TO_AMOUNTS
    table = read_report(vendor, "trips", ASKED)
    assert [one.key for one in table.columns] == ["trip_id", "start", "end", "distance_m", "state"]
    for name in ("accrual", "payouts", "invariants", "disputes"):
        with pytest.raises(NotAllowedError):
            read_report(vendor, name, ASKED)
    viewer = people.sign_in("VIEWER", october.pair)
    assert read_report(viewer, "invariants", ASKED).rows
    with pytest.raises(NotAllowedError):
        read_report(viewer, "payouts", ASKED)


def test_an_unknown_report_is_named(october: Month) -> None:
    with pytest.raises(KnownError) as unknown:
        read(october, "weather")
    assert unknown.value.code == "UNKNOWN_REPORT"
