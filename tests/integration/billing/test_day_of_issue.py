"""What only the day of issue can tell (GST.md sections 2 and 3): letters of undertaking, digits of the SAC."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from billing.errors import RefusedError
from billing.services.billing import run_bill
from billing.services.invoices import get_invoice, issue_invoice
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
