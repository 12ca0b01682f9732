"""The trip list over the database: read, filtered, explained, held, released, saved."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel

from billing.services.billing import run_bill
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.views.dialogs.reason import ReasonDialog
from moveinsync_desktop.views.overview import OverviewScreen
from moveinsync_desktop.views.trips import NONE_IN_VIEW, TripsScreen
from moveinsync_desktop.views.widgets import LinkButton
from tests.integration.billing.conftest import OCTOBER, Month

WAIT = 20_000


@pytest.fixture
def screen(qtbot: Any, october: Month, signed: AppContext) -> Iterator[TripsScreen]:
    made = TripsScreen(signed)
    qtbot.addWidget(made)
    signed.workers.changes.connect(made.on_changes)
    made.resize(1300, 700)
    made.show()
    qtbot.waitUntil(lambda: made.model.phase == "ready" and made.model.record(2) is not None, timeout=WAIT)
    yield made
    qtbot.waitUntil(lambda: not signed.workers.running, timeout=WAIT)


def words(widget: Any) -> list[str]:
    """What stands in a panel."""
    return [one.text() for one in widget.findChildren(QLabel) if one.isVisible() and one.text()]


def reason_of(screen: TripsScreen, row: int) -> str | None:
    """Why the trip of a row is held; "?" while the row is not loaded."""
    trip = screen.model.loaded(row)
    return trip.hold_reason if trip is not None else "?"


def test_the_month_is_listed_newest_first_with_totals_of_all(screen: TripsScreen) -> None:
    assert [screen.model.record(row).distance_m for row in range(3)] == [20_000, 50_000, 60_000]
    assert screen.model.totals["distance_m"] == 130_000
    assert screen.table.totals_bar is not None
    assert screen.table.totals_bar.words == "All 3 trips"


def test_filters_run_in_the_database(qtbot: Any, screen: TripsScreen) -> None:
    screen.table.set_filters({"distance_m": "20..55"})
    qtbot.waitUntil(lambda: screen.model.phase == "ready" and screen.model.total_rows == 2, timeout=WAIT)
    assert screen._filters_label.text() == "1 filter"
    screen._clear.click()
    qtbot.waitUntil(lambda: screen.model.total_rows == 3, timeout=WAIT)


def test_search_looks_at_every_column_in_the_database(qtbot: Any, screen: TripsScreen, october: Month) -> None:
    ref = screen.model.record(1).ref
    qtbot.keyClicks(screen.search_field, ref.lower())
    qtbot.waitUntil(lambda: screen.model.phase == "ready" and screen.model.total_rows == 1, timeout=WAIT)
    qtbot.keyClick(screen.search_field, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: screen.model.phase == "ready" and screen.model.total_rows == 3, timeout=WAIT)
    screen.table.search(october.pair.vendor.name[:6])
    qtbot.waitUntil(lambda: screen.model.phase == "ready" and screen.model.total_rows == 3, timeout=WAIT)
    screen.table.search("nowhere to be found")
    qtbot.waitUntil(lambda: screen.model.phase == "empty", timeout=WAIT)
    screen.table.clear_filters()
    qtbot.waitUntil(lambda: screen.model.phase == "ready", timeout=WAIT)


def test_a_trip_is_explained_line_by_line(qtbot: Any, screen: TripsScreen) -> None:
    screen.table.select_row(0)
    assert screen.panel.isVisible()
    qtbot.waitUntil(lambda: "Trip total" in words(screen.panel), timeout=WAIT)
    assert "Before tax" in words(screen.panel)
    screen.panel.stepped.emit(1)
    assert screen.table.current.distance_m == 50_000
    screen.panel.tabs._choose("history")
    qtbot.waitUntil(lambda: "Entered" in words(screen.panel), timeout=WAIT)
    screen.panel.tabs._choose("riders")
    qtbot.waitUntil(lambda: any("rid" in one or "rode" in one for one in words(screen.panel)), timeout=WAIT)


def test_a_trip_leads_to_its_contract_and_to_its_invoice(
    qtbot: Any, signed: AppContext, screen: TripsScreen, october: Month
) -> None:
    def links() -> dict[str, LinkButton]:
        return {one.text(): one for one in screen.panel.findChildren(LinkButton) if one.isVisible()}

    went: list[tuple[str, dict[str, Any]]] = []
    signed.navigator.wanted.connect(lambda to, parameters: went.append((to, parameters)))
    screen.table.select_row(0)
    qtbot.waitUntil(lambda: "Open contract" in links(), timeout=WAIT)
    assert "Open draft bill" not in links()
    run_bill(october.session, **october.words)
    screen.model.reload()
    qtbot.waitUntil(lambda: screen.model.record(0) is not None and bool(screen.model.record(0).run_id), timeout=WAIT)
    screen.table.select_row(1)
    qtbot.waitUntil(lambda: "Open draft bill" in links(), timeout=WAIT)
    links()["Open contract"].click()
    links()["Open draft bill"].click()
    assert [where for where, _ in went] == ["contracts", "invoices"]
    assert went[0][1]["contract"] == october.contract_id
    use = signed.signed_in.contracts_in_force.use
    assert use.hits + use.misses >= 2


def test_a_trip_without_a_contract_shows_which_were_in_force(
    qtbot: Any, signed: AppContext, screen: TripsScreen, october: Month
) -> None:
    screen.table.select_row(0)
    trip = replace(screen.model.record(0), contract_id=None, exception="NO_CONTRACT", rev=99)
    screen.panel.show_trip(trip, "exception")
    qtbot.waitUntil(lambda: any("at the start" in one for one in words(screen.panel)), timeout=WAIT)
    assert any(one.text().endswith(", version 1") for one in screen.panel.findChildren(LinkButton))


def test_trips_are_held_with_a_reason_and_released(qtbot: Any, screen: TripsScreen) -> None:
    def answer() -> None:
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, ReasonDialog):
            QTimer.singleShot(20, answer)
            return
        assert not dialog.confirm_button.isEnabled()
        qtbot.keyClicks(dialog._edit, "km in doubt")
        dialog.confirm_button.click()

    screen.table.select_row(1)
    QTimer.singleShot(20, answer)
    screen.table.selected(lambda trips: screen.deeds.decide("HOLD", trips))
    qtbot.waitUntil(lambda: reason_of(screen, 1) == "km in doubt", timeout=WAIT)
    assert screen.table.view.currentIndex().row() == 1
    screen.deeds.decide("RELEASE", [screen.model.record(1)])
    qtbot.waitUntil(lambda: reason_of(screen, 1) is None, timeout=WAIT)


def test_the_list_is_saved_as_shown(
    qtbot: Any, screen: TripsScreen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "trips.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, **_k: (str(target), ""))
    screen.deeds.save_csv()
    qtbot.waitUntil(target.exists, timeout=WAIT)
    with target.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    place = lines[0].index("Km")
    assert [line[place] for line in lines[1:]] == ["20", "50", "60"]
    target.unlink()
    screen.table.select_row(1)
    screen.deeds.save_csv(only_selected=True)
    qtbot.waitUntil(target.exists, timeout=WAIT)
    assert len(target.read_text(encoding="utf-8-sig").splitlines()) == 2


def test_an_empty_list_says_what_its_view_is_for(qtbot: Any, screen: TripsScreen) -> None:
    for key in ("unassigned", "held", "submitted", "billed"):
        screen.views.choose(key)
        qtbot.waitUntil(lambda said=NONE_IN_VIEW[key][1]: words(screen.table.placeholder) == [said], timeout=WAIT)
    screen.views.choose("unbilled")
    qtbot.waitUntil(lambda: screen.model.phase == "ready" and screen.model.total_rows == 3, timeout=WAIT)
    screen.views.choose("all")
    screen.context.set_month(OCTOBER.replace(month=9))
    qtbot.waitUntil(lambda: screen.model.phase == "empty", timeout=WAIT)
    assert "No trips in this month" in words(screen.table.placeholder)


def test_somebody_comes_for_one_trip(qtbot: Any, screen: TripsScreen) -> None:
    ref = screen.model.record(2).ref
    screen.open_with(ref=ref, view="all")
    qtbot.waitUntil(lambda: screen.model.phase == "ready" and screen.model.total_rows == 1, timeout=WAIT)
    assert screen.table.filter_texts() == {"ref": f"={ref}"}


def test_the_overview_adds_up_and_leads_to_the_trips(qtbot: Any, signed: AppContext, october: Month) -> None:
    screen = OverviewScreen(signed)
    qtbot.addWidget(screen)
    screen.resize(1200, 760)
    screen.show()
    qtbot.waitUntil(lambda: screen._data is not None, timeout=WAIT)
    assert screen._data is not None
    assert screen._data.now.trips == 3
    assert sum(day.value for day in screen._bars.days) + screen._data.fees == screen._data.now.spend
    wanted: list[Any] = []
    signed.navigator.wanted.connect(lambda key, parameters: wanted.append((key, parameters)))
    screen._bars.open_at(2)
    assert wanted[0][0] == "trips"
    assert wanted[0][1]["filters"] == {"start": "03-10-2026"}
    qtbot.keyClick(screen._figures[1], Qt.Key.Key_Return)
    screen._open_vendor(0)
    screen._models.opened.emit("Hybrid")
    assert [key for key, _parameters in wanted[1:]] == ["trips", "trips", "contracts"]
    qtbot.waitUntil(lambda: not signed.workers.running, timeout=WAIT)
