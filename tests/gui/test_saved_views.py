"""Saved views that follow the user and are shared by right; the month of a page."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from PySide6.QtCore import Qt

from billing.store.session import Session
from moveinsync_desktop import formats
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.models.rows import RowsModel
from moveinsync_desktop.models.typed_dates import add_months
from moveinsync_desktop.settings import Settings
from moveinsync_desktop.views.widgets.table import DataTable
from tests.gui.test_lists import COLUMNS, row, table_of


def test_views_follow_the_user_and_are_shared_by_right(
    qtbot: Any, context: AppContext, client_admin: Session, viewer: Session
) -> None:
    """A view is kept in the database; an administrator shares it with the client's staff, a viewer cannot."""
    from moveinsync_desktop.view_vault import ViewVault
    from moveinsync_desktop.views.widgets.saved_views import PREFIX, SHARED, SavedViews
    from moveinsync_desktop.views.widgets.tabs import Tab, TabBar

    def opened(session: Session) -> SavedViews:
        context.session, context.client_id = session, session.client_id
        tabs = TabBar()
        qtbot.addWidget(tabs)
        table = table_of(qtbot, RowsModel(COLUMNS, [row(number) for number in range(9)]))
        vault = ViewVault(context, "lists", owner=tabs)
        return SavedViews(tabs, table, Settings(None), "lists", (Tab("all", "All"),), vault=vault)

    def menu_of(views: SavedViews, key: str) -> list[str]:
        return [action.text() for action in views.menu(key).actions() if action.text()]

    mine = opened(client_admin)
    mine._table.set_filters({"distance_m": ">23"})
    mine.keep("Far")
    assert "Share with colleagues" in menu_of(mine, PREFIX + "Far")
    mine.share("Far")
    qtbot.waitUntil(lambda: mine.shared_names == ["Far"], timeout=10_000)
    elsewhere = opened(client_admin)
    qtbot.waitUntil(lambda: (elsewhere.names, elsewhere.shared_names) == (["Far"], ["Far"]), timeout=10_000)

    theirs = opened(viewer)
    qtbot.waitUntil(lambda: theirs.shared_names == ["Far"], timeout=10_000)
    assert theirs.names == []
    theirs.choose(SHARED + "Far")
    assert theirs._table.filter_texts() == {"distance_m": ">23"}
    assert menu_of(theirs, SHARED + "Far") == ["Open this list with this view"]
    theirs.keep("Own")
    assert "Share with colleagues" not in menu_of(theirs, PREFIX + "Own")

    mine = opened(client_admin)
    qtbot.waitUntil(lambda: mine.shared_names == ["Far"], timeout=10_000)
    mine.withdraw("Far")
    qtbot.waitUntil(lambda: mine.shared_names == [], timeout=10_000)
    context.workers.shutdown()


def test_a_list_opens_with_its_default_view_and_the_month_moves_on(qtbot: Any) -> None:
    from moveinsync_desktop.views.widgets.saved_views import PREFIX, SavedViews
    from moveinsync_desktop.views.widgets.tabs import Tab, TabBar

    settings, shown = Settings(None), [add_months(datetime.now(formats.INDIA).date().replace(day=1), -1)]
    last_month = shown[0]

    def opened() -> tuple[SavedViews, DataTable]:
        tabs = TabBar()
        qtbot.addWidget(tabs)
        table = table_of(qtbot, RowsModel(COLUMNS, [row(number) for number in range(9)]))
        month = (lambda: shown[0], lambda wanted: shown.__setitem__(0, wanted))
        return SavedViews(tabs, table, settings, "trips", (Tab("all", "All"), Tab("held", "Held")), month=month), table

    views, table = opened()
    assert views._month_words() == "Always open with last month"
    table.set_filters({"distance_m": ">23"})
    views.keep("Far last month", with_month=True)
    views.set_default(PREFIX + "Far last month", True)
    shown[0] = add_months(last_month, -7)
    again, table = opened()
    assert table.filter_texts() == {"distance_m": ">23"}
    assert shown[0] == last_month
    again.set_default(PREFIX + "Far last month", False)
    again.set_default("held", True)
    assert opened()[0].base == "held"


def test_the_month_is_chosen_from_the_financial_year(qtbot: Any) -> None:
    from moveinsync_desktop.views.widgets.period_stepper import PeriodStepper

    stepper, heard = PeriodStepper(date(2026, 10, 1)), list[date]()
    qtbot.addWidget(stepper)
    stepper.changed.connect(heard.append)
    menu = stepper.menu()
    words = [action.text() for action in menu.actions() if action.text()]
    assert words[:3] == ["Last full month", "This month", "April 2026"]
    assert words[13:] == ["March 2027", "Financial year 2024-25", "Financial year 2025-26", "Financial year 2027-28"]
    assert [action.text() for action in menu.actions() if action.isChecked()] == ["October 2026"]
    next(action for action in menu.actions() if action.text() == "May 2026").trigger()
    qtbot.keyClick(stepper, Qt.Key.Key_Right)
    assert heard == [date(2026, 5, 1), date(2026, 6, 1)]
