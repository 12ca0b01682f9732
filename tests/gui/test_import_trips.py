"""The import dialog with real clicks: file, columns, check, store, undo."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt

from billing.schemas.ids import new_id
from billing.schemas.parties import Vehicle
from billing.services.staff_and_cabs import add_vehicles
from billing.store.session import Session
from moveinsync_desktop.actions import ActionRegistry
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.messages import MessageBus
from moveinsync_desktop.session import SessionClock
from moveinsync_desktop.settings import Settings
from moveinsync_desktop.views.dialogs.import_trips import CHECK, COLUMNS, DONE, FILE, ImportTripsDialog
from moveinsync_desktop.views.dialogs.imports import ImportsDialog
from moveinsync_desktop.views.trips import TripsScreen
from moveinsync_desktop.workers import Workers
from tests.support.dialogs import at_dialogs
from tests.support.people import Pair, People
from tests.support.sheets import HEADER, row, write_csv, write_xlsx


@pytest.fixture
def desk(qapp: Any, tmp_path: Path, client_admin: Session) -> Iterator[AppContext]:
    """What a dialog is given, signed in as a client's admin."""
    context = AppContext(
        home=tmp_path, settings=Settings(tmp_path / "settings.ini"), workers=Workers(), messages=MessageBus(),
        actions=ActionRegistry(), clock=SessionClock(), session=client_admin,
    )  # fmt: skip
    yield context
    context.workers.shutdown()


def opened(desk: AppContext, qtbot: Any, path: Path) -> ImportTripsDialog:
    dialog = ImportTripsDialog(desk, None, [path])
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def settled(dialog: ImportTripsDialog, step: int) -> Any:
    def check() -> None:
        assert dialog.pages.currentIndex() == step
        assert dialog._job is None or not dialog._job.is_running

    return check


def good(pair: Pair, number: int, **changes: Any) -> list[Any]:
    return row(number, **{"client": pair.client.code, "vendor": pair.link.code, **changes})


def count(session: Session, pair: Pair) -> int:
    with session.unit_of_work() as uow:
        statement = sa.text("SELECT count(*) FROM app.trips WHERE client_id = :client")
        return int(uow.connection.execute(statement, {"client": pair.client_id}).scalar_one())


