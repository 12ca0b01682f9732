"""Starting in the middle of a year: opening values by form or sheet, and what rating makes of usage before."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING
from uuid import UUID

from billing.errors import BadInputError, RefusedError
from billing.invoicing.doc_types import TITLES
from billing.invoicing.numbering import DEFAULT_TEMPLATE, SeriesTemplate
from billing.rules import parse_rules
from billing.schemas.changes import Changes
from billing.schemas.openings import OpeningInvoice, Openings, OpeningSeries, OpeningUsage
from billing.schemas.rating import ContractVersion
from billing.services.lookup import find_client, find_contract, find_link
from billing.store.intents import Intent

if TYPE_CHECKING:
    from pathlib import Path

    from billing.store.session import Session
    from billing.store.unit_of_work import UnitOfWork

TABLES = frozenset({"opening_usage", "opening_invoices", "number_series"})
_SIX = Decimal("0.000001")


def read_openings(session: Session, *, client: str | None = None) -> Openings:
    """The opening values of a client, and its number series."""
    with session.unit_of_work(name="openings.read", snapshot=True) as uow:
        owner = find_client(uow, client).id
        return Openings(
            tuple(uow.periods.usage(owner)), tuple(uow.periods.open_invoices(owner)), tuple(uow.periods.series(owner))
        )


def save_usage(
    session: Session,
    *,
    contract_id: UUID,
    month: date,
    distance_m: int,
    duty_s: int,
    note: str = "",
    client: str | None = None,
) -> Changes:
    """Say what a contract's month had used up before. Raises RefusedError MONTH_ISSUED, BadInputError."""
    if distance_m < 0 or duty_s < 0:
        raise BadInputError("NEGATIVE_AMOUNT", "What was used up before is not below zero.", where="km")
    usage = OpeningUsage(contract_id, month.replace(day=1), distance_m, duty_s, note)
    return _save(session, client, Openings(usage=(usage,)))


def save_open_invoice(session: Session, *, invoice: OpeningInvoice, client: str | None = None) -> Changes:
    """Enter a document of the program before that is still open. Raises BadInputError naming field and value."""
    check_open_invoice(invoice)
    return _save(session, client, Openings(invoices=(invoice,)))


def check_open_invoice(invoice: OpeningInvoice, where: str = "") -> None:
    """Refuse a document that cannot be: by field, with the value."""
    if not invoice.number.strip() or len(invoice.number) > 30:
        raise BadInputError("BAD_INPUT", f"{where}A number has 1 to 30 characters.", where="number")
    if invoice.doc_type not in TITLES:
        message = f"{where}A document is one of {', '.join(TITLES)}, not {invoice.doc_type}."
        raise BadInputError("BAD_INPUT", message, where="document")
    if not 0 < invoice.open_amount <= invoice.total:
        message = f"{where}{invoice.number}: the open amount is more than 0 and at most the total."
        raise BadInputError("BAD_INPUT", message, where="open")
    if invoice.due_date is not None and invoice.due_date < invoice.invoice_date:
        raise BadInputError("BAD_INPUT", f"{where}{invoice.number} is due before its date.", where="due date")


def remove_opening(session: Session, *, opening_id: UUID, reason: str, client: str | None = None) -> Changes:
    """Take an opening value back, with a reason. Raises RefusedError MONTH_ISSUED, NOT_FOUND."""
    session.require("opening.save")
    with session.unit_of_work(name="openings.remove") as uow:
        uow.periods.remove_opening(find_client(uow, client).id, opening_id, reason)
        uow.commit()
    return Changes(TABLES)


def import_openings(session: Session, *, path: Path, client: str | None = None) -> tuple[Openings, Changes]:
    """Take the opening values of a filled sheet, all or none.

    Raises:
        BadInputError, RefusedError: A row is wrong, naming file, row, field and value; a series is used already.
        NotAllowedError: Number series are a super admin's.
    """
    from billing.exchange.opening_sheet import read_opening_sheet

    sheet = read_opening_sheet(path)
    with session.unit_of_work(name="openings.lookup") as uow:
        owner = find_client(uow, client)
        usage = []
        for row in sheet.usage:
            link = find_link(uow, owner, row.vendor)
            contract = find_contract(uow, owner, row.contract, link)
            usage.append(OpeningUsage(contract.id, row.month, row.distance_m, row.duty_s, row.note))
        invoices = []
        for one in sheet.invoices:
            link = find_link(uow, owner, one.vendor)
            contract_id = find_contract(uow, owner, one.contract, link).id if one.contract else None
            invoices.append(replace(one.invoice, vendor_id=link.vendor_id, contract_id=contract_id))
    openings = Openings(tuple(usage), tuple(invoices), sheet.series)
    return openings, _save(session, client, openings)


