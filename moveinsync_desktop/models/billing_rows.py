"""Billing runs as table rows: one contract's month, and what was found that needs somebody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from billing.schemas.runs import BillingOutcome, LeftOut, Parked, RunOutcome, RunState
from moveinsync_desktop import formats
from moveinsync_desktop.models.columns import Column

RATED = (RunState.PREVIEW, RunState.CREATED, RunState.REPLACED, RunState.UNCHANGED)


@dataclass(frozen=True, slots=True)
class RunRow:
    """One contract's month as the list shows it."""

    outcome: RunOutcome

    @property
    def id(self) -> UUID:
        """Rows are known by their contract."""
        return self.outcome.contract_id

    @property
    def vendor_name(self) -> str:
        """First line."""
        return self.outcome.vendor_name

    @property
    def contract_name(self) -> str:
        """Second line."""
        return self.outcome.contract_name

    @property
    def trips(self) -> int | None:
        """Trips on the bill."""
        return self.outcome.figures.trips if self.outcome.figures else None

    @property
    def distance_m(self) -> int | None:
        """Metres of these trips."""
        return self.outcome.figures.distance_m if self.outcome.figures else None

    @property
    def before_tax(self) -> int | None:
        """Taxed and untaxed charges."""
        figures = self.outcome.figures
        return figures.taxable + figures.non_taxable if figures else None

    @property
    def tax(self) -> int | None:
        """Tax of the invoice."""
        return self.outcome.figures.tax if self.outcome.figures else None

    @property
    def total(self) -> int | None:
        """The invoice's total; incentives are outside it."""
        figures = self.outcome.figures
        return figures.total - figures.incentive if figures else None

    @property
    def change(self) -> str:
        """Against the month before."""
        figures = self.outcome.figures
        return formats.change(figures.total, self.outcome.before_total) if figures else formats.NONE

    @property
    def number(self) -> str:
        """The invoice's number, once it is issued."""
        return (self.outcome.invoice.number or "") if self.outcome.invoice else ""

    @property
    def state(self) -> str:
        """What the status column shows."""
        outcome = self.outcome
        if outcome.state is RunState.REFUSED:
            return "REFUSED"
        if outcome.invoice is not None:
            return "PARKED" if outcome.waits and outcome.invoice.status == "DRAFT" else outcome.invoice.status
        return {RunState.PREVIEW: "RATED", RunState.WAITING: "WAITING"}.get(outcome.state, outcome.state.upper())

    @property
    def is_open(self) -> bool:
        """May it be drafted (again)?"""
        return self.state in ("RATED", "DRAFT", "PARKED", "WAITING")


def run_columns(month_before: str) -> tuple[Column, ...]:
    """The columns of the list of contracts."""
    return (
        Column("vendor_name", "Vendor and contract", "two", 170, second="contract_name", stretch=True),
        Column("trips", "Trips", "count", 54, total=True),
        Column("distance_m", "Km", "km", 78, total=True),
        Column("before_tax", "Before tax ₹", "money", 108, total=True),
        Column("tax", "Tax ₹", "money", 98, total=True),
        Column("total", "Invoice ₹", "money", 108, total=True),
        Column("change", f"On {month_before}", "change", 72, sortable=False),
        Column("state", "State", "state", 92),
        Column("number", "Number", "text", 126, hidden=True),
    )


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about the month that needs somebody: what, how many trips, what it does, where to go."""

    id: str
    state: str
    what: str
    detail: str
    trips: int | None
    effect: str
    action: str
    screen: str
    view: str = ""
    ref: str = ""


FINDING_COLUMNS = (
    Column("state", "", "state", 92),
    Column("what", "What was found", "two", 260, second="detail", stretch=True),
    Column("trips", "Trips", "count", 60),
    Column("effect", "Effect", "text", 176),
    Column("action", "", "link", 104, sortable=False),
)

_LEFT_OUT = (
    ("uncovered", "unassigned", "No contract covers them", "Make a contract, or extend one", "Not billed"),
    (
        "ambiguous",
        "unassigned",
        "Several contracts cover them",
        "Choose one, or narrow a contract's scope",
        "Not billed",
    ),
    ("held", "held", "On hold", "Release them when the reason is settled", "Not billed until released"),
    ("not_accepted", "submitted", "Submitted, not accepted yet", "Accept or reject them", "Not billed until accepted"),
)


def findings(outcome: BillingOutcome) -> list[Finding]:
    """What blocks contracts first, then what was left out."""
    found: list[Finding] = []
    for run in outcome.runs:
        found += [*_of_run(run), *_of_parked(run)]
    return found + _of_left_out(outcome.left_out)


def _of_run(run: RunOutcome) -> list[Finding]:
    counts = Counter(error.code for error in run.errors)
    first = {error.code: error for error in reversed(run.errors)}
    effect = "Blocks this contract" if run.state is RunState.REFUSED else "Not issued"
    made = []
    for code, count in counts.items():
        error = first[code]
        detail = f"{run.vendor_name}, {run.contract_name}"
        detail += f", first trip {error.trip_id}" if error.trip_id else ""
        to_trip = bool(error.trip_id)
        made.append(
            Finding(
                f"{run.contract_id}:{code}",
                "ERROR",
                _sentence(error.message),
                detail,
                count if to_trip else None,
                effect,
                "Open trip" if to_trip else "Open contract",
                "trips" if to_trip else "contracts",
                ref=error.trip_id,
            )
        )
    return made


def _of_parked(run: RunOutcome) -> list[Finding]:
    """A bill beyond three times last month's: compared, and confirmed where it is right."""
    if not run.waits or run.parked is None:
        return []
    is_stored = run.run_id is not None
    return [
        Finding(
            f"{run.contract_id}:PARKED",
            "PARKED",
            f"{run.contract_name}: over three times last month",
            _compared(run.parked),
            run.figures.trips if run.figures else None,
            "Cannot be issued yet" if is_stored else "Would be parked",
            "Confirm…" if is_stored else "Open contract",
            "" if is_stored else "contracts",
        )
    ]


def _compared(parked: Parked) -> str:
    total, last = formats.money(parked.total), formats.money(parked.last_total)
    lines = f"{formats.plural(parked.lines, 'line')} against {formats.count(parked.last_lines)}"
    return f"₹{total} against ₹{last}; {lines}"


def _of_left_out(left: LeftOut) -> list[Finding]:
    counts = {
        "uncovered": left.unassigned - left.ambiguous,
        "ambiguous": left.ambiguous,
        "held": left.held,
        "not_accepted": left.not_accepted,
    }
    return [
        Finding(name, "WARNING", what, advice, counts[name], effect, "Open trips", "trips", view=view)
        for name, view, what, advice, effect in _LEFT_OUT
        if counts[name]
    ]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".")


def bill_lines(runs: Sequence[RunOutcome]) -> list[tuple[str, int]]:
    """The rated contracts' charges by name, in the order in which invoices print them."""
    sums: dict[str, int] = {}
    order: dict[str, tuple[int, int, int]] = {}
    from billing.invoicing.lines import line_order

    for run in runs:
        for line in run.draft.lines if run.draft else ():
            sums[line.description] = sums.get(line.description, 0) + line.amount
            order.setdefault(line.description, line_order(line.code, line.level, 0))
    return sorted(sums.items(), key=lambda item: order[item[0]])
