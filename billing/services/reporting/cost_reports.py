"""Reports about what driving costs and how contracts are used: by employee, km, trip and seat; packages; nights."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING
from uuid import UUID

from billing.money import group_indian, half_up, split_largest_remainder
from billing.schemas.reports import Asked, ReportColumn, ReportContent, ReportKind, Row
from billing.services.reporting.money_reports import NOBODY, read_days, rider_filter

if TYPE_CHECKING:
    from billing.services.reporting.rated import PricedDays
    from billing.store.session import Session

_COSTED = ("BILLED", "PREVIEW")


def _rate(amount: int, count: int, scale: int = 1) -> int | None:
    """Paise a unit, rounded half up once from the sums; None where there is nothing to divide by."""
    return half_up(amount * scale, count) if count else None


def _employees(session: Session, asked: Asked) -> ReportContent:
    from billing.store.queries_reports import ReportQueries

    days = read_days(session, asked, "employees")
    with session.unit_of_work(name="reports.names") as uow:
        names = ReportQueries(uow.connection).names(days.owner.id)
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for trip in days.trips:
        if trip.state not in _COSTED or not (trip.amount or trip.distance_m):
            continue
        riders = trip.riders or (NOBODY,)
        shares = split_largest_remainder(trip.amount, [1] * len(riders))
        metres = split_largest_remainder(trip.distance_m, [1] * len(riders))
        for rider, amount, part in zip(riders, shares, metres, strict=True):
            for place, value in enumerate((1, part, amount)):
                sums[rider][place] += value
    rows: list[Row] = [
        {"employee": code, "name": names.get(code, ""), "trips": trips, "distance_m": metres, "amount": amount,
         "per_trip": _rate(amount, trips), "per_km": _rate(amount, metres, 1000)}
        for code, (trips, metres, amount) in sums.items()
    ]  # fmt: skip
    rows.sort(key=lambda row: (-row["amount"], row["employee"]))
    fees = sum(days.monthly.values())
    note = "A trip's cost is parted equally among its riders, before tax."
    return ReportContent(rows, note + (" Monthly charges are not parted." if fees else ""))


EMPLOYEE_COST = ReportKind(
    "employee_cost", "Cost per employee", "Cost",
    "What each employee's rides cost, a trip's cost parted among its riders", "span",
    (
        ReportColumn("employee", "Employee", "id", 130),
        ReportColumn("name", "Name", "text", 190, stretch=True),
        ReportColumn("trips", "Rides", "count", 80, total=True),
        ReportColumn("distance_m", "Km share", "km", 100, total=True),
        ReportColumn("amount", "Cost ₹", "money", 120, total=True),
        ReportColumn("per_trip", "A ride ₹", "rate", 100),
        ReportColumn("per_km", "A km ₹", "rate", 90),
    ),
    _employees, drill=lambda row: ("trips", {"view": "all", "filters": rider_filter(row["employee"])}),
)  # fmt: skip


def _units(session: Session, asked: Asked) -> ReportContent:
    days = read_days(session, asked, "units")
    sums: dict[UUID | None, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for trip in days.trips:
        if trip.state in _COSTED:
            driven = trip.status == "COMPLETED"
            parts = (int(driven), trip.distance_m if driven else 0, trip.aboard if driven else 0, trip.amount)
            for place, value in enumerate(parts):
                sums[trip.contract_id][place] += value
    for charged in days.monthly:
        sums[charged][0] += 0  # a contract without trips has its monthly charges, too
    rows: list[Row] = []
    for contract_id, (trips, metres, seats, amount) in sums.items():
        fees = days.monthly.get(contract_id, 0) if contract_id else 0
        cost = amount + fees
        rows.append(
            {
                **_names(days, contract_id), "trips": trips, "distance_m": metres, "seats": seats, "amount": amount,
                "fees": fees, "cost": cost, "per_trip": _rate(cost, trips), "per_km": _rate(cost, metres, 1000),
                "per_seat": _rate(cost, seats),
            }
        )  # fmt: skip
    rows.sort(key=lambda row: (row["vendor"], row["contract"]))
    return ReportContent(rows, "Before tax, monthly charges of whole months included. Seats are those that were used.")


def _names(days: PricedDays, contract_id: UUID | None) -> Row:
    vendor = days.vendor_of.get(contract_id) if contract_id else None
    name = days.contracts.get(contract_id, "") if contract_id else "No contract"
    return {"vendor": days.vendors.get(vendor, "") if vendor else "", "contract": name}


UNIT_COST = ReportKind(
    "unit_cost", "Cost per km, trip and seat", "Cost",
    "What each contract costs a kilometre, a trip and a used seat", "span",
    (
        ReportColumn("vendor", "Vendor", "text", 150, stretch=True),
        ReportColumn("contract", "Contract", "text", 160),
        ReportColumn("trips", "Trips", "count", 66, total=True),
        ReportColumn("distance_m", "Km", "km", 86, total=True),
        ReportColumn("seats", "Seats used", "count", 84, total=True),
        ReportColumn("cost", "Cost ₹", "money", 112, total=True),
        ReportColumn("fees", "of it monthly ₹", "money", 116, total=True, from_width=1050),
        ReportColumn("per_km", "A km ₹", "rate", 84),
        ReportColumn("per_trip", "A trip ₹", "rate", 84),
        ReportColumn("per_seat", "A seat ₹", "rate", 84),
    ),
    _units, drill=lambda row: ("trips", {"filters": {"vendor_name": f"={row['vendor']}"}, "view": "all"}),
)  # fmt: skip


def _packages(session: Session, asked: Asked) -> ReportContent:
    from billing.schemas.rating import BillingModelType
    from billing.services.analytics import read_overview

    overview = read_overview(session, client=asked.client, month=asked.month)
    rows: list[Row] = []
    for one in overview.packages:
        if not one.included_m:
            continue
        over = max(one.used_m - one.included_m, 0)
        rows.append(
            {
                "vendor": one.vendor_name, "contract": one.contract_name, "contract_id": one.contract_id,
                "model": BillingModelType(one.billing_model).label, "included_m": one.included_m, "used_m": one.used_m,
                "left_m": max(one.included_m - one.used_m, 0), "over_m": over,
                "percent": half_up(one.used_m * 1000, one.included_m),
            }
        )  # fmt: skip
    return ReportContent(rows, "Kilometres included in the month, prorated by the days that a version was in force.")


PACKAGE_USE = ReportKind(
    "package_use", "Package use", "Cost",
    "Included and driven kilometres of every package in a month", "month",
    (
        ReportColumn("vendor", "Vendor", "text", 160, stretch=True),
        ReportColumn("contract", "Contract", "text", 190),
        ReportColumn("model", "Model", "text", 120),
        ReportColumn("included_m", "Included km", "km", 112, total=True),
        ReportColumn("used_m", "Driven km", "km", 112, total=True),
        ReportColumn("left_m", "Left km", "km", 104, total=True),
        ReportColumn("over_m", "Over km", "km", 104, total=True),
        ReportColumn("percent", "Used", "percent", 84),
    ),
    _packages, "analytics.view", lambda row: ("contracts", {"contract": row["contract_id"]}),
)  # fmt: skip


def _register(session: Session, asked: Asked) -> ReportContent:
    from billing.store.queries_reports import ReportQueries

    days = read_days(session, asked, "register")
    with session.unit_of_work(name="reports.women") as uow:
        women = ReportQueries(uow.connection).women(days.owner.id)
    rows: list[Row] = []
    for trip in days.trips:
        if not (trip.night or trip.escort or trip.escort_charge):
            continue
        aboard = sum(rider in women for rider in trip.riders)
        rows.append(
            {
                "trip": trip.ref, "trip_id": trip.id, "start": trip.start, "end": trip.end, "vehicle": trip.vehicle_no,
                "vendor": days.vendors.get(trip.vendor_id, ""), "riders": ", ".join(trip.riders), "women": aboard,
                "escort": "Escort" if trip.escort else ("No escort" if aboard else ""), "night": trip.night,
                "escort_charge": trip.escort_charge,
            }
        )  # fmt: skip
    alone = sum(row["escort"] == "No escort" for row in rows)
    note = "Trips with a night surcharge, an escort, or an escort's charge."
    return ReportContent(rows, note + (f" {group_indian(alone)} with women aboard had no escort." if alone else ""))


REGISTER = ReportKind(
    "night_escort", "Night and escort register", "People",
    "Every night or escorted trip, who was aboard, and its charges", "span",
    (
        ReportColumn("trip", "Trip", "id", 120),
        ReportColumn("start", "Start", "stamp", 144),
        ReportColumn("end", "End", "stamp", 144, from_width=1100),
        ReportColumn("vehicle", "Vehicle", "text", 112),
        ReportColumn("vendor", "Vendor", "text", 160, from_width=1150),
        ReportColumn("riders", "Riders", "text", 180, stretch=True),
        ReportColumn("women", "Women", "count", 70, total=True),
        ReportColumn("escort", "Escort", "text", 90),
        ReportColumn("night", "Night ₹", "money", 96, total=True),
        ReportColumn("escort_charge", "Escort ₹", "money", 96, total=True),
    ),
    _register, drill=lambda row: ("trips", {"trip": row["trip_id"]}),
)  # fmt: skip
