"""Billing for scripts: a month of a tenant, one trip, a report (DESIGN.md section 8). Everything here is a preview."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from billing.errors import BadInputError, RefusedError
from billing.money import to_rupees
from billing.repository import TripNotFoundError, as_id, default_session
from billing.schemas.rating import BillingModelType, CalculationResult

if TYPE_CHECKING:
    from billing.schemas.runs import RunOutcome
    from billing.services.reports import ReportTrip
    from billing.store.session import Session

__all__ = ["BillingEngine", "BillingService", "ContractResult"]


@dataclass(frozen=True, slots=True)
class ContractResult(CalculationResult):
    """What one contract's month comes to. `base_cost` is the taxable value; `lines` are the invoice's, by code."""

    contract_id: UUID | None = None
    contract_name: str = ""
    vendor: str = ""
    month: date | None = None
    trips: int = 0

    @property
    def total(self) -> Decimal:
        """All that the client pays: the same as `total_cost`."""
        return self.total_cost


class BillingEngine:
    """Bills of one tenant, computed by the same code as a billing run and written nowhere."""

    def __init__(self, tenant_id: UUID | str, session: Session | None = None) -> None:
        self.tenant_id = as_id(tenant_id)
        self._session = session

    def calculate_billing(
        self, month: date | str | None = None, vendor: UUID | str | None = None
    ) -> list[ContractResult]:
        """One result a contract; the month defaults to the last complete one in the client's zone.

        Raises:
            RefusedError: Unknown tenant or vendor; a contract that cannot be rated, with its first reason.
        """
        from billing.services.billing import preview_bill

        session = self._session or default_session()
        chosen = _month(month) or self._last_complete_month(session)
        outcome = preview_bill(
            session, month=chosen, client=str(self.tenant_id), vendor=str(vendor) if vendor else None
        )
        return [_result(run) for run in outcome.runs]

    def _last_complete_month(self, session: Session) -> date:
        with session.unit_of_work(name="engine.tenant") as uow:
            client = uow.clients.get(self.tenant_id)
        if client is None:
            raise RefusedError("UNKNOWN_CLIENT", "There is no such client that you may see.", where="tenant_id")
        today = datetime.now(ZoneInfo(client.time_zone)).date()
        return (today.replace(day=1) - timedelta(days=1)).replace(day=1)


def _month(month: date | str | None) -> date | None:
    if month is None or isinstance(month, date):
        return month.replace(day=1) if month else None
    try:
        return date.fromisoformat(f"{month}-01" if month.count("-") == 1 else month).replace(day=1)
    except ValueError:
        raise BadInputError("BAD_MONTH", f'"{month}" is not a month like 2026-10.', where="month") from None


def _result(run: RunOutcome) -> ContractResult:
    figures = run.figures
    if figures is None or run.draft is None:
        first = run.errors[0]
        trip = f"trip {first.trip_id}: " if first.trip_id else ""
        raise RefusedError(first.code, f"{run.contract_name} cannot be billed: {trip}{first.message}")
    lines: dict[str, Decimal] = {}
    for line in run.draft.lines:
        lines[line.code] = lines.get(line.code, Decimal("0.00")) + to_rupees(line.amount)
    return ContractResult(
        billing_model=BillingModelType(run.billing_model),
        base_cost=to_rupees(figures.taxable),
        tax_amount=to_rupees(figures.tax),
        total_cost=to_rupees(figures.total),
        employee_incentive=to_rupees(figures.incentive),
        non_taxable=to_rupees(figures.non_taxable),
        lines=lines,
        contract_id=run.contract_id,
        contract_name=run.contract_name,
        vendor=run.vendor_code,
        month=run.month,
        trips=figures.trips,
    )


class BillingService:
    """Questions that scripts ask: what does a trip cost, what did a client run up, a report as a file."""

    def __init__(self, session: Session | None = None) -> None:
        self._given = session

    @property
    def session(self) -> Session:
        """The session given, or the default one."""
        return self._given or default_session()

    def calculate_trip_cost(
        self, trip_id: UUID | str, client_id: UUID | str | None = None, carpool: bool | None = None
    ) -> CalculationResult:
        """A stored trip (id or its sheet's own id) rated now, at its place in its month.

        Raises TripNotFoundError; BadInputError or RefusedError when it cannot be rated.
        """
        from billing.services.trip_price import price_trip

        client = str(client_id) if client_id else None
        try:
            price = price_trip(self.session, trip=str(trip_id), client=client, carpool=carpool)
        except RefusedError as error:
            if error.code != "UNKNOWN_TRIP":
                raise
            raise TripNotFoundError(error.code, error.message, where="trip_id") from None
        return CalculationResult(
            billing_model=BillingModelType(price.billing_model),
            base_cost=to_rupees(price.base_cost),
            tax_amount=to_rupees(price.tax_amount),
            total_cost=to_rupees(price.total_cost),
            employee_incentive=to_rupees(price.employee_incentive),
            non_taxable=to_rupees(price.non_taxable),
            lines={code: to_rupees(amount) for code, amount in price.lines.items()},
            trip_id=price.trip.external_ref,
            explanations=price.explanations,
        )

    def get_client_billing_data(
        self, client_id: UUID | str, start_date: date | None = None, end_date: date | None = None
    ) -> list[ReportTrip]:
        """Every trip of the client in the dates with its cost; unbilled ones as a preview. Default: the last month."""
        from billing.services.reports import read_client_report

        first, last = self._dates(client_id, start_date, end_date)
        return list(read_client_report(self.session, client=str(client_id), first=first, last=last).trips)

    def generate_client_report(
        self,
        client_id: UUID | str,
        start_date: date | None = None,
        end_date: date | None = None,
        output: Path | str = ".",
    ) -> Path:
        """The same as a CSV file in `output` (a folder, or the file itself); gives the file."""
        from billing.services.reports import write_client_report

        first, last = self._dates(client_id, start_date, end_date)
        return write_client_report(self.session, client=str(client_id), first=first, last=last, target=Path(output))

    def _dates(self, client_id: UUID | str, start: date | None, end: date | None) -> tuple[date, date]:
        from billing.services.month_inputs import next_month

        if start is None:
            start = BillingEngine(client_id, self.session)._last_complete_month(self.session)
        return start, end or next_month(start) - timedelta(days=1)
