"""What only a day can tell (GST.md sections 2, 3 and 11): letters of undertaking, digits of the SAC, TDS by date."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from billing.errors import RefusedError
from billing.invoicing.tds import PayeeYear
from billing.services.billing import run_bill
from billing.services.invoices import get_invoice, issue_invoice
from billing.services.taxes import tds_rate_for
from billing.store.session import Session
from tests.integration.billing.conftest import Month
from tests.integration.billing.test_invoices import draft
from tests.integration.billing.test_papers import registered

MakeMonth = Callable[..., Month]
UNTAXED = {"base_monthly_fee": "30000", "free_km_included": "100", "per_km_rate_after_limit": "25"}


def zone(month: Month, until: date) -> None:
    month.sql(
        "UPDATE app.client_sites SET is_sez = true, lut_no = 'AD29', lut_until = :u WHERE client_id = :c",
        u=until,
        c=month.client_id,
    )


def test_a_letter_that_is_over_on_the_day_of_issue_is_refused(
    make_month: MakeMonth, super_admin: Session, today: date
) -> None:
    """It covered the month, so the draft has no tax; but on the day of issue it is over."""
    month = make_month(rules=UNTAXED)
    month.add(month.trip(3, "60"))
    registered(month, super_admin)
    zone(month, date(2026, 10, 31))
    made = draft(month)
    assert get_invoice(month.session, invoice=made).draft.totals.tax == 0
    with pytest.raises(RefusedError) as caught:
        issue_invoice(month.session, invoice=made)
    assert caught.value.code == "LUT_EXPIRED"
    assert "AD29 was valid until 31-10-2026" in caught.value.message
    zone(month, today + timedelta(days=1))
    (run,) = run_bill(month.session, **month.words).runs
    assert run.invoice is not None
    number = issue_invoice(month.session, invoice=str(run.invoice.invoice_id)).number
    assert get_invoice(month.session, invoice=number).draft.totals.tax == 0


def test_above_five_crore_a_sac_has_six_digits(october: Month, super_admin: Session) -> None:
    october.sql("UPDATE app.contracts SET sac = '9966' WHERE id = :k", k=october.contract_id)
    registered(october, super_admin, aato=5_00_00_000_00 + 1)
    made = draft(october)
    with pytest.raises(RefusedError) as caught:
        issue_invoice(october.session, invoice=made)
    assert caught.value.code == "SAC_TOO_SHORT"
    registered(october, super_admin, aato=5_00_00_000_00)
    assert issue_invoice(october.session, invoice=made).state == "issued"


@pytest.mark.parametrize(("status", "percent"), [("INDIVIDUAL", 1), ("OTHER", 2), ("NO_PAN", 20)])
@pytest.mark.parametrize(("day", "section"), [(date(2026, 3, 31), "194C"), (date(2026, 4, 1), "393(1) Sl. 6(i)")])
def test_tds_before_and_after_april_2026(
    client_admin: Session, status: str, percent: int, day: date, section: str
) -> None:
    """Rates and limits stay (GST.md 11): 30,000 for one payment, 1,00,000 for the year; 20 % without PAN."""
    with client_admin.unit_of_work() as uow:
        rate = tds_rate_for(uow, status, day)
    assert rate is not None
    assert (rate.section, rate.percent) == (section, percent)
    assert (rate.single_limit, rate.year_limit) == (30_000_00, 1_00_000_00)
    year = PayeeYear(up=True)
    assert year.add(30_000_00, rate) == 0
    assert year.add(30_010_50, rate) == -(-3_001_050 * percent // 10_000) * 100, "rounded up where that is asked for"
    year = PayeeYear()
    assert [year.add(25_000_00, rate) for _ in range(5)] == [0, 0, 0, 0, 125_000_00 * percent // 100]
