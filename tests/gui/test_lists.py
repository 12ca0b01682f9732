"""Lists: models under Qt's own tester, and the table as a person uses it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester

from billing.errors import UnavailableError
from billing.schemas.lists import Listing, Opened
from moveinsync_desktop.messages import MessageBus
from moveinsync_desktop.models.columns import Column
from moveinsync_desktop.models.paged import PagedModel
from moveinsync_desktop.models.rows import RowsModel
from moveinsync_desktop.models.table_model import TableModel
from moveinsync_desktop.settings import Settings
from moveinsync_desktop.views.widgets.table import DataTable
from moveinsync_desktop.workers import Workers

COLUMNS = (
    Column("ref", "Trip", "id", 100),
    Column("start", "Start", "stamp", 140),
    Column("place", "Route", "route", 150, second="far", stretch=True),
    Column("distance_m", "Km", "km", 60, total=True),
    Column("flags", "Flags", "icons", 60, sortable=False),
    Column("paise", "Rated ₹", "money", 90, total=True),
    Column("status", "Status", "state", 110),
)
BASE = datetime(2026, 10, 27, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Row:
    """A trip of a test."""

    id: int
    ref: str
    start: datetime
    place: str
    far: str
    distance_m: int
    flags: tuple[str, ...]
    paise: int | None
    status: str


def row(number: int) -> Row:
    """The n-th trip: 20 km and a kilometre more each, every fifth not rated."""
    paise = None if number % 5 == 4 else 10_000 + number
    status = "NO_SHOW" if number % 7 == 3 else "COMPLETED"
    start = BASE - timedelta(minutes=number)
    return Row(
        number, f"T-{number:05d}", start, "Hebbal", "Kengeri", 20_000 + number * 1000, ("moon", ""), paise, status
    )


class FakeList:
    """A query over generated rows, like the store's: opened and read in workers."""

    page_size = 64

    def __init__(self, listing: Listing, count: int = 1000, delay: float = 0.0, fail: bool = False) -> None:
        self.listing, self.count, self.delay, self.fail = listing, count, delay, fail

    def open(self) -> Opened:
        """Count, totals, anchors."""
        if self.fail:
            raise UnavailableError("GONE", "The database did not answer.")
        time.sleep(self.delay)
        count = self.count // 2 if self.listing.conditions else self.count
        return Opened(count, {"distance_m": 5, "paise": 10_24_418_16}, [None, *range(64, count, 64)])

    def page(self, anchor: Any) -> Sequence[Row]:
        """64 rows."""
        time.sleep(self.delay)
        first = anchor or 0
        return [row(number) for number in range(first, min(first + 64, self.count))]


@pytest.fixture
def paged(qtbot: Any, workers: Workers) -> PagedModel:
    """Opened, with its first page."""
    model = PagedModel(COLUMNS, workers, FakeList)
    model.reload()
    qtbot.waitUntil(lambda: model.phase == "ready")
    return model


def table_of(qtbot: Any, model: TableModel, **options: Any) -> DataTable:
    """A table on screen."""
    table = DataTable(model, noun="trip", **options)
    qtbot.addWidget(table)
    table.resize(900, 500)
    table.show()
    return table


def test_models_pass_qts_own_tester(qtbot: Any, workers: Workers) -> None:
    fatal = QAbstractItemModelTester.FailureReportingMode.Fatal
    small = RowsModel(COLUMNS, [row(number) for number in range(20)])
    big = PagedModel(COLUMNS, workers, FakeList)
    testers = [QAbstractItemModelTester(model, fatal) for model in (small, big)]
    small.set_order("paise", True)
    big.reload()
    qtbot.waitUntil(lambda: big.phase == "ready")
    big.record(999)
    qtbot.waitUntil(lambda: big.loaded(999) is not None)
    assert len(testers) == 2


def test_rows_arrive_when_they_are_looked_at(qtbot: Any, paged: PagedModel) -> None:
    assert paged.rowCount() == 1000
    assert paged.record(0).ref == "T-00000"
    assert paged.record(700) is None
    assert paged.data(paged.index(700, 0)) == "…"
    qtbot.waitUntil(lambda: paged.record(700) is not None)
    assert paged.record(700).ref == "T-00700"


