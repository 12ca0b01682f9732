"""The calculator: one trip, stored or typed, priced as you type by the code that bills. It saves nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QStringListModel, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCompleter

from billing.errors import KnownError
from billing.schemas.rating import TripData
from billing.schemas.trips import TripRecord
from moveinsync_desktop import formats
from moveinsync_desktop.actions import Action
from moveinsync_desktop.views.calculator_draft import CalculatorDraft
from moveinsync_desktop.views.calculator_form import TripForm
from moveinsync_desktop.views.calculator_result import ResultCard, price_text
from moveinsync_desktop.views.calculator_work import Answer, Memory, Other, Question, answer, others_of, version_words
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets.basics import Card, column, frame, plain, row, scrolling, stretch
from moveinsync_desktop.views.widgets.buttons import Button
from moveinsync_desktop.views.widgets.choices import Combo
from moveinsync_desktop.views.widgets.fields import TextField
from moveinsync_desktop.views.widgets.forms import FormRow
from moveinsync_desktop.views.widgets.notices import MessageBar
from moveinsync_desktop.views.widgets.rule_effect import EffectTable

if TYPE_CHECKING:
    from billing.services.contracts import ContractView

PRICE_AFTER_MS, OTHERS_AFTER_MS, SUGGEST_AFTER_MS = 90, 350, 150
TRIP, WIDE = 250, 390


class CalculatorScreen(Screen):
    """Attributes: form, price (the answer shown, or None), stored (the trip whose figures stand there untouched)."""

    id, title = "calculator", "Calculator"
    needs_client = False
    tables = frozenset({"contracts", "contract_versions", "trips", "gst_rates"})

    def build(self) -> None:
        """Make the page."""
        self.shown: Answer | None = None
        self.others: tuple[Other, ...] = ()
        self.stored: TripRecord | None = None
        self._as_stored: TripData | None = None
        self._memory = Memory()
        self._views: list[ContractView] = []
        self._found: dict[str, TripRecord] = {}
        self._is_version_chosen = False
        self._wanted_trip, self._wanted_client = "", ""
        self.header.set_title(self.title, "prices one trip, saves nothing")
        self.copy_button = Button("Copy as text", icon="copy", on_click=self._copy)
        self.header.add_right(self.copy_button, Button("Start over", on_click=self.start_over))
        self._price_timer = self._timer(PRICE_AFTER_MS, self._price)
        self._others_timer = self._timer(OTHERS_AFTER_MS, self._price_others)
        self._suggest_timer = self._timer(SUGGEST_AFTER_MS, self._suggest)
        self.result = ResultCard()
        self.notice = MessageBar()
        both = row(self._make_left(), self.result, gap=12, margins=(16, 16, 16, 16))
        both.setStretch(0, 10)
        both.setStretch(1, 11)
        self.body.addWidget(self.notice)
        self.body.addWidget(frame("canvas", column(scrolling(plain(both)))), 1)
        self.form.changed.connect(self._on_typed)
        self._draft = CalculatorDraft(self.context, self.form, lambda: {"contract": self._contract.value}, self)
        self._wanted_contract: Any = None
        self._bring_back()
        self.add_action(Action("calculator.copy", "Copy the price as text", self._copy, "Ctrl+Shift+K", icon="copy"))

    # -- reading

    def refresh(self) -> None:
        """Read the contracts again and price again."""
        session, client = self.context.signed_in, self.context.client_id
        self._memory.clear()

        def read() -> list[ContractView]:
            from billing.services.contracts import list_contracts

            return list_contracts(session, client_id=client)

        self.query(read, self._on_contracts)

    def open_with(self, trip: Any = None, contract: Any = None, client: Any = None, **_more: Any) -> None:
        """Come with a stored trip (and its client's code) or a contract: context.open("calculator", trip="BH-42")."""
        if contract is not None:
            self._contract.set_value(contract)
        if trip is not None:
            self._wanted_trip, self._wanted_client = str(trip), str(client or "")
            if self._views:
                self._find_wanted()

    def start_over(self) -> None:
        """Forget the trip, keep the contract."""
        self.stored = None
        self._trip.set_value(None)
        self._trip_row.set_error("")
        self.form.start_over()
        self._is_version_chosen = False
        self._draft.forget()
        self.notice.hide()
        self._price()

    def _bring_back(self) -> None:
        """What was typed when the program or the session ended is there again."""
        found = self._draft.bring_back()
        if found is not None:
            self._wanted_contract = found[0].get("contract")
            self.notice.show_message("info", found[1], "Start over", self.start_over)

    def _on_contracts(self, views: list[ContractView]) -> None:
        self._views = views
        before, self._wanted_contract = self._wanted_contract or self._contract.value, None
        several = len({view.client.id for view in views}) > 1
        shown = [
            (view.contract.id, f"{view.client.code}  " * several + f"{view.vendor.name}, {view.contract.name}")
            for view in views
        ]
        self._contract.set_choices(shown)
        known = {contract_id for contract_id, _words in shown}
        self._contract.set_value(before if before in known else (shown[0][0] if shown else None))
        if not views:
            self.result.say("info", "There is no contract yet. Make one in Contracts first.")
            return
        if self._wanted_trip:
            self._find_wanted()
        else:
            self._price()

    def _view(self) -> ContractView | None:
        return next((view for view in self._views if view.contract.id == self._contract.value), None)

    # -- stored trips

    def _on_trip_typed(self) -> None:
        self._trip_row.set_error("")
        self._suggest_timer.start()

    def _suggest(self) -> None:
        text, session, client = self._trip.value, self.context.signed_in, self.context.client_id
        if not text or text in self._found:
            return

        def read() -> list[TripRecord]:
            from billing.services.calculator import suggest_trips

            found = suggest_trips(session, text=text, client=client)
            return found or suggest_trips(session, text=text.upper(), client=client)

        self.query(read, self._on_suggested, key="suggest")

    def _on_suggested(self, trips: list[TripRecord]) -> None:
        self._found = {trip_words(trip): trip for trip in trips}
        self._names.setStringList(list(self._found))
        if self._trip.hasFocus() and trips:
            self._completer.complete()

    def _on_chosen(self, words: str) -> None:
        trip = self._found.get(words)
        if trip is not None:
            self.take(trip)

    def _on_entered(self) -> None:
        """Enter without a choice: the trip of exactly that id."""
        text = self._trip.value
        if text and text not in self._found and (self.stored is None or self.stored.external_ref != text):
            self._wanted_trip = text
            self._find_wanted()

    def _find_wanted(self) -> None:
        text, session, client = self._wanted_trip, self.context.signed_in, self.context.client_id
        owner = self._wanted_client or (str(client) if client else None)
        self._wanted_trip, self._wanted_client = "", ""

        def read() -> TripRecord:
            from billing.services.trip_price import find_trip

            with session.unit_of_work(name="calculator.find") as uow:
                return find_trip(uow, text, owner)

        self.query(read, self.take, key="find", on_error=self._on_not_found)

    def _on_not_found(self, error: Exception) -> None:
        if isinstance(error, KnownError):
            self._trip_row.set_error(error.message.rstrip("."))
        else:
            self.context.messages.error(error)

    def take(self, trip: TripRecord) -> None:
        """Fill in a stored trip and price it at its place in its month."""
        self.stored = trip
        self._trip.set_value(trip.external_ref)
        self._trip_row.set_error("" if trip.contract_id else "no contract covers it; priced under the one below")
        if trip.contract_id is not None and any(view.contract.id == trip.contract_id for view in self._views):
            self._contract.set_value(trip.contract_id)
        self._is_version_chosen = False
        self.form.fill(trip)
        self._as_stored = self.form.trip()
        self._price()

    # -- pricing

    def _on_typed(self) -> None:
        if self.stored is not None and not self._is_only_carpool():
            self.stored = None
            self._trip.set_value(None)
            self._trip_row.set_error("")
        self._price_timer.start()

    def _is_only_carpool(self) -> bool:
        """Do the fields still say what the stored trip says, but for the carpool mark?"""
        trip = self.form.trip()
        if trip is None or self._as_stored is None or self.form.before_m is not None:
            return False
        return replace(trip, is_carpool=self._as_stored.is_carpool) == self._as_stored

    def _on_contract(self) -> None:
        self._is_version_chosen = False
        self._leave_stored()

    def _on_version(self) -> None:
        self._is_version_chosen = True
        self._leave_stored()

    def _leave_stored(self) -> None:
        """Another contract or version than its own: the figures stay, the stored place does not."""
        self.stored = None
        self._price()

    def _question(self) -> Question | None:
        view, trip = self._view(), self.form.trip()
        if view is None or trip is None:
            return None
        number = self._version.value if self._is_version_chosen else None
        return Question(view, trip, number, self.form.before_m, self.stored)

    def _price(self) -> None:
        asked = self._question()
        if asked is None:
            return
        session, memory = self.context.signed_in, self._memory
        self.query(lambda: answer(session, memory, asked), self._on_priced, key="price", on_error=self._on_unpriced)

    def _on_unpriced(self, error: Exception) -> None:
        self.shown = None
        self.result.show_nothing()
        if isinstance(error, KnownError):
            self.result.say("danger", f"{error.message} {error.hint}".strip())
        else:
            self.context.messages.error(error)

    def _on_priced(self, found: Answer) -> None:
        self.shown = found
        self._version.set_choices([(made.stored.number, version_words(made)) for made in found.desk.versions])
        self._version.set_value(found.version.stored.number)
        self.form.show_rules(found.version.rules)
        self.form.show_before(found.price.before_m)
        self.result.show_answer(found)
        self._others_timer.start()
        self.say("Priced as you type, by the code that bills", "zap")

    def _price_others(self) -> None:
        asked, found, views = self._question(), self.shown, list(self._views)
        if asked is None or found is None:
            return
        session, memory = self.context.signed_in, self._memory
        self.query(lambda: others_of(session, memory, asked, found, views), self._on_others, key="others")

    def _on_others(self, others: tuple[Other, ...]) -> None:
        self.others = others
        self._others_card.setVisible(bool(others))
        base = self.shown.price.base_cost if self.shown is not None else 0
        rows = []
        for other in others:
            name = f"{other.name}   {other.note}" if other.note else other.name
            if other.base is None:
                rows.append((name, "", formats.NONE, other.reason[:40]))
            else:
                rows.append((name, "", formats.money(other.base), formats.signed(formats.money(other.base - base))))
        self._others.set_rows(("The same trip under", "", "Before tax ₹", "Difference"), rows)

    # -- showing

    def text(self) -> str:
        """The price in words, for the clipboard."""
        return price_text(self.shown) if self.shown is not None else ""

    def _copy(self) -> None:
        if self.shown is not None:
            QGuiApplication.clipboard().setText(self.text())
            self.context.messages.status("The price is on the clipboard", "copy")

    # -- building

    def _make_left(self) -> Any:
        self._trip = TextField(name="Stored trip", width=TRIP)
        self._names = QStringListModel(self)
        self._completer = QCompleter(self._names, self)
        self._completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._completer.setFilterMode(Qt.MatchFlag.MatchContains)
        popup = self._completer.popup()
        if popup is not None:
            popup.setProperty("role", "menu")
            popup.setMinimumWidth(WIDE)
        self._completer.activated.connect(self._on_chosen)
        self._trip.setCompleter(self._completer)
        self._trip.changed.connect(self._on_trip_typed)
        self._trip.returnPressed.connect(self._on_entered)
        self._trip_row = FormRow("Stored trip", self._trip, hint="its id; or type figures below")
        self._contract = Combo((), name="Contract", placeholder="Choose a contract", search=True)
        self._contract.setFixedWidth(WIDE)
        self._contract.chosen.connect(lambda _id: self._on_contract())
        may_add = self.context.may("contracts.add")
        self._contract.set_lookup(
            lambda contract: self.context.open("contracts", contract=contract),
            (lambda: self.context.open("contracts", new=True)) if may_add else None,
        )
        self._version = Combo((), name="Version")
        self._version.setFixedWidth(WIDE)
        self._version.chosen.connect(lambda _number: self._on_version())
        contract = Card("Contract", flush=True)
        contract.head.setContentsMargins(14, 10, 10, 4)
        contract.add(4, self._trip_row, FormRow("Contract", self._contract), FormRow("Version", self._version), 6)
        self.form = TripForm(self.context.zone)
        trip = Card("Trip", flush=True)
        trip.head.setContentsMargins(14, 10, 10, 4)
        trip.add(4, self.form, 6)
        self._others = EffectTable("The same trip under")
        self._others_card = Card()
        self._others_card.add(self._others)
        self._others_card.hide()
        return plain(column(contract, trip, self._others_card, stretch(), gap=12))

    def _timer(self, after_ms: int, run: Any) -> QTimer:
        made = QTimer(self)
        made.setSingleShot(True)
        made.setInterval(after_ms)
        made.timeout.connect(run)
        return made


def trip_words(trip: TripRecord) -> str:
    """A stored trip in the list of suggestions."""
    return f"{trip.external_ref}   {formats.stamp(trip.start_time)}, {formats.km(trip.distance_m)} km"
