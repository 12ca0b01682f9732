"""What `bill` and `month-end` print: the JSON of DESIGN.md section 8, or a table for people."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from billing.errors import BadInputError
from billing.money import format_inr, group_indian, plain
from billing.schemas.runs import RunState

if TYPE_CHECKING:
    from datetime import date

    from billing.schemas.invoices import InvoiceTotals
    from billing.schemas.runs import BillingOutcome, Parked, RunOutcome

_AMOUNTS = ("non_taxable", "tax", "cgst", "sgst", "igst", "round_off", "total", "incentive", "tds", "rcm_tax")


def read_month(text: str) -> date:
    """`2026-10` as the first day of the month. Raises BadInputError."""
    from datetime import date

    year, dash, month = text.strip().partition("-")
    try:
        if not (dash and len(year) == 4 and len(month) == 2):
            raise ValueError(text)
        return date(int(year), int(month), 1)
    except ValueError:
        raise BadInputError("BAD_MONTH", f'"{text}" is not a month like 2026-10.', where="--month") from None


def km_text(metres: int) -> str:
    """Metres as kilometres with three decimals, exact."""
    return f"{metres // 1000}.{metres % 1000:03d}"


def totals_json(totals: InvoiceTotals) -> dict[str, str]:
    """The figures under a document's lines, as decimal strings of rupees."""
    return {
        "taxable_subtotal": plain(totals.taxable),
        "non_taxable": plain(totals.non_taxable),
        "tax": plain(totals.tax),
        "cgst": plain(totals.cgst),
        "sgst": plain(totals.sgst),
        "igst": plain(totals.igst),
        "round_off": plain(totals.round_off),
        "total": plain(totals.total),
    }


def outcome_json(outcome: BillingOutcome, *, explain: bool = False) -> dict[str, Any]:
    """The whole outcome, amounts as decimal strings of rupees; `explain` tells how the month's charges came about."""
    return {
        "period": [day.isoformat() for day in outcome.period],
        "runs": [{**run_json(run), **(_explain_json(run) if explain else {})} for run in outcome.runs],
        "unassigned": outcome.left_out.unassigned,
        "held": outcome.left_out.held,
        "not_accepted": outcome.left_out.not_accepted,
        "files": list(outcome.files),
    }


def run_json(run: RunOutcome) -> dict[str, Any]:
    """One contract's outcome; figures are null where it was refused before it was rated."""
    figures = run.figures
    amounts: dict[str, Any] = dict.fromkeys(("taxable_subtotal", *_AMOUNTS))
    if figures is not None:
        amounts = {"taxable_subtotal": plain(figures.taxable)}
        amounts |= {name: plain(getattr(figures, name)) for name in _AMOUNTS}
    invoice = run.invoice
    return {
        "run_id": str(run.run_id) if run.run_id else None,
        "client": run.client_code,
        "vendor": run.vendor_code,
        "contract": run.contract_name,
        "contract_id": str(run.contract_id),
        "versions": list(run.versions),
        "state": run.state.value,
        "trips": figures.trips if figures else None,
        "distance_km": km_text(figures.distance_m) if figures else None,
        **amounts,
        "invoice": None
        if invoice is None
        else {
            "id": str(invoice.invoice_id),
            "number": invoice.number,
            "status": invoice.status,
            "total": plain(invoice.total),
        },
        "parked": _parked_json(run.parked),
        "errors": [
            {"trip_id": error.trip_id or None, "code": error.code, "message": error.message} for error in run.errors
        ],
    }


def _parked_json(parked: Parked | None) -> dict[str, Any] | None:
    """Why the run waits for a confirmation: lines and totals of this month and the last."""
    if parked is None:
        return None
    return {
        "lines": parked.lines,
        "last_lines": parked.last_lines,
        "total": plain(parked.total),
        "last_total": plain(parked.last_total),
        "confirmed": parked.confirmed,
    }


def _explain_json(run: RunOutcome) -> dict[str, Any]:
    from billing.rating.bundle import told

    return {"explain": {code: [told(one) for one in found] for code, found in run.explain.items()}}


def print_outcome(outcome: BillingOutcome) -> None:
    """The outcome as a table on standard output, with what needs work under it."""
    rows: list[tuple[str, ...]] = [("VENDOR", "CONTRACT", "STATE", "TRIPS", "BEFORE TAX", "TAX", "TOTAL", "INVOICE")]
    rows += [_row(run) for run in outcome.runs]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows if len(rows) > 1 else []:
        cells = [
            text.rjust(width) if 3 <= place <= 6 else text.ljust(width)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        sys.stdout.write("  ".join(cells).rstrip() + "\n")
    if not outcome.runs:
        _say("Nothing to bill: no contract is in force in this month.")
    for run in outcome.runs:
        _say_errors(run)
        _say_parked(run)
    left = outcome.left_out
    for count, text in (
        (left.unassigned - left.ambiguous, "trips have no contract and were not billed"),
        (left.ambiguous, "trips would fit several contracts and were not billed"),
        (left.held, "trips are held and were not billed"),
        (left.not_accepted, "trips are not accepted yet and were not billed"),
    ):
        if count:
            _say(f"{group_indian(count)} {text}.")
    for path in outcome.files:
        sys.stdout.write(f"{path}\n")


def _row(run: RunOutcome) -> tuple[str, ...]:
    figures = run.figures
    amounts: tuple[str, ...] = ("–", "–", "–", "–")
    if figures is not None:
        before_tax = figures.taxable + figures.non_taxable
        amounts = (
            f"{group_indian(figures.trips)}",
            *(format_inr(amount) for amount in (before_tax, figures.tax, figures.total)),
        )
    invoice = run.invoice
    document = "" if invoice is None else invoice.number or invoice.status.lower()
    return (run.vendor_code, run.contract_name, run.state.value, *amounts, document)


def _say_errors(run: RunOutcome) -> None:
    """Why a contract was refused; of many bad trips the first twenty, for the rest there is --json."""
    shown = 20
    if not run.errors:
        return
    what = "was not billed" if run.state is RunState.REFUSED else "was not issued"
    _say(f"{run.contract_name} {what}:")
    for error in run.errors[:shown]:
        trip = f"trip {error.trip_id}: " if error.trip_id else ""
        _say(f"  {trip}{error.message} ({error.code})")
    if len(run.errors) > shown:
        _say(f"  ... and {len(run.errors) - shown} more; --json lists all")


def _say_parked(run: RunOutcome) -> None:
    from billing.services.parked_runs import parked_words

    if run.waits and run.parked is not None:
        _say(f"{run.contract_name} waits for a confirmation: {parked_words(run.parked)}.")
        _say("  If that is right, run it again with --confirm; until then it cannot be issued.")


def is_refused(outcome: BillingOutcome) -> bool:
    """Whether any contract was refused, or its invoice not issued."""
    return any(run.errors for run in outcome.runs)


def _say(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201


class Meter:
    """Progress on standard error, one line that is written over; silent where nobody watches."""

    def __init__(self) -> None:
        self._is_shown = sys.stderr.isatty()
        self._width = 0

    def __call__(self, done: int, total: int, what: str) -> None:
        """Show how far it is."""
        if self._is_shown:
            text = f"{what}: {group_indian(done)} of {group_indian(total)}" if total else what
            sys.stderr.write("\r" + text.ljust(self._width))
            sys.stderr.flush()
            self._width = len(text)

    def done(self) -> None:
        """Clear the line."""
        if self._is_shown and self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
