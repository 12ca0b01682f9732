"""The side of the rule editor: a real month rated again under the rules being typed (pictures 08-10).

Typing never waits: a change is rated 120 ms after the last key on a worker, and only the newest answer is shown.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QWidget

from billing.errors import KnownError
from billing.rules import parse_rules
from moveinsync_desktop import formats
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.models.rule_effect import Effect, Steps, effect_of, group_words, steps_of
from moveinsync_desktop.models.rule_form import RuleForm
from moveinsync_desktop.views.widgets.basics import column, frame, label, plain, row, scrolling, stretch
from moveinsync_desktop.views.widgets.buttons import LinkButton, MenuButton
from moveinsync_desktop.views.widgets.header import HEADER_HEIGHT
from moveinsync_desktop.views.widgets.notices import MessageBar
from moveinsync_desktop.views.widgets.rule_effect import CountBars, Difference, EffectTable, RateSteps

if TYPE_CHECKING:
    from billing.services.whatif import TrialMonth

DEBOUNCE_MS = 120
NARROW, WIDE, WIDE_FROM = 352, 520, 1800


@dataclass(frozen=True, slots=True)
class Subject:
    """Which contract's month is rated, and the version in force that it is compared with."""

    client_id: UUID
    contract_id: UUID
    model: str
    rules: dict[str, Any]
    number: int
    draft_number: int
    month: date | None = None
    """The month to begin with; None: the last one with trips."""


