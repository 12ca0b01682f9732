"""The invariants of the books: what must be equal, whether it is, and where it is not."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from billing.money import format_inr, group_indian
from billing.schemas.reports import Asked, ReportColumn, ReportContent, ReportKind, Row
from billing.services.lookup import find_client

if TYPE_CHECKING:
    from billing.store.queries_invariants import Finding, Unit
    from billing.store.session import Session


def read_invariants(session: Session, *, client: str | None = None, month: date | None = None) -> list[Finding]:
    """Every check that the user may read, over everything or over what belongs to a month; failing ones first."""
    from billing.store.queries_invariants import CHECKS, Invariants

    with session.unit_of_work(timeout_s=600, name="reports.invariants", snapshot=True) as uow:
        owner = find_client(uow, client)
        look = Invariants(uow.connection).look
        found = [look(check, owner.id, month) for check in CHECKS if session.may(check.needs)]
    return sorted(found, key=lambda one: one.wrong == 0)


def _read(session: Session, asked: Asked) -> ReportContent:
    rows: list[Row] = []
    found = read_invariants(session, client=asked.client)
    for one in found:
        check = one.check
        rows.append(
            {
                "check": check.title, "id": check.id, "things": one.looked_at, "wrong": one.wrong,
                "left": f"{check.left} {_figure(one.left, check.unit)}",
                "right": f"{check.right} {_figure(one.right, check.unit)}", "where": "",
                "state": "FAILS" if one.wrong else "HOLDS",
            }
        )  # fmt: skip
        for bad in one.offenders:
            rows.append(
                {
                    "check": f"    {bad.name}", "id": check.id, "things": None, "wrong": None,
                    "left": _figure(bad.left, check.unit), "right": _figure(bad.right, check.unit),
                    "where": bad.screen, "ref": bad.ref, "state": "FAILS",
                }
            )  # fmt: skip
    failing = sum(one.wrong > 0 for one in found)
    words = f"{failing} of {len(found)} checks fail." if failing else f"All {len(found)} checks hold."
    return ReportContent(rows, f"{words} Read by SQL from the books as they are, over all months.")


def _figure(value: int, unit: Unit) -> str:
    return format_inr(value) if unit == "money" else f"{group_indian(value)}"


def place_of(screen: str, ref: str) -> tuple[str, dict[str, object]] | None:
    """The screen that shows an offending thing, and what it opens with."""
    if screen == "invoices" and ref:
        return screen, {"invoice": ref}
    if screen == "vendor_bills":
        return screen, {"view": ref} if ref == "notes" else {"bill": ref}
    if screen == "payments":
        return screen, {"view": ref}
    if screen in ("trips", "billing_runs") and len(ref) == 10 and ref[4] == "-":
        return screen, {"month": date.fromisoformat(ref)}
    if screen == "trips":
        return screen, {"filters": {"file_name": f"={ref}"}}
    return (screen, {}) if screen else None


INVARIANTS = ReportKind(
    "invariants", "Do the books add up?", "Billing",
    "What must be equal: imported and stored, ledger and invoices, halves of GST", "day",
    (
        ReportColumn("check", "What must hold", "text", 290, stretch=True),
        ReportColumn("things", "Looked at", "count", 84, from_width=1050),
        ReportColumn("left", "One side", "text", 206),
        ReportColumn("right", "The other", "text", 226),
        ReportColumn("wrong", "Wrong", "count", 58),
        ReportColumn("state", "State", "state", 84),
    ),
    _read, drill=lambda row: place_of(row.get("where", ""), str(row.get("ref", ""))),
)  # fmt: skip
