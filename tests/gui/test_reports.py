"""Reports by clicks: picked by purpose, dates, figures, files, and the way to what is behind a row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from moveinsync_desktop.context import AppContext
from moveinsync_desktop.models.periods import presets, quarter_span
from moveinsync_desktop.views.reports import ReportsScreen
from moveinsync_desktop.views.widgets.heat_map import HeatMap
from tests.integration.billing.conftest import IST, OCTOBER, Month, contract_for
from tests.support.people import Pair

WAIT = 20_000


def settled(qtbot: Any, context: AppContext) -> None:
    qtbot.waitUntil(lambda: not context.workers.running, timeout=WAIT)


@pytest.fixture
def screen(qtbot: Any, context: AppContext, client_admin: Any, pair: Pair) -> Iterator[ReportsScreen]:
    month = Month(pair, client_admin, contract_for(client_admin, pair))
    month.add(month.trip(3, "60"), month.trip(10, "50"), month.trip(20, "20"))
    context.session, context.client_id = client_admin, client_admin.client_id
    context.month, context.zone = OCTOBER, IST
    made = ReportsScreen(context)
    qtbot.addWidget(made)
    made.resize(1200, 700)
    made.show()
    qtbot.waitUntil(lambda: made.model.phase == "ready", timeout=WAIT)
    yield made
    settled(qtbot, context)


def save_as(monkeypatch: pytest.MonkeyPatch, target: Path) -> Path:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, **_k: (str(target), ""))
    return target


def test_every_trip_of_the_month_with_its_cost(screen: ReportsScreen) -> None:
    assert [trip["state"] for trip in screen.model.rows] == ["PREVIEW"] * 3
    assert screen.model.totals["distance_m"] == 130_000
    assert "3 trips are not billed yet" in screen.bar.accessibleName()


def test_other_dates_are_read_at_once(qtbot: Any, screen: ReportsScreen) -> None:
    screen._choose((date(2026, 10, 1), date(2026, 10, 9)))
    qtbot.waitUntil(lambda: len(screen.model.rows) == 1, timeout=WAIT)
    screen.open_with(first=date(2020, 1, 1), last=date(2020, 1, 31))
    qtbot.waitUntil(lambda: screen.model.phase == "empty", timeout=WAIT)


def test_the_csv_of_trips_has_the_columns_that_programs_know(
    qtbot: Any, screen: ReportsScreen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = save_as(monkeypatch, tmp_path / "october.csv")
    screen.save_button.click()
    qtbot.waitUntil(target.exists, timeout=WAIT)
    lines = target.read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("trip_id,start_time,end_time,distance_km,billing_model,base_cost,tax_amount,total_cost")
    assert len(lines) == 4


def test_every_report_can_be_picked_by_key_and_saved(
    qtbot: Any, screen: ReportsScreen, context: AppContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = list(screen.picker.buttons)
    assert len(names) == 14
    screen.picker.buttons[names[0]].setFocus()
    for at, name in enumerate(names[1:], start=1):
        QTest.keyClick(screen.picker.buttons[names[at - 1]], Qt.Key.Key_Down)
        assert screen.current == name
        settled(qtbot, context)
        if name != "spend":
            qtbot.waitUntil(lambda: screen.model.phase in ("ready", "empty"), timeout=WAIT)
        target = save_as(monkeypatch, tmp_path / f"{name}.xlsx")
        screen._save()
        qtbot.waitUntil(target.exists, timeout=WAIT)
        settled(qtbot, context)


def test_a_row_leads_to_what_is_behind_it(qtbot: Any, screen: ReportsScreen, context: AppContext) -> None:
    went: list[Any] = []
    context.navigator.wanted.connect(lambda name, words: went.append((name, words)))
    screen._open(screen.model.rows[0])
    assert went == [("trips", {"ref": "T00001", "month": OCTOBER})]


def test_spend_by_month_is_shown_by_what_is_asked(
    qtbot: Any, screen: ReportsScreen, client_admin: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from billing.services.billing import run_bill

    run_bill(client_admin, month=OCTOBER)
    screen.pick("spend")
    model = screen.spend.models["amount"]
    qtbot.waitUntil(lambda: model.phase == "ready", timeout=WAIT)
    [line] = model.rows
    assert line.months[6] == line.total
    assert line.total > 0
    target = save_as(monkeypatch, tmp_path / "spend.xlsx")
    screen.save_button.click()
    qtbot.waitUntil(target.exists, timeout=WAIT)
    screen.spend._chooser("_measure", "trips")()
    qtbot.waitUntil(lambda: screen.spend.models["trips"].phase == "ready", timeout=WAIT)
    assert screen.spend.models["trips"].rows[0].total == 3


def test_presets_follow_the_financial_year() -> None:
    spans = dict(presets(date(2026, 11, 20)))
    assert spans["Last month"] == (date(2026, 10, 1), date(2026, 10, 31))
    assert spans["This quarter"] == (date(2026, 10, 1), date(2026, 12, 31))
    assert spans["Financial year 2026-27"] == (date(2026, 4, 1), date(2027, 3, 31))
    assert spans["Financial year 2026-27 to last month"] == (date(2026, 4, 1), date(2026, 10, 31))
    assert quarter_span(date(2026, 2, 3)) == (date(2026, 1, 1), date(2026, 3, 31))
    assert "Financial year 2026-27 to last month" not in dict(presets(date(2026, 4, 2)))


def test_heat_map_tells_the_hour_under_the_pointer(qtbot: Any) -> None:
    heat = HeatMap()
    qtbot.addWidget(heat)
    heat.resize(44 + 24 * 20, 22 + 7 * 20)
    assert heat.cell_text(100, 30) == ""
    cells = [[0] * 24 for _ in range(7)]
    cells[1][7] = 123
    heat.set_cells(cells)
    assert heat.cell_text(44 + 7 * 20 + 10, 30) == "Tue 07:00 to 08:00, 123 trips"
    assert heat.cell_text(20, 30) == ""
    assert heat.cell_text(44 + 23 * 20 + 10, 6 * 20 + 10) == "Sun 23:00 to 00:00, 0 trips"
    assert heat.accessibleDescription() == "Busiest: Tue 07:00 to 08:00, 123 trips"


def test_the_books_are_red_where_they_fail_and_open_the_row(
    qtbot: Any, screen: ReportsScreen, context: AppContext, client_admin: Any
) -> None:
    from billing.services.billing import run_bill
    from tests.support.hostile import superuser

    run_bill(client_admin, month=OCTOBER)
    with superuser(client_admin.profile) as connection, connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE app.billing_runs SET trips = trips + 1 WHERE client_id = %s", (str(context.client_id),))
    screen.pick("invariants")
    qtbot.waitUntil(lambda: any(row["state"] == "FAILS" for row in screen.model.rows), timeout=WAIT)
    settled(qtbot, context)
    assert "fail" in screen.bar.accessibleName()
    assert "1" in screen.picker.buttons["invariants"].accessibleName()
    went: list[Any] = []
    context.navigator.wanted.connect(lambda name, words: went.append((name, words)))
    bad = next(row for row in screen.model.rows if row["where"])
    assert "Night shift" in bad["check"]
    screen._open(bad)
    assert went == [("billing_runs", {"month": OCTOBER})]


def test_the_hours_can_be_read_as_a_table(qtbot: Any, context: AppContext) -> None:
    from moveinsync_desktop.views.overview_more import HOUR_COLUMNS, HourRow

    row = HourRow("Mon", list(range(24)))
    assert [column.title for column in HOUR_COLUMNS][:4] == ["Weekday", "Trips", "00", "01"]
    assert [column.get(row) for column in HOUR_COLUMNS[2:] if column.get] == list(range(24))
    assert row.trips == sum(range(24))