class EffectPanel(QFrame):
    """Attributes: effect (the one shown, or None).

    Signals: shown() when figures arrived, trips_wanted(), place_wanted(str path) to go to a field, solve_wanted().
    """

    shown = Signal()
    trips_wanted = Signal()
    place_wanted = Signal(str)
    solve_wanted = Signal()

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setAccessibleName("Effect on a real month")
        self.context = context
        self.effect: Effect | None = None
        self.month: TrialMonth | None = None
        self._form: RuleForm | None = None
        self._subject: Subject | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DEBOUNCE_MS)
        self._timer.timeout.connect(self._rate)
        self._build()
        self.fit(0)

    # -- what it follows

    def follow(self, subject: Subject | None, form: RuleForm) -> None:
        """Show what this form does to the contract's last month; None: nothing to compare with."""
        if self._form is not None:
            self._form.edited.disconnect(self._timer.start)
        self._form, self._subject = form, subject
        self.month, self.effect = None, None
        form.edited.connect(self._timer.start)
        self._say("", "")
        if subject is None:
            self._title.setText("Effect on a month")
            self._note.setText("shows once the contract has trips")
            self._show_nothing()
            return
        self._open(subject.month)

    def fit(self, window_width: int) -> None:
        """Wider on wide screens, with the trips that move most."""
        is_wide = window_width >= WIDE_FROM
        self.setFixedWidth(WIDE if is_wide else NARROW)
        self._moved_box.setVisible(is_wide and self._has_moved())

    # -- work

    def _open(self, month: date | None) -> None:
        subject = self._subject
        if subject is None:
            return
        session = self.context.signed_in

        def read() -> TrialMonth:
            from billing.services.whatif import open_month

            return open_month(
                session, client_id=subject.client_id, contract_id=subject.contract_id, model=subject.model,
                rules=subject.rules, number=subject.number, month=month,
            )  # fmt: skip

        self._note.setText("reading the month…")
        self._query(read, self._on_opened, self._on_unread, key="month")

    def _on_opened(self, month: TrialMonth) -> None:
        self.month = month
        types = month.inputs.rating.trips.vehicle_type
        if self._form is not None and types is not None:
            self._form.set_vehicle_types(types.names)
        self._content.show()
        self._title.setText(f"Effect on {formats.month(month.month)}")
        self._note.setText("")
        self._pick.set_text(formats.month(month.month).split()[0])
        self._pick.set_items([(formats.month(day), partial(self._open, day)) for day in month.months])
        self._pick.setVisible(len(month.months) > 1)
        self._rate()

    def _on_unread(self, error: Exception) -> None:
        self.month = None
        self._show_nothing()
        self._title.setText("Effect on a month")
        self._note.setText(error.message if isinstance(error, KnownError) else "")
        if not isinstance(error, KnownError):
            self.context.messages.error(error)

    def _rate(self) -> None:
        form, month, subject = self._form, self.month, self._subject
        if form is None or month is None or subject is None:
            return
        self._content.setVisible(self.effect is not None or not form.problems)
        if form.problems:
            count = len(form.problems)
            self._say("warning", f"Rated again when {count} field{'s are' if count > 1 else ' is'} put right.")
            return
        model, rules, number = form.model, form.rules(), subject.draft_number

        def rate() -> Effect:
            parsed = parse_rules(model, rules)
            begun = time.thread_time()  # what rating costs, not what else the computer does meanwhile
            simulation = month.simulated.under(parsed, number)
            millis = max(1, round((time.thread_time() - begun) * 1000))
            return effect_of(simulation, parsed, millis)

        self._query(rate, self._on_rated, self._on_unrated, key="effect")

    def _query(
        self, fn: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[Exception], None], *, key: str
    ) -> None:
        self.context.workers.run_query(fn, done, failed, owner=self, key=key)

    def _on_unrated(self, error: Exception) -> None:
        if isinstance(error, KnownError):
            self._say("danger", error.message)
        else:
            self.context.messages.error(error)

    # -- showing

    def _show_nothing(self) -> None:
        self._content.hide()
        self._pick.hide()
        self._sum.setText("")
        self._link.hide()

    def _on_rated(self, effect: Effect) -> None:
        self.effect = effect
        self._show_doubt()
        self._note.setText(f"{formats.count(effect.trips)} trips rated again in {effect.millis} ms")
        self._difference.show_sums(effect.before, effect.after)
        self._show_parts(effect)
        self._groups.set_rows([(group_words(group), group.count) for group in effect.groups])
        self._show_steps()
        self._show_moved(effect)
        self._sum.setText(f"{formats.count(effect.dearer)} trips dearer, {formats.count(effect.cheaper)} cheaper")
        self._link.setVisible(bool(effect.moved))
        self.shown.emit()

    def _names(self) -> tuple[str, str]:
        subject = self._subject
        if subject is None:
            return "Before", "After"
        if subject.number == subject.draft_number:
            return "As it is", "Corrected"
        return f"Version {subject.number}", f"Version {subject.draft_number}"

    def _show_parts(self, effect: Effect) -> None:
        rows = [
            (
                part.name,
                formats.rupees(part.before),
                formats.rupees(part.after),
                formats.signed(formats.rupees(part.change)),
            )
            for part in effect.parts
        ]
        total = ("Before tax", formats.rupees(effect.before), formats.rupees(effect.after),
                 formats.signed(formats.rupees(effect.change)))  # fmt: skip
        self._parts.set_rows(("Part of bill, ₹", *self._names(), "Change"), [*rows, total], has_total=True)

    def _show_steps(self) -> None:
        form, subject = self._form, self._subject
        new: Steps | None = steps_of(form.rules()) if form is not None else None
        old = steps_of(subject.rules) if subject is not None else None
        number = str(subject.number) if subject is not None else ""
        self._steps.set_steps(new, old, (self._names()[1], number))

    def _has_moved(self) -> bool:
        return self.effect is not None and bool(self.effect.moved)

    def _show_moved(self, effect: Effect) -> None:
        window = self.window()
        self._moved_box.setVisible(self.width() == WIDE and bool(effect.moved) and window is not None)
        if self.month is None or not effect.moved or self.width() != WIDE:
            return
        session, subject, month = self.context.signed_in, self._subject, self.month
        if subject is None:
            return
        shown = effect.moved[:6]

        def read() -> list[str]:
            from billing.services.whatif import trip_names

            ids = month.ids_of([moved.place for moved in shown])
            names = trip_names(session, client_id=subject.client_id, trips=ids)
            return [names.get(trip, "") for trip in ids]

        def show(names: list[str]) -> None:
            rows = [
                (f"{name}   {formats.km(moved.billable_m)} km", formats.money(moved.before), formats.money(moved.after),
                 formats.signed(formats.money(moved.after - moved.before)))
                for name, moved in zip(names, shown, strict=True)
            ]  # fmt: skip
            self._moved.set_rows(("Trip", *self._names(), "Change"), rows)

        self._query(read, show, self.context.messages.error, key="names")

    def _show_doubt(self) -> None:
        """The first thing that looks wrong, with a way to its field."""
        doubts = self._form.doubts if self._form is not None else {}
        if not doubts:
            self._bar.hide()
            return
        place, words = next(iter(doubts.items()))
        more = f" and {len(doubts) - 1} more" if len(doubts) > 1 else ""
        self._bar.show_message("warning", f"{words}{more}", "Open", partial(self.place_wanted.emit, place))

    def _say(self, tone: str, words: str) -> None:
        if words:
            self._bar.show_message("danger" if tone == "danger" else "warning", words)
        else:
            self._bar.hide()

    # -- building

    def _build(self) -> None:
        self._title = label("Effect on a month", t="h2")
        self._note = label("", t="sm", c="ink2")
        self._note.setMinimumWidth(1)
        self._pick = MenuButton("Month")
        self._pick.setAccessibleName("Month to rate again")
        self._pick.hide()
        words = column(stretch(), self._title, self._note, stretch(), gap=1)
        head = frame("pagehead", row(words, stretch(), self._pick, margins=(18, 0, 14, 0)))
        head.setFixedHeight(HEADER_HEIGHT)
        self._difference = Difference()
        self._parts = EffectTable("Parts of the bill")
        self._steps = RateSteps()
        self._groups = CountBars("Trips by change")
        self._moved = EffectTable("Most changed trips")
        self._moved_box = plain(column(label("Most changed", w="500"), 2, self._moved, 14))
        self._bar = MessageBar()
        groups_title = label("Trips by change", w="500")
        self.solve_button = LinkButton(
            "Find a value for a target…", on_click=self.solve_wanted.emit, tip="Name the sum; the rule's value is found"
        )
        solve = row(self.solve_button, stretch())
        self._content = plain(
            column(self._difference, 10, self._parts, 6, solve, 14, self._steps, 10, groups_title, 4,
                   self._groups, 14, self._moved_box)
        )  # fmt: skip
        body = plain(column(self._content, self._bar, stretch(), margins=(18, 14, 18, 14)))
        self._sum = label("", t="sm", c="ink2")
        self._link = LinkButton("Show trips", on_click=self.trips_wanted.emit, tip="The trips that move most")
        foot = frame("panelfoot", row(self._sum, stretch(), self._link, margins=(18, 0, 14, 0)))
        foot.setFixedHeight(46)
        self._steps.hide()
        layout = column(head, scrolling(body), foot, margins=(1, 0, 0, 0))
        layout.setStretch(1, 1)
        self.setLayout(layout)