def test_a_good_sheet_is_stored_and_taken_back(desk: AppContext, qtbot: Any, pair: Pair, tmp_path: Path) -> None:
    dialog = opened(desk, qtbot, write_xlsx(tmp_path / "t.xlsx", [good(pair, 1), good(pair, 2)]))
    qtbot.waitUntil(settled(dialog, CHECK), timeout=15_000)
    assert dialog.next_button.accessibleName() == "Import 2 trips"
    assert count(desk.signed_in, pair) == 0
    qtbot.mouseClick(dialog.next_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(settled(dialog, DONE), timeout=15_000)
    assert count(desk.signed_in, pair) == 2
    qtbot.mouseClick(dialog.done_page.undo_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: count(desk.signed_in, pair) == 0, timeout=15_000)
    qtbot.waitUntil(lambda: dialog.done_page.title.text() == "The import was taken back", timeout=5_000)


def test_unknown_cabs_are_refused_when_that_is_asked(desk: AppContext, qtbot: Any, pair: Pair, tmp_path: Path) -> None:
    cab = Vehicle(id=new_id(), client_id=pair.client_id, vendor_id=pair.vendor_id, vehicle_no="KA01ZZ0001")
    add_vehicles(desk.signed_in, vehicles=[cab])
    path = write_csv(tmp_path / "t.csv", [[*good(pair, 1), "KA01AB1234"]], header=[*HEADER, "Cab No."])
    dialog = ImportTripsDialog(desk, None)
    qtbot.addWidget(dialog)
    dialog.file_page.strict.setChecked(True)
    dialog.file_page.set_path(path)
    qtbot.waitUntil(settled(dialog, CHECK), timeout=15_000)
    assert (dialog.check_page.ready, dialog.check_page.rejected) == (0, 1)


def test_what_was_stored_is_shown_in_trips_and_taken_back_later(
    desk: AppContext, qtbot: Any, pair: Pair, tmp_path: Path
) -> None:
    wanted: list[tuple[str, dict[str, Any]]] = []
    desk.navigator.wanted.connect(lambda screen, parameters: wanted.append((screen, parameters)))
    screen = TripsScreen(desk)
    qtbot.addWidget(screen)
    screen.ensure_built()
    screen.deeds.import_files([write_csv(tmp_path / "week.csv", [good(pair, 1), good(pair, 2)])])
    dialog = screen.deeds.dialog
    assert isinstance(dialog, ImportTripsDialog)
    qtbot.waitUntil(settled(dialog, CHECK), timeout=15_000)
    dialog._store()
    qtbot.waitUntil(settled(dialog, DONE), timeout=15_000)
    dialog.done_page.trips_button.click()
    assert wanted[-1][0] == "trips"
    assert wanted[-1][1]["filters"] == {"file_name": "=week.csv"}
    screen.open_with(**wanted[-1][1])
    qtbot.waitUntil(lambda: screen.model.rowCount() == 2, timeout=10_000)
    screen.deeds.open_imports()
    earlier = screen.deeds.dialog
    assert isinstance(earlier, ImportsDialog)
    qtbot.waitUntil(lambda: earlier.look_button.isEnabled(), timeout=10_000)
    earlier._look()
    qtbot.waitUntil(lambda: len(wanted) == 2, timeout=10_000)
    assert wanted[1][1]["month"] == wanted[0][1]["month"]
    raised = at_dialogs(lambda question: question.accept())
    earlier.undo_button.click()
    assert not raised
    qtbot.waitUntil(lambda: count(desk.signed_in, pair) == 0, timeout=10_000)


def test_rejected_rows_stop_a_strict_import(desk: AppContext, qtbot: Any, pair: Pair, tmp_path: Path) -> None:
    rows = [
        good(pair, 1),
        good(pair, 2, km="-3"),
        good(pair, 3, vendor="NOBODY"),
        good(pair, 1),
        good(pair, 1, km="13"),
    ]
    dialog = opened(desk, qtbot, write_csv(tmp_path / "t.csv", rows))
    qtbot.waitUntil(settled(dialog, CHECK), timeout=15_000)
    page = dialog.check_page
    assert [page.preview.count(state) for state in ("READY", "REJECTED", "DUPLICATE", "CONFLICT")] == [1, 2, 1, 1]  # type: ignore[union-attr]
    assert not dialog.next_button.isEnabled()
    assert "2 rows rejected" in dialog.next_button.toolTip()
    assert [item.reason for item in page._model.rows] == [
        "Negative",
        "Vendor unknown",
        "Same as row 2",
        "Other than row 2",
    ]  # type: ignore[union-attr]
    qtbot.mouseClick(page._leave, Qt.MouseButton.LeftButton)
    assert page.rejected == 1
    dialog.mode.set_value(True)
    dialog.mode.chosen.emit(True)
    qtbot.mouseClick(dialog.next_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(settled(dialog, DONE), timeout=15_000)
    assert count(desk.signed_in, pair) == 1


def test_columns_that_are_not_recognised_are_chosen_by_hand_and_kept(
    desk: AppContext, qtbot: Any, pair: Pair, people: People, tmp_path: Path
) -> None:
    header = ["Slip", *HEADER[1:5], "How far"]
    path = write_csv(tmp_path / "t.csv", [good(pair, 1)], header=header)
    dialog = opened(desk, qtbot, path)
    qtbot.waitUntil(settled(dialog, COLUMNS), timeout=15_000)
    page = dialog.columns_page
    assert set(page.problems(has_client=True, has_vendor=False)) == {"trip_id", "distance"}
    for name, text in (("trip_id", "Slip"), ("distance", "How far")):
        page._combos[name].set_value(text)
        page._combos[name].chosen.emit(text)
    page.save_as.setText("Monthly log")
    qtbot.mouseClick(dialog.next_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(settled(dialog, CHECK), timeout=15_000)
    qtbot.mouseClick(dialog.next_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(settled(dialog, DONE), timeout=15_000)
    from billing.services.trip_decisions import saved_mappings

    saved = saved_mappings(desk.signed_in, client=pair.client.code, vendor=pair.link.code)
    assert saved["Monthly log"]["distance"] == "How far"


def test_rows_with_reasons_are_saved(desk: AppContext, qtbot: Any, pair: Pair, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", [good(pair, 1), good(pair, 2, km="x")])
    dialog = opened(desk, qtbot, path)
    qtbot.waitUntil(settled(dialog, CHECK), timeout=15_000)
    assert dialog.check_page.preview is not None
    dialog._write_rows(dialog.check_page.preview, path, tmp_path / "back.xlsx")
    qtbot.waitUntil((tmp_path / "back.xlsx").exists, timeout=15_000)


def test_what_is_no_sheet_is_said_on_the_first_page(desk: AppContext, qtbot: Any, tmp_path: Path) -> None:
    path = tmp_path / "t.pdf"
    path.write_bytes(b"%PDF-1.7")
    dialog = opened(desk, qtbot, path)
    qtbot.waitUntil(lambda: dialog.file_page.message.isVisible(), timeout=15_000)
    assert "PDF" in dialog.file_page.message.accessibleName()
    assert dialog.pages.currentIndex() == FILE


def test_a_cell_is_corrected_and_a_name_matched_in_place(
    desk: AppContext, qtbot: Any, pair: Pair, tmp_path: Path
) -> None:
    rows = [good(pair, 1), good(pair, 2, km="-3"), good(pair, 3, vendor="Shree Cabs")]
    dialog = opened(desk, qtbot, write_csv(tmp_path / "t.csv", rows))
    qtbot.waitUntil(settled(dialog, CHECK), timeout=15_000)
    fix, page = dialog.check_page.fix, dialog.check_page
    page.table.select_where(lambda item: item.row == 3)  # type: ignore[union-attr]
    fix.field.setText("3")
    qtbot.mouseClick(fix.apply, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.rejected == 1 and settled(dialog, CHECK)() is None, timeout=15_000)
    page.table.select_where(lambda item: item.row == 4)  # type: ignore[union-attr]
    fix.party.set_value(pair.link.code)
    qtbot.mouseClick(fix.match, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.rejected == 0 and settled(dialog, CHECK)() is None, timeout=15_000)
    qtbot.mouseClick(dialog.next_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(settled(dialog, DONE), timeout=15_000)
    assert count(desk.signed_in, pair) == 3


def test_several_files_come_one_after_the_other(desk: AppContext, qtbot: Any, pair: Pair, tmp_path: Path) -> None:
    paths = [write_csv(tmp_path / f"{number}.csv", [good(pair, number)]) for number in (1, 2)]
    dialog = ImportTripsDialog(desk)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.file_page.set_paths(paths)
    for number in (1, 2):
        qtbot.waitUntil(settled(dialog, CHECK), timeout=15_000)
        qtbot.mouseClick(dialog.next_button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(settled(dialog, DONE), timeout=15_000)
        assert count(desk.signed_in, pair) == number
        assert dialog.next_button.accessibleName() == ("Next file: 2.csv" if number == 1 else "Bill October 2026")
        qtbot.mouseClick(dialog.next_button, Qt.MouseButton.LeftButton)
    assert dialog.result() == 1


def test_the_last_page_leads_to_the_bill_of_what_was_stored(
    desk: AppContext, qtbot: Any, pair: Pair, tmp_path: Path
) -> None:
    wanted: list[tuple[str, dict[str, Any]]] = []
    desk.navigator.wanted.connect(lambda key, parameters: wanted.append((key, parameters)))
    dialog = opened(desk, qtbot, write_xlsx(tmp_path / "t.xlsx", [good(pair, 1)]))
    qtbot.waitUntil(settled(dialog, CHECK), timeout=15_000)
    qtbot.mouseClick(dialog.next_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(settled(dialog, DONE), timeout=15_000)
    assert desk.month == date(2026, 10, 1), "every screen shows the month that was brought in"
    assert dialog.cancel_button.accessibleName() == "Close"
    qtbot.mouseClick(dialog.next_button, Qt.MouseButton.LeftButton)
    assert wanted == [("billing_runs", {"month": date(2026, 10, 1)})]


def test_the_reason_why_nothing_can_be_stored_yet_stands_beside_the_button(
    desk: AppContext, qtbot: Any, pair: Pair, tmp_path: Path
) -> None:
    dialog = opened(desk, qtbot, write_xlsx(tmp_path / "t.xlsx", [good(pair, 1), good(pair, 2, km="NULL")]))
    qtbot.waitUntil(settled(dialog, CHECK), timeout=15_000)
    assert dialog.note.text().startswith("1 row rejected")
    dialog.mode.setFocus()
    qtbot.keyClick(dialog.mode, Qt.Key.Key_Right)
    assert dialog.note.text() == "Nothing is stored yet"
    assert dialog.next_button.isEnabled()


def test_the_demo_company_offers_a_sheet_with_mistakes(desk: AppContext, qtbot: Any) -> None:
    desk.is_demo = True
    dialog = ImportTripsDialog(desk, None)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.mouseClick(dialog.file_page.zone.sample, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.file_page.path is not None, timeout=15_000)
    assert dialog.file_page.path == desk.home / "october-trips.xlsx"
    qtbot.waitUntil(lambda: dialog._job is None or not dialog._job.is_running, timeout=30_000)


def test_every_note_is_said_and_rows_that_are_no_trips_are_shown(
    desk: AppContext, qtbot: Any, pair: Pair, tmp_path: Path
) -> None:
    """Two assumptions (order of dates, unit) and two rows beside the trips: none of them goes by without a word."""
    header = [*HEADER[:5], "Distance"]
    day = {"start": "05/10/2026 23:40", "end": "00:10"}
    rows = [good(pair, 1, **day), good(pair, 2, start="06/10/2026 09:00", end="06/10/2026 09:40"), ["Total", *[""] * 5]]
    path = write_csv(tmp_path / "t.csv", [header, *rows], header=["Blue Heron", *[""] * 5])
    dialog = opened(desk, qtbot, path)
    qtbot.waitUntil(settled(dialog, CHECK), timeout=15_000)
    page = dialog.check_page
    said = page.message.accessibleName()
    assert "the day was taken first" in said
    assert "kilometres were taken" in said
    assert page.preview is not None
    assert page._model is not None
    assert (page.preview.noted(), page.preview.skipped()) == (1, 2)

    def listed(tab: str) -> list[tuple[int, str]]:
        page.tabs.set_current(tab)
        page._show_rows()
        assert page._model is not None
        return [(item.row, item.reason) for item in page._model.rows]

    assert listed("noted") == [(3, "Read, with a note")]
    assert listed("SKIPPED") == [(1, "Title row"), (5, "Totals row")]
    assert not page._leave.isVisible()


def test_a_vendors_staff_say_which_client_a_sheet_is_for(
    qapp: Any, qtbot: Any, people: People, pair: Pair, tmp_path: Path
) -> None:
    vendor = people.sign_in("VENDOR_ADMIN", pair)
    context = AppContext(
        home=tmp_path, settings=Settings(tmp_path / "settings.ini"), workers=Workers(), messages=MessageBus(),
        actions=ActionRegistry(), clock=SessionClock(), session=vendor,
    )  # fmt: skip
    cells = good(pair, 1)
    path = write_csv(tmp_path / "t.csv", [[cells[0], *cells[3:]]], header=[HEADER[0], *HEADER[3:]])
    dialog = opened(context, qtbot, path)
    try:
        qtbot.waitUntil(settled(dialog, CHECK), timeout=15_000)  # the only client is chosen
        dialog.file_page.client.set_value(None)
        dialog._go(FILE)
        assert dialog.file_page.client.isVisible()
        dialog._check()
        assert dialog.columns_page.problems(has_client=False, has_vendor=True)
        assert dialog._problems()
    finally:
        context.workers.shutdown()
