"""Starting in the middle of a year: km and hours used before, open invoices, the next number; by form and by sheet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook

from billing.errors import BadInputError, NotAllowedError, RefusedError
from billing.exchange.opening_sheet import HEADER, write_opening_template
from billing.invoicing.numbering import financial_year
from billing.schemas.openings import OpeningInvoice
from billing.services.billing import run_bill
from billing.services.invoices import issue_invoice
from billing.services.openings import import_openings, read_openings, remove_opening, save_open_invoice, save_usage
from billing.services.replay import replay_invoice
from billing.store.session import Session
from tests.integration.billing.conftest import OCTOBER, Month
from tests.integration.billing.test_invoices import draft
from tests.integration.billing.test_notes import issued

MakeMonth = Callable[..., Month]


def taxable(month: Month) -> int:
    (run,) = run_bill(month.session, **month.words).runs
    assert run.figures is not None, run.errors
    return run.figures.taxable


def use(month: Month, km: int, hours: int = 0) -> None:
    save_usage(month.session, contract_id=month.contract_id, month=OCTOBER, distance_m=km * 1000, duty_s=hours * 3600)


@pytest.mark.parametrize(("km", "beyond"), [(0, 30), (40, 70), (100, 130), (500, 130)])
def test_km_used_before_leave_fewer_free_ones(october: Month, km: int, beyond: int) -> None:
    """60, 50 and 20 km with 100 free: what goes beyond (100 - used) is charged at 25."""
    use(october, km)
    assert taxable(october) == 30_000_00 + beyond * 25_00


def test_a_package_counts_km_and_hours_used_before(make_month: MakeMonth) -> None:
    rules = {
        "base_monthly_fee": "1000", "free_km_included": "100", "per_km_rate_after_limit": "10",
        "included_hours": "10", "extra_hour_rate": "60", "tax_percentage": "5",
    }  # fmt: skip
    month = make_month(model="FIXED_PACKAGE", rules=rules)
    month.add(month.trip(3, "60"), month.trip(4, "30"))
    assert taxable(month) == 1000_00
    use(month, 50, 9)
    assert taxable(month) == 1000_00 + 40 * 10_00 + 1 * 60_00


def test_a_part_of_a_month_takes_its_share(make_month: MakeMonth) -> None:
    """The contract owns 31 days and the version half of them: prorated free km, then what was used before."""
    from billing.services.contracts import renew_contract

    month = make_month()
    rules = {"base_monthly_fee": "0", "free_km_included": "310", "per_km_rate_after_limit": "1", "tax_percentage": "18"}
    start = date(2026, 10, 16)
    renew_contract(month.session, contract=month.view.contract, model="HYBRID", rules=rules, valid_from=start)
    month.add(month.trip(3, "60"))
    fee = 14_516_13  # 30,000 x 15 / 31
    assert taxable(month) == fee + 290_25, "60 - 48.39 free km"
    use(month, 40)
    assert taxable(month) == fee + 1290_25, "60 - 8.39 free km"


def test_a_draft_is_stale_when_the_opening_changes_and_an_issued_month_keeps_it(october: Month) -> None:
    invoice = draft(october)
    use(october, 40)
    with pytest.raises(RefusedError) as caught:
        issue_invoice(october.session, invoice=invoice)
    assert caught.value.code == "INPUTS_CHANGED"
    number = issued(october)
    assert replay_invoice(october.session, invoice=number).is_same
    with pytest.raises(RefusedError) as caught:
        use(october, 50)
    assert caught.value.code == "MONTH_ISSUED"
    (usage,) = read_openings(october.session).usage
    assert usage.id is not None
    with pytest.raises(RefusedError):
        remove_opening(october.session, opening_id=usage.id, reason="x")


def test_rules_that_count_by_vehicle_refuse_an_opening_of_the_contract(make_month: MakeMonth) -> None:
    rules = {
        "free_km_included": "10",
        "free_km_scope": "vehicle",
        "per_km_rate_after_limit": "1",
        "tax_percentage": "5",
    }
    month = make_month(rules=rules)
    month.add(month.trip(3, vehicle_slot="S1"))
    use(month, 5)
    (run,) = run_bill(month.session, **month.words).runs
    assert run.errors[0].code == "OPENING_USAGE"


def test_open_invoices_are_kept_once(october: Month) -> None:
    one = OpeningInvoice(october.pair.vendor_id, "old/25-26/7", date(2026, 3, 31), 1000_00, 400_00)
    assert save_open_invoice(october.session, invoice=one).tables
    assert not save_open_invoice(october.session, invoice=one).tables, "the same again changes nothing"
    (stored,) = read_openings(october.session).invoices
    assert (stored.number, stored.open_amount, stored.doc_type) == ("OLD/25-26/7", 400_00, "INVOICE")
    for wrong in ({"open_amount": 2000_00}, {"doc_type": "BILL"}, {"number": ""}, {"due_date": date(2026, 1, 1)}):
        with pytest.raises(BadInputError):
            save_open_invoice(october.session, invoice=replace(one, **wrong))
    assert stored.id is not None
    remove_opening(october.session, opening_id=stored.id, reason="paid before")
    assert read_openings(october.session).invoices == ()


def sheet(path: Path, *rows: tuple[object, ...]) -> Path:
    book = Workbook()
    page = book.active
    assert page is not None
    for row in (HEADER, *rows):
        page.append(list(row))
    book.save(path)
    return path


def test_a_sheet_brings_everything_or_nothing(
    october: Month, super_admin: Session, tmp_path: Path, today: date
) -> None:
    vendor, contract, year = october.pair.link.code, "Night shift", financial_year(today)
    usage = ("Usage", vendor, contract, "2026-10", 40.5, 2)
    invoice = ("Open invoice", vendor, "", None, None, None, "Invoice", "A/7", date(2026, 3, 31), None, "1,000.00", 400)
    series = ("Series", vendor, "", None, None, None, "Invoice", None, None, None, None, None, year, "SLC", 118)
    client = october.pair.client.code
    bad = sheet(tmp_path / "bad.xlsx", usage, ("Usage", vendor, contract, "Oct", 1))
    with pytest.raises(BadInputError, match=r"Row 3, Month 'Oct'"):
        import_openings(super_admin, path=bad, client=client)
    assert read_openings(october.session).usage == ()
    good = sheet(tmp_path / "good.xlsx", usage, invoice, series)
    with pytest.raises(NotAllowedError):
        import_openings(october.session, path=good)
    assert read_openings(october.session).usage == (), "a refused series takes the rest back"
    taken, _ = import_openings(super_admin, path=good, client=client)
    assert (len(taken.usage), len(taken.invoices), len(taken.series)) == (1, 1, 1)
    stored = read_openings(october.session)
    assert (stored.usage[0].distance_m, stored.usage[0].duty_s) == (40_500, 7200)
    assert stored.invoices[0].total == 1000_00
    assert not import_openings(super_admin, path=good, client=client)[1].tables
    assert issued(october) == f"SLC/{year}/00118"


def test_the_template_can_be_filled_in(tmp_path: Path) -> None:
    from billing.exchange.opening_sheet import read_opening_sheet

    path = write_opening_template(tmp_path / "t.xlsx", [("Usage", "V", "=1+1", "2026-10", 5, 1)])
    (row,) = read_opening_sheet(path).usage
    assert (row.contract, row.distance_m, row.duty_s) == ("=1+1", 5000, 3600)