def test_a_late_page_of_an_older_query_is_dropped(qtbot: Any, workers: Workers) -> None:
    model = PagedModel(COLUMNS, workers, lambda listing: FakeList(listing, delay=0.05))
    model.reload()
    qtbot.waitUntil(lambda: model.phase == "ready")
    model.record(500)
    model.reload()
    first = model.generation
    qtbot.waitUntil(lambda: model.phase == "ready" and not workers.running)
    assert model.generation == first
    assert model.loaded(500) is None


def test_jumping_through_ten_million_rows_never_blocks(qtbot: Any, workers: Workers) -> None:
    model = PagedModel(COLUMNS, workers, lambda listing: FakeList(listing, count=10_000_000, delay=0.01))
    table = table_of(qtbot, model)
    model.reload()
    qtbot.waitUntil(lambda: model.phase == "ready", timeout=20_000)
    worst = 0.0
    bar = table.view.verticalScrollBar()
    for step in range(12):
        begun = time.perf_counter()
        bar.setValue(bar.maximum() * step // 12)
        table.view.viewport().repaint()
        worst = max(worst, time.perf_counter() - begun)
        qtbot.wait(15)
    assert worst < 0.25
    qtbot.waitUntil(lambda: not workers.running)


def test_selecting_all_of_ten_million_rows_is_at_once(qtbot: Any, workers: Workers) -> None:
    model = PagedModel(COLUMNS, workers, lambda listing: FakeList(listing, count=10_000_000))
    table = table_of(qtbot, model, messages=MessageBus())
    model.reload()
    qtbot.waitUntil(lambda: model.phase == "ready", timeout=20_000)
    begun = time.perf_counter()
    table.view.selectAll()
    table.view.viewport().repaint()
    assert time.perf_counter() - begun < 0.5
    assert table.selected_count() == 10_000_000


def test_failure_is_said_inside_the_list_and_can_be_tried_again(qtbot: Any, workers: Workers) -> None:
    attempts = [True, False]
    model = PagedModel(COLUMNS, workers, lambda listing: FakeList(listing, fail=attempts.pop(0)))
    table = table_of(qtbot, model)
    model.reload()
    qtbot.waitUntil(lambda: model.phase == "error")
    assert table.placeholder.isVisible()
    assert "did not answer" in table.placeholder.accessibleName()
    model.reload()
    qtbot.waitUntil(lambda: model.phase == "ready")
    assert not table.placeholder.isVisible()


def test_a_header_click_sorts_in_the_query(qtbot: Any, paged: PagedModel) -> None:
    table = table_of(qtbot, paged)
    header = table.view.filter_header
    place = QPoint(header.sectionViewportPosition(5) + 30, 12)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert (paged.order, paged.descending) == ("paise", True)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert (paged.order, paged.descending) == ("paise", False)


def test_typing_in_a_filter_cell_filters_after_a_pause(qtbot: Any, paged: PagedModel) -> None:
    table = table_of(qtbot, paged)
    cell = table.view.filter_header.cell("distance_m")
    assert cell is not None
    with qtbot.waitSignal(table.filters_changed):
        qtbot.keyClicks(cell, ">20")
    qtbot.waitUntil(lambda: paged.rowCount() == 500)
    assert table.totals_bar is not None
    assert table.totals_bar.words == "All 500 matching trips"
    qtbot.keyClick(cell, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: paged.rowCount() == 1000)


def test_a_wrong_filter_says_why_and_changes_nothing(qtbot: Any, paged: PagedModel) -> None:
    table = table_of(qtbot, paged)
    table.set_filters({"distance_m": ">far"})
    cell = table.view.filter_header.cell("distance_m")
    assert cell is not None
    assert "far" in cell.toolTip()
    assert paged.rowCount() == 1000


def test_figures_of_the_selection_reach_the_status_bar(qtbot: Any) -> None:
    bus, seen = MessageBus(), list[tuple[str, Any]]()
    bus.selection_changed.connect(lambda words, figures: seen.append((words, figures)))
    table = table_of(qtbot, RowsModel(COLUMNS, [row(number) for number in range(4)]), messages=bus)
    table.view.selectAll()
    qtbot.waitUntil(lambda: bool(seen) and seen[-1][0].startswith("4 selected"))
    words, figures = seen[-1]
    assert words == "4 selected, Rated ₹:"
    assert dict(figures) == {"sum": "400.06", "average": "100.02", "min": "100.00", "max": "100.03"}


def test_copied_cells_are_plain_numbers_and_dates(qtbot: Any) -> None:
    table = table_of(qtbot, RowsModel(COLUMNS, [row(0), row(4)]))
    table.view.selectAll()
    qtbot.keyClick(table.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].split("\t") == ["Trip", "Start", "Route", "Km", "Flags", "Rated ₹", "Status"]
    assert lines[1].split("\t")[:4] == ["T-00000", "2026-10-27 17:30", "Hebbal to Kengeri", "20"]
    assert lines[1].split("\t")[5] == "100.00"
    assert lines[2].split("\t")[5] == ""


def test_copying_reads_rows_that_are_not_loaded(qtbot: Any, paged: PagedModel) -> None:
    table = table_of(qtbot, paged)
    QGuiApplication.clipboard().clear()
    table.view.selectAll()
    table.copy()
    qtbot.waitUntil(lambda: len(QGuiApplication.clipboard().text().splitlines()) == 1000)


def test_the_layout_is_kept_for_the_next_start(qtbot: Any) -> None:
    settings = Settings(None)
    table = table_of(qtbot, RowsModel(COLUMNS, [row(0)]), name="trips", settings=settings)
    table.view.filter_header.moveSection(3, 1)
    table.layout_keeper._show_column(4, False)
    table.layout_keeper.save()
    again = table_of(qtbot, RowsModel(COLUMNS, [row(0)]), name="trips", settings=settings)
    assert again.view.filter_header.visualIndex(3) == 1
    assert again.view.isColumnHidden(4)
    again.layout_keeper.reset()
    assert not again.view.isColumnHidden(4)
    assert settings.layout("trips") == {}


def test_a_refresh_keeps_the_cursor_on_its_row(qtbot: Any) -> None:
    model = RowsModel(COLUMNS, [row(number) for number in range(30)])
    table = table_of(qtbot, model)
    table.select_row(12)
    model.set_rows([row(number) for number in range(5, 30)])
    assert table.current.id == 12
    assert table.view.currentIndex().row() == 7


def test_a_refresh_keeps_the_selected_rows(qtbot: Any) -> None:
    model = RowsModel(COLUMNS, [row(number) for number in range(30)])
    table = table_of(qtbot, model)
    table.select_row(12)
    flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    for at in (14, 20):
        table.view.selectionModel().select(table.view.index_of(at), flags)
    model.set_rows([row(number) for number in range(5, 30)])
    kept: list[Any] = []
    table.selected(kept.extend)
    assert [record.id for record in kept] == [12, 14, 20]


def test_a_cell_offers_to_filter_by_its_value(qtbot: Any) -> None:
    table = table_of(qtbot, RowsModel(COLUMNS, [row(number) for number in range(9)]))
    taken: list[Any] = []
    table.add_menu_item("Hold…", taken.extend)
    table.select_row(2)
    place = table.view.visualRect(table.model.index(2, 3)).center()
    actions = {one.text(): one for one in table.menu_at(place).actions() if one.text()}
    actions["Hold…"].trigger()
    assert [record.id for record in taken] == [2]
    actions["Only 22"].trigger()
    assert table.model.rowCount() == 1
    table.clear_filters()
    actions["All but 22"].trigger()
    assert table.model.rowCount() == 8


def test_the_first_column_stays_in_sight(qtbot: Any, paged: PagedModel) -> None:
    table = table_of(qtbot, paged)
    table.resize(420, 400)
    qtbot.wait(30)
    assert not table.frozen.isVisible()
    table.view.horizontalScrollBar().setValue(120)
    assert table.frozen.isVisible()
    assert table.frozen.width() == table.view.columnWidth(0)
    table.view.verticalScrollBar().setValue(900)
    assert table.frozen.verticalScrollBar().value() == 900
    qtbot.mouseClick(table.frozen.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(20, 15))
    assert table.selected_ranges() == [range(30, 31)]
    table.view.horizontalScrollBar().setValue(0)
    assert not table.frozen.isVisible()


def test_a_small_list_is_searched_in_place(qtbot: Any) -> None:
    from moveinsync_desktop.views.widgets.search_field import SearchField

    table = table_of(qtbot, RowsModel(COLUMNS, [row(number) for number in range(9)]))
    field = SearchField(table, "Search")
    qtbot.addWidget(field)
    qtbot.keyClicks(field, "t-00004")
    qtbot.waitUntil(lambda: table.model.rowCount() == 1)
    table.clear_filters()
    assert table.model.rowCount() == 9
    assert field.text() == ""


def test_enter_opens_the_row_and_tab_leaves_the_table(qtbot: Any) -> None:
    table = table_of(qtbot, RowsModel(COLUMNS, [row(number) for number in range(3)]))
    table.select_row(1)
    with qtbot.waitSignal(table.opened) as told:
        qtbot.keyClick(table.view, Qt.Key.Key_Return)
    assert told.args[0].id == 1
    assert not table.view.tabKeyNavigation()


def test_an_empty_list_says_what_belongs_there(qtbot: Any) -> None:
    clicked: list[int] = []
    table = table_of(qtbot, RowsModel(COLUMNS, []))
    table.set_empty("route", "No trips yet", "Import a vendor's sheet.", [("Import trips…", lambda: clicked.append(1))])
    assert table.placeholder.isVisible()
    assert table.placeholder.accessibleName() == "No trips yet. Import a vendor's sheet."


def test_cells_speak(qtbot: Any) -> None:
    model = RowsModel(COLUMNS, [row(3)])
    spoken = [model.data(model.index(0, at), int(Qt.ItemDataRole.AccessibleTextRole)) for at in range(len(COLUMNS))]
    assert spoken == ["T-00003", "27-10-2026 17:27", "Hebbal to Kengeri", "23.0", "moon", "100.03", "No show"]


def test_numeric_columns_are_as_wide_as_their_totals(qtbot: Any) -> None:
    table = table_of(qtbot, RowsModel(COLUMNS, [Row(1, "T", BASE, "A", "B", 1, (), 98_76_54_321_00, "COMPLETED")]))
    assert table.view.columnWidth(5) > 110


def test_walking_with_the_keyboard_rings_the_cell(qtbot: Any) -> None:
    table = table_of(qtbot, RowsModel(COLUMNS, [row(number) for number in range(3)]))
    table.view.setFocus(Qt.FocusReason.TabFocusReason)
    flags = QItemSelectionModel.SelectionFlag.NoUpdate
    table.view.selectionModel().setCurrentIndex(table.view.index_of(1), flags)
    table.view._has_key_focus = True
    assert table.view.shows_ring(1, 0)
    assert not table.view.shows_ring(0, 0)


def test_a_view_is_saved_under_a_name_and_comes_back(qtbot: Any, workers: Workers) -> None:
    from moveinsync_desktop.views.widgets.saved_views import PREFIX, SavedViews
    from moveinsync_desktop.views.widgets.tabs import Tab, TabBar

    settings = Settings(None)
    built_in = (Tab("all", "All"), Tab("held", "On hold"))

    def opened() -> tuple[SavedViews, DataTable, TabBar]:
        tabs = TabBar()
        qtbot.addWidget(tabs)
        table = table_of(qtbot, RowsModel(COLUMNS, [row(number) for number in range(9)]))
        return SavedViews(tabs, table, settings, "trips", built_in), table, tabs

    views, table, _tabs = opened()
    views.choose("held")
    table.set_filters({"distance_m": ">23"})
    views.keep("Long trips")
    again, table, tabs = opened()
    assert (again.names, again.base) == (["Long trips"], "all")
    with qtbot.waitSignal(again.changed):
        qtbot.mouseClick(tabs._tabs[PREFIX + "Long trips"], Qt.MouseButton.LeftButton)
    assert again.base == "held"
    assert table.filter_texts() == {"distance_m": ">23"}
    assert table.model.rowCount() == 5
    again.choose("all")
    assert table.filter_texts() == {}
    again.rename("Long trips", "Far")
    again.delete("Far")
    assert opened()[0].names == []
