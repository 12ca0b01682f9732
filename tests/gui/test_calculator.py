"""The calculator: a stored trip by its id, typed figures, carpool switched, the same trip under other rules."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from billing.services.trip_price import price_trip
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.views.calculator import CalculatorScreen
from moveinsync_desktop.views.calculator_result import charge_lines
from tests.support.contracts import Agreed, agree
from tests.support.people import Pair

LEFT = Qt.MouseButton.LeftButton
PER_TRIP = {"base_fare": "100", "per_km_rate": "20", "tax_percentage": "18", "carpool_discount": "0.1"}


@pytest.fixture
def agreed(super_admin: Any, pair: Pair) -> Agreed:
    return agree(super_admin, pair)


@pytest.fixture
def screen(qtbot: Any, context: AppContext, client_admin: Any, agreed: Agreed) -> Iterator[CalculatorScreen]:
    context.session, context.client_id = client_admin, client_admin.client_id
    made = CalculatorScreen(context)
    qtbot.addWidget(made)
    made.resize(1150, 690)
    made.show()
    qtbot.waitUntil(lambda: made.shown is not None, timeout=10_000)
    yield made
    context.workers.shutdown()


def chosen(qtbot: Any, screen: CalculatorScreen, ref: str) -> CalculatorScreen:
    screen._trip.setFocus()
    screen._trip.selectAll()
    qtbot.keyClicks(screen._trip, ref)
    qtbot.keyClick(screen._trip, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: screen.stored is not None and screen.stored.external_ref == ref, timeout=10_000)
    qtbot.waitUntil(lambda: not screen.context.workers.running, timeout=10_000)
    return screen


def retyped(qtbot: Any, screen: CalculatorScreen, field: Any, text: str) -> None:
    line = getattr(field, "edit", field)
    line.setFocus()
    line.selectAll()
    before = screen.shown
    qtbot.keyClicks(line, text)
    qtbot.waitUntil(lambda: screen.shown is not before, timeout=10_000)
    qtbot.waitUntil(lambda: not screen._price_timer.isActive() and not screen.context.workers.running, timeout=10_000)


def test_stored_trip_costs_what_a_run_would_bill(qtbot: Any, screen: CalculatorScreen) -> None:
    chosen(qtbot, screen, "T-002")
    price = screen.shown.price
    real = price_trip(screen.context.signed_in, trip="T-002")
    # 60 km before, 100 included: of 50 km 40 are free, 10 x 25.00, and 90 for the night
    assert dict(price.lines) == dict(real.lines) == {"DISTANCE": 25_000, "NIGHT": 9_000}
    assert (price.base_cost, price.tax_amount, price.total_cost) == (34_000, 1_700, 35_700)
    assert screen.result.meter.headline == "This trip ends the package"
    assert [line.key for line in charge_lines(screen.shown)] == ["per_km_rate_after_limit", "night_shift_surcharge"]


def test_type_ahead_offers_stored_trips(qtbot: Any, screen: CalculatorScreen) -> None:
    screen._trip.setFocus()
    qtbot.keyClicks(screen._trip, "t-00")
    qtbot.waitUntil(lambda: len(screen._found) == 9, timeout=10_000)
    words = screen._names.stringList()[0]
    assert words == "T-001   01-09-2026 09:00, 60.0 km"
    screen._completer.activated.emit(words)
    assert screen.stored.external_ref == "T-001"


def test_carpool_can_be_switched(qtbot: Any, screen: CalculatorScreen) -> None:
    chosen(qtbot, screen, "T-005")
    before = screen.shown
    assert "CARPOOL_DISCOUNT" not in before.price.lines
    screen.form._carpool.click()
    qtbot.waitUntil(lambda: screen.shown is not before, timeout=10_000)
    assert screen.stored is not None
    assert screen.shown.price.lines["CARPOOL_DISCOUNT"] == -1_500
    assert price_trip(screen.context.signed_in, trip="T-005", carpool=True).base_cost == screen.shown.price.base_cost


def test_typed_figures_are_priced_as_typed(qtbot: Any, screen: CalculatorScreen) -> None:
    form = screen.form
    form._start_day.set_value(date(2026, 9, 20))
    form._end_day.set_value(date(2026, 9, 20))
    form._start_time.set_value(time(22, 30))
    form._end_time.set_value(time(23, 15))
    retyped(qtbot, screen, form._distance, "10.4")
    # all 351 km of the month are before it: everything is beyond the package
    assert screen.shown.price.before_m == 351_000
    assert dict(screen.shown.price.lines) == {"DISTANCE": 26_000, "NIGHT": 9_000}
    retyped(qtbot, screen, form._before, "95")
    assert dict(screen.shown.price.lines) == {"DISTANCE": 13_500, "NIGHT": 9_000}
    assert form.rows["before"]._note.text() == "typed"


def test_wrong_figures_are_told_at_their_field(qtbot: Any, screen: CalculatorScreen) -> None:
    shown = screen.shown
    screen.form._distance.edit.setFocus()
    screen.form._distance.edit.selectAll()
    qtbot.keyClicks(screen.form._distance.edit, "far")
    qtbot.wait(200)
    assert screen.form.rows["distance"]._note.text() == "not a number"
    assert screen.shown is shown


def test_unknown_trip_is_told_in_place(qtbot: Any, screen: CalculatorScreen) -> None:
    screen._trip.setFocus()
    qtbot.keyClicks(screen._trip, "NOWHERE-1")
    qtbot.keyClick(screen._trip, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "There is no trip NOWHERE-1" in screen._trip_row._note.text(), timeout=10_000)


def test_the_same_trip_under_another_contract(qtbot: Any, context: AppContext, client_admin: Any, super_admin: Any,
                                              pair: Pair) -> None:  # fmt: skip
    agree(super_admin, pair)
    agree(super_admin, pair, name="Day shuttle", model="PER_TRIP", rules=PER_TRIP, km=())
    context.session, context.client_id = client_admin, client_admin.client_id
    screen = CalculatorScreen(context)
    qtbot.addWidget(screen)
    screen.show()
    qtbot.waitUntil(lambda: bool(screen.others), timeout=15_000)
    (other,) = screen.others
    price = screen.shown.price
    assert {other.note.partition(",")[0], price.contract} == {"Day shuttle", "Night shift"}
    assert other.base is not None


def test_copy_gives_the_price_in_words(qtbot: Any, screen: CalculatorScreen) -> None:
    chosen(qtbot, screen, "T-002")
    qtbot.mouseClick(screen.copy_button, LEFT)
    text = QGuiApplication.clipboard().text()
    assert "Distance\t250.00\t50 km − 40 km free = 10 km × 25.00 = 250.00" in text
    assert text.endswith("Trip total\t357.00")


def test_a_super_admin_comes_with_one_clients_trip(
    qtbot: Any, context: AppContext, super_admin: Any, people: Any, agreed: Agreed
) -> None:
    agree(super_admin, people.new_pair())
    context.session = super_admin
    screen = CalculatorScreen(context)
    qtbot.addWidget(screen)
    screen.show()
    qtbot.waitUntil(lambda: screen.shown is not None, timeout=15_000)
    screen.open_with(trip="T-003", client=agreed.view.client.code)
    qtbot.waitUntil(lambda: screen.stored is not None, timeout=10_000)
    assert screen.stored.client_id == agreed.view.contract.client_id
    qtbot.waitUntil(lambda: screen.shown.price.contract == "Night shift", timeout=10_000)
    qtbot.waitUntil(lambda: not context.workers.running, timeout=10_000)
