"""Reports about what is billed, owed and paid: every trip, what is not billed yet, payouts, disputes, ages."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from billing.money import group_indian
from billing.schemas.payments import AGE_WORDS, AGES
from billing.schemas.reports import Asked, ReportColumn, ReportContent, ReportKind, Row
from billing.schemas.vendor_bills import REASONS
from billing.services.lookup import find_client, find_link
from billing.services.reporting.rated import PricedDays, read_priced

if TYPE_CHECKING:
    from billing.store.session import Session

SECONDS = 600
NOBODY = "Nobody named"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MODELS = {"PER_TRIP": "Per trip", "HYBRID": "Hybrid", "FIXED_PACKAGE": "Fixed package"}


def rider_filter(employee: str) -> dict[str, str]:
    """The filter of the list of trips that shows whose trips a row is about."""
    return {"employees": "empty" if employee == NOBODY else f"={employee}"}


def read_days(session: Session, asked: Asked, name: str) -> PricedDays:
    """Priced trips in a unit of work of their own."""
    with session.unit_of_work(timeout_s=SECONDS, name=f"reports.{name}", snapshot=True) as uow:
        found = read_priced(uow, asked)
        uow.rows = len(found.trips)
        return found


def _trips(session: Session, asked: Asked) -> ReportContent:
    from billing.services.reports import read_client_report

    first, last = asked.span
    report = read_client_report(session, client=asked.client, vendor=asked.vendor, first=first, last=last)
    rows = [
        {
            "trip_id": one.trip_id, "start": _EPOCH + timedelta(microseconds=one.start),
            "end": _EPOCH + timedelta(microseconds=one.end), "distance_m": one.distance_m,
            "model": _MODELS.get(one.billing_model, ""), "base": one.base_cost, "tax": one.tax_amount,
            "untaxed": one.non_taxable, "incentive": one.employee_incentive, "total": one.total_cost,
            "state": one.state,
        }
        for one in report.trips
    ]  # fmt: skip
    if not report.shows_amounts:
        keep = ("trip_id", "start", "end", "distance_m", "state")
        rows = [{key: row[key] for key in keep} for row in rows]
    previewed = sum(one.state == "PREVIEW" for one in report.trips)
    return ReportContent(
        rows, f"{group_indian(previewed)} trips are not billed yet: rated as a preview." if previewed else ""
    )


TRIPS = ReportKind(
    "trips", "Client billing report", "Billing",
    "Every trip with its cost; unbilled ones are rated as a preview", "span",
    (
        ReportColumn("trip_id", "Trip", "id", 118),
        ReportColumn("start", "Start", "stamp", 140),
        ReportColumn("end", "End", "stamp", 140, from_width=1100),
        ReportColumn("distance_m", "Km", "km", 64, total=True),
        ReportColumn("model", "Model", "text", 104, stretch=True, from_width=950),
        ReportColumn("base", "Base ₹", "money", 100, total=True),
        ReportColumn("tax", "Tax ₹", "money", 92, total=True),
        ReportColumn("untaxed", "Untaxed ₹", "money", 90, total=True, from_width=1100),
        ReportColumn("incentive", "Incentive ₹", "money", 92, total=True),
        ReportColumn("total", "Total ₹", "money", 104, total=True),
        ReportColumn("state", "State", "state", 100),
    ),
    _trips, "reports.view", lambda row: ("trips", {"ref": row["trip_id"], "month": row["start"].date().replace(day=1)}),
)  # fmt: skip


def _accrual(session: Session, asked: Asked) -> ReportContent:
    days = read_days(session, asked, "accrual")
    sums: dict[UUID | None, list[int]] = defaultdict(lambda: [0, 0, 0, 0, 0])
    left = 0
    for trip in days.trips:
        if trip.state == "BILLED":
            continue
        if trip.state not in ("PREVIEW", "NOT_RATED"):
            left += 1
            continue
        cell = sums[trip.contract_id]
        for place, value in enumerate((1, trip.distance_m, trip.amount, trip.tax, int(trip.state == "NOT_RATED"))):
            cell[place] += value
    for charged in days.unbilled_monthly:
        sums[charged][0] += 0  # a contract without trips has its monthly charges, too
    rows: list[Row] = []
    for contract_id, (trips, metres, amount, tax, unrated) in sums.items():
        fees = days.unbilled_monthly.get(contract_id, 0) if contract_id else 0
        vendor = days.vendor_of.get(contract_id) if contract_id else None
        rows.append(
            {
                "vendor": days.vendors.get(vendor, "") if vendor else "",
                "contract": days.contracts.get(contract_id, "") if contract_id else "",
                "trips": trips, "distance_m": metres, "amount": amount, "fees": fees, "accrued": amount + fees,
                "tax": tax, "unrated": unrated,
            }
        )  # fmt: skip
    rows.sort(key=lambda row: (row["vendor"], row["contract"]))
    note = "Rated as a preview, on no bill yet."
    return ReportContent(
        rows, note + (f" {group_indian(left)} more are held, not accepted or without a contract." if left else "")
    )


ACCRUAL = ReportKind(
    "accrual", "Unbilled trips accrual", "Billing",
    "What was driven and is on no bill yet, rated as a preview", "month",
    (
        ReportColumn("vendor", "Vendor", "text", 170, stretch=True),
        ReportColumn("contract", "Contract", "text", 190),
        ReportColumn("trips", "Trips", "count", 72, total=True),
        ReportColumn("distance_m", "Km", "km", 90, total=True),
        ReportColumn("amount", "Trips ₹", "money", 118, total=True),
        ReportColumn("fees", "Monthly charges ₹", "money", 132, total=True),
        ReportColumn("accrued", "To accrue ₹", "money", 122, total=True),
        ReportColumn("tax", "Tax ₹", "money", 100, total=True, from_width=1050),
        ReportColumn("unrated", "Not rated", "count", 80, total=True, from_width=1050),
    ),
    _accrual, drill=lambda row: ("trips", {"filters": {"vendor_name": f"={row['vendor']}"}}),
)  # fmt: skip


def _payouts(session: Session, asked: Asked) -> ReportContent:
    from billing.store.queries_reports import ReportQueries

    first, last = asked.span
    with session.unit_of_work(name="reports.payouts") as uow:
        owner = find_client(uow, asked.client)
        vendor_id = find_link(uow, owner, asked.vendor).vendor_id if asked.vendor else None
        found = ReportQueries(uow.connection).payouts(owner.id, first, last, vendor_id)
    rows: list[Row] = []
    for one in found:
        sign = 1 if one["status"] == "MADE" else 0
        money = {name: one[name] * sign for name in ("amount", "tax", "tds_base", "tds", "net")}
        rows.append(
            {
                "paid_on": one["paid_on"], "vendor": one["vendor_name"], "bill": one["bill"],
                "period": one["first_day"], "settled": one["settled_against"] * sign,
                "percent": one["tds_milli"] // 100, "bill_id": one["bill_id"], "reference": one["reference"],
                "state": "PAID" if sign else "VOID", **money,
            }
        )  # fmt: skip
    return ReportContent(rows, "Reversed payouts stay listed with nothing. TDS has no GST in its base.")


PAYOUTS = ReportKind(
    "payouts", "Vendor payouts", "Vendors",
    "What was paid out to vendors, what settled disputes took off, and TDS", "span",
    (
        ReportColumn("paid_on", "Paid on", "date", 96),
        ReportColumn("vendor", "Vendor", "text", 146, stretch=True),
        ReportColumn("bill", "Bill", "id", 130),
        ReportColumn("period", "Month", "month", 120, from_width=1100),
        ReportColumn("amount", "Before tax ₹", "money", 116, total=True),
        ReportColumn("settled", "Taken off ₹", "money", 112, total=True, from_width=1000),
        ReportColumn("tax", "GST ₹", "money", 100, total=True),
        ReportColumn("tds_base", "TDS base ₹", "money", 112, total=True, from_width=1200),
        ReportColumn("percent", "TDS %", "percent", 70, from_width=1100),
        ReportColumn("tds", "TDS ₹", "money", 92, total=True),
        ReportColumn("net", "Net ₹", "money", 116, total=True),
        ReportColumn("reference", "Bank reference", "text", 150, from_width=1300),
        ReportColumn("state", "State", "state", 90),
    ),
    _payouts, "vendor_bills.view", lambda row: ("vendor_bills", {"bill": str(row["bill_id"])}),
)  # fmt: skip


def _disputes(session: Session, asked: Asked) -> ReportContent:
    from billing.services.vendor_settling import list_disputes

    now = session.now()
    rows: list[Row] = [
        {
            "raised": one.raised_at.date(), "vendor": one.vendor_code, "bill": one.bill_number, "ref": one.ref,
            "reason": REASONS[one.reason], "owner": one.owner, "age": one.age_days(now), "theirs": one.theirs,
            "ours": one.ours, "payable": one.pay_amount, "files": one.files, "bill_id": one.bill_id,
            "state": "DISPUTED" if one.status == "OPEN" else "SETTLED",
        }
        for one in list_disputes(session, client=asked.client, open_only=False)
    ]  # fmt: skip
    return ReportContent(rows)


DISPUTES = ReportKind(
    "disputes", "Disputes", "Vendors",
    "Disputed rows of vendors' bills, their age and owner", "day",
    (
        ReportColumn("raised", "Raised", "date", 96),
        ReportColumn("vendor", "Vendor", "text", 90),
        ReportColumn("bill", "Bill", "text", 130),
        ReportColumn("ref", "Trip", "id", 120),
        ReportColumn("reason", "Reason", "text", 120, stretch=True),
        ReportColumn("owner", "Owner", "text", 180, from_width=1150),
        ReportColumn("age", "Days", "count", 64),
        ReportColumn("theirs", "Theirs ₹", "money", 106, total=True),
        ReportColumn("ours", "Ours ₹", "money", 106, total=True),
        ReportColumn("payable", "Payable ₹", "money", 106, total=True),
        ReportColumn("files", "Files", "count", 60, total=True, from_width=1150),
        ReportColumn("state", "State", "state", 104),
    ),
    _disputes, "vendor_bills.view", lambda row: ("vendor_bills", {"bill": str(row["bill_id"])}),
)  # fmt: skip


def _ageing(session: Session, asked: Asked) -> ReportContent:
    from billing.services.payments import read_ageing

    assert asked.day is not None
    found = read_ageing(session, client=asked.client, day=asked.day)
    rows: list[Row] = [
        {
            "vendor": one.vendor_name,
            "documents": one.documents,
            **one.ages,
            "open": one.open_amount,
            "advance": one.advance,
        }
        for one in found
    ]
    return ReportContent(rows, "By days after the due date. Open is total and notes less payments and TDS.")


AGEING = ReportKind(
    "ageing", "Ageing", "Vendors",
    "What is open of issued invoices, by days after the due date", "day",
    (
        ReportColumn("vendor", "Vendor", "text", 190, stretch=True),
        ReportColumn("documents", "Invoices", "count", 80, total=True),
        *(ReportColumn(age, f"{AGE_WORDS[age]} ₹", "money", 126, total=True) for age in AGES),
        ReportColumn("open", "Open ₹", "money", 122, total=True),
        ReportColumn("advance", "Advances ₹", "money", 110, total=True),
    ),
    _ageing, "payments.view", lambda row: ("payments", {"view": "open", "vendor": row["vendor"]}),
)  # fmt: skip


def _incentives(session: Session, asked: Asked) -> ReportContent:
    from billing.services.reports import read_incentives
    from billing.store.queries_reports import ReportQueries

    assert asked.month is not None
    found = read_incentives(session, client=asked.client, month=asked.month)
    with session.unit_of_work(name="reports.names") as uow:
        names = ReportQueries(uow.connection).names(find_client(uow, asked.client).id)
    rows: list[Row] = [
        {"employee": one.employee or NOBODY, "name": names.get(one.employee, ""), "trips": one.trips,
         "amount": one.amount}
        for one in found
    ]  # fmt: skip
    return ReportContent(rows, "Paid to employees; outside the vendors' bills.")


INCENTIVES = ReportKind(
    "incentives", "Employee incentives", "People",
    "What each employee earned by carpooling in a month", "month",
    (
        ReportColumn("employee", "Employee", "id", 140),
        ReportColumn("name", "Name", "text", 200, stretch=True),
        ReportColumn("trips", "Carpool trips", "count", 120, total=True),
        ReportColumn("amount", "Incentive ₹", "money", 140, total=True),
    ),
    _incentives, drill=lambda row: ("trips", {"view": "all", "filters": rider_filter(row["employee"])}),
)  # fmt: skip