def _save(session: Session, client: str | None, openings: Openings) -> Changes:
    session.require("opening.save")
    with session.unit_of_work(name="openings.save", intent=Intent("opening", "Opening values")) as uow:
        owner = find_client(uow, client)
        usage = [
            {
                "contract_id": one.contract_id,
                "month": one.month,
                "distance_m": one.distance_m,
                "duty_s": one.duty_s,
                "note": one.note,
            }
            for one in openings.usage
        ]
        invoices = [
            {
                "vendor_id": one.vendor_id,
                "contract_id": one.contract_id,
                "doc_type": one.doc_type,
                "number": one.number.strip().upper(),
                "invoice_date": one.invoice_date,
                "due_date": one.due_date,
                "total": one.total,
                "open_amount": one.open_amount,
                "note": one.note,
            }
            for one in openings.invoices
        ]
        changed = uow.periods.save_opening(owner.id, usage, invoices)
        for series in openings.series:
            changed += _set_series(uow, owner.id, series)
        uow.commit()
    return Changes(TABLES if changed else frozenset())


def _set_series(uow: UnitOfWork, client_id: UUID, series: OpeningSeries) -> int:
    """Let a series go on at its next number; one that stands so already is left alone."""
    known = {(one.vendor_code, one.doc_type, one.year): one for one in uow.periods.series(client_id)}
    before = known.get((series.vendor_code, series.doc_type, series.year))
    if before is not None and (before.prefix, before.next_number) == (series.prefix, series.next_number):
        return 0
    template = SeriesTemplate(series.prefix.upper(), series.template or DEFAULT_TEMPLATE)
    owner = uow.clients.get(client_id)
    assert owner is not None, client_id
    link = find_link(uow, owner, series.vendor_code)
    branch = next(one for one in uow.vendor_branches.find(vendor_id=link.vendor_id) if one.is_default)
    uow.invoices.set_series(
        client_id,
        link.vendor_id,
        branch.id,
        series.doc_type,
        series.year,
        template.prefix,
        template.template,
        series.next_number,
    )
    return 1


def with_opening(
    versions: tuple[ContractVersion, ...], opening: OpeningUsage, first: date, last: date, timezone: str, slots: int
) -> tuple[ContractVersion, ...]:
    """The versions of a month with what was used up before taken off their first one's free km and hours.

    Charging what goes beyond the free km after U km were run is charging what goes beyond (free - U): the same figure
    for every trip and for the package. It belongs to the version that owns the month's first day of the contract.

    Raises RefusedError OPENING_USAGE where the rules count by vehicle, site or day: the opening value does not.
    """
    from billing.rating.versions import days_of, validities
    from billing.strategies.clock import LocalClock, read_zone

    held = validities(versions, days_of(first, last), LocalClock(read_zone(timezone)), None)
    owner = min((one for one in held if one.owned_days), key=lambda one: one.begin, default=None)
    if owner is None:
        return versions
    version = versions[owner.version]
    rules = dict(version.rules.source)
    _refuse_by_vehicle(version, opening, slots)
    for key, used in (
        ("free_km_included", Fraction(opening.distance_m, 1000)),
        ("included_hours", Fraction(opening.duty_s, 3600)),
    ):
        included = version.rules.get(key)
        if included is not None and used:
            left = max(Fraction(0), Fraction(included) - used / owner.share)
            rules[key] = _text(left)
    parsed = parse_rules(version.rules.model.value, rules)
    return tuple(replace(one, rules=parsed) if place == owner.version else one for place, one in enumerate(versions))


def _text(value: Fraction) -> str:
    number = (Decimal(value.numerator) / Decimal(value.denominator)).quantize(_SIX)
    return format(number.normalize(), "f")


def _refuse_by_vehicle(version: ContractVersion, opening: OpeningUsage, slots: int) -> None:
    rules = version.rules
    by_scope = opening.distance_m and rules.get("free_km_scope", "contract") != "contract"
    by_slot = rules.model.value == "FIXED_PACKAGE" and slots > 1 and not rules.get("pooled", False)
    by_day = opening.duty_s and rules.get("hour_basis") == "day"
    if by_scope or by_slot or by_day:
        raise RefusedError(
            "OPENING_USAGE",
            "The opening km and hours are of the whole contract, but its rules count them by vehicle, site or day.",
            where="opening",
            hint="Remove the opening value and enter the month's figures by vehicle slot.",
        )
