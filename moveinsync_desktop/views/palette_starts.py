"""What the palette offers on every screen: beginning something elsewhere, and each report by its name.

An entry names the action of another screen: the screen is opened, which registers the action, then it runs. The words
and rights are those of the action itself, so they never drift from it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import QTimer

from moveinsync_desktop.context import AppContext
from moveinsync_desktop.views.widgets.palette import Give, Hit, fits

LEAST_TYPED = 2


@dataclass(frozen=True, slots=True)
class Start:
    """Something that begins on a screen. action: its action there ("" when opening the screen is all); daily: offered
    before anything is typed."""

    words: str
    icon: str
    screen: str
    needs: str
    action: str = ""
    parameters: tuple[tuple[str, Any], ...] = ()
    daily: bool = False


STARTS = (
    Start("Import trips…", "upload", "trips", "trips.submit", "trips.import", daily=True),
    Start("Add a trip…", "plus", "trips", "trips.submit", "trips.add"),
    Start("Run billing…", "play", "billing_runs", "billing.run", daily=True),
    Start("Import a vendor's bill…", "upload", "vendor_bills", "vendor_bills.edit", "vb.import"),
    Start("New contract…", "plus", "contracts", "contracts.add", "contracts.new"),
    Start("Add a vendor…", "plus", "parties", "vendors.link", parameters=(("tab", "vendors"), ("add", True))),
    Start("Add an employee…", "plus", "parties", "employees.edit", parameters=(("tab", "employees"), ("add", True))),
    Start("Add a user…", "plus", "users", "users.view", "users.add"),
)


class PaletteStarts:
    """A source of the palette; `current` gives the id of the open screen, whose own actions are offered already."""

    def __init__(self, context: AppContext, current: Callable[[], str]) -> None:
        self._context, self._current = context, current

    def daily(self, typed: str, give: Give) -> None:
        """What is begun every day, before anything is typed."""
        give([self._hit(one) for one in self._offered() if one.daily and not typed])

    def __call__(self, typed: str, give: Give) -> None:
        """Beginnings that fit what was typed, then reports; screens of that name stand before them."""
        if not typed:
            return
        hits = [self._hit(one) for one in self._offered() if fits(one.words, typed)]
        is_asked = len(typed) >= LEAST_TYPED and self._context.may("reports.view")
        give(hits + (self._reports(typed) if is_asked else []))

    def _offered(self) -> list[Start]:
        here = self._current()
        return [one for one in STARTS if self._context.may(one.needs) and not (one.action and one.screen == here)]

    def _hit(self, start: Start) -> Hit:
        return Hit("Begin", start.icon, start.words, partial(self._begin, start))

    def _begin(self, start: Start) -> None:
        self._context.open(start.screen, **dict(start.parameters))
        if start.action:
            QTimer.singleShot(0, self._context.messages, self._context.actions.get(start.action).handler)

    def _reports(self, typed: str) -> list[Hit]:
        from billing.services.reporting.run import report_kinds

        kinds = [kind for kind in report_kinds(self._context.signed_in) if fits(kind.title, typed)]
        return [
            Hit("Reports", "file-chart-column", kind.title, partial(self._context.open, "reports", report=kind.id))
            for kind in kinds
        ]
