"""The window after sign-in: rail, screens, status bar, palette, shortcuts. It knows no screen by name."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMainWindow, QMenu, QStackedWidget, QVBoxLayout, QWidget

from billing.rights import role_words
from billing.schemas.changes import Changes
from moveinsync_desktop import theme, watched
from moveinsync_desktop.actions import Action, pretty_keys
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.settings import Options
from moveinsync_desktop.views.palette_starts import PaletteStarts
from moveinsync_desktop.views.rail_counts import RailCounts
from moveinsync_desktop.views.record_search import RecordSearch
from moveinsync_desktop.views.screen import Screen, Section, sections_for
from moveinsync_desktop.views.sign_in import SignInPage
from moveinsync_desktop.views.widgets.basics import frame, label, row, stretch
from moveinsync_desktop.views.widgets.buttons import LinkButton
from moveinsync_desktop.views.widgets.focus_ring import FocusRing
from moveinsync_desktop.views.widgets.notices import MessageBar, ToastHost
from moveinsync_desktop.views.widgets.palette import Give, Hit, Palette, fits
from moveinsync_desktop.views.widgets.rail import Rail
from moveinsync_desktop.views.widgets.status_bar import StatusBar

if TYPE_CHECKING:
    from billing.exchange.sheets.folders import ArrivedSheet
    from moveinsync_desktop.line_watch import LineWatch

NARROW_BELOW = 1320


class MainWindow(QMainWindow):
    """Shows the sign-in page until `enter` is called, then the workspace.

    Attributes: sign_in, rail (after `enter`), status_bar, palette, current (the open screen).
    Signals: sign_out_wanted(), account_wanted(), closing(), screen_shown(str).
    """

    sign_out_wanted = Signal()
    account_wanted = Signal()
    closing = Signal()
    screen_shown = Signal(str)

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self.context = context
        self.setWindowTitle("MoveInSync Desktop")
        self.setMinimumSize(960, 600)
        self.resize(1366, 768)
        self.sign_in = SignInPage()
        self._root = QStackedWidget()
        self._root.addWidget(self.sign_in)
        self.setCentralWidget(self._root)
        self.rail: Rail | None = None
        self.screens: dict[str, Screen] = {}
        self._sections: dict[str, Section] = {}
        self._stack = QStackedWidget()
        self._desk: QWidget | None = None
        self._keys: list[QShortcut] = []
        self.current: Screen | None = None
        self.status_bar = StatusBar()
        self.line_bar = MessageBar()
        self.palette_box = Palette(self)
        self.palette_box.add_source(self._offer_actions)
        starts = PaletteStarts(context, lambda: self.current.id if self.current else "")
        self.palette_box.add_source(starts.daily)
        self.palette_box.add_source(self._offer_sections)
        self.palette_box.add_source(starts)
        self.palette_box.add_source(RecordSearch(context, self))
        self.toasts = ToastHost(self)
        self.ring = FocusRing(self)
        self._connect()

    def enter(self) -> None:
        """Somebody signed in: build what this role sees and open the last screen."""
        self.leave()
        sections = sections_for(self.context.may)
        self._sections = {section.id: section for section in sections}
        self.rail = Rail([(s.id, s.title, s.icon, s.group) for s in sections])
        self.rail.section_chosen.connect(self.open_screen)
        self.rail.search_wanted.connect(self.palette_box.open)
        self.rail.on_user(self._user_menu)
        self.rail.client.client_chosen.connect(self._on_client)
        self._counts = RailCounts(self.context, self.rail)
        self._desk = self._build_desk(self.rail)
        self._root.addWidget(self._desk)
        self._root.setCurrentWidget(self._desk)
        self.refresh_identity()
        self._fit_rail()
        self._watch_folders()
        self._add_actions()
        last = self.context.settings.get(Options.LAST_SCREEN)
        first = last if last in self._sections else next(iter(self._sections), "")
        if self.context.client_id is None and self.context.sees_every_client:
            first = next(iter(self._sections), "")  # a new workspace begins at the beginning
        if first:
            self.open_screen(first)
        self.context.messages.listen()

    def _watch_folders(self) -> None:
        """Sheets that arrive while the window is open are told wherever the user is."""
        if not self.context.may(watched.OPERATION):
            return
        self.context.watched = watched.WatchedFolders(self.context, self._desk)
        self.context.watched.arrived.connect(self._on_sheets)

    def _on_sheets(self, sheets: list[ArrivedSheet]) -> None:
        title = f"{sheets[0].path.name} arrived" if len(sheets) == 1 else f"{len(sheets)} trip sheets arrived"
        detail = f"In {sheets[0].watched.folder}. Nothing is stored before you have seen every row."
        wanted = {"sheet": sheets[0]} if len(sheets) == 1 else {"folders": True}
        self.context.messages.toast(
            title, detail, tone="info", action="Check", on_action=lambda: self.context.open("trips", **wanted)
        )

    def leave(self) -> None:
        """Signed out: forget all screens, show the sign-in page."""
        self._root.setCurrentWidget(self.sign_in)
        if self._desk is not None:
            self._root.removeWidget(self._desk)
            self.status_bar = StatusBar()
            self._stack = QStackedWidget()
            self._desk.deleteLater()
            self._desk = None
        self.screens, self.rail, self.current = {}, None, None
        self.context.messages.go_to("")
        self.context.watched = None

    def refresh_identity(self) -> None:
        """Client, role, user and place, after sign-in or a switch."""
        session = self.context.session
        if self.rail is None or session is None:
            return
        role = role_words(self.context.role)
        self.rail.client.set_client(self.context.client_name or session.profile.name or "No client yet", role)
        person = self.context.person or session.email.partition("@")[0].replace(".", " ").title()
        self.rail.user.set_user(person, f"Session {self.context.clock.minutes_left()} min")
        kind = "Private database" if session.profile.embedded else session.profile.host
        self.status_bar.set_place(f"IST  ·  {kind} {self.context.database_version}".rstrip())

    def _on_tick(self, _minutes_left: int) -> None:
        self.refresh_identity()

    def open_screen(self, key: str, parameters: dict[str, object] | None = None) -> None:
        """Show a screen, building it the first time."""
        section = self._sections.get(key)
        if section is None:
            return
        screen = self.screens.get(key)
        if screen is None:
            screen = section.make(self.context)
            self.screens[key] = screen
            self._stack.addWidget(screen)
        screen.ensure_built()
        if parameters:
            screen.open_with(**parameters)
        self.context.messages.selection("")
        self.context.messages.go_to(key)
        self._stack.setCurrentWidget(screen)
        self.current = screen
        if self.rail is not None:
            self.rail.set_current(key)
        self.setWindowTitle(f"{section.title} – MoveInSync Desktop")
        self.context.settings.set(Options.LAST_SCREEN, key)
        self._bind_keys()
        self.screen_shown.emit(key)

    def come_to_front(self) -> None:
        """A second start asks for the window."""
        self.showNormal() if self.isMinimized() else self.show()
        self.raise_()
        self.activateWindow()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The rail narrows on small screens."""
        super().resizeEvent(event)
        self._fit_rail()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Say so first: work is cancelled, drafts are kept."""
        self.closing.emit()
        super().closeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Coming back to the front looks at the session's clock."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.context.clock.tick()

    def _build_desk(self, rail: Rail) -> QWidget:
        desk = QWidget()
        outer = QVBoxLayout(desk)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        if self.context.is_demo:
            outer.addWidget(self._demo_band())
        self.line_bar = MessageBar()  # the old one went with its desk
        outer.addWidget(self.line_bar)
        middle = QHBoxLayout()
        middle.setContentsMargins(0, 0, 0, 0)
        middle.setSpacing(0)
        middle.addWidget(rail)
        middle.addWidget(self._stack, 1)
        outer.addLayout(middle, 1)
        self.status_bar.alarm_opened.connect(lambda: self.open_screen("settings"))
        outer.addWidget(self.status_bar)
        return desk

    def _demo_band(self) -> QWidget:
        words = label("Demo company: invented people, trips and amounts", t="sm", c="review", w="500")
        band = frame("demo", row(words, stretch(), LinkButton("Leave the demo", on_click=self.sign_out_wanted.emit),
                                 margins=(14, 0, 10, 0)))  # fmt: skip
        band.setFixedHeight(26)
        return band

    def _connect(self) -> None:
        context = self.context
        context.navigator.wanted.connect(lambda key, parameters: self.open_screen(key, parameters))
        context.messages.status_changed.connect(lambda status: self.status_bar.set_status(status))
        context.messages.selection_changed.connect(lambda words, figures: self.status_bar.set_selection(words, figures))
        context.messages.toasted.connect(self.toasts.show_toast)
        context.messages.alarmed.connect(lambda words: self.status_bar.set_alarm(words))
        context.workers.changes.connect(self._on_changes)
        context.clock.ticked.connect(self._on_tick)
        context.actions.changed.connect(self._bind_keys)

    def follow_line(self, line: LineWatch) -> None:
        """Say at the top of the window when the server does not answer, and read again when it does."""
        line.told.connect(self._on_line)
        line.back.connect(self._on_line_back)

    def _on_line(self, words: str) -> None:
        if self._desk is None:
            return
        if words:
            self.line_bar.show_message("danger", words)
        else:
            self.line_bar.hide()

    def _on_line_back(self) -> None:
        self.context.messages.toast("The database answers again", "What is shown is read again.")
        for screen in self.screens.values():
            screen.make_stale()

    def _on_changes(self, changes: Changes) -> None:
        for screen in self.screens.values():
            screen.on_changes(changes)

    def _on_client(self, client_id: object, name: str) -> None:
        self.context.client_id, self.context.client_name = client_id, name
        self.refresh_identity()
        self.context.navigator.client_changed.emit()
        for screen in self.screens.values():
            screen.make_stale()

    def _add_actions(self) -> None:
        actions = [
            Action("app.palette", "Search or jump", self.palette_box.open, "Ctrl+K", "Window", "search"),
            Action("app.next_part", "Next part of the window", self._next_part, "F6", "Window", "panel-left"),
            Action("app.refresh", "Read again", self._refresh, "F5", "Window", "refresh-cw"),
            Action("app.keys", "Keyboard shortcuts", self._show_keys, "Ctrl+F1", "Window", "keyboard"),
            Action("app.theme", "Switch light and dark", self._switch_theme, "Ctrl+Shift+L", "Window", "contrast"),
            Action("app.rail", "Narrow or widen the side bar", self._switch_rail, "Ctrl+B", "Window", "panel-left"),
            Action("app.filter", "Go to the filters", self._to_filters, "Ctrl+F", "Window", "list-filter"),
            Action("app.row_up", "Row above", lambda: self._step(-1), "Alt+Up", "Window", "chevron-up"),
            Action("app.row_down", "Row below", lambda: self._step(1), "Alt+Down", "Window", "chevron-down"),
            Action(
                "app.history",
                "History of this record…",
                self._show_history,
                "Ctrl+H",
                "Window",
                "history",
                needs="audit.read",
            ),
            Action("app.account", "Password and sessions…", self.account_wanted.emit, "", "Window", "key-round"),
            Action("app.sign_out", "Sign out", self.sign_out_wanted.emit, "", "Window", "log-out"),
        ]
        self.context.actions.add(*actions)

    def _bind_keys(self) -> None:
        """Shortcuts of everything that is offered now."""
        for old in self._keys:
            old.setEnabled(False)
            old.deleteLater()
        self._keys = []
        scope = self.current.id if self.current is not None else ""
        for action in self.context.actions.offered(self.context.may, scope):
            if action.shortcut:
                key = QShortcut(QKeySequence(action.shortcut), self)
                key.activated.connect(action.handler)
                self._keys.append(key)
        for at, section in enumerate(list(self._sections)[:9]):
            key = QShortcut(QKeySequence(f"Ctrl+{at + 1}"), self)
            key.activated.connect(lambda section=section: self.open_screen(section))
            self._keys.append(key)

    def _offer_actions(self, typed: str, give: Give) -> None:
        scope = self.current.id if self.current is not None else ""
        offered = self.context.actions.offered(self.context.may, scope)
        wanted = [a for a in offered if (fits(a.text, typed) if typed else a.group == "Do")]
        give([Hit("Do", a.icon or "play", a.text, a.handler, key=pretty_keys(a.shortcut)) for a in wanted])

    def _offer_sections(self, typed: str, give: Give) -> None:
        found = [section for section in self._sections.values() if fits(section.title, typed)]
        give([Hit("Go to", s.icon, s.title, partial(self.open_screen, s.id), note=s.group) for s in found])

    def _user_menu(self) -> None:
        menu = QMenu(self)
        for action_id in ("app.theme", "app.rail", "app.keys", "app.account", "app.sign_out"):
            action = self.context.actions.get(action_id)
            menu.addAction(f"{action.text}\t{action.shortcut}").triggered.connect(lambda *_a, run=action.handler: run())
        if self.rail is not None:
            above = QPoint(0, -menu.sizeHint().height())
            menu.exec(self.rail.user.mapToGlobal(above))
        menu.deleteLater()

    def _refresh(self) -> None:
        if self.current is not None:
            self.current.make_stale()

    def _show_history(self) -> None:
        if self.current is not None:
            self.current.show_history()

    def _show_keys(self) -> None:
        from moveinsync_desktop.views.dialogs.shortcuts import ShortcutSheet

        scope = self.current.id if self.current is not None else ""
        sections = [(f"Ctrl+{at + 1}", s.title) for at, s in enumerate(list(self._sections.values())[:9])]
        ShortcutSheet(self, self.context.actions.offered(self.context.may, scope), sections).exec()

    def _switch_theme(self) -> None:
        wanted = "light" if theme.active().is_dark else "dark"
        self.context.settings.set(Options.THEME, wanted)

    def _switch_rail(self) -> None:
        settings = self.context.settings
        settings.set(Options.RAIL_NARROW, not settings.get(Options.RAIL_NARROW))
        self._fit_rail()

    def _fit_rail(self) -> None:
        if self.rail is not None:
            by_hand = self.context.settings.get(Options.RAIL_NARROW)
            self.rail.set_narrow(by_hand or self.width() < NARROW_BELOW)

    def _step(self, rows: int) -> None:
        if self.current is not None and self.current.inspector is not None:
            self.current.inspector.stepped.emit(rows)

    def _to_filters(self) -> None:
        cells = self.current.findChildren(QWidget) if self.current is not None else []
        found = next((cell for cell in cells if cell.property("role") == "filter" and cell.isVisible()), None)
        if found is not None:
            found.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _next_part(self) -> None:
        """F6: rail, header, content, inspector."""
        if self.current is None or self.rail is None:
            return
        parts: list[QWidget] = [self.rail, self.current.header, self.current.page]
        if self.current.inspector is not None and self.current.inspector.isVisible():
            parts.append(self.current.inspector)
        focused = QApplication.focusWidget()
        owners = [at for at, part in enumerate(parts) if focused is not None and part.isAncestorOf(focused)]
        at = (owners[-1] + 1) % len(parts) if owners else 0
        for part in (parts[(at + offset) % len(parts)] for offset in range(len(parts))):
            target = first_focusable(part, skip=self.current.header if part is self.current.page else None)
            if target is not None:
                target.setFocus(Qt.FocusReason.ShortcutFocusReason)
                return


def first_focusable(part: QWidget, skip: QObject | None = None) -> QWidget | None:
    """The first child that takes the keyboard."""
    for child in part.findChildren(QWidget):
        inside_skipped = isinstance(skip, QWidget) and (child is skip or skip.isAncestorOf(child))
        if (
            child.focusPolicy() & Qt.FocusPolicy.TabFocus
            and child.isVisible()
            and child.isEnabled()
            and not inside_skipped
        ):
            return child
    return None
